//! The tickets of one run as they were read, and the one body that they make.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::divide::{Known, steps_of};
use super::outline;
use super::text::{Head, Part, base_or_steps, steps_base, with_base};
use crate::body::marker::{Base, BasePiece, comments, item_key, text_hash};
use crate::body::{Body, Duty, Item, ItemMarker, NodeKind, splice, status};
use crate::checklist::State;
use crate::diagnostic::Diagnostic;
use crate::issue::Issue;
use crate::procedure::StepId;
use crate::run::RunKey;

/// What names the steps that stand in for a part that is not there.
const MISSING: &str = "missing-part-";

/// The tickets of a run.
#[derive(Clone, Debug)]
pub(super) struct Family {
    pub(super) run: RunKey,
    /// The ticket that stands for the run.
    pub(super) head: Issue,
    pub(super) text: Head,
    /// Those that its steps are in, in order; none where it is not divided.
    pub(super) parts: Vec<Member>,
    /// Those that the head does not name: a division that was interrupted left them.
    pub(super) orphans: Vec<Member>,
}

/// A part of a run.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) number: u32,
    /// The ticket, `None` where it is not there: not yet, or not any more.
    pub(super) ticket: Option<(Issue, Part)>,
    /// What is damaged in it.
    pub(super) faults: Vec<Diagnostic>,
}

/// The one body of a run's tickets.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    pub(super) body: String,
    /// Where each part's text stands in it.
    pub(super) ranges: Vec<(u32, Range<usize>)>,
}

impl Family {
    pub(super) fn new(run: RunKey, head: Issue, parts: Vec<Member>) -> Self {
        Self {
            run,
            text: Head::read(&head.body),
            head,
            parts,
            orphans: Vec::new(),
        }
    }

    /// Returns the ticket of a part and its text, where it is there.
    pub(super) fn ticket(&self, number: u32) -> Option<(&Issue, &Part)> {
        let member = self.parts.iter().find(|it| it.number == number)?;
        member.ticket.as_ref().map(|(issue, part)| (issue, part))
    }

    /// Takes a part as it was just read or written.
    pub(super) fn set_part(&mut self, number: u32, issue: Issue) {
        let part = Part::read(&issue.body);
        let member = self.parts.iter_mut().find(|it| it.number == number);
        match member {
            Some(member) => member.ticket = Some((issue, part)),
            None => self.parts.push(Member {
                number,
                ticket: Some((issue, part)),
                faults: Vec::new(),
            }),
        }
    }

    /// Takes the head as it was just read or written.
    pub(super) fn set_head(&mut self, head: Issue) {
        self.text = Head::read(&head.body);
        self.head = head;
        self.keep_listed();
    }

    /// Leaves out the parts that the head does not name, and puts the others in its order.
    pub(super) fn keep_listed(&mut self) {
        let place = |member: &Member| {
            let mut listed = self.text.parts.iter();
            listed.position(|it| it.number == member.number)
        };
        let mut members = std::mem::take(&mut self.parts);
        members.retain(|member| place(member).is_some());
        members.sort_by_key(place);
        self.parts = members;
    }

    /// Returns the run's one issue: the head with the whole body.
    pub(super) fn issue(&self) -> Issue {
        Issue {
            body: self.joined().body,
            ..self.head.clone()
        }
    }

    /// Returns the parts' texts one behind the other, between what stands before and behind them in the head.
    pub(super) fn joined(&self) -> Joined {
        if self.parts.is_empty() {
            return Joined {
                body: format!("{}{}", self.text.before, self.text.after),
                ranges: Vec::new(),
            };
        }
        let texts = self.texts();
        let mut body = self.text.before.clone();
        let mut ranges = Vec::new();
        let mut bases = vec![base_or_steps(self.text.base.as_ref(), &self.text.before)];
        for (member, text) in self.parts.iter().zip(texts) {
            let kept = self.kept_by(member);
            let start = body.len();
            for text in [&text, &kept] {
                let is_cut = !body.is_empty() && !body.ends_with('\n') && !text.is_empty();
                body.push_str(if is_cut { "\n" } else { "" });
                body.push_str(text);
            }
            ranges.push((member.number, start..body.len()));
            bases.push(match &member.ticket {
                Some((_, part)) => base_or_steps(part.base.as_ref(), &part.segment),
                None => missing_base(member.number),
            });
            bases.push(steps_base(&kept));
        }
        let base = outline::join(bases);
        if !body.ends_with('\n') && !self.text.after.is_empty() {
            body.push('\n');
        }
        body.push_str(&with_base(&self.text.after, Some(&base)));
        Joined { body, ranges }
    }

    /// Returns what a part keeps for another ticket that does not have it yet.
    fn kept_by(&self, member: &Member) -> String {
        let Some((_, part)) = &member.ticket else {
            return String::new();
        };
        let others = self.parts.iter().filter(|it| it.number != member.number);
        let others = others.filter_map(|it| it.ticket.as_ref());
        let mut others: Vec<&str> = others.map(|(_, part)| part.segment.as_str()).collect();
        others.extend([self.text.before.as_str(), self.text.after.as_str()]);
        let waits = |piece: &String| !others.iter().any(|text| holds(text, piece));
        tops(&part.kept).into_iter().filter(waits).collect()
    }

    /// Returns each part's text, without what a write that was interrupted left in two of them.
    fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = self
            .parts
            .iter()
            .map(|member| match &member.ticket {
                Some((_, part)) => part.segment.clone(),
                None => missing_text(member.number),
            })
            .collect();
        for at in 1..texts.len() {
            let (before, rest) = texts.split_at_mut(at);
            let (last, text) = (&mut before[at - 1], &rest[0]);
            if !steps_of(text).is_empty()
                && last.len() > text.len()
                && last.ends_with(text.as_str())
            {
                last.truncate(last.len() - text.len());
            }
        }
        without_copies(&mut texts);
        texts
    }

    /// Returns the parts with the steps they have in this body, and those that nobody names with theirs.
    pub(super) fn known(&self, joined: &Joined) -> Vec<Known> {
        let there = self.parts.iter().filter(|member| member.ticket.is_some());
        let named = there.filter_map(|member| {
            let (_, range) = joined.ranges.iter().find(|it| it.0 == member.number)?;
            Some(Known {
                number: member.number,
                steps: steps_of(&joined.body[range.clone()]),
            })
        });
        let left = self.orphans.iter().filter_map(|member| {
            let (_, part) = member.ticket.as_ref()?;
            Some(Known {
                number: member.number,
                steps: steps_of(&part.segment),
            })
        });
        named.chain(left).collect()
    }

    /// Returns the ticket of a part that the head does not name.
    pub(super) fn orphan(&self, number: u32) -> Option<&Issue> {
        let member = self.orphans.iter().find(|it| it.number == number)?;
        member.ticket.as_ref().map(|(issue, _)| issue)
    }

    /// Returns the texts of the parts that the head does not name.
    pub(super) fn left(&self) -> impl Iterator<Item = &str> {
        let tickets = self.orphans.iter().filter_map(|it| it.ticket.as_ref());
        tickets.map(|(_, part)| part.segment.as_str())
    }

    /// Returns the part after which nothing in the whole body is read as it is by itself: something is left open in it.
    pub(super) fn left_open(&self) -> Option<&Issue> {
        let joined = self.joined();
        let body = Body::read(&joined.body);
        let starts: BTreeSet<usize> = body.nodes.iter().map(|node| node.start).collect();
        let at = joined.ranges.iter().position(|(_, range)| {
            let text = &joined.body[range.clone()];
            let own = Body::read(text);
            let first = own.nodes.first().map(|node| range.start + node.start);
            let is_hidden = first.is_some_and(|first| !starts.contains(&first));
            is_hidden && !steps_of(text).is_empty()
        })?;
        let before = self.parts[..at].iter().rev();
        let issue = before
            .filter_map(|it| it.ticket.as_ref())
            .map(|(issue, _)| issue);
        Some(issue.into_iter().next().unwrap_or(&self.head))
    }
}

/// Returns the pieces that can go from one ticket to another: each step with what stands in it, and each text by itself.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let body = Body::read(text);
    let mut pieces = Vec::new();
    for (at, node) in body.nodes.iter().enumerate() {
        let is_step = match node.kind {
            NodeKind::Item(item) => body.items[item].step().is_some(),
            _ => false,
        };
        if node.parent.is_some() && !is_step {
            continue;
        }
        let is_inside = |below: usize| {
            let mut below = body.nodes[below].parent;
            while let Some(parent) = below.filter(|parent| *parent > at) {
                below = body.nodes[parent].parent;
            }
            below == Some(at)
        };
        let end = (at + 1..body.nodes.len()).find(|below| !is_inside(*below));
        let end = end.map_or(text.len(), |next| body.nodes[next].start);
        pieces.push(outdented(&text[node.start..end]));
    }
    pieces
}

/// Returns the top-level pieces of a text.
fn tops(text: &str) -> Vec<String> {
    let body = Body::read(text);
    let nodes = body.nodes.iter().filter(|node| node.parent.is_none());
    let mut starts: Vec<usize> = nodes.map(|node| node.start).collect();
    starts.push(text.len());
    starts
        .windows(2)
        .map(|pair| text[pair[0]..pair[1]].to_owned())
        .collect()
}

/// Returns a text as far to the left as its first line lets it be.
fn outdented(text: &str) -> String {
    let indent = text.len() - text.trim_start_matches(' ').len();
    let cut = |line: &str| {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        line[blanks.min(indent)..].to_owned()
    };
    text.split_inclusive('\n').map(cut).collect()
}

/// Tells whether a piece stands in a text: its step does, or, where it is none, its words.
pub(super) fn holds(text: &str, piece: &str) -> bool {
    let body = Body::read(piece);
    match body.steps().next() {
        None => text.contains(piece.trim()),
        Some((marker, _)) => steps_of(text).contains(&marker.id),
    }
}

/// Returns what stands for a part that is not there, so that nobody takes the run for complete.
fn missing_text(number: u32) -> String {
    let words =
        format!("Part {number} of this run has no ticket: `runsheet sync` brings its steps back.");
    let mut marker = ItemMarker::new(&missing_step(number), "", Duty::default());
    marker.hash = text_hash(&words);
    format!("- [ ] {words} {marker}\n")
}

fn missing_step(number: u32) -> StepId {
    StepId(format!("{MISSING}{number}"))
}

fn missing_base(number: u32) -> Base {
    Base(vec![BasePiece {
        key: item_key(&missing_step(number)),
        depth: 0,
    }])
}

/// Returns the parts that are not there and that something in a body stands for.
pub(super) fn stands_in_for(body: &str, family: &Family) -> Vec<u32> {
    let found = Body::read(body);
    let missing = family.parts.iter().filter(|it| it.ticket.is_none());
    let missing = missing.map(|it| it.number);
    missing
        .filter(|number| found.item(&missing_step(*number)).is_some())
        .collect()
}

/// Returns a body without what stands for parts that are not there.
pub(super) fn without_missing(body: &str, family: &Family) -> String {
    let missing = family.parts.iter().filter(|it| it.ticket.is_none());
    let missing: Vec<u32> = missing.map(|it| it.number).collect();
    if missing.is_empty() {
        return body.to_owned();
    }
    let found = Body::read(body);
    let mut splices: Vec<(Range<usize>, String)> = Vec::new();
    for number in &missing {
        if let Some(node) = found
            .item(&missing_step(*number))
            .and_then(|item| item.node)
        {
            splices.push((
                found.nodes[node].start..found.nodes[node].end,
                String::new(),
            ));
        }
    }
    if let Some((base, at)) = &found.base {
        let gone = |piece: &BasePiece| {
            missing
                .iter()
                .any(|it| item_key(&missing_step(*it)) == piece.key)
        };
        let kept = Base(
            base.0
                .iter()
                .filter(|piece| !gone(piece))
                .cloned()
                .collect(),
        );
        splices.push((at.clone(), kept.to_string()));
    }
    splice(body, splices)
}

/// Takes out of each text the steps that stand, in the same words, in an earlier one too; of two, the one that is
/// settled stays.
fn without_copies(texts: &mut [String]) {
    // For each step: the text it is in, and where there.
    let mut seen: BTreeMap<StepId, Copy> = BTreeMap::new();
    let mut gone: Vec<(usize, Range<usize>)> = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let body = Body::read(text);
        for (marker, item) in body.steps() {
            let Some(node) = item.node.filter(|node| body.nodes[*node].parent.is_none()) else {
                continue;
            };
            let end = body.nodes[node + 1..].iter().find(|it| it.parent.is_none());
            let end = end.map_or(text.len(), |it| it.start);
            let copy = Copy {
                text: at,
                range: body.nodes[node].start..end,
                words: words_of(&text[item.text.start..end]),
                is_open: item.state == State::Open,
            };
            match seen.get(&marker.id) {
                Some(first) if first.text != at && first.words == copy.words => {
                    let goes = if first.is_open && !copy.is_open {
                        seen.insert(marker.id.clone(), copy.clone()).unwrap_or(copy)
                    } else {
                        copy
                    };
                    gone.push((goes.text, goes.range));
                }
                Some(_) => {}
                None => {
                    seen.insert(marker.id.clone(), copy);
                }
            }
        }
    }
    for (at, text) in texts.iter_mut().enumerate() {
        let own = gone.iter().filter(|it| it.0 == at);
        let splices: Vec<_> = own.map(|it| (it.1.clone(), String::new())).collect();
        if !splices.is_empty() {
            *text = splice(text, splices);
        }
    }
}

#[derive(Clone)]
struct Copy {
    text: usize,
    range: Range<usize>,
    words: String,
    is_open: bool,
}

/// Returns a text with the lines of those of its open steps that are settled in another one.
pub(super) fn with_ticks_of(text: &str, other: &str) -> String {
    let (body, other) = (Body::read(text), Body::read(other));
    let line =
        |item: &Item| item.task.as_ref().map_or(item.start, |task| task.start)..item.content.end;
    let splices = body.steps().filter_map(|(marker, item)| {
        let theirs = other.item(&marker.id)?;
        let is_new = item.state == State::Open && theirs.state != State::Open;
        is_new.then(|| (line(item), other.text[line(theirs)].to_owned()))
    });
    splice(text, splices.collect())
}

/// Returns the words of an item and what stands under it, without markers and states.
fn words_of(text: &str) -> String {
    let shown = splice(text, comments(text).map(|at| (at, String::new())).collect());
    let lines = shown.lines().map(|line| {
        let at = status::find(line).map_or(line.len()..line.len(), |(at, _)| at);
        let words = format!("{} {}", &line[..at.start], &line[at.end..]);
        words.replace("[x]", "[ ]").replace("[X]", "[ ]")
    });
    let lines: Vec<String> = lines
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    lines.join("\n").trim_end().to_owned()
}
