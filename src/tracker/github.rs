//! Tickets as issues on GitHub or a GitHub Enterprise Server.
//!
//! The marker in an issue's body says which run it shows; labels only keep listings short. Every write is made so
//! that it can be sent again, or looked for, after its answer was lost.

mod auth;
mod client;
mod connection;
mod edit;
mod history;
mod listing;
mod open;
mod pace;
mod refusal;
mod store;
mod subissue;
mod talk;
mod unlisted;
mod wire;

use std::cell::RefCell;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub use self::auth::Credentials;
use self::client::{Client, base_address};
use self::listing::{Seen, ticket};
pub use self::refusal::GitHubError;
use self::store::Store;
use self::unlisted::Unlisted;
use self::wire::{WireIssue, WireRepository};
use super::{Created, Length, Listing, Ticket, Tracker, TrackerError, Updated, Waiting};
use crate::config::{GitHubConfig, TicketRules};
use crate::issue::{Issue, IssueDraft, IssuePatch, IssueRef};
use crate::run::RunKey;

/// The length in bytes that a body or a comment must stay under.
pub const BODY_LIMIT: usize = 65_536;
/// How often a write is tried where somebody else writes at the same time, or answers are lost.
const ATTEMPTS: u32 = 8;
/// How long ago an issue may have been read to be as if just now.
const A_MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// Tickets in a repository's issues.
pub struct GitHubTracker {
    name: String,
    client: Client,
    /// The labels that tickets get; they are listed by the first.
    labels: Vec<String>,
    issue_type: Option<String>,
    rules: TicketRules,
    store: RefCell<Store>,
    seen: RefCell<Option<Seen>>,
    unlisted: Unlisted,
    /// The issue that was read by itself last, and when.
    last_read: RefCell<Option<(Timestamp, WireIssue)>>,
    repository: RefCell<Option<WireRepository>>,
    notes: RefCell<Vec<String>>,
}

impl fmt::Debug for GitHubTracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHubTracker")
            .field("name", &self.name)
            .field("repo", &self.client.repo())
            .field("host", &self.client.host())
            .finish_non_exhaustive()
    }
}

impl GitHubTracker {
    /// Returns the tracker that the config describes, with the credentials that it leads to.
    ///
    /// # Errors
    /// Where the config is wrong or no credentials are found.
    pub fn connect(
        name: &str,
        config: &GitHubConfig,
        labels: &[String],
        state: &Path,
        waiting: Waiting,
    ) -> Result<Self, GitHubError> {
        // What is wrong in the config is told before anybody is asked for a token.
        check(config)?;
        let host = host_of(&config.api_url);
        let credentials = Credentials::find(config, &host)?;
        Self::new(name, config, credentials, labels, state, waiting)
    }

    /// Returns the tracker that the config describes, as whom `credentials` says; `state` is a folder of its own.
    ///
    /// # Errors
    /// Where the config is wrong, or an App is not installed in the repository.
    pub fn new(
        name: &str,
        config: &GitHubConfig,
        credentials: Credentials,
        labels: &[String],
        state: &Path,
        waiting: Waiting,
    ) -> Result<Self, GitHubError> {
        check(config)?;
        let client = Client::new(&config.repo, &config.api_url, credentials, waiting)?;
        let store = Store::open(state, &format!("{} {}", config.api_url, config.repo));
        Ok(Self {
            name: name.to_owned(),
            client,
            labels: labels.to_vec(),
            issue_type: config.issue_type.clone(),
            rules: TicketRules::default(),
            store: RefCell::new(store),
            seen: RefCell::new(None),
            unlisted: Unlisted::default(),
            last_read: RefCell::new(None),
            repository: RefCell::new(None),
            notes: RefCell::new(Vec::new()),
        })
    }

    /// Returns the same with another limit to how long one request may take.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.client = self.client.with_timeout(timeout);
        self
    }

    /// Does this to the tickets beside keeping their text in step.
    #[must_use]
    pub fn with_rules(self, rules: TicketRules) -> Self {
        Self { rules, ..self }
    }

    /// Returns the label that tickets are listed by.
    fn label(&self) -> Option<&str> {
        self.labels.first().map(String::as_str)
    }

    fn note(&self, said: String) {
        let mut notes = self.notes.borrow_mut();
        if !notes.contains(&said) {
            notes.push(said);
        }
    }

    /// Returns an issue's number: of `#12`, `12`, or its address in this repository.
    fn number(&self, issue: &IssueRef) -> Result<u64, GitHubError> {
        let text = issue.0.trim();
        let repo = self.client.repo();
        let digits = match text.rsplit_once("/issues/") {
            Some((before, number)) => {
                let here = before.to_lowercase().ends_with(&repo.to_lowercase());
                if here { number } else { "" }
            }
            None => text.strip_prefix('#').unwrap_or(text),
        };
        digits.parse().map_err(|_| GitHubError::Reference {
            text: text.to_owned(),
            repo: repo.to_owned(),
        })
    }

    /// Returns the tickets seen, without the twins that an interrupted creation of ours left behind.
    fn tickets(&self) -> Vec<Ticket> {
        let mut tickets = self.tickets_seen();
        let intents = self.store.borrow().intents.all();
        if intents.is_empty() {
            return tickets;
        }
        let firsts: Vec<Ticket> = intents
            .iter()
            .filter_map(|intent| tickets.iter().find(|it| it.run == intent.run).cloned())
            .collect();
        tickets.retain(|it| {
            !firsts
                .iter()
                .any(|first| self.is_own_twin(&intents, it, first))
        });
        tickets
    }
}

impl Tracker for GitHubTracker {
    fn name(&self) -> &str {
        &self.name
    }

    fn rules(&self) -> TicketRules {
        self.rules.clone()
    }

    fn measure(&self, body: &str) -> Option<Length> {
        Some(Length {
            size: body.len(),
            limit: BODY_LIMIT,
            unit: "bytes",
        })
    }

    fn list(&self) -> Result<Listing, TrackerError> {
        self.read_all()?;
        Ok(Listing {
            tickets: self.tickets(),
            diagnostics: Vec::new(),
        })
    }

    fn find(&self, run: &RunKey) -> Result<Vec<Ticket>, TrackerError> {
        if let Some(number) = self.number_known(run)
            && let Ok(issue) = self.read_issue(number)
            && let Some(ticket) = ticket(issue.issue())
            && ticket.run == *run
        {
            self.read_now(issue);
            return Ok(vec![ticket]);
        }
        let mut tickets = self.list()?.tickets;
        tickets.retain(|ticket| ticket.run == *run);
        if tickets.is_empty() {
            tickets.extend(self.unlisted(run)?);
        }
        Ok(tickets)
    }

    fn get(&self, issue: &IssueRef) -> Result<Issue, TrackerError> {
        Ok(self.read_issue(self.number(issue)?)?.issue())
    }

    fn create(&self, run: &RunKey, draft: &IssueDraft) -> Result<Created, TrackerError> {
        Ok(self.open_once(run, draft)?)
    }

    fn update(
        &self,
        issue: &IssueRef,
        change: &mut dyn FnMut(&Issue) -> IssuePatch,
    ) -> Result<Updated, TrackerError> {
        Ok(self.edit(self.number(issue)?, change)?)
    }

    fn attach(&self, whole: &IssueRef, part: &IssueRef) -> Result<(), TrackerError> {
        Ok(self.add_sub_issue(self.number(whole)?, self.number(part)?)?)
    }

    fn comment(&self, issue: &IssueRef, text: &str) -> Result<(), TrackerError> {
        Ok(self.add_comment(self.number(issue)?, text)?)
    }

    fn has_comment(&self, issue: &IssueRef, words: &str) -> Result<bool, TrackerError> {
        Ok(self.has_comment_with(self.number(issue)?, words)?)
    }

    fn take_notes(&self) -> Vec<String> {
        self.notes.take()
    }
}

/// Refuses a text that GitHub would refuse, before anything is sent.
fn check_length(what: &'static str, text: &str, limit: usize) -> Result<(), GitHubError> {
    if text.len() < limit {
        return Ok(());
    }
    Err(GitHubError::TooLong {
        what,
        length: text.len(),
        limit,
    })
}

/// Refuses a config that leads nowhere.
fn check(config: &GitHubConfig) -> Result<(), GitHubError> {
    if !is_repository(&config.repo) {
        return Err(GitHubError::Repository {
            repo: config.repo.clone(),
        });
    }
    base_address(&config.api_url).map(|_| ())
}

/// Tells whether a text is written as `owner/name`.
fn is_repository(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with('.')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    matches!(text.split_once('/'), Some((owner, name)) if is_name(owner) && is_name(name))
}

/// Returns the server's name in an address.
fn host_of(url: &str) -> String {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    host.split('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_written_as_owner_and_name() {
        assert!(is_repository("acme/ops.docs_1"));
        for wrong in [
            "acme",
            "acme/",
            "/ops",
            "acme/ops/x",
            "acme/../x",
            "a b/c",
            "acme/..",
        ] {
            assert!(!is_repository(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_text_at_the_limit_is_refused_with_its_length() {
        assert!(check_length("body", &"a".repeat(BODY_LIMIT - 1), BODY_LIMIT).is_ok());
        let why = check_length("body", &"a".repeat(BODY_LIMIT), BODY_LIMIT).unwrap_err();
        assert_eq!(
            why.to_string(),
            "the body is 65536 bytes long; GitHub takes less than 65536"
        );
    }
}
