//! One ticket's file: what it says, and its text with something changed.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::FolderError;
use super::front_matter::{FrontMatter, list, scalar};
use crate::body::Body;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::issue::{Issue, IssuePatch, IssueRef, IssueState};
use crate::run::RunKey;
use crate::source::{Markup, Place, Source, Span};

/// A ticket's file as it was read.
pub(super) struct TicketFile {
    pub(super) source: Arc<Source>,
    pub(super) front: FrontMatter,
    pub(super) issue: Issue,
    pub(super) run: Option<RunKey>,
    pub(super) opened: Option<Timestamp>,
}

impl TicketFile {
    pub(super) fn load(folder: &Path, name: &str) -> Result<Self, FolderError> {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Self::parse(folder, name, bytes)),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Err(FolderError::Missing { path }),
            Err(source) => Err(FolderError::Read { path, source }),
        }
    }

    pub(super) fn parse(folder: &Path, name: &str, bytes: Vec<u8>) -> Self {
        let path = folder.join(name);
        let (text, bad) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(why) => {
                let at = why.utf8_error().valid_up_to();
                (
                    String::from_utf8_lossy(why.as_bytes()).into_owned(),
                    Some(at),
                )
            }
        };
        let source = Arc::new(Source::new(&path, text, Markup::Markdown));
        let mut front = FrontMatter::read(&source);
        if let Some(at) = bad {
            let help = "save the file as UTF-8";
            front.fault(
                &source,
                at..at + 1,
                "the ticket is not UTF-8 from here on",
                help,
            );
        }
        let body = source.text()[front.body..].to_owned();
        let run = run_shown(&source, &mut front, &body);
        let issue = Issue {
            reference: IssueRef(name.to_owned()),
            location: path.display().to_string(),
            title: front
                .text(&source, "title")
                .unwrap_or_else(|| name.trim_end_matches(".md").to_owned()),
            state: state(&source, &mut front),
            labels: front.texts(&source, "labels"),
            assignees: front.texts(&source, "assignees"),
            updated: time(&source, &mut front, "updated"),
            body,
        };
        let opened = time(&source, &mut front, "opened");
        Self {
            source,
            front,
            issue,
            run,
            opened,
        }
    }

    pub(super) fn undamaged(self) -> Result<Self, FolderError> {
        if self.front.faults.is_empty() {
            return Ok(self);
        }
        Err(FolderError::Damaged {
            path: self.source.path().to_owned(),
            faults: self.front.faults,
        })
    }

    /// Tells whether somebody emptied it: then it is nobody's ticket.
    pub(super) fn is_empty(&self) -> bool {
        self.source.text().trim().is_empty()
    }

    /// Returns what is said of an empty file.
    pub(super) fn emptied(&self) -> Diagnostic {
        let place = Place::new(&self.source, Span::new(0, 0));
        let message = "the file is empty: it is the ticket of no run any more";
        let help = "`runsheet open` with its procedure and run writes it anew; or delete it";
        Diagnostic::new(Severity::Warning, Code::TicketFile, place, message).help(help)
    }

    /// Returns the file's text with `patch` in it, `None` where that changes nothing.
    pub(super) fn patched(&self, patch: &IssuePatch, now: Timestamp) -> Option<String> {
        let mut values = Vec::new();
        if let Some(title) = patch
            .title
            .as_ref()
            .filter(|title| **title != self.issue.title)
        {
            values.push(("title", scalar(title)));
        }
        if let Some(state) = patch.state.filter(|state| *state != self.issue.state) {
            values.push(("state", word(state).to_owned()));
        }
        if let Some(labels) = patch
            .labels
            .as_ref()
            .filter(|labels| **labels != self.issue.labels)
        {
            values.push(("labels", list(labels)));
        }
        let body = patch.body.as_ref().filter(|body| **body != self.issue.body);
        if values.is_empty() && body.is_none() {
            return None;
        }
        if let Some(run) = body.and_then(|body| Body::read(body).run().cloned())
            && self.run.as_ref() != Some(&run)
        {
            values.push(("run", scalar(&run.to_string())));
        }
        values.push(("updated", format!("{now:.0}")));
        let mut text = self.source.text()[..self.front.body].to_owned();
        text.push_str(body.unwrap_or(&self.issue.body));
        Some(self.front.with_values(&text, &values))
    }

    /// Returns the file's text with a comment at its end.
    pub(super) fn commented(&self, comment: &str, now: Timestamp) -> String {
        let text = self.source.text();
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut out = text.to_owned();
        if !out.ends_with('\n') {
            out.push_str(line_end);
        }
        out.push_str(line_end);
        for line in format!("*{now:.0}*\n\n{comment}").lines() {
            out.push_str(format!("> {line}").trim_end());
            out.push_str(line_end);
        }
        out
    }
}

/// Returns the run that a file shows: what the body's marker says, else what the front matter says.
fn run_shown(source: &Arc<Source>, front: &mut FrontMatter, body: &str) -> Option<RunKey> {
    let marked = Body::read(body).run().cloned();
    let written = front.text(source, "run");
    let (Some(marked), Some(written)) = (&marked, &written) else {
        return marked.or_else(|| written?.parse().ok());
    };
    if marked.to_string() != *written {
        let at = front.place("run").unwrap_or_default();
        let message = format!(
            "the front matter names the run `{written}`, the text below is that of `{marked}`"
        );
        let help =
            "delete the file where it is a copy, and open the other run with `runsheet open`";
        front.fault(source, at, message, help);
    }
    Some(marked.clone())
}

/// Returns the state that the front matter names, open where it names none.
fn state(source: &Arc<Source>, front: &mut FrontMatter) -> IssueState {
    match front.text(source, "state").as_deref() {
        None | Some("open") => IssueState::Open,
        Some("closed") => IssueState::Closed,
        Some(other) => {
            let message = format!("a ticket's state is `open` or `closed`, not `{other}`");
            let at = front.place("state").unwrap_or_default();
            front.fault(source, at, message, "write one of the two");
            IssueState::Open
        }
    }
}

fn word(state: IssueState) -> &'static str {
    match state {
        IssueState::Open => "open",
        IssueState::Closed => "closed",
    }
}

/// Returns the time under `key`; one that cannot be read is nobody's loss.
fn time(source: &Arc<Source>, front: &mut FrontMatter, key: &str) -> Option<Timestamp> {
    front.text(source, key)?.parse().ok()
}
