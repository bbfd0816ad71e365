//! What each ticket of a run is to hold, so that together they show one body.

use std::ops::Range;

use super::divide::{Segment, TooLong, divide};
use super::family::{Family, Joined, Member, stands_in_for, with_ticks_of, without_missing};
use super::outline;
use super::text::{Head, Part, base_line, line_end, link_line};
use crate::body::marker::Base;
use crate::body::{Body, PartRef, base_of};
use crate::checklist::State;
use crate::config::TicketRules;
use crate::issue::{Issue, IssuePatch, IssueState};
use crate::tracker::Length;

/// What the tickets of a run are to hold.
#[derive(Clone, Debug)]
pub(super) struct Want {
    /// What stands around the parts.
    pub(super) before: String,
    pub(super) after: String,
    pub(super) base: Option<Base>,
    pub(super) parts: Vec<WantedPart>,
    /// The parts that are not there and that nothing is known of.
    pub(super) missing: Vec<u32>,
    /// What else becomes of the head.
    pub(super) patch: IssuePatch,
}

/// What a part is to hold.
#[derive(Clone, Debug)]
pub(super) struct WantedPart {
    pub(super) number: u32,
    /// What it is called by the phase it holds; empty where it holds nothing.
    pub(super) title: String,
    pub(super) text: String,
    pub(super) base: Option<Base>,
    /// Whether it is to be closed or opened.
    pub(super) state: Option<IssueState>,
    /// Whether it is closed by us.
    pub(super) closed: bool,
}

/// How bodies are divided.
pub(super) struct Knife<'a> {
    pub(super) rules: &'a TicketRules,
    /// How long a body is, as the tracker counts.
    pub(super) measure: &'a dyn Fn(&str) -> Option<Length>,
}

impl Knife<'_> {
    /// Returns what a patch to the run's one issue makes of its tickets; a body that is not divided yet is divided.
    pub(super) fn want(&self, family: &Family, patch: &IssuePatch) -> Result<Want, TooLong> {
        let joined = family.joined();
        let body = patch.body.as_ref().unwrap_or(&joined.body);
        let missing = stands_in_for(body, family);
        let body = without_missing(body, family);
        let segments = self.segments(family, &joined, &body)?;
        let from = segments.first().map_or(body.len(), |it| it.range.start);
        let to = segments.last().map_or(body.len(), |it| it.range.end);
        let (before, after) = (&body[..from], &body[to..]);
        let mut texts = vec![before];
        texts.extend(segments.iter().map(|it| &body[it.range.clone()]));
        let base = Body::read(&body).base.map(|(base, _)| base);
        let mut bases = match &base {
            Some(base) => outline::divide(base, &texts)
                .into_iter()
                .map(Some)
                .collect(),
            None => vec![None; texts.len()],
        }
        .into_iter();
        let mut want = Want {
            before: before.to_owned(),
            after: after.to_owned(),
            base: bases.next().flatten(),
            parts: Vec::new(),
            missing: Vec::new(),
            patch: IssuePatch {
                body: None,
                ..patch.clone()
            },
        };
        let mut free = Free::of(family, &missing);
        for (segment, base) in segments.into_iter().zip(bases) {
            let mut text = body[segment.range].to_owned();
            for left in family.left() {
                text = with_ticks_of(&text, left);
            }
            let number = segment.part.unwrap_or_else(|| free.next());
            want.parts
                .push(self.part(family, patch, number, segment.title, text, base));
        }
        want.missing = missing;
        Ok(want)
    }

    /// Returns the pieces that a body is cut into; those that are not divided have none.
    pub(super) fn cut(&self, body: &str) -> Result<Vec<Segment>, TooLong> {
        divide(body, &[], &|text| self.length(text))
    }

    /// Cuts a body where it was cut before, and where it is new, by its phases.
    fn segments(
        &self,
        family: &Family,
        joined: &Joined,
        body: &str,
    ) -> Result<Vec<Segment>, TooLong> {
        let known = family.known(joined);
        let measure = |text: &str| self.length(text);
        let mut segments = divide(body, &known, &measure)?;
        // Where people wrote around the edges of a part, it is cut otherwise than the rule would have it.
        let ruled = divide(&joined.body, &known, &|_| None)?;
        let start_of = |number: u32| {
            let segment = ruled.iter().find(|it| it.part == Some(number));
            segment.map(|it| it.range.start)
        };
        let mut from = 0;
        for at in 0..segments.len() {
            let Some(number) = segments[at].part else {
                from = segments[at].range.start;
                continue;
            };
            let stood = joined.ranges.iter().find(|it| it.0 == number);
            if let (Some((_, stood)), Some(rule)) = (stood, start_of(number)) {
                let start = segments[at].range.start;
                let edge = shifted(body, start, &joined.body, stood.start, rule);
                if edge >= from && edge <= segments[at].range.end {
                    segments[at].range.start = edge;
                    if at > 0 {
                        segments[at - 1].range.end = edge;
                    }
                }
            }
            from = segments[at].range.start;
        }
        self.with_end(family, body, &mut segments);
        let end = base_line(&Body::read(body)).map_or(body.len(), |line| line.start);
        Ok(with_empty(family, segments, end))
    }

    /// Ends the last piece where the head goes on.
    fn with_end(&self, family: &Family, body: &str, segments: &mut [Segment]) {
        let Some(last) = segments.last_mut() else {
            return;
        };
        let after = &family.text.after;
        let found = Body::read(after);
        let own = base_line(&found).map_or(after.as_str(), |line| &after[..line.start]);
        if !family.parts.is_empty() && !own.is_empty() && body[last.range.clone()].ends_with(own) {
            last.range.end -= own.len();
        }
    }

    fn part(
        &self,
        family: &Family,
        patch: &IssuePatch,
        number: u32,
        title: String,
        text: String,
        base: Option<Base>,
    ) -> WantedPart {
        let member = family.parts.iter().find(|it| it.number == number);
        let ticket = member.and_then(|it| it.ticket.as_ref());
        let is_open = ticket.is_none_or(|(issue, _)| issue.state == IssueState::Open);
        let was_closed = ticket.is_some_and(|(_, part)| part.closed);
        let progress = Body::read(&text).progress();
        let is_complete = progress.is_complete() && progress.required.total() > 0;
        let rules = self.rules;
        let opens = patch.state == Some(IssueState::Open)
            || rules.reopen_when_open && family.head.state == IssueState::Open;
        let (state, closed) = match (patch.state, is_open, was_closed, is_complete) {
            (Some(IssueState::Closed), true, ..) => (Some(IssueState::Closed), true),
            (_, true, false, true) if rules.close_when_complete => (Some(IssueState::Closed), true),
            (_, false, true, false) if opens => (Some(IssueState::Open), false),
            // Somebody opened it again; from here on it can be complete anew.
            (_, true, true, false) => (None, false),
            (_, _, closed, _) => (None, closed),
        };
        WantedPart {
            number,
            title,
            text,
            base,
            state,
            closed,
        }
    }

    /// Returns how long the ticket of a part with this text is.
    fn length(&self, text: &str) -> Option<Length> {
        let base = base_of(&Body::read(text));
        // The marker and the pointer to the head.
        let around = "x".repeat(400);
        (self.measure)(&format!("{around}\n\n{text}\n{base}\n"))
    }
}

impl Want {
    /// Returns the head's text, with a line for each part.
    pub(super) fn head(&self, family: &Family) -> Head {
        let end = line_end(&self.before);
        let mut links: String = self
            .parts
            .iter()
            .map(|part| format!("{}{end}", part.link(family)))
            .collect();
        links.push_str(end);
        Head {
            before: self.before.clone(),
            after: self.after.clone(),
            base: self.base.clone(),
            parts: self.listed(family),
            begun: self.parts.iter().any(|part| is_begun(&part.text)),
            links,
        }
    }
}

impl Want {
    /// Returns the parts in order, those that are not there behind the one they stood behind.
    fn listed(&self, family: &Family) -> Vec<PartRef> {
        let listed = |number| PartRef {
            number,
            ticket: family
                .ticket(number)
                .map(|(issue, _)| issue.reference.0.clone()),
        };
        let mut parts: Vec<PartRef> = self.parts.iter().map(|it| listed(it.number)).collect();
        for number in &self.missing {
            let stood = family.parts.iter().take_while(|it| it.number != *number);
            let stood: Vec<u32> = stood.map(|it| it.number).collect();
            let at = parts.iter().rposition(|it| stood.contains(&it.number));
            parts.insert(at.map_or(0, |at| at + 1), listed(*number));
        }
        parts
    }
}

impl WantedPart {
    /// Returns the line for it in the head.
    pub(super) fn link(&self, family: &Family) -> String {
        let issue = family.ticket(self.number).map(|(issue, _)| issue);
        // Where nothing is left in it, its own title tells what it was.
        let title = match (self.title.as_str(), issue) {
            ("", Some(issue)) => &issue.title,
            (title, _) => title,
        };
        let address = issue.map(|issue| issue.location.as_str());
        link_line(title, address, &self.text, self.number)
    }

    /// Tells whether a ticket is not as this part is to be.
    pub(super) fn differs(&self, issue: &Issue, found: &Part) -> bool {
        found.segment != self.text
            || !found.kept.is_empty()
            || found.closed != self.closed
            || self.state.is_some_and(|state| state != issue.state)
            || self.base.is_some() && found.base != self.base
    }

    /// Returns the text that its ticket is to have.
    pub(super) fn part(&self) -> Part {
        Part {
            segment: self.text.clone(),
            kept: String::new(),
            base: self.base.clone(),
            closed: self.closed,
            untouched: true,
        }
    }
}

fn is_begun(text: &str) -> bool {
    let body = Body::read(text);
    let mut steps = body.steps();
    steps.any(|(_, item)| item.state != State::Open)
}

/// Returns where a part starts in a body, where the rule has it start at `start`; before, it started at `stood` and the
/// rule would have had it at `rule`.
fn shifted(body: &str, start: usize, joined: &str, stood: usize, rule: usize) -> usize {
    if stood < rule {
        let lead = &joined[stood..rule];
        if body[..start].ends_with(lead) {
            return start - lead.len();
        }
    } else {
        let trail = &joined[rule..stood];
        if body[start..].starts_with(trail) {
            return start + trail.len();
        }
    }
    start
}

/// Returns the segments with those of parts that nothing is left of, each behind the part it stood behind.
fn with_empty(family: &Family, mut segments: Vec<Segment>, end: usize) -> Vec<Segment> {
    let mut place = 0;
    let all = family.parts.iter().chain(&family.orphans);
    for member in all.filter(|it| it.ticket.is_some()) {
        match segments
            .iter()
            .position(|it| it.part == Some(member.number))
        {
            Some(at) => place = at + 1,
            None => {
                let at = match place.checked_sub(1) {
                    Some(before) => segments[before].range.end,
                    None => segments.first().map_or(end, |first| first.range.start),
                };
                let range: Range<usize> = at..at;
                let (part, title) = (Some(member.number), String::new());
                segments.insert(place, Segment { part, title, range });
                place += 1;
            }
        }
    }
    segments
}

/// The numbers that new parts get: first those that the head names and that are not there.
struct Free {
    missing: std::vec::IntoIter<u32>,
    last: u32,
}

impl Free {
    fn of(family: &Family, kept: &[u32]) -> Self {
        let is_free = |it: &&Member| it.ticket.is_none() && !kept.contains(&it.number);
        let missing = family.parts.iter().filter(is_free);
        let missing: Vec<u32> = missing.map(|it| it.number).collect();
        let all = family.parts.iter().chain(&family.orphans);
        Self {
            missing: missing.into_iter(),
            last: all.map(|it| it.number).max().unwrap_or(0),
        }
    }

    fn next(&mut self) -> u32 {
        self.missing.next().unwrap_or_else(|| {
            self.last += 1;
            self.last
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::seal;
    use crate::issue::IssueRef;
    use crate::tracker::parts::text::pointer_line;

    fn issue(number: u32, body: String) -> Issue {
        Issue {
            reference: IssueRef(format!("#{number}")),
            location: format!("https://example.org/{number}"),
            title: "Run 1".to_owned(),
            body,
            state: IssueState::Open,
            labels: Vec::new(),
            assignees: Vec::new(),
            updated: None,
        }
    }

    /// Returns the family that a body is written into, read again.
    fn divided(body: &str) -> Family {
        let rules = TicketRules::default();
        let knife = Knife {
            rules: &rules,
            measure: &|_| None,
        };
        let run = "upgrade/1".parse().unwrap();
        let mut family = Family::new(run, issue(0, body.to_owned()), Vec::new());
        let want = knife.want(&family, &IssuePatch::default()).unwrap();
        for part in &want.parts {
            let key = family.run.part(part.number);
            let pointer = pointer_line("Run 1", "https://example.org/0");
            let text = part.part().write(&key, &pointer, Default::default());
            family.set_part(part.number, issue(part.number, text));
        }
        family.set_head(issue(0, want.head(&family).write()));
        family
    }

    #[test]
    fn what_was_divided_joins_to_the_same_byte_for_byte() {
        let run = "upgrade/1".parse().unwrap();
        let text = "# Run\n\nIntro.\n\n## A\n\n- [ ] a <!-- rs a n=1.1 -->\n  - [ ] b <!-- rs b n=1.1.1 -->\n\n\
                    ## B\n\nText.\n\n- [ ] c <!-- rs c n=2.1 p=1 -->\n- [ ] d <!-- rs d n=2.2 p=1 -->\n\n\
                    <details><summary>Abort</summary>\n\n- [ ] e <!-- rs e n=3.1 p=2 f=a -->\n\n</details>\n";
        let sealed = seal(text, &run);
        for body in [
            sealed.clone(),
            sealed.replace('\n', "\r\n"),
            sealed.replace("- [ ]", "- [x]"),
            // What people write, at the edges of the phases too.
            sealed.replace("## B\n", "Mine.\n\n## B\n\nAnd this.\n"),
            sealed.replace("</details>\n", "</details>\n\n- [ ] my own\n\nMore.\n"),
            format!("{sealed}\nBehind it all.\n"),
            sealed.replace("Intro.\n\n", ""),
        ] {
            let family = divided(&body);
            assert_eq!(family.parts.len(), 3);
            assert_eq!(family.joined().body, body);
            // Divided anew, each ticket is as it is.
            let rules = TicketRules::default();
            let knife = Knife {
                rules: &rules,
                measure: &|_| None,
            };
            let want = knife.want(&family, &IssuePatch::default()).unwrap();
            for part in &want.parts {
                let (issue, found) = family.ticket(part.number).unwrap();
                assert!(!part.differs(issue, found), "{body}");
            }
            assert_eq!(want.head(&family).write(), family.head.body);
        }
    }
}
