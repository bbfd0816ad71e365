//! Sentences before a list that say what a thing does or is for, rather than what people do.

use crate::extract::clause::{Clause, Mood};
use crate::extract::lexicon;
use crate::extract::prose::CODE;

/// Tells whether the words of a main clause say what a thing does by itself or must be like (`The job runs these steps`,
/// `Commits must`), or what it is for (`This mode lets you`).
///
/// What a request is for (`Open the port to allow the move`) says nothing of a thing.
pub(super) fn tells_of_thing(clause: &Clause) -> bool {
    let words: Vec<&str> = clause.words.iter().map(String::as_str).collect();
    let says = match clause.mood {
        Mood::Imperative(_) => false,
        _ => is_for_something(&words) || does_by_itself(&words) || must_be_like(&words),
    };
    says || will_do(&words)
}

/// Tells whether the words say what a thing does when it runs (`This script performs these actions`), not what it is for.
pub(super) fn acts_now(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let acts = words.iter().any(|word| lexicon::has("running", word));
    let is_told = is_for_something(&words) || must_be_like(&words) || will_do(&words);
    acts && !is_told && does_by_itself(&words)
}

/// `The page explains how to`, `With this you can`
fn is_for_something(words: &[&str]) -> bool {
    let text = words.join(" ");
    lexicon::holds_phrase("purpose-phrases", &text) || matches!(words, [.., "can"])
}

/// `A button that will`
fn will_do(words: &[&str]) -> bool {
    matches!(words, [.., "that" | "which", "will"])
}

/// `The installer performs the following`, `It does this`
fn does_by_itself(words: &[&str]) -> bool {
    let Some(at) = verb(words) else {
        return matches!(words, ["this" | "the", thing] if lexicon::has("things", thing));
    };
    let (subject, tail) = (&words[..at], &words[at + 1..]);
    let passive = matches!(
        words[at],
        "is" | "are" | "must" | "should" | "has" | "needs"
    ) || tail.first() == Some(&"be");
    match subject {
        _ if passive || names_people(subject) => false,
        ["this" | "it" | "that"] => !lexicon::has("demands", words[at]),
        [.., thing] => {
            lexicon::has("things", thing)
                || thing.contains(CODE) && lexicon::has("running", words[at])
        }
        [] => false,
    }
}

/// `Commits must`, `A good entry should`: a rule for things.
fn must_be_like(words: &[&str]) -> bool {
    match words {
        [subject @ .., "must" | "should"] => {
            !subject.is_empty() && !names_people(subject) && !subject.contains(&"following")
        }
        _ => false,
    }
}

/// Returns where the clause's verb stands.
fn verb(words: &[&str]) -> Option<usize> {
    words
        .iter()
        .enumerate()
        .skip(1)
        .position(|(at, word)| {
            lexicon::has("auxiliaries", word)
                || word.ends_with('s')
                    && !word.ends_with("ss")
                    && lexicon::base_of(word).is_some()
                    && !(lexicon::has("things", word) && at + 1 < words.len())
        })
        .map(|at| at + 1)
}

fn names_people(subject: &[&str]) -> bool {
    subject.iter().any(|word| {
        lexicon::has("actors", word) || matches!(*word, "you" | "we" | "i" | "they" | "who")
    })
}
