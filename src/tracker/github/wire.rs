//! What GitHub's answers hold of what is used here; all else in them is left aside.

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::issue::{Issue, IssueRef, IssueState};

/// An issue, as in a listing and by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WireIssue {
    /// Its number in the repository.
    pub(super) number: u64,
    /// Its number among all issues of the server.
    #[serde(default)]
    pub(super) id: Option<u64>,
    html_url: String,
    title: String,
    #[serde(default)]
    body: Option<String>,
    state: String,
    #[serde(default)]
    labels: Vec<WireLabel>,
    #[serde(default)]
    assignees: Vec<WireUser>,
    #[serde(default)]
    user: Option<WireUser>,
    #[serde(default)]
    milestone: Option<WireMilestone>,
    #[serde(default, rename = "type")]
    kind: Option<WireType>,
    /// How many comments there are.
    #[serde(default)]
    pub(super) comments: u64,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    updated_at: Option<String>,
    #[serde(default, skip_serializing)]
    pull_request: Option<IgnoredAny>,
}

/// A label: an object, or in old answers its bare name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum WireLabel {
    Named { name: String },
    Bare(String),
}

/// A person or a bot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WireUser {
    /// The name it signs in with.
    pub(super) login: String,
}

/// What sort of issue it is, in an organisation that has sorts.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct WireType {
    name: String,
}

/// A milestone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WireMilestone {
    /// Its number in the repository.
    pub(super) number: u64,
    /// Its title.
    pub(super) title: String,
}

/// A comment.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct WireComment {
    /// Its text.
    #[serde(default)]
    pub(super) body: Option<String>,
    /// When it was written.
    pub(super) created_at: String,
}

/// A repository.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WireRepository {
    /// `owner/name` as it is now.
    pub(super) full_name: String,
    /// Whether nothing can be written to it.
    #[serde(default)]
    pub(super) archived: bool,
    /// Whether it has issues.
    #[serde(default = "yes")]
    pub(super) has_issues: bool,
    /// What the token's owner may do, where GitHub says it.
    #[serde(default)]
    pub(super) permissions: Option<WirePermissions>,
}

/// What somebody may do in a repository.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WirePermissions {
    #[serde(default)]
    push: bool,
    #[serde(default)]
    triage: bool,
}

impl WirePermissions {
    /// Tells whether labels can be set.
    pub(super) fn can_label(&self) -> bool {
        self.push || self.triage
    }
}

/// An App's installation.
#[derive(Debug, Deserialize)]
pub(super) struct WireInstallation {
    /// Its id.
    pub(super) id: u64,
}

/// Why something was refused.
#[derive(Debug, Default, Deserialize)]
pub(super) struct WireRefusal {
    /// What GitHub says about it.
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    errors: Vec<serde_json::Value>,
}

fn yes() -> bool {
    true
}

impl WireIssue {
    /// Tells whether it is a pull request, which listings of issues hold too.
    pub(super) fn is_pull_request(&self) -> bool {
        self.pull_request.is_some()
    }

    /// Returns its body, empty where it has none.
    pub(super) fn body(&self) -> &str {
        self.body.as_deref().unwrap_or_default()
    }

    /// Returns when it was created.
    pub(super) fn created(&self) -> Option<Timestamp> {
        self.created_at.as_ref()?.parse().ok()
    }

    /// Tells whether it is open.
    pub(super) fn is_open(&self) -> bool {
        self.state != "closed"
    }

    /// Tells whether it carries a label; GitHub's labels know no case.
    pub(super) fn has_label(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.labels
            .iter()
            .any(|label| label.name().to_lowercase() == name)
    }

    /// Tells whether it is assigned to somebody; login names know no case.
    pub(super) fn is_assigned_to(&self, login: &str) -> bool {
        self.assignees
            .iter()
            .any(|user| user.login.eq_ignore_ascii_case(login))
    }

    /// Returns who created it.
    pub(super) fn creator(&self) -> Option<&str> {
        self.user.as_ref().map(|user| user.login.as_str())
    }

    /// Tells whether it stands in a milestone.
    pub(super) fn has_milestone(&self) -> bool {
        self.milestone.is_some()
    }

    /// Tells whether it is of that type.
    pub(super) fn has_type(&self, name: &str) -> bool {
        let kind = self.kind.as_ref();
        kind.is_some_and(|kind| kind.name.eq_ignore_ascii_case(name))
    }

    /// Returns what every tracker knows of an issue.
    pub(super) fn issue(&self) -> Issue {
        Issue {
            reference: IssueRef(format!("#{}", self.number)),
            location: self.html_url.clone(),
            title: self.title.clone(),
            body: self.body().to_owned(),
            state: if self.is_open() {
                IssueState::Open
            } else {
                IssueState::Closed
            },
            labels: self
                .labels
                .iter()
                .map(|label| label.name().to_owned())
                .collect(),
            assignees: self
                .assignees
                .iter()
                .map(|user| user.login.clone())
                .collect(),
            updated: self
                .updated_at
                .as_ref()
                .and_then(|time| time.parse::<Timestamp>().ok()),
        }
    }
}

impl WireLabel {
    fn name(&self) -> &str {
        match self {
            Self::Named { name } | Self::Bare(name) => name,
        }
    }
}

impl WireRefusal {
    /// Returns the message and, for each fault, the field and what is wrong with it.
    pub(super) fn reasons(&self) -> String {
        let faults = self.errors.iter().filter_map(|fault| {
            if let Some(text) = fault.as_str() {
                return Some(text.to_owned());
            }
            let part = |key: &str| fault.get(key)?.as_str().map(str::to_owned);
            match (part("field"), part("message").or_else(|| part("code"))) {
                (Some(field), Some(what)) => Some(format!("`{field}`: {what}")),
                (None, what) => what,
                (field, None) => field,
            }
        });
        let all: Vec<String> = std::iter::once(self.message.clone())
            .filter(|message| !message.is_empty())
            .chain(faults)
            .collect();
        all.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_read_from_the_least_that_an_answer_holds() {
        let issue: WireIssue = serde_json::from_str(
            r#"{"number": 3, "html_url": "u", "title": "t", "body": null, "state": "open",
                "labels": ["a", {"id": 1, "name": "B"}], "pull_request": null}"#,
        )
        .unwrap();
        assert_eq!(issue.issue().labels, ["a", "B"]);
        assert!(issue.has_label("b") && !issue.is_pull_request());
        assert_eq!(issue.body(), "");
    }

    #[test]
    fn a_refusal_names_its_fields() {
        let refusal: WireRefusal = serde_json::from_str(
            r#"{"message": "Validation Failed", "errors": [{"field": "color", "code": "invalid"}, "x", {"message": "m"}]}"#,
        )
        .unwrap();
        assert_eq!(
            refusal.reasons(),
            "Validation Failed; `color`: invalid; x; m"
        );
    }
}
