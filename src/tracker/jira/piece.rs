//! A ticket's body cut into the pieces that a description shows one by one.
//!
//! The pieces are those of [`Body`]: items, headings and blocks, whole lines each. What stands in `<details>` has
//! its two lines as pieces of their own, and so has what a description does not show: markers, comments.

use std::collections::BTreeMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::body::{Body, NodeKind, splice};
use crate::parse::markdown::details_summary;
use crate::procedure::StepId;

/// A piece of a body.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its lines, with the blank lines after it.
    pub(crate) lines: Range<usize>,
    /// Where its own content ends, without the line end.
    pub(crate) content_end: usize,
    /// The item or bullet that it stands under.
    pub(crate) parent: Option<usize>,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A line with a box.
    Item(Item),
    /// The words of a list item that holds other pieces.
    Bullet {
        /// What stands behind the bullet, without hidden text.
        words: String,
        /// Its number, where it has one.
        number: Option<u64>,
        /// The step, where it was an item whose box a person took away.
        step: Option<StepId>,
    },
    /// Where a folded part starts, with its title.
    Open(String),
    /// Where it ends.
    Close,
    /// A block, without the indentation of what it stands in.
    Text(String),
}

/// A line with a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// Whether the box is ticked.
    pub(crate) ticked: bool,
    /// What stands behind the box, without hidden text; further lines are indented by two.
    pub(crate) words: String,
    /// The step it says it is for.
    pub(crate) step: Option<StepId>,
}

/// Returns the pieces of a body, in order.
pub(crate) fn cut(text: &str) -> Vec<Piece> {
    let body = Body::read(text);
    let holds: Vec<bool> = {
        let mut holds = vec![false; body.nodes.len()];
        for node in &body.nodes {
            if let Some(parent) = node.parent {
                holds[parent] = true;
            }
        }
        holds
    };
    let mut pieces: Vec<Piece> = Vec::with_capacity(body.nodes.len());
    for (at, node) in body.nodes.iter().enumerate() {
        // A bullet without words has no content, but is a line.
        let content_end = match node.content_end > node.start {
            true => node.content_end,
            false => node.start + text[node.start..node.end].trim_end().len(),
        };
        let own = &text[node.start..content_end];
        let kind = match node.kind {
            NodeKind::Item(item) => item_kind(&body, item, own),
            NodeKind::Text if holds[at] => Kind::Bullet {
                words: bullet_words(own),
                number: number(own),
                step: None,
            },
            NodeKind::Text => text_kind(own, indent_within(&body, node.parent)),
            _ => Kind::Text(without_indent(own, indent_within(&body, node.parent))),
        };
        pieces.push(Piece {
            kind,
            lines: node.start..node.end,
            content_end,
            parent: node.parent,
        });
    }
    pair_folds(text, &mut pieces);
    pieces
}

fn item_kind(body: &Body, item: usize, own: &str) -> Kind {
    let item = &body.items[item];
    let hidden = item.markers.iter().chain(&item.marker_at);
    let mut hidden: Vec<_> = hidden
        .filter(|range| range.start >= item.content.start && range.end <= item.content.end)
        .map(|range| {
            let blank = body.text[..range.start].ends_with(' ') && range.start > item.content.start;
            let start = range.start - usize::from(blank) - item.content.start;
            (start..range.end - item.content.start, String::new())
        })
        .collect();
    hidden.dedup();
    let words = joined(&splice(&body.text[item.content.clone()], hidden));
    let step = item.marker.as_ref().map(|marker| marker.id.clone());
    match &item.task {
        Some(_) => Kind::Item(Item {
            ticked: item.ticked(&body.text),
            words,
            step,
        }),
        None => Kind::Bullet {
            words,
            number: number(own),
            step,
        },
    }
}

/// Returns lines as an item's words have them.
fn joined(words: &str) -> String {
    let lines: Vec<&str> = words.trim().lines().map(str::trim_start).collect();
    lines.join("\n  ")
}

fn bullet_words(own: &str) -> String {
    joined(&own[bullet_width(own)..])
}

/// Returns how many bytes the bullet at the start of a line takes, with the blanks around it.
fn bullet_width(own: &str) -> usize {
    let line = own.trim_start_matches([' ', '\t']);
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = line[digits..].trim_start_matches(['-', '*', '+', '.', ')']);
    own.len() - rest.trim_start_matches([' ', '\t']).len()
}

fn number(own: &str) -> Option<u64> {
    let line = own.trim_start_matches([' ', '\t']);
    let digits = line.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// Returns the column at which what stands in the item or bullet `parent` starts.
fn indent_within(body: &Body, parent: Option<usize>) -> usize {
    let lines = parent.map(|parent| &body.nodes[parent]);
    lines.map_or(0, |node| {
        inner_column(&body.text[node.start..node.content_end])
    })
}

/// Returns the column at which what stands in the item or bullet with these lines starts.
pub(crate) fn inner_column(lines: &str) -> usize {
    let line = lines.trim_start_matches([' ', '\t']);
    let leading = &lines[..lines.len() - line.len()];
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let behind = line.get(digits + 1..).unwrap_or_default();
    let blanks = behind.len() - behind.trim_start_matches(' ').len();
    let blanks = if (1..=4).contains(&blanks) { blanks } else { 1 };
    columns(leading) + digits + 1 + blanks
}

fn columns(blanks: &str) -> usize {
    blanks.chars().fold(0, |at, char| match char {
        '\t' => at + 4 - at % 4,
        _ => at + 1,
    })
}

/// Returns `text` with up to `width` columns of blanks taken off each line.
fn without_indent(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        let mut column = 0;
        while column < width {
            if let Some(tail) = rest.strip_prefix(' ') {
                column += 1;
                rest = tail;
            } else if let Some(tail) = rest.strip_prefix('\t') {
                let next = column + 4 - column % 4;
                rest = tail;
                // What a tab reaches beyond the column stays, as blanks.
                out.extend(std::iter::repeat_n(' ', next.saturating_sub(width)));
                column = next;
            } else {
                break;
            }
        }
        out.push_str(rest);
    }
    out
}

/// Returns lines that stood in column `from` as they stand in column `to`.
pub(crate) fn shifted(lines: &str, from: usize, to: usize) -> String {
    if from == to {
        return lines.to_owned();
    }
    let margin = " ".repeat(to);
    let mut out = String::with_capacity(lines.len());
    for line in without_indent(lines, from).split_inclusive('\n') {
        if !line.trim().is_empty() {
            out.push_str(&margin);
        }
        out.push_str(line);
    }
    out
}

fn text_kind(own: &str, indent: usize) -> Kind {
    let html = own.trim();
    let lower = html.get(..9).unwrap_or(html).to_ascii_lowercase();
    if lower.starts_with("<details") && !html.to_ascii_lowercase().contains("</details") {
        Kind::Open(unescaped(&details_summary(html).0))
    } else if lower.starts_with("</details") {
        Kind::Close
    } else {
        Kind::Text(without_indent(own, indent))
    }
}

/// Returns the text that HTML stands for.
fn unescaped(html: &str) -> String {
    let signs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ];
    let start = html.to_owned();
    signs
        .iter()
        .fold(start, |text, (code, sign)| text.replace(code, sign))
}

/// Returns a text as HTML has it.
pub(crate) fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;")
}

/// Leaves only folds that have both ends, under one and the same item.
fn pair_folds(text: &str, pieces: &mut [Piece]) {
    let mut open: Vec<usize> = Vec::new();
    let mut paired = vec![false; pieces.len()];
    for at in 0..pieces.len() {
        match pieces[at].kind {
            Kind::Open(_) => open.push(at),
            Kind::Close => {
                let same = |from: &usize| pieces[*from].parent == pieces[at].parent;
                if let Some(found) = open.iter().rposition(same) {
                    paired[open[found]] = true;
                    paired[at] = true;
                    open.truncate(found);
                }
            }
            _ => {}
        }
    }
    for (at, piece) in pieces.iter_mut().enumerate() {
        if matches!(piece.kind, Kind::Open(_) | Kind::Close) && !paired[at] {
            piece.kind = Kind::Text(text[piece.lines.start..piece.content_end].to_owned());
        }
    }
}

/// Returns for each new piece the old one that is the same, and whether it stands where it stood.
pub(crate) fn paired(old: &[Piece], new: &[Piece]) -> Vec<Option<(usize, bool)>> {
    let names = |pieces: &[Piece]| pieces.iter().map(name).collect::<Vec<String>>();
    let (old, new) = (names(old), names(new));
    let mut pairs = vec![None; new.len()];
    let mut free = vec![true; old.len()];
    for (from, to) in equal(&old, &new) {
        pairs[to] = Some((from, true));
        free[from] = false;
    }
    let mut moved: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for at in (0..old.len()).rev().filter(|at| free[*at]) {
        moved.entry(&old[at]).or_default().push(at);
    }
    for (at, name) in new.iter().enumerate() {
        if pairs[at].is_none() {
            let found = moved.get_mut(name.as_str()).and_then(Vec::pop);
            pairs[at] = found.map(|old| (old, false));
        }
    }
    pairs
}

/// Returns which of `old` are which of `new`: those that are the same and in the same order.
pub(crate) fn equal(old: &[String], new: &[String]) -> Vec<(usize, usize)> {
    let ops = capture_diff_slices(Algorithm::Myers, old, new).into_iter();
    let pairs = ops.filter_map(|op| match op {
        DiffOp::Equal {
            old_index,
            new_index,
            len,
        } => Some((0..len).map(move |step| (old_index + step, new_index + step))),
        _ => None,
    });
    pairs.flatten().collect()
}

/// Returns what a piece is known by: an item by its step, whatever it says; others by what they say.
fn name(piece: &Piece) -> String {
    match &piece.kind {
        Kind::Item(item) => match &item.step {
            Some(step) => format!("step {step}"),
            None => format!("own {}", item.words),
        },
        Kind::Bullet { words, step, .. } => format!("bullet {step:?} {words}"),
        Kind::Open(title) => format!("open {title}"),
        Kind::Close => "close".to_owned(),
        Kind::Text(text) => format!("text {text}"),
    }
}
