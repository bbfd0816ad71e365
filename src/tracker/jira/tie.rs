//! Ties the items that a text shows to those that were written, where the text has no room for ids: wiki markup, and
//! the lines of checklist apps.
//!
//! An item goes by its words, in their order; then by its words with something behind them; then by its place
//! between its neighbours, where most of its words are still there.

use std::collections::BTreeSet;

use similar::TextDiff;

use super::piece::equal;
use super::restore::{Shown, ShownKind};
use crate::body::marker::letters_of;

/// The least likeness by which a reworded item is told.
const LIKE: f32 = 0.5;
/// The longest text whose likeness is measured.
const LONGEST: usize = 2_000;

/// Returns what a text is known by, however its lines end.
pub(super) fn shown_hash(text: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(text.replace('\r', "").trim_end().as_bytes());
    letters_of(&hasher, 12)
}

/// Returns how many lines of a text are as they were written.
pub(super) fn lines_kept(text: &str, written: &str) -> usize {
    let written: BTreeSet<&str> = written.lines().collect();
    text.lines()
        .filter(|line| written.contains(line.trim_end()))
        .count()
}

/// Names for each item that was found the piece that it is; what was written has its pieces beside it.
pub(super) fn tie(written: &[(Shown, usize)], found: &mut [Shown]) {
    let is_item = |shown: &Shown| matches!(shown.kind, ShownKind::Item { .. });
    let ours = written.iter().filter(|(shown, _)| is_item(shown));
    let ours: Vec<Item<'_>> = ours
        .map(|(shown, piece)| Item {
            key: &shown.key,
            of: *piece,
        })
        .collect();
    let theirs = found.iter().enumerate();
    let theirs: Vec<Item<'_>> = theirs
        .filter(|(_, shown)| is_item(shown))
        .map(|(of, shown)| Item {
            key: &shown.key,
            of,
        })
        .collect();
    let places: Vec<usize> = theirs.iter().map(|item| item.of).collect();
    for (tied, at) in tied(&ours, &theirs).into_iter().zip(places) {
        if let ShownKind::Item { piece, .. } = &mut found[at].kind {
            *piece = tied;
        }
    }
}

/// An item: what it says, and its number.
struct Item<'a> {
    key: &'a str,
    of: usize,
}

/// Returns for each found item the number of the written one that it is.
fn tied(written: &[Item<'_>], found: &[Item<'_>]) -> Vec<Option<usize>> {
    let mut tie = Tie {
        written,
        found,
        pairs: vec![None; found.len()],
        taken: vec![false; written.len()],
    };
    tie.in_order();
    tie.by(|found, written| found == written);
    tie.by(is_suffixed);
    tie.by_place();
    let of = |pair: Option<usize>| pair.map(|at| written[at].of);
    tie.pairs.into_iter().map(of).collect()
}

struct Tie<'a> {
    written: &'a [Item<'a>],
    found: &'a [Item<'a>],
    pairs: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl Tie<'_> {
    fn pair(&mut self, found: usize, written: usize) {
        self.pairs[found] = Some(written);
        self.taken[written] = true;
    }

    fn in_order(&mut self) {
        let keys = |items: &[Item<'_>]| -> Vec<String> {
            items.iter().map(|item| item.key.to_owned()).collect()
        };
        for (written, found) in equal(&keys(self.written), &keys(self.found)) {
            self.pair(found, written);
        }
    }

    fn by(&mut self, is_same: fn(&str, &str) -> bool) {
        for found in 0..self.found.len() {
            if self.pairs[found].is_some() {
                continue;
            }
            let same = |at: &usize| {
                !self.taken[*at] && is_same(self.found[found].key, self.written[*at].key)
            };
            // Of several that fit, the one that says most of it.
            let all = (0..self.written.len()).filter(same);
            let best = all.rev().max_by_key(|at| self.written[*at].key.len());
            if let Some(written) = best {
                self.pair(found, written);
            }
        }
    }

    fn by_place(&mut self) {
        for found in 0..self.found.len() {
            if self.pairs[found].is_some() {
                continue;
            }
            let after = self.pairs[..found].iter().rev().find_map(|pair| *pair);
            let before = self.pairs[found..].iter().find_map(|pair| *pair);
            let from = after.map_or(0, |after| after + 1);
            let to = before.unwrap_or(self.written.len());
            let mut best: Option<(f32, usize)> = None;
            for written in from..to.max(from) {
                if self.taken[written] {
                    continue;
                }
                let likeness = likeness(self.found[found].key, self.written[written].key);
                if likeness >= LIKE && best.is_none_or(|(most, _)| likeness > most) {
                    best = Some((likeness, written));
                }
            }
            if let Some((_, written)) = best {
                self.pair(found, written);
            }
        }
    }
}

/// Tells whether `found` is `written` with something behind it.
fn is_suffixed(found: &str, written: &str) -> bool {
    !written.is_empty()
        && found
            .strip_prefix(written)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

fn likeness(one: &str, other: &str) -> f32 {
    if one.len() > LONGEST || other.len() > LONGEST {
        return 0.0;
    }
    TextDiff::from_words(one, other).ratio()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_told_by_words_then_by_what_is_left_of_them() {
        let list = |keys: &[&'static str]| -> Vec<Item<'static>> {
            let items = keys.iter().enumerate();
            items.map(|(of, key)| Item { key, of }).collect()
        };
        let written = list(&["stop it", "back it up", "start it", "start it again"]);
        let found = list(&[
            "start it again (ann)",
            "stop the service",
            "back all of it up",
            "start it, 10:40",
            "tell everybody",
        ]);
        let tied = tied(&written, &found);
        assert_eq!(tied, [Some(3), None, None, Some(2), None]);
        let found = list(&["stop it", "back it all up", "start it"]);
        let tied = super::tied(&written, &found);
        assert_eq!(tied, [Some(0), Some(1), Some(2)]);
    }
}
