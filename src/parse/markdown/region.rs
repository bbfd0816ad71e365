//! The lines of a block that Markdown itself does not know: what opens it, where it ends.

use super::myst;

/// A directive's lines.
pub(super) struct Region {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the lines between the first and the closing one start and end.
    pub(super) content: (usize, usize),
    /// How many columns stand before the content's lines.
    pub(super) indent: usize,
    pub(super) name: String,
    pub(super) argument: String,
    pub(super) is_myst: bool,
}

/// A line that opens a region.
pub(super) enum Opening<'a> {
    Colons {
        length: usize,
        name: &'a str,
        argument: &'a str,
    },
    Indented {
        name: &'a str,
        title: &'a str,
    },
}

impl<'a> Opening<'a> {
    pub(super) fn read(line: &'a str) -> Option<Self> {
        let line = line.trim_end();
        let rest = line.trim_start_matches(':');
        let length = line.len() - rest.len();
        if length >= 3 {
            let rest = rest.trim();
            let (name, argument) = myst::name_and_argument(rest)
                .or_else(|| myst::is_name(rest).then_some((rest, "")))?;
            return Some(Self::Colons {
                length,
                name,
                argument,
            });
        }
        if let Some(title) = line.strip_prefix("=== ") {
            let title = quoted(title.trim())?;
            return Some(Self::Indented { name: "tab", title });
        }
        let rest = ["!!! ", "???+ ", "??? "]
            .iter()
            .find_map(|marker| line.strip_prefix(marker))?
            .trim();
        let (words, title) = match rest.find('"') {
            Some(at) => (&rest[..at], quoted(&rest[at..])?),
            None => (rest, ""),
        };
        // Behind the name may stand classes; other words make it a sentence.
        let is_class = |word: &str| {
            word.chars()
                .all(|c| c.is_alphanumeric() || "-_".contains(c))
        };
        if !words.split_whitespace().all(is_class) {
            return None;
        }
        let name = words.split_whitespace().next()?;
        Some(Self::Indented { name, title })
    }

    pub(super) fn name(&self) -> &'a str {
        match self {
            Self::Colons { name, .. } | Self::Indented { name, .. } => name,
        }
    }

    pub(super) fn argument(&self) -> &'a str {
        match self {
            Self::Colons { argument, .. } => argument,
            Self::Indented { title, .. } => title,
        }
    }
}

fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

/// Tells whether a line closes what `length` of `marker` opened.
pub(super) fn is_closing(line: &str, marker: &str, length: usize) -> bool {
    let line = line.trim();
    line.len() >= length && line.trim_start_matches(marker).is_empty()
}

/// Returns the offset of the line behind the one that holds `at`.
pub(super) fn next_line(text: &str, at: usize) -> Option<usize> {
    let end = text.get(at..)?.find('\n')?;
    Some(at + end + 1)
}

/// Returns how many bytes the end of a line and the prefix of the next one have.
pub(super) fn content_offset(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t', '>', '\r', '\n']).len()
}

pub(super) fn first_text(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Returns how many columns stand before `at` on its line; a tab reaches to the next multiple of four.
pub(super) fn column(text: &str, at: usize) -> usize {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..at].trim_start_matches('\u{feff}');
    line.chars().fold(0, |column, c| match c {
        '\t' => column + 4 - column % 4,
        _ => column + 1,
    })
}

/// Returns how many bytes of `line` are the prefix of its containers, at most `indent` columns wide.
pub(super) fn prefix_length(line: &str, indent: usize) -> usize {
    let mut column = 0;
    for (at, c) in line.char_indices() {
        if column >= indent || !matches!(c, ' ' | '\t' | '>') {
            return at;
        }
        column += if c == '\t' { 4 - column % 4 } else { 1 };
    }
    line.trim_end_matches(['\r', '\n']).len()
}
