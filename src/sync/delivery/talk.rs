//! Tells reports in a comment, too, where the config asks for it; each once.
//!
//! What is to be said is on the disk before the ticket is written, and forgotten when it was said. A process that dies
//! in between leaves it, and whoever delivers next looks whether it was said before it says it.

use crate::body::status;
use crate::checklist::State;
use crate::config::{CommentOn, TicketRules};
use crate::issue::IssueRef;
use crate::plan::Reported;
use crate::report::Outcome;
use crate::state::queue::Entry;
use crate::tracker::{Tracker, TrackerError};

/// Notes the comment that a ticket is to get, where the report changes something in it.
pub(super) fn owe_comment(
    rules: &TicketRules,
    entry: &mut Entry,
    reported: &[Reported],
    tracker: &str,
) {
    if reported.is_empty() || !is_wanted(rules, entry) {
        return;
    }
    let evidence = entry.assumed();
    let state = match entry.report.outcome.clone() {
        Outcome::Done => State::Done(evidence),
        Outcome::Undone => return,
        Outcome::Skipped { reason } => State::Skipped { reason, evidence },
        Outcome::Failed { reason } => State::Failed { reason, evidence },
    };
    let status = status::write(&state);
    let steps = reported.iter().map(|it| format!("- {} {status}", it.text));
    let text: Vec<String> = steps.collect();
    entry.comments.insert(tracker.to_owned(), text.join("\n"));
}

/// Adds the comment that the ticket is to get.
pub(super) fn add_comment(
    entry: &mut Entry,
    tracker: &dyn Tracker,
    issue: &IssueRef,
) -> Result<(), TrackerError> {
    let Some(text) = entry.comments.get(tracker.name()) else {
        return Ok(());
    };
    // The first try has nobody before it who could have said it.
    let first_line = text.lines().next().unwrap_or_default();
    if entry.tries <= 1 || !tracker.has_comment(issue, first_line)? {
        tracker.comment(issue, text)?;
    }
    entry.comments.remove(tracker.name());
    Ok(())
}

fn is_wanted(rules: &TicketRules, entry: &Entry) -> bool {
    let report = &entry.report;
    let has_evidence = report.note.is_some() || report.link.is_some();
    rules.comment_on.iter().any(|asked| match asked {
        CommentOn::Done => report.outcome == Outcome::Done,
        CommentOn::Skipped => matches!(report.outcome, Outcome::Skipped { .. }),
        CommentOn::Failed => matches!(report.outcome, Outcome::Failed { .. }),
        CommentOn::Evidence => has_evidence,
    })
}
