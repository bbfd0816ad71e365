//! Two versions of a line held against each other: what they share at their ends is kept as it is.

use std::ops::Range;

use serde_json::Value;

use super::inline::{Cell, What, cells, nodes};
use super::node::{self, kind};
use super::print;

/// A character that is seen, white space folded, and the cells that show it.
struct Seen {
    char: char,
    cells: Range<usize>,
}

fn seen(cells: &[Cell]) -> Vec<Seen> {
    let mut out: Vec<Seen> = Vec::new();
    let mut push = |char: char, at: usize| {
        let char = if char.is_whitespace() || char.is_control() {
            ' '
        } else {
            char
        };
        match out.last_mut() {
            Some(last) if char == ' ' && last.char == ' ' => last.cells.end = at + 1,
            _ => out.push(Seen {
                char,
                cells: at..at + 1,
            }),
        }
    };
    for (at, cell) in cells.iter().enumerate() {
        match &cell.what {
            What::Char(char) => push(*char, at),
            What::Node(node) => node::said(node).chars().for_each(|char| push(char, at)),
        }
    }
    out
}

/// Returns how many characters two lines share at their starts, and how many at their ends.
fn shared(one: &[Seen], other: &[Seen]) -> (usize, usize) {
    let same = |(one, other): &(&Seen, &Seen)| one.char == other.char;
    let start = one.iter().zip(other).take_while(same).count();
    let most = one.len().min(other.len()) - start;
    let ends = one.iter().rev().zip(other.iter().rev());
    (start, ends.take(most).take_while(same).count())
}

/// Returns the Markdown of a line that was written as `words` and says what `found` says now.
pub(crate) fn kept(words: &str, written: &[Cell], found: &[Value]) -> String {
    spliced(words, written, found, &print::line)
}

/// Returns the source of a line that was `words`, which are read as `written`, and is to say what `found` says;
/// `print` writes what is new in it.
pub(crate) fn spliced(
    words: &str,
    written: &[Cell],
    found: &[Value],
    print: &dyn Fn(&[Value]) -> String,
) -> String {
    let found = cells(found);
    let (ours, theirs) = (seen(written), seen(&found));
    let (mut start, mut end) = shared(&ours, &theirs);
    // Where the Markdown before a character of ours ends; only outside of marks can it be cut.
    let cut = |at: usize| match ours.get(at) {
        None => Some(words.len()),
        Some(char) => {
            let cell = &written[char.cells.start];
            let before = &words[..cell.source.start.min(words.len())];
            // A backslash that is read as one stands in a cell of its own.
            let shown = char.cells.start.checked_sub(1);
            let shown = shown.map_or(0, |shown| written[shown].source.end);
            let sign = before.get(shown..).unwrap_or_default();
            let slashes = sign.len() - sign.trim_end_matches('\\').len();
            cell.is_free.then_some(before.len() - slashes % 2)
        }
    };
    let parts = |at: usize, list: &[Seen]| {
        at > 0 && at < list.len() && list[at - 1].cells.end > list[at].cells.start
    };
    while start > 0 && (cut(start).is_none() || parts(start, &theirs)) {
        start -= 1;
    }
    while end > 0 && (cut(ours.len() - end).is_none() || parts(theirs.len() - end, &theirs)) {
        end -= 1;
    }
    let (Some(head), Some(tail)) = (
        if start == 0 { Some(0) } else { cut(start) },
        if end == 0 {
            Some(words.len())
        } else {
            cut(ours.len() - end)
        },
    ) else {
        return print(&nodes(&found));
    };
    let middle = &theirs[start..theirs.len() - end];
    let new = match (middle.first(), middle.last()) {
        (Some(first), Some(last)) => {
            let line = print(&nodes(&found[first.cells.start..last.cells.end]));
            let blank = |char: &Seen| if char.char == ' ' { " " } else { "" };
            match line.is_empty() {
                true => blank(first).to_owned(),
                false => format!("{}{line}{}", blank(first), blank(last)),
            }
        }
        _ => String::new(),
    };
    format!("{}{new}{}", &words[..head], &words[tail..])
}

/// Returns the nodes of a line that is `old`, shown for the Markdown `was`, and is now to show the Markdown `new`.
///
/// What the line shares with the new one at its ends stays: mentions, pictures, colours; only the marks that the
/// Markdown itself gave or took change.
pub(super) fn edited(old: &[Value], was: &[Cell], new: &[Cell]) -> Vec<Value> {
    let old = cells(old);
    let (is, was_seen, wanted) = (seen(&old), seen(was), seen(new));
    let (mut start, mut end) = shared(&is, &wanted);
    // A mention stays whole or goes.
    let parts = |at: usize| at > 0 && at < is.len() && is[at - 1].cells.end > is[at].cells.start;
    while parts(start) {
        start -= 1;
    }
    while parts(is.len() - end) {
        end -= 1;
    }
    let is_same = |(one, other): (&Seen, &Seen)| one.char == other.char;
    let mut edit = Edit {
        reference: match is.len() == was_seen.len() && is.iter().zip(&was_seen).all(is_same) {
            true => (was, &was_seen),
            false => (&old, &is),
        },
        old: &old,
        is: &is,
        next: 0,
        out: Vec::new(),
    };
    for (at, char) in wanted[..start].iter().enumerate() {
        edit.keep(at, &new[char.cells.start]);
    }
    edit.unseen(is.get(start).map_or(old.len(), |char| char.cells.start));
    let middle = &wanted[start..wanted.len() - end];
    if let (Some(first), Some(last)) = (middle.first(), middle.last()) {
        edit.out
            .extend_from_slice(&new[first.cells.start..last.cells.end]);
    }
    let tail = is.len() - end;
    edit.unseen(is.get(tail).map_or(old.len(), |char| char.cells.start));
    for (at, char) in wanted[wanted.len() - end..].iter().enumerate() {
        edit.keep(tail + at, &new[char.cells.start]);
    }
    edit.unseen(old.len());
    nodes(&edit.out)
}

struct Edit<'a> {
    /// The Markdown that the line was shown for, where it is known.
    reference: (&'a [Cell], &'a [Seen]),
    old: &'a [Cell],
    is: &'a [Seen],
    /// The first cell that is neither kept nor dropped yet.
    next: usize,
    out: Vec<Cell>,
}

impl Edit<'_> {
    /// Keeps the character at `at`, marked as `new` is.
    fn keep(&mut self, at: usize, new: &Cell) {
        let cells = self.is[at].cells.clone();
        self.unseen(cells.start);
        let (reference, seen) = self.reference;
        let before = &reference[seen[at].cells.start].marks;
        for cell in cells.start.max(self.next)..cells.end {
            self.out.push(remarked(&self.old[cell], before, &new.marks));
        }
        self.next = self.next.max(cells.end);
    }

    /// Keeps the nodes before the cell at `until` that Markdown does not show, and drops the others.
    fn unseen(&mut self, until: usize) {
        for cell in self.old.get(self.next..until).unwrap_or_default() {
            if matches!(&cell.what, What::Node(node) if node::said(node).is_empty()) {
                self.out.push(cell.clone());
            }
        }
        self.next = self.next.max(until);
    }
}

/// Returns a cell whose Markdown had the marks `before` and has the marks `now`.
fn remarked(cell: &Cell, before: &[Value], now: &[Value]) -> Cell {
    if before == now || matches!(cell.what, What::Node(_)) {
        return cell.clone();
    }
    let kinds = |marks: &[Value]| {
        marks
            .iter()
            .map(|mark| kind(mark).to_owned())
            .collect::<Vec<_>>()
    };
    let (gone, new) = (kinds(before), kinds(now));
    let mut marks: Vec<Value> = now.to_vec();
    let own = cell.marks.iter().filter(|mark| {
        let kind = kind(mark).to_owned();
        !gone.contains(&kind) && !new.contains(&kind)
    });
    marks.extend(own.cloned());
    if marks.iter().any(|mark| kind(mark) == "code") {
        marks.retain(|mark| matches!(kind(mark), "code" | "link" | "annotation"));
    }
    Cell {
        marks: marks.into(),
        ..cell.clone()
    }
}
