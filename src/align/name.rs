//! Pairs lines with steps by their ids.

use std::collections::BTreeMap;

use super::likeness::{ALIKE, likeness};
use super::{Fit, Line, Search};
use crate::body::resolve::words;

impl Search<'_> {
    pub(super) fn same_id(&self, old: usize, new: usize) -> bool {
        self.old[old].id.is_some() && self.old[old].id == self.new[new].id
    }

    /// Tells whether two ids have most of their words in common.
    pub(super) fn like_id(&self, old: usize, new: usize) -> bool {
        let words_of = |line: &Line| words(line.id.as_deref().unwrap_or_default());
        likeness(&words_of(&self.old[old]), &words_of(&self.new[new])) >= ALIKE
    }

    /// Pairs what has the same id and the same text.
    pub(super) fn by_id_and_text(&mut self) {
        let ids = ids(self.new);
        for old in 0..self.old.len() {
            let line = &self.old[old];
            let same = line.id.as_ref().and_then(|id| ids.get(id).copied());
            if let Some(new) = same.filter(|new| self.new[*new].hash == line.hash) {
                self.named.insert(old);
                self.take(old, Fit::Sure(new));
            }
        }
    }

    /// Pairs what has the same id, where that is the author's own.
    ///
    /// An id that is made of the text changes with it, and another step may get it. One whose words are neither those
    /// of the text nor those that it had is a label, and says more than the words.
    pub(super) fn by_label(&mut self) {
        let ids = ids(self.new);
        for old in self.free_old() {
            let line = &self.old[old];
            let Some(new) = line.id.as_ref().and_then(|id| ids.get(id).copied()) else {
                continue;
            };
            let id_words = words(line.id.as_deref().unwrap_or_default());
            let said_by = |said: &[String]| {
                let in_text = id_words.iter().filter(|word| said.contains(word)).count();
                said.is_empty() || in_text * 2 > id_words.len()
            };
            // What stands on both sides of `--` tells twins apart by what is beside them: no label either.
            let by_neighbours = line.id.as_deref().is_some_and(|id| id.contains("--"));
            let is_label =
                !by_neighbours && !said_by(&self.new_words[new]) && !said_by(&self.old_words[old]);
            if self.taken[new].is_none() && (line.text.is_none() || is_label) {
                self.named.insert(old);
                self.take(old, Fit::Sure(new));
            }
        }
    }
}

/// Returns the step of each id.
fn ids(lines: &[Line]) -> BTreeMap<&String, usize> {
    let ids = lines.iter().enumerate();
    ids.filter_map(|(at, line)| Some((line.id.as_ref()?, at)))
        .collect()
}
