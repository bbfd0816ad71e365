//! Doubts what may be a copy, and gives what nothing tells apart a place.

use super::likeness::ALIKE;
use super::{Fit, Search};

/// How alike what came in must be to a line to be what it was, whatever its words and its place say.
const MUCH_ALIKE: f32 = 0.7;

impl Search<'_> {
    /// Makes doubtful what may be a copy: a line whose step has a like one among those that came in.
    ///
    /// Whoever copies a step and then rewords it, or moves it, leaves its words, its place, or both with the copy.
    pub(super) fn doubt_copies(&mut self) {
        let came_in = self.came_in();
        for old in 0..self.old.len() {
            let Fit::Sure(new) = self.fits[old] else {
                continue;
            };
            if self.named.contains(&old) {
                continue;
            }
            // As if it were still to be found, so that its own pair does not speak against another one.
            self.fits[old] = Fit::Gone;
            self.taken[new] = None;
            let is_doubtful = came_in.iter().any(|other| self.may_be(old, *other, new));
            self.take(
                old,
                if is_doubtful {
                    Fit::Doubtful(new)
                } else {
                    Fit::Sure(new)
                },
            );
        }
    }

    /// Tells whether `old` may be `other`, which came in, rather than `new`.
    fn may_be(&self, old: usize, other: usize, new: usize) -> bool {
        let alike = self.alike(old, other);
        if alike < ALIKE {
            return false;
        }
        if alike >= MUCH_ALIKE || self.families[old].has_twins() {
            return true;
        }
        let (here, there) = (self.place_score(old, new), self.place_score(old, other));
        if self.old[old].hash == self.new[new].hash {
            // The same words weigh more than some of them, unless the place speaks for these.
            return there > 0 && there >= here;
        }
        here < 2 || there > 0
    }

    /// Returns the steps of which no line is known to be.
    fn came_in(&self) -> Vec<usize> {
        let is_known = |old: usize| matches!(self.fits[old], Fit::Sure(_));
        (0..self.new.len())
            .filter(|new| !self.taken[*new].is_some_and(is_known))
            .collect()
    }

    /// Gives what nothing tells apart a place each: the same id, else the same text, in order.
    pub(super) fn leftovers(&mut self) {
        for old in self.free_old() {
            let free = self.free_new();
            let same_id = free.iter().find(|new| self.same_id(old, **new));
            let same_text = free.iter().find(|new| {
                self.old[old].text.is_some() && self.new[**new].hash == self.old[old].hash
            });
            if let Some(new) = same_id.or(same_text).copied() {
                self.take(old, Fit::Doubtful(new));
            }
        }
    }
}
