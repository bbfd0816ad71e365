//! A procedure that its authors change at random; each step has a soul that tells what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A small random generator: what matters is that a seed gives the same history everywhere.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end.max(1) as u64) as usize
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

#[derive(Clone)]
pub(super) struct Step {
    pub(super) soul: usize,
    pub(super) text: String,
    command: Option<String>,
    /// Whether it was reworded, or came in, in this round: once is enough, by up to a third of its words.
    reworded: bool,
    steps: Vec<Step>,
}

impl Step {
    fn new(soul: usize, text: String) -> Self {
        Self {
            soul,
            text,
            command: None,
            reworded: false,
            steps: vec![],
        }
    }

    /// Returns a step that an edit of this round made of another one.
    fn of_this_round(soul: usize, text: String) -> Self {
        Self {
            reworded: true,
            ..Self::new(soul, text)
        }
    }
}

pub(super) struct Document {
    sections: Vec<(String, Vec<Step>)>,
    souls: usize,
    /// The steps that came in with this round by a split or by joining two, each with those whose work it is.
    pub(super) parts: BTreeMap<usize, Vec<usize>>,
}

impl Document {
    pub(super) fn new(random: &mut Random, pool: &[&str]) -> Self {
        let mut document = Self {
            sections: vec![],
            souls: 0,
            parts: BTreeMap::new(),
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
        Step::new(self.souls, text)
    }

    pub(super) fn steps(&self) -> Vec<Step> {
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
    pub(super) fn start_round(&mut self) {
        self.parts.clear();
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

    pub(super) fn edit(&mut self, random: &mut Random, pool: &[&str], before: &BTreeSet<String>) {
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
                let mut step = self.step(random, pool);
                step.reworded = true;
                if !before.contains(&step.text) || self.stands(&step.text) {
                    self.put(step, random);
                }
            }
            70..75 => {
                let mut step = self.twin(random);
                step.reworded = true;
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
            90..93 => self.split(chosen, random),
            93..96 => self.join(chosen),
            _ => {
                let at = random.below(self.sections.len());
                self.sections[at].0 = format!("Stage {} once more", random.below(99));
            }
        }
    }

    /// Makes two steps of one: both are the work of what it was.
    fn split(&mut self, chosen: usize, random: &mut Random) {
        let soul = self.souls + 1;
        let (list, at) = self.list(chosen);
        let words: Vec<&str> = list[at].text.split(' ').collect();
        if words.len() < 4 || list[at].reworded {
            return;
        }
        let (first, second) = words.split_at(2 + random.below(words.len() - 3));
        let (first, second) = (first.join(" "), second.join(" "));
        let from = list[at].soul;
        list.insert(at + 1, Step::of_this_round(soul, second));
        let rest = &mut list[at];
        (rest.soul, rest.text, rest.reworded) = (soul + 1, first, true);
        self.souls += 2;
        self.parts.insert(soul, vec![from]);
        self.parts.insert(soul + 1, vec![from]);
    }

    /// Makes one step of a step and the next one: the work of both.
    fn join(&mut self, chosen: usize) {
        let soul = self.souls + 1;
        let (list, at) = self.list(chosen);
        let can = |step: &Step| step.steps.is_empty() && !step.reworded;
        if at + 1 >= list.len() || !can(&list[at]) || !can(&list[at + 1]) {
            return;
        }
        let second = list.remove(at + 1);
        let first = std::mem::replace(&mut list[at], Step::of_this_round(soul, String::new()));
        list[at].text = format!("{} and {}", first.text, second.text);
        self.souls += 1;
        self.parts.insert(soul, vec![first.soul, second.soul]);
    }

    /// Returns the steps that are new and read much like one that is gone.
    pub(super) fn replaced(&self, before: &[Step]) -> Vec<usize> {
        let now = self.steps();
        let is_new = |step: &&Step| before.iter().all(|other| other.soul != step.soul);
        let gone = |other: &&Step| now.iter().all(|step| step.soul != other.soul);
        let takes_place = |step: &Step| {
            let mut gone = before.iter().filter(gone);
            gone.any(|other| likeness(&words(&other.text), &words(&step.text)) >= ALIKE)
        };
        let is_part = |step: &&Step| self.parts.contains_key(&step.soul);
        let new = now.iter().filter(is_new).filter(|step| !is_part(step));
        new.filter(|step| takes_place(step))
            .map(|step| step.soul)
            .collect()
    }

    fn stands(&self, text: &str) -> bool {
        self.steps().iter().any(|step| step.text == text)
    }

    pub(super) fn near_twins(&self) -> BTreeSet<usize> {
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

    pub(super) fn markdown(&self) -> String {
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
