//! Where the words of a step send the reader: to other steps, phases and procedures.

use std::collections::{BTreeSet, HashMap};

use super::ids;
use crate::document::{Inline, InlineKind, ReferenceTarget, plain_text};
use crate::procedure::{Link, Part, PhaseKind, Procedure, Step, StepId, steps_in};

/// Finds the links of all steps in `procedures`.
///
/// A reference leads by its name: an author's label, or a heading's slug. Words lead by what they name: `step 3`,
/// `steps 2-4` (by the author's numbers, in the same phase), `the abort procedure`, another procedure's title.
pub(super) fn find(procedures: &mut [Procedure]) {
    let mut names: HashMap<String, Link> = HashMap::new();
    let mut titles = Titles::default();
    for procedure in procedures.iter() {
        let title = plain_text(&procedure.title);
        for name in procedure
            .labels
            .iter()
            .cloned()
            .chain([title.clone(), ids::slug(&title)])
        {
            names
                .entry(name.to_lowercase())
                .or_insert_with(|| Link::Procedure(procedure.slug.clone()));
        }
        titles.add(&title, 3, procedure.slug.clone());
    }
    for procedure in procedures {
        let mut inner = HashMap::new();
        for (at, phase) in procedure.phases.iter().enumerate() {
            let title = plain_text(&phase.title);
            for name in phase
                .labels
                .iter()
                .cloned()
                .chain([title.clone(), ids::slug(&title)])
            {
                inner.entry(name.to_lowercase()).or_insert(Link::Phase(at));
            }
        }
        for step in procedure.steps() {
            for label in &step.labels {
                inner.insert(label.to_lowercase(), Link::Step(step.id.clone()));
            }
            if step.origin == crate::procedure::Origin::Section {
                inner
                    .entry(ids::slug(&step.plain_text()))
                    .or_insert_with(|| Link::Step(step.id.clone()));
            }
        }
        let mut phases = Titles::default();
        for (at, phase) in procedure.phases.iter().enumerate() {
            phases.add(&plain_text(&phase.title), 2, at);
        }
        let is_abort = |at: &usize| procedure.phases[*at].kind == PhaseKind::Abort;
        let around = Around {
            phases,
            aborts: (0..procedure.phases.len()).filter(is_abort).collect(),
            own: procedure.slug.clone(),
            titles: &titles,
            names: &names,
            inner: &inner,
        };
        for (at, phase) in procedure.phases.iter_mut().enumerate() {
            let mut numbers = Numbers::new();
            for step in steps_in(&phase.parts) {
                if let Some(number) = &step.number {
                    let id = || step.id.clone();
                    numbers.entry(number.clone()).or_insert_with(id);
                }
            }
            walk(&mut phase.parts, at, &numbers, &around);
        }
    }
}

/// The steps of a phase by the author's numbers.
type Numbers = HashMap<String, StepId>;

/// What can be led to from a procedure.
struct Around<'a> {
    /// The phases' headings.
    phases: Titles<usize>,
    /// The phases for giving up.
    aborts: Vec<usize>,
    /// The procedure's own slug.
    own: String,
    /// The headings of all procedures.
    titles: &'a Titles<String>,
    /// Names of procedures.
    names: &'a HashMap<String, Link>,
    /// Names in the procedure.
    inner: &'a HashMap<String, Link>,
}

/// Headings, in lower case, found in a text without a look at each of them: by their first two words.
struct Titles<T> {
    by_start: HashMap<String, Vec<(String, T)>>,
}

impl<T> Default for Titles<T> {
    fn default() -> Self {
        Self {
            by_start: HashMap::new(),
        }
    }
}

impl<T> Titles<T> {
    /// Adds what a heading of `least` words or more leads to; shorter ones are too common to be meant wherever they stand.
    fn add(&mut self, title: &str, least: usize, target: T) {
        let title = title.to_lowercase();
        let title = title.trim_start_matches(|c: char| !c.is_alphanumeric());
        let words: Vec<&str> = title.split_whitespace().collect();
        if words.len() >= least {
            self.by_start
                .entry(start(&words.join(" ")).to_owned())
                .or_default()
                .push((words.join(" "), target));
        }
    }

    /// Returns what the headings lead to that `text`, in lower case, has in it, in its order.
    fn named_in(&self, text: &str) -> Vec<&T> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let starts = text.char_indices().filter(|(at, c)| {
            c.is_alphanumeric() && !text[..*at].ends_with(|c: char| c.is_alphanumeric())
        });
        let mut found = Vec::new();
        for (at, _) in starts {
            let rest = &text[at..];
            for (title, target) in self.by_start.get(start(rest)).into_iter().flatten() {
                if rest.starts_with(title.as_str()) {
                    found.push(target);
                }
            }
        }
        found
    }
}

/// Returns the first two words of a text, without what ends a sentence.
fn start(text: &str) -> &str {
    let end = text.match_indices(' ').nth(1);
    let words = &text[..end.map_or(text.len(), |(at, _)| at)];
    words.trim_end_matches(|c: char| !c.is_alphanumeric())
}

fn walk(parts: &mut [Part], phase: usize, numbers: &Numbers, around: &Around<'_>) {
    for part in parts {
        if let Part::Step(step) = part {
            step.links = links(step, phase, numbers, around);
            walk(&mut step.parts, phase, numbers, around);
        }
    }
}

fn links(step: &Step, phase: usize, numbers: &Numbers, around: &Around<'_>) -> Vec<Link> {
    let mut found: Vec<Link> = targets(&step.text)
        .iter()
        .filter_map(|name| around.inner.get(name).or_else(|| around.names.get(name)))
        .cloned()
        .collect();
    let text = step.plain_text().to_lowercase();
    found.extend(numbered(&text, numbers));
    let mut phases: BTreeSet<usize> = around.phases.named_in(&text).into_iter().copied().collect();
    let gives_up = [
        "abort procedure",
        "rollback procedure",
        "revert procedure",
        "roll back procedure",
    ];
    if gives_up.iter().any(|phrase| text.contains(phrase)) {
        phases.extend(&around.aborts);
    }
    phases.remove(&phase);
    found.extend(phases.into_iter().map(Link::Phase));
    let named = around.titles.named_in(&text);
    found.extend(
        named
            .into_iter()
            .filter(|slug| **slug != around.own)
            .map(|slug| Link::Procedure(slug.clone())),
    );
    let own = Link::Step(step.id.clone());
    let mut unique = Vec::new();
    for link in found {
        if link != own && !unique.contains(&link) {
            unique.push(link);
        }
    }
    unique
}

/// Returns the names that references in `text` lead to, in lower case.
fn targets(text: &[Inline]) -> Vec<String> {
    let mut found = Vec::new();
    for inline in text {
        match &inline.kind {
            InlineKind::Role(role) => found.push(role.target.to_lowercase()),
            InlineKind::Reference(reference) => {
                match &reference.target {
                    ReferenceTarget::Name(name) => found.push(name.to_lowercase()),
                    ReferenceTarget::Uri(uri) => {
                        found.extend(uri.rsplit_once('#').map(|(_, name)| name.to_lowercase()))
                    }
                    ReferenceTarget::Anonymous => {}
                }
                found.extend(targets(&reference.text));
            }
            InlineKind::Emphasis(inner)
            | InlineKind::Strong(inner)
            | InlineKind::Strikethrough(inner) => found.extend(targets(inner)),
            _ => {}
        }
    }
    found
}

/// Returns the steps that `step 3`, `steps 1 and 2` or `steps 2-4` name.
fn numbered(text: &str, numbers: &Numbers) -> Vec<Link> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | ';'))
        .filter(|word| !word.is_empty())
        .collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if !matches!(*word, "step" | "steps") {
            continue;
        }
        let mut last: Option<u32> = None;
        let mut range = false;
        for word in &words[at + 1..] {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            if let Some((from, to)) = word
                .split_once(['-', '–'])
                .and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)))
            {
                push(from, to, numbers, &mut found);
                last = Some(to);
            } else if let Ok(number) = word.parse::<u32>() {
                push(
                    if range {
                        last.map_or(number, |last| last + 1)
                    } else {
                        number
                    },
                    number,
                    numbers,
                    &mut found,
                );
                last = Some(number);
                range = false;
            } else if matches!(word, "to" | "through") {
                range = last.is_some();
            } else if !matches!(word, "and" | "or" | "") {
                break;
            }
        }
    }
    found
}

fn push(from: u32, to: u32, numbers: &Numbers, found: &mut Vec<Link>) {
    for number in from..=to.min(from.saturating_add(50)) {
        let name = number.to_string();
        found.extend(numbers.get(&name).cloned().map(Link::Step));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ranges_of_steps_are_followed() {
        let numbers: Numbers = (1..=5)
            .map(|at| (at.to_string(), StepId(format!("s{at}"))))
            .collect();
        let ids = |text: &str| -> Vec<String> {
            numbered(text, &numbers)
                .into_iter()
                .filter_map(|link| match link {
                    Link::Step(id) => Some(id.0),
                    _ => None,
                })
                .collect()
        };
        assert_eq!(ids("repeat steps 2-4 on each host"), ["s2", "s3", "s4"]);
        assert_eq!(ids("as in step 1."), ["s1"]);
        assert_eq!(ids("steps 1, 2 and 5 again"), ["s1", "s2", "s5"]);
        assert_eq!(ids("steps 3 to 5"), ["s3", "s4", "s5"]);
        assert_eq!(ids("step by step"), [""; 0]);
    }
}
