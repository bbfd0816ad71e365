//! Finds steps that were split in two, and pairs of steps that were joined.

use super::likeness::likeness;
use super::{Fit, Search};

/// How much of a step two parts must say.
const WHOLE: f32 = 0.85;

impl Search<'_> {
    /// Finds steps that were split in two, and pairs of steps that were joined.
    pub(super) fn by_parts(&mut self) -> Vec<(usize, usize)> {
        let mut splits = Vec::new();
        for old in 0..self.old.len() {
            let open = matches!(self.fits[old], Fit::Gone | Fit::Doubtful(_));
            if !open || self.old_words[old].len() < 4 {
                continue;
            }
            let own = self.fits[old].step();
            let is_free = |new: usize| self.taken[new].is_none() || Some(new) == own;
            let parts = (0..self.new.len()).find_map(|first| {
                let second = self.new_places[first].after?;
                let free = is_free(first) && is_free(second);
                let (one, two) = (&self.new_words[first], &self.new_words[second]);
                (free && makes_up(&self.old_words[old], one, two)).then_some((first, second))
            });
            if let Some((first, second)) = parts {
                if let Some(own) = own {
                    self.taken[own] = None;
                }
                self.take(old, Fit::Sure(first));
                self.taken[second] = Some(old);
                splits.push((old, second));
            }
        }
        for new in 0..self.new.len() {
            let holder = self.taken[new];
            let open = holder.is_none_or(|old| matches!(self.fits[old], Fit::Doubtful(_)));
            if !open || self.new_words[new].len() < 4 {
                continue;
            }
            let is_free = |old: usize| self.fits[old] == Fit::Gone || Some(old) == holder;
            let parts = (0..self.old.len()).find_map(|first| {
                let second = self.old_places[first].after?;
                let free = is_free(first) && is_free(second);
                let (one, two) = (&self.old_words[first], &self.old_words[second]);
                (free && makes_up(&self.new_words[new], one, two)).then_some((first, second))
            });
            if let Some((first, second)) = parts {
                let both = self.old[first].ticked == self.old[second].ticked;
                self.take(second, Fit::Joined(new));
                self.take(
                    first,
                    if both {
                        Fit::Sure(new)
                    } else {
                        Fit::Doubtful(new)
                    },
                );
            }
        }
        splits
    }
}

/// Tells whether two texts, one after the other, say what `whole` says, but for a joining word or two.
fn makes_up(whole: &[String], one: &[String], two: &[String]) -> bool {
    if one.len() < 2 || two.len() < 2 || one.len() + two.len() > whole.len() + 1 {
        return false;
    }
    let parts: Vec<String> = one.iter().chain(two).cloned().collect();
    likeness(whole, &parts) >= WHOLE
}
