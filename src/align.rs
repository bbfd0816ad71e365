//! Tells which item of a ticket stands for which step of the procedure as it is now.
//!
//! Texts are compared by their words. A tick is worth nothing on the wrong step, so each pairing says whether it is
//! sure: where two steps read alike, or a step is like two, only its place among its neighbours can tell, and where
//! that cannot, the pairing is doubtful and the tick goes.

use std::collections::BTreeSet;

mod doubt;
mod likeness;
mod name;
mod parts;
mod place;

pub(crate) use self::likeness::{ALIKE, likeness};
use self::place::{Family, Place, families, places};
use crate::body::marker::text_hash;
use crate::body::resolve::words;

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
    /// Whether it is done or open; `None` where it is neither, or nothing is known.
    pub done: Option<bool>,
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
    /// Steps that an old line was surely split into, beside the one that it fits: old, new.
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
    let mut splits = search.by_parts();
    search.doubt_copies();
    search.leftovers();
    splits.retain(|(old, _)| matches!(search.fits[*old], Fit::Sure(_)));
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
    /// For each old line, those that read the same.
    families: Vec<Family>,
    fits: Vec<Fit>,
    /// For each new step, the old line that is it.
    taken: Vec<Option<usize>>,
    /// The old lines that an id tells, so that no likeness can.
    named: BTreeSet<usize>,
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
            families: families(old, new),
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
}

/// Returns a line whose text is as last written.
pub fn line(id: &str, text: &str, parent: Option<usize>) -> Line {
    Line {
        id: Some(id.to_owned()),
        text: Some(text.to_owned()),
        hash: text_hash(text),
        parent,
        done: Some(false),
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
    fn a_command_alone_does_not_make_another_step_the_same() {
        let old = ["Start", "Publish the documentation `tool run 22`", "Stop"];
        let new = ["Start", "Push `tool run 22`", "Stop"];
        assert_eq!(fits(&old, &new)[1], Doubtful(1));
        let new = ["Start", "Publish the docs `tool run 22`", "Stop"];
        assert_eq!(fits(&old, &new)[1], Sure(1));
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
        both[0].done = Some(true);
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
