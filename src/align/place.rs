//! Tells lines by what stands beside them.

use std::collections::BTreeMap;

use super::{Fit, Line, Search};

/// The neighbours of a line among those that stand in the same step.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    pub before: Option<usize>,
    pub after: Option<usize>,
}

/// How far a neighbour may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Right beside.
    Next,
    /// The nearest whose step is known.
    Known,
}

impl Search<'_> {
    /// Pairs what has the same text and no twin on either side.
    pub(super) fn by_equal_text(&mut self) {
        for old in self.free_old() {
            if let (1, [new]) = (self.families[old].old.len(), &self.families[old].new[..])
                && self.taken[*new].is_none()
            {
                self.take(old, Fit::Sure(*new));
            }
        }
    }

    /// Pairs twins whose neighbours tell them apart, until nothing more is told.
    pub(super) fn by_place(&mut self) {
        while let Some((old, new)) = self.free_old().into_iter().find_map(|old| {
            let new = self.twin_at_the_place_of(old)?;
            Some((old, new))
        }) {
            self.take(old, Fit::Sure(new));
        }
    }

    /// Returns the step that reads as a line does and stands where it stood, with nothing else that could.
    fn twin_at_the_place_of(&self, old: usize) -> Option<usize> {
        let family = &self.families[old];
        // Where a twin came, it may have come right to the place that another one left.
        if family.new.len() > family.old.len() {
            return None;
        }
        // Where one went, only neighbours that stand right beside tell which one is left.
        let is_whole = family.new.len() == family.old.len();
        let reach = if is_whole { Reach::Known } else { Reach::Next };
        let free = family.new.iter().filter(|new| self.taken[**new].is_none());
        let scored: Vec<(usize, usize)> = free
            .map(|new| (self.place_score_within(reach, old, *new), *new))
            .collect();
        let (score, new) = scored.iter().max().copied()?;
        let rivals = scored.iter().filter(|(rival, _)| *rival == score).count();
        let has_rival = family.old.iter().any(|other| {
            *other != old
                && self.fits[*other] == Fit::Gone
                && self.place_score(*other, new) >= score
        });
        // Where many steps moved, those that are known by now may be anywhere: the id must speak for it, too.
        let is_near = (is_whole && self.same_id(old, new))
            || self.place_score_within(Reach::Next, old, new) == 2;
        (score == 2 && is_near && rivals == 1 && !has_rival).then_some(new)
    }

    /// Returns how many neighbours of `old` are those of `new`, the nearest that are known on each side.
    pub(super) fn place_score(&self, old: usize, new: usize) -> usize {
        self.place_score_within(Reach::Known, old, new)
    }

    /// Returns how many neighbours of `old` are those of `new`; none counts where they stand in different steps.
    pub(super) fn place_score_within(&self, reach: Reach, old: usize, new: usize) -> usize {
        let is_same = |old: Option<usize>, new: Option<usize>| match (old, new) {
            (None, None) => true,
            (Some(old), Some(new)) => self.fits[old] == Fit::Sure(new),
            _ => false,
        };
        if !is_same(self.old[old].parent, self.new[new].parent) {
            return 0;
        }
        let is_known = |at: &usize| matches!(self.fits[*at], Fit::Sure(_));
        let known_old = |at: &usize| reach == Reach::Next || is_known(at);
        let known_new =
            |at: &usize| reach == Reach::Next || self.taken[*at].as_ref().is_some_and(is_known);
        let directions: [fn(&Place) -> Option<usize>; 2] =
            [|place| place.before, |place| place.after];
        let agree = directions.into_iter().filter(|next| {
            let old = std::iter::successors(next(&self.old_places[old]), |at| {
                next(&self.old_places[*at])
            })
            .find(known_old);
            let new = std::iter::successors(next(&self.new_places[new]), |at| {
                next(&self.new_places[*at])
            })
            .find(known_new);
            is_same(old, new)
        });
        agree.count()
    }
}

/// The lines and the steps that read the same.
#[derive(Clone, Default)]
pub(super) struct Family {
    pub old: Vec<usize>,
    pub new: Vec<usize>,
}

impl Family {
    /// Tells whether there is, or was, more than one.
    pub(super) fn has_twins(&self) -> bool {
        self.old.len() > 1 || self.new.len() > 1
    }
}

/// Returns the family of each old line.
pub(super) fn families(old: &[Line], new: &[Line]) -> Vec<Family> {
    let mut families: BTreeMap<&str, Family> = BTreeMap::new();
    let has_text = |line: &&Line| line.text.is_some();
    for (at, line) in old.iter().enumerate().filter(|(_, line)| has_text(line)) {
        families.entry(&line.hash).or_default().old.push(at);
    }
    for (at, line) in new.iter().enumerate().filter(|(_, line)| has_text(line)) {
        families.entry(&line.hash).or_default().new.push(at);
    }
    let of = |line: &Line| families.get(line.hash.as_str()).cloned();
    old.iter()
        .map(|line| of(line).unwrap_or_default())
        .collect()
}

/// Returns the place of each line.
pub(super) fn places(lines: &[Line]) -> Vec<Place> {
    let mut places = vec![Place::default(); lines.len()];
    let mut last: BTreeMap<Option<usize>, usize> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(before) = last.insert(line.parent, at) {
            places[at].before = Some(before);
            places[before].after = Some(at);
        }
    }
    places
}
