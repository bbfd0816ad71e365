//! A procedure as an author wrote it: phases, steps, kinds, commands, settings.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::document::{Block, Inline, plain_text};
use crate::source::Place;

pub mod command;
pub mod listing;

/// A named set of steps in a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Procedure {
    /// The title by GitHub's heading rule, unique over all sources.
    pub slug: String,
    /// The labels that the author put on it, in order.
    pub labels: Vec<String>,
    /// The title.
    pub title: Vec<Inline>,
    /// What it is for, in the author's words; the blocks before the first step or heading.
    pub summary: Vec<Block>,
    /// What must be true before it starts.
    pub preconditions: Vec<Precondition>,
    /// The groups of steps, in order.
    pub phases: Vec<Phase>,
    /// The section, or the document where the whole document is the procedure.
    pub place: Place,
}

impl Procedure {
    /// Returns what identifies it over renamings: the author's first label, else the slug.
    pub fn identity(&self) -> &str {
        self.labels.first().unwrap_or(&self.slug)
    }

    /// Returns every step, substeps after their step, in the order of the document.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.phases
            .iter()
            .flat_map(|phase| steps_in(&phase.parts))
            .flat_map(Step::walk)
    }
}

/// Something that must be true before a procedure starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Precondition {
    /// The author's words.
    pub text: Vec<Inline>,
    /// Where they stand.
    pub place: Place,
}

/// A group of steps under one heading.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// The heading; the procedure's own title where its steps stand right under it.
    pub title: Vec<Inline>,
    /// The labels that the author put on it.
    pub labels: Vec<String>,
    /// When it runs.
    pub kind: PhaseKind,
    /// For an alternative: the index of the phase that it stands in for.
    pub replaces: Option<usize>,
    /// Steps, and what stands before and between them, in the order of the document.
    pub parts: Vec<Part>,
    /// The section.
    pub place: Place,
}

impl Phase {
    /// Follows the phases of its procedure to where they are `moved`; `None` for those that are gone.
    ///
    /// What stood in for a phase that is gone is the work itself.
    pub(crate) fn follow(&mut self, moved: &[Option<usize>]) {
        let follow = |at: usize| moved.get(at).copied().flatten();
        if let Some(replaced) = self.replaces {
            self.replaces = follow(replaced);
            if self.replaces.is_none() {
                self.kind = PhaseKind::Main;
            }
        }
        fn steps(parts: &mut [Part], follow: &dyn Fn(usize) -> Option<usize>) {
            for part in parts {
                if let Part::Step(step) = part {
                    step.links.retain_mut(|link| match link {
                        Link::Phase(at) => follow(*at).map(|new| *at = new).is_some(),
                        Link::Step(_) | Link::Procedure(_) => true,
                    });
                    steps(&mut step.parts, follow);
                }
            }
        }
        steps(&mut self.parts, &follow);
    }

    /// Returns the steps directly in the phase.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        steps_in(&self.parts)
    }
}

/// When a phase runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseKind {
    /// Before the main work.
    Before,
    /// The main work.
    Main,
    /// After the main work.
    After,
    /// Only when the work is given up.
    Abort,
    /// Instead of another phase.
    Alternative,
}

impl PhaseKind {
    /// Returns the kind's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Main => "main",
            Self::After => "after",
            Self::Abort => "abort",
            Self::Alternative => "alternative",
        }
    }
}

/// One piece of a phase or step.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A step of its own.
    Step(Step),
    /// Something to type.
    Command(Command),
    /// Anything else that belongs here: a table, a picture, running text that is no step.
    Block(Block),
}

/// One thing to do, or to know while doing it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its name in the procedure.
    pub id: StepId,
    /// What it asks for.
    pub kind: Kind,
    /// Whether it gets a box; follows [`Kind::has_box`] unless the author or the config says otherwise.
    pub has_box: bool,
    /// How it is written.
    pub origin: Origin,
    /// The number or letter that the author gave it, without brackets or full stop.
    pub number: Option<String>,
    /// The author's words, without commands that stand in blocks of their own.
    pub text: Vec<Inline>,
    /// For a setting: the name and the value.
    pub setting: Option<Setting>,
    /// Whether the author marked it as optional.
    pub optional: bool,
    /// When it applies, in the author's words (`for v1 modules`, `if this model uses LSM`).
    pub condition: Option<String>,
    /// The directives around it that say for whom it is (a tab's title, an `only` expression), outermost first.
    pub path: Vec<String>,
    /// The labels that the author put on it.
    pub labels: Vec<String>,
    /// Steps and procedures that its text sends the reader to.
    pub links: Vec<Link>,
    /// Substeps, commands and other blocks, in the order of the document.
    pub parts: Vec<Part>,
    /// Where it stands.
    pub place: Place,
}

impl Step {
    /// Returns the text as a reader sees it.
    pub fn plain_text(&self) -> String {
        plain_text(&self.text)
    }

    /// Returns the steps directly under it.
    pub fn steps(&self) -> impl Iterator<Item = &Self> {
        steps_in(&self.parts)
    }

    /// Returns the commands directly under it.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.parts.iter().filter_map(|part| match part {
            Part::Command(command) => Some(command),
            Part::Step(_) | Part::Block(_) => None,
        })
    }

    /// Returns the step and all under it, in the order of the document.
    pub fn walk(&self) -> Vec<&Self> {
        let mut found = vec![self];
        for step in self.steps() {
            found.extend(step.walk());
        }
        found
    }
}

/// Returns the steps among `parts`.
pub fn steps_in(parts: &[Part]) -> impl Iterator<Item = &Step> {
    parts.iter().filter_map(|part| match part {
        Part::Step(step) => Some(step),
        Part::Command(_) | Part::Block(_) => None,
    })
}

/// A step's name: readable, unique in its procedure, stable under rewording elsewhere, renumbering and moves.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct StepId(pub String);

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a step asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Do something.
    Action,
    /// Verify something.
    Check,
    /// Give a setting a value, or verify that it has it.
    Setting,
    /// What will be seen.
    Expectation,
    /// What is worth knowing.
    Note,
    /// What to do if it goes wrong.
    Contingency,
}

impl Kind {
    /// Tells whether a step of this kind gets a box: actions, checks and settings do.
    pub fn has_box(self) -> bool {
        matches!(self, Self::Action | Self::Check | Self::Setting)
    }

    /// Returns the kind's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Check => "check",
            Self::Setting => "setting",
            Self::Expectation => "expectation",
            Self::Note => "note",
            Self::Contingency => "contingency",
        }
    }
}

/// How a step is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// As an item of a list.
    Item,
    /// As a section: an imperative title over prose and commands.
    Section,
    /// As a paragraph, or an admonition.
    Paragraph,
}

/// A setting and the value it should have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Setting {
    /// The setting's name.
    pub name: String,
    /// The value, where the author gives one.
    pub value: Option<String>,
}

/// Something to type.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// The lines, joined by `\n`.
    pub text: String,
    /// The language named by the author.
    pub language: Option<String>,
    /// The caption given by the author.
    pub caption: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// Where a step's text sends the reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// To a step of the same procedure.
    Step(StepId),
    /// To a phase of the same procedure, by its index.
    Phase(usize),
    /// To another procedure, by its slug.
    Procedure(String),
}
