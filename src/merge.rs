//! Merges a freshly rendered ticket with the one that people worked on.

use serde::Serialize;

use crate::body::Notice;
use crate::procedure::StepId;

mod report;

pub use report::{Refused, Reported, report};

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
pub fn merge(ours: &str, theirs: &str, policy: &Policy) -> Merge {
    let _ = policy;
    let found = crate::body::Body::read(theirs);
    let mut body = ours.to_owned();
    for (marker, item) in found.steps() {
        let fresh = crate::body::Body::read(&body);
        if let Some(new) = fresh.item(&marker.id)
            && let Some(splices) = report::set_state(&body, new, &item.state)
        {
            body = crate::body::splice(&body, splices);
        }
    }
    Merge {
        body,
        notices: found.notices,
        ..Merge::default()
    }
}
