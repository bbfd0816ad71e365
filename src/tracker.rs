//! Where tickets live: one trait over a folder and issue trackers on servers.
//!
//! A tracker knows issues and the run each one shows; it knows nothing of steps. What a write changes is
//! decided by a closure that gets the issue as it stands at that moment, so that nobody's edit is lost.

pub mod folder;
pub mod github;
mod intents;
pub mod jira;
pub mod parts;
mod request;
pub mod secret;

use self::folder::{FolderError, FolderTracker};
use self::github::{GitHubError, GitHubTracker};
use self::jira::{JiraError, JiraTracker};
use self::parts::Parts;
use crate::config::{Config, TicketRules, TrackerKind};
use crate::diagnostic::{Diagnostic, Severity};
use crate::issue::{Issue, IssueDraft, IssuePatch, IssueRef};
use crate::nearest::nearest;
use crate::run::RunKey;
pub use crate::waiting::{Wait, Waiting};

/// An issue that shows a run.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// The run it shows.
    pub run: RunKey,
    /// The issue.
    pub issue: Issue,
    /// What is damaged in it; nothing is written to a ticket with an error here.
    pub faults: Vec<Diagnostic>,
}

impl Ticket {
    /// Tells whether it is too damaged to be written to.
    pub fn is_damaged(&self) -> bool {
        self.faults
            .iter()
            .any(|fault| fault.severity == Severity::Error)
    }
}

/// What a tracker holds.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The tickets, oldest first.
    pub tickets: Vec<Ticket>,
    /// What could not be read as a ticket although it seems to be one.
    pub diagnostics: Vec<Diagnostic>,
}

/// What came of asking for a ticket.
#[derive(Clone, Debug)]
pub enum Created {
    /// It was created.
    New(Issue),
    /// The run had one by the time of the writing; nothing was created.
    Existing(Ticket),
}

/// What came of an update.
#[derive(Clone, Debug)]
pub struct Updated {
    /// The issue as it stands now.
    pub issue: Issue,
    /// Whether anything was written.
    pub written: bool,
}

/// How long a body is, as its tracker counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// How much of `unit` it comes to.
    pub size: usize,
    /// The size that is too much.
    pub limit: usize,
    /// What is counted: `bytes`, `characters`.
    pub unit: &'static str,
}

impl Length {
    /// Tells whether it is too long.
    pub fn is_too_much(&self) -> bool {
        self.size >= self.limit
    }

    /// Tells whether there is room for what will be reported: an eighth of what the tracker takes.
    pub fn has_room(&self) -> bool {
        self.size < self.limit - self.limit / 8
    }
}

/// A place where tickets live.
///
/// Calls block. A tracker on a server holds what it needs to wait for answers by itself.
pub trait Tracker {
    /// Returns the name it has in the config.
    fn name(&self) -> &str;

    /// Returns what is done to its tickets beside keeping their text in step.
    fn rules(&self) -> TicketRules;

    /// Returns how long a body is, `None` where any length is right.
    fn measure(&self, body: &str) -> Option<Length> {
        let _ = body;
        None
    }

    /// Returns every ticket, open and closed, by one listing.
    ///
    /// # Errors
    /// Where the tracker cannot be read.
    fn list(&self) -> Result<Listing, TrackerError>;

    /// Returns the tickets of `run`, oldest first; cheaper than a listing where its ticket is known.
    ///
    /// # Errors
    /// Where the tracker cannot be read.
    fn find(&self, run: &RunKey) -> Result<Vec<Ticket>, TrackerError> {
        let mut tickets = self.list()?.tickets;
        tickets.retain(|ticket| ticket.run == *run);
        Ok(tickets)
    }

    /// Returns one issue as it stands now.
    ///
    /// # Errors
    /// Where it cannot be read or is not there.
    fn get(&self, issue: &IssueRef) -> Result<Issue, TrackerError>;

    /// Creates the ticket of `run`, unless there is one when it looks again.
    ///
    /// # Errors
    /// Where the ticket cannot be written, or it cannot be told whether it was; a later call looks first.
    fn create(&self, run: &RunKey, draft: &IssueDraft) -> Result<Created, TrackerError>;

    /// Writes what `change` returns for the issue as it stands now.
    ///
    /// `change` may be called several times, each time with the issue read afresh; the last call counts.
    /// An empty patch writes nothing.
    ///
    /// # Errors
    /// Where the issue cannot be read or written; it is as before then.
    fn update(
        &self,
        issue: &IssueRef,
        change: &mut dyn FnMut(&Issue) -> IssuePatch,
    ) -> Result<Updated, TrackerError>;

    /// Returns the titles of the tickets that a body is divided into beside the run's own; none where it fits in one.
    ///
    /// # Errors
    /// Where it can be divided and a step of it is too long by itself.
    fn parts(&self, body: &str) -> Result<Vec<String>, TrackerError> {
        let _ = body;
        Ok(Vec::new())
    }

    /// Makes an issue a part of another, where the tracker has such a thing; where it is, nothing happens.
    ///
    /// # Errors
    /// Where it cannot be told whether it was done.
    fn attach(&self, whole: &IssueRef, part: &IssueRef) -> Result<(), TrackerError> {
        let _ = (whole, part);
        Ok(())
    }

    /// Returns what else writing `body` into `issue` would do there, a line each.
    fn follow_ups(&self, _issue: &Issue, _body: &str) -> Vec<String> {
        Vec::new()
    }

    /// Adds a comment to the issue's talk.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn comment(&self, issue: &IssueRef, text: &str) -> Result<(), TrackerError>;

    /// Tells whether a comment in the issue's talk holds `words`, which stand on one line.
    ///
    /// Asked only after a write was interrupted. A tracker that cannot look says that none does.
    ///
    /// # Errors
    /// Where the talk cannot be read.
    fn has_comment(&self, _issue: &IssueRef, _words: &str) -> Result<bool, TrackerError> {
        Ok(false)
    }

    /// Returns what is worth telling about the calls since the last time this was asked.
    fn take_notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Why a tracker could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum TrackerError {
    /// The config has no tracker of that name.
    #[error("there is no tracker `{name}`")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The nearest name there is.
        near: Option<String>,
    },
    /// A step is longer than a ticket may be.
    #[error("\u{201c}{step}\u{201d} of `{run}` is {} {} long by itself; {tracker} takes less than {}", length.size, length.unit, length.limit)]
    TooLong {
        /// The run.
        run: Box<RunKey>,
        /// The tracker's name.
        tracker: String,
        /// The step's words.
        step: String,
        /// How long it is.
        length: Box<Length>,
    },
    /// Something is left open in one of a run's tickets, so that what stands in the next ones cannot be told.
    #[error("something is left open in {place}: a code block or a comment that does not end")]
    LeftOpen {
        /// The ticket.
        place: String,
    },
    /// Others keep writing to a run's tickets.
    #[error("others keep writing to the tickets of `{run}`")]
    Contended {
        /// The run.
        run: Box<RunKey>,
    },
    /// The folder tracker could not do it.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// GitHub could not do it.
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    /// Jira could not do it.
    #[error(transparent)]
    Jira(#[from] JiraError),
}

impl TrackerError {
    /// Returns what to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { near, .. } => {
                near.as_ref().map(|near| format!("did you mean `{near}`?"))
            }
            Self::TooLong { .. } => Some("divide the step, or say less under it".to_owned()),
            Self::LeftOpen { .. } => Some("close it in the ticket and try again".to_owned()),
            Self::Contended { .. } => Some("try again in a moment".to_owned()),
            Self::Folder(why) => why.hint(),
            Self::GitHub(why) => why.hint(),
            Self::Jira(why) => why.hint(),
        }
    }
}

/// Returns the tracker of that name; others are waited for as `waiting` says.
///
/// # Errors
/// Where the config has none of that name, or what it says of it leads nowhere.
pub fn connect(
    config: &Config,
    name: &str,
    waiting: &Waiting,
) -> Result<Box<dyn Tracker>, TrackerError> {
    let Some(tracker) = config.tracker(name) else {
        return Err(TrackerError::Unknown {
            name: name.to_owned(),
            near: nearest(name, config.tracker_names()).map(str::to_owned),
        });
    };
    match tracker.kind {
        TrackerKind::Folder { path } => {
            let folder = FolderTracker::new(name, path, waiting.now);
            let folder = folder.with_waiting(waiting.clone());
            Ok(Box::new(folder.with_rules(tracker.rules)))
        }
        TrackerKind::GitHub(server) => {
            let state = config.state_dir.join(format!("github-{name}"));
            let github =
                GitHubTracker::connect(name, &server, &tracker.labels, &state, waiting.clone())?;
            Ok(Box::new(Parts::new(github.with_rules(tracker.rules))))
        }
        TrackerKind::Jira(site) => {
            let state = config.state_dir.join(format!("jira-{name}"));
            let jira = JiraTracker::connect(name, &site, &tracker.labels, &state, waiting.clone())?;
            let jira = Parts::new(jira.with_rules(tracker.rules));
            Ok(Box::new(jira.for_each_phase(site.subtask_per_phase)))
        }
    }
}
