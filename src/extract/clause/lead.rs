//! What stands before a main clause, taken off piece by piece.

use super::case::{condition, is_case_of_reader, is_kind_of_case, is_trouble, names_place};
use super::finite::is_auxiliary;
use super::mood::mood;
use super::{Lead, Mood, skip_adverbs};
use crate::extract::lexicon;
use crate::extract::prose::{self, CODE, Prose};

/// How many commas and colons of a clause are looked at; a person's clause ends before.
const MARKS: usize = 10;

/// Takes one piece off the front of `rest` that is not its main clause; `None` where there is none.
pub(super) fn strip<'t>(rest: &'t str, prose: &Prose, lead: &mut Lead) -> Option<&'t str> {
    strip_bracket(rest, lead)
        .or_else(|| strip_number(rest))
        .or_else(|| strip_label(rest, prose, lead))
        .or_else(|| strip_adverb(rest, lead))
        .or_else(|| strip_subordinate(rest, prose, lead))
}

/// `(optional) ...`, `[stable only] ...`
fn strip_bracket<'t>(rest: &'t str, lead: &mut Lead) -> Option<&'t str> {
    let close = match rest.chars().next()? {
        '(' => ')',
        '[' => ']',
        _ => return None,
    };
    let end = rest.find(close)?;
    let inside = &rest[1..end];
    remark(inside, lead);
    let after = &rest[end + 1..];
    (!after.trim().is_empty()).then_some(after)
}

/// Takes from a remark in brackets, or a heading, what it says about when a step applies.
pub(in crate::extract) fn remark(inside: &str, lead: &mut Lead) {
    let words = prose::words(inside);
    let first: Vec<&str> = words.iter().map(String::as_str).collect();
    let says_only = matches!(
        first.as_slice(),
        ["only", ..]
            | [.., "only"]
            | [
                "applies" | "apply" | "needed" | "required" | "relevant",
                "only",
                ..
            ]
    );
    let says_optional = first
        .iter()
        .any(|word| matches!(*word, "optional" | "optionally" | "recommended"))
        || matches!(
            first.as_slice(),
            ["if" | "when" | "where", ..] | ["as", "needed" | "necessary" | "required"]
        );
    let says_for = matches!(
        first.as_slice(),
        ["for", ..] | ["skip", ..] | ["not", "for", ..]
    ) && first.len() > 1;
    if says_only || says_optional || says_for {
        lead.optional = true;
        if !matches!(
            first.as_slice(),
            ["optional" | "optionally" | "recommended"]
        ) {
            lead.conditions.push(inside.trim().to_owned());
        }
    }
}

/// `Step 3:`, `6.1.`, `2)`
fn strip_number(rest: &str) -> Option<&str> {
    let (first, after) = rest.split_once(' ')?;
    if matches!(first.to_lowercase().as_str(), "step" | "phase" | "part") {
        let (number, after) = after.split_once([' ', ':'])?;
        return number
            .starts_with(|c: char| c.is_ascii_digit())
            .then_some(after);
    }
    let number = first.trim_end_matches(['.', ')', ':']);
    (number.len() < first.len() || number.contains('.'))
        .then_some(number)
        .filter(|number| {
            !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.')
        })
        .map(|_| after)
}

/// `Backup: ...`, `src/main.c: ...`, `ADMIN: ...`, `Timeouts - ...`
fn strip_label<'t>(rest: &'t str, prose: &Prose, lead: &mut Lead) -> Option<&'t str> {
    let (label, after) = [": ", " - ", " – ", " — "]
        .iter()
        .filter_map(|mark| rest.split_once(mark))
        .min_by_key(|(label, _)| label.len())?;
    let words = prose::words(label);
    let first = words.first()?;
    if words.len() > 7 || label.contains(['.', ';', '?']) || after.trim().is_empty() {
        return None;
    }
    if lexicon::has("note-labels", first) && words.len() <= 3 {
        lead.note = true;
        return Some(after);
    }
    if matches!(first.as_str(), "optional" | "optionally" | "recommended") {
        lead.optional = true;
        return Some(after);
    }
    // "Skip for reprints: write to the press"
    if words.len() > 2
        && first == "skip"
        && matches!(words[1].as_str(), "for" | "if" | "when" | "unless" | "on")
    {
        lead.optional = true;
        lead.conditions.push(label.to_owned());
        return Some(after);
    }
    if lexicon::has("trouble-labels", &words.join(" ")) {
        lead.trouble = true;
        return Some(after);
    }
    // The answer to the question before: `Yes: go on with ...`.
    if words.len() == 1 && matches!(first.as_str(), "yes" | "no") {
        lead.optional = true;
        lead.conditions.push(label.to_owned());
        return Some(after);
    }
    if matches!(words.as_slice(), [first, ..] if first == "only")
        || words.last().is_some_and(|word| word == "only")
    {
        lead.optional = true;
        lead.conditions.push(label.to_owned());
        return Some(after);
    }
    // A request may hold a colon itself; a name, a place or a person's role before a request is a label.
    // A sentence that says how something is is no label either.
    let label_mood = mood(&words, label, prose);
    if lexicon::has("determiners", first) && words.len() > 4 {
        return None;
    }
    if label_mood.asks() || label_mood == Mood::Statement || lexicon::has("subordinators", first) {
        return None;
    }
    let after_words = prose::words(after);
    let follows = mood(&skip_adverbs(&after_words), after, prose);
    let follows_clause = after_words.first().is_some_and(|word| {
        matches!(
            word.as_str(),
            "if" | "when" | "once" | "after" | "before" | "unless"
        )
    });
    (follows.asks() || follows_clause && words.len() <= 6).then_some(after)
}

/// `next, ...`, `please ...`, `temporarily ...`
fn strip_adverb<'t>(rest: &'t str, lead: &mut Lead) -> Option<&'t str> {
    let lower = prose::words(rest);
    let words: Vec<&str> = lower.iter().map(String::as_str).collect();
    if matches!(words.as_slice(), ["now", "that", ..]) {
        return None;
    }
    let count = match lexicon::starts_with("adverbs", &words) {
        Some(count) => count,
        None if words.first()?.ends_with("ly")
            && words.first()?.len() > 4
            && !lexicon::is_verb(words.first()?) =>
        {
            1
        }
        None => return None,
    };
    if count >= words.len() {
        return None;
    }
    let phrase = words[..count].join(" ");
    if lexicon::has("optional-phrases", &phrase) {
        lead.optional = true;
        lead.conditions.push(phrase);
    }
    Some(skip_words(rest, count))
}

/// Returns `text` behind its first `count` words.
fn skip_words(text: &str, count: usize) -> &str {
    let mut rest = text.trim_start();
    let mut left = count;
    while left > 0 {
        let end = rest.find(' ').unwrap_or(rest.len());
        if rest[..end].chars().any(char::is_alphanumeric) || rest[..end].contains(CODE) {
            left -= 1;
        }
        rest = rest[end..].trim_start();
        if rest.is_empty() {
            break;
        }
    }
    rest
}

/// `if ..., `, `once ..., `, `on the primary host, `, `to ..., `, `for v1 modules: `
fn strip_subordinate<'t>(rest: &'t str, prose: &Prose, lead: &mut Lead) -> Option<&'t str> {
    let words = prose::words(rest);
    let first = words.first()?.as_str();
    let doing = first.ends_with("ing") && lexicon::base_of(first).is_some();
    let now_that = matches!(words.as_slice(), [now, that, ..] if now == "now" && that == "that");
    if !lexicon::has("subordinators", first) && !doing && !now_that {
        return strip_phrase(rest, prose);
    }
    let Some(end) = clause_end(rest, prose, 0) else {
        // "If a check fails investigate it": no comma, but no doubt either.
        lead.trouble |= first == "if" && is_trouble(&words);
        let of_reader = is_case_of_reader(&words) && !lead.trouble;
        // "For a new minor version:", "For release candidates update ...": no main clause, or no comma before it.
        let of_kind = first == "for" && is_kind_of_case(&words[..words.len().min(8)]);
        lead.optional |= of_reader || of_kind;
        let (clause, after) = rest.split_at(unmarked_end(rest, &words, of_reader, of_kind)?);
        lead.field |=
            lexicon::has("places-before", first) && names_place(&prose::words(clause), clause);
        return Some(after);
    };
    let clause = rest[..end].trim();
    let after = rest[end..].trim_start_matches([',', ':', ' ', '-', '–', '—']);
    condition(first, clause, lead);
    Some(after)
}

/// `well ahead of the date, ...`: a phrase without a verb before a request with an object.
fn strip_phrase<'t>(rest: &'t str, prose: &Prose) -> Option<&'t str> {
    let (phrase, after) = rest.split_once(", ")?;
    let words = prose::words(phrase);
    let after_words = skip_adverbs(&prose::words(after));
    let object = after_words.get(1).is_some_and(|word| {
        lexicon::has("determiners", word)
            || lexicon::has("subordinators", word)
            || word.contains(CODE)
    });
    let plain = (2..=12).contains(&words.len())
        && !words.iter().any(|word| is_auxiliary(word))
        && !lexicon::is_verb(&words[0])
        && !lexicon::has("function", &words[0])
        && !phrase.contains(['.', ':', '(']);
    (plain && object && mood(&after_words, after, prose).asks()).then_some(after)
}

/// Returns where a leading clause ends that no comma ends: `when the jobs have finished download the files`, `on the `Hosts`
/// page press the button`.
///
/// Where the clause is a case `of_reader`, any verb with an object that follows a noun opens the main clause.
fn unmarked_end(rest: &str, words: &[String], of_reader: bool, of_kind: bool) -> Option<usize> {
    let raw: Vec<&str> = rest.split_whitespace().collect();
    if raw.len() != words.len() {
        return None;
    }
    let of_place = lexicon::has("places-before", &words[0]);
    let at = (2..words.len().min(12)).find(|&at| {
        let before = raw[at - 1];
        let ended = matches!(words[at - 1].as_str(), "also" | "just" | "first" | "now")
            || lexicon::is_participle(&words[at - 1])
            || before.starts_with(char::is_uppercase)
            || before.contains(CODE)
            || of_reader && at > 3 && may_be_noun(&words[at - 1])
            || of_kind && at > 3 && may_be_noun(&words[at - 1]) && !names_subject(&words[2..at])
            || of_place
                && (names_place(&words[..at], before) || is_set_apart(&words[..at], &words[at..]));
        let near = |count| words.iter().skip(at + 1).take(count);
        let object = near(2).any(|word| lexicon::has("determiners", word) || word.contains(CODE))
            || of_place
                && raw[at + 1..]
                    .iter()
                    .take(3)
                    .any(|next| next.starts_with(['"', '“']))
            || (of_reader || of_kind)
                && near(1).any(|word| matches!(word.as_str(), "it" | "them" | "sure"));
        ended && object && raw[at].starts_with(char::is_lowercase) && lexicon::is_verb(&words[at])
    })?;
    Some(rest.len() - skip_words(rest, at).len())
}

/// Tells whether the words of a place (`in the settings`) are no part of what follows, which is no sentence about it.
fn is_set_apart(place: &[String], after: &[String]) -> bool {
    place.len() > 2
        && lexicon::has("determiners", &place[1])
        && place
            .last()
            .is_some_and(|last| may_be_noun(last) && !lexicon::is_verb(last))
        && !after.iter().take(8).any(|word| is_auxiliary(word))
}

/// Tells whether words behind a case name what the main clause is about (`the notes come from ...`).
fn names_subject(words: &[String]) -> bool {
    words
        .iter()
        .any(|word| lexicon::has("determiners", word) && word != "new")
}

/// Tells whether a word is none of those that go before a verb of the same clause.
fn may_be_noun(word: &str) -> bool {
    ![
        "function",
        "determiners",
        "subordinators",
        "auxiliaries",
        "late-auxiliaries",
        "adverbs",
    ]
    .iter()
    .any(|set| lexicon::has(set, word))
}

/// Returns where a leading clause ends, itself the next after `within` others: at the first comma, colon, `then` or bracket behind which a main clause opens.
fn clause_end(rest: &str, prose: &Prose, within: usize) -> Option<usize> {
    let mut depth = 0_i32;
    let mut fallback = None;
    let mut marks = 0;
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' | ':' | '–' | '—' if depth <= 0 => {
                let after = rest[at + c.len_utf8()..].trim_start();
                marks += 1;
                if after.is_empty() || marks > MARKS {
                    return fallback;
                }
                // "In case of trouble: `deploy --undo`": what is to be typed stands alone.
                if c == ':' && after.trim_end_matches(['.', ' ']).chars().eq([CODE]) {
                    return Some(at);
                }
                let words = skip_adverbs(&prose::words(after));
                match mood(&words, after, prose) {
                    Mood::Imperative(_) | Mood::Command if !is_listing(after) => {
                        return Some(at);
                    }
                    Mood::Imperative(_) | Mood::Command | Mood::Noun | Mood::Gerund(_) => {}
                    _ => {
                        fallback.get_or_insert(at);
                    }
                }
                // A second clause of the same sort ("if X, and if Y, do Z") goes on.
                if fallback.is_none()
                    && within < 1
                    && words
                        .first()
                        .is_some_and(|word| lexicon::has("subordinators", word))
                    && clause_end(after, prose, within + 1).is_some()
                {
                    return Some(at);
                }
            }
            ' ' if depth <= 0
                && rest[at..].starts_with(" then ")
                && !rest[..at].ends_with("and") =>
            {
                return Some(at + " then".len());
            }
            ' ' if depth <= 0 && fallback.is_none() && rest[at..].starts_with(" please ") => {
                return Some(at);
            }
            // "If X has changed you need to Y": the reader comes in again.
            ' ' if depth <= 0
                && fallback.is_none()
                && at > 12
                && lexicon::starts_phrase("reader-duties", rest[at..].trim_start()) =>
            {
                return Some(at);
            }
            _ => {}
        }
    }
    fallback
}

/// Tells whether the comma before `after` is one of a listing (`for build, test and release`), not the end of a clause.
fn is_listing(after: &str) -> bool {
    let words = prose::words(after);
    let short = |word: Option<&String>| word.is_some_and(|word| word == "and" || word == "or");
    short(words.get(1)) && !after.contains(CODE) && words.len() < 4
}
