//! Explicit markup: footnotes, citations, targets, substitution definitions, comments.
//!
//! ```text
//! explicit = ".." blank ( "[" label "]" body
//!                       | "_" ( "_" | name | "`" name "`" ) ":" [ address | name "_" ]
//!                       | "|" name "|" directive
//!                       | name [ " " ] "::" directive-body
//!                       | comment )
//! ```
//!
//! What looks like none of the first four is a comment.

use crate::diagnostic::Severity;
use crate::document::{
    Block, BlockKind, Footnote, Inline, InlineKind, ReferenceTarget, SubstitutionDefinition,
    Target, fold_whitespace,
};
use crate::source::Span;

use super::Parser;
use super::block::{Opening, opening};
use super::inline::{joined_address, simple_name, unescaped};
use super::lines::{Head, View, is_blank_byte, skip_blanks};
use super::section::Flow;
use super::uri;

/// Which explicit markup a line starts; the numbers are offsets into the line.
enum Construct {
    Footnote { label: (usize, usize), body: usize },
    Target { name: usize },
    Substitution { name: usize },
    Directive { name: (usize, usize), body: usize },
    Comment,
}

/// Returns the construct that `line` starts, whose content starts at `from`.
fn construct(line: &str, from: usize) -> Construct {
    let rest = &line[from..];
    let bytes = rest.as_bytes();
    let is_text = |at: usize| bytes.get(at).is_some_and(|byte| !is_blank_byte(*byte));
    let is_end = |at: usize| !is_text(at);
    match bytes.first() {
        Some(b'[') => {
            let sharp = usize::from(rest[1..].starts_with('#'));
            let name = simple_name(&rest[1 + sharp..]);
            let close = if rest[1..].starts_with('*') {
                2
            } else {
                1 + sharp + name
            };
            if close > 1 && bytes.get(close) == Some(&b']') && is_end(close + 1) {
                return Construct::Footnote {
                    label: (from + 1, from + close),
                    body: from + close + 1,
                };
            }
        }
        Some(b'_') if is_text(1) => return Construct::Target { name: from + 1 },
        Some(b'|') if is_text(1) => return Construct::Substitution { name: from + 1 },
        _ => {
            let name = simple_name(rest);
            let colons = name + usize::from(bytes.get(name).is_some_and(|byte| *byte == b' '));
            if name > 0 && rest[colons..].starts_with("::") && is_end(colons + 2) {
                return Construct::Directive {
                    name: (from, from + name),
                    body: from + colons + 2,
                };
            }
        }
    }
    Construct::Comment
}

impl Parser<'_> {
    /// Reads a block that starts with `..`.
    pub(super) fn explicit(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let row = self.lines.row(view, at);
        let line = self.str(row);
        let (content, _) = skip_blanks(line, 2, line.len(), 0);
        let (next, blank_finish) = match construct(line, content) {
            Construct::Footnote { label, body } => {
                self.begin(row.start);
                self.footnote(view, at, label, body, flow)
            }
            Construct::Target { name } => self.target(view, at, name, flow),
            Construct::Substitution { name } => self.substitution(view, at, name, flow),
            Construct::Directive { name, body } => {
                self.begin(row.start);
                self.directive(view, at, &line[name.0..name.1], body, flow)
            }
            Construct::Comment => self.comment(view, at, flow),
        };
        if !blank_finish && !self.is_explicit(view, next) {
            self.no_blank_line(view, next, "block of explicit markup");
        }
        next
    }

    /// Tells whether explicit markup starts at the line: it may follow other explicit markup directly.
    fn is_explicit(&self, view: &View, at: usize) -> bool {
        at < view.end && {
            let row = self.lines.row(view, at);
            row.indent == 0
                && matches!(
                    opening(self.str(row)),
                    Opening::Explicit | Opening::Anonymous
                )
        }
    }

    fn footnote(
        &mut self,
        view: &View,
        at: usize,
        label: (usize, usize),
        body: usize,
        flow: &mut Flow,
    ) -> (usize, bool) {
        let row = self.lines.row(view, at);
        let head = self.head_after(view, at, body);
        let indented = self.lines.indented_after(view, head, None, false);
        let children = self.nested(&indented.view);
        let span = self.item_span(view, at, &indented);
        if children.is_empty() {
            self.malformed(Severity::Warning, span, "this footnote has no content");
        }
        let label = &self.text[row.start + label.0..row.start + label.1];
        flow.push(Block {
            span,
            kind: BlockKind::Footnote(Box::new(Footnote {
                label: label.into(),
                children,
            })),
        });
        (indented.next, indented.blank_finish)
    }

    fn target(&mut self, view: &View, at: usize, name: usize, flow: &mut Flow) -> (usize, bool) {
        let head = self.head_after(view, at, name);
        let indented = self.lines.indented_after(view, head, None, true);
        let text = self.joined(&indented.view);
        let span = self.item_span(view, at, &indented);
        let Some((name, refers_to)) = target_of(&text) else {
            self.malformed(
                Severity::Warning,
                span,
                "this hyperlink target is malformed and reads as a comment",
            );
            flow.push(comment(span, format!("_{text}")));
            // As a comment it takes what is indented below, blank lines or not.
            let last = Head {
                line: indented.next - 1,
                ..head
            };
            let body = self.lines.indented_after(view, last, None, false);
            return (body.next, body.blank_finish);
        };
        self.push_target(span, &name, refers_to, flow);
        (indented.next, indented.blank_finish)
    }

    /// Reads a block that starts with `__`.
    pub(super) fn anonymous_target(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let head = self.head_after(view, at, 2);
        let indented = self.lines.indented_after(view, head, None, true);
        let text = self.joined(&indented.view);
        let span = self.item_span(view, at, &indented);
        self.push_target(span, "", leads_to(&text), flow);
        if !indented.blank_finish && !self.is_explicit(view, indented.next) {
            self.no_blank_line(view, indented.next, "block of explicit markup");
        }
        indented.next
    }

    fn push_target(
        &mut self,
        span: Span,
        name: &str,
        refers_to: Option<ReferenceTarget>,
        flow: &mut Flow,
    ) {
        if refers_to.is_none() && !name.is_empty() {
            self.anchor(name, span);
        }
        flow.push(Block {
            span,
            kind: BlockKind::Target(Box::new(Target {
                name: name.into(),
                refers_to,
            })),
        });
    }

    fn substitution(
        &mut self,
        view: &View,
        at: usize,
        name: usize,
        flow: &mut Flow,
    ) -> (usize, bool) {
        let head = self.head_after(view, at, name);
        let indented = self.lines.indented_after(view, head, None, false);
        let text = self.joined(&indented.view);
        let span = self.item_span(view, at, &indented);
        match definition_of(&text) {
            Some(definition) => {
                let name = fold_whitespace(&unescaped(definition.name));
                flow.push(Block {
                    span,
                    kind: BlockKind::SubstitutionDefinition(Box::new(SubstitutionDefinition {
                        name: name.into(),
                        directive: definition.directive.into(),
                        text: self.replacement(span, &definition),
                    })),
                });
            }
            None => {
                self.malformed(
                    Severity::Warning,
                    span,
                    "this substitution definition is malformed",
                );
                flow.push(comment(span, format!("|{text}")));
            }
        }
        (indented.next, indented.blank_finish)
    }

    /// Returns what stands for a substitution, found again in the source for its spans.
    fn replacement(&mut self, span: Span, definition: &Definition<'_>) -> Vec<Inline> {
        let directive = format!("{}::", definition.directive);
        let whole = self.source.slice(span);
        let start = whole
            .find(&directive)
            .map_or(whole.len(), |at| at + directive.len());
        let text = &whole[start..];
        let start = span.start as usize + start + (text.len() - text.trim_start().len());
        let end = span.start as usize + whole.trim_end().len();
        if start >= end {
            return Vec::new();
        }
        match definition.directive {
            "replace" => {
                let mut running = std::mem::take(&mut self.running);
                running.clear();
                running.push_line(self.text, start, end);
                let inlines = running.inlines(self.text);
                self.running = running;
                inlines
            }
            "unicode" | "image" => {
                vec![Inline {
                    span: Span::new(start, end),
                    kind: InlineKind::Text(definition.text.into()),
                }]
            }
            _ => Vec::new(),
        }
    }

    fn comment(&mut self, view: &View, at: usize, flow: &mut Flow) -> (usize, bool) {
        let row = self.lines.row(view, at);
        let head = self.head_after(view, at, 2);
        if head.at >= row.end && self.lines.is_blank(view, at + 1) {
            // An empty comment takes nothing with it: what is indented below stands for itself.
            flow.push(comment(Span::new(row.start, row.end), String::new()));
            return (at + 1, true);
        }
        let indented = self.lines.indented_after(view, head, None, false);
        let body = self.lines.trim_end(indented.view);
        let span = self.item_span(view, at, &indented);
        let text = self.literal(&body);
        flow.push(comment(span, text));
        (indented.next, indented.blank_finish)
    }

    /// Returns the lines of a view joined by blanks.
    pub(super) fn joined(&self, view: &View) -> String {
        let mut text = String::new();
        for at in view.first..view.end {
            let line = self.str(self.lines.row(view, at));
            if !text.is_empty() && !line.is_empty() {
                text.push(' ');
            }
            text.push_str(line);
        }
        text
    }
}

fn comment(span: Span, text: String) -> Block {
    Block {
        span,
        kind: BlockKind::Comment(text.into()),
    }
}

/// Splits `name: address`; `None` where no name ends.
fn target_of(text: &str) -> Option<(String, Option<ReferenceTarget>)> {
    let (name, rest) = if let Some(rest) = text.strip_prefix('_') {
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        (
            "",
            rest.strip_prefix(':').filter(|rest| is_marker_end(rest))?,
        )
    } else if let Some(quoted) = text.strip_prefix('`') {
        quoted_name(quoted)?
    } else {
        plain_name(text)?
    };
    let name = fold_whitespace(&unescaped(name));
    Some((name, leads_to(rest)))
}

fn is_marker_end(rest: &str) -> bool {
    rest.bytes().next().is_none_or(is_blank_byte)
}

fn quoted_name(text: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    loop {
        let close = from + text.get(from..)?.find('`')?;
        let name = &text[..close];
        let rest = &text[close + 1..];
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let is_name = !name.is_empty()
            && !name.starts_with(' ')
            && !name.ends_with(char::is_whitespace)
            && !ends_escaped(name);
        if let Some(rest) = rest
            .strip_prefix(':')
            .filter(|rest| is_name && is_marker_end(rest))
        {
            return Some((name, rest));
        }
        from = close + 1;
    }
}

fn plain_name(text: &str) -> Option<(&str, &str)> {
    for (colon, _) in text.match_indices(':') {
        let rest = &text[colon + 1..];
        if !is_marker_end(rest) {
            continue;
        }
        let name = &text[..colon];
        let name = name.strip_suffix(' ').unwrap_or(name);
        let ends_in_colon = name.ends_with(':') && !ends_escaped(&name[..name.len() - 1]);
        if !name.is_empty()
            && !name.ends_with(char::is_whitespace)
            && !ends_escaped(name)
            && !ends_in_colon
        {
            return Some((name, rest));
        }
    }
    None
}

/// Tells whether `text` ends in a backslash that takes the meaning of what follows.
fn ends_escaped(text: &str) -> bool {
    let slashes = text.len() - text.trim_end_matches('\\').len();
    !slashes.is_multiple_of(2)
}

/// Returns where a target leads: to another name (`name_`), to an address, or to what follows.
fn leads_to(text: &str) -> Option<ReferenceTarget> {
    let text = text.trim();
    if let Some(name) = text.strip_suffix('_') {
        let quoted = name
            .strip_prefix('`')
            .and_then(|name| name.strip_suffix('`'));
        let is_simple = !name.is_empty() && simple_name(name) == name.len();
        if let Some(name) = quoted.or(is_simple.then_some(name)) {
            return Some(ReferenceTarget::Name(
                fold_whitespace(&unescaped(name)).into(),
            ));
        }
    }
    let address = joined_address(text);
    (!address.is_empty()).then(|| ReferenceTarget::Uri(uri::link(address)))
}

/// A substitution definition taken apart.
struct Definition<'t> {
    name: &'t str,
    directive: &'t str,
    text: &'t str,
}

fn definition_of(text: &str) -> Option<Definition<'_>> {
    let close = text.match_indices('|').map(|(at, _)| at).find(|at| {
        let name = &text[..*at];
        !name.is_empty()
            && !name.ends_with(char::is_whitespace)
            && !ends_escaped(name)
            && is_marker_end(&text[at + 1..])
    })?;
    let rest = text[close + 1..].trim_start();
    let directive = simple_name(rest);
    let content = rest[directive..].strip_prefix("::")?;
    (directive > 0 && is_marker_end(content)).then(|| Definition {
        name: &text[..close],
        directive: &rest[..directive],
        text: content.trim(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_name_and_where_it_leads() {
        let uri = |text: &str| Some(ReferenceTarget::Uri(text.into()));
        let name = |text: &str| Some(ReferenceTarget::Name(text.into()));
        assert_eq!(target_of("a b:"), Some(("a b".to_owned(), None)));
        assert_eq!(target_of("a: x y"), Some(("a".to_owned(), uri("xy"))));
        assert_eq!(
            target_of("`a: b`: c_"),
            Some(("a: b".to_owned(), name("c")))
        );
        assert_eq!(target_of("_: c"), Some((String::new(), uri("c"))));
        assert_eq!(target_of("no name"), None);
    }
}
