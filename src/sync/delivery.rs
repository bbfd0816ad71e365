//! Delivers the reports that wait: once in effect, in the order they came.
//!
//! Every report goes this way, whoever gives it: it is taken into the [`State`], delivered to each ticket of its run,
//! and marked. A process that dies in between leaves it waiting; whoever delivers next finds it, and tells by how its
//! steps look whether the write was made.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::path::Path;

use super::report::{Message, find_steps, is_as_reported, with_reports};
use super::runs::find_run;
use super::{Mode, check_ticket, only_ticket};
use crate::body::Body;
use crate::body::progress::Progress;
use crate::checklist::{Evidence, State as ItemState};
use crate::diagnostic::Diagnostic;
use crate::issue::{Issue, IssuePatch};
use crate::merge::Refused;
use crate::plan::Reported;
use crate::procedure::StepId;
use crate::run::RunKey;
use crate::state::lock::{DeliveryLock, Patience};
use crate::state::queue::{Delivery, Entry, Looks, Trouble};
use crate::state::{State, StateError};
use crate::tracker::{Listing, Ticket, Tracker, TrackerError};

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
    patience: Patience<'_>,
) -> Result<Delivered, DeliveryError> {
    let mut delivered = Delivered::default();
    let lock = match state.path().and_then(Path::parent) {
        None => None,
        Some(folder) => {
            let lock = DeliveryLock::take(folder, patience);
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
        let listing = tracker.list().map_err(|why| Trouble::passing(&why));
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

/// Puts entries into one ticket, and notes what became of each.
fn put_into(
    state: &mut State,
    entries: &mut [Entry],
    answered: Option<i64>,
    tracker: &dyn Tracker,
    ticket: &Ticket,
    mode: Mode,
) -> Result<(), StateError> {
    let mut last: Vec<Result<Vec<Reported>, Trouble>> = Vec::new();
    let mut lost = None;
    let mut put = |issue: &Issue, entries: &mut [Entry]| {
        let (body, ended) = put_all(&issue.body, entries, answered, tracker.name());
        last = ended;
        body
    };
    let ended = if mode == Mode::Plan {
        put(&ticket.issue, entries);
        Ok(ticket.issue.clone())
    } else {
        let updated = tracker.update(&ticket.issue.reference, &mut |issue| {
            let body = put(issue, entries);
            if body == issue.body {
                return IssuePatch::default();
            }
            // How the steps look now is on the disk before they look otherwise.
            if let Err(why) = state.save(entries.iter()) {
                lost = Some(why);
                return IssuePatch::default();
            }
            IssuePatch {
                body: Some(body),
                ..IssuePatch::default()
            }
        });
        updated.map(|updated| updated.issue)
    };
    if let Some(why) = lost {
        return Err(why);
    }
    match ended {
        Err(why) => {
            let trouble = Trouble::passing(&why);
            for entry in entries {
                entry.trouble = Some(trouble.clone());
            }
        }
        Ok(issue) => {
            let progress = Body::read(&issue.body).progress();
            for (entry, ended) in entries.iter_mut().zip(last) {
                match ended {
                    Err(trouble) => entry.trouble = Some(trouble),
                    Ok(reported) => {
                        let name = tracker.name();
                        entry.trackers.retain(|tracker| tracker != name);
                        let arrived = arrival(name, &ticket.run, &issue, reported, &progress);
                        entry.deliveries.push(arrived);
                    }
                }
            }
        }
    }
    Ok(())
}

fn arrival(
    tracker: &str,
    run: &RunKey,
    issue: &Issue,
    reported: Vec<Reported>,
    progress: &Progress,
) -> Delivery {
    let required = progress.required.total();
    let next = progress.next().next();
    Delivery {
        tracker: tracker.to_owned(),
        run: run.clone(),
        ticket: issue.location.clone(),
        state: issue.state,
        reported,
        settled: required - progress.required_open.min(required),
        required,
        next: next.map(|step| format!("{} {}", step.number, step.text)),
    }
}

/// Returns the body with the entries in it, and what each did or why it has no place.
fn put_all(
    body: &str,
    entries: &mut [Entry],
    answered: Option<i64>,
    tracker: &str,
) -> (String, Vec<Result<Vec<Reported>, Trouble>>) {
    let as_one =
        |entry: &Entry| Some(entry.batch) == answered || entry.together && entry.tries <= 1;
    // One report alone is told by its own try.
    let has_others = |entry: &Entry| {
        entries
            .iter()
            .any(|it| it.batch == entry.batch && it.id != entry.id)
    };
    let found = Body::read(body);
    let mut refused: BTreeMap<i64, Trouble> = BTreeMap::new();
    for entry in entries
        .iter()
        .filter(|entry| as_one(entry) && has_others(entry))
    {
        if let Err(trouble) = steps_of(&found, entry) {
            refused.entry(entry.batch).or_insert(trouble);
        }
    }
    let mut body = body.to_owned();
    let mut ended = Vec::new();
    for entry in entries {
        let put = match refused.get(&entry.batch) {
            Some(trouble) if as_one(entry) => Err(trouble.clone()),
            _ => put_one(&body, entry, tracker),
        };
        ended.push(put.map(|(new, reported)| {
            body = new;
            reported
        }));
    }
    (body, ended)
}

fn put_one(
    body: &str,
    entry: &mut Entry,
    tracker: &str,
) -> Result<(String, Vec<Reported>), Trouble> {
    let found = Body::read(body);
    let mut steps = steps_of(&found, entry)?;
    let now: Looks = steps
        .iter()
        .map(|step| (step.clone(), look(&found, step)))
        .collect();
    let looked = entry.looks.get(tracker);
    steps.retain(|step| !looked.is_some_and(|was| is_overtaken(&found, step, was, entry)));
    let message = Message {
        outcome: entry.report.outcome.clone(),
        said: entry.said(),
        assumed: entry.assumed(),
    };
    let put = with_reports(body, &steps, &message);
    let put = put.map_err(|why| {
        let hint = "mend the line in the ticket, or run `runsheet sync`";
        no_place(&why, Some(hint.to_owned()))
    })?;
    entry.looks.entry(tracker.to_owned()).or_insert(now);
    Ok(put)
}

fn steps_of(body: &Body, entry: &Entry) -> Result<Vec<StepId>, Trouble> {
    let words = std::slice::from_ref(&entry.report.step);
    let steps = find_steps(body, words, entry.report.all);
    let steps = steps.map_err(|why| no_place(&why, why.hint()))?;
    for step in &steps {
        // A line without a box is refused by the report itself; what is found here has its line.
        if body.item(step).is_none() {
            return Err(no_place(&Refused::UnknownStep(step.clone()), None));
        }
    }
    Ok(steps)
}

/// Tells whether a step was set anew since the report was first tried.
///
/// Then the report was written and somebody set the step otherwise afterwards, or somebody was faster. Either way what
/// stands is newer.
fn is_overtaken(body: &Body, step: &StepId, was: &Looks, entry: &Entry) -> bool {
    let Some(was) = was.get(step) else {
        return false;
    };
    let Some(item) = body.item(step) else {
        return false;
    };
    let bare = item.state == ItemState::Done(Evidence::default());
    let adds_to = bare && is_as_reported(&item.state, &entry.report.outcome);
    *was != look(body, step) && !adds_to
}

/// Returns how a step looks: its box and what tells its state.
fn look(body: &Body, step: &StepId) -> String {
    body.item(step).map_or_else(String::new, |item| {
        let status = item.status.clone().map_or("", |at| &body.text[at]);
        let ticked = if item.ticked(&body.text) { "x" } else { "" };
        format!("[{ticked}]{status}")
    })
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
