//! Links from a ticket to where its procedure can be read, and between the tickets of one run.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Sent, Target};
use super::fields::{New, filled, one_line, whole};
use super::{ATTEMPTS, JiraError, JiraTracker};
use crate::issue::IssueDraft;
use crate::run::RunKey;
use crate::tracker::request::encode;

impl JiraTracker {
    /// Puts the config's link on a new ticket. It goes by the run's name, so that a second time changes it and adds none.
    pub(super) fn link(
        &self,
        run: &RunKey,
        key: &str,
        draft: &IssueDraft,
    ) -> Result<(), JiraError> {
        let Some(link) = &self.config.link else {
            return Ok(());
        };
        let doing = format!("link {key}");
        let path = format!("/issue/{}/remotelink", encode(key));
        let request = json!({
            "globalId": format!("runsheet={}", whole(run)),
            "relationship": "is described by",
            "object": {"url": filled(link, run, &draft.body)?, "title": one_line(&draft.title)},
        });
        self.send_until_done(&path, Target::Issue(key), &request, &doing)
    }

    /// Links a run's issue and one of its parts, where that is no subtask; a site that does not want it has the links
    /// in their texts.
    pub(super) fn relate(&self, whole: &str, part: &str) -> Result<(), JiraError> {
        let is_subtask = match self.form(New::Part) {
            Ok(form) => form.is_subtask,
            Err(JiraError::Missing { .. } | JiraError::Forbidden { .. }) => false,
            Err(why) => return Err(why),
        };
        if is_subtask {
            return Ok(());
        }
        let doing = format!("link {whole} and {part}");
        let request = json!({
            "type": {"name": "Relates"},
            "inwardIssue": {"key": whole},
            "outwardIssue": {"key": part},
        });
        match self.send_until_done("/issueLink", Target::Issue(part), &request, &doing) {
            Err(
                JiraError::Missing { .. } | JiraError::Forbidden { .. } | JiraError::Invalid { .. },
            ) => Ok(()),
            sent => sent,
        }
    }

    /// Sends what does no harm when it is sent twice.
    fn send_until_done(
        &self,
        path: &str,
        target: Target<'_>,
        request: &Value,
        doing: &str,
    ) -> Result<(), JiraError> {
        let mut last = String::new();
        for tries in 1..=ATTEMPTS {
            let sent = self
                .client
                .write(&Method::POST, path, target, request, doing, tries)?;
            match sent {
                Sent::Done(_) => return Ok(()),
                Sent::NotDone(why) => last = why,
                Sent::Unknown(why) => {
                    self.client.pause(tries, &why, doing)?;
                    last = why;
                }
            }
        }
        let doing = doing.to_owned();
        Err(JiraError::Unreachable { doing, why: last })
    }
}
