//! The tables of the directive `csv-table`.
//!
//! ```text
//! table  = row { EOL row }          the option `header` holds rows as well
//! row    = field { delim field }    delim = "," or what the option `delim` says
//! field  = { blank } ( quote { any | quote quote } quote | { any but delim } )
//! ```
//!
//! A quoted field may go on over lines. docutils reads each field as blocks, and so is it here.

use crate::document::{Block, Cell, InlineKind, Table};
use crate::parse::rst::Parser;
use crate::parse::rst::lines::{Line, View, is_blank_byte};
use crate::source::Span;

/// What sets fields apart.
#[derive(Clone, Copy, Debug)]
pub(in crate::parse::rst) struct Dialect {
    delimiter: char,
    quote: char,
}

impl Dialect {
    /// Returns the dialect that the options `delim` and `quote` tell of.
    pub(in crate::parse::rst) fn new(delimiter: Option<&str>, quote: Option<&str>) -> Self {
        let only = |text: &str| text.chars().next();
        Self {
            delimiter: match delimiter {
                Some("tab") => '\t',
                Some("space") => ' ',
                other => other.and_then(only).unwrap_or(','),
            },
            quote: quote.and_then(only).unwrap_or('"'),
        }
    }
}

/// One field: its text, line by line.
#[derive(Debug, Default)]
struct Field {
    lines: Vec<Line>,
    /// Whether it holds quotes that are written twice.
    has_doubled: bool,
}

impl Parser<'_> {
    /// Reads the fields of `header` and of `content`, the first `head` rows of which are a head as well; an error
    /// says what is wrong with them.
    pub(in crate::parse::rst) fn csv_table(
        &mut self,
        header: Option<&View>,
        content: &View,
        head: usize,
        dialect: Dialect,
    ) -> Result<Table, &'static str> {
        let mut rows = match header {
            Some(header) => self.csv_rows(header, dialect)?,
            None => Vec::new(),
        };
        let head = rows.len() + head;
        rows.extend(self.csv_rows(content, dialect)?);
        if rows.len() <= head {
            return Err("has no rows but those of its head");
        }
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        for row in &mut rows {
            // A short row ends with empty cells.
            let end = row.last().map_or(0, |cell| cell.span.end);
            row.resize_with(columns, || Cell {
                span: Span { start: end, end },
                children: Vec::new(),
            });
        }
        Ok(Table {
            title: Vec::new(),
            head,
            rows,
        })
    }

    fn csv_rows(&mut self, view: &View, dialect: Dialect) -> Result<Vec<Vec<Cell>>, &'static str> {
        let mut rows = Vec::new();
        let mut at = view.first;
        while at < view.end {
            if self.lines.is_blank(view, at) {
                at += 1;
                continue;
            }
            let (fields, next) = self.csv_fields(view, at, dialect)?;
            at = next;
            let cells = fields
                .into_iter()
                .map(|field| self.csv_cell(field, dialect));
            rows.push(cells.collect());
        }
        Ok(rows)
    }

    fn csv_cell(&mut self, field: Field, dialect: Dialect) -> Cell {
        let empty = field.lines.first().map_or(0, |line| line.start);
        let mut cell = self.cell_of(field.lines.into_iter(), empty);
        if field.has_doubled {
            let twice = String::from_iter([dialect.quote; 2]);
            let once = String::from(dialect.quote);
            write_quotes_once(&mut cell.children, &twice, &once);
        }
        cell
    }

    /// Returns the fields of the row that starts with the line `at`, and the line behind it.
    fn csv_fields(
        &self,
        view: &View,
        at: usize,
        dialect: Dialect,
    ) -> Result<(Vec<Field>, usize), &'static str> {
        let Dialect { delimiter, quote } = dialect;
        let mut fields = Vec::new();
        let mut index = at;
        let mut row = self.lines.row(view, at);
        let mut from = row.start;
        loop {
            let rest = &self.text[from..row.end];
            let blanks = rest
                .find(|c: char| c == delimiter || !matches!(c, ' ' | '\t'))
                .unwrap_or(rest.len());
            from += blanks;
            let mut field = Field::default();
            let mut end = from;
            if self.text[from..row.end].starts_with(quote) {
                let mut start = from + quote.len_utf8();
                let mut indent = 0;
                // Over as many lines as it takes to the closing quote.
                loop {
                    let closing = closing(&self.text[start..row.end], quote, &mut field);
                    end = closing.map_or(row.end, |length| start + length);
                    field.lines.push(self.csv_line(start, end, indent));
                    if closing.is_some() {
                        end += quote.len_utf8();
                        break;
                    }
                    if index + 1 >= view.end {
                        return Err("has a quote that nothing closes");
                    }
                    index += 1;
                    row = self.lines.row(view, index);
                    (start, indent) = (row.start, row.indent);
                }
            }
            let stop = self.text[end..row.end].find(delimiter);
            let stop = stop.map_or(row.end, |length| end + length);
            if field.lines.is_empty() {
                field.lines.push(self.csv_line(from, stop, 0));
            } else if !self.text[end..stop].trim().is_empty() {
                return Err("has text behind a closing quote");
            }
            fields.push(field);
            if stop >= row.end {
                return Ok((fields, index + 1));
            }
            from = stop + delimiter.len_utf8();
        }
    }

    fn csv_line(&self, start: usize, end: usize, indent: u32) -> Line {
        let is_blank = |c: char| u8::try_from(c).is_ok_and(is_blank_byte);
        let text = self.text[start..end].trim_end_matches(is_blank);
        let leading = text.len() - text.trim_start_matches(is_blank).len();
        let span = Span::new(start + leading, start + text.len());
        Line {
            start: span.start,
            end: span.end,
            indent,
            odd: 0,
        }
    }
}

/// Returns the length of `text` before the quote that closes it.
fn closing(text: &str, quote: char, field: &mut Field) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text[from..].find(quote) {
        let behind = from + found + quote.len_utf8();
        if !text[behind..].starts_with(quote) {
            return Some(from + found);
        }
        field.has_doubled = true;
        from = behind + quote.len_utf8();
    }
    None
}

fn write_quotes_once(blocks: &mut [Block], twice: &str, once: &str) {
    for block in blocks {
        for inlines in block.inlines_mut() {
            for inline in inlines {
                if let InlineKind::Text(text) | InlineKind::Literal(text) = &mut inline.kind {
                    *text = text.replace(twice, once).into();
                }
            }
        }
        for children in block.children_mut() {
            write_quotes_once(children, twice, once);
        }
    }
}
