//! A small world of procedures, the people who edit them, and the people who work on their tickets.
//!
//! Both kinds of edit are plain values (a kind and two numbers), so that a failing history shrinks to a short one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;

use runsheet::body::{Body, Duty, ItemMarker, seal};
use runsheet::procedure::StepId;
use runsheet::run::{RunKey, Variant};

/// A step of a made-up procedure.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Who it is, whatever its words: what a test holds against the ticket.
    pub(crate) soul: usize,
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) notes: Vec<String>,
    pub(crate) command: Option<String>,
    pub(crate) steps: Vec<Step>,
}

/// A section of it.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) heading: String,
    pub(crate) prose: String,
    pub(crate) steps: Vec<Step>,
}

/// A made-up procedure.
#[derive(Clone, Debug)]
pub(crate) struct Doc {
    pub(crate) sections: Vec<Section>,
    next_soul: usize,
    /// Whether ids follow the words, as slugs do, or stay, as an author's labels do.
    pub(crate) slugs: bool,
}

/// One edit: what kind, where, how.
pub(crate) type Edit = (u8, u16, u16);

const VERBS: &[&str] = &[
    "stop", "start", "copy", "check", "open", "close", "announce", "merge", "tag", "build",
    "upload", "drain", "restore", "freeze", "review", "sign", "rotate", "export", "import",
    "label", "archive", "mount",
];
const THINGS: &[&str] = &[
    "ledger",
    "harbour",
    "gateway",
    "queue",
    "archive",
    "beacon",
    "crane",
    "mirror",
    "cellar",
    "pump",
    "turbine",
    "catalogue",
    "signal",
    "bridge",
    "valve",
    "lantern",
    "compass",
    "anchor",
    "barge",
    "kiln",
    "orchard",
    "mill",
    "depot",
    "furnace",
    "quarry",
    "canal",
    "tower",
    "vault",
    "garden",
    "wharf",
];
const PLACES: &[&str] = &[
    "before noon",
    "with the night crew",
    "in the lower hall",
    "on both sides",
    "twice a day",
    "without delay",
    "after the bell",
    "near the old gate",
    "under supervision",
    "from the second floor",
    "by hand",
    "at low tide",
    "through the side door",
    "against the plan",
    "behind the fence",
    "for every guest",
];

/// Picks from `list` by a number.
pub(crate) fn pick<'a>(list: &[&'a str], number: usize) -> &'a str {
    list[number % list.len()]
}

fn mix(number: usize) -> usize {
    let mixed = (number as u64)
        .wrapping_add(0x9E37_79B9_7F4A_7C15)
        .wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ (mixed >> 29)) as usize
}

/// Returns a sentence made from a number.
pub(crate) fn sentence(number: usize) -> String {
    let (a, b, c, d) = (
        mix(number),
        mix(number + 1000),
        mix(number + 2000),
        mix(number + 3000),
    );
    match d % 3 {
        0 => format!(
            "{} the {} of the {} {}",
            pick(VERBS, a),
            pick(THINGS, b),
            pick(THINGS, c),
            pick(PLACES, d / 3)
        ),
        1 => format!(
            "{} every {} that the {} needs {}",
            pick(VERBS, a),
            pick(THINGS, b),
            pick(THINGS, c),
            pick(PLACES, d / 3)
        ),
        _ => format!(
            "{} `{}.{}` and the {} {}",
            pick(VERBS, a),
            pick(THINGS, b),
            pick(VERBS, c),
            pick(THINGS, c / 7),
            pick(PLACES, d / 3)
        ),
    }
}

pub(crate) fn slug(text: &str) -> String {
    let words: Vec<String> = text
        .split(|char: char| !char.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(7)
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

impl Doc {
    /// Returns a procedure of `steps` steps.
    pub(crate) fn new(steps: usize, seed: u16, slugs: bool) -> Self {
        let mut doc = Self {
            sections: vec![],
            next_soul: usize::from(seed) * 64,
            slugs,
        };
        for at in 0..steps {
            if at.is_multiple_of(5) {
                doc.sections.push(Section {
                    heading: format!("Part {at} of the {}", pick(THINGS, at + usize::from(seed))),
                    prose: if at.is_multiple_of(2) {
                        String::new()
                    } else {
                        format!("People in the {} know why.", pick(THINGS, at))
                    },
                    steps: vec![],
                });
            }
            let step = doc.step();
            let section = doc.sections.last_mut().unwrap();
            match section.steps.last_mut() {
                Some(last) if mix(at + usize::from(seed)).is_multiple_of(4) => {
                    last.steps.push(step)
                }
                _ => section.steps.push(step),
            }
        }
        doc
    }

    fn step(&mut self) -> Step {
        let soul = self.next_soul;
        self.next_soul += 1;
        let text = sentence(soul);
        Step {
            soul,
            id: if self.slugs {
                slug(&text)
            } else {
                format!("label-{soul}")
            },
            notes: if soul.is_multiple_of(3) {
                vec![format!("The {} hums.", pick(THINGS, soul))]
            } else {
                vec![]
            },
            command: (soul.is_multiple_of(4))
                .then(|| format!("tool --{} {soul}\nsleep 1", pick(VERBS, soul))),
            text,
            steps: vec![],
        }
    }

    /// Returns where each step stands: the path from its section down.
    pub(crate) fn paths(&self) -> Vec<Vec<usize>> {
        let mut paths = vec![];
        for (at, section) in self.sections.iter().enumerate() {
            walk(&section.steps, &mut vec![at], &mut paths);
        }
        paths
    }

    pub(crate) fn at(&self, path: &[usize]) -> &Step {
        let mut step = &self.sections[path[0]].steps[path[1]];
        for at in &path[2..] {
            step = &step.steps[*at];
        }
        step
    }

    fn list(&mut self, path: &[usize]) -> &mut Vec<Step> {
        let mut list = &mut self.sections[path[0]].steps;
        for at in &path[1..path.len() - 1] {
            list = &mut list[*at].steps;
        }
        list
    }

    fn at_mut(&mut self, path: &[usize]) -> &mut Step {
        let last = *path.last().unwrap();
        &mut self.list(path)[last]
    }

    /// Returns every step by its soul.
    pub(crate) fn souls(&self) -> BTreeMap<usize, Step> {
        self.paths()
            .iter()
            .map(|path| (self.at(path).soul, self.at(path).clone()))
            .collect()
    }

    /// Changes the procedure as an author would.
    pub(crate) fn edit(&mut self, (kind, a, b): Edit) {
        let paths = self.paths();
        let (a, b) = (usize::from(a), usize::from(b));
        let Some(path) = paths.get(a % paths.len().max(1)).cloned() else {
            return;
        };
        match kind % 9 {
            0 | 1 => {
                let slugs = self.slugs;
                let step = self.at_mut(&path);
                step.text = reword(&step.text, b);
                if slugs {
                    step.id = slug(&step.text);
                }
            }
            2 => {
                let step = self.list(&path).remove(*path.last().unwrap());
                let paths = self.paths();
                match paths.get(b % paths.len().max(1)) {
                    Some(to) if b.is_multiple_of(3) => self.at_mut(to).steps.push(step),
                    Some(to) => {
                        let to = to.clone();
                        self.list(&to).insert(*to.last().unwrap(), step);
                    }
                    None => self.sections[0].steps.push(step),
                }
            }
            3 => {
                let step = self.step();
                let place = *path.last().unwrap();
                self.list(&path).insert(place + b % 2, step);
            }
            4 if paths.len() > 2 => {
                self.list(&path).remove(*path.last().unwrap());
            }
            5 => {
                let at = a % self.sections.len();
                self.sections[at].heading = format!("The {} part {b}", pick(THINGS, b));
            }
            6 => self.at_mut(&path).notes = vec![format!("Mind the {}.", pick(PLACES, b))],
            7 => {
                self.at_mut(&path).command =
                    (b.is_multiple_of(2)).then(|| format!("run {b}\n\n  indented"))
            }
            8 => {
                let at = a % self.sections.len();
                self.sections[at].prose = format!("It was {} all along.", pick(PLACES, b));
            }
            _ => {}
        }
    }

    /// Returns the ticket's text as a template gives it.
    pub(crate) fn render(&self) -> String {
        let mut text = String::from("# Harbour works\n\nFrom `docs/harbour.rst`.\n\n");
        for (at, section) in self.sections.iter().enumerate() {
            text.push_str(&format!("## {}\n\n", section.heading));
            if !section.prose.is_empty() {
                text.push_str(&format!("{}\n\n", section.prose));
            }
            for (number, step) in section.steps.iter().enumerate() {
                render_step(step, &format!("{}.{}", at + 1, number + 1), 0, &mut text);
            }
            if !section.steps.is_empty() {
                text.push('\n');
            }
        }
        text
    }

    /// Returns the ticket's body as it is written first.
    pub(crate) fn ticket(&self) -> String {
        seal(&self.render(), &run())
    }
}

pub(crate) fn run() -> RunKey {
    RunKey {
        procedure: "harbour-works".to_owned(),
        variant: Variant::default(),
        name: "2.3.0".to_owned(),
    }
}

fn walk(steps: &[Step], path: &mut Vec<usize>, paths: &mut Vec<Vec<usize>>) {
    for (at, step) in steps.iter().enumerate() {
        path.push(at);
        paths.push(path.clone());
        walk(&step.steps, path, paths);
        path.pop();
    }
}

fn render_step(step: &Step, number: &str, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    let duty = Duty {
        group: !step.steps.is_empty() && step.command.is_none() && step.soul.is_multiple_of(2),
        optional: step.soul.is_multiple_of(7),
        ..Duty::default()
    };
    let marker = ItemMarker::new(&StepId(step.id.clone()), number, duty);
    text.push_str(&format!("{indent}- [ ] {} {marker}\n", step.text));
    for note in &step.notes {
        text.push_str(&format!("{indent}  - {note}\n"));
    }
    if let Some(command) = &step.command {
        text.push_str(&format!("{indent}  ```sh\n"));
        for line in command.lines() {
            let line = format!("{indent}  {line}");
            text.push_str(&format!("{}\n", line.trim_end()));
        }
        text.push_str(&format!("{indent}  ```\n"));
    }
    for (at, step) in step.steps.iter().enumerate() {
        render_step(step, &format!("{number}.{}", at + 1), depth + 1, text);
    }
}

/// Exchanges, drops or adds up to a third of a text's words.
pub(crate) fn reword(text: &str, seed: usize) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let changes = (1 + seed % (words.len() / 3).max(1)).min(words.len() / 3);
    let start = mix(seed) % words.len();
    for at in 0..changes {
        let place = (start + at * 3) % words.len();
        let word = pick(THINGS, mix(seed + at)).to_owned();
        match (seed / 5 + at) % 4 {
            0 => words.insert(place, word),
            1 if words.len() > 3 => {
                words.remove(place);
            }
            _ => words[place] = format!("{word}{}", seed % 10),
        }
    }
    words.join(" ")
}

/// What a person wrote into a ticket, to be found again byte for byte.
pub(crate) type Words = Vec<String>;

/// Changes a ticket as people do; returns what they wrote.
pub(crate) fn work(body: &str, (kind, a, b): Edit, serial: usize) -> (String, Words) {
    let read = Body::read(body);
    let (a, b) = (usize::from(a), usize::from(b));
    let steps: Vec<_> = read
        .items
        .iter()
        .filter(|item| item.task.is_some())
        .collect();
    let Some(item) = steps.get(a % steps.len().max(1)) else {
        return (body.to_owned(), vec![]);
    };
    let task = item.task.clone().unwrap();
    let line_end = body[task.end..]
        .find('\n')
        .map_or(body.len(), |at| task.end + at);
    let line_end = task.end + body[task.end..line_end].trim_end().len();
    let line_start = body[..task.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = &body[line_start..task.start - 2];
    let newline = if body.contains("\r\n") { "\r\n" } else { "\n" };
    let insert = |at: usize, text: &str| format!("{}{text}{}", &body[..at], &body[at..]);
    match kind % 7 {
        0..=2 => {
            let mut new = body.to_owned();
            new.replace_range(task.start + 1..task.start + 2, "x");
            (new, vec![])
        }
        3 => {
            let words = format!(" - done on host {serial}, see log");
            (insert(line_end, &words), vec![words.trim().to_owned()])
        }
        4 => {
            let words = format!("also look at the {} ({serial})", pick(THINGS, b));
            (
                insert(line_end, &format!("{newline}{indent}- [x] {words}")),
                vec![format!("- [x] {words}")],
            )
        }
        5 => {
            let words = format!("note {serial}: the {} was  late\t!", pick(THINGS, b));
            (
                insert(line_end, &format!("{newline}{indent}  - {words}")),
                vec![words],
            )
        }
        _ => {
            let words = format!("Paragraph {serial} about *the {}*.", pick(THINGS, b));
            (format!("{body}{newline}{words}{newline}"), vec![words])
        }
    }
}
