//! Tickets as descriptions of Jira Cloud and back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use runsheet::body::{Body, seal};
use runsheet::checklist::Evidence;
use runsheet::merge::{Policy, merge, report};
use runsheet::parse::{Page, parse};
use runsheet::render::{Templates, checklist};
use runsheet::report::Outcome;
use runsheet::run::{RunKey, Variant};
use runsheet::source::{Markup, Source};
use runsheet::tracker::jira::adf::{read, write};
use runsheet::tracker::jira::held::Held;
use runsheet::{extract, references};
use serde_json::{Value, json};
use snapbox::Data;

use crate::world::{Doc, Edit, work};

mod editor;
pub(crate) mod made_up;

use made_up::{description, markdown};

/// How often each property is tried; `PROPTEST_CASES` says otherwise.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(
            std::env::var("PROPTEST_CASES").map_or(cases, |given| given.parse().unwrap()),
        )
    }
}

pub(crate) fn edits(most: usize) -> impl Strategy<Value = Vec<Edit>> {
    vec(any::<Edit>(), 0..most)
}

/// Returns the body with a report on each step, made up of a number.
pub(crate) fn reported(body: &str, seed: u16) -> String {
    let mut body = body.to_owned();
    let ids: Vec<_> = Body::read(&body)
        .steps()
        .map(|(marker, _)| marker.id.clone())
        .collect();
    for (at, id) in ids.iter().enumerate() {
        let evidence = Evidence {
            by: (at % 2 == 0).then(|| "ann, b.".to_owned()),
            at: (at % 3 == 0).then(|| "2026-11-22T10:40:00Z".parse().unwrap()),
            link: (at % 4 == 0).then(|| "https://ci.example/7?a=1&b=(2)".to_owned()),
            note: (at % 5 == 0).then(|| "all *green*: a, b: c `x`".to_owned()),
        };
        let reason = "no [database] here, yet: *later*".to_owned();
        let outcome = match (at + usize::from(seed)) % 5 {
            0 => Outcome::Done,
            1 => Outcome::Skipped { reason },
            2 => Outcome::Failed { reason },
            3 => Outcome::Undone,
            _ => continue,
        };
        body = report(&body, id, &outcome, &evidence).unwrap().body;
    }
    body
}

fn tasks(description: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    let mut stack = vec![description];
    while let Some(node) = stack.pop() {
        if node["type"] == "taskItem" {
            found.push(node);
        }
        stack.extend(node["content"].as_array().into_iter().flatten().rev());
    }
    found
}

#[test]
fn a_box_under_what_is_not_seen_keeps_its_indent() {
    let texts = [
        "-\n  - [ ] a <!-- rs a h=00000000 -->\n",
        "- [hidden]: https://x.example/a\n  - [ ] a <!-- rs a h=00000000 -->\n",
        "- a\n\n    [hidden]: https://x.example/a\n  - [ ] a <!-- rs a h=00000000 -->\n",
    ];
    for text in texts {
        let (description, held) = write(text, None);
        assert_eq!(read(&description, &held), text);
        let again = write(text, Some((&description, &held)));
        assert_eq!(again, (description, held));
    }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn a_ticket_is_read_back_byte_for_byte(steps in 1usize..25, seed: u16, people in edits(8), state: u16) {
        let mut body = Doc::new(steps, seed, true).ticket();
        for (serial, edit) in people.into_iter().enumerate() {
            body = work(&body, edit, serial).0;
        }
        let body = reported(&body, state);
        let (description, held) = write(&body, None);
        prop_assert_eq!(read(&description, &held), body.clone());
        let (again, held_again) = write(&body, Some((&description, &held)));
        prop_assert_eq!(again, description);
        prop_assert_eq!(held_again, held);
        let boxes = Body::read(&body).items.iter().filter(|item| item.task.is_some()).count();
        prop_assert_eq!(tasks(&write(&body, None).0).len(), boxes);
    }

    #[test]
    fn any_markdown_is_read_back(text in markdown()) {
        let (description, held) = write(&text, None);
        prop_assert_eq!(read(&description, &held), text.clone());
        let again = write(&text, Some((&description, &held)));
        prop_assert_eq!(&again, &(description, held));
    }

    #[test]
    fn what_is_written_over_itself_stays(description in description()) {
        let held = Held::default();
        let body = read(&description, &held);
        let (again, held) = write(&body, Some((&description, &held)));
        prop_assert!(again == description, "DESCRIPTION {description}\nAGAIN {again}\nBODY {body}");
        let second = read(&again, &held);
        prop_assert!(second == body, "DESCRIPTION {description}\nSECOND {second}\nBODY {body}");
    }

    #[test]
    fn a_merge_into_a_description_reads_as_merged(steps in 1usize..20, seed: u16, people in edits(6), rounds in vec(edits(5), 1..4)) {
        let mut doc = Doc::new(steps, seed, false);
        let (mut description, mut held) = write(&doc.ticket(), None);
        let mut serial = 0;
        for round in rounds {
            let mut body = read(&description, &held);
            for edit in &people {
                body = work(&body, *edit, serial).0;
                serial += 1;
            }
            (description, held) = write(&body, Some((&description, &held)));
            prop_assert_eq!(read(&description, &held), body.clone());
            for edit in round {
                doc.edit(edit);
            }
            let merged = merge(&doc.ticket(), &body, &Policy::default()).body;
            (description, held) = write(&merged, Some((&description, &held)));
            prop_assert_eq!(read(&description, &held), merged);
        }
    }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn ticks_survive_what_people_do_in_the_editor(steps in 1usize..20, seed: u16, work in vec(any::<Edit>(), 1..10)) {
        let ticket = Doc::new(steps, seed, true).ticket();
        let (mut description, held) = write(&ticket, None);
        for edit in work {
            editor::work(&mut description, edit);
        }
        let wanted = editor::states(&description, &ticket);
        let body = read(&description, &held);
        let found = Body::read(&body);
        prop_assert!(found.run().is_some(), "{}", body);
        for (step, ticked) in wanted {
            let Some(item) = found.item(&step) else {
                return Err(TestCaseError::fail(format!("{step} is lost\n{description}\n{body}")));
            };
            prop_assert_eq!(item.ticked(&body), ticked, "{} in\n{}", step, body);
        }
        let (again, held) = write(&body, Some((&description, &held)));
        prop_assert!(again == description, "{description}\n{again}\n{body}");
        prop_assert_eq!(read(&again, &held), body);
    }

    #[test]
    fn a_tick_changes_one_state_and_nothing_else(description in description(), pick: u16) {
        let held = Held::default();
        let body = read(&description, &held);
        let found = Body::read(&body);
        let boxes: Vec<usize> = found.items.iter().filter_map(|item| Some(item.task.clone()?.start + 1)).collect();
        let Some(at) = boxes.get(usize::from(pick) % boxes.len().max(1)) else {
            return Ok(());
        };
        let new = if &body[*at..*at + 1] == " " { "x" } else { " " };
        let mut ticked = body.clone();
        ticked.replace_range(*at..*at + 1, new);
        let (after, _) = write(&ticked, Some((&description, &held)));
        let (before, after) = (description.to_string(), after.to_string());
        let longer = before.replace("DONE", "TODO") == after.replace("DONE", "TODO");
        prop_assert!(longer, "{before}\n{after}\n{ticked}");
        let count = |text: &str| text.matches("\"state\":\"DONE\"").count();
        prop_assert_eq!(count(&before).abs_diff(count(&after)), 1, "{}\n{}", before, ticked);
    }
}

/// Returns the tickets of a document's procedures, with a name for each.
pub(crate) fn tickets(file: &Path) -> Vec<(String, String)> {
    let Some(markup) = Markup::of_path(file) else {
        return Vec::new();
    };
    let name = file.file_stem().unwrap().to_string_lossy().into_owned();
    let source = Arc::new(Source::new(
        name.as_str(),
        fs::read_to_string(file).unwrap(),
        markup,
    ));
    let document = parse(&source).value;
    let mut pages = [Page { source, document }];
    references::resolve(&mut pages, &references::ReferenceSettings::default());
    let templates = Templates::new(Vec::new()).unwrap();
    let mut tickets = Vec::new();
    for procedure in extract::extract(&pages, &extract::Overrides::default()).value {
        let run = RunKey {
            procedure: procedure.identity().to_owned(),
            variant: Variant::default(),
            name: "2.1".to_owned(),
        };
        let checklist = checklist(&procedure, Some(&run), &Variant::default());
        for template in ["ticket.md", "compact.md", "checklist.md"] {
            let rendered = templates.render(template, &checklist).unwrap();
            let ticket = seal(&rendered, &run);
            tickets.push((format!("{name}.{}.{template}", tickets.len()), ticket));
        }
    }
    tickets
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Returns all text of Markdown, without white space.
pub(crate) fn dense_text(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    let mut text = String::new();
    let mut picture = None;
    for event in Parser::new_ext(markdown, options) {
        match event {
            // A picture without words is told by its address.
            Event::Start(Tag::Image { dest_url, .. }) => picture = Some((dest_url, text.len())),
            Event::End(TagEnd::Image) => {
                let alone = picture.take().filter(|(_, from)| *from == text.len());
                text.push_str(alone.as_ref().map_or("", |(address, _)| address));
            }
            Event::Text(words) | Event::Code(words) => text.push_str(&words),
            Event::Html(html) if html.starts_with("<details>") => {
                let title = html.split(['<', '>']).nth(4).unwrap_or_default();
                let title = title
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&quot;", "\"");
                text.push_str(
                    &title
                        .replace("&#39;", "'")
                        .replace("&#x27;", "'")
                        .replace("&amp;", "&"),
                );
            }
            _ => {}
        }
    }
    text.split_whitespace().collect()
}

#[test]
fn what_is_no_description_reads_as_an_empty_one() {
    let body = Doc::new(3, 1, true).ticket();
    let (_, held) = write(&body, None);
    let hidden: Vec<&str> = body
        .lines()
        .filter(|line| line.starts_with("<!--"))
        .collect();
    for odd in [
        json!(null),
        json!("text"),
        json!([1, {"type": "doc"}]),
        json!({"type": "doc", "content": {"a": 1}}),
        json!({"type": "doc", "content": []}),
        json!({"type": "doc", "version": 1, "content": [{"type": "paragraph"}]}),
    ] {
        let read_back = read(&odd, &held);
        let lines: Vec<&str> = read_back.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines, hidden, "{odd}");
        // It is written whole again.
        let (description, held) = write(&body, Some((&odd, &held)));
        assert_eq!(read(&description, &held), body, "{odd}");
    }
    assert_eq!(write("", None).0["content"].as_array().unwrap().len(), 1);
}

/// A case is a body (`in.md`), its description (`out.json`), and where there is one, what became of that in the editor
/// (`edited.json`) with how it reads (`after.md`). `SNAPSHOTS=overwrite` accepts what is new.
#[test]
fn every_case_is_written_and_read_as_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/adf");
    let check = |actual: String, file: PathBuf| {
        snapbox::Assert::new()
            .action_env("SNAPSHOTS")
            .eq(actual, Data::read_from(&file, None).raw());
    };
    for case in files(&cases) {
        let body = fs::read_to_string(case.join("in.md")).unwrap();
        let (description, held) = write(&body, None);
        check(
            serde_json::to_string_pretty(&description).unwrap() + "\n",
            case.join("out.json"),
        );
        if let Ok(edited) = fs::read_to_string(case.join("edited.json")) {
            let edited = serde_json::from_str(&edited).unwrap();
            check(read(&edited, &held), case.join("after.md"));
        }
        let known = ["after.md", "edited.json", "in.md", "out.json"].map(|name| case.join(name));
        assert!(
            files(&case).iter().all(|file| known.contains(file)),
            "{}",
            case.display()
        );
    }
}

#[test]
fn tickets_of_every_template_are_read_back_byte_for_byte() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/extract");
    let mut seen = 0;
    for case in files(&cases) {
        for file in files(&case) {
            for (name, ticket) in tickets(&file) {
                for body in [
                    ticket.clone(),
                    reported(&ticket, 1),
                    ticket.replace('\n', "\r\n"),
                ] {
                    let (description, held) = write(&body, None);
                    assert_eq!(read(&description, &held), body, "{name}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 100, "only {seen} tickets");
}

/// Writes the tickets of every document of a folder, with their descriptions and their text, for others to judge.
#[test]
#[ignore = "writes files for .ci/jira-documents"]
fn write_descriptions() {
    let folder = |name| PathBuf::from(std::env::var(name).unwrap());
    let (documents, out) = (
        folder("RUNSHEET_DOCUMENTS"),
        folder("RUNSHEET_DESCRIPTIONS"),
    );
    let put = |name: &str, body: &str| {
        let (description, held) = write(body, None);
        assert_eq!(read(&description, &held), body, "{name}");
        let boxes = Body::read(body)
            .items
            .iter()
            .filter(|item| item.task.is_some())
            .count();
        let property = serde_json::to_value(&held).unwrap().to_string().len();
        let record = json!({
            "description": description,
            "text": dense_text(body),
            "boxes": boxes,
            "property": property,
            "body": body.len(),
        });
        fs::write(out.join(format!("{name}.json")), record.to_string()).unwrap();
    };
    for file in files(&documents) {
        for (name, ticket) in tickets(&file) {
            put(&name, &reported(&ticket, 4));
        }
    }
    // Markdown of any kind, and what people and later steps make of any description.
    let mut runner = TestRunner::deterministic();
    for at in 0..1000 {
        let text = markdown().new_tree(&mut runner).unwrap().current();
        let (description, _) = write(&text, None);
        let record = json!({"description": description});
        fs::write(out.join(format!("made-up.{at}.json")), record.to_string()).unwrap();
    }
}
