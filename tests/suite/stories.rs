//! Situations in the life of a ticket, one folder each under `tests/cases/sync`.
//!
//! `before.md` is the ticket as it was written last (`ours.md` where it is not there), `ours.md` as it is rendered
//! now, `theirs.md` as people left it; `after.md` is the merged ticket, `report.txt` what is said about it. So that
//! a story can be read, the files leave out what only programs read: the hashes of the item markers, and what stands
//! in the ticket's two own markers. `␍` is a carriage return, `h=cut` a hash that somebody cut off.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use runsheet::body::{Body, ItemMarker, TicketMarker, seal};
use runsheet::merge::{Policy, Reworded, merge};
use runsheet::plan::changelog;
use runsheet::procedure::StepId;
use snapbox::Data;

use crate::world::run;

const TICKET: &str = "<!-- runsheet ticket -->";
const BASE: &str = "<!-- runsheet base -->";

#[test]
fn stories_end_as_told() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/sync");
    let mut folders: Vec<_> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    assert!(folders.len() >= 40);
    for folder in folders {
        tell(&folder);
    }
}

fn tell(folder: &Path) {
    let known = [
        "before.md",
        "ours.md",
        "theirs.md",
        "after.md",
        "report.txt",
        "untick",
    ];
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            known.contains(&name.as_str()),
            "{name} in {} is used by nothing",
            folder.display()
        );
    }
    let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
    let ours = seal(&read("ours.md").unwrap(), &run());
    let before = read("before.md").map_or_else(|| ours.clone(), |before| seal(&before, &run()));
    let theirs = expand(&read("theirs.md").unwrap(), &before);
    let policy = Policy {
        reworded: match read("untick") {
            Some(_) => Reworded::Untick,
            None => Reworded::Keep,
        },
    };
    let merged = merge(&ours, &theirs, &policy);
    let again = merge(&ours, &merged.body, &policy);
    assert_eq!(
        again.body,
        merged.body,
        "{} is not settled by one merge",
        folder.display()
    );
    let progress = Body::read(&merged.body).progress();
    let report = format!(
        "{}\n{merged}{} of {} required steps open{}\n",
        match changelog(&merged.changes, &merged.ticks, &merged.conflicts) {
            sentence if sentence.is_empty() => "nothing to do".to_owned(),
            sentence => sentence,
        },
        progress.required_open,
        progress.required.total() + progress.hidden.len(),
        if merged.body == theirs {
            ", no byte changed"
        } else {
            ""
        },
    );
    let assert = snapbox::Assert::new().action_env("SNAPSHOTS");
    let file = |name: &str| Data::read_from(&folder.join(name), None).raw();
    assert.eq(Data::text(shorten(&merged.body)).raw(), file("after.md"));
    assert.eq(Data::text(report).raw(), file("report.txt"));
}

/// Puts in what a story leaves out of `theirs.md`, as it stands in the ticket that was written last.
fn expand(text: &str, before: &str) -> String {
    let read = Body::read(before);
    let hashes: BTreeMap<StepId, String> = read
        .steps()
        .map(|(marker, _)| (marker.id.clone(), marker.hash.clone()))
        .collect();
    let ticket = &before[read.ticket.as_ref().unwrap().1.clone()];
    let base = &before[read.base.as_ref().unwrap().1.clone()];
    let text = text
        .replace('␍', "\r")
        .replace(TICKET, ticket)
        .replace(BASE, base);
    each_comment(&text, |comment| match ItemMarker::parse(comment) {
        Some(Ok(mut marker)) if marker.hash.is_empty() => {
            marker.hash = hashes.get(&marker.id).cloned().unwrap_or_default();
            marker.to_string()
        }
        Some(Ok(marker)) if marker.hash == "cut" => comment.replace(" h=cut", ""),
        _ => comment.to_owned(),
    })
}

/// Leaves out what only programs read.
fn shorten(text: &str) -> String {
    let short = each_comment(text, |comment| match ItemMarker::parse(comment) {
        Some(Ok(marker)) => ItemMarker {
            hash: String::new(),
            ..marker
        }
        .to_string(),
        _ if comment.starts_with("<!-- runsheet base .") => BASE.to_owned(),
        _ if TicketMarker::parse(comment).is_some_and(|ticket| ticket.version == 1) => {
            TICKET.to_owned()
        }
        _ => comment.to_owned(),
    });
    short.replace('\r', "␍")
}

fn each_comment(text: &str, change: impl Fn(&str) -> String) -> String {
    let mut new = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("<!--") {
        let Some(end) = rest[start..].find("-->").map(|end| start + end + 3) else {
            break;
        };
        new.push_str(&rest[..start]);
        new.push_str(&change(&rest[start..end]));
        rest = &rest[end..];
    }
    new + rest
}
