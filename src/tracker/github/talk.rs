//! Comments, each written once whatever happens to its answer.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::client::{Place, Sent};
use super::edit::same_text;
use super::wire::WireComment;
use super::{ATTEMPTS, BODY_LIMIT, GitHubError, GitHubTracker, check_length};

/// How far GitHub's clock may be from ours without a comment of ours being missed.
const CLOCK_ERROR: SignedDuration = SignedDuration::from_secs(5);

impl GitHubTracker {
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
        let path = format!("/issues/{number}/comments?per_page=100");
        let mut holds = false;
        self.each_page(&path, &doing, &mut |comments: Vec<WireComment>| {
            let bodies = comments.iter().filter_map(|it| it.body.as_deref());
            holds |= bodies.into_iter().any(|body| body.contains(words));
            holds
        })?;
        Ok(holds)
    }
}
