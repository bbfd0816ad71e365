//! The documents that descriptions and comments are: what the fake refuses of them, and the boxes in them.

use serde_json::Value;

/// The nodes that hold blocks or words, with the nodes that each may hold; `None` for leaves.
const NODES: &[(&str, Option<&[&str]>)] = &[
    ("doc", Some(BLOCKS)),
    ("paragraph", Some(INLINES)),
    ("heading", Some(INLINES)),
    ("taskItem", Some(INLINES)),
    ("taskList", Some(&["taskItem", "taskList", "blockTaskItem"])),
    ("bulletList", Some(&["listItem"])),
    ("orderedList", Some(&["listItem"])),
    (
        "listItem",
        Some(&[
            "paragraph",
            "bulletList",
            "orderedList",
            "taskList",
            "codeBlock",
            "mediaSingle",
        ]),
    ),
    ("codeBlock", Some(&["text"])),
    (
        "blockquote",
        Some(&[
            "paragraph",
            "bulletList",
            "orderedList",
            "codeBlock",
            "mediaSingle",
        ]),
    ),
    (
        "panel",
        Some(&[
            "paragraph",
            "heading",
            "bulletList",
            "orderedList",
            "taskList",
            "codeBlock",
            "rule",
            "blockCard",
        ]),
    ),
    ("expand", Some(BLOCKS)),
    ("nestedExpand", Some(BLOCKS)),
    ("table", Some(&["tableRow"])),
    ("tableRow", Some(&["tableCell", "tableHeader"])),
    ("tableCell", Some(BLOCKS)),
    ("tableHeader", Some(BLOCKS)),
    ("rule", None),
    ("text", None),
    ("hardBreak", None),
    ("emoji", None),
    ("mention", None),
    ("inlineCard", None),
    ("date", None),
    ("status", None),
];
const BLOCKS: &[&str] = &[
    "paragraph",
    "heading",
    "taskList",
    "bulletList",
    "orderedList",
    "codeBlock",
    "blockquote",
    "panel",
    "expand",
    "nestedExpand",
    "table",
    "rule",
];
const INLINES: &[&str] = &[
    "text",
    "hardBreak",
    "emoji",
    "mention",
    "inlineCard",
    "date",
    "status",
];

/// Returns what is wrong with a value as a document, if anything.
pub(super) fn fault(value: &Value) -> Option<String> {
    if value["type"] != "doc" || value["version"] != 1 {
        return Some(
            "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
                .to_owned(),
        );
    }
    if value.to_string().chars().count() > 32_767 {
        return Some(
            "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
                .to_owned(),
        );
    }
    if value["content"].as_array().is_none_or(Vec::is_empty) {
        return Some("INVALID_INPUT: a document is not empty".to_owned());
    }
    node_fault(value)
}

fn node_fault(node: &Value) -> Option<String> {
    let kind = node["type"].as_str().unwrap_or_default();
    let Some((_, holds)) = NODES.iter().find(|(name, _)| *name == kind) else {
        return Some(format!("INVALID_INPUT: unknown node `{kind}`"));
    };
    let attributes = node["attrs"].as_object();
    let has = |key: &str| attributes.is_some_and(|it| it.get(key).is_some_and(Value::is_string));
    match kind {
        "text" if node["text"].as_str().is_none_or(str::is_empty) => {
            return Some("INVALID_INPUT: a text is not empty".to_owned());
        }
        "taskItem" | "taskList" => {
            let only = if kind == "taskItem" {
                &["localId", "state"][..]
            } else {
                &["localId"][..]
            };
            let keys: Vec<&str> = attributes
                .into_iter()
                .flatten()
                .map(|(key, _)| key.as_str())
                .collect();
            if !only.iter().all(|key| has(key)) || keys.len() != only.len() {
                return Some(format!(
                    "INVALID_INPUT: `{kind}` has {only:?} and nothing else, not {keys:?}"
                ));
            }
            if kind == "taskItem" && !["TODO", "DONE"].contains(&node["attrs"]["state"].as_str()?) {
                return Some("INVALID_INPUT: a task is TODO or DONE".to_owned());
            }
        }
        _ => {}
    }
    let content = node["content"].as_array();
    let needs = [
        "taskList",
        "bulletList",
        "orderedList",
        "listItem",
        "table",
        "tableRow",
        "panel",
        "expand",
    ];
    if needs.contains(&kind) && content.is_none_or(Vec::is_empty) {
        return Some(format!("INVALID_INPUT: a `{kind}` is not empty"));
    }
    for child in content.into_iter().flatten() {
        let name = child["type"].as_str().unwrap_or_default();
        if !holds.is_some_and(|holds| holds.contains(&name)) {
            return Some(format!("INVALID_INPUT: `{kind}` holds no `{name}`"));
        }
        if let Some(fault) = node_fault(child) {
            return Some(fault);
        }
    }
    None
}

/// What stands before the words of a box in text, open and ticked: in wiki markup, and in the apps for checklists.
const BOXES: [(&str, &str); 3] = [("* ☐ ", "* ☑ "), ("* [ ] ", "* [x] "), ("- ", "+ ")];

/// Returns a line with its box ticked; `None` where it has none.
fn ticked(line: &str) -> Option<String> {
    let line = line.trim_start();
    let known = BOXES
        .iter()
        .find(|(open, done)| line.starts_with(open) || line.starts_with(done))?;
    Some(match line.strip_prefix(known.0) {
        Some(words) => format!("{}{words}", known.1),
        None => line.to_owned(),
    })
}

/// Ticks the first box whose words contain these; tells whether there is one.
pub(super) fn tick(node: &mut Value, words: &str) -> bool {
    if let Some(text) = node.as_str() {
        let says = |line: &&str| ticked(line).is_some() && line.contains(words);
        let Some(line) = text.lines().find(says) else {
            return false;
        };
        let done = ticked(line).unwrap_or_default();
        *node = Value::from(text.replacen(line, &done, 1));
        return true;
    }
    if node["type"] == "paragraph"
        && let Some(done) = ticked(&text(node)).filter(|it| it.contains(words))
    {
        node["content"] = serde_json::json!([{"type": "text", "text": done}]);
        return true;
    }
    if node["type"] == "taskItem" && text(node).contains(words) {
        node["attrs"]["state"] = Value::from("DONE");
        return true;
    }
    let content = node.get_mut("content").and_then(Value::as_array_mut);
    content
        .into_iter()
        .flatten()
        .any(|child| tick(child, words))
}

/// Returns the state of the first box whose words contain these.
pub(super) fn state(node: &Value, words: &str) -> Option<String> {
    let of = |line: &str| {
        let done = ticked(line).filter(|_| line.contains(words))?;
        Some(
            if line.trim_start() == done {
                "DONE"
            } else {
                "TODO"
            }
            .to_owned(),
        )
    };
    if let Some(text) = node.as_str() {
        return text.lines().find_map(of);
    }
    if node["type"] == "paragraph" {
        return of(&text(node));
    }
    if node["type"] == "taskItem" && text(node).contains(words) {
        return node["attrs"]["state"].as_str().map(str::to_owned);
    }
    let content = node["content"].as_array().into_iter().flatten();
    content.filter_map(|child| state(child, words)).next()
}

/// Returns the words of a node.
pub(crate) fn text(node: &Value) -> String {
    if let Some(text) = node["text"].as_str() {
        return text.to_owned();
    }
    let content = node["content"].as_array().into_iter().flatten();
    content.map(text).collect()
}
