//! Where the lines of a literal block stand in the page that holds it.

use std::ops::Range;
use std::sync::Arc;

use crate::document::{Block, LiteralBlock};
use crate::source::{Place, Source, Span};

/// A literal block's lines in its page.
#[derive(Clone, Debug)]
pub(crate) struct BlockText {
    source: Arc<Source>,
    /// For each line of the text: where it starts there, and the bytes in the page.
    lines: Vec<(usize, Range<usize>)>,
    /// What stands before the text on its lines: blanks, and the bars of a quote.
    margin: String,
}

impl BlockText {
    /// Returns the lines of `literal`, which was read from `block`; `None` where the page does not show them as they are.
    pub(crate) fn locate(
        source: &Arc<Source>,
        block: &Block,
        literal: &LiteralBlock,
    ) -> Option<Self> {
        let page = page_lines(source.text(), block.span.range());
        let text: Vec<&str> = literal.text.split('\n').collect();
        let first = (0..page.len()).find(|first| {
            let here = page[*first..].iter();
            page.len() - first >= text.len()
                && here
                    .zip(&text)
                    .all(|(range, line)| is_line(&source.text()[range.clone()], line))
        })?;
        let mut margin = String::new();
        let mut at = 0;
        let mut lines = Vec::with_capacity(text.len());
        for (range, line) in page[first..].iter().zip(&text) {
            let shown = &source.text()[range.clone()];
            let before = shown.len() - shown.trim_end().len() + line.trim_end().len();
            let start = if line.trim().is_empty() {
                range.end
            } else {
                range.end - before.min(shown.len())
            };
            if margin.is_empty() && !line.trim().is_empty() {
                source.text()[range.start..start].clone_into(&mut margin);
            }
            lines.push((at, start..range.end));
            at += line.len() + 1;
        }
        Some(Self {
            source: Arc::clone(source),
            lines,
            margin,
        })
    }

    /// Returns the place in the page of the bytes `span` of the text.
    pub(crate) fn place(&self, span: Span) -> Place {
        let to_page = |offset: u32| {
            let offset = offset as usize;
            let line = self
                .lines
                .partition_point(|(start, _)| *start <= offset)
                .saturating_sub(1);
            let (start, range) = &self.lines[line];
            (range.start + (offset - start)).min(range.end)
        };
        let start = to_page(span.start);
        Place::new(&self.source, Span::new(start, to_page(span.end).max(start)))
    }

    /// Returns the bytes of the page from the first line's start, margin included, to the last line's end.
    pub(crate) fn range(&self) -> Range<usize> {
        let text = self.source.text();
        let first = self.lines[0].1.start;
        let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
        start..self.lines[self.lines.len() - 1].1.end
    }

    /// Returns what stands before the text on its lines.
    pub(crate) fn margin(&self) -> &str {
        &self.margin
    }
}

/// Returns the lines in `range` of `text`, each from its own start, without its line end.
fn page_lines(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.end..]
        .find('\n')
        .map_or(text.len(), |at| range.end + at);
    let mut found = Vec::new();
    for line in text[start..end].split_inclusive('\n') {
        found.push(start..start + line.trim_end_matches(['\r', '\n']).len());
        start += line.len();
    }
    found
}

/// Tells whether `shown`, a line of a page, is `line` behind nothing but blanks and the bars of quotes.
fn is_line(shown: &str, line: &str) -> bool {
    let margin = |before: &str| before.chars().all(|c| c.is_whitespace() || c == '>');
    match shown.trim_end().strip_suffix(line.trim_end()) {
        Some(before) => margin(before),
        // Tabs in front read as blanks.
        None => shown.trim() == line.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::BlockKind;
    use crate::source::Markup;

    fn literal(text: &str) -> LiteralBlock {
        LiteralBlock {
            text: text.to_owned(),
            language: None,
            caption: None,
        }
    }

    #[test]
    fn lines_are_found_behind_their_margin() {
        let page = ".. code-block:: markdown\r\n\r\n   * one\r\n\r\n     * two\r\n";
        let source = Arc::new(Source::new("a.rst", page, Markup::Rst));
        let block = Block {
            span: Span::new(0, page.len() - 2),
            kind: BlockKind::Transition,
        };
        let found = BlockText::locate(&source, &block, &literal("* one\n\n  * two")).unwrap();
        assert_eq!(found.margin(), "   ");
        assert_eq!(&page[found.range()], "   * one\r\n\r\n     * two");
        let two = found.place(Span::new(9, 14));
        assert_eq!((two.line(), two.column(), two.text()), (5, 6, "* two"));
        assert!(BlockText::locate(&source, &block, &literal("* three")).is_none());
    }
}
