//! Blocks made into steps: items, terms, paragraphs, and the commands that belong to them.
//!
//! Authors do not always nest as docutils or Markdown would have it, so beyond the tree:
//!
//! - a numbered list that is interrupted by less indented blocks goes on where its numbering does, and what
//!   stands between belongs to the step before;
//! - a block quote around a list nests it; a term over a list is a step over its substeps;
//! - an item that starts with code, a term or lines has these as its text.

use std::collections::HashMap;
use std::rc::Rc;

use super::kind::{self, Form, Situation};
use super::prose::{self, Prose};
use super::told::{self, Told};
use crate::document::{Admonition, Block, BlockKind, EnumeratedList, Inline};
use crate::procedure::{Command, Kind, Origin, Part, Step, StepId, steps_in};
use crate::source::Place;
use code::{code, prompted, push_command, shows_output};
use item::items;

mod code;
mod found;
mod item;
mod outline;
mod table;

pub(super) use found::Found;
pub(super) use outline::Outline;

/// What stands around blocks, as far as it matters to them.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    /// The kind of the step that they stand under.
    pub parent: Option<Kind>,
    /// Their section is for giving up.
    pub abort: bool,
    /// Their section applies in some cases only.
    pub optional: bool,
    /// The directives around them that say for whom they are.
    pub path: Vec<String>,
    /// What the words before them say.
    pub told: Told,
    /// The case that the words before them say they are for.
    pub case: Option<String>,
    /// The headings of sections, by the names that references lead to.
    pub titles: Rc<HashMap<String, Target>>,
    /// What their document tells at length.
    pub outline: Rc<Outline>,
    /// Sections follow them in their own section, so that a list may give these in short.
    pub outlines: bool,
    /// A heading over them calls them a checklist.
    pub checklist: bool,
    /// Of the sections beside theirs, some are for one kind of release.
    pub by_kind: bool,
    /// Each of the sections beside theirs is the whole work for a case of its own.
    pub by_own_case: bool,
    /// Of the sections beside theirs, one is followed or another.
    pub by_case: bool,
    /// The section they stand in.
    pub section: Option<Place>,
}

/// A section that references lead to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Its heading.
    pub prose: Prose,
    /// Where it stands.
    pub place: Place,
}

impl Around {
    fn under(&self, kind: Kind) -> Self {
        Self {
            parent: Some(kind),
            told: Told::Nothing,
            case: None,
            ..self.clone()
        }
    }

    /// Returns what stands around a list behind the words that say `told` and `case` of it.
    fn before_list(&self, told: Told, case: &Option<String>) -> Self {
        Self {
            told,
            case: case.clone(),
            optional: self.optional || case.is_some(),
            ..self.clone()
        }
    }
}

/// Returns the steps in `blocks` and what stands between them, in the order of the text.
pub(super) fn parts(blocks: &[Found<'_>], around: &Around) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    let mut at = 0;
    let mut told = around.told;
    let mut case = around.case.clone();
    while at < blocks.len() {
        let found = &blocks[at];
        at += 1;
        match &found.block.kind {
            BlockKind::Section(_)
            | BlockKind::Target(_)
            | BlockKind::SubstitutionDefinition(_)
            | BlockKind::Comment(_)
            | BlockKind::Transition => continue,
            BlockKind::EnumeratedList(list) => {
                out.extend(items(found, &list.items, &around.before_list(told, &case)));
                at += interruption(&blocks[at..], list, &mut out, around);
            }
            BlockKind::BulletList(list) | BlockKind::DefinitionList(list) => {
                out.extend(items(found, list, &around.before_list(told, &case)));
                at += trailing_code(&blocks[at..], &mut out, around);
            }
            BlockKind::Paragraph(text) => {
                let prose = Prose::of(text);
                let list_next = blocks[at..]
                    .iter()
                    .find(|next| !is_silent(next.block))
                    .is_some_and(|next| is_list(next.block));
                if list_next {
                    told = match around.told {
                        Told::Described if !told::tells_people(&prose) => Told::Described,
                        Told::Trouble => Told::Trouble,
                        Told::Checks if told::told_by(&prose) == Told::Nothing => Told::Checks,
                        _ if around.outlines && told::tells_outline(&prose) => Told::Described,
                        _ => told::told_by_heading(&prose).unwrap_or_else(|| told::told_by(&prose)),
                    };
                    // What is said of a section's only list is said of the section.
                    let whole = around.parent.is_none()
                        && steps_in(&out).next().is_none()
                        && is_only_list(&blocks[at..]);
                    case = told::case_of_list(&prose).filter(|_| !whole && !told.describes());
                    paragraph(found, text, &prose, around, true, &mut out);
                    continue;
                }
                paragraph(found, text, &prose, around, false, &mut out);
            }
            BlockKind::LiteralBlock(_) if shows_output(&blocks[..at - 1], &out, told) => {
                out.push(Part::Block(found.block.clone()));
            }
            BlockKind::LiteralBlock(literal) => code(found, literal, around, &mut out),
            BlockKind::BlockQuote(children) => out.extend(parts(
                &found.inside(children),
                &around.before_list(told, &case),
            )),
            BlockKind::Admonition(admonition) => {
                out.extend(admonition_parts(found, admonition, around))
            }
            BlockKind::Directive(directive) => {
                let mut around = Around {
                    told,
                    ..around.clone()
                };
                if let Some(title) = path_of(&directive.name, &directive.argument) {
                    around.path.push(title);
                }
                let inner = parts(&found.inside(&directive.children), &around);
                if inner.is_empty() && directive.content.is_some() {
                    out.push(Part::Block(found.block.clone()));
                } else {
                    out.extend(inner);
                }
            }
            BlockKind::Table(table) => match table::rows(found, table, around) {
                Some(steps) => out.extend(steps),
                None => out.push(Part::Block(found.block.clone())),
            },
            _ => out.push(Part::Block(found.block.clone())),
        }
        told = around.told;
        case = around.case.clone();
    }
    out
}

/// Returns the title of a directive that says for whom its content is.
fn path_of(name: &str, argument: &str) -> Option<String> {
    let last = name.rsplit(':').next().unwrap_or_default();
    matches!(
        last,
        "tab"
            | "tab-item"
            | "group-tab"
            | "code-tab"
            | "only"
            | "ifconfig"
            | "dropdown"
            | "details"
            | "collapse"
    )
    .then(|| argument.trim().to_owned())
    .filter(|title| !title.is_empty())
}

fn is_list(block: &Block) -> bool {
    match &block.kind {
        BlockKind::EnumeratedList(_) | BlockKind::BulletList(_) | BlockKind::DefinitionList(_) => {
            true
        }
        BlockKind::BlockQuote(children) => children.first().is_some_and(is_list),
        _ => false,
    }
}

/// Tells whether the words before the only list in `blocks` say that it is for a case.
pub(super) fn announces_case(blocks: &[Found<'_>]) -> bool {
    let shown: Vec<&Block> = blocks
        .iter()
        .map(|found| found.block)
        .filter(|block| !is_silent(block))
        .collect();
    is_only_list(blocks)
        && shown.windows(2).any(|pair| match &pair[0].kind {
            BlockKind::Paragraph(text) if is_list(pair[1]) => {
                told::case_of_list(&Prose::of(text)).is_some()
            }
            _ => false,
        })
}

/// Tells whether one of some blocks is a list.
fn is_only_list(blocks: &[Found<'_>]) -> bool {
    blocks.iter().filter(|found| is_list(found.block)).count() == 1
}

/// Tells whether a block is nothing that a reader sees.
pub(super) fn is_silent(block: &Block) -> bool {
    matches!(
        block.kind,
        BlockKind::Comment(_) | BlockKind::Target(_) | BlockKind::SubstitutionDefinition(_)
    )
}

/// Where a numbered list goes on behind other blocks, gives these to the step before; returns how many blocks that were.
fn interruption(
    rest: &[Found<'_>],
    list: &EnumeratedList,
    out: &mut [Part],
    around: &Around,
) -> usize {
    let next = list.start as usize + list.items.len();
    let goes_on = rest.iter().position(|found| match &found.block.kind {
        BlockKind::EnumeratedList(other) => {
            other.numbering == list.numbering && other.start as usize == next && next > 1
        }
        _ => false,
    });
    let stop = rest.iter().position(|found| {
        matches!(&found.block.kind, BlockKind::Section(_)) || matches!(&found.block.kind, BlockKind::EnumeratedList(other) if other.start <= list.start)
    });
    match goes_on {
        Some(count) if stop.is_none_or(|stop| count < stop) => {
            let Some(Part::Step(step)) = out.last_mut() else {
                return 0;
            };
            let between = parts(&rest[..count], &around.under(step.kind));
            step.parts.extend(between);
            count
        }
        _ => trailing_code(rest, out, around),
    }
}

/// Gives code that stands right behind a list, with a short word before it at most, to its last step.
fn trailing_code(rest: &[Found<'_>], out: &mut [Part], around: &Around) -> usize {
    let mut taken = 0;
    while let Some(found) = rest.get(taken) {
        match &found.block.kind {
            BlockKind::LiteralBlock(literal) => {
                let Some(Part::Step(step)) = out.last_mut() else {
                    return taken;
                };
                code(found, literal, around, &mut step.parts);
                taken += 1;
            }
            _ if is_silent(found.block) => taken += 1,
            _ => return taken,
        }
    }
    taken
}

/// Adds what a paragraph is: a step of its own where it asks for something or stands under a step, else a block.
fn paragraph(
    found: &Found<'_>,
    text: &[Inline],
    prose: &Prose,
    around: &Around,
    before_list: bool,
    out: &mut Vec<Part>,
) {
    if let Some(command) = prompted(text) {
        let place = found.place();
        return push_command(
            Command {
                text: command,
                language: None,
                caption: None,
                place,
            },
            out,
        );
    }
    let number = prose::own_number(&prose.text).map(str::to_owned);
    let situation = Situation {
        form: match number {
            Some(_) => Form::Numbered,
            None => Form::Paragraph,
        },
        told: match around.parent {
            Some(Kind::Note) if around.told.describes() => around.told,
            _ => Told::Nothing,
        },
        parent: around.parent,
        asking: if number.is_some() { 100 } else { 0 },
        naming: false,
        opens_case: false,
        has_command: false,
        has_boxes: false,
        checklist: around.checklist,
        abort: around.abort,
    };
    let reading = kind::read(prose, &situation);
    let announces =
        before_list && number.is_none() && !asks_before_announcing(prose, around) || is_meta(prose);
    let under_step = around.parent.is_some();
    let follows = steps_in(out).next().is_some();
    let is_step = !announces
        && (reading.kind.has_box()
            || under_step
            || number.is_some()
            || follows && matches!(reading.kind, Kind::Contingency | Kind::Expectation));
    if !is_step || prose.text.is_empty() {
        out.push(Part::Block(found.block.clone()));
        return;
    }
    out.push(Part::Step(Step {
        id: StepId(String::new()),
        kind: reading.kind,
        has_box: reading.kind.has_box(),
        origin: Origin::Paragraph,
        number,
        text: text.to_vec(),
        setting: None,
        optional: reading.kind.has_box() && (reading.optional || around.optional),
        condition: reading.condition,
        path: around.path.clone(),
        labels: found.labels(),
        links: Vec::new(),
        parts: Vec::new(),
        place: found.place(),
    }));
}

/// Tells whether a paragraph before a list asks for something of its own first (`Pick the fix. After the merge:`).
fn asks_before_announcing(prose: &Prose, around: &Around) -> bool {
    let sentences = prose::sentences(&prose.text);
    let (Some(first), true) = (sentences.first(), sentences.len() > 1) else {
        return false;
    };
    let speaks_of_list = prose::words(first).iter().any(|word| {
        matches!(
            word.as_str(),
            "these" | "following" | "below" | "steps" | "one"
        )
    });
    !speaks_of_list && kind::asks_here(first, prose, around.abort)
}

/// Tells whether a paragraph speaks of the steps around it rather than being one (`Follow these steps`).
fn is_meta(prose: &Prose) -> bool {
    let lower = prose.text.to_lowercase();
    let speaks = [
        "follow these",
        "follow the steps",
        "follow the instructions below",
        "do the following",
        "use this checklist",
        "these steps",
        "steps below",
        "example:",
        "for example:",
        "for instance:",
        "or:",
        "e.g.:",
    ];
    let following = [
        "steps",
        "tasks",
        "actions",
        "instructions",
        "checks",
        "items",
        "sections",
        "procedure",
    ]
    .iter()
    .any(|word| lower.contains(&format!("following {word}")));
    // What announces stands at the paragraph's start or end, not between other sentences.
    let says = |phrase: &&str| match phrase.ends_with(':') {
        true => lower.starts_with(*phrase) || lower.ends_with(*phrase),
        false => lower.contains(*phrase),
    };
    (following || speaks.iter().any(says)) && prose.text.chars().count() < 200
}

/// Returns the parts of an admonition: under a step, or with a list, steps; else the block.
fn admonition_parts(found: &Found<'_>, admonition: &Admonition, around: &Around) -> Vec<Part> {
    let children = found.inside(&admonition.children);
    let has_list = admonition.children.iter().any(holds_list);
    if !has_list && around.parent.is_none() {
        return vec![Part::Block(found.block.clone())];
    }
    // What its author has still to write is nothing for the reader to do.
    let told = match &*admonition.name {
        "todo" => Told::Described,
        _ => around.told,
    };
    let mut inner = parts(
        &children,
        &Around {
            parent: Some(Kind::Note),
            told,
            ..around.clone()
        },
    );
    for part in &mut inner {
        if let Part::Step(step) = part
            && step.origin == Origin::Paragraph
            && !matches!(step.kind, Kind::Contingency | Kind::Expectation)
        {
            step.kind = Kind::Note;
            step.has_box = false;
            step.optional = false;
        }
    }
    inner
}

fn holds_list(block: &Block) -> bool {
    is_list(block) || block.children().into_iter().any(holds_list)
}
