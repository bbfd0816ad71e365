//! A document as it was read, whatever its markup, in docutils' names.
//!
//! Every node has the bytes it was read from. Nothing is resolved here: a reference holds the name it
//! leads to, a substitution its name. See the docutils document tree,
//! <https://docutils.sourceforge.io/docs/ref/doctree.html>, for what each node stands for.

use std::sync::Arc;

use crate::source::{Source, Span};

pub mod outline;

/// A whole document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The top-level blocks, in the order of the text.
    pub children: Vec<Block>,
    /// The names that authors gave to places, in the order of the text.
    pub anchors: Vec<Anchor>,
}

/// A name for the block that starts at an offset (`.. _name:`, `(name)=`, `<a name="...">`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The name as written, white space folded.
    pub name: String,
    /// Where the name is given.
    pub span: Span,
    /// Where the block starts that it names; the end of the text where none follows.
    pub block: u32,
}

impl Document {
    /// Returns the names that authors gave to the block that starts where `span` does.
    pub fn labels(&self, span: Span) -> impl Iterator<Item = &str> {
        self.anchors
            .iter()
            .filter(move |anchor| anchor.block == span.start)
            .map(|anchor| anchor.name.as_str())
    }
}

/// A block and the bytes it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// From the block's first byte to the end of its last line, line end excluded.
    pub span: Span,
    /// What it is.
    pub kind: BlockKind,
}

/// What a block is.
#[derive(Clone, Debug, PartialEq)]
pub enum BlockKind {
    /// A title and what stands under it.
    Section(Box<Section>),
    /// Running text.
    Paragraph(Vec<Inline>),
    /// Items with bullets; each child is a [`BlockKind::ListItem`].
    BulletList(Vec<Block>),
    /// Items with numbers or letters.
    EnumeratedList(Box<EnumeratedList>),
    /// One item of a bullet or enumerated list.
    ListItem(ListItem),
    /// Terms and their definitions; each child is a [`BlockKind::DefinitionListItem`].
    DefinitionList(Vec<Block>),
    /// A term and its definition.
    DefinitionListItem(Box<DefinitionListItem>),
    /// `:name: body` entries; each child is a [`BlockKind::Field`].
    FieldList(Vec<Block>),
    /// One entry of a field list.
    Field(Box<Field>),
    /// Command-line options; each child is a [`BlockKind::OptionListItem`].
    OptionList(Vec<Block>),
    /// One option and its description.
    OptionListItem(Box<OptionListItem>),
    /// Lines whose breaks are kept.
    LineBlock(Vec<Line>),
    /// Text kept as written: code, terminal sessions, doctests.
    LiteralBlock(Box<LiteralBlock>),
    /// Quoted or indented blocks.
    BlockQuote(Vec<Block>),
    /// Who is quoted.
    Attribution(Vec<Inline>),
    /// A note, warning or the like.
    Admonition(Box<Admonition>),
    /// Any other directive.
    Directive(Box<Directive>),
    /// Rows and columns.
    Table(Box<Table>),
    /// A footnote or citation.
    Footnote(Box<Footnote>),
    /// A place's name, or a name for an address.
    Target(Box<Target>),
    /// What `|name|` stands for.
    SubstitutionDefinition(Box<SubstitutionDefinition>),
    /// A comment's text.
    Comment(Box<str>),
    /// A line between parts of a text.
    Transition,
    /// A picture of its own.
    Image(Box<Image>),
    /// Raw HTML.
    Html(Box<str>),
    /// Another document that stands here, put in by `references::include`.
    Included(Box<Included>),
}

/// A document that another one includes.
///
/// Its spans are those of its own source, so [`Block::children`] does not go into it: who walks on
/// must take the source along.
#[derive(Clone, Debug, PartialEq)]
pub struct Included {
    /// The text that the document was read from.
    pub source: Arc<Source>,
    /// What was read.
    pub document: Document,
}

/// A title and what stands under it.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// 1 for the outermost level that the document uses.
    pub level: u8,
    /// The title.
    pub title: Vec<Inline>,
    /// What stands under it.
    pub children: Vec<Block>,
}

/// An enumerated list.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumeratedList {
    /// The first item's ordinal; `a` and `i` are 1.
    pub start: u32,
    /// How items are counted.
    pub numbering: Numbering,
    /// The items, each a [`BlockKind::ListItem`].
    pub items: Vec<Block>,
}

/// How an enumerated list counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// `1`, `2`, and the automatic `#`.
    Arabic,
    /// `a`, `b`.
    LowerAlpha,
    /// `A`, `B`.
    UpperAlpha,
    /// `i`, `ii`.
    LowerRoman,
    /// `I`, `II`.
    UpperRoman,
}

/// One item of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListItem {
    /// The state of its `[ ]` box, `None` where it has none. The box is not part of the item's text.
    pub task: Option<bool>,
    /// Its blocks.
    pub children: Vec<Block>,
}

/// A term and its definition.
#[derive(Clone, Debug, PartialEq)]
pub struct DefinitionListItem {
    /// The term with its classifiers, as docutils' `term` and `classifier` read together in the text.
    pub term: Vec<Inline>,
    /// Where the term stands.
    pub term_span: Span,
    /// The definition's blocks.
    pub children: Vec<Block>,
}

/// One entry of a field list.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name between the colons.
    pub name: Vec<Inline>,
    /// Its blocks.
    pub children: Vec<Block>,
}

/// One option and its description.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionListItem {
    /// The options as written: `-f FILE, --file=FILE`.
    pub options: Box<str>,
    /// Its blocks.
    pub children: Vec<Block>,
}

/// One line of a line block.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// How many columns deeper than the block it stands.
    pub indent: u16,
    /// Its text.
    pub text: Vec<Inline>,
}

/// Text kept as written.
#[derive(Clone, Debug, PartialEq)]
pub struct LiteralBlock {
    /// The lines without their common indentation, joined by `\n`, without a last line end.
    pub text: String,
    /// The language named by the author.
    pub language: Option<Box<str>>,
    /// The caption given by the author.
    pub caption: Option<Box<str>>,
}

/// A note, warning or the like.
#[derive(Clone, Debug, PartialEq)]
pub struct Admonition {
    /// docutils' name, lower case: `note`, `warning`, `tip`, `admonition`.
    pub name: Box<str>,
    /// The title, empty where the name is all there is.
    pub title: Vec<Inline>,
    /// Its blocks.
    pub children: Vec<Block>,
}

/// A directive that is neither an admonition nor a literal block.
#[derive(Clone, Debug, PartialEq)]
pub struct Directive {
    /// The name as written, a domain's prefix included.
    pub name: Box<str>,
    /// The arguments, white space folded.
    pub argument: Box<str>,
    /// `:name: value` options, in order.
    pub options: Vec<(Box<str>, Box<str>)>,
    /// The content as blocks; empty where it is kept in `content`.
    pub children: Vec<Block>,
    /// The content as written, where it is not to be read as blocks.
    pub content: Option<Box<str>>,
}

/// Rows and columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The title given by the author.
    pub title: Vec<Inline>,
    /// How many of the rows are the head.
    pub head: usize,
    /// The rows, head first; a cell is its blocks.
    pub rows: Vec<Vec<Cell>>,
}

/// One cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The cell's bytes.
    pub span: Span,
    /// Its blocks.
    pub children: Vec<Block>,
}

/// A footnote or citation.
#[derive(Clone, Debug, PartialEq)]
pub struct Footnote {
    /// The label between the brackets, `#` or `*` included.
    pub label: Box<str>,
    /// Its blocks.
    pub children: Vec<Block>,
}

/// A place's name (`uri` and `name` empty), or a name for an address or for another name.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The name; empty for an anonymous target.
    pub name: Box<str>,
    /// Where it leads, where it does not name the next block.
    pub refers_to: Option<ReferenceTarget>,
}

/// What `|name|` stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct SubstitutionDefinition {
    /// The name between the bars.
    pub name: Box<str>,
    /// The directive: `replace`, `image`, `unicode`, `date`.
    pub directive: Box<str>,
    /// What stands for it, for `replace`, `unicode` and `image`; else empty.
    pub text: Vec<Inline>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Where it is.
    pub uri: Box<str>,
    /// What stands for it where it cannot be seen.
    pub alt: Box<str>,
    /// What it leads to when clicked.
    pub target: Option<Box<str>>,
}

/// A piece of running text and the bytes it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Inline {
    /// Its bytes, markup included.
    pub span: Span,
    /// What it is.
    pub kind: InlineKind,
}

/// What a piece of running text is.
#[derive(Clone, Debug, PartialEq)]
pub enum InlineKind {
    /// Plain text, escapes resolved, line ends as `\n`.
    Text(Box<str>),
    /// `*emphasis*`.
    Emphasis(Vec<Inline>),
    /// `**strong**`.
    Strong(Vec<Inline>),
    /// `~~struck~~`.
    Strikethrough(Vec<Inline>),
    /// ``` ``literal`` ``` or `` `code` ``.
    Literal(Box<str>),
    /// `` :role:`text` ``, and the default role with an empty name.
    Role(Box<Role>),
    /// A hyperlink.
    Reference(Box<Reference>),
    /// `|name|`.
    Substitution(Box<str>),
    /// `[1]_`, `[#name]_`, `[CIT2002]_`: the label between the brackets, `#` or `*` included.
    FootnoteReference(Box<str>),
    /// `` _`an inline target` ``.
    Target(Box<str>),
    /// A picture in the text.
    Image(Box<Image>),
    /// A break within a paragraph.
    LineBreak,
    /// Raw HTML.
    Html(Box<str>),
}

/// Interpreted text.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// The role's name with its domain; empty for the default role.
    pub name: Box<str>,
    /// What a reader sees.
    pub text: Box<str>,
    /// What it names, where that differs from the text (`` :ref:`text <target>` ``); else the text.
    pub target: Box<str>,
    /// Where it leads, once references are resolved.
    pub uri: Option<Box<str>>,
}

/// A hyperlink.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// What a reader sees.
    pub text: Vec<Inline>,
    /// Where it leads.
    pub target: ReferenceTarget,
}

/// Where a hyperlink or a target leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceTarget {
    /// To an address.
    Uri(Box<str>),
    /// To the place of that name, white space folded, case kept.
    Name(Box<str>),
    /// To the next anonymous target of the document.
    Anonymous,
}

/// The one list of blocks that a kind of block holds, for reading or with `mut` to change it; `None` where the
/// kind holds none or, as a table, several.
macro_rules! blocks_of {
    ($kind:expr $(, $mut:tt)?) => {
        match $kind {
            BlockKind::Section(section) => Some(&$($mut)? section.children),
            BlockKind::EnumeratedList(list) => Some(&$($mut)? list.items),
            BlockKind::ListItem(item) => Some(&$($mut)? item.children),
            BlockKind::DefinitionListItem(item) => Some(&$($mut)? item.children),
            BlockKind::Field(field) => Some(&$($mut)? field.children),
            BlockKind::OptionListItem(item) => Some(&$($mut)? item.children),
            BlockKind::Admonition(admonition) => Some(&$($mut)? admonition.children),
            BlockKind::Directive(directive) => Some(&$($mut)? directive.children),
            BlockKind::Footnote(footnote) => Some(&$($mut)? footnote.children),
            BlockKind::BulletList(children)
            | BlockKind::DefinitionList(children)
            | BlockKind::FieldList(children)
            | BlockKind::OptionList(children)
            | BlockKind::BlockQuote(children) => Some(children),
            BlockKind::Paragraph(_)
            | BlockKind::LineBlock(_)
            | BlockKind::LiteralBlock(_)
            | BlockKind::Attribution(_)
            | BlockKind::Table(_)
            | BlockKind::Target(_)
            | BlockKind::SubstitutionDefinition(_)
            | BlockKind::Comment(_)
            | BlockKind::Transition
            | BlockKind::Image(_)
            | BlockKind::Html(_)
            | BlockKind::Included(_) => None,
        }
    };
}

impl Block {
    /// Returns the blocks directly inside, in order; a table's are its cells' blocks.
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            BlockKind::Table(table) => {
                let cells = table.rows.iter().flatten();
                cells.flat_map(|cell| &cell.children).collect()
            }
            _ => self.blocks().into_iter().flatten().collect(),
        }
    }

    /// Returns the lists of blocks directly inside, to change them; a table's are its cells'.
    pub fn children_mut(&mut self) -> Vec<&mut Vec<Self>> {
        match &mut self.kind {
            BlockKind::Table(table) => {
                let cells = table.rows.iter_mut().flatten();
                cells.map(|cell| &mut cell.children).collect()
            }
            kind => blocks_of!(kind, mut).into_iter().collect(),
        }
    }

    /// Returns the one list of blocks directly inside, `None` where there is none or, in a table, several.
    fn blocks(&self) -> Option<&Vec<Self>> {
        blocks_of!(&self.kind)
    }

    /// Returns the running text of the block itself, to change it: not that of the blocks inside.
    pub fn inlines_mut(&mut self) -> Vec<&mut Vec<Inline>> {
        match &mut self.kind {
            BlockKind::Section(section) => vec![&mut section.title],
            BlockKind::DefinitionListItem(item) => vec![&mut item.term],
            BlockKind::Field(field) => vec![&mut field.name],
            BlockKind::Admonition(admonition) => vec![&mut admonition.title],
            BlockKind::Table(table) => vec![&mut table.title],
            BlockKind::SubstitutionDefinition(definition) => vec![&mut definition.text],
            BlockKind::LineBlock(lines) => lines.iter_mut().map(|line| &mut line.text).collect(),
            BlockKind::Paragraph(inlines) | BlockKind::Attribution(inlines) => vec![inlines],
            BlockKind::BulletList(_)
            | BlockKind::EnumeratedList(_)
            | BlockKind::ListItem(_)
            | BlockKind::DefinitionList(_)
            | BlockKind::FieldList(_)
            | BlockKind::OptionList(_)
            | BlockKind::OptionListItem(_)
            | BlockKind::LiteralBlock(_)
            | BlockKind::BlockQuote(_)
            | BlockKind::Directive(_)
            | BlockKind::Footnote(_)
            | BlockKind::Target(_)
            | BlockKind::Comment(_)
            | BlockKind::Transition
            | BlockKind::Image(_)
            | BlockKind::Html(_)
            | BlockKind::Included(_) => Vec::new(),
        }
    }
}

impl Inline {
    /// Returns the pieces inside, to change them.
    pub fn inner_mut(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.kind {
            InlineKind::Emphasis(inner)
            | InlineKind::Strong(inner)
            | InlineKind::Strikethrough(inner) => Some(inner),
            InlineKind::Reference(reference) => Some(&mut reference.text),
            _ => None,
        }
    }
}

/// Returns the text as a reader sees it, markup gone, white space folded and trimmed.
///
/// Substitutions read as their name, a footnote reference as `[label]` (as `[]` where its number is
/// not the author's: `[#name]_`, `[*]_`), a picture as its `alt` text and raw HTML as nothing.
pub fn plain_text(inlines: &[Inline]) -> String {
    let mut raw = String::new();
    push_plain(inlines, &mut raw);
    fold_whitespace(&raw)
}

fn push_plain(inlines: &[Inline], out: &mut String) {
    for inline in inlines {
        match &inline.kind {
            InlineKind::Text(text)
            | InlineKind::Literal(text)
            | InlineKind::Substitution(text)
            | InlineKind::Target(text) => out.push_str(text),
            InlineKind::Emphasis(inner)
            | InlineKind::Strong(inner)
            | InlineKind::Strikethrough(inner) => push_plain(inner, out),
            InlineKind::Role(role) => out.push_str(&role.text),
            InlineKind::Reference(reference) => push_plain(&reference.text, out),
            InlineKind::FootnoteReference(label) => {
                out.push('[');
                if !label.starts_with(['#', '*']) {
                    out.push_str(label);
                }
                out.push(']');
            }
            InlineKind::Image(image) => out.push_str(&image.alt),
            InlineKind::LineBreak => out.push('\n'),
            InlineKind::Html(_) => {}
        }
    }
}

/// Returns `text` with every run of white space as one blank, none at the ends.
pub fn fold_whitespace(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}
