//! From a description in wiki markup to the body of its ticket.

use std::ops::Range;

use super::scan::{Form, Thing, things};
use super::{block, fresh, inline};
use crate::tracker::jira::adf::blocks::{Targets, line};
use crate::tracker::jira::adf::{inline as nodes, overlap, print};
use crate::tracker::jira::held::Held;
use crate::tracker::jira::piece::{cut, escaped};
use crate::tracker::jira::restore::{Restored, Shown, Written, restore};
use crate::tracker::jira::tie::{lines_kept, shown_hash, tie};

/// Returns the body of a ticket whose description this is.
///
/// Whatever stands there is read: what Markdown does not know stays as it is written.
pub fn read(description: &str, held: &Held) -> String {
    // What nobody has touched is what was written, to the byte.
    if held.shown == shown_hash(description) {
        return held.body.clone();
    }
    Reading::of(description, held).body
}

/// Returns how much a description is like the one that went with what is held: all of it where nobody has touched it,
/// else the number of lines that are still there.
pub(crate) fn likeness(description: &str, held: &Held) -> usize {
    if held.shown == shown_hash(description) {
        return usize::MAX;
    }
    lines_kept(description, &super::write(&held.body, None).0)
}

/// A description that was read.
pub(super) struct Reading {
    /// The body.
    pub(super) body: String,
    /// What it was made of.
    pub(super) things: Vec<Thing>,
    /// For each of these: its lines in the body; empty where it has none.
    pub(super) lines: Vec<Range<usize>>,
}

impl Reading {
    pub(super) fn of(description: &str, held: &Held) -> Self {
        let pieces = cut(&held.body);
        let targets = Targets::of(&held.body);
        let shown = fresh::shown(&pieces, &targets);
        let things = things(description);
        let mut found: Vec<Shown> = things.iter().map(|thing| thing.shown.clone()).collect();
        tie(&shown, &mut found);
        let markdown =
            |at: usize, words: Option<&str>| markdown(&things[at], description, words, &targets);
        let written = Written {
            body: &held.body,
            pieces: &pieces,
            shown: &shown,
        };
        let Restored { body, lines } = restore(&written, &found, &markdown);
        Self {
            body,
            things,
            lines,
        }
    }
}

/// Returns the Markdown of a thing; where `words` stood there, they are kept as far as they are still shown.
fn markdown(thing: &Thing, text: &str, words: Option<&str>, targets: &Targets) -> String {
    let said = match &thing.form {
        Form::Open(title) => return escaped(title),
        Form::Close => return String::new(),
        Form::Block => {
            let nodes = block::read(&text[thing.place.clone()]);
            let blocks: Vec<String> = nodes.iter().map(print::lines).collect();
            return blocks.join("\n\n");
        }
        Form::Line { words, .. } => &text[words.clone()],
    };
    let found = nodes::nodes(&inline::cells(said));
    match words {
        Some(words) => overlap::kept(words, &line(words, targets), &found),
        None => print::line(&found),
    }
}
