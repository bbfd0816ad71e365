//! What verbs that work on tickets have in common: which runs, and how what was done is told.

use super::Exit;
use super::output::paint;
use super::session::Session;
use crate::error::Error;
use crate::issue::Issue;
use crate::plan::{Action, Plan, TicketPlan};
use crate::run::RunKey;
use crate::sync::mirror::{mirror, mirrored_runs};
use crate::sync::runs::find_run;
use crate::sync::{Mode, SyncError};
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

    /// Reads the tickets of one run; trackers that cannot be read are left out.
    pub(super) fn of_run(
        trackers: Vec<Box<dyn Tracker>>,
        run: &RunKey,
        failed: &mut Vec<anyhow::Error>,
    ) -> Self {
        let mut listings = Vec::new();
        for tracker in &trackers {
            let found = tracker.find(run);
            let tickets = found.unwrap_or_else(|why| {
                failed.push(Error::from(why).into());
                Vec::new()
            });
            listings.push(Listing {
                tickets,
                diagnostics: Vec::new(),
            });
        }
        Self {
            trackers,
            listings,
            is_whole: true,
        }
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

impl Desk {
    /// Holds the tickets of each run against each other, of those asked for where some are, and adds what was done to
    /// the plan; returns the runs for which not all could be done, and why.
    pub(super) fn mirror(
        &self,
        asked: &[RunKey],
        plan: &mut Plan,
        mode: Mode,
    ) -> Vec<(RunKey, SyncError)> {
        let run_of = |tracker: &dyn Tracker, ticket: &Ticket| {
            let known = planned(plan, tracker, &ticket.issue);
            known.map_or_else(|| ticket.run.clone(), |known| known.run.clone())
        };
        let tickets = self
            .tickets()
            .filter(|(_, _, ticket)| asked.is_empty() || asked.contains(&ticket.run));
        let mut failed = Vec::new();
        for (run, mut places) in mirrored_runs(tickets, run_of) {
            if mode == Mode::Apply {
                places.retain_mut(|place| {
                    let is_written = planned(plan, place.tracker, &place.issue)
                        .is_some_and(|it| it.action == Action::Update);
                    let now = is_written.then(|| place.tracker.get(&place.issue.reference));
                    match now {
                        None => true,
                        Some(Ok(issue)) => {
                            place.issue = issue;
                            true
                        }
                        Some(Err(why)) => {
                            failed.push((run.clone(), why.into()));
                            false
                        }
                    }
                });
            }
            let mut mirrored = mirror(&run, &places, mode);
            let trouble = mirrored.failed.drain(..);
            failed.extend(trouble.map(|why| (run.clone(), why.into())));
            mirrored.add_to(plan);
        }
        failed
    }
}

/// Returns what a plan has for an issue.
fn planned<'a>(plan: &'a Plan, tracker: &dyn Tracker, issue: &Issue) -> Option<&'a TicketPlan> {
    let mut tickets = plan.tickets.iter();
    tickets.find(|it| it.tracker == tracker.name() && it.ticket.as_ref() == Some(&issue.location))
}

/// Prints what was done to a ticket.
fn print_done(ticket: &TicketPlan, session: &mut Session<'_>) -> anyhow::Result<()> {
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

/// Prints what was done.
pub(super) fn print_all_done(plan: &Plan, session: &mut Session<'_>) -> anyhow::Result<()> {
    for ticket in &plan.tickets {
        print_done(ticket, session)?;
    }
    for contested in &plan.contested {
        session.output.print(contested)?;
    }
    Ok(())
}

/// Returns how a verb ends that came to `plan`.
pub(super) fn exit_of(plan: &Plan) -> Exit {
    Exit::found_if(plan.has_conflicts())
}
