//! Links from a ticket to where its procedure can be read.

use reqwest::Method;
use serde_json::json;

use super::client::{Sent, Target};
use super::fields::{filled, one_line};
use super::search::encode;
use super::{ATTEMPTS, JiraError, JiraTracker};
use crate::issue::IssueDraft;
use crate::run::RunKey;

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
            "globalId": format!("runsheet={run}"),
            "relationship": "is described by",
            "object": {"url": filled(link, run, &draft.body)?, "title": one_line(&draft.title)},
        });
        let mut last = String::new();
        for tries in 1..=ATTEMPTS {
            let target = Target::Issue(key);
            let sent = self
                .client
                .write(&Method::POST, &path, target, &request, &doing, tries)?;
            match sent {
                Sent::Done(_) => return Ok(()),
                Sent::NotDone(why) => last = why,
                // To send it twice does no harm.
                Sent::Unknown(why) => {
                    self.client.pause(tries, &why, &doing)?;
                    last = why;
                }
            }
        }
        Err(JiraError::Unreachable { doing, why: last })
    }
}
