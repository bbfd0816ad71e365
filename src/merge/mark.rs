//! The line under an item that shows what the procedure says where a person's words stand, and what people wrote on it.

use std::ops::Range;

use crate::body::marker::text_hash;
use crate::body::{Body, CONFLICT, NodeKind, written_end};

/// What a person reads under a line whose text was changed on both sides; the procedure's text follows.
const MARK: &str = "- **Conflict:** the procedure now says: ";

/// What stays of the line where people wrote under it and the conflict is settled.
const SETTLED: &str = "- *(the conflict is settled)*";

/// Returns the line that shows a conflict.
pub(super) fn mark(ours: &str) -> String {
    format!("{MARK}{ours} {CONFLICT}")
}

/// A line that shows a conflict, in a ticket.
pub(super) struct Mark<'a> {
    theirs: &'a Body,
    /// All that stands in its bullet.
    node: Range<usize>,
    start: usize,
    /// What it says the procedure says, and what a person wrote behind that.
    said: Range<usize>,
    comment: Range<usize>,
    content_end: usize,
}

impl<'a> Mark<'a> {
    /// Returns the mark under an item; `None` where there is none, or not as it was written.
    pub(super) fn under(theirs: &'a Body, item: usize) -> Option<Self> {
        let mut marks = theirs.children(Some(item));
        let at = marks.find(|at| theirs.nodes[*at].kind == NodeKind::Conflict)?;
        Self::at(theirs, at)
    }

    /// Returns the mark at a node that shows a conflict.
    pub(super) fn at(theirs: &'a Body, at: usize) -> Option<Self> {
        let node = &theirs.nodes[at];
        let own = &theirs.text[node.start..node.content_end];
        let start = node.start + own.len() - own.trim_start().len();
        let comment = node.start + own.find(CONFLICT)?;
        let words = theirs.text.get(start..comment)?.strip_prefix(MARK)?;
        let end = start + MARK.len() + words.trim_end().len();
        Some(Self {
            theirs,
            node: node.start..node.end,
            start,
            said: start + MARK.len()..end,
            comment: comment..comment + CONFLICT.len(),
            content_end: node.content_end,
        })
    }

    /// Returns what the procedure said when it was written, which has this hash where that is known.
    pub(super) fn said(&self, hash: &str) -> &'a str {
        let end = self.written_end(hash).unwrap_or(self.said.end);
        &self.theirs.text[self.said.start..end]
    }

    fn written_end(&self, hash: &str) -> Option<usize> {
        let said = &self.theirs.text[self.said.clone()];
        match hash {
            "" => Some(self.said.end),
            hash if text_hash(said) == hash => Some(self.said.end),
            hash => Some(self.said.start + written_end(said, hash)?),
        }
    }

    /// Returns what makes it say `ours`; `None` where a person put other words for the procedure's.
    pub(super) fn says(&self, hash: &str, ours: &str) -> Option<(Range<usize>, String)> {
        Some((self.said.start..self.written_end(hash)?, ours.to_owned()))
    }

    /// Returns what takes the mark out and leaves what people wrote.
    pub(super) fn settled(&self, hash: &str) -> Vec<(Range<usize>, String)> {
        let text = &self.theirs.text;
        let Some(end) = self.written_end(hash) else {
            return vec![self.without_comment()];
        };
        let words = text[end..self.said.end].trim();
        let behind = &text[self.comment.end..self.content_end];
        if words.is_empty() && behind.trim().is_empty() {
            return vec![(self.node.clone(), String::new())];
        }
        let in_line = behind.split(['\r', '\n']).next().unwrap_or_default();
        let start = match words.is_empty() && in_line.trim().is_empty() {
            true => SETTLED.to_owned(),
            false => format!("- {words}").trim_end().to_owned(),
        };
        vec![(self.start..self.comment.end, start)]
    }

    /// Returns what makes it a line like any other.
    pub(super) fn without_comment(&self) -> (Range<usize>, String) {
        (self.said.end..self.comment.end, String::new())
    }
}
