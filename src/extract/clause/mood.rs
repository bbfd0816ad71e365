//! The mood of a main clause, by its first words.

use super::Mood;
use super::finite::{finite, is_auxiliary};
use crate::extract::lexicon;
use crate::extract::prose::{self, CODE, Prose};
use crate::procedure::command;

/// Returns the mood of the clause of `words`, which `text` holds with its case and punctuation.
pub(super) fn mood(words: &[String], text: &str, prose: &Prose) -> Mood {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some(&first) = words.first() else {
        return Mood::Noun;
    };
    if first.contains(CODE) {
        return code_first(&words, text, prose);
    }
    if let ["you", "are", verb, "to", ..] | ["you", "are", _, verb, "to", ..] = words.as_slice()
        && matches!(*verb, "encouraged" | "advised")
        && let Some(verb) = advised(&words)
    {
        return Mood::Advice(verb);
    }
    if is_pleasantry(&words) {
        return Mood::Pointer;
    }
    match words.as_slice() {
        ["it's", rest @ ..] => {
            let rest = ["it", "is"].iter().chain(rest);
            let rest: Vec<String> = rest.map(|word| (*word).to_owned()).collect();
            return mood(&rest, text, prose);
        }
        ["please" | "also" | "always" | "just", rest @ ..] if !rest.is_empty() => {
            let rest: Vec<String> = rest.iter().map(|word| (*word).to_owned()).collect();
            return mood(&rest, text, prose);
        }
        ["feel", "free", "to", ..] => return Mood::Permission,
        ["let's" | "lets", verb, ..] | ["let", "us", verb, ..] => {
            return Mood::Imperative((*verb).to_owned());
        }
        ["remember" | "remembering", "to", verb, ..]
        | ["don't" | "do", "not", "forget", "to", verb, ..]
        | ["don't", "forget", "to", verb, ..]
        | ["be", "sure", "to", verb, ..]
        | ["try", "to", verb, ..] => {
            return Mood::Imperative((*verb).to_owned());
        }
        ["don't", "forget", next, ..] | ["do", "not", "forget", next, ..] if *next != "that" => {
            return Mood::Imperative("remember".to_owned());
        }
        ["be", "sure" | "certain", ..]
        | ["make", "sure" | "certain", ..]
        | ["keep", "an" | "a", "eye", ..]
        | ["keep", "a", _, "eye", ..]
        | ["look", "out", "for", ..]
        | ["sanity" | "smoke" | "spot", "check" | "test", ..]
        | ["watch", "out", "for", ..] => {
            return Mood::Imperative("check".to_owned());
        }
        ["do", "not" | "only", ..] | ["don't", ..] | ["never", ..] | ["avoid", ..] => {
            return Mood::Prohibition;
        }
        ["keep", "in", "mind", ..]
        | [
            "it",
            "is",
            "ok" | "okay" | "fine" | "normal" | "expected",
            ..,
        ]
        | [
            "be",
            "aware" | "careful" | "patient" | "mindful" | "prepared",
            ..,
        ]
        | ["bear", "in", "mind", ..]
        | ["feel", "free", ..]
        | ["note", "that", ..]
        | ["remember", "that", ..]
        | ["no", "need", ..]
        | ["nothing", ..]
        | ["recall" | "expect", ..]
        | ["beware", ..]
        | ["you're" | "you", "done" | "are", ..] => return Mood::Pointer,
        ["consult", "with", ..] => return Mood::Imperative("consult".to_owned()),
        ["note", "down", ..] => return Mood::Imperative("note".to_owned()),
        _ => {}
    }
    // "Now is a good time to ...", without its adverb.
    if let ["it", "is" | "may" | "might", ..] | ["is", "a" | "the", ..] = words.as_slice()
        && let Some(verb) = advised(&words)
    {
        let to_know = lexicon::has("knowing", &verb);
        return if to_know {
            Mood::Pointer
        } else {
            Mood::Advice(verb)
        };
    }
    if lexicon::has("reference", first) {
        let values = words
            .iter()
            .skip(1)
            .take(4)
            .any(|word| lexicon::has("noted-values", word));
        // "Note any changes in the log", but not "Note all hosts must be up".
        let finds = matches!(
            words.get(1).copied(),
            Some("any" | "all" | "each" | "every")
        ) && finite(&words) == Mood::Noun;
        return if first == "note" && (values || finds) {
            Mood::Imperative("note".to_owned())
        } else {
            Mood::Pointer
        };
    }
    if let ["to", verb, ..] = words.as_slice()
        && lexicon::is_verb(verb)
        && !text.contains([',', '.', ':'])
        && text.trim_start().starts_with("To ")
    {
        return Mood::Imperative((*verb).to_owned());
    }
    // "PATCH version" names a part of a number; nobody shouts one word alone.
    let shouts = |word: &str| word.len() > 1 && word.chars().all(char::is_uppercase);
    let mut spoken = text.split_whitespace();
    let is_shouted = spoken.next().is_some_and(shouts)
        && spoken
            .next()
            .is_some_and(|next| next.chars().all(char::is_lowercase))
        && !matches!(
            words.get(1).copied(),
            Some("to" | "into" | "onto" | "in" | "on" | "as")
        );
    if lexicon::is_verb(first) && !is_shouted {
        // "branch: main" names a value.
        let named = words.len() > 1
            && text
                .split_whitespace()
                .next()
                .is_some_and(|word| word.ends_with(':'));
        if named && !lexicon::has("check", first) {
            return Mood::Noun;
        }
        return if opens_noun_phrase(&words, text) {
            finite(&words)
        } else {
            Mood::Imperative(first.to_owned())
        };
    }
    if lexicon::has("function", first)
        || lexicon::has("determiners", first)
        || lexicon::has("subordinators", first)
    {
        return finite(&words);
    }
    // An unknown word before "the", "a", "your" is a verb: no noun stands there.
    let unknown = first.len() > 2
        && first.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        && !first.ends_with('s')
        && !first.ends_with("ing")
        && !first.ends_with("ed")
        && !first.ends_with("ly");
    if unknown && takes_object(&words, text) {
        return Mood::Imperative(first.to_owned());
    }
    finite(&words)
}

/// Tells whether behind the first word stands what only the object of a verb starts with: `sieve the flour`, `sieve it`.
fn takes_object(words: &[&str], text: &str) -> bool {
    let (Some(next), after) = (words.get(1), words.get(2)) else {
        return false;
    };
    match *next {
        "the" | "a" | "an" | "all" | "any" | "each" | "every" | "your" | "these" | "this" => true,
        // "However, it is ..."
        "it" | "them" => {
            let set_off = text
                .split_whitespace()
                .next()
                .is_some_and(|first| first.ends_with([',', ';', ':']));
            !set_off && !after.is_some_and(|after| is_auxiliary(after) || after.ends_with('s'))
        }
        _ => false,
    }
}

/// `Relax!`, `That's it`, `All done`, `Have a coffee`: said at the end, when nothing is left to do.
fn is_pleasantry(words: &[&str]) -> bool {
    match words {
        ["that's", "it" | "all", ..] | ["that", "is", "it" | "all", ..] => words.len() <= 5,
        ["all" | "we're", "done" | "set", ..] => words.len() <= 4,
        ["have" | "grab" | "get" | "drink" | "take", rest @ ..] => {
            words.len() <= 6 && rest.iter().any(|word| lexicon::has("treats", word))
        }
        ["done" | "ready"] | ["sit", "back", ..] => true,
        [first, ..] => lexicon::has("pleasantries", first),
        [] => false,
    }
}

/// Returns the verb of "it is recommended to ...".
fn advised(words: &[&str]) -> Option<String> {
    let good = words
        .iter()
        .take(6)
        .position(|word| lexicon::has("advice", word))?;
    if words[..good].contains(&"not") {
        return None;
    }
    let verb = match &words[good..] {
        [_, "that", "you" | "we", verb, ..] => *verb,
        _ => {
            let to = words
                .iter()
                .skip(good)
                .take(9)
                .position(|word| *word == "to")?
                + good;
            words.get(to + 1)?
        }
    };
    // What is useful to have is nothing to do.
    (lexicon::is_verb(verb) && !matches!(verb, "have" | "be")).then(|| verb.to_owned())
}

/// Reads a clause that starts with code.
fn code_first(words: &[&str], text: &str, prose: &Prose) -> Mood {
    let before = prose.text.find(text).unwrap_or_default();
    let index = prose.text[..before].matches(CODE).count();
    let code = prose
        .codes
        .get(index)
        .map(String::as_str)
        .unwrap_or_default();
    let verb = finite(words);
    let typed = command::is_command(code) && (code.contains([' ', '/']) || words.len() == 1)
        || command::is_program(code)
            && words
                .get(1)
                .is_some_and(|word| matches!(*word, "to" | "into" | "the" | "on"))
        || code.contains(' ') && serves_to_check(&words[1..]);
    if typed
        && (verb == Mood::Noun
            || words.len() == 1
            || !matches!(
                words.get(1).copied(),
                Some("is" | "will" | "can" | "should" | "must" | "has")
            ))
        && !acts(words)
    {
        return Mood::Command;
    }
    verb
}

/// `... to make sure that it works`: what is typed, and what for.
fn serves_to_check(behind: &[&str]) -> bool {
    match behind {
        ["to", "make", "sure", ..] | ["to", "ensure" | "see", ..] => true,
        ["to", verb, ..] => lexicon::has("purposes", verb),
        _ => false,
    }
}

/// Tells whether code is the subject of a verb (`make docs` runs in CI, `app migrate` prints a number).
fn acts(words: &[&str]) -> bool {
    let verb = words.get(1).is_some_and(|word| {
        word.ends_with('s') && !word.ends_with("ss") && lexicon::base_of(word).is_some()
    });
    verb && words.get(2).is_none_or(|next| {
        lexicon::has("determiners", next)
            || lexicon::has("subordinators", next)
            || next.contains(CODE)
    })
}

/// Tells whether a word that could be a verb opens a noun phrase: a finite verb follows before anything that
/// an object would start with (`release notes are ...` against `release the notes`).
fn opens_noun_phrase(words: &[&str], text: &str) -> bool {
    let first = words[0];
    if lexicon::has("never-nouns", first) && words.get(1) != Some(&"of")
        || matches!(words, ["check", next, ..] if !matches!(*next, "is" | "runs"))
    {
        return false;
    }
    let counted = lexicon::has("counted", first)
        && words
            .get(1)
            .is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let compound = lexicon::has("compound-nouns", first)
        && words
            .get(1)
            .is_some_and(|word| lexicon::has("compound-heads", word));
    if counted
        || compound
        || words.get(1) == Some(&"of")
        || matches!(
            words,
            [
                "access" | "support" | "release" | "need" | "thanks" | "time" | "upgrades",
                "to" | "for",
                ..
            ]
        )
        || matches!(words, ["time", ..] if words.get(1) != Some(&"the"))
        || words
            .get(1)
            .is_some_and(|word| lexicon::is_participle(word))
            && words.get(2).is_some_and(|word| {
                matches!(
                    *word,
                    "by" | "during" | "for" | "in" | "from" | "with" | "to" | "on" | "at"
                )
            })
        || words
            .get(1)
            .is_some_and(|word| lexicon::has("noun-heads", word))
            && words.get(2).is_some_and(|word| word.ends_with("ed"))
    {
        return true;
    }
    // The first clause only: behind a comma or a colon stands something else.
    let head = text
        .split([',', ':', ';', '(', '.'])
        .next()
        .unwrap_or_default();
    let head = prose::words(head);
    for word in head.iter().skip(1) {
        let word = word.as_str();
        if is_auxiliary(word) || word == "need" {
            return true;
        }
        if matches!(word, "and" | "or") {
            continue;
        }
        if word.contains(CODE)
            || lexicon::has("determiners", word)
            || lexicon::has("function", word)
            || lexicon::has("subordinators", word)
            || word.contains('/')
        {
            return false;
        }
    }
    false
}
