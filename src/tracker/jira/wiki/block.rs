//! Blocks of wiki markup as nodes, so that they can be written as Markdown.

use serde_json::{Value, json};

use super::inline::cells;
use super::print::COLOURS;
use super::scan::{Form, is_heading, is_rule, things};
use crate::tracker::jira::adf::inline::nodes;
use crate::tracker::jira::adf::node::{self, block, with_attrs};
use crate::tracker::jira::restore::ShownKind;

/// How deep macros are read in each other.
const DEEPEST: usize = 6;

/// Returns what a block is told by: what it says, white space folded.
pub(super) fn key(text: &str) -> String {
    let keys: Vec<String> = read(text).iter().map(node::key).collect();
    keys.join(" ")
}

/// Returns the nodes that a block is.
pub(super) fn read(text: &str) -> Vec<Value> {
    read_within(text, 0)
}

fn read_within(text: &str, depth: usize) -> Vec<Value> {
    let text = text.replace('\r', "");
    let start = text.trim_start();
    if let Some(nodes) = framed(start.trim_end(), depth) {
        return nodes;
    }
    if is_heading(start) {
        let level = start.as_bytes()[1] - b'0';
        return vec![with_attrs(
            "heading",
            json!({"level": level}),
            words(start[3..].trim()),
        )];
    }
    if is_rule(start) {
        return vec![json!({"type": "rule"})];
    }
    if let Some(quoted) = start.strip_prefix("bq. ") {
        return vec![block("blockquote", vec![paragraph(quoted)])];
    }
    if start.starts_with('|') {
        return vec![table(start)];
    }
    vec![paragraph(text.trim())]
}

/// Reads what stands between the two signs of a macro.
fn framed(text: &str, depth: usize) -> Option<Vec<Value>> {
    let (head, rest) = text.strip_prefix('{')?.split_once('}')?;
    let (name, params) = head.split_once(':').unwrap_or((head, ""));
    let inner = rest.strip_suffix(&format!("{{{name}}}"))?;
    if inner.contains(&format!("{{{name}}}")) {
        return None;
    }
    match name {
        "code" | "noformat" => {
            let code = inner.strip_prefix('\n').unwrap_or(inner);
            let code = code.strip_suffix('\n').unwrap_or(code);
            let language = params
                .split('|')
                .find(|part| !part.is_empty() && !part.contains('='))
                .filter(|_| name == "code");
            let content = match code {
                "" => Vec::new(),
                code => vec![json!({"type": "text", "text": code})],
            };
            Some(vec![match language {
                Some(language) => with_attrs("codeBlock", json!({"language": language}), content),
                None => block("codeBlock", content),
            }])
        }
        "quote" => Some(vec![block("blockquote", inside(inner, depth))]),
        "panel" | "info" | "note" | "warning" | "tip" => {
            let kind = match name {
                "tip" => "success",
                "panel" => colour(params),
                name => name,
            };
            Some(vec![with_attrs(
                "panel",
                json!({"panelType": kind}),
                inside(inner, depth),
            )])
        }
        _ => None,
    }
}

/// Returns the sort of panel that has a panel's colour.
fn colour(params: &str) -> &'static str {
    let colour = params
        .split('|')
        .find_map(|part| part.trim().strip_prefix("bgColor="));
    let known = COLOURS
        .iter()
        .find(|(_, it)| colour.is_some_and(|colour| colour.eq_ignore_ascii_case(it)));
    known.map_or("info", |(kind, _)| kind)
}

/// Returns what stands in a macro.
fn inside(text: &str, depth: usize) -> Vec<Value> {
    if depth >= DEEPEST {
        return vec![paragraph(text.trim())];
    }
    let mut out: Vec<Value> = Vec::new();
    let mut list: Option<(&str, Vec<Value>)> = None;
    let end_list = |list: &mut Option<(&str, Vec<Value>)>, out: &mut Vec<Value>| {
        out.extend(list.take().map(|(kind, items)| block(kind, items)));
    };
    for thing in things(text) {
        let Form::Line {
            words: said, tick, ..
        } = &thing.form
        else {
            end_list(&mut list, &mut out);
            out.extend(read_within(&text[thing.place.clone()], depth + 1));
            continue;
        };
        let kind = match thing.shown.kind {
            ShownKind::Bullet {
                number: Some(_), ..
            } => "orderedList",
            _ => "bulletList",
        };
        // A box in a note is a sign among words.
        let from = tick.as_ref().map_or(said.start, |tick| tick.start);
        let item = block(
            "listItem",
            vec![block("paragraph", words(&text[from..said.end.max(from)]))],
        );
        match &mut list {
            Some((open, items)) if *open == kind => items.push(item),
            _ => {
                end_list(&mut list, &mut out);
                list = Some((kind, vec![item]));
            }
        }
    }
    end_list(&mut list, &mut out);
    out
}

fn words(line: &str) -> Vec<Value> {
    nodes(&cells(line))
}

fn paragraph(text: &str) -> Value {
    let mut content = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            content.push(json!({"type": "hardBreak"}));
        }
        content.extend(words(line.trim()));
    }
    block("paragraph", content)
}

fn table(text: &str) -> Value {
    let rows = text.lines().map(|line| block("tableRow", row(line.trim())));
    block("table", rows.collect())
}

fn row(line: &str) -> Vec<Value> {
    let mut cells = Vec::new();
    let mut rest = line;
    while let Some(behind) = rest.strip_prefix('|') {
        let (kind, behind) = match behind.strip_prefix('|') {
            Some(behind) => ("tableHeader", behind),
            None => ("tableCell", behind),
        };
        let end = cell_end(behind);
        let own = behind[..end].trim();
        rest = &behind[end..];
        // What stands behind the last bar is a cell only where there is something.
        if rest.is_empty() && own.is_empty() {
            break;
        }
        cells.push(block(kind, vec![block("paragraph", words(own))]));
    }
    cells
}

/// Returns where the cell ends at whose start this is: at a bar that is not in a link and has no backslash before it.
fn cell_end(text: &str) -> usize {
    let mut is_escaped = false;
    let mut depth = 0usize;
    for (at, char) in text.char_indices() {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}
