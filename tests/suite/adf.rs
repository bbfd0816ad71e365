//! Tickets as descriptions of Jira Cloud and back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use proptest::collection::vec;
use proptest::prelude::*;
use runsheet::body::Body;
use runsheet::checklist::Evidence;
use runsheet::merge::{Policy, merge, report};
use runsheet::report::Outcome;
use runsheet::tracker::jira::adf::{read, write};
use runsheet::tracker::jira::held::Held;
use serde_json::Value;

use crate::world::{Doc, Edit, work};

mod made_up;

use made_up::{description, markdown};

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

/// Returns the body with a report on each step, made up of a number.
fn reported(body: &str, seed: u16) -> String {
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
        prop_assert_eq!(read(&again, &held), body);
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
