//! What a region of Markdown's dialects is, by the name of its directive.

use super::Reader;
use crate::document::{
    Admonition, Block, BlockKind, Directive, Image, Inline, InlineKind, LiteralBlock,
    fold_whitespace,
};
use crate::parse::markdown::excerpt::{Excerpt, unix_lines};
use crate::parse::markdown::myst::{self, Body, roles};
use crate::parse::markdown::region::{Region, prefix_length};
use crate::parse::rst;
use crate::source::Span;

impl Reader<'_> {
    /// Makes a block of a region.
    pub(super) fn directive(&mut self, region: Region, depth: usize) -> Block {
        self.nested += 1;
        let block = self.directive_block(region, depth);
        self.nested -= 1;
        block
    }

    fn directive_block(&mut self, region: Region, depth: usize) -> Block {
        let (start, end) = region.content;
        let mut content = self.excerpt(start, end, region.indent);
        let options = if region.is_myst {
            let (options, length) = myst::options(content.text());
            content.skip(length);
            options
        } else {
            Vec::new()
        };
        let option = |name: &str| {
            let found = options.iter().find(|(key, _)| &**key == name);
            found.map(|(_, value)| value.clone())
        };
        let argument: Box<str> = fold_whitespace(&region.argument).into();
        let kind = match myst::body(&region.name, region.is_myst) {
            Body::Code => BlockKind::LiteralBlock(Box::new(LiteralBlock {
                text: unix_lines(content.text()),
                language: (!argument.is_empty()).then_some(argument),
                caption: option("caption"),
            })),
            Body::Image => BlockKind::Image(Box::new(Image {
                uri: argument,
                alt: option("alt").unwrap_or_default(),
                target: option("target"),
            })),
            Body::Kept => BlockKind::Directive(Box::new(Directive {
                name: region.name.into(),
                argument,
                options,
                children: Vec::new(),
                content: Some(unix_lines(content.text()).into()),
            })),
            Body::Admonition => {
                let mut children = self.read(&content, depth + 1);
                let title = self.line_of_text(&region, &argument);
                // To MyST, as to RST, words behind a note's name are its first words.
                let (title, first) = if region.is_myst && region.name != "admonition" {
                    (Vec::new(), title)
                } else {
                    (title, Vec::new())
                };
                if let (Some(start), Some(end)) = (first.first(), first.last()) {
                    let span = start.span.join(end.span);
                    let kind = BlockKind::Paragraph(first);
                    children.insert(0, Block { span, kind });
                }
                BlockKind::Admonition(Box::new(Admonition {
                    name: region.name.to_lowercase().into(),
                    title,
                    children: self.blocks(children, depth + 1, end),
                }))
            }
            Body::Rst => BlockKind::Directive(Box::new(Directive {
                name: region.name.into(),
                argument,
                options: Vec::new(),
                children: self.rst(region.content, region.indent, depth + 1),
                content: None,
            })),
            Body::Blocks => {
                let children = self.read(&content, depth + 1);
                BlockKind::Directive(Box::new(Directive {
                    name: region.name.into(),
                    argument,
                    options,
                    children: self.blocks(children, depth + 1, end),
                    content: None,
                }))
            }
        };
        Block {
            span: Span::new(region.start, region.end),
            kind,
        }
    }

    /// Reads the lines from `start` up to `end`, behind `indent` columns, as reStructuredText.
    fn rst(&mut self, (start, end): (usize, usize), indent: usize, depth: usize) -> Vec<Block> {
        let mut lines = Vec::new();
        let mut at = start;
        for line in self.text[start..end.max(start)].split_inclusive('\n') {
            let from = at + prefix_length(line, indent);
            at += line.len();
            lines.push(Span::new(from, at));
        }
        let parsed = rst::parse_lines(self.source, &lines, depth);
        self.findings.extend(parsed.diagnostics);
        parsed.value
    }

    /// Returns the argument of a region as running text.
    fn line_of_text(&mut self, region: &Region, argument: &str) -> Vec<Inline> {
        let first = self.text[region.start..].lines().next().unwrap_or_default();
        let Some(at) = first
            .rfind(&region.argument)
            .filter(|_| !argument.is_empty())
        else {
            return Vec::new();
        };
        let mut excerpt = Excerpt::default();
        excerpt.push(&region.argument, region.start + at);
        match self.read(&excerpt, 0).into_iter().next() {
            Some(Block {
                kind: BlockKind::Paragraph(mut inlines),
                ..
            }) => {
                roles(&mut inlines, self.text);
                inlines
            }
            _ => vec![Inline {
                span: Span::new(region.start + at, region.start + at + region.argument.len()),
                kind: InlineKind::Text(argument.into()),
            }],
        }
    }
}
