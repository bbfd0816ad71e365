//! What must hold for reStructuredText whatever the text, and cases of how it reads.
//!
//! A case is a folder with a document `in.rst` and `out.txt`: its nodes, each behind the line it starts
//! on and indented as it is nested, then the names it gives to places, then the findings.

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use runsheet::document::outline::outline;
use runsheet::parse::parse;
use runsheet::source::{Markup, Source};
use serde_json::Value;
use snapbox::{Data, assert_data_eq};

use super::spans::{check, check_spans, whole};

/// Pieces that real documents are made of, and what breaks them.
const PIECES: &[&str] = &[
    "word",
    "two words",
    " ",
    "  ",
    "    ",
    "\t",
    "\n",
    "\n\n",
    "\n  ",
    "\n    ",
    "- ",
    "* ",
    "1. ",
    "#. ",
    "a) ",
    "(iv) ",
    "MM. ",
    ":f: ",
    ":f:",
    "-a  ",
    "--long=x  ",
    "/V  ",
    ">>> ",
    "| ",
    "|",
    "\n.. ",
    "..",
    "\n.. note:: ",
    "\n.. image:: x\n",
    "\n.. code-block:: sh\n\n   ",
    "\n.. csv-table:: t\n   ",
    ":header: a, \"b\n",
    ":delim: tab\n",
    "\n   \"c\"\"d\", - e\n   ",
    "\n   :opt: v",
    "\n.. _x:\n",
    "\n.. _y: z_\n",
    "\n.. |s| replace:: y",
    "\n.. [1] ",
    "\n.. [#a] ",
    "\n__ x",
    "\n=====\n",
    "\n---\n",
    "\n====\n",
    "~~~~",
    "\n+--+\n",
    "\n+---+---+\n",
    "\n| a | b |\n",
    "\n+===+===+\n",
    "\n=== ===\n",
    "\n=====  ====\n",
    "\n--- ---\n",
    "::",
    "::\n\n  ",
    "x::\n\n> ",
    "\\",
    "\\ ",
    "*",
    "**",
    "`",
    "``",
    "_",
    "__",
    "[1]_",
    "[#]_",
    "[*]_",
    "|s|",
    "`a <b>`_",
    "`a`__",
    ":r:`x`",
    "`x`:r:",
    ":ref:`a <b>`",
    "_`t`",
    "a_",
    "\"*\"",
    "(",
    ")",
    "<",
    ">",
    "http://x.y/z",
    "a@b.cd",
    "\n-- Me",
    "\u{2014}",
    "\u{a0}",
    "é",
    "日本",
    "\u{301}",
    "\u{c}",
    "term\n   def",
    ": ",
];

fn rst_like() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => rst_like(),
        1 => any::<String>(),
        1 => prop::collection::vec(any::<u8>(), 0..200)
            .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source::new("a.rst", text, Markup::Rst))
}

fn outline_of(text: &str) -> Value {
    let source = source(text);
    serde_json::to_value(outline(&parse(&source).value, &source)).expect("an outline is JSON")
}

/// Checks that everything read from `text` has its place in it.
fn check_places(text: &str) {
    let parsed = parse(&source(text));
    check_spans(&parsed.value, text);
    for diagnostic in &parsed.diagnostics {
        check(diagnostic.place.span, whole(text), text, diagnostic);
    }
}

/// What fuzzing found, once mended.
#[test]
fn findings_stay_mended() {
    check_places("\n  **\u{a0}\n  [1]_");
    check_places("\u{c}\u{c}\u{a0}:\n\u{c}\u{c}\u{fffd}\n\u{c}\0");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn spans_are_nested_and_in_bounds(text in any_text()) {
        check_places(&text);
    }

    #[test]
    fn line_ends_and_byte_order_marks_change_nothing(text in rst_like()) {
        let outline = outline_of(&text);
        prop_assert_eq!(&outline_of(&text.replace('\n', "\r\n")), &outline);
        prop_assert_eq!(&outline_of(&format!("\u{feff}{text}")), &outline);
    }

    #[test]
    fn blanks_at_line_ends_change_nothing(text in rst_like(), blanks in "[ \t\u{c}]{0,3}") {
        let blanked = text.replace('\n', &format!("{blanks}\n"));
        prop_assert_eq!(outline_of(&blanked), outline_of(&text));
    }
}

#[test]
fn documents_of_any_depth_are_read_and_dropped() {
    let quotes: String = (0..5_000)
        .map(|depth| format!("{}x\n\n", " ".repeat(depth)))
        .collect();
    for text in [quotes, "- ".repeat(100_000), ".. note:: ".repeat(50_000)] {
        let parsed = parse(&source(&text));
        assert!(
            parsed
                .diagnostics
                .iter()
                .any(|found| found.code.as_str() == "too-deep"),
            "{:?}",
            &text[..20]
        );
    }
}

#[test]
fn cases_read_as_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/parse");
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|case| case.join("in.rst").exists())
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    for case in cases {
        let text = std::fs::read_to_string(case.join("in.rst")).unwrap();
        assert_data_eq!(
            drawn(&text),
            Data::read_from(&case.join("out.txt"), None).raw()
        );
    }
}

/// Draws what `text` reads as.
fn drawn(text: &str) -> String {
    let source = source(text);
    let parsed = parse(&source);
    let mut drawing = String::new();
    let tree = serde_json::to_value(outline(&parsed.value, &source)).expect("an outline is JSON");
    draw(&tree, 0, &mut drawing);
    for anchor in &parsed.value.anchors {
        let line = source.line(anchor.block);
        drawing += &format!("`{}` names line {line}\n", anchor.name);
    }
    for found in &parsed.diagnostics {
        let (line, column) = (found.place.line(), found.place.column());
        let severity = found.severity.as_str();
        drawing += &format!("{line}:{column}: {severity}: {}\n", found.message);
    }
    drawing
}

fn draw(node: &Value, depth: usize, drawing: &mut String) {
    for child in node["children"].as_array().into_iter().flatten() {
        let line = child["line"].as_u64().unwrap_or_default();
        let kind = child["kind"].as_str().unwrap_or_default();
        *drawing += &format!("{line:>3} {}{kind}", "  ".repeat(depth));
        for (name, value) in child.as_object().into_iter().flatten() {
            let is_shown = !matches!(name.as_str(), "kind" | "line" | "children");
            if is_shown && !is_empty(value) {
                *drawing += &format!(" {name}={value}");
            }
        }
        drawing.push('\n');
        draw(child, depth + 1, drawing);
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
