//! What comments in a document say otherwise.

use std::cell::Cell;

use serde::Deserialize;

use super::{Comment, Rule, SectionAs, Wish};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::document::{Block, BlockKind, Document, InlineKind};
use crate::extract::steps;
use crate::parse::Page;
use crate::source::Place;

/// Collects the comments of a document.
pub(super) fn comments(
    document: &Document,
    page: &Page,
    out: &mut Vec<Wish>,
    findings: &mut Vec<Diagnostic>,
) {
    fn walk(
        blocks: &[&Block],
        opens: Option<u32>,
        page: &Page,
        out: &mut Vec<Wish>,
        findings: &mut Vec<Diagnostic>,
    ) {
        let mut opens = opens;
        for block in blocks {
            let text = match &block.kind {
                BlockKind::Comment(text) => Some(text.trim()),
                BlockKind::Html(html) => html_comment(html),
                _ => None,
            };
            if let Some(said) = text.and_then(|text| text.strip_prefix("runsheet:")) {
                read(
                    said,
                    Place::new(&page.source, block.span),
                    opens,
                    out,
                    findings,
                );
                continue;
            }
            if !steps::is_silent(block) {
                opens = None;
            }
            if let BlockKind::Paragraph(text) = &block.kind {
                for inline in text {
                    if let InlineKind::Html(html) = &inline.kind
                        && let Some(said) =
                            html_comment(html).and_then(|text| text.strip_prefix("runsheet:"))
                    {
                        read(
                            said,
                            Place::new(&page.source, inline.span),
                            None,
                            out,
                            findings,
                        );
                    }
                }
            }
            let start = matches!(block.kind, BlockKind::Section(_)).then_some(block.span.start);
            walk(&block.children(), start, page, out, findings);
        }
    }
    walk(
        &document.children.iter().collect::<Vec<_>>(),
        None,
        page,
        out,
        findings,
    );
}

fn html_comment(html: &str) -> Option<&str> {
    html.trim()
        .strip_prefix("<!--")?
        .strip_suffix("-->")
        .map(str::trim)
}

/// Reads what a comment says.
fn read(
    said: &str,
    place: Place,
    opens: Option<u32>,
    out: &mut Vec<Wish>,
    findings: &mut Vec<Diagnostic>,
) {
    let mut section = Rule::default();
    let mut step = Rule::default();
    for word in said.split_whitespace() {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let known = match (key, value) {
            ("procedure", "") => section.section_as.replace(SectionAs::Procedure).is_none(),
            ("phase", "") => section.section_as.replace(SectionAs::Phase).is_none(),
            ("step", "") => section.section_as.replace(SectionAs::Step).is_none(),
            ("context", "") => section.section_as.replace(SectionAs::Context).is_none(),
            ("text" | "ignore", "") => section.section_as.replace(SectionAs::Text).is_none(),
            ("phase", kind) => {
                word_of(kind).is_some_and(|kind| section.phase.replace(kind).is_none())
            }
            ("box", "") => step.has_box.replace(true).is_none(),
            ("no-box", "") => step.has_box.replace(false).is_none(),
            ("optional", "") => step.optional.replace(true).is_none(),
            ("required", "") => step.optional.replace(false).is_none(),
            ("kind", kind) => word_of(kind).is_some_and(|kind| step.kind.replace(kind).is_none()),
            ("id", name) if !name.is_empty() => step.id.replace(name.to_owned()).is_none(),
            _ => false,
        };
        if !known {
            findings.push(
                Diagnostic::new(Severity::Warning, Code::UnusedOverride, place.clone(), format!("`{word}` says nothing that an override can say, or says it twice"))
                    .help("procedure, phase, phase=KIND, step, context, text, box, no-box, kind=KIND, optional, required, id=NAME"),
            );
        }
    }
    for (rule, is_section) in [(section, true), (step, false)] {
        let speaks = if is_section {
            rule.is_of_sections()
        } else {
            rule.is_of_steps()
        };
        if speaks {
            let comment = Comment {
                place: place.clone(),
                opens: opens.filter(|_| is_section),
            };
            out.push(Wish {
                rule,
                comment: Some(comment),
                met: Cell::new(false),
            });
        }
    }
}

/// Returns the value whose word, as in the config, is `word`.
fn word_of<T: for<'de> Deserialize<'de>>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}
