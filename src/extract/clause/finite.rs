//! The mood of a clause that starts with its subject, or has no verb.

use super::Mood;
use crate::extract::lexicon;
use crate::extract::prose::CODE;

pub(super) fn is_auxiliary(word: &str) -> bool {
    lexicon::has("auxiliaries", word)
}

/// Reads a clause with a subject before its verb.
pub(super) fn finite(words: &[&str]) -> Mood {
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
    // "No action is needed": it asks for nothing.
    if subject.first() == Some(&"no")
        && rest
            .iter()
            .any(|word| matches!(*word, "needed" | "required" | "necessary"))
    {
        return Mood::Pointer;
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
        // "The list needs updating"
        ("need" | "needs", [done, ..]) if done.ends_with("ing") => {
            lexicon::base_of(done).map_or(Mood::Statement, Mood::Duty)
        }
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
        ["be", "owned" | "located" | "known", ..] => Mood::State,
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
