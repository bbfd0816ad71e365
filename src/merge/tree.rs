//! Decides what stands where in the merged ticket.
//!
//! The tree starts as the one found. What the procedure moved, added or dropped since the last write is then moved,
//! put in behind what stands before it in the procedure, or taken out; what only a person moved stays where it is.

use std::collections::{BTreeMap, BTreeSet};

use super::pair::{Holder, Pairs, holder_key, item_at};
use crate::align::Fit;
use crate::body::marker::{PieceKey, block_key, item_key};
use crate::body::{Body, NodeKind};

/// A node of the merged ticket.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    /// Where its bytes come from.
    pub from: From,
    /// What stands in it.
    pub children: Vec<Branch>,
}

/// Where the bytes of a node come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// The ticket as it was found.
    Theirs(usize),
    /// The fresh one.
    Ours(usize),
    /// Here: a line that shows a conflict.
    Mark(String),
    /// Nowhere: this node of theirs goes, and what comes in may take its place.
    Hole(usize),
}

/// The merged tree, and what was moved for it.
pub(super) struct Tree {
    pub branches: Vec<Branch>,
    /// Nodes of theirs that the procedure moved.
    pub moved: BTreeSet<usize>,
    /// Items of theirs without a step that stay for what people wrote on them.
    pub kept: BTreeSet<usize>,
    /// Nodes of theirs that go.
    pub gone: Vec<usize>,
    /// Nodes of ours that come in.
    pub added: Vec<usize>,
    /// For nodes of ours that come in: the node of theirs whose place they take.
    pub replaced: BTreeMap<usize, usize>,
    /// Texts of ours that stand beside what a person made of them, each with that.
    pub conflicts: BTreeMap<usize, usize>,
}

pub(super) struct Build<'a> {
    pub ours: &'a Body,
    pub theirs: &'a Body,
    pub pairs: &'a Pairs,
    /// For each item of theirs that gets a line to show a conflict: that line.
    pub marks: BTreeMap<usize, String>,
    /// Nodes of ours that do not come in: a person took out them, or the item that they are of.
    out: BTreeSet<usize>,
    /// Nodes of theirs that the procedure put under another item.
    away: BTreeSet<usize>,
    tree: Tree,
}

/// What stands under an item in each of the two.
#[derive(Clone, Copy)]
struct Under {
    ours: Option<Holder>,
    theirs: Option<Holder>,
}

/// What a person reads where a text was changed on both sides.
const MARK: &str = "**Conflict:** a person changed this and so did the procedure, which now says:";

impl<'a> Build<'a> {
    /// Returns the merged tree.
    pub(super) fn tree(
        ours: &'a Body,
        theirs: &'a Body,
        pairs: &'a Pairs,
        marks: BTreeMap<usize, String>,
    ) -> Tree {
        let mut build = Self {
            ours,
            theirs,
            pairs,
            marks,
            out: out(ours, pairs),
            away: BTreeSet::new(),
            tree: Tree {
                branches: Vec::new(),
                moved: BTreeSet::new(),
                kept: BTreeSet::new(),
                gone: Vec::new(),
                added: Vec::new(),
                replaced: BTreeMap::new(),
                conflicts: BTreeMap::new(),
            },
        };
        build.find_kept();
        build.find_away();
        build.tree.branches = build.under(Under {
            ours: Some(None),
            theirs: Some(None),
        });
        build.tree
    }

    fn is_gone(&self, their: usize) -> bool {
        matches!(
            self.pairs.fits.get(&their),
            Some(Fit::Gone | Fit::Joined(_))
        )
    }

    /// Finds the items without a step on which, or under which, people wrote.
    fn find_kept(&mut self) {
        for their in (0..self.theirs.nodes.len()).rev() {
            let Some(item) = item_at(self.theirs, their).filter(|_| self.is_gone(their)) else {
                continue;
            };
            let sealed = item
                .marker
                .as_ref()
                .is_some_and(|marker| !marker.hash.is_empty());
            let has_words =
                !item.suffixes.is_empty() || (sealed && !item.as_written(&self.theirs.text));
            let holds_own = (their + 1..self.theirs.nodes.len()).any(|below| {
                self.pairs.their_holders[below] == Some(their)
                    && (self.pairs.own.contains(&below) || self.tree.kept.contains(&below))
            });
            if has_words || holds_own {
                self.tree.kept.insert(their);
            }
        }
    }

    /// Finds the items that the procedure put under another one since the last write.
    fn find_away(&mut self) {
        for (their, our) in self.pairs.ours_of.iter().enumerate() {
            let (Some(our), Some(item)) = (our, item_at(self.theirs, their)) else {
                continue;
            };
            let stands_in = self.pairs.their_holders[their];
            let Some(wanted) = self.image(self.our_holder(*our)) else {
                self.away.insert(their);
                continue;
            };
            let before = self.pairs.base.as_ref().and_then(|base| {
                let marker = item.step()?;
                base.holder(&item_key(&marker.id)).cloned()
            });
            let before = before.unwrap_or_else(|| holder_key(self.theirs, stands_in));
            // Under an item that a person took out, the procedure says what it said.
            let said = self.pairs.our_holders[*our].filter(|holder| self.out.contains(holder));
            let as_said = said.is_some() && before == holder_key(self.ours, said);
            let moved = !as_said && before != holder_key(self.theirs, wanted);
            let loses_holder = stands_in.is_some_and(|holder| self.is_gone(holder));
            if (moved || loses_holder) && wanted != stands_in {
                self.away.insert(their);
            }
        }
        // Where a person put an item under one that the procedure now puts under it, neither can move.
        for their in 0..self.theirs.nodes.len() {
            let mut at = Some(their);
            let mut seen = BTreeSet::new();
            while let Some(node) = at {
                if !seen.insert(node) {
                    self.away.retain(|node| !seen.contains(node));
                    break;
                }
                at = self.stands_under(node);
            }
        }
    }

    /// Returns the item of theirs that will hold a node of theirs.
    fn stands_under(&self, their: usize) -> Holder {
        if !self.away.contains(&their) {
            return self.pairs.their_holders[their];
        }
        let mut holder = self.pairs.our_holders[self.pairs.ours_of[their]?];
        while let Some(our) = holder {
            if let Some(their) = self.pairs.theirs_of[our] {
                return Some(their);
            }
            holder = self.pairs.our_holders[our];
        }
        None
    }

    /// Returns the place of theirs that a place of ours is; `None` for an item that comes in.
    fn image(&self, ours: Holder) -> Option<Holder> {
        match ours {
            None => Some(None),
            Some(node) => self.pairs.theirs_of[node].map(Some),
        }
    }

    /// Returns what stands under an item in the merged ticket.
    fn under(&mut self, under: Under) -> Vec<Branch> {
        let in_order = under.ours.map(|holder| self.our_children(holder));
        let in_order = in_order.unwrap_or_default();
        let moved = self.moved_within(under, &in_order);
        let mut branches = Vec::new();
        if let Some(holder) = under.theirs {
            for their in self.children(&self.pairs.their_holders, holder) {
                if !moved.contains(&their) {
                    self.stay(their, &mut branches);
                }
            }
        }
        let ticket = |branch: &Branch| matches!(branch.from, From::Theirs(at) if self.theirs.nodes[at].kind == NodeKind::Ticket);
        // What comes in next goes here; the ticket's marker stays first.
        let mut place = usize::from(branches.first().is_some_and(ticket));
        for our in in_order {
            let branch = match self.pairs.theirs_of[our] {
                Some(their) if moved.contains(&their) || self.away.contains(&their) => {
                    self.tree.moved.insert(their);
                    self.branch(their)
                }
                Some(their) => {
                    let stands = branches
                        .iter()
                        .position(|branch| branch.from == From::Theirs(their));
                    place = stands.map_or(place, |at| at + 1);
                    continue;
                }
                None => {
                    self.tree.added.push(our);
                    let children = self.under(Under {
                        ours: Some(Some(our)),
                        theirs: None,
                    });
                    Branch {
                        from: From::Ours(our),
                        children,
                    }
                }
            };
            let hole = match branch.from {
                From::Ours(our) => self.hole(our, &branches[place..]).map(|at| place + at),
                _ => None,
            };
            match hole {
                Some(at) => {
                    if let From::Hole(their) = branches[at].from {
                        self.tree.replaced.insert(our, their);
                    }
                    branches[at] = branch;
                    place = at + 1;
                }
                None => {
                    branches.insert(place, branch);
                    place += 1;
                }
            }
        }
        branches.retain(|branch| !matches!(branch.from, From::Hole(_)));
        self.mark_texts(under, &mut branches);
        branches
    }

    /// Finds the place of something like `our` that goes, with nothing but people's own before it.
    fn hole(&self, our: usize, branches: &[Branch]) -> Option<usize> {
        let like = |theirs: NodeKind| match (self.ours.nodes[our].kind, theirs) {
            (NodeKind::Item(_), NodeKind::Item(_)) | (NodeKind::Text, NodeKind::Text) => true,
            (NodeKind::Heading(ours), NodeKind::Heading(theirs)) => ours == theirs,
            _ => false,
        };
        for (at, branch) in branches.iter().enumerate() {
            match branch.from {
                From::Hole(their) if like(self.theirs.nodes[their].kind) => return Some(at),
                From::Theirs(their) if !self.pairs.own.contains(&their) => return None,
                _ => {}
            }
        }
        None
    }

    /// Adds what stays at its place: an item with all under it, a text that is not the procedure's old one.
    fn stay(&mut self, their: usize, branches: &mut Vec<Branch>) {
        if self.away.contains(&their) {
            return;
        }
        match self.theirs.nodes[their].kind {
            NodeKind::Item(_) if self.is_gone(their) && !self.tree.kept.contains(&their) => {
                self.go(their, branches);
                let below = self.children(&self.pairs.their_holders, Some(their));
                for text in below
                    .into_iter()
                    .filter(|below| item_at(self.theirs, *below).is_some())
                {
                    self.stay(text, branches);
                }
            }
            NodeKind::Item(_) => {
                if self.is_gone(their) {
                    self.tree.gone.push(their);
                }
                let branch = self.branch(their);
                branches.push(branch);
            }
            NodeKind::Text | NodeKind::Heading(_) => {
                if self.pairs.ours_of[their].is_some() || self.pairs.own.contains(&their) {
                    branches.push(Branch {
                        from: From::Theirs(their),
                        children: Vec::new(),
                    });
                } else {
                    self.go(their, branches);
                }
            }
            NodeKind::Ticket | NodeKind::Base | NodeKind::Conflict => branches.push(Branch {
                from: From::Theirs(their),
                children: Vec::new(),
            }),
        }
    }

    fn go(&mut self, their: usize, branches: &mut Vec<Branch>) {
        self.tree.gone.push(their);
        branches.push(Branch {
            from: From::Hole(their),
            children: Vec::new(),
        });
    }

    fn branch(&mut self, their: usize) -> Branch {
        let mut children = Vec::new();
        if item_at(self.theirs, their).is_some() {
            children = self.under(Under {
                ours: self.pairs.ours_of[their].map(Some),
                theirs: Some(Some(their)),
            });
            if let Some(mark) = self.marks.get(&their) {
                let mark = Branch {
                    from: From::Mark(mark.clone()),
                    children: Vec::new(),
                };
                children.insert(0, mark);
            }
        }
        Branch {
            from: From::Theirs(their),
            children,
        }
    }

    /// Returns the item of ours in which a node stands, those that do not come in aside.
    fn our_holder(&self, our: usize) -> Holder {
        let above = |holder: &usize| self.pairs.our_holders[*holder];
        let mut holders = std::iter::successors(self.pairs.our_holders[our], above);
        holders.find(|holder| !self.out.contains(holder))
    }

    /// Returns what comes in or stands under an item of ours.
    fn our_children(&self, of: Holder) -> Vec<usize> {
        let from = of.map_or(0, |of| of + 1);
        (from..self.ours.nodes.len())
            .filter(|our| !self.out.contains(our) && self.our_holder(*our) == of)
            .collect()
    }

    fn children(&self, holders: &[Holder], of: Holder) -> Vec<usize> {
        let from = of.map_or(0, |of| of + 1);
        (from..holders.len())
            .filter(|at| holders[*at] == of)
            .collect()
    }

    /// Returns the nodes that stay under their item but whose order there the procedure changed.
    ///
    /// Those are the fewest that leave the others in the order in which they were written. Headings weigh most: an
    /// item moves past a heading, not the other way round.
    fn moved_within(&self, under: Under, in_order: &[usize]) -> BTreeSet<usize> {
        let (Some(theirs), Some(base)) = (under.theirs, &self.pairs.base) else {
            return BTreeSet::new();
        };
        let place = holder_key(self.theirs, theirs);
        let mut written: BTreeMap<&PieceKey, Vec<usize>> = BTreeMap::new();
        for (at, (key, holder)) in base.pieces.iter().enumerate().rev() {
            if *holder == place {
                written.entry(key).or_default().push(at);
            }
        }
        // Each node that stays, with where it was written and what it weighs.
        let mut line: Vec<(usize, usize, u64)> = Vec::new();
        for our in in_order {
            let Some(their) = self.pairs.theirs_of[*our].filter(|their| {
                !self.away.contains(their) && self.pairs.their_holders[*their] == theirs
            }) else {
                continue;
            };
            let node = &self.theirs.nodes[their];
            let (key, weight) = match item_at(self.theirs, their) {
                Some(item) => match item.step() {
                    Some(marker) => (item_key(&marker.id), 100),
                    None => continue,
                },
                None if matches!(node.kind, NodeKind::Heading(_)) => (self.text_key(their), 10_000),
                None => (self.text_key(their), 1),
            };
            if let Some(at) = written.get_mut(&key).and_then(Vec::pop) {
                line.push((their, at, weight));
            }
        }
        heaviest_rising(&line)
    }

    fn text_key(&self, their: usize) -> PieceKey {
        let node = &self.theirs.nodes[their];
        block_key(&self.theirs.text[node.start..node.content_end])
    }

    /// Puts a mark before the procedure's new text where the person's stands for the same old one.
    fn mark_texts(&mut self, under: Under, branches: &mut Vec<Branch>) {
        let (Some(theirs), Some(base)) = (under.theirs, &self.pairs.base) else {
            return;
        };
        let place = holder_key(self.theirs, theirs);
        let stands: BTreeSet<PieceKey> = branches
            .iter()
            .filter_map(|branch| match branch.from {
                From::Theirs(their) if !self.pairs.own.contains(&their) => self.key(their),
                _ => None,
            })
            .collect();
        let in_theirs: BTreeSet<PieceKey> = self
            .children(&self.pairs.their_holders, theirs)
            .into_iter()
            .filter_map(|their| self.key(their))
            .collect();
        // The gaps, named by what stands before them, in which something written is neither here nor there any more.
        let mut lost: BTreeSet<Option<&PieceKey>> = BTreeSet::new();
        let mut before = None;
        for (key, _) in base.pieces.iter().filter(|(_, holder)| *holder == place) {
            if stands.contains(key) {
                before = Some(key);
            } else if matches!(key, PieceKey::Text(_))
                && !in_theirs.contains(key)
                && !self.is_written_anew(under, key)
            {
                lost.insert(before);
            }
        }
        let mut gap: Option<PieceKey> = None;
        // An item of a person's own is nobody's text.
        let is_own_item =
            |their: usize| self.pairs.own.contains(&their) && item_at(self.theirs, their).is_some();
        let mut own_in: BTreeMap<Option<PieceKey>, usize> = BTreeMap::new();
        let mut new_in: BTreeMap<Option<PieceKey>, (usize, usize)> = BTreeMap::new();
        for (at, branch) in branches.iter().enumerate() {
            match branch.from {
                From::Theirs(their) if is_own_item(their) => {}
                From::Theirs(their) if self.pairs.own.contains(&their) => {
                    own_in.entry(gap.clone()).or_insert(their);
                }
                From::Theirs(their) if self.is_ours_only(their) => {}
                From::Theirs(their) => gap = self.key(their).or(gap),
                // What stands where its old text stood is in nobody's gap.
                From::Ours(our) if self.tree.replaced.contains_key(&our) => {}
                From::Ours(our) if item_at(self.ours, our).is_none() => {
                    new_in.entry(gap.clone()).or_insert((at, our));
                }
                _ => {}
            }
        }
        let mut marked = BTreeSet::new();
        for (gap, (at, our)) in new_in {
            if let (Some(own), true) = (own_in.get(&gap), lost.contains(&gap.as_ref())) {
                marked.insert(at);
                self.tree.conflicts.insert(our, *own);
            }
        }
        for at in marked.into_iter().rev() {
            let bullet = if theirs.is_some() { "- " } else { "" };
            let mark = format!("{bullet}{MARK} {}", crate::body::CONFLICT);
            branches.insert(
                at,
                Branch {
                    from: From::Mark(mark),
                    children: Vec::new(),
                },
            );
        }
    }

    /// Tells whether a node is for the program and no text.
    fn is_ours_only(&self, their: usize) -> bool {
        let kind = self.theirs.nodes[their].kind;
        matches!(kind, NodeKind::Ticket | NodeKind::Base | NodeKind::Conflict)
    }

    fn key(&self, their: usize) -> Option<PieceKey> {
        match item_at(self.theirs, their) {
            Some(item) => Some(item_key(&item.step()?.id)),
            None => Some(self.text_key(their)),
        }
    }

    /// Tells whether ours still says a text that a person took out.
    fn is_written_anew(&self, under: Under, key: &PieceKey) -> bool {
        let Some(holder) = under.ours else {
            return false;
        };
        self.children(&self.pairs.our_holders, holder)
            .into_iter()
            .any(|our| {
                let node = &self.ours.nodes[our];
                block_key(&self.ours.text[node.start..node.content_end]) == *key
            })
    }
}

/// Returns the nodes of ours that do not come in: what a person took out, and what belongs to that.
///
/// An item that stands in the ticket stays, and so does what holds one.
fn out(ours: &Body, pairs: &Pairs) -> BTreeSet<usize> {
    let mut holds: BTreeSet<usize> = BTreeSet::new();
    for our in (0..ours.nodes.len()).rev() {
        let stands = item_at(ours, our).is_some() && pairs.theirs_of[our].is_some();
        if stands || holds.contains(&our) {
            holds.insert(our);
            holds.extend(pairs.our_holders[our]);
        }
    }
    let mut out = BTreeSet::new();
    for our in 0..ours.nodes.len() {
        let of_one_out = pairs.our_holders[our].is_some_and(|holder| out.contains(&holder));
        if pairs.left_out.contains(&our) || of_one_out && !holds.contains(&our) {
            out.insert(our);
        }
    }
    out
}

/// Returns those of `line` that are not in its heaviest part with rising positions.
fn heaviest_rising(line: &[(usize, usize, u64)]) -> BTreeSet<usize> {
    let mut best: Vec<(u64, Option<usize>)> = Vec::with_capacity(line.len());
    for (at, (_, position, weight)) in line.iter().enumerate() {
        let before = (0..at)
            .filter(|before| line[*before].1 < *position)
            .max_by_key(|before| best[*before].0);
        let so_far = before.map_or(0, |before| best[before].0);
        best.push((so_far + weight, before));
    }
    let mut moved: BTreeSet<usize> = line.iter().map(|(node, _, _)| *node).collect();
    let mut at = (0..best.len()).max_by_key(|at| best[*at].0);
    while let Some(kept) = at {
        moved.remove(&line[kept].0);
        at = best[kept].1;
    }
    moved
}
