//! Titles written as a page writes its own.

use unicode_width::UnicodeWidthStr;

use crate::document::{Block, BlockKind};
use crate::parse::Page;
use crate::source::{Markup, Source};

/// How a page writes the titles of one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TitleStyle {
    /// reStructuredText: the character of the line below, and whether it stands above too.
    Adorned {
        /// The character.
        character: char,
        /// Whether there is a line above.
        overlined: bool,
    },
    /// Markdown: how many `#` stand in front.
    Hashes(usize),
}

/// Characters for levels that a page does not have yet, in the order that is most common.
const CHARACTERS: [char; 10] = ['=', '-', '~', '^', '"', '+', '#', '*', '.', ':'];

impl TitleStyle {
    /// Returns the style of the title of `section`.
    pub(super) fn of(source: &Source, section: &Block) -> Option<Self> {
        let mut lines = source.slice(section.span).lines();
        let first = lines.next()?;
        if source.markup() == Markup::Markdown {
            let hashes = first.trim_start().chars().take_while(|c| *c == '#').count();
            return Some(Self::Hashes(match hashes {
                // Underlined: `===` is the first level.
                0 if lines.next()?.trim_start().starts_with('=') => 1,
                0 => 2,
                hashes => hashes,
            }));
        }
        let adornment = |line: &str| {
            let character = line.chars().next().filter(char::is_ascii_punctuation)?;
            line.trim_end()
                .chars()
                .all(|c| c == character)
                .then_some(character)
        };
        if let Some(character) = adornment(first) {
            return Some(Self::Adorned {
                character,
                overlined: true,
            });
        }
        Some(Self::Adorned {
            character: adornment(lines.next()?)?,
            overlined: false,
        })
    }

    /// Returns the style of the titles of `level` in `page`.
    ///
    /// Where the page has none yet it is one that it does not use, and that is not `above`, the style of the
    /// level above where that is new as well.
    pub(super) fn of_level(page: &Page, level: u8, above: Option<&Self>) -> Self {
        if page.source.markup() == Markup::Markdown {
            let found = sections(page).into_iter().find_map(|(section, has)| {
                (has == level).then(|| Self::of(&page.source, section))?
            });
            return found.unwrap_or(Self::Hashes(usize::from(level).min(6)));
        }
        let mut used: Vec<char> = above.and_then(Self::character).into_iter().collect();
        for (section, has) in sections(page) {
            let Some(style) = Self::of(&page.source, section) else {
                continue;
            };
            if has == level {
                return style;
            }
            used.extend(style.character());
        }
        let free = CHARACTERS
            .into_iter()
            .find(|character| !used.contains(character));
        Self::Adorned {
            character: free.unwrap_or('\''),
            overlined: false,
        }
    }

    fn character(&self) -> Option<char> {
        match self {
            Self::Adorned { character, .. } => Some(*character),
            Self::Hashes(_) => None,
        }
    }

    /// Returns the lines of `title`, a plain text, without a last line end.
    pub(super) fn write(&self, title: &str) -> String {
        match self {
            Self::Hashes(hashes) => {
                format!("{} {}", "#".repeat(*hashes), escape(title, "\\`*_<>[]#"))
            }
            Self::Adorned {
                character,
                overlined,
            } => {
                let title = escape(title, "\\`*_|");
                let line = character.to_string().repeat(title.width().max(1));
                if *overlined {
                    format!("{line}\n{title}\n{line}")
                } else {
                    format!("{title}\n{line}")
                }
            }
        }
    }
}

/// Returns all sections of `page` with their levels, in the order of the text.
pub(super) fn sections(page: &Page) -> Vec<(&Block, u8)> {
    fn collect<'a>(blocks: &'a [Block], found: &mut Vec<(&'a Block, u8)>) {
        for block in blocks {
            if let BlockKind::Section(section) = &block.kind {
                found.push((block, section.level));
                collect(&section.children, found);
            }
        }
    }
    let mut found = Vec::new();
    collect(&page.document.children, &mut found);
    found
}

/// Puts a backslash before each of `special`; an underscore within a word is left as it is.
fn escape(text: &str, special: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let inside = c == '_'
            && before.is_alphanumeric()
            && rest.peek().is_some_and(|next| next.is_alphanumeric());
        if special.contains(c) && !inside {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::parse::parse;

    fn page(text: &str, markup: Markup) -> Page {
        let source = Arc::new(Source::new("a", text, markup));
        let document = parse(&source).value;
        Page { source, document }
    }

    #[test]
    fn titles_look_like_those_of_their_level() {
        let rst = page("====\nTop\n====\n\nSub\n+++++\n\nText.\n", Markup::Rst);
        let written = |level| TitleStyle::of_level(&rst, level, None).write("Now *here*");
        assert_eq!(written(1), "============\nNow \\*here\\*\n============");
        assert_eq!(written(2), "Now \\*here\\*\n++++++++++++");
        assert_eq!(written(3), "Now \\*here\\*\n------------");
        let markdown = page("Top\n===\n\n### Sub\n", Markup::Markdown);
        let written = |level| TitleStyle::of_level(&markdown, level, None).write("Now a_b _");
        assert_eq!(written(1), "# Now a_b \\_");
        assert_eq!(written(3), "### Now a_b \\_");
    }
}
