//! What Jira says, as far as it is read.
//!
//! Where gouqi's types serve, they are used; those for issues and searches are ours, since gouqi's know no entity
//! properties and refuse an answer without members that nobody needs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::PROPERTY;
use super::checklist::Column;
use super::kept::Kept;
use super::page::Page;
use crate::config::ChecklistApp;
use crate::issue::IssueState;
use crate::run::RunKey;

/// An issue, as in a search and by itself.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct WireIssue {
    /// Its number on the site.
    pub(super) id: String,
    /// Its name: `OPS-12`.
    pub(super) key: String,
    #[serde(default)]
    fields: WireFields,
    #[serde(default)]
    properties: Option<Value>,
    /// What the field for checklists holds, where there is one, and whose they are.
    #[serde(skip)]
    checklist: Option<(ChecklistApp, Value)>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct WireFields {
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    description: Value,
    #[serde(default)]
    status: Option<WireStatus>,
    #[serde(default)]
    labels: Option<Vec<String>>,
    #[serde(default)]
    assignee: Option<WireUser>,
    #[serde(default)]
    created: Option<String>,
    #[serde(default)]
    updated: Option<String>,
    #[serde(default)]
    comment: Option<WireComments>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// A status of the workflow.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct WireStatus {
    /// Its name, which every site chooses.
    pub(super) name: String,
    #[serde(default, rename = "statusCategory")]
    category: Option<WireCategory>,
}

/// What a status means: Jira's own word, the same on every site.
#[derive(Clone, Debug, Deserialize)]
struct WireCategory {
    key: String,
}

/// A person.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireUser {
    /// The account's id, on Cloud.
    #[serde(default)]
    pub(super) account_id: Option<String>,
    /// The name, on a server of one's own.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// The address, where the person shows it.
    #[serde(default)]
    pub(super) email_address: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
}

/// The comments of an issue.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct WireComments {
    /// Those on this page.
    #[serde(default)]
    pub(super) comments: Vec<WireComment>,
    /// How many there are on all pages.
    #[serde(default)]
    pub(super) total: u64,
}

/// A comment.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct WireComment {
    /// Its text.
    #[serde(default)]
    pub(super) body: Value,
    /// When it was written.
    #[serde(default)]
    pub(super) created: String,
}

/// A page of a search on Cloud.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WirePage {
    /// The issues on it.
    #[serde(default)]
    pub(super) issues: Vec<WireIssue>,
    /// What leads to the next page.
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
    /// Whether there is no next page.
    #[serde(default)]
    pub(super) is_last: Option<bool>,
}

/// A page of a search on a server of one's own.
#[derive(Debug, Deserialize)]
pub(super) struct WireList {
    /// The issues on it.
    #[serde(default)]
    pub(super) issues: Vec<WireIssue>,
    /// How many there are on all pages.
    #[serde(default)]
    pub(super) total: usize,
}

/// A property of an issue.
#[derive(Debug, Deserialize)]
pub(super) struct WireProperty {
    /// What it holds.
    #[serde(default)]
    pub(super) value: Value,
}

/// What a server says of itself.
#[derive(Debug, Deserialize)]
pub(super) struct WireServer {
    /// `Cloud`, or `Server`.
    #[serde(default, rename = "deploymentType")]
    pub(super) deployment: Option<String>,
}

/// The ways out of a status.
#[derive(Debug, Deserialize)]
pub(super) struct WireTransitions {
    /// Those that the user may go.
    #[serde(default)]
    pub(super) transitions: Vec<WireTransition>,
}

/// A way from one status to another.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct WireTransition {
    /// Its number, which is not the same everywhere.
    pub(super) id: String,
    /// Its name.
    #[serde(default)]
    pub(super) name: String,
    /// Where it leads.
    #[serde(default)]
    pub(super) to: Option<WireStatus>,
}

/// A sort of issue that a project has.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct WireType {
    /// Its number.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
    /// Whether its issues stand below another one.
    #[serde(default)]
    pub(super) subtask: bool,
}

/// A field as a new issue may have it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireField {
    /// What it is called in requests: `customfield_10010`.
    #[serde(default)]
    pub(super) field_id: Option<String>,
    #[serde(default)]
    key: Option<String>,
    /// What people call it.
    #[serde(default)]
    pub(super) name: String,
    /// Whether an issue cannot be created without it.
    #[serde(default)]
    pub(super) required: bool,
    /// Whether it has a value where none is given.
    #[serde(default)]
    pub(super) has_default_value: bool,
    /// What it takes.
    #[serde(default)]
    pub(super) schema: WireSchema,
    /// The only values it takes, where they are given.
    #[serde(default)]
    pub(super) allowed_values: Option<Vec<Value>>,
}

/// What a field takes.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct WireSchema {
    /// The kind of value.
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    /// The kind of value in a list.
    #[serde(default)]
    pub(super) items: Option<String>,
    /// The kind of a field that a site added.
    #[serde(default)]
    pub(super) custom: Option<String>,
}

impl WireField {
    /// Returns what it is called in requests.
    pub(super) fn id(&self) -> &str {
        let id = self.field_id.as_deref().or(self.key.as_deref());
        id.unwrap_or_default()
    }
}

impl WireField {
    /// Tells whether it takes text of more than a line, in Jira's own format.
    pub(super) fn is_long(&self) -> bool {
        let custom = self.schema.custom.as_deref().unwrap_or_default();
        custom.ends_with(":textarea") || self.id() == "environment"
    }
}

impl WireStatus {
    /// Returns what it means.
    pub(super) fn stage(&self) -> Stage {
        match self.category.as_ref().map(|it| it.key.as_str()) {
            Some("done") => Stage::Done,
            Some("indeterminate") => Stage::Doing,
            _ => Stage::New,
        }
    }
}

/// How far an issue is, as Jira understands its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nobody has begun.
    New,
    /// Somebody is at it.
    Doing,
    /// It is closed.
    Done,
}

impl WireUser {
    /// Returns the name by which people know it.
    fn shown(&self) -> Option<String> {
        [
            &self.email_address,
            &self.name,
            &self.account_id,
            &self.display_name,
        ]
        .into_iter()
        .find_map(Clone::clone)
    }

    /// Tells whether it goes by that name.
    pub(super) fn is_called(&self, name: &str) -> bool {
        [&self.email_address, &self.name, &self.account_id]
            .into_iter()
            .flatten()
            .any(|it| it.eq_ignore_ascii_case(name))
    }
}

impl WireIssue {
    /// Returns the title.
    pub(super) fn title(&self) -> &str {
        self.fields.summary.as_deref().unwrap_or_default()
    }

    /// Returns what it shows of its ticket, as Jira has it.
    pub(super) fn page(&self) -> Page {
        Page {
            description: self.fields.description.clone(),
            checklist: self.checklist.clone(),
        }
    }

    /// Takes what the field for checklists holds from the other fields.
    pub(super) fn take_checklist(&mut self, column: Option<&Column>) {
        self.checklist = column.map(|column| {
            let value = self.fields.others.remove(&column.id);
            (column.app, value.unwrap_or_default())
        });
    }

    /// Returns what we keep with it, as far as it goes with what it shows.
    pub(super) fn kept(&self) -> Kept {
        self.stored().of(&self.page())
    }

    /// Takes what is kept with it from another answer.
    pub(super) fn keep(&mut self, value: Option<Value>) {
        self.properties = value.map(|value| json!({PROPERTY: value}));
    }

    /// Tells whether its answer said what is kept with it.
    pub(super) fn tells_properties(&self) -> bool {
        self.properties.is_some()
    }

    /// Returns what we keep with it, all of it.
    pub(super) fn stored(&self) -> Kept {
        let value = self.properties.as_ref().and_then(|all| all.get(PROPERTY));
        value.map(Kept::read).unwrap_or_default()
    }

    /// Tells whether it shows what was written, or no run.
    pub(super) fn is_as_written(&self) -> bool {
        let kept = self.kept();
        kept.run.is_none() || self.page().is_as_written(&kept.held)
    }

    /// Returns the run it shows.
    pub(super) fn run(&self) -> Option<RunKey> {
        let kept = self.properties.as_ref()?.get(PROPERTY)?;
        kept.get("run")?.as_str()?.parse().ok()
    }

    /// Returns its labels.
    pub(super) fn labels(&self) -> &[String] {
        self.fields.labels.as_deref().unwrap_or_default()
    }

    /// Returns whom it is assigned to.
    pub(super) fn assignees(&self) -> Vec<String> {
        self.fields
            .assignee
            .iter()
            .filter_map(WireUser::shown)
            .collect()
    }

    /// Returns its status's name.
    pub(super) fn status(&self) -> &str {
        self.fields
            .status
            .as_ref()
            .map_or("", |it| it.name.as_str())
    }

    /// Returns how far it is.
    pub(super) fn stage(&self) -> Stage {
        self.fields
            .status
            .as_ref()
            .map_or(Stage::New, WireStatus::stage)
    }

    /// Returns whether it is open.
    pub(super) fn state(&self) -> IssueState {
        match self.stage() {
            Stage::Done => IssueState::Closed,
            Stage::New | Stage::Doing => IssueState::Open,
        }
    }

    /// Returns when it was last changed.
    pub(super) fn updated(&self) -> Option<Timestamp> {
        self.fields.updated.as_deref().and_then(time)
    }

    /// Returns what issues are sorted by, oldest first.
    pub(super) fn age(&self) -> (Option<Timestamp>, u64) {
        let created = self.fields.created.as_deref().and_then(time);
        (created, self.number())
    }

    /// Returns its id as a number; those that are none come last.
    pub(super) fn number(&self) -> u64 {
        self.id.parse().unwrap_or(u64::MAX)
    }

    /// Returns how many comments it has, where that was asked for.
    pub(super) fn comments(&self) -> u64 {
        let comments = self.fields.comment.as_ref();
        comments.map_or(0, |it| it.total.max(it.comments.len() as u64))
    }
}

/// Reads a time as Jira writes it: `2026-03-01T09:00:00.000+0000`.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_read_from_the_least_that_an_answer_holds() {
        let issue: WireIssue = serde_json::from_str(r#"{"id": "10001", "key": "OPS-1"}"#).unwrap();
        assert_eq!((issue.number(), issue.title()), (10_001, ""));
        assert!(issue.labels().is_empty() && issue.kept() == Kept::default());
        let issue: WireIssue = serde_json::from_str(
            r#"{"id": "2", "key": "OPS-2", "properties": {}, "fields": {"summary": "t", "description": null,
                "labels": ["a"], "assignee": null, "updated": "2026-03-01T09:00:00.000+0100",
                "status": {"name": "Shut", "statusCategory": {"key": "done", "id": 3}}}}"#,
        )
        .unwrap();
        assert_eq!(issue.state(), IssueState::Closed);
        assert_eq!(issue.updated().unwrap().to_string(), "2026-03-01T08:00:00Z");
    }
}
