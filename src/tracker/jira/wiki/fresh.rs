//! The pieces of a body as wiki markup, each on lines of its own.

use std::ops::Range;

use super::print;
use super::scan::{is_heading, is_rule, things};
use crate::tracker::jira::adf::blocks::{Targets, blocks, line};
use crate::tracker::jira::adf::inline::nodes;
use crate::tracker::jira::piece::{Kind, Piece};
use crate::tracker::jira::restore::Shown;

/// The lines that show a piece.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) text: String,
    /// Whether it belongs to a list: as a line of it, or below one.
    in_list: bool,
    /// Whether what comes right below it would run into it.
    is_loose: bool,
    /// Which end of a fold it is, if one.
    fold: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Start,
    Close,
}

impl Chunk {
    /// Returns lines that show a piece.
    pub(super) fn new(text: String, piece: &Piece) -> Self {
        let first = text.trim_start();
        let fold = match piece.kind {
            Kind::Open(_) => Some(End::Start),
            Kind::Close => Some(End::Close),
            _ => None,
        };
        let is_line = starts_list(first);
        let is_block = is_line
            || first.starts_with('{') && !first.starts_with("{{")
            || is_heading(first)
            || is_rule(first);
        Self {
            in_list: fold.is_none() && (is_line || piece.parent.is_some()),
            is_loose: !is_block && fold.is_none(),
            fold,
            text,
        }
    }

    /// Returns the same with these line ends.
    pub(super) fn with_line_ends(mut self, line_end: &str) -> Self {
        self.text = self.text.replace('\n', line_end);
        self
    }

    /// Returns how many line ends part it from what stands before it.
    pub(super) fn distance(&self, before: &Self) -> usize {
        let tight = before.fold == Some(End::Start)
            || self.fold == Some(End::Close)
            || self.in_list && before.in_list;
        if tight && !(self.is_loose && before.is_loose) {
            1
        } else {
            2
        }
    }
}

fn starts_list(line: &str) -> bool {
    let count = line.bytes().take_while(|it| b"*#".contains(it)).count();
    count > 0 && line[count..].starts_with(' ')
}

/// Returns the lines of each piece; `None` where it shows nothing.
pub(super) fn chunks(pieces: &[Piece], targets: &Targets) -> Vec<Option<Chunk>> {
    let folds = folds(pieces);
    (0..pieces.len())
        .map(|at| {
            let text = chunk(pieces, at, folds[at], targets)?;
            (!text.trim().is_empty()).then(|| Chunk::new(text, &pieces[at]))
        })
        .collect()
}

/// Returns the text of the pieces, and where each stands in it.
pub(super) fn joined(chunks: &[Option<Chunk>]) -> (String, Vec<Range<usize>>) {
    let mut text = String::new();
    let mut places = Vec::with_capacity(chunks.len());
    let mut before: Option<&Chunk> = None;
    for chunk in chunks {
        let Some(chunk) = chunk else {
            places.push(text.len()..text.len());
            continue;
        };
        let distance = before.map_or(0, |before| chunk.distance(before));
        text.push_str(&"\n".repeat(distance));
        places.push(text.len()..text.len() + chunk.text.len());
        text.push_str(&chunk.text);
        before = Some(chunk);
    }
    (text, places)
}

/// Returns what the pieces show when they are written anew, each thing with its piece.
pub(super) fn shown(pieces: &[Piece], targets: &Targets) -> Vec<(Shown, usize)> {
    let (text, places) = joined(&chunks(pieces, targets));
    let things = things(&text).into_iter();
    let with_piece = things.map(|thing| {
        let start = thing.place.start;
        let piece = places.iter().position(|place| place.contains(&start));
        (thing.shown, piece.unwrap_or_default())
    });
    with_piece.collect()
}

fn chunk(pieces: &[Piece], at: usize, folds: bool, targets: &Targets) -> Option<String> {
    let bullets = bullets(pieces, at);
    Some(match &pieces[at].kind {
        Kind::Item(item) => item_line(&bullets, item.ticked, &item_words(&item.words, targets)),
        Kind::Bullet { words, .. } => format!("{bullets} {}", item_words(words, targets)),
        Kind::Open(title) if folds => format!("{{panel:title={}}}", panel_title(title)),
        // No panel stands in another: the title is a line of its own, and the end is nothing.
        Kind::Open(title) => print::line(&[bold(title)]),
        Kind::Close if folds => "{panel}".to_owned(),
        Kind::Close => return None,
        Kind::Text(text) => {
            let bullets = &bullets[..bullets.len() - 1];
            let nodes = blocks(text, targets);
            let blocks: Vec<String> = nodes
                .iter()
                .map(|node| print::block(node, bullets))
                .collect();
            blocks.join("\n\n")
        }
    })
}

/// Returns an item's line.
pub(super) fn item_line(bullets: &str, ticked: bool, words: &str) -> String {
    let sign = if ticked { '☑' } else { '☐' };
    format!("{bullets} {sign} {words}").trim_end().to_owned()
}

/// Returns the words of an item as wiki markup.
pub(super) fn item_words(words: &str, targets: &Targets) -> String {
    print::words(&nodes(&line(words, targets)))
}

/// Returns the bullets of a piece: those of what it stands under, and its own.
pub(super) fn bullets(pieces: &[Piece], at: usize) -> String {
    let sign = |at: usize| match pieces[at].kind {
        Kind::Bullet {
            number: Some(_), ..
        } => '#',
        _ => '*',
    };
    let above = std::iter::successors(Some(at), |at| pieces[*at].parent);
    let signs: Vec<char> = above.map(sign).collect();
    signs.into_iter().rev().collect()
}

fn bold(title: &str) -> serde_json::Value {
    let mark = serde_json::json!({"type": "strong"});
    crate::tracker::jira::adf::node::text(title, &[mark])
}

/// Returns a title as a panel can have it, in which nothing ends it.
pub(super) fn panel_title(title: &str) -> String {
    let plain = title.chars().map(|char| match char {
        '{' => '(',
        '}' => ')',
        '|' => '/',
        char if char.is_control() => ' ',
        char => char,
    });
    plain.collect()
}

/// Returns for each end of a fold whether it is one here: where it is in no other, and under no item.
fn folds(pieces: &[Piece]) -> Vec<bool> {
    let mut folds = vec![false; pieces.len()];
    let mut open: Vec<usize> = Vec::new();
    for at in 0..pieces.len() {
        match &pieces[at].kind {
            Kind::Open(_) => {
                folds[at] = open.is_empty() && pieces[at].parent.is_none();
                open.push(at);
            }
            Kind::Close => folds[at] = open.pop().is_some_and(|start| folds[start]),
            _ => {}
        }
    }
    folds
}
