//! A line of wiki markup, taken apart into characters with their marks and places.
//!
//! ```text
//! line   = { "\" special | entity | "\\" | span | link | address | char }
//! span   = "{{" line "}}" | sign line sign | "{" sign "}" line "{" sign "}"     sign = "*" | "_" | "-"
//! link   = "[" [ line "|" ] address [ "|" tip ] "]"
//! ```
//!
//! A sign alone opens behind no letter or digit and before no blank, and closes the other way round. What is none
//! of this stays as it is: underlined and coloured text, pictures, people.

use std::ops::Range;
use std::rc::Rc;

use serde_json::{Value, json};

use super::special::{CODES, is_special};
use crate::render::{is_absolute, next_address};
use crate::tracker::jira::adf::inline::{Cell, What};
use crate::tracker::jira::adf::node;

/// How deep spans nest; what lies deeper is text.
const DEEPEST: usize = 8;

/// Returns what a line of wiki markup shows.
pub(super) fn cells(line: &str) -> Vec<Cell> {
    let mut reader = Reader {
        line,
        cells: Vec::new(),
    };
    reader.read(0..line.len(), &[]);
    reader.cells
}

struct Reader<'a> {
    line: &'a str,
    cells: Vec<Cell>,
}

/// A span that was found: the mark it gives, and where what it marks stands.
struct Span {
    mark: Value,
    inner: Range<usize>,
    end: usize,
}

impl Reader<'_> {
    fn read(&mut self, range: Range<usize>, marks: &[Value]) {
        let mut at = range.start;
        while at < range.end {
            at = self.step(at, range.end, marks);
        }
    }

    /// Takes what stands at `at`; returns where it ends.
    fn step(&mut self, at: usize, end: usize, marks: &[Value]) -> usize {
        let rest = &self.line[at..end];
        let mut chars = rest.chars();
        let Some(char) = chars.next() else {
            return end;
        };
        if char == '\\' {
            return self.backslash(at, end, marks);
        }
        if char == '&'
            && let Some((decoded, length)) = entity(rest)
        {
            self.push(decoded, at..at + length, marks);
            return at + length;
        }
        if marks.len() < DEEPEST
            && let Some(span) = self.span(at, end, marks)
        {
            let mut inner = marks.to_vec();
            inner.push(span.mark);
            self.read(span.inner, &inner);
            return span.end;
        }
        let linked = marks.iter().any(|mark| node::kind(mark) == "link");
        if char == 'h'
            && !linked
            && let Some(("", address)) = next_address(rest)
            && !is_word(self.before(at))
        {
            let to = at + address.len();
            let mut marks = marks.to_vec();
            marks.push(json!({"type": "link", "attrs": {"href": address}}));
            for (offset, char) in address.char_indices() {
                let from = at + offset;
                self.push(char, from..from + char.len_utf8(), &marks);
            }
            return to;
        }
        self.push(char, at..at + char.len_utf8(), marks);
        at + char.len_utf8()
    }

    /// A backslash makes a sign plain, two break the line, and before anything else it is itself.
    fn backslash(&mut self, at: usize, end: usize, marks: &[Value]) -> usize {
        match self.line[at + 1..end].chars().next() {
            Some('\\') => {
                self.cells.push(Cell {
                    what: What::Node(json!({"type": "hardBreak"})),
                    marks: Rc::new([]),
                    source: at..at + 2,
                    is_free: marks.is_empty(),
                });
                at + 2
            }
            Some(next) if is_special(next) => {
                self.push(next, at..at + 2, marks);
                at + 2
            }
            _ => {
                self.push('\\', at..at + 1, marks);
                at + 1
            }
        }
    }

    fn span(&self, at: usize, end: usize, marks: &[Value]) -> Option<Span> {
        let rest = &self.line[at..end];
        let has = |kind: &str| marks.iter().any(|mark| node::kind(mark) == kind);
        if rest.starts_with("{{") && !has("code") {
            let inner = at + 2..self.find("}}", at + 2, end)?;
            let close = inner.end + 2;
            // Beside it, code bears a link only, so that what is in it is told by itself.
            return (!inner.is_empty()).then_some(Span {
                mark: json!({"type": "code"}),
                inner,
                end: close,
            });
        }
        if rest.starts_with('[') && !has("link") {
            return self.link(at, end);
        }
        for (sign, kind) in [('*', "strong"), ('_', "em"), ('-', "strike")] {
            if has(kind) || has("code") {
                continue;
            }
            let braced = format!("{{{sign}}}");
            if rest.starts_with(&braced) {
                let close = self.find(&braced, at + 3, end)?;
                return (close > at + 3).then(|| Span {
                    mark: json!({"type": kind}),
                    inner: at + 3..close,
                    end: close + 3,
                });
            }
            if rest.starts_with(sign) && opens(self.before(at), rest[1..].chars().next()) {
                let close = self.close(sign, at + 1, end)?;
                return Some(Span {
                    mark: json!({"type": kind}),
                    inner: at + 1..close,
                    end: close + 1,
                });
            }
        }
        None
    }

    fn link(&self, at: usize, end: usize) -> Option<Span> {
        let close = self.find("]", at + 1, end)?;
        let bar = self.find("|", at + 1, close);
        let address_from = bar.map_or(at + 1, |bar| bar + 1);
        let address = self.line[address_from..close].split('|').next()?.trim();
        let words = match bar {
            Some(bar) if bar > at + 1 => at + 1..bar,
            Some(_) => return None,
            None => at + 1..close,
        };
        let href = decoded(address);
        is_absolute(&href).then(|| Span {
            mark: json!({"type": "link", "attrs": {"href": href}}),
            inner: words,
            end: close + 1,
        })
    }

    /// Returns where a sign closes what it opened before `from`.
    fn close(&self, sign: char, from: usize, end: usize) -> Option<usize> {
        let mut at = from;
        while at < end {
            let rest = &self.line[at..end];
            if rest.starts_with("{{") {
                at = self.find("}}", at + 2, end).map_or(at, |close| close) + 2;
                continue;
            }
            let char = rest.chars().next()?;
            if char == sign && at > from && closes(self.before(at), rest[1..].chars().next()) {
                return Some(at);
            }
            at += step_of(rest);
        }
        None
    }

    /// Returns where an unescaped text stands next.
    fn find(&self, wanted: &str, from: usize, end: usize) -> Option<usize> {
        let mut at = from;
        while at < end {
            let rest = &self.line[at..end];
            if rest.starts_with(wanted) {
                return Some(at);
            }
            at += step_of(rest);
        }
        None
    }

    fn before(&self, at: usize) -> Option<char> {
        self.line[..at].chars().next_back()
    }

    fn push(&mut self, char: char, source: Range<usize>, marks: &[Value]) {
        let is_code = marks.iter().any(|mark| node::kind(mark) == "code");
        let keep = |mark: &&Value| !is_code || matches!(node::kind(mark), "code" | "link");
        let kept: Vec<Value> = marks.iter().filter(keep).cloned().collect();
        self.cells.push(Cell {
            what: What::Char(if char.is_control() { ' ' } else { char }),
            marks: kept.into(),
            source,
            is_free: marks.is_empty(),
        });
    }
}

/// Returns how long the next character is, with the backslash before it.
fn step_of(rest: &str) -> usize {
    let mut chars = rest.chars();
    let first = chars.next().map_or(1, char::len_utf8);
    match chars.next() {
        Some(next) if rest.starts_with('\\') && is_special(next) => first + next.len_utf8(),
        _ => first,
    }
}

fn is_word(char: Option<char>) -> bool {
    char.is_some_and(char::is_alphanumeric)
}

fn is_blank(char: Option<char>) -> bool {
    char.is_none_or(char::is_whitespace)
}

/// Tells whether a sign between these opens a span.
pub(super) fn opens(before: Option<char>, after: Option<char>) -> bool {
    !is_word(before) && before != Some('\\') && !is_blank(after)
}

/// Tells whether a sign between these closes a span.
pub(super) fn closes(before: Option<char>, after: Option<char>) -> bool {
    !is_blank(before) && !is_word(after)
}

/// Returns the character that an entity at the start stands for, and how long the entity is.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.find(';').filter(|end| *end <= 8)?;
    let name = text.get(1..end)?;
    let char = match name.strip_prefix('#') {
        Some(number) => char::from_u32(number.parse().ok()?)?,
        None => CODES.iter().find(|(_, it)| *it == name)?.0,
    };
    (!char.is_control()).then_some((char, end + 1))
}

/// Returns a text without its entities and backslashes.
fn decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if let Some((char, length)) = entity(rest).filter(|_| char == '&') {
            out.push(char);
            rest = &rest[length..];
            continue;
        }
        let length = step_of(rest);
        out.extend(rest[..length].chars().next_back());
        rest = &rest[length..];
    }
    out
}
