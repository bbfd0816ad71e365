//! Makes a ticket's body again of what its description shows now and what was last written.
//!
//! A piece that is shown as it was written comes back byte for byte. What a person changed is taken as shown, and
//! only that. Items are told by their ids, else by their words; other pieces by what they show, in their order.
//! What a description does not show (markers, comments) stays behind the piece that it stood behind.

use std::collections::BTreeMap;
use std::ops::Range;

use super::piece::{Kind, Piece, inner_column, shifted};
use crate::body::{Body, NodeKind};

mod matching;

use matching::matched;

/// One thing that a description shows.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// What it is.
    pub(crate) kind: ShownKind,
    /// What it says, white space folded; empty where Markdown shows nothing of it.
    pub(crate) key: String,
    /// The item or bullet that it is seen to stand under.
    pub(crate) under: Option<usize>,
    /// Which list it stands in, by any number.
    pub(crate) list: Option<usize>,
}

/// What a thing in a description is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ShownKind {
    /// A task.
    Item {
        /// The index of the piece that its id names, where it names one.
        piece: Option<usize>,
        /// Whether it is ticked.
        ticked: bool,
    },
    /// A list item that is one line, or the first line of a longer one.
    Bullet {
        /// Its number, where it has one.
        number: Option<u64>,
        /// Whether that line is all of it.
        whole: bool,
    },
    /// Where a folded part starts.
    Open,
    /// Where it ends.
    Close,
    /// Anything else.
    Block,
}

/// What was last written: a body, its pieces, and what each of them shows.
pub(crate) struct Written<'a> {
    /// The body.
    pub(crate) body: &'a str,
    /// Its pieces.
    pub(crate) pieces: &'a [Piece],
    /// What a fresh description of it shows, each with the piece that it shows.
    pub(crate) shown: &'a [(Shown, usize)],
}

impl Written<'_> {
    /// Tells whether Markdown shows anything of a piece: a bullet without words by what stands under it.
    fn is_seen(&self, shown: &Shown, piece: usize) -> bool {
        is_seen(shown) || matches!(self.pieces[piece].kind, Kind::Bullet { .. })
    }
}

/// Gives the Markdown of what is shown: the words of an item, a bullet or a fold, the lines of a block.
///
/// With words that stood there, they are kept as far as they are still shown.
pub(crate) type Markdown<'a> = dyn Fn(usize, Option<&str>) -> String + 'a;

/// A body, with the lines of each thing that the description shows.
pub(crate) struct Restored {
    pub(crate) body: String,
    pub(crate) lines: Vec<Range<usize>>,
}

/// Returns the body that a description shows.
pub(crate) fn restore(written: &Written<'_>, found: &[Shown], markdown: &Markdown<'_>) -> Restored {
    let pieces = matched(written, found);
    let mut restore = Restore {
        written,
        found,
        markdown,
        body: Body::read(written.body),
        boxes: BTreeMap::new(),
        first: vec![None; written.pieces.len()],
        hidden: BTreeMap::new(),
        places: vec![None; found.len()],
        found_of: BTreeMap::new(),
        pieces,
        out: String::new(),
        last: Last::Start,
        lines: vec![0..0; found.len()],
    };
    restore.prepare();
    restore.run();
    Restored {
        body: restore.out,
        lines: restore.lines,
    }
}

/// Where a thing stands in the body.
#[derive(Clone, Copy)]
struct Place {
    parent: Option<usize>,
    /// The column at which what stands in it starts.
    inner: usize,
}

/// What was put out last.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    Start,
    /// A piece that is as it was written.
    Piece(usize),
    /// A line of a list, or another block.
    Other {
        in_list: bool,
    },
}

struct Restore<'a> {
    written: &'a Written<'a>,
    found: &'a [Shown],
    markdown: &'a Markdown<'a>,
    body: Body,
    /// For each piece that is an item of the body: which.
    boxes: BTreeMap<usize, usize>,
    /// For each piece: the first of what it shows.
    first: Vec<Option<usize>>,
    /// The pieces that show nothing, by the piece that they stay behind.
    hidden: BTreeMap<Option<usize>, Vec<usize>>,
    /// For each thing found: its piece.
    pieces: Vec<Option<usize>>,
    places: Vec<Option<Place>>,
    /// For each piece that was found: as which thing.
    found_of: BTreeMap<usize, usize>,
    out: String,
    last: Last,
    lines: Vec<Range<usize>>,
}

impl Restore<'_> {
    fn prepare(&mut self) {
        for (at, node) in self.body.nodes.iter().enumerate() {
            if let NodeKind::Item(item) = node.kind {
                self.boxes.insert(at, item);
            }
        }
        for (at, (shown, piece)) in self.written.shown.iter().enumerate() {
            if self.written.is_seen(shown, *piece) {
                self.first[*piece].get_or_insert(at);
            }
        }
        for (at, piece) in self.pieces.iter().enumerate() {
            if let Some(piece) = piece {
                self.found_of.entry(*piece).or_insert(at);
            }
        }
        let mut behind = None;
        for piece in 0..self.written.pieces.len() {
            if self.first[piece].is_some() {
                if self.found_of.contains_key(&piece) {
                    behind = Some(piece);
                }
            } else if self
                .start_of(piece)
                .is_none_or(|start| self.found_of.contains_key(&start))
            {
                self.hidden.entry(behind).or_default().push(piece);
            }
        }
        // What stood at the end stays there, whatever a person put behind the last piece.
        let shows = |piece: &usize| self.first[*piece].is_some();
        let last = (0..self.written.pieces.len()).rfind(shows);
        if let Some(last) = last
            && let Some(after) = self.hidden.get_mut(&behind)
        {
            let end = after
                .iter()
                .position(|piece| *piece > last)
                .unwrap_or(after.len());
            let tail = after.split_off(end);
            self.hidden.insert(Some(usize::MAX), tail);
        }
    }

    /// Returns where the folded part starts that a piece ends.
    fn start_of(&self, piece: usize) -> Option<usize> {
        let mut ends = 0;
        (0..=piece)
            .rev()
            .take_while(|_| self.written.pieces[piece].kind == Kind::Close)
            .find(|at| {
                match self.written.pieces[*at].kind {
                    Kind::Close => ends += 1,
                    Kind::Open(_) => ends -= 1,
                    _ => {}
                }
                ends == 0
            })
    }

    fn run(&mut self) {
        if self.first.iter().any(Option::is_some) {
            self.put_hidden(None);
        }
        // The items and bullets that the next thing may stand under, outermost first.
        let mut open: Vec<usize> = Vec::new();
        let mut folds: Vec<usize> = Vec::new();
        for at in 0..self.found.len() {
            let shown = &self.found[at];
            let says_nothing = shown.key.is_empty() && !is_fold(shown);
            if says_nothing && self.pieces[at].is_none() {
                continue;
            }
            // A piece that shows several things is put out with the first of them.
            if let Some(piece) = self.pieces[at]
                && self.found_of.get(&piece) != Some(&at)
            {
                self.lines[at] = self.lines[self.found_of[&piece]].clone();
                continue;
            }
            let parent = match self.found[at].kind {
                ShownKind::Close => {
                    let depth = folds.pop().unwrap_or(0).min(open.len());
                    depth.checked_sub(1).map(|last| open[last])
                }
                _ => self.parent(at, &open),
            };
            let depth = match parent {
                Some(parent) => open
                    .iter()
                    .position(|it| *it == parent)
                    .map_or(0, |it| it + 1),
                None => 0,
            };
            open.truncate(depth);
            let inner = self.put(at, parent);
            self.places[at] = Some(Place { parent, inner });
            match self.found[at].kind {
                ShownKind::Open => folds.push(depth),
                ShownKind::Item { .. } | ShownKind::Bullet { .. } => open.push(at),
                _ => {}
            }
            if let Some(piece) = self.pieces[at] {
                self.put_hidden(Some(piece));
            }
        }
        if self.first.iter().all(Option::is_none) {
            self.put_hidden(None);
        }
        self.put_hidden(Some(usize::MAX));
        match self.last {
            Last::Piece(piece) if piece + 1 == self.written.pieces.len() => {
                let piece = &self.written.pieces[piece];
                self.out
                    .push_str(&self.written.body[piece.content_end..piece.lines.end]);
            }
            Last::Start if self.written.pieces.is_empty() => self.out.push_str(self.written.body),
            Last::Start => {}
            _ => self.out.push_str(self.line_end()),
        }
    }

    fn line_end(&self) -> &'static str {
        if self.written.body.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        }
    }

    /// Returns what a thing stands under in the body.
    fn parent(&self, at: usize, open: &[usize]) -> Option<usize> {
        let shown = &self.found[at];
        if let Some(piece) = self.pieces[at]
            && self.stands_as_written(at, piece)
        {
            let above = self.written.pieces[piece].parent?;
            // Where all between it and its bullet stands as it was written, nothing of that parts them.
            let goes_on = |parent: usize| {
                let shows = |piece: &usize| self.first[*piece].is_some();
                let between = self.pieces[parent..at].iter().copied();
                between.eq((above..piece).filter(shows).map(Some))
            };
            let parent = self.found_of.get(&above).copied();
            let parent = parent.filter(|it| open.contains(it) || *it < at && goes_on(*it));
            if parent.is_some() {
                return parent;
            }
        }
        let above = |under: &usize| match self.places[*under] {
            Some(place) => place.parent,
            None => self.found[*under].under,
        };
        let mut under = std::iter::successors(shown.under, above);
        if let Some(under) = under.find(|under| open.contains(under)) {
            return Some(under);
        }
        let mut before = self.places[..at].iter().enumerate().rev();
        let beside = before.find(|(other, place)| {
            place.is_some() && shown.list.is_some() && self.found[*other].list == shown.list
        });
        let beside = beside.and_then(|(_, place)| (*place)?.parent);
        let depth = |parent: Option<usize>| {
            parent.and_then(|it| open.iter().position(|other| *other == it))
        };
        // Nothing of a person's parts an item from what stands under it.
        let around = self.around(at, open);
        if depth(around) > depth(beside) {
            around
        } else {
            beside.filter(|it| open.contains(it))
        }
    }

    /// Returns the innermost of the open items that the next piece in the same fold stands under.
    fn around(&self, at: usize, open: &[usize]) -> Option<usize> {
        let mut folds = 0;
        let mut behind = (at + 1..self.found.len()).take_while(|next| {
            match self.found[*next].kind {
                ShownKind::Open => folds += 1,
                ShownKind::Close => folds -= 1,
                _ => {}
            }
            folds >= 0
        });
        let next = behind.find_map(|next| self.pieces[next])?;
        let above = |piece: &usize| self.written.pieces[*piece].parent;
        let mut above = std::iter::successors(above(&next), above);
        above.find_map(|piece| {
            self.found_of
                .get(&piece)
                .copied()
                .filter(|it| open.contains(it))
        })
    }

    /// Tells whether a piece is seen under what it was seen under when it was written.
    fn stands_as_written(&self, at: usize, piece: usize) -> bool {
        let Some(first) = self.first[piece] else {
            return false;
        };
        let under = self.found[at].under.map(|under| self.pieces[under]);
        let was_under = self.written.shown[first].0.under;
        match (under, was_under) {
            (None, None) => true,
            (Some(Some(under)), Some(was_under)) => self.written.shown[was_under].1 == under,
            // What stands beside a line may belong to it still; only a task that was put out says otherwise.
            (None, Some(was_under)) => {
                let line = &self.written.pieces[self.written.shown[was_under].1].kind;
                let is_task = matches!(self.found[at].kind, ShownKind::Item { .. });
                !is_task || matches!(line, Kind::Bullet { step: Some(_), .. })
            }
            _ => false,
        }
    }

    /// Puts a thing out; returns the column at which what stands in it starts.
    fn put(&mut self, at: usize, parent: Option<usize>) -> usize {
        let column = parent
            .and_then(|parent| self.places[parent])
            .map_or(0, |place| place.inner);
        let shown = &self.found[at];
        let raw = self.pieces[at].and_then(|piece| self.raw(at, piece));
        if let (Some(piece), Some(raw)) = (self.pieces[at], raw) {
            let was = self.column(piece);
            self.separate(
                Some(piece),
                is_line(&raw, &shown.kind) && !is_numbered(&raw),
            );
            let start = self.out.len();
            self.out.push_str(&shifted(&raw, was, column));
            self.lines[at] = start..self.out.len();
            self.last = Last::Piece(piece);
            let inner = inner_column(&self.written.body[self.written.pieces[piece].lines.clone()]);
            return (inner + column).saturating_sub(was).max(column);
        }
        let (text, width) = self.anew(at);
        let in_list = width > 0 || text.starts_with("- ");
        self.separate(None, in_list && !is_numbered(&text));
        let start = self.out.len();
        self.out.push_str(&shifted(&text, 0, column));
        self.lines[at] = start..self.out.len();
        self.last = Last::Other { in_list };
        column + width
    }

    /// Returns the column at which a piece was written.
    fn column(&self, piece: usize) -> usize {
        let parent = self.written.pieces[piece]
            .parent
            .map(|parent| &self.written.pieces[parent]);
        parent.map_or(0, |parent| {
            inner_column(&self.written.body[parent.lines.clone()])
        })
    }

    /// Returns a piece's own bytes, with its words and its box as they are shown now; `None` where it is no such
    /// thing any more.
    fn raw(&self, at: usize, piece: usize) -> Option<String> {
        let place = &self.written.pieces[piece];
        let raw = &self.written.body[place.lines.start..place.content_end];
        let shown = &self.found[at];
        let same_words =
            self.first[piece].is_some_and(|first| self.written.shown[first].0.key == shown.key);
        match (&place.kind, &shown.kind) {
            (Kind::Item(_), ShownKind::Item { ticked, .. }) => {
                let item = &self.body.items[*self.boxes.get(&piece)?];
                let tick = item.task.as_ref()?.start + 1 - place.lines.start;
                let mut raw = raw.to_owned();
                if !same_words {
                    raw = self.reworded(at, piece, item.content.start - place.lines.start)?;
                }
                let (is, wanted) = (raw.get(tick..tick + 1)?, if *ticked { "x" } else { " " });
                if is.eq_ignore_ascii_case("x") != *ticked {
                    raw.replace_range(tick..tick + 1, wanted);
                }
                Some(raw)
            }
            (Kind::Item(_), _) => None,
            (Kind::Bullet { step, .. }, ShownKind::Bullet { .. })
                if !same_words && step.is_some() =>
            {
                None
            }
            (Kind::Bullet { .. }, ShownKind::Item { .. }) => None,
            _ => same_words.then(|| raw.to_owned()),
        }
    }

    /// Returns an item's line with other words.
    fn reworded(&self, at: usize, piece: usize, content: usize) -> Option<String> {
        let place = &self.written.pieces[piece];
        let raw = &self.written.body[place.lines.start..place.content_end];
        let Kind::Item(item) = &place.kind else {
            return None;
        };
        let words = (self.markdown)(at, Some(&item.words)).replace("\n  ", " ");
        let start = raw.get(..content)?.trim_end();
        let marker = self.marker(piece);
        Some(format!("{start} {words} {marker}").trim_end().to_owned())
    }

    /// Returns the marker of a piece; empty where it has none.
    fn marker(&self, piece: usize) -> &str {
        let item = self.boxes.get(&piece).map(|item| &self.body.items[*item]);
        let marker = item.and_then(|item| item.marker_at.clone());
        marker.map_or("", |range| &self.written.body[range])
    }

    /// Returns the lines of a thing that was not written so, and how wide its bullet is.
    fn anew(&self, at: usize) -> (String, usize) {
        let shown = &self.found[at];
        let piece = self.pieces[at];
        let words = piece.and_then(|piece| match &self.written.pieces[piece].kind {
            Kind::Item(item) => Some(item.words.as_str()),
            Kind::Bullet { words, .. } => Some(words.as_str()),
            _ => None,
        });
        let text = (self.markdown)(at, words);
        let marker = piece.map(|piece| self.marker(piece)).unwrap_or_default();
        match &shown.kind {
            ShownKind::Item { ticked, .. } => {
                let tick = if *ticked { "x" } else { " " };
                (
                    format!("- [{tick}] {text} {marker}").trim_end().to_owned(),
                    2,
                )
            }
            ShownKind::Bullet { number, .. } => {
                let bullet = number.map_or("-".to_owned(), |number| format!("{number}."));
                let line = format!("{bullet} {text} {marker}").trim_end().to_owned();
                (line, bullet.len() + 1)
            }
            ShownKind::Open => (format!("<details><summary>{text}</summary>"), 0),
            ShownKind::Close => ("</details>".to_owned(), 0),
            ShownKind::Block => (text.trim_end().to_owned(), 0),
        }
    }

    /// Puts out the pieces that show nothing and stay behind `piece`.
    fn put_hidden(&mut self, piece: Option<usize>) {
        for hidden in self.hidden.remove(&piece).unwrap_or_default() {
            let place = &self.written.pieces[hidden];
            let raw = self.written.body[place.lines.start..place.content_end].to_owned();
            let parent = place.parent.and_then(|parent| self.found_of.get(&parent));
            let parent = parent.and_then(|parent| self.places[*parent]);
            let column = parent.map_or(0, |place| place.inner);
            let was = self.column(hidden);
            self.separate(Some(hidden), place.parent.is_some());
            self.out.push_str(&shifted(&raw, was, column));
            self.last = Last::Piece(hidden);
        }
    }

    /// Parts what comes next from what is there: as it was written where both stood so, else by a line.
    fn separate(&mut self, next: Option<usize>, in_list: bool) {
        let pieces = self.written.pieces;
        let was_in_list = match self.last {
            Last::Start => {
                if let Some(next) = next.filter(|next| *next == 0) {
                    let blank = &self.written.body[..pieces[next].lines.start];
                    self.out.push_str(blank);
                }
                return;
            }
            Last::Piece(before) if next == Some(before + 1) => {
                let gap = &self.written.body[pieces[before].content_end..pieces[before].lines.end];
                return self.out.push_str(gap);
            }
            Last::Piece(before) => {
                let own =
                    &self.written.body[pieces[before].lines.start..pieces[before].content_end];
                is_line(own, &ShownKind::Block)
            }
            Last::Other { in_list } => in_list,
        };
        self.out.push_str(self.line_end());
        if !(was_in_list && in_list) {
            self.out.push_str(self.line_end());
        }
    }
}

/// Tells whether a line starts with another number than 1: in Markdown it would go on with a paragraph above it.
fn is_numbered(lines: &str) -> bool {
    let line = lines.trim_start();
    line.starts_with(|char: char| char.is_ascii_digit()) && !line.starts_with("1. ")
}

/// Tells whether lines are those of a list's item.
fn is_line(lines: &str, kind: &ShownKind) -> bool {
    let line = lines.trim_start();
    let digits = line.trim_start_matches(|char: char| char.is_ascii_digit());
    matches!(kind, ShownKind::Item { .. } | ShownKind::Bullet { .. })
        || ["- ", "* ", "+ "]
            .iter()
            .any(|bullet| line.starts_with(bullet))
        || digits.len() < line.len() && (digits.starts_with(". ") || digits.starts_with(") "))
}

/// Tells whether Markdown shows anything of it; an item without words where it is one of ours.
fn is_seen(shown: &Shown) -> bool {
    !shown.key.is_empty() || !matches!(shown.kind, ShownKind::Bullet { .. } | ShownKind::Block)
}

fn is_fold(shown: &Shown) -> bool {
    matches!(shown.kind, ShownKind::Open | ShownKind::Close)
}
