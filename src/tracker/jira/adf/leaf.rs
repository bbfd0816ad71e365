//! A description taken apart into the nodes that stand for one piece of a body each.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::node::{self, content, kind, without_content};
use super::print;
use crate::tracker::jira::restore::{Shown, ShownKind};

/// A node in which others stand, without them; two are the same only where they are one.
pub(super) type Shell = Rc<Value>;

/// A node that stays one, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// The node.
    pub(super) node: Value,
    /// What it stands in, outermost first; for a task without the lists of tasks.
    pub(super) shells: Vec<Shell>,
    /// For a task: the lists it stands in, outermost first.
    pub(super) lists: Vec<Shell>,
    /// For a task: under how many items its item stands in the body.
    pub(super) depth: usize,
    /// Its place in the description as it was, where it stands there still.
    pub(super) origin: Option<usize>,
    /// The piece that it shows.
    pub(super) piece: Option<usize>,
    /// Whether it only stands for something where there is nothing else.
    pub(super) fills: bool,
}

impl Leaf {
    /// Returns a node in these shells.
    pub(super) fn new(node: Value, shells: Vec<Shell>) -> Self {
        Self {
            node,
            shells,
            lists: Vec::new(),
            depth: 0,
            origin: None,
            piece: None,
            fills: false,
        }
    }

    /// Returns what it stands in at a level, lists of tasks included.
    pub(super) fn shell(&self, level: usize) -> Option<&Shell> {
        self.shells.iter().chain(&self.lists).nth(level)
    }

    /// Tells whether it stands in this.
    pub(super) fn has(&self, wanted: &Shell) -> bool {
        let mut all = self.shells.iter().chain(&self.lists);
        all.any(|shell| Rc::ptr_eq(shell, wanted))
    }

    /// Tells whether it is a task.
    pub(super) fn is_task(&self) -> bool {
        is_task(&self.node)
    }
}

fn is_task(node: &Value) -> bool {
    matches!(kind(node), "taskItem" | "blockTaskItem")
}

/// Takes a description apart.
pub(super) fn leaves(description: &Value) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    walk(description, &mut Vec::new(), &mut leaves);
    for (at, leaf) in leaves.iter_mut().enumerate() {
        leaf.origin = Some(at);
    }
    leaves
}

fn walk(holder: &Value, shells: &mut Vec<Shell>, leaves: &mut Vec<Leaf>) {
    for child in content(holder) {
        if holds_leaves(child) {
            shells.push(Rc::new(without_content(child)));
            walk(child, shells, leaves);
            shells.pop();
            continue;
        }
        let mut leaf = Leaf::new(child.clone(), shells.clone());
        if is_task(child) {
            let lists = shells
                .iter()
                .rev()
                .take_while(|shell| kind(shell) == "taskList");
            leaf.lists = leaf.shells.split_off(shells.len() - lists.count());
        }
        leaves.push(leaf);
    }
}

/// Tells whether a node is taken apart: where it is a list or a part of the page, or has tasks in it.
///
/// Rows and cells are met only in tables that have.
fn holds_leaves(node: &Value) -> bool {
    let is_frame = matches!(
        kind(node),
        "taskList"
            | "bulletList"
            | "orderedList"
            | "expand"
            | "nestedExpand"
            | "layoutSection"
            | "layoutColumn"
            | "tableRow"
            | "tableHeader"
            | "tableCell"
            | "bodiedExtension"
            | "bodiedSyncBlock"
    );
    !content(node).is_empty() && !is_task(node) && (is_frame || has_tasks(node))
}

fn has_tasks(node: &Value) -> bool {
    let mut within = content(node).iter();
    within.any(|child| is_task(child) || has_tasks(child))
}

/// A thing that a description shows, and the leaf that it is; for the ends of a fold, the fold.
pub(super) struct Thing {
    pub(super) shown: Shown,
    pub(super) of: Of,
}

/// What a thing is in a description.
#[derive(Clone, Debug)]
pub(super) enum Of {
    /// The leaf of this index.
    Leaf(usize),
    /// A fold.
    Fold(Shell),
}

/// Returns what leaves show, in order; `piece_of` finds the piece that a task's id names.
pub(super) fn things(leaves: &[Leaf], piece_of: &dyn Fn(&str) -> Option<usize>) -> Vec<Thing> {
    let mut look = Look {
        things: Vec::new(),
        folds: Vec::new(),
        bullets: BTreeMap::new(),
        tasks: BTreeMap::new(),
        piece_of,
    };
    for (at, leaf) in leaves.iter().enumerate() {
        look.fold(&leaf.shells);
        look.leaf(at, leaf);
    }
    look.fold(&[]);
    look.things
}

struct Look<'a> {
    things: Vec<Thing>,
    folds: Vec<Shell>,
    /// For each list item that holds others: the thing that its first line is.
    bullets: BTreeMap<usize, usize>,
    /// For each list of tasks: the last task in it.
    tasks: BTreeMap<usize, usize>,
    piece_of: &'a dyn Fn(&str) -> Option<usize>,
}

/// Returns a number that tells one shell from others.
fn number(shell: &Shell) -> usize {
    Rc::as_ptr(shell).addr()
}

pub(super) fn is_fold(shell: &Shell) -> bool {
    matches!(kind(shell), "expand" | "nestedExpand")
}

impl Look<'_> {
    /// Ends and starts folds, so that those of `shells` are open.
    fn fold(&mut self, shells: &[Shell]) {
        let wanted: Vec<Shell> = shells
            .iter()
            .filter(|shell| is_fold(shell))
            .cloned()
            .collect();
        let both = self.folds.iter().zip(&wanted);
        let stay = both
            .take_while(|(one, other)| Rc::ptr_eq(one, other))
            .count();
        while self.folds.len() > stay {
            if let Some(fold) = self.folds.pop() {
                self.push(ShownKind::Close, String::new(), None, None, Of::Fold(fold));
            }
        }
        for fold in &wanted[stay..] {
            let title = node::folded(fold["attrs"]["title"].as_str().unwrap_or_default());
            self.push(ShownKind::Open, title, None, None, Of::Fold(fold.clone()));
            self.folds.push(fold.clone());
        }
    }

    fn push(
        &mut self,
        kind: ShownKind,
        key: String,
        under: Option<usize>,
        list: Option<usize>,
        of: Of,
    ) {
        let shown = Shown {
            kind,
            key,
            under,
            list,
        };
        self.things.push(Thing { shown, of });
    }

    fn leaf(&mut self, at: usize, leaf: &Leaf) {
        let holders = leaf.shells.iter().rev();
        let mut items = holders.filter(|shell| kind(shell) == "listItem");
        let list = leaf.shells.iter().rfind(|shell| is_list(shell));
        let this = self.things.len();
        let of = Of::Leaf(at);
        if leaf.is_task() {
            let above = leaf
                .lists
                .len()
                .checked_sub(2)
                .map(|above| number(&leaf.lists[above]));
            let above = above.and_then(|above| self.tasks.get(&above).copied());
            let bullet = items.find_map(|item| self.bullets.get(&number(item)).copied());
            let list = leaf.lists.last().map(number);
            let kind = ShownKind::Item {
                piece: leaf.node["attrs"]["localId"]
                    .as_str()
                    .and_then(self.piece_of),
                ticked: leaf.node["attrs"]["state"] == "DONE",
            };
            let key = node::words(node::words_of(&leaf.node));
            self.push(kind, key, above.or(bullet), list, of);
            if let Some(list) = list {
                self.tasks.insert(list, this);
            }
            return;
        }
        let mut items = items.peekable();
        let first_of = items.peek().map(|item| number(item));
        let first_of = first_of.filter(|item| !self.bullets.contains_key(item));
        let number_of = list.and_then(|list| match kind(list) {
            "orderedList" => Some(list["attrs"]["order"].as_u64().unwrap_or(1)),
            _ => None,
        });
        let is_words = kind(&leaf.node) == "paragraph";
        if let Some(item) = first_of.filter(|_| is_words) {
            items.next();
            let under = items.find_map(|item| self.bullets.get(&number(item)).copied());
            let key = node::words(content(&leaf.node));
            let kind = ShownKind::Bullet {
                number: number_of,
                whole: false,
            };
            self.push(kind, key, under, list.map(number), of);
            self.bullets.insert(item, this);
            return;
        }
        let under = items.find_map(|item| self.bullets.get(&number(item)).copied());
        let list = list.filter(|_| kind(&leaf.node) == "listItem").map(number);
        let (kind, key) = match node::one_line(&leaf.node) {
            Some(words) => {
                let number = number_of;
                (
                    ShownKind::Bullet {
                        number,
                        whole: true,
                    },
                    node::words(words),
                )
            }
            None if print::lines(&leaf.node).trim().is_empty() => (ShownKind::Block, String::new()),
            None => (ShownKind::Block, node::key(&leaf.node)),
        };
        self.push(kind, key, under, list, of);
    }
}

pub(super) fn is_list(shell: &Shell) -> bool {
    matches!(kind(shell), "bulletList" | "orderedList")
}
