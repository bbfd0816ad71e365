//! Changes to an issue that is there, so that nobody's words are lost and nothing is done twice.
//!
//! GitHub knows no "write only where it is as I read it": the last write wins. So the issue is read right before it is
//! written, and an edit that arrives in that window, one round trip long, is found in the versions that GitHub keeps
//! and put back (see [`history`](super::history)). Only members that change are sent. After a lost answer, the issue
//! is read and the change worked out again, which finds nothing left to do where the write arrived.

use http::Method;
use serde_json::{Map, Value, json};

use super::client::{Place, Sent};
use super::history::Buried;
use super::listing::run_of;
use super::wire::WireIssue;
use super::{A_MOMENT, ATTEMPTS, BODY_LIMIT, GitHubError, GitHubTracker, check_length};
use crate::issue::{Issue, IssuePatch, IssueState};
use crate::tracker::Updated;

impl GitHubTracker {
    /// Returns an issue as it stands now.
    pub(super) fn read_issue(&self, number: u64) -> Result<WireIssue, GitHubError> {
        let path = format!("/issues/{number}");
        let doing = format!("read #{number} in {}", self.client.repo());
        let answer = self.client.read(Place::Repository(&path), None, &doing)?;
        let issue: WireIssue = answer.value(&doing)?;
        if issue.number != number {
            return Err(GitHubError::Transferred {
                issue: format!("#{number}"),
                to: issue.issue().location,
            });
        }
        self.saw(&issue);
        Ok(issue)
    }

    /// Writes what `change` returns for the issue as it stands now.
    pub(super) fn edit(
        &self,
        number: u64,
        change: &mut dyn FnMut(&Issue) -> IssuePatch,
    ) -> Result<Updated, GitHubError> {
        let path = format!("/issues/{number}");
        let doing = format!("edit #{number} in {}", self.client.repo());
        let mut last = String::new();
        let mut lost: Option<IssuePatch> = None;
        let mut buried: Option<Buried> = None;
        let mut written = false;
        for tries in 1..=ATTEMPTS {
            let found = match self.just_read(number) {
                Some(found) if tries == 1 => found,
                _ => self.read_issue(number)?,
            };
            if tries == 1 {
                self.list_again(&found)?;
                if let Some(run) = run_of(found.body()) {
                    self.settle(&run)?;
                }
            }
            let issue = found.issue();
            let patch = self.patch(&issue, buried.take(), change);
            if patch.is_empty() {
                // The answer was lost, and the write was not.
                written |= lost.is_some_and(|sent| holds(&issue, &sent));
                return Ok(Updated { issue, written });
            }
            if let Some(body) = &patch.body {
                check_length("body", body, BODY_LIMIT)?;
            }
            self.check_archived(&doing)?;
            let place = Place::Repository(&path);
            let request = request(&patch);
            match self
                .client
                .write(&Method::PATCH, place, &request, &doing, tries)?
            {
                Sent::Done(answer) => {
                    let now: WireIssue = answer.value(&doing)?;
                    self.saw(&now);
                    if !holds(&now.issue(), &patch) {
                        last = "GitHub answered with another text than it was sent".to_owned();
                        self.client.pause(tries, &last, &doing)?;
                        continue;
                    }
                    written = true;
                    let sent = patch.body.as_deref();
                    buried = sent.and_then(|sent| self.buried(number, &issue.body, sent));
                    if buried.is_none() {
                        let issue = now.issue();
                        return Ok(Updated { issue, written });
                    }
                    last = "somebody else edits it at the same time".to_owned();
                }
                Sent::NotDone(why) => last = why,
                Sent::Unknown(why) => {
                    self.client.pause(tries, &why, &doing)?;
                    last = why;
                    lost = Some(patch);
                }
            }
        }
        Err(GitHubError::Contended {
            issue: format!("#{number} in {}", self.client.repo()),
            attempts: ATTEMPTS,
            why: last,
        })
    }

    /// Keeps an issue that was read to be found, for the write that follows.
    pub(super) fn read_now(&self, issue: WireIssue) {
        *self.last_read.borrow_mut() = Some((self.client.now(), issue));
    }

    /// Returns an issue that was read a moment ago to be found; only where an edit since then would be found, too.
    fn just_read(&self, number: u64) -> Option<WireIssue> {
        let (at, issue) = self.last_read.borrow_mut().take()?;
        let age = self.client.now().duration_since(at);
        let is_it = issue.number == number && age < A_MOMENT && self.keeps_versions();
        is_it.then_some(issue)
    }

    /// Returns what is to be written, with the edit put back that a write of ours went over.
    fn patch(
        &self,
        issue: &Issue,
        buried: Option<Buried>,
        change: &mut dyn FnMut(&Issue) -> IssuePatch,
    ) -> IssuePatch {
        let whole = buried.map(|buried| buried.put_back(issue));
        let mut patch = change(whole.as_ref().unwrap_or(issue));
        if let Some(whole) = whole {
            patch.body.get_or_insert(whole.body);
        }
        effective(self.keep_label(patch), issue)
    }

    /// Returns the patch with the label that tickets are listed by among its labels.
    fn keep_label(&self, mut patch: IssuePatch) -> IssuePatch {
        if let (Some(labels), Some(label)) = (&mut patch.labels, self.label())
            && !labels.iter().any(|it| it.eq_ignore_ascii_case(label))
        {
            labels.insert(0, label.to_owned());
        }
        patch
    }

    /// Refuses what an archived repository would refuse.
    pub(super) fn check_archived(&self, doing: &str) -> Result<(), GitHubError> {
        let known = self.repository.borrow();
        if known.as_ref().is_some_and(|repository| repository.archived) {
            return Err(GitHubError::Archived {
                doing: doing.to_owned(),
            });
        }
        Ok(())
    }
}

/// Returns the patch without what is as it says already.
fn effective(mut patch: IssuePatch, issue: &Issue) -> IssuePatch {
    patch.title = patch.title.filter(|title| *title != issue.title);
    patch.body = patch.body.filter(|body| *body != issue.body);
    patch.state = patch.state.filter(|state| *state != issue.state);
    patch.labels = patch
        .labels
        .filter(|labels| !same_labels(labels, &issue.labels));
    patch
}

/// Tells whether an issue is as a patch makes it. Labels are left out: GitHub drops them in silence where the token
/// may not set them, and a ticket is none the worse for it.
fn holds(issue: &Issue, patch: &IssuePatch) -> bool {
    patch
        .title
        .as_ref()
        .is_none_or(|title| title.trim() == issue.title.trim())
        && patch
            .body
            .as_ref()
            .is_none_or(|body| same_text(body, &issue.body))
        && patch.state.is_none_or(|state| state == issue.state)
}

/// Tells whether two texts are the same but for their line ends, which a server may change.
pub(super) fn same_text(a: &str, b: &str) -> bool {
    a == b
        || a.trim_end()
            .lines()
            .map(str::trim_end)
            .eq(b.trim_end().lines().map(str::trim_end))
}

fn same_labels(a: &[String], b: &[String]) -> bool {
    let sorted = |labels: &[String]| {
        let mut labels: Vec<String> = labels.iter().map(|label| label.to_lowercase()).collect();
        labels.sort();
        labels
    };
    sorted(a) == sorted(b)
}

fn request(patch: &IssuePatch) -> Value {
    let mut request = Map::new();
    let mut put = |key: &str, value: Value| request.insert(key.to_owned(), value);
    if let Some(title) = &patch.title {
        put("title", json!(title));
    }
    if let Some(body) = &patch.body {
        put("body", json!(body));
    }
    match patch.state {
        Some(IssueState::Open) => {
            put("state", json!("open"));
        }
        Some(IssueState::Closed) => {
            put("state", json!("closed"));
        }
        None => {}
    }
    if let Some(labels) = &patch.labels {
        put("labels", json!(labels));
    }
    Value::Object(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_no_difference_and_words_are() {
        assert!(same_text("a\nb\n", "a\r\nb"));
        assert!(!same_text("a\nb\n", "a\nc\n"));
    }

    #[test]
    fn a_patch_that_says_what_is_there_is_empty() {
        let issue = Issue {
            reference: crate::issue::IssueRef("#1".to_owned()),
            location: String::new(),
            title: "t".to_owned(),
            body: "b".to_owned(),
            state: IssueState::Open,
            labels: vec!["b".to_owned(), "A".to_owned()],
            assignees: Vec::new(),
            updated: None,
        };
        let patch = IssuePatch {
            title: Some("t".to_owned()),
            body: Some("b".to_owned()),
            state: Some(IssueState::Open),
            labels: Some(vec!["a".to_owned(), "b".to_owned()]),
        };
        assert!(effective(patch, &issue).is_empty());
    }
}
