//! Which issues there are: every page of a search, and what the search has not noticed yet.
//!
//! The search runs behind the writes by some seconds. Issues that we have just written are named in the question
//! (`reconcileIssues`), and an issue is read by itself before anything is decided by how it stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::kept::Kept;
use super::wire::{WireIssue, WirePage, WireUser};
use super::{JiraError, JiraTracker, PROPERTY};
use crate::body::Body;
use crate::config::JiraFlavor;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::issue::{Issue, IssueRef};
use crate::run::RunKey;
use crate::source::{Markup, Place, Source, Span};
use crate::tracker::Ticket;
use crate::tracker::request::encode;

/// How many issues are asked for at once.
pub(super) const PAGE: u32 = 100;
/// The most pages that are followed.
pub(super) const MOST_PAGES: usize = 10_000;
/// The members of an issue that are read.
const FIELDS: [&str; 7] = [
    "summary",
    "description",
    "status",
    "labels",
    "assignee",
    "created",
    "updated",
];

impl JiraTracker {
    /// Returns the issues that show a run, oldest first; those we wrote lately as they are now where `reconciled`.
    pub(super) fn search(&self, reconciled: bool) -> Result<Vec<WireIssue>, JiraError> {
        self.sign_in()?;
        if self.config.flavor == JiraFlavor::DataCenter {
            return self.tickets_among(self.search_server(&self.jql())?);
        }
        let doing = format!("search the issues of {}", self.project());
        let mut question = json!({
            "jql": self.jql(),
            "fields": self.asked()?,
            "properties": [PROPERTY],
            "maxResults": PAGE,
        });
        let lately = self.store.borrow().written(self.client.now());
        if reconciled && !lately.is_empty() {
            question["reconcileIssues"] = json!(lately);
        }
        let column = self.column()?;
        let mut found: BTreeMap<String, WireIssue> = BTreeMap::new();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            if let Some(token) = &token {
                question["nextPageToken"] = json!(token);
            }
            let answer = self.client.read("/search/jql", Some(&question), &doing)?;
            let mut page: WirePage = answer.value(&doing)?;
            for issue in &mut page.issues {
                issue.take_checklist(column.as_ref());
            }
            // An issue that moves between pages meanwhile is met twice.
            found.extend(
                page.issues
                    .into_iter()
                    .map(|issue| (issue.key.clone(), issue)),
            );
            match page.next_page_token.filter(|_| page.is_last != Some(true)) {
                None => return self.tickets_among(found),
                next if next == token => break,
                next => token = next,
            }
        }
        Err(JiraError::Unexpected {
            doing,
            why: "its pages go round in a circle".to_owned(),
        })
    }

    /// Returns the issues that show `run` among those of a search, oldest first, each read by itself.
    pub(super) fn issues_of(
        &self,
        run: &RunKey,
        found: &[WireIssue],
    ) -> Result<Vec<WireIssue>, JiraError> {
        let mut issues = Vec::new();
        for issue in found.iter().filter(|it| it.run().as_ref() == Some(run)) {
            if let Some(issue) = self.read_if_there(&issue.key)?
                && issue.run().as_ref() == Some(run)
            {
                issues.push(issue);
            }
        }
        Ok(issues)
    }

    /// Returns the issues that show runs, oldest first. Where two seem to show one, both are read by themselves: one
    /// of them may be a twin that was just retired.
    fn tickets_among(
        &self,
        found: BTreeMap<String, WireIssue>,
    ) -> Result<Vec<WireIssue>, JiraError> {
        let mut issues: Vec<WireIssue> = found.into_values().collect();
        issues.retain(|issue| issue.run().is_some());
        issues.sort_by_key(WireIssue::age);
        let mut runs: BTreeMap<RunKey, usize> = BTreeMap::new();
        for run in issues.iter().filter_map(|issue| issue.run()) {
            *runs.entry(run).or_default() += 1;
        }
        let mut tickets = Vec::new();
        for issue in issues {
            let is_alone = issue.run().is_some_and(|run| runs.get(&run) == Some(&1));
            let issue = if is_alone {
                Some(issue)
            } else {
                self.read_if_there(&issue.key)?
            };
            tickets.extend(issue.filter(|issue| issue.run().is_some()));
        }
        self.keep_keys(&tickets);
        Ok(tickets)
    }

    fn keep_keys(&self, tickets: &[WireIssue]) {
        let mut keys = BTreeMap::new();
        for issue in tickets {
            if let Some(run) = issue.run() {
                // The oldest is the ticket.
                keys.entry(run.to_string())
                    .or_insert_with(|| issue.key.clone());
            }
        }
        let mut store = self.store.borrow_mut();
        store.keep_keys(keys);
        store.save(self.client.now());
    }

    /// Returns an issue as it stands now.
    pub(super) fn read_issue(&self, key: &str) -> Result<WireIssue, JiraError> {
        self.read_with(key, self.asked()?)
    }

    /// Returns the members of an issue that are read.
    pub(super) fn asked(&self) -> Result<Vec<String>, JiraError> {
        let own = self.column()?.map(|column| column.id);
        let names = FIELDS.iter().map(|name| (*name).to_owned());
        Ok(names.chain(own).collect())
    }

    /// Returns an issue as it stands now, with its comments.
    pub(super) fn read_with_comments(&self, key: &str) -> Result<WireIssue, JiraError> {
        let mut fields = self.asked()?;
        fields.push("comment".to_owned());
        self.read_with(key, fields)
    }

    fn read_with(&self, key: &str, fields: Vec<String>) -> Result<WireIssue, JiraError> {
        self.sign_in()?;
        let doing = format!("read {key}");
        let fields = fields.join(",");
        let path = format!("/issue/{key}?fields={fields}&properties={PROPERTY}");
        let mut found: WireIssue = self.client.read(&path, None, &doing)?.value(&doing)?;
        found.take_checklist(self.column()?.as_ref());
        if self.config.flavor == JiraFlavor::DataCenter {
            self.read_property(&mut found)?;
        }
        Ok(found)
    }

    fn read_if_there(&self, key: &str) -> Result<Option<WireIssue>, JiraError> {
        match self.read_issue(key) {
            Ok(issue) => Ok(Some(issue)),
            Err(JiraError::Missing { .. }) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// Makes sure, once, that Jira knows us: to those it does not know, it answers that there is nothing.
    pub(super) fn sign_in(&self) -> Result<WireUser, JiraError> {
        if let Some(me) = self.me.borrow().as_ref() {
            return Ok(me.clone());
        }
        let doing = format!("sign in to {}", self.client.host());
        let me: WireUser = self.client.read("/myself", None, &doing)?.value(&doing)?;
        if self.config.flavor == JiraFlavor::DataCenter {
            self.check_server()?;
        }
        *self.me.borrow_mut() = Some(me.clone());
        Ok(me)
    }

    /// Returns what every tracker knows of an issue.
    pub(super) fn issue(&self, found: &WireIssue) -> Issue {
        Issue {
            reference: IssueRef(found.key.clone()),
            location: self.client.page(&found.key),
            title: found.title().to_owned(),
            body: found.page().read(&found.kept().held),
            state: found.state(),
            labels: self.shown_labels(found),
            assignees: found.assignees(),
            updated: found.updated(),
        }
    }

    /// Returns the issue as a ticket, `None` where it shows no run.
    pub(super) fn ticket(&self, found: &WireIssue) -> Option<Ticket> {
        let Kept { run, fault, .. } = found.kept();
        let issue = self.issue(found);
        let source = Arc::new(Source::new(
            &issue.location,
            issue.body.clone(),
            Markup::Markdown,
        ));
        let faults = match fault {
            Some(why) => {
                let place = Place::new(&source, Span::new(0, 0));
                let message = format!("what is kept with {} cannot be read: {why}", found.key);
                vec![Diagnostic::new(
                    Severity::Error,
                    Code::Marker,
                    place,
                    message,
                )]
            }
            None => Body::read(&issue.body)
                .notices
                .iter()
                .map(|notice| notice.diagnostic(&source))
                .collect(),
        };
        Some(Ticket {
            run: run?,
            issue,
            faults,
        })
    }

    /// Returns the question for all tickets.
    fn jql(&self) -> String {
        let label = self
            .label()
            .map(|label| format!(" AND labels = {}", quoted(label)));
        format!(
            "project = {}{} ORDER BY created ASC",
            quoted(self.project()),
            label.unwrap_or_default()
        )
    }

    /// Returns the person who goes by a name.
    pub(super) fn person(&self, name: &str) -> Result<Value, JiraError> {
        if self.config.flavor == JiraFlavor::DataCenter {
            return self.server_person(name);
        }
        let me = self.sign_in()?;
        let found = if me.is_called(name) {
            Some(me)
        } else if name.contains('@') {
            self.find_person(name)?
        } else {
            // An account's id is taken as it is.
            return Ok(json!({"accountId": name}));
        };
        let id = found.and_then(|it| it.account_id);
        id.map(|id| json!({"accountId": id}))
            .ok_or_else(|| JiraError::Person {
                project: self.project().to_owned(),
                name: name.to_owned(),
            })
    }

    /// Returns whoever shows that e-mail address; of several, one alone is meant.
    fn find_person(&self, email: &str) -> Result<Option<WireUser>, JiraError> {
        let doing = format!("look for `{email}`");
        let path = format!(
            "/user/assignable/search?project={}&query={}",
            encode(self.project()),
            encode(email)
        );
        let people: Vec<WireUser> = self.client.read(&path, None, &doing)?.value(&doing)?;
        let exact = people.iter().find(|it| it.is_called(email));
        Ok(match people.as_slice() {
            // Most people do not show their address; Jira has compared it.
            [only] => Some(only.clone()),
            _ => exact.cloned(),
        })
    }
}

/// Returns a text as it stands in a question.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_any_letters_stands_in_a_question() {
        assert_eq!(quoted("a \"b\" \\c"), "\"a \\\"b\\\" \\\\c\"");
    }
}
