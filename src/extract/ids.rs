//! Names for procedures and steps.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::procedure::{Part, Phase, Procedure, Step, StepId};

/// How many words of a step's text its name has.
const WORDS: usize = 6;

/// Returns `text` by GitHub's heading rule: lower case, blanks to hyphens, punctuation dropped.
pub fn slug(text: &str) -> String {
    text.trim()
        .chars()
        .filter_map(|c| match c {
            ' ' | '-' => Some('-'),
            '_' => Some('_'),
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// Gives every procedure a slug of its own: a second equal one gets its file's stem in front.
pub(super) fn slugs(procedures: &mut [Procedure]) {
    let mut taken = HashSet::new();
    for procedure in procedures {
        let plain = slug(&crate::document::plain_text(&procedure.title));
        // What a picture before the title leaves would read as a flag at the command line.
        let plain = match plain.trim_matches('-') {
            "" => "procedure".to_owned(),
            name => name.to_owned(),
        };
        let path = procedure.place.path();
        let mut candidate = plain.clone();
        let mut parts: Vec<String> = path
            .with_extension("")
            .components()
            .filter_map(|part| part.as_os_str().to_str().map(slug))
            .collect();
        while taken.contains(&candidate) {
            candidate = match parts.pop() {
                Some(part) => format!("{part}-{candidate}"),
                // Two equal headings in one file: the line tells them apart, as nothing else does.
                None => format!("{candidate}-{}", procedure.place.line()),
            };
        }
        taken.insert(candidate.clone());
        procedure.slug = candidate;
    }
}

/// Gives every step of `procedure` a name: the author's label, else the first words of its text.
///
/// Equal names are told apart by what they stand under, then by what stands before and after them; never by
/// a number that would move when a step is put in.
pub(super) fn name_steps(procedure: &mut Procedure) {
    let mut plans = Vec::new();
    for phase in &procedure.phases {
        plan(
            &phase.parts,
            &words(&crate::document::plain_text(&phase.title), 3),
            &mut plans,
        );
    }
    let mut names: Vec<String> = plans.iter().map(|plan| plan.name.clone()).collect();
    let mut equal: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, plan) in plans.iter().enumerate() {
        equal.entry(&plan.name).or_default().push(at);
    }
    for group in equal.values().filter(|group| group.len() > 1) {
        let tellings: [&[Telling]; 6] = [
            &[|plan| &plan.parent],
            &[|plan| &plan.phase],
            &[|plan| &plan.phase, |plan| &plan.parent],
            &[|plan| &plan.before],
            &[|plan| &plan.after],
            &[
                |plan| &plan.phase,
                |plan| &plan.parent,
                |plan| &plan.before,
                |plan| &plan.after,
            ],
        ];
        let telling = tellings
            .into_iter()
            .find(|telling| {
                group
                    .iter()
                    .map(|&at| told_apart(&plans[at], telling))
                    .collect::<HashSet<_>>()
                    .len()
                    == group.len()
            })
            .unwrap_or(tellings[2]);
        for &at in group {
            names[at] = told_apart(&plans[at], telling);
        }
    }
    // What is the same in every way is told apart by order, the one thing left.
    let mut seen: HashSet<String> = HashSet::new();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for name in &mut names {
        let base = name.clone();
        let again = counts.entry(base.clone()).or_insert(1);
        while !seen.insert(name.clone()) {
            *again += 1;
            *name = match *again {
                2 => format!("{base}--again"),
                again => format!("{base}--again{again}"),
            };
        }
    }
    let mut names = names.into_iter();
    for phase in &mut procedure.phases {
        assign(phase, &mut names);
    }
}

/// Something that tells a step from others with the same words.
type Telling = fn(&Plan) -> &str;

/// Returns a step's name with what tells it from others in front; a label stays as it is.
fn told_apart(plan: &Plan, telling: &[Telling]) -> String {
    if plan.labelled {
        return plan.name.clone();
    }
    let mut pieces: Vec<&str> = telling
        .iter()
        .map(|next| next(plan))
        .filter(|piece| !piece.is_empty())
        .collect();
    pieces.push(&plan.name);
    pieces.join("--")
}

/// What a step's name is made from.
struct Plan {
    name: String,
    labelled: bool,
    parent: String,
    phase: String,
    before: String,
    after: String,
}

fn plan(parts: &[Part], phase: &str, out: &mut Vec<Plan>) {
    fn walk(parts: &[Part], parent: &str, phase: &str, out: &mut Vec<Plan>) {
        let steps: Vec<&Step> = crate::procedure::steps_in(parts).collect();
        for (at, step) in steps.iter().enumerate() {
            let label = step.labels.first();
            let own = label.map_or_else(|| name_of(step), |label| slug(label));
            let beside = |other: Option<&&Step>| {
                other.map_or_else(String::new, |step| words(&step.plain_text(), 3))
            };
            out.push(Plan {
                name: own.clone(),
                labelled: label.is_some(),
                parent: parent.to_owned(),
                phase: phase.to_owned(),
                before: beside(at.checked_sub(1).and_then(|at| steps.get(at))),
                after: beside(steps.get(at + 1)),
            });
            walk(&step.parts, &words(&step.plain_text(), 4), phase, out);
        }
    }
    walk(parts, "", phase, out);
}

fn assign(phase: &mut Phase, names: &mut impl Iterator<Item = String>) {
    fn walk(parts: &mut [Part], names: &mut impl Iterator<Item = String>) {
        for part in parts {
            if let Part::Step(step) = part {
                step.id = StepId(names.next().unwrap_or_default());
                walk(&mut step.parts, names);
            }
        }
    }
    walk(&mut phase.parts, names);
}

/// Returns the id of a step that reads `text` and has no label, where no other step reads so.
pub fn step_name(text: &str) -> String {
    words(without_number(text), WORDS)
}

fn name_of(step: &Step) -> String {
    let name = step_name(&step.plain_text());
    if !name.is_empty() {
        return name;
    }
    step.commands()
        .next()
        .map(|command| words(&command.text, WORDS))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| step.kind.as_str().to_owned())
}

/// Returns `text` without the author's number in front (`Step 3:`, `6.1.`): it changes when steps are put in.
fn without_number(text: &str) -> &str {
    let Some((first, rest)) = text.split_once(' ') else {
        return text;
    };
    let word = matches!(first.to_lowercase().as_str(), "step" | "phase" | "part");
    let (number, rest) = if word {
        rest.split_once(' ').unwrap_or((rest, ""))
    } else {
        (first, rest)
    };
    let digits = number.trim_end_matches(['.', ':', ')', '-']);
    let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    let marked = word || digits.len() < number.len();
    if is_number && marked && !rest.trim().is_empty() {
        rest.trim_start_matches([' ', '-', '–', ':'])
    } else {
        text
    }
}

/// Returns the first words of `text` as a slug.
fn words(text: &str, count: usize) -> String {
    let mut out: Vec<String> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '\'' && c != '’') {
        let word: String = word
            .chars()
            .filter(|c| c.is_alphanumeric() || *c == '_')
            .flat_map(char::to_lowercase)
            .collect();
        if !word.is_empty() {
            out.push(word);
        }
        if out.len() == count {
            break;
        }
    }
    out.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_follow_the_heading_rule() {
        assert_eq!(slug("Upgrade abort/revert"), "upgrade-abortrevert");
        assert_eq!(slug("6.1. What's new?"), "61-whats-new");
        assert_eq!(slug("a_b – c"), "a_b--c");
    }

    #[test]
    fn names_are_the_first_words() {
        assert_eq!(
            words("(Optional) Don't restart the `db` server, now or later", 6),
            "optional-dont-restart-the-db-server"
        );
    }
}
