//! What verbs that work on tickets have in common: which runs, and how what was done is told.

use super::Exit;
use super::output::paint;
use super::session::Session;
use crate::error::Error;
use crate::plan::{Action, Plan, TicketPlan};
use crate::run::RunKey;
use crate::sync::runs::find_run;
use crate::tracker::{Listing, Ticket, Tracker};

/// The trackers that are looked at, each with what it holds.
pub(super) struct Desk {
    pub(super) trackers: Vec<Box<dyn Tracker>>,
    pub(super) listings: Vec<Listing>,
    /// Whether every tracker could be read.
    pub(super) is_whole: bool,
}

impl Desk {
    /// Lists each tracker once, and says which cannot be read and which files are damaged beyond being tickets.
    ///
    /// One that is away keeps nobody from the others.
    pub(super) fn read(
        trackers: Vec<Box<dyn Tracker>>,
        session: &mut Session<'_>,
    ) -> anyhow::Result<Self> {
        let mut desk = Self {
            trackers: Vec::new(),
            listings: Vec::new(),
            is_whole: true,
        };
        let mut away = Vec::new();
        for tracker in trackers {
            match tracker.list() {
                Ok(listing) => {
                    session.output.report(&listing.diagnostics)?;
                    desk.trackers.push(tracker);
                    desk.listings.push(listing);
                }
                Err(why) => away.push(anyhow::Error::from(Error::from(why))),
            }
        }
        if desk.trackers.is_empty()
            && let Some(why) = away.pop()
        {
            return Err(why);
        }
        for why in away {
            session.output.error(&why)?;
            desk.is_whole = false;
        }
        Ok(desk)
    }

    /// Returns the run that `asked` names.
    pub(super) fn find(&self, asked: &str) -> Result<RunKey, Error> {
        let listings: Vec<&Listing> = self.listings.iter().collect();
        Ok(find_run(&listings, asked)?)
    }

    /// Returns every ticket with its tracker and the tracker's listing.
    pub(super) fn tickets(&self) -> impl Iterator<Item = (&dyn Tracker, &Listing, &Ticket)> {
        let pairs = self.trackers.iter().zip(&self.listings);
        pairs.flat_map(|(tracker, listing)| {
            let tickets = listing.tickets.iter();
            tickets.map(move |ticket| (tracker.as_ref(), listing, ticket))
        })
    }
}

/// Prints what was done to a ticket.
pub(super) fn print_done(ticket: &TicketPlan, session: &mut Session<'_>) -> anyhow::Result<()> {
    let palette = session.output.data;
    let place = ticket.ticket.as_deref().unwrap_or_default();
    let (word, why) = match &ticket.action {
        Action::Create => (paint(palette.good, "created"), String::new()),
        Action::Update => (paint(palette.good, "updated"), ticket.changelog()),
        Action::Keep => (paint(palette.faint, "unchanged"), String::new()),
        Action::Leave(why) => (paint(palette.caution, "left alone"), why.clone()),
    };
    let colon = if why.is_empty() { "" } else { ": " };
    session.output.line(format!("{word} {place}{colon}{why}"))?;
    // The plan's own lines, without the one that this one stands for.
    for line in ticket.to_string().lines().skip(1) {
        session.output.line(line)?;
    }
    Ok(())
}

/// Returns how a verb ends that came to `plan`.
pub(super) fn exit_of(plan: &Plan) -> Exit {
    Exit::found_if(plan.has_conflicts())
}
