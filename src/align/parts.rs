//! Finds steps that were split in two, and pairs of steps that were joined.

use super::likeness::{likeness, split_command};
use super::{Fit, Line, Search};
use crate::body::resolve::words;

/// How much of a step two parts must say.
const WHOLE: f32 = 0.85;

/// How alike each part must be to what stands in its place.
const PART: f32 = 0.7;

impl Search<'_> {
    /// Finds steps that were split in two, and pairs of steps that were joined.
    ///
    /// A part that says most of the whole may have been taken for it, so that pairs in other words are looked at, too.
    pub(super) fn by_parts(&mut self) -> Vec<(usize, usize)> {
        // Commands aside: one step shows one command, and so one made of two says both and shows neither's or both.
        let (old_said, new_said) = (said(self.old), said(self.new));
        let mut splits = Vec::new();
        for (old, whole) in old_said.iter().enumerate() {
            let own = self.fits[old].step();
            if own.is_some_and(|new| self.is_settled(old, new)) {
                continue;
            }
            let is_free = |new: usize| self.taken[new].is_none() || Some(new) == own;
            let parts = (0..self.new.len()).find_map(|first| {
                let second = self.new_places[first].after?;
                let free = is_free(first) && is_free(second);
                let free = free && own.is_none_or(|own| own == first || own == second);
                let (one, two) = (&new_said[first], &new_said[second]);
                (free && makes_up(whole, one, two)).then_some((first, second))
            });
            if let Some((first, second)) = parts {
                if let Some(own) = own {
                    self.taken[own] = None;
                }
                self.take(old, self.told(old, first));
                self.taken[second] = Some(old);
                splits.push((old, second));
            }
        }
        for (new, whole) in new_said.iter().enumerate() {
            let holder = self.taken[new];
            if holder.is_some_and(|old| self.is_settled(old, new)) {
                continue;
            }
            let is_gone = |old: usize| self.fits[old] == Fit::Gone;
            let parts = (0..self.old.len()).find_map(|first| {
                let second = self.old_places[first].after?;
                let free = match holder {
                    Some(old) => old == first || old == second,
                    None => is_gone(first) && is_gone(second),
                };
                let (one, two) = (&old_said[first], &old_said[second]);
                (free && makes_up(whole, one, two)).then_some((first, second))
            });
            if let Some((first, second)) = parts {
                self.join(first, second, new);
            }
        }
        splits
    }

    /// Makes one step of two lines: its tick is that of both.
    fn join(&mut self, first: usize, second: usize, new: usize) {
        let is_one_tick =
            self.old[first].ticked == self.old[second].ticked && !self.families[second].has_twins();
        let fit = match is_one_tick {
            true => self.told(first, new),
            false => Fit::Doubtful(new),
        };
        let is_free = |old: usize| self.fits[old] == Fit::Gone || self.taken[new] == Some(old);
        match (is_free(first), is_free(second)) {
            (true, true) => {
                self.take(second, Fit::Joined(new));
                self.take(first, fit);
            }
            // The other stands elsewhere, too, or a copy of it: there it stays.
            (true, false) => self.take(first, fit),
            (false, _) => self.take(second, fit),
        }
    }

    /// Returns what parts tell of a line: of twins, any could be the one that they are of.
    fn told(&self, old: usize, new: usize) -> Fit {
        match self.families[old].has_twins() {
            true => Fit::Doubtful(new),
            false => Fit::Sure(new),
        }
    }

    /// Tells whether a line is a step for more than likeness: by its id, or word for word.
    fn is_settled(&self, old: usize, new: usize) -> bool {
        self.named.contains(&old) || self.old[old].hash == self.new[new].hash
    }
}

/// Returns the words of each line, without those of its command.
fn said(lines: &[Line]) -> Vec<Vec<String>> {
    lines
        .iter()
        .map(|line| words(split_command(line.text.as_deref().unwrap_or_default()).0))
        .collect()
}

/// Tells whether two texts, one after the other, say what `whole` says, but for a joining word or two.
fn makes_up(whole: &[String], one: &[String], two: &[String]) -> bool {
    let said = one.len() + two.len();
    if one.is_empty() || two.is_empty() || whole.len() < 3 || said > whole.len() + 1 {
        return false;
    }
    let (first, last) = (&whole[..one.len()], &whole[whole.len() - two.len()..]);
    let parts: Vec<String> = one.iter().chain(two).cloned().collect();
    likeness(first, one) >= PART && likeness(last, two) >= PART && likeness(whole, &parts) >= WHOLE
}
