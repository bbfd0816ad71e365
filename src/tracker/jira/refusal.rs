//! Why Jira could not do it, told in the words of the one who asked.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use gouqi::Errors;
use reqwest::header::HeaderMap;

use crate::run::RunKey;
use crate::tracker::request::seconds;

/// Why Jira could not do it.
#[derive(Debug, thiserror::Error)]
pub enum JiraError {
    /// The config's address cannot be reached by any network.
    #[error("`{url}` is not the address of a Jira")]
    Address {
        /// What the config says.
        url: String,
    },
    /// The config's project is not written as one.
    #[error("`{project}` is not the key of a project")]
    Project {
        /// What the config says.
        project: String,
    },
    /// The config says that it is a server of one's own, and it is none.
    #[error("{host} is Jira Cloud, and the config says `flavor = \"data-center\"`")]
    Flavor {
        /// The server.
        host: String,
    },
    /// Nothing says who we are.
    #[error("there is no token for {host}: `{variable}` is not set")]
    NoToken {
        /// The environment variable that was looked at.
        variable: String,
        /// The server.
        host: String,
    },
    /// The token's owner is not said, and Jira Cloud wants to know.
    #[error("there is no e-mail address for {host}: `{variable}` is not set")]
    NoUser {
        /// The environment variable that was looked at.
        variable: String,
        /// The server.
        host: String,
    },
    /// The token or the user holds characters that none has.
    #[error("the token or the user's name is empty or holds characters that none has")]
    BadToken,
    /// The file with the token cannot be read.
    #[error("cannot read `{}`", path.display())]
    SecretFile {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The client cannot be set up.
    #[error("cannot set up the connection to {host}: {why}")]
    SetUp {
        /// The server.
        host: String,
        /// Why.
        why: String,
    },
    /// The server cannot be reached, or answers with faults only.
    #[error("cannot {doing}: {why}")]
    Unreachable {
        /// What was to be done.
        doing: String,
        /// What happened the last time.
        why: String,
    },
    /// The waits that were allowed are used up.
    #[error("cannot {doing} yet: {why}, and the next try is in {}", seconds(*.wait))]
    Waited {
        /// What was to be done.
        doing: String,
        /// Why it has to wait.
        why: String,
        /// How much longer.
        wait: Duration,
    },
    /// The credentials are not valid.
    #[error("cannot {doing}: Jira does not know these credentials ({said})")]
    Unauthorised {
        /// What was to be done.
        doing: String,
        /// What Jira said.
        said: String,
    },
    /// A right is missing.
    #[error("the token cannot {doing}: its owner lacks the permission ({said})")]
    Forbidden {
        /// What was to be done.
        doing: String,
        /// What Jira said.
        said: String,
    },
    /// It is not there, or not for the eyes of this token.
    #[error("cannot {doing}: it is not there, or the token may not see it ({said})")]
    Missing {
        /// What was to be done.
        doing: String,
        /// What Jira said.
        said: String,
    },
    /// Another address is named, where the token must not go.
    #[error("cannot {doing}: {host} sends on to `{to}`")]
    Elsewhere {
        /// What was to be done.
        doing: String,
        /// The server that was asked.
        host: String,
        /// Where it sends us.
        to: String,
    },
    /// What was sent is not right for Jira.
    #[error("cannot {doing}: {why}")]
    Invalid {
        /// What was to be done.
        doing: String,
        /// Its reasons, field by field.
        why: String,
    },
    /// A text is longer than Jira takes; nothing was sent.
    #[error(
        "the {what} would be {length} characters long in Jira's format; a ticket stays under {limit}"
    )]
    TooLong {
        /// Which text.
        what: &'static str,
        /// Its length.
        length: usize,
        /// The length that is too much.
        limit: usize,
    },
    /// The project has no such sort of issue.
    #[error("the project {project} has no issue type `{name}`")]
    IssueType {
        /// The project.
        project: String,
        /// The name that was asked for.
        name: String,
        /// The nearest one.
        near: Option<String>,
    },
    /// What new issues get does not fit the project; nothing was sent.
    #[error("a new {issue_type} in {project} cannot be made from the config: {}", faults.join("; "))]
    Fields {
        /// The project.
        project: String,
        /// The issue type.
        issue_type: String,
        /// What is wrong, field by field.
        faults: Vec<String>,
    },
    /// A value of the config has a name in it that stands for nothing.
    #[error("`{text}` in the config: there is no value for `{name}`")]
    Placeholder {
        /// The config's value.
        text: String,
        /// The name.
        name: String,
    },
    /// Nobody goes by that name.
    #[error("nobody who can be assigned to issues of {project} is called `{name}`")]
    Person {
        /// The project.
        project: String,
        /// The name.
        name: String,
    },
    /// The workflow has no way there from where the issue is.
    #[error("{issue} is `{from}`, from where no transition {wanted}")]
    Transition {
        /// Which issue.
        issue: String,
        /// Its status.
        from: String,
        /// What was looked for.
        wanted: String,
        /// The transitions there are.
        known: Vec<String>,
    },
    /// A label holds a blank.
    #[error("`{label}` is no label for Jira, which takes none with blanks")]
    Label {
        /// The label.
        label: String,
    },
    /// That is no issue's name.
    #[error("`{text}` names no issue of {project}")]
    Reference {
        /// What was given.
        text: String,
        /// The project.
        project: String,
    },
    /// What we keep with the issue cannot be read.
    #[error("what is kept with {issue} cannot be read, so nothing is written to it: {why}")]
    Damaged {
        /// Which issue.
        issue: String,
        /// Why.
        why: String,
    },
    /// It cannot be told whether the ticket was created.
    #[error("the answer to creating the ticket of `{run}` was lost, and it has not shown itself")]
    Unsure {
        /// The run.
        run: RunKey,
    },
    /// It cannot be told whether the comment was written.
    #[error("the answer to the comment on {issue} was lost, and it has not shown itself")]
    UnsureComment {
        /// The issue.
        issue: String,
    },
    /// Somebody writes at the same time, again and again, or the server keeps failing.
    #[error("{issue} could not be written in {attempts} attempts: {why}")]
    Contended {
        /// Which issue.
        issue: String,
        /// How often it was tried.
        attempts: u32,
        /// What happened the last time.
        why: String,
    },
    /// Jira answers something else than it promises.
    #[error("cannot {doing}: unexpected answer, {why}")]
    Unexpected {
        /// What was to be done.
        doing: String,
        /// What is unexpected.
        why: String,
    },
    /// The local state cannot be written.
    #[error("cannot write `{}`", path.display())]
    State {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl JiraError {
    /// Returns what to do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Address { .. } => {
                "write `https://NAME.atlassian.net`, or `https://HOST/PATH` for a server of your own".to_owned()
            }
            Self::Project { .. } => "write the key that its issues begin with, as in `OPS`".to_owned(),
            Self::Flavor { .. } => "write `flavor = \"cloud\"`: the boxes of its tickets would be lost".to_owned(),
            Self::NoToken { variable, .. } => {
                format!("set `{variable}`, or name a file with `token-file` in the config")
            }
            Self::NoUser { variable, .. } => {
                format!("set `{variable}` to the address of the token's owner")
            }
            Self::BadToken => "set it again, the whole of it and nothing else".to_owned(),
            Self::Unreachable { .. } => "nothing is lost: run the same command again".to_owned(),
            Self::Waited { .. } => "run the same command again later, or allow more with `--wait`".to_owned(),
            Self::Unauthorised { .. } => {
                "check the e-mail address, and that the token has not expired or been revoked".to_owned()
            }
            Self::Forbidden { .. } => "ask for it in the project's permissions".to_owned(),
            Self::Missing { .. } => "check `url` and `project` in the config, and that the token may see it".to_owned(),
            Self::Elsewhere { .. } => "set `url` in the config to that address if it is the right one".to_owned(),
            Self::TooLong { .. } => "leave something out with a template of your own, or split the procedure".to_owned(),
            Self::IssueType { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::Fields { .. } => "set them in the config, under the tracker or its `fields`".to_owned(),
            Self::Placeholder { name, .. } => {
                format!("give it one with `--set {name}=VALUE`; `{{run}}` and `{{procedure}}` always have one")
            }
            Self::Person { .. } => "write their e-mail address or their account's id".to_owned(),
            Self::Transition { known, .. } if !known.is_empty() => {
                format!("there are {}", known.join(", "))
            }
            Self::Transition { .. } => "the token's owner may not move it, or the workflow ends there".to_owned(),
            Self::Label { label } => {
                let words: Vec<&str> = label.split_whitespace().collect();
                format!("write `{}`", words.join("-"))
            }
            Self::Reference { project, .. } => format!("write its key, as in `{project}-12`, or its address"),
            Self::Damaged { .. } => "mend the issue's property `runsheet`, or use a newer version".to_owned(),
            Self::Unsure { .. } => {
                "run the same command again: it looks for the ticket before it creates one".to_owned()
            }
            Self::UnsureComment { .. } => "look at the ticket before you try again".to_owned(),
            Self::Contended { .. } => "try again in a moment".to_owned(),
            Self::SecretFile { .. }
            | Self::SetUp { .. }
            | Self::Invalid { .. }
            | Self::IssueType { near: None, .. }
            | Self::Unexpected { .. }
            | Self::State { .. } => return None,
        };
        Some(hint)
    }
}

/// Returns the error that an answer stands for.
pub(super) fn refusal(status: u16, headers: &HeaderMap, body: &str, doing: &str) -> JiraError {
    let doing = doing.to_owned();
    let mut said = said(status, body);
    if let Some(reason) = headers
        .get("x-seraph-loginreason")
        .and_then(|it| it.to_str().ok())
        && reason.contains("DENIED")
    {
        said.push_str(", and wants a CAPTCHA solved in a browser first");
    }
    match status {
        401 => JiraError::Unauthorised { doing, said },
        403 => JiraError::Forbidden { doing, said },
        404 => JiraError::Missing { doing, said },
        400..=499 => JiraError::Invalid { doing, why: said },
        _ => JiraError::Unexpected { doing, why: said },
    }
}

/// Returns what an answer says about itself in one line: the status, and Jira's own words, field by field.
pub(super) fn said(status: u16, body: &str) -> String {
    let reasons = serde_json::from_str(body).map_or_else(|_| Vec::new(), reasons);
    if reasons.is_empty() {
        // A page for people, from a proxy on the way or Jira's own: its text tells nothing here.
        return format!("status {status}");
    }
    let short: String = reasons
        .join("; ")
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(1_000)
        .collect();
    format!("{status}: {short}")
}

fn reasons(errors: Errors) -> Vec<String> {
    let fields = errors.errors.into_iter();
    let mut reasons = errors.error_messages;
    reasons.extend(errors.error);
    reasons.extend(fields.map(|(field, why)| format!("`{field}`: {why}")));
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_its_fields() {
        let body = r#"{"errorMessages": ["No."], "errors": {"summary": "Too long.", "labels": "A blank."}}"#;
        let why = refusal(400, &HeaderMap::new(), body, "create an issue in OPS");
        assert_eq!(
            why.to_string(),
            "cannot create an issue in OPS: 400: No.; `labels`: A blank.; `summary`: Too long."
        );
    }

    #[test]
    fn a_page_for_people_is_not_quoted() {
        assert_eq!(said(500, "<html><h1>Oops</h1></html>"), "status 500");
        assert_eq!(said(503, ""), "status 503");
    }
}
