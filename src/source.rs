//! One document file and the places in it.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The markup a source is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Markup {
    /// reStructuredText, as docutils reads it.
    Rst,
    /// Markdown, as GitHub reads it.
    Markdown,
}

impl Markup {
    /// Returns the markup that a file's ending stands for, `None` where it is neither's.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "rst" | "rest" | "txt" => Some(Self::Rst),
            "md" | "markdown" | "mkd" | "mdx" => Some(Self::Markdown),
            _ => None,
        }
    }
}

/// A range of bytes in a source, `start..end`.
///
/// Offsets are 32 bits wide: a source is at most 4 GiB, and a node stays small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The offset of the first byte.
    pub start: u32,
    /// The offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// Returns the span of `start..end`.
    ///
    /// # Panics
    /// Where an offset does not fit 32 bits; [`Source::new`] never makes a text that long.
    pub fn new(start: usize, end: usize) -> Self {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            start: offset(start),
            end: offset(end),
        }
    }

    /// Returns the span as a range, to slice a text with.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns the smallest span that holds both.
    pub fn join(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// Tells whether `inner` lies within this span.
    pub fn holds(self, inner: Self) -> bool {
        self.start <= inner.start && inner.end <= self.end
    }
}

/// A document's text, the path it is shown under, and where its lines start.
#[derive(PartialEq, Eq)]
pub struct Source {
    path: PathBuf,
    text: String,
    markup: Markup,
    line_starts: Vec<u32>,
}

impl Source {
    /// Returns the source of `text`, which is kept byte for byte: byte order mark, CRLF and all.
    ///
    /// `path` is only shown; nothing is read from it.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>, markup: Markup) -> Self {
        let text = text.into();
        let line_starts = std::iter::once(0)
            .chain(
                text.bytes()
                    .enumerate()
                    .filter(|(_, byte)| *byte == b'\n')
                    .map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)),
            )
            .collect();
        Self {
            path: path.into(),
            text,
            markup,
            line_starts,
        }
    }

    /// Returns the path the source is shown under.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the markup the text is written in.
    pub fn markup(&self) -> Markup {
        self.markup
    }

    /// Returns the 1-based line that holds the byte at `offset`.
    pub fn line(&self, offset: u32) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// Returns the 1-based column of the byte at `offset`, counted in characters; a tab is one, a byte order
    /// mark none, as editors do not show it.
    pub fn column(&self, offset: u32) -> usize {
        let mut start = self.line_starts[self.line(offset) - 1] as usize;
        if start == 0 && self.text.starts_with('\u{feff}') {
            start = 3;
        }
        let end = (offset as usize).min(self.text.len());
        self.text
            .as_bytes()
            .get(start..end)
            .unwrap_or_default()
            .iter()
            .filter(|byte| !matches!(byte, 0x80..=0xBF))
            .count()
            + 1
    }

    /// Returns the offset where the 1-based `line` starts, `None` past the last line.
    pub fn line_start(&self, line: usize) -> Option<u32> {
        self.line_starts.get(line.checked_sub(1)?).copied()
    }

    /// Returns the text under `span`, empty where the span does not fit the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.path.display())
    }
}

/// Returns the first line of `span` in `text`.
pub(crate) fn first_line(text: &str, span: Span) -> Span {
    let rest = text.get(span.range()).unwrap_or_default();
    let line = rest.split(['\r', '\n']).next().unwrap_or_default();
    Span::new(span.range().start, span.range().start + line.len())
}

/// A span in one source.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// The source.
    pub source: Arc<Source>,
    /// The bytes in it.
    pub span: Span,
}

impl Place {
    /// Returns the place of `span` in `source`.
    pub fn new(source: &Arc<Source>, span: Span) -> Self {
        Self {
            source: Arc::clone(source),
            span,
        }
    }

    /// Returns the place of its first line.
    pub fn first_line(&self) -> Self {
        Self::new(&self.source, first_line(self.source.text(), self.span))
    }

    /// Returns the 1-based line of the first byte.
    pub fn line(&self) -> usize {
        self.source.line(self.span.start)
    }

    /// Returns the 1-based column of the first byte, in characters.
    pub fn column(&self) -> usize {
        self.source.column(self.span.start)
    }

    /// Returns the path of the source.
    pub fn path(&self) -> &Path {
        self.source.path()
    }

    /// Returns the text at the place.
    pub fn text(&self) -> &str {
        self.source.slice(self.span)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}",
            self.path().display(),
            self.line(),
            self.column()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let source = Source::new("a.rst", "ab\r\nåä\tx\n", Markup::Rst);
        assert_eq!((source.line(0), source.column(0)), (1, 1));
        assert_eq!((source.line(3), source.column(3)), (1, 4));
        let x = source.text().find('x').unwrap() as u32;
        assert_eq!((source.line(x), source.column(x)), (2, 4));
        let end = source.text().len() as u32;
        assert_eq!((source.line(end), source.column(end)), (3, 1));
        assert_eq!((source.line(end + 9), source.column(end + 9)), (3, 1));
        let marked = Source::new("a.rst", "\u{feff}ab\n", Markup::Rst);
        assert_eq!(
            (marked.column(0), marked.column(3), marked.column(4)),
            (1, 1, 2)
        );
    }
}
