//! Which line of a template stands for which step of the procedure.
//!
//! Phases come first: a line that repeats a phase's heading starts that phase's lines. Within a phase, steps
//! and lines are paired in order so that they are as alike as can be (Needleman and Wunsch's alignment,
//! without a price for gaps). What is left over may then be said by a pair already made: a step split into
//! two lines, a substep that repeats its step in more words, a step whose substeps carry what it asks for.

use crate::document::plain_text;
use crate::drift::node::{Node, ancestors, subtree};
use crate::drift::words::{Word, same, words};
use crate::procedure::{Procedure, Step};

/// How alike a step and a line must be to be taken for the same.
const ALIKE: f64 = 0.45;

/// What a pair is worth of which only one has a box.
const UNEVEN: f64 = 0.7;

/// How alike they must be to be taken for the same at different places.
const MOVED: f64 = 0.85;

/// Which part of a text another one must say to make it needless.
const SAID: f64 = 0.8;

/// A step and the line that stands for it, with what else each of them stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// The steps, the paired one first.
    pub(super) steps: Vec<usize>,
    /// The lines, the paired one first.
    pub(super) lines: Vec<usize>,
}

/// A stretch between two pairs, with what stands for nothing on the other side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Gap {
    /// The index of the pair before it.
    pub(super) after: Option<usize>,
    /// The phase, where it lies before the first pair of one.
    pub(super) phase: Option<usize>,
    /// The steps without a line.
    pub(super) steps: Vec<usize>,
    /// The lines without a step.
    pub(super) lines: Vec<usize>,
}

/// What stands for what.
#[derive(Clone, Debug, Default)]
pub(super) struct Alignment {
    /// Steps and lines that belong together, in the order of the procedure.
    pub(super) pairs: Vec<Pair>,
    /// Steps and lines that say the same but stand at different places.
    pub(super) moved: Vec<(usize, usize)>,
    /// What is left over, by where.
    pub(super) gaps: Vec<Gap>,
    /// For each phase, the line that repeats its heading.
    pub(super) headings: Vec<Option<usize>>,
}

/// A run of steps and the run of lines that should stand for it.
#[derive(Debug)]
struct Stretch {
    phase: Option<usize>,
    steps: Vec<usize>,
    lines: Vec<usize>,
}

/// Returns which of `lines` stands for which of `steps`.
pub(super) fn align(procedure: &Procedure, steps: &[Node], lines: &[Node]) -> Alignment {
    let headings = headings(procedure, lines);
    let stretches = stretches(&headings, steps, lines);
    let mut alignment = Alignment {
        headings,
        ..Alignment::default()
    };
    for stretch in &stretches {
        let paired = pair(stretch, steps, lines);
        alignment.add(stretch, &paired);
    }
    absorb(&mut alignment, steps, lines);
    find_moved(&mut alignment, steps, lines);
    alignment
}

/// Returns for each phase the line that repeats its heading.
fn headings(procedure: &Procedure, lines: &[Node]) -> Vec<Option<usize>> {
    let mut taken = vec![false; lines.len()];
    let mut last = 0;
    let own = words(&plain_text(&procedure.title));
    let titles: Vec<Vec<Word>> = procedure
        .phases
        .iter()
        .map(|phase| words(&plain_text(&phase.title)))
        .collect();
    titles
        .iter()
        .zip(&procedure.phases)
        .map(|(title, phase)| {
            // The procedure's own title stands above all its phases.
            if title.is_empty() || same(title, &own) {
                return None;
            }
            let repeats = |at: usize| !lines[at].has_box && same(&lines[at].prose, title);
            // A real heading first: an item can have the same words by chance. Of several, the next one in order.
            let is_heading = |at: usize| !lines[at].is_item && repeats(at);
            let is_outermost = |at: usize| lines[at].parent.is_none() && repeats(at);
            let in_order = || (last..lines.len()).chain(0..last);
            let at = in_order()
                .find(|at| !taken[*at] && is_heading(*at))
                .or_else(|| in_order().find(|at| !taken[*at] && is_outermost(*at)))?;
            // Of phases with one title, a template may leave out those that ask for nothing.
            let phases = titles.iter().filter(|other| same(other, title)).count();
            let repeated = (0..lines.len()).filter(|at| is_outermost(*at)).count();
            let mut steps = phase.steps().flat_map(Step::walk);
            if repeated < phases && !steps.any(|step| step.has_box) {
                return None;
            }
            taken[at] = true;
            last = at;
            Some(at)
        })
        .collect()
}

/// Splits steps and lines where the template repeats a phase's heading.
///
/// A phase whose heading it leaves out belongs to the one before.
fn stretches(headings: &[Option<usize>], steps: &[Node], lines: &[Node]) -> Vec<Stretch> {
    let mut starts: Vec<usize> = headings.iter().flatten().copied().collect();
    starts.sort_unstable();
    let lines_from = |start: usize| -> Vec<usize> {
        let end = starts.iter().find(|other| **other > start);
        (start + 1..end.copied().unwrap_or(lines.len())).collect()
    };
    let first = starts.first().copied().unwrap_or(lines.len());
    let mut found = vec![Stretch {
        phase: None,
        steps: Vec::new(),
        lines: (0..first).collect(),
    }];
    let mut here = 0;
    let mut phase_of: Vec<usize> = Vec::with_capacity(headings.len());
    for (phase, heading) in headings.iter().enumerate() {
        if let Some(start) = heading {
            found.push(Stretch {
                phase: Some(phase),
                steps: Vec::new(),
                lines: lines_from(*start),
            });
            here = found.len() - 1;
        }
        phase_of.push(here);
    }
    for (at, step) in steps.iter().enumerate() {
        let stretch = step.phase.map_or(0, |phase| phase_of[phase]);
        found[stretch].steps.push(at);
    }
    found
}

/// Returns the pairs of a stretch, in order, so that the sum of their squared similarities is the highest.
fn pair(stretch: &Stretch, steps: &[Node], lines: &[Node]) -> Vec<(usize, usize)> {
    let (rows, columns) = (stretch.steps.len(), stretch.lines.len());
    let score = |row: usize, column: usize| {
        let line = &lines[stretch.lines[column]];
        let step = &steps[stretch.steps[row]];
        let alike = step.similarity(line);
        let boxes = if step.has_box == line.has_box {
            1.0
        } else {
            UNEVEN
        };
        // Squared: one good pair is worth more than two poor ones.
        (line.is_item && alike >= ALIKE).then_some(alike * alike * boxes)
    };
    let scores: Vec<Option<f64>> = (0..rows * columns)
        .map(|at| score(at / columns, at % columns))
        .collect();
    // best[row][column]: the highest sum for the steps from `row` on and the lines from `column` on.
    let width = columns + 1;
    let mut best = vec![0.0_f64; (rows + 1) * width];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let skip = best[(row + 1) * width + column].max(best[row * width + column + 1]);
            let both = scores[row * columns + column]
                .map_or(0.0, |score| score + best[(row + 1) * width + column + 1]);
            best[row * width + column] = skip.max(both);
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut found = Vec::new();
    while row < rows && column < columns {
        let here = best[row * width + column];
        let both = scores[row * columns + column]
            .map(|score| score + best[(row + 1) * width + column + 1]);
        if both == Some(here) {
            found.push((stretch.steps[row], stretch.lines[column]));
            row += 1;
            column += 1;
        } else if best[(row + 1) * width + column] == here {
            row += 1;
        } else {
            column += 1;
        }
    }
    found
}

impl Alignment {
    /// Adds the pairs of a stretch and the gaps between them.
    fn add(&mut self, stretch: &Stretch, paired: &[(usize, usize)]) {
        let before = self.pairs.len();
        let mut gaps = vec![Gap::default(); paired.len() + 1];
        for step in &stretch.steps {
            let at = paired.partition_point(|(paired, _)| paired < step);
            if paired.get(at).is_none_or(|(paired, _)| paired != step) {
                gaps[at].steps.push(*step);
            }
        }
        for line in &stretch.lines {
            let at = paired.partition_point(|(_, paired)| paired < line);
            if paired.get(at).is_none_or(|(_, paired)| paired != line) {
                gaps[at].lines.push(*line);
            }
        }
        for (at, mut gap) in gaps.into_iter().enumerate() {
            gap.phase = stretch.phase;
            gap.after = at.checked_sub(1).map(|at| before + at);
            self.gaps.push(gap);
        }
        self.pairs.extend(paired.iter().map(|&(step, line)| Pair {
            steps: vec![step],
            lines: vec![line],
        }));
    }

    /// Returns the pairs around `at`, a node of the side that `side` picks, behind the pair `after`.
    fn near(
        &self,
        after: Option<usize>,
        side: fn(&Pair) -> &Vec<usize>,
        nodes: &[Node],
        at: usize,
    ) -> Near {
        let pair_of = |node: usize| {
            self.pairs
                .iter()
                .position(|pair| side(pair).contains(&node))
        };
        let above = ancestors(nodes, at).find_map(pair_of);
        let below = subtree(nodes, at).find_map(pair_of);
        let next = after.map_or_else(
            || self.pairs.iter().position(|pair| side(pair)[0] > at),
            |pair| Some(pair + 1).filter(|next| *next < self.pairs.len()),
        );
        Near {
            above,
            is_group: below.is_some(),
            candidates: [after, next, above, below].into_iter().flatten().collect(),
        }
    }

    /// Returns the pair that `step` is in.
    pub(super) fn of_step(&self, step: usize) -> Option<usize> {
        self.pairs
            .iter()
            .position(|pair| pair.steps.contains(&step))
    }
}

/// Takes from the gaps what a pair already says.
fn absorb(alignment: &mut Alignment, steps: &[Node], lines: &[Node]) {
    for index in 0..alignment.gaps.len() {
        let mut gap = std::mem::take(&mut alignment.gaps[index]);
        let after = gap.after;
        gap.steps.retain(|step| {
            let near = alignment.near(after, |pair| &pair.steps, steps, *step);
            let home = near.candidates.iter().copied().find(|at| {
                let pair = &alignment.pairs[*at];
                says(&steps[*step], &pair.lines, lines, &pair.steps, steps)
            });
            if let Some(at) = home {
                alignment.pairs[at].steps.push(*step);
            }
            let repeats_above = near
                .above
                .is_some_and(|at| repeats(&steps[*step], &steps[alignment.pairs[at].steps[0]]));
            home.is_none() && !near.is_group && !repeats_above
        });
        gap.lines.retain(|line| {
            let near = alignment.near(after, |pair| &pair.lines, lines, *line);
            let home = near.candidates.iter().copied().find(|at| {
                let pair = &alignment.pairs[*at];
                says(&lines[*line], &pair.steps, steps, &pair.lines, lines)
            });
            if let Some(at) = home {
                alignment.pairs[at].lines.push(*line);
            }
            let repeats_above = near
                .above
                .is_some_and(|at| repeats(&lines[*line], &lines[alignment.pairs[at].lines[0]]));
            home.is_none() && !near.is_group && !repeats_above
        });
        alignment.gaps[index] = gap;
    }
}

/// The pairs around a step or line that has none.
struct Near {
    /// The pair of what it is nested under.
    above: Option<usize>,
    /// Whether something nested under it has a pair, so that it is the heading of a group.
    is_group: bool,
    /// All pairs that may say what it says.
    candidates: Vec<usize>,
}

/// Tells whether `below` says what `above`, which it is nested under, says, in more words.
fn repeats(below: &Node, above: &Node) -> bool {
    above.all.weight() >= 2.0 && above.all.share_in(&below.all) >= 0.7
}

/// Tells whether the nodes `others` say what `node` says, beyond what its own side's `known` say already.
fn says(
    node: &Node,
    others: &[usize],
    other_side: &[Node],
    known: &[usize],
    own_side: &[Node],
) -> bool {
    let Some(first) = others.first() else {
        return false;
    };
    let mut said = other_side[*first].all.clone();
    for own in known {
        said = said.without(&own_side[*own].all);
    }
    node.all.weight() >= 1.0 && node.all.share_in(&said) >= SAID
}

/// Takes from the gaps the steps and lines that say the same at different places.
fn find_moved(alignment: &mut Alignment, steps: &[Node], lines: &[Node]) {
    let left_lines: Vec<usize> = alignment
        .gaps
        .iter()
        .flat_map(|gap| gap.lines.clone())
        .collect();
    let left_steps: Vec<usize> = alignment
        .gaps
        .iter()
        .flat_map(|gap| gap.steps.clone())
        .collect();
    let mut moved: Vec<(usize, usize)> = Vec::new();
    for step in left_steps {
        let line = left_lines.iter().copied().find(|line| {
            lines[*line].is_item
                && steps[step].similarity(&lines[*line]) >= MOVED
                && moved.iter().all(|(_, taken)| taken != line)
        });
        moved.extend(line.map(|line| (step, line)));
    }
    for gap in &mut alignment.gaps {
        gap.steps
            .retain(|step| moved.iter().all(|(moved, _)| moved != step));
        gap.lines
            .retain(|line| moved.iter().all(|(_, moved)| moved != line));
    }
    alignment.moved = moved;
}
