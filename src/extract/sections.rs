//! Sections made into procedures and phases.
//!
//! Every section is drafted first: its own steps, and those of the sections in it. Then, from the outside in,
//! the drafts are told apart: a section that is a procedure, a collection of procedures, a phase of one, a
//! single step, something to have ready before the start, or text that only describes.

use std::collections::HashMap;
use std::rc::Rc;

use super::lexicon;
use super::overrides::{SectionAs, SectionWish, Wishes};
use super::prose::Prose;
use super::steps::{self, Around, Found, Outline, Target};
use super::title::Title;
use super::told::Told;
use crate::document::{BlockKind, Inline, InlineKind, Section, plain_text};
use crate::parse::Page;
use crate::procedure::{Origin, Part, PhaseKind, Procedure, Step, steps_in};
use crate::source::{Place, Span};
use case::{opens_case_of_work, opens_with_case};
use front_matter::FrontMatter;

mod case;
mod collection;
mod evidence;
mod front_matter;
mod phases;

/// A section with what was found in it.
pub(super) struct Draft<'a> {
    /// The section's block; `None` for the document as a whole.
    found: Option<Found<'a>>,
    /// What the document's front matter says of it; nothing for a section.
    front: FrontMatter,
    title: Vec<Inline>,
    reads: Title,
    place: Place,
    labels: Vec<String>,
    /// The blocks before the first section in it.
    blocks: Vec<Found<'a>>,
    /// These, made into steps.
    parts: Vec<Part>,
    /// What stands around the section and holds in it.
    around: Around,
    /// What the author or the config says of it.
    wish: SectionWish,
    /// The sections in it.
    kids: Vec<Draft<'a>>,
    role: Role,
}

/// A section's heading and what is known from it.
struct Heading {
    title: Vec<Inline>,
    reads: Title,
    place: Place,
    labels: Vec<String>,
    wish: SectionWish,
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

/// Tells whether a draft is of a whole page, or of its only heading.
fn is_outermost(found: Option<&Found<'_>>) -> bool {
    found.is_none_or(
        |found| matches!(&found.block.kind, BlockKind::Section(section) if section.level == 1),
    )
}

impl<'a> Draft<'a> {
    /// Returns the draft of a whole document.
    pub(super) fn of_document(
        page: &'a Page,
        titles: &Rc<HashMap<String, Target>>,
        wishes: &Rc<Wishes>,
    ) -> Self {
        let blocks = Found::all(&page.source, &page.document, &page.document.children);
        let whole = Place::new(&page.source, Span::new(0, page.source.text().len()));
        let front = FrontMatter::of(&page.document);
        let stem = page.source.path().file_stem();
        let title = match front.title() {
            Some(title) => title.to_owned(),
            None => stem
                .and_then(|stem| stem.to_str())
                .unwrap_or_default()
                .to_owned(),
        };
        let title = vec![Inline {
            span: Span::default(),
            kind: InlineKind::Text(title.into()),
        }];
        let around = Around {
            titles: Rc::clone(titles),
            outline: Rc::new(Outline::of(&page.document.children)),
            ..Around::default()
        };
        let reads = match front.title() {
            Some(_) => Title::read(&Prose::of(&title)),
            None => Title::default(),
        };
        let heading = Heading {
            title,
            reads,
            place: whole,
            labels: Vec::new(),
            wish: SectionWish::default(),
        };
        let mut draft = Self::build(None, heading, blocks, &around, wishes);
        draft.front = front;
        draft
    }

    fn of_section(
        found: Found<'a>,
        section: &'a Section,
        around: &Around,
        wishes: &Rc<Wishes>,
    ) -> Self {
        let mut reads = Title::read(&Prose::of(&section.title));
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
        let labels = found.labels();
        let wish = wishes.section(
            &place,
            found.block.span,
            section.level,
            &section.title,
            &labels,
        );
        // What is followed instead of its neighbours is optional as a whole, not step by step.
        reads.optional &= !(around.by_case && reads.work_in_case().is_some());
        reads.optional |= !around.by_own_case && opens_with_case(&inside, reads.numbered)
            || reads.stage && around.by_kind;
        let around = Around {
            abort: around.abort
                || reads.kind() == PhaseKind::Abort
                || wish.phase == Some(PhaseKind::Abort),
            section: Some(found.place()),
            checklist: around.checklist || reads.is_checklist(),
            ..around.clone()
        };
        let heading = Heading {
            title: section.title.clone(),
            reads,
            place,
            labels,
            wish,
        };
        Self::build(Some(found), heading, inside, &around, wishes)
    }

    fn build(
        found: Option<Found<'a>>,
        heading: Heading,
        inside: Vec<Found<'a>>,
        around: &Around,
        wishes: &Rc<Wishes>,
    ) -> Self {
        let Heading {
            title,
            reads,
            place,
            labels,
            wish,
        } = heading;
        let (sections, blocks): (Vec<_>, Vec<_>) = inside
            .into_iter()
            .partition(|found| matches!(found.block.kind, BlockKind::Section(_)));
        let told = match () {
            () if wish
                .section_as
                .is_some_and(|section_as| section_as != SectionAs::Text) =>
            {
                Told::Nothing
            }
            () if reads.is_trouble() => Told::Trouble,
            () if reads.is_reference()
                && !(reads.is_written() && evidence::lists_work(&blocks)) =>
            {
                Told::Described
            }
            () if reads.is_checks() => Told::Checks,
            () => Told::Nothing,
        };
        let around = &Around {
            told,
            outlines: !sections.is_empty(),
            ..around.clone()
        };
        let parts = steps::parts(&blocks, around);
        let titles: Vec<Title> = sections
            .iter()
            .filter_map(|found| match &found.block.kind {
                BlockKind::Section(section) => Some(Title::read(&Prose::of(&section.title))),
                _ => None,
            })
            .collect();
        let has_items = all_steps(&parts)
            .iter()
            .any(|step| step.has_box && step.origin == Origin::Item);
        let is_outermost = is_outermost(found.as_ref());
        let around = Around {
            told: Told::Nothing,
            by_kind: titles.iter().any(Title::is_for_kind),
            by_own_case: sections.len() > 1 && sections.iter().all(opens_case_of_work),
            by_case: !has_items
                && is_outermost
                && collection::is_by_case(&titles.iter().collect::<Vec<_>>()),
            ..around.clone()
        };
        let kids = sections
            .into_iter()
            .filter_map(|found| match &found.block.kind {
                BlockKind::Section(section) => {
                    Some(Self::of_section(found, section, &around, wishes))
                }
                _ => None,
            })
            .collect();
        let mut draft = Self {
            found,
            front: FrontMatter::default(),
            title,
            reads,
            place,
            labels,
            blocks,
            parts,
            around,
            wish,
            kids,
            role: Role::Text,
        };
        draft.promote();
        draft.role = draft.read_role();
        draft
    }

    /// Makes sections in it steps that only say what is done: where the section is a checklist, or is for the time
    /// before or after the work, or most of its other sections are steps.
    fn promote(&mut self) {
        self.promote_context();
        let leaves = self.kids.iter().filter(|kid| kid.kids.is_empty());
        let (count, steps) = leaves.fold((0, 0), |(count, steps), kid| {
            (count + 1, steps + usize::from(kid.role == Role::Step))
        });
        let is_time = matches!(self.reads.kind(), PhaseKind::Before | PhaseKind::After);
        let is_checklist = self.around.checklist && steps * 2 >= count;
        let among_steps = is_time || steps * 3 >= count * 2;
        for kid in &mut self.kids {
            let is_open = kid.role == Role::Text
                && kid.kids.is_empty()
                && kid.wish.section_as.is_none()
                && !kid.reads.is_reference()
                && !kid.reads.is_loose();
            if is_open && (is_checklist && steps > 0 || among_steps && kid.tells_deeds()) {
                kid.role = Role::Step;
            }
        }
    }

    /// Makes sections steps that were taken for what is needed, where they have something to type and others start with the
    /// same verb (`Update files`, `Update requirements`).
    fn promote_context(&mut self) {
        let others: Vec<Title> = self.works().map(|kid| kid.reads.clone()).collect();
        for kid in &mut self.kids {
            let types = kid.has_deeds() && !kid.has_items();
            let is_open = kid.role == Role::Context && kid.wish.section_as.is_none();
            if is_open && types && others.iter().any(|other| other.starts_like(&kid.reads)) {
                kid.role = Role::Step;
            }
        }
    }

    /// Tells what the draft is; its sections are told before it.
    fn read_role(&self) -> Role {
        match self.wish.section_as {
            Some(SectionAs::Procedure | SectionAs::Phase) => return Role::Work,
            Some(SectionAs::Step) => return Role::Step,
            Some(SectionAs::Context) => return Role::Context,
            Some(SectionAs::Text) => return Role::Text,
            None => {}
        }
        let prepares = self.reads.is_preparing() && self.mostly_asks() && self.asks_for_deeds();
        if self.reads.is_context() && !prepares && !self.holds_numbered() && !self.has_tasks() {
            return Role::Context;
        }
        if self.announces_context() {
            return Role::Context;
        }
        if self.reads.is_reference() && !self.is_strongly_work()
            || self.reads.is_loose()
                && !self.mostly_asks()
                && !self
                    .parts
                    .iter()
                    .any(|part| matches!(part, Part::Command(_)))
        {
            return Role::Text;
        }
        let works = self.works().count();
        let types = self.parts.iter().any(holds_command);
        if self.is_mostly_prose() {
            return Role::Step;
        }
        let in_parts = self.has_deeds() && self.has_subheadings();
        if self.has_items() || in_parts || self.works().any(|kid| kid.role == Role::Work) {
            Role::Work
        } else if self.has_deeds() && (works < 2 || types && !self.reads.numbered) {
            Role::Step
        } else if works > 0 {
            Role::Work
        } else if self.reads.commands || self.reads.numbered && self.reads.asks {
            Role::Step
        } else {
            Role::Text
        }
    }

    /// Tells whether the section's words say of its items that they have to be there or true before the start.
    fn announces_context(&self) -> bool {
        let tells = self.blocks.iter().any(|found| match &found.block.kind {
            BlockKind::Paragraph(text) => {
                lexicon::holds_phrase("context-phrases", &plain_text(text).to_lowercase())
            }
            _ => false,
        });
        tells
            && self.found.is_some()
            && self.kids.is_empty()
            && !self.reads.numbered
            && !self.parts.iter().any(holds_command)
            && !steps_in(&self.parts).any(|step| step.number.is_some())
    }

    fn is_work(&self) -> bool {
        matches!(self.role, Role::Work | Role::Step)
    }

    fn works(&self) -> impl Iterator<Item = &Self> {
        self.kids.iter().filter(|kid| kid.is_work())
    }

    fn has_context(&self) -> bool {
        self.kids.iter().any(|kid| kid.role == Role::Context)
    }

    /// Tells whether the section would stand as a procedure of its own next to its neighbours.
    fn stands_alone(&self) -> bool {
        if self.reads.is_part() || self.role != Role::Work {
            return false;
        }
        self.has_context()
            || self.reads.is_whole()
            || self.works().count() >= 2
            || self.works().any(|kid| kid.reads.is_generic())
    }

    /// Tells whether a section in it, at any depth, is said to be a procedure.
    fn holds_procedure(&self) -> bool {
        self.kids
            .iter()
            .any(|kid| kid.wish.section_as == Some(SectionAs::Procedure) || kid.holds_procedure())
    }

    /// Returns the procedures in the draft, in the order of the text.
    pub(super) fn procedures(&self) -> Vec<Procedure> {
        match self.role {
            Role::Context | Role::Text if self.found.is_some() && !self.holds_procedure() => {
                return Vec::new();
            }
            _ => {}
        }
        if self.is_collection()
            || !self.is_titled() && !self.has_items()
            || self.works().next().is_none() && !self.has_items() && self.found.is_none()
        {
            return self.collected();
        }
        let procedure = match self.role {
            Role::Step => self.procedure_of_one(),
            _ => self.procedure(),
        };
        if procedure.steps().any(|step| step.has_box) {
            vec![procedure]
        } else {
            Vec::new()
        }
    }
}

/// Tells whether a part has something to type.
fn holds_command(part: &Part) -> bool {
    match part {
        Part::Command(_) => true,
        Part::Step(step) => step.parts.iter().any(holds_command),
        Part::Block(_) => false,
    }
}

/// Returns the headings of sections in `pages`, by the names that references lead to.
pub(super) fn titles(pages: &[Page]) -> Rc<HashMap<String, Target>> {
    fn walk(blocks: &[Found<'_>], titles: &mut HashMap<String, Target>) {
        for found in blocks {
            if let BlockKind::Section(section) = &found.block.kind {
                let text = plain_text(&section.title);
                let prose = Prose::of(&section.title);
                let target = Target {
                    prose: prose.clone(),
                    place: found.place(),
                };
                let names = found
                    .labels()
                    .into_iter()
                    .chain([text.clone(), super::ids::slug(&text)]);
                for name in names {
                    titles
                        .entry(name.to_lowercase())
                        .or_insert_with(|| target.clone());
                }
                walk(&found.inside(&section.children), titles);
            }
        }
    }
    let mut found = HashMap::new();
    for page in pages {
        walk(
            &Found::all(&page.source, &page.document, &page.document.children),
            &mut found,
        );
    }
    Rc::new(found)
}

fn all_steps(parts: &[Part]) -> Vec<&Step> {
    steps_in(parts).flat_map(Step::walk).collect()
}
