//! Comments, each written once whatever happens to its answer.

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Sent, Target};
use super::wire::{WireComment, WireComments, time};
use super::{ATTEMPTS, JiraError, JiraTracker, text};
use crate::tracker::request::encode;

/// How far Jira's clock may be from ours without a comment of ours being missed.
const CLOCK_ERROR: SignedDuration = SignedDuration::from_secs(5);
/// How many comments are asked for at once.
const PAGE: u32 = 100;

impl JiraTracker {
    /// Adds a comment, once.
    pub(super) fn add_comment(&self, key: &str, text: &str) -> Result<(), JiraError> {
        let body = text::comment(self.config.flavor, text)?;
        self.sign_in()?;
        let path = format!("/issue/{}/comment", encode(key));
        let doing = format!("comment on {key}");
        let begun = self.client.now();
        let request = json!({"body": body});
        let mut tries = 0;
        loop {
            tries += 1;
            let target = Target::Issue(key);
            match self
                .client
                .write(&Method::POST, &path, target, &request, &doing, tries)?
            {
                Sent::Done(_) => return Ok(()),
                Sent::NotDone(why) if tries >= ATTEMPTS => {
                    return Err(JiraError::Unreachable { doing, why });
                }
                Sent::NotDone(_) => {}
                Sent::Unknown(why) => return self.look_for_comment(key, &body, begun, &why),
            }
        }
    }

    /// Looks for a comment whose answer was lost until it shows itself or the waits are over.
    fn look_for_comment(
        &self,
        key: &str,
        body: &Value,
        begun: Timestamp,
        why: &str,
    ) -> Result<(), JiraError> {
        let doing = format!("look for the comment on {key}");
        let since = begun.checked_sub(CLOCK_ERROR).unwrap_or(begun);
        let path = format!(
            "/issue/{}/comment?orderBy=-created&maxResults=100",
            encode(key)
        );
        let text = text::shown(body);
        let mut looks = 0;
        loop {
            looks += 1;
            let unsure = || JiraError::UnsureComment {
                issue: key.to_owned(),
            };
            match self.client.pause(looks, why, &doing) {
                Err(JiraError::Waited { .. }) => return Err(unsure()),
                paused => paused?,
            }
            let found: WireComments = match self.client.read(&path, None, &doing) {
                Err(JiraError::Unreachable { .. }) => continue,
                Err(JiraError::Waited { .. }) => return Err(unsure()),
                answer => answer?.value(&doing)?,
            };
            if found.comments.iter().any(|comment| {
                time(&comment.created).is_some_and(|created| created >= since)
                    && text::shown(&comment.body) == text
            }) {
                return Ok(());
            }
        }
    }

    /// Tells whether a comment holds `words`: as they are, or as Jira's format gives them back.
    pub(super) fn holds_comment(&self, key: &str, words: &str) -> Result<bool, JiraError> {
        let given_back = text::shown(&text::plain(self.config.flavor, words));
        let holds = |comment: &WireComment| {
            let said = text::shown(&comment.body);
            said.contains(words) || said.contains(given_back.trim())
        };
        let doing = format!("read the comments on {key}");
        let mut seen = 0;
        loop {
            let path = format!(
                "/issue/{}/comment?startAt={seen}&maxResults={PAGE}",
                encode(key)
            );
            let found: WireComments = self.client.read(&path, None, &doing)?.value(&doing)?;
            if found.comments.iter().any(holds) {
                return Ok(true);
            }
            seen += found.comments.len() as u64;
            if found.comments.is_empty() || seen >= found.total {
                return Ok(false);
            }
        }
    }
}
