//! What was last written, in order: as hashes, so that a fresh machine needs nothing else.

use std::fmt::{self, Write as _};

use super::hash::hash;
use crate::procedure::StepId;

/// One piece of what was last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasePiece {
    /// What it is.
    pub key: PieceKey,
    /// How many pieces it stands in.
    pub depth: usize,
}

/// What names a piece of a ticket: its content, or for an item its step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PieceKey {
    /// Running text, by the hash of its words.
    Text(String),
    /// An item, by the hash of its step's id.
    Item(String),
}

/// What stood in the ticket when it was last written, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base(pub Vec<BasePiece>);

impl Base {
    /// Tells whether an item of this step was written.
    pub(crate) fn has(&self, step: &StepId) -> bool {
        let key = item_key(step);
        self.0.iter().any(|piece| piece.key == key)
    }

    /// Reads a comment; `None` where it is no whole base marker.
    pub fn parse(comment: &str) -> Option<Self> {
        let inner = comment.strip_prefix("<!--")?.strip_suffix("-->")?;
        let outline = inner.trim().strip_prefix("runsheet base")?.trim();
        let mut pieces: Vec<BasePiece> = Vec::new();
        let mut depth = 0_usize;
        let mut rest = outline;
        while let Some(first) = rest.chars().next() {
            rest = &rest[first.len_utf8()..];
            match first {
                '(' => depth += 1,
                ')' => depth = depth.checked_sub(1)?,
                '.' | '=' => {
                    let end = rest.find(['.', '=', '(', ')']).unwrap_or(rest.len());
                    let hash = rest[..end].to_owned();
                    let key = match first {
                        '.' => PieceKey::Text(hash),
                        _ => PieceKey::Item(hash),
                    };
                    pieces.push(BasePiece { key, depth });
                    rest = &rest[end..];
                }
                _ => return None,
            }
        }
        (depth == 0).then_some(Self(pieces))
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<!-- runsheet base ")?;
        let mut depth = 0;
        for piece in &self.0 {
            while depth < piece.depth {
                f.write_char('(')?;
                depth += 1;
            }
            while depth > piece.depth {
                f.write_char(')')?;
                depth -= 1;
            }
            match &piece.key {
                PieceKey::Text(hash) => write!(f, ".{hash}")?,
                PieceKey::Item(hash) => write!(f, "={hash}")?,
            }
        }
        for _ in 0..depth {
            f.write_char(')')?;
        }
        f.write_str(" -->")
    }
}

/// How many letters a piece's key has: with five, two of a ticket's pieces shared one in 30,000 made-up tickets.
const KEY: usize = 8;

/// Returns the key of a block's text: indentation and blanks at line ends do not count.
pub(crate) fn block_key(text: &str) -> PieceKey {
    let indent = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or(0);
    let lines = text
        .trim_end()
        .lines()
        .map(|line| line.get(indent..).unwrap_or("").trim_end());
    PieceKey::Text(hash(lines, "\n", KEY))
}

/// Returns the key of a step's item.
pub(crate) fn item_key(id: &StepId) -> PieceKey {
    PieceKey::Item(hash(std::iter::once(id.0.as_str()), "", KEY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_keeps_its_nesting() {
        let piece = |key, depth| BasePiece { key, depth };
        let base = Base(vec![
            piece(block_key("# A"), 0),
            piece(item_key(&StepId("a".to_owned())), 0),
            piece(block_key("  code"), 1),
            piece(item_key(&StepId("b".to_owned())), 1),
            piece(block_key("note"), 2),
            piece(item_key(&StepId("c".to_owned())), 0),
        ]);
        assert_eq!(Base::parse(&base.to_string()), Some(base));
        assert_eq!(Base::parse("<!-- runsheet base .a( -->"), None);
    }
}
