//! Keeps the tickets of one run in step with each other: what is set in one reaches the others.
//!
//! Only states travel, with who, when and what for. The words that people wrote stay in the ticket where they wrote
//! them, and each ticket follows the document by itself.

pub mod decide;
pub mod edit;

use std::collections::BTreeMap;

use self::decide::{Look, decide};
use self::edit::{Edit, Seen, edit, shared};
use super::closing::{Turn, reopens, settle};
use super::runs::is_open;
use super::{Mode, only_ticket};
use crate::issue::{Issue, IssuePatch};
use crate::plan::{Action, Contested, Plan, Reported, TicketPlan};
use crate::procedure::StepId;
use crate::run::RunKey;
use crate::tracker::{Listing, Ticket, Tracker, TrackerError};

/// How often each ticket is looked at: two exchanges take three writes, and people may go on meanwhile.
const ROUNDS: usize = 5;

/// A run's ticket in one tracker.
pub struct Place<'a> {
    /// The tracker.
    pub tracker: &'a dyn Tracker,
    /// The ticket, as it was listed.
    pub issue: Issue,
}

/// What came of holding the tickets of a run against each other.
#[derive(Debug, Default)]
pub struct Mirrored {
    /// What was done to each ticket that was written to.
    pub tickets: Vec<TicketPlan>,
    /// The steps on which they say different things.
    pub contested: Vec<Contested>,
    /// The trackers that could not do their part; what they lack waits.
    pub failed: Vec<TrackerError>,
}

/// Returns the runs that several trackers show a ticket of, with those that can be written to.
///
/// A closed ticket takes part as long as another one of its run does not rest. A damaged one does not, nor does one of
/// several that one tracker has for the run.
pub fn mirrored_runs<'a>(
    tickets: impl Iterator<Item = (&'a dyn Tracker, &'a Listing, &'a Ticket)>,
    run_of: impl Fn(&dyn Tracker, &Ticket) -> RunKey,
) -> Vec<(RunKey, Vec<Place<'a>>)> {
    let mut runs: Vec<(RunKey, Vec<Place<'a>>, bool)> = Vec::new();
    for (tracker, listing, ticket) in tickets {
        if ticket.is_damaged() || only_ticket(listing, &ticket.run).is_err() {
            continue;
        }
        let run = run_of(tracker, ticket);
        let is_awake = is_open(ticket) || reopens(&tracker.rules(), &ticket.issue);
        let issue = ticket.issue.clone();
        let place = Place { tracker, issue };
        match runs.iter_mut().find(|(known, ..)| *known == run) {
            Some((_, places, awake)) => {
                places.push(place);
                *awake |= is_awake;
            }
            None => runs.push((run, vec![place], is_awake)),
        }
    }
    runs.retain(|(_, places, awake)| *awake && places.len() > 1);
    runs.into_iter()
        .map(|(run, places, _)| (run, places))
        .collect()
}

/// Brings what was set in one ticket of a run into the others.
pub fn mirror(run: &RunKey, places: &[Place<'_>], mode: Mode) -> Mirrored {
    let mut work = Work {
        places,
        mode,
        seen: places
            .iter()
            .map(|place| Seen::read(place.tracker.name(), &place.issue.body))
            .collect(),
        done: places.iter().map(|_| Done::default()).collect(),
        contested: BTreeMap::new(),
        failed: Vec::new(),
    };
    for _ in 0..ROUNDS {
        let mut wrote = false;
        for at in 0..places.len() {
            work.note_contested(run);
            wrote |= work.bring(at);
        }
        if !wrote {
            break;
        }
    }
    work.ended(run)
}

struct Work<'a> {
    places: &'a [Place<'a>],
    mode: Mode,
    seen: Vec<Seen>,
    done: Vec<Done>,
    contested: BTreeMap<StepId, Contested>,
    failed: Vec<TrackerError>,
}

/// What was done to one ticket.
#[derive(Default)]
struct Done {
    is_written: bool,
    is_away: bool,
    carried: Vec<Reported>,
    turns: Vec<Turn>,
}

impl Work<'_> {
    /// Writes to a ticket what it lacks, and tells whether there was anything.
    fn bring(&mut self, at: usize) -> bool {
        if self.done[at].is_away || edit(&self.seen, at).body == self.seen[at].body {
            return false;
        }
        if let Err(why) = self.comment_on_contested(at) {
            self.done[at].is_away = true;
            self.failed.push(why);
            return false;
        }
        let place = &self.places[at];
        let (tracker, rules) = (place.tracker, place.tracker.rules());
        let mut last = Edit::default();
        let mut turn = None;
        let known = self.seen[at].body.clone();
        let mut seen = std::mem::take(&mut self.seen);
        // What stands there when it is written to may be newer than what was listed: it is decided anew.
        let mut decide = |issue: &Issue| {
            seen[at] = Seen::read(tracker.name(), &issue.body);
            last = edit(&seen, at);
            let mut body = last.body.clone();
            turn = None;
            if body != issue.body {
                turn = settle(&rules, issue.state, &mut body);
            }
            IssuePatch {
                body: (body != issue.body).then_some(body),
                state: turn.map(Turn::state),
                ..IssuePatch::default()
            }
        };
        let ended = match self.mode {
            Mode::Plan => {
                let issue = Issue {
                    body: known,
                    ..place.issue.clone()
                };
                let patch = decide(&issue);
                Ok((
                    patch.body.clone().unwrap_or(issue.body),
                    patch.body.is_some(),
                ))
            }
            Mode::Apply => tracker
                .update(&place.issue.reference, &mut decide)
                .map(|updated| (updated.issue.body, updated.written)),
        };
        self.seen = seen;
        let done = &mut self.done[at];
        match ended {
            Ok((body, written)) => {
                self.seen[at] = Seen::read(tracker.name(), &body);
                if written {
                    done.is_written = true;
                    done.turns.extend(turn);
                    done.carried.append(&mut last.carried);
                }
                written
            }
            Err(why) => {
                done.is_away = true;
                self.failed.push(why);
                false
            }
        }
    }

    /// Takes down the steps that are contested as the tickets were last seen, with what each says.
    fn note_contested(&mut self, run: &RunKey) {
        for (step, looks) in shared(&self.seen) {
            let values: Vec<Look> = looks.iter().map(|(_, look)| (*look).clone()).collect();
            let verdict = decide(&values);
            if !verdict.agreed.contested || self.contested.contains_key(step) {
                continue;
            }
            let standing = values
                .iter()
                .all(|look| look.base == verdict.agreed && look.said == verdict.said);
            let said = looks
                .iter()
                .map(|(at, look)| (self.seen[*at].tracker.clone(), look.said.words()));
            let contested = Contested {
                run: run.clone(),
                step: step.clone(),
                text: self.seen[looks[0].0].text_of(step),
                said: said.filter(|_| !standing).collect(),
                standing,
            };
            self.contested.insert(step.clone(), contested);
        }
    }

    /// Tells in a ticket's talk what each ticket said, before that is taken from it.
    fn comment_on_contested(&self, at: usize) -> Result<(), TrackerError> {
        let place = &self.places[at];
        let new = self.contested.values().filter(|it| !it.standing);
        for contested in new.filter(|_| self.mode == Mode::Apply) {
            let look = self.seen[at].looks.get(&contested.step);
            if look.is_none_or(|look| look.base.contested) {
                continue;
            }
            let comment = comment(contested);
            // The write behind the comment may have been cut off.
            if !place
                .tracker
                .has_comment(&place.issue.reference, &comment)?
            {
                place.tracker.comment(&place.issue.reference, &comment)?;
            }
        }
        Ok(())
    }

    fn ended(mut self, run: &RunKey) -> Mirrored {
        let stands = |step: &StepId| {
            let looks = shared(&self.seen).remove(step).unwrap_or_default();
            let values: Vec<Look> = looks.iter().map(|(_, look)| (*look).clone()).collect();
            decide(&values).agreed.contested
        };
        let kept: Vec<Contested> = std::mem::take(&mut self.contested)
            .into_iter()
            .filter(|(step, _)| stands(step))
            .map(|(_, contested)| contested)
            .collect();
        let done = self.places.iter().zip(self.done);
        Mirrored {
            tickets: done
                .filter(|(_, done)| done.is_written)
                .map(|(place, done)| done.plan(run, place))
                .collect(),
            contested: kept,
            failed: self.failed,
        }
    }
}

impl Done {
    fn plan(self, run: &RunKey, place: &Place<'_>) -> TicketPlan {
        let mut reported: Vec<Reported> = Vec::new();
        for carried in self.carried {
            reported.retain(|before| before.text != carried.text);
            reported.push(carried);
        }
        let mut notices: Vec<String> = self.turns.iter().map(Turn::to_string).collect();
        if reported.is_empty() {
            notices.push("what was set here is known to the run's other tickets".to_owned());
        }
        TicketPlan {
            ticket: Some(place.issue.location.clone()),
            action: Action::Update,
            reported,
            notices,
            ..TicketPlan::create(run.clone(), place.tracker.name())
        }
    }
}

/// Returns what is said about a contested step in a ticket's talk, on one line.
fn comment(contested: &Contested) -> String {
    let said: Vec<String> = contested
        .said
        .iter()
        .map(|(tracker, words)| format!("{tracker} said {words}"))
        .collect();
    format!(
        "The tickets of this run differ on \u{201c}{}\u{201d}, and nobody can tell which holds, so it is open: {}.",
        contested.text,
        said.join("; ")
    )
}

impl Mirrored {
    /// Adds what was done to a plan.
    pub fn add_to(self, plan: &mut Plan) {
        plan.contested.extend(self.contested);
        for ticket in self.tickets {
            let known = plan
                .tickets
                .iter_mut()
                .find(|known| known.tracker == ticket.tracker && known.ticket == ticket.ticket);
            match known {
                None => plan.tickets.push(ticket),
                Some(known) => {
                    if known.action == Action::Keep {
                        known.action = Action::Update;
                    }
                    known.reported.extend(ticket.reported);
                    known.notices.extend(ticket.notices);
                }
            }
        }
    }
}
