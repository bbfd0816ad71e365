//! Merges a freshly rendered ticket with the one that people worked on.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Serialize;

use crate::align::Fit;
use crate::body::marker::VERSION;
use crate::body::{Body, Item, NodeKind, Notice};
use crate::checklist::State;
use crate::procedure::StepId;

mod line;
mod pair;
mod report;
mod tree;
mod write;

pub use report::{Refused, Reported, report};

use line::LineMerge;
use pair::{Pairs, item_at, pair};
use tree::{Build, Tree};

/// What to do where there is a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// What becomes of the tick of a step whose words changed.
    pub reworded: Reworded,
}

/// What becomes of the tick of a step whose words changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reworded {
    /// It stays, and the report says so.
    #[default]
    Keep,
    /// It goes, and the report says so.
    Untick,
}

/// A merged ticket, and what was done to it.
#[derive(Clone, Debug, Default)]
pub struct Merge {
    /// The merged body; the one found, byte for byte, where nothing changes.
    pub body: String,
    /// What the procedure's changes do to the ticket.
    pub changes: Vec<Change>,
    /// What became of each item that was not open.
    pub ticks: Vec<Tick>,
    /// What the procedure and a person both changed; both stand in the body.
    pub conflicts: Vec<Conflict>,
    /// What is worth telling about the ticket's markers.
    pub notices: Vec<Notice>,
}

/// One change that the procedure brings to a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Change {
    /// What happens.
    pub kind: ChangeKind,
    /// The step, where it is one.
    pub step: Option<StepId>,
    /// The text, as it will stand; of what goes, as it stood.
    pub text: String,
    /// For a reworded step: the text as it stood.
    pub before: Option<String>,
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// A step is added.
    Added,
    /// A step goes.
    Removed,
    /// A step's words change.
    Reworded,
    /// A step stands elsewhere.
    Moved,
    /// Text beside the steps changes: a heading, a command, a note.
    Text,
    /// A group's box follows its substeps.
    Group,
    /// Only the hidden markers change.
    Marker,
}

/// What became of an item that was not open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Tick {
    /// What became of it.
    pub fate: Fate,
    /// The step as it is called now; of one that went, as it was called.
    pub step: Option<StepId>,
    /// The text of the item that was found.
    pub text: String,
}

/// What becomes of a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It stands as it stood.
    Kept,
    /// It stands, its step elsewhere.
    Moved,
    /// It stands, its step in other words.
    Reworded,
    /// It went, since its step has other words now.
    Unticked,
    /// It went, since it cannot be told which of several like steps was done.
    Doubtful,
    /// Its step was joined with another one, whose tick tells.
    Joined,
    /// It went with its step.
    Gone,
}

/// Something that the procedure and a person both changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Conflict {
    /// The step, where it is one.
    pub step: Option<StepId>,
    /// What the procedure says now; empty where it says nothing any more.
    pub ours: String,
    /// What stands in the ticket.
    pub theirs: String,
    /// Whether the body showed it before.
    pub standing: bool,
}

/// Merges `ours`, freshly rendered and sealed, into `theirs`, as it was found.
///
/// What was last written is told by the hashes in the markers of `theirs`; where they are gone, nothing of it counts
/// as ours to change, and what it lacks comes in.
pub fn merge(ours: &str, theirs: &str, policy: &Policy) -> Merge {
    let ours = Body::read(ours);
    let mut merge = merge_once(&ours, theirs, *policy);
    // What people left open (a fence, an indented block) may take in what comes to stand behind it, so that the result
    // reads otherwise than it was meant. A second look settles that now, and not with the next sync.
    for _ in 0..3 {
        let again = merge_once(&ours, &merge.body, *policy);
        if again.body == merge.body {
            break;
        }
        merge.body = again.body;
        merge.changes.extend(again.changes);
        merge.ticks.extend(
            again
                .ticks
                .into_iter()
                .filter(|tick| tick.fate != Fate::Kept),
        );
    }
    merge
}

fn merge_once(ours: &Body, theirs: &str, policy: Policy) -> Merge {
    let found = Body::read(theirs);
    if let Some(version) = newer(&found) {
        return Merge {
            body: theirs.to_owned(),
            notices: vec![Notice::at(
                theirs,
                0,
                format!("left alone: it has format {version}"),
            )],
            ..Merge::default()
        };
    }
    let pairs = pair(ours, &found);
    let mut merge = Merge {
        notices: found.notices.clone(),
        ..Merge::default()
    };
    let mut splices = ticket_markers(ours, &found);
    let mut marks = BTreeMap::new();
    for (their, our) in pairs.ours_of.iter().enumerate() {
        let (Some(our), Some(item)) = (
            our.and_then(|our| item_at(ours, our)),
            item_at(&found, their),
        ) else {
            continue;
        };
        let line = LineMerge {
            ours,
            our,
            theirs: &found,
            their: item,
            fit: pairs.fits.get(&their).copied().unwrap_or(Fit::Gone),
        };
        line.merge(policy, &mut splices, &mut merge);
        line.mark(their, &mut splices, &mut marks);
    }
    let tree = Build::tree(ours, &found, &pairs, marks);
    tell(ours, &found, &pairs, &tree, &mut merge);
    for their in &tree.kept {
        if let Some(item) = item_at(&found, *their) {
            splices.extend(line::without_step(theirs, item));
            merge.conflicts.push(Conflict {
                step: item.step().map(|marker| marker.id.clone()),
                ours: String::new(),
                theirs: found.text_of(item).to_owned(),
                standing: false,
            });
        }
    }
    let body = write::write(ours, &found, &pairs, &tree.branches, splices);
    let body = with_ticket_markers(ours, body);
    let (body, groups) = report::settle(body);
    tell_groups(&body, groups, &mut merge);
    if merge.changes.is_empty() && body != theirs {
        merge.changes.push(Change::of(
            ChangeKind::Marker,
            None,
            "the hidden markers are brought up to date",
        ));
    }
    tell_standing(&body, &mut merge);
    merge.body = body;
    merge
}

impl Change {
    fn of(kind: ChangeKind, step: Option<StepId>, text: impl Into<String>) -> Self {
        Self {
            kind,
            step,
            text: text.into(),
            before: None,
        }
    }
}

/// Returns the version of a ticket that a newer program wrote.
fn newer(body: &Body) -> Option<u32> {
    let (ticket, _) = body.ticket.as_ref()?;
    (ticket.version > VERSION).then_some(ticket.version)
}

/// Returns what brings the ticket's own markers up to date, where it has them.
fn ticket_markers(ours: &Body, theirs: &Body) -> Vec<(Range<usize>, String)> {
    let mut splices = Vec::new();
    if let (Some((_, new)), Some((_, old))) = (&ours.ticket, &theirs.ticket) {
        splices.push((old.clone(), ours.text[new.clone()].to_owned()));
    }
    if let (Some((_, new)), Some((_, old))) = (&ours.base, &theirs.base) {
        splices.push((old.clone(), ours.text[new.clone()].to_owned()));
    }
    splices
}

/// Returns `body` with the ticket's own markers where they are lost: the run before everything, the base behind.
fn with_ticket_markers(ours: &Body, mut body: String) -> String {
    let found = Body::read(&body);
    let line_end = if body.contains("\r\n") { "\r\n" } else { "\n" };
    if let (Some((_, ticket)), None) = (&ours.ticket, &found.ticket) {
        body.insert_str(0, &format!("{}{line_end}", &ours.text[ticket.clone()]));
    }
    if let (Some((_, base)), None) = (&ours.base, &found.base) {
        let end = if body.ends_with('\n') { "" } else { line_end };
        body.push_str(&format!(
            "{end}{line_end}{}{line_end}",
            &ours.text[base.clone()]
        ));
    }
    body
}

/// Tells what the tree changes, and what becomes of each item that was not open.
fn tell(ours: &Body, theirs: &Body, pairs: &Pairs, tree: &Tree, merge: &mut Merge) {
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
        let (kind, text) = match item_at(ours, *our) {
            Some(item) => (ChangeKind::Added, ours.text_of(item).to_owned()),
            None => (ChangeKind::Text, first_line(ours, *our)),
        };
        merge
            .changes
            .push(Change::of(kind, step_id(ours, *our), text));
        if tree.conflicts.contains(our) {
            merge.conflicts.push(Conflict {
                step: None,
                ours: first_line(ours, *our),
                theirs: String::new(),
                standing: false,
            });
        }
    }
    for their in &tree.gone {
        let (kind, text) = match item_at(theirs, *their) {
            Some(item) => (ChangeKind::Removed, theirs.text_of(item).to_owned()),
            None => (
                ChangeKind::Text,
                format!("no more: {}", first_line(theirs, *their)),
            ),
        };
        merge
            .changes
            .push(Change::of(kind, step_id(theirs, *their), text));
    }
    merge.changes.sort_by_key(|change| change.kind);
    for (their, fit) in &pairs.fits {
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
        match (told, fit) {
            (Some(tick), _) if tick.fate == Fate::Kept && moved.contains(their) => {
                tick.fate = Fate::Moved
            }
            (Some(_), _) => {}
            (None, fit) => merge.ticks.push(Tick {
                fate: if matches!(fit, Fit::Joined(_)) {
                    Fate::Joined
                } else {
                    Fate::Gone
                },
                step: id,
                text: theirs.text_of(item).to_owned(),
            }),
        }
    }
}

fn tell_groups(body: &str, groups: Vec<StepId>, merge: &mut Merge) {
    if groups.is_empty() {
        return;
    }
    let body = Body::read(body);
    for id in groups {
        let text = body.item(&id).map(|item| body.text_of(item).to_owned());
        merge.changes.push(Change::of(
            ChangeKind::Group,
            Some(id),
            text.unwrap_or_default(),
        ));
    }
}

/// Adds the conflicts that the body shows from an earlier merge.
fn tell_standing(body: &str, merge: &mut Merge) {
    let new = merge
        .conflicts
        .iter()
        .filter(|conflict| !conflict.ours.is_empty())
        .count();
    let body = Body::read(body);
    let shown = body
        .nodes
        .iter()
        .filter(|node| node.kind == NodeKind::Conflict);
    let marks: Vec<_> = shown.collect();
    if marks.len() <= new {
        return;
    }
    for mark in marks {
        let holder = mark.parent.and_then(|parent| item_at(&body, parent));
        let step = holder.and_then(Item::step).map(|marker| marker.id.clone());
        let ours = line::mark_text(&body.text[mark.start..mark.content_end]);
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
