//! Titles, sections and transitions.
//!
//! ```text
//! title      = [ overline EOL ] text EOL underline EOL
//! transition = blank punctuation{4,} blank
//! ```
//!
//! The adornment's character, and whether it stands above too, is a style; styles get their levels in
//! the order in which they are first used.

use std::mem;

use crate::diagnostic::Severity;
use crate::document::{Block, BlockKind, Inline, Section};
use crate::source::Span;

use super::Parser;
use super::lines::{Row, View, char_width, column_after};

/// How a title is adorned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    character: u8,
    overlined: bool,
}

/// The blocks read so far, and the sections that are still open around them.
#[derive(Debug)]
pub(super) struct Flow {
    blocks: Vec<Block>,
    open: Vec<OpenSection>,
    titles: bool,
}

#[derive(Debug)]
struct OpenSection {
    title: Vec<Inline>,
    span: Span,
    /// The blocks before the section, in its parent.
    before: Vec<Block>,
}

impl Flow {
    /// Returns an empty flow in which titles open sections.
    pub(super) fn with_titles() -> Self {
        Self {
            blocks: Vec::new(),
            open: Vec::new(),
            titles: true,
        }
    }

    /// Returns an empty flow in which titles are malformed.
    pub(super) fn without_titles() -> Self {
        Self {
            titles: false,
            ..Self::with_titles()
        }
    }

    /// Adds a block to the innermost section.
    pub(super) fn push(&mut self, block: Block) {
        // Most nested blocks hold one paragraph: room for four would be mostly waste.
        if self.blocks.capacity() == 0 {
            self.blocks.reserve_exact(1);
        }
        self.blocks.push(block);
    }

    /// Closes all sections and returns the blocks.
    pub(super) fn finish(mut self) -> Vec<Block> {
        self.close_to(0);
        self.blocks
    }

    fn level(&self) -> usize {
        self.open.len()
    }

    fn close_to(&mut self, level: usize) {
        while self.open.len() > level
            && let Some(section) = self.open.pop()
        {
            let children = mem::replace(&mut self.blocks, section.before);
            let end = children
                .last()
                .map_or(section.span.end, |last| last.span.end);
            let span = Span {
                start: section.span.start,
                end: end.max(section.span.end),
            };
            let level = u8::try_from(self.open.len() + 1).unwrap_or(u8::MAX);
            self.blocks.push(Block {
                span,
                kind: BlockKind::Section(Box::new(Section {
                    level,
                    title: section.title,
                    children,
                })),
            });
        }
    }
}

/// Tells whether `line` is one punctuation character, repeated.
pub(super) fn is_adornment(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes
        .first()
        .is_some_and(|first| first.is_ascii_punctuation() && bytes.iter().all(|byte| byte == first))
}

impl Parser<'_> {
    /// Reads a line of punctuation: a transition, or the line above a title.
    pub(super) fn adornment(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let row = self.lines.row(view, at);
        let overline = self.str(row);
        let is_short = overline.len() < 4;
        let span = Span::new(row.start, row.end);
        if !flow.titles {
            if is_short {
                return self.text_block(view, at, flow);
            }
            self.malformed(
                Severity::Error,
                span,
                "a section title or a transition cannot stand inside another block",
            );
            return at + 1;
        }
        if self.lines.is_blank(view, at + 1) {
            if is_short {
                return self.text_block(view, at, flow);
            }
            self.begin(row.start);
            flow.push(Block {
                span,
                kind: BlockKind::Transition,
            });
            return at + 1;
        }
        let second = self.lines.row(view, at + 1);
        if second.indent == 0 && is_adornment(self.str(second)) {
            if is_short {
                return self.text_block(view, at, flow);
            }
            self.malformed(
                Severity::Error,
                Span::new(row.start, second.end),
                "neither a section title nor a transition: two lines of punctuation follow each other",
            );
            return at + 2;
        }
        self.overlined_title(view, at, (row, second), flow)
    }

    fn overlined_title(
        &mut self,
        view: &View,
        at: usize,
        (row, title): (Row, Row),
        flow: &mut Flow,
    ) -> usize {
        let overline = self.str(row);
        let is_short = overline.len() < 4;
        let underline = (at + 2 < view.end)
            .then(|| self.lines.row(view, at + 2))
            .filter(|row| !row.is_blank());
        let below = match underline {
            Some(row) if row.indent == 0 => self.str(row),
            _ => "",
        };
        if below != overline {
            if is_short {
                return self.text_block(view, at, flow);
            }
            self.malformed(
                Severity::Error,
                Span::new(row.start, title.end),
                "the line above this section title has no equal line below the title",
            );
            return (at + 3).min(view.end);
        }
        let width = title.indent as usize + width(self.str(title), title.column);
        if width > overline.len() {
            if is_short {
                return self.text_block(view, at, flow);
            }
            self.malformed(
                Severity::Warning,
                Span::new(row.start, row.end),
                "the line above this section title is shorter than the title",
            );
        }
        let style = Style {
            character: overline.as_bytes()[0],
            overlined: true,
        };
        let end = underline.map_or(title.end, |row| row.end);
        self.open_section(view, at + 1, style, Span::new(row.start, end), flow);
        at + 3
    }

    /// Reads a line of text with a line of punctuation below it; `None` where it is no title.
    pub(super) fn underlined_title(
        &mut self,
        view: &View,
        at: usize,
        flow: &mut Flow,
    ) -> Option<usize> {
        let title = self.lines.row(view, at);
        let below = self.lines.row(view, at + 1);
        let underline = self.str(below);
        let span = Span::new(title.start, below.end);
        let too_short = width(self.str(title), title.column) > underline.len();
        if too_short && underline.len() < 4 {
            return None;
        }
        if !flow.titles {
            self.malformed(
                Severity::Error,
                span,
                "a section title cannot stand inside another block",
            );
            return Some(at + 2);
        }
        if too_short {
            self.malformed(
                Severity::Warning,
                Span::new(below.start, below.end),
                "the line below this section title is shorter than the title",
            );
        }
        let style = Style {
            character: underline.as_bytes()[0],
            overlined: false,
        };
        self.open_section(view, at, style, span, flow);
        Some(at + 2)
    }

    fn open_section(
        &mut self,
        view: &View,
        title_at: usize,
        style: Style,
        span: Span,
        flow: &mut Flow,
    ) {
        let known = self.styles.iter().position(|known| *known == style);
        let level = known.unwrap_or_else(|| {
            self.styles.push(style);
            self.styles.len() - 1
        });
        if level > flow.level() {
            self.malformed(
                Severity::Error,
                span,
                format!(
                    "this title's style is of level {}, but the section around it is of level {}",
                    level + 1,
                    flow.level()
                ),
            );
            return;
        }
        self.begin(span.start as usize);
        flow.close_to(level);
        let title = self.inline(view, title_at, title_at + 1);
        let before = mem::take(&mut flow.blocks);
        flow.open.push(OpenSection {
            title,
            span,
            before,
        });
    }
}

/// Returns how many columns `title` takes, wide characters counted twice.
fn width(title: &str, column: u32) -> usize {
    if title.is_ascii() {
        (column_after(title, column) - column) as usize
    } else {
        title.chars().map(char_width).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adornment_is_one_punctuation_character() {
        assert!(is_adornment("====") && is_adornment("~") && is_adornment("::"));
        assert!(!is_adornment("==-=") && !is_adornment("aaaa") && !is_adornment(""));
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(width("a\tb", 0), 9);
        assert_eq!(width("日本 e\u{301}", 0), 6);
    }
}
