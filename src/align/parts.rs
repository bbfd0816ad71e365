//! Finds steps that were split in two, and pairs of steps that were joined.

use super::likeness::{likeness, split_command};
use super::{Fit, Line, Search};
use crate::body::resolve::words;

/// How much of a step two parts must say.
const WHOLE: f32 = 0.85;

/// How alike each part must be to what stands in its place.
const PART: f32 = 0.7;

/// From which likeness of two lines either could be what parts are of.
const LIKE: f32 = 0.7;

/// How much of a line's words a step must have taken in.
const TAKEN_IN: f32 = 0.6;

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
            let says_its =
                |new: usize| Some(new) == own || says_nothing_else(whole, &new_said[new]);
            let parts = (0..self.new.len()).find_map(|first| {
                let second = self.new_places[first].after?;
                let free = is_free(first) && is_free(second);
                let free = free && own.is_none_or(|own| own == first || own == second);
                let (one, two) = (&new_said[first], &new_said[second]);
                let parts =
                    free && makes_up(whole, one, two) && says_its(first) && says_its(second);
                parts.then_some((first, second))
            });
            if let Some((first, second)) = parts {
                if let Some(own) = own {
                    self.taken[own] = None;
                }
                let is_sure = !self.has_like(old, &old_said);
                self.take(old, fit(is_sure, first));
                self.taken[second] = Some(old);
                splits.push((old, second));
            }
        }
        for (new, whole) in new_said.iter().enumerate() {
            let holder = self.taken[new];
            if holder.is_some_and(|old| self.is_settled(old, new)) {
                continue;
            }
            let is_free = |old: usize| self.fits[old] == Fit::Gone || Some(old) == holder;
            let parts = (0..self.old.len()).find_map(|first| {
                let second = self.old_places[first].after?;
                let (one, two) = (&old_said[first], &old_said[second]);
                let free = is_free(first) && is_free(second);
                let free = free && holder.is_none_or(|old| old == first || old == second);
                (free && makes_up(whole, one, two)).then_some((first, second))
            });
            if let Some((first, second)) = parts {
                let is_sure = self.is_one_tick(first, second, &old_said);
                self.join(first, second, fit(is_sure, new));
            }
        }
        self.by_words_taken_in(&old_said, &new_said);
        splits
    }

    /// Finds the lines whose words came into a step that another line is: those that are gone were joined to it.
    ///
    /// One that stands elsewhere may have been joined as well, and what stands there be a copy: then the step is as
    /// little done as that line.
    fn by_words_taken_in(&mut self, old_said: &[Vec<String>], new_said: &[Vec<String>]) {
        for (new, says) in new_said.iter().enumerate() {
            let Some(holder) = self.taken[new].filter(|old| !self.is_settled(*old, new)) else {
                continue;
            };
            let mut came_in = heavy(says);
            for word in heavy(&old_said[holder]) {
                if let Some(at) = came_in.iter().position(|other| *other == word) {
                    came_in.remove(at);
                }
            }
            for old in (0..self.old.len()).filter(|old| *old != holder) {
                let is_next = self.old_places[old].after == Some(holder)
                    || self.old_places[holder].after == Some(old);
                let line = heavy(&old_said[old]);
                if !takes_in(&came_in, &line, is_next) {
                    continue;
                }
                let all_came_in = || line.iter().all(|word| came_in.contains(word));
                let is_sure =
                    self.fits[holder] == Fit::Sure(new) && self.is_one_tick(holder, old, old_said);
                match self.fits[old] {
                    Fit::Gone => self.join(holder, old, fit(is_sure, new)),
                    _ if !is_sure && all_came_in() => self.take(holder, Fit::Doubtful(new)),
                    _ => {}
                }
            }
        }
    }

    fn join(&mut self, first: usize, second: usize, fit: Fit) {
        if let Some(new) = fit.step() {
            self.take(second, Fit::Joined(new));
            self.take(first, fit);
        }
    }

    /// Tells whether the ticks of two lines that were joined are one: both are done or both open, and it is these two.
    fn is_one_tick(&self, first: usize, second: usize, old_said: &[Vec<String>]) -> bool {
        let (one, two) = (self.old[first].done, self.old[second].done);
        let is_known = |old: usize| !self.has_like(old, old_said);
        one.is_some() && one == two && is_known(first) && is_known(second)
    }

    /// Tells whether another line that is not settled reads much the same: either could be what parts are of.
    fn has_like(&self, old: usize, said: &[Vec<String>]) -> bool {
        let is_open = |other: usize| {
            let step = self.fits[other].step();
            step.is_none_or(|step| !self.is_settled(other, step))
        };
        self.families[old].has_twins()
            || (0..self.old.len()).any(|other| {
                other != old && is_open(other) && likeness(&said[old], &said[other]) >= LIKE
            })
    }

    /// Tells whether a line is a step for more than likeness: by its id, or word for word.
    fn is_settled(&self, old: usize, new: usize) -> bool {
        self.named.contains(&old) || self.old[old].hash == self.new[new].hash
    }
}

fn fit(is_sure: bool, new: usize) -> Fit {
    match is_sure {
        true => Fit::Sure(new),
        false => Fit::Doubtful(new),
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

/// Tells whether a part says only what the whole says, but for words that join sentences.
fn says_nothing_else(whole: &[String], part: &[String]) -> bool {
    const JOINING: &[&str] = &[
        "a", "after", "also", "an", "and", "finally", "now", "next", "that", "the", "then",
    ];
    let mut words = part.iter();
    words.all(|word| whole.contains(word) || JOINING.contains(&word.as_str()))
}

/// Returns the words that tell what a text is about: the longer ones.
fn heavy(said: &[String]) -> Vec<&String> {
    said.iter()
        .filter(|word| word.chars().count() > 3)
        .collect()
}

/// Tells whether most words of a line are among those that came into a step, half where the two stood side by side; a
/// single one has to be all that came.
fn takes_in(came_in: &[&String], line: &[&String], is_next: bool) -> bool {
    let common = line.iter().filter(|word| came_in.contains(word)).count();
    match line.len() {
        0 => false,
        1 => came_in == line,
        all if is_next => 2 * common >= all,
        all => common >= 2 && common as f32 >= TAKEN_IN * all as f32,
    }
}
