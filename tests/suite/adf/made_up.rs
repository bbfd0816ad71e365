//! Made-up Markdown, and made-up descriptions as people and other programs leave them.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Returns Markdown of any kind, well formed or not.
pub(crate) fn markdown() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => "[a-z *_`~\\[\\]()<>&!#|\\\\-]{0,24}",
        1 => Just(String::new()),
        2 => Just(String::new()),
        1 => Just("# Heading".to_owned()),
        1 => Just("---".to_owned()),
        1 => Just("```sh\ncode <x>\n```".to_owned()),
        1 => Just("> quote".to_owned()),
        1 => Just("> [!WARNING]\n> hot".to_owned()),
        1 => Just("| a | b |\n| --- | --- |\n| `c` | d<br>e |".to_owned()),
        1 => Just("<details><summary>Fold</summary>".to_owned()),
        1 => Just("</details>".to_owned()),
        1 => Just("<!-- note -->".to_owned()),
        1 => Just("[ref]: https://x.example/a".to_owned()),
        1 => Just("see [x][ref] and https://x.example/b.".to_owned()),
        3 => "[a-z]{1,8}".prop_map(|word| format!("- [ ] {word} <!-- rs {word} h=00000000 -->")),
        2 => "[a-z]{1,8}".prop_map(|word| format!("- [x] {word}")),
        2 => "[a-z]{1,8}".prop_map(|word| format!("- {word}")),
        1 => "[a-z]{1,8}".prop_map(|word| format!("1. {word}")),
        1 => "[a-z]{1,8}".prop_map(|word| format!("1. [ ] {word}")),
    ];
    let indented = (line, 0usize..4).prop_map(|(line, depth)| {
        let margin = "  ".repeat(depth);
        line.lines()
            .map(|line| format!("{margin}{line}\n"))
            .collect::<String>()
            + if line.is_empty() { "\n" } else { "" }
    });
    vec(indented, 0..16).prop_map(|lines| lines.concat())
}

fn text() -> impl Strategy<Value = Value> {
    let marks = prop_oneof![
        4 => Just(json!(null)),
        1 => Just(json!([{"type": "strong"}])),
        1 => Just(json!([{"type": "em"}, {"type": "strike"}])),
        1 => Just(json!([{"type": "code"}])),
        1 => Just(json!([{"type": "link", "attrs": {"href": "https://x.example/(a)"}}])),
        1 => Just(json!([{"type": "textColor", "attrs": {"color": "#ff0000"}}])),
        1 => Just(json!([{"type": "underline"}])),
        1 => Just(json!([{"type": "subsup", "attrs": {"type": "sub"}}, {"type": "unknown"}])),
    ];
    let words = prop_oneof![
        4 => "[a-z]{1,8}( [a-z]{1,8}){0,3} ?",
        1 => "[ -~]{1,16}",
        1 => Just("- [ ] x".to_owned()),
        1 => Just("1. a".to_owned()),
        1 => Just("# a <!-- rs x -->".to_owned()),
        1 => Just("</details>".to_owned()),
        1 => Just("    four".to_owned()),
        1 => Just("two\nlines\u{2028}é".to_owned()),
    ];
    (words, marks).prop_map(|(words, marks)| match marks {
        Value::Null => json!({"type": "text", "text": words}),
        marks => json!({"type": "text", "text": words, "marks": marks}),
    })
}

fn inline() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => text(),
        1 => Just(json!({"type": "hardBreak"})),
        1 => Just(json!({"type": "mention", "attrs": {"id": "7", "text": "@Ann Lee", "accessLevel": ""}})),
        1 => Just(json!({"type": "emoji", "attrs": {"shortName": ":smile:", "text": "😄"}})),
        1 => Just(json!({"type": "date", "attrs": {"timestamp": "1763769600000"}})),
        1 => Just(json!({"type": "status", "attrs": {"text": "In *progress*", "color": "blue", "localId": "s"}})),
        1 => Just(json!({"type": "inlineCard", "attrs": {"url": "https://x.example/y"}})),
        1 => Just(json!({"type": "mediaInline", "attrs": {"id": "m", "collection": "c"}})),
        1 => Just(json!({"type": "placeholder", "attrs": {"text": "type here"}})),
        1 => Just(json!({"type": "inlineExtension", "attrs": {"extensionKey": "k", "extensionType": "t", "parameters": {"a": [1]}}})),
        1 => Just(json!({"type": "newThing", "odd": true})),
        1 => Just(json!("not a node")),
    ]
}

fn inlines() -> impl Strategy<Value = Vec<Value>> {
    vec(inline(), 0..4)
}

fn task() -> impl Strategy<Value = Value> {
    (inlines(), any::<bool>(), "[a-d]").prop_map(|(content, done, id)| {
        let state = if done { "DONE" } else { "TODO" };
        json!({"type": "taskItem", "attrs": {"localId": id, "state": state}, "content": content})
    })
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => inlines().prop_map(|content| json!({"type": "paragraph", "content": content})),
        1 => inlines().prop_map(|content| json!({"type": "paragraph", "attrs": {"localId": "p"}, "content": content, "marks": [{"type": "alignment", "attrs": {"align": "center"}}]})),
        1 => Just(json!({"type": "paragraph"})),
        2 => (1u8..7, inlines()).prop_map(|(level, content)| json!({"type": "heading", "attrs": {"level": level}, "content": content})),
        1 => Just(json!({"type": "codeBlock", "attrs": {"language": "sh", "uniqueId": "u"}, "content": [{"type": "text", "text": "a\n```\n\n  b"}]})),
        1 => Just(json!({"type": "codeBlock"})),
        1 => Just(json!({"type": "rule"})),
        1 => Just(json!({"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [{"type": "media", "attrs": {"id": "m", "type": "file", "collection": "c"}}]})),
        1 => Just(json!({"type": "blockCard", "attrs": {"url": "https://x.example/z"}})),
        1 => Just(json!({"type": "extension", "attrs": {"extensionKey": "k", "extensionType": "t", "text": "macro"}})),
        1 => inlines().prop_map(|content| json!({"type": "decisionList", "attrs": {"localId": "d"}, "content": [{"type": "decisionItem", "attrs": {"localId": "e", "state": "DECIDED"}, "content": content}]})),
        1 => Just(json!({"type": "newBlock", "content": {"odd": 1}})),
        1 => Just(json!({"content": [1, null, {"type": "text", "text": "lost"}]})),
        1 => Just(json!(null)),
    ]
}

fn block() -> impl Strategy<Value = Value> {
    let tasks = vec(task(), 0..4).prop_map(
        |content| json!({"type": "taskList", "attrs": {"localId": "l"}, "content": content}),
    );
    prop_oneof![3 => leaf(), 2 => tasks].prop_recursive(4, 24, 4, |inner| {
        let some = || vec(inner.clone(), 0..4);
        // No list holds a fold, however odd the description.
        let item = |mut content: Vec<Value>| {
            content.retain(|node| !node.to_string().contains("\"expand\""));
            json!({"type": "listItem", "content": content})
        };
        let cell = |content: Vec<Value>| json!({"type": "tableCell", "attrs": {"background": "#eee", "colspan": 1}, "content": content});
        prop_oneof![
            vec(some(), 0..3).prop_map(move |items| json!({"type": "bulletList", "content": items.into_iter().map(item).collect::<Vec<_>>()})),
            vec(some(), 1..3).prop_map(move |items| json!({"type": "orderedList", "attrs": {"order": 3}, "content": items.into_iter().map(item).collect::<Vec<_>>()})),
            (vec(task(), 1..3), some()).prop_map(|(tasks, more)| {
                let content = [tasks, more].concat();
                json!({"type": "taskList", "attrs": {"localId": "n"}, "content": content})
            }),
            some().prop_map(|content| json!({"type": "panel", "attrs": {"panelType": "custom", "panelColor": "#fff"}, "content": content})),
            some().prop_map(|content| json!({"type": "blockquote", "content": content})),
            some().prop_map(|content| json!({"type": "expand", "attrs": {"title": "A & <b>"}, "content": content})),
            vec(some(), 1..3).prop_map(|columns| json!({"type": "layoutSection", "content": columns.into_iter().map(|content| json!({"type": "layoutColumn", "attrs": {"width": 50}, "content": content})).collect::<Vec<_>>()})),
            vec(vec(some(), 1..3), 1..3).prop_map(move |rows| json!({"type": "table", "attrs": {"layout": "wide", "isNumberColumnEnabled": true}, "content": rows.into_iter().map(|cells| json!({"type": "tableRow", "content": cells.into_iter().map(cell).collect::<Vec<_>>()})).collect::<Vec<_>>()})),
            some().prop_map(|content| json!({"type": "bodiedExtension", "attrs": {"extensionKey": "k", "extensionType": "t"}, "content": content})),
            some().prop_map(|content| json!({"type": "unknownFrame", "attrs": {"x": {"y": 1}}, "content": content})),
        ]
    })
}

/// Returns a description of any kind, valid or not.
pub(super) fn description() -> impl Strategy<Value = Value> {
    vec(block(), 1..6).prop_map(|content| json!({"type": "doc", "version": 1, "content": content}))
}
