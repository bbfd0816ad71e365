//! Tells which item of a ticket stands for which step of the procedure as it is now.
//!
//! Texts are compared by their words. A tick is worth nothing on the wrong step, so each pairing says whether it is
//! sure: where two steps read alike, or a step is like two, only its place among its neighbours can tell, and where
//! that cannot, the pairing is doubtful and the tick goes.

use std::collections::{BTreeMap, BTreeSet};

use similar::{Algorithm, capture_diff_slices, diff_ratio};

use crate::body::marker::text_hash;
use crate::body::resolve::words;

/// How alike two texts must be to be the same step in other words.
///
/// With a third of the words exchanged, two thirds of both texts are common.
const ALIKE: f32 = 0.6;

/// How much more alike a pair must be than any rival.
const MARGIN: f32 = 0.15;

/// How alike two texts must be where their places say nothing.
const ALIKE_ANYWHERE: f32 = 0.75;

/// How many words must be in common where places say nothing.
const FEW: f32 = 2.5;

/// A step as it stands in the ticket, or in the procedure.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// The step's id; `None` for an item without a marker.
    pub id: Option<String>,
    /// The text; for a step whose line is gone, nothing is known of it.
    pub text: Option<String>,
    /// The hash of the text as last written, where that is known.
    pub hash: String,
    /// The step that it stands in.
    pub parent: Option<usize>,
    /// Whether it is done, as far as is known.
    pub ticked: bool,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is this step.
    Sure(usize),
    /// It may be this step: good enough for a place, not for a tick.
    Doubtful(usize),
    /// It was joined with others to this step.
    Joined(usize),
    /// It has no step any more.
    Gone,
}

impl Fit {
    /// Returns the step whose line it is.
    pub fn step(self) -> Option<usize> {
        match self {
            Self::Sure(step) | Self::Doubtful(step) => Some(step),
            Self::Joined(_) | Self::Gone => None,
        }
    }
}

/// Which line is which step.
#[derive(Clone, Debug, Default)]
pub struct Alignment {
    /// For each old line, in order.
    pub fits: Vec<Fit>,
    /// Steps that an old line was split into, beside the one that it fits: old, new.
    pub splits: Vec<(usize, usize)>,
}

/// Aligns the lines of a ticket, in the order in which they were last written, with the steps as they are now.
///
/// `same_steps` tells that the procedure still has the same steps in the same order, whatever their words.
pub fn align(old: &[Line], new: &[Line], same_steps: bool) -> Alignment {
    let mut search = Search::new(old, new);
    if same_steps {
        search.by_id_and_text();
    }
    search.by_label();
    search.by_equal_text();
    search.by_place();
    search.by_likeness();
    let splits = search.by_parts();
    search.doubt_copies();
    search.leftovers();
    Alignment {
        fits: search.fits,
        splits,
    }
}

struct Search<'a> {
    old: &'a [Line],
    new: &'a [Line],
    old_words: Vec<Vec<String>>,
    new_words: Vec<Vec<String>>,
    old_places: Vec<Place>,
    new_places: Vec<Place>,
    fits: Vec<Fit>,
    /// For each new step, the old line that is it.
    taken: Vec<Option<usize>>,
    /// The old lines that an id tells, so that no likeness can.
    named: BTreeSet<usize>,
}

/// The neighbours of a line among those that stand in the same step.
#[derive(Clone, Copy, Default)]
struct Place {
    before: Option<usize>,
    after: Option<usize>,
}

impl<'a> Search<'a> {
    fn new(old: &'a [Line], new: &'a [Line]) -> Self {
        let words_of = |lines: &[Line]| {
            lines
                .iter()
                .map(|line| words(line.text.as_deref().unwrap_or_default()))
                .collect()
        };
        Self {
            old,
            new,
            old_words: words_of(old),
            new_words: words_of(new),
            old_places: places(old),
            new_places: places(new),
            fits: vec![Fit::Gone; old.len()],
            taken: vec![None; new.len()],
            named: BTreeSet::new(),
        }
    }

    fn free_old(&self) -> Vec<usize> {
        (0..self.old.len())
            .filter(|at| self.fits[*at] == Fit::Gone)
            .collect()
    }

    fn free_new(&self) -> Vec<usize> {
        (0..self.new.len())
            .filter(|at| self.taken[*at].is_none())
            .collect()
    }

    fn take(&mut self, old: usize, fit: Fit) {
        if let Some(new) = fit.step() {
            self.taken[new] = Some(old);
        }
        self.fits[old] = fit;
    }

    fn same_id(&self, old: usize, new: usize) -> bool {
        self.old[old].id.is_some() && self.old[old].id == self.new[new].id
    }

    /// Pairs what has the same id and the same text.
    fn by_id_and_text(&mut self) {
        let ids: BTreeMap<&Option<String>, usize> = self
            .new
            .iter()
            .enumerate()
            .map(|(at, line)| (&line.id, at))
            .collect();
        for old in 0..self.old.len() {
            let line = &self.old[old];
            let same = ids.get(&line.id).copied().filter(|_| line.id.is_some());
            if let Some(new) = same.filter(|new| self.new[*new].hash == line.hash) {
                self.named.insert(old);
                self.take(old, Fit::Sure(new));
            }
        }
    }

    /// Pairs what has the same text and no twin on either side.
    fn by_equal_text(&mut self) {
        let old_hashes = by_hash(self.old);
        let new_hashes = by_hash(self.new);
        for old in self.free_old() {
            let twins = old_hashes
                .get(self.old[old].hash.as_str())
                .map_or(0, Vec::len);
            let steps = new_hashes.get(self.old[old].hash.as_str());
            if let (1, Some([new])) = (twins, steps.map(Vec::as_slice))
                && self.taken[*new].is_none()
            {
                self.take(old, Fit::Sure(*new));
            }
        }
    }

    /// Pairs twins whose neighbours tell them apart, until nothing more is told.
    fn by_place(&mut self) {
        let (old_hashes, new_hashes) = (by_hash(self.old), by_hash(self.new));
        loop {
            let mut found = Vec::new();
            for old in self.free_old() {
                let hash = self.old[old].hash.as_str();
                let Some(steps) = new_hashes.get(hash) else {
                    continue;
                };
                // Where a twin came or went, only neighbours that stand right beside tell which one is left.
                let is_whole = old_hashes.get(hash).map(Vec::len) == Some(steps.len());
                let reach = if is_whole { Reach::Known } else { Reach::Next };
                let scored: Vec<(usize, usize)> = steps
                    .iter()
                    .filter(|new| self.taken[**new].is_none())
                    .map(|new| (self.place_score_within(reach, old, *new), *new))
                    .collect();
                let Some((score, new)) = scored.iter().max().copied() else {
                    continue;
                };
                let rivals = scored.iter().filter(|(rival, _)| *rival == score).count();
                let full = score == 2 || (score == 1 && is_whole && self.same_id(old, new));
                let is_rival = |other: &usize| {
                    *other != old
                        && self.old[*other].hash == self.old[old].hash
                        && self.place_score(*other, new) >= score
                };
                if full && rivals == 1 && !self.free_old().iter().any(is_rival) {
                    found.push((old, new));
                }
            }
            let Some((old, new)) = found.first().copied() else {
                return;
            };
            self.take(old, Fit::Sure(new));
        }
    }

    /// Returns how many neighbours of `old` are those of `new`, the nearest that are known on each side.
    fn place_score(&self, old: usize, new: usize) -> usize {
        self.place_score_within(Reach::Known, old, new)
    }

    /// Returns how many neighbours of `old` are those of `new`; none counts where they stand in different steps.
    fn place_score_within(&self, reach: Reach, old: usize, new: usize) -> usize {
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

    /// Pairs what is alike, the most alike first; a pair with a rival is doubtful.
    fn by_likeness(&mut self) {
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

    /// Finds steps that were split in two, and pairs of steps that were joined.
    fn by_parts(&mut self) -> Vec<(usize, usize)> {
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

    /// Pairs what has the same id, where that is the author's own.
    ///
    /// An id that is made of the text changes with it, and another step may get it. One whose words are not those of
    /// the text is a label, and says more than the words. Twins have ids from their neighbours: those say nothing.
    fn by_label(&mut self) {
        let ids: BTreeMap<&Option<String>, usize> = self
            .new
            .iter()
            .enumerate()
            .map(|(at, line)| (&line.id, at))
            .collect();
        let (old_hashes, new_hashes) = (by_hash(self.old), by_hash(self.new));
        for old in self.free_old() {
            let line = &self.old[old];
            let Some(new) = ids.get(&line.id).copied().filter(|_| line.id.is_some()) else {
                continue;
            };
            let id_words = words(line.id.as_deref().unwrap_or_default());
            let said = &self.new_words[new];
            let in_text = id_words.iter().filter(|word| said.contains(word)).count();
            let has_twin = [&old_hashes, &new_hashes].into_iter().any(|hashes| {
                let twins = |hash: &str| hashes.get(hash).is_some_and(|twins| twins.len() > 1);
                twins(&line.hash) || twins(&self.new[new].hash)
            });
            // What stands on both sides of `--` tells like steps apart by their neighbours: no label either.
            let by_neighbours = line.id.as_deref().is_some_and(|id| id.contains("--"));
            let is_label = !has_twin && !by_neighbours && in_text * 2 <= id_words.len();
            if self.taken[new].is_none() && (line.text.is_none() || is_label) {
                self.named.insert(old);
                self.take(old, Fit::Sure(new));
            }
        }
    }

    /// Makes doubtful what may be a copy: a line that a new step reads much like, unless only the line's place is right.
    ///
    /// Whoever copies a step and then rewords it leaves its words with the copy.
    fn doubt_copies(&mut self) {
        let free = self.free_new();
        for old in 0..self.old.len() {
            let Fit::Sure(new) = self.fits[old] else {
                continue;
            };
            if self.named.contains(&old) {
                continue;
            }
            let score = self.place_score(old, new);
            let may_be = |other: &usize| {
                likeness(&self.old_words[old], &self.new_words[*other]) >= ALIKE
                    && (score < 2 || self.place_score(old, *other) == 2)
            };
            if free.iter().any(may_be) {
                self.fits[old] = Fit::Doubtful(new);
            }
        }
    }

    /// Gives what nothing tells apart a place each: the same id, else the same text, in order.
    fn leftovers(&mut self) {
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

/// How far a neighbour may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Right beside.
    Next,
    /// The nearest whose step is known.
    Known,
}

/// What tells that two texts which are alike are the same step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Evidence {
    /// Enough words in common.
    Words,
    /// The same neighbour, or the same id.
    Place,
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

fn by_hash(lines: &[Line]) -> BTreeMap<&str, Vec<usize>> {
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        if line.text.is_some() {
            found.entry(&line.hash).or_default().push(at);
        }
    }
    found
}

fn places(lines: &[Line]) -> Vec<Place> {
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

/// Tells whether two texts, one after the other, say what `whole` says, but for a joining word or two.
fn makes_up(whole: &[String], one: &[String], two: &[String]) -> bool {
    if one.len() < 2 || two.len() < 2 || one.len() + two.len() > whole.len() + 1 {
        return false;
    }
    let parts: Vec<String> = one.iter().chain(two).cloned().collect();
    likeness(whole, &parts) >= 0.85
}

/// Returns a line whose text is as last written.
pub fn line(id: &str, text: &str, parent: Option<usize>) -> Line {
    Line {
        id: Some(id.to_owned()),
        text: Some(text.to_owned()),
        hash: text_hash(text),
        parent,
        ticked: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<Line> {
        texts
            .iter()
            .map(|text| line(&text.to_lowercase().replace(' ', "-"), text, None))
            .collect()
    }

    fn fits(old: &[&str], new: &[&str]) -> Vec<Fit> {
        align(&lines(old), &lines(new), false).fits
    }

    use Fit::{Doubtful, Gone, Sure};

    #[test]
    fn moved_and_reworded_lines_are_found() {
        let old = [
            "Stop the old service",
            "Copy the data to the new host",
            "Start the new service now",
        ];
        let new = [
            "Start the new service now",
            "Copy all data to the new host",
            "Say hello",
            "Stop the old service",
        ];
        assert_eq!(fits(&old, &new), [Sure(3), Sure(1), Sure(0)]);
    }

    #[test]
    fn a_line_that_is_gone_gives_its_tick_to_nobody() {
        let old = ["Stop the old service", "Call the people on duty"];
        assert_eq!(fits(&old, &["Draw a map of the town"]), [Gone, Gone]);
    }

    #[test]
    fn twins_are_told_apart_by_their_neighbours() {
        let old = [
            "Build the image",
            "Run the tests",
            "Tag it as good",
            "Run the tests",
            "Ship it to them",
        ];
        assert_eq!(
            fits(&old, &old),
            [Sure(0), Sure(1), Sure(2), Sure(3), Sure(4)]
        );
        let new = [
            "Build the image",
            "Tag it as good",
            "Run the tests",
            "Ship it to them",
        ];
        assert_eq!(fits(&old, &new), [Sure(0), Gone, Sure(1), Sure(2), Sure(3)]);
    }

    #[test]
    fn a_copy_beside_a_line_makes_its_tick_doubtful() {
        let old = ["Build the image", "Run the tests", "Ship it to them"];
        let new = [
            "Build the image",
            "Run the tests",
            "Run the tests",
            "Ship it to them",
        ];
        assert!(matches!(fits(&old, &new)[1], Doubtful(_)));
    }

    #[test]
    fn near_twins_in_new_words_are_doubtful() {
        let old = [
            "Restart the worker in zone east",
            "Restart the worker in zone west",
        ];
        let new = ["Restart the worker in zone north"];
        let fits = fits(&old, &new);
        assert!(!fits.contains(&Sure(0)), "{fits:?}");
    }

    #[test]
    fn a_split_step_and_a_joined_one_are_seen() {
        let old = ["Stop the service and remove the old data"];
        let new = ["Stop the service", "Remove the old data"];
        let split = align(&lines(&old), &lines(&new), false);
        assert_eq!(
            (&split.fits[..], &split.splits[..]),
            (&[Sure(0)][..], &[(0, 1)][..])
        );
        let mut both = lines(&new);
        assert_eq!(
            align(&both, &lines(&old), false).fits,
            [Sure(0), Fit::Joined(0)]
        );
        both[0].ticked = true;
        assert_eq!(
            align(&both, &lines(&old), false).fits,
            [Doubtful(0), Fit::Joined(0)]
        );
    }

    #[test]
    fn an_authors_own_id_outlives_all_words() {
        let old = [line("db-step", "Move the tables", None)];
        let new = [line("db-step", "Run what the schema needs", None)];
        assert_eq!(align(&old, &new, false).fits, [Sure(0)]);
        let old = [line(
            "verify-that-the-new",
            "Verify that the new map shows every street of it",
            None,
        )];
        let new = [line(
            "verify-that-the-new",
            "Verify that the new rules hold for people in all countries",
            None,
        )];
        assert_eq!(align(&old, &new, false).fits, [Doubtful(0)]);
    }
}
