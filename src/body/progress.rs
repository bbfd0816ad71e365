//! How far a run is, read from its ticket alone.
//!
//! Required is what has a box, is not optional, not in an abort phase, and not in an alternative until one of its
//! steps is done; then the phase that it stands in for is not. A step that is done, or skipped with a reason, needs
//! nothing more; a failed one does.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Body, Item, ItemMarker};
use crate::body::seal::without_comments;
use crate::checklist::State;
use crate::procedure::StepId;

/// How many items stand in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Counts {
    /// Not done.
    pub open: usize,
    /// Done.
    pub done: usize,
    /// Left out.
    pub skipped: usize,
    /// Tried without success.
    pub failed: usize,
}

impl Counts {
    fn add(&mut self, state: &State) {
        match state {
            State::Open => self.open += 1,
            State::Done(_) => self.done += 1,
            State::Skipped { .. } => self.skipped += 1,
            State::Failed { .. } => self.failed += 1,
        }
    }

    /// Returns how many there are in all.
    pub fn total(self) -> usize {
        self.open + self.done + self.skipped + self.failed
    }
}

/// A step as its ticket shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct StepStatus {
    /// The step.
    pub id: StepId,
    /// Its number as last written; empty where it has none.
    pub number: String,
    /// Its text as it stands.
    pub text: String,
    /// How it stands.
    #[serde(flatten)]
    pub state: State,
    /// Whether the run is not complete without it.
    pub required: bool,
    /// The index of its phase in the procedure.
    pub phase: usize,
    /// How many steps it stands in.
    pub depth: usize,
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Progress {
    /// All steps.
    pub steps: Counts,
    /// The required ones.
    pub required: Counts,
    /// How many required steps still need something.
    pub required_open: usize,
    /// The items that people added.
    pub own: Counts,
    /// The steps whose lines stand where no box works.
    pub hidden: Vec<StepId>,
    /// Every step, in the order of the ticket.
    pub items: Vec<StepStatus>,
}

impl Progress {
    /// Tells whether nothing required is open.
    pub fn is_complete(&self) -> bool {
        self.required_open == 0
    }

    /// Returns the next steps that need something, groups left out where a substep does.
    pub fn next(&self) -> impl Iterator<Item = &StepStatus> {
        self.items.iter().enumerate().filter_map(|(at, item)| {
            let holds_open = self.items[at + 1..]
                .iter()
                .take_while(|below| below.depth > item.depth)
                .any(|below| below.required && !is_settled(&below.state));
            (item.required && !is_settled(&item.state) && !holds_open).then_some(item)
        })
    }
}

/// Tells whether a step in this state needs nothing more.
pub(crate) fn is_settled(state: &State) -> bool {
    match state {
        State::Done(_) => true,
        State::Skipped { reason, .. } => !reason.is_empty(),
        State::Open | State::Failed { .. } => false,
    }
}

impl Body {
    /// Returns how far the run is.
    pub fn progress(&self) -> Progress {
        let begun: BTreeSet<usize> = self
            .steps()
            .filter(|(marker, item)| {
                marker.duty.alternative && matches!(item.state, State::Done(_))
            })
            .map(|(marker, _)| marker.duty.phase)
            .collect();
        let replaced: BTreeSet<usize> = self
            .steps()
            .filter(|(marker, _)| begun.contains(&marker.duty.phase))
            .filter_map(|(marker, _)| marker.duty.replaces)
            .collect();
        let mut progress = Progress {
            hidden: self.hidden.clone(),
            required_open: self.hidden.len(),
            ..Progress::default()
        };
        for item in &self.items {
            let Some(marker) = item.step() else {
                progress.own.add(&item.state);
                continue;
            };
            let duty = &marker.duty;
            let required = !self.is_optional(marker, item)
                && !duty.abort
                && (!duty.alternative || begun.contains(&duty.phase))
                && !replaced.contains(&duty.phase);
            progress.steps.add(&item.state);
            if required {
                progress.required.add(&item.state);
                progress.required_open += usize::from(!is_settled(&item.state));
            }
            progress.items.push(StepStatus {
                id: marker.id.clone(),
                number: marker.number.clone(),
                text: without_comments(self.text_of(item)),
                state: item.state.clone(),
                required,
                phase: duty.phase,
                depth: self.ancestors(item).count(),
            });
        }
        progress
    }

    fn is_optional(&self, marker: &ItemMarker, item: &Item) -> bool {
        marker.duty.optional
            || self
                .ancestors(item)
                .filter_map(Item::step)
                .any(|above| above.duty.optional)
    }

    fn ancestors<'a>(&'a self, item: &'a Item) -> impl Iterator<Item = &'a Item> {
        std::iter::successors(self.parent_item(item), |item| self.parent_item(item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(lines: &str) -> Progress {
        Body::read(lines).progress()
    }

    #[test]
    fn optional_and_abort_steps_are_not_required() {
        let found = progress(
            "- [x] a <!-- rs a n=1 -->\n- [ ] b <!-- rs b n=2 f=o -->\n  - [ ] c <!-- rs c n=2.1 -->\n\
             - [ ] d <!-- rs d n=3 p=1 f=a -->\n- [ ] mine\n",
        );
        assert!(found.is_complete());
        assert_eq!(
            (found.steps.open, found.steps.done, found.own.open),
            (3, 1, 1)
        );
    }

    #[test]
    fn an_alternative_counts_once_it_is_begun_and_its_phase_no_more() {
        let ticket = |alternative| {
            format!(
                "- [ ] a <!-- rs a n=1.1 -->\n\n## Or\n\n- [{alternative}] b <!-- rs b n=2.1 p=1 r=0 f=l -->\n\
                 - [ ] c <!-- rs c n=2.2 p=1 r=0 f=l -->\n"
            )
        };
        let next = |text: &str| -> Vec<String> {
            progress(text)
                .next()
                .map(|item| item.id.0.clone())
                .collect()
        };
        assert_eq!(next(&ticket(' ')), ["a"]);
        assert_eq!(next(&ticket('x')), ["c"]);
    }

    #[test]
    fn failed_and_skipped_without_a_reason_need_something() {
        let found = progress(
            "- [ ] a **(failed: disk full)** <!-- rs a h=x -->\n- [x] ~~b~~ *(skipped)* <!-- rs b h=x -->\n\
             - [x] ~~c~~ *(skipped: not here)* <!-- rs c h=x -->\n",
        );
        assert_eq!((found.required.failed, found.required.skipped), (1, 2));
        assert_eq!(found.required_open, 2);
    }
}
