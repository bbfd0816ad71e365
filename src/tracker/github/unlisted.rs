//! Tickets that no listing leads to: somebody took their label away.
//!
//! Before a run gets a new ticket, and where a run that is named has none in the listing, the issues that changed last
//! are looked at, and then GitHub's search is asked: what changed a moment ago is not in its index yet, and what is old
//! is. Both are read once or twice for a run and never for a listing. What is found is a ticket by its marker, like any
//! other; it gets its label again with the next write.

use std::cell::RefCell;
use std::collections::BTreeSet;

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::client::{Place, Sent};
use super::listing::{run_of, seems_of, ticket};
use super::wire::WireIssue;
use super::{GitHubError, GitHubTracker};
use crate::run::RunKey;
use crate::tracker::Ticket;
use crate::tracker::request::encode;

/// How often search may be asked in a minute: GitHub allows 30, of which other programs want some.
const SEARCHES: usize = 20;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What is known of issues outside the listing.
#[derive(Debug, Default)]
pub(super) struct Unlisted {
    /// The issues that changed last.
    recent: RefCell<Option<Vec<WireIssue>>>,
    /// When search was asked.
    searches: RefCell<Vec<Timestamp>>,
    /// The tickets that are to get their label again.
    found: RefCell<BTreeSet<u64>>,
}

#[derive(Debug, Deserialize)]
struct Searched {
    items: Vec<WireIssue>,
}

impl GitHubTracker {
    /// Returns the ticket of `run` among the issues that are not listed, the oldest of several.
    pub(super) fn unlisted(&self, run: &RunKey) -> Result<Option<Ticket>, GitHubError> {
        // Without a label every issue is listed.
        let Some(label) = self.label() else {
            return Ok(None);
        };
        self.read_recent()?;
        let recent = self.unlisted.recent.borrow();
        let found = oldest_of(recent.iter().flatten(), run).or_else(|| self.search(run));
        let Some(number) = found else {
            return Ok(None);
        };
        // What was found may be behind.
        let issue = self.read_issue(number)?;
        if run_of(issue.body()).as_ref() != Some(run) {
            return Ok(None);
        }
        self.saw(&issue);
        if !issue.has_label(label) {
            self.unlisted.found.borrow_mut().insert(issue.number);
        }
        Ok(ticket(issue.issue()))
    }

    /// Gives a ticket that was found outside the listing its label again.
    pub(super) fn list_again(&self, issue: &WireIssue) -> Result<(), GitHubError> {
        let number = issue.number;
        let Some(label) = self.label() else {
            return Ok(());
        };
        if !self.unlisted.found.borrow_mut().remove(&number) || issue.has_label(label) {
            return Ok(());
        }
        let path = format!("/issues/{number}/labels");
        let repo = self.client.repo();
        let doing = format!("label #{number} in {repo}");
        let request = json!({"labels": [label]});
        let sent = self
            .client
            .write(&Method::POST, Place::Repository(&path), &request, &doing, 1);
        self.note(match sent {
            Ok(Sent::Done(_)) => {
                format!("#{number} had lost the label `{label}` that tickets are listed by, and has it again")
            }
            Ok(Sent::NotDone(why) | Sent::Unknown(why)) => {
                format!("#{number} has no label `{label}`, so it is not listed: {why}")
            }
            Err(GitHubError::Forbidden { .. } | GitHubError::Missing { .. }) => format!(
                "#{number} has no label `{label}`, so it is not listed: the token cannot label in {repo}"
            ),
            Err(why) => return Err(why),
        });
        Ok(())
    }

    fn read_recent(&self) -> Result<(), GitHubError> {
        if self.unlisted.recent.borrow().is_some() {
            return Ok(());
        }
        let doing = format!("list the latest issues of {}", self.client.repo());
        let place = Place::Repository("/issues?state=all&sort=updated&direction=desc&per_page=100");
        let answer = self.client.read(place, None, &doing)?;
        let mut issues: Vec<WireIssue> = answer.value(&doing)?;
        issues.retain(|issue| !issue.is_pull_request());
        *self.unlisted.recent.borrow_mut() = Some(issues);
        Ok(())
    }

    /// Returns what search finds, nothing where it is not there or has had enough for now.
    fn search(&self, run: &RunKey) -> Option<u64> {
        let now = self.client.now();
        let mut searches = self.unlisted.searches.borrow_mut();
        searches.retain(|at| now.duration_since(*at) < MINUTE);
        if searches.len() >= SEARCHES {
            return None;
        }
        searches.push(now);
        let words = format!("repo:{} is:issue in:body \"{run}\"", self.client.repo());
        let path = format!("/search/issues?q={}&per_page=100", encode(&words));
        let doing = format!("search for the ticket of `{run}`");
        let answer = self.client.look(&path, &doing)?;
        let searched: Searched = answer.value(&doing).ok()?;
        oldest_of(&searched.items, run)
    }
}

/// Returns the number of the oldest issue that seems to show `run`.
fn oldest_of<'a>(issues: impl IntoIterator<Item = &'a WireIssue>, run: &RunKey) -> Option<u64> {
    let shown = issues.into_iter();
    let shown = shown.filter(|it| seems_of(it.body()).as_ref() == Some(run));
    shown.map(|it| it.number).min()
}
