//! reStructuredText to [`Document`], by docutils' rules.
//!
//! ```text
//! document   = { block | section }
//! section    = [ overline ] title underline { block | section }   style = (character, overlined?)
//! block      = quote | list | definitions | fields | options | lines | literal | doctest
//!            | table | explicit | transition | paragraph            separated by blank lines
//! quote      = indented { block } [ blank ( "--" | "---" | "—" ) attribution ]
//! list       = item { item }                                       one bullet, or numbers in order
//! item       = ( bullet | enumerator ) blank { block }             bullet = - + * • ‣ ⁃
//! enumerator = [ "(" ] ( number | letter | roman | "#" ) ( "." | ")" )
//! definitions= { term-line indented { block } }
//! fields     = { ":" name ":" { block } }
//! options    = { option { ", " option } "  " { block } }
//! lines      = { "|" text }
//! literal    = paragraph ending in "::", then indented or quoted lines
//! doctest    = ">>>" lines up to a blank one
//! table      = grid ( "+---+" borders ) | simple ( "=== ===" borders )
//! explicit   = ".. " ( "[" label "]" | "_" name ":" | "|" name "|" directive | name "::" | comment )
//!            | "__ " target
//! transition = 4 or more equal punctuation characters between blank lines
//! ```
//!
//! Which one a block is, is told by its first line, in the order of docutils' `Body` state; what a
//! line of text is, by the line after it. Malformed text reads as docutils reads it, with a
//! [`Structure`](crate::diagnostic::Code::Structure) finding where docutils reports a problem; what
//! docutils leaves out of its tree is left out here.
//!
//! See <https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html>.

mod block;
mod directive;
mod explicit;
mod inline;
mod lines;
mod list;
mod punctuation;
mod role;
mod section;
mod table;
mod uri;

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Parsed, Severity};
use crate::document::{Anchor, Block, BlockKind, Document, Inline, InlineKind};
use crate::source::{Place, Source, Span};

use self::inline::Running;
use self::lines::{Lines, Row, View};
use self::section::{Flow, Style};

/// How deep blocks may be nested: what lies deeper is kept as text.
///
/// docutils itself gives up between 70 and 150 levels, by the stack it has.
pub const MAX_DEPTH: usize = 100;

/// Reads `source` as reStructuredText.
pub fn parse(source: &Arc<Source>) -> Parsed<Document> {
    let lines = Lines::of(source.text());
    Parser::new(source, lines).document(source.text().len())
}

/// Reads the lines at `places` of `source`, which is in another markup; `depth` blocks are around them.
///
/// The names that are given to places are left to the caller: they are [`BlockKind::Target`]s as well.
pub(crate) fn parse_lines(
    source: &Arc<Source>,
    places: &[Span],
    depth: usize,
) -> Parsed<Vec<Block>> {
    let mut parser = Parser::new(source, Lines::at(source.text(), places));
    parser.depth = depth;
    let end = places.last().map_or(0, |place| place.end as usize);
    let parsed = parser.document(end);
    Parsed {
        value: parsed.value.children,
        diagnostics: parsed.diagnostics,
    }
}

/// What is known while a text is read.
struct Parser<'s> {
    source: &'s Arc<Source>,
    text: &'s str,
    lines: Lines<'s>,
    /// The title styles in the order of their first use; the place of one is its level less 1.
    styles: Vec<Style>,
    /// How many blocks the current one is nested in.
    depth: usize,
    anchors: Vec<Anchor>,
    /// The index of the first anchor whose block has not begun.
    unplaced: usize,
    /// Kept from paragraph to paragraph for its memory.
    running: Running,
    diagnostics: Vec<Diagnostic>,
}

impl<'s> Parser<'s> {
    fn new(source: &'s Arc<Source>, lines: Lines<'s>) -> Self {
        Self {
            source,
            text: source.text(),
            lines,
            styles: Vec::new(),
            depth: 0,
            anchors: Vec::new(),
            unplaced: 0,
            running: Running::default(),
            diagnostics: Vec::new(),
        }
    }

    /// Reads all lines; a name that no block follows stands for `end`.
    fn document(mut self, end: usize) -> Parsed<Document> {
        let view = self.lines.whole();
        let mut flow = Flow::with_titles();
        self.blocks(&view, &mut flow);
        self.begin(end);
        self.diagnostics
            .sort_by_key(|diagnostic| diagnostic.place.span.start);
        Parsed {
            value: Document {
                children: flow.finish(),
                anchors: self.anchors,
            },
            diagnostics: self.diagnostics,
        }
    }

    /// Returns the text of a row.
    fn str(&self, row: Row) -> &'s str {
        self.text.get(row.start..row.end).unwrap_or_default()
    }

    /// Reads a nested block, where titles are not allowed.
    fn nested(&mut self, view: &View) -> Vec<Block> {
        if view.first >= view.end {
            return Vec::new();
        }
        if self.depth >= MAX_DEPTH {
            return self.too_deep(view);
        }
        self.depth += 1;
        let mut flow = Flow::without_titles();
        self.blocks(view, &mut flow);
        self.depth -= 1;
        flow.finish()
    }

    /// Keeps a block that lies too deep as the text it is.
    fn too_deep(&mut self, view: &View) -> Vec<Block> {
        let view = self.lines.trim_end(*view);
        let Some(span) = self.span(&view, view.first, view.end) else {
            return Vec::new();
        };
        self.diagnostics.push(
            Diagnostic::new(
                Severity::Error,
                Code::TooDeep,
                Place::new(self.source, span),
                format!("blocks are nested deeper than {MAX_DEPTH} levels"),
            )
            .help("move some of the text out of the lists and quotes it stands in"),
        );
        let text = Inline {
            span,
            kind: InlineKind::Text(self.literal(&view).into()),
        };
        vec![Block {
            span,
            kind: BlockKind::Paragraph(vec![text]),
        }]
    }

    /// Returns the span of the lines `from..to`, blank ones at its ends left out.
    fn span(&self, view: &View, from: usize, to: usize) -> Option<Span> {
        let mut written =
            (from..to.min(view.end)).filter(|index| !self.lines.row(view, *index).is_blank());
        let first = written.next()?;
        let last = written.next_back().unwrap_or(first);
        Some(Span::new(
            self.lines.first_byte(view, first),
            self.lines.row(view, last).end,
        ))
    }

    /// Notes that a block which a name may stand for starts at `start`.
    fn begin(&mut self, start: usize) {
        if self.unplaced < self.anchors.len() {
            let block = Span::new(start, start).start;
            for anchor in &mut self.anchors[self.unplaced..] {
                anchor.block = block;
            }
            self.unplaced = self.anchors.len();
        }
    }

    /// Gives a name to the next block that begins.
    fn anchor(&mut self, name: &str, span: Span) {
        self.anchors.push(Anchor {
            name: name.to_owned(),
            span,
            block: u32::MAX,
        });
    }

    /// Reports malformed structure.
    fn malformed(&mut self, severity: Severity, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(
            severity,
            Code::Structure,
            Place::new(self.source, span),
            message,
        ));
    }

    /// Reports that a construct is not followed by a blank line, at the line that follows.
    fn no_blank_line(&mut self, view: &View, next: usize, what: &str) {
        if next < view.end {
            let row = self.lines.row(view, next);
            self.malformed(
                Severity::Warning,
                Span::new(row.start, row.end),
                format!("a {what} ends without a blank line"),
            );
        }
    }
}
