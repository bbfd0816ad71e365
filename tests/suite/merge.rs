//! What must hold for any history of a procedure and its ticket.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use proptest::collection::vec;
use proptest::prelude::*;
use runsheet::body::{Body, seal};
use runsheet::checklist::{Evidence, State};
use runsheet::extract::{Overrides, extract};
use runsheet::merge::{Policy, merge, report};
use runsheet::parse::{Page, parse};
use runsheet::procedure::StepId;
use runsheet::render::{Templates, checklist};
use runsheet::report::Outcome;
use runsheet::run::Variant;
use runsheet::source::{Markup, Source};

use crate::world::{Doc, Edit, run, sentence, work};

static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| Templates::new(vec![]).unwrap());

/// How often each property is tried; `PROPTEST_CASES` says otherwise.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(
            std::env::var("PROPTEST_CASES").map_or(cases, |given| given.parse().unwrap()),
        )
    }
}

fn edits(most: usize) -> impl Strategy<Value = Vec<Edit>> {
    vec(any::<Edit>(), 0..most)
}

fn merged(ours: &str, theirs: &str) -> String {
    merge(ours, theirs, &Policy::default()).body
}

fn ticked(body: &str) -> Vec<String> {
    let body = Body::read(body);
    let done = body.steps().filter(|(_, item)| item.state != State::Open);
    done.map(|(marker, _)| marker.id.0.clone()).collect()
}

/// Takes the line of a step out of a ticket, with nothing that stands under it, unless people's words stand on it.
fn without_a_line(body: &str, at: u16, said: &[String]) -> String {
    let read = Body::read(body);
    let lines: Vec<_> = read
        .steps()
        .filter_map(|(_, item)| item.task.clone())
        .collect();
    let Some(task) = lines.get(usize::from(at) % lines.len().max(1)) else {
        return body.to_owned();
    };
    let start = body[..task.start].rfind('\n').map_or(0, |at| at + 1);
    let end = body[task.end..]
        .find('\n')
        .map_or(body.len(), |at| task.end + at + 1);
    match said
        .iter()
        .any(|words| body[start..end].contains(words.as_str()))
    {
        true => body.to_owned(),
        false => format!("{}{}", &body[..start], &body[end..]),
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn merging_into_an_unchanged_ticket_changes_no_byte(steps in 1usize..25, seed: u16, slugs: bool, people in edits(8), crlf: bool) {
        let ours = Doc::new(steps, seed, slugs).ticket();
        let mut theirs = if crlf { ours.replace('\n', "\r\n") } else { ours.clone() };
        for (serial, edit) in people.into_iter().enumerate() {
            theirs = work(&theirs, edit, serial).0;
        }
        let settled = merged(&ours, &theirs);
        let ticks_of_people = ticked(&theirs);
        prop_assert!(ticks_of_people.iter().all(|id| ticked(&settled).contains(id)));
        let again = merge(&ours, &settled, &Policy::default());
        prop_assert_eq!(&again.body, &settled);
        prop_assert!(again.changes.is_empty(), "{:?}", again.changes);
    }

    #[test]
    fn a_tick_survives_any_edits_that_keep_its_step(steps in 1usize..20, seed: u16, people in edits(8), rounds in vec(edits(5), 1..4)) {
        let mut doc = Doc::new(steps, seed, false);
        let mut body = doc.ticket();
        for (serial, edit) in people.into_iter().enumerate() {
            body = work(&body, edit, serial).0;
        }
        let before = ticked(&body);
        for round in rounds {
            for edit in round {
                doc.edit(edit);
            }
            body = merged(&doc.ticket(), &body);
        }
        let alive: Vec<String> = doc.souls().values().map(|step| step.id.clone()).collect();
        let after = ticked(&body);
        for id in before.iter().filter(|id| alive.contains(id)) {
            prop_assert!(after.contains(id), "{} lost its tick\n{}", id, body);
        }
        let read = Body::read(&body);
        for id in &alive {
            prop_assert!(read.item(&StepId(id.clone())).is_some(), "{} is not in the ticket\n{}", id, body);
        }
        prop_assert_eq!(read.steps().count(), alive.len());
    }

    #[test]
    fn peoples_words_stand_byte_for_byte(steps in 1usize..20, seed: u16, slugs: bool, crlf: bool, rounds in vec((edits(5), edits(5)), 1..4)) {
        let mut doc = Doc::new(steps, seed, slugs);
        let mut body = doc.ticket();
        if crlf {
            body = body.replace('\n', "\r\n");
        }
        let mut said = vec![];
        let mut serial = 0;
        for (people, authors) in rounds {
            for edit in people {
                let (new, words) = work(&body, edit, serial);
                body = new;
                said.extend(words);
                serial += 1;
            }
            for edit in authors {
                doc.edit(edit);
            }
            let ours = doc.ticket();
            let merge = merge(&ours, &body, &Policy::default());
            for words in &said {
                prop_assert_eq!(merge.body.matches(words.as_str()).count(), 1, "{:?} in\n{}", words, merge.body);
            }
            if crlf {
                prop_assert!(!merge.body.replace("\r\n", "").contains('\n'), "{:?}", merge.body);
            }
            let again = self::merged(&ours, &merge.body);
            prop_assert_eq!(&again, &merge.body);
            body = merge.body;
        }
    }

    #[test]
    fn what_people_leave_stands_whatever_lines_they_take_out(steps in 2usize..20, seed: u16, people in edits(8), out in vec(any::<u16>(), 1..4), rounds in vec(edits(5), 1..3)) {
        let mut doc = Doc::new(steps, seed, false);
        let mut body = doc.ticket();
        let mut said = vec![];
        for (serial, edit) in people.into_iter().enumerate() {
            let (new, words) = work(&body, edit, serial);
            body = new;
            said.extend(words);
        }
        for at in out {
            body = without_a_line(&body, at, &said);
        }
        let left = ticked(&body);
        for round in rounds {
            for edit in round {
                doc.edit(edit);
            }
            let ours = doc.ticket();
            body = merged(&ours, &body);
            prop_assert_eq!(&merged(&ours, &body), &body);
            for words in &said {
                prop_assert_eq!(body.matches(words.as_str()).count(), 1, "{:?} in\n{}", words, body);
            }
        }
        let alive: Vec<String> = doc.souls().values().map(|step| step.id.clone()).collect();
        let after = ticked(&body);
        for id in left.iter().filter(|id| alive.contains(id)) {
            prop_assert!(after.contains(id), "{} lost its tick\n{}", id, body);
        }
    }

    #[test]
    fn a_merged_ticket_reads_as_the_procedure(steps in 1usize..20, seed: u16, slugs: bool, authors in edits(12)) {
        let mut doc = Doc::new(steps, seed, slugs);
        let body = doc.ticket();
        for edit in authors {
            doc.edit(edit);
        }
        let ours = doc.ticket();
        // Nobody but the authors changed anything: the ticket is the fresh one, and so the merge is right as a whole.
        prop_assert_eq!(merged(&ours, &body), ours);
    }

    #[test]
    fn what_is_rendered_is_read_back(steps in 0usize..40, seed: u16) {
        let doc = Doc::new(steps, seed, false);
        let body = Body::read(&doc.ticket());
        prop_assert_eq!(body.run(), Some(&run()));
        let read: BTreeMap<String, String> = body.steps().map(|(marker, item)| (marker.id.0.clone(), body.text_of(item).to_owned())).collect();
        let written: BTreeMap<String, String> = doc.souls().into_values().map(|step| (step.id, step.text)).collect();
        prop_assert_eq!(read, written);
        prop_assert!(body.notices.is_empty());
        prop_assert!(body.steps().all(|(_, item)| item.as_written(&body.text)));
    }

    #[test]
    fn what_the_built_in_template_writes_is_read_back(steps in vec((0usize..3, "[a-zA-Z][ -~]{0,30}", any::<bool>()), 1..12), seed: u16) {
        let mut text = String::from("# Works\n\nHow the works are done.\n\n## Stage\n\n");
        let mut deepest = 0;
        for (depth, words, has_command) in steps {
            let depth = depth.min(deepest);
            deepest = depth + 1;
            let indent = "  ".repeat(depth);
            text.push_str(&format!("{indent}- [ ] {} {words}\n", sentence(seed.into())));
            if has_command {
                text.push_str(&format!("\n{indent}  ```sh\n{indent}  tool --{depth}\n{indent}  tool again\n{indent}  ```\n\n"));
            }
        }
        let source = Arc::new(Source::new(Path::new("works.md"), text.as_str(), Markup::Markdown));
        let document = parse(&source).value;
        let procedures = extract(&[Page { document, source }], &Overrides::default()).value;
        for procedure in &procedures {
            let list = checklist(procedure, Some(&run()), &Variant::default());
            let written: Vec<_> = list.phases.iter().flat_map(|phase| &phase.items).filter(|item| item.has_box).collect();
            let body = seal(&TEMPLATES.render("ticket.md", &list).unwrap(), &run());
            let body = Body::read(&body);
            let read: Vec<_> = body.steps().collect();
            prop_assert_eq!(read.len(), written.len(), "{}\n{}", text, body.text);
            for (item, (marker, found)) in written.iter().zip(read) {
                prop_assert_eq!(Some(&marker.id), item.id.as_ref());
                prop_assert_eq!(&marker.number, &item.number);
                prop_assert_eq!(body.text_of(found), item.text.as_str());
                prop_assert_eq!(&found.state, &State::Open);
                prop_assert!(found.as_written(&body.text) && found.suffixes.is_empty());
            }
            prop_assert!(body.notices.is_empty(), "{:?}", body.notices);
            let again = merge(&body.text, &body.text, &Policy::default());
            prop_assert_eq!(&again.body, &body.text);
            prop_assert!(again.changes.is_empty() && again.conflicts.is_empty());
        }
    }

    #[test]
    fn reports_in_any_order_lose_nothing(steps in 2usize..15, seed: u16, order in vec((any::<u16>(), 0u8..4, ".{0,12}"), 1..12)) {
        let doc = Doc::new(steps, seed, false);
        let ids: Vec<String> = doc.souls().into_values().map(|step| step.id).collect();
        let mut body = doc.ticket();
        let mut last: BTreeMap<String, State> = BTreeMap::new();
        for (step, kind, words) in order {
            let id = &ids[usize::from(step) % ids.len()];
            let given = (!words.is_empty()).then(|| words.clone());
            let evidence = Evidence { by: given.clone(), note: given, ..Evidence::default() };
            let (outcome, state) = match kind {
                0 => (Outcome::Done, State::Done(evidence.clone())),
                1 => (Outcome::Undone, State::Open),
                2 => (Outcome::Skipped { reason: words.clone() }, State::Skipped { reason: words, evidence: evidence.clone() }),
                _ => (Outcome::Failed { reason: words.clone() }, State::Failed { reason: words, evidence: evidence.clone() }),
            };
            let keeps = matches!((&state, last.get(id)), (State::Done(new), Some(State::Done(_))) if *new == Evidence::default());
            body = report(&body, &StepId(id.clone()), &outcome, &evidence).unwrap().body;
            let again = report(&body, &StepId(id.clone()), &outcome, &evidence).unwrap().body;
            prop_assert_eq!(&again, &body);
            if !keeps {
                last.insert(id.clone(), state);
            }
            let read = Body::read(&body);
            // A group's box follows its substeps, so that it may stand otherwise than last reported.
            let is_group = |id: &String| read.item(&StepId(id.clone())).unwrap().step().unwrap().duty.group;
            for (id, state) in last.iter().filter(|(id, _)| !is_group(id)) {
                prop_assert_eq!(&read.item(&StepId(id.clone())).unwrap().state, state, "{}", body);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_and_merged(bytes in vec(any::<u8>(), 0..400), seed: u16) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        survives(&text, seed)?;
    }

    #[test]
    fn any_soup_of_markup_is_read_and_merged(pieces in vec(0usize..SOUP.len(), 0..60), seed: u16) {
        let text: String = pieces.iter().map(|at| SOUP[*at]).collect();
        survives(&text, seed)?;
    }

    #[test]
    fn a_ticket_cut_and_patched_anywhere_is_read_and_merged(seed: u16, cuts in vec((any::<u16>(), 0u16..40, 0usize..SOUP.len()), 0..6)) {
        let mut text = Doc::new(8, seed, true).ticket();
        for (at, length, piece) in cuts {
            let mut start = usize::from(at) % (text.len() + 1);
            while !text.is_char_boundary(start) { start -= 1; }
            let mut end = (start + usize::from(length)).min(text.len());
            while !text.is_char_boundary(end) { end += 1; }
            text.replace_range(start..end, SOUP[piece]);
        }
        survives(&text, seed)?;
    }
}

const SOUP: &[&str] = &[
    "\n",
    "\n\n",
    "\r\n",
    " ",
    "  ",
    "    ",
    "\t",
    "- ",
    "* ",
    "1. ",
    "2) ",
    "- [ ] ",
    "- [x] ",
    "[x]",
    "[ ]",
    "> ",
    "# ",
    "```\n",
    "~~~",
    "<!-- ",
    " -->",
    "<!-- rs a h=x -->",
    "<!-- rs b n=1 h=00000000 s=x -->",
    "<!-- rs ",
    "<!-- runsheet 1 a/b c=x -->",
    "<!-- runsheet base .ab=cd(=ef) -->",
    "<!-- rs-conflict -->",
    "<details>",
    "</details>\n",
    "words ",
    "~~",
    "*(done by ann)*",
    "**(failed: x)**",
    "*(",
    ")*",
    "`",
    "|a|b|\n|-|-|\n",
    "[x]: http://y.example\n",
    "\\",
    "é",
    "\u{2028}",
    "\u{0}",
    "---\n",
    "===\n",
    "&amp;",
    "<b>",
];

/// Puts a text through everything, and checks what must hold for any.
fn survives(text: &str, seed: u16) -> Result<(), TestCaseError> {
    let body = Body::read(text);
    let mut end = body.nodes.first().map_or(text.len(), |node| node.start);
    prop_assert!(text[..end].trim().is_empty());
    for node in &body.nodes {
        prop_assert!(
            node.start == end && node.content_end <= node.end && node.start < node.end,
            "{:?}",
            body.nodes
        );
        end = node.end;
    }
    prop_assert_eq!(end, text.len());
    body.progress();
    let ours = Doc::new(6, seed, true).ticket();
    let once = merged(&ours, text);
    let twice = merged(&ours, &once);
    prop_assert_eq!(&twice, &once, "from {:?}", text);
    for (marker, _) in body.steps() {
        let _ = report(text, &marker.id, &Outcome::Done, &Evidence::default());
    }
    Ok(())
}

#[test]
fn a_line_that_markdown_reads_on_into_another_block_is_merged() {
    let text = "- words <!-- rs \r\n[x] --><!-- rs a h=x --></details>\n\t- - ";
    survives(text, 0).unwrap();
}
