//! What people and CI jobs report about steps.

pub mod line;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What was reported about a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Outcome {
    /// It is done.
    Done,
    /// It is open again.
    #[serde(rename = "open")]
    Undone,
    /// It was left out, and why.
    Skipped {
        /// Why.
        reason: String,
    },
    /// It was tried and did not work, and why.
    Failed {
        /// Why.
        reason: String,
    },
}

/// "Step X of run R is done": who says so, when, and what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Report {
    /// The run, in any form that is unambiguous.
    pub run: String,
    /// The step: an id, a number or an unambiguous piece of its text.
    pub step: String,
    /// Whether the step's substeps are meant, too.
    #[serde(default)]
    pub all: bool,
    /// What is reported.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Who reports.
    #[serde(default)]
    pub by: Option<String>,
    /// When it happened.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub at: Option<Timestamp>,
    /// What there is to say about it.
    #[serde(default)]
    pub note: Option<String>,
    /// Where the evidence is.
    #[serde(default)]
    pub link: Option<String>,
}
