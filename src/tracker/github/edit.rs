//! Changes to an issue that is there, so that nobody's words are lost and nothing is done twice.
//!
//! GitHub knows no "write only where it is as I read it": the last write wins. So the issue is read right before it is
//! written, and the window in which a person's edit can be lost is one round trip. Only members that change are sent.
//! After a lost answer, the issue is read and the change worked out again, which finds nothing left to do where the
//! write arrived.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::client::{Place, Sent};
use super::listing::run_of;
use super::wire::{WireComment, WireIssue};
use super::{ATTEMPTS, BODY_LIMIT, GitHubError, GitHubTracker, check_length};
use crate::issue::{Issue, IssuePatch, IssueState};
use crate::tracker::Updated;

/// How far GitHub's clock may be from ours without a comment of ours being missed.
const CLOCK_ERROR: SignedDuration = SignedDuration::from_secs(5);

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
        let mut lost = None;
        for tries in 1..=ATTEMPTS {
            let found = self.read_issue(number)?;
            if tries == 1
                && let Some(run) = run_of(found.body())
            {
                self.settle(&run)?;
            }
            let issue = found.issue();
            let patch = effective(self.keep_label(change(&issue)), &issue);
            if patch.is_empty() {
                // The answer was lost, and the write was not.
                let written = lost.is_some_and(|sent: IssuePatch| holds(&issue, &sent));
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
                    let written: WireIssue = answer.value(&doing)?;
                    self.saw(&written);
                    let issue = written.issue();
                    if holds(&issue, &patch) {
                        return Ok(Updated {
                            issue,
                            written: true,
                        });
                    }
                    last = "GitHub answered with another text than it was sent".to_owned();
                    self.client.pause(tries, &last, &doing)?;
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

    /// Returns the patch with the label that tickets are listed by among its labels.
    fn keep_label(&self, mut patch: IssuePatch) -> IssuePatch {
        if let (Some(labels), Some(label)) = (&mut patch.labels, self.label())
            && !labels.iter().any(|it| it.eq_ignore_ascii_case(label))
        {
            labels.insert(0, label.to_owned());
        }
        patch
    }

    /// Adds a comment, once.
    pub(super) fn add_comment(&self, number: u64, text: &str) -> Result<(), GitHubError> {
        check_length("comment", text, BODY_LIMIT)?;
        let path = format!("/issues/{number}/comments");
        let doing = format!("comment on #{number} in {}", self.client.repo());
        self.check_archived(&doing)?;
        let begun = self.client.now();
        let request = json!({"body": text});
        let mut tries = 0;
        loop {
            tries += 1;
            let place = Place::Repository(&path);
            match self
                .client
                .write(&Method::POST, place, &request, &doing, tries)?
            {
                Sent::Done(_) => return Ok(()),
                Sent::NotDone(why) if tries >= ATTEMPTS => {
                    return Err(GitHubError::Unreachable { doing, why });
                }
                Sent::NotDone(_) => {}
                Sent::Unknown(why) => return self.look_for_comment(number, text, begun, &why),
            }
        }
    }

    /// Looks for a comment whose answer was lost until it shows itself or the waits are over.
    fn look_for_comment(
        &self,
        number: u64,
        text: &str,
        begun: Timestamp,
        why: &str,
    ) -> Result<(), GitHubError> {
        let doing = format!(
            "look for the comment on #{number} in {}",
            self.client.repo()
        );
        let since = begun.checked_sub(CLOCK_ERROR).unwrap_or(begun);
        let path = format!("/issues/{number}/comments?since={since:.0}&per_page=100");
        let mut looks = 0;
        loop {
            looks += 1;
            let unsure = || GitHubError::UnsureComment {
                issue: format!("#{number} in {}", self.client.repo()),
            };
            match self.client.pause(looks, why, &doing) {
                Err(GitHubError::Waited { .. }) => return Err(unsure()),
                paused => paused?,
            }
            let comments: Vec<WireComment> =
                match self.client.read(Place::Repository(&path), None, &doing) {
                    Err(GitHubError::Unreachable { .. }) => continue,
                    Err(GitHubError::Waited { .. }) => return Err(unsure()),
                    answer => answer?.value(&doing)?,
                };
            // `since` goes by the last change: an old comment that somebody edited is not ours.
            let is_new = |comment: &WireComment| {
                comment
                    .created_at
                    .parse()
                    .is_ok_and(|created: Timestamp| created >= since)
            };
            if comments.iter().any(|comment| {
                same_text(comment.body.as_deref().unwrap_or_default(), text) && is_new(comment)
            }) {
                return Ok(());
            }
        }
    }

    /// Tells whether a comment holds these words, on any page of the issue's talk.
    pub(super) fn has_comment_with(&self, number: u64, words: &str) -> Result<bool, GitHubError> {
        let doing = format!("read the comments on #{number} in {}", self.client.repo());
        let mut path = format!("/issues/{number}/comments?per_page=100");
        let mut whole = false;
        loop {
            let place = match whole {
                true => Place::Whole(&path),
                false => Place::Repository(&path),
            };
            let answer = self.client.read(place, None, &doing)?;
            let next = self.next_page(&answer)?;
            let comments: Vec<WireComment> = answer.value(&doing)?;
            let holds = |comment: &WireComment| {
                let body = comment.body.as_deref();
                body.is_some_and(|body| body.contains(words))
            };
            if comments.iter().any(holds) {
                return Ok(true);
            }
            let Some(next) = next else {
                return Ok(false);
            };
            (path, whole) = (next, true);
        }
    }

    fn check_archived(&self, doing: &str) -> Result<(), GitHubError> {
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
fn same_text(a: &str, b: &str) -> bool {
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
