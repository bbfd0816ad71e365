//! Keeps one ticket in step with its procedure, or pinned to what the procedure once said.
//!
//! A change is written with the comment on it still owed: the ticket's own marker says so, whatever becomes of this
//! process. The comment is written next, and then the debt is taken from the marker. Where that was interrupted, the
//! next sync looks whether the comment stands, and writes it only where it does not.

use super::closing::{Turn, reopen, reopens, settle};
use super::wanted::Wanted;
use super::{Closed, Mode, SyncError, check_ticket, leave};
use crate::body::{Body, Changelog, TicketMarker, with_ticket};
use crate::issue::{Issue, IssuePatch, IssueState};
use crate::merge::{Merge, Policy, merge};
use crate::plan::{Action, TicketPlan};
use crate::tracker::{Ticket, Tracker, TrackerError};

/// How a ticket is brought up to date.
#[derive(Clone, Copy, Debug)]
pub struct Upkeep {
    /// What to do where it is closed.
    pub closed: Closed,
    /// What becomes of its pin.
    pub pin: Pin,
    /// What to do where the merge has a choice.
    pub policy: Policy,
    /// Whether a comment tells what changed.
    pub comments: bool,
    /// Whether a ticket that is right as it was listed is not read again.
    pub trusts_listing: bool,
}

/// What becomes of a ticket's pin, which holds its text as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pin {
    /// It stays as it is.
    #[default]
    Keep,
    /// The ticket is brought up to date where it has none, and gets one.
    Set,
    /// It goes, and the ticket is brought up to date.
    Lift,
}

/// Returns the content that a ticket is pinned to.
pub fn pinned_to(body: &str) -> Option<String> {
    marker(body)?.pin
}

/// Returns what is said of a ticket that is pinned to `pin`, where its procedure's content is `now`, if it is known.
pub fn told_of_pin(pin: &str, now: Option<&str>) -> String {
    match now {
        Some(now) if now == pin => format!("pinned to content {pin}"),
        _ => format!("pinned to content {pin}; the document has moved on"),
    }
}

/// Brings a ticket up to date with what its run wants now.
///
/// # Errors
/// Where the ticket is damaged or the tracker cannot do it.
pub fn update(
    wanted: &Wanted,
    ticket: &Ticket,
    upkeep: &Upkeep,
    tracker: &dyn Tracker,
    mode: Mode,
) -> Result<TicketPlan, SyncError> {
    check_ticket(ticket)?;
    let mut owed = None;
    if mode == Mode::Apply && ticket.issue.state == IssueState::Open {
        owed = pay(tracker, &ticket.issue, Looks::First)?;
    }
    let rules = tracker.rules();
    let mut plan = leave(ticket, tracker, "the ticket is closed");
    // Somebody may close the ticket at any moment: its state counts as it is when it is written to.
    let mut decide = |issue: &Issue| {
        let is_closed = issue.state == IssueState::Closed;
        if is_closed && upkeep.closed == Closed::Leave && !reopens(&rules, issue) {
            plan = leave(ticket, tracker, "the ticket is closed");
            return IssuePatch::default();
        }
        let mut merged = merged(wanted, &issue.body, upkeep);
        let turn = match upkeep.closed {
            Closed::Reopen if is_closed => Some(reopen(&mut merged.body)),
            _ => settle(&rules, issue.state, &mut merged.body),
        };
        plan = plan_for(wanted, ticket, tracker, issue, &merged);
        if let Some(turn) = turn {
            plan.action = Action::Update;
            plan.notices.push(turn.to_string());
        }
        if plan.action == Action::Update {
            plan.notices.extend(wanted.notices.iter().cloned());
        }
        IssuePatch {
            body: (merged.body != issue.body).then_some(merged.body),
            state: turn.map(Turn::state),
            ..IssuePatch::default()
        }
    };
    if mode == Mode::Plan {
        let patch = decide(&ticket.issue);
        let body = patch.body.as_ref().unwrap_or(&ticket.issue.body);
        let ahead = tracker.follow_ups(&ticket.issue, body);
        if !ahead.is_empty() {
            plan.action = Action::Update;
            plan.notices.extend(ahead);
        }
        owed = marker(&ticket.issue.body).and_then(|marker| marker.owes);
    } else {
        let is_right = upkeep.trusts_listing && decide(&ticket.issue).is_empty();
        let mut ahead = Vec::new();
        if is_right && owed.is_none() {
            if ticket.issue.state == IssueState::Open {
                ahead = tracker.follow_ups(&ticket.issue, &ticket.issue.body);
            }
            if ahead.is_empty() {
                return Ok(plan);
            }
        }
        let updated = tracker.update(&ticket.issue.reference, &mut decide)?;
        if updated.written {
            pay(tracker, &updated.issue, Looks::Never)?;
        }
        if updated.written && plan.action == Action::Keep {
            plan.action = Action::Update;
            plan.notices.extend(ahead);
        }
    }
    if let Some(owed) = owed.filter(|_| !matches!(plan.action, Action::Leave(_))) {
        let told = format!("the comment on an earlier change comes: {}", owed.sentence);
        plan.notices.push(told);
        plan.action = Action::Update;
    }
    Ok(plan)
}

/// Returns what the ticket should say; a pinned one says what it said.
fn merged(wanted: &Wanted, found: &str, upkeep: &Upkeep) -> Merge {
    let pin = pinned_to(found);
    if let (Some(pin), Pin::Keep | Pin::Set) = (&pin, upkeep.pin) {
        return Merge {
            body: found.to_owned(),
            conflicts: crate::merge::standing(found),
            pinned: Some(told_of_pin(pin, Some(&wanted.content))),
            ..Merge::default()
        };
    }
    let unpinned = match pin {
        Some(_) => with_ticket(found, |marker| marker.pin = None),
        None => found.to_owned(),
    };
    let mut merged = merge_knowing(&wanted.body, &unpinned, &upkeep.policy);
    if upkeep.pin == Pin::Set {
        merged.body = pinned(&merged.body, wanted);
        merged.pinned = Some(told_of_pin(&wanted.content, Some(&wanted.content)));
    } else if pin.is_some() {
        merged.pinned = Some("no longer pinned".to_owned());
    }
    if upkeep.comments && merged.is_of_the_procedure() {
        let owes = Changelog {
            content: wanted.content.clone(),
            sentence: merged.changelog(),
        };
        merged.body = with_ticket(&merged.body, |marker| marker.owes = Some(owes));
    }
    merged
}

/// Merges as [`merge`] does, but for which procedures stand beside the ticket's own: that comes in with other changes
/// only, since what others write is no reason to write to this ticket.
fn merge_knowing(wanted: &str, found: &str, policy: &Policy) -> Merge {
    let beside = |body: &str| marker(body).map_or_else(Vec::new, |marker| marker.beside);
    let as_known = with_ticket(wanted, |marker| marker.beside = beside(found));
    let mut merged = merge(&as_known, found, policy);
    if merged.body != found {
        merged.body = with_ticket(&merged.body, |marker| marker.beside = beside(wanted));
    }
    merged
}

/// Returns a fresh ticket's body with a pin.
pub(super) fn pinned(body: &str, wanted: &Wanted) -> String {
    with_ticket(body, |marker| marker.pin = Some(wanted.content.clone()))
}

fn plan_for(
    wanted: &Wanted,
    ticket: &Ticket,
    tracker: &dyn Tracker,
    issue: &Issue,
    merged: &Merge,
) -> TicketPlan {
    let run = wanted.run.clone();
    let mut plan = TicketPlan::update(run, tracker.name(), &issue.location, &issue.body, merged);
    if wanted.run != ticket.run && merged.body != issue.body {
        let (new, old) = (&wanted.run.procedure, &ticket.run.procedure);
        plan.notices
            .push(format!("`{new}` takes over the run of `{old}`"));
    }
    plan
}

fn marker(body: &str) -> Option<TicketMarker> {
    Body::read(body).ticket.map(|(marker, _)| marker)
}

/// Whether the comment may stand already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// It may: whoever wrote the change may have been stopped behind the comment.
    First,
    /// It cannot: the change was written a moment ago, here.
    Never,
}

/// Writes the comment that a ticket owes and takes the debt from it; returns what was owed.
fn pay(
    tracker: &dyn Tracker,
    issue: &Issue,
    looks: Looks,
) -> Result<Option<Changelog>, TrackerError> {
    let Some(owed) = marker(&issue.body).and_then(|marker| marker.owes) else {
        return Ok(None);
    };
    let stands = looks == Looks::First && tracker.has_comment(&issue.reference, &owed.content)?;
    if !stands {
        tracker.comment(&issue.reference, &comment(&owed))?;
    }
    tracker.update(&issue.reference, &mut |issue| {
        let is_same = marker(&issue.body).is_some_and(|marker| marker.owes.as_ref() == Some(&owed));
        let paid = || with_ticket(&issue.body, |marker| marker.owes = None);
        IssuePatch {
            body: is_same.then(paid),
            ..IssuePatch::default()
        }
    })?;
    Ok(Some(owed))
}

/// Returns what is said about a change; the content tells it from every other change.
fn comment(owed: &Changelog) -> String {
    let Changelog { content, sentence } = owed;
    format!("The procedure changed: {sentence}. The checklist has its content `{content}` now.")
}
