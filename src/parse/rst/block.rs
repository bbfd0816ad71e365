//! What a block is, and the blocks of running text: paragraphs, quotes, literal blocks, line blocks.

use crate::diagnostic::Severity;
use crate::document::{Block, BlockKind, DefinitionListItem, Inline, Line, LiteralBlock};
use crate::source::Span;

use super::Parser;
use super::lines::{Head, Indented, Row, View, column_after, is_blank_byte, skip_blanks};
use super::list;
use super::section::{Flow, is_adornment};

/// What the first line of a block says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    Bullet,
    Enumerator,
    Field,
    Option,
    Doctest,
    LineBlock,
    GridTable,
    SimpleTable,
    Explicit,
    Anonymous,
    Adornment,
    Text,
}

/// Returns what a line opens, in the order in which docutils' `Body` state asks.
pub(super) fn opening(line: &str) -> Opening {
    let bytes = line.as_bytes();
    let Some(first) = bytes.first() else {
        return Opening::Text;
    };
    let is_marker = |length: usize| bytes.get(length).is_none_or(|byte| is_blank_byte(*byte));
    match first {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'(' | b'#'
            if list::enumerator(line).is_some() =>
        {
            Opening::Enumerator
        }
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => Opening::Text,
        _ if list::bullet(line).is_some() => Opening::Bullet,
        b':' if list::field_marker(line).is_some() => Opening::Field,
        b'-' | b'+' | b'/' if list::option_marker(line).is_some() => Opening::Option,
        b'>' if line.starts_with(">>>") && is_marker(3) => Opening::Doctest,
        b'|' if is_marker(1) => Opening::LineBlock,
        b'+' if is_grid_border(line) => Opening::GridTable,
        b'=' if is_simple_border(line) => Opening::SimpleTable,
        b'.' if line.starts_with("..") && is_marker(2) => Opening::Explicit,
        b'_' if line.starts_with("__") && is_marker(2) => Opening::Anonymous,
        _ if is_adornment(line) => Opening::Adornment,
        _ => Opening::Text,
    }
}

/// Tells whether `line` is the border of a grid table: `+--+--+`.
pub(super) fn is_grid_border(line: &str) -> bool {
    line.len() >= 5
        && line.starts_with("+-")
        && line.ends_with("-+")
        && line.bytes().all(|byte| matches!(byte, b'-' | b'+'))
}

/// Tells whether `line` is the top of a simple table: `=== ===`.
fn is_simple_border(line: &str) -> bool {
    line.bytes().all(|byte| byte == b'=' || is_blank_byte(byte)) && line.bytes().any(is_blank_byte)
}

impl Parser<'_> {
    /// Reads all blocks of a view.
    pub(super) fn blocks(&mut self, view: &View, flow: &mut Flow) {
        let mut at = self.lines.skip_blank(view, view.first);
        while at < view.end {
            let next = self.block(view, at, flow);
            // Every construct takes at least its first line.
            at = self.lines.skip_blank(view, next.max(at + 1));
        }
    }

    fn block(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let row = self.lines.row(view, at);
        if row.indent > 0 {
            return self.block_quote(view, at, flow);
        }
        let opening = opening(self.str(row));
        if !matches!(
            opening,
            Opening::Explicit | Opening::Anonymous | Opening::Adornment
        ) {
            self.begin(row.start);
        }
        match opening {
            Opening::Bullet => self.bullet_list(view, at, flow),
            Opening::Enumerator => self.enumerated_list(view, at, flow),
            Opening::Field => self.field_list(view, at, flow),
            Opening::Option => self.option_list(view, at, flow),
            Opening::Doctest => self.doctest(view, at, flow),
            Opening::LineBlock => self.line_block(view, at, flow),
            Opening::GridTable => self.grid_table(view, at, flow),
            Opening::SimpleTable => self.simple_table(view, at, flow),
            Opening::Explicit => self.explicit(view, at, flow),
            Opening::Anonymous => self.anonymous_target(view, at, flow),
            Opening::Adornment => self.adornment(view, at, flow),
            Opening::Text => self.text_block(view, at, flow),
        }
    }

    /// Reads a block that starts with a line of text: a title, a definition or a paragraph.
    pub(super) fn text_block(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let row = self.lines.row(view, at);
        if !self.lines.is_blank(view, at + 1) {
            let second = self.lines.row(view, at + 1);
            if second.indent > 0 {
                self.begin(row.start);
                return self.definition_list(view, at, flow);
            }
            if is_adornment(self.str(second))
                && let Some(next) = self.underlined_title(view, at, flow)
            {
                return next;
            }
        }
        self.begin(row.start);
        let mut end = at + 1;
        while !self.lines.is_blank(view, end) {
            let next = self.lines.row(view, end);
            if next.indent > 0 {
                self.malformed(
                    Severity::Error,
                    Span::new(next.start, next.end),
                    "unexpected indentation: the paragraph ends here and a quote begins",
                );
                break;
            }
            end += 1;
        }
        if self.paragraph(view, at, end, flow) {
            self.literal_block(view, end, flow)
        } else {
            end
        }
    }

    /// Reads the lines `from..to` as a paragraph; tells whether a literal block is announced.
    fn paragraph(&mut self, view: &View, from: usize, to: usize, flow: &mut Flow) -> bool {
        let first = self.lines.row(view, from);
        let mut last = self.lines.row(view, to - 1);
        let text = self.str(last);
        let announced = text.strip_suffix("::").is_some_and(|before| {
            (before.len() - before.trim_end_matches('\\').len()).is_multiple_of(2)
        });
        let span = Span::new(first.start, last.end);
        let mut to = to;
        if announced {
            let before = &text[..text.len() - 2];
            if before.is_empty() {
                to -= 1;
                if to == from {
                    return true;
                }
                last = self.lines.row(view, to - 1);
            } else if before.ends_with(|c: char| c.is_ascii() && is_blank_byte(c as u8)) {
                last.end = last.start + before.trim_end().len();
            } else {
                last.end -= 1;
            }
        }
        let text = self.inline_until(view, from, to, last.end);
        flow.push(Block {
            span,
            kind: BlockKind::Paragraph(text),
        });
        announced
    }

    /// Reads the literal block that is announced before line `from`.
    fn literal_block(&mut self, view: &View, from: usize, flow: &mut Flow) -> usize {
        let indented = self.lines.indented(view, from);
        let body = self.lines.trim_end(indented.view);
        let Some(span) = self.span(&body, body.first, body.end) else {
            return self.quoted_literal_block(view, from, flow);
        };
        self.begin(span.start as usize);
        let text = self.literal(&body);
        flow.push(literal_block(span, text));
        if !indented.blank_finish {
            self.no_blank_line(view, indented.next, "literal block");
        }
        indented.next
    }

    /// Reads lines that all start with the same punctuation as a literal block.
    fn quoted_literal_block(&mut self, view: &View, from: usize, flow: &mut Flow) -> usize {
        let first = self.lines.skip_blank(view, from);
        let quote = (first < view.end)
            .then(|| self.text.as_bytes()[self.lines.row(view, first).start])
            .filter(u8::is_ascii_punctuation);
        let Some(quote) = quote else {
            let at = first.min(view.end).saturating_sub(1).max(view.first);
            let row = self.lines.row(view, at);
            self.malformed(
                Severity::Warning,
                Span::new(row.start, row.end),
                "a literal block is announced by `::`, but none follows",
            );
            return first;
        };
        let mut end = first + 1;
        while !self.lines.is_blank(view, end) {
            let row = self.lines.row(view, end);
            if row.indent > 0 || self.text.as_bytes()[row.start] != quote {
                self.malformed(
                    Severity::Error,
                    Span::new(row.start, row.end),
                    "this line is not quoted as the literal block above it is",
                );
                break;
            }
            end += 1;
        }
        let body = view.from(first).until(end);
        if let Some(span) = self.span(&body, first, end) {
            self.begin(span.start as usize);
            let text = self.literal(&body);
            flow.push(literal_block(span, text));
        }
        end
    }

    fn doctest(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let mut end = at + 1;
        while !self.lines.is_blank(view, end) {
            end += 1;
        }
        let body = view.from(at).until(end);
        if let Some(span) = self.span(&body, at, end) {
            let text = self.literal(&body);
            flow.push(literal_block(span, text));
        }
        end
    }

    fn block_quote(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let indented = self.lines.indented(view, at);
        self.quotes(&indented.view, flow);
        if !indented.blank_finish {
            self.no_blank_line(view, indented.next, "block quote");
        }
        indented.next
    }

    /// Reads indented lines as one quote, or as several where attributions stand between them.
    pub(super) fn quotes(&mut self, view: &View, flow: &mut Flow) {
        let mut rest = *view;
        while rest.first < rest.end {
            let attribution = self.attribution(&rest);
            let content = attribution.map_or(rest, |(start, _)| rest.until(start));
            let end = attribution.map_or(rest.end, |(_, end)| end);
            let Some(span) = self.span(&rest, rest.first, end) else {
                return;
            };
            let mut children = self.nested(&content);
            if let Some((start, end)) = attribution {
                children.push(self.attributed(&rest, start, end));
            }
            flow.push(Block {
                span,
                kind: BlockKind::BlockQuote(children),
            });
            rest = rest.from(self.lines.skip_blank(&rest, end));
        }
    }

    /// Returns the lines of the first attribution: a paragraph that starts with a dash, is not the
    /// first of the quote and whose further lines are indented alike.
    fn attribution(&self, view: &View) -> Option<(usize, usize)> {
        let mut after_text = false;
        let mut after_blank = false;
        for at in view.first..view.end {
            let row = self.lines.row(view, at);
            if row.is_blank() {
                after_blank = true;
                continue;
            }
            if after_text
                && after_blank
                && row.indent == 0
                && dash(self.str(row)).is_some()
                && let Some(end) = self.attribution_end(view, at)
            {
                return Some((at, end));
            }
            after_text = true;
            after_blank = false;
        }
        None
    }

    fn attribution_end(&self, view: &View, start: usize) -> Option<usize> {
        let mut indent = None;
        let mut end = start + 1;
        while !self.lines.is_blank(view, end) {
            let row = self.lines.row(view, end);
            if *indent.get_or_insert(row.indent) != row.indent {
                return None;
            }
            end += 1;
        }
        Some(end)
    }

    fn attributed(&mut self, view: &View, start: usize, end: usize) -> Block {
        let row = self.lines.row(view, start);
        let skipped = dash(self.str(row)).unwrap_or_default();
        let text_view = View {
            head: Some(Head {
                line: start,
                at: row.start + skipped,
                column: row.column,
            }),
            ..*view
        };
        let text = self.inline(&text_view, start, end);
        let last = self.lines.row(view, end - 1);
        Block {
            span: Span::new(row.start, last.end),
            kind: BlockKind::Attribution(text),
        }
    }

    fn definition_list(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let mut items = Vec::new();
        let mut term_at = at;
        let body = loop {
            let (item, body) = self.definition(view, term_at);
            items.push(item);
            let next = self.lines.skip_blank(view, body.next);
            if !self.is_term(view, next) {
                break body;
            }
            term_at = next;
        };
        flow.push(list::list_block(items, BlockKind::DefinitionList));
        if !body.blank_finish {
            self.no_blank_line(view, body.next, "definition list");
        }
        body.next
    }

    /// Tells whether a further definition starts at `at`.
    fn is_term(&self, view: &View, at: usize) -> bool {
        if at >= view.end || self.lines.is_blank(view, at + 1) {
            return false;
        }
        let row = self.lines.row(view, at);
        row.indent == 0
            && self.lines.row(view, at + 1).indent > 0
            && opening(self.str(row)) == Opening::Text
    }

    fn definition(&mut self, view: &View, at: usize) -> (Block, Indented) {
        let row = self.lines.row(view, at);
        let term_span = Span::new(row.start, row.end);
        let term = self.inline(view, at, at + 1);
        let body = self.lines.indented(view, at + 1);
        let children = self.nested(&body.view);
        let span = self.span(view, at, body.next).unwrap_or(term_span);
        let item = Block {
            span,
            kind: BlockKind::DefinitionListItem(Box::new(DefinitionListItem {
                term,
                term_span,
                children,
            })),
        };
        (item, body)
    }

    fn line_block(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let mut lines: Vec<Line> = Vec::new();
        let mut next = at;
        loop {
            let row = self.lines.row(view, next);
            let (start, column) = skip_blanks(self.text, row.start + 1, row.end, row.column + 1);
            let head = Head {
                line: next,
                at: start,
                column,
            };
            let body = self.lines.indented_after(view, head, None, true);
            let is_empty = start >= row.end;
            let text = self.inline(&body.view, next, body.next);
            let indent = if is_empty {
                lines.last().map_or(0, |line| line.indent)
            } else {
                u16::try_from(column - row.column - 2).unwrap_or(u16::MAX)
            };
            lines.push(Line { indent, text });
            next = body.next;
            if self.lines.is_blank(view, next) {
                break;
            }
            let row = self.lines.row(view, next);
            if opening(self.str(row)) != Opening::LineBlock {
                self.no_blank_line(view, next, "line block");
                break;
            }
        }
        let least = lines.iter().map(|line| line.indent).min().unwrap_or(0);
        for line in &mut lines {
            line.indent -= least;
        }
        if let Some(span) = self.span(view, at, next) {
            flow.push(Block {
                span,
                kind: BlockKind::LineBlock(lines),
            });
        }
        next
    }

    /// Returns the lines of a view as written, without their common indentation, tabs expanded.
    pub(super) fn literal(&self, view: &View) -> String {
        let mut text = String::new();
        for at in view.first..view.end {
            if at > view.first {
                text.push('\n');
            }
            let row = self.lines.row(view, at);
            if row.is_blank() {
                continue;
            }
            text.extend(std::iter::repeat_n(' ', row.indent as usize));
            self.push_expanded(row, &mut text);
        }
        text
    }

    fn push_expanded(&self, row: Row, text: &mut String) {
        let line = self.str(row);
        let mut column = row.column;
        for (piece, part) in line.split('\t').enumerate() {
            if piece > 0 {
                let stop = column_after("\t", column);
                text.extend(std::iter::repeat_n(' ', (stop - column) as usize));
                column = stop;
            }
            text.push_str(part);
            column = column_after(part, column);
        }
    }

    /// Reads the lines `from..to` as running text.
    pub(super) fn inline(&mut self, view: &View, from: usize, to: usize) -> Vec<Inline> {
        let to = self.lines.trim_end(view.until(to)).end;
        if to <= from {
            return Vec::new();
        }
        let end = self.lines.row(view, to - 1).end;
        self.inline_until(view, from, to, end)
    }

    /// Reads the lines `from..to`, the last of them up to the offset `end`, as running text.
    pub(super) fn inline_until(
        &mut self,
        view: &View,
        from: usize,
        to: usize,
        end: usize,
    ) -> Vec<Inline> {
        let mut running = std::mem::take(&mut self.running);
        running.clear();
        for at in from..to {
            let row = self.lines.row(view, at);
            let stop = if at + 1 == to { end } else { row.end };
            running.push_line(self.text, row.start, stop);
        }
        let inlines = running.inlines(self.text);
        self.running = running;
        inlines
    }
}

/// Returns how many bytes of an attribution's first line stand before its text.
fn dash(line: &str) -> Option<usize> {
    let rest = if let Some(rest) = line.strip_prefix("--") {
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        (!rest.starts_with('-')).then_some(rest)?
    } else {
        line.strip_prefix('\u{2014}')?
    };
    let text = rest.trim_start_matches([' ', '\t']);
    (!text.is_empty()).then(|| line.len() - text.len())
}

fn literal_block(span: Span, text: String) -> Block {
    Block {
        span,
        kind: BlockKind::LiteralBlock(Box::new(LiteralBlock {
            text,
            language: None,
            caption: None,
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_tells_what_a_block_is() {
        for (line, expected) in [
            ("- a", Opening::Bullet),
            ("-a b c", Opening::Text),
            ("--all  a", Opening::Option),
            ("----", Opening::Adornment),
            ("1. a", Opening::Enumerator),
            ("1.a", Opening::Text),
            (":a: b", Opening::Field),
            (":a:`b` c", Opening::Text),
            (">>> a", Opening::Doctest),
            ("| a", Opening::LineBlock),
            ("|a|", Opening::Text),
            ("+--+--+", Opening::GridTable),
            ("== ==", Opening::SimpleTable),
            (".. a", Opening::Explicit),
            ("...", Opening::Adornment),
            ("__ a", Opening::Anonymous),
        ] {
            assert_eq!(opening(line), expected, "{line}");
        }
    }

    #[test]
    fn an_attribution_starts_with_two_or_three_dashes() {
        assert_eq!(dash("-- Me"), Some(3));
        assert_eq!(dash("\u{2014}Me"), Some(3));
        assert_eq!(dash("---- Me"), None);
        assert_eq!(dash("--"), None);
    }
}
