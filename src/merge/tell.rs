//! Tells what a merge does, in words for the plan.

use std::collections::BTreeSet;

use super::mark::Mark;
use super::pair::{Pairs, item_at};
use super::tree::Tree;
use super::{Change, ChangeKind, Conflict, Fate, Merge, Tick};
use crate::body::{Body, CONFLICT, Item, NodeKind, Notice};
use crate::checklist::State;
use crate::procedure::StepId;

/// Tells what the tree changes, and what becomes of each item that was not open.
pub(super) fn tell(ours: &Body, theirs: &Body, pairs: &Pairs, tree: &Tree, merge: &mut Merge) {
    let mut moved = BTreeSet::new();
    for their in &tree.moved {
        if let Some(item) = item_at(theirs, *their) {
            moved.insert(*their);
            let id = pairs.ours_of[*their].and_then(|our| step_id(ours, our));
            merge
                .changes
                .push(Change::of(ChangeKind::Moved, id, theirs.text_of(item)));
        }
    }
    for our in &tree.added {
        let is_item = item_at(ours, *our).is_some();
        let (kind, text) = match item_at(ours, *our) {
            Some(item) => (ChangeKind::Added, ours.text_of(item).to_owned()),
            None => (ChangeKind::Text, first_line(ours, *our)),
        };
        let before = tree.replaced.get(our).filter(|_| !is_item);
        merge.changes.push(Change {
            before: before.map(|their| first_line(theirs, *their)),
            ..Change::of(kind, step_id(ours, *our), text)
        });
        if let Some(own) = tree.conflicts.get(our) {
            merge.conflicts.push(Conflict {
                step: None,
                ours: first_line(ours, *our),
                theirs: first_line(theirs, *own),
                standing: false,
            });
        }
    }
    let replaced: BTreeSet<_> = tree.replaced.values().collect();
    for their in &tree.gone {
        let (kind, text) = match item_at(theirs, *their) {
            Some(item) => (ChangeKind::Removed, theirs.text_of(item).to_owned()),
            // Told with what takes its place.
            None if replaced.contains(their) => continue,
            None => {
                let text = format!("no more: {}", first_line(theirs, *their));
                (ChangeKind::Text, text)
            }
        };
        merge
            .changes
            .push(Change::of(kind, step_id(theirs, *their), text));
    }
    merge.changes.sort_by_key(|change| change.kind);
    for (their, our) in &pairs.joined_to {
        let step = step_id(ours, *our);
        let is_done = |their: Option<usize>| {
            let item = their.and_then(|their| item_at(theirs, their));
            item.is_some_and(|item| matches!(item.state, State::Done(_)))
        };
        let is_part = !is_done(Some(*their)) || !is_done(pairs.theirs_of[*our]);
        if let Some(first) = merge.ticks.iter_mut().find(|tick| tick.step == step)
            && first.fate == Fate::Doubtful
            && is_part
        {
            first.fate = Fate::Part;
        }
    }
    for their in pairs.fits.keys() {
        let Some(item) = item_at(theirs, *their).filter(|item| item.state != State::Open) else {
            continue;
        };
        let our = pairs.ours_of[*their];
        let id = our
            .and_then(|our| step_id(ours, our))
            .or_else(|| step_id(theirs, *their));
        let told = merge
            .ticks
            .iter_mut()
            .find(|tick| tick.step == id && our.is_some());
        match told {
            Some(tick) if tick.fate == Fate::Kept && moved.contains(their) => {
                tick.fate = Fate::Moved
            }
            Some(_) => {}
            None => merge.ticks.push(Tick {
                fate: match pairs.joined_to.get(their) {
                    Some(our) => fate_of_joined(&merge.ticks, step_id(ours, *our)),
                    None => Fate::Gone,
                },
                step: id,
                text: theirs.text_of(item).to_owned(),
            }),
        }
    }
}

/// Returns what becomes of the tick of a line that was joined to a step: what becomes of that of the first part.
fn fate_of_joined(ticks: &[Tick], step: Option<StepId>) -> Fate {
    let first = ticks.iter().find(|tick| tick.step == step);
    match first.map(|tick| tick.fate) {
        Some(fate @ (Fate::Unticked | Fate::Doubtful | Fate::Part | Fate::Ungrouped)) => fate,
        Some(_) => Fate::Joined,
        None => Fate::Part,
    }
}

/// Tells of the steps that were split from one whose tick stands: they are done as well. Forgets the others.
pub(super) fn splits(ours: &Body, theirs: &Body, pairs: &mut Pairs, merge: &mut Merge) {
    let Pairs {
        split_from,
        ours_of,
        ..
    } = pairs;
    split_from.retain(|_, from| {
        let is_done =
            item_at(theirs, *from).is_some_and(|item| matches!(item.state, State::Done(_)));
        let step = ours_of[*from].and_then(|our| step_id(ours, our));
        let tick = merge.ticks.iter().find(|tick| tick.step == step);
        is_done && tick.is_some_and(|tick| matches!(tick.fate, Fate::Kept | Fate::Reworded))
    });
    for our in split_from.keys() {
        merge.ticks.push(Tick {
            fate: Fate::Split,
            step: step_id(ours, *our),
            text: item_at(ours, *our)
                .map_or_else(String::new, |item| ours.text_of(item).to_owned()),
        });
    }
}

/// Tells what cannot be known of the ticket, and what a person took out of it.
pub(super) fn lost(ours: &Body, theirs: &Body, pairs: &Pairs, notices: &mut Vec<Notice>) {
    let text = &theirs.text;
    if text.trim().is_empty() {
        let message = "the ticket was empty: it is written anew, and no tick is known";
        notices.push(Notice::at(text, 0, message));
    } else if theirs.base.is_none() && theirs.steps().next().is_some() {
        let message =
            "what was last written is not known any more: what the ticket lacks comes in, open";
        notices.push(Notice::at(text, 0, message));
    }
    for item in pairs.taken_out(ours, theirs) {
        let step = ours.text_of(item);
        let message = format!("a person took this out of the ticket, and it stays out: {step}");
        notices.push(Notice::at(text, 0, message));
    }
}

/// Tells of the groups whose boxes follow their substeps.
pub(super) fn groups(body: &str, groups: Vec<StepId>, merge: &mut Merge) {
    if groups.is_empty() {
        return;
    }
    let body = Body::read(body);
    for id in groups {
        let is_open = body.item(&id).is_some_and(|item| item.state == State::Open);
        let mut ticks = merge.ticks.iter_mut();
        if let Some(tick) = ticks.find(|tick| is_open && tick.step.as_ref() == Some(&id)) {
            tick.fate = Fate::Reopened;
        }
        let text = body.item(&id).map(|item| body.text_of(item).to_owned());
        merge.changes.push(Change::of(
            ChangeKind::Group,
            Some(id),
            text.unwrap_or_default(),
        ));
    }
}

/// Adds the conflicts that the body shows from an earlier merge.
pub(super) fn standing(body: &str, merge: &mut Merge) {
    let new = merge
        .conflicts
        .iter()
        .filter(|conflict| !conflict.ours.is_empty())
        .count();
    let body = Body::read(body);
    let is_mark = |at: &usize| body.nodes[*at].kind == NodeKind::Conflict;
    let marks: Vec<usize> = (0..body.nodes.len()).filter(is_mark).collect();
    if marks.len() <= new {
        return;
    }
    for at in marks {
        let mark = &body.nodes[at];
        let holder = mark.parent.and_then(|parent| item_at(&body, parent));
        let marker = holder.and_then(Item::step);
        let step = marker.map(|marker| marker.id.clone());
        let hash = marker.map_or("", |marker| &marker.hash);
        let ours = match Mark::at(&body, at) {
            Some(mark) => mark.said(hash).to_owned(),
            None => without_comment(&body.text[mark.start..mark.content_end]),
        };
        let told = merge
            .conflicts
            .iter()
            .any(|conflict| conflict.step == step && step.is_some());
        let is_new = step.is_none()
            && merge.conflicts.iter().any(|conflict| {
                conflict.step.is_none() && !conflict.standing && !conflict.ours.is_empty()
            });
        if !told && !is_new {
            merge.conflicts.push(Conflict {
                step,
                ours,
                theirs: holder
                    .map(|item| body.text_of(item).to_owned())
                    .unwrap_or_default(),
                standing: true,
            });
        }
    }
}

fn without_comment(shown: &str) -> String {
    shown.replace(CONFLICT, "").trim().to_owned()
}

fn step_id(body: &Body, node: usize) -> Option<StepId> {
    Some(item_at(body, node)?.marker.as_ref()?.id.clone())
}

fn first_line(body: &Body, node: usize) -> String {
    let node = &body.nodes[node];
    let text = body.text[node.start..node.content_end].trim();
    text.lines()
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}
