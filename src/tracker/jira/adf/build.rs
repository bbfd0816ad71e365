//! Puts nodes together to one description.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value, json};

use super::ids::unused;
use super::leaf::{Leaf, Shell, is_list};
use super::node::{block, content, kind, may_hold, without_content};

/// Returns the description in which the leaves stand in this order; `before` is the one that is changed.
pub(super) fn description(leaves: &[Leaf], before: Option<&Value>) -> Value {
    let mut used = BTreeSet::new();
    let mut content = group(leaves, 0, &mut used);
    if content.is_empty() {
        content.push(block("paragraph", Vec::new()));
    }
    match before.filter(|before| kind(before) == "doc") {
        Some(before) => {
            let mut description = before.clone();
            description["content"] = content.into();
            description
        }
        None => json!({"type": "doc", "version": 1, "content": content}),
    }
}

/// Puts neighbours that stand in the same shell into it.
fn group(leaves: &[Leaf], level: usize, used: &mut BTreeSet<usize>) -> Vec<Value> {
    let mut nodes = Vec::new();
    let mut rest = leaves;
    while let Some(first) = rest.first() {
        let Some(shell) = first.shell(level) else {
            nodes.push(first.node.clone());
            rest = &rest[1..];
            continue;
        };
        let same = |leaf: &&Leaf| {
            leaf.shell(level)
                .is_some_and(|other| Rc::ptr_eq(other, shell))
        };
        let count = rest.iter().take_while(same).count();
        let mut node = Value::clone(shell);
        if !used.insert(address(shell))
            && let Some(attrs) = node["attrs"].as_object_mut()
        {
            // What comes between two parts of a node does not make it two of the same id.
            attrs.remove("localId");
        }
        node["content"] = group(&rest[..count], level + 1, used).into();
        nodes.push(node);
        rest = &rest[count..];
    }
    nodes
}

/// Puts tasks that stand next to each other into lists.
///
/// Lists of the description as it was stay as they are, unless a task came, went or moved in one.
pub(super) fn nest_tasks(leaves: &mut [Leaf], before: &[Leaf], ids: &mut BTreeSet<String>) {
    let stay: BTreeSet<usize> = leaves.iter().filter_map(|leaf| leaf.origin).collect();
    // The lists in which every task is still there.
    let is_root =
        |list: &Shell, leaf: &Leaf| leaf.lists.first().is_some_and(|it| Rc::ptr_eq(it, list));
    let whole = |list: &Shell| {
        let mut all = before
            .iter()
            .enumerate()
            .filter(|(_, leaf)| is_root(list, leaf));
        all.all(|(origin, _)| stay.contains(&origin))
    };
    let mut used = BTreeSet::new();
    let mut start = 0;
    while start < leaves.len() {
        let same =
            |leaf: &&Leaf| leaf.is_task() && same_shells(&leaf.shells, &leaves[start].shells);
        let count = leaves[start..].iter().take_while(same).count();
        let (done, rest) = leaves.split_at_mut(start);
        let run = &mut rest[..count];
        start += count.max(1);
        // A list that something new parts is no longer one.
        let is_parted = run.iter().any(|leaf| {
            let goes_on = |list: &Shell| done.last().is_some_and(|last| last.has(list));
            leaf.lists
                .first()
                .is_some_and(|list| used.contains(&address(list)) && !goes_on(list))
        });
        if !is_parted
            && is_untouched(run, before)
            && run.iter().flat_map(|leaf| leaf.lists.first()).all(whole)
        {
            used.extend(run.iter().flat_map(|leaf| &leaf.lists).map(address));
        } else {
            nest(run, &mut used, ids);
        }
    }
}

fn address(shell: &Shell) -> usize {
    Rc::as_ptr(shell).addr()
}

/// Tells whether tasks stand next to each other as they did in the description as it was.
fn is_untouched(run: &[Leaf], before: &[Leaf]) -> bool {
    let Some(first) = run.first().and_then(|leaf| leaf.origin) else {
        return false;
    };
    let was = before.get(first..).unwrap_or_default();
    let as_it_was = |(at, (now, was)): (usize, (&Leaf, &Leaf))| {
        now.origin == Some(first + at) && now.depth == was.depth
    };
    run.len() <= was.len() && run.iter().zip(was).enumerate().all(as_it_was)
}

fn nest(run: &mut [Leaf], used: &mut BTreeSet<usize>, ids: &mut BTreeSet<String>) {
    let mut open: Vec<(usize, Shell)> = Vec::new();
    for leaf in run {
        while open.last().is_some_and(|(depth, _)| *depth > leaf.depth) {
            open.pop();
        }
        if open.last().is_none_or(|(depth, _)| *depth < leaf.depth) {
            let had = leaf.lists.get(open.len());
            let list = match had.filter(|had| used.insert(address(had))) {
                Some(had) => had.clone(),
                None => {
                    let id = leaf.node["attrs"]["localId"].as_str().unwrap_or_default();
                    let id = unused(&format!("{id}-list"), ids);
                    Rc::new(json!({"type": "taskList", "attrs": {"localId": id}}))
                }
            };
            open.push((leaf.depth, list));
        }
        leaf.lists = open.iter().map(|(_, list)| list.clone()).collect();
    }
}

fn same_shells(one: &[Shell], other: &[Shell]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(one, other)| Rc::ptr_eq(one, other))
}

/// Returns the outermost of `shells` in which each may stand in the one before it, and a node of this type in them.
pub(super) fn shells_for(shells: Vec<Shell>, wanted: &str) -> Vec<Shell> {
    let mut fitting: Vec<Shell> = Vec::with_capacity(shells.len());
    let leave = |fitting: &mut Vec<Shell>, wanted: &str| {
        while fitting
            .last()
            .is_some_and(|last| !may_hold(kind(last), wanted))
        {
            fitting.pop();
        }
    };
    for shell in shells {
        leave(&mut fitting, kind(&shell));
        fitting.push(shell);
    }
    leave(
        &mut fitting,
        if wanted == "taskItem" {
            "taskList"
        } else {
            wanted
        },
    );
    fitting
}

/// Splits a list into its items, to go on with the list before it where there is one.
pub(super) fn parts(node: Value, shells: Vec<Shell>, list: Option<&Shell>) -> Vec<Leaf> {
    let mut shells = shells_for(shells, kind(&node));
    if !matches!(kind(&node), "bulletList" | "orderedList") {
        return vec![Leaf::new(node, shells)];
    }
    shells.push(match list.filter(|list| kind(list) == kind(&node)) {
        Some(list) => list.clone(),
        None => Rc::new(without_content(&node)),
    });
    let items = content(&node).iter().cloned();
    items.map(|item| Leaf::new(item, shells.clone())).collect()
}

/// Puts what is new between two leaves that stay into what both of them stand in.
///
/// So a step that comes into a layout of a person's does not break it in two.
pub(super) fn share_frames(leaves: &mut [Leaf]) {
    let mut before: Vec<Shell> = Vec::new();
    for at in 0..leaves.len() {
        if leaves[at].origin.is_some() {
            before.clone_from(&leaves[at].shells);
            continue;
        }
        let after = leaves[at + 1..].iter().find(|leaf| leaf.origin.is_some());
        let after = after.map_or(&[][..], |leaf| &leaf.shells);
        let both = before.iter().zip(after);
        let is_frame = |shell: &Shell| !is_list(shell) && kind(shell) != "listItem";
        let frames = both.take_while(|(one, other)| Rc::ptr_eq(one, other) && is_frame(one));
        let mut frames: Vec<Shell> = frames.map(|(frame, _)| frame.clone()).collect();
        let leaf = &mut leaves[at];
        // What comes between two cells goes into the first of them.
        let own = if leaf.is_task() {
            "taskList"
        } else {
            kind(&leaf.node)
        };
        let more = before[frames.len()..]
            .iter()
            .take_while(|shell| is_frame(shell));
        for frame in more {
            if frames.last().is_some_and(|last| !may_hold(kind(last), own)) {
                frames.push(frame.clone());
            }
        }
        let has = |frame: &Shell| leaf.shells.iter().any(|shell| Rc::ptr_eq(shell, frame));
        if frames.iter().all(has) {
            continue;
        }
        let mut shells = frames.clone();
        let own = leaf.shells.iter();
        shells.extend(
            own.filter(|own| !frames.iter().any(|frame| Rc::ptr_eq(frame, own)))
                .cloned(),
        );
        leaf.shells = shells_for(shells, kind(&leaf.node));
    }
}

/// Leaves an empty paragraph in each cell and column of which nothing is left, so that the others stay beside it.
pub(super) fn keep_cells(leaves: &mut Vec<Leaf>, before: &[Leaf]) {
    let is_cell =
        |shell: &Shell| matches!(kind(shell), "tableCell" | "tableHeader" | "layoutColumn");
    let has = |leaves: &[Leaf], wanted: &Shell| {
        let mut all = leaves.iter().flat_map(|leaf| &leaf.shells);
        all.any(|shell| Rc::ptr_eq(shell, wanted))
    };
    for (origin, leaf) in before.iter().enumerate() {
        let Some(cell) = leaf.shells.iter().position(is_cell) else {
            continue;
        };
        // What holds the cell: a row in a table, or a layout.
        let holder = cell.saturating_sub(if kind(&leaf.shells[cell]) == "layoutColumn" {
            1
        } else {
            2
        });
        if has(leaves, &leaf.shells[cell]) || !has(leaves, &leaf.shells[holder]) {
            continue;
        }
        let mut empty = Leaf::new(
            block("paragraph", Vec::new()),
            leaf.shells[..=cell].to_vec(),
        );
        empty.origin = Some(origin);
        put_at_origin(leaves, empty);
    }
}

/// Puts the leaves back of which Markdown shows nothing, each behind what it stood behind.
pub(super) fn put_unseen(leaves: &mut Vec<Leaf>, before: &[Leaf], unseen: &[usize]) {
    for at in unseen {
        put_at_origin(leaves, before[*at].clone());
    }
}

fn put_at_origin(leaves: &mut Vec<Leaf>, leaf: Leaf) {
    let behind = |other: &Leaf| other.origin.is_some() && other.origin < leaf.origin;
    let at = leaves.iter().rposition(behind).map_or(0, |at| at + 1);
    leaves.insert(at, leaf);
}

/// Drops what fills folds that have something in them.
pub(super) fn drop_fillers(leaves: &mut Vec<Leaf>) {
    let fold = |leaf: &Leaf| leaf.shells.last().filter(|_| leaf.fills).cloned();
    for at in (0..leaves.len()).rev() {
        let Some(fold) = fold(&leaves[at]) else {
            continue;
        };
        let is_in = |leaf: &Leaf| leaf.shells.iter().any(|shell| Rc::ptr_eq(shell, &fold));
        if leaves.iter().filter(|leaf| is_in(leaf)).count() > 1 {
            leaves.remove(at);
        }
    }
}
