//! A procedure made concrete for one run: variant chosen, variables filled, text as Markdown.
//!
//! This is what a template gets.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::procedure::{Kind, PhaseKind, Setting, StepId};
use crate::run::{RunKey, Variant};

/// A procedure made concrete for one run; a template's whole context.
///
/// "Markdown" is text in which the document's own characters are escaped; a field named `plain_...` is
/// text without markup, for places that read no Markdown (a ticket's title, YAML, HTML).
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Checklist {
    /// The procedure's title, as Markdown on one line.
    pub title: String,
    /// The title as plain text; the slug where there is none.
    pub plain_title: String,
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
    /// The chosen values, by axis.
    pub variant: Variant,
    /// The chosen values alone, joined by `, `; empty where nothing is chosen.
    pub variant_name: String,
    /// What the procedure is for, as Markdown blocks that end with a line end; empty where the author says nothing.
    pub summary: String,
    /// The summary's first sentence as plain text; empty where there is none.
    pub plain_summary: String,
    /// What must be true before it starts, each as Markdown on one line.
    pub preconditions: Vec<String>,
    /// The groups of items, in order.
    pub phases: Vec<ChecklistPhase>,
}

/// A phase in a checklist.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ChecklistPhase {
    /// Its ordinal among the phases with boxes; empty where it is the only one, or has none.
    pub number: String,
    /// The heading, as Markdown on one line; empty where it is the procedure's own or there is only this phase.
    pub title: String,
    /// The heading as plain text.
    pub plain_title: String,
    /// When it runs.
    pub kind: PhaseKind,
    /// For an alternative: the `title` of the phase that it stands in for.
    pub replaces: Option<String>,
    /// How many of its items have a box.
    pub boxes: usize,
    /// The texts of the lines without a box that stand before its first box.
    pub notes: Vec<String>,
    /// Its steps and what stands between them, flattened: an item's substeps follow it, one `depth` deeper.
    pub items: Vec<Item>,
}

/// A step as it stands in a checklist, or what stands between two steps.
///
/// What stands between steps (running text, a table) has no `id` and no `text`, only a `body`.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Item {
    /// The step's id.
    pub id: Option<StepId>,
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
    /// Whether the author marked it as optional; its text says so.
    pub optional: bool,
    /// When it applies, in the author's words.
    pub condition: Option<String>,
    /// Its text, as Markdown on one line; a command of one line stands at its end.
    pub text: String,
    /// For a setting: the name and the value.
    pub setting: Option<Setting>,
    /// The commands under its line, as written, but for the one in its text.
    pub commands: Vec<String>,
    /// What stands under its line before its substeps, as Markdown lines indented to belong to it, the commands included;
    /// empty, or ends with a line end.
    pub body: String,
    /// For an item with a box: the texts of the lines without one that follow it, up to the next box.
    pub notes: Vec<String>,
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

impl State {
    /// Returns who brought it about, when, with what; `None` where it is open.
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Open => None,
            Self::Done(evidence)
            | Self::Skipped { evidence, .. }
            | Self::Failed { evidence, .. } => Some(evidence),
        }
    }

    /// Returns it in a word, as in a ticket and in JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done(_) => "done",
            Self::Skipped { .. } => "skipped",
            Self::Failed { .. } => "failed",
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_context_is_documented() {
        let schema = serde_json::to_value(schemars::schema_for!(Checklist)).unwrap();
        let of = |path: &str| schema.pointer(path).and_then(|of| of.as_object()).unwrap();
        let fields = [
            of("/properties"),
            of("/$defs/ChecklistPhase/properties"),
            of("/$defs/Item/properties"),
        ];
        for (name, field) in fields.into_iter().flatten() {
            assert!(field.get("description").is_some(), "{name}");
        }
    }
}
