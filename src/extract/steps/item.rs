//! One item of a list made into a step.

use super::{Around, Found, is_silent, parts};
use crate::document::{
    Block, BlockKind, Inline, InlineKind, Numbering, ReferenceTarget, plain_text,
};
use crate::extract::clause;
use crate::extract::kind::{self, Form, Situation};
use crate::extract::prose::{self, Prose};
use crate::extract::setting;
use crate::extract::told::{self, Told};
use crate::procedure::{Kind, Origin, Part, Step, StepId, steps_in};
use crate::source::Span;

/// Returns the steps of a list's items.
pub(super) fn items(list: &Found<'_>, blocks: &[Block], around: &Around) -> Vec<Part> {
    let numbered = match &list.block.kind {
        BlockKind::EnumeratedList(list) => Some((list.start, list.numbering)),
        _ => None,
    };
    let texts: Vec<_> = blocks.iter().map(|block| head(block).text).collect();
    let heads: Vec<Prose> = texts.iter().map(|text| Prose::of(text)).collect();
    let share = |is: fn(&Prose) -> bool| {
        heads.iter().filter(|prose| is(prose)).count() * 100 / heads.len().max(1)
    };
    let refers_on = |text: &Vec<Inline>| {
        let target = reference_only(text).and_then(|name| around.titles.get(&name));
        target.is_some_and(|target| {
            target.place.source == *list.source && target.place.span.start > list.block.span.start
        })
    };
    let siblings = Siblings {
        contents: texts.len() > 1 && texts.iter().all(refers_on),
        asking: share(kind::asks),
        naming: share(kind::explains_name) >= 60,
    };
    // In a note, a list of what to do only if this or that holds is a rule to choose by.
    let is_rule =
        around.parent == Some(Kind::Note) && heads.len() > 1 && heads.iter().all(restricts);
    let told = if is_rule || is_decision(&heads) || around.outline.is_repeated_by(blocks) {
        Told::Described
    } else {
        around.told
    };
    let around = &Around {
        told,
        ..around.clone()
    };
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
            Part::Step(item(&found, number, siblings, around))
        })
        .collect()
}

/// Tells whether the items of a list are the cases of one decision: `if ..., then ...`, `else ...`.
fn is_decision(heads: &[Prose]) -> bool {
    let opens = |prose: &Prose, word: &str| {
        prose::words(&prose.text)
            .first()
            .is_some_and(|first| first == word)
    };
    matches!(heads, [first, rest @ ..] if opens(first, "if") && !rest.is_empty() && rest.iter().all(|case| opens(case, "else")))
}

/// Tells whether a text says `do only this if ...`.
fn restricts(prose: &Prose) -> bool {
    let words = prose::words(&prose.text);
    words.iter().take(3).any(|word| word == "only")
        && words
            .iter()
            .skip(3)
            .any(|word| matches!(word.as_str(), "if" | "when"))
}

/// What a list's items have in common.
#[derive(Clone, Copy)]
pub(super) struct Siblings {
    /// How many ask for something, in percent.
    pub asking: usize,
    /// Whether most explain names.
    pub naming: bool,
    /// Whether all refer to sections further on.
    pub contents: bool,
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
        // "* 1. text": one item, whatever it looks like.
        BlockKind::EnumeratedList(list) if list.items.len() == 1 && rest.is_empty() => {
            head(&list.items[0])
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
pub(super) fn item(
    found: &Found<'_>,
    number: Option<String>,
    siblings: Siblings,
    around: &Around,
) -> Step {
    let head = head(found.block);
    let own = Prose::of(&head.text);
    // An item that is nothing but a reference to a section asks for what the section does.
    let referred = reference_only(&head.text).and_then(|name| around.titles.get(&name));
    // A list of the sections below is a table of contents: they are the steps.
    let contents = siblings.contents
        || referred.is_some_and(|target| {
            around.section.as_ref().is_some_and(|section| {
                section.source == target.place.source && section.span.holds(target.place.span)
            })
        });
    let prose = referred.map_or(&own, |target| &target.prose).clone();
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
        asking: siblings.asking,
        naming: siblings.naming,
        opens_case: !head.rest.is_empty() && clause::names_case(&prose.text).is_some(),
        has_command: false,
        has_boxes: false,
        checklist: around.checklist,
        abort: around.abort,
    };
    // What is under a step is weighed by what the step is, and the step by what is under it: the words decide first.
    let first = kind::read(&prose, &situation);
    // What a case opens are steps like others.
    let opens_steps = situation.opens_case
        && first.kind == Kind::Note
        && around.parent.is_none_or(Kind::has_box)
        && !around.told.describes();
    let mut under = around.under(if opens_steps {
        Kind::Action
    } else {
        first.kind
    });
    under.told = if situation.opens_case {
        Told::Nothing
    } else if prose.text.ends_with(':') || head.rest.is_empty() {
        told::told_by(&prose)
    } else {
        Told::Nothing
    };
    if under.told == Told::Steps && first.kind == Kind::Check {
        under.told = Told::Checks;
    }
    if told::ends_with_trouble(&prose) {
        under.told = Told::Trouble;
    }
    if around.told.describes() || around.told == Told::Trouble {
        under.told = around.told;
    }
    if kind::is_headed_note(&prose) || first.kind.has_box() && told::offers_ways(&prose) {
        under.told = Told::Described;
    }
    under.optional |= first.optional
        || opens_steps && clause::names_case(&prose.text).is_some_and(clause::is_open);
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
    // A term that is explained, rather than told how to do, names a thing.
    let is_term = matches!(&found.block.kind, BlockKind::DefinitionListItem(_));
    if is_term && !situation.has_boxes && !situation.has_command && !kind::asks(&prose) {
        situation.asking = 0;
    }
    let reading = kind::read(&prose, &situation);
    let mut setting = setting::of(&head.text, reading.kind);
    // A bare name under a step says what that is done with.
    if around.parent == Some(Kind::Action) && around.told != Told::Values {
        setting.take_if(|it| it.value.is_none() && plain_text(&head.text).trim() == it.name);
    }
    if setting.is_none() && reading.kind == Kind::Setting && situation.told == Told::Values {
        setting = setting::named(&head.text);
    }
    if setting.is_none() && reading.kind == Kind::Action && kind::asks_for_value(&prose) {
        setting = setting::under(&parts);
    }
    let kind = if contents {
        Kind::Note
    } else if referred.is_some() && !around.told.describes() {
        if kind::is_check(&prose) {
            Kind::Check
        } else {
            Kind::Action
        }
    } else if setting.is_some() && !around.told.describes() {
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
        condition: reading.condition.or_else(|| around.case.clone()),
        path: around.path.clone(),
        labels,
        links: Vec::new(),
        parts,
        place: found.place(),
    }
}

/// Returns the name that a text leads to which is one reference and nothing else.
fn reference_only(text: &[Inline]) -> Option<String> {
    // A remark in brackets behind it changes nothing.
    let is_remark = |text: &str| {
        text.trim_start().starts_with('(') && text.trim_end().trim_end_matches('.').ends_with(')')
    };
    let mut said = text
        .iter()
        .filter(|inline| !matches!(&inline.kind, InlineKind::Text(text) if text.trim().trim_end_matches('.').is_empty() || is_remark(text)));
    let (first, more) = (said.next()?, said.next());
    if more.is_some() {
        return None;
    }
    match &first.kind {
        InlineKind::Role(role)
            if matches!(role.name.rsplit(':').next(), Some("ref" | "numref")) =>
        {
            Some(role.target.to_lowercase())
        }
        InlineKind::Reference(reference) => match &reference.target {
            ReferenceTarget::Name(name) => Some(name.to_lowercase()),
            ReferenceTarget::Uri(uri) => uri.strip_prefix('#').map(str::to_lowercase),
            ReferenceTarget::Anonymous => None,
        },
        _ => None,
    }
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
