//! Sections made into procedures and phases.
//!
//! Every section is drafted first: its own steps, and those of the sections in it. Then, from the outside in,
//! the drafts are told apart: a section that is a procedure, a collection of procedures, a phase of one, a
//! single step, something to have ready before the start, or text that only describes.

use super::kind::Told;
use super::prose::Prose;
use super::steps::{self, Around, Found};
use super::title::Title;
use crate::document::{Block, BlockKind, Inline, InlineKind};
use crate::procedure::{
    Kind, Origin, Part, Phase, PhaseKind, Precondition, Procedure, Step, StepId, steps_in,
};
use crate::source::{Place, Span};

/// A section with what was found in it.
pub(super) struct Draft<'a> {
    /// The section's block; `None` for the document as a whole.
    found: Option<Found<'a>>,
    title: Vec<Inline>,
    reads: Title,
    place: Place,
    labels: Vec<String>,
    /// The blocks before the first section in it.
    blocks: Vec<Found<'a>>,
    /// These, made into steps.
    parts: Vec<Part>,
    /// Whether the section is for giving up.
    abort: bool,
    kids: Vec<Draft<'a>>,
}

/// What a draft is, seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// What must be there or true before the start.
    Context,
    /// Steps, in itself or in its sections.
    Work,
    /// A step of its own: prose and commands under a heading.
    Step,
    /// Nothing to do.
    Text,
}

impl<'a> Draft<'a> {
    /// Returns the draft of a whole document.
    pub(super) fn of_document(page: &'a crate::parse::Page) -> Self {
        let blocks = Found::all(&page.source, &page.document, &page.document.children);
        let whole = Place::new(&page.source, Span::new(0, page.source.text().len()));
        let title = page
            .source
            .path()
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default()
            .to_owned();
        let title = vec![Inline {
            span: Span::default(),
            kind: InlineKind::Text(title.into()),
        }];
        Self::build(
            None,
            title,
            Title::default(),
            whole,
            Vec::new(),
            blocks,
            &Around::default(),
        )
    }

    fn of_section(found: Found<'a>, around: &Around) -> Self {
        let BlockKind::Section(section) = &found.block.kind else {
            return Self::build(
                Some(found),
                Vec::new(),
                Title::default(),
                found.place(),
                Vec::new(),
                Vec::new(),
                around,
            );
        };
        let reads = Title::read(&Prose::of(&section.title));
        let start = section
            .title
            .first()
            .map_or(found.block.span.start, |inline| inline.span.start);
        let place = Place::new(
            found.source,
            Span {
                start,
                ..found.block.span
            },
        );
        let inside = found.inside(&section.children);
        let around = Around {
            abort: around.abort || reads.kind() == PhaseKind::Abort,
            optional: around.optional || reads.optional,
            ..around.clone()
        };
        Self::build(
            Some(found),
            section.title.clone(),
            reads,
            place,
            found.labels(),
            inside,
            &around,
        )
    }

    fn build(
        found: Option<Found<'a>>,
        title: Vec<Inline>,
        reads: Title,
        place: Place,
        labels: Vec<String>,
        inside: Vec<Found<'a>>,
        around: &Around,
    ) -> Self {
        let (sections, blocks): (Vec<_>, Vec<_>) = inside
            .into_iter()
            .partition(|found| matches!(found.block.kind, BlockKind::Section(_)));
        let told = if reads.is_reference() {
            Told::Described
        } else {
            Told::Nothing
        };
        let parts = steps::parts(
            &blocks,
            &Around {
                told,
                ..around.clone()
            },
        );
        let kids = sections
            .into_iter()
            .map(|found| Self::of_section(found, around))
            .collect();
        Self {
            found,
            title,
            reads,
            place,
            labels,
            blocks,
            parts,
            abort: around.abort,
            kids,
        }
    }

    fn role(&self) -> Role {
        if self.reads.is_context() {
            Role::Context
        } else if self.reads.is_reference() && !self.is_strongly_work() {
            Role::Text
        } else if self.has_items() || self.kids.iter().any(Self::is_work) {
            Role::Work
        } else if self.has_deeds() {
            Role::Step
        } else {
            Role::Text
        }
    }

    fn is_work(&self) -> bool {
        matches!(self.role(), Role::Work | Role::Step)
    }

    /// Tells whether items with boxes stand right in the section.
    fn has_items(&self) -> bool {
        all_steps(&self.parts)
            .iter()
            .any(|step| step.has_box && step.origin == Origin::Item)
    }

    /// Tells whether the section's prose asks for something or has something to type.
    fn has_deeds(&self) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Command(_)))
            || all_steps(&self.parts).iter().any(|step| step.has_box)
    }

    /// Tells whether a section with a heading of text has sections that are steps beyond doubt.
    fn is_strongly_work(&self) -> bool {
        self.kids
            .iter()
            .any(|kid| kid.reads.numbered && kid.is_work())
    }

    fn works(&self) -> impl Iterator<Item = &Self> {
        self.kids.iter().filter(|kid| kid.is_work())
    }

    fn has_context(&self) -> bool {
        self.kids.iter().any(|kid| kid.role() == Role::Context)
    }

    /// Tells whether the section would stand as a procedure of its own next to its neighbours.
    fn stands_alone(&self) -> bool {
        if self.reads.is_part() || self.role() != Role::Work {
            return false;
        }
        self.has_context()
            || self.reads.is_whole()
            || self.kids.iter().filter(|kid| kid.is_work()).count() >= 2
            || self
                .kids
                .iter()
                .any(|kid| kid.reads.is_generic() && kid.is_work())
    }

    /// Tells whether the sections in it are procedures rather than phases.
    fn is_collection(&self) -> bool {
        let works: Vec<_> = self.works().collect();
        if self.has_items() && self.found.is_some() {
            return false;
        }
        let alone = works.iter().filter(|kid| kid.stands_alone()).count();
        let parts = works.iter().filter(|kid| kid.reads.is_part()).count();
        match works.len() {
            0 => false,
            1 => {
                let kid = works[0];
                !self.has_context()
                    && !kid.reads.is_part()
                    && (self.found.is_none()
                        || kid.role() == Role::Work
                            && !self.reads.asks
                            && (!self.reads.is_whole() || kid.stands_alone()))
            }
            count => {
                if self.found.is_none() {
                    return true;
                }
                if parts * 2 >= count {
                    return false;
                }
                if self.reads.is_collection() {
                    return true;
                }
                alone * 2 >= count && !(self.reads.is_whole() && self.has_context())
            }
        }
    }

    /// Returns the procedures in the draft, in the order of the text.
    pub(super) fn procedures(&self) -> Vec<Procedure> {
        match self.role() {
            Role::Context | Role::Text if self.found.is_some() => return Vec::new(),
            _ => {}
        }
        if self.is_collection() || self.found.is_none() && !self.has_items() {
            return self.kids.iter().flat_map(Self::procedures).collect();
        }
        let procedure = self.procedure();
        let deeds = procedure.steps().filter(|step| step.has_box).count();
        if deeds == 0 {
            Vec::new()
        } else {
            vec![procedure]
        }
    }

    /// Returns the draft as one procedure.
    fn procedure(&self) -> Procedure {
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
            kid.add_to(&mut phases, &mut preconditions, self);
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

    /// Adds the draft, a section in `owner`, to the phases of the procedure.
    fn add_to(&self, phases: &mut Phases, preconditions: &mut Vec<Precondition>, owner: &Self) {
        match self.role() {
            Role::Context => preconditions.extend(self.preconditions()),
            Role::Text => {}
            Role::Step => phases.step(self.as_step(), owner),
            Role::Work => {
                let kind = if self.abort {
                    PhaseKind::Abort
                } else {
                    self.reads.kind()
                };
                phases.push(self, self.parts.clone(), kind);
                let own = phases.list.len() - 1;
                phases.own = Some(own);
                for kid in &self.kids {
                    kid.add_to(phases, preconditions, self);
                }
                phases.own = None;
            }
        }
    }

    /// Returns the section as one step: its heading, over its prose and commands.
    fn as_step(&self) -> Step {
        let prose = Prose::of(&self.title);
        let kind = if super::kind::is_check(&prose) {
            Kind::Check
        } else {
            Kind::Action
        };
        let parts = steps::parts(
            &self.blocks,
            &Around {
                parent: Some(kind),
                abort: self.abort,
                ..Around::default()
            },
        );
        Step {
            id: StepId(String::new()),
            kind,
            has_box: true,
            origin: Origin::Section,
            number: None,
            text: self.title.clone(),
            setting: None,
            optional: self.reads.optional,
            condition: None,
            path: Vec::new(),
            labels: self.labels.clone(),
            links: Vec::new(),
            parts,
            place: self.place.clone(),
        }
    }

    /// Returns what the section asks to be there or true: its items, else its paragraphs.
    fn preconditions(&self) -> Vec<Precondition> {
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

fn all_steps(parts: &[Part]) -> Vec<&Step> {
    steps_in(parts).flat_map(Step::walk).collect()
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

    /// Adds a section that is a step to the phase of its `owner`, or to a new one where another came in between.
    fn step(&mut self, step: Step, owner: &Draft<'_>) {
        if self.own.is_none_or(|own| own + 1 != self.list.len()) {
            let kind = if owner.abort {
                PhaseKind::Abort
            } else {
                PhaseKind::Main
            };
            self.push(owner, Vec::new(), kind);
            self.own = Some(self.list.len() - 1);
        }
        if let Some(phase) = self.list.last_mut() {
            phase.parts.push(Part::Step(step));
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
            let same = titles[at - 1].is_generic()
                && titles[at].last_word() == titles[at - 1].last_word()
                && !titles[at].is_generic()
                && self.list[at].kind == PhaseKind::Main;
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
