//! Reads Markdown as GitHub does.
//!
//! The crate `pulldown-cmark` knows CommonMark, tables, task lists, strikethrough, footnotes and
//! GitHub's alerts; `tree` makes a [`Document`] of its events. What other tools add to Markdown
//! (MyST's directives and roles, mkdocs' admonitions) is plain text or code to GitHub and stays so
//! here; [`dialect::read`] reads it in a second pass, on a document that is to be understood and
//! not just shown.
//!
//! A metadata block is read here, since `pulldown-cmark` takes one anywhere and GitHub only at the
//! start:
//!
//! ```text
//! metadata  = fence line* close        -- at the very start, behind a byte order mark
//! fence     = "---" blank* | "+++" blank*
//! close     = fence, or "..." for "---"
//! ```

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Parsed, Severity};
use crate::document::{Block, BlockKind, Directive, Document};
use crate::source::{Place, Source, Span};

mod anchor;
mod details;
pub mod dialect;
mod excerpt;
mod myst;
mod region;
mod tree;

pub use anchor::split_heading_name;
pub(crate) use details::summary as details_summary;
use excerpt::Excerpt;
pub(crate) use myst::is_eval_rst;

/// How deep blocks and inline markup may be nested, a list and its items counted apart.
///
/// What lies deeper is kept as text, with a [`Code::TooDeep`] finding.
pub const MAX_DEPTH: usize = 100;

/// The name of the directive that stands for a metadata block; its argument is `yaml` or `toml`.
pub const METADATA: &str = "metadata";

/// Returns the document of `source`, read as Markdown.
pub fn parse(source: &Arc<Source>) -> Parsed<Document> {
    let text = source.text();
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let metadata = metadata(text, start);
    let body = metadata.as_ref().map_or(start, |(_, end)| *end);
    let mut reading = Reading::default();
    let mut children: Vec<Block> = metadata.into_iter().map(|(block, _)| block).collect();
    children.extend(tree::blocks(
        &Excerpt::whole(text, body),
        0,
        None,
        &mut reading,
    ));
    let children = tree::nest_sections(children);
    let mut document = Document {
        children,
        anchors: Vec::new(),
    };
    anchor::find_anchors(&mut document, source);
    Parsed {
        value: document,
        diagnostics: reading.findings(source),
    }
}

/// What is noticed while blocks are read.
#[derive(Debug, Default)]
struct Reading {
    /// The first block or markup that is nested too deep.
    too_deep: Option<Span>,
}

impl Reading {
    fn findings(&self, source: &Arc<Source>) -> Vec<Diagnostic> {
        self.too_deep
            .map(|span| {
                Diagnostic::new(
                    Severity::Error,
                    Code::TooDeep,
                    Place::new(source, span),
                    "nested too deep, kept as text",
                )
                .help("nest the lists and quotes around it less deep")
            })
            .into_iter()
            .collect()
    }
}

/// Returns the metadata block at `start` and where the text goes on behind it.
fn metadata(text: &str, start: usize) -> Option<(Block, usize)> {
    let mut lines = text[start..].split_inclusive('\n');
    let first = lines.next()?;
    let (language, closes): (_, &[&str]) = match first.trim_end() {
        "---" => ("yaml", &["---", "..."]),
        "+++" => ("toml", &["+++"]),
        _ => return None,
    };
    let content = start + first.len();
    let mut at = content;
    for line in lines {
        let end = at + line.len();
        if closes.contains(&line.trim_end()) {
            let block = Block {
                span: Span::new(start, at + line.trim_end().len()),
                kind: BlockKind::Directive(Box::new(Directive {
                    name: METADATA.into(),
                    argument: language.into(),
                    options: Vec::new(),
                    children: Vec::new(),
                    content: Some(excerpt::unix_lines(&text[content..at]).into()),
                })),
            };
            return Some((block, end));
        }
        at = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::plain_text;
    use crate::source::Markup;

    fn read(text: &str) -> Document {
        let source = Arc::new(Source::new("a.md", text, Markup::Markdown));
        let parsed = parse(&source);
        assert_eq!(parsed.diagnostics, []);
        parsed.value
    }

    /// One line a block: its kind, its text, its place in `text`.
    fn sketch(text: &str) -> String {
        fn walk(block: &Block, depth: usize, text: &str, out: &mut String) {
            let kind = match &block.kind {
                BlockKind::Section(section) => {
                    format!("section {} {}", section.level, plain_text(&section.title))
                }
                BlockKind::Paragraph(inlines) => format!("paragraph {}", plain_text(inlines)),
                BlockKind::BulletList(_) => "bullets".into(),
                BlockKind::EnumeratedList(list) => format!("numbers from {}", list.start),
                BlockKind::ListItem(item) => format!("item {:?}", item.task),
                BlockKind::LiteralBlock(code) => {
                    format!("code {:?} {:?}", code.language, code.text)
                }
                BlockKind::Admonition(admonition) => admonition.name.to_string(),
                BlockKind::Directive(directive) => {
                    format!(
                        "{} {} {:?}",
                        directive.name, directive.argument, directive.content
                    )
                }
                other => format!("{other:?}"),
            };
            let source = text.get(block.span.range()).unwrap_or("OUT OF BOUNDS");
            let first = source.lines().next().unwrap_or_default();
            out.push_str(&format!("{:depth$}{kind} | {first}\n", ""));
            for child in block.children() {
                assert!(block.span.holds(child.span), "{block:?} holds {child:?}");
                walk(child, depth + 1, text, out);
            }
        }
        let mut out = String::new();
        for block in &read(text).children {
            walk(block, 0, text, &mut out);
        }
        out
    }

    #[test]
    fn sections_hold_what_stands_under_them() {
        assert_eq!(
            sketch("intro\n\n## A\ntext\n\n### B\n\nmore\n\nC\n=\n"),
            "paragraph intro | intro\n\
             section 2 A | ## A\n paragraph text | text\n section 3 B | ### B\n  paragraph more | more\n\
             section 1 C | C\n"
        );
    }

    #[test]
    fn tight_and_loose_items_hold_paragraphs() {
        assert_eq!(
            sketch("3. [x] one\n   two\n   - [ ] sub\n\n     ```sh\n     ls\n     ```\n"),
            "numbers from 3 | 3. [x] one\n item Some(true) | 3. [x] one\n  paragraph one two | one\n  \
             bullets | - [ ] sub\n   item Some(false) | - [ ] sub\n    paragraph sub | sub\n    \
             code Some(\"sh\") \"ls\" | ```sh\n"
        );
    }

    #[test]
    fn a_metadata_block_stands_only_at_the_start() {
        assert_eq!(
            sketch("\u{feff}---\r\na: b\r\n---\r\n# T\r\n\r\n> [!TIP]\r\n> x\r\n"),
            "metadata yaml Some(\"a: b\") | ---\nsection 1 T | # T\n tip | > [!TIP]\n  paragraph x | x\n"
        );
        assert_eq!(
            sketch("text\n\n---\na: b\n\n---\n"),
            "paragraph text | text\nTransition | ---\nparagraph a: b | a: b\nTransition | ---\n"
        );
        assert_eq!(sketch("---\na\n"), "Transition | ---\nparagraph a | a\n");
    }

    #[test]
    fn a_comment_is_a_comment_only_where_it_is_alone() {
        assert_eq!(
            sketch("<!-- runsheet: skip -->\n\n<!-- a --> b\n"),
            "Comment(\"runsheet: skip\") | <!-- runsheet: skip -->\nHtml(\"<!-- a --> b\") | <!-- a --> b\n"
        );
    }

    #[test]
    fn footnotes_keep_their_label() {
        let document = read("a[^n] b\n\n[^n]: text\n");
        let BlockKind::Paragraph(inlines) = &document.children[0].kind else {
            panic!("{document:?}");
        };
        assert_eq!(plain_text(inlines), "a[^n] b");
        assert!(
            matches!(&document.children[1].kind, BlockKind::Footnote(note) if &*note.label == "^n")
        );
    }

    #[test]
    fn names_of_places_are_kept() {
        let text = "<a id=\"one\"></a>\n\n# Two words {#two}\n\ntext <span name='three'>x</span>\n\n<a name=four></a>\n";
        let anchors: Vec<_> = read(text)
            .anchors
            .into_iter()
            .map(|anchor| (anchor.name, text[anchor.block as usize..].lines().next()))
            .collect();
        let first = Some("# Two words {#two}");
        assert_eq!(
            anchors,
            [
                ("one".to_owned(), first),
                ("two".to_owned(), first),
                ("three".to_owned(), Some("text <span name='three'>x</span>")),
                ("four".to_owned(), None),
            ]
        );
    }

    #[test]
    fn what_is_nested_too_deep_is_text() {
        for text in ["> ".repeat(1000) + "deep", "- ".repeat(1000) + "deep"] {
            let source = Arc::new(Source::new("a.md", text, Markup::Markdown));
            let parsed = parse(&source);
            assert_eq!(parsed.diagnostics.len(), 1);
            assert_eq!(parsed.diagnostics[0].code, Code::TooDeep);
        }
    }
}
