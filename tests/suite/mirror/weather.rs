//! What goes wrong between us and a tracker.

use std::cell::RefCell;
use std::rc::Rc;

use runsheet::config::TicketRules;
use runsheet::issue::{Issue, IssueDraft, IssuePatch, IssueRef};
use runsheet::run::RunKey;
use runsheet::tracker::{Created, Listing, Ticket, Tracker, TrackerError, Updated};

/// The weather over all trackers of a run.
pub(crate) type Sky = Rc<RefCell<State>>;

#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// The tracker that is away.
    pub(crate) away: Option<usize>,
    /// What goes wrong with the write of this number.
    pub(crate) cut: Option<(usize, Cut)>,
    /// How many writes there were.
    pub(crate) writes: usize,
    /// Whether we were killed.
    pub(crate) is_dead: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// We are killed before it.
    BeforeWrite,
    /// We are killed behind it.
    AfterWrite,
    /// It is done, and nobody hears of it.
    LostAnswer,
}

pub(crate) struct Weather {
    tracker: Box<dyn Tracker>,
    at: usize,
    sky: Sky,
}

impl Weather {
    pub(crate) fn new(tracker: Box<dyn Tracker>, at: usize, sky: &Sky) -> Self {
        let sky = Rc::clone(sky);
        Self { tracker, at, sky }
    }

    fn away() -> TrackerError {
        TrackerError::Unknown {
            name: "it is away".to_owned(),
            near: None,
        }
    }

    fn check(&self) -> Result<(), TrackerError> {
        let sky = self.sky.borrow();
        match sky.is_dead || sky.away == Some(self.at) {
            true => Err(Self::away()),
            false => Ok(()),
        }
    }
}

impl Tracker for Weather {
    fn name(&self) -> &str {
        self.tracker.name()
    }

    fn rules(&self) -> TicketRules {
        self.tracker.rules()
    }

    fn list(&self) -> Result<Listing, TrackerError> {
        self.check()?;
        self.tracker.list()
    }

    fn find(&self, run: &RunKey) -> Result<Vec<Ticket>, TrackerError> {
        self.check()?;
        self.tracker.find(run)
    }

    fn get(&self, issue: &IssueRef) -> Result<Issue, TrackerError> {
        self.check()?;
        self.tracker.get(issue)
    }

    fn create(&self, run: &RunKey, draft: &IssueDraft) -> Result<Created, TrackerError> {
        self.tracker.create(run, draft)
    }

    fn update(
        &self,
        issue: &IssueRef,
        change: &mut dyn FnMut(&Issue) -> IssuePatch,
    ) -> Result<Updated, TrackerError> {
        self.check()?;
        let cut = {
            let sky = self.sky.borrow();
            sky.cut.filter(|(at, _)| *at == sky.writes)
        };
        let cut = cut.map(|(_, cut)| cut);
        let mut is_killed = false;
        let updated = self.tracker.update(issue, &mut |issue| {
            let patch = change(issue);
            if cut == Some(Cut::BeforeWrite) && !patch.is_empty() {
                is_killed = true;
                return IssuePatch::default();
            }
            patch
        })?;
        let mut sky = self.sky.borrow_mut();
        sky.writes += usize::from(updated.written);
        sky.is_dead |= is_killed || updated.written && cut == Some(Cut::AfterWrite);
        let is_lost = updated.written && cut == Some(Cut::LostAnswer);
        match sky.is_dead || is_lost {
            true => Err(Self::away()),
            false => Ok(updated),
        }
    }

    fn comment(&self, issue: &IssueRef, text: &str) -> Result<(), TrackerError> {
        self.check()?;
        self.tracker.comment(issue, text)
    }

    fn has_comment(&self, issue: &IssueRef, words: &str) -> Result<bool, TrackerError> {
        self.check()?;
        self.tracker.has_comment(issue, words)
    }
}
