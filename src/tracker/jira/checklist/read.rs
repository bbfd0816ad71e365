//! From the text of a checklist app to a body of steps.

use std::ops::Range;

use super::scan::{Form, Thing, things};
use super::{words, write};
use crate::config::ChecklistApp;
use crate::tracker::jira::piece::cut;
use crate::tracker::jira::restore::{Restored, Shown, Written, restore};
use crate::tracker::jira::tie::{lines_kept, tie};

/// Returns the body of steps that a text shows, where `written` was the body that was last written as one.
///
/// Whatever stands there is read: a line that is nothing else is an item.
pub fn read(app: ChecklistApp, text: &str, written: &str) -> String {
    Reading::of(app, text, written).body
}

/// Returns how many of the lines that a body is written as are still there.
pub(crate) fn likeness(app: ChecklistApp, text: &str, written: &str) -> usize {
    lines_kept(text, &write::write(app, written, None))
}

/// A text that was read.
pub(super) struct Reading {
    /// The body.
    pub(super) body: String,
    /// What it was made of.
    pub(super) things: Vec<Thing>,
    /// For each of these: its lines in the body; empty where it has none.
    pub(super) lines: Vec<Range<usize>>,
}

impl Reading {
    pub(super) fn of(app: ChecklistApp, text: &str, written: &str) -> Self {
        let pieces = cut(written);
        let shown = write::shown(app, &pieces);
        let things = things(app, text);
        let found = tied(&shown, &things);
        let markdown = |at: usize, _: Option<&str>| markdown(&things[at], text);
        let written = Written {
            body: written,
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

/// Returns what the things show, with the items told by what was written, however they stood then.
fn tied(shown: &[(Shown, usize)], things: &[Thing]) -> Vec<Shown> {
    let bare = |shown: &Shown| Shown {
        key: words::bare(&shown.key),
        ..shown.clone()
    };
    let written: Vec<(Shown, usize)> = shown.iter().map(|(shown, at)| (bare(shown), *at)).collect();
    let mut found: Vec<Shown> = things.iter().map(|thing| bare(&thing.shown)).collect();
    tie(&written, &mut found);
    let with_keys = found.into_iter().zip(things).map(|(found, thing)| Shown {
        key: thing.shown.key.clone(),
        ..found
    });
    with_keys.collect()
}

/// Returns the Markdown of a thing that was not written so.
fn markdown(thing: &Thing, text: &str) -> String {
    match &thing.form {
        Form::Item(item, start) => {
            let said = &text[start + item.words.start..start + item.words.end];
            words::markdown(item.mark, said).replace("<!--", "&lt;!--")
        }
        Form::Header(level, words) => {
            let level = if *level == 0 { 2 } else { *level };
            format!("{} {words}", "#".repeat(level.min(6))).replace("<!--", "&lt;!--")
        }
        Form::Details(said) => words::closed(said),
    }
}
