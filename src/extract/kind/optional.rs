//! Whether the author says behind a request that it may be left out.

use super::said::offers;
use crate::extract::clause::{self, Clause, Mood};
use crate::extract::lexicon;
use crate::extract::prose;

/// Tells whether the first sentence says behind its verb that it may be left out.
pub(super) fn says_optional(sentence: &str, clause: &Clause) -> bool {
    let lower = sentence.to_lowercase().replace('’', "'");
    let consider = matches!(&clause.mood, Mood::Imperative(verb) if verb == "consider");
    let last = lower.trim_end_matches(['.', ')', ':']);
    // "Tag it on the trunk (for big releases) or on the branch (for small ones)": in each case it is done.
    let in_each_case = lower.matches("(for ").count() > 1;
    let joined = lower.contains(" and if ") || lower.contains(" and, if ") || in_each_case;
    let certain = matches!(
        clause.words.first().map(String::as_str),
        Some("certain" | "some" | "optional")
    );
    // "Undo what you may have changed", but not "you may have to change it".
    let marked = lower.replace("may have to", "have to");
    let words = prose::words(&lower);
    // "Push the branch if created"
    let if_so = matches!(words.as_slice(), [.., word, done] if word == "if" && lexicon::is_participle(done));
    // "Start the job again, if you stopped it, ..."
    let if_you = lower
        .find(", if you ")
        .is_some_and(|at| !clause::is_trouble(&prose::words(&lower[at..])));
    // "You can optionally run it again", "To verify that, you can run it again"
    let offered = offers(clause) || clause.lead.checking && clause.mood == Mood::Permission;
    consider
        || offered
        || if_so
        || is_for_the_rest(&words)
        || ends_with_case(last)
        || ends_with_condition(&words, clause)
        || if_you
        || certain
        || matches!(&clause.mood, Mood::Advice(_)) && !lexicon::holds_phrase("firm-advice", &lower)
        || ["as needed", "as necessary"]
            .iter()
            .any(|mark| last.ends_with(mark) || lower.contains(&format!("{mark},")))
        || lexicon::holds_phrase("optional-marks", &marked) && !joined
        || [" if any,", " if any)"]
            .iter()
            .any(|mark| lower.contains(mark))
        || last.ends_with(" if any")
}

/// Tells whether a later sentence says that the step may be left out (`You can skip this step if ...`).
pub(super) fn may_be_skipped(sentences: &[&str]) -> bool {
    sentences.iter().skip(1).any(|sentence| {
        let lower = sentence.to_lowercase();
        lexicon::holds_phrase("skip-phrases", &lower) && !lower.contains("not skip")
    })
}

/// `Push it for non-final releases`: there are releases for which it is not done.
fn is_for_the_rest(words: &[String]) -> bool {
    words.windows(2).enumerate().any(|(at, pair)| {
        pair[0] == "for"
            && (pair[1] == "non" || pair[1].starts_with("non-"))
            && words[at + 2..]
                .iter()
                .take(2)
                .any(|word| lexicon::has("cases", word))
    })
}

/// `Write to the press (if it is a big one)`: the case stands in brackets at the end.
fn ends_with_case(lower: &str) -> bool {
    let Some((_, inside)) = lower.rsplit_once('(') else {
        return false;
    };
    let words = prose::words(inside);
    let restricts = words
        .first()
        .is_some_and(|word| matches!(word.as_str(), "if" | "when" | "unless" | "only"))
        || words.len() <= 4
            && words.last().is_some_and(|word| word == "only")
            && !words.iter().any(|word| lexicon::has("machines", word));
    words.len() > 1
        && !inside.contains(',')
        && restricts
        && !tells_how(&words)
        && !clause::is_trouble(&words)
}

/// `(if you are on a laptop you may have to ...)`: how it is done in that case.
fn tells_how(words: &[String]) -> bool {
    words
        .iter()
        .any(|word| matches!(word.as_str(), "may" | "can" | "must" | "should"))
}

/// `Open a ticket if customers noticed`: the case stands behind a request, which does not ask to find out whether it is
/// one.
fn ends_with_condition(words: &[String], clause: &Clause) -> bool {
    let Some(at) = words.iter().rposition(|word| word == "if") else {
        return false;
    };
    let Some(before) = at.checked_sub(1).map(|before| words[before].as_str()) else {
        return false;
    };
    let finds_out = words[..at].iter().enumerate().any(|(at, word)| {
        lexicon::has("check", word)
            || lexicon::base_of(word).is_some_and(|verb| lexicon::has("check", &verb))
            || matches!(
                word.as_str(),
                "determine" | "decide" | "ask" | "know" | "depends"
            )
            || word == "sure" && words[at + 1] != "to"
    });
    let case = &words[at + 1..];
    // "Tell them when it starts and what to do if they are late": it is part of what is told.
    let within = words[..at]
        .iter()
        .skip(1)
        .any(|word| matches!(word.as_str(), "when" | "that" | "what" | "how" | "whether"));
    matches!(&clause.mood, Mood::Imperative(_) | Mood::Command)
        && case.len() > 2
        && !finds_out
        && !within
        && !matches!(
            before,
            "see" | "example" | "instance" | "even" | "as" | "what" | "only" | "and"
        )
        && !case.iter().any(|word| lexicon::has("well", word))
        && !tells_how(case)
        && !clause::is_trouble(case)
}
