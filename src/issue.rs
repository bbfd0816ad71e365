//! An issue as every tracker has it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which issue in its tracker: a path, a number, a key.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct IssueRef(pub String);

impl std::fmt::Display for IssueRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an issue is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IssueState {
    /// Open.
    Open,
    /// Closed.
    Closed,
}

/// An issue as it stands in a tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Which one.
    pub reference: IssueRef,
    /// Where a person opens it: an address or a path.
    pub location: String,
    /// The title.
    pub title: String,
    /// The body, byte for byte.
    pub body: String,
    /// Whether it is open.
    pub state: IssueState,
    /// The labels, in the tracker's order.
    pub labels: Vec<String>,
    /// The people it is assigned to.
    pub assignees: Vec<String>,
    /// When it was last changed, where the tracker knows.
    pub updated: Option<Timestamp>,
}

/// An issue to be created.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IssueDraft {
    /// The title.
    pub title: String,
    /// The body, with its markers.
    pub body: String,
    /// The labels.
    pub labels: Vec<String>,
    /// The people to assign it to.
    pub assignees: Vec<String>,
    /// The milestone, where the tracker has such a thing.
    pub milestone: Option<String>,
    /// The issue that it is a part of, where the tracker has such a thing.
    pub part_of: Option<IssueRef>,
}

/// What to change in an issue; `None` leaves a member as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IssuePatch {
    /// The new title.
    pub title: Option<String>,
    /// The new body.
    pub body: Option<String>,
    /// The new state.
    pub state: Option<IssueState>,
    /// The new labels, all of them.
    pub labels: Option<Vec<String>>,
}

impl IssuePatch {
    /// Tells whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
