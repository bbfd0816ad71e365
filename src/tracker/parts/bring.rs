//! Writes the tickets of a run, one after the other, so that whatever stops it nothing is lost.
//!
//! A part that the head does not name is nobody's yet: new ones are created first, and the head then takes them on and
//! gives up what they hold in one write. A step that moves from one part to another is written where it goes before it
//! is taken from where it was; where parts exchange steps, the first keeps what it gives until the other has it. What
//! stands in two tickets for a moment is read as one.

use super::Parts;
use super::family::{Family, holds, pieces, with_ticks_of};
use super::text::{Part, pointer_line};
use super::want::{Want, WantedPart};
use crate::body::{Body, PartRef};
use crate::issue::{Issue, IssueDraft, IssuePatch, IssueState};
use crate::merge::{Policy, merge};
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
        let (mut is_new, mut is_changed) = (false, false);
        for part in &want.parts {
            if family.ticket(part.number).is_some() {
                continue;
            }
            is_new = true;
            let brought = match family.orphan(part.number).cloned() {
                Some(issue) => self.take_over(family, part, &issue)?,
                None => self.create_part(family, part, is_listed(part.number))?,
            };
            is_changed |= brought == Brought::Changed;
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
        is_changed |=
            is_new && self.write_head(family, want, written, Takes::Text)? == Brought::Changed;
        if is_changed {
            return Ok(Brought::Changed);
        }
        self.look_at_ticked(family, want)?;
        // What goes to the head is there behind its write; then the parts need not keep it any more.
        loop {
            while let Some((part, kept)) = next(family, want) {
                if self.write_part(family, part, &kept, written)? == Brought::Changed {
                    return Ok(Brought::Changed);
                }
            }
            let brought = self.write_head(family, want, written, Takes::All)?;
            if brought == Brought::Changed || next(family, want).is_none() {
                return Ok(brought);
            }
        }
    }

    /// Has the tracker look at the parts that people got on with: it may move them through a workflow.
    fn look_at_ticked(&self, family: &Family, want: &Want) -> Result<(), TrackerError> {
        for part in &want.parts {
            let Some((issue, found)) = family.ticket(part.number) else {
                continue;
            };
            let is_told = family.text.links.contains(&part.link(family));
            if !is_told && !part.differs(issue, found) {
                self.inner
                    .update(&issue.reference, &mut |_| IssuePatch::default())?;
            }
        }
        Ok(())
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
            title: title(family, part),
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
            // It is one of the run's: what stands in it counts.
            Created::Existing(ticket) if is_listed => {
                family.set_part(part.number, ticket.issue);
                Ok(Brought::Changed)
            }
            Created::Existing(ticket) => self.take_over(family, part, &ticket.issue),
        }
    }

    /// Makes a ticket that an interrupted division left the one of a part. Nobody was led to it, but what somebody
    /// ticked or wrote in it all the same stays.
    fn take_over(
        &self,
        family: &mut Family,
        part: &WantedPart,
        issue: &Issue,
    ) -> Result<Brought, TrackerError> {
        let mut brought = Brought::Done;
        let text = self.part_text(family, part, "");
        let updated = self.inner.update(&issue.reference, &mut |found| {
            brought = Brought::Done;
            let mut body = text.clone();
            if !Part::read(&found.body).untouched && !is_same(&found.body, &text) {
                brought = Brought::Changed;
                body = merge(&text, &found.body, &Policy::default()).body;
                body = with_ticks_of(&body, &text);
            }
            IssuePatch {
                title: Some(title(family, part)),
                body: Some(body),
                state: Some(IssueState::Open),
                ..IssuePatch::default()
            }
        })?;
        family.set_part(part.number, updated.issue);
        Ok(brought)
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
        text.kept.push_str(kept);
        let values = Body::read(&family.head.body).ticket;
        let values = values.map_or_else(Default::default, |(marker, _)| marker.variables);
        text.write(&family.run.part(part.number), &pointer, values)
    }
}

/// Returns what a new part is called.
fn title(family: &Family, part: &WantedPart) -> String {
    let title = format!("{}: {}", family.head.title, part.title);
    title.chars().take(250).collect()
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
        let Some((issue, found)) = family.ticket(part.number) else {
            continue;
        };
        if !part.differs(issue, found) {
            continue;
        }
        let kept = unplaced(family, want, part, found);
        if kept.is_empty() {
            return Some((part, kept));
        }
        // It cannot do more for now.
        if found.segment != part.text || found.kept.trim() != kept.trim() {
            due.push((part, kept));
        }
    }
    due.into_iter().next()
}

/// Returns what a part gives to other tickets of the run that they do not have yet.
fn unplaced(family: &Family, want: &Want, part: &WantedPart, found: &Part) -> String {
    let others = || want.parts.iter().filter(|it| it.number != part.number);
    let goes_on = |piece: &str| {
        let around = [&want.before, &want.after];
        others().any(|it| holds(&it.text, piece)) || around.iter().any(|text| holds(text, piece))
    };
    let is_placed = |piece: &str| {
        let around = [&family.text.before, &family.text.after];
        let mut tickets = others().filter_map(|it| family.ticket(it.number));
        tickets.any(|(_, text)| holds(&text.segment, piece))
            || around.iter().any(|text| holds(text, piece))
    };
    let is_unplaced =
        |piece: &str| !holds(&part.text, piece) && goes_on(piece) && !is_placed(piece);
    let held = pieces(&found.segment)
        .into_iter()
        .chain(pieces(&found.kept));
    let mut kept = String::new();
    for piece in held.filter(|piece| is_unplaced(piece)) {
        // It may stand in one that is kept.
        if !holds(&kept, &piece) {
            kept.push_str(&piece);
        }
    }
    kept
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
