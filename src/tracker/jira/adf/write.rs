//! From a ticket's body to a description.

use std::rc::Rc;

use serde_json::{Value, json};

use super::blocks::{Targets, blocks, line};
use super::build::{self, Leaf, Shell, parts, shells_for};
use super::inline::nodes;
use super::node::{block, kind};
use crate::tracker::jira::held::Held;
use crate::tracker::jira::piece::{Kind, Piece, cut};

/// Returns the description that shows `body`, and what is held beside it.
pub fn write(body: &str, before: Option<(&Value, &Held)>) -> (Value, Held) {
    let _ = before;
    let pieces = cut(body);
    let targets = Targets::of(body);
    let ids = build::local_ids(&pieces);
    let mut writer = Writer {
        pieces: &pieces,
        targets: &targets,
        leaves: Vec::new(),
        within: vec![Vec::new(); pieces.len()],
        folds: Vec::new(),
        lists: Vec::new(),
    };
    for (at, id) in ids.iter().enumerate() {
        writer.piece(at, id.as_deref());
    }
    (build::description(writer.leaves), Held::new(body))
}

struct Writer<'a> {
    pieces: &'a [Piece],
    targets: &'a Targets,
    leaves: Vec<Leaf>,
    /// For each piece: what stands under it stands in these.
    within: Vec<Vec<Shell>>,
    /// The folds that are open: under which piece, and their node.
    folds: Vec<(Option<usize>, Shell)>,
    /// The last list under each piece, with the piece that was put in it.
    lists: Vec<(Option<usize>, usize, Shell)>,
}

impl Writer<'_> {
    fn piece(&mut self, at: usize, id: Option<&str>) {
        let piece = &self.pieces[at];
        let shells = self.shells(piece.parent);
        match &piece.kind {
            Kind::Item(item) => {
                let state = if item.ticked { "DONE" } else { "TODO" };
                let node = json!({
                    "type": "taskItem",
                    "attrs": {"localId": id, "state": state},
                    "content": nodes(&line(&item.words, self.targets)),
                });
                let shells = shells_for(shells, "taskItem");
                self.within[at].clone_from(&shells);
                let depth = Some(self.depth(at));
                self.leaves.push(Leaf {
                    node,
                    shells,
                    depth,
                });
            }
            Kind::Bullet { words, number, .. } => {
                let words = block("paragraph", nodes(&line(words, self.targets)));
                let list = match number {
                    Some(_) => "orderedList",
                    None => "bulletList",
                };
                let list = block(list, vec![block("listItem", vec![words.clone()])]);
                let mut leaves = parts(list, &shells, self.list_before(at).as_ref());
                for leaf in &mut leaves {
                    leaf.shells.push(Rc::new(build::empty(&leaf.node)));
                    leaf.node = words.clone();
                    self.within[at].clone_from(&leaf.shells);
                }
                self.put(at, leaves);
            }
            Kind::Open(title) => {
                let kind = match self.folds.is_empty() {
                    true => "expand",
                    false => "nestedExpand",
                };
                let fold = json!({"type": kind, "attrs": {"title": title}});
                self.folds.push((piece.parent, Rc::new(fold)));
            }
            Kind::Close => {
                self.folds.pop();
            }
            Kind::Text(text) => {
                let mut leaves = Vec::new();
                for node in blocks(text, self.targets) {
                    leaves.extend(parts(node, &shells, self.list_before(at).as_ref()));
                }
                self.put(at, leaves);
            }
        }
    }

    fn put(&mut self, at: usize, leaves: Vec<Leaf>) {
        let list = |shell: &&Shell| matches!(kind(shell), "bulletList" | "orderedList");
        if let Some(list) = leaves
            .last()
            .and_then(|leaf| leaf.shells.iter().rfind(list))
        {
            self.lists.push((self.pieces[at].parent, at, list.clone()));
        }
        self.leaves.extend(leaves);
    }

    /// Returns the list that a bullet goes on with: that of the piece before it under the same parent.
    fn list_before(&self, at: usize) -> Option<Shell> {
        let parent = self.pieces[at].parent;
        let before = (0..at)
            .rev()
            .find(|before| self.pieces[*before].parent == parent)?;
        let (_, piece, list) = self.lists.iter().rfind(|(under, _, _)| *under == parent)?;
        (*piece == before).then(|| list.clone())
    }

    /// Returns what a piece under `parent` stands in here.
    fn shells(&self, parent: Option<usize>) -> Vec<Shell> {
        let mut shells = parent.map_or_else(Vec::new, |parent| self.within[parent].clone());
        let folds = self.folds.iter().filter(|(under, _)| *under == parent);
        shells.extend(folds.map(|(_, fold)| fold.clone()));
        shells
    }

    fn depth(&self, at: usize) -> usize {
        let mut depth = 0;
        let mut above = self.pieces[at].parent;
        while let Some(parent) =
            above.filter(|above| matches!(self.pieces[*above].kind, Kind::Item(_)))
        {
            depth += 1;
            above = self.pieces[parent].parent;
        }
        depth
    }
}
