//! Makes an issue that somebody opened by hand the ticket of a run.

use std::collections::BTreeMap;

use super::wanted::Wanted;
use super::{Mode, SyncError, only_ticket};
use crate::body::resolve::words;
use crate::body::{Body, Item, splice};
use crate::issue::{Issue, IssuePatch, IssueRef};
use crate::merge::{Merge, Policy, merge};
use crate::plan::TicketPlan;
use crate::run::RunKey;
use crate::tracker::{Tracker, TrackerError};

/// What to take over, and as what.
#[derive(Debug)]
pub struct Adoption<'a> {
    /// The issue, as a person names it.
    pub ticket: &'a str,
    /// What the run's ticket should be.
    pub wanted: &'a Wanted,
    /// The labels that tickets have in that tracker.
    pub labels: Vec<String>,
}

/// Why an issue cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// It shows another run.
    #[error("`{ticket}` is the ticket of another run, `{run}`")]
    OtherRun {
        /// Where it is.
        ticket: String,
        /// The run it shows.
        run: RunKey,
    },
    /// The run has a ticket.
    #[error("the run `{run}` has a ticket already: {ticket}")]
    HasTicket {
        /// The run.
        run: RunKey,
        /// Where its ticket is.
        ticket: String,
    },
}

impl AdoptError {
    /// Returns what to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::OtherRun { run, .. } => {
                format!("bring it up to date as that run: `runsheet sync {run}`")
            }
            Self::HasTicket { .. } => {
                "take another name with `--run`, or close the issue that is too much".to_owned()
            }
        })
    }
}

/// Makes an issue the ticket of a run: the run's markers and what it lacks come in, ticks and people's words stay.
///
/// # Errors
/// Where the issue is not there or shows another run, where the run has another ticket, or the tracker cannot do it.
pub fn adopt(
    adoption: &Adoption<'_>,
    tracker: &dyn Tracker,
    mode: Mode,
) -> Result<TicketPlan, SyncError> {
    let wanted = adoption.wanted;
    let issue = find(adoption.ticket, tracker)?;
    if let Some(ticket) = only_ticket(&tracker.list()?, &wanted.run)?
        && ticket.issue.reference != issue.reference
    {
        return Err(SyncError::Adopt(AdoptError::HasTicket {
            run: wanted.run.clone(),
            ticket: ticket.issue.location.clone(),
        }));
    }
    let mut ended = None;
    let mut put = |issue: &Issue| {
        if let Some(run) = Body::read(&issue.body).run()
            && *run != wanted.run
        {
            ended = Some(Err(AdoptError::OtherRun {
                ticket: issue.location.clone(),
                run: run.clone(),
            }));
            return IssuePatch::default();
        }
        let spelled = spelled_out(&issue.body, &wanted.body);
        let merged = merge(&wanted.body, &spelled, &Policy::default());
        ended = Some(Ok(plan(wanted, tracker, issue, &merged)));
        let mut labels = issue.labels.clone();
        for label in &adoption.labels {
            if !labels.contains(label) {
                labels.push(label.clone());
            }
        }
        IssuePatch {
            body: (merged.body != issue.body).then_some(merged.body),
            labels: (labels != issue.labels).then_some(labels),
            ..IssuePatch::default()
        }
    };
    if mode == Mode::Plan {
        put(&issue);
    } else {
        tracker.update(&issue.reference, &mut put)?;
    }
    match ended {
        Some(ended) => ended.map_err(SyncError::Adopt),
        // The tracker has called the closure, or failed above.
        None => Ok(TicketPlan::create(wanted.run.clone(), tracker.name())),
    }
}

fn plan(wanted: &Wanted, tracker: &dyn Tracker, issue: &Issue, merged: &Merge) -> TicketPlan {
    let run = wanted.run.clone();
    let mut plan = TicketPlan::update(run, tracker.name(), &issue.location, &issue.body, merged);
    let body = Body::read(&merged.body);
    let others = body.items.iter().filter(|item| item.marker.is_none());
    for item in others.filter(|item| item.ticked(&body.text)) {
        let text = body.text_of(item);
        plan.notices
            .push(format!("ticked, and no step of the procedure: {text}"));
    }
    plan
}

/// How many words at least tell a step by its beginning.
const FEWEST: usize = 2;

/// Returns `body` with the beginnings of steps written out: whoever copies steps by hand leaves out what goes without
/// saying. A beginning is taken for its step where no other step and no other line begins with it.
fn spelled_out(body: &str, wanted: &str) -> String {
    let (found, wanted) = (Body::read(body), Body::read(wanted));
    let whole: Vec<(&str, Vec<String>)> = wanted
        .items
        .iter()
        .map(|item| (wanted.text_of(item), words(wanted.text_of(item))))
        .collect();
    let mut lines: BTreeMap<usize, Vec<&Item>> = BTreeMap::new();
    for item in found.items.iter().filter(|item| item.marker.is_none()) {
        let beginning = words(found.text_of(item));
        let mut steps = (0..whole.len()).filter(|at| whole[*at].1.starts_with(&beginning));
        if let (Some(step), None) = (steps.next(), steps.next())
            && beginning.len() >= FEWEST
        {
            lines.entry(step).or_default().push(item);
        }
    }
    let edits = lines
        .into_iter()
        .filter(|(_, lines)| lines.len() == 1)
        .map(|(step, lines)| (lines[0], &whole[step]))
        .filter(|(line, step)| words(found.text_of(line)).len() < step.1.len())
        .map(|(line, step)| (line.text.clone(), step.0.to_owned()));
    splice(body, edits.collect())
}

/// Returns the issue that a person names: by what the tracker calls it, by its file, or by its address.
fn find(asked: &str, tracker: &dyn Tracker) -> Result<Issue, TrackerError> {
    let asked = asked.trim();
    let found = tracker.get(&IssueRef(asked.to_owned()));
    let last = asked.trim_end_matches('/').rsplit(['/', '#']).next();
    match (found, last) {
        (Err(_), Some(last)) if last != asked && !last.is_empty() => {
            tracker.get(&IssueRef(last.to_owned()))
        }
        (found, _) => found,
    }
}
