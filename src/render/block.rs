//! Blocks as Markdown.

use crate::document::{
    Block, BlockKind, Directive, EnumeratedList, Image, Inline, LiteralBlock, Table, plain_text,
};
use crate::procedure::Command;
use crate::render::escape::{code_span, fenced};
use crate::render::inline::{line, picture, plain};
use crate::render::{html, table};

/// How deep blocks are written as what they are; deeper ones are written side by side.
const MAX_DEPTH: usize = 32;

/// A finished block: whole lines, each with its line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    text: String,
    shape: Shape,
}

/// What a finished block looks like to those around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Paragraph,
    Table,
    Fence,
    Quote,
    BulletList,
    /// Whether it starts with 1: only then it may stand right under a paragraph.
    OrderedList(bool),
}

/// Where blank lines stand between blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spacing {
    /// Around every block.
    Airy,
    /// Only where blocks would run together: in a list they would set all its items apart.
    Tight,
}

impl Written {
    fn new(text: String, shape: Shape) -> Self {
        Self { text, shape }
    }

    /// Tells whether a blank line has to part the block from one of shape `before` above it.
    fn needs_blank_after(&self, before: Shape) -> bool {
        match self.shape {
            Shape::Paragraph | Shape::Table => before != Shape::Fence,
            Shape::OrderedList(false) => before == Shape::Paragraph,
            Shape::OrderedList(true) => matches!(before, Shape::OrderedList(_)),
            Shape::Fence => false,
            Shape::Quote | Shape::BulletList => before == self.shape,
        }
    }
}

/// Returns a command as a fenced block, its caption before it.
pub(super) fn command(command: &Command) -> Vec<Written> {
    code(
        &command.text,
        command.language.as_deref(),
        command.caption.as_deref(),
    )
}

/// Returns blocks as Markdown, in order; what no reader sees (comments, targets) is left out.
pub(super) fn blocks<'a>(blocks: impl IntoIterator<Item = &'a Block>) -> Vec<Written> {
    let mut out = Vec::new();
    for block in blocks {
        write(block, 0, &mut out);
    }
    out
}

/// Returns blocks as a Markdown text of their own.
pub(crate) fn markdown(of: &[Block]) -> String {
    join(&blocks(of), 0, Spacing::Airy)
}

/// Returns `written` as one text, each line behind `indent` blanks.
pub(super) fn join(written: &[Written], indent: usize, spacing: Spacing) -> String {
    let margin = " ".repeat(indent);
    let mut out = String::new();
    let mut before = None;
    for block in written {
        if before.is_some_and(|before| spacing == Spacing::Airy || block.needs_blank_after(before))
        {
            out.push('\n');
        }
        before = Some(block.shape);
        for line in block.text.lines() {
            if !line.is_empty() {
                out.push_str(&margin);
                out.push_str(line);
            }
            out.push('\n');
        }
    }
    out
}

/// Returns `written` under an item's line, or between items: parted from both as far as it has to be.
pub(super) fn join_between(written: &[Written], indent: usize, spacing: Spacing) -> String {
    let Some(first) = written.first() else {
        return String::new();
    };
    let (above, below) = match spacing {
        Spacing::Airy => ("\n", "\n"),
        Spacing::Tight if first.needs_blank_after(Shape::Paragraph) => ("\n", ""),
        Spacing::Tight => ("", ""),
    };
    format!("{above}{}{below}", join(written, indent, spacing))
}

fn write(block: &Block, depth: usize, out: &mut Vec<Written>) {
    let children = |blocks: &[Block], out: &mut Vec<Written>| {
        for block in blocks {
            write(block, (depth + 1).min(MAX_DEPTH), out);
        }
    };
    match &block.kind {
        BlockKind::Section(section) => {
            paragraph(strong(&section.title), out);
            children(&section.children, out);
        }
        BlockKind::Paragraph(text) => paragraph(line(text), out),
        BlockKind::Attribution(text) => paragraph(format!("— {}", line(text)), out),
        BlockKind::LiteralBlock(literal) => out.extend(literal_block(literal)),
        BlockKind::LineBlock(lines) => {
            let lines: Vec<String> = lines
                .iter()
                .map(|of| line(&of.text))
                .filter(|line| !line.is_empty())
                .collect();
            paragraph(lines.join("\\\n"), out);
        }
        BlockKind::Image(image) => paragraph(picture(image), out),
        BlockKind::Table(of) => write_table(of, out),
        BlockKind::Html(html) => paragraph(plain(&html::text(html)), out),
        BlockKind::Included(included) => children(&included.document.children, out),
        BlockKind::Directive(directive) => write_directive(directive, depth, out),
        BlockKind::Target(_)
        | BlockKind::SubstitutionDefinition(_)
        | BlockKind::Comment(_)
        | BlockKind::Transition => {}
        _ if depth >= MAX_DEPTH => children_of(block, out),
        BlockKind::BulletList(items)
        | BlockKind::DefinitionList(items)
        | BlockKind::FieldList(items)
        | BlockKind::OptionList(items) => list(items, None, depth, out),
        BlockKind::EnumeratedList(of) => {
            let EnumeratedList { start, items, .. } = of.as_ref();
            list(items, Some(*start), depth, out);
        }
        BlockKind::ListItem(_)
        | BlockKind::DefinitionListItem(_)
        | BlockKind::Field(_)
        | BlockKind::OptionListItem(_) => {
            list(std::slice::from_ref(block), None, depth, out);
        }
        BlockKind::BlockQuote(inner) => {
            let mut quoted = Vec::new();
            children(inner, &mut quoted);
            quote(&quoted, out);
        }
        BlockKind::Admonition(admonition) => {
            let title = if admonition.title.is_empty() {
                let mut name = admonition.name.to_string();
                if let Some(first) = name.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                plain(&name)
            } else {
                line(&admonition.title)
            };
            let mut quoted = Vec::new();
            children(&admonition.children, &mut quoted);
            lead(&format!("**{title}:**"), &mut quoted);
            quote(&quoted, out);
        }
        BlockKind::Footnote(footnote) => {
            let mut inner = Vec::new();
            children(&footnote.children, &mut inner);
            lead(&plain(&format!("[{}]", footnote.label)), &mut inner);
            out.extend(inner);
        }
    }
}

/// Writes what lies in a block that is nested too deep to be written as what it is.
fn children_of(block: &Block, out: &mut Vec<Written>) {
    let mut stack = vec![block];
    while let Some(block) = stack.pop() {
        match &block.kind {
            BlockKind::Paragraph(text) => paragraph(line(text), out),
            BlockKind::LiteralBlock(literal) => out.extend(literal_block(literal)),
            _ => stack.extend(block.children().into_iter().rev()),
        }
    }
}

fn paragraph(text: String, out: &mut Vec<Written>) {
    if !text.is_empty() {
        out.push(Written::new(text + "\n", Shape::Paragraph));
    }
}

fn strong(text: &[Inline]) -> String {
    match plain(&plain_text(text)) {
        text if text.is_empty() => text,
        text => format!("**{text}**"),
    }
}

/// Puts `words` before the first paragraph of `blocks`, or by themselves where they start with something else.
fn lead(words: &str, blocks: &mut Vec<Written>) {
    match blocks.first_mut() {
        Some(first) if first.shape == Shape::Paragraph => {
            first.text = format!("{words} {}", first.text);
        }
        _ => blocks.insert(0, Written::new(format!("{words}\n"), Shape::Paragraph)),
    }
}

fn code(text: &str, language: Option<&str>, caption: Option<&str>) -> Vec<Written> {
    let mut out = Vec::new();
    if let Some(caption) = caption {
        paragraph(plain(caption), &mut out);
    }
    if !text.trim().is_empty() {
        out.push(Written::new(fenced(text, language), Shape::Fence));
    }
    out
}

fn literal_block(literal: &LiteralBlock) -> Vec<Written> {
    code(
        &literal.text,
        literal.language.as_deref(),
        literal.caption.as_deref(),
    )
}

fn quote(quoted: &[Written], out: &mut Vec<Written>) {
    if quoted.is_empty() {
        return;
    }
    let text = join(quoted, 0, Spacing::Airy)
        .lines()
        .map(|line| {
            if line.is_empty() {
                ">\n".to_owned()
            } else {
                format!("> {line}\n")
            }
        })
        .collect();
    out.push(Written::new(text, Shape::Quote));
}

/// Writes a list, numbered from `start` or with bullets; a task's box is left out, since these items are no steps.
fn list(items: &[Block], start: Option<u32>, depth: usize, out: &mut Vec<Written>) {
    let mut text = String::new();
    for (at, item) in items.iter().enumerate() {
        let mut inner = Vec::new();
        let words = match &item.kind {
            BlockKind::DefinitionListItem(item) => strong(&item.term),
            BlockKind::Field(field) => match plain(&plain_text(&field.name)) {
                name if name.is_empty() => name,
                name => format!("**{name}:**"),
            },
            BlockKind::OptionListItem(item) => code_span(&item.options),
            _ => String::new(),
        };
        for child in item.children() {
            write(child, (depth + 1).min(MAX_DEPTH), &mut inner);
        }
        if !words.is_empty() {
            if matches!(item.kind, BlockKind::DefinitionListItem(_)) {
                inner.insert(0, Written::new(words + "\n", Shape::Paragraph));
            } else {
                lead(&words, &mut inner);
            }
        }
        if inner.is_empty() {
            continue;
        }
        let marker = match start {
            // CommonMark reads nine digits at most.
            Some(start) => format!("{}. ", (u64::from(start) + at as u64).min(999_999_999)),
            None => "- ".to_owned(),
        };
        let body = join(&inner, marker.len(), Spacing::Tight);
        text.push_str(&marker);
        text.push_str(body.trim_start_matches(' '));
    }
    if !text.is_empty() {
        let shape = match start {
            Some(start) => Shape::OrderedList(start == 1),
            None => Shape::BulletList,
        };
        out.push(Written::new(text, shape));
    }
}

fn write_table(of: &Table, out: &mut Vec<Written>) {
    paragraph(strong(&of.title), out);
    if let Some(rows) = table::rows(of) {
        out.push(Written::new(rows, Shape::Table));
    }
}

fn write_directive(directive: &Directive, depth: usize, out: &mut Vec<Written>) {
    let name = directive.name.rsplit(':').next().unwrap_or_default();
    let argument = directive.argument.as_ref();
    let mut inner = Vec::new();
    for child in &directive.children {
        write(child, (depth + 1).min(MAX_DEPTH), &mut inner);
    }
    match name {
        "versionadded" => lead(&plain(&format!("New in version {argument}.")), &mut inner),
        "versionchanged" => lead(
            &plain(&format!("Changed in version {argument}.")),
            &mut inner,
        ),
        "deprecated" => lead(
            &plain(&format!("Deprecated since version {argument}.")),
            &mut inner,
        ),
        "figure" | "image" => {
            let alt = directive.options.iter().find(|(name, _)| &**name == "alt");
            let image = Image {
                uri: argument.into(),
                alt: alt.map(|(_, alt)| alt.clone()).unwrap_or_default(),
                target: None,
            };
            let mut shown = Vec::new();
            paragraph(picture(&image), &mut shown);
            shown.append(&mut inner);
            inner = shown;
        }
        "literalinclude" | "include" => lead(&format!("See {}.", code_span(argument)), &mut inner),
        "rubric" | "centered" | "tab" | "tab-item" | "group-tab" | "dropdown" | "card"
        | "details" | "collapse" | "grid-item-card" | "topic" | "sidebar" => {
            let title = plain(argument);
            if !title.is_empty() {
                inner.insert(0, Written::new(format!("**{title}**\n"), Shape::Paragraph));
            }
        }
        "math" | "graphviz" | "digraph" | "graph" | "mermaid" | "plantuml" | "uml"
        | "blockdiag" | "nwdiag" | "seqdiag" | "ditaa" => {
            if let Some(content) = &directive.content {
                inner.extend(code(content, Some(name), None));
            }
        }
        _ => {}
    }
    out.extend(inner);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Admonition, Cell, InlineKind, ListItem};
    use crate::source::Span;

    fn block(kind: BlockKind) -> Block {
        Block {
            span: Span::default(),
            kind,
        }
    }

    fn words(text: &str) -> Vec<Inline> {
        vec![Inline {
            span: Span::default(),
            kind: InlineKind::Text(text.into()),
        }]
    }

    fn para(text: &str) -> Block {
        block(BlockKind::Paragraph(words(text)))
    }

    fn shown(of: &[Block], indent: usize) -> String {
        join(&blocks(of), indent, Spacing::Tight)
    }

    #[test]
    fn lists_nest_under_their_text_without_boxes() {
        let item = |task, children| block(BlockKind::ListItem(ListItem { task, children }));
        let nested = block(BlockKind::BulletList(vec![item(
            Some(false),
            vec![para("inner")],
        )]));
        let list = block(BlockKind::BulletList(vec![
            item(None, vec![para("outer"), nested]),
            item(Some(true), vec![para("next")]),
        ]));
        assert_eq!(shown(&[list], 2), "  - outer\n    - inner\n  - next\n");
    }

    #[test]
    fn admonitions_are_quotes_with_their_name() {
        let admonition = block(BlockKind::Admonition(Box::new(Admonition {
            name: "warning".into(),
            title: vec![],
            children: vec![para("Hot."), para("Very.")],
        })));
        assert_eq!(shown(&[admonition], 0), "> **Warning:** Hot.\n>\n> Very.\n");
    }

    #[test]
    fn tables_have_a_head_and_guard_their_pipes() {
        let cell = |block: Block| Cell {
            span: Span::default(),
            children: vec![block],
        };
        let code = |text: &str| {
            block(BlockKind::LiteralBlock(Box::new(LiteralBlock {
                text: text.into(),
                language: None,
                caption: None,
            })))
        };
        let table = block(BlockKind::Table(Box::new(Table {
            title: vec![],
            head: 0,
            rows: vec![
                vec![cell(para("a|b")), cell(code("x | y\nz"))],
                vec![cell(para("c"))],
            ],
        })));
        assert_eq!(
            shown(&[table], 0),
            "| | |\n| --- | --- |\n| a\\|b | `x \\| y`<br>`z` |\n| c | |\n"
        );
    }

    #[test]
    fn html_reads_as_its_text() {
        let html = block(BlockKind::Html("<p>a <b>b</b><!-- - [ ] c --></p>".into()));
        assert_eq!(shown(&[html], 0), "a b\n");
    }
}
