//! Tickets as Markdown files in a folder, which a person may open and change in any editor.
//!
//! ```text
//! ---
//! title: Database upgrade 2.3.0
//! state: open
//! run: database-upgrade/2.3.0
//! labels: [upgrade]
//! opened: 2026-03-01T09:00:00Z
//! updated: 2026-03-01T09:00:00Z
//! ---
//!
//! the body
//! ```
//!
//! A write takes the folder's lock, reads the file again, changes only the bytes that must change, and
//! replaces the file in one step. An editor takes no lock: so the file is compared once more right before
//! it is replaced, and the write starts over where somebody saved it in between.

mod front_matter;
mod lock;
mod ticket_file;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use self::front_matter::{list, scalar};
use self::lock::Lock;
use self::ticket_file::TicketFile;
use super::{Created, Listing, Ticket, Tracker, TrackerError, Updated};
use crate::config::TicketRules;
use crate::diagnostic::{Diagnostic, Severity};
use crate::file::{replace, write_new};
use crate::issue::{Issue, IssueDraft, IssuePatch, IssueRef};
use crate::run::RunKey;
use crate::waiting::Waiting;

/// How often a write starts over because somebody saved the file in between.
const ATTEMPTS: usize = 10;

/// How long to wait for another process to finish its write, unless somebody says otherwise.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tickets in a folder.
#[derive(Debug)]
pub struct FolderTracker {
    name: String,
    folder: PathBuf,
    waiting: Waiting,
    rules: TicketRules,
}

/// Why the folder could not do it.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or the folder cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file or the folder cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no such ticket.
    #[error("there is no ticket `{}`", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The ticket is damaged; nothing was written.
    #[error("the ticket `{}` is damaged, so nothing is written to it", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        faults: Vec<Diagnostic>,
    },
    /// Another process holds the lock for too long.
    #[error("another process has been writing in `{}` for {waited:?}", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Somebody saves the file again and again.
    #[error("`{}` changed each of {ATTEMPTS} times before it could be written", path.display())]
    Contended {
        /// Which.
        path: PathBuf,
    },
}

impl FolderError {
    /// Returns what to do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Read { path, source } if source.kind() == io::ErrorKind::NotADirectory => {
                format!("`{}` must be a folder; `path` in the config names another", path.display())
            }
            Self::Write { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "the disk is full: make room and try again; nothing was half written".to_owned()
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "make the folder writable, or name another in the config: `[tracker.tickets]`, `path`"
                        .to_owned()
                }
                _ => "nothing was half written: the files are as they were".to_owned(),
            },
            Self::Damaged { .. } => "mend it in an editor and try again".to_owned(),
            Self::Locked { .. } | Self::Contended { .. } => "try again in a moment".to_owned(),
            Self::Read { .. } | Self::Missing { .. } => return None,
        };
        Some(hint)
    }
}

impl FolderTracker {
    /// Returns the tracker of the tickets in `folder`, which need not exist; `now` gives the times it writes.
    pub fn new(
        name: impl Into<String>,
        folder: impl Into<PathBuf>,
        now: fn() -> Timestamp,
    ) -> Self {
        Self {
            name: name.into(),
            folder: folder.into(),
            waiting: Waiting {
                now,
                ..Waiting::real(PATIENCE)
            },
            rules: TicketRules::default(),
        }
    }

    /// Does this to the tickets beside keeping their text in step.
    #[must_use]
    pub fn with_rules(self, rules: TicketRules) -> Self {
        Self { rules, ..self }
    }

    /// Goes by another clock, and waits for other processes that write to the folder as `waiting` says.
    #[must_use]
    pub fn with_waiting(self, waiting: Waiting) -> Self {
        Self { waiting, ..self }
    }

    /// Replaces a ticket's text by what `change` makes of the file as it stands, `None` for no change.
    fn rewrite(
        &self,
        issue: &IssueRef,
        change: &mut dyn FnMut(&TicketFile) -> Option<String>,
    ) -> Result<(TicketFile, bool), FolderError> {
        let path = self.folder.join(&issue.0);
        let file = TicketFile::load(&self.folder, &issue.0)?.undamaged()?;
        if change(&file).is_none() {
            return Ok((file, false));
        }
        let failed = |source| FolderError::Write {
            path: path.clone(),
            source,
        };
        let _lock = Lock::take(&self.folder, &self.waiting)?;
        for _ in 0..ATTEMPTS {
            let file = TicketFile::load(&self.folder, &issue.0)?.undamaged()?;
            let Some(text) = change(&file) else {
                return Ok((file, false));
            };
            if replace(&path, file.source.text(), &text).map_err(failed)? {
                return Ok((
                    TicketFile::parse(&self.folder, &issue.0, text.into_bytes()),
                    true,
                ));
            }
        }
        Err(FolderError::Contended { path })
    }

    fn write_new(&self, name: &str, text: &str) -> Result<bool, FolderError> {
        let path = self.folder.join(name);
        write_new(&path, text).map_err(|source| FolderError::Write { path, source })
    }

    /// Puts `text` in a file that is empty; returns `false` where it is not.
    fn fill(&self, name: &str, text: &str) -> Result<bool, FolderError> {
        let file = TicketFile::load(&self.folder, name)?;
        let path = self.folder.join(name);
        let failed = |source| FolderError::Write {
            path: path.clone(),
            source,
        };
        Ok(file.is_empty() && replace(&path, file.source.text(), text).map_err(failed)?)
    }

    fn draft_text(&self, run: &RunKey, draft: &IssueDraft) -> String {
        let now = (self.waiting.now)();
        let mut lines = vec![
            "---".to_owned(),
            format!("title: {}", scalar(&draft.title)),
            "state: open".to_owned(),
            format!("run: {}", scalar(&run.to_string())),
            format!("labels: {}", list(&draft.labels)),
        ];
        if !draft.assignees.is_empty() {
            lines.push(format!("assignees: {}", list(&draft.assignees)));
        }
        if let Some(milestone) = &draft.milestone {
            lines.push(format!("milestone: {}", scalar(milestone)));
        }
        lines.push(format!("opened: {now:.0}"));
        lines.push(format!("updated: {now:.0}"));
        lines.push(format!("---\n\n{}", draft.body));
        lines.join("\n")
    }
}

impl Tracker for FolderTracker {
    fn name(&self) -> &str {
        &self.name
    }

    fn rules(&self) -> TicketRules {
        self.rules.clone()
    }

    fn list(&self) -> Result<Listing, TrackerError> {
        let mut files = Vec::new();
        for name in ticket_names(&self.folder)? {
            match TicketFile::load(&self.folder, &name) {
                Ok(file) => files.push(file),
                // Deleted since the folder was listed.
                Err(FolderError::Missing { .. }) => {}
                Err(why) => return Err(why.into()),
            }
        }
        files.sort_by_key(|file| file.opened);
        let mut listing = Listing::default();
        for file in files {
            listing.add(file);
        }
        Ok(listing)
    }

    fn get(&self, issue: &IssueRef) -> Result<Issue, TrackerError> {
        Ok(TicketFile::load(&self.folder, &issue.0)?.undamaged()?.issue)
    }

    fn create(&self, run: &RunKey, draft: &IssueDraft) -> Result<Created, TrackerError> {
        fs::create_dir_all(&self.folder).map_err(|source| FolderError::Write {
            path: self.folder.clone(),
            source,
        })?;
        let _lock = Lock::take(&self.folder, &self.waiting)?;
        let tickets = self.list()?.tickets;
        if let Some(ticket) = tickets.into_iter().find(|ticket| ticket.run == *run) {
            return Ok(Created::Existing(ticket));
        }
        let text = self.draft_text(run, draft);
        let stem = file_stem(run);
        let mut name = format!("{stem}.md");
        let mut number = 1;
        // A file that has the name already is somebody else's, unless it says nothing any more.
        while !self.write_new(&name, &text)? && !self.fill(&name, &text)? {
            number += 1;
            name = format!("{stem}-{number}.md");
        }
        Ok(Created::New(
            TicketFile::parse(&self.folder, &name, text.into_bytes()).issue,
        ))
    }

    fn update(
        &self,
        issue: &IssueRef,
        change: &mut dyn FnMut(&Issue) -> IssuePatch,
    ) -> Result<Updated, TrackerError> {
        let now = self.waiting.now;
        let (file, written) = self.rewrite(issue, &mut |file| {
            let patch = change(&file.issue);
            file.patched(&patch, now())
        })?;
        Ok(Updated {
            issue: file.issue,
            written,
        })
    }

    fn comment(&self, issue: &IssueRef, text: &str) -> Result<(), TrackerError> {
        let now = self.waiting.now;
        self.rewrite(issue, &mut |file| Some(file.commented(text, now())))?;
        Ok(())
    }

    fn has_comment(&self, issue: &IssueRef, words: &str) -> Result<bool, TrackerError> {
        let body = self.get(issue)?.body;
        let mut talk = body.lines().filter(|line| line.starts_with('>'));
        Ok(talk.any(|line| line.contains(words)))
    }
}

impl Listing {
    fn add(&mut self, file: TicketFile) {
        match file.run {
            Some(run) => self.tickets.push(Ticket {
                run,
                issue: file.issue,
                faults: file.front.faults,
            }),
            None if file.is_empty() => self.diagnostics.push(file.emptied()),
            // Not a ticket as far as can be told; a damaged one would be missed in silence.
            None => self
                .diagnostics
                .extend(file.front.faults.into_iter().map(|fault| Diagnostic {
                    severity: Severity::Warning,
                    ..fault
                })),
        }
    }
}

/// Returns the names of the Markdown files in the folder, sorted; none where it does not exist.
fn ticket_names(folder: &Path) -> Result<Vec<String>, FolderError> {
    let failed = |source| FolderError::Read {
        path: folder.to_owned(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(failed(why)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let is_markdown = name.to_ascii_lowercase().ends_with(".md");
        if is_markdown && !name.starts_with('.') && entry.path().is_file() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Returns the name of a run's file without its ending: readable, and safe on every system.
fn file_stem(run: &RunKey) -> String {
    let mut parts = vec![run.procedure.as_str()];
    parts.extend(run.variant.0.values().map(String::as_str));
    parts.push(&run.name);
    let mut stem = String::new();
    for c in parts.join("-").chars() {
        let c = if c.is_alphanumeric() || c == '.' || c == '_' {
            c
        } else {
            '-'
        };
        if !(c == '-' && stem.ends_with('-')) && stem.len() + c.len_utf8() <= 100 {
            stem.push(c);
        }
    }
    let stem = stem.trim_matches(['-', '.']);
    if stem.is_empty() {
        "run".to_owned()
    } else {
        stem.to_owned()
    }
}
