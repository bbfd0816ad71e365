//! What must hold for the Markdown front end whatever the text.

use std::sync::Arc;

use proptest::prelude::*;
use runsheet::document::outline::outline;
use runsheet::parse::{Page, markdown, parse};
use runsheet::references::{ReferenceSettings, resolve};
use runsheet::source::{Markup, Source};

use super::spans::check_spans;

/// Pieces that real documents are made of, and what breaks them.
const PIECES: &[&str] = &[
    "\n```{eval-rst}\n",
    ".. note:: x\n\n   y\n",
    "\n.. csv-table:: t\n   :header: a, \"b\n\n   \"c\"\"d\", e\n",
    "\n.. _x:\n",
    "x::\n\n    y\n",
    "word ",
    "a *b* c",
    "**x",
    "`code`",
    "``",
    "~~s~~",
    "[link](a.md#b)",
    "[ref]",
    "[ref]: x\n",
    "![i](p.png)",
    "<b>",
    "\n",
    "\n\n",
    "\n  ",
    "\n    ",
    "\n\t",
    "- ",
    "* [ ] ",
    "1. ",
    "2) [x] ",
    "> ",
    "> [!NOTE]\n> ",
    "# T",
    "## U {#u}\n",
    "\n---\n",
    "\n===\n",
    "```sh\n",
    "```",
    "~~~",
    "```{note} A b\n",
    "```{code-block} sh\n:caption: C\n",
    "````{tip}\n",
    ":::{warning}\n",
    ":::",
    "::::",
    ":name: x\n",
    "!!! note \"T\"\n    ",
    "??? tip\n",
    "=== \"Tab\"\n    ",
    "(label)=\n",
    "{ref}`x <y>`",
    "{doc}`z`",
    "\\{a}`b`",
    "<details>\n<summary>S</summary>\n\n",
    "\n</details>\n",
    "<!-- c -->",
    "<a id=\"q\"></a>",
    "| a | b |\n|---|---|\n| c | d |\n",
    "[^1]",
    "[^1]: note\n",
    "{% tag %}",
    "é",
    "漢",
    "\u{a0}",
    "\u{feff}",
    "\0",
    "\\",
    "&amp;",
    "http://x.y",
];

fn markdown_like() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..60).prop_map(|pieces| pieces.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => markdown_like(),
        // To Markdown, a carriage return alone ends a line.
        1 => markdown_like().prop_map(|text| text.replace("word ", "\r")),
        1 => any::<String>(),
        1 => prop::collection::vec(any::<u8>(), 0..200)
            .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source::new("a.md", text, Markup::Markdown))
}

fn outline_of(text: &str) -> serde_json::Value {
    let source = source(text);
    serde_json::to_value(outline(&parse(&source).value, &source)).expect("an outline is JSON")
}

fn check_reading(text: &str) {
    let source = source(text);
    let mut document = parse(&source).value;
    check_spans(&document, text);
    markdown::dialect::read(&mut document, &source);
    check_spans(&document, text);
}

fn check_second_reading(text: &str) {
    let source = source(text);
    let mut document = parse(&source).value;
    markdown::dialect::read(&mut document, &source);
    let once = document.clone();
    markdown::dialect::read(&mut document, &source);
    assert_eq!(document, once);
}

fn check_line_ends(text: &str) {
    let outline = outline_of(text);
    assert_eq!(outline_of(&text.replace('\n', "\r\n")), outline);
    assert_eq!(outline_of(&format!("\u{feff}{text}")), outline);
}

/// Texts that once broke one of the properties below.
#[test]
fn findings_stay_mended() {
    for text in [
        "````{tip}\n\n- !!! note \"T\"\n    word \n===\n\n",
        ":::{warning}\n\n| a | b |\n|---|---|\n| c | d |\n:::{warning}\nword word ",
        "| a | b |\n|---|---|\n| c | d |\n!!! note \"T\"\n    word ",
        "- ``\n  :::\n===\n``~~s~~",
        "word [ref]: x\n\n\u{a0}\n",
    ] {
        check_reading(text);
        check_second_reading(text);
        check_line_ends(text);
    }
    check_reading("> :::tip\n> a\n>\rb");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_are_nested_and_in_bounds(text in any_text()) {
        check_reading(&text);
    }

    #[test]
    fn dialects_are_read_once_and_for_all(text in markdown_like()) {
        check_second_reading(&text);
    }

    #[test]
    fn references_are_resolved_in_any_text(text in any_text(), rst in any::<bool>()) {
        let markup = if rst { Markup::Rst } else { Markup::Markdown };
        let source = Arc::new(Source::new("docs/a", text, markup));
        let document = parse(&source).value;
        let settings = ReferenceSettings {
            docs_url: Some("https://x.org/{path}#{label}".into()),
            ..ReferenceSettings::default()
        };
        resolve(&mut [Page { source, document }], &settings);
    }

    #[test]
    fn line_ends_and_byte_order_marks_change_nothing(text in markdown_like()) {
        prop_assume!(!text.starts_with('\u{feff}'));
        check_line_ends(&text);
    }
}
