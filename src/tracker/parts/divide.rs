//! Where a body is cut: at its phases, and a phase that is too long by itself between its steps.
//!
//! A phase starts at the last heading before its first step, as its items' markers tell it. What stood in a part before
//! keeps its steps there, whatever its phase is called now; what is new gets a part of its own. So a run that is
//! divided stays so, and each part keeps what it has.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser};

use super::text::base_line;
use crate::body::{Body, NodeKind};
use crate::procedure::StepId;
use crate::tracker::Length;

/// A piece of a body that gets a ticket of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// The part that had most of it before; `None` for a new one.
    pub(super) part: Option<u32>,
    /// What it is called.
    pub(super) title: String,
    /// Where it stands.
    pub(super) range: Range<usize>,
}

/// A part as it was before.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) number: u32,
    /// The steps that it had.
    pub(super) steps: BTreeSet<StepId>,
}

/// A step, or group of steps, that is too long for any ticket.
#[derive(Clone, Debug)]
pub(super) struct TooLong {
    /// Its words.
    pub(super) step: String,
    pub(super) length: Length,
}

/// A top-level piece of a body.
struct Block {
    start: usize,
    /// How high a heading it is, where it can start a phase.
    heading: Option<u8>,
    /// The phase of its first step.
    phase: Option<usize>,
    steps: Vec<StepId>,
}

/// A stretch of one phase.
struct Stretch {
    phase: usize,
    /// The block that it starts at.
    from: usize,
    /// The blocks of its steps.
    steps: Vec<usize>,
}

/// Cuts a body, with as many parts as it has phases; `measure` tells how long a part with that text is.
pub(super) fn divide(
    text: &str,
    known: &[Known],
    measure: &dyn Fn(&str) -> Option<Length>,
) -> Result<Vec<Segment>, TooLong> {
    let body = Body::read(text);
    let end = base_line(&body).map_or(text.len(), |line| line.start);
    let blocks = blocks(&body, end);
    let stretches = stretches(&blocks);
    let homes = homes(&blocks, known);
    let mut used: BTreeSet<u32> = BTreeSet::new();
    // Where each segment starts, the block whose words it is called by, and the part.
    let mut cuts: Vec<(usize, usize, Option<u32>)> = Vec::new();
    for stretch in &stretches {
        let own: Vec<&Known> = known
            .iter()
            .filter(|it| homes.get(&it.number) == Some(&stretch.phase))
            .filter(|it| !used.contains(&it.number))
            .collect();
        let mut at = 0;
        cuts.push((stretch.from, stretch.from, own.first().map(|it| it.number)));
        for step in &stretch.steps {
            let stands = |it: &&Known| blocks[*step].steps.iter().any(|id| it.steps.contains(id));
            if let Some(next) = own.iter().position(stands).filter(|next| *next > at) {
                at = next;
                let is_first = stretch.steps.first() == Some(step);
                match cuts.last_mut().filter(|_| is_first) {
                    Some(cut) => cut.2 = Some(own[at].number),
                    None => cuts.push((*step, stretch.from, Some(own[at].number))),
                }
            }
        }
        used.extend(cuts.iter().filter_map(|cut| cut.2));
    }
    let mut segments: Vec<Segment> = Vec::new();
    // How many there are of the stretch that starts at a block.
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, (block, first, part)) in cuts.iter().enumerate() {
        let until = cuts.get(at + 1).map_or(blocks.len(), |cut| cut.0);
        let piece = Piece {
            text,
            blocks: &blocks,
            end,
            is_known: part.is_some(),
            measure,
        };
        let head = piece.range(&(*first..first + 1));
        for (nth, range) in piece.fitting(*block..until)?.into_iter().enumerate() {
            let count = counts.entry(*first).or_default();
            *count += 1;
            let title = title_of(&text[head.clone()]);
            segments.push(Segment {
                part: part.filter(|_| nth == 0),
                title: match *count {
                    1 => title,
                    count => format!("{title} ({count})"),
                },
                range,
            });
        }
    }
    Ok(segments)
}

/// Returns the steps of a text.
pub(super) fn steps_of(text: &str) -> BTreeSet<StepId> {
    let body = Body::read(text);
    body.steps().map(|(marker, _)| marker.id.clone()).collect()
}

/// Some blocks of a body that are to fit into tickets.
struct Piece<'a> {
    text: &'a str,
    blocks: &'a [Block],
    end: usize,
    is_known: bool,
    measure: &'a dyn Fn(&str) -> Option<Length>,
}

impl Piece<'_> {
    /// Returns the ranges that these blocks are cut into: as few as fit.
    fn fitting(&self, blocks: Range<usize>) -> Result<Vec<Range<usize>>, TooLong> {
        let range = self.range(&blocks);
        let Some(length) = (self.measure)(&self.text[range.clone()]) else {
            return Ok(vec![range]);
        };
        // What stands there already may fill its ticket; what is new leaves room for what will be reported.
        let is_right = match self.is_known {
            true => !length.is_too_much(),
            false => length.has_room(),
        };
        if is_right {
            return Ok(vec![range]);
        }
        let steps: Vec<usize> = blocks
            .clone()
            .filter(|at| !self.blocks[*at].steps.is_empty())
            .collect();
        if steps.len() < 2 {
            if !length.is_too_much() {
                return Ok(vec![range]);
            }
            let step = steps.first().map_or(blocks.start, |at| *at);
            let until = self.range(&(step..step + 1));
            return Err(TooLong {
                step: title_of(self.text[until].lines().next().unwrap_or_default()),
                length,
            });
        }
        let middle = steps[steps.len() / 2];
        let mut ranges = self.fitting(blocks.start..middle)?;
        let rest = Piece {
            is_known: false,
            ..*self
        };
        ranges.extend(rest.fitting(middle..blocks.end)?);
        Ok(ranges)
    }

    fn range(&self, blocks: &Range<usize>) -> Range<usize> {
        let at = |block: usize| self.blocks.get(block).map_or(self.end, |it| it.start);
        at(blocks.start)..at(blocks.end)
    }
}

fn blocks(body: &Body, end: usize) -> Vec<Block> {
    let top = body
        .nodes
        .iter()
        .filter(|node| node.parent.is_none() && node.start < end)
        .filter(|node| !matches!(node.kind, NodeKind::Ticket | NodeKind::Base));
    let mut blocks: Vec<Block> = top
        .map(|node| Block {
            start: node.start,
            heading: match node.kind {
                NodeKind::Heading(level) => Some(level),
                // The abort phase can be folded away.
                NodeKind::Text if body.text[node.start..].starts_with("<details") => Some(2),
                _ => None,
            },
            phase: None,
            steps: Vec::new(),
        })
        .collect();
    for item in &body.items {
        let at = blocks.partition_point(|block| block.start <= item.start);
        let block = at.checked_sub(1).map(|at| &mut blocks[at]);
        if let (Some(marker), Some(block)) = (item.step(), block) {
            block.phase.get_or_insert(marker.duty.phase);
            block.steps.push(marker.id.clone());
        }
    }
    blocks
}

/// Returns the stretches of blocks that are of one phase each.
fn stretches(blocks: &[Block]) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut last = None;
    for (at, block) in blocks.iter().enumerate() {
        let Some(phase) = block.phase else { continue };
        match stretches.last_mut().filter(|it| it.phase == phase) {
            Some(stretch) => stretch.steps.push(at),
            None => {
                let between = last.map_or(0, |last: usize| last + 1)..at;
                let highest = match last {
                    // What the body starts with may have headings of its own.
                    None => None,
                    Some(_) => blocks[between.clone()]
                        .iter()
                        .filter_map(|it| it.heading)
                        .min(),
                };
                let starts = |at: &usize| {
                    let heading = blocks[*at].heading;
                    heading.is_some() && (highest.is_none() || heading == highest)
                };
                stretches.push(Stretch {
                    phase,
                    from: between.rev().find(starts).unwrap_or(at),
                    steps: vec![at],
                });
            }
        }
        last = Some(at);
    }
    stretches
}

/// Returns the phase that most of each part's steps are in.
fn homes(blocks: &[Block], known: &[Known]) -> BTreeMap<u32, usize> {
    let home = |part: &Known| {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for block in blocks {
            let here = block
                .steps
                .iter()
                .filter(|id| part.steps.contains(id))
                .count();
            if let Some(phase) = block.phase.filter(|_| here > 0) {
                *counts.entry(phase).or_default() += here;
            }
        }
        let most = counts
            .iter()
            .max_by_key(|(phase, count)| (**count, std::cmp::Reverse(**phase)));
        most.map(|(phase, _)| (part.number, *phase))
    };
    known.iter().filter_map(home).collect()
}

/// Returns the words of a heading, or of what else a phase starts with.
fn title_of(text: &str) -> String {
    let line = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let mut words = String::new();
    for event in Parser::new_ext(line, Options::ENABLE_TASKLISTS) {
        match event {
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            Event::Html(text) | Event::InlineHtml(text) => {
                // What stands in a tag is not said.
                for piece in text.split('<') {
                    words.push_str(piece.rsplit_once('>').map_or("", |(_, said)| said));
                }
            }
            _ => {}
        }
    }
    for (entity, char) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        words = words.replace(entity, char);
    }
    let mut short: String = words.trim().chars().take(120).collect();
    if short.is_empty() {
        short.push_str("Steps");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "Intro.\n\n## Before\n\n### Careful\n\n- [ ] a <!-- rs a p=0 -->\n\n## On *the* `day`\n\nText.\n\n\
        - [ ] b <!-- rs b p=1 -->\n- [ ] c <!-- rs c p=1 -->\n\n<details><summary>Give &amp; take</summary>\n\n\
        - [ ] d <!-- rs d p=2 f=a -->\n\n</details>\n";

    fn cut(
        text: &str,
        known: &[Known],
        limit: usize,
    ) -> Result<Vec<(Option<u32>, String, String)>, TooLong> {
        let measure = |text: &str| {
            Some(Length {
                size: text.len(),
                limit,
                unit: "bytes",
            })
        };
        let segments = divide(text, known, &measure)?;
        let shown = segments.into_iter();
        Ok(shown
            .map(|it| (it.part, it.title, text[it.range].to_owned()))
            .collect())
    }

    fn known(number: u32, steps: &[&str]) -> Known {
        let steps = steps.iter().map(|&id| StepId(id.to_owned())).collect();
        Known { number, steps }
    }

    #[test]
    fn each_phase_is_a_segment_from_its_heading_on() {
        let segments = cut(BODY, &[], 10_000).unwrap();
        let titles: Vec<&str> = segments.iter().map(|it| it.1.as_str()).collect();
        assert_eq!(titles, ["Careful", "On the day", "Give & take"]);
        let whole: String = segments.iter().map(|it| it.2.as_str()).collect();
        assert!(BODY.ends_with(&whole));
    }

    #[test]
    fn parts_are_known_by_their_steps_whatever_their_phases_are_called() {
        let known = [known(7, &["b", "c"]), known(2, &["a"])];
        let parts: Vec<Option<u32>> = cut(BODY, &known, 10_000)
            .unwrap()
            .iter()
            .map(|it| it.0)
            .collect();
        assert_eq!(parts, [Some(2), Some(7), None]);
    }

    #[test]
    fn a_phase_that_is_too_long_is_cut_between_its_steps_and_stays_so() {
        let segments = cut(BODY, &[], 90).unwrap();
        let texts: Vec<&str> = segments.iter().map(|it| it.2.as_str()).collect();
        assert_eq!(segments.len(), 4, "{texts:?}");
        assert!(texts[2].starts_with("- [ ] c"), "{texts:?}");
        let known = [
            known(1, &["a"]),
            known(2, &["b"]),
            known(3, &["c"]),
            known(4, &["d"]),
        ];
        let parts: Vec<Option<u32>> = cut(BODY, &known, 10_000)
            .unwrap()
            .iter()
            .map(|it| it.0)
            .collect();
        assert_eq!(parts, [Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!(cut(BODY, &[], 20).unwrap_err().step, "a");
    }
}
