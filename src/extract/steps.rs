//! Blocks made into steps: items, terms, paragraphs, and the commands that belong to them.
//!
//! Authors do not always nest as docutils or Markdown would have it, so beyond the tree:
//!
//! - a numbered list that is interrupted by less indented blocks goes on where its numbering does, and what
//!   stands between belongs to the step before;
//! - a block quote around a list nests it; a term over a list is a step over its substeps;
//! - an item that starts with code, a term or lines has these as its text.

use std::sync::Arc;

use super::kind::{self, Form, Situation, Told};
use super::prose::Prose;
use super::setting;
use crate::document::{
    Block, BlockKind, Document, EnumeratedList, Inline, InlineKind, LiteralBlock, Numbering,
};
use crate::procedure::command;
use crate::procedure::{Command, Kind, Origin, Part, Step, StepId, steps_in};
use crate::source::{Place, Source, Span};

/// A block and the text it was read from.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    /// The text.
    pub source: &'a Arc<Source>,
    /// The document with the block's labels.
    pub document: &'a Document,
    /// The block.
    pub block: &'a Block,
}

impl<'a> Found<'a> {
    /// Returns `blocks` of the same document; documents included stand as their own blocks.
    pub(super) fn all(
        source: &'a Arc<Source>,
        document: &'a Document,
        blocks: &'a [Block],
    ) -> Vec<Self> {
        let mut found = Vec::new();
        for block in blocks {
            match &block.kind {
                BlockKind::Included(included) => {
                    found.extend(Self::all(
                        &included.source,
                        &included.document,
                        &included.document.children,
                    ));
                }
                _ => found.push(Self {
                    source,
                    document,
                    block,
                }),
            }
        }
        found
    }

    /// Returns blocks inside this one.
    pub(super) fn inside(&self, blocks: &'a [Block]) -> Vec<Self> {
        Self::all(self.source, self.document, blocks)
    }

    /// Returns where the block stands.
    pub(super) fn place(&self) -> Place {
        Place::new(self.source, self.block.span)
    }

    /// Returns the author's labels for the block.
    pub(super) fn labels(&self) -> Vec<String> {
        self.document
            .labels(self.block.span)
            .map(str::to_owned)
            .collect()
    }
}

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
}

impl Around {
    fn under(&self, kind: Kind) -> Self {
        Self {
            parent: Some(kind),
            told: Told::Nothing,
            optional: false,
            ..self.clone()
        }
    }
}

/// Returns the steps in `blocks` and what stands between them, in the order of the text.
pub(super) fn parts(blocks: &[Found<'_>], around: &Around) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    let mut at = 0;
    let mut told = around.told;
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
                out.extend(items(
                    found,
                    &list.items,
                    &Around {
                        told,
                        ..around.clone()
                    },
                ));
                at += interruption(&blocks[at..], list, &mut out, around);
            }
            BlockKind::BulletList(list) | BlockKind::DefinitionList(list) => {
                out.extend(items(
                    found,
                    list,
                    &Around {
                        told,
                        ..around.clone()
                    },
                ));
                at += trailing_code(&blocks[at..], &mut out);
            }
            BlockKind::Paragraph(text) => {
                let prose = Prose::of(text);
                let list_next = blocks[at..]
                    .iter()
                    .find(|next| !is_silent(next.block))
                    .is_some_and(|next| is_list(next.block));
                if list_next {
                    told = kind::told_by(&prose);
                    paragraph(found, text, &prose, around, true, &mut out);
                    continue;
                }
                paragraph(found, text, &prose, around, false, &mut out);
            }
            BlockKind::LiteralBlock(literal) => code(found, literal, &mut out),
            BlockKind::BlockQuote(children) => out.extend(parts(
                &found.inside(children),
                &Around {
                    told,
                    ..around.clone()
                },
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
            _ => out.push(Part::Block(found.block.clone())),
        }
        told = around.told;
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
        _ => trailing_code(rest, out),
    }
}

/// Gives code that stands right behind a list, with a short word before it at most, to its last step.
fn trailing_code(rest: &[Found<'_>], out: &mut [Part]) -> usize {
    let mut taken = 0;
    while let Some(found) = rest.get(taken) {
        match &found.block.kind {
            BlockKind::LiteralBlock(literal) => {
                let Some(Part::Step(step)) = out.last_mut() else {
                    return taken;
                };
                code(found, literal, &mut step.parts);
                taken += 1;
            }
            _ if is_silent(found.block) => taken += 1,
            _ => return taken,
        }
    }
    taken
}

/// Returns the steps of a list's items.
fn items(list: &Found<'_>, blocks: &[Block], around: &Around) -> Vec<Part> {
    let numbered = match &list.block.kind {
        BlockKind::EnumeratedList(list) => Some((list.start, list.numbering)),
        _ => None,
    };
    let asking = share_asking(blocks);
    blocks
        .iter()
        .enumerate()
        .map(|(at, block)| {
            let found = Found { block, ..*list };
            let number = numbered.map(|(start, numbering)| {
                ordinal(
                    start.saturating_add(u32::try_from(at).unwrap_or_default()),
                    numbering,
                )
            });
            Part::Step(item(&found, number, asking, around))
        })
        .collect()
}

/// Returns how many of a list's items ask for something, in percent.
fn share_asking(blocks: &[Block]) -> usize {
    let asking = blocks
        .iter()
        .filter(|block| kind::asks(&Prose::of(&head(block).text)))
        .count();
    asking * 100 / blocks.len().max(1)
}

/// What an item says first, and the blocks behind that.
struct Head<'a> {
    text: Vec<Inline>,
    span: Option<Span>,
    rest: Vec<&'a Block>,
    /// The blocks of a definition that stand before `rest`.
    inner: &'a [Block],
}

/// Splits an item into its text and what stands under it.
fn head(block: &Block) -> Head<'_> {
    let children = match &block.kind {
        BlockKind::ListItem(item) => &item.children,
        BlockKind::DefinitionListItem(item) => {
            return Head {
                text: item.term.clone(),
                span: Some(item.term_span),
                rest: Vec::new(),
                inner: &item.children,
            };
        }
        _ => {
            return Head {
                text: Vec::new(),
                span: None,
                rest: Vec::new(),
                inner: &[],
            };
        }
    };
    let Some(at) = children.iter().position(|child| !is_silent(child)) else {
        return Head {
            text: Vec::new(),
            span: None,
            rest: Vec::new(),
            inner: &[],
        };
    };
    let first = &children[at];
    let mut rest: Vec<&Block> = children[at + 1..].iter().collect();
    match &first.kind {
        BlockKind::Paragraph(text) => Head {
            text: text.clone(),
            span: Some(first.span),
            rest,
            inner: &[],
        },
        BlockKind::LineBlock(lines) => {
            let text = lines
                .iter()
                .flat_map(|line| line.text.iter().cloned().chain([space(first.span)]))
                .collect();
            Head {
                text,
                span: Some(first.span),
                rest,
                inner: &[],
            }
        }
        BlockKind::DefinitionList(terms) if terms.len() == 1 => match &terms[0].kind {
            BlockKind::DefinitionListItem(term) => Head {
                text: term.term.clone(),
                span: Some(term.term_span),
                rest,
                inner: &term.children,
            },
            _ => Head {
                text: Vec::new(),
                span: None,
                rest: children.iter().collect(),
                inner: &[],
            },
        },
        BlockKind::LiteralBlock(literal) => {
            let line = literal
                .text
                .lines()
                .map(str::trim)
                .find(|line| !line.is_empty())
                .unwrap_or_default();
            let text = vec![Inline {
                span: first.span,
                kind: InlineKind::Literal(line.trim_start_matches("$ ").into()),
            }];
            if literal.text.trim().lines().count() > 1 {
                rest.insert(0, first);
            }
            Head {
                text,
                span: Some(first.span),
                rest,
                inner: &[],
            }
        }
        _ => Head {
            text: Vec::new(),
            span: None,
            rest: children.iter().collect(),
            inner: &[],
        },
    }
}

fn space(span: Span) -> Inline {
    Inline {
        span,
        kind: InlineKind::Text(" ".into()),
    }
}

/// Returns the step of one item.
fn item(found: &Found<'_>, number: Option<String>, asking: usize, around: &Around) -> Step {
    let head = head(found.block);
    let prose = Prose::of(&head.text);
    let task = matches!(&found.block.kind, BlockKind::ListItem(item) if item.task.is_some());
    let mut situation = Situation {
        form: if task {
            Form::Task
        } else if number.is_some() {
            Form::Numbered
        } else {
            Form::Bullet
        },
        told: around.told,
        parent: around.parent,
        asking,
        has_command: false,
        has_boxes: false,
        abort: around.abort,
    };
    // What is under a step is weighed by what the step is, and the step by what is under it: the words decide first.
    let first = kind::read(&prose, &situation);
    let mut under = around.under(first.kind);
    under.told = if prose.text.ends_with(':') || head.rest.is_empty() {
        kind::told_by(&prose)
    } else {
        Told::Nothing
    };
    if around.told == Told::Described {
        under.told = Told::Described;
    }
    let mut blocks = found.inside(head.inner);
    blocks.extend(
        head.rest
            .iter()
            .flat_map(|block| found.inside(std::slice::from_ref(*block))),
    );
    let parts = parts(&blocks, &under);
    situation.has_command = parts.iter().any(|part| matches!(part, Part::Command(_)));
    situation.has_boxes = steps_in(&parts)
        .flat_map(Step::walk)
        .any(|step| step.has_box);
    let reading = kind::read(&prose, &situation);
    let setting = setting::of(&head.text, reading.kind);
    let kind = if setting.is_some() && around.told != Told::Described {
        Kind::Setting
    } else {
        reading.kind
    };
    let text_span = head.span.unwrap_or(found.block.span);
    let mut labels = found.labels();
    labels.extend(
        found
            .document
            .labels(text_span)
            .filter(|_| text_span.start != found.block.span.start)
            .map(str::to_owned),
    );
    Step {
        id: StepId(String::new()),
        kind,
        has_box: kind.has_box(),
        origin: Origin::Item,
        number,
        text: head.text,
        setting,
        optional: kind.has_box() && (reading.optional || around.optional),
        condition: reading.condition,
        path: around.path.clone(),
        labels,
        links: Vec::new(),
        parts,
        place: found.place(),
    }
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
    let situation = Situation {
        form: Form::Paragraph,
        told: Told::Nothing,
        parent: around.parent,
        asking: 0,
        has_command: false,
        has_boxes: false,
        abort: around.abort,
    };
    let reading = kind::read(prose, &situation);
    let announces = before_list || is_meta(prose);
    let under_step = around.parent.is_some();
    let follows = steps_in(out).next().is_some();
    let is_step = !announces
        && (reading.kind.has_box()
            || under_step
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
        number: None,
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

/// Tells whether a paragraph speaks of the steps around it rather than being one (`Follow these steps`).
fn is_meta(prose: &Prose) -> bool {
    let lower = prose.text.to_lowercase();
    let meta = [
        "follow these",
        "follow the steps",
        "follow the instructions below",
        "perform the following",
        "do the following",
        "use this checklist",
        "these steps",
        "the following steps",
        "steps below",
        "example:",
        "for example:",
        "for instance:",
        "or:",
        "e.g.:",
    ];
    meta.iter().any(|phrase| lower.contains(phrase)) && prose.text.chars().count() < 160
}

/// Adds code: a command of the paragraph step before it, or of what it stands under.
fn code(found: &Found<'_>, literal: &LiteralBlock, out: &mut Vec<Part>) {
    if !command::is_code_to_type(&literal.text, literal.language.as_deref()) {
        match out.last_mut() {
            Some(Part::Step(step)) if step.origin == Origin::Paragraph => {
                step.parts.push(Part::Block(found.block.clone()))
            }
            _ => out.push(Part::Block(found.block.clone())),
        }
        return;
    }
    let command = Part::Command(Command {
        text: literal.text.clone(),
        language: literal.language.as_deref().map(str::to_owned),
        caption: literal.caption.as_deref().map(str::to_owned),
        place: found.place(),
    });
    match out.last_mut() {
        Some(Part::Step(step)) if step.origin == Origin::Paragraph && step.has_box => {
            step.parts.push(command)
        }
        _ => out.push(command),
    }
}

/// Returns the parts of an admonition: under a step, or with a list, steps; else the block.
fn admonition_parts(
    found: &Found<'_>,
    admonition: &crate::document::Admonition,
    around: &Around,
) -> Vec<Part> {
    let children = found.inside(&admonition.children);
    let has_list = admonition.children.iter().any(holds_list);
    if !has_list && around.parent.is_none() {
        return vec![Part::Block(found.block.clone())];
    }
    let mut inner = parts(
        &children,
        &Around {
            parent: Some(Kind::Note),
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

/// Returns the author's number for the item of the 1-based `ordinal`.
fn ordinal(ordinal: u32, numbering: Numbering) -> String {
    match numbering {
        Numbering::Arabic => ordinal.to_string(),
        Numbering::LowerAlpha => letters(ordinal, 'a'),
        Numbering::UpperAlpha => letters(ordinal, 'A'),
        Numbering::LowerRoman => roman(ordinal),
        Numbering::UpperRoman => roman(ordinal).to_uppercase(),
    }
}

fn letters(ordinal: u32, first: char) -> String {
    char::from_u32(first as u32 + ordinal.saturating_sub(1) % 26)
        .map_or_else(String::new, String::from)
}

fn roman(ordinal: u32) -> String {
    const DIGITS: &[(u32, &str)] = &[
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    let mut left = ordinal.min(3999);
    let mut out = String::new();
    for (value, digits) in DIGITS {
        while left >= *value {
            out.push_str(digits);
            left -= value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_read_as_the_author_counts() {
        assert_eq!(ordinal(3, Numbering::Arabic), "3");
        assert_eq!(ordinal(2, Numbering::UpperAlpha), "B");
        assert_eq!(ordinal(14, Numbering::LowerRoman), "xiv");
    }
}
