//! What a request asks for: to do, to verify, or to set something.

use super::value;
use crate::extract::clause::{Clause, Mood};
use crate::extract::lexicon;
use crate::extract::prose::CODE;
use crate::procedure::Kind;

/// Returns the kind of a request.
pub(super) fn asked(clause: &Clause) -> Kind {
    let words: Vec<&str> = clause.words.iter().map(String::as_str).collect();
    let verb = match &clause.mood {
        Mood::Imperative(verb) => verb.as_str(),
        Mood::Duty(verb) => return owed(verb, clause),
        _ => return Kind::Action,
    };
    let enters = clause.lead.field && lexicon::has("entering", verb);
    if enters
        || clause.lead.conditions.is_empty() && sets_only(&words)
        || sets_value(&words)
        || gives_value(verb, &words)
        || value::given(&clause.text).is_some()
    {
        return Kind::Setting;
    }
    let skips = verb == "skip"
        && words
            .iter()
            .skip(1)
            .take(2)
            .any(|word| *word == "step" || *word == "section");
    if is_patience(verb, clause) || skips {
        return Kind::Note;
    }
    if makes_sure_to_do(&words) || changes_after_look(&words) || asks_others(&words) {
        return Kind::Action;
    }
    let out = matches!(words.get(1), Some(&("out" | "in"))) && verb == "check";
    let two = matches!(words.as_slice(), ["cross" | "double" | "spot", "check", ..]);
    // "Check the box" ticks it.
    let ticks = verb == "check"
        && words
            .iter()
            .take(6)
            .any(|word| matches!(*word, "button" | "box" | "checkbox" | "boxes"))
        && !words.iter().any(|word| matches!(*word, "that" | "whether"));
    if ticks {
        return Kind::Action;
    }
    let reviews = matches!(
        verb,
        "review" | "evaluate" | "assess" | "determine" | "see" | "find" | "look"
    ) && words
        .iter()
        .take(5)
        .any(|word| matches!(*word, "that" | "whether" | "if"));
    if two
        || reviews
        || looks_over(verb, &words)
        || lexicon::has("check", verb) && !out
        || matches!(
            words.as_slice(),
            ["make" | "be", "sure" | "certain", ..] | ["look", "over" | "out", ..]
        )
    {
        return Kind::Check;
    }
    let understands = words
        .iter()
        .any(|word| matches!(*word, "understand" | "understood"));
    if is_purpose_of_checking(&clause.words, lexicon::has("weak", verb))
        && !lexicon::has("changing", verb)
        && !understands
        || performs_check(&words)
    {
        return Kind::Check;
    }
    Kind::Action
}

/// `review the charts for gaps`: one looks for faults, unless what is reviewed is only to be read, or done with at once.
fn looks_over(verb: &str, words: &[&str]) -> bool {
    verb == "review"
        && words
            .get(1)
            .is_some_and(|next| !matches!(*next, "and" | "or"))
        && !words
            .iter()
            .any(|word| lexicon::has("reading-matter", word))
}

/// Returns the kind of a duty: `you must also ensure you update the names` is one to update.
pub(super) fn owed(verb: &str, clause: &Clause) -> Kind {
    let at = clause.words.iter().position(|word| word == verb);
    let words: Vec<&str> = clause.words[at.unwrap_or_default()..]
        .iter()
        .map(String::as_str)
        .collect();
    if makes_sure_to_do(&words) {
        Kind::Action
    } else {
        verb_kind(verb)
    }
}

pub(super) fn verb_kind(verb: &str) -> Kind {
    if lexicon::has("check", verb) {
        Kind::Check
    } else {
        Kind::Action
    }
}

/// `make sure to update X`, `ensure you update X`: to be done, not looked at.
fn makes_sure_to_do(words: &[&str]) -> bool {
    let verb = match words {
        ["make" | "be", "sure" | "certain", "to" | "you", verb, ..]
        | ["ensure", "you" | "to", verb, ..] => *verb,
        _ => return false,
    };
    lexicon::is_verb(verb)
        && !lexicon::has("being", verb)
        && !lexicon::has("knowing", verb)
        && !lexicon::has("check", verb)
}

/// `try it out, then open a request`, `check the list for old names and update them`: one looks in order to
/// change.
fn changes_after_look(words: &[&str]) -> bool {
    let looks = words
        .first()
        .is_some_and(|verb| lexicon::has("check", verb) && !lexicon::has("never-nouns", verb));
    looks
        && words.windows(2).enumerate().any(|(at, pair)| {
            let goes_on = match pair[0] {
                "then" => lexicon::is_verb(pair[1]) && !lexicon::has("check", pair[1]),
                // "Test and ship it"
                "and" if at == 1 => lexicon::is_verb(pair[1]) && !lexicon::has("check", pair[1]),
                "and" => lexicon::has("changing", pair[1]),
                _ => false,
            };
            let within = words[..at].iter().any(|word| {
                lexicon::has("auxiliaries", word) || matches!(*word, "that" | "if" | "whether")
            });
            goes_on && !within
        })
}

/// `ask the owner to verify it`: for the reader it is done when it is asked.
fn asks_others(words: &[&str]) -> bool {
    matches!(words, ["ask" | "invite" | "remind" | "tell", ..])
}

/// `perform the readiness check`, `carry out a last check of the logs`
fn performs_check(words: &[&str]) -> bool {
    matches!(
        words,
        ["perform" | "do" | "execute" | "run" | "conduct", ..] | ["carry", "out", ..]
    ) && words
        .iter()
        .skip(1)
        .take_while(|word| {
            !lexicon::has("subordinators", word)
                && !lexicon::has("pronouns", word)
                && !word.contains(CODE)
        })
        .any(|word| matches!(*word, "check" | "checks" | "verification" | "validation"))
}

/// `give it some time`: waiting a while is nothing to tick.
pub(super) fn is_patience(verb: &str, clause: &Clause) -> bool {
    matches!(verb, "give" | "allow")
        && clause
            .words
            .iter()
            .any(|word| matches!(word.as_str(), "time" | "minutes" | "seconds"))
}

/// `set X to Y`, where both are code.
fn gives_value(verb: &str, words: &[&str]) -> bool {
    let codes: Vec<usize> = words
        .iter()
        .enumerate()
        .filter(|(_, word)| word.contains(CODE))
        .map(|(at, _)| at)
        .collect();
    matches!(verb, "set" | "use" | "configure" | "define")
        && codes.windows(2).any(|pair| {
            let between = &words[pair[0] + 1..pair[1]];
            between.last() == Some(&"to") && (verb != "use" || between.contains(&"set"))
        })
}

/// `set the gain to the value of the day`, and nothing else.
fn sets_only(words: &[&str]) -> bool {
    let goes_on = words
        .windows(2)
        .any(|pair| matches!(pair[0], "and" | "then") && lexicon::is_verb(pair[1]));
    matches!(words, ["set", what, ..] if !matches!(*what, "up" | "off" | "aside"))
        && words.iter().skip(2).any(|word| *word == "to")
        && !goes_on
}

/// `ensure that X is set to Y`
fn sets_value(words: &[&str]) -> bool {
    let checks = matches!(
        words,
        ["ensure" | "verify" | "check" | "confirm", ..] | ["make" | "be", "sure", ..]
    );
    let named = words.iter().any(|word| word.contains(CODE))
        || words.windows(2).any(|pair| pair == ["set", "to"]);
    let set = words.iter().enumerate().any(|(at, word)| {
        let before = &words[..at];
        *word == "set"
            && matches!(
                before,
                [.., "is" | "are"] | [.., "is" | "are", "not" | "still"]
            )
    });
    checks && named && set
}

/// `open X and verify that ...`, `run X to check ...`
pub(super) fn is_purpose_of_checking(words: &[String], weak: bool) -> bool {
    words.windows(3).enumerate().any(|(at, window)| {
        let (joint, verb, next) = (window[0].as_str(), window[1].as_str(), window[2].as_str());
        let checks = lexicon::has("purposes", verb)
            || verb == "make" && next == "sure"
            || verb == "see" && matches!(next, "if" | "whether" | "that");
        let stated = joint == "and"
            && weak
            && matches!(verb, "all" | "the" | "every" | "that")
            && words[at..].iter().any(|word| {
                matches!(
                    word.as_str(),
                    "has" | "have" | "is" | "are" | "passed" | "pass" | "passes"
                )
            });
        at > 0 && stated
            || at > 0
                && (joint == "to" && (checks || verb == "ensure" && weak)
                    || joint == "and" && weak && (checks || verb == "ensure"))
    })
}
