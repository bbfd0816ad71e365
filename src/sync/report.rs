//! Puts reports on steps into tickets.

use super::lookup::LookupError;
use super::{Mode, SyncError, check_ticket};
use crate::body::Body;
use crate::body::progress::Progress;
use crate::body::resolve::{Candidate, Unresolved, resolve};
use crate::checklist::{Evidence, State};
use crate::issue::IssuePatch;
use crate::merge::{Refused, report as put};
use crate::plan::{Action, Reported, TicketPlan};
use crate::procedure::StepId;
use crate::report::Outcome;
use crate::run::RunKey;
use crate::tracker::{Ticket, Tracker};

/// What is reported, and by whom.
#[derive(Clone, Debug)]
pub struct Message {
    /// What is reported.
    pub outcome: Outcome,
    /// Who, when, with what, as the reporter said it.
    pub said: Evidence,
    /// What stands in for it where the reporter said nothing and the state is new.
    pub assumed: Evidence,
}

/// Returns the steps that `words` name in a ticket, with all substeps where `with_substeps`.
///
/// # Errors
/// Where one of the words names none, or several.
pub fn find_steps(
    body: &Body,
    words: &[String],
    with_substeps: bool,
) -> Result<Vec<StepId>, LookupError> {
    let items = body.progress().items;
    let mut found: Vec<StepId> = Vec::new();
    for asked in words {
        let id = resolve(body, asked).map_err(|why| unresolved(asked, why))?;
        let Some(at) = items.iter().position(|item| item.id == id) else {
            continue;
        };
        let below = items[at + 1..]
            .iter()
            .take_while(|item| item.depth > items[at].depth);
        let below = below.filter(|_| with_substeps).map(|item| item.id.clone());
        for id in std::iter::once(id.clone()).chain(below) {
            if !found.contains(&id) {
                found.push(id);
            }
        }
    }
    Ok(found)
}

fn unresolved(asked: &str, why: Unresolved) -> LookupError {
    let shown = |step: &Candidate| format!("{} {}", step.number, step.text).trim().to_owned();
    match why {
        Unresolved::Ambiguous(steps) => LookupError::Ambiguous {
            what: "step",
            name: asked.to_owned(),
            candidates: steps.iter().map(shown).collect(),
        },
        Unresolved::Unknown(steps) => LookupError::Unknown {
            what: "step",
            name: asked.to_owned(),
            near: steps.iter().map(shown).collect(),
            known: Vec::new(),
        },
    }
}

/// Puts a report on each of `steps` into a ticket, and returns what changes and how far the run is then.
///
/// # Errors
/// Where a step is gone from the ticket, or the tracker cannot write; nothing is written then.
pub fn report(
    ticket: &Ticket,
    steps: &[StepId],
    message: &Message,
    tracker: &dyn Tracker,
    mode: Mode,
) -> Result<(TicketPlan, Progress), SyncError> {
    check_ticket(ticket)?;
    let mut last = None;
    let mut put_all = |body: &str| {
        let ended = with_reports(body, steps, message);
        let new = match &ended {
            Ok((new, _)) => new.clone(),
            Err(_) => body.to_owned(),
        };
        last = Some((body.to_owned(), ended));
        new
    };
    if mode == Mode::Plan {
        put_all(&ticket.issue.body);
    } else {
        tracker.update(&ticket.issue.reference, &mut |issue| {
            let new = put_all(&issue.body);
            IssuePatch {
                body: (new != issue.body).then_some(new),
                ..IssuePatch::default()
            }
        })?;
    }
    // The tracker has called the closure, or failed above.
    let (before, ended) = last.unwrap_or_else(|| (String::new(), Ok((String::new(), Vec::new()))));
    let (body, reported) = ended.map_err(|source| SyncError::Refused {
        run: ticket.run.clone(),
        source,
    })?;
    let plan = plan(
        &ticket.run,
        ticket,
        tracker.name(),
        before != body,
        reported,
    );
    Ok((plan, Body::read(&body).progress()))
}

fn plan(
    run: &RunKey,
    ticket: &Ticket,
    tracker: &str,
    changes: bool,
    reported: Vec<Reported>,
) -> TicketPlan {
    TicketPlan {
        ticket: Some(ticket.issue.location.clone()),
        action: if changes {
            Action::Update
        } else {
            Action::Keep
        },
        reported,
        ..TicketPlan::create(run.clone(), tracker)
    }
}

/// Returns the body with all reports in it, and those that changed something.
fn with_reports(
    body: &str,
    steps: &[StepId],
    message: &Message,
) -> Result<(String, Vec<Reported>), Refused> {
    let mut body = body.to_owned();
    let mut reported = Vec::new();
    for step in steps {
        let found = Body::read(&body);
        let item = found.item(step);
        let stands = item.is_some_and(|item| is_as_reported(&item.state, &message.outcome));
        // Who says the same again with nothing to add takes nothing from what was said first.
        if stands && message.said == Evidence::default() {
            continue;
        }
        let evidence = if stands {
            &message.said
        } else {
            &message.assumed
        };
        let put = put(&body, step, &message.outcome, evidence)?;
        if put.body != body {
            reported.push(Reported {
                text: item.map_or_else(String::new, |item| found.text_of(item).to_owned()),
                state: word(&message.outcome).to_owned(),
            });
        }
        body = put.body;
    }
    Ok((body, reported))
}

/// Tells whether an item stands as the report says already.
fn is_as_reported(state: &State, outcome: &Outcome) -> bool {
    match (state, outcome) {
        (State::Done(_), Outcome::Done) | (State::Open, Outcome::Undone) => true,
        (State::Skipped { reason: a, .. }, Outcome::Skipped { reason: b })
        | (State::Failed { reason: a, .. }, Outcome::Failed { reason: b }) => a == b,
        _ => false,
    }
}

/// Returns the word for the state that a report sets.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Undone => "open",
        Outcome::Skipped { .. } => "skipped",
        Outcome::Failed { .. } => "failed",
    }
}
