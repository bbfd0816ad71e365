//! Puts a report on a step into a ticket's body.

use std::ops::Range;

use crate::body::marker::Written;
use crate::body::progress::is_settled;
use crate::body::status;
use crate::body::{Agreed, Body, Item, ItemMarker, NodeKind, Notice, splice};
use crate::checklist::{Evidence, State};
use crate::procedure::StepId;
use crate::report::Outcome;

/// A body after a report.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The new body; the old one, byte for byte, where the report says nothing new.
    pub body: String,
    /// The groups whose boxes follow.
    pub groups: Vec<StepId>,
    /// What is worth telling about the ticket's markers.
    pub notices: Vec<Notice>,
}

/// Why a report cannot be put in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The ticket has no such step.
    #[error("the ticket has no step `{0}`")]
    UnknownStep(StepId),
    /// The step's line stands in code or in a comment that is not closed.
    #[error("step `{0}` stands in code or in a comment that is not closed")]
    Hidden(StepId),
    /// Somebody took the step's box away.
    #[error("step `{0}` has no box in the ticket any more")]
    NoBox(StepId),
}

/// Returns `body` with the outcome on `step`; only that item's line changes, and the boxes of groups that follow it.
///
/// The same report twice is one in effect. A report that a done step is done, without evidence, changes nothing.
pub fn report(
    body: &str,
    step: &StepId,
    outcome: &Outcome,
    evidence: &Evidence,
) -> Result<Reported, Refused> {
    let found = Body::read(body);
    let (item, _) = find(&found, step)?;
    let state = wanted(outcome, evidence, &item.state);
    let (body, groups) = put(&found, step, &state, Group::Stays)?;
    Ok(Reported {
        body,
        groups,
        notices: found.notices,
    })
}

/// What becomes of the box of a group that is set to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// It stays open though its substeps are settled.
    Stays,
    /// It follows its substeps.
    Follows,
}

/// Returns `body` with `step` in exactly this state, as another ticket of the run has it.
///
/// # Errors
/// Where the step has no line with a box.
pub fn set(body: &str, step: &StepId, state: &State, group: Group) -> Result<String, Refused> {
    Ok(put(&Body::read(body), step, state, group)?.0)
}

/// Returns `body` with this noted as what the run's tickets agreed on about `step`; as it is where it has no such line.
pub fn agree(body: &str, step: &StepId, agreed: &Agreed) -> String {
    let found = Body::read(body);
    let Ok((item, marker)) = find(&found, step) else {
        return body.to_owned();
    };
    let marker = ItemMarker {
        agreed: agreed.clone(),
        ..marker.clone()
    };
    splice(body, set_marker(body, item, marker).into_iter().collect())
}

fn find<'a>(found: &'a Body, step: &StepId) -> Result<(&'a Item, &'a ItemMarker), Refused> {
    let item = found.item(step);
    match item.and_then(|item| Some((item, item.step()?))) {
        Some(found) => Ok(found),
        None if found.hidden.contains(step) => Err(Refused::Hidden(step.clone())),
        None => Err(Refused::UnknownStep(step.clone())),
    }
}

/// Returns the body with a step in this state, and the groups that follow.
fn put(
    found: &Body,
    step: &StepId,
    state: &State,
    group: Group,
) -> Result<(String, Vec<StepId>), Refused> {
    let (item, marker) = find(found, step)?;
    let text = &found.text;
    let put = |marker| {
        let splices = set_state(text, item, state, marker);
        let splices = splices.ok_or_else(|| Refused::NoBox(step.clone()))?;
        let set = splice(text, splices);
        let follows = group == Group::Follows && *state == State::Open;
        Ok(settle(if follows { following(&set, step) } else { set }))
    };
    let (new, groups) = put(marker.clone())?;
    if new == *text {
        return Ok((new, groups));
    }
    let reports = marker.reports.saturating_add(1);
    put(ItemMarker {
        reports,
        ..marker.clone()
    })
}

/// Lets an open group follow its substeps again.
fn following(text: &str, step: &StepId) -> String {
    let body = Body::read(text);
    let found = find(&body, step).ok();
    let splices = found.and_then(|(item, marker)| set_written(text, item, marker, Written::Open));
    splice(text, splices.into_iter().collect())
}

fn wanted(outcome: &Outcome, evidence: &Evidence, now: &State) -> State {
    let evidence = evidence.clone();
    match outcome {
        Outcome::Done if evidence == Evidence::default() && matches!(now, State::Done(_)) => {
            now.clone()
        }
        Outcome::Done => State::Done(evidence),
        Outcome::Undone => State::Open,
        Outcome::Skipped { reason } => State::Skipped {
            reason: reason.clone(),
            evidence,
        },
        Outcome::Failed { reason } => State::Failed {
            reason: reason.clone(),
            evidence,
        },
    }
}

/// Returns what to splice into a line so that it shows `state` and ends with `marker`; `None` where it has no box.
pub(super) fn set_state(
    text: &str,
    item: &Item,
    state: &State,
    marker: ItemMarker,
) -> Option<Vec<(Range<usize>, String)>> {
    let task = item.task.as_ref()?;
    let was_skipped = item
        .marker
        .as_ref()
        .is_some_and(|marker| marker.written == Written::Skipped);
    let mut splices = Vec::new();
    let ticked = matches!(state, State::Done(_) | State::Skipped { .. });
    if ticked != item.ticked(text) {
        let byte = if ticked { "x" } else { " " };
        splices.push((task.start + 1..task.start + 2, byte.to_owned()));
    }
    let strike = matches!(state, State::Skipped { .. });
    let (start, end) = (item.text.start, item.text.end);
    if strike && !item.struck && start < end {
        splices.push((start..start, "~~".to_owned()));
        splices.push((end..end, "~~".to_owned()));
    } else if !strike && item.struck && was_skipped {
        splices.push((start - 2..start, String::new()));
        splices.push((end..end + 2, String::new()));
    }
    splices.extend(set_status(text, item, &status::write(state)));
    let written = match state {
        // A group that was opened again stays open though its substeps are settled.
        State::Open if marker.duty.group => Written::Group,
        State::Open => Written::Open,
        State::Done(_) => Written::Done,
        State::Skipped { .. } => Written::Skipped,
        State::Failed { .. } => Written::Failed,
    };
    splices.extend(set_marker(text, item, ItemMarker { written, ..marker }));
    Some(splices)
}

fn set_status(text: &str, item: &Item, new: &str) -> Option<(Range<usize>, String)> {
    match &item.status {
        Some(old) if new.is_empty() => {
            let blank = usize::from(text[..old.start].ends_with(' '));
            Some((old.start - blank..old.end, String::new()))
        }
        Some(old) => (text[old.clone()] != *new).then(|| (old.clone(), new.to_owned())),
        None if new.is_empty() => None,
        None => {
            let end = item
                .marker_at
                .as_ref()
                .map_or(item.content.end, |at| at.start);
            let at = item.content.start + text[item.content.start..end].trim_end().len();
            Some((at..at, format!(" {new}")))
        }
    }
}

/// Returns what to splice into a line so that it ends with `marker`, if it does not.
pub(super) fn set_marker(
    text: &str,
    item: &Item,
    marker: ItemMarker,
) -> Option<(Range<usize>, String)> {
    let new = marker.to_string();
    match &item.marker_at {
        Some(at) => (text[at.clone()] != new).then(|| (at.clone(), new)),
        None => Some((item.content.end..item.content.end, format!(" {new}"))),
    }
}

fn set_written(
    text: &str,
    item: &Item,
    marker: &ItemMarker,
    written: Written,
) -> Option<(Range<usize>, String)> {
    let marker = ItemMarker {
        written,
        ..marker.clone()
    };
    set_marker(text, item, marker)
}

/// Lets the boxes of groups without an action of their own follow their substeps.
///
/// What a person ticked is never unticked, and a group that a person unticked is left alone until a substep is open
/// again.
pub(crate) fn settle(text: String) -> (String, Vec<StepId>) {
    let body = Body::read(&text);
    let mut settled: Vec<bool> = body
        .items
        .iter()
        .map(|item| is_settled(&item.state))
        .collect();
    let mut splices = Vec::new();
    let mut changed = Vec::new();
    for (at, item) in body.items.iter().enumerate().rev() {
        let Some(marker) = item.step().filter(|marker| marker.duty.group) else {
            continue;
        };
        let (Some(task), Some(node)) = (&item.task, item.node) else {
            continue;
        };
        let Some(all) = all_settled(&body, node, &settled) else {
            continue;
        };
        let ticked = item.ticked(&text);
        let byte = task.start + 1..task.start + 2;
        match (all, ticked, marker.written) {
            (true, false, Written::Open) if item.state == State::Open => {
                splices.push((byte, "x".to_owned()));
                splices.extend(set_written(&text, item, marker, Written::Group));
                changed.push(marker.id.clone());
                settled[at] = true;
            }
            (false, true, Written::Group) => {
                splices.push((byte, " ".to_owned()));
                splices.extend(set_written(&text, item, marker, Written::Open));
                changed.push(marker.id.clone());
                settled[at] = false;
            }
            (false, false, Written::Group) => {
                splices.extend(set_written(&text, item, marker, Written::Open));
            }
            _ => {}
        }
    }
    changed.reverse();
    (splice(&text, splices), changed)
}

/// Tells whether the substeps of a group are settled, the optional ones aside; `None` where it has none that count.
fn all_settled(body: &Body, group: usize, settled: &[bool]) -> Option<bool> {
    let mut any = false;
    let mut all = true;
    for (at, item) in body.items.iter().enumerate() {
        let (Some(marker), Some(node)) = (item.step(), item.node) else {
            continue;
        };
        let mut parent = body.nodes[node].parent;
        while let Some(above) = parent {
            if matches!(body.nodes[above].kind, NodeKind::Item(_)) {
                break;
            }
            parent = body.nodes[above].parent;
        }
        if parent == Some(group) && !marker.duty.optional {
            any = true;
            all &= settled[at];
        }
    }
    any.then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICKET: &str = "- [ ] Stop it <!-- rs stop n=1 h=HASH -->\r\n- [ ] Group <!-- rs group n=2 f=g -->\r\n  \
                          - [ ] One <!-- rs one n=2.1 -->\r\n  - [ ] Two <!-- rs two n=2.2 -->\r\n";

    fn on(body: &str, step: &str, outcome: Outcome, by: &str) -> String {
        let evidence = Evidence {
            by: (!by.is_empty()).then(|| by.to_owned()),
            ..Evidence::default()
        };
        report(body, &StepId(step.to_owned()), &outcome, &evidence)
            .unwrap()
            .body
    }

    fn skip(reason: &str) -> Outcome {
        Outcome::Skipped {
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn a_report_changes_its_line_only_and_twice_is_once() {
        let done = on(TICKET, "stop", Outcome::Done, "ann");
        assert_eq!(
            done.lines().next().unwrap(),
            "- [x] Stop it *(done by ann)* <!-- rs stop n=1 h=HASH s=x w=1 -->"
        );
        assert_eq!(
            done.split_once('\n').unwrap().1,
            TICKET.split_once('\n').unwrap().1
        );
        assert_eq!(on(&done, "stop", Outcome::Done, "ann"), done);
        assert_eq!(on(&done, "stop", Outcome::Done, ""), done);
        let undone = on(&done, "stop", Outcome::Undone, "");
        assert_eq!(undone.replace(" w=2", ""), TICKET);
        assert_eq!(on(&undone, "stop", Outcome::Undone, ""), undone);
    }

    #[test]
    fn skipped_text_is_struck_and_comes_back() {
        let skipped = on(TICKET, "one", skip("none here"), "ann");
        assert!(skipped.contains(
            "- [x] ~~One~~ *(skipped: none here, by ann)* <!-- rs one n=2.1 s=k w=1 -->"
        ));
        let undone = on(&skipped, "one", Outcome::Undone, "");
        assert_eq!(undone.replace(" w=2", ""), TICKET);
    }

    #[test]
    fn a_group_follows_its_substeps_and_never_a_persons_tick() {
        let one = on(TICKET, "one", Outcome::Done, "");
        assert!(one.contains("- [ ] Group"));
        let both = on(&one, "two", skip("x"), "");
        assert!(both.contains("- [x] Group <!-- rs group n=2 f=g s=g -->"));
        assert!(
            on(&both, "one", Outcome::Undone, "").contains("- [ ] Group <!-- rs group n=2 f=g -->")
        );
        let unticked = both.replace("[x] Group", "[ ] Group");
        assert!(on(&unticked, "stop", Outcome::Done, "").contains("- [ ] Group"));
        let by_hand = TICKET.replace("[ ] Group", "[x] Group");
        let undone = on(
            &on(&by_hand, "one", Outcome::Done, ""),
            "one",
            Outcome::Undone,
            "",
        );
        assert!(undone.contains("- [x] Group"));
    }

    #[test]
    fn a_group_that_is_undone_stays_open() {
        let both = on(
            &on(TICKET, "one", Outcome::Done, ""),
            "two",
            Outcome::Done,
            "",
        );
        let undone = on(&both, "group", Outcome::Undone, "");
        assert!(undone.contains("- [ ] Group"));
        assert!(on(&undone, "stop", Outcome::Done, "").contains("- [ ] Group"));
        assert_eq!(on(&undone, "group", Outcome::Undone, ""), undone);
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let refused = |body: &str| {
            let step = StepId("stop".to_owned());
            report(body, &step, &Outcome::Done, &Evidence::default()).unwrap_err()
        };
        let step = StepId("stop".to_owned());
        assert_eq!(refused("nothing"), Refused::UnknownStep(step.clone()));
        assert_eq!(
            refused("- Stop it <!-- rs stop -->"),
            Refused::NoBox(step.clone())
        );
        assert_eq!(
            refused("```\n- [ ] Stop it <!-- rs stop -->"),
            Refused::Hidden(step)
        );
    }
}
