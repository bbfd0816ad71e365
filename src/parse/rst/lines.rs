//! The line table, and views on it: how nested text is read without copying it.
//!
//! docutils expands tabs to 8 columns, drops white space at line ends and hands each nested block a
//! copy of its lines without their indentation. Here every line is measured once; a nested block is
//! a [`View`]: a range of lines and the column its text starts at.

use std::ops::Range;

use memchr::{memchr_iter, memchr2, memchr3};

use crate::source::Span;

/// The distance of tab stops, as docutils' `tab_width`.
const TAB: u32 = 8;

/// One line of the text, white space at its ends cut off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// The offset of its first character that is not white space; `end` where there is none.
    pub(super) start: u32,
    /// The offset behind its last character that is not white space.
    pub(super) end: u32,
    /// The column of `start`, tabs expanded.
    pub(super) indent: u32,
    /// How many of the last columns before `start` are other white space, as a no-break space: it
    /// indents only behind blanks that are left.
    pub(super) odd: u32,
}

/// A line as seen from a view.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The offset of its first character that is not white space.
    pub(super) start: usize,
    /// The offset behind its last character that is not white space.
    pub(super) end: usize,
    /// How many columns it is indented within the view.
    pub(super) indent: u32,
    /// The column of `start` within the whole line.
    pub(super) column: u32,
}

impl Row {
    /// Tells whether nothing but white space is left of the line.
    pub(super) fn is_blank(self) -> bool {
        self.start >= self.end
    }
}

/// Where the first line of a view starts, when a marker stands before it on the same line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// The line's index in the table.
    pub(super) line: usize,
    /// The offset where its text starts.
    pub(super) at: usize,
    /// The column of that offset.
    pub(super) column: u32,
}

/// The lines of a nested block.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    /// The index of the first line.
    pub(super) first: usize,
    /// The index behind the last line.
    pub(super) end: usize,
    /// The column where the block's text starts; white space before it belongs to its parents.
    pub(super) column: u32,
    /// A different start for one line.
    pub(super) head: Option<Head>,
}

impl View {
    /// Returns the view without the lines before `line`.
    pub(super) fn from(self, line: usize) -> Self {
        Self {
            first: line.min(self.end),
            ..self
        }
    }

    /// Returns the view without the lines from `line` on.
    pub(super) fn until(self, line: usize) -> Self {
        Self {
            end: line.max(self.first),
            ..self
        }
    }
}

/// Lines taken together because they are indented.
#[derive(Clone, Copy, Debug)]
pub(super) struct Indented {
    /// The lines, without blank ones before them.
    pub(super) view: View,
    /// The index of the first line that does not belong to them.
    pub(super) next: usize,
    /// Whether a blank line or the end of the text follows, as it should.
    pub(super) blank_finish: bool,
}

/// The lines of a text.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    table: Vec<Line>,
}

impl<'t> Lines<'t> {
    /// Returns the lines of `text`, split where Python's `str.splitlines` splits.
    pub(super) fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut lines = Vec::with_capacity(memchr_iter(b'\n', bytes).count() + 1);
        let from = if text.starts_with('\u{feff}') { 3 } else { 0 };
        if has_rare_line_end(bytes) {
            let mut start = from;
            while let Some((end, next)) = next_line_end(text, start) {
                lines.push(measure(text, start, end));
                start = next;
            }
            if start < bytes.len() {
                lines.push(measure(text, start, bytes.len()));
            }
        } else {
            let mut start = from;
            for end in memchr_iter(b'\n', bytes) {
                lines.push(measure(text, start, end));
                start = end + 1;
            }
            if start < bytes.len() {
                lines.push(measure(text, start, bytes.len()));
            }
        }
        Self { text, table: lines }
    }

    /// Returns the lines that stand at `places` of `text`.
    pub(super) fn at(text: &'t str, places: &[Span]) -> Self {
        let lines = places.iter().map(|place| {
            let Range { start, end } = place.range();
            measure(text, start, end)
        });
        Self {
            text,
            table: lines.collect(),
        }
    }

    /// Returns the view of the whole text.
    pub(super) fn whole(&self) -> View {
        View {
            first: 0,
            end: self.table.len(),
            column: 0,
            head: None,
        }
    }

    /// Returns how many lines there are.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// Adds a line that is a part of another one (of a table's cell).
    pub(super) fn push(&mut self, line: Line) {
        self.table.push(line);
    }

    /// Forgets the lines from `len` on.
    pub(super) fn truncate(&mut self, len: usize) {
        self.table.truncate(len);
    }

    /// Returns the line at `index` as `view` sees it.
    pub(super) fn row(&self, view: &View, index: usize) -> Row {
        let line = self.table[index];
        if line.odd > 0
            && view.head.is_none_or(|head| head.line != index)
            && let Some(row) = self.odd_row(view, line)
        {
            return row;
        }
        match view.head {
            Some(head) if head.line == index => Row {
                start: head.at,
                end: line.end as usize,
                indent: 0,
                column: head.column,
            },
            _ => Row {
                start: line.start as usize,
                end: line.end as usize,
                indent: line.indent.saturating_sub(view.column),
                column: line.indent,
            },
        }
    }

    /// Returns a line that is not indented in `view` since other white space than blanks is left.
    fn odd_row(&self, view: &View, line: Line) -> Option<Row> {
        let left = line.indent.checked_sub(view.column)?;
        let before = self.text[..line.start as usize].char_indices().rev();
        let (start, first) = before.take(left.min(line.odd) as usize).last()?;
        (left <= line.odd && first != ' ').then_some(Row {
            start,
            end: line.end as usize,
            indent: 0,
            column: view.column,
        })
    }

    /// Returns where the text of a line starts for a view within `view`, whatever it takes as indentation: before
    /// other white space than blanks, which is text once no blank stands before it.
    pub(super) fn first_byte(&self, view: &View, index: usize) -> usize {
        let line = self.table[index];
        let row = self.row(view, index);
        if line.odd == 0 || view.head.is_some_and(|head| head.line == index) {
            return row.start;
        }
        let left = line.indent.saturating_sub(view.column).min(line.odd) as usize;
        let before = self.text[..line.start as usize].char_indices().rev();
        before.take(left).last().map_or(row.start, |(at, _)| at)
    }

    /// Tells whether the line at `index` is blank in `view`, or past its end.
    pub(super) fn is_blank(&self, view: &View, index: usize) -> bool {
        index >= view.end || self.row(view, index).is_blank()
    }

    /// Returns the index of the first line from `index` on that is not blank.
    pub(super) fn skip_blank(&self, view: &View, mut index: usize) -> usize {
        while index < view.end && self.row(view, index).is_blank() {
            index += 1;
        }
        index
    }

    /// Takes the indented lines from `from` on, whatever their indentation.
    pub(super) fn indented(&self, view: &View, from: usize) -> Indented {
        let extent = self.extent(view, from, from, None, false);
        self.take(view, from, extent, None)
    }

    /// Takes what is left of the line `head.line` and the lines after it that are indented by at
    /// least `least` columns, or by any where `least` is `None`.
    pub(super) fn indented_after(
        &self,
        view: &View,
        head: Head,
        least: Option<u32>,
        until_blank: bool,
    ) -> Indented {
        let extent = self.extent(view, head.line, head.line + 1, least, until_blank);
        self.take(view, head.line, extent, Some(head))
    }

    /// Returns the end of the indented lines from `from` on, their least indentation and whether
    /// they end at a blank line. `start` is the first line of the construct.
    fn extent(
        &self,
        view: &View,
        start: usize,
        from: usize,
        known: Option<u32>,
        until_blank: bool,
    ) -> (usize, u32, bool) {
        let mut least = u32::MAX;
        for index in from..view.end {
            let row = self.row(view, index);
            if row.is_blank() {
                if until_blank {
                    return (index, known.unwrap_or(least), true);
                }
            } else if row.indent == 0 || known.is_some_and(|known| row.indent < known) {
                let blank_finish = index > start && self.row(view, index - 1).is_blank();
                return (index, known.unwrap_or(least), blank_finish);
            } else {
                least = least.min(row.indent);
            }
        }
        (view.end, known.unwrap_or(least), true)
    }

    fn take(
        &self,
        view: &View,
        from: usize,
        (next, indent, blank_finish): (usize, u32, bool),
        head: Option<Head>,
    ) -> Indented {
        let indent = if indent == u32::MAX { 0 } else { indent };
        let mut inner = View {
            first: from,
            end: next,
            column: view.column + indent,
            head,
        };
        inner.first = self.skip_blank(&inner, from);
        Indented {
            view: inner,
            next,
            blank_finish,
        }
    }

    /// Returns the view without blank lines at its end.
    pub(super) fn trim_end(&self, mut view: View) -> View {
        while view.end > view.first && self.row(&view, view.end - 1).is_blank() {
            view.end -= 1;
        }
        view
    }
}

/// Tells whether `byte` is white space that docutils reads as a blank.
pub(super) fn is_blank_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\x0b' | b'\x0c')
}

/// Returns the column behind `byte`-led character that stands in `column`.
pub(super) fn next_column(column: u32, byte: u8) -> u32 {
    match byte {
        b'\t' => (column / TAB + 1) * TAB,
        0x80..=0xBF => column,
        _ => column + 1,
    }
}

/// Returns the column behind `text` that starts in `column`.
pub(super) fn column_after(text: &str, column: u32) -> u32 {
    text.bytes().fold(column, next_column)
}

/// Returns how many columns a character takes in a title or a table, as docutils counts.
pub(super) fn char_width(c: char) -> usize {
    if c.is_ascii() {
        return 1;
    }
    match c {
        '\u{300}'..='\u{34e}'
        | '\u{350}'..='\u{36f}'
        | '\u{483}'..='\u{487}'
        | '\u{591}'..='\u{5bd}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{1ab0}'..='\u{1abd}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20dc}'
        | '\u{3099}'..='\u{309a}'
        | '\u{fe20}'..='\u{fe2f}' => 0,
        // Characters that only have no width of their own, like a zero width space, count as one.
        _ => unicode_width::UnicodeWidthChar::width(c)
            .unwrap_or(1)
            .max(1),
    }
}

/// Returns the offset and column of the first character from `at` on that is no blank.
pub(super) fn skip_blanks(text: &str, mut at: usize, end: usize, mut column: u32) -> (usize, u32) {
    let bytes = text.as_bytes();
    while at < end && is_blank_byte(bytes[at]) {
        column = next_column(column, bytes[at]);
        at += 1;
    }
    (at, column)
}

fn measure(text: &str, start: usize, end: usize) -> Line {
    let bytes = text.as_bytes();
    let mut end = end;
    while end > start {
        match bytes[end - 1] {
            b'!'..=b'~' => break,
            b' ' | b'\t'..=b'\r' | 0x1c..=0x1f => end -= 1,
            byte if byte.is_ascii() => break,
            _ => {
                let trimmed = text[start..end].trim_end().len();
                if start + trimmed == end {
                    break;
                }
                end = start + trimmed;
            }
        }
    }
    let (mut first, mut indent) = skip_blanks(text, start, end, 0);
    let blanks = indent;
    if indent > 0 {
        while let Some(c) = text[first..end]
            .chars()
            .next()
            .filter(|c| c.is_whitespace())
        {
            first += c.len_utf8();
            indent += 1;
        }
    }
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Line {
        start: offset(first),
        end: offset(end),
        indent,
        odd: indent - blanks,
    }
}

/// Tells whether a line ends otherwise than by LF or CRLF anywhere.
fn has_rare_line_end(bytes: &[u8]) -> bool {
    memchr3(0x1c, 0x1d, 0x1e, bytes).is_some()
        || memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n'))
        || memchr_iter(0xC2, bytes).any(|at| bytes.get(at + 1) == Some(&0x85))
        || (memchr2(0xA8, 0xA9, bytes).is_some()
            && memchr::memmem::find_iter(bytes, b"\xE2\x80")
                .any(|at| matches!(bytes.get(at + 2), Some(0xA8 | 0xA9))))
}

/// Returns where the line that starts at `from` ends and where the next one starts.
fn next_line_end(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = text.get(from..)?;
    let at = rest.find([
        '\n', '\r', '\x1c', '\x1d', '\x1e', '\u{85}', '\u{2028}', '\u{2029}',
    ])?;
    let length = if rest[at..].starts_with("\r\n") {
        2
    } else {
        rest[at..].chars().next().map_or(1, char::len_utf8)
    };
    Some((from + at, from + at + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(&str, u32)> {
        let lines = Lines::of(text);
        let view = lines.whole();
        (0..lines.len())
            .map(|index| lines.row(&view, index))
            .map(|row| (&text[row.start..row.end], row.indent))
            .collect()
    }

    #[test]
    fn tabs_count_to_the_next_multiple_of_eight() {
        assert_eq!(rows("\ta\n   \tb \n\x0cc"), [("a", 8), ("b", 8), ("c", 1)]);
    }

    #[test]
    fn a_byte_order_mark_and_crlf_are_no_text() {
        assert_eq!(rows("\u{feff}a\r\nb\r\n"), [("a", 0), ("b", 0)]);
    }

    #[test]
    fn all_of_pythons_line_ends_end_a_line() {
        assert_eq!(
            rows("a\rb\u{2028}c\u{85}d"),
            [("a", 0), ("b", 0), ("c", 0), ("d", 0)]
        );
    }

    #[test]
    fn an_indented_block_goes_to_the_first_line_that_is_not() {
        let text = "a\n\n    b\n  c\n\nd";
        let lines = Lines::of(text);
        let block = lines.indented(&lines.whole(), 1);
        assert_eq!((block.view.first, block.next, block.view.column), (2, 5, 2));
        assert!(block.blank_finish);
    }
}
