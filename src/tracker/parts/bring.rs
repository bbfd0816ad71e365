//! Writes the tickets of a run, one after the other, so that whatever stops it nothing is lost.
//!
//! A part that the head does not name is nobody's yet: new ones are created first, and the head then takes them on and
//! gives up what they hold in one write. A step that moves from one part to another is written where it goes before it
//! is taken from where it was; where parts exchange steps, the first keeps what it gives until the other has it. What
//! stands in two tickets for a moment is read as one.

use std::collections::BTreeSet;

use super::Parts;
use super::divide::steps_of;
use super::family::Family;
use super::text::{Part, pointer_line};
use super::want::{Want, WantedPart};
use crate::body::{Body, Item, PartRef, splice};
use crate::checklist::State;
use crate::issue::{Issue, IssueDraft, IssuePatch, IssueState};
use crate::procedure::StepId;
use crate::tracker::{Created, TrackerError};

/// How far the tickets were brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brought {
    /// They are as they are to be.
    Done,
    /// Somebody else wrote meanwhile; the family is as it is now.
    Changed,
}

impl Parts {
    /// Brings the tickets of a run to what they are to hold.
    pub(super) fn bring(
        &self,
        family: &mut Family,
        want: &Want,
        written: &mut bool,
    ) -> Result<Brought, TrackerError> {
        let listed: Vec<PartRef> = family.text.parts.clone();
        let is_listed = |number: u32| listed.iter().any(|it| it.number == number);
        let mut is_new = false;
        for part in &want.parts {
            if family.ticket(part.number).is_none() {
                is_new = true;
                if self.create_part(family, part, is_listed(part.number))? == Brought::Changed {
                    return Ok(Brought::Changed);
                }
            }
        }
        for part in &want.parts {
            let is_known = |it: &PartRef| it.number == part.number && it.ticket.is_some();
            if let Some((issue, _)) = family.ticket(part.number)
                && !listed.iter().any(is_known)
            {
                self.inner
                    .attach(&family.head.reference, &issue.reference)?;
            }
        }
        *written |= is_new;
        if is_new && self.write_head(family, want, written, Takes::Text)? == Brought::Changed {
            return Ok(Brought::Changed);
        }
        while let Some((part, kept)) = next(family, want) {
            if self.write_part(family, part, &kept, written)? == Brought::Changed {
                return Ok(Brought::Changed);
            }
        }
        self.write_head(family, want, written, Takes::All)
    }

    /// Creates the ticket of a part.
    fn create_part(
        &self,
        family: &mut Family,
        part: &WantedPart,
        is_listed: bool,
    ) -> Result<Brought, TrackerError> {
        let key = family.run.part(part.number);
        let draft = IssueDraft {
            title: format!("{}: {}", family.head.title, part.title),
            body: self.part_text(family, part, ""),
            labels: family.head.labels.clone(),
            assignees: family.head.assignees.clone(),
            milestone: None,
            part_of: Some(family.head.reference.clone()),
        };
        match self.inner.create(&key, &draft)? {
            Created::New(issue) => {
                family.set_part(part.number, issue);
                Ok(Brought::Done)
            }
            Created::Existing(ticket) if is_listed => {
                // It is one of the run's: what stands in it counts.
                family.set_part(part.number, ticket.issue);
                Ok(Brought::Changed)
            }
            Created::Existing(ticket) => self.take_over(family, part, &draft, &ticket.issue),
        }
    }

    /// Makes a ticket that an interrupted division left the one of a part. Nobody has been led to it, but where somebody
    /// ticked a box in it all the same, the tick stays.
    fn take_over(
        &self,
        family: &mut Family,
        part: &WantedPart,
        draft: &IssueDraft,
        issue: &Issue,
    ) -> Result<Brought, TrackerError> {
        let mut ticked = part.clone();
        let updated = self.inner.update(&issue.reference, &mut |found| {
            let left = Part::read(&found.body);
            ticked.text = match left.untouched {
                true => part.text.clone(),
                false => with_ticks_of(&part.text, &left.segment),
            };
            IssuePatch {
                title: Some(draft.title.clone()),
                body: Some(self.part_text(family, &ticked, "")),
                state: Some(IssueState::Open),
                ..IssuePatch::default()
            }
        })?;
        family.set_part(part.number, updated.issue);
        Ok(Brought::Done)
    }

    /// Writes a part's ticket; `kept` is what it holds on to for now.
    fn write_part(
        &self,
        family: &mut Family,
        part: &WantedPart,
        kept: &str,
        written: &mut bool,
    ) -> Result<Brought, TrackerError> {
        let Some((known, _)) = family.ticket(part.number) else {
            return Ok(Brought::Changed);
        };
        let known = known.clone();
        let text = self.part_text(family, part, kept);
        let state = part.state.filter(|_| kept.is_empty());
        let mut brought = Brought::Done;
        let updated = self.inner.update(&known.reference, &mut |found| {
            brought = Brought::Done;
            if !is_same(&found.body, &known.body) && !is_same(&found.body, &text) {
                brought = Brought::Changed;
                return IssuePatch::default();
            }
            IssuePatch {
                body: Some(text.clone()),
                state,
                ..IssuePatch::default()
            }
        })?;
        *written |= updated.written;
        family.set_part(part.number, updated.issue);
        Ok(brought)
    }

    /// Writes the head.
    fn write_head(
        &self,
        family: &mut Family,
        want: &Want,
        written: &mut bool,
        takes: Takes,
    ) -> Result<Brought, TrackerError> {
        let text = want.head(family).write();
        let known = family.head.clone();
        let mut patch = want.patch.clone();
        if takes == Takes::Text {
            patch.state = None;
        }
        patch.body = Some(text.clone());
        let as_it_is = IssuePatch {
            body: Some(known.body.clone()),
            ..IssuePatch::default()
        };
        if patch == as_it_is {
            return Ok(Brought::Done);
        }
        let mut brought = Brought::Done;
        let updated = self.inner.update(&known.reference, &mut |found| {
            brought = Brought::Done;
            if !is_same(&found.body, &known.body) && !is_same(&found.body, &text) {
                brought = Brought::Changed;
                return IssuePatch::default();
            }
            patch.clone()
        })?;
        *written |= updated.written;
        family.set_head(updated.issue);
        Ok(brought)
    }

    fn part_text(&self, family: &Family, part: &WantedPart, kept: &str) -> String {
        let pointer = pointer_line(&family.head.title, &family.head.location);
        let mut text = part.part();
        text.segment.push_str(kept);
        text.write(&family.run.part(part.number), &pointer)
    }
}

/// What a write to the head takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// Its text.
    Text,
    /// Its state as well.
    All,
}

/// Returns the part to be written next, and what it is to hold on to: the steps that it gives to a part that does not
/// have them yet.
fn next<'a>(family: &Family, want: &'a Want) -> Option<(&'a WantedPart, String)> {
    let mut due: Vec<(&WantedPart, String)> = Vec::new();
    for part in &want.parts {
        let Some((_, found)) = family.ticket(part.number) else {
            continue;
        };
        if !part.differs(found) {
            continue;
        }
        let kept = unplaced(family, want, part, found);
        if kept.is_empty() {
            return Some((part, kept));
        }
        due.push((part, kept));
    }
    due.into_iter().next()
}

/// Returns the lines of the steps that a part gives away and that stand nowhere else yet.
fn unplaced(family: &Family, want: &Want, part: &WantedPart, found: &Part) -> String {
    let stays = steps_of(&part.text);
    let gone: BTreeSet<StepId> = steps_of(&found.segment)
        .into_iter()
        .filter(|id| !stays.contains(id))
        .collect();
    if gone.is_empty() {
        return String::new();
    }
    let others = || want.parts.iter().filter(|it| it.number != part.number);
    let goes_on = |id: &StepId| others().any(|it| steps_of(&it.text).contains(id));
    let is_placed = |id: &StepId| {
        let mut tickets = others().filter_map(|it| family.ticket(it.number));
        tickets.any(|(_, text)| steps_of(&text.segment).contains(id))
    };
    let body = Body::read(&found.segment);
    let mut kept = String::new();
    for (at, node) in body
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.parent.is_none())
    {
        let next = body.nodes[at + 1..].iter().find(|it| it.parent.is_none());
        let end = next.map_or(found.segment.len(), |it| it.start);
        let text = &found.segment[node.start..end];
        if steps_of(text)
            .iter()
            .any(|id| gone.contains(id) && goes_on(id) && !is_placed(id))
        {
            kept.push_str(text);
        }
    }
    kept
}

/// Returns a text with the lines of those of its open steps that are settled in another one.
fn with_ticks_of(text: &str, other: &str) -> String {
    let (body, other) = (Body::read(text), Body::read(other));
    let splices = body.steps().filter_map(|(marker, item)| {
        let theirs = other.item(&marker.id)?;
        let is_new = item.state == State::Open && theirs.state != item.state;
        let line = |body: &Body, item: &Item| {
            let from = item.task.as_ref().map_or(item.start, |task| task.start);
            body.text[from..item.content.end].to_owned()
        };
        let from = item.task.as_ref().map_or(item.start, |task| task.start);
        is_new.then(|| (from..item.content.end, line(&other, theirs)))
    });
    splice(text, splices.collect())
}

/// Tells whether two texts are the same but for white space at the ends of their lines, which servers change.
fn is_same(a: &str, b: &str) -> bool {
    let lines = |text: &str| -> Vec<String> {
        text.trim_end()
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    };
    a == b || lines(a) == lines(b)
}
