//! Closes a ticket when its run is complete, and opens it again when it is not, where the config asks for it.
//!
//! A ticket that is closed this way says so in its marker. So one that a person closed is left alone, and one that a
//! person opened again is not closed a second time before a required step was open.

use std::fmt;

use crate::body::{Body, with_ticket};
use crate::config::TicketRules;
use crate::issue::{Issue, IssueState};

/// What becomes of a ticket besides its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is closed, since its run is complete.
    Close,
    /// It is opened again, since its run is not complete any more.
    ReopenIncomplete,
    /// It is opened again, since somebody asked for it.
    Reopen,
}

impl Turn {
    /// Returns the state that the ticket has then.
    pub fn state(self) -> IssueState {
        match self {
            Self::Close => IssueState::Closed,
            Self::ReopenIncomplete | Self::Reopen => IssueState::Open,
        }
    }
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Close => "the ticket is closed: no required step is open",
            Self::ReopenIncomplete => "the ticket is open again: a required step is open",
            Self::Reopen => "the ticket is open again",
        })
    }
}

/// Tells whether a closed ticket is one to be opened again.
pub fn reopens(rules: &TicketRules, issue: &Issue) -> bool {
    if !rules.reopen_when_open || issue.state == IssueState::Open {
        return false;
    }
    let body = Body::read(&issue.body);
    is_marked(&body) && !body.progress().is_complete()
}

/// Returns what becomes of a ticket in `state` that is to have this body; the body's marker follows.
pub(super) fn settle(rules: &TicketRules, state: IssueState, body: &mut String) -> Option<Turn> {
    if !rules.close_when_complete && !rules.reopen_when_open {
        return None;
    }
    let found = Body::read(body);
    let progress = found.progress();
    let is_complete = progress.is_complete() && progress.required.total() > 0;
    let turn = match (state, is_marked(&found), is_complete) {
        (IssueState::Open, false, true) if rules.close_when_complete => Some(Turn::Close),
        (IssueState::Closed, true, false) if rules.reopen_when_open => Some(Turn::ReopenIncomplete),
        // Somebody opened it again; from here on it can be complete anew.
        (IssueState::Open, true, false) => None,
        _ => return None,
    };
    *body = marked(&found, turn == Some(Turn::Close));
    turn
}

/// Opens a ticket as somebody asked for; it is not closed at once where its run is complete.
pub(super) fn reopen(body: &mut String) -> Turn {
    let found = Body::read(body);
    *body = marked(&found, found.progress().is_complete());
    Turn::Reopen
}

fn is_marked(body: &Body) -> bool {
    body.ticket
        .as_ref()
        .is_some_and(|(marker, _)| marker.closed)
}

/// Returns the body with a marker that says whether the ticket was closed as complete.
fn marked(body: &Body, closed: bool) -> String {
    with_ticket(&body.text, |marker| marker.closed = closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::seal;

    const BOTH: TicketRules = TicketRules {
        close_when_complete: true,
        reopen_when_open: true,
        comment_on: Vec::new(),
        long_bodies: crate::config::LongBodies::Refuse,
    };

    fn body() -> String {
        let run = "upgrade/2.3".parse().unwrap();
        seal("- [ ] Stop it <!-- rs stop n=1 -->\n", &run)
    }

    fn ticked(body: &str) -> String {
        body.replace("- [ ]", "- [x]")
    }

    fn unticked(body: &str) -> String {
        body.replace("- [x]", "- [ ]")
    }

    #[test]
    fn a_ticket_is_closed_once_and_opened_again_when_a_step_is() {
        let mut text = body();
        assert_eq!(settle(&BOTH, IssueState::Open, &mut text), None);
        assert_eq!(text, body());
        text = ticked(&text);
        assert_eq!(
            settle(&BOTH, IssueState::Open, &mut text),
            Some(Turn::Close)
        );
        assert!(text.contains(" closed -->"));
        let closed = text.clone();
        // As it should be.
        assert_eq!(settle(&BOTH, IssueState::Closed, &mut text), None);
        // A person opens it again, and means it.
        assert_eq!(settle(&BOTH, IssueState::Open, &mut text), None);
        assert_eq!(text, closed);
        // A person unticks a box.
        text = unticked(&text);
        let turn = settle(&BOTH, IssueState::Closed, &mut text);
        assert_eq!(turn, Some(Turn::ReopenIncomplete));
        assert_eq!(text, body());
    }

    #[test]
    fn what_a_person_closed_is_left_alone() {
        let mut text = body();
        assert_eq!(settle(&BOTH, IssueState::Closed, &mut text), None);
        assert_eq!(text, body());
        // Without the config's word nothing happens at all.
        text = ticked(&text);
        assert_eq!(
            settle(&TicketRules::default(), IssueState::Open, &mut text),
            None
        );
    }
}
