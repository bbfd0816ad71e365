//! Nodes as wiki markup.
//!
//! The nodes are those of Cloud's descriptions, in which both formats are told apart from Markdown. What Jira's own
//! renderer knows without an add-on is used, and nothing else: notes are coloured panels, as Atlassian's converter
//! writes them.

use serde_json::Value;

use super::special::{Around, escaped};
use crate::tracker::jira::adf::node::{self, content, kind, marks};

/// The languages that Jira colours; of any other it would write that it does not know it.
const LANGUAGES: &[&str] = &[
    "actionscript",
    "ada",
    "applescript",
    "bash",
    "c",
    "c#",
    "c++",
    "cpp",
    "css",
    "erlang",
    "go",
    "groovy",
    "haskell",
    "html",
    "java",
    "javascript",
    "js",
    "json",
    "lua",
    "objc",
    "perl",
    "php",
    "python",
    "r",
    "ruby",
    "scala",
    "sh",
    "sql",
    "swift",
    "visualbasic",
    "xml",
    "yaml",
];

/// The colours of panels, as Atlassian's converter has them.
pub(super) const COLOURS: &[(&str, &str)] = &[
    ("info", "#deebff"),
    ("note", "#eae6ff"),
    ("success", "#e3fcef"),
    ("warning", "#fffae6"),
    ("error", "#ffebe6"),
];

/// Returns nodes within a line as wiki markup.
pub(super) fn line(nodes: &[Value]) -> String {
    let mut line = Line::new(Place::default());
    line.put(nodes, &[], None);
    line.out
}

/// Returns the words of a list's item or a heading, whose start is not the start of a block.
pub(super) fn words(nodes: &[Value]) -> String {
    one_line(&line(nodes))
}

/// Returns a block's lines; what is listed in it stands behind `bullets`.
pub(super) fn block(node: &Value, bullets: &str) -> String {
    let mut lines = Vec::new();
    push(node, bullets, Vec::new(), &mut lines);
    lines.join("\n")
}

fn push(node: &Value, bullets: &str, within: Vec<&str>, out: &mut Vec<String>) {
    match kind(node) {
        "paragraph" => out.push(paragraph(content(node))),
        "heading" => {
            let level = node["attrs"]["level"].as_u64().unwrap_or(1).clamp(1, 6);
            out.push(format!("h{level}. {}", words(content(node))));
        }
        "rule" => out.push("----".to_owned()),
        "codeBlock" => out.push(code(node)),
        "bulletList" => list(node, &format!("{bullets}*"), within, out),
        "orderedList" => list(node, &format!("{bullets}#"), within, out),
        "table" => content(node)
            .iter()
            .for_each(|row| out.push(self::row(row))),
        // A macro in itself would end it.
        "blockquote" if !within.contains(&"quote") => {
            framed("{quote}".to_owned(), "{quote}", "quote", node, within, out);
        }
        "panel" if !within.contains(&"panel") => {
            let wanted = node["attrs"]["panelType"].as_str().unwrap_or_default();
            let colour = COLOURS.iter().find(|(kind, _)| *kind == wanted);
            let (_, colour) = colour.unwrap_or(&COLOURS[0]);
            let open = format!("{{panel:bgColor={colour}}}");
            framed(open, "{panel}", "panel", node, within, out);
        }
        _ => blocks(content(node), bullets, within, out),
    }
}

fn framed(
    open: String,
    close: &str,
    name: &'static str,
    node: &Value,
    within: Vec<&str>,
    out: &mut Vec<String>,
) {
    let mut within = within;
    within.push(name);
    out.push(open);
    blocks(content(node), "", within, out);
    out.push(close.to_owned());
}

/// Puts blocks below each other, a blank line between those that would run together.
fn blocks(nodes: &[Value], bullets: &str, within: Vec<&str>, out: &mut Vec<String>) {
    for (at, node) in nodes.iter().enumerate() {
        if at > 0 {
            out.push(String::new());
        }
        push(node, bullets, within.clone(), out);
    }
}

fn list(node: &Value, bullets: &str, within: Vec<&str>, out: &mut Vec<String>) {
    for item in content(node) {
        let (first, rest) = match content(item) {
            [first, rest @ ..] if kind(first) == "paragraph" => (words(content(first)), rest),
            rest => (String::new(), rest),
        };
        out.push(format!("{bullets} {first}"));
        for child in rest {
            push(child, bullets, within.clone(), out);
        }
    }
}

/// Returns a paragraph whose lines are none of a list or another block.
fn paragraph(nodes: &[Value]) -> String {
    let mut line = Line::new(Place {
        is_first: true,
        ..Place::default()
    });
    line.put(nodes, &[], None);
    line.out
}

fn one_line(text: &str) -> String {
    text.replace('\n', " \\\\ ")
}

fn code(node: &Value) -> String {
    let text: String = content(node).iter().map(node::said).collect();
    let language = node["attrs"]["language"]
        .as_str()
        .unwrap_or_default()
        .to_lowercase();
    let language = match language.as_str() {
        "shell" | "console" | "zsh" | "shell-session" => "bash",
        "yml" => "yaml",
        "py" | "python3" => "python",
        name => name,
    };
    if LANGUAGES.contains(&language) && !text.contains("{code") {
        return format!("{{code:{language}}}\n{text}\n{{code}}");
    }
    if !text.contains("{noformat") {
        return format!("{{noformat}}\n{text}\n{{noformat}}");
    }
    if !text.contains("{code") {
        return format!("{{code}}\n{text}\n{{code}}");
    }
    let lines = text.lines().map(|line| match line {
        "" => String::from("{{ }}"),
        line => format!("{{{{{}}}}}", plain(line, Place::default())),
    });
    lines.collect::<Vec<String>>().join("\n")
}

fn row(row: &Value) -> String {
    let mut out = String::new();
    let mut last = "|";
    for cell in content(row) {
        last = if kind(cell) == "tableHeader" {
            "||"
        } else {
            "|"
        };
        out.push_str(last);
        let mut parts = Vec::new();
        for block in content(cell) {
            let mut line = Line::new(Place {
                is_boxed: true,
                ..Place::default()
            });
            line.put(node::content(block), &[], None);
            parts.push(one_line(&line.out));
        }
        let text = parts.join(" \\\\ ");
        out.push_str(if text.trim().is_empty() { " " } else { &text });
    }
    out + last
}

/// Where a line stands.
#[derive(Clone, Copy, Default)]
struct Place {
    is_first: bool,
    is_boxed: bool,
    is_marked: bool,
}

fn plain(text: &str, place: Place) -> String {
    escaped(
        text,
        Around {
            before: None,
            after: None,
            is_boxed: place.is_boxed,
            is_marked: place.is_marked,
            is_first: place.is_first,
        },
    )
}

struct Line {
    out: String,
    place: Place,
    /// The last character that is shown.
    before: Option<char>,
}

impl Line {
    fn new(place: Place) -> Self {
        Self {
            out: String::new(),
            place,
            before: None,
        }
    }

    /// Puts nodes whose marks of these kinds are opened already; `after` is the character behind them.
    fn put(&mut self, nodes: &[Value], open: &[&str], after: Option<char>) {
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            let mark = ["link", "strike", "strong", "em", "code"]
                .into_iter()
                .filter(|kind| !open.contains(kind))
                .find_map(|wanted| marks(node).iter().find(|mark| kind(mark) == wanted));
            let count = mark.map_or(1, |mark| run(&nodes[at..], mark));
            let next = nodes
                .get(at + count)
                .and_then(|node| node::said(node).chars().next());
            let next = if at + count < nodes.len() {
                next
            } else {
                after
            };
            match mark {
                None => self.leaf(node, next),
                Some(mark) => self.marked(&nodes[at..at + count], mark, open, next),
            }
            at += count;
        }
    }

    fn leaf(&mut self, node: &Value, after: Option<char>) {
        if kind(node) == "hardBreak" {
            self.out
                .push_str(if self.place.is_boxed { " \\\\ " } else { "\n" });
            self.before = None;
            return;
        }
        let said = node::said(node);
        let around = Around {
            // As it is written: behind an entity stands a semicolon.
            before: match self.out.ends_with(';') {
                true => Some(';'),
                false => self.before,
            },
            after,
            is_boxed: self.place.is_boxed,
            is_marked: self.place.is_marked,
            is_first: self.place.is_first && self.before.is_none(),
        };
        self.out.push_str(&escaped(&said, around));
        self.before = said.chars().next_back().or(self.before);
    }

    fn marked(&mut self, nodes: &[Value], mark: &Value, open: &[&str], after: Option<char>) {
        let kind_of = kind(mark);
        let said: String = nodes.iter().map(node::said).collect();
        let mut inner = Line::new(Place {
            is_first: false,
            is_boxed: self.place.is_boxed || kind_of == "link",
            is_marked: self.place.is_marked || kind_of != "code",
        });
        let mut opened = open.to_vec();
        opened.push(kind_of);
        // What is marked stands between signs, which are no letters.
        inner.before = Some('*');
        inner.put(nodes, &opened, Some('*'));
        let text = inner.out;
        let (lead, body, tail) = trimmed(&text);
        self.out.push_str(lead);
        if body.is_empty() {
            self.before = Some(' ');
            self.out.push_str(tail);
            return;
        }
        let before = lead.chars().next_back().or(self.before);
        let next = tail.chars().next().or(after);
        let touches =
            before.is_some_and(char::is_alphanumeric) || next.is_some_and(char::is_alphanumeric);
        let sign = match kind_of {
            "strike" => '-',
            "strong" => '*',
            _ => '_',
        };
        self.out.push_str(&match kind_of {
            "link" => link(
                body,
                &said,
                mark["attrs"]["href"].as_str().unwrap_or_default(),
            ),
            // Code that touches a word is none to Jira: it is said without its sign.
            "code" if touches => body.to_owned(),
            "code" => format!("{{{{{body}}}}}"),
            _ if touches || body.starts_with(sign) => format!("{{{sign}}}{body}{{{sign}}}"),
            _ => format!("{sign}{body}{sign}"),
        });
        self.out.push_str(tail);
        self.before = Some(tail.chars().next_back().unwrap_or('*'));
    }
}

/// Returns how many nodes bear a mark; code among them, which says no other mark than its own, does not end them.
fn run(nodes: &[Value], mark: &Value) -> usize {
    let is_code = |node: &Value| marks(node).iter().any(|mark| kind(mark) == "code");
    let mut count = 1;
    for (at, node) in nodes.iter().enumerate() {
        if marks(node).contains(mark) {
            count = at + 1;
        } else if !is_code(node) {
            break;
        }
    }
    count
}

fn link(body: &str, said: &str, href: &str) -> String {
    let address: String = href
        .chars()
        .map(|char| match char {
            '|' => "%7C".to_owned(),
            '[' => "%5B".to_owned(),
            ']' => "%5D".to_owned(),
            '{' => "%7B".to_owned(),
            '}' => "%7D".to_owned(),
            '\\' => "%5C".to_owned(),
            char if char.is_whitespace() => "%20".to_owned(),
            char => char.to_string(),
        })
        .collect();
    if said == href && address == href {
        format!("[{address}]")
    } else {
        format!("[{body}|{address}]")
    }
}

/// Returns the blanks at the start, what is between, and the blanks at the end.
fn trimmed(text: &str) -> (&str, &str, &str) {
    let body = text.trim();
    let lead = &text[..text.len() - text.trim_start().len()];
    let tail = &text[lead.len() + body.len()..];
    (lead, body, tail)
}
