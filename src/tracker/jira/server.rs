//! What a Jira of one's own (Data Center, Server) does otherwise than Cloud.
//!
//! Its search goes by numbers of places and knows no properties, and a new issue cannot have one from its first moment.
//! Until the second request has kept the run with it, it is told by a label that is made of the run's name and stands
//! in the first. A label alone makes no ticket: copies of an issue have it, too.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Sent, Target};
use super::kept::Kept;
use super::search::{MOST_PAGES, PAGE, quoted};
use super::wire::{WireIssue, WireList, WireProperty, WireServer, WireUser};
use super::{ATTEMPTS, JiraError, JiraTracker, PROPERTY, text};
use crate::body::marker::letters_of;
use crate::config::JiraFlavor;
use crate::run::RunKey;
use crate::tracker::request::encode;

/// How the labels start that tell new issues.
const SIGN: &str = "runsheet-";
/// How many letters of the run's hash stand behind that.
const LETTERS: usize = 12;

impl JiraTracker {
    /// Returns the issues that a question finds, with what is kept with each.
    pub(super) fn search_server(
        &self,
        jql: &str,
    ) -> Result<BTreeMap<String, WireIssue>, JiraError> {
        let doing = format!("search the issues of {}", self.project());
        let mut found: BTreeMap<String, WireIssue> = BTreeMap::new();
        let (fields, column) = (self.asked()?, self.column()?);
        let mut from = 0;
        for _ in 0..MOST_PAGES {
            let question =
                json!({"jql": jql, "fields": fields, "startAt": from, "maxResults": PAGE});
            let page: WireList = self
                .client
                .read("/search", Some(&question), &doing)?
                .value(&doing)?;
            let count = page.issues.len();
            from += count;
            for mut issue in page.issues {
                issue.take_checklist(column.as_ref());
                self.read_property(&mut issue)?;
                // The search may lag, and what is kept does not: they speak of one text only where both are read now.
                if !issue.is_as_written() {
                    issue = self.read_issue(&issue.key)?;
                }
                found.insert(issue.key.clone(), issue);
            }
            if count == 0 || from >= page.total {
                return Ok(found);
            }
        }
        Err(JiraError::Unexpected {
            doing,
            why: "its pages have no end".to_owned(),
        })
    }

    /// Reads what is kept with an issue, where its answer did not say.
    pub(super) fn read_property(&self, issue: &mut WireIssue) -> Result<(), JiraError> {
        if issue.tells_properties() {
            return Ok(());
        }
        let doing = format!("read what is kept with {}", issue.key);
        let path = format!("/issue/{}/properties/{PROPERTY}", encode(&issue.key));
        let property: Option<WireProperty> = match self.client.read(&path, None, &doing) {
            Ok(answer) => Some(answer.value(&doing)?),
            Err(JiraError::Missing { .. }) => None,
            Err(why) => return Err(why),
        };
        issue.keep(property.map(|property| property.value));
        Ok(())
    }

    /// Makes sure that this is no Cloud, whose descriptions lose their boxes where they are written this way.
    pub(super) fn check_server(&self) -> Result<(), JiraError> {
        let doing = format!("ask {} what it is", self.client.host());
        match self.client.read("/serverInfo", None, &doing) {
            Ok(answer) => {
                let server: WireServer = answer.value(&doing)?;
                match server.deployment {
                    Some(name) if name.eq_ignore_ascii_case("cloud") => Err(JiraError::Flavor {
                        host: self.client.host(),
                    }),
                    _ => Ok(()),
                }
            }
            // One that does not tell is taken for what the config says.
            Err(JiraError::Missing { .. } | JiraError::Forbidden { .. }) => Ok(()),
            Err(why) => Err(why),
        }
    }

    /// Returns the labels of a new issue that belong to its run alone.
    pub(super) fn run_label(&self, run: &RunKey) -> Option<String> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(run.to_string().as_bytes());
        (self.config.flavor == JiraFlavor::DataCenter)
            .then(|| format!("{SIGN}{}", letters_of(&hasher, LETTERS)))
    }

    /// Returns an issue's labels without the one that told it when it was new.
    pub(super) fn shown_labels(&self, issue: &WireIssue) -> Vec<String> {
        let own = issue.stored().run.and_then(|run| self.run_label(&run));
        let labels = issue.labels().iter();
        labels
            .filter(|label| Some(*label) != own.as_ref())
            .cloned()
            .collect()
    }

    /// Finds the oldest issue that was made for a run and with which nothing is kept yet, and keeps `kept` with it.
    pub(super) fn finish(&self, run: &RunKey, kept: &Kept) -> Result<Option<WireIssue>, JiraError> {
        let Some(label) = self.run_label(run) else {
            return Ok(None);
        };
        let jql = format!(
            "project = {} AND labels = {} ORDER BY created ASC",
            quoted(self.project()),
            quoted(&label)
        );
        let mut found: Vec<WireIssue> = self.search_server(&jql)?.into_values().collect();
        found.sort_by_key(WireIssue::age);
        let new = found.iter().find(|issue| !issue.tells_properties());
        let Some(new) = new else { return Ok(None) };
        self.keep_with(&new.key, kept)?;
        Ok(Some(self.read_issue(&new.key)?))
    }

    /// Keeps something with an issue, and makes sure that it is there.
    pub(super) fn keep_with(&self, key: &str, kept: &Kept) -> Result<(), JiraError> {
        self.keep_value(key, &text::property(kept)?)
    }

    /// Writes the property of an issue until a read shows it.
    pub(super) fn keep_value(&self, key: &str, value: &Value) -> Result<(), JiraError> {
        let doing = format!("keep the run with {key}");
        let path = format!("/issue/{}/properties/{PROPERTY}", encode(key));
        let mut last = String::new();
        for tries in 1..=ATTEMPTS {
            let target = Target::Issue(key);
            match self
                .client
                .write(&Method::PUT, &path, target, value, &doing, tries)?
            {
                Sent::Done(_) => {}
                Sent::NotDone(why) => last = why,
                Sent::Unknown(why) => {
                    self.client.pause(tries, &why, &doing)?;
                    last = why;
                }
            }
            let found: Result<WireProperty, JiraError> = self
                .client
                .read(&path, None, &doing)
                .and_then(|answer| answer.value(&doing));
            match found {
                Ok(found) if found.value == *value => return Ok(()),
                Ok(_) => {}
                Err(JiraError::Missing { .. }) => {}
                Err(why) => return Err(why),
            }
        }
        Err(JiraError::Contended {
            issue: key.to_owned(),
            attempts: ATTEMPTS,
            why: last,
        })
    }

    /// Returns the person who goes by a user name or an e-mail address.
    pub(super) fn server_person(&self, name: &str) -> Result<Value, JiraError> {
        let me = self.sign_in()?;
        let found = if me.is_called(name) {
            Some(me)
        } else if name.contains('@') {
            let doing = format!("look for `{name}`");
            let path = format!(
                "/user/assignable/search?project={}&username={}",
                encode(self.project()),
                encode(name)
            );
            let people: Vec<WireUser> = self.client.read(&path, None, &doing)?.value(&doing)?;
            people.into_iter().find(|it| it.is_called(name))
        } else {
            return Ok(json!({"name": name}));
        };
        let name_of = found.and_then(|it| it.name);
        name_of
            .map(|name| json!({"name": name}))
            .ok_or_else(|| JiraError::Person {
                project: self.project().to_owned(),
                name: name.to_owned(),
            })
    }
}
