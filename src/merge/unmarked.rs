//! Items of a ticket whose markers were cut off.

use std::collections::BTreeSet;

use super::pair::{Holder, Pairs, item_at};
use crate::align::Fit;
use crate::body::marker::{PieceKey, text_hash};
use crate::body::{Body, Item};

/// Fills in the items that stand without a marker where those that were last written are missing.
///
/// `written` are the items in the order in which they were written, each with the one that it stood in, and `nodes` where
/// they are, if that is known. Between two that are known, as many items without a marker as are missing are those.
pub(super) fn cut_off(
    theirs: &Body,
    holders: &[Holder],
    written: &[&(PieceKey, Option<PieceKey>)],
    nodes: &mut [Option<usize>],
) {
    let families: BTreeSet<_> = written.iter().map(|(_, holder)| holder).collect();
    for family in families {
        let holder = match family {
            None => None,
            Some(family) => {
                let at = written.iter().position(|(key, _)| key == family);
                let Some(node) = at.and_then(|at| nodes[at]) else {
                    continue;
                };
                Some(node)
            }
        };
        let stands_unmarked = |node: &usize| {
            holders[*node] == holder
                && item_at(theirs, *node)
                    .is_some_and(|item| item.marker.is_none() && item.task.is_some())
        };
        let mut missing = Vec::new();
        let mut from = 0;
        let members = (0..written.len()).filter(|at| written[*at].1 == *family);
        for at in members.map(Some).chain([None]) {
            let to = match at {
                Some(at) => nodes[at],
                None => Some(theirs.nodes.len()),
            };
            let Some(to) = to else {
                missing.extend(at);
                continue;
            };
            let found: Vec<usize> = (from..to).filter(stands_unmarked).collect();
            if found.len() == missing.len() {
                for (at, node) in missing.iter().zip(found) {
                    nodes[*at] = Some(node);
                }
            }
            missing.clear();
            from = to + 1;
        }
    }
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
