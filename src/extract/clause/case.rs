//! The cases that leading clauses speak of: kinds of releases, how it stands with the reader, trouble.

use super::Lead;
use crate::extract::lexicon;
use crate::extract::prose;

/// Notes what a leading clause says.
pub(super) fn condition(first: &str, clause: &str, lead: &mut Lead) {
    let words = prose::words(clause);
    lead.note |= matches!(words.as_slice(), [word, example, ..] if word == "for" && matches!(example.as_str(), "example" | "instance"));
    let conditional = matches!(
        first,
        "if" | "unless" | "in" | "should" | "whether" | "provided" | "assuming" | "depending"
    ) && (first != "in"
        || clause.to_lowercase().starts_with("in case")
        || clause.to_lowercase().starts_with("in the event"))
        || first == "when" && (words.len() <= 2 || is_kind_of_release(&words))
        || first == "after" && names_a_kind(&words);
    if matches!(
        first,
        "if" | "unless" | "in" | "when" | "should" | "leaving" | "where" | "whenever"
    ) && is_trouble(&words)
    {
        lead.trouble = true;
    }
    let only = words.len() > 2 && words.last().is_some_and(|word| word == "only");
    if conditional || first == "for" && (only || is_kind_of_case(&words)) {
        let all_well =
            words.iter().any(|word| lexicon::has("well", word)) || holds_nothing_bad(&words);
        lead.optional |= !all_well && !lead.trouble;
        lead.conditions.push(clause.to_owned());
    }
    // "When in doubt, ask": advice for whoever is, not a case of the work.
    lead.note |= matches!(words.as_slice(), [_, .., last] if words.len() <= 4
        && matches!(last.as_str(), "doubt" | "unsure"));
    lead.looking |= first == "to"
        && words
            .get(1)
            .is_some_and(|verb| lexicon::has("looking", verb));
    lead.checking |= first == "to"
        && words
            .get(1)
            .is_some_and(|verb| lexicon::has("purposes", verb));
    lead.field |= lexicon::has("places-before", first) && names_place(&words, clause);
}

/// Returns the case, in the author's words, where a text says nothing but for which case what follows is: `Major
/// releases only (e.g. 4.0):`, `For minor versions:`, `If the service is new:`.
pub(in crate::extract) fn names_case(text: &str) -> Option<&str> {
    let case = text.trim().strip_suffix(':')?.trim_end();
    let said = case.trim_matches(['"', '“', '”']);
    if said.len() < case.len() && speaks_for_reader(said) {
        return Some(said);
    }
    let bare = match case.rsplit_once(" (") {
        Some((before, _)) if case.ends_with(')') => before,
        _ => case,
    };
    let words = prose::words(bare);
    let refs: Vec<&str> = words.iter().map(String::as_str).collect();
    let kinds_only = words.iter().any(|word| lexicon::has("case-kinds", word))
        && words
            .iter()
            .all(|word| lexicon::has("case-kinds", word) || lexicon::has("case-words", word));
    let is_case = match refs.as_slice() {
        ["if" | "when" | "unless", _, ..] | ["in", "case", ..] => true,
        ["only", "if" | "for" | "when" | "on", ..] => true,
        [before @ .., "only"] => {
            !before.is_empty() && words.len() <= 6 && !lexicon::is_verb(refs[0])
        }
        ["for", ..] => is_kind_of_case(&words) && words.len() <= 6,
        _ => kinds_only && words.len() > 1,
    };
    (is_case && !bare.contains([',', '.', ':'])).then_some(bare)
}

/// `I am moving a host`: what the reader says in the case, in quotes.
fn speaks_for_reader(said: &str) -> bool {
    let words = prose::words(said);
    words
        .first()
        .is_some_and(|first| matches!(first.as_str(), "i" | "i'm" | "i've" | "we" | "we're" | "my"))
}

/// Tells whether the step of a case may be left out: neither when things go wrong nor when all goes well.
pub(in crate::extract) fn is_open(case: &str) -> bool {
    let words = prose::words(case);
    !is_trouble(&words)
        && !words.iter().any(|word| lexicon::has("well", word))
        && !holds_nothing_bad(&words)
        && !says_time(&words)
}

/// `When the jobs have finished`: a time that comes, not a case.
fn says_time(words: &[String]) -> bool {
    words.first().is_some_and(|word| word == "when")
        && words.len() > 2
        && !is_kind_of_release(words)
}

/// Tells whether a condition's words speak of something gone wrong.
pub(in crate::extract) fn is_trouble(words: &[String]) -> bool {
    let negated = |pair: &[String]| {
        matches!(
            pair[0].as_str(),
            "not" | "no" | "doesn't" | "isn't" | "don't" | "won't" | "can't" | "aren't"
        ) && lexicon::has("expected-states", &pair[1])
    };
    let times_out = words
        .windows(2)
        .any(|pair| matches!(pair[0].as_str(), "times" | "timed") && pair[1] == "out");
    times_out
        || words.iter().any(|word| {
            lexicon::has("trouble", word)
                || word
                    .strip_prefix("non-")
                    .is_some_and(|rest| lexicon::has("trouble", rest))
        }) && !words.windows(3).any(|near| {
            near[0] == "no" && near[1..].iter().any(|word| lexicon::has("trouble", word))
        }) && !words.windows(2).any(|pair| {
            pair[0] == "no" && lexicon::has("trouble", &pair[1])
                || pair[0] == "bug" && pair[1].starts_with("fix")
        })
        || words.windows(2).any(negated)
        || fails_to_happen(words)
}

/// `if the job does not come back`: something that was to happen does not. What the reader does not have or do is a
/// case like others (`if you do not use it`), as is what a thing is like (`if it does not have a label`).
fn fails_to_happen(words: &[String]) -> bool {
    let Some(at) = words.iter().position(|word| {
        matches!(word.as_str(), "doesn't" | "didn't" | "won't" | "don't") || word == "not"
    }) else {
        return false;
    };
    let (denied, verb) = (&words[..at], words.get(at + 1));
    let helps = words[at] != "not"
        || matches!(
            denied.last().map(String::as_str),
            Some("does" | "did" | "will")
        );
    let reader = denied
        .iter()
        .any(|word| matches!(word.as_str(), "you" | "your" | "we"));
    // "If the keeper does not have access, ...": without it the work stops, whoever lacks it.
    let lacks_access = verb.is_some_and(|verb| verb == "have")
        && words[at + 1..]
            .iter()
            .take(5)
            .any(|word| lexicon::has("access-words", word));
    // "If it doesn't, ...": what was said before does not happen.
    let denies_all = helps && !reader && verb.is_none() && words.len() < 5;
    lacks_access
        || denies_all
        || helps
            && !reader
            && verb.is_some_and(|verb| lexicon::is_verb(verb) && !lexicon::has("case-verbs", verb))
}

/// Tells whether a condition says that nothing stands against going on (`if the report holds no surprises`): that is how
/// the step before came out, not a case among others.
fn holds_nothing_bad(words: &[String]) -> bool {
    let bad = |word: &String| lexicon::has("trouble", word) || lexicon::has("obstacles", word);
    words
        .iter()
        .position(|word| matches!(word.as_str(), "no" | "nothing" | "without" | "nobody"))
        .is_some_and(|at| words[at + 1..].iter().take(4).any(bad))
}

/// Tells whether words behind the first name a place where the reader acts: a part of a form or a screen, or a name in
/// quotes, with which `text` ends.
pub(super) fn names_place(words: &[String], text: &str) -> bool {
    text.trim_end().ends_with(['"', '”'])
        || words.len() > 2
            && words
                .last()
                .is_some_and(|word| lexicon::has("form-parts", word))
}

/// Tells whether a clause names one kind among several: `releasing a major version`.
fn names_a_kind(words: &[String]) -> bool {
    words.windows(3).any(|near| {
        matches!(near[0].as_str(), "a" | "an")
            && matches!(
                near[1].as_str(),
                "major" | "minor" | "patch" | "security" | "feature"
            )
            && lexicon::has("cases", &near[2])
    })
}

/// Tells whether words name one kind of release among others.
fn is_kind_of_release(words: &[String]) -> bool {
    words.windows(2).any(|pair| {
        lexicon::has("release-kinds", &pair[0]) && pair[1].starts_with("release")
            || pair[0].starts_with("prerelease")
            || pair[0].starts_with("pre-release")
    })
}

/// Tells whether `for ...` names a kind of case (`for major releases`, `for v1 modules (if any)`), not a purpose.
pub(super) fn is_kind_of_case(words: &[String]) -> bool {
    words.len() <= 14
        && !words.get(1).is_some_and(|word| {
            matches!(
                word.as_str(),
                "each" | "every" | "all" | "the" | "this" | "example" | "instance" | "more"
            )
        })
        && words.iter().any(|word| lexicon::has("cases", word))
}

/// `if you use the plugin make sure ...`, `in case you are running a job disable it`: how it stands with the reader.
pub(super) fn is_case_of_reader(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["if", "you" | "your", rest @ ..] | ["in", "case", "you" | "your", rest @ ..] => {
            !is_trouble(&prose::words(&rest.join(" ")))
        }
        _ => false,
    }
}
