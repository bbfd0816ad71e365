//! The procedures found, as `list --format json` prints them.

use serde::Serialize;

use crate::document::plain_text;
use crate::procedure::{
    Kind, Link, Origin, Part, Phase, PhaseKind, Procedure, Setting, Step, StepId,
};
use crate::source::Place;

/// The procedures found in some sources.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Listing {
    /// The procedures, in the order of the sources.
    pub procedures: Vec<ListedProcedure>,
}

/// One procedure.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ListedProcedure {
    /// Its slug, unique over all sources.
    pub slug: String,
    /// The author's labels for it.
    pub labels: Vec<String>,
    /// Its title.
    pub title: String,
    /// The path of its source.
    pub source: String,
    /// The line of its heading, counted from 1.
    pub line: usize,
    /// What must be true before it starts.
    pub preconditions: Vec<ListedText>,
    /// Its phases, in order.
    pub phases: Vec<ListedPhase>,
}

/// A text and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ListedText {
    /// The text.
    pub text: String,
    /// Its line, counted from 1.
    pub line: usize,
}

/// One phase.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ListedPhase {
    /// Its heading.
    pub title: String,
    /// The line of its heading, counted from 1.
    pub line: usize,
    /// When it runs.
    pub kind: PhaseKind,
    /// For an alternative: the index of the phase that it stands in for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<usize>,
    /// Its steps.
    pub steps: Vec<ListedStep>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ListedStep {
    /// Its id, unique in the procedure.
    pub id: StepId,
    /// Its text.
    pub text: String,
    /// Its line, counted from 1.
    pub line: usize,
    /// What it asks for.
    pub kind: Kind,
    /// Whether it gets a box.
    #[serde(rename = "box")]
    pub has_box: bool,
    /// Whether the author marked it as optional.
    pub optional: bool,
    /// How it is written.
    pub from: Origin,
    /// When it applies, in the author's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// For a setting: its name and value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<Setting>,
    /// For whom it is, by the tabs and the like around it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// Where its text sends the reader.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// What there is to type, in its text or under it.
    pub commands: Vec<String>,
    /// Its substeps.
    pub steps: Vec<Self>,
}

/// Returns `procedures` as `list --format json` prints them.
pub fn listing(procedures: &[Procedure]) -> Listing {
    Listing {
        procedures: procedures.iter().map(procedure).collect(),
    }
}

fn procedure(procedure: &Procedure) -> ListedProcedure {
    ListedProcedure {
        slug: procedure.slug.clone(),
        labels: procedure.labels.clone(),
        title: plain_text(&procedure.title),
        source: path(&procedure.place),
        line: procedure.place.line(),
        preconditions: procedure
            .preconditions
            .iter()
            .map(|precondition| ListedText {
                text: plain_text(&precondition.text),
                line: precondition.place.line(),
            })
            .collect(),
        phases: procedure.phases.iter().map(phase).collect(),
    }
}

fn path(place: &Place) -> String {
    place.path().to_string_lossy().replace('\\', "/")
}

fn phase(phase: &Phase) -> ListedPhase {
    ListedPhase {
        title: plain_text(&phase.title),
        line: phase.place.line(),
        kind: phase.kind,
        replaces: phase.replaces,
        steps: steps(&phase.parts),
    }
}

fn steps(parts: &[Part]) -> Vec<ListedStep> {
    crate::procedure::steps_in(parts).map(step).collect()
}

fn step(step: &Step) -> ListedStep {
    let mut commands = super::command::inline_commands(&step.text);
    commands.extend(step.commands().map(|command| command.text.clone()));
    ListedStep {
        id: step.id.clone(),
        text: step.plain_text(),
        line: step.place.line(),
        kind: step.kind,
        has_box: step.has_box,
        optional: step.optional,
        from: step.origin,
        condition: step.condition.clone(),
        setting: step.setting.clone(),
        path: step.path.clone(),
        links: step.links.clone(),
        commands,
        steps: steps(&step.parts),
    }
}
