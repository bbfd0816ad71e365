//! Sub-issues, where the server has them; else the links in the issues' texts tell what belongs together.

use http::Method;
use serde_json::json;

use super::client::{Place, Sent};
use super::{ATTEMPTS, GitHubError, GitHubTracker};

impl GitHubTracker {
    /// Makes one issue a sub-issue of another. A server that has no sub-issues, a token that may not, and an issue that
    /// is one already are no error: the texts say the same.
    pub(super) fn add_sub_issue(&self, whole: u64, part: u64) -> Result<(), GitHubError> {
        let Some(id) = self.id_of(part)? else {
            return Ok(());
        };
        let path = format!("/issues/{whole}/sub_issues");
        let doing = format!(
            "make #{part} a sub-issue of #{whole} in {}",
            self.client.repo()
        );
        let request = json!({"sub_issue_id": id});
        let mut last = String::new();
        for tries in 1..=ATTEMPTS {
            let place = Place::Repository(&path);
            match self
                .client
                .write(&Method::POST, place, &request, &doing, tries)
            {
                Ok(Sent::Done(_)) => return Ok(()),
                // To ask for it twice does no harm.
                Ok(Sent::NotDone(why)) => last = why,
                Ok(Sent::Unknown(why)) => {
                    self.client.pause(tries, &why, &doing)?;
                    last = why;
                }
                Err(
                    GitHubError::Forbidden { .. }
                    | GitHubError::Missing { .. }
                    | GitHubError::Deleted { .. }
                    | GitHubError::Invalid { .. },
                ) => return Ok(()),
                Err(why) => return Err(why),
            }
        }
        Err(GitHubError::Unreachable { doing, why: last })
    }

    /// Returns an issue's number among all of the server, where it tells it.
    fn id_of(&self, number: u64) -> Result<Option<u64>, GitHubError> {
        let seen = self
            .seen
            .borrow()
            .as_ref()
            .and_then(|seen| seen.get(&number)?.id);
        match seen {
            Some(id) => Ok(Some(id)),
            None => Ok(self.read_issue(number)?.id),
        }
    }
}
