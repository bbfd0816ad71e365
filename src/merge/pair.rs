//! Pairs the nodes of the fresh ticket with those of the one found, and tells whose each one is.

use std::collections::{BTreeMap, BTreeSet};

use super::line::goes_on;
use super::mark::Mark;
use super::unmarked::{cut_off, relink};
use crate::align::{Fit, Line, align};
use crate::body::marker::{PieceKey, block_key, item_key, text_hash};
use crate::body::{Body, Item, NodeKind};
use crate::checklist::State;
use crate::procedure::StepId;

/// A place in the tree of items: in this item's node, or in the body itself.
pub(super) type Holder = Option<usize>;

/// Which node of the fresh ticket is which of the one found.
pub(super) struct Pairs {
    /// For each node of ours, the one of theirs that it is.
    pub theirs_of: Vec<Option<usize>>,
    /// For each node of theirs, the one of ours that it is.
    pub ours_of: Vec<Option<usize>>,
    /// For each node of theirs that is an item, what became of it.
    pub fits: BTreeMap<usize, Fit>,
    /// Nodes of ours that a person took out of the ticket, or that stand in it elsewhere.
    pub left_out: BTreeSet<usize>,
    /// Nodes of ours whose step was split from the item at this node of theirs.
    pub split_from: BTreeMap<usize, usize>,
    /// Items of theirs that were joined with others to the step at a node of ours.
    pub joined_to: BTreeMap<usize, usize>,
    /// Nodes of theirs that the procedure did not bring.
    pub own: BTreeSet<usize>,
    /// For each node of theirs, the item that it stands in.
    pub their_holders: Vec<Holder>,
    /// For each node of ours, the item that it stands in.
    pub our_holders: Vec<Holder>,
    /// What was last written.
    pub base: Option<Written>,
}

/// What was last written: each piece, and the item it stood in.
pub(super) struct Written {
    pub pieces: Vec<(PieceKey, Option<PieceKey>)>,
}

impl Written {
    fn read(body: &Body) -> Option<Self> {
        let (base, _) = body.base.as_ref()?;
        let mut open: Vec<Option<PieceKey>> = Vec::new();
        let mut pieces = Vec::new();
        for piece in &base.0 {
            open.truncate(piece.depth);
            let holder = open.iter().rev().flatten().next().cloned();
            let is_item = matches!(piece.key, PieceKey::Item(_));
            open.resize(piece.depth, None);
            open.push(is_item.then(|| piece.key.clone()));
            pieces.push((piece.key.clone(), holder));
        }
        Some(Self { pieces })
    }

    /// Returns the items in their order, each with the one that it stood in.
    pub(super) fn items(&self) -> impl Iterator<Item = &(PieceKey, Option<PieceKey>)> {
        let is_item = |piece: &&(PieceKey, _)| matches!(piece.0, PieceKey::Item(_));
        self.pieces.iter().filter(is_item)
    }

    /// Returns where an item stood; `None` where it was not written.
    pub(super) fn holder(&self, item: &PieceKey) -> Option<&Option<PieceKey>> {
        let piece = self.pieces.iter().find(|(key, _)| key == item);
        piece.map(|(_, holder)| holder)
    }
}

/// Returns for each node of `body` the item that it stands in.
fn holders(body: &Body) -> Vec<Holder> {
    let mut holders: Vec<Holder> = Vec::with_capacity(body.nodes.len());
    for node in &body.nodes {
        holders.push(
            node.parent
                .and_then(|parent| match body.nodes[parent].kind {
                    NodeKind::Item(_) => Some(parent),
                    _ => holders[parent],
                }),
        );
    }
    holders
}

/// Returns the key of the step that the item at `holder` stands for.
pub(super) fn holder_key(body: &Body, holder: Holder) -> Option<PieceKey> {
    let item = item_at(body, holder?)?;
    Some(item_key(&item.step()?.id))
}

/// Returns the item at a node.
pub(super) fn item_at(body: &Body, node: usize) -> Option<&Item> {
    match body.nodes[node].kind {
        NodeKind::Item(item) => Some(&body.items[item]),
        _ => None,
    }
}

impl Pairs {
    /// Returns the steps of ours whose lines a person took out of the ticket.
    pub(super) fn taken_out<'a>(
        &'a self,
        ours: &'a Body,
        theirs: &'a Body,
    ) -> impl Iterator<Item = &'a Item> {
        let stands = |id| theirs.item(id).is_some() || theirs.hidden.contains(id);
        self.left_out
            .iter()
            .filter_map(|our| item_at(ours, *our))
            .filter(move |item| item.step().is_some_and(|marker| !stands(&marker.id)))
    }
}

/// Pairs `ours` with `theirs`.
pub(super) fn pair(ours: &Body, theirs: &Body) -> Pairs {
    let mut pairs = Pairs {
        theirs_of: vec![None; ours.nodes.len()],
        ours_of: vec![None; theirs.nodes.len()],
        fits: BTreeMap::new(),
        left_out: BTreeSet::new(),
        split_from: BTreeMap::new(),
        joined_to: BTreeMap::new(),
        own: BTreeSet::new(),
        their_holders: holders(theirs),
        our_holders: holders(ours),
        base: Written::read(theirs),
    };
    pair_items(ours, theirs, &mut pairs);
    pair_texts(ours, theirs, &mut pairs);
    for (at, node) in ours.nodes.iter().enumerate() {
        if matches!(node.kind, NodeKind::Ticket | NodeKind::Base) {
            pairs.left_out.insert(at);
        }
    }
    pairs
}

fn pair_items(ours: &Body, theirs: &Body, pairs: &mut Pairs) {
    let our_nodes: Vec<usize> = (0..ours.nodes.len())
        .filter(|at| item_at(ours, *at).is_some_and(|item| item.step().is_some()))
        .collect();
    let new = our_lines(ours, &our_nodes, &pairs.our_holders);
    let (old, their_nodes) = their_lines(ours, theirs, pairs);
    let same_steps = match (&ours.base, &theirs.base) {
        (Some((ours, _)), Some((theirs, _))) => ours == theirs,
        _ => false,
    };
    let alignment = align(&old, &new, same_steps);
    for (at, fit) in alignment.fits.iter().enumerate() {
        let step = fit.step().map(|step| our_nodes[step]);
        match (their_nodes[at], step) {
            (Some(node), Some(step)) => {
                pairs.theirs_of[step] = Some(node);
                pairs.ours_of[node] = Some(step);
                pairs.fits.insert(node, *fit);
            }
            (Some(node), None) => {
                if let Fit::Joined(step) = fit {
                    pairs.joined_to.insert(node, our_nodes[*step]);
                }
                pairs.fits.insert(node, *fit);
            }
            (None, Some(step)) => {
                pairs.left_out.insert(step);
            }
            (None, None) => {}
        }
    }
    for (old, new) in alignment.splits {
        if let Some(node) = their_nodes[old] {
            pairs.split_from.insert(our_nodes[new], node);
        }
    }
    let has_steps = theirs.steps().next().is_some();
    for (node, _) in theirs.nodes.iter().enumerate() {
        if let Some(item) = item_at(theirs, node).filter(|item| item.step().is_none()) {
            if has_steps {
                relink(ours, theirs, item, node, &our_nodes, pairs);
            }
            // Where no item has a marker, those that fit no step are a person's own too.
            if pairs.ours_of[node].is_none() {
                pairs.fits.remove(&node);
                pairs.own.insert(node);
            }
        }
    }
    let embedded: BTreeSet<_> = theirs
        .steps()
        .filter(|(_, item)| item.node.is_none())
        .map(|(marker, _)| &marker.id)
        .chain(&theirs.hidden)
        .collect();
    for node in &our_nodes {
        let id = item_at(ours, *node)
            .and_then(Item::step)
            .map(|marker| &marker.id);
        if pairs.theirs_of[*node].is_none() && id.is_some_and(|id| embedded.contains(id)) {
            pairs.left_out.insert(*node);
        }
    }
}

fn our_lines(ours: &Body, nodes: &[usize], holders: &[Holder]) -> Vec<Line> {
    nodes
        .iter()
        .map(|node| {
            let item = item_at(ours, *node);
            let text = item.map(|item| ours.text_of(item)).unwrap_or_default();
            Line {
                id: item.and_then(Item::step).map(|marker| marker.id.0.clone()),
                text: Some(text.to_owned()),
                hash: text_hash(text),
                parent: holders[*node].and_then(|holder| nodes.binary_search(&holder).ok()),
                done: Some(false),
            }
        })
        .collect()
}

/// Returns the lines of theirs in the order in which they were last written, each with its node; none where the line
/// is gone.
fn their_lines(ours: &Body, theirs: &Body, pairs: &Pairs) -> (Vec<Line>, Vec<Option<usize>>) {
    let mut nodes: Vec<Option<usize>> = Vec::new();
    let mut keys: Vec<Option<PieceKey>> = Vec::new();
    let mut parents: Vec<Option<PieceKey>> = Vec::new();
    let has_steps = theirs.steps().next().is_some();
    let found: Vec<(usize, Option<PieceKey>)> = (0..theirs.nodes.len())
        .filter_map(|at| Some((at, item_at(theirs, at)?)))
        .filter(|(_, item)| item.step().is_some() || !has_steps)
        .map(|(at, item)| (at, item.step().map(|marker| item_key(&marker.id))))
        .collect();
    // Where every marker is lost, no line tells by what is missing that a person took its step out.
    let lost_all = !has_steps && !found.is_empty();
    if let Some(base) = pairs.base.as_ref().filter(|_| !lost_all) {
        let cut_off = cut_off(theirs);
        for (key, holder) in base.items() {
            let node = found.iter().find(|(_, found)| found.as_ref() == Some(key));
            let node = node.map(|(node, _)| *node);
            nodes.push(node.or_else(|| cut_off.get(key).copied()));
            keys.push(Some(key.clone()));
            parents.push(holder.clone());
        }
    }
    for (node, key) in found {
        if !nodes.contains(&Some(node)) {
            nodes.push(Some(node));
            parents.push(holder_key(theirs, pairs.their_holders[node]));
            keys.push(key);
        }
    }
    let our_ids: BTreeMap<PieceKey, String> = ours
        .steps()
        .map(|(marker, _)| (item_key(&marker.id), marker.id.0.clone()))
        .collect();
    let lines = nodes
        .iter()
        .zip(keys.iter().zip(&parents))
        .map(|(node, (key, parent))| {
            let of_parent = |parent| keys.iter().position(|key| key.as_ref() == Some(parent));
            let line = Line {
                id: key.as_ref().and_then(|key| our_ids.get(key).cloned()),
                parent: parent.as_ref().and_then(of_parent),
                ..Line::default()
            };
            match node {
                Some(node) => their_line(ours, theirs, *node, line),
                None => line,
            }
        })
        .collect();
    (lines, nodes)
}

/// Returns the line at `node`, of which `known` is known before it is read.
fn their_line(ours: &Body, theirs: &Body, node: usize, known: Line) -> Line {
    let Some(item) = item_at(theirs, node) else {
        return known;
    };
    let marker = item.step();
    let id = marker.map(|marker| marker.id.0.clone()).or(known.id);
    // Where a conflict stands, the last text of the procedure stands under the person's.
    let hash = marker.map_or("", |marker| &marker.hash);
    let mark = Mark::under(theirs, node);
    let text = mark.map_or_else(|| theirs.text_of(item), |mark| mark.said(hash));
    let mut text = text.to_owned();
    if hash.is_empty()
        && let Some(our) = id.as_ref().and_then(|id| ours.item(&StepId(id.clone())))
        && goes_on(&text, ours.text_of(our))
    {
        text = ours.text_of(our).to_owned();
    }
    Line {
        hash: match hash {
            "" => text_hash(&text),
            known => known.to_owned(),
        },
        text: Some(text),
        id,
        parent: known.parent,
        done: match item.state {
            State::Open => Some(false),
            State::Done(_) => Some(true),
            _ => None,
        },
    }
}

/// Pairs equal texts under paired items, and tells the rest apart by what was last written there.
fn pair_texts(ours: &Body, theirs: &Body, pairs: &mut Pairs) {
    let texts = |body: &Body, holders: &[Holder]| {
        let mut found: BTreeMap<Holder, Vec<(usize, PieceKey)>> = BTreeMap::new();
        for (at, node) in body.nodes.iter().enumerate() {
            if matches!(node.kind, NodeKind::Text | NodeKind::Heading(_)) {
                let key = block_key(&body.text[node.start..node.content_end]);
                found.entry(holders[at]).or_default().push((at, key));
            }
        }
        found
    };
    let our_texts = texts(ours, &pairs.our_holders);
    let mut their_texts = texts(theirs, &pairs.their_holders);
    // How often each text was written under each item, less those that were found again.
    let mut written: BTreeMap<(Option<PieceKey>, PieceKey), usize> = BTreeMap::new();
    for (key, holder) in pairs.base.iter().flat_map(|base| &base.pieces) {
        *written.entry((holder.clone(), key.clone())).or_default() += 1;
    }
    for (holder, texts) in &our_texts {
        let their_holder = match holder {
            None => Some(None),
            Some(holder) => pairs.theirs_of[*holder].map(Some),
        };
        let mut candidates = their_holder
            .and_then(|holder| their_texts.remove(&holder))
            .unwrap_or_default();
        let place = their_holder.and_then(|holder| holder_key(theirs, holder));
        let mut unpaired = Vec::new();
        for (our, key) in texts {
            let Some(at) = candidates.iter().position(|(_, found)| found == key) else {
                unpaired.push((*our, key));
                continue;
            };
            let (their, key) = candidates.remove(at);
            pairs.theirs_of[*our] = Some(their);
            pairs.ours_of[their] = Some(*our);
            use_up(&mut written, &place, &key);
        }
        let mut known = written.clone();
        for (our, key) in unpaired {
            if their_holder.is_some() && use_up(&mut known, &place, key) {
                pairs.left_out.insert(our);
            }
        }
        for (their, key) in candidates {
            if !use_up(&mut written, &place, &key) {
                pairs.own.insert(their);
            }
        }
    }
    for (holder, texts) in their_texts {
        let place = holder_key(theirs, holder);
        let is_own = holder.is_some() && place.is_none();
        for (their, key) in texts {
            if is_own || !use_up(&mut written, &place, &key) {
                pairs.own.insert(their);
            }
        }
    }
}

/// Counts one text less; `false` where none was left.
fn use_up(
    written: &mut BTreeMap<(Option<PieceKey>, PieceKey), usize>,
    place: &Option<PieceKey>,
    key: &PieceKey,
) -> bool {
    match written.get_mut(&(place.clone(), key.clone())) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}
