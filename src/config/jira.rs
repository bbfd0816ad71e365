//! What the config says about a Jira.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fields::{Fields, Findings};

/// What is needed to reach a project's issues, and what new ones get.
///
/// `fix_version`, `link` and the texts among `fields` may hold `{run}`, `{procedure}` and `{NAME}` for the run's
/// name, its procedure and the value it was given for a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JiraConfig {
    /// Which Jira.
    pub flavor: JiraFlavor,
    /// The address of the site, with its context path where it has one.
    pub url: String,
    /// The project's key.
    pub project: String,
    /// The name of the issue type.
    pub issue_type: String,
    /// The environment variable that holds the user's e-mail address.
    pub email_env: String,
    /// The environment variable that holds the token.
    pub token_env: String,
    /// The file that holds the token, where the variable is not set.
    pub token_file: Option<PathBuf>,
    /// The name of the priority.
    pub priority: Option<String>,
    /// The names of the components.
    pub components: Vec<String>,
    /// The name of the version that will have it.
    pub fix_version: Option<String>,
    /// The key of the issue above: an epic, for instance.
    pub parent: Option<String>,
    /// Whom new tickets are assigned to: an e-mail address or an account's id.
    pub assignee: Option<String>,
    /// Other fields by their id or name.
    pub fields: BTreeMap<String, Value>,
    /// How a ticket moves through the workflow.
    pub transitions: Transitions,
    /// The checklist app that shows the steps, where the description does not.
    pub checklist: Option<Checklist>,
    /// The address that tickets link to.
    pub link: Option<String>,
    /// Whether each phase is a subtask of the run's issue, however short it is.
    pub subtask_per_phase: bool,
    /// The name of the issue type of parts; where there is none, the project's first type of subtasks.
    pub subtask_type: Option<String>,
}

/// The names of the transitions that a ticket goes through, or of the statuses they lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transitions {
    /// When the first step is settled.
    pub start: Option<String>,
    /// When the run is complete; a ticket is not closed of itself where there is none.
    pub done: Option<String>,
    /// When a closed ticket is opened again.
    pub reopen: Option<String>,
}

/// Where the steps of tickets go instead of the description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checklist {
    /// Whose text it is.
    pub app: ChecklistApp,
    /// The custom field that the app reads and writes, by its name or id.
    pub field: String,
}

/// A checklist app, whose text is a format of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChecklistApp {
    /// Issue Checklist for Jira, by `HeroCoders`.
    IssueChecklist,
    /// Smart Checklist for Jira, by Railsware.
    SmartChecklist,
}

/// Which Jira it is: their descriptions are different formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JiraFlavor {
    /// Jira Cloud.
    Cloud,
    /// Jira Data Center or Server.
    DataCenter,
}

/// Reads what a tracker's table says of a Jira.
pub(super) fn read_jira(
    fields: &mut Fields<'_>,
    header: Range<usize>,
    root: &Path,
) -> Option<JiraConfig> {
    let flavors = [
        ("cloud", JiraFlavor::Cloud),
        ("data-center", JiraFlavor::DataCenter),
    ];
    let flavor = fields.word("flavor", &flavors).unwrap_or(JiraFlavor::Cloud);
    let url = fields.required("url", "https://example.atlassian.net", header.clone());
    let project = fields.required("project", "OPS", header);
    let or = |value: Option<String>, default: &str| value.unwrap_or_else(|| default.to_owned());
    Some(JiraConfig {
        flavor,
        issue_type: or(fields.string("issue-type"), "Task"),
        email_env: or(fields.string("email-env"), "JIRA_EMAIL"),
        token_env: or(fields.string("token-env"), "JIRA_TOKEN"),
        token_file: fields.string("token-file").map(|path| root.join(path)),
        priority: fields.string("priority"),
        components: fields.strings("components").unwrap_or_default(),
        fix_version: fields.string("fix-version"),
        parent: fields.string("parent"),
        assignee: fields.string("assignee"),
        fields: fields
            .table("fields")
            .map(Fields::values)
            .unwrap_or_default(),
        transitions: fields
            .table("transitions")
            .map(read_transitions)
            .unwrap_or_default(),
        checklist: fields.table("checklist").and_then(read_checklist),
        link: fields.string("link"),
        subtask_per_phase: fields.truth("subtask-per-phase").unwrap_or_default(),
        subtask_type: fields.string("subtask-type"),
        url: url?,
        project: project?,
    })
}

fn read_transitions(mut fields: Fields<'_>) -> Transitions {
    let transitions = Transitions {
        start: fields.string("start"),
        done: fields.string("done"),
        reopen: fields.string("reopen"),
    };
    fields.finish();
    transitions
}

fn read_checklist(mut fields: Fields<'_>) -> Option<Checklist> {
    let apps = [
        ("issue-checklist", ChecklistApp::IssueChecklist),
        ("smart-checklist", ChecklistApp::SmartChecklist),
    ];
    let app = fields.word("app", &apps);
    let field = fields.string("field");
    fields.finish();
    let app = app.unwrap_or(ChecklistApp::IssueChecklist);
    // The names that the apps give their fields.
    let default = match app {
        ChecklistApp::IssueChecklist => "Checklist Text",
        ChecklistApp::SmartChecklist => "Checklists",
    };
    Some(Checklist {
        app,
        field: field.unwrap_or_else(|| default.to_owned()),
    })
}

/// Adds a finding for each label that Jira does not take.
pub(super) fn check_labels(labels: &[String], place: Range<usize>, findings: &Findings) {
    for label in labels
        .iter()
        .filter(|label| label.contains(char::is_whitespace))
    {
        let joined: Vec<&str> = label.split_whitespace().collect();
        let message = format!("`{label}` is no label for Jira, which takes none with blanks");
        let help = format!("write `{}`", joined.join("-"));
        findings.error(place.clone(), message, Some(help));
    }
}
