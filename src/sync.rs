//! From documents to tickets and back: what a verb does, planned first and then done.
//!
//! Every function here decides by values it is given; only the [`Tracker`] and
//! [`load`] touch the world. [`Mode::Plan`] is the same work with nothing written.

pub mod adopt;
pub mod check;
pub mod closing;
pub mod delivery;
pub mod fit;
pub mod library;
pub mod load;
pub mod lookup;
pub mod mirror;
pub mod outputs;
pub mod rename;
pub mod report;
pub mod runs;
pub mod upkeep;
pub mod wanted;

use self::adopt::AdoptError;
use self::delivery::DeliveryError;
use self::library::{Library, names};
use self::load::LoadError;
use self::lookup::LookupError;
use self::outputs::OutputError;
use self::rename::{Owner, owner, ways_out, why_not};
use self::upkeep::{Pin, Upkeep, pinned, pinned_to, told_of_pin, update};
use self::wanted::{Press, Values, Wanted, values_of};
use crate::diagnostic::Diagnostic;
use crate::issue::IssueDraft;
use crate::merge::standing;
use crate::plan::{Action, TicketPlan};
use crate::procedure::Procedure;
use crate::run::RunKey;
use crate::tracker::{Created, Length, Listing, Ticket, Tracker, TrackerError};
use crate::variable::VariableError;

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
    /// An output cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Variables have no value, or one that cannot be computed.
    #[error(transparent)]
    Variables(#[from] VariableError),
    /// An issue cannot be taken over.
    #[error(transparent)]
    Adopt(AdoptError),
    /// Reports cannot be handled.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// A ticket is damaged, so that nothing can be written to it.
    #[error("the ticket `{place}` is damaged, so nothing is written to it")]
    Damaged {
        /// Where the ticket is.
        place: String,
        /// What is wrong with it.
        faults: Vec<Diagnostic>,
    },
    /// A template is wrong in a way that leaves nothing to work with.
    #[error("{what} cannot be used as it stands")]
    Findings {
        /// What is wrong: `a template`.
        what: &'static str,
        /// What was found in it.
        findings: Vec<Diagnostic>,
    },
    /// The body is longer than the tracker takes.
    #[error("the body of `{run}` is {} {} long; {tracker} takes less than {}", length.size, length.unit, length.limit)]
    TooLong {
        /// The run.
        run: RunKey,
        /// The tracker's name.
        tracker: String,
        /// How long it is, shortened as far as the config allows.
        length: Box<Length>,
        /// Whether it may be shortened.
        is_shortened: bool,
    },
    /// Several procedures go by one name, so their runs could not be told apart.
    #[error("{} procedures go by the label `{label}`", places.len())]
    SharedLabel {
        /// The label.
        label: String,
        /// Where they stand.
        places: Vec<String>,
    },
    /// The run's ticket was made from a procedure that goes by another name now.
    #[error("the ticket of `{run}`, {place}, belongs to the procedure `{owner}`")]
    OthersTicket {
        /// The run.
        run: RunKey,
        /// Where its ticket is.
        place: String,
        /// What the procedure is called now.
        owner: String,
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
            Self::Adopt(why) => why.hint(),
            Self::Delivery(why) => why.hint(),
            Self::Output(why) => why.hint(),
            Self::Variables(VariableError::Missing(names)) => {
                let set: Vec<String> = names
                    .iter()
                    .map(|name| format!("--set {name}=VALUE"))
                    .collect();
                Some(format!("give them one: {}", set.join(" ")))
            }
            Self::Findings { .. } | Self::Variables(_) => None,
            Self::TooLong {
                tracker,
                is_shortened: false,
                ..
            } => Some(format!(
                "`long-bodies = \"split\"` in `[tracker.{tracker}]` gives each phase a ticket of its own, \
                 `long-bodies = \"shorten\"` in `[tracker.{tracker}]` leaves out what stands beside the steps"
            )),
            Self::TooLong { .. } => {
                Some("divide the procedure, each part with a label of its own".to_owned())
            }
            Self::SharedLabel { places, .. } => Some(format!(
                "a run is told by its procedure's label, so give each its own: {}",
                places.join(", ")
            )),
            Self::Damaged { .. } => Some("mend it in an editor and try again".to_owned()),
            Self::OthersTicket { run, .. } => Some(format!(
                "`runsheet sync {run}` gives it that name; then try again"
            )),
            Self::Twins { .. } => {
                Some("keep the one that people work on and delete the others".to_owned())
            }
        }
    }
}

/// What to open.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    /// The procedure.
    pub procedure: &'a Procedure,
    /// The run.
    pub run: RunKey,
    /// The values that variables are given now; those given before hold for the others.
    pub values: Values,
    /// What a new ticket gets besides its title and body.
    pub draft: IssueDraft,
    /// What to do where the ticket is closed.
    pub closed: Closed,
    /// Whether its text stays as it is from now on.
    pub pin: Pin,
}

/// Opens the ticket of a run, or brings it up to date where it exists; returns what was wanted, too.
///
/// # Errors
/// Where the procedure cannot be made concrete, the tracker cannot do it, or the run has several tickets.
pub fn open(
    opening: &Opening<'_>,
    library: &Library,
    press: &Press<'_>,
    tracker: &dyn Tracker,
    mode: Mode,
) -> Result<(Wanted, TicketPlan), SyncError> {
    let listing = tracker.list()?;
    let want = |values: &Values| {
        let run = opening.run.clone();
        press.wanted(opening.procedure, library, run, values, tracker)
    };
    let known = names(opening.procedure).map(|name| RunKey {
        procedure: name.to_owned(),
        ..opening.run.clone()
    });
    let mut ticket = None;
    for run in known {
        ticket = ticket.or(only_ticket(&listing, &run)?);
    }
    let bring = |ticket: &Ticket| {
        let mut values = values_of(ticket);
        values.extend(opening.values.clone());
        let wanted = want(&values)?;
        let upkeep = Upkeep {
            closed: opening.closed,
            pin: opening.pin,
            // Whoever names a run wants it as it is now.
            trusts_listing: false,
            ..press.upkeep(tracker.name())
        };
        let plan = update(&wanted, ticket, &upkeep, tracker, mode)?;
        Ok((wanted, plan))
    };
    if let Some(ticket) = ticket {
        match owner(ticket, library) {
            Owner::Renamed(other) if other.slug != opening.procedure.slug => {
                return Err(SyncError::OthersTicket {
                    run: ticket.run.clone(),
                    place: ticket.issue.location.clone(),
                    owner: other.identity().to_owned(),
                });
            }
            _ => return bring(ticket),
        }
    }
    let mut wanted = want(&opening.values)?;
    if opening.pin == Pin::Set {
        wanted.body = pinned(&wanted.body, &wanted);
    }
    let mut plan = TicketPlan::create(wanted.run.clone(), tracker.name());
    plan.notices.extend(wanted.notices.iter().cloned());
    if mode == Mode::Plan {
        return Ok((wanted, plan));
    }
    let draft = IssueDraft {
        title: wanted.title.clone(),
        body: wanted.body.clone(),
        ..opening.draft.clone()
    };
    match tracker.create(&wanted.run, &draft)? {
        Created::New(issue) => {
            plan.ticket = Some(issue.location);
            Ok((wanted, plan))
        }
        // Somebody else was faster.
        Created::Existing(ticket) => bring(&ticket),
    }
}

/// Makes sure that a ticket is not too damaged to be written to.
fn check_ticket(ticket: &Ticket) -> Result<(), SyncError> {
    if ticket.is_damaged() {
        return Err(SyncError::Damaged {
            place: ticket.issue.location.clone(),
            faults: ticket.faults.clone(),
        });
    }
    Ok(())
}

/// Returns the plan of leaving a ticket alone.
fn leave(ticket: &Ticket, tracker: &dyn Tracker, reason: impl Into<String>) -> TicketPlan {
    TicketPlan {
        ticket: Some(ticket.issue.location.clone()),
        action: Action::Leave(reason.into()),
        ..TicketPlan::create(ticket.run.clone(), tracker.name())
    }
}

/// Brings an open run's ticket up to date with its procedure, which may have got another name meanwhile.
///
/// `done` is what this pass came to so far: a run that a ticket took over in it is that ticket's.
///
/// # Errors
/// Where the procedure cannot be made concrete or the tracker cannot do it.
pub fn sync(
    ticket: &Ticket,
    listing: &Listing,
    done: &[TicketPlan],
    library: &Library,
    press: &Press<'_>,
    tracker: &dyn Tracker,
    mode: Mode,
) -> Result<TicketPlan, SyncError> {
    only_ticket(listing, &ticket.run)?;
    let was = &ticket.run.procedure;
    if let Some(pin) = pinned_to(&ticket.issue.body) {
        check_ticket(ticket)?;
        let now = press.content(ticket, library);
        let mut plan = TicketPlan {
            ticket: Some(ticket.issue.location.clone()),
            action: Action::Keep,
            conflicts: standing(&ticket.issue.body),
            ..TicketPlan::create(ticket.run.clone(), tracker.name())
        };
        plan.notices.push(told_of_pin(&pin, now.as_deref()));
        return Ok(plan);
    }
    let (procedure, why) = match owner(ticket, library) {
        Owner::Named(procedure) => (procedure, format!("`{was}` goes by another name now")),
        Owner::Renamed(procedure) => (procedure, why_not(was, library)),
        Owner::Gone(kin) => {
            let gone = match kin.as_slice() {
                [] => format!("its procedure `{was}` is gone"),
                kin => format!("{}; {}", why_not(was, library), ways_out(was, kin)),
            };
            return Ok(leave(ticket, tracker, gone));
        }
    };
    library.check_identity(procedure)?;
    let run = RunKey {
        procedure: procedure.identity().to_owned(),
        ..ticket.run.clone()
    };
    if run != ticket.run
        && let Some(place) = place_of(&run, listing, done, tracker)?
    {
        let taken = format!(
            "{why}, and `{run}` has a ticket of its own, {place}: close this one, or delete the other"
        );
        return Ok(leave(ticket, tracker, taken));
    }
    let wanted = press.wanted(procedure, library, run, &values_of(ticket), tracker)?;
    update(
        &wanted,
        ticket,
        &press.upkeep(tracker.name()),
        tracker,
        mode,
    )
}

/// Returns where the ticket of `run` is: one that was listed as its, or that took it over in this pass.
fn place_of(
    run: &RunKey,
    listing: &Listing,
    done: &[TicketPlan],
    tracker: &dyn Tracker,
) -> Result<Option<String>, SyncError> {
    if let Some(ticket) = only_ticket(listing, run)? {
        return Ok(Some(ticket.issue.location.clone()));
    }
    let mut taken = done.iter();
    let taken = taken.find(|it| it.run == *run && it.tracker == tracker.name());
    Ok(taken.and_then(|it| it.ticket.clone()))
}

/// Returns the ticket of `run`, `None` where it has none.
///
/// # Errors
/// Where several tickets show the run.
pub fn only_ticket<'a>(
    listing: &'a Listing,
    run: &RunKey,
) -> Result<Option<&'a Ticket>, SyncError> {
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
