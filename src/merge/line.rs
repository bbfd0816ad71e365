//! Merges one item's line: text, state and marker.

use std::collections::BTreeMap;
use std::ops::Range;

use super::mark::{Mark, mark};
use super::report::{set_marker, set_state};
use super::{Change, ChangeKind, Conflict, Fate, Merge, Policy, Reworded, Tick};
use crate::align::Fit;
use crate::body::marker::{Written, text_hash};
use crate::body::{Body, Item, NodeKind};
use crate::checklist::State;

/// A step's line on both sides.
#[derive(Clone, Copy)]
pub(super) struct LineMerge<'a> {
    pub ours: &'a Body,
    pub our: &'a Item,
    pub theirs: &'a Body,
    pub their: &'a Item,
    pub fit: Fit,
}

/// Whose words the line gets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// Both say the same.
    Same,
    /// The procedure's: nobody else changed them.
    Ours,
    /// The person's: the procedure did not change them, or did not bring the line.
    Theirs,
    /// Both changed them, or it is not known any more who did.
    Both,
}

impl LineMerge<'_> {
    fn words(self) -> Words {
        let (ours, theirs) = (self.ours.text_of(self.our), self.theirs.text_of(self.their));
        let (our_hash, their_hash) = (text_hash(ours), text_hash(theirs));
        if our_hash == their_hash {
            return match self.is_continued() {
                true => Words::Theirs,
                false => Words::Same,
            };
        }
        let base = match &self.their.marker {
            Some(marker) => &marker.hash,
            // The procedure brought the line, or a person wrote a line of their own that is adopted.
            None if self.theirs.base.is_some() => "",
            None => return Words::Theirs,
        };
        match base {
            "" if goes_on(theirs, ours) => Words::Same,
            base if base == their_hash => Words::Ours,
            base if base == our_hash => Words::Theirs,
            _ => Words::Both,
        }
    }

    /// Tells whether a person's sentence that only starts as the procedure's stands over a conflict: it is no suffix.
    fn is_continued(self) -> bool {
        let Some(suffix) = self.their.suffixes.first() else {
            return false;
        };
        let behind = self.theirs.text[suffix.clone()].trim_start();
        let node = self.their.node;
        behind.starts_with(char::is_alphanumeric)
            && node.is_some_and(|node| Mark::under(self.theirs, node).is_some())
    }

    /// Tells what changes in the line, and changes it.
    pub(super) fn merge(
        self,
        policy: Policy,
        splices: &mut Vec<(Range<usize>, String)>,
        merge: &mut Merge,
    ) {
        let Some(new) = self.our.marker.clone() else {
            return;
        };
        let words = self.words();
        let (ours, theirs) = (self.ours.text_of(self.our), self.theirs.text_of(self.their));
        if words == Words::Ours {
            splices.push((self.their.text.clone(), ours.to_owned()));
            merge.changes.push(Change {
                before: Some(theirs.to_owned()),
                ..Change::of(ChangeKind::Reworded, Some(new.id.clone()), ours)
            });
        }
        if words == Words::Both {
            merge.conflicts.push(Conflict {
                step: Some(new.id.clone()),
                ours: ours.to_owned(),
                theirs: theirs.to_owned(),
                standing: false,
            });
        }
        let reworded = matches!(words, Words::Ours | Words::Both);
        let written = self.their.marker.as_ref().map(|old| old.written);
        let is_for_substeps = written == Some(Written::Group);
        let fate = match self.fit {
            // The box of a group follows its substeps, whatever the group is called.
            _ if new.duty.group && is_for_substeps && reworded => Fate::Reworded,
            _ if new.duty.group && is_for_substeps => Fate::Kept,
            Fit::Doubtful(_) => Fate::Doubtful,
            _ if !new.duty.group && is_for_substeps => Fate::Ungrouped,
            _ if reworded && policy.reworded == Reworded::Untick => Fate::Unticked,
            _ if reworded => Fate::Reworded,
            _ => Fate::Kept,
        };
        if self.their.state != State::Open {
            merge.ticks.push(Tick {
                fate,
                step: Some(new.id.clone()),
                text: theirs.to_owned(),
            });
        }
        let mut marker = new;
        if let Some(old) = &self.their.marker {
            marker.written = old.written;
            marker.reports = old.reports;
            marker.agreed.clone_from(&old.agreed);
            marker.extra.clone_from(&old.extra);
        }
        let text = &self.theirs.text;
        let drops = matches!(fate, Fate::Doubtful | Fate::Unticked | Fate::Ungrouped);
        let changed = match drops && self.their.state != State::Open {
            true => set_state(text, self.their, &State::Open, marker.clone()),
            false => None,
        };
        match changed {
            Some(changed) => splices.extend(changed),
            None => splices.extend(set_marker(text, self.their, marker)),
        }
    }

    /// Shows a conflict under the line, or takes the mark away where it is settled.
    pub(super) fn mark(
        self,
        node: usize,
        splices: &mut Vec<(Range<usize>, String)>,
        marks: &mut BTreeMap<usize, String>,
    ) {
        let ours = self.ours.text_of(self.our);
        let hash = self.their.marker.as_ref().map_or("", |marker| &marker.hash);
        match (self.words(), Mark::under(self.theirs, node)) {
            (Words::Both, Some(shown)) => match shown.says(hash, ours) {
                Some(says) => splices.push(says),
                None => {
                    splices.push(shown.without_comment());
                    marks.insert(node, mark(ours));
                }
            },
            (Words::Both, None) if !self.shows_another(node) => {
                marks.insert(node, mark(ours));
            }
            (Words::Same, Some(shown)) => splices.extend(shown.settled(hash)),
            _ => {}
        }
    }

    /// Tells whether a line stands there that shows a conflict in a person's own words.
    fn shows_another(self, node: usize) -> bool {
        let mut below = self.theirs.children(Some(node));
        below.any(|at| self.theirs.nodes[at].kind == NodeKind::Conflict)
    }
}

/// Tells whether a line says what the procedure says and more: where nobody knows any more what was written, what stands
/// behind is a person's.
pub(super) fn goes_on(theirs: &str, ours: &str) -> bool {
    let rest = theirs.strip_prefix(ours);
    rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// Returns what takes out the mark of a conflict under a line without a step.
pub(super) fn without_mark(theirs: &Body, node: usize, item: &Item) -> Vec<(Range<usize>, String)> {
    let hash = item.marker.as_ref().map_or("", |marker| &marker.hash);
    Mark::under(theirs, node).map_or_else(Vec::new, |mark| mark.settled(hash))
}

/// Returns what makes a line without a step a plain bullet that keeps what a person wrote on it.
pub(super) fn without_step(text: &str, item: &Item) -> Vec<(Range<usize>, String)> {
    let mut splices = Vec::new();
    if let Some(task) = &item.task {
        let end =
            task.end + text[task.end..].len() - text[task.end..].trim_start_matches(' ').len();
        splices.push((
            task.start..end.min(item.content.start.max(task.end)),
            String::new(),
        ));
    }
    let (start, end) = (item.text.start, item.text.end);
    let strike = if item.struck || start == end {
        ""
    } else {
        "~~"
    };
    splices.push((start..start, strike.to_owned()));
    let close = if item.struck { end + 2 } else { end };
    splices.push((
        close..close,
        format!("{strike} *(no longer in the procedure)*"),
    ));
    let mut hidden: Vec<_> = item
        .status
        .iter()
        .chain(&item.marker_at)
        .chain(&item.markers)
        .collect();
    hidden.sort_by_key(|range| range.start);
    hidden.dedup();
    for hidden in hidden {
        let blank = usize::from(text[..hidden.start].ends_with(' '));
        splices.push((hidden.start - blank..hidden.end, String::new()));
    }
    splices
}
