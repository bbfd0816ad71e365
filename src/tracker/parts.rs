//! One run over several tickets, which looks from here on up like one.
//!
//! Where a body is longer than its tracker takes, each of its phases gets a ticket of its own, a part; the run's ticket,
//! the head, holds what stands before and behind them, and a line for each with a link and its progress. A part is to
//! the tracker below a ticket like any other, with a key of its own ([`RunKey::part`]): so there is one of each,
//! whoever opens the run at the same time and whatever happens to the answers. What is read of a run is the texts of
//! its tickets joined; what is written is divided, and only the tickets that change are written. Merging, reports,
//! progress, mirrors and closing see one body and know nothing of this.
//!
//! The head's marker names the parts. What it does not name is no part, though it says so; what it names and is not
//! there is a required step that nobody can do but the next sync, which brings the part back.

mod bring;
mod divide;
mod family;
mod outline;
mod text;
mod want;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use self::bring::Brought;
use self::divide::TooLong;
use self::family::{Family, Member};
use self::text::{Head, Part};
use self::want::{Knife, Want, WantedPart};
use super::{Created, Length, Listing, Ticket, Tracker, TrackerError, Updated};
use crate::body::{Body, PartRef, TicketMarker};
use crate::config::{LongBodies, TicketRules};
use crate::diagnostic::{Diagnostic, Severity};
use crate::issue::{Issue, IssueDraft, IssuePatch, IssueRef, IssueState};
use crate::run::{RunKey, Variant};
use crate::source::{Markup, Source};

/// How often the tickets of a run are read anew where others write to them at the same time.
const ROUNDS: usize = 8;

/// A tracker that divides the tickets of another one.
pub struct Parts {
    inner: Box<dyn Tracker>,
    rules: TicketRules,
    /// Whether each phase gets a ticket of its own, however short it is.
    for_each_phase: bool,
    /// The divided runs as they were last read, by their heads.
    known: RefCell<BTreeMap<IssueRef, Family>>,
    notes: RefCell<Vec<String>>,
}

impl Parts {
    /// Returns a tracker that divides tickets where the rules of `inner` say so.
    pub fn new(inner: impl Tracker + 'static) -> Self {
        Self {
            rules: inner.rules(),
            inner: Box::new(inner),
            for_each_phase: false,
            known: RefCell::default(),
            notes: RefCell::default(),
        }
    }

    /// Gives each phase of a new run a ticket of its own, however short it is.
    #[must_use]
    pub fn for_each_phase(self, for_each_phase: bool) -> Self {
        Self {
            for_each_phase,
            ..self
        }
    }

    fn with_knife<T>(&self, cut: impl FnOnce(&Knife<'_>) -> T) -> T {
        cut(&Knife {
            rules: &self.rules,
            measure: &|text| self.inner.measure(text),
        })
    }

    /// Tells whether a body that is in one ticket is to be divided.
    fn is_divided(&self, body: &str) -> Result<bool, TooLong> {
        let is_long = || self.inner.measure(body).is_some_and(|it| !it.has_room());
        let is_split = self.rules.long_bodies == LongBodies::Split && is_long();
        if !is_split && !self.for_each_phase {
            return Ok(false);
        }
        let pieces = self.with_knife(|knife| knife.cut(body))?;
        Ok(pieces.len() > 1 || is_split && !pieces.is_empty())
    }

    fn too_long(&self, run: &RunKey, why: TooLong) -> TrackerError {
        TrackerError::TooLong {
            run: Box::new(run.clone()),
            tracker: self.inner.name().to_owned(),
            step: why.step,
            length: Box::new(why.length),
        }
    }

    fn want(&self, family: &Family, patch: &IssuePatch) -> Result<Want, TrackerError> {
        let want = self.with_knife(|knife| knife.want(family, patch));
        want.map_err(|why| self.too_long(&family.run, why))
    }

    /// Returns the tickets of a run by its head, each as it is now.
    fn family(&self, run: &RunKey, head: Issue) -> Result<Family, TrackerError> {
        let listed = Head::read(&head.body).parts;
        let mut parts = Vec::new();
        for part in &listed {
            parts.push(self.member(run, part)?);
        }
        let family = Family::new(run.clone(), head, parts);
        self.keep(&family);
        Ok(family)
    }

    fn member(&self, run: &RunKey, part: &PartRef) -> Result<Member, TrackerError> {
        let key = run.part(part.number);
        let is_it = |issue: &Issue| shown(&issue.body).as_ref() == Some(&key);
        // What the head says of it only saves a search.
        let told = part
            .ticket
            .as_ref()
            .map(|ticket| self.inner.get(&IssueRef(ticket.clone())));
        if let Some(Ok(issue)) = told
            && is_it(&issue)
        {
            return Ok(member(part.number, Some((issue, Vec::new()))));
        }
        let found = self.inner.find(&key)?.into_iter().next();
        Ok(member(part.number, found.map(|it| (it.issue, it.faults))))
    }

    /// Returns the tickets that say they are parts of a run and that its head does not name.
    fn orphans(&self, family: &Family) -> Result<Vec<Member>, TrackerError> {
        let mut orphans: Vec<Member> = Vec::new();
        for ticket in self.inner.list()?.tickets {
            let Some((run, number)) = ticket.run.as_part() else {
                continue;
            };
            let known = || {
                family
                    .parts
                    .iter()
                    .chain(&orphans)
                    .any(|it| it.number == number)
            };
            if run == family.run && !known() {
                orphans.push(member(number, Some((ticket.issue, ticket.faults))));
            }
        }
        Ok(orphans)
    }

    fn keep(&self, family: &Family) {
        let mut known = self.known.borrow_mut();
        if family.parts.is_empty() {
            known.remove(&family.head.reference);
        } else {
            known.insert(family.head.reference.clone(), family.clone());
        }
    }

    /// Returns the run's one ticket.
    fn ticket(&self, family: &Family, faults: Vec<Diagnostic>) -> Ticket {
        let issue = family.issue();
        let text = Source::new(&issue.location, issue.body.clone(), Markup::Markdown);
        let source = Arc::new(text);
        let own = Body::read(&issue.body).notices;
        let own = own.iter().map(|notice| notice.diagnostic(&source));
        let of_parts = family.parts.iter().flat_map(|it| it.faults.clone());
        let serious = faults.into_iter().chain(of_parts);
        let serious = serious.filter(|fault| fault.severity == Severity::Error);
        Ticket {
            run: family.run.clone(),
            faults: serious.chain(own).collect(),
            issue,
        }
    }

    /// Returns a ticket of the tracker below as the run's one.
    fn whole(&self, ticket: Ticket) -> Result<Ticket, TrackerError> {
        if Head::read(&ticket.issue.body).parts.is_empty() {
            return Ok(ticket);
        }
        let family = self.family(&ticket.run, ticket.issue)?;
        Ok(self.ticket(&family, ticket.faults))
    }

    /// Writes what `change` makes of a run's one issue to its tickets.
    fn write(
        &self,
        mut family: Family,
        change: &mut dyn FnMut(&Issue) -> IssuePatch,
    ) -> Result<Updated, TrackerError> {
        let mut written = false;
        for _ in 0..ROUNDS {
            family.keep_listed();
            family.orphans.clear();
            if let Some(issue) = family.left_open() {
                return Err(TrackerError::LeftOpen {
                    place: issue.location.clone(),
                });
            }
            let patch = change(&family.issue());
            let is_resting = family.head.state == IssueState::Closed && patch.is_empty();
            if is_resting || family.parts.is_empty() && patch.body.is_none() {
                let issue = family.issue();
                return Ok(Updated { issue, written });
            }
            let mut want = self.want(&family, &patch)?;
            let is_new = |part: &WantedPart| family.ticket(part.number).is_none();
            if want.parts.iter().any(is_new) {
                family.orphans = self.orphans(&family)?;
                want = self.want(&family, &patch)?;
            }
            let brought = self.bring(&mut family, &want, &mut written);
            self.keep(&family);
            if brought? == Brought::Done {
                let issue = family.issue();
                return Ok(Updated { issue, written });
            }
        }
        let run = Box::new(family.run);
        Err(TrackerError::Contended { run })
    }
}

impl Tracker for Parts {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn rules(&self) -> TicketRules {
        self.rules.clone()
    }

    fn measure(&self, body: &str) -> Option<Length> {
        self.inner.measure(body)
    }

    fn parts(&self, body: &str) -> Result<Vec<String>, TrackerError> {
        let run = shown(body).unwrap_or_else(nobody);
        let too_long = |why| self.too_long(&run, why);
        if !self.is_divided(body).map_err(too_long)? {
            return Ok(Vec::new());
        }
        let pieces = self.with_knife(|knife| knife.cut(body)).map_err(too_long)?;
        Ok(pieces.into_iter().map(|it| it.title).collect())
    }

    fn list(&self) -> Result<Listing, TrackerError> {
        let listing = self.inner.list()?;
        let mut parts: BTreeMap<RunKey, Ticket> = BTreeMap::new();
        let mut heads = Vec::new();
        for ticket in listing.tickets {
            match ticket.run.as_part() {
                None => heads.push(ticket),
                // The oldest of several is the one.
                Some(_) => drop(parts.entry(ticket.run.clone()).or_insert(ticket)),
            }
        }
        let mut tickets = Vec::new();
        for head in heads {
            let listed = Head::read(&head.issue.body).parts;
            if listed.is_empty() {
                tickets.push(head);
                continue;
            }
            let mut members = Vec::new();
            for part in &listed {
                let found = parts.remove(&head.run.part(part.number));
                members.push(match (found, &part.ticket) {
                    (Some(ticket), _) => member(part.number, Some((ticket.issue, ticket.faults))),
                    // Somebody took its label away, or it itself.
                    (None, Some(_)) => self.member(&head.run, part)?,
                    (None, None) => member(part.number, None),
                });
            }
            let family = Family::new(head.run, head.issue, members);
            self.keep(&family);
            tickets.push(self.ticket(&family, head.faults));
        }
        Ok(Listing { tickets, ..listing })
    }

    fn find(&self, run: &RunKey) -> Result<Vec<Ticket>, TrackerError> {
        let found = self.inner.find(run)?;
        found.into_iter().map(|ticket| self.whole(ticket)).collect()
    }

    fn get(&self, issue: &IssueRef) -> Result<Issue, TrackerError> {
        let found = self.inner.get(issue)?;
        match shown(&found.body) {
            Some(key) => match key.as_part() {
                // Whoever names a part means its run.
                Some((run, _)) => {
                    let whole = self.find(&run)?.into_iter().next();
                    Ok(whole.map_or(found, |ticket| ticket.issue))
                }
                None => Ok(self.family(&key, found)?.issue()),
            },
            None => Ok(found),
        }
    }

    fn create(&self, run: &RunKey, draft: &IssueDraft) -> Result<Created, TrackerError> {
        let too_long = |why| self.too_long(run, why);
        if !self.is_divided(&draft.body).map_err(too_long)? {
            return Ok(match self.inner.create(run, draft)? {
                Created::New(issue) => Created::New(issue),
                Created::Existing(ticket) => Created::Existing(self.whole(ticket)?),
            });
        }
        let mut family = Family::new(run.clone(), as_issue(draft), Vec::new());
        let patch = IssuePatch::default();
        let want = self.want(&family, &patch)?;
        let head = IssueDraft {
            body: want.head(&family).write(),
            ..draft.clone()
        };
        let head = match self.inner.create(run, &head)? {
            Created::New(issue) => issue,
            Created::Existing(ticket) => return Ok(Created::Existing(self.whole(ticket)?)),
        };
        family = Family::new(run.clone(), head, Vec::new());
        family.parts = want
            .parts
            .iter()
            .map(|it| member(it.number, None))
            .collect();
        let brought = self.bring(&mut family, &want, &mut false);
        self.keep(&family);
        Ok(match brought? {
            Brought::Done => Created::New(family.issue()),
            // Somebody else opens it, too, or was stopped in the midst of it.
            Brought::Changed => {
                let family = self.family(run, self.inner.get(&family.head.reference)?)?;
                Created::Existing(self.ticket(&family, Vec::new()))
            }
        })
    }

    fn update(
        &self,
        issue: &IssueRef,
        change: &mut dyn FnMut(&Issue) -> IssuePatch,
    ) -> Result<Updated, TrackerError> {
        let mut divided = None;
        let mut wrong = None;
        let updated = self.inner.update(issue, &mut |found| {
            (divided, wrong) = (None, None);
            if !Head::read(&found.body).parts.is_empty() {
                divided = Some(found.clone());
                return IssuePatch::default();
            }
            let patch = change(found);
            match patch
                .body
                .as_ref()
                .map(|body| self.is_divided_now(&found.body, body))
            {
                Some(Ok(true)) => divided = Some(found.clone()),
                Some(Err(why)) => wrong = Some(why),
                _ => return patch,
            }
            IssuePatch::default()
        })?;
        let run = |issue: &Issue| shown(&issue.body).unwrap_or_else(nobody);
        if let Some(why) = wrong {
            return Err(self.too_long(&run(&updated.issue), why));
        }
        match divided {
            None => Ok(updated),
            Some(head) => self.write(self.family(&run(&head), head)?, change),
        }
    }

    fn attach(&self, whole: &IssueRef, part: &IssueRef) -> Result<(), TrackerError> {
        self.inner.attach(whole, part)
    }

    fn follow_ups(&self, issue: &Issue, body: &str) -> Vec<String> {
        let mut ahead = self.inner.follow_ups(issue, body);
        let known = self.known.borrow();
        let patch = IssuePatch {
            body: Some(body.to_owned()),
            ..IssuePatch::default()
        };
        let new;
        let family = match known.get(&issue.reference) {
            Some(family) => family,
            None => {
                let run = shown(body).unwrap_or_else(nobody);
                if !matches!(self.is_divided_now(&issue.body, body), Ok(true)) {
                    return ahead;
                }
                new = Family::new(run, issue.clone(), Vec::new());
                &new
            }
        };
        // What cannot be divided is told by whoever applies it.
        let Ok(want) = self.want(family, &patch) else {
            return ahead;
        };
        ahead.extend(told(family, &want));
        ahead
    }

    fn comment(&self, issue: &IssueRef, text: &str) -> Result<(), TrackerError> {
        self.inner.comment(issue, text)
    }

    fn has_comment(&self, issue: &IssueRef, words: &str) -> Result<bool, TrackerError> {
        self.inner.has_comment(issue, words)
    }

    fn take_notes(&self) -> Vec<String> {
        let mut notes = self.inner.take_notes();
        notes.append(&mut self.notes.borrow_mut());
        notes
    }
}

impl Parts {
    /// Tells whether a run that is in one ticket is to be divided when that gets another body.
    fn is_divided_now(&self, before: &str, body: &str) -> Result<bool, TooLong> {
        // Only what is new, or too long by now, is divided: a run that is open stays as it is.
        let is_new = shown(before).is_none();
        let is_long = self.inner.measure(body).is_some_and(|it| !it.has_room());
        if is_new || is_long && self.rules.long_bodies == LongBodies::Split {
            return self.is_divided(body);
        }
        Ok(false)
    }
}

/// Returns what writing to a run's tickets does beside what its body says, a line each.
fn told(family: &Family, want: &Want) -> Vec<String> {
    let mut told = Vec::new();
    let is_new = |number| family.ticket(number).is_none();
    let new: Vec<String> = want
        .parts
        .iter()
        .filter(|part| is_new(part.number))
        .map(|part| format!("\u{201c}{}\u{201d}", part.title))
        .collect();
    if !new.is_empty() {
        told.push(format!(
            "a ticket of its own for each of {}",
            new.join(", ")
        ));
    }
    for part in &want.parts {
        let title = family
            .ticket(part.number)
            .map_or("", |(issue, _)| &issue.title);
        match part.state {
            Some(IssueState::Closed) => {
                told.push(format!("the part \u{201c}{title}\u{201d} is closed"))
            }
            Some(IssueState::Open) => {
                told.push(format!("the part \u{201c}{title}\u{201d} is open again"))
            }
            None => {}
        }
    }
    if new.is_empty() && want.head(family).links != family.text.links {
        told.push("the list of the parts says how far they are".to_owned());
    }
    told
}

fn member(number: u32, found: Option<(Issue, Vec<Diagnostic>)>) -> Member {
    let (issue, faults) = match found {
        Some((issue, faults)) => (Some(issue), faults),
        None => (None, Vec::new()),
    };
    Member {
        number,
        ticket: issue.map(|issue| {
            let part = Part::read(&issue.body);
            (issue, part)
        }),
        faults,
    }
}

/// Returns the run, or the part of one, that a body shows.
fn shown(body: &str) -> Option<RunKey> {
    let at = body.find("<!-- runsheet ")?;
    let marker = &body[at..];
    let marker = &marker[..marker.find("-->")? + 3];
    TicketMarker::parse(marker)
        .map(|it| it.run)
        .or_else(|| Body::read(body).run().cloned())
}

/// Returns the key of a run that is none: where a body that names no run is talked of.
fn nobody() -> RunKey {
    RunKey {
        procedure: "?".to_owned(),
        variant: Variant::default(),
        name: "?".to_owned(),
    }
}

/// Returns what an issue would be like.
fn as_issue(draft: &IssueDraft) -> Issue {
    Issue {
        reference: IssueRef(String::new()),
        location: String::new(),
        title: draft.title.clone(),
        body: draft.body.clone(),
        state: IssueState::Open,
        labels: draft.labels.clone(),
        assignees: draft.assignees.clone(),
        updated: None,
    }
}
