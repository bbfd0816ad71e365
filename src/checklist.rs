//! A procedure made concrete for one run: variant chosen, variables filled, text as Markdown.
//!
//! This is what a template gets.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::procedure::{Kind, PhaseKind, Setting, StepId};
use crate::run::{RunKey, Variant};

/// A procedure made concrete for one run; a template's whole context.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Checklist {
    /// The procedure's title, as Markdown on one line.
    pub title: String,
    /// The procedure's slug.
    pub slug: String,
    /// The author's label for the procedure, where there is one.
    pub label: Option<String>,
    /// The path of the source, relative to the config, with `/` between its parts.
    pub source: String,
    /// A hash of the procedure's own content; no line, commit or date goes into it.
    pub hash: String,
    /// The run it is for; `None` for a template.
    pub run: Option<RunKey>,
    /// The chosen values.
    pub variant: Variant,
    /// What the procedure is for, as Markdown; empty where the author says nothing.
    pub summary: String,
    /// What must be true before it starts, each as Markdown on one line.
    pub preconditions: Vec<String>,
    /// The groups of items, in order.
    pub phases: Vec<ChecklistPhase>,
}

/// A phase in a checklist.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ChecklistPhase {
    /// The heading, as Markdown on one line; empty where the procedure has only this phase.
    pub title: String,
    /// When it runs.
    pub kind: PhaseKind,
    /// Its steps and what stands between them, flattened: an item's substeps follow it, one `depth` deeper.
    pub items: Vec<Item>,
}

/// A step as it stands in a checklist.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Item {
    /// The step's id.
    pub id: StepId,
    /// Its number in the checklist (`2.1`; the phase comes first where there are several); empty without a box.
    pub number: String,
    /// How deep it is nested, 0 for a phase's own.
    pub depth: usize,
    /// The blanks that its line starts with, two a level.
    pub indent: String,
    /// What it asks for.
    pub kind: Kind,
    /// Whether it gets a box.
    pub has_box: bool,
    /// Whether the author marked it as optional.
    pub optional: bool,
    /// When it applies, in the author's words.
    pub condition: Option<String>,
    /// Its text, as Markdown on one line.
    pub text: String,
    /// For a setting: the name and the value.
    pub setting: Option<Setting>,
    /// What stands under its line before its substeps, as Markdown blocks, indented to belong to it.
    pub body: String,
    /// What ties its line to the step; stands at the line's end. Empty in a template.
    pub marker: String,
}

/// How an item stands in a ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum State {
    /// Not done.
    #[default]
    Open,
    /// Done.
    Done(Evidence),
    /// Left out, and why.
    Skipped {
        /// Why.
        reason: String,
        /// Who, when, with what.
        #[serde(flatten)]
        evidence: Evidence,
    },
    /// Tried without success, and why.
    Failed {
        /// Why.
        reason: String,
        /// Who, when, with what.
        #[serde(flatten)]
        evidence: Evidence,
    },
}

/// Who reported, when, and what shows it; empty where a person just ticked the box.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Evidence {
    /// Who.
    pub by: Option<String>,
    /// When.
    #[schemars(with = "Option<String>")]
    pub at: Option<Timestamp>,
    /// What there is to say.
    pub note: Option<String>,
    /// Where to look.
    pub link: Option<String>,
}
