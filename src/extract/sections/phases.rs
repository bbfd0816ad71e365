//! A draft made into one procedure: its summary, what it needs, and its phases.

use super::{Draft, Role, all_steps};
use crate::document::{Block, BlockKind};
use crate::extract::kind;
use crate::extract::prose::Prose;
use crate::extract::steps::{self, Around, Found};
use crate::extract::title::Title;
use crate::procedure::{
    Kind, Origin, Part, Phase, PhaseKind, Precondition, Procedure, Step, StepId,
};

impl Draft<'_> {
    /// Returns the draft as one procedure.
    pub(super) fn procedure(&self) -> Procedure {
        let mut phases = Phases {
            list: Vec::new(),
            own: None,
        };
        let mut preconditions = Vec::new();
        let first_step = self
            .blocks
            .iter()
            .position(|found| !self.is_summary(found))
            .unwrap_or(self.blocks.len());
        let summary: Vec<Block> = self.blocks[..first_step]
            .iter()
            .filter(|found| !steps::is_silent(found.block))
            .map(|found| found.block.clone())
            .collect();
        let parts = self.without_summary(&summary);
        if self.has_items()
            || self.has_deeds()
            || parts.iter().any(|part| matches!(part, Part::Step(_)))
        {
            phases.push(self, parts, PhaseKind::Main);
            phases.own = Some(0);
        }
        for kid in &self.kids {
            kid.add_to(&mut phases, &mut preconditions, self, Outer::MAIN);
        }
        phases.mark_alternatives();
        Procedure {
            slug: String::new(),
            labels: self.labels.clone(),
            title: self.title.clone(),
            summary,
            preconditions,
            phases: phases.list,
            place: self.place.clone(),
        }
    }

    /// Returns the draft as a procedure of its paragraphs' steps, or of itself as the one step where these ask for nothing.
    pub(super) fn procedure_of_one(&self) -> Procedure {
        let mut procedure = self.procedure();
        let has_boxes = procedure.steps().any(|step| step.has_box);
        if !has_boxes && let Some(phase) = procedure.phases.first_mut() {
            phase.parts = vec![Part::Step(self.as_step())];
        }
        procedure
    }

    /// Returns the phases that the draft would add to a procedure before or behind it, a section in `owner`.
    pub(super) fn as_phases(&self, owner: &Self) -> Vec<Phase> {
        let mut phases = Phases {
            list: Vec::new(),
            own: None,
        };
        self.add_to(&mut phases, &mut Vec::new(), owner, Outer::MAIN);
        phases.list
    }

    /// Returns when the draft's steps run, in a section whose steps run at `outer`.
    fn kind_within(&self, outer: PhaseKind) -> PhaseKind {
        if let Some(wished) = self.wish.phase {
            return wished;
        }
        match (outer, self.reads.kind()) {
            (PhaseKind::Abort, _) => PhaseKind::Abort,
            (PhaseKind::Before | PhaseKind::After, PhaseKind::Main) => outer,
            (_, own) => own,
        }
    }

    /// Adds the draft, a section in `owner`, to the phases of the procedure; `outer` tells of the section around it.
    fn add_to(
        &self,
        phases: &mut Phases,
        preconditions: &mut Vec<Precondition>,
        owner: &Self,
        outer: Outer,
    ) {
        let kind = self.kind_within(outer.kind);
        // Who gives up needs each step of it.
        let optional =
            (outer.optional || self.reads.optional) && self.reads.kind() != PhaseKind::Abort;
        let mark = |mut parts: Vec<Part>| {
            if optional {
                mark_optional(&mut parts);
            }
            parts
        };
        match self.role {
            Role::Context => preconditions.extend(self.preconditions()),
            Role::Text => {}
            Role::Step if kind == PhaseKind::Abort && self.reads.kind() == PhaseKind::Abort => {
                let step = self.as_step();
                phases.push(self, vec![Part::Step(step)], PhaseKind::Abort);
            }
            Role::Step => {
                for part in mark(vec![Part::Step(self.as_step())]) {
                    phases.step(part, owner, outer.kind);
                }
            }
            Role::Work => {
                phases.push(self, mark(self.parts.clone()), kind);
                let own = phases.list.len() - 1;
                phases.own = Some(own);
                for kid in &self.kids {
                    kid.add_to(phases, preconditions, self, Outer { kind, optional });
                }
                phases.own = None;
            }
        }
    }

    /// Returns the section as one step: its heading, over its prose and commands.
    fn as_step(&self) -> Step {
        let prose = Prose::of(&self.title);
        let kind = if kind::is_check(&prose) {
            Kind::Check
        } else {
            Kind::Action
        };
        let mut parts = steps::parts(
            &self.blocks,
            &Around {
                parent: Some(kind),
                ..self.around.clone()
            },
        );
        parts.extend(self.works().map(|kid| Part::Step(kid.as_step())));
        Step {
            id: StepId(String::new()),
            kind,
            has_box: true,
            origin: Origin::Section,
            number: None,
            text: self.title.clone(),
            setting: None,
            optional: self.reads.optional && self.reads.kind() != PhaseKind::Abort,
            condition: None,
            path: Vec::new(),
            labels: self.labels.clone(),
            links: Vec::new(),
            parts,
            place: self.place.clone(),
        }
    }

    /// Returns what the section asks to be there or true: its items, else its paragraphs.
    pub(super) fn preconditions(&self) -> Vec<Precondition> {
        let mut found: Vec<Precondition> = all_steps(&self.parts)
            .into_iter()
            .filter(|step| step.origin == Origin::Item)
            .map(|step| Precondition {
                text: step.text.clone(),
                place: step.place.clone(),
            })
            .collect();
        if found.is_empty() {
            found = self
                .blocks
                .iter()
                .filter_map(|found| match &found.block.kind {
                    BlockKind::Paragraph(text) => Some(Precondition {
                        text: text.clone(),
                        place: found.place(),
                    }),
                    _ => None,
                })
                .collect();
        }
        for kid in &self.kids {
            found.extend(kid.preconditions());
        }
        found
    }

    /// Tells whether a block only says what the procedure is for.
    fn is_summary(&self, found: &Found<'_>) -> bool {
        steps::is_silent(found.block)
            || self
                .parts
                .iter()
                .any(|part| matches!(part, Part::Block(block) if block.span == found.block.span))
    }

    /// Returns the own parts without the blocks that went into the summary.
    fn without_summary(&self, summary: &[Block]) -> Vec<Part> {
        let skip = summary
            .iter()
            .filter(|block| !steps::is_silent(block))
            .count();
        self.parts.iter().skip(skip).cloned().collect()
    }
}

/// What the section around a section in a procedure says of it.
///
/// That a procedure as a whole is for one case makes none of its steps optional; that a section in it is, does.
#[derive(Clone, Copy)]
struct Outer {
    /// When its steps run.
    kind: PhaseKind,
    /// It applies in some cases only.
    optional: bool,
}

impl Outer {
    const MAIN: Self = Self {
        kind: PhaseKind::Main,
        optional: false,
    };
}

/// Marks all steps with boxes, at any depth, as optional.
fn mark_optional(parts: &mut [Part]) {
    for part in parts {
        if let Part::Step(step) = part {
            step.optional |= step.has_box;
            mark_optional(&mut step.parts);
        }
    }
}

/// The phases of a procedure as they are found.
struct Phases {
    list: Vec<Phase>,
    /// The phase that belongs to the section whose sections are being added, where nothing came in between.
    own: Option<usize>,
}

impl Phases {
    fn push(&mut self, draft: &Draft<'_>, parts: Vec<Part>, kind: PhaseKind) {
        self.list.push(Phase {
            title: draft.title.clone(),
            labels: draft.labels.clone(),
            kind,
            replaces: None,
            parts,
            place: draft.place.clone(),
        });
    }

    /// Adds a section that is a step to the phase of its `owner`, or to a new one of the same `kind` where another came
    /// in between.
    fn step(&mut self, step: Part, owner: &Draft<'_>, kind: PhaseKind) {
        if self.own.is_none_or(|own| own + 1 != self.list.len()) {
            self.push(owner, Vec::new(), kind);
            self.own = Some(self.list.len() - 1);
        }
        if let Some(phase) = self.list.last_mut() {
            phase.parts.push(step);
        }
    }

    /// Finds the phases that stand in for the one before: their headings say so, or name the same thing again.
    fn mark_alternatives(&mut self) {
        let titles: Vec<Title> = self
            .list
            .iter()
            .map(|phase| Title::read(&Prose::of(&phase.title)))
            .collect();
        for at in 1..self.list.len() {
            let main = self.list[at].kind == PhaseKind::Main;
            let again = titles[at - 1].is_generic()
                && titles[at].last_word() == titles[at - 1].last_word()
                && !titles[at].is_generic();
            let slower = titles[at].is_slower()
                && self.list[..at]
                    .iter()
                    .any(|phase| phase.kind == PhaseKind::Main);
            let same = main && (again || slower);
            if same {
                self.list[at].kind = PhaseKind::Alternative;
            }
            if self.list[at].kind == PhaseKind::Alternative {
                self.list[at].replaces = (0..at)
                    .rev()
                    .find(|&before| self.list[before].kind == PhaseKind::Main);
            }
        }
    }
}
