//! From a procedure to a checklist.

use crate::body::{Duty, ItemMarker};
use crate::checklist::{Checklist, ChecklistPhase, Item};
use crate::document::{BlockKind, plain_text};
use crate::procedure::{Command, Kind, Part, Phase, PhaseKind, Procedure, Step};
use crate::render::block::{self, Spacing, Written};
use crate::render::escape::code_span;
use crate::render::inline::{line, plain, setting_line};
use crate::run::{RunKey, Variant};

/// How many characters a command may have to stand in its step's line.
const LONGEST_INLINE_COMMAND: usize = 120;

/// What an item reads as whose step has no words.
const NO_WORDS: &str = "…";

/// Returns `procedure` as a checklist: for a run, or for a template where there is none.
///
/// The procedure's variant is chosen and its variables are filled already; `variant` says which.
pub fn checklist(procedure: &Procedure, run: Option<&RunKey>, variant: &Variant) -> Checklist {
    let plain_title = match plain_text(&procedure.title) {
        title if title.is_empty() => procedure.slug.clone(),
        title => title,
    };
    let values: Vec<&str> = variant.0.values().map(String::as_str).collect();
    let mut checklist = Checklist {
        title: line(&procedure.title),
        slug: procedure.slug.clone(),
        label: procedure.labels.first().cloned(),
        source: slashed(&procedure.place.path().to_string_lossy()),
        hash: String::new(),
        run: run.cloned(),
        variant: variant.clone(),
        variant_name: values.join(", "),
        summary: block::join(&block::blocks(&procedure.summary), 0, Spacing::Airy),
        plain_summary: first_sentence(procedure),
        preconditions: procedure
            .preconditions
            .iter()
            .map(|precondition| line(&precondition.text))
            .collect(),
        phases: phases(procedure, run.is_some()),
        plain_title,
    };
    checklist.hash = hash(&checklist);
    checklist
}

fn slashed(path: &str) -> String {
    path.replace('\\', "/")
}

/// Returns the summary's first sentence as plain text.
fn first_sentence(procedure: &Procedure) -> String {
    let text = procedure
        .summary
        .iter()
        .find_map(|block| match &block.kind {
            BlockKind::Paragraph(text) => Some(plain_text(text)),
            _ => None,
        });
    let text = text.unwrap_or_default();
    match text.find(". ") {
        Some(end) => text[..=end].to_owned(),
        None => text,
    }
}

fn phases(procedure: &Procedure, in_run: bool) -> Vec<ChecklistPhase> {
    let has_box = |phase: &Phase| phase.steps().flat_map(Step::walk).any(|step| step.has_box);
    let several = procedure
        .phases
        .iter()
        .filter(|phase| has_box(phase))
        .count()
        > 1;
    let mut ordinal = 0;
    procedure
        .phases
        .iter()
        .enumerate()
        .map(|(index, phase)| {
            let number = if several && has_box(phase) {
                ordinal += 1;
                ordinal.to_string()
            } else {
                String::new()
            };
            let prefix = match number.as_str() {
                "" => String::new(),
                number => format!("{number}."),
            };
            let mut flat = Flat {
                items: Vec::new(),
                duty: in_run.then(|| Duty {
                    phase: index,
                    replaces: phase.replaces,
                    abort: phase.kind == PhaseKind::Abort,
                    alternative: phase.kind == PhaseKind::Alternative,
                    ..Duty::default()
                }),
            };
            flat.parts(&phase.parts, 0, &[], &mut Counter { prefix, last: 0 });
            let (notes, items) = with_notes(trimmed(flat.items));
            ChecklistPhase {
                number,
                title: heading(procedure, phase),
                plain_title: plain_text(&phase.title),
                kind: phase.kind,
                replaces: replaced(procedure, phase),
                boxes: items.iter().filter(|item| item.has_box).count(),
                notes,
                items,
            }
        })
        .collect()
}

/// Returns a phase's heading, empty where its steps stand right under the procedure's.
fn heading(procedure: &Procedure, phase: &Phase) -> String {
    let title = line(&phase.title);
    if procedure.phases.len() == 1 || title == line(&procedure.title) {
        String::new()
    } else {
        title
    }
}

/// Returns the heading of the phase that an alternative stands in for.
fn replaced(procedure: &Procedure, phase: &Phase) -> Option<String> {
    let replaced = procedure.phases.get(phase.replaces?)?;
    (phase.kind == PhaseKind::Alternative).then(|| heading(procedure, replaced))
}

/// Counts the boxes under one item.
struct Counter {
    prefix: String,
    last: usize,
}

impl Counter {
    fn next(&mut self) -> String {
        self.last += 1;
        format!("{}{}", self.prefix, self.last)
    }
}

/// Puts nested parts into a row.
struct Flat {
    items: Vec<Item>,
    /// What the phase's steps mean for progress; `None` in a template, which has no markers.
    duty: Option<Duty>,
}

impl Flat {
    /// Appends `parts`, which stand under the steps of `path`, as items of `depth`.
    fn parts(&mut self, parts: &[Part], depth: usize, path: &[String], counter: &mut Counter) {
        for chunk in parts.chunk_by(|a, b| !is_step(a) && !is_step(b)) {
            match chunk {
                [Part::Step(step)] => self.step(step, depth, path, counter),
                between => {
                    let indent = " ".repeat(2 * depth);
                    let spacing = if depth == 0 {
                        Spacing::Airy
                    } else {
                        Spacing::Tight
                    };
                    let body = body(between, 2 * depth, spacing);
                    if !body.is_empty() {
                        self.items.push(Item {
                            id: None,
                            number: String::new(),
                            depth,
                            indent,
                            kind: Kind::Note,
                            has_box: false,
                            optional: false,
                            condition: None,
                            text: String::new(),
                            setting: None,
                            commands: commands(between).map(|of| of.text.clone()).collect(),
                            body,
                            notes: Vec::new(),
                            marker: String::new(),
                        });
                    }
                }
            }
        }
    }

    fn step(&mut self, step: &Step, depth: usize, path: &[String], counter: &mut Counter) {
        let first_step = step
            .parts
            .iter()
            .position(is_step)
            .unwrap_or(step.parts.len());
        let (own, rest) = step.parts.split_at(first_step);
        let (inline, under) = match own {
            [Part::Command(command), under @ ..]
                if fits_line(command) && commands(under).next().is_none() =>
            {
                (Some(command), under)
            }
            _ => (None, own),
        };
        let number = if step.has_box {
            counter.next()
        } else {
            String::new()
        };
        let marker = match &self.duty {
            Some(duty) if step.has_box => {
                let duty = Duty {
                    optional: step.optional,
                    group: is_group(step),
                    ..duty.clone()
                };
                ItemMarker::new(&step.id, &number, duty).to_string()
            }
            _ => String::new(),
        };
        self.items.push(Item {
            id: Some(step.id.clone()),
            number: number.clone(),
            depth,
            indent: " ".repeat(2 * depth),
            kind: step.kind,
            has_box: step.has_box,
            optional: step.optional,
            condition: step.condition.clone(),
            text: text(step, path, inline),
            setting: step.setting.clone(),
            commands: commands(under).map(|of| of.text.clone()).collect(),
            body: body(under, 2 * depth + 2, Spacing::Tight),
            notes: Vec::new(),
            marker,
        });
        if step.has_box {
            let mut own = Counter {
                prefix: format!("{number}."),
                last: 0,
            };
            self.parts(rest, depth + 1, &step.path, &mut own);
        } else {
            self.parts(rest, depth + 1, &step.path, counter);
        }
    }
}

fn is_step(part: &Part) -> bool {
    matches!(part, Part::Step(_))
}

fn commands(parts: &[Part]) -> impl Iterator<Item = &Command> {
    parts.iter().filter_map(|part| match part {
        Part::Command(command) => Some(command),
        Part::Step(_) | Part::Block(_) => None,
    })
}

/// Tells whether a command can stand in its step's line.
fn fits_line(command: &Command) -> bool {
    let text = command.text.trim();
    command.caption.is_none()
        && !text.is_empty()
        && !text.contains('\n')
        && text.chars().count() <= LONGEST_INLINE_COMMAND
}

/// Returns an item's line: for whom it is, whether it is optional, the author's words, a command.
fn text(step: &Step, outer_path: &[String], command: Option<&Command>) -> String {
    let words = match &step.setting {
        Some(setting) => setting_line(&step.text, setting),
        None => line(&step.text),
    };
    let mut pieces = Vec::new();
    let path = step.path.strip_prefix(outer_path).unwrap_or(&step.path);
    for part in path {
        let part = plain(part);
        if !part.is_empty() {
            pieces.push(format!("*({part})*"));
        }
    }
    if step.optional && step.condition.is_none() && !says_optional(&step.plain_text()) {
        pieces.push("*(optional)*".to_owned());
    }
    match (words.is_empty(), command) {
        // GitHub shows no box on a line without text.
        (true, None) => pieces.push(NO_WORDS.to_owned()),
        (true, Some(command)) => pieces.push(code_span(command.text.trim())),
        (false, None) => pieces.push(words),
        (false, Some(command)) => pieces.extend([words, code_span(command.text.trim())]),
    }
    pieces.join(" ")
}

/// Tells whether the author's words say that a step need not always be done.
fn says_optional(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "optional",
        "optionally",
        "if",
        "skip",
        "recommended",
        "otherwise",
    ];
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| WORDS.contains(&word))
}

/// Returns parts as indented lines.
fn body(parts: &[Part], indent: usize, spacing: Spacing) -> String {
    let written: Vec<Written> = parts
        .iter()
        .flat_map(|part| match part {
            Part::Command(command) => block::command(command),
            Part::Block(block) => block::blocks([block]),
            Part::Step(_) => Vec::new(),
        })
        .collect();
    block::join_between(&written, indent, spacing)
}

/// Returns `items` without blank lines before the first and behind the last.
fn trimmed(mut items: Vec<Item>) -> Vec<Item> {
    if let Some(first) = items.first_mut()
        && first.text.is_empty()
    {
        first.body = first.body.trim_start_matches('\n').to_owned();
    }
    if let Some(last) = items.last_mut()
        && last.body.ends_with("\n\n")
    {
        last.body.pop();
    }
    items
}

/// Gives each item with a box the texts of the lines without one that follow; returns those before the first box, too.
fn with_notes(mut items: Vec<Item>) -> (Vec<String>, Vec<Item>) {
    let mut notes = Vec::new();
    let mut last_box = None;
    for at in 0..items.len() {
        if items[at].has_box {
            last_box = Some(at);
        } else if !items[at].text.is_empty() {
            let text = items[at].text.clone();
            match last_box {
                Some(owner) => items[owner].notes.push(text),
                None => notes.push(text),
            }
        }
    }
    (notes, items)
}

/// Tells whether a step is only a heading over its substeps: done when they are.
fn is_group(step: &Step) -> bool {
    let mut boxed = step.steps().filter(|step| step.has_box).peekable();
    boxed.peek().is_some()
        && step.commands().next().is_none()
        && (step.plain_text().ends_with(':') || boxed.all(|step| step.kind == Kind::Setting))
}

/// Returns the hash of what a checklist says: the same wherever and whenever it is said.
fn hash(checklist: &Checklist) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut feed = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    feed(&checklist.title);
    feed(&checklist.summary);
    for precondition in &checklist.preconditions {
        feed(precondition);
    }
    for phase in &checklist.phases {
        feed("phase");
        feed(&phase.title);
        feed(&format!("{:?}", phase.kind));
        feed(phase.replaces.as_deref().unwrap_or_default());
        for item in &phase.items {
            feed(if item.has_box { "box" } else { "line" });
            feed(&item.indent);
            feed(&item.text);
            feed(&item.body);
        }
    }
    hasher.finalize().to_hex()[..12].to_owned()
}
