//! Merges a freshly rendered ticket with the one that people worked on.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use crate::align::Fit;
use crate::body::marker::VERSION;
use crate::body::{Body, Notice, TicketMarker};
use crate::procedure::StepId;

mod line;
mod mark;
mod pair;
mod report;
mod tell;
mod tree;
mod unmarked;
mod write;

pub use report::{Group, Refused, Reported, agree, report, set};

use line::LineMerge;
use pair::{item_at, pair};
use tree::Build;

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
    /// What is worth telling about the ticket's pin.
    pub pinned: Option<String>,
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
    /// It stands on a part of its step, too, which was split.
    Split,
    /// It went, since its step has other words now.
    Unticked,
    /// It went, since it cannot be told which of several like steps was done.
    Doubtful,
    /// It went: its step was joined with one that is not done.
    Part,
    /// It went: it only said that the substeps were done, and the step has none any more.
    Ungrouped,
    /// Its step was joined with another one, whose tick tells.
    Joined,
    /// It went: it said that the substeps were done, and one is open now.
    Reopened,
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
        // Where a line has got its marker back, what it says is known.
        merge.conflicts.retain(|conflict| {
            let is_same = |other: &Conflict| other.step == conflict.step;
            conflict.ours.is_empty() || again.conflicts.iter().any(is_same)
        });
        merge
            .changes
            .retain(|change| change.kind != ChangeKind::Marker);
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

/// Returns the conflicts that a ticket's body shows.
pub fn standing(body: &str) -> Vec<Conflict> {
    let mut merge = Merge::default();
    tell::standing(body, &mut merge);
    merge.conflicts
}

impl Merge {
    /// Tells whether the procedure brings a change: groups that follow their substeps and hidden markers are none.
    pub fn is_of_the_procedure(&self) -> bool {
        let is_quiet = |kind| matches!(kind, ChangeKind::Group | ChangeKind::Marker);
        self.changes.iter().any(|change| !is_quiet(change.kind))
            || self.conflicts.iter().any(|conflict| !conflict.standing)
    }
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
    let mut pairs = pair(ours, &found);
    let mut merge = Merge {
        notices: found.notices.clone(),
        ..Merge::default()
    };
    tell::lost(ours, &found, &pairs, &mut merge.notices);
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
    tell::splits(ours, &found, &mut pairs, &mut merge);
    let tree = Build::tree(ours, &found, &pairs, marks);
    tell::tell(ours, &found, &pairs, &tree, &mut merge);
    for their in &tree.kept {
        if let Some(item) = item_at(&found, *their) {
            splices.extend(line::without_step(theirs, item));
            splices.extend(line::without_mark(&found, *their, item));
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
    tell::groups(&body, groups, &mut merge);
    if merge.changes.is_empty() && body != theirs {
        merge.changes.push(Change::of(
            ChangeKind::Marker,
            None,
            "the hidden markers are brought up to date",
        ));
    }
    tell::standing(&body, &mut merge);
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
    if let (Some((new, _)), Some((old, at))) = (&ours.ticket, &theirs.ticket) {
        let marker = TicketMarker {
            pin: old.pin.clone(),
            closed: old.closed,
            owes: old.owes.clone(),
            ..new.clone()
        };
        splices.push((at.clone(), marker.to_string()));
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
