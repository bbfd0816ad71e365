//! Delivers the reports that wait: once in effect, in the order they came.
//!
//! Every report goes this way, whoever gives it: it is taken into the [`State`], delivered to each ticket of its run,
//! and marked. A process that dies in between leaves it waiting; whoever delivers next finds it, and tells by how its
//! steps look whether the write was made.

mod put;
mod talk;

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::path::Path;

use self::put::put_into;
use super::runs::find_run;
use super::{Mode, check_ticket, only_ticket};
use crate::diagnostic::Diagnostic;
use crate::run::RunKey;
use crate::state::lock::DeliveryLock;
use crate::state::queue::{Entry, Trouble};
use crate::state::{State, StateError};
use crate::tracker::{Listing, Ticket, Tracker, TrackerError};
use crate::waiting::Waiting;

/// Why reports could not be handled at all.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The local state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The lock of whoever delivers cannot be opened.
    #[error("cannot lock `{folder}`")]
    Lock {
        /// The state's folder.
        folder: String,
        /// Why.
        source: io::Error,
    },
}

impl DeliveryError {
    /// Returns what to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::State(why) => Some(why.hint()),
            Self::Lock { .. } => None,
        }
    }
}

/// What came of a delivery.
#[derive(Debug, Default)]
pub struct Delivered {
    /// What became of the reports that were asked about, in the order they came.
    pub entries: Vec<Entry>,
    /// What was found in the trackers.
    pub findings: Vec<Diagnostic>,
    /// Whether another process was delivering all the time.
    pub was_busy: bool,
}

/// Delivers every report that waits for one of `trackers`, and returns what became of those in `asked`.
///
/// `answered` is the batch of a reporter who is there to hear the answer: where the tickets have no place for it,
/// it is taken out again and does not wait.
///
/// # Errors
/// Where the state cannot be used; what was not delivered waits then as before.
pub fn deliver(
    state: &mut State,
    asked: &[i64],
    answered: Option<i64>,
    trackers: &[Box<dyn Tracker>],
    mode: Mode,
    waiting: &Waiting,
) -> Result<Delivered, DeliveryError> {
    let mut delivered = Delivered::default();
    let lock = match state.path().and_then(Path::parent) {
        None => None,
        Some(folder) => {
            let lock = DeliveryLock::take(folder, waiting);
            let lock = lock.map_err(|source| DeliveryError::Lock {
                folder: folder.display().to_string(),
                source,
            })?;
            delivered.was_busy = lock.is_none();
            lock
        }
    };
    if !delivered.was_busy {
        let names: Vec<&str> = trackers.iter().map(|tracker| tracker.name()).collect();
        let mut entries = state.waiting()?;
        let is_due = |name: &String| names.contains(&name.as_str());
        entries.retain(|entry| entry.trackers.iter().any(is_due));
        if !entries.is_empty() {
            delivered.findings = carry(state, &mut entries, answered, trackers, mode)?;
        }
    }
    delivered.entries = state.entries(asked)?;
    if let Some(batch) = answered {
        let mut own = delivered
            .entries
            .iter()
            .filter(|entry| entry.batch == batch);
        let is_refused = |entry: &Entry| entry.trouble.as_ref().is_some_and(|it| it.refused);
        if own.clone().any(is_refused) && own.all(|entry| entry.deliveries.is_empty()) {
            state.remove(asked)?;
        }
    }
    drop(lock);
    Ok(delivered)
}

/// Returns the tracker's tickets; only those of one run where the reports name just that one in full, which on a
/// server takes fewer requests than a listing.
fn listing_for(entries: &[Entry], tracker: &dyn Tracker) -> Result<Listing, TrackerError> {
    let mut runs = entries.iter().map(|entry| entry.report.run.as_str());
    let first = runs.next();
    if let Some(run) = first.filter(|first| runs.all(|run| run == *first))
        && let Ok(run) = run.parse::<RunKey>()
    {
        let tickets = tracker.find(&run)?;
        if !tickets.is_empty() {
            return Ok(Listing {
                tickets,
                diagnostics: Vec::new(),
            });
        }
    }
    tracker.list()
}

/// Brings each entry to the tickets of its run.
fn carry(
    state: &mut State,
    entries: &mut [Entry],
    answered: Option<i64>,
    trackers: &[Box<dyn Tracker>],
    mode: Mode,
) -> Result<Vec<Diagnostic>, StateError> {
    let mut findings = Vec::new();
    let mut listings: BTreeMap<&str, Result<Listing, Trouble>> = BTreeMap::new();
    for tracker in trackers {
        let listing = listing_for(entries, tracker.as_ref()).map_err(|why| Trouble::passing(&why));
        if let Ok(listing) = &listing {
            findings.extend(listing.diagnostics.iter().cloned());
        }
        listings.insert(tracker.name(), listing);
    }
    // Reports for one ticket are written together: one read, one write.
    let mut bags: Vec<(&dyn Tracker, &Ticket, Vec<usize>)> = Vec::new();
    for (at, entry) in entries.iter_mut().enumerate() {
        entry.tries += 1;
        for (tracker, ticket) in tickets_of(entry, trackers, &listings) {
            let same = bags.iter_mut().find(|(other, found, _)| {
                other.name() == tracker.name() && found.issue.reference == ticket.issue.reference
            });
            match same {
                Some((_, _, bag)) => bag.push(at),
                None => bags.push((tracker, ticket, vec![at])),
            }
        }
    }
    for (tracker, ticket, bag) in bags {
        let mut chosen: Vec<Entry> = bag.iter().map(|at| entries[*at].clone()).collect();
        match check_ticket(ticket) {
            Ok(()) => put_into(state, &mut chosen, answered, tracker, ticket, mode)?,
            Err(why) => {
                findings.extend(ticket.faults.iter().cloned());
                for entry in &mut chosen {
                    entry.trouble = Some(Trouble {
                        refused: false,
                        ..no_place(&why, why.hint())
                    });
                }
            }
        }
        for (at, entry) in bag.into_iter().zip(chosen) {
            entries[at] = entry;
        }
    }
    state.save(entries.iter())?;
    Ok(findings)
}

/// Returns the tickets that an entry must still reach; where there is none, the entry says why.
fn tickets_of<'a>(
    entry: &mut Entry,
    trackers: &'a [Box<dyn Tracker>],
    listings: &'a BTreeMap<&str, Result<Listing, Trouble>>,
) -> Vec<(&'a dyn Tracker, &'a Ticket)> {
    let due: Vec<_> = trackers
        .iter()
        .filter(|tracker| entry.trackers.iter().any(|name| name == tracker.name()))
        .filter_map(|tracker| Some((tracker.as_ref(), listings.get(tracker.name())?)))
        .collect();
    let mut away = due.iter().filter_map(|(_, listing)| listing.as_ref().err());
    let away = away.next().cloned();
    let there: Vec<(&dyn Tracker, &Listing)> = due
        .iter()
        .filter_map(|(tracker, listing)| Some((*tracker, listing.as_ref().ok()?)))
        .collect();
    let known: Vec<&Listing> = there.iter().map(|(_, listing)| *listing).collect();
    entry.trouble = None;
    let run = match find_run(&known, &entry.report.run) {
        Ok(run) => run,
        Err(why) => {
            // A tracker that is away may have it, or one that is not asked now.
            let is_asked = |name: &String| trackers.iter().any(|it| it.name() == name);
            entry.trouble = away.or_else(|| {
                Some(Trouble {
                    refused: entry.trackers.iter().all(is_asked),
                    ..no_place(&why, why.hint())
                })
            });
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for (tracker, listing) in there {
        match only_ticket(listing, &run) {
            Ok(Some(ticket)) => found.push((tracker, ticket)),
            // The run is shown elsewhere.
            Ok(None) => {}
            Err(why) => {
                entry.trouble = Some(no_place(&why, why.hint()));
                return Vec::new();
            }
        }
    }
    let awaited = |name: &String| {
        let is_away = due
            .iter()
            .any(|(tracker, listing)| tracker.name() == name && listing.is_err());
        let is_asked = trackers.iter().any(|tracker| tracker.name() == name);
        let is_found = found.iter().any(|(tracker, _)| tracker.name() == name);
        is_away || is_found || !is_asked
    };
    entry.trackers.retain(awaited);
    entry.trouble = away;
    found
}

impl Trouble {
    /// Returns why something did not work this time.
    pub fn passing(why: &TrackerError) -> Self {
        Self {
            why: chain(why),
            hint: why.hint(),
            refused: false,
        }
    }
}

/// Returns why the tickets have no place for a report.
fn no_place(why: &dyn Error, hint: Option<String>) -> Trouble {
    Trouble {
        why: chain(why),
        hint,
        refused: true,
    }
}

/// Returns an error with its causes on one line.
fn chain(why: &dyn Error) -> String {
    let mut text = why.to_string();
    let mut cause = why.source();
    while let Some(why) = cause {
        let more = why.to_string();
        if !text.contains(&more) {
            text.push_str(&format!(": {more}"));
        }
        cause = why.source();
    }
    text
}
