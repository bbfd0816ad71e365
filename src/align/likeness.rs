//! Tells lines by how alike their words are to a step's.

use similar::{Algorithm, capture_diff_slices, diff_ratio};

use super::{Fit, Search};
use crate::body::marker::text_hash;

/// How alike two texts must be to be the same step in other words.
///
/// With a third of the words exchanged, two thirds of both texts are common.
pub(super) const ALIKE: f32 = 0.6;

/// How much more alike a pair must be than any rival.
const MARGIN: f32 = 0.15;

/// How alike two texts must be where their places say nothing.
const ALIKE_ANYWHERE: f32 = 0.75;

/// How many words must be in common where places say nothing.
const FEW: f32 = 3.5;

/// What tells that two texts which are alike are the same step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Evidence {
    /// Enough words in common.
    Words,
    /// The same neighbour, or the same id.
    Place,
}

impl Search<'_> {
    /// Pairs what is alike, the most alike first; a pair with a rival is doubtful.
    pub(super) fn by_likeness(&mut self) {
        let mut pairs = Vec::new();
        for old in self.free_old() {
            for new in self.free_new() {
                let ratio = likeness(&self.old_words[old], &self.new_words[new]);
                if ratio >= ALIKE - MARGIN {
                    pairs.push((ratio, old, new));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let rivals = Rivals::new(&pairs, self.old.len(), self.new.len());
        // First what the words alone tell. That tells places, which then tell more.
        for evidence in [Evidence::Words, Evidence::Place] {
            while self.by_evidence(evidence, &pairs, &rivals) {}
            self.by_place();
        }
        self.by_id_where_edited();
        for (ratio, old, new) in pairs {
            if ratio >= ALIKE && self.fits[old] == Fit::Gone && self.taken[new].is_none() {
                self.take(old, Fit::Doubtful(new));
            }
        }
    }

    /// Pairs lines in a person's own words with the step of the same id at the same place: what was written there is not
    /// known any more.
    fn by_id_where_edited(&mut self) {
        for old in self.free_old() {
            let line = &self.old[old];
            let is_edited = line
                .text
                .as_ref()
                .is_some_and(|text| text_hash(text) != line.hash);
            let same = self
                .free_new()
                .into_iter()
                .find(|new| self.same_id(old, *new));
            if let (true, Some(new)) = (is_edited, same)
                && self.place_score(old, new) > 0
            {
                self.take(old, Fit::Sure(new));
            }
        }
    }

    /// Pairs what has no rival and enough evidence; tells whether there was such a pair.
    fn by_evidence(
        &mut self,
        evidence: Evidence,
        pairs: &[(f32, usize, usize)],
        rivals: &Rivals,
    ) -> bool {
        let mut found = false;
        for (ratio, old, new) in pairs {
            let (ratio, old, new) = (*ratio, *old, *new);
            if ratio < ALIKE || self.fits[old] != Fit::Gone || self.taken[new].is_some() {
                continue;
            }
            // Of twins, any could have gone and any could have been copied: no likeness tells.
            if self.families[old].has_twins() {
                continue;
            }
            let is_free =
                |old: usize, new: usize| self.fits[old] == Fit::Gone && self.taken[new].is_none();
            if rivals.has(old, new, ratio - MARGIN, is_free) {
                continue;
            }
            let words = self.old_words[old].len() + self.new_words[new].len();
            let common = ratio * words as f32 / 2.0;
            let enough = match evidence {
                Evidence::Words => common > FEW && ratio >= ALIKE_ANYWHERE,
                Evidence::Place => self.same_id(old, new) || self.place_score(old, new) > 0,
            };
            if enough {
                self.take(old, Fit::Sure(new));
                found = true;
            }
        }
        found
    }
}

/// The partners that each line could have, the most alike first.
struct Rivals {
    of_old: Vec<Vec<(f32, usize)>>,
    of_new: Vec<Vec<(f32, usize)>>,
}

impl Rivals {
    fn new(pairs: &[(f32, usize, usize)], old: usize, new: usize) -> Self {
        let mut rivals = Self {
            of_old: vec![Vec::new(); old],
            of_new: vec![Vec::new(); new],
        };
        for (ratio, old, new) in pairs {
            rivals.of_old[*old].push((*ratio, *new));
            rivals.of_new[*new].push((*ratio, *old));
        }
        rivals
    }

    /// Tells whether one of a pair has another free partner that is more than `least` alike.
    fn has(
        &self,
        old: usize,
        new: usize,
        least: f32,
        is_free: impl Fn(usize, usize) -> bool,
    ) -> bool {
        let near = |list: &[(f32, usize)], other: usize, is_free: &dyn Fn(usize) -> bool| {
            list.iter()
                .take_while(|(ratio, _)| *ratio > least)
                .any(|(_, partner)| *partner != other && is_free(*partner))
        };
        near(&self.of_old[old], new, &|partner| is_free(old, partner))
            || near(&self.of_new[new], old, &|partner| is_free(partner, new))
    }
}

/// Returns how much of two texts is common, from 0 to 1, words in order.
pub(crate) fn likeness(a: &[String], b: &[String]) -> f32 {
    let (short, long) = (a.len().min(b.len()), a.len().max(b.len()));
    if short == 0 || ((2 * short) as f32) < (ALIKE - MARGIN) * (short + long) as f32 {
        return 0.0;
    }
    diff_ratio(
        &capture_diff_slices(Algorithm::Myers, a, b),
        a.len(),
        b.len(),
    )
}
