//! A part of a source without what stands before its lines, and the way back to the source.
//!
//! Line ends are `\n` here whatever they are in the source: `pulldown-cmark` 0.13.6 reads a code span
//! over several lines differently where they end in `\r\n`.

use crate::source::Span;

/// Text taken from a source, line by line.
#[derive(Debug, Default)]
pub(super) struct Excerpt<'a> {
    /// The text; the source's own where nothing was taken away.
    text: std::borrow::Cow<'a, str>,
    /// Where lines start in the text and in the source, in order.
    lines: Vec<(usize, usize)>,
    /// How much is left out at the start.
    skipped: usize,
}

impl<'a> Excerpt<'a> {
    /// Returns all of `source` from `start` on.
    pub(super) fn whole(source: &'a str, start: usize) -> Self {
        if source.contains("\r\n") {
            let mut excerpt = Self::default();
            let mut at = start;
            for line in source[start..].split_inclusive('\n') {
                excerpt.push(line, at);
                at += line.len();
            }
            return excerpt;
        }
        Self {
            text: source[start..].into(),
            lines: vec![(0, start)],
            skipped: 0,
        }
    }

    /// Adds a piece of the source, from the byte `start` of it; the piece ends a line or the text.
    pub(super) fn push(&mut self, piece: &str, start: usize) {
        let text = self.text.to_mut();
        self.lines.push((text.len(), start));
        match piece.strip_suffix("\r\n") {
            Some(line) => {
                text.push_str(line);
                text.push('\n');
            }
            None => text.push_str(piece),
        }
    }

    /// Leaves out the first `length` bytes of the text.
    pub(super) fn skip(&mut self, length: usize) {
        self.skipped += length;
    }

    /// Returns the text.
    pub(super) fn text(&self) -> &str {
        self.text.get(self.skipped..).unwrap_or_default()
    }

    /// Returns where the byte at `offset` of the text stands in the source.
    pub(super) fn origin(&self, offset: usize) -> usize {
        let offset = offset + self.skipped;
        let line = self.lines.partition_point(|(start, _)| *start <= offset);
        match line.checked_sub(1).and_then(|line| self.lines.get(line)) {
            Some((start, origin)) => origin + (offset - start),
            None => offset,
        }
    }

    /// Returns the span in the source of `start..end`.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let first = self.origin(start);
        if end <= start {
            return Span::new(first, first);
        }
        Span::new(first, self.origin(end - 1) + 1)
    }

    /// Returns the span in the source of `start..end`, white space at both ends left out.
    pub(super) fn trimmed(&self, start: usize, end: usize) -> Span {
        let text = self.text().get(start..end).unwrap_or_default();
        // What CommonMark calls white space; a no-break space is text.
        let blank: &[char] = &[' ', '\t', '\n', '\u{b}', '\u{c}', '\r'];
        let start = start + (text.len() - text.trim_start_matches(blank).len());
        self.span(start, start + text.trim_matches(blank).len())
    }
}

/// Returns `text` with `\n` for every line end, without a last one.
pub(super) fn unix_lines(text: &str) -> String {
    let mut text = text.replace("\r\n", "\n");
    if text.ends_with('\n') {
        text.pop();
    }
    text
}
