//! From a description to the body of its ticket.

use std::ops::Range;

use serde_json::Value;

use super::blocks::{Targets, line};
use super::ids::Ids;
use super::leaf::{Leaf, Of, Thing, leaves, things};
use super::write::Fresh;
use super::{node, overlap, print};
use crate::tracker::jira::held::Held;
use crate::tracker::jira::piece::{cut, escaped};
use crate::tracker::jira::restore::{Restored, Shown, ShownKind, Written, restore};

/// Returns the body of a ticket whose description this is.
///
/// Whatever stands there is read: what cannot be Markdown is told by its words, and what has none is left out.
pub fn read(description: &Value, held: &Held) -> String {
    Reading::of(description, held).body
}

/// A description that was read.
pub(super) struct Reading {
    /// The body.
    pub(super) body: String,
    /// What it was made of.
    pub(super) leaves: Vec<Leaf>,
    /// What that shows.
    pub(super) things: Vec<Thing>,
    /// For each of these: its lines in the body; empty where it has none.
    pub(super) lines: Vec<Range<usize>>,
}

impl Reading {
    pub(super) fn of(description: &Value, held: &Held) -> Self {
        let pieces = cut(&held.body);
        let targets = Targets::of(&held.body);
        let ids = Ids::of(&pieces, held);
        let piece_of = |id: &str| ids.piece_of(id);
        let shown = Fresh::of(&pieces, &targets, None).shown();
        let leaves = leaves(description);
        let things = things(&leaves, &piece_of);
        let found: Vec<Shown> = things.iter().map(|thing| thing.shown.clone()).collect();
        let markdown =
            |at: usize, words: Option<&str>| markdown(&things[at], &leaves, words, &targets);
        let written = Written {
            body: &held.body,
            pieces: &pieces,
            shown: &shown,
        };
        let Restored { body, lines } = restore(&written, &found, &markdown);
        Self {
            body,
            leaves,
            things,
            lines,
        }
    }
}

/// Returns the Markdown of a thing; where `words` stood there, they are kept as far as they are still shown.
fn markdown(thing: &Thing, leaves: &[Leaf], words: Option<&str>, targets: &Targets) -> String {
    let leaf = match &thing.of {
        Of::Fold(_) => return escaped(&thing.shown.key),
        Of::Leaf(leaf) => &leaves[*leaf].node,
    };
    let found = match (&thing.shown.kind, node::one_line(leaf)) {
        (ShownKind::Block, _) => return print::lines(leaf),
        (_, Some(line)) => line,
        _ => node::words_of(leaf),
    };
    match words {
        Some(words) => overlap::kept(words, &line(words, targets), found),
        None => print::line(found),
    }
}
