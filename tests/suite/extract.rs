//! Cases of finding procedures: `tests/cases/extract/NAME/in.{rst,md}` and the tree expected, `out.txt`.
//!
//! A case may have a `config.toml` with `override`, `variants`, `choose`, `variables` and `set`. `SNAPSHOTS=overwrite`
//! accepts what comes out.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use runsheet::diagnostic::Diagnostic;
use runsheet::document::plain_text;
use runsheet::extract::{Overrides, extract, join};
use runsheet::parse::{Page, parse};
use runsheet::procedure::{Kind, Link, Origin, Part, PhaseKind, Procedure, Step, steps_in};
use runsheet::references::{ReferenceSettings, include, resolve};
use runsheet::run::Variant;
use runsheet::source::{Markup, Source};
use runsheet::variable::{self, Variables};
use runsheet::variant::{self, Axes};
use serde::Deserialize;
use snapbox::{Data, assert_data_eq};

/// What a case is read with.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    #[serde(rename = "override")]
    overrides: Overrides,
    variants: Axes,
    choose: Variant,
    variables: Variables,
    set: BTreeMap<String, String>,
}

#[test]
fn every_case_reads_as_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/extract");
    let mut folders: Vec<_> = fs::read_dir(cases)
        .expect("the case can be read")
        .map(|entry| entry.expect("the case can be read").path())
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    for folder in folders {
        let config = match fs::read_to_string(folder.join("config.toml")) {
            Ok(text) => toml::from_str(&text).expect("the case can be read"),
            Err(_) => Config::default(),
        };
        assert_data_eq!(
            tree_of(&folder, &config),
            Data::read_from(&folder.join("out.txt"), None).raw()
        );
    }
}

#[test]
fn ids_are_unique_and_reading_again_gives_the_same() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/extract");
    for entry in fs::read_dir(cases).expect("the case can be read") {
        let pages = pages(&entry.expect("the case can be read").path());
        let first = extract(&pages, &Overrides::default()).value;
        assert_eq!(first, extract(&pages, &Overrides::default()).value);
        for procedure in &first {
            let mut ids: Vec<_> = procedure.steps().map(|step| step.id.0.clone()).collect();
            let count = ids.len();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), count, "{}", procedure.slug);
        }
    }
}

/// Returns the pages of a case: `in.rst` or `in.md`, and the files beside it in the order of their names.
fn pages(folder: &Path) -> Vec<Page> {
    let mut names: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the case can be read")
        .map(|entry| PathBuf::from(entry.expect("the case can be read").file_name()))
        .collect();
    names.sort_by_key(|name| (name.file_stem() != Some("in".as_ref()), name.clone()));
    let sources = names
        .into_iter()
        .filter(|name| name != Path::new("out.txt"))
        .filter_map(|name| Some((Markup::of_path(&name)?, name)));
    let mut pages: Vec<Page> = sources
        .map(|(markup, name)| {
            let text = fs::read_to_string(folder.join(&name)).expect("the case can be read");
            let source = Arc::new(Source::new(name, text, markup));
            let document = parse(&source).value;
            Page { source, document }
        })
        .collect();
    include(&mut pages, &[PathBuf::new()], &|_| None);
    resolve(&mut pages, &ReferenceSettings::default());
    join(&pages, &[PathBuf::new()]).into_owned()
}

fn tree_of(folder: &Path, config: &Config) -> String {
    let found = extract(&pages(folder), &config.overrides);
    let mut out = String::new();
    let mut diagnostics = found.diagnostics;
    for procedure in found.value {
        let chosen = variant::choose(&procedure, &config.variants, &config.choose);
        diagnostics.extend(chosen.diagnostics);
        match variable::fill(&chosen.value, &config.variables, &config.set) {
            Ok(filled) => write_procedure(&filled, &mut out),
            Err(error) => writeln!(out, "error: {error}").expect("the case can be read"),
        }
    }
    for diagnostic in diagnostics {
        write_diagnostic(&diagnostic, &mut out);
    }
    out
}

fn write_diagnostic(diagnostic: &Diagnostic, out: &mut String) {
    let Diagnostic {
        code,
        severity,
        message,
        place,
        ..
    } = diagnostic;
    writeln!(
        out,
        "{}[{code}] line {}: {message}",
        severity.as_str(),
        place.line()
    )
    .expect("the case can be read");
}

fn write_procedure(procedure: &Procedure, out: &mut String) {
    writeln!(
        out,
        "procedure {} (line {}): {}",
        procedure.slug,
        procedure.place.line(),
        plain_text(&procedure.title)
    )
    .expect("the case can be read");
    for precondition in &procedure.preconditions {
        writeln!(out, "  needs: {}", plain_text(&precondition.text)).expect("the case can be read");
    }
    for phase in &procedure.phases {
        let kind = match phase.kind {
            PhaseKind::Before => "before",
            PhaseKind::Main => "main",
            PhaseKind::After => "after",
            PhaseKind::Abort => "abort",
            PhaseKind::Alternative => "alternative",
        };
        let replaces = phase
            .replaces
            .map(|at| format!(" to phase {at}"))
            .unwrap_or_default();
        writeln!(out, "  {kind}{replaces}: {}", plain_text(&phase.title))
            .expect("the case can be read");
        write_parts(&phase.parts, 2, out);
    }
}

fn write_parts(parts: &[Part], depth: usize, out: &mut String) {
    for part in parts {
        match part {
            Part::Step(step) => write_step(step, depth, out),
            Part::Command(command) => {
                let lines: Vec<_> = command.text.lines().collect();
                let caption = command
                    .caption
                    .as_ref()
                    .map(|caption| format!(" ({caption})"))
                    .unwrap_or_default();
                writeln!(
                    out,
                    "{}$ {}{caption}",
                    "  ".repeat(depth),
                    lines.join(" / ")
                )
                .expect("the case can be read");
            }
            Part::Block(_) => {}
        }
    }
    assert!(steps_in(parts).count() <= parts.len());
}

fn write_step(step: &Step, depth: usize, out: &mut String) {
    let sign = match (step.has_box, step.kind) {
        (true, Kind::Action) => "[ ]",
        (true, Kind::Check) => "[v]",
        (true, Kind::Setting) => "[=]",
        (true, _) => "[?]",
        (false, Kind::Expectation) => "->",
        (false, Kind::Contingency) => "!",
        (false, _) => ".",
    };
    let from = match step.origin {
        Origin::Item => "",
        Origin::Section => " <section>",
        Origin::Paragraph => " <paragraph>",
    };
    let mut more = String::new();
    if step.optional {
        more.push_str(" (optional)");
    }
    if let Some(condition) = &step.condition {
        write!(more, " (condition: {condition})").expect("the case can be read");
    }
    if let Some(setting) = &step.setting {
        write!(
            more,
            " (set {} to {})",
            setting.name,
            setting.value.as_deref().unwrap_or("?")
        )
        .expect("the case can be read");
    }
    if !step.path.is_empty() {
        write!(more, " (for {})", step.path.join(", ")).expect("the case can be read");
    }
    for link in &step.links {
        match link {
            Link::Step(id) => write!(more, " (see step {id})").expect("the case can be read"),
            Link::Phase(at) => write!(more, " (see phase {at})").expect("the case can be read"),
            Link::Procedure(slug) => {
                write!(more, " (see procedure {slug})").expect("the case can be read")
            }
        }
    }
    writeln!(
        out,
        "{}{sign}{from} {}{more}",
        "  ".repeat(depth),
        step.plain_text()
    )
    .expect("the case can be read");
    writeln!(out, "{}    #{}", "  ".repeat(depth), step.id).expect("the case can be read");
    write_parts(&step.parts, depth + 1, out);
}

/// Pieces that procedures are made of, and what breaks them.
const PIECES: &[&str] = &[
    "Release\n=======\n\n",
    "Prerequisites\n-------------\n\n",
    "Step 1: Stop\n~~~~~~~~~~~~\n\n",
    "# Upgrade\n\n",
    "## 2. Run\n\n",
    "1. ",
    "#. ",
    "* ",
    "- [ ] ",
    "  ",
    "    ",
    "\n",
    "\n\n",
    "If ",
    "it fails, ",
    "run ",
    "``make all``",
    "`x`",
    "**Note**: ",
    "(optional) ",
    "on the host ",
    "the server",
    "will restart",
    ". ",
    ": ",
    ", ",
    "should be ",
    "checked",
    "and verify ",
    "that it is set to ",
    "::\n\n    git push\n\n",
    ".. code-block:: sh\n\n    ls\n\n",
    "```sh\nls\n```\n",
    ".. note:: ",
    ".. runsheet: box\n\n",
    "<!-- runsheet: phase=abort -->\n",
    ".. _label:\n\n",
    ":ref:`label`",
    "[a](#release)",
    "(",
    ")",
    "é",
    "\u{e000}",
    "$ ",
    "<name> ",
    "steps 2-4 ",
    "term\n    def\n",
    ".. tabs::\n\n   .. tab:: A\n\n      ",
    "{{ version }}",
    "|sub|",
    " — ",
    " – ",
    "… ",
    "“",
    "” ",
    "’s ",
    "\u{a0}",
    "✅ ",
];

/// Words that the extraction looks at, and the pieces above as often.
fn pieces() -> impl Strategy<Value = String> {
    let words: Vec<String> = include_str!("../../src/extract/words.txt")
        .lines()
        .filter(|line| line.starts_with(' '))
        .flat_map(str::split_whitespace)
        .map(|word| word.replace('_', " ") + " ")
        .collect();
    let pieces = prop::sample::select(PIECES).prop_map(str::to_owned);
    prop_oneof![pieces, prop::sample::select(words)]
}

proptest! {
    #[test]
    fn any_text_reads_without_panic_and_ids_are_unique(pieces in prop::collection::vec(pieces(), 0..60), rst: bool) {
        let markup = if rst { Markup::Rst } else { Markup::Markdown };
        let source = Arc::new(Source::new("in", pieces.concat(), markup));
        let document = parse(&source).value;
        let mut pages = vec![Page { source, document }];
        resolve(&mut pages, &ReferenceSettings::default());
        for procedure in extract(&pages, &Overrides::default()).value {
            let ids: Vec<_> = procedure.steps().map(|step| &step.id).collect();
            let unique: std::collections::BTreeSet<_> = ids.iter().collect();
            prop_assert_eq!(ids.len(), unique.len());
            prop_assert!(procedure.steps().all(|step| !step.id.0.is_empty()));
            let chosen = variant::choose(&procedure, &Axes::default(), &Variant::default());
            prop_assert_eq!(&chosen.value, &procedure);
            prop_assert!(chosen.diagnostics.is_empty());
        }
    }
}
