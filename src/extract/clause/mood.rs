//! The mood of a main clause, by its first words.

use super::Mood;
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
    if let ["it", "is" | "may" | "might", ..] = words.as_slice()
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
            .is_some_and(|next| next.chars().all(char::is_lowercase));
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
    if unknown
        && words.get(1).is_some_and(|word| {
            matches!(
                *word,
                "the" | "a" | "an" | "all" | "any" | "each" | "every" | "your" | "these" | "this"
            )
        })
    {
        return Mood::Imperative(first.to_owned());
    }
    finite(&words)
}

/// `Relax!`, `That's it`, `All done`, `Have a coffee`: said at the end, when nothing is left to do.
fn is_pleasantry(words: &[&str]) -> bool {
    match words {
        ["that's", "it" | "all", ..] | ["that", "is", "it" | "all", ..] => words.len() <= 5,
        ["all" | "we're", "done" | "set", ..] => words.len() <= 4,
        ["have" | "grab" | "get" | "drink" | "take", rest @ ..] => {
            words.len() <= 6 && rest.iter().any(|word| lexicon::has("treats", word))
        }
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
    verb && words.get(2).is_some_and(|next| {
        lexicon::has("determiners", next) || lexicon::has("subordinators", next)
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

pub(super) fn is_auxiliary(word: &str) -> bool {
    lexicon::has("auxiliaries", word)
}

/// Reads a clause with a subject before its verb.
fn finite(words: &[&str]) -> Mood {
    let at = words.iter().enumerate().position(|(at, word)| {
        let relative = at > 0 && matches!(words[at - 1], "that" | "which" | "who");
        !relative
            && (is_auxiliary(word)
                || lexicon::has("late-auxiliaries", word) && at > 0
                || lexicon::has("contractions", word))
    });
    let Some(at) = at else {
        return verbless(words);
    };
    if words.windows(2).any(|pair| pair == ["be", "aware"]) {
        return Mood::Pointer;
    }
    let subject = &words[..at];
    let rest: Vec<&str> = words[at + 1..]
        .iter()
        .copied()
        .skip_while(|word| lexicon::has("middle-adverbs", word))
        .collect();
    let rest = rest.as_slice();
    // "Our policy is to ..." says what is meant, not what to do.
    let meant = subject.iter().any(|word| lexicon::has("intentions", word));
    if meant && matches!(words[at], "is" | "are") {
        return Mood::Statement;
    }
    let actor = subject.iter().any(|word| lexicon::has("actors", word));
    if actor
        && words[at] == "will"
        && rest
            .first()
            .is_some_and(|verb| *verb != "be" && lexicon::is_verb(verb))
    {
        return Mood::Duty(rest[0].to_owned());
    }
    let reader = matches!(
        subject.last(),
        Some(&("you" | "we" | "i" | "one" | "someone"))
    ) || subject.is_empty();
    match (words[at], rest) {
        (
            "will" | "you'll" | "we'll" | "i'll" | "would" | "you'd",
            ["need" | "have", "to", tail @ ..],
        )
        | ("need" | "needs" | "has" | "have" | "had" | "ought", ["to", tail @ ..])
        | (
            "is" | "are" | "was" | "were",
            ["to" | "required" | "expected", "to", tail @ ..] | ["to", tail @ ..],
        )
        | ("should" | "must" | "shall", tail) => {
            // What a thing should do by itself is no request; what people should do, or should be done, is.
            let active = tail
                .iter()
                .find(|word| !lexicon::has("middle-adverbs", word))
                .is_some_and(|word| *word != "be");
            match duty(tail, words[at]) {
                Mood::Duty(_) if active && !reader && !actor && !subject.contains(&"you") => {
                    Mood::State
                }
                mood => mood,
            }
        }
        ("will" | "won't" | "we'll" | "i'll" | "it'll" | "you'll" | "would", _)
            if !reader || words[at] == "you'll" || words[at] == "will" =>
        {
            Mood::Future
        }
        ("can" | "may" | "could" | "might" | "cannot" | "can't" | "shouldn't", _) => {
            if matches!(words[at], "can" | "may" | "could")
                && (reader || rest.contains(&"be") || rest.contains(&"now"))
            {
                Mood::Permission
            } else {
                Mood::Statement
            }
        }
        ("require" | "requires", _) => Mood::State,
        _ => Mood::Statement,
    }
}

/// Reads what stands behind `should`, `must` or `need to`.
fn duty(tail: &[&str], modal: &str) -> Mood {
    let tail: Vec<&str> = tail
        .iter()
        .copied()
        .filter(|word| *word != "all" && !lexicon::has("middle-adverbs", word))
        .collect();
    match tail.as_slice() {
        ["not", ..] => Mood::Prohibition,
        ["be", "able" | "aware" | "careful", ..] => Mood::Statement,
        ["be", verbs @ ..] => {
            let participle = verbs.iter().take(3).find_map(|word| {
                (lexicon::is_participle(word) && !matches!(*word, "done" | "made")
                    || word.ends_with('n')
                    || word.ends_with('t')
                    || lexicon::has("verbs", word))
                .then(|| lexicon::base_of(word))
                .flatten()
            });
            participle.map_or(Mood::State, Mood::Duty)
        }
        [verb, ..] if modal == "should" && lexicon::has("being", verb) => Mood::State,
        ["have" | "contain" | "match" | "exist" | "include", ..] if modal == "must" => Mood::State,
        ["make", "sure", ..] => Mood::Duty("check".to_owned()),
        [verb, ..] if lexicon::is_verb(verb) => Mood::Duty((*verb).to_owned()),
        _ => Mood::State,
    }
}

/// Reads a clause without an auxiliary: a third person's deed, an activity or a name.
fn verbless(words: &[&str]) -> Mood {
    let first = words[0];
    if first.ends_with("ing") && first.len() > 4 {
        return lexicon::base_of(first).map_or(Mood::Noun, Mood::Gerund);
    }
    let pronoun = lexicon::has("pronouns", first);
    let third = words.iter().enumerate().skip(1).take(8).any(|(at, word)| {
        word.len() > 3
            && word.ends_with('s')
            && !word.ends_with("ss")
            && lexicon::base_of(word).is_some()
            && words.get(at + 1).is_some_and(|next| {
                lexicon::has("determiners", next)
                    || lexicon::has("subordinators", next)
                    || next.contains(CODE)
                    || next.ends_with("ly")
                    || matches!(
                        *next,
                        "them" | "it" | "him" | "us" | "themselves" | "itself"
                    )
            })
            && !lexicon::has("determiners", words[at - 1])
    });
    let own_third = first.ends_with('s')
        && first.len() > 4
        && lexicon::base_of(first).is_some()
        && words
            .get(1)
            .is_some_and(|word| lexicon::has("determiners", word));
    if pronoun || third || own_third {
        Mood::Statement
    } else {
        Mood::Noun
    }
}
