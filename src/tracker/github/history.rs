//! What GitHub keeps of an issue's earlier bodies, so that an edit that a write of ours went over is put back.
//!
//! GitHub takes whatever is written last, and no request says "only where it is as I read it". But it keeps every
//! version of a body: GraphQL's `userContentEdits`, newest first, whose `diff` is the whole text after that edit, the
//! first text included. After a write of ours the version before it must be the one that we read. Where it is
//! another one, somebody saved it in between, and nobody sees it any more: then the change is worked out again for
//! that text, and written.
//!
//! What is left: a server that keeps no versions, or does not say so (it is asked once); and the moment between the two
//! writes, in which the edit does not show.

use std::ops::Range;

use serde::Deserialize;
use serde_json::json;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::GitHubTracker;
use super::edit::same_text;
use crate::issue::Issue;

const QUERY: &str = "query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) \
    { issue(number: $number) { userContentEdits(first: 20) { nodes { diff } } } } }";

/// An edit of somebody else that a write of ours went over.
#[derive(Debug)]
pub(super) struct Buried {
    /// The text that both started from.
    read: String,
    /// What they made of it.
    theirs: String,
    /// What we wrote.
    sent: String,
}

#[derive(Debug, Deserialize)]
struct Answered {
    data: Option<Data>,
}

#[derive(Debug, Deserialize)]
struct Data {
    repository: Option<Repository>,
}

#[derive(Debug, Deserialize)]
struct Repository {
    issue: Option<Issued>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Issued {
    user_content_edits: Option<Edits>,
}

#[derive(Debug, Deserialize)]
struct Edits {
    nodes: Vec<Edit>,
}

#[derive(Debug, Deserialize)]
struct Edit {
    /// Nothing where somebody deleted it.
    diff: Option<String>,
}

impl GitHubTracker {
    /// Returns the edit that went under when `sent` was written over the body `read`.
    pub(super) fn buried(&self, number: u64, read: &str, sent: &str) -> Option<Buried> {
        let versions = self.versions(number)?;
        let theirs = between(&versions, read, sent)?;
        Some(Buried {
            read: read.to_owned(),
            theirs: theirs.to_owned(),
            sent: sent.to_owned(),
        })
    }

    /// Tells whether the server keeps versions, as far as is known.
    pub(super) fn keeps_versions(&self) -> bool {
        self.store.borrow().keeps_versions() != Some(false)
    }

    /// Returns the versions of an issue's body, newest first; `None` where they cannot be had.
    fn versions(&self, number: u64) -> Option<Vec<String>> {
        if !self.keeps_versions() {
            return None;
        }
        let (owner, name) = self.client.repo().split_once('/')?;
        let variables = json!({"owner": owner, "name": name, "number": number});
        let query = json!({"query": QUERY, "variables": variables});
        let doing = format!(
            "look at the versions of #{number} in {}",
            self.client.repo()
        );
        // The write is done: a look that fails must not make it seem otherwise.
        let answer = self.client.ask(&query, &doing).ok()??;
        let is_there = !matches!(answer.status, 404 | 405 | 501);
        self.store.borrow_mut().keep_keeps_versions(is_there);
        let answered: Answered = answer.value(&doing).ok()?;
        let issue = answered.data?.repository?.issue?;
        let edits = issue.user_content_edits?.nodes;
        Some(edits.into_iter().filter_map(|edit| edit.diff).collect())
    }
}

impl Buried {
    /// Returns the issue with their edit in it.
    pub(super) fn put_back(&self, issue: &Issue) -> Issue {
        let body = if same_text(&issue.body, &self.sent) {
            self.theirs.clone()
        } else {
            weave(&self.read, &self.theirs, &issue.body)
        };
        Issue {
            body,
            ..issue.clone()
        }
    }
}

/// Returns the version before `sent` where it is not `read` but came after it.
fn between<'a>(versions: &'a [String], read: &str, sent: &str) -> Option<&'a str> {
    let at = versions.iter().position(|it| same_text(it, sent))?;
    let older = &versions[at + 1..];
    let came_after = older.iter().position(|it| same_text(it, read))? > 0;
    came_after.then(|| older[0].as_str())
}

/// Returns `now` with the lines that `theirs` changed in `read`, where nobody changed those meanwhile.
fn weave(read: &str, theirs: &str, now: &str) -> String {
    let [read, theirs, now] = [read, theirs, now].map(lines);
    let ours = changes(&read, &now);
    let mut woven = now.clone();
    // From the end, so that what stands before keeps its place.
    for (old, new) in changes(&read, &theirs).into_iter().rev() {
        let is_touched = ours
            .iter()
            .any(|(it, _)| it.start <= old.end && old.start <= it.end);
        if is_touched {
            continue;
        }
        let before = ours.iter().filter(|(it, _)| it.end <= old.start);
        let shift: isize = before
            .map(|(it, at)| at.len() as isize - it.len() as isize)
            .sum();
        let place = moved(old.start, shift)..moved(old.end, shift);
        woven.splice(place, theirs[new].iter().copied());
    }
    woven.concat()
}

fn moved(at: usize, shift: isize) -> usize {
    at.saturating_add_signed(shift)
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Returns the ranges of `old` that are otherwise in `new`, and what stands there.
fn changes(old: &[&str], new: &[&str]) -> Vec<(Range<usize>, Range<usize>)> {
    let diff = capture_diff_slices(Algorithm::Myers, old, new);
    let changed = diff.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    changed.map(|op| (op.old_range(), op.new_range())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_between_read_and_write_is_found_and_none_elsewhere() {
        let versions = |all: &[&str]| -> Vec<String> { all.iter().map(|&it| it.into()).collect() };
        let found = |all: &[&str]| between(&versions(all), "read", "sent").map(str::to_owned);
        assert_eq!(
            found(&["sent", "theirs", "read"]),
            Some("theirs".to_owned())
        );
        assert_eq!(
            found(&["later", "sent", "second", "first", "read", "old"]),
            Some("second".to_owned())
        );
        assert_eq!(found(&["sent", "read", "old"]), None);
        // Nothing can be told.
        assert_eq!(found(&["sent", "other"]), None);
        assert_eq!(found(&["other", "read"]), None);
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn what_they_changed_comes_back_beside_what_came_later() {
        let read = "a\nb\nc\nd\n";
        assert_eq!(
            weave(read, "a\nB\nc\nd\n", "a\nb\nc\nnew\nd\n"),
            "a\nB\nc\nnew\nd\n"
        );
        assert_eq!(
            weave(read, "a\nb\nc\nd\nend\n", "top\na\nb\nc\nd\n"),
            "top\na\nb\nc\nd\nend\n"
        );
        // The later one of two that changed the same line stands.
        assert_eq!(
            weave(read, "a\nB\nc\nd\n", "a\nbee\nc\nd\n"),
            "a\nbee\nc\nd\n"
        );
    }
}
