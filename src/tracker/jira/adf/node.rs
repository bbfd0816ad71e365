//! The nodes of a description: how they are made, and what may stand in what.
//!
//! What may stand where is said in Atlassian's JSON Schema of documents ("full"), and, where their editor is
//! stricter than that, by the editor.

use serde_json::{Map, Value, json};

/// Returns a node's type; empty where it has none.
pub(super) fn kind(node: &Value) -> &str {
    node["type"].as_str().unwrap_or_default()
}

/// Returns what stands in a node.
pub(super) fn content(node: &Value) -> &[Value] {
    node["content"].as_array().map_or(&[], Vec::as_slice)
}

/// Returns a node with this content.
pub(super) fn block(kind: &str, content: Vec<Value>) -> Value {
    json!({"type": kind, "content": content})
}

/// Returns a node with attributes and content.
pub(super) fn with_attrs(kind: &str, attrs: Value, content: Vec<Value>) -> Value {
    json!({"type": kind, "attrs": attrs, "content": content})
}

/// Returns a piece of text, which must not be empty.
pub(super) fn text(text: &str, marks: &[Value]) -> Value {
    let mut node = Map::new();
    node.insert("type".to_owned(), "text".into());
    node.insert("text".to_owned(), text.into());
    if !marks.is_empty() {
        node.insert("marks".to_owned(), marks.into());
    }
    Value::Object(node)
}

/// Tells whether a node of ours may stand in a node of this type.
pub(super) fn may_hold(holder: &str, kind: &str) -> bool {
    match holder {
        "doc" | "layoutColumn" | "bodiedSyncBlock" => {
            !matches!(kind, "listItem" | "taskItem" | "nestedExpand")
        }
        "bulletList" | "orderedList" => kind == "listItem",
        "taskList" => matches!(kind, "taskItem" | "taskList"),
        "listItem" => matches!(
            kind,
            "paragraph" | "bulletList" | "orderedList" | "taskList" | "codeBlock"
        ),
        "blockquote" => matches!(
            kind,
            "paragraph" | "bulletList" | "orderedList" | "codeBlock"
        ),
        "panel" => is_plain(kind),
        "nestedExpand" => is_plain(kind) || matches!(kind, "panel" | "blockquote"),
        "expand" | "bodiedExtension" | "tableCell" | "tableHeader" => {
            is_plain(kind)
                || matches!(kind, "panel" | "blockquote")
                || kind == "table" && !holder.starts_with("table")
                || kind == "nestedExpand" && holder != "bodiedExtension"
        }
        _ => false,
    }
}

/// Tells whether it may stand in everything that is not a list or a quote.
fn is_plain(kind: &str) -> bool {
    matches!(
        kind,
        "paragraph" | "heading" | "bulletList" | "orderedList" | "taskList" | "codeBlock" | "rule"
    )
}
