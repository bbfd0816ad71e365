//! Grid and simple tables: finding their lines, and reading their cells as blocks. Tables of the
//! directive `csv-table` are in [`csv`].
//!
//! ```text
//! grid   = border { "|" text "|" | border | "+" text "+" } border      border = "+" { "-" | "+" } "+"
//! simple = rule { row | span | rule } rule                             rule = "=" { "=" | " " }
//! span   = "-" { "-" | " " }                                           head: above a border of "="
//! ```
//!
//! The shape of each kind is read in [`grid`] and [`simple`], as cells on a raster of columns; the
//! lines of a cell then become lines of their own in the line table, and are read like any others.

mod csv;
mod grid;
mod simple;

pub(super) use csv::Dialect;

use crate::diagnostic::Severity;
use crate::document::{Block, BlockKind, Cell, Table};
use crate::source::Span;

use super::Parser;
use super::block::is_grid_border;
use super::lines::{Line, View, char_width, is_blank_byte, next_column};
use super::section::Flow;

/// One line of a table, by columns: wide characters take two, a tab as many as it fills.
#[derive(Debug)]
struct Ruled {
    /// What stands in each column: its byte, `b'x'` for a character beyond ASCII.
    columns: Vec<u8>,
    /// The offset of the line's first character, and how many columns stand before it.
    start: usize,
    indent: usize,
    /// The offset of each column's character, and of the end; empty where each character takes one byte and
    /// one column.
    offsets: Vec<usize>,
}

impl Ruled {
    fn width(&self) -> usize {
        self.columns.len()
    }

    /// Returns the offset of the character in a column, of the end behind the last one.
    fn offset(&self, column: usize) -> usize {
        match self.offsets.get(column) {
            Some(offset) => *offset,
            None => self.start + column.saturating_sub(self.indent),
        }
    }

    /// Returns the byte in a column, a blank behind the end.
    fn at(&self, column: usize) -> u8 {
        self.columns.get(column).copied().unwrap_or(b' ')
    }

    /// Tells whether nothing stands in the columns `from..to`.
    fn is_blank(&self, from: usize, to: usize) -> bool {
        let to = to.min(self.width());
        from >= to || self.columns[from..to].iter().all(|byte| *byte == b' ')
    }

    /// Tells whether the line holds only `rule` and blanks, and starts with `rule`.
    fn is_ruled_by(&self, rule: u8) -> bool {
        self.at(0) == rule
            && self
                .columns
                .iter()
                .all(|byte| *byte == rule || *byte == b' ')
    }

    /// Returns what stands in the columns `from..to` as a line of its own.
    fn cut(&self, from: usize, to: usize) -> Line {
        let to = to.min(self.width());
        let from = from.min(to);
        let taken = &self.columns[from..to];
        let last = taken.iter().rposition(|byte| *byte != b' ');
        let first = taken.iter().position(|byte| *byte != b' ');
        let (first, end) = match (first, last) {
            (Some(first), Some(last)) => (from + first, from + last + 1),
            _ => (from, from),
        };
        let span = Span::new(self.offset(first), self.offset(end));
        Line {
            start: span.start,
            end: span.end,
            indent: u32::try_from(first - from).unwrap_or(u32::MAX),
            odd: 0,
        }
    }
}

/// A cell as it stands in the raster: the lines `top..bottom`, the columns `left..right`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Area {
    top: usize,
    bottom: usize,
    left: usize,
    right: usize,
}

/// The shape of a table.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    head: usize,
    rows: Vec<Vec<Area>>,
}

impl Parser<'_> {
    pub(super) fn grid_table(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let mut end = at + 1;
        let mut blank_finish = true;
        while !self.lines.is_blank(view, end) {
            let row = self.lines.row(view, end);
            if row.indent > 0 || !matches!(self.text.as_bytes()[row.start], b'+' | b'|') {
                blank_finish = false;
                break;
            }
            end += 1;
        }
        let mut next = end;
        let is_border = |at: usize| is_grid_border(self.str(self.lines.row(view, at)));
        if !is_border(end - 1) {
            blank_finish = false;
            match (at + 2..end - 1).rev().find(|index| is_border(*index)) {
                Some(border) => {
                    end = border + 1;
                    // docutils goes back one line too far here, and reads the last row again.
                    next = border - 1;
                }
                None => return self.malformed_table(view, at, end, "it has no bottom border"),
            }
        }
        let lines: Vec<Ruled> = (at..end).map(|index| self.ruled(view, index)).collect();
        let width = lines[0].width();
        let is_straight = |line: &Ruled| {
            line.width() == width
                && line
                    .columns
                    .last()
                    .is_some_and(|c| matches!(c, b'+' | b'|'))
        };
        if !lines.iter().all(is_straight) {
            self.malformed_table(view, at, end, "its right edge is not straight");
            return next;
        }
        match grid::shape(&lines) {
            Ok(shape) => self.table(view, (at, end), &lines, shape, flow),
            Err(problem) => {
                self.malformed_table(view, at, end, problem);
            }
        }
        if !blank_finish {
            self.no_blank_line(view, next, "table");
        }
        next
    }

    pub(super) fn simple_table(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let width = self.ruled(view, at).width();
        let mut borders = 0;
        let mut last_border = at;
        for index in at + 1..view.end {
            let row = self.lines.row(view, index);
            let is_border = row.indent == 0
                && !row.is_blank()
                && self.str(row).starts_with('=')
                && self.ruled(view, index).is_ruled_by(b'=');
            if !is_border {
                continue;
            }
            if self.ruled(view, index).width() != width {
                let problem = "a border is not as wide as the top one";
                return self.malformed_table(view, at, index + 1, problem);
            }
            borders += 1;
            last_border = index;
            if borders == 2 || self.lines.is_blank(view, index + 1) {
                return self.bounded_simple_table(view, at, index + 1, flow);
            }
        }
        if borders > 0 {
            let problem = "it has no bottom border, or no blank line after it";
            return self.malformed_table(view, at, last_border + 1, problem);
        }
        self.malformed_table(view, at, view.end, "it has no bottom border")
    }

    fn bounded_simple_table(
        &mut self,
        view: &View,
        at: usize,
        end: usize,
        flow: &mut Flow,
    ) -> usize {
        let lines: Vec<Ruled> = (at..end).map(|index| self.ruled(view, index)).collect();
        match simple::shape(&lines) {
            Ok(shape) => self.table(view, (at, end), &lines, shape, flow),
            Err(problem) => {
                self.malformed_table(view, at, end, problem);
            }
        }
        if !self.lines.is_blank(view, end) {
            self.no_blank_line(view, end, "table");
        }
        end
    }

    /// Reports the lines `at..end` as a table that cannot be read; returns `end`.
    fn malformed_table(&mut self, view: &View, at: usize, end: usize, problem: &str) -> usize {
        if let Some(span) = self.span(view, at, end) {
            let message = format!("this table is malformed, so it is left out: {problem}");
            self.malformed(Severity::Error, span, message);
        }
        end
    }

    /// Returns the columns of a line.
    fn ruled(&self, view: &View, at: usize) -> Ruled {
        let row = self.lines.row(view, at);
        let line = self.str(row);
        let indent = row.indent as usize;
        let mut ruled = Ruled {
            columns: vec![b' '; indent],
            start: row.start,
            indent,
            offsets: Vec::new(),
        };
        if line.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            ruled.columns.extend_from_slice(line.as_bytes());
            return ruled;
        }
        ruled.offsets = vec![row.start; indent];
        let mut column = row.column;
        for (offset, c) in line.char_indices() {
            let (shown, width) = match u8::try_from(c) {
                Ok(byte) if is_blank_byte(byte) => {
                    (b' ', (next_column(column, byte) - column) as usize)
                }
                Ok(byte) if byte.is_ascii() => (byte, 1),
                _ if c.is_whitespace() => (b' ', char_width(c)),
                _ => (b'x', char_width(c)),
            };
            column += u32::try_from(width).unwrap_or(0);
            let shown = std::iter::repeat_n(shown, width);
            ruled.columns.extend(shown);
            let offsets = std::iter::repeat_n(row.start + offset, width);
            ruled.offsets.extend(offsets);
        }
        ruled.offsets.push(row.end);
        ruled
    }

    fn table(
        &mut self,
        view: &View,
        (at, end): (usize, usize),
        lines: &[Ruled],
        shape: Shape,
        flow: &mut Flow,
    ) {
        let Some(span) = self.span(view, at, end) else {
            return;
        };
        let mut rows = Vec::with_capacity(shape.rows.len());
        for areas in &shape.rows {
            rows.push(areas.iter().map(|area| self.cell(lines, *area)).collect());
        }
        flow.push(Block {
            span,
            kind: BlockKind::Table(Box::new(Table {
                title: Vec::new(),
                head: shape.head,
                rows,
            })),
        });
    }

    /// Reads the blocks of a cell.
    fn cell(&mut self, lines: &[Ruled], area: Area) -> Cell {
        let empty = lines
            .get(area.top)
            .or(lines.last())
            .map(|line| line.cut(area.left, area.left).start)
            .unwrap_or_default();
        let lines = lines[area.top..area.bottom].iter();
        self.cell_of(lines.map(|line| line.cut(area.left, area.right)), empty)
    }

    /// Reads `lines` as the blocks of a cell, which stands at `empty` where it holds nothing.
    fn cell_of(&mut self, lines: impl Iterator<Item = Line>, empty: u32) -> Cell {
        let first = self.lines.len();
        let mut indent = u32::MAX;
        let mut span: Option<Span> = None;
        for line in lines {
            if line.start < line.end {
                indent = indent.min(line.indent);
                let here = Span {
                    start: line.start,
                    end: line.end,
                };
                span = Some(span.map_or(here, |span| span.join(here)));
            }
            self.lines.push(line);
        }
        let view = View {
            first,
            end: self.lines.len(),
            column: if indent == u32::MAX { 0 } else { indent },
            head: None,
        };
        let children = self.nested(&view);
        self.lines.truncate(first);
        Cell {
            span: span.unwrap_or(Span {
                start: empty,
                end: empty,
            }),
            children,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::plain_text;
    use crate::source::{Markup, Source};

    /// The texts of the cells, row by row, and how many rows are the head.
    fn table(text: &str) -> Option<(usize, Vec<Vec<String>>)> {
        let source = Arc::new(Source::new("a.rst", text, Markup::Rst));
        let document = crate::parse::rst::parse(&source).value;
        let BlockKind::Table(table) = &document.children.first()?.kind else {
            return None;
        };
        let text = |cell: &Cell| match cell.children.first().map(|block| &block.kind) {
            Some(BlockKind::Paragraph(text)) => plain_text(text),
            _ => String::new(),
        };
        let rows = table.rows.iter().map(|row| row.iter().map(text).collect());
        Some((table.head, rows.collect()))
    }

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
        rows.iter().map(row).collect()
    }

    #[test]
    fn cells_of_a_grid_may_span_rows_and_columns() {
        let text = "+---+---+\n| a | b |\n+===+===+\n| c     |\n+---+---+\n| d | e |\n+---+   |\n| f |   |\n+---+---+\n";
        let expected = rows(&[&["a", "b"], &["c"], &["d", "e"], &["f"]]);
        assert_eq!(table(text), Some((1, expected)));
        assert_eq!(table("+--+--+\n|a | b\n+--+--+\n"), None);
    }

    #[test]
    fn rows_of_a_simple_table_start_in_the_first_column() {
        let text = "==  ==\na   b\n==  ==\nc   d\n    e\nf   over the edge\nboth\n------\n==  ==\n";
        let expected = rows(&[
            &["a", "b"],
            &["c", "d e"],
            &["f", "over the edge"],
            &["both"],
        ]);
        let (head, found) = table(text).expect("a table");
        assert_eq!((head, &found[..4]), (1, &expected[..]));
        assert_eq!(table("==  ==\na b c\n==  ==\n"), None);
    }
}
