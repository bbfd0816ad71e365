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
}

impl Desk {
    /// Lists each tracker once, and says which files are damaged beyond being tickets.
    pub(super) fn read(
        trackers: Vec<Box<dyn Tracker>>,
        session: &mut Session<'_>,
    ) -> anyhow::Result<Self> {
        let mut listings = Vec::new();
        for tracker in &trackers {
            let listing = tracker.list().map_err(Error::from)?;
            session.output.report(&listing.diagnostics)?;
            listings.push(listing);
        }
        Ok(Self { trackers, listings })
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
