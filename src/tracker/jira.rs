//! Tickets as issues of Jira, whose descriptions have no hidden text.
//!
//! A ticket's body is Markdown with hidden markers everywhere else in this program. What Jira's users see is a
//! description in a format of its own; what they do not see is [`held`] in a property of the issue, which also says
//! which run it shows. A label only keeps searches short. Every write is made so that it can be sent again, or looked
//! for, after its answer was lost, and counts as done when a read says so.

pub mod adf;
mod auth;
pub mod checklist;
mod client;
mod edit;
mod fields;
pub mod held;
mod kept;
mod link;
mod moves;
mod open;
mod pace;
mod page;
mod piece;
mod refusal;
mod restore;
mod search;
mod server;
mod store;
mod talk;
mod text;
mod tie;
pub mod wiki;
mod wire;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

pub use self::auth::Credentials;
use self::checklist::Column;
use self::client::{Client, site};
use self::fields::{Form, New};
pub use self::refusal::JiraError;
use self::store::Store;
pub use self::text::TEXT_LIMIT;
use self::wire::WireUser;
use super::{Created, Length, Listing, Tracker, TrackerError, Updated, Waiting};
use crate::config::{JiraConfig, JiraFlavor, TicketRules};
use crate::issue::{Issue, IssueDraft, IssuePatch, IssueRef};
use crate::run::RunKey;

/// The entity property that says which run an issue shows.
const PROPERTY: &str = "runsheet";
/// How often a write is tried where somebody else writes at the same time, or answers are lost.
const ATTEMPTS: u32 = 8;

/// Tickets in a project's issues.
pub struct JiraTracker {
    name: String,
    config: JiraConfig,
    client: Client,
    /// The labels that tickets get; they are searched by the first.
    labels: Vec<String>,
    rules: TicketRules,
    store: RefCell<Store>,
    /// Whom Jira takes us for.
    me: RefCell<Option<WireUser>>,
    forms: RefCell<BTreeMap<New, Form>>,
    /// The field that holds checklists, where it was looked up.
    column: RefCell<Option<Column>>,
    notes: RefCell<Vec<String>>,
}

impl fmt::Debug for JiraTracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JiraTracker")
            .field("name", &self.name)
            .field("project", &self.project())
            .field("host", &self.client.host())
            .finish_non_exhaustive()
    }
}

impl JiraTracker {
    /// Returns the tracker that the config describes, with the credentials that it leads to.
    ///
    /// # Errors
    /// Where the config is wrong or no credentials are found.
    pub fn connect(
        name: &str,
        config: &JiraConfig,
        labels: &[String],
        state: &Path,
        waiting: Waiting,
    ) -> Result<Self, JiraError> {
        // What is wrong in the config is told before anybody is asked for a token.
        check(config)?;
        let host = site(&config.url)?
            .host
            .host_str()
            .unwrap_or_default()
            .to_owned();
        let credentials = Credentials::find(config, &host)?;
        Self::new(name, config, credentials, labels, state, waiting)
    }

    /// Returns the tracker that the config describes, as whom `credentials` says; `state` is a folder of its own.
    ///
    /// # Errors
    /// Where the config is wrong.
    pub fn new(
        name: &str,
        config: &JiraConfig,
        credentials: Credentials,
        labels: &[String],
        state: &Path,
        waiting: Waiting,
    ) -> Result<Self, JiraError> {
        check(config)?;
        let client = Client::new(&config.url, config.flavor, credentials, waiting)?;
        let store = Store::open(state, &format!("{} {}", config.url, config.project));
        Ok(Self {
            name: name.to_owned(),
            config: config.clone(),
            client,
            labels: labels.to_vec(),
            rules: TicketRules::default(),
            store: RefCell::new(store),
            me: RefCell::new(None),
            forms: RefCell::default(),
            column: RefCell::new(None),
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

    /// Returns the label that tickets are searched by.
    fn label(&self) -> Option<&str> {
        self.labels.first().map(String::as_str)
    }

    fn project(&self) -> &str {
        &self.config.project
    }

    fn is_cloud(&self) -> bool {
        self.config.flavor == JiraFlavor::Cloud
    }

    fn note(&self, said: String) {
        let mut notes = self.notes.borrow_mut();
        if !notes.contains(&said) {
            notes.push(said);
        }
    }

    /// Returns an issue's key: of `OPS-12`, `12`, or its address.
    fn key(&self, issue: &IssueRef) -> Result<String, JiraError> {
        let text = issue.0.trim();
        let last = match text.rsplit_once("/browse/") {
            Some((_, rest)) => rest.split(['?', '#', '/']).next().unwrap_or_default(),
            None => text,
        };
        let key = if !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("{}-{last}", self.project())
        } else {
            last.to_uppercase()
        };
        if is_key(&key) {
            return Ok(key);
        }
        Err(JiraError::Reference {
            text: text.to_owned(),
            project: self.project().to_owned(),
        })
    }
}

impl Tracker for JiraTracker {
    fn name(&self) -> &str {
        &self.name
    }

    fn rules(&self) -> TicketRules {
        let mut rules = self.rules.clone();
        // Whoever names the way to the end wants it gone.
        rules.close_when_complete |= self.config.transitions.done.is_some();
        rules
    }

    fn measure(&self, body: &str) -> Option<Length> {
        // Where the field cannot be looked up, writing tells why.
        let column = self.column().ok().flatten();
        Some(text::measure(self.config.flavor, column.as_ref(), body))
    }

    fn list(&self) -> Result<Listing, TrackerError> {
        let found = self.search(true)?;
        Ok(Listing {
            tickets: self.without_twins(found.iter().filter_map(|it| self.ticket(it)).collect()),
            diagnostics: Vec::new(),
        })
    }

    fn find(&self, run: &RunKey) -> Result<Vec<super::Ticket>, TrackerError> {
        let known = self.store.borrow().key(run);
        if let Some(key) = known
            && let Ok(issue) = self.read_issue(&key)
            && let Some(ticket) = self.ticket(&issue)
            && ticket.run == *run
        {
            return Ok(vec![ticket]);
        }
        let mut tickets = self.list()?.tickets;
        tickets.retain(|ticket| ticket.run == *run);
        Ok(tickets)
    }

    fn get(&self, issue: &IssueRef) -> Result<Issue, TrackerError> {
        let found = self.read_issue(&self.key(issue)?)?;
        Ok(self.issue(&found))
    }

    fn create(&self, run: &RunKey, draft: &IssueDraft) -> Result<Created, TrackerError> {
        Ok(self.open_once(run, draft)?)
    }

    fn update(
        &self,
        issue: &IssueRef,
        change: &mut dyn FnMut(&Issue) -> IssuePatch,
    ) -> Result<Updated, TrackerError> {
        Ok(self.edit(&self.key(issue)?, change)?)
    }

    fn follow_ups(&self, issue: &Issue, body: &str) -> Vec<String> {
        // A plan that cannot tell says nothing of it; whoever applies it is told what went wrong.
        let found = self.read_issue(&issue.reference.0);
        found.map_or_else(|_| Vec::new(), |found| self.moves_ahead(&found, body))
    }

    fn attach(&self, whole: &IssueRef, part: &IssueRef) -> Result<(), TrackerError> {
        Ok(self.relate(&self.key(whole)?, &self.key(part)?)?)
    }

    fn comment(&self, issue: &IssueRef, text: &str) -> Result<(), TrackerError> {
        Ok(self.add_comment(&self.key(issue)?, text)?)
    }

    fn has_comment(&self, issue: &IssueRef, text: &str) -> Result<bool, TrackerError> {
        Ok(self.holds_comment(&self.key(issue)?, text)?)
    }

    fn take_notes(&self) -> Vec<String> {
        self.notes.take()
    }
}

/// Refuses a config that leads nowhere.
fn check(config: &JiraConfig) -> Result<(), JiraError> {
    let is_named = config
        .project
        .starts_with(|c: char| c.is_ascii_alphabetic())
        && config
            .project
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_named {
        return Err(JiraError::Project {
            project: config.project.clone(),
        });
    }
    let site = site(&config.url)?;
    let host = site.host.host_str().unwrap_or_default();
    if config.flavor == JiraFlavor::DataCenter && host.ends_with(".atlassian.net") {
        return Err(JiraError::Flavor {
            host: host.to_owned(),
        });
    }
    Ok(())
}

/// Refuses labels that Jira refuses.
fn check_labels(labels: &[String]) -> Result<(), JiraError> {
    match labels
        .iter()
        .find(|label| label.contains(char::is_whitespace))
    {
        Some(label) => Err(JiraError::Label {
            label: label.clone(),
        }),
        None => Ok(()),
    }
}

/// Tells whether a text is written as an issue's key.
fn is_key(text: &str) -> bool {
    let Some((project, number)) = text.rsplit_once('-') else {
        return false;
    };
    project.starts_with(|c: char| c.is_ascii_uppercase())
        && project
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_letters_and_a_number() {
        assert!(is_key("OPS-12") && is_key("A_1-2"));
        for wrong in ["OPS", "OPS-", "ops-1", "-1", "OPS-1a", "1-1"] {
            assert!(!is_key(wrong), "{wrong}");
        }
    }
}
