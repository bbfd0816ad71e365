//! From the body of a ticket to its description.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value, json};

use super::blocks::{Targets, blocks, code_block, line};
use super::build::{
    description, drop_fillers, keep_cells, nest_tasks, parts, put_unseen, share_frames, shells_for,
};
use super::ids::{local_ids, unused};
use super::inline::nodes;
use super::leaf::{Leaf, Of, Shell, is_fold, is_list, leaves, things};
use super::node::{block, kind, may_hold, without_content};
use super::old::{Old, Reuse};
use super::overlap::edited;
use crate::tracker::jira::held::Held;
use crate::tracker::jira::piece::{Item, Kind, Piece, cut};
use crate::tracker::jira::restore::{Shown, ShownKind};

/// Returns the description that shows `body`, and what is to be held beside it.
///
/// Of the description `before`, with what was held beside it, everything stays that Markdown does not tell, and every
/// node whose Markdown is still the same.
pub fn write(body: &str, before: Option<(&Value, &Held)>) -> (Value, Held) {
    let pieces = cut(body);
    let targets = Targets::of(body);
    let old = before.map(|(description, held)| Old::of(description, held, &pieces));
    let mut fresh = Fresh::of(&pieces, &targets, old.as_ref());
    let leaves_before = old.as_ref().map_or(&[][..], |old| &old.leaves);
    share_frames(&mut fresh.leaves);
    put_unseen(
        &mut fresh.leaves,
        leaves_before,
        old.as_ref().map_or(&[], |old| &old.unseen),
    );
    drop_fillers(&mut fresh.leaves);
    keep_cells(&mut fresh.leaves, leaves_before);
    nest_tasks(&mut fresh.leaves, leaves_before, &mut fresh.used);
    let description = description(&fresh.leaves, before.map(|(description, _)| description));
    (description, fresh.held(body))
}

/// The leaves of a description that is to be.
pub(super) struct Fresh<'a> {
    pieces: &'a [Piece],
    pub(super) leaves: Vec<Leaf>,
    /// The ends of each fold.
    folds: Vec<(Shell, usize, usize)>,
    /// The ids that are in use.
    used: BTreeSet<String>,
}

impl<'a> Fresh<'a> {
    /// Returns the leaves that show the pieces, taken from `old` where it has them.
    pub(super) fn of(pieces: &'a [Piece], targets: &Targets, old: Option<&Old>) -> Self {
        let mut writer = Writer {
            pieces,
            targets,
            old,
            leaves: Vec::new(),
            within: vec![Vec::new(); pieces.len()],
            folds: Vec::new(),
            closed: Vec::new(),
            lists: Vec::new(),
            used: old.map(|old| old.ids.clone()).unwrap_or_default(),
        };
        for (at, id) in local_ids(pieces).into_iter().enumerate() {
            writer.piece(at, id.as_deref().unwrap_or_default());
        }
        Self {
            pieces,
            leaves: writer.leaves,
            folds: writer.closed,
            used: writer.used,
        }
    }

    /// Returns what a description of the pieces shows, each thing with its piece.
    pub(super) fn shown(mut self) -> Vec<(Shown, usize)> {
        drop_fillers(&mut self.leaves);
        nest_tasks(&mut self.leaves, &[], &mut self.used);
        let walked = leaves(&description(&self.leaves, None));
        let (mut opened, mut closed) = (self.folds.iter(), self.folds.iter());
        let things = things(&walked, &|_| None);
        let pieces = things.into_iter().map(|thing| {
            let piece = match (&thing.of, &thing.shown.kind) {
                (Of::Leaf(leaf), _) => self.leaves.get(*leaf)?.piece?,
                (Of::Fold(_), ShownKind::Open) => opened.next()?.1,
                (Of::Fold(_), _) => closed.next()?.2,
            };
            Some((thing.shown, piece))
        });
        pieces.flatten().collect()
    }

    fn held(&self, body: &str) -> Held {
        let mut held = Held::new(body);
        let derived = local_ids(self.pieces);
        for leaf in self.leaves.iter().filter(|leaf| leaf.is_task()) {
            let id = leaf.node["attrs"]["localId"].as_str();
            let (Some(id), Some(piece)) = (id, leaf.piece) else {
                continue;
            };
            if let Kind::Item(Item {
                step: Some(step), ..
            }) = &self.pieces[piece].kind
                && derived[piece].as_deref() != Some(id)
            {
                held.ids.insert(id.to_owned(), step.0.clone());
            }
        }
        held
    }
}

struct Writer<'a> {
    pieces: &'a [Piece],
    targets: &'a Targets,
    old: Option<&'a Old>,
    leaves: Vec<Leaf>,
    /// For each piece: what stands under it stands in these.
    within: Vec<Vec<Shell>>,
    /// The folds that are open.
    folds: Vec<Fold>,
    closed: Vec<(Shell, usize, usize)>,
    /// The lists so far: under which piece, the last piece in it, and it.
    lists: Vec<(Option<usize>, usize, Shell)>,
    used: BTreeSet<String>,
}

struct Fold {
    under: Option<usize>,
    open: usize,
    /// What it is; `None` where it is only a title.
    shell: Option<Shell>,
}

impl Writer<'_> {
    fn piece(&mut self, at: usize, id: &str) {
        let piece = &self.pieces[at];
        let reuse = self.old.and_then(|old| old.reuse[at].as_ref());
        match &piece.kind {
            Kind::Item(item) => self.item(at, item, id, reuse),
            Kind::Bullet { words, number, .. } => self.bullet(at, words, *number, reuse),
            Kind::Open(title) => self.open(at, title, reuse),
            Kind::Close => self.close(at),
            Kind::Text(text) => match reuse {
                Some(reuse) => self.text_again(at, reuse),
                None => {
                    let (shells, list) = (self.shells(piece.parent), self.list_before(at));
                    let nodes = self.nodes(text, &shells).into_iter();
                    let leaves = nodes.flat_map(|node| parts(node, shells.clone(), list.as_ref()));
                    let leaves = leaves.collect();
                    self.put(at, leaves);
                }
            },
        }
    }

    /// Returns a block's nodes; where what holds it cannot hold them, the block as it is written.
    fn nodes(&self, text: &str, shells: &[Shell]) -> Vec<Value> {
        let nodes = blocks(text, self.targets);
        let is_narrow = |last: &&Shell| matches!(kind(last), "listItem" | "nestedExpand");
        match shells.last().filter(is_narrow) {
            Some(item) if !nodes.iter().all(|node| may_hold(kind(item), kind(node))) => {
                vec![code_block(text.trim_end(), "markdown")]
            }
            _ => nodes,
        }
    }

    fn item(&mut self, at: usize, item: &Item, id: &str, reuse: Option<&Reuse>) {
        let state = if item.ticked { "DONE" } else { "TODO" };
        let words = || line(&item.words, self.targets);
        let old = reuse.and_then(|reuse| reuse.leaves.first().zip(Some(reuse)));
        let mut leaf = match old.filter(|(leaf, _)| leaf.is_task()) {
            Some((old, reuse)) => {
                let mut node = old.node.clone();
                if node["attrs"]["state"] != state {
                    node["attrs"]["state"] = state.into();
                }
                if reuse.words != item.words && kind(&node) == "taskItem" {
                    let was = line(&reuse.words, self.targets);
                    node["content"] = edited(super::node::content(&node), &was, &words()).into();
                }
                self.again(old, node, reuse, at)
            }
            None => {
                let id = unused(id, &mut self.used);
                let node = json!({
                    "type": "taskItem",
                    "attrs": {"localId": id, "state": state},
                    "content": nodes(&words()),
                });
                Leaf::new(
                    node,
                    shells_for(self.shells(self.pieces[at].parent), "taskItem"),
                )
            }
        };
        leaf.depth = depth(self.pieces, at);
        self.within[at].clone_from(&leaf.shells);
        self.put(at, vec![leaf]);
    }

    /// Returns a leaf that is there already, with this node: at its old place, or where its piece stands now.
    fn again(&self, old: &Leaf, node: Value, reuse: &Reuse, at: usize) -> Leaf {
        if reuse.in_place {
            return Leaf {
                node,
                shells: self.with_folds(&old.shells),
                piece: None,
                ..old.clone()
            };
        }
        let shells = self.shells(self.pieces[at].parent);
        let shells = shells_for(shells, kind(&node));
        Leaf::new(node, shells)
    }

    /// Returns shells of the old description with the folds that are open now.
    fn with_folds(&self, shells: &[Shell]) -> Vec<Shell> {
        let had: Vec<&Shell> = shells.iter().filter(|shell| is_fold(shell)).collect();
        let open: Vec<&Shell> = self
            .folds
            .iter()
            .filter_map(|fold| fold.shell.as_ref())
            .collect();
        let same = had.len() == open.len()
            && had
                .iter()
                .zip(&open)
                .all(|(had, open)| Rc::ptr_eq(had, open));
        if same {
            return shells.to_vec();
        }
        let first = shells.iter().position(is_fold);
        let last = shells.iter().rposition(is_fold).map_or(0, |last| last + 1);
        let mut new = shells[..first.unwrap_or(0)].to_vec();
        new.extend(open.into_iter().cloned());
        new.extend_from_slice(&shells[last..]);
        new
    }

    fn bullet(&mut self, at: usize, words: &str, number: Option<u64>, reuse: Option<&Reuse>) {
        let holds = self.pieces.iter().any(|piece| piece.parent == Some(at));
        let old = reuse.and_then(|reuse| reuse.leaves.first().zip(Some(reuse)));
        if let Some((old, reuse)) = old.filter(|(_, reuse)| reuse.in_place)
            && (kind(&old.node) == "paragraph" || !holds)
        {
            let leaf = self.again(old, old.node.clone(), reuse, at);
            self.within[at].clone_from(&leaf.shells);
            return self.put(at, vec![leaf]);
        }
        let paragraph = match old.filter(|(old, _)| kind(&old.node) == "paragraph") {
            Some((old, _)) => old.node.clone(),
            None => block("paragraph", nodes(&line(words, self.targets))),
        };
        let item = block("listItem", vec![paragraph.clone()]);
        let list = match number {
            Some(_) => "orderedList",
            None => "bulletList",
        };
        let shells = self.shells(self.pieces[at].parent);
        let list = block(list, vec![item]);
        let mut leaves = parts(list, shells, self.list_before(at).as_ref());
        for leaf in leaves.iter_mut().filter(|_| holds) {
            leaf.shells.push(Rc::new(without_content(&leaf.node)));
            leaf.node = paragraph.clone();
            self.within[at].clone_from(&leaf.shells);
        }
        self.put(at, leaves);
    }

    /// Puts the old nodes of a block in.
    fn text_again(&mut self, at: usize, reuse: &Reuse) {
        let mut leaves = Vec::new();
        for old in &reuse.leaves {
            let list = old.shells.iter().rfind(|shell| is_list(shell));
            match list.filter(|_| !reuse.in_place && kind(&old.node) == "listItem") {
                Some(list) => {
                    let list = block(kind(list), vec![old.node.clone()]);
                    let shells = self.shells(self.pieces[at].parent);
                    leaves.extend(parts(list, shells, self.list_before(at).as_ref()));
                }
                None => leaves.push(self.again(old, old.node.clone(), reuse, at)),
            }
        }
        self.put(at, leaves);
    }

    /// Opens a fold; where none can stand, as in a list, it is a bold line instead.
    fn open(&mut self, at: usize, title: &str, reuse: Option<&Reuse>) {
        let under = self.pieces[at].parent;
        let old = reuse.and_then(|reuse| reuse.fold.clone());
        let shells = self.shells(under);
        let holder = shells.last().map_or("doc", |last| kind(last));
        let fitting = ["expand", "nestedExpand"]
            .into_iter()
            .find(|fold| may_hold(holder, fold));
        let fresh =
            || fitting.map(|kind| Rc::new(json!({"type": kind, "attrs": {"title": title}})));
        let shell = old.or_else(fresh);
        if shell.is_none() && !title.is_empty() {
            let title = super::node::text(title, &[json!({"type": "strong"})]);
            let line = block("paragraph", vec![title]);
            let leaves = match reuse {
                Some(reuse) => {
                    let again = |old: &Leaf| self.again(old, old.node.clone(), reuse, at);
                    reuse.leaves.iter().map(again).collect()
                }
                None => parts(line, self.shells(under), None),
            };
            self.put(at, leaves);
        }
        self.folds.push(Fold {
            under,
            open: at,
            shell,
        });
    }

    fn close(&mut self, at: usize) {
        let Some(Fold {
            shell: Some(shell),
            open,
            under,
        }) = self.folds.pop()
        else {
            return;
        };
        // A fold is not empty: this goes where there is something in it.
        let mut shells = self.shells(under);
        shells.push(shell.clone());
        let mut filler = Leaf::new(block("paragraph", Vec::new()), shells);
        filler.piece = Some(open);
        filler.fills = true;
        self.leaves.push(filler);
        self.closed.push((shell, open, at));
    }

    fn put(&mut self, at: usize, leaves: Vec<Leaf>) {
        for leaf in leaves.iter().filter(|leaf| leaf.origin.is_none()) {
            self.leave(self.pieces[at].parent, &leaf.shells);
        }
        let list = leaves
            .last()
            .and_then(|leaf| leaf.shells.iter().rfind(|shell| is_list(shell)));
        if let Some(list) = list {
            self.lists.push((self.pieces[at].parent, at, list.clone()));
        }
        let leaves = leaves.into_iter().map(|leaf| Leaf {
            piece: Some(at),
            ..leaf
        });
        self.leaves.extend(leaves);
    }

    /// Puts what comes next under `parent` where this leaf had to go, since a list that was left is not entered again.
    fn leave(&mut self, parent: Option<usize>, shells: &[Shell]) {
        let mut above = parent;
        while let Some(at) = above {
            let within = &mut self.within[at];
            let both = within.iter().zip(shells);
            let shared = both
                .take_while(|(one, other)| Rc::ptr_eq(one, other))
                .count();
            within.truncate(shared);
            above = self.pieces[at].parent;
        }
    }

    /// Returns the list that a bullet goes on with: that of the piece before it under the same parent.
    fn list_before(&self, at: usize) -> Option<Shell> {
        let parent = self.pieces[at].parent;
        let mut before = (0..at).rev();
        let before = before.find(|before| self.pieces[*before].parent == parent)?;
        let (_, last, list) = self.lists.iter().rfind(|(under, _, _)| *under == parent)?;
        (*last == before).then(|| list.clone())
    }

    /// Returns what a piece under `parent` stands in here.
    fn shells(&self, parent: Option<usize>) -> Vec<Shell> {
        let mut shells = parent.map_or_else(Vec::new, |parent| self.within[parent].clone());
        let folds = self.folds.iter().filter(|fold| fold.under == parent);
        shells.extend(folds.filter_map(|fold| fold.shell.clone()));
        shells
    }
}

/// Returns under how many items an item stands.
pub(super) fn depth(pieces: &[Piece], at: usize) -> usize {
    let above = |at: &usize| {
        pieces[*at]
            .parent
            .filter(|above| matches!(pieces[*above].kind, Kind::Item(_)))
    };
    std::iter::successors(Some(at), above).count() - 1
}
