//! Puts reports into one ticket: one read, one write.

use std::collections::BTreeMap;

use super::no_place;
use super::talk::{add_comment, owe_comment};
use crate::body::Body;
use crate::body::progress::Progress;
use crate::checklist::{Evidence, State as ItemState};
use crate::issue::{Issue, IssuePatch};
use crate::merge::Refused;
use crate::plan::Reported;
use crate::procedure::StepId;
use crate::run::RunKey;
use crate::state::queue::{Delivery, Entry, Looks, Trouble};
use crate::state::{State, StateError};
use crate::sync::Mode;
use crate::sync::closing::{Turn, settle};
use crate::sync::mirror::edit::with_reported;
use crate::sync::report::{Message, find_steps, is_as_reported, with_reports};
use crate::tracker::{Ticket, Tracker};

/// Puts entries into one ticket, and notes what became of each.
pub(super) fn put_into(
    state: &mut State,
    entries: &mut [Entry],
    answered: Option<i64>,
    tracker: &dyn Tracker,
    ticket: &Ticket,
    mode: Mode,
) -> Result<(), StateError> {
    let rules = tracker.rules();
    let mut last: Vec<Result<Vec<Reported>, Trouble>> = Vec::new();
    let mut turn = None;
    let mut ahead = Vec::new();
    let mut lost = None;
    let mut put = |issue: &Issue, entries: &mut [Entry]| {
        let (mut body, ended) = put_all(&issue.body, entries, answered, tracker.name());
        for (entry, ended) in entries.iter_mut().zip(&ended) {
            owe_comment(
                &rules,
                entry,
                ended.as_deref().unwrap_or_default(),
                tracker.name(),
            );
        }
        last = ended;
        turn = settle(&rules, issue.state, &mut body);
        (body, turn.map(Turn::state))
    };
    let ended = if mode == Mode::Plan {
        let (body, turned) = put(&ticket.issue, entries);
        ahead = tracker.follow_ups(&ticket.issue, &body);
        let state = turned.unwrap_or(ticket.issue.state);
        Ok(Issue {
            body,
            state,
            ..ticket.issue.clone()
        })
    } else {
        let updated = tracker.update(&ticket.issue.reference, &mut |issue| {
            let (body, turned) = put(issue, entries);
            if body == issue.body && turned.is_none() {
                return IssuePatch::default();
            }
            // How the steps look now is on the disk before they look otherwise.
            if let Err(why) = state.save(entries.iter()) {
                lost = Some(why);
                return IssuePatch::default();
            }
            IssuePatch {
                body: Some(body),
                state: turned,
                ..IssuePatch::default()
            }
        });
        updated.map(|updated| updated.issue)
    };
    if let Some(why) = lost {
        return Err(why);
    }
    let issue = match ended {
        Ok(issue) => issue,
        Err(why) => {
            let trouble = Trouble::passing(&why);
            for entry in entries {
                entry.trouble = Some(trouble.clone());
            }
            return Ok(());
        }
    };
    let progress = Body::read(&issue.body).progress();
    for (entry, ended) in entries.iter_mut().zip(last) {
        let said = ended.and_then(|reported| {
            if mode == Mode::Apply {
                let said = add_comment(entry, tracker, &issue.reference);
                said.map_err(|why| Trouble::passing(&why))?;
            }
            Ok(reported)
        });
        match said {
            Err(trouble) => entry.trouble = Some(trouble),
            Ok(reported) => {
                let name = tracker.name();
                let mut arrived = arrival(name, &ticket.run, &issue, reported, &progress);
                arrived.notices.extend(turn.map(|turn| turn.to_string()));
                arrived.notices.append(&mut ahead);
                entry.trackers.retain(|tracker| tracker != name);
                entry.deliveries.push(arrived);
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
        notices: Vec::new(),
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
    // What reaches every ticket of the run is agreed on: who takes it back in one of them takes it back.
    let reaches_several = entry.trackers.len() + entry.deliveries.len() > 1;
    let (body, reported) = put;
    let body = match reaches_several {
        true => with_reported(&body, &steps),
        false => body,
    };
    Ok((body, reported))
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

/// Returns how a step looks: its box, what tells its state, and how many reports changed it, by which it tells that one
/// arrived though others have undone it since.
fn look(body: &Body, step: &StepId) -> String {
    body.item(step).map_or_else(String::new, |item| {
        let status = item.status.clone().map_or("", |at| &body.text[at]);
        let ticked = if item.ticked(&body.text) { "x" } else { "" };
        match item.marker.as_ref().map_or(0, |marker| marker.reports) {
            0 => format!("[{ticked}]{status}"),
            reports => format!("[{ticked}]{status} {reports}"),
        }
    })
}
