//! Why GitHub could not do it, told in the words of the one who asked.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderMap;

use super::wire::WireRefusal;
use crate::run::RunKey;
use crate::tracker::request::seconds;

/// Why GitHub could not do it.
#[derive(Debug, thiserror::Error)]
pub enum GitHubError {
    /// The config's repository is not written as one.
    #[error("`{repo}` is not a repository")]
    Repository {
        /// What the config says.
        repo: String,
    },
    /// The config's address cannot be reached by any network.
    #[error("`{url}` is not the address of an API")]
    Address {
        /// What the config says.
        url: String,
    },
    /// Nothing says who we are.
    #[error("there is no token for {host}: `{variable}` is not set")]
    NoToken {
        /// The environment variable that was looked at.
        variable: String,
        /// The server.
        host: String,
    },
    /// The token holds characters that no token has.
    #[error("the token is empty or holds characters that no token has")]
    BadToken,
    /// The file with the token or the key cannot be read.
    #[error("cannot read `{}`", path.display())]
    SecretFile {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no private key.
    #[error("`{}` is not an RSA private key in PEM format", path.display())]
    BadKey {
        /// Which.
        path: PathBuf,
    },
    /// The App cannot act in the repository.
    #[error("the App is not installed in {repo}")]
    NotInstalled {
        /// The repository.
        repo: String,
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
    /// The token is not valid.
    #[error("cannot {doing}: the token is not valid (401)")]
    Unauthorised {
        /// What was to be done.
        doing: String,
    },
    /// A right is missing.
    #[error("the token cannot {doing}: {needed} is needed ({said})")]
    Forbidden {
        /// What was to be done, and where.
        doing: String,
        /// The right that is missing.
        needed: String,
        /// What GitHub said.
        said: String,
    },
    /// It is not there, or not for the eyes of this token.
    #[error("cannot {doing}: it is not there, or the token may not see it (404)")]
    Missing {
        /// What was to be done.
        doing: String,
    },
    /// It was deleted.
    #[error("cannot {doing}: it was deleted (410)")]
    Deleted {
        /// What was to be done.
        doing: String,
    },
    /// The repository has no issues.
    #[error("cannot {doing}: the repository's issues are switched off")]
    IssuesDisabled {
        /// What was to be done.
        doing: String,
    },
    /// The repository is archived.
    #[error("cannot {doing}: the repository is archived, so nothing in it can change")]
    Archived {
        /// What was to be done.
        doing: String,
    },
    /// The issue was moved to another repository.
    #[error("the issue {issue} was moved to {to}")]
    Transferred {
        /// Its number here.
        issue: String,
        /// Where it is now.
        to: String,
    },
    /// An address was given that leads to another server, where the token must not go.
    #[error("cannot {doing}: {host} sends on to another server, `{to}`")]
    Elsewhere {
        /// What was to be done.
        doing: String,
        /// The server that was asked.
        host: String,
        /// Where it sends us.
        to: String,
    },
    /// What was sent is not right for GitHub.
    #[error("cannot {doing}: {why}")]
    Invalid {
        /// What was to be done.
        doing: String,
        /// Its reasons.
        why: String,
    },
    /// A text is longer than GitHub takes; nothing was sent.
    #[error("the {what} is {length} bytes long; GitHub takes less than {limit}")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// Its length.
        length: usize,
        /// The length that is too much.
        limit: usize,
    },
    /// There is no such milestone.
    #[error("there is no open milestone `{name}`")]
    Milestone {
        /// The name that was asked for.
        name: String,
        /// The nearest one.
        near: Option<String>,
    },
    /// That is no issue's name.
    #[error("`{text}` names no issue of {repo}")]
    Reference {
        /// What was given.
        text: String,
        /// The repository.
        repo: String,
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
    /// Somebody writes at the same time, again and again.
    #[error("{issue} could not be written in {attempts} attempts: {why}")]
    Contended {
        /// Which issue.
        issue: String,
        /// How often it was tried.
        attempts: u32,
        /// What happened the last time.
        why: String,
    },
    /// GitHub answers something else than it promises.
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

impl GitHubError {
    /// Returns what to do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Repository { .. } => "write it as `owner/name`".to_owned(),
            Self::Address { .. } => "write `https://api.github.com`, or `https://HOST/api/v3` for GitHub Enterprise Server".to_owned(),
            Self::NoToken { variable, .. } => format!(
                "set `{variable}`, name a file with `token-file` in the config, or sign in with `gh auth login`"
            ),
            Self::BadToken => "set it again, the whole of it and nothing else".to_owned(),
            Self::NotInstalled { .. } => "install the App in the repository, with issues: write".to_owned(),
            Self::Unreachable { .. } => "nothing is lost: run the same command again".to_owned(),
            Self::Waited { .. } => "run the same command again later, or allow more with `--wait`".to_owned(),
            Self::Unauthorised { .. } => "it may have expired or been revoked: make a new one".to_owned(),
            Self::Forbidden { .. } => "give the token that right, or ask for it in the repository".to_owned(),
            Self::Missing { .. } => "check `repo` in the config, and that the token may read it".to_owned(),
            Self::IssuesDisabled { .. } => "switch them on in the repository's settings".to_owned(),
            Self::Transferred { .. } => "point `repo` in the config to where it is now".to_owned(),
            Self::Elsewhere { .. } => "set `api-url` to that server if it is the right one".to_owned(),
            Self::TooLong { .. } => "leave something out with a template of your own, or split the procedure".to_owned(),
            Self::Milestone { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::Reference { .. } => "write its number, as in `#12`, or its address".to_owned(),
            Self::Unsure { .. } => {
                "run the same command again: it looks for the ticket before it creates one".to_owned()
            }
            Self::UnsureComment { .. } => "look at the ticket before you try again".to_owned(),
            Self::Contended { .. } => "try again in a moment".to_owned(),
            Self::SecretFile { .. }
            | Self::BadKey { .. }
            | Self::SetUp { .. }
            | Self::Deleted { .. }
            | Self::Archived { .. }
            | Self::Invalid { .. }
            | Self::Milestone { near: None, .. }
            | Self::Unexpected { .. }
            | Self::State { .. } => return None,
        };
        Some(hint)
    }
}

/// Returns the error that an answer stands for; `right` is what one needs to be allowed it.
pub(super) fn refusal(
    status: u16,
    headers: &HeaderMap,
    body: &str,
    doing: &str,
    right: &str,
) -> GitHubError {
    let doing = doing.to_owned();
    let said = said(status, body);
    let lower = said.to_lowercase();
    match status {
        401 => GitHubError::Unauthorised { doing },
        403 if lower.contains("archived") => GitHubError::Archived { doing },
        // An issue that was deleted, and a repository without issues, have the same status.
        404 | 410 if lower.contains("issues") && lower.contains("disabled") => {
            GitHubError::IssuesDisabled { doing }
        }
        403 => GitHubError::Forbidden {
            doing,
            needed: needed(headers).unwrap_or_else(|| right.to_owned()),
            said,
        },
        404 => GitHubError::Missing { doing },
        410 => GitHubError::Deleted { doing },
        400..=499 => GitHubError::Invalid { doing, why: said },
        _ => GitHubError::Unexpected { doing, why: said },
    }
}

/// Returns what an answer says about itself in one line: the status, and GitHub's own words where they are JSON.
pub(super) fn said(status: u16, body: &str) -> String {
    let reasons = serde_json::from_str::<WireRefusal>(body)
        .unwrap_or_default()
        .reasons();
    if reasons.is_empty() {
        // A page for people, from a proxy on the way: its text tells nothing here.
        return format!("status {status}");
    }
    let short: String = reasons
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect();
    format!("{status}: {short}")
}

/// Returns the right that GitHub itself names.
fn needed(headers: &HeaderMap) -> Option<String> {
    let rights = headers
        .get("x-accepted-github-permissions")?
        .to_str()
        .ok()?;
    (!rights.is_empty()).then(|| rights.replace('=', ": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_is_missing_or_gone() {
        let none = HeaderMap::new();
        let told = |status, message: &str| {
            let body = format!("{{\"message\": \"{message}\"}}");
            refusal(
                status,
                &none,
                &body,
                "comment on #3 in acme/ops",
                "issues: write",
            )
            .to_string()
        };
        assert_eq!(
            told(403, "Resource not accessible by integration"),
            "the token cannot comment on #3 in acme/ops: issues: write is needed (403: Resource not accessible by integration)"
        );
        assert_eq!(
            told(403, "Repository was archived so is read-only."),
            "cannot comment on #3 in acme/ops: the repository is archived, so nothing in it can change"
        );
        assert_eq!(
            told(410, "Issues are disabled for this repo"),
            "cannot comment on #3 in acme/ops: the repository's issues are switched off"
        );
        assert_eq!(
            told(410, "This issue was deleted"),
            "cannot comment on #3 in acme/ops: it was deleted (410)"
        );
    }

    #[test]
    fn a_page_for_people_is_not_quoted() {
        assert_eq!(said(502, "<html><h1>Unicorn!</h1></html>"), "status 502");
    }
}
