//! The nodes of a description: how they are made, and what may stand in what.
//!
//! What may stand where is said in Atlassian's JSON Schema of documents ("full"), and, where their editor is
//! stricter than that, by the editor.

use serde_json::{Map, Value, json};

use crate::document::fold_whitespace;

/// Returns a node's type; empty where it has none.
pub(crate) fn kind(node: &Value) -> &str {
    node["type"].as_str().unwrap_or_default()
}

/// Returns what stands in a node.
pub(crate) fn content(node: &Value) -> &[Value] {
    node["content"].as_array().map_or(&[], Vec::as_slice)
}

/// Returns a node with this content.
pub(crate) fn block(kind: &str, content: Vec<Value>) -> Value {
    json!({"type": kind, "content": content})
}

/// Returns a node with attributes and content.
pub(crate) fn with_attrs(kind: &str, attrs: Value, content: Vec<Value>) -> Value {
    json!({"type": kind, "attrs": attrs, "content": content})
}

/// Returns a piece of text, which must not be empty.
pub(crate) fn text(text: &str, marks: &[Value]) -> Value {
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
        "table" => kind == "tableRow",
        "tableRow" => matches!(kind, "tableCell" | "tableHeader"),
        "layoutSection" => kind == "layoutColumn",
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

/// Returns a node without its content.
pub(super) fn without_content(node: &Value) -> Value {
    let mut node = node.clone();
    if let Some(content) = node.get_mut("content") {
        *content = Value::Array(Vec::new());
    }
    node
}

/// Returns the words of a task: its own, or those of its first paragraph.
pub(super) fn words_of(task: &Value) -> &[Value] {
    match kind(task) {
        "blockTaskItem" => content(task).first().map_or(&[], content),
        _ => content(task),
    }
}

/// Returns the words of a list's item that holds nothing but one line.
pub(super) fn one_line(item: &Value) -> Option<&[Value]> {
    match content(item) {
        [paragraph] if kind(item) == "listItem" && kind(paragraph) == "paragraph" => {
            Some(content(paragraph))
        }
        _ => None,
    }
}

/// Returns what nodes within a line say, white space folded.
pub(crate) fn words(nodes: &[Value]) -> String {
    let mut words = String::new();
    for node in nodes {
        words.push_str(&said(node));
        // Where a link leads counts as said, if it is not.
        let link = marks(node).iter().find(|mark| kind(mark) == "link");
        if let Some(href) = link.and_then(|link| link["attrs"]["href"].as_str())
            && node["text"] != href
        {
            words.push_str(&format!("<{href}>"));
        }
    }
    folded(&words)
}

/// Returns a node's marks.
pub(crate) fn marks(node: &Value) -> &[Value] {
    node["marks"].as_array().map_or(&[], Vec::as_slice)
}

/// Returns what a node within a line says.
pub(crate) fn said(node: &Value) -> String {
    let attrs = &node["attrs"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let said = match kind(node) {
        "hardBreak" => Some(" ".to_owned()),
        "date" => text(&attrs["timestamp"]).map(day),
        "emoji" => text(&attrs["text"])
            .filter(|text| !text.is_empty())
            .or_else(|| text(&attrs["shortName"])),
        "inlineCard" | "blockCard" | "embedCard" => {
            text(&attrs["url"]).or_else(|| text(&attrs["data"]["url"]))
        }
        "mention" => text(&attrs["text"]).or_else(|| text(&attrs["id"])),
        "mediaInline" | "media" => text(&attrs["alt"]),
        _ => text(&node["text"]).or_else(|| text(&attrs["text"])),
    };
    said.unwrap_or_default()
}

/// Returns the day of a time in milliseconds since 1970.
fn day(timestamp: String) -> String {
    let time = timestamp
        .parse()
        .ok()
        .map(jiff::Timestamp::from_millisecond);
    match time {
        Some(Ok(time)) => time
            .to_zoned(jiff::tz::TimeZone::UTC)
            .strftime("%Y-%m-%d")
            .to_string(),
        _ => timestamp,
    }
}

/// Returns text with white space folded and without what cannot be seen.
pub(crate) fn folded(text: &str) -> String {
    let seen = |c: char| if c.is_control() { ' ' } else { c };
    fold_whitespace(&text.chars().map(seen).collect::<String>())
}

/// Tells whether a node's content stands within a line.
pub(super) fn holds_words(node: &Value) -> bool {
    matches!(
        kind(node),
        "paragraph" | "heading" | "decisionItem" | "caption" | "taskItem"
    )
}

/// Returns what a block shows, as far as Markdown tells it: what it is, and all its text.
pub(crate) fn key(node: &Value) -> String {
    let attrs = &node["attrs"];
    let name = match kind(node) {
        "rule" => return "rule".to_owned(),
        "heading" => format!("heading {} ", attrs["level"]),
        "codeBlock" => format!("code {} ", attrs["language"].as_str().unwrap_or_default()),
        "table" => "table ".to_owned(),
        "listItem" => "item ".to_owned(),
        "blockquote" | "panel" => "quote ".to_owned(),
        _ => String::new(),
    };
    name + &all_words(node)
}

/// Returns all text in a block, a line for each block in it: what a block in another is, not every place can tell.
fn all_words(node: &Value) -> String {
    match content(node) {
        inner if kind(node) == "codeBlock" => {
            let code: String = inner.iter().map(said).collect();
            code.trim_end().to_owned()
        }
        inner if holds_words(node) => words(inner),
        [] => folded(&said(node)),
        inner => {
            let lines: Vec<String> = inner.iter().map(all_words).collect();
            let lines = lines.iter().filter(|line| !line.is_empty());
            lines.map(String::as_str).collect::<Vec<&str>>().join("\n")
        }
    }
}
