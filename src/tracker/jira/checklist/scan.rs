//! The text of a checklist app cut into the things that stand for one piece of a body each.

use std::ops::Range;

use super::sign::{self, Line};
use super::words;
use crate::config::ChecklistApp;
use crate::tracker::jira::adf::node::folded;
use crate::tracker::jira::piece::{Kind, cut};
use crate::tracker::jira::restore::{Shown, ShownKind};

/// A thing that a text shows, and where it stands in it, without the last line's end.
pub(super) struct Thing {
    pub(super) shown: Shown,
    pub(super) place: Range<usize>,
    pub(super) form: Form,
}

/// How a thing is written.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// An item's line, and where it starts.
    Item(sign::Item, usize),
    /// A header of this depth.
    Header(usize, String),
    /// Details, as Markdown.
    Details(String),
}

/// Cuts a text into things.
pub(super) fn things(app: ChecklistApp, text: &str) -> Vec<Thing> {
    let mut scan = Scan {
        text,
        things: Vec::new(),
        open: Vec::new(),
        lists: 0,
        details: Vec::new(),
    };
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let own = line.trim_end_matches(['\n', '\r']);
        scan.take(sign::read(app, own), start..start + own.len());
        start += line.len();
    }
    scan.end_details();
    scan.things
}

struct Scan<'a> {
    text: &'a str,
    things: Vec<Thing>,
    /// The items that the next one may stand under, outermost first, each with its list.
    open: Vec<(usize, usize)>,
    /// How many lists there are so far.
    lists: usize,
    /// The lines of details that were met and not cut yet: the whole line, and what it says.
    details: Vec<(Range<usize>, Range<usize>)>,
}

impl Scan<'_> {
    fn take(&mut self, line: Line, place: Range<usize>) {
        let text = self.text;
        let at = |range: Range<usize>| range.start + place.start..range.end + place.start;
        match line {
            Line::Details(said) => {
                self.details.push((place.clone(), at(said)));
                return;
            }
            Line::Other if text[place.clone()].trim().is_empty() => return,
            _ => self.end_details(),
        }
        match line {
            Line::Item(item) => self.item(item, place),
            Line::Header(words, level) => {
                let words = &text[at(words)];
                self.open.clear();
                let key = format!("header {}", folded(words));
                self.push(
                    ShownKind::Block,
                    key,
                    None,
                    place,
                    Form::Header(level, words.to_owned()),
                );
            }
            Line::Details(_) | Line::Other => {}
        }
    }

    fn item(&mut self, item: sign::Item, place: Range<usize>) {
        let depth = item.depth.min(self.open.len());
        let list = match self.open.get(depth) {
            Some((_, list)) => *list,
            None => {
                self.lists += 1;
                self.lists
            }
        };
        self.open.truncate(depth);
        let under = self.open.last().map(|(thing, _)| *thing);
        self.open.push((self.things.len(), list));
        let words = &self.text[place.start + item.words.start..place.start + item.words.end];
        let key = folded(&words::markdown(item.mark, words));
        let kind = ShownKind::Item {
            piece: None,
            ticked: item.mark.is_ticked(),
        };
        let start = place.start;
        self.push(kind, key, under, place, Form::Item(item, start));
        if let Some(thing) = self.things.last_mut() {
            thing.shown.list = Some(list);
        }
    }

    /// Cuts the details that were met.
    fn end_details(&mut self) {
        let lines = std::mem::take(&mut self.details);
        let Some((first, _)) = lines.first() else {
            return;
        };
        let mut markdown = String::new();
        // Where each line starts in the Markdown.
        let mut starts = Vec::new();
        for (_, said) in &lines {
            starts.push(markdown.len());
            markdown.push_str(&self.text[said.clone()]);
            markdown.push('\n');
        }
        let line_of = |at: usize| {
            starts
                .partition_point(|start| *start <= at)
                .saturating_sub(1)
        };
        let offset = self.things.len();
        let item = self.open.last().map(|(thing, _)| *thing);
        let pieces = cut(&markdown);
        if pieces.is_empty() {
            let place = first.start..lines.last().map_or(first.end, |(line, _)| line.end);
            self.push(
                ShownKind::Block,
                String::new(),
                item,
                place,
                Form::Details(String::new()),
            );
        }
        for piece in &pieces {
            let (from, to) = (
                line_of(piece.lines.start),
                line_of(piece.content_end.max(piece.lines.start + 1) - 1),
            );
            let place = lines[from].0.start..lines[to.max(from)].0.end;
            let under = piece.parent.map(|parent| parent + offset).or(item);
            let (kind, said) = match &piece.kind {
                // A box in details is no item of the app's.
                Kind::Item(_) => {
                    let own = &markdown[piece.lines.start..piece.content_end];
                    (ShownKind::Block, own.trim().to_owned())
                }
                Kind::Bullet { words, number, .. } => {
                    let kind = ShownKind::Bullet {
                        number: *number,
                        whole: true,
                    };
                    (kind, words.clone())
                }
                Kind::Open(title) => (ShownKind::Open, title.clone()),
                Kind::Close => (ShownKind::Close, String::new()),
                Kind::Text(text) => match bullet(text) {
                    Some((number, words)) => {
                        let kind = ShownKind::Bullet {
                            number,
                            whole: true,
                        };
                        (kind, words.to_owned())
                    }
                    None => (ShownKind::Block, text.clone()),
                },
            };
            let key = folded(&said);
            self.push(kind, key, under, place, Form::Details(said));
        }
    }

    fn push(
        &mut self,
        kind: ShownKind,
        key: String,
        under: Option<usize>,
        place: Range<usize>,
        form: Form,
    ) {
        let shown = Shown {
            kind,
            key,
            under,
            list: None,
        };
        self.things.push(Thing { shown, place, form });
    }
}

/// Returns the number and the words of a line of a list.
fn bullet(text: &str) -> Option<(Option<u64>, &str)> {
    let line = Some(text.trim_end()).filter(|text| !text.contains('\n'))?;
    if let Some(words) = line.strip_prefix("- ").or(line.strip_prefix("* ")) {
        return Some((None, words.trim()));
    }
    let (number, words) = line.split_once(". ")?;
    Some((Some(number.parse().ok()?), words.trim()))
}
