//! Items of a ticket whose markers were cut off.

use std::collections::{BTreeMap, BTreeSet};

use super::pair::{Pairs, item_at};
use crate::align::Fit;
use crate::body::marker::{PieceKey, item_key, text_hash};
use crate::body::{Body, Item};
use crate::extract::step_name;
use crate::procedure::StepId;

/// Returns the items without a marker by the step that each was written for: the words that it shows still name it.
pub(super) fn cut_off(theirs: &Body) -> BTreeMap<PieceKey, usize> {
    let mut found = BTreeMap::new();
    let mut twins = BTreeSet::new();
    for node in 0..theirs.nodes.len() {
        let item = item_at(theirs, node).filter(|item| item.marker.is_none());
        if let Some(item) = item.filter(|item| item.task.is_some()) {
            let key = item_key(&StepId(step_name(theirs.text_of(item))));
            if found.insert(key.clone(), node).is_some() {
                twins.insert(key);
            }
        }
    }
    found.retain(|key, _| !twins.contains(key));
    found
}

/// Ties an item whose marker was lost to the step that says the same and has no other item.
pub(super) fn relink(
    ours: &Body,
    theirs: &Body,
    item: &Item,
    node: usize,
    our_nodes: &[usize],
    pairs: &mut Pairs,
) {
    let said = text_hash(theirs.text_of(item));
    let mut fitting = our_nodes.iter().filter(|our| {
        let same = item_at(ours, **our).is_some_and(|our| text_hash(ours.text_of(our)) == said);
        same && pairs.theirs_of[**our].is_none()
    });
    let (Some(step), None) = (fitting.next(), fitting.next()) else {
        return;
    };
    let is_said_once = theirs
        .items
        .iter()
        .filter(|other| text_hash(theirs.text_of(other)) == said)
        .count()
        == 1;
    if is_said_once {
        pairs.left_out.remove(step);
        pairs.theirs_of[*step] = Some(node);
        pairs.ours_of[node] = Some(*step);
        pairs.fits.insert(node, Fit::Sure(0));
    }
}
