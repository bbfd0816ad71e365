//! Finds the pieces of a body in a description that people changed.

use std::collections::BTreeMap;

use super::{Shown, ShownKind, Written, is_fold, is_seen};
use crate::tracker::jira::piece::{Kind, equal};

/// Returns the piece that each thing shows.
pub(super) fn matched(written: &Written<'_>, found: &[Shown]) -> Vec<Option<usize>> {
    let mut matching = Matching {
        written,
        found,
        pieces: vec![None; found.len()],
        taken: vec![false; written.pieces.len()],
    };
    // A copy has the id, too, so the words come first; as they do where a body has a marker twice.
    matching.by_id(Some(Words::All));
    matching.by_words(true, Words::All);
    matching.by_id(Some(Words::Start));
    matching.by_words(true, Words::Start);
    matching.by_id(None);
    matching.by_words(false, Words::All);
    matching.in_order();
    matching.by_words(false, Words::Start);
    matching.pieces
}

/// How much of a line has to be an item's words.
#[derive(Clone, Copy, PartialEq)]
enum Words {
    All,
    Start,
}

struct Matching<'a> {
    written: &'a Written<'a>,
    found: &'a [Shown],
    /// For each thing found: its piece.
    pieces: Vec<Option<usize>>,
    /// For each piece: whether it was found.
    taken: Vec<bool>,
}

impl Matching<'_> {
    fn take(&mut self, at: usize, piece: usize) {
        self.pieces[at] = Some(piece);
        self.taken[piece] = true;
    }

    /// Finds tasks by their ids, where they have the words, too; without words, where no other task has the id.
    fn by_id(&mut self, words: Option<Words>) {
        for (at, shown) in self.found.iter().enumerate() {
            let Some(piece) = self.free_piece(at) else {
                continue;
            };
            let is_it = |(written, of): &(Shown, usize)| {
                let rest = shown.key.strip_prefix(&written.key);
                *of == piece
                    && rest.is_some_and(|rest| match words {
                        Some(Words::All) => rest.is_empty(),
                        _ => rest.starts_with(' '),
                    })
            };
            let is_told = match words {
                Some(_) => self.written.shown.iter().any(is_it),
                None => {
                    let mut others = (0..self.found.len()).filter(|other| *other != at);
                    others.all(|other| self.free_piece(other) != Some(piece))
                }
            };
            if is_told {
                self.take(at, piece);
            }
        }
    }

    /// Returns the piece that a task's id names, where both are still to be found.
    fn free_piece(&self, at: usize) -> Option<usize> {
        let ShownKind::Item { piece, .. } = self.found[at].kind else {
            return None;
        };
        piece.filter(|piece| self.pieces[at].is_none() && !self.taken[*piece])
    }

    /// Finds items by their words: among tasks, or among the other lines of lists.
    fn by_words(&mut self, tasks: bool, words: Words) {
        let mut lost: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (shown, piece) in self.written.shown.iter().rev() {
            let is_item = match &self.written.pieces[*piece].kind {
                Kind::Item(_) => true,
                Kind::Bullet { step, .. } => step.is_some(),
                _ => false,
            };
            if is_item && !self.taken[*piece] && !shown.key.is_empty() {
                lost.entry(&shown.key).or_default().push(*piece);
            }
        }
        for (at, shown) in self.found.iter().enumerate() {
            let fits = match shown.kind {
                ShownKind::Item { .. } => tasks,
                ShownKind::Bullet { .. } => !tasks,
                _ => false,
            };
            if !fits || self.pieces[at].is_some() {
                continue;
            }
            let words = match words {
                Words::All => Some(shown.key.as_str()),
                Words::Start => start_of(&shown.key, &lost),
            };
            if let Some(piece) = words.and_then(|words| lost.get_mut(words)?.pop()) {
                self.take(at, piece);
            }
        }
    }

    /// Finds the other pieces by what they show, in their order; then those that stand elsewhere.
    fn in_order(&mut self) {
        let is_free = |kind: &ShownKind| !matches!(kind, ShownKind::Item { .. });
        let ours = self.written.shown.iter().filter(|(shown, piece)| {
            self.written.is_seen(shown, *piece) && (self.taken[*piece] || is_free(&shown.kind))
        });
        let named = |(shown, piece): &(Shown, usize)| {
            (
                name(shown, Some(*piece).filter(|it| self.taken[*it])),
                *piece,
            )
        };
        let ours: Vec<(String, usize)> = ours.map(named).collect();
        let theirs: Vec<(String, usize)> = (0..self.found.len())
            .filter(|at| {
                let shown = &self.found[*at];
                let is_bullet = matches!(shown.kind, ShownKind::Bullet { .. });
                is_seen(shown) || is_bullet || self.pieces[*at].is_some()
            })
            .map(|at| (name(&self.found[at], self.pieces[at]), at))
            .collect();
        let names = |list: &[(String, usize)]| -> Vec<String> {
            list.iter().map(|(name, _)| name.clone()).collect()
        };
        for (old, new) in equal(&names(&ours), &names(&theirs)) {
            let (piece, at) = (ours[old].1, theirs[new].1);
            if self.pieces[at].is_none() {
                self.take(at, piece);
            }
        }
        let mut moved: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (name, piece) in ours.iter().rev().filter(|(_, piece)| !self.taken[*piece]) {
            moved.entry(name).or_default().push(*piece);
        }
        for (name, at) in &theirs {
            if self.pieces[*at].is_none()
                && !is_fold(&self.found[*at])
                && let Some(piece) = moved.get_mut(name.as_str()).and_then(Vec::pop)
            {
                self.pieces[*at] = Some(piece);
            }
        }
    }
}

/// Returns the longest of the lost words that a line starts with.
fn start_of<'a>(line: &'a str, lost: &BTreeMap<&str, Vec<usize>>) -> Option<&'a str> {
    let blanks = line.rmatch_indices(' ');
    let mut starts = blanks.map(|(at, _)| &line[..at]);
    starts.find(|start| lost.get(start).is_some_and(|pieces| !pieces.is_empty()))
}

fn name(shown: &Shown, piece: Option<usize>) -> String {
    match (piece, &shown.kind) {
        (Some(piece), ShownKind::Item { .. } | ShownKind::Bullet { .. }) => {
            format!("piece {piece}")
        }
        (_, ShownKind::Item { .. }) => format!("item {}", shown.key),
        (_, ShownKind::Bullet { whole, .. }) => format!("bullet {whole} {}", shown.key),
        (_, ShownKind::Open) => format!("open {}", shown.key),
        (_, ShownKind::Close) => "close".to_owned(),
        (_, ShownKind::Block) => format!("block {}", shown.key),
    }
}
