//! From documents to tickets and back: what a verb does, planned first and then done.
//!
//! Every function here decides by values it is given; only the [`Tracker`] and
//! [`load`] touch the world. [`Mode::Plan`] is the same work with nothing written.

pub mod library;
pub mod load;
pub mod lookup;
pub mod rename;
pub mod report;
pub mod runs;
pub mod wanted;

use self::library::Library;
use self::load::LoadError;
use self::lookup::LookupError;
use self::rename::renamed_to;
use self::wanted::{Press, Wanted};
use crate::diagnostic::Diagnostic;
use crate::issue::{IssueDraft, IssuePatch, IssueState};
use crate::merge::{Merge, Policy, Refused, merge};
use crate::plan::{Action, TicketPlan};
use crate::run::RunKey;
use crate::tracker::{Created, Listing, Ticket, Tracker, TrackerError};

/// Whether work is done or only planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Say what would be done.
    Plan,
    /// Do it.
    Apply,
}

/// What to do with a run whose ticket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Leave it alone and say so.
    Leave,
    /// Open it again.
    Reopen,
}

/// Why the work on runs stopped.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The documents or templates cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A name fits nothing, or more than one thing.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// A tracker could not do its part.
    #[error(transparent)]
    Tracker(#[from] TrackerError),
    /// A report cannot be put into the ticket.
    #[error("the report cannot be put into the ticket of `{run}`")]
    Refused {
        /// The run.
        run: RunKey,
        /// Why.
        source: Refused,
    },
    /// A document or a template is wrong in a way that leaves nothing to work with.
    #[error("{what} cannot be used as it stands")]
    Findings {
        /// What is wrong: `the template`, `the procedure`.
        what: &'static str,
        /// What was found in it.
        findings: Vec<Diagnostic>,
    },
    /// Several tickets show one run.
    #[error("{} tickets show the run `{run}`: {}", places.len(), places.join(", "))]
    Twins {
        /// The run.
        run: RunKey,
        /// Where the tickets are.
        places: Vec<String>,
    },
}

impl SyncError {
    /// Returns what to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Load(why) => why.hint(),
            Self::Lookup(why) => why.hint(),
            Self::Tracker(why) => why.hint(),
            Self::Refused { .. } => Some(
                "mend the line in the ticket, or run `runsheet sync`, and report again".to_owned(),
            ),
            Self::Findings { .. } => None,
            Self::Twins { .. } => {
                Some("keep the one that people work on and delete the others".to_owned())
            }
        }
    }
}

/// Opens the ticket of a run, or brings it up to date where it exists.
///
/// # Errors
/// Where the tracker cannot do it, or the run has several tickets.
pub fn open(
    wanted: &Wanted,
    draft: &IssueDraft,
    closed: Closed,
    tracker: &dyn Tracker,
    mode: Mode,
) -> Result<TicketPlan, SyncError> {
    let listing = tracker.list()?;
    if let Some(ticket) = only_ticket(&listing, &wanted.run)? {
        return update(wanted, ticket, closed, tracker, mode);
    }
    let mut plan = TicketPlan::create(wanted.run.clone(), tracker.name());
    if mode == Mode::Plan {
        return Ok(plan);
    }
    match tracker.create(&wanted.run, draft)? {
        Created::New(issue) => {
            plan.ticket = Some(issue.location);
            Ok(plan)
        }
        // Somebody else was faster.
        Created::Existing(ticket) => update(wanted, &ticket, closed, tracker, mode),
    }
}

/// Brings a ticket up to date with what its run wants now.
///
/// # Errors
/// Where the tracker cannot do it.
pub fn update(
    wanted: &Wanted,
    ticket: &Ticket,
    closed: Closed,
    tracker: &dyn Tracker,
    mode: Mode,
) -> Result<TicketPlan, SyncError> {
    let location = &ticket.issue.location;
    if ticket.issue.state == IssueState::Closed && closed == Closed::Leave {
        let mut plan = TicketPlan::create(wanted.run.clone(), tracker.name());
        plan.ticket = Some(location.clone());
        plan.action = Action::Leave("the ticket is closed".to_owned());
        return Ok(plan);
    }
    let plan_for = |found: &str, merged: &Merge, was: IssueState| {
        let run = wanted.run.clone();
        let mut plan = TicketPlan::update(run, tracker.name(), location, found, merged);
        if was == IssueState::Closed {
            plan.action = Action::Update;
            plan.notices.push("the ticket is open again".to_owned());
        }
        plan
    };
    let policy = Policy::default();
    if mode == Mode::Plan {
        let merged = merge(&wanted.body, &ticket.issue.body, &policy);
        return Ok(plan_for(&ticket.issue.body, &merged, ticket.issue.state));
    }
    let mut plan = None;
    tracker.update(&ticket.issue.reference, &mut |issue| {
        let merged = merge(&wanted.body, &issue.body, &policy);
        plan = Some(plan_for(&issue.body, &merged, issue.state));
        IssuePatch {
            body: (merged.body != issue.body).then_some(merged.body),
            state: (issue.state == IssueState::Closed).then_some(IssueState::Open),
            ..IssuePatch::default()
        }
    })?;
    // The tracker has called the closure, or failed above.
    Ok(plan.unwrap_or_else(|| TicketPlan::create(wanted.run.clone(), tracker.name())))
}

/// Brings an open run's ticket up to date with its procedure, which may have got another name meanwhile.
///
/// # Errors
/// Where the procedure cannot be made concrete or the tracker cannot do it.
pub fn sync(
    ticket: &Ticket,
    listing: &Listing,
    library: &Library,
    press: &Press<'_>,
    tracker: &dyn Tracker,
    mode: Mode,
) -> Result<TicketPlan, SyncError> {
    only_ticket(listing, &ticket.run)?;
    let leave = |reason: String| {
        let mut plan = TicketPlan::create(ticket.run.clone(), tracker.name());
        plan.ticket = Some(ticket.issue.location.clone());
        plan.action = Action::Leave(reason);
        plan
    };
    let mut run = ticket.run.clone();
    let mut renamed = None;
    let procedure = match library.by_identity(&run.procedure) {
        Some(procedure) => procedure,
        None => match renamed_to(ticket, library) {
            Some(procedure) => {
                run.procedure = procedure.identity().to_owned();
                renamed = Some(format!(
                    "the procedure `{}` is gone; most of its steps are in `{}`, which takes the run over",
                    ticket.run.procedure, run.procedure
                ));
                procedure
            }
            None => {
                let gone = format!("its procedure `{}` is gone", run.procedure);
                return Ok(leave(gone));
            }
        },
    };
    if renamed.is_some() && listing.tickets.iter().any(|other| other.run == run) {
        let taken = format!(
            "its procedure `{}` is gone, and `{run}`, which has its steps, has a ticket of its own",
            ticket.run.procedure
        );
        return Ok(leave(taken));
    }
    let wanted = press.wanted(procedure, run)?;
    let mut plan = update(&wanted, ticket, Closed::Leave, tracker, mode)?;
    plan.notices.extend(renamed);
    Ok(plan)
}

/// Returns the ticket of `run`, `None` where it has none.
fn only_ticket<'a>(listing: &'a Listing, run: &RunKey) -> Result<Option<&'a Ticket>, SyncError> {
    let mut tickets = listing.tickets.iter().filter(|ticket| ticket.run == *run);
    let first = tickets.next();
    let others: Vec<&Ticket> = tickets.collect();
    match (first, others.as_slice()) {
        (first, []) => Ok(first),
        (first, _) => Err(SyncError::Twins {
            run: run.clone(),
            places: first
                .into_iter()
                .chain(others)
                .map(|ticket| ticket.issue.location.clone())
                .collect(),
        }),
    }
}
