//! What people do to a description in Jira's editor.

use std::collections::BTreeMap;

use runsheet::body::Body;
use runsheet::procedure::StepId;
use serde_json::{Value, json};

use crate::world::Edit;

/// Changes a description.
pub(super) fn work(description: &mut Value, (kind, a, b): Edit) {
    let mut lists = Vec::new();
    find_lists(description, &mut Vec::new(), &mut lists);
    let Some(path) = lists.get(usize::from(a) % lists.len().max(1)) else {
        return;
    };
    let list = at(description, path);
    let tasks: Vec<usize> = (0..list.len())
        .filter(|at| list[*at]["type"] == "taskItem")
        .collect();
    let Some(task) = tasks.get(usize::from(b) % tasks.len().max(1)).copied() else {
        return;
    };
    match kind % 10 {
        0 => {
            let done = list[task]["attrs"]["state"] == "DONE";
            list[task]["attrs"]["state"] = if done { "TODO" } else { "DONE" }.into();
        }
        1 => list[task]["attrs"]["localId"] = format!("lost-{a}-{b}").into(),
        2 => {
            if let Some(attrs) = list[task]["attrs"].as_object_mut() {
                attrs.remove("localId");
            }
        }
        3 => {
            for node in list[task]["content"].as_array_mut().into_iter().flatten() {
                if node["marks"].is_null() {
                    node["marks"] = json!([{"type": "strong"}, {"type": "textColor", "attrs": {"color": "#ff0000"}}]);
                }
            }
        }
        4 => {
            let content = list[task]["content"].as_array_mut();
            content.into_iter().for_each(|content| {
                content.push(json!({"type": "text", "text": " for "}));
                content.push(json!({"type": "mention", "attrs": {"id": "1", "text": "@Ann"}}));
            });
        }
        5 => {
            let new = json!({"type": "taskItem", "attrs": {"localId": format!("new-{b}"), "state": "DONE"}, "content": [{"type": "text", "text": format!("also this {b}")}]});
            list.insert(task + 1, new);
        }
        6 if list.iter().all(|node| node["type"] == "taskItem") => list.reverse(),
        7 => {
            // The same id twice: a copy, with other words.
            let mut copy = list[task].clone();
            copy["content"] = json!([{"type": "text", "text": format!("a copy {b}")}]);
            list.insert(task, copy);
        }
        8 if path.len() == 1 => {
            let top = description["content"].as_array_mut().unwrap();
            let list = top[path[0]].take();
            top[path[0]] = match b % 3 {
                0 => json!({"type": "panel", "attrs": {"panelType": "custom"}, "content": [list]}),
                1 => json!({"type": "expand", "attrs": {"title": "Hide"}, "content": [list]}),
                _ => {
                    json!({"type": "table", "attrs": {"layout": "default"}, "content": [{"type": "tableRow", "content": [
                        {"type": "tableCell", "attrs": {}, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "left"}]}]},
                        {"type": "tableCell", "attrs": {}, "content": [list]},
                    ]}]})
                }
            };
        }
        9 if path.len() == 1
            && list
                .iter()
                .all(|node| node["type"] == "taskItem" && node["attrs"]["state"] == "TODO") =>
        {
            let items: Vec<Value> = list.iter().map(|task| json!({"type": "listItem", "content": [{"type": "paragraph", "content": task["content"]}]})).collect();
            description["content"][path[0]] = json!({"type": "bulletList", "content": items});
        }
        _ => {}
    }
}

fn find_lists(node: &Value, path: &mut Vec<usize>, lists: &mut Vec<Vec<usize>>) {
    if node["type"] == "taskList" {
        lists.push(path.clone());
    }
    for (at, child) in node["content"].as_array().into_iter().flatten().enumerate() {
        path.push(at);
        find_lists(child, path, lists);
        path.pop();
    }
}

fn at<'a>(node: &'a mut Value, path: &[usize]) -> &'a mut Vec<Value> {
    let mut node = node;
    for at in path {
        node = &mut node["content"][*at];
    }
    node["content"].as_array_mut().unwrap()
}

/// Returns the steps of a ticket that a reader of the description still finds, each with its tick: by their first
/// words, which nothing above changes.
pub(super) fn states(description: &Value, ticket: &str) -> BTreeMap<StepId, bool> {
    let mut said = Vec::new();
    let mut stack = vec![description];
    while let Some(node) = stack.pop() {
        if node["type"] == "taskItem" || node["type"] == "listItem" {
            let text = |node: &Value| {
                node["content"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|node| node["text"].as_str().map(str::to_owned))
                    .collect::<String>()
            };
            let words = if node["type"] == "taskItem" {
                text(node)
            } else {
                text(&node["content"][0])
            };
            said.push((words, node["attrs"]["state"] == "DONE"));
        }
        stack.extend(node["content"].as_array().into_iter().flatten());
    }
    let body = Body::read(ticket);
    let steps = body
        .steps()
        .map(|(marker, item)| (marker.id.clone(), body.text_of(item).replace('`', "")));
    let steps: Vec<(StepId, String)> = steps.collect();
    let states = steps.iter().filter_map(|(id, words)| {
        let found: Vec<bool> = said
            .iter()
            .filter(|(said, _)| said.starts_with(words.as_str()))
            .map(|(_, done)| *done)
            .collect();
        let alone = steps
            .iter()
            .filter(|(_, other)| other.starts_with(words.as_str()))
            .count()
            == 1;
        match found.as_slice() {
            [done] if alone => Some((id.clone(), *done)),
            _ => None,
        }
    });
    states.collect()
}
