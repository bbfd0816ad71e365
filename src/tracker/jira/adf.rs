//! Descriptions of Jira Cloud: the Atlassian Document Format.
//!
//! [`write`] makes one of a ticket's body, [`read`] makes the body of one again. Every piece of the body is shown by
//! nodes of its own ([`blocks`](mod@blocks)), an item by a task that can be ticked. Tasks hold words only, so what
//! stands under an item stands behind it; what belongs to what is told by the body as it was last written, which is
//! [`Held`] beside the description.

use serde_json::Value;

use super::held::Held;

mod blocks;
mod build;
mod inline;
mod node;
mod write;

pub use write::write;

/// Returns the body of a ticket whose description this is.
pub fn read(description: &Value, held: &Held) -> String {
    let mut body = held.body.clone();
    let pieces = super::piece::cut(&held.body);
    let ids = build::local_ids(&pieces);
    let read = crate::body::Body::read(&held.body);
    let mut states = std::collections::BTreeMap::new();
    let mut stack = vec![description];
    while let Some(node) = stack.pop() {
        if let Some(id) = node["attrs"]["localId"].as_str() {
            states.entry(id).or_insert(node["attrs"]["state"] == "DONE");
        }
        stack.extend(node::content(node));
    }
    for (at, id) in ids.iter().enumerate() {
        let task = read
            .items
            .iter()
            .find(|item| item.node == Some(at))
            .and_then(|item| item.task.clone());
        if let (Some(task), Some(done)) = (task, id.as_deref().and_then(|id| states.get(id))) {
            body.replace_range(
                task.start + 1..task.start + 2,
                if *done { "x" } else { " " },
            );
        }
    }
    body
}
