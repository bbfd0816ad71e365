//! A document as JSON: what `outline` prints.
//!
//! A [`Node`] is a view: its members are made when they are asked for, and a document of any size is
//! printed node by node, without a second tree beside it.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use crate::source::{Source, Span};

use super::{
    Block, BlockKind, Cell, Document, Inline, InlineKind, ReferenceTarget, Role, plain_text,
};

/// Returns the document as one JSON object: `children` in document order, kinds in docutils' names.
///
/// Each node has the 1-based `line` it starts on and, where it nests, `children`. Texts are plain:
/// markup gone, white space folded.
pub fn outline<'d>(document: &'d Document, source: &'d Source) -> Node<'d> {
    Node {
        source,
        part: Part::Document(document),
    }
}

/// One node of an outline.
#[derive(Clone, Copy, Debug)]
pub struct Node<'d> {
    source: &'d Source,
    part: Part<'d>,
}

/// What a node shows.
#[derive(Clone, Copy, Debug)]
enum Part<'d> {
    Document(&'d Document),
    Block(&'d Block),
    /// A row of a table, and where the table stands.
    Row(&'d [Cell], Span),
    Entry(&'d Cell),
}

/// The nodes directly inside a node.
#[derive(Clone, Copy, Debug)]
enum Children<'d> {
    Blocks(&'d [Block]),
    Rows(&'d [Vec<Cell>], Span),
    Cells(&'d [Cell]),
}

impl<'d> Node<'d> {
    /// Returns the kind, in docutils' words.
    pub fn kind(&self) -> &'static str {
        match self.part {
            Part::Document(_) => "document",
            Part::Block(block) => kind(&block.kind),
            Part::Row(..) => "row",
            Part::Entry(_) => "entry",
        }
    }

    /// Returns the 1-based line of the node's first byte.
    pub fn line(&self) -> usize {
        let start = match self.part {
            Part::Document(_) => 0,
            Part::Block(block) => block.span.start,
            Part::Row(cells, table) => cells.first().map_or(table, |cell| cell.span).start,
            Part::Entry(cell) => cell.span.start,
        };
        self.source.line(start)
    }

    /// Returns what the node says of itself, in the order in which it is printed.
    pub fn members(&self) -> Map<String, Value> {
        let members = match self.part {
            Part::Block(block) => members(&block.kind, self.source),
            Part::Document(_) | Part::Row(..) | Part::Entry(_) => Value::Null,
        };
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// Returns the nodes directly inside, `None` where the kind of node never nests.
    pub fn children(&self) -> Option<impl Iterator<Item = Node<'d>>> {
        let children = match self.part {
            Part::Document(document) => Children::Blocks(&document.children),
            Part::Block(block) => inside(block)?,
            Part::Row(cells, _) => Children::Cells(cells),
            Part::Entry(cell) => Children::Blocks(&cell.children),
        };
        let source = match self.part {
            Part::Block(Block {
                kind: BlockKind::Included(included),
                ..
            }) => &included.source,
            _ => self.source,
        };
        Some(children.parts().map(move |part| Node { source, part }))
    }

    /// Returns the names that authors gave to places; only a document has them.
    fn anchors(&self) -> Option<Vec<Value>> {
        let Part::Document(document) = self.part else {
            return None;
        };
        let anchors = document.anchors.iter();
        let line = |span: Span| self.source.line(span.start);
        Some(
            anchors
                .map(|anchor| json!({"name": anchor.name, "line": line(anchor.span)}))
                .collect(),
        )
    }
}

impl<'d> Children<'d> {
    fn parts(self) -> impl Iterator<Item = Part<'d>> {
        let (blocks, rows, cells): (&[_], (&[_], _), &[_]) = match self {
            Self::Blocks(blocks) => (blocks, (&[], Span::default()), &[]),
            Self::Rows(rows, table) => (&[], (rows, table), &[]),
            Self::Cells(cells) => (&[], (&[], Span::default()), cells),
        };
        let (rows, table) = rows;
        let blocks = blocks.iter().map(Part::Block);
        let rows = rows.iter().map(move |cells| Part::Row(cells, table));
        blocks.chain(rows).chain(cells.iter().map(Part::Entry))
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind())?;
        map.serialize_entry("line", &self.line())?;
        for (name, value) in &self.members() {
            map.serialize_entry(name, value)?;
        }
        if self.children().is_some() {
            map.serialize_entry("children", &Inside(*self))?;
        }
        if let Some(anchors) = self.anchors() {
            map.serialize_entry("anchors", &anchors)?;
        }
        map.end()
    }
}

/// A node's children as a list.
struct Inside<'d>(Node<'d>);

impl Serialize for Inside<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.children().into_iter().flatten())
    }
}

fn kind(kind: &BlockKind) -> &'static str {
    match kind {
        BlockKind::Section(_) => "section",
        BlockKind::Paragraph(_) => "paragraph",
        BlockKind::BulletList(_) => "bullet_list",
        BlockKind::EnumeratedList(_) => "enumerated_list",
        BlockKind::ListItem(_) => "list_item",
        BlockKind::DefinitionList(_) => "definition_list",
        BlockKind::DefinitionListItem(_) => "definition_list_item",
        BlockKind::FieldList(_) => "field_list",
        BlockKind::Field(_) => "field",
        BlockKind::OptionList(_) => "option_list",
        BlockKind::OptionListItem(_) => "option_list_item",
        BlockKind::LineBlock(_) => "line_block",
        BlockKind::LiteralBlock(_) => "literal_block",
        BlockKind::BlockQuote(_) => "block_quote",
        BlockKind::Attribution(_) => "attribution",
        BlockKind::Admonition(_) => "admonition",
        BlockKind::Directive(_) => "directive",
        BlockKind::Table(_) => "table",
        BlockKind::Footnote(_) => "footnote",
        BlockKind::Target(_) => "target",
        BlockKind::SubstitutionDefinition(_) => "substitution_definition",
        BlockKind::Comment(_) => "comment",
        BlockKind::Transition => "transition",
        BlockKind::Image(_) => "image",
        BlockKind::Html(_) => "html",
        BlockKind::Included(_) => "included",
    }
}

/// Returns the nodes directly inside a block, `None` where its kind never nests.
fn inside(block: &Block) -> Option<Children<'_>> {
    let blocks = match &block.kind {
        BlockKind::Directive(directive) if directive.content.is_some() => return None,
        BlockKind::Included(included) => &included.document.children,
        BlockKind::Table(table) => return Some(Children::Rows(&table.rows, block.span)),
        _ => block.blocks()?,
    };
    Some(Children::Blocks(blocks))
}

/// Returns a block's own members as an object, null where it has none.
fn members(kind: &BlockKind, source: &Source) -> Value {
    match kind {
        BlockKind::Section(section) => {
            json!({"title": text_of(&section.title), "level": section.level})
        }
        BlockKind::Paragraph(text) | BlockKind::Attribution(text) => {
            json!({"text": text_of(text)})
        }
        BlockKind::EnumeratedList(list) => json!({"start": list.start}),
        BlockKind::ListItem(item) => json!({"task": item.task}),
        BlockKind::DefinitionListItem(item) => term(&item.term, source),
        BlockKind::Field(field) => json!({"name": text_of(&field.name)}),
        BlockKind::OptionListItem(item) => json!({"options": item.options}),
        BlockKind::LineBlock(lines) => {
            let lines: Vec<Value> = lines
                .iter()
                .map(|line| json!({"indent": line.indent, "text": text_of(&line.text)}))
                .collect();
            json!({"lines": lines})
        }
        BlockKind::LiteralBlock(literal) => json!({
            "text": literal.text,
            "language": literal.language,
            "caption": literal.caption,
        }),
        BlockKind::Admonition(admonition) => {
            json!({"name": admonition.name, "title": text_of(&admonition.title)})
        }
        BlockKind::Directive(directive) => {
            let options: Map<String, Value> = directive
                .options
                .iter()
                .map(|(name, value)| (name.to_string(), json!(value)))
                .collect();
            let mut members = json!({
                "name": directive.name,
                "argument": directive.argument,
                "options": options,
            });
            if let Some(content) = &directive.content {
                members["content"] = json!(content);
            }
            members
        }
        BlockKind::Table(table) => json!({"title": text_of(&table.title), "head": table.head}),
        BlockKind::Footnote(footnote) => json!({"label": footnote.label}),
        BlockKind::Target(target) => match &target.refers_to {
            Some(ReferenceTarget::Uri(uri)) => json!({"name": target.name, "uri": uri}),
            Some(ReferenceTarget::Name(name)) => json!({"name": target.name, "refers_to": name}),
            Some(ReferenceTarget::Anonymous) | None => json!({"name": target.name}),
        },
        BlockKind::SubstitutionDefinition(definition) => {
            json!({"name": definition.name, "text": text_of(&definition.text)})
        }
        BlockKind::Comment(text) | BlockKind::Html(text) => json!({"text": text}),
        BlockKind::Image(image) => json!({"uri": image.uri, "alt": image.alt}),
        BlockKind::BulletList(_)
        | BlockKind::DefinitionList(_)
        | BlockKind::FieldList(_)
        | BlockKind::OptionList(_)
        | BlockKind::BlockQuote(_)
        | BlockKind::Transition
        | BlockKind::Included(_) => Value::Null,
    }
}

/// Returns the plain text as the outline shows it: without the `!` or `~` before a role's text.
///
/// The document keeps them where they belong to the text, as in `` :file:`~/x` ``.
fn text_of(inlines: &[Inline]) -> String {
    let marked = |role: &Role| !role.name.is_empty() && role.text.starts_with(['!', '~']);
    let is_marked =
        |inline: &Inline| matches!(&inline.kind, InlineKind::Role(role) if marked(role));
    if !inlines.iter().any(is_marked) {
        return plain_text(inlines);
    }
    let mut shown = inlines.to_vec();
    for inline in &mut shown {
        if let InlineKind::Role(role) = &mut inline.kind
            && marked(role)
        {
            role.text = role.text[1..].into();
        }
    }
    plain_text(&shown)
}

/// Returns a term's members: docutils sets classifiers (`term : classifier`) apart.
fn term(inlines: &[Inline], source: &Source) -> Value {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    for inline in inlines {
        let InlineKind::Text(text) = &inline.kind else {
            part.push(inline.clone());
            continue;
        };
        for (index, piece) in pieces(text, source.slice(inline.span)).enumerate() {
            if index > 0 {
                parts.push(text_of(&part));
                part.clear();
            }
            let kind = InlineKind::Text(piece.into());
            part.push(Inline {
                kind,
                ..inline.clone()
            });
        }
    }
    parts.push(text_of(&part));
    let classifiers = parts.split_off(1);
    json!({"term": parts.pop(), "classifiers": classifiers})
}

/// Splits `text` at its colons between blanks, but for those that are escaped where it is `written`.
fn pieces<'t>(text: &'t str, written: &str) -> impl Iterator<Item = &'t str> {
    let is_escaped = |at: usize| {
        let before = &written[..at];
        (before.len() - before.trim_end_matches('\\').len()) % 2 == 1
    };
    // Escapes take no colon away, so those of both texts are the same.
    let escaped: Vec<bool> = match written.contains('\\') {
        true => written
            .match_indices(':')
            .map(|(at, _)| is_escaped(at))
            .collect(),
        false => Vec::new(),
    };
    let colons = text
        .match_indices(':')
        .enumerate()
        .filter(move |(index, (at, _))| {
            !escaped.get(*index).is_some_and(|escaped| *escaped)
                && text[..*at].ends_with(' ')
                && text[at + 1..].starts_with(' ')
        });
    let mut start = 0;
    let ends = colons.map(|(_, (at, _))| at).chain([text.len()]);
    ends.map(move |end| {
        let piece = &text[start..end];
        start = (end + 1).min(text.len());
        piece
    })
}
