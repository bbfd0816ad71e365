//! Puts the nodes of a body's pieces together to one description.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value, json};

use super::node::{self, block, kind, may_hold};
use crate::body::marker::letters_of;
use crate::tracker::jira::piece::{Kind, Piece};

/// A node in which others stand, without them; two are the same only where they are one.
pub(super) type Shell = Rc<Value>;

/// A node that is put somewhere as a whole.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// The node.
    pub(super) node: Value,
    /// What it stands in, outermost first.
    pub(super) shells: Vec<Shell>,
    /// For a task: how many items it stands under.
    pub(super) depth: Option<usize>,
}

/// Returns the description in which the leaves stand in this order.
pub(super) fn description(mut leaves: Vec<Leaf>) -> Value {
    nest_tasks(&mut leaves);
    let mut used = BTreeSet::new();
    let mut content = group(&leaves, 0, &mut used);
    if content.is_empty() {
        content.push(block("paragraph", Vec::new()));
    }
    json!({"type": "doc", "version": 1, "content": content})
}

/// Puts neighbours that stand in the same shell into it.
fn group(leaves: &[Leaf], level: usize, used: &mut BTreeSet<*const Value>) -> Vec<Value> {
    let mut nodes = Vec::new();
    let mut rest = leaves;
    while let Some(first) = rest.first() {
        let Some(shell) = first.shells.get(level) else {
            nodes.push(first.node.clone());
            rest = &rest[1..];
            continue;
        };
        let same = |leaf: &&Leaf| {
            leaf.shells
                .get(level)
                .is_some_and(|other| Rc::ptr_eq(other, shell))
        };
        let count = rest.iter().take_while(same).count();
        let mut node = Value::clone(shell);
        if !used.insert(Rc::as_ptr(shell))
            && let Some(attrs) = node["attrs"].as_object_mut()
            && kind(shell) != "taskList"
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
fn nest_tasks(leaves: &mut [Leaf]) {
    let mut open: Vec<(usize, Shell)> = Vec::new();
    let mut outer: Vec<Shell> = Vec::new();
    for leaf in leaves {
        let Some(depth) = leaf.depth else {
            open.clear();
            continue;
        };
        if !same_shells(&outer, &leaf.shells) {
            open.clear();
            outer.clone_from(&leaf.shells);
        }
        while open.last().is_some_and(|(above, _)| *above > depth) {
            open.pop();
        }
        if open.last().is_none_or(|(above, _)| *above < depth) {
            let id = leaf.node["attrs"]["localId"].as_str().unwrap_or_default();
            let list = json!({"type": "taskList", "attrs": {"localId": format!("{id}-list")}});
            open.push((depth, Rc::new(list)));
        }
        leaf.shells
            .extend(open.iter().map(|(_, list)| list.clone()));
    }
}

fn same_shells(one: &[Shell], other: &[Shell]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(one, other)| Rc::ptr_eq(one, other))
}

/// Returns the outermost of `shells` in which a node of this type may stand.
pub(super) fn shells_for(mut shells: Vec<Shell>, wanted: &str) -> Vec<Shell> {
    let wanted = if wanted == "taskItem" {
        "taskList"
    } else {
        wanted
    };
    while shells
        .last()
        .is_some_and(|last| !may_hold(kind(last), wanted))
    {
        shells.pop();
    }
    shells
}

/// Returns the id of each piece that is an item: the same for the same step, in every ticket and every time.
pub(super) fn local_ids(pieces: &[Piece]) -> Vec<Option<String>> {
    let mut used = BTreeSet::new();
    pieces
        .iter()
        .map(|piece| match &piece.kind {
            Kind::Item(item) => {
                let named = item.step.as_ref().map(|step| step.0.as_str());
                let mut hasher = blake3::Hasher::new();
                hasher.update(named.unwrap_or(&item.words).as_bytes());
                let sign = if named.is_some() { "rs" } else { "own" };
                let id = format!("{sign}-{}", letters_of(&hasher, 12));
                Some(unused(id, &mut used))
            }
            _ => None,
        })
        .collect()
}

/// Returns the id, with a number behind it where it is used.
fn unused(id: String, used: &mut BTreeSet<String>) -> String {
    let mut number = 1;
    let mut new = id.clone();
    while !used.insert(new.clone()) {
        number += 1;
        new = format!("{id}-{number}");
    }
    new
}

/// Splits a list into its items, each with what it stands in.
pub(super) fn parts(node: Value, shells: &[Shell], list: Option<&Shell>) -> Vec<Leaf> {
    let leaf = |node: Value, shells: Vec<Shell>| Leaf {
        node,
        shells,
        depth: None,
    };
    if !matches!(kind(&node), "bulletList" | "orderedList") {
        let shells = shells_for(shells.to_vec(), kind(&node));
        return vec![leaf(node, shells)];
    }
    let mut shells = shells_for(shells.to_vec(), kind(&node));
    shells.push(match list.filter(|list| kind(list) == kind(&node)) {
        Some(list) => list.clone(),
        None => Rc::new(empty(&node)),
    });
    let items = node::content(&node).iter().cloned();
    items.map(|item| leaf(item, shells.clone())).collect()
}

/// Returns a node without its content.
pub(super) fn empty(node: &Value) -> Value {
    let mut node = node.clone();
    node["content"] = Value::Array(Vec::new());
    node
}
