//! Reads what MyST, mkdocs and HTML add to Markdown: text and code to GitHub, structure to an author.
//!
//! ```text
//! fence     = ("```"+ | "~~~"+) "{" name "}" argument?  line*  close    -- MyST, code to GitHub
//! colons    = ":::"+ "{"? name "}"? argument?  line*  ":::"+            -- MyST and pandoc
//! options   = (":" key ":" value)* | "---" (key ":" value)* "---"       -- at the start of both
//! indented  = ("!!!" | "???" | "???+") name word* title?  block         -- mkdocs
//! tab       = "===" title  block                                        -- pymdownx
//! block     = (blank* | four columns, text)*
//! target    = "(" name ")="                                             -- MyST
//! role      = "{" name "}" code                                         -- MyST
//! details   = "<details" ... "</details>"                               -- HTML
//! ```
//!
//! The lines of the directive `eval-rst` are reStructuredText, and read as such.
//!
//! A block that stands in a list item or a quote has the prefix of its container before each line;
//! as many columns as stand before its first line are taken away from the others.

use std::collections::VecDeque;
use std::sync::Arc;

use super::anchor::find_anchors;
use super::details::fold_details;
use super::excerpt::Excerpt;
use super::myst::{self, roles};
use super::region::{
    Opening, Region, column, content_offset, first_text, is_closing, next_line, prefix_length,
};
use super::tree::{self, Definitions};
use super::{MAX_DEPTH, Reading};
use crate::diagnostic::Diagnostic;
use crate::document::{Block, BlockKind, Document, Inline, InlineKind, Target};
use crate::source::{Source, Span};

mod directive;

/// How many directives may stand in one another: each level is read anew.
///
/// What lies deeper stays as GitHub reads it, with a finding.
const MAX_NESTED: usize = 16;

/// Reads the dialects in a document that [`super::parse`] made of `source`.
pub fn read(document: &mut Document, source: &Arc<Source>) -> Vec<Diagnostic> {
    let mut reader = Reader {
        source,
        text: source.text(),
        definitions: None,
        reading: Reading::default(),
        findings: Vec::new(),
        nested: 0,
    };
    let blocks = std::mem::take(&mut document.children);
    document.children = reader.blocks(blocks, 0, source.text().len());
    find_anchors(document, source);
    let mut findings = reader.reading.findings(source);
    findings.append(&mut reader.findings);
    findings
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    text: &'a str,
    /// The document's link definitions, read when first needed.
    definitions: Option<Definitions>,
    reading: Reading,
    /// What is malformed in reStructuredText.
    findings: Vec<Diagnostic>,
    /// How many directives are around the blocks at hand.
    nested: usize,
}

impl Reader<'_> {
    /// Reads the blocks of one container, which ends before `limit`.
    fn blocks(&mut self, blocks: Vec<Block>, depth: usize, limit: usize) -> Vec<Block> {
        if depth >= MAX_DEPTH {
            return blocks;
        }
        let mut done = Vec::new();
        let mut todo = VecDeque::new();
        blocks
            .into_iter()
            .for_each(|block| flatten(block, &mut todo));
        while let Some(mut block) = todo.pop_front() {
            let targets = self.targets(&mut block);
            done.extend(targets);
            if matches!(&block.kind, BlockKind::Paragraph(text) if text.is_empty()) {
                continue;
            }
            if self.is_opening(&block, limit) && self.may_nest(block.span) {
                self.regions(&block, depth, limit, &mut todo, &mut done);
                continue;
            }
            if let Some(made) = self.fence(&block, depth) {
                done.push(made);
                continue;
            }
            // An earlier reading made blocks of it that are not Markdown's.
            if myst::is_eval_rst(&block) {
                done.push(block);
                continue;
            }
            for inlines in block.inlines_mut() {
                roles(inlines, self.text);
            }
            if let BlockKind::Table(_) = &block.kind {
                // A cell is one line: running text, and no blocks.
                for cell in block.children_mut().into_iter().flatten() {
                    for inlines in cell.inlines_mut() {
                        roles(inlines, self.text);
                    }
                }
                done.push(block);
                continue;
            }
            // What an earlier reading made counts as well, so that a second one changes nothing.
            let is_directive = matches!(
                block.kind,
                BlockKind::Admonition(_) | BlockKind::Directive(_)
            );
            self.nested += usize::from(is_directive);
            let end = block.span.end as usize;
            for children in block.children_mut() {
                let inner = std::mem::take(children);
                *children = self.blocks(inner, depth + 1, end);
            }
            self.nested -= usize::from(is_directive);
            done.push(block);
        }
        tree::nest_sections(fold_details(done))
    }

    /// Takes the targets that stand on a paragraph's first lines out of it.
    fn targets(&mut self, block: &mut Block) -> Vec<Block> {
        let mut found = Vec::new();
        let BlockKind::Paragraph(inlines) = &mut block.kind else {
            return found;
        };
        let Some(Inline {
            span,
            kind: InlineKind::Text(text),
        }) = inlines.first_mut()
        else {
            return found;
        };
        let mut rest = &**text;
        let mut at = block.span.start as usize;
        while let Some(name) = myst::target(rest.lines().next().unwrap_or_default()) {
            let line = self.text[at..].lines().next().unwrap_or_default();
            let place = Span::new(at, at + line.trim_end().len());
            found.push(Block {
                span: place,
                kind: BlockKind::Target(Box::new(Target {
                    name: name.into(),
                    refers_to: None,
                })),
            });
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
            let next = at + line.len();
            at = next + content_offset(&self.text[next..]);
        }
        if !found.is_empty() {
            let rest: Box<str> = rest.into();
            if rest.is_empty() {
                inlines.remove(0);
            } else {
                *span = Span::new(at.min(span.end as usize), span.end as usize);
                *text = rest;
            }
            if let Some(first) = inlines.first() {
                block.span.start = first.span.start;
            }
        }
        found
    }

    /// Tells whether one more directive may stand at `span`.
    fn may_nest(&mut self, span: Span) -> bool {
        if self.nested >= MAX_NESTED {
            self.reading.too_deep.get_or_insert(span);
        }
        self.nested < MAX_NESTED
    }

    fn is_opening(&self, block: &Block, limit: usize) -> bool {
        let start = block.span.start as usize;
        matches!(block.kind, BlockKind::Paragraph(_))
            && self
                .region(start, column(self.text, start), limit)
                .is_some()
    }

    /// Reads the regions that start with `block` and right behind one another.
    ///
    /// What `todo` holds of them is taken from it; where a block reaches over their end, its rest
    /// is read anew.
    fn regions(
        &mut self,
        block: &Block,
        depth: usize,
        limit: usize,
        todo: &mut VecDeque<Block>,
        done: &mut Vec<Block>,
    ) {
        let indent = column(self.text, block.span.start as usize);
        let mut reach = block.span.end as usize;
        let mut at = block.span.start as usize;
        let mut end = at;
        while at < reach.max(end + 1) {
            let Some(region) = self.region(at, indent, limit) else {
                break;
            };
            end = region.end;
            done.push(self.directive(region, depth));
            while let Some(next) = todo.pop_front_if(|next| (next.span.start as usize) < end) {
                reach = reach.max(next.span.end as usize);
            }
            let Some(next) = next_line(self.text, end) else {
                break;
            };
            at = next + prefix_length(&self.text[next..], indent);
            if at >= reach {
                break;
            }
        }
        if reach > end
            && let Some(next) = next_line(self.text, end)
        {
            let rest = self.excerpt(next, reach, indent);
            for block in self.read(&rest, depth).into_iter().rev() {
                todo.push_front(block);
            }
        }
    }

    /// Finds the end of the region that opens at `at`, whose container ends before `limit`.
    fn region(&self, at: usize, indent: usize, limit: usize) -> Option<Region> {
        // A container may end in the middle of a line: to Markdown, a carriage return alone ends one.
        let text = self.text.get(..limit)?;
        let first = text.get(at..)?.lines().next()?;
        let opening = Opening::read(first)?;
        let mut region = Region {
            start: at,
            end: at + first.trim_end().len(),
            content: (at + first.len(), at + first.len()),
            indent,
            name: opening.name().to_owned(),
            argument: opening.argument().to_owned(),
            is_myst: matches!(opening, Opening::Colons { .. }),
        };
        if let Opening::Indented { .. } = opening {
            region.indent += 4;
        }
        let mut line_start = next_line(text, at).unwrap_or(limit);
        region.content = (line_start, line_start);
        while line_start < limit {
            let line = text[line_start..].lines().next().unwrap_or_default();
            let content = &line[prefix_length(line, indent)..];
            let line_end = line_start + line.trim_end().len();
            match opening {
                Opening::Colons { length, .. } => {
                    if is_closing(content, ":", length) {
                        region.end = line_end;
                        return Some(region);
                    }
                    region.end = region.end.max(line_end);
                    region.content.1 = line_end;
                }
                Opening::Indented { .. } => {
                    if content.trim().is_empty() {
                        // Belongs to the block only where more of it follows.
                    } else if column(content, first_text(content)) >= 4 {
                        region.end = line_end;
                        region.content.1 = line_end;
                    } else {
                        break;
                    }
                }
            }
            let Some(next) = next_line(text, line_start) else {
                break;
            };
            line_start = next;
        }
        // Marks with neither a title nor a block are somebody's emphasis.
        let is_empty = region.content.0 == region.content.1 && region.argument.is_empty();
        (region.is_myst || !is_empty).then_some(region)
    }

    /// Reads a fenced block whose language is a directive.
    fn fence(&mut self, block: &Block, depth: usize) -> Option<Block> {
        let BlockKind::LiteralBlock(code) = &block.kind else {
            return None;
        };
        if !code.language.as_ref()?.starts_with('{') || !self.may_nest(block.span) {
            return None;
        }
        let start = block.span.start as usize;
        let source = self.text.get(block.span.range())?;
        let first = source.lines().next()?;
        let fence = &first[..first.len() - first.trim_start_matches(['`', '~']).len()];
        let (name, argument) = myst::name_and_argument(first[fence.len()..].trim())?;
        let indent = column(self.text, start);
        let content_start = start + source.find('\n').map_or(source.len(), |at| at + 1);
        let mut content_end = block.span.end as usize;
        let last_start = self.text[..content_end].rfind('\n').map_or(0, |at| at + 1);
        if last_start >= content_start {
            let last = &self.text[last_start..content_end];
            let marker = if fence.starts_with('~') { "~" } else { "`" };
            if is_closing(&last[prefix_length(last, indent)..], marker, fence.len()) {
                content_end = last_start;
            }
        }
        let region = Region {
            start,
            end: block.span.end as usize,
            content: (content_start, content_end.max(content_start)),
            indent,
            name: name.to_owned(),
            argument: argument.to_owned(),
            is_myst: true,
        };
        Some(self.directive(region, depth))
    }

    fn read(&mut self, excerpt: &Excerpt<'_>, depth: usize) -> Vec<Block> {
        let definitions = self
            .definitions
            .get_or_insert_with(|| tree::definitions(self.text));
        tree::blocks(excerpt, depth, Some(definitions), &mut self.reading)
    }

    /// Returns the lines from `start` up to `end` without the first `indent` columns.
    fn excerpt(&self, start: usize, end: usize, indent: usize) -> Excerpt<'static> {
        let mut excerpt = Excerpt::default();
        let mut at = start;
        for line in self.text[start..end.max(start)].split_inclusive('\n') {
            let prefix = prefix_length(line, indent);
            excerpt.push(&line[prefix..], at + prefix);
            at += line.len();
        }
        excerpt
    }
}

/// Adds a block to `out`, a section's blocks behind it.
fn flatten(mut block: Block, out: &mut VecDeque<Block>) {
    let children = match &mut block.kind {
        BlockKind::Section(section) => std::mem::take(&mut section.children),
        _ => Vec::new(),
    };
    if let BlockKind::Section(section) = &block.kind
        && !children.is_empty()
        && let (Some(first), Some(last)) = (section.title.first(), section.title.last())
    {
        block.span.end = first.span.join(last.span).end;
    }
    out.push_back(block);
    for child in children {
        flatten(child, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::plain_text;
    use crate::source::Markup;

    fn read_dialect(text: &str) -> Document {
        let source = Arc::new(Source::new("a.md", text, Markup::Markdown));
        let mut document = super::super::parse(&source).value;
        assert_eq!(read(&mut document, &source), []);
        document
    }

    /// One line a block: its kind and text, and the first line of its place.
    fn sketch(text: &str) -> String {
        fn walk(block: &Block, depth: usize, text: &str, out: &mut String) {
            let kind = match &block.kind {
                BlockKind::Section(section) => format!("section {}", plain_text(&section.title)),
                BlockKind::Paragraph(inlines) => format!("paragraph {}", plain_text(inlines)),
                BlockKind::BulletList(_) => "bullets".into(),
                BlockKind::EnumeratedList(_) => "numbers".into(),
                BlockKind::ListItem(_) => "item".into(),
                BlockKind::BlockQuote(_) => "quote".into(),
                BlockKind::Target(target) => format!("target {}", target.name),
                BlockKind::LiteralBlock(code) => {
                    format!(
                        "code {:?} {:?} {:?}",
                        code.language, code.caption, code.text
                    )
                }
                BlockKind::Admonition(admonition) => {
                    format!("{} {}", admonition.name, plain_text(&admonition.title))
                }
                BlockKind::Directive(directive) => format!(
                    "{} [{}] {:?} {:?}",
                    directive.name, directive.argument, directive.options, directive.content
                ),
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
        for block in &read_dialect(text).children {
            walk(block, 0, text, &mut out);
        }
        out
    }

    #[test]
    fn fences_are_directives() {
        assert_eq!(
            sketch(
                "````{note} Mind\n:class: x\n\n- a [l]\n\n```{code-block} sh\n:caption: Run\nls\n```\n````\n\n[l]: u\n"
            ),
            "note  | ````{note} Mind\n paragraph Mind | Mind\n bullets | - a [l]\n  item | - a [l]\n   paragraph a l | a [l]\n \
             code Some(\"sh\") Some(\"Run\") \"ls\" | ```{code-block} sh\n"
        );
        assert_eq!(
            sketch("- x\n  ```{toctree}\n  ---\n  maxdepth: 1\n  ---\n  one\n  ```\n"),
            "bullets | - x\n item | - x\n  paragraph x | x\n  \
             toctree [] [(\"maxdepth\", \"1\")] Some(\"one\") | ```{toctree}\n"
        );
    }

    #[test]
    fn the_lines_of_eval_rst_are_restructuredtext() {
        assert_eq!(
            sketch(
                "```{eval-rst}\n.. tip:: a\n\n#. *b*::\n\n     c\n```\n\n- x\n  ```{eval-rst}\n  .. _d:\n\n  - y\n    z\n  ```\n"
            ),
            "eval-rst [] [] None | ```{eval-rst}\n tip  | .. tip:: a\n  paragraph a | a\n numbers | #. *b*::\n  \
             item | #. *b*::\n   paragraph b: | *b*::\n   code None None \"c\" | c\n\
             bullets | - x\n item | - x\n  paragraph x | x\n  eval-rst [] [] None | ```{eval-rst}\n   \
             target d | .. _d:\n   bullets | - y\n    item | - y\n     paragraph y z | y\n"
        );
    }

    #[test]
    fn colons_hold_what_stands_between_them() {
        assert_eq!(
            sketch(
                "> :::{tip}\n> - a\n> :::\n> after\n\n::::{tab-set}\n:::{tab-item} A\n# x\n:::\n::::\nend\n"
            ),
            "quote | > :::{tip}\n tip  | :::{tip}\n  bullets | - a\n   item | - a\n    paragraph a | a\n \
             paragraph after | after\n\
             tab-set [] [] None | ::::{tab-set}\n tab-item [A] [] None | :::{tab-item} A\n  section x | # x\n\
             paragraph end | end\n"
        );
    }

    #[test]
    fn indented_blocks_belong_to_their_admonition() {
        assert_eq!(
            sketch(
                "1. x\n\n    !!! Warning \"Be *quick*\"\n        - a\n\n        b\n\n    c\n\n!!! note\n    d\nlazy\n"
            ),
            "numbers | 1. x\n item | 1. x\n  paragraph x | x\n  warning Be quick | !!! Warning \"Be *quick*\"\n   \
             bullets | - a\n    item | - a\n     paragraph a | a\n   paragraph b | b\n  paragraph c | c\n\
             note  | !!! note\n paragraph d | d\nparagraph lazy | lazy\n"
        );
    }

    #[test]
    fn sentences_with_marks_are_sentences() {
        assert_eq!(
            sketch("!!! note this, then go\n\n!!! Warning\n\n??? \"x\"\n"),
            "paragraph !!! note this, then go | !!! note this, then go\n\
             paragraph !!! Warning | !!! Warning\nparagraph ??? \"x\" | ??? \"x\"\n"
        );
    }

    #[test]
    fn targets_name_the_next_block() {
        let text = "(one)=\n(two)=\n# Title\n\n> (three)=\n> text *x*\n";
        assert_eq!(
            sketch(text),
            "target one | (one)=\ntarget two | (two)=\nsection Title | # Title\n quote | > (three)=\n  \
             target three | (three)=\n  paragraph text x | text *x*\n"
        );
        let document = read_dialect(text);
        let named: Vec<_> = document
            .anchors
            .iter()
            .map(|anchor| (&*anchor.name, &text[anchor.block as usize..][..4]))
            .collect();
        assert_eq!(named, [("one", "# Ti"), ("two", "# Ti"), ("three", "text")]);
    }

    #[test]
    fn roles_are_code_right_behind_their_name() {
        let document =
            read_dialect("See {ref}`the *end* <end>`, **{doc}`a`** and \\{x}`b` or {y} `c`\n");
        let BlockKind::Paragraph(inlines) = &document.children[0].kind else {
            panic!("{document:?}");
        };
        let InlineKind::Role(role) = &inlines[1].kind else {
            panic!("{inlines:?}");
        };
        assert_eq!(
            (&*role.name, &*role.text, &*role.target),
            ("ref", "the *end*", "end")
        );
        assert_eq!(plain_text(inlines), "See the *end*, a and {x}b or {y} c");
    }

    #[test]
    fn details_hold_what_stands_between_their_tags() {
        assert_eq!(
            sketch(
                "<details>\n<summary>More <b>of</b> it</summary>\n\n- a\n\n</details>\n\n<details>\n\n# T\n\n</details>\n"
            ),
            "details [More of it] [] None | <details>\n bullets | - a\n  item | - a\n   paragraph a | a\n\
             Html(\"<details>\") | <details>\nsection T | # T\n Html(\"</details>\") | </details>\n"
        );
    }
}
