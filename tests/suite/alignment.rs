//! How well ticks find their steps again, over random histories through the whole pipeline.
//!
//! A history is a procedure, a ticket in which some boxes are ticked, and rounds of edits to the document, each merged
//! into the ticket. Every step has a soul that the program never sees; at the end each tick is held against it. Twins
//! (equal texts, near texts, copies) are put in on purpose.
//!
//! `ALIGNMENT_HISTORIES`, `ALIGNMENT_SEED`, `ALIGNMENT_EDITS` (the most in a round) and `ALIGNMENT_POOL` (a file with a
//! sentence a line) vary the run.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod document;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use runsheet::body::{Body, seal};
use runsheet::checklist::State;
use runsheet::extract::{Overrides, extract};
use runsheet::merge::{Policy, merge};
use runsheet::parse::{Page, parse};
use runsheet::render::{Templates, checklist};
use runsheet::run::{RunKey, Variant};
use runsheet::source::{Markup, Source};

use self::document::{Document, Random, Step};

/// What one run of the harness found.
#[derive(Debug, Default)]
struct Figures {
    histories: usize,
    unreadable: usize,
    /// Ticked steps that are still in the document and never had a near-twin in it.
    surviving: usize,
    kept: usize,
    /// The same for those with a near-twin.
    twins: usize,
    twins_kept: usize,
    /// Ticks on a step that nobody did.
    wrong: usize,
    /// Ticks on a step that came in with the round in which the like step that was done went: the same step in other
    /// words to anyone who sees only before and after.
    replaced: usize,
    examples: Vec<String>,
}

#[test]
fn ticks_find_their_steps_and_no_others() {
    let pool = match std::env::var("ALIGNMENT_POOL") {
        Ok(file) => std::fs::read_to_string(file).unwrap(),
        Err(_) => include_str!("steps.txt").to_owned(),
    };
    let pool: Vec<&str> = pool.lines().collect();
    let templates = Templates::new(vec![]).unwrap();
    let seed = number("ALIGNMENT_SEED", 1);
    let mut figures = Figures::default();
    for history in 0..number("ALIGNMENT_HISTORIES", 150) {
        let mut random = Random((seed * 1_000_003 + history) as u64);
        live(
            &mut random,
            &pool,
            &templates,
            &mut figures,
            seed * 1_000_003 + history,
        );
    }
    let rate = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
    println!(
        "{} histories ({} unreadable): {} of {} ticks kept ({:.2} %); with a near-twin {} of {} ({:.2} %); \
         wrong: {}; on a like step that took the place of one: {}",
        figures.histories,
        figures.unreadable,
        figures.kept,
        figures.surviving,
        rate(figures.kept, figures.surviving),
        figures.twins_kept,
        figures.twins,
        rate(figures.twins_kept, figures.twins),
        figures.wrong,
        figures.replaced
    );
    // Wrong ticks first.
    figures
        .examples
        .sort_by_key(|example| example.starts_with("lost"));
    for example in figures.examples.iter().take(12) {
        println!("{example}");
    }
    assert_eq!(figures.wrong, 0, "ticks on steps that nobody did");
    // Before and after look as they do where the step was put in other words: one in a thousand at most.
    assert!(figures.replaced * 1000 <= figures.kept);
    assert!(rate(figures.kept, figures.surviving) >= 99.0);
    assert!(figures.unreadable * 20 <= figures.histories);
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |given| given.parse().unwrap())
}

fn live(
    random: &mut Random,
    pool: &[&str],
    templates: &Templates,
    figures: &mut Figures,
    seed: usize,
) {
    let mut document = Document::new(random, pool);
    figures.histories += 1;
    let Some((mut body, ids)) = ticket(&document, templates) else {
        figures.unreadable += 1;
        return;
    };
    let mut done = BTreeSet::new();
    let mut texts: BTreeMap<usize, String> = BTreeMap::new();
    let mut near: BTreeSet<usize> = document.near_twins();
    for step in document.steps() {
        texts.insert(step.soul, step.text.clone());
    }
    let share = 20 + random.below(80);
    for (soul, id) in &ids {
        if random.chance(share) {
            let read = Body::read(&body);
            let (_, item) = read.steps().find(|(marker, _)| marker.id.0 == *id).unwrap();
            let at = item.task.as_ref().unwrap().start + 1;
            body.replace_range(at..at + 1, "x");
            done.insert(*soul);
        }
    }
    let mut lost: BTreeSet<usize> = BTreeSet::new();
    let mut replaced: BTreeSet<usize> = BTreeSet::new();
    for _ in 0..1 + random.below(3) {
        document.start_round();
        let steps_before = document.steps();
        let texts_before: BTreeSet<String> =
            steps_before.iter().map(|step| step.text.clone()).collect();
        for _ in 0..1 + random.below(number("ALIGNMENT_EDITS", 6)) {
            document.edit(random, pool, &texts_before);
        }
        let Some((ours, ids)) = ticket(&document, templates) else {
            figures.unreadable += 1;
            return;
        };
        near.extend(document.near_twins());
        let before = texts.clone();
        for step in document.steps() {
            texts.insert(step.soul, step.text.clone());
        }
        replaced.extend(document.replaced(&steps_before));
        let merged = merge(&ours, &body, &Policy::default());
        let read = Body::read(&merged.body);
        for (soul, id) in &ids {
            let item = read
                .steps()
                .find(|(marker, _)| marker.id.0 == *id)
                .map(|(_, item)| item);
            let ticked = item.is_some_and(|item| item.state != State::Open);
            // A group's box says that its substeps are done, not that somebody did it.
            let is_group = item
                .and_then(|item| item.step())
                .is_some_and(|marker| marker.duty.group);
            if is_group {
                continue;
            }
            let parts = document.parts.get(soul);
            if ticked && parts.is_some_and(|parts| parts.iter().all(|part| done.contains(part))) {
                done.insert(*soul);
            }
            if ticked && !done.contains(soul) {
                let what = if replaced.contains(soul) {
                    figures.replaced += 1;
                    "took the place of a like one"
                } else {
                    figures.wrong += 1;
                    "wrong"
                };
                figures.examples.push(format!(
                    "{what} (seed {seed}): {soul} {:?}\n{}{merged}",
                    texts[soul],
                    told(&steps_before, &document.steps())
                ));
                // Told once: it stays ticked from here on.
                done.insert(*soul);
            }
            if done.contains(soul) && !ticked && lost.insert(*soul) && !near.contains(soul) {
                let was = &before[soul];
                figures
                    .examples
                    .push(format!("lost (seed {seed}): {was:?} -> {:?}", texts[soul]));
            }
        }
        body = merged.body;
    }
    let alive: BTreeSet<usize> = document.steps().iter().map(|step| step.soul).collect();
    for soul in done.intersection(&alive) {
        let kept = usize::from(!lost.contains(soul));
        if near.contains(soul) {
            figures.twins += 1;
            figures.twins_kept += kept;
        } else {
            figures.surviving += 1;
            figures.kept += kept;
        }
    }
}

/// Returns what both documents said, each step with its soul.
fn told(before: &[Step], now: &[Step]) -> String {
    let mut told = String::new();
    for (when, steps) in [("was", before), ("now", now)] {
        for step in steps {
            let _ = writeln!(told, "    {when} {:>3} {}", step.soul, step.text);
        }
    }
    told
}

/// Returns the ticket of a document, and the id of each soul's step; `None` where not every step gets a box.
fn ticket(document: &Document, templates: &Templates) -> Option<(String, Vec<(usize, String)>)> {
    let source = Arc::new(Source::new(
        Path::new("works.md"),
        document.markdown(),
        Markup::Markdown,
    ));
    let page = Page {
        document: parse(&source).value,
        source,
    };
    let procedures = extract(&[page], &Overrides::default()).value;
    let [procedure] = &procedures[..] else {
        return None;
    };
    let run = RunKey {
        procedure: "works".to_owned(),
        variant: Variant::default(),
        name: "1".to_owned(),
    };
    let list = checklist(procedure, Some(&run), &Variant::default());
    let ours = seal(&templates.render("ticket.md", &list).ok()?, &run);
    let steps = document.steps();
    let read = Body::read(&ours);
    let ids: Vec<String> = read
        .steps()
        .map(|(marker, _)| marker.id.0.clone())
        .collect();
    let distinct: BTreeSet<_> = ids.iter().collect();
    if ids.len() != steps.len() || distinct.len() != ids.len() {
        return None;
    }
    let ids = steps.iter().map(|step| step.soul).zip(ids).collect();
    Some((ours, ids))
}
