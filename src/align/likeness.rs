//! Tells lines by how alike their words are to a step's.

use similar::{Algorithm, capture_diff_slices, diff_ratio};

use super::place::Reach;
use super::{Fit, Line, Search};
use crate::body::marker::text_hash;
use crate::body::resolve::words;

/// How alike two texts must be to be the same step in other words.
///
/// With a third of the words exchanged, two thirds of both texts are common.
pub(crate) const ALIKE: f32 = 0.6;

/// How alike two texts must be where both stand right between the same neighbours: of two words, one may change.
const ALIKE_IN_PLACE: f32 = 0.5;

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
        let mut near = Vec::new();
        for old in 0..self.old.len() {
            for new in 0..self.new.len() {
                if self.fits[old] != Fit::Gone && self.taken[new].is_some() {
                    continue;
                }
                let ratio = likeness(&self.old_words[old], &self.new_words[new]);
                if ratio >= ALIKE - MARGIN {
                    near.push((ratio, old, new));
                }
            }
        }
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let rivals = Rivals::new(&near, self.old.len(), self.new.len());
        let is_free = |(ratio, old, new): &(f32, usize, usize)| {
            *ratio >= ALIKE_IN_PLACE && self.fits[*old] == Fit::Gone && self.taken[*new].is_none()
        };
        let pairs: Vec<_> = near.into_iter().filter(is_free).collect();
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

    /// Pairs lines in a person's own words with the step at the same place whose id is the same, or like theirs: what
    /// was written there is not known any more, but for the words in the id.
    fn by_id_where_edited(&mut self) {
        for old in self.free_old() {
            if !self.is_edited(old) {
                continue;
            }
            let free = self.free_new();
            let is_it = |new: &usize| match self.place_score(old, *new) {
                0 => false,
                1 => self.same_id(old, *new),
                _ => self.like_id(old, *new),
            };
            if let Some(new) = free.into_iter().find(is_it) {
                self.take(old, Fit::Sure(new));
            }
        }
    }

    /// Tells whether a step is another one than a line as well as not, however alike they are: it says something else and
    /// shows quite another command behind that, or of several words it shares the command alone. A command that only
    /// names another version is the same.
    fn says_and_does_other(&self, old: usize, new: usize) -> bool {
        let parts = |line: &Line| {
            let (said, command) = split_command(line.text.as_deref().unwrap_or_default());
            (words(said), words(command))
        };
        let ((old_said, old_does), (new_said, new_does)) =
            (parts(&self.old[old]), parts(&self.new[new]));
        if old_does != new_does && likeness(&old_does, &new_does) < ALIKE_ANYWHERE {
            return old_said != new_said;
        }
        let has_several = !new_said.is_empty() && old_said.len().max(new_said.len()) > 1;
        has_several && !old_does.is_empty() && !new_said.iter().any(|word| old_said.contains(word))
    }

    /// Tells whether a person put other words on a line.
    fn is_edited(&self, old: usize) -> bool {
        let line = &self.old[old];
        let text = line.text.as_ref();
        text.is_some_and(|text| text_hash(text) != line.hash)
    }

    /// Returns how alike a step is to a line, or to what the line was before a person edited it.
    pub(super) fn alike(&self, old: usize, new: usize) -> f32 {
        let alike = likeness(&self.old_words[old], &self.new_words[new]);
        match self.is_edited(old) && self.like_id(old, new) {
            true => alike.max(ALIKE),
            false => alike,
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
            if self.fits[old] != Fit::Gone || self.taken[new].is_some() {
                continue;
            }
            let in_place = self.place_score_within(Reach::Next, old, new) == 2;
            if ratio < ALIKE && !in_place {
                continue;
            }
            // Of twins, any could have gone and any could have been copied: no likeness tells.
            if self.families[old].has_twins() {
                continue;
            }
            let is_taken = |new: usize| self.taken[new].is_some();
            if rivals.has(old, new, ratio - MARGIN, is_taken) || self.says_and_does_other(old, new)
            {
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

    /// Tells whether one of a pair has another partner that is more than `least` alike.
    ///
    /// A step that is known to be another line's is no partner. A line whose step is known is one still: what came in
    /// may be a copy of it.
    fn has(&self, old: usize, new: usize, least: f32, is_taken: impl Fn(usize) -> bool) -> bool {
        let any = |list: &[(f32, usize)], is_rival: &dyn Fn(usize) -> bool| {
            let mut near = list.iter().take_while(|(ratio, _)| *ratio > least);
            near.any(|(_, partner)| is_rival(*partner))
        };
        any(&self.of_old[old], &|other| other != new && !is_taken(other))
            || any(&self.of_new[new], &|other| other != old)
    }
}

/// Returns what a line says, and the command that it shows behind that; empty where it shows none.
pub(super) fn split_command(text: &str) -> (&str, &str) {
    let text = text.trim_end();
    let said = text.strip_suffix('`').and_then(|text| text.rfind('`'));
    said.map_or((text, ""), |at| text.split_at(at))
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
