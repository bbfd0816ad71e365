//! How well ticks find their steps again, over random histories through the whole pipeline.
//!
//! A history is a procedure, a ticket in which some boxes are ticked, and rounds of edits to the document, each merged
//! into the ticket. Every step has a soul that the program never sees; at the end each tick is held against it. Twins
//! (equal texts, near texts, copies) are put in on purpose.
//!
//! `ALIGNMENT_HISTORIES`, `ALIGNMENT_SEED`, `ALIGNMENT_EDITS` (the most in a round) and `ALIGNMENT_POOL` (a file with a
//! sentence a line) vary the run.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

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

/// A small random generator: what matters is that a seed gives the same history everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end.max(1) as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

#[derive(Clone)]
struct Step {
    soul: usize,
    text: String,
    command: Option<String>,
    /// Whether it was reworded in this round: once is enough, by up to a third of its words.
    reworded: bool,
    steps: Vec<Step>,
}

struct Document {
    sections: Vec<(String, Vec<Step>)>,
    souls: usize,
}

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
    assert_eq!(figures.replaced, 0, "ticks on like steps that nobody did");
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

impl Document {
    fn new(random: &mut Random, pool: &[&str]) -> Self {
        let mut document = Self {
            sections: vec![],
            souls: 0,
        };
        for at in 0..1 + random.below(4) {
            let mut steps = vec![];
            for _ in 0..3 + random.below(9) {
                let mut step = document.step(random, pool);
                if random.chance(15) {
                    for _ in 0..1 + random.below(4) {
                        step.steps.push(document.step(random, pool));
                    }
                }
                steps.push(step);
            }
            document.sections.push((format!("Stage {at}"), steps));
        }
        if random.chance(40) {
            for _ in 0..1 + random.below(3) {
                let step = document.twin(random);
                document.put(step, random);
            }
        }
        document
    }

    fn step(&mut self, random: &mut Random, pool: &[&str]) -> Step {
        self.souls += 1;
        Step {
            soul: self.souls,
            text: pool[random.below(pool.len())].to_owned(),
            command: random
                .chance(20)
                .then(|| format!("tool run {}", random.below(40))),
            reworded: false,
            steps: vec![],
        }
    }

    /// Returns a step that reads as another one, or nearly so.
    fn twin(&mut self, random: &mut Random) -> Step {
        self.souls += 1;
        let steps = self.steps();
        let mut text = steps[random.below(steps.len())].text.clone();
        if random.chance(50) {
            let mut words: Vec<&str> = text.split(' ').collect();
            let at = random.below(words.len());
            words[at] = ["north", "second", "blue"][random.below(3)];
            text = words.join(" ");
        }
        Step {
            soul: self.souls,
            text,
            command: None,
            reworded: false,
            steps: vec![],
        }
    }

    fn steps(&self) -> Vec<Step> {
        fn walk(steps: &[Step], all: &mut Vec<Step>) {
            for step in steps {
                all.push(step.clone());
                walk(&step.steps, all);
            }
        }
        let mut all = vec![];
        for (_, steps) in &self.sections {
            walk(steps, &mut all);
        }
        all
    }

    /// Lets every step be reworded once more.
    fn start_round(&mut self) {
        for number in 0..self.steps().len() {
            let (list, at) = self.list(number);
            list[at].reworded = false;
        }
    }

    /// Returns the list that holds the step of this number, and its place there.
    fn list(&mut self, number: usize) -> (&mut Vec<Step>, usize) {
        fn find<'a>(
            steps: &'a mut Vec<Step>,
            number: &mut usize,
        ) -> Option<(&'a mut Vec<Step>, usize)> {
            for at in 0..steps.len() {
                if *number == 0 {
                    return Some((steps, at));
                }
                *number -= 1;
                let below = count(&steps[at].steps);
                if *number < below {
                    return find(&mut steps[at].steps, number);
                }
                *number -= below;
            }
            None
        }
        let mut number = number;
        let at = self.sections.iter().position(|(_, steps)| {
            let within = number < count(steps);
            if !within {
                number -= count(steps);
            }
            within
        });
        find(&mut self.sections[at.unwrap()].1, &mut number).unwrap()
    }

    fn put(&mut self, step: Step, random: &mut Random) {
        let all = self.steps().len();
        if all == 0 {
            self.sections[0].1.push(step);
            return;
        }
        let after = random.below(2);
        let (list, at) = self.list(random.below(all));
        list.insert(at + after, step);
    }

    fn edit(&mut self, random: &mut Random, pool: &[&str], before: &BTreeSet<String>) {
        let all = self.steps().len();
        let chosen = random.below(all);
        match random.below(100) {
            0..40 => {
                let (list, at) = self.list(chosen);
                if !std::mem::replace(&mut list[at].reworded, true) {
                    list[at].text = reword(&list[at].text, random);
                }
            }
            40..55 => {
                let (list, at) = self.list(chosen);
                let step = list.remove(at);
                self.put(step, random);
            }
            55..70 => {
                let step = self.step(random, pool);
                if !before.contains(&step.text) || self.stands(&step.text) {
                    self.put(step, random);
                }
            }
            70..75 => {
                let step = self.twin(random);
                self.put(step, random);
            }
            75..90 if all > 3 => {
                let (list, at) = self.list(chosen);
                let text = list[at].text.clone();
                if list[at].steps.is_empty() {
                    let step = list.remove(at);
                    if before.contains(&text) && self.stands(&text) {
                        let (list, at) = self.list(0);
                        list.insert(at, step);
                    }
                }
            }
            _ => {
                let at = random.below(self.sections.len());
                self.sections[at].0 = format!("Stage {} once more", random.below(99));
            }
        }
    }

    /// Returns the steps that are new and read much like one that is gone.
    fn replaced(&self, before: &[Step]) -> Vec<usize> {
        let now = self.steps();
        let is_new = |step: &&Step| before.iter().all(|other| other.soul != step.soul);
        let gone = |other: &&Step| now.iter().all(|step| step.soul != other.soul);
        let takes_place = |step: &Step| {
            let mut gone = before.iter().filter(gone);
            gone.any(|other| likeness(&words(&other.text), &words(&step.text)) >= ALIKE)
        };
        let new = now.iter().filter(is_new);
        new.filter(|step| takes_place(step))
            .map(|step| step.soul)
            .collect()
    }

    fn stands(&self, text: &str) -> bool {
        self.steps().iter().any(|step| step.text == text)
    }

    fn near_twins(&self) -> BTreeSet<usize> {
        let steps: Vec<(usize, Vec<String>)> = self
            .steps()
            .iter()
            .map(|step| (step.soul, words(&step.text)))
            .collect();
        let mut near = BTreeSet::new();
        for (at, (one, a)) in steps.iter().enumerate() {
            for (two, b) in &steps[at + 1..] {
                if likeness(a, b) >= NEAR {
                    near.extend([*one, *two]);
                }
            }
        }
        near
    }

    fn markdown(&self) -> String {
        fn write(steps: &[Step], indent: &str, text: &mut String) {
            for step in steps {
                let _ = writeln!(text, "{indent}- [ ] {}", step.text);
                if let Some(command) = &step.command {
                    let _ = writeln!(
                        text,
                        "\n{indent}  ```sh\n{indent}  {command}\n{indent}  ```\n"
                    );
                }
                write(&step.steps, &format!("{indent}  "), text);
            }
        }
        let mut text = String::from("# Works\n\nHow the works are done.\n\n");
        for (heading, steps) in &self.sections {
            let _ = writeln!(text, "## {heading}\n");
            write(steps, "", &mut text);
            text.push('\n');
        }
        text
    }
}

fn count(steps: &[Step]) -> usize {
    steps.iter().map(|step| 1 + count(&step.steps)).sum()
}

/// Exchanges, drops or adds up to a third of a text's words.
fn reword(text: &str, random: &mut Random) -> String {
    const NEW: &[&str] = &[
        "really",
        "carefully",
        "new",
        "other",
        "service",
        "again",
        "current",
        "main",
        "server",
        "first",
    ];
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for _ in 0..random.below(words.len() / 3 + 1) {
        let at = random.below(words.len());
        let word = NEW[random.below(NEW.len())].to_owned();
        match random.below(3) {
            0 => words[at] = word,
            1 => words.insert(at, word),
            _ if words.len() > 1 => {
                words.remove(at);
            }
            _ => {}
        }
    }
    words.join(" ")
}

/// From which likeness a step may be another one in other words: a third of them exchanged.
const ALIKE: f64 = 0.6;

/// From which likeness two steps of a procedure are near-twins.
const NEAR: f64 = 0.75;

fn words(text: &str) -> Vec<String> {
    text.split(|char: char| !char.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Returns the share of words that two texts have in common, order aside: the harness has a measure of its own.
fn likeness(a: &[String], b: &[String]) -> f64 {
    let mut rest = b.to_vec();
    let mut common = 0;
    for word in a {
        if let Some(at) = rest.iter().position(|other| other == word) {
            rest.remove(at);
            common += 1;
        }
    }
    2.0 * common as f64 / (a.len() + b.len()).max(1) as f64
}
