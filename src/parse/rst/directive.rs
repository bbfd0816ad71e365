//! Directives: what their kind says about arguments, options and content.
//!
//! ```text
//! directive = name [ " " ] "::" [ argument ] { EOL argument } { EOL ":" option ":" value } EOL EOL content
//! ```
//!
//! The first lines up to a blank one are arguments and options; a directive without arguments takes
//! them as content where they are no options.

use std::collections::HashSet;

use crate::diagnostic::Severity;
use crate::document::{
    Admonition, Block, BlockKind, Directive, Image, LiteralBlock, Table, fold_whitespace,
};
use crate::source::Span;

use super::Parser;
use super::inline::unescaped;
use super::lines::{Indented, Line, View};
use super::list;
use super::section::Flow;
use super::table::Dialect;

/// How the body of a directive is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Code; its argument, if any, is the language.
    Code,
    /// Other text that is shown as written.
    Literal,
    /// Something that is not read here: kept as written.
    Kept,
    /// A note or the like, without an argument.
    Admonition,
    /// A note with a title of its own.
    TitledAdmonition,
    /// A picture.
    Image,
    /// A table as comma-separated values.
    CsvTable,
    /// Anything else: arguments, options, blocks.
    Blocks,
}

/// The kinds of directives, by the name behind a domain's colon, lower case.
fn kind(name: &str) -> Kind {
    match name {
        "code" | "code-block" | "sourcecode" | "prompt" | "ipython" | "code-cell"
        | "subst-code-block" | "highlight-code" => Kind::Code,
        "console" | "terminal" | "doctest" | "testcode" | "testoutput" | "testsetup"
        | "testcleanup" | "parsed-literal" => Kind::Literal,
        "literalinclude"
        | "include"
        | "raw"
        | "toctree"
        | "math"
        | "highlight"
        | "highlightlang"
        | "graphviz"
        | "digraph"
        | "graph"
        | "mermaid"
        | "plantuml"
        | "uml"
        | "autosummary"
        | "productionlist"
        | "program-output"
        | "command-output"
        | "jinja"
        | "datatemplate"
        | "tabularcolumns"
        | "ditaa"
        | "blockdiag"
        | "seqdiag"
        | "nbplot"
        | "plot"
        | "meta"
        | "comment"
        | "rli"
        | "remoteliteralinclude"
        | "contents"
        | "sectnum"
        | "default-role"
        | "automodule"
        | "autoclass"
        | "autofunction"
        | "bibliography"
        | "program"
        | "currentmodule"
        | "module"
        | "index"
        | "asciinema"
        | "youtube"
        | "embed" => Kind::Kept,
        "note" | "warning" | "attention" | "caution" | "danger" | "error" | "hint"
        | "important" | "tip" | "seealso" | "todo" => Kind::Admonition,
        "admonition" => Kind::TitledAdmonition,
        "image" => Kind::Image,
        "csv-table" => Kind::CsvTable,
        _ => Kind::Blocks,
    }
}

impl Kind {
    fn takes_arguments(self) -> bool {
        self != Self::Admonition
    }
}

/// Names and values, in order.
type Options = Vec<(Box<str>, Box<str>)>;

/// A directive's lines, taken apart.
struct Parts {
    /// The lines of its arguments.
    arguments: View,
    options: Options,
    /// The lines of its options.
    option_lines: View,
    content: View,
}

impl Parser<'_> {
    /// Reads a directive whose body starts at the offset `body` of its first line.
    pub(super) fn directive(
        &mut self,
        view: &View,
        at: usize,
        name: &str,
        body: usize,
        flow: &mut Flow,
    ) -> (usize, bool) {
        let head = self.head_after(view, at, body);
        let indented = self.lines.indented_after(view, head, None, false);
        let span = self.item_span(view, at, &indented);
        let lower = name.to_ascii_lowercase();
        let local = lower.rsplit(':').next().unwrap_or(&lower);
        let lines = self.lines.len();
        match self.directive_block(span, name, local, &indented, head.line) {
            Ok(kind) => flow.push(Block { span, kind }),
            Err(problem) => self.malformed(
                Severity::Error,
                span,
                format!("the `{name}` directive {problem}, so it is left out"),
            ),
        }
        self.lines.truncate(lines);
        let blank_finish = indented.blank_finish || self.lines.is_blank(view, indented.next);
        (indented.next, blank_finish)
    }

    /// Reads a directive as its kind says; an error says what is wrong with it.
    fn directive_block(
        &mut self,
        span: Span,
        name: &str,
        local: &str,
        body: &Indented,
        first: usize,
    ) -> Result<BlockKind, &'static str> {
        let kind = kind(local);
        let parts = self.parts(body, first, kind)?;
        let option = |wanted: &str| {
            let mut options = parts.options.iter();
            let found = options.find(|(name, _)| &**name == wanted);
            found.map(|(_, value)| value.clone())
        };
        if let Some(name) = option("name").filter(|name| !name.is_empty()) {
            self.anchor(&fold_whitespace(&name), span);
            self.begin(span.start as usize);
        }
        let argument = self.joined(&parts.arguments);
        Ok(match kind {
            Kind::Code | Kind::Literal => BlockKind::LiteralBlock(Box::new(LiteralBlock {
                text: self.literal(&self.lines.trim_end(parts.content)),
                language: argument
                    .split_whitespace()
                    .next()
                    .filter(|_| kind == Kind::Code)
                    .map(Into::into),
                caption: option("caption"),
            })),
            Kind::Image => BlockKind::Image(Box::new(Image {
                uri: argument.split_whitespace().collect::<String>().into(),
                alt: option("alt").unwrap_or_default(),
                target: option("target"),
            })),
            Kind::Admonition | Kind::TitledAdmonition => {
                if parts.content.first >= parts.content.end {
                    return Err("has no content");
                }
                let title =
                    self.inline(&parts.arguments, parts.arguments.first, parts.arguments.end);
                if kind == Kind::TitledAdmonition && title.is_empty() {
                    return Err("has no title");
                }
                BlockKind::Admonition(Box::new(Admonition {
                    name: local.into(),
                    title,
                    children: self.nested(&parts.content),
                }))
            }
            // The rows of another file are not here.
            Kind::CsvTable if option("file").is_none() && option("url").is_none() => {
                let head = option("header-rows").and_then(|rows| rows.trim().parse().ok());
                let dialect = Dialect::new(option("delim").as_deref(), option("quote").as_deref());
                let header = self.option_value(&parts.option_lines, "header");
                let content = &parts.content;
                let table = self.csv_table(header.as_ref(), content, head.unwrap_or(0), dialect)?;
                let title = &parts.arguments;
                BlockKind::Table(Box::new(Table {
                    title: self.inline(title, title.first, title.end),
                    ..table
                }))
            }
            Kind::Kept | Kind::CsvTable => BlockKind::Directive(Box::new(Directive {
                name: name.into(),
                argument: fold_whitespace(&argument).into(),
                options: parts.options,
                children: Vec::new(),
                content: Some(self.literal(&self.lines.trim_end(parts.content)).into()),
            })),
            Kind::Blocks => BlockKind::Directive(Box::new(Directive {
                name: name.into(),
                argument: fold_whitespace(&argument).into(),
                children: self.nested(&parts.content),
                options: parts.options,
                content: None,
            })),
        })
    }

    /// Takes the lines of a directive apart; `first` is the line its name stands on.
    fn parts(&mut self, body: &Indented, first: usize, kind: Kind) -> Result<Parts, &'static str> {
        let whole = View {
            end: self.lines.trim_end(body.view).end,
            ..body.view
        };
        let starts_below = body.view.first > first;
        let from = if starts_below { first + 1 } else { first };
        let mut stop = from;
        while !self.lines.is_blank(&whole, stop) {
            stop += 1;
        }
        let options_at = (from..stop)
            .find(|at| {
                let row = self.lines.row(&whole, *at);
                row.indent == 0 && list::field_marker(self.str(row)).is_some()
            })
            .unwrap_or(stop);
        let option_lines = whole.from(options_at).until(stop);
        let options = self.options(&option_lines)?;
        let block = View {
            first: from,
            end: options_at,
            ..whole
        };
        let rest = View {
            first: self.lines.skip_blank(&whole, stop),
            ..whole
        };
        if kind.takes_arguments() {
            return Ok(Parts {
                arguments: block,
                options,
                option_lines,
                content: rest,
            });
        }
        let content = if options_at == from {
            rest
        } else if options_at == stop {
            View {
                first: from,
                ..whole
            }
        } else {
            self.without_options(&whole, (from, options_at), stop)
        };
        Ok(Parts {
            arguments: View { end: from, ..block },
            options,
            option_lines,
            content,
        })
    }

    /// Returns a view of the lines `from..to` and those from `rest` on, which do not follow each other.
    fn without_options(&mut self, view: &View, (from, to): (usize, usize), rest: usize) -> View {
        let first = self.lines.len();
        for at in (from..to).chain(rest..view.end) {
            let row = self.lines.row(view, at);
            self.lines.push(Line {
                start: Span::new(row.start, row.end).start,
                end: Span::new(row.start, row.end).end,
                indent: view.column + row.indent,
                odd: 0,
            });
        }
        View {
            first,
            end: self.lines.len(),
            column: view.column,
            head: None,
        }
    }

    /// Returns the lines of the value of the option `name`.
    fn option_value(&self, options: &View, name: &str) -> Option<View> {
        let marker = |at: usize| {
            let row = self.lines.row(options, at);
            let line = self.str(row);
            let length = list::field_marker(line).filter(|_| row.indent == 0)?;
            let value = self.head_after(options, at, length);
            Some((unescaped(line[1..length - 1].trim()), value))
        };
        let (first, head) = (options.first..options.end)
            .find_map(|at| Some((at, marker(at).filter(|(found, _)| &**found == name)?.1)))?;
        let end = (first + 1..options.end).find(|at| marker(*at).is_some());
        Some(View {
            first,
            end: end.unwrap_or(options.end),
            head: Some(head),
            ..*options
        })
    }

    /// Reads the lines of a directive's options.
    fn options(&self, view: &View) -> Result<Options, &'static str> {
        let mut options: Vec<(Box<str>, String)> = Vec::new();
        let mut names = HashSet::new();
        for at in view.first..view.end {
            let row = self.lines.row(view, at);
            let line = self.str(row);
            if row.indent > 0 {
                if let Some((_, value)) = options.last_mut() {
                    value.push('\n');
                    value.push_str(line);
                }
                continue;
            }
            let marker = list::field_marker(line).ok_or("has text among its options")?;
            let name = unescaped(line[1..marker - 1].trim());
            if name.split_whitespace().count() != 1 {
                return Err("has an option with a name of several words");
            }
            if !names.insert(name.clone()) {
                return Err("has an option twice");
            }
            options.push((name, line[marker..].trim().to_owned()));
        }
        Ok(options
            .into_iter()
            .map(|(name, value)| (name, value.trim().into()))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::{Markup, Source};

    fn directive(text: &str) -> Option<BlockKind> {
        let source = Arc::new(Source::new("a.rst", text, Markup::Rst));
        let children = crate::parse::rst::parse(&source).value.children;
        children.into_iter().next().map(|block| block.kind)
    }

    #[test]
    fn code_has_a_language_and_a_caption() {
        let text = ".. code-block:: sh\n   :caption: There\n\n   ls\n     -l\n";
        let Some(BlockKind::LiteralBlock(code)) = directive(text) else {
            panic!();
        };
        assert_eq!(code.text, "ls\n  -l");
        assert_eq!(code.language.as_deref(), Some("sh"));
        assert_eq!(code.caption.as_deref(), Some("There"));
    }

    #[test]
    fn a_note_may_start_on_its_first_line() {
        let text = ".. note:: one\n   two\n   :class: x\n\n   - three\n";
        let Some(BlockKind::Admonition(note)) = directive(text) else {
            panic!();
        };
        assert_eq!(note.children.len(), 2);
        assert!(note.title.is_empty());
    }

    #[test]
    fn anything_else_has_an_argument_options_and_blocks() {
        let text = ".. py:thing:: one\n   two\n   :three: 3\n\n   four\n";
        let Some(BlockKind::Directive(thing)) = directive(text) else {
            panic!();
        };
        assert_eq!((&*thing.name, &*thing.argument), ("py:thing", "one two"));
        assert_eq!(*thing.options, [("three".into(), "3".into())]);
        assert_eq!(thing.children.len(), 1);
    }
}
