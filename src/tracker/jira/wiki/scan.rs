//! Wiki markup cut into the things that stand for one piece of a body each.
//!
//! ```text
//! text   = { item | bullet | fold | block | blank line }
//! item   = [ bullets blanks ] box blanks words        bullets = one or more of "*", "#", "-"
//! bullet = bullets blanks words                       box     = "☐" | "☑" | "☒" | "(/)" | "(x)"
//! fold   = "{panel:title=" title "}" text "{panel}"   each end alone on its line, without a colour
//! block  = macro | heading | rule | table | quote | paragraph
//! ```
//!
//! A macro of several lines is one block whatever stands in it; one that has no end is text. What stands right below
//! an item, without a blank line, stands in it.

use std::ops::Range;

use super::block;
use super::inline::cells;
use crate::tracker::jira::adf::{inline, node};
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
    /// A line of a list.
    Line {
        /// Its bullets.
        bullets: Range<usize>,
        /// Its box, where it has one.
        tick: Option<Range<usize>>,
        /// What it says.
        words: Range<usize>,
    },
    /// The start of a fold, with its title.
    Open(String),
    /// The end of one.
    Close,
    /// Any other lines.
    Block,
}

/// The boxes, and whether they are ticked.
const BOXES: &[(&str, bool)] = &[
    ("☐", false),
    ("☑", true),
    ("☒", true),
    ("✅", true),
    ("(/)", true),
    ("(x)", false),
];

/// The macros that hold blocks or text as it is, up to their second sign.
const MACROS: &[&str] = &[
    "code", "noformat", "quote", "panel", "info", "note", "warning", "tip",
];

/// Cuts a text into things.
pub(super) fn things(text: &str) -> Vec<Thing> {
    let lines = lines(text);
    let mut scan = Scan {
        text,
        folds: folds(text, &lines),
        lines,
        things: Vec::new(),
        open: Vec::new(),
        lists: 0,
        in_list: false,
    };
    let mut at = 0;
    while at < scan.lines.len() {
        at = scan.take(at);
    }
    scan.things
}

/// Returns where each line stands, without its end.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        let own = line.trim_end_matches(['\n', '\r']);
        lines.push(start..start + own.len());
        start += line.len();
    }
    lines
}

struct Scan<'a> {
    text: &'a str,
    lines: Vec<Range<usize>>,
    /// For each line: whether a fold starts or ends with it.
    folds: Vec<Option<Fold>>,
    things: Vec<Thing>,
    /// The last line at each depth of the list that is open.
    open: Vec<Open>,
    /// How many lists there are so far.
    lists: usize,
    /// Whether no blank line stands between here and the list.
    in_list: bool,
}

/// A line of a list that others may stand under.
struct Open {
    depth: usize,
    thing: usize,
    list: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Fold {
    Opens,
    Closes,
}

impl Scan<'_> {
    fn line(&self, at: usize) -> &str {
        &self.text[self.lines[at].clone()]
    }

    /// Takes the thing that starts in a line; returns the line after it.
    fn take(&mut self, at: usize) -> usize {
        let line = self.line(at);
        if line.trim().is_empty() {
            self.in_list = false;
            return at + 1;
        }
        match self.folds[at] {
            Some(Fold::Opens) => {
                let title = title(line).unwrap_or_default();
                let key = node::folded(&title);
                self.leave_list();
                self.push(at..at + 1, ShownKind::Open, key, Form::Open(title));
                return at + 1;
            }
            Some(Fold::Closes) => {
                self.leave_list();
                self.push(at..at + 1, ShownKind::Close, String::new(), Form::Close);
                return at + 1;
            }
            None => {}
        }
        if self.list_line(at) {
            return at + 1;
        }
        let end = self.block_end(at);
        let place = self.lines[at].start..self.lines[end - 1].end;
        let key = block::key(&self.text[place]);
        self.push(at..end, ShownKind::Block, key, Form::Block);
        end
    }

    fn leave_list(&mut self) {
        self.open.clear();
        self.in_list = false;
    }

    fn push(&mut self, lines: Range<usize>, kind: ShownKind, key: String, form: Form) {
        let under = match self.in_list {
            true => self.open.last().map(|open| open.thing),
            false => None,
        };
        self.things.push(Thing {
            shown: Shown {
                kind,
                key,
                under,
                list: None,
            },
            place: self.lines[lines.start].start..self.lines[lines.end - 1].end,
            form,
        });
    }

    /// Takes a line of a list, if it is one.
    fn list_line(&mut self, at: usize) -> bool {
        let Some(Form::Line {
            bullets,
            tick,
            words,
        }) = list_line(self.text, self.lines[at].clone())
        else {
            return false;
        };
        let depth = bullets.len();
        // Behind a blank line a list starts anew, unless it goes on below its first level.
        if !self.in_list && depth < 2 {
            self.open.clear();
        }
        let mut list = None;
        while let Some(over) = self.open.pop_if(|over| over.depth >= depth) {
            list = Some(over.list).filter(|_| over.depth == depth);
        }
        let list = list.unwrap_or_else(|| {
            self.lists += 1;
            self.lists
        });
        let under = self.open.last().map(|open| open.thing);
        self.open.push(Open {
            depth,
            thing: self.things.len(),
            list,
        });
        self.in_list = true;
        let said = node::words(&inline::nodes(&cells(&self.text[words.clone()])));
        let kind = match &tick {
            Some(tick) => ShownKind::Item {
                piece: None,
                ticked: is_ticked(&self.text[tick.clone()]),
            },
            None => ShownKind::Bullet {
                number: self.text[bullets.clone()].ends_with('#').then_some(1),
                whole: true,
            },
        };
        self.things.push(Thing {
            shown: Shown {
                kind,
                key: said,
                under,
                list: Some(list),
            },
            place: self.lines[at].clone(),
            form: Form::Line {
                bullets,
                tick,
                words,
            },
        });
        true
    }

    /// Returns the line after the block that starts in a line.
    fn block_end(&self, at: usize) -> usize {
        if let Some(end) = macro_end(self.text, &self.lines, at) {
            return end;
        }
        let first = self.line(at);
        if is_heading(first) || is_rule(first) || first.trim_start().starts_with("bq. ") {
            return at + 1;
        }
        let is_row = |line: &str| line.trim_start().starts_with('|');
        let table = is_row(first);
        (at + 1..self.lines.len())
            .find(|next| {
                let line = self.line(*next);
                line.trim().is_empty()
                    || self.folds[*next].is_some()
                    || is_row(line) != table
                    || is_heading(line)
                    || is_rule(line)
                    || list_line(self.text, self.lines[*next].clone()).is_some()
                    || macro_end(self.text, &self.lines, *next).is_some()
            })
            .unwrap_or(self.lines.len())
    }
}

fn is_ticked(sign: &str) -> bool {
    BOXES.iter().any(|(it, ticked)| *it == sign && *ticked)
}

/// Reads a line of a list.
fn list_line(text: &str, place: Range<usize>) -> Option<Form> {
    let line = &text[place.clone()];
    let start = place.start + line.len() - line.trim_start().len();
    let own = &text[start..place.end];
    let count = own.bytes().take_while(|it| b"*#-".contains(it)).count();
    let behind = &own[count..];
    let is_list = count > 0 && behind.starts_with([' ', '\t']) && !own.starts_with("--");
    let bullets = start..start + if is_list { count } else { 0 };
    let rest_at = if is_list {
        start + own.len() - behind.trim_start().len()
    } else {
        start
    };
    let rest = &text[rest_at..place.end];
    let tick = BOXES
        .iter()
        .map(|(sign, _)| *sign)
        .filter(|sign| is_list || !sign.starts_with('('))
        .find(|sign| {
            let behind = rest.strip_prefix(sign);
            // Some editors make a coloured sign of it.
            let behind = behind.map(|it| it.trim_start_matches('\u{fe0f}'));
            behind.is_some_and(|it| it.is_empty() || it.starts_with(char::is_whitespace))
        });
    if !is_list && tick.is_none() {
        return None;
    }
    let tick = tick.map(|sign| rest_at..rest_at + sign.len());
    let behind = tick.as_ref().map_or(rest_at, |tick| tick.end);
    let tail = &text[behind..place.end];
    let words = tail.trim_start_matches('\u{fe0f}').trim_start();
    let from = place.end - words.len();
    Some(Form::Line {
        bullets,
        tick,
        words: from..from + words.trim_end().len(),
    })
}

pub(super) fn is_heading(line: &str) -> bool {
    let line = line.trim_start().as_bytes();
    matches!(line, [b'h', b'1'..=b'6', b'.', b' ', ..])
}

pub(super) fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 4 && line.bytes().all(|it| it == b'-')
}

/// Returns the name of the macro that a line starts with.
fn macro_name(line: &str) -> Option<&'static str> {
    let rest = line.trim_start().strip_prefix('{')?;
    MACROS.iter().copied().find(|name| {
        rest.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(['}', ':']) && rest.contains('}'))
    })
}

/// Returns the line after the macro that starts in a line; `None` where none does, or where it has no end.
fn macro_end(text: &str, lines: &[Range<usize>], at: usize) -> Option<usize> {
    let line = &text[lines[at].clone()];
    let name = macro_name(line)?;
    let sign = format!("{{{name}}}");
    let opened = line.find('}')? + 1;
    if line[opened..].contains(&sign) {
        return Some(at + 1);
    }
    let ends = |next: &usize| text[lines[*next].clone()].contains(&sign);
    (at + 1..lines.len()).find(ends).map(|end| end + 1)
}

/// Returns the title of a fold that starts with this line.
fn title(line: &str) -> Option<String> {
    let inner = line.trim().strip_prefix("{panel:")?.strip_suffix('}')?;
    let is_coloured = inner.contains("bgColor=");
    let title = inner
        .split('|')
        .find_map(|part| part.trim().strip_prefix("title="));
    title
        .filter(|_| !is_coloured && !inner.contains('}'))
        .map(str::to_owned)
}

/// Finds the folds: a start and the next end, with no other start between.
fn folds(text: &str, lines: &[Range<usize>]) -> Vec<Option<Fold>> {
    let mut folds = vec![None; lines.len()];
    let mut open: Option<usize> = None;
    let mut at = 0;
    while at < lines.len() {
        let line = &text[lines[at].clone()];
        if title(line).is_some() {
            open = Some(at);
        } else if line.trim() == "{panel}" {
            if let Some(start) = open.take() {
                folds[start] = Some(Fold::Opens);
                folds[at] = Some(Fold::Closes);
            }
        } else if let Some(end) = macro_end(text, lines, at) {
            at = end;
            continue;
        }
        at += 1;
    }
    folds
}
