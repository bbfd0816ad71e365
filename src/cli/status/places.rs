//! A run that several trackers show a ticket of: told once, with all its places and where they differ.

use std::collections::BTreeMap;

use serde::Serialize;

use super::RunStatus;
use crate::cli::output::status_html::Alert;
use crate::issue::IssueState;
use crate::procedure::StepId;
use crate::sync::mirror::edit::{Seen, shared};

/// One of the tickets of a run.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Place {
    /// The tracker's name.
    pub(super) tracker: String,
    /// Where the ticket is.
    pub(super) ticket: String,
    /// Whether it is open.
    pub(super) state: IssueState,
}

/// A step that the tickets of a run say different things about.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Difference {
    /// The step.
    step: StepId,
    /// Its text.
    text: String,
    /// What each ticket says, by tracker.
    said: BTreeMap<String, String>,
}

impl Difference {
    fn alert(&self) -> Alert {
        let said = self.said.iter();
        let said: Vec<String> = said
            .map(|(tracker, words)| format!("{tracker} says {words}"))
            .collect();
        Alert {
            kind: "differs",
            what: self.text.clone(),
            why: said.join("; "),
        }
    }
}

/// Returns each run once, told by its first ticket.
pub(super) fn joined(all: Vec<RunStatus>) -> Vec<RunStatus> {
    let mut runs: Vec<Vec<RunStatus>> = Vec::new();
    for status in all {
        match runs.iter_mut().find(|run| run[0].key == status.key) {
            // Two tickets in one tracker are not meant to be: each is told by itself.
            Some(run) if run.iter().all(|it| it.tracker != status.tracker) => run.push(status),
            _ => runs.push(vec![status]),
        }
    }
    runs.into_iter().filter_map(join).collect()
}

fn join(tickets: Vec<RunStatus>) -> Option<RunStatus> {
    let places: Vec<Place> = tickets.iter().map(RunStatus::place).collect();
    let differences = differences(&tickets);
    let mut tickets = tickets.into_iter();
    let mut run = tickets.next()?;
    if places.len() == 1 {
        return Some(run);
    }
    run.places = places;
    for other in tickets {
        run.complete &= other.complete;
        run.damaged |= other.damaged;
        if other.state == IssueState::Open {
            run.state = IssueState::Open;
        }
        for conflict in other.conflicts {
            if !run.conflicts.contains(&conflict) {
                run.conflicts.push(conflict);
            }
        }
        for waiting in other.waiting {
            if !run.waiting.contains(&waiting) {
                run.waiting.push(waiting);
            }
        }
        for alert in other.alerts {
            if !run.alerts.contains(&alert) {
                run.alerts.push(alert);
            }
        }
    }
    run.alerts.extend(differences.iter().map(Difference::alert));
    run.differences = differences;
    Some(run)
}

/// Returns the steps whose states differ, in the order of the first ticket.
fn differences(tickets: &[RunStatus]) -> Vec<Difference> {
    let seen: Vec<Seen> = tickets
        .iter()
        .map(|ticket| Seen::read(&ticket.tracker, &ticket.body.text))
        .collect();
    let shared = shared(&seen);
    let steps = tickets.iter().flat_map(|ticket| ticket.body.steps());
    let mut differences: Vec<Difference> = Vec::new();
    for (marker, _) in steps {
        let Some(looks) = shared.get(&marker.id) else {
            continue;
        };
        let (_, first) = looks[0];
        let is_told = differences.iter().any(|told| told.step == marker.id);
        if is_told || looks.iter().all(|(_, look)| look.said == first.said) {
            continue;
        }
        let ticket = &tickets[looks[0].0].body;
        let said = looks
            .iter()
            .map(|(at, look)| (tickets[*at].tracker.clone(), look.said.words()));
        differences.push(Difference {
            step: marker.id.clone(),
            text: ticket
                .item(&marker.id)
                .map_or_else(String::new, |own| ticket.text_of(own).to_owned()),
            said: said.collect(),
        });
    }
    differences
}
