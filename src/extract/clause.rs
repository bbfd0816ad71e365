//! How a sentence asks for something, or does not: what stands before its main clause, and the main clause's mood.
//!
//! English puts the verb of a request first. Before it may stand labels (`Backup: copy ...`), remarks in
//! brackets (`(optional)`), adverbs (`next,`) and clauses (`if the disk is full, ...`), which [`Lead`] keeps.

use super::lexicon;
use super::prose::{self, CODE, Prose};
use crate::procedure::command;

/// What stands before a main clause.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lead {
    /// Conditions in the author's words (`if this model uses LSM`, `for v1 modules`).
    pub conditions: Vec<String>,
    /// The author says that it may be left out.
    pub optional: bool,
    /// A condition says that something went wrong.
    pub trouble: bool,
    /// A label says that it is something to know (`Note:`).
    pub note: bool,
    /// It starts with `to ...,`: what follows is for a purpose of its own.
    pub purpose: bool,
}

/// The mood of a main clause.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mood {
    /// It asks the reader to do something: the verb's base form.
    Imperative(String),
    /// It is something to type.
    Command,
    /// It asks not to do something.
    Prohibition,
    /// It sends the reader to something to read or know.
    Pointer,
    /// Somebody, or the reader, has to do something, or something has to be done: the verb's base form.
    Duty(String),
    /// Something has to be in a state.
    State,
    /// Somebody may or can do something.
    Permission,
    /// Something will happen.
    Future,
    /// It says how something is.
    Statement,
    /// It names an activity (`Updating the index`): the verb's base form.
    Gerund(String),
    /// It has no verb.
    Noun,
}

impl Mood {
    /// Tells whether the clause asks for something beyond doubt.
    pub(super) fn asks(&self) -> bool {
        matches!(self, Self::Imperative(_) | Self::Command)
    }
}

/// One sentence, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clause {
    /// What stands before the main clause.
    pub lead: Lead,
    /// The main clause's mood.
    pub mood: Mood,
    /// The main clause's words.
    pub words: Vec<String>,
}

/// Reads `sentence`, a part of `prose`.
pub(super) fn read(sentence: &str, prose: &Prose) -> Clause {
    let mut lead = Lead::default();
    let mut rest = sentence.trim();
    while let Some(shorter) = strip(rest, prose, &mut lead) {
        rest = shorter
            .trim_start_matches([' ', ',', ';', ':', '–', '—', '-'])
            .trim();
        if rest.is_empty() {
            break;
        }
    }
    let words = prose::words(rest);
    let mut mood = mood(&words, rest, prose);
    // "It should be yellow, so click the button": the request follows.
    if !mood.asks() {
        for joint in [", so ", "; ", ", then ", ", and then ", ": "] {
            if let Some((_, tail)) = rest.split_once(joint) {
                let tail_words = prose::words(tail);
                let tail_mood = self::mood(&skip_adverbs(&tail_words), tail, prose);
                let duty = joint == ", so " && matches!(tail_mood, Mood::Duty(_));
                if matches!(tail_mood, Mood::Imperative(_))
                    || duty
                    || joint == ": " && tail_mood == Mood::Command
                {
                    mood = tail_mood;
                    break;
                }
            }
        }
    }
    Clause { lead, mood, words }
}

fn skip_adverbs(words: &[String]) -> Vec<String> {
    let mut words = words.to_vec();
    while words.len() > 1 && lexicon::has("adverbs", &words[0]) {
        words.remove(0);
    }
    words
}

/// Takes one piece off the front of `rest` that is not its main clause; `None` where there is none.
fn strip<'t>(rest: &'t str, prose: &Prose, lead: &mut Lead) -> Option<&'t str> {
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
pub(super) fn remark(inside: &str, lead: &mut Lead) {
    let words = prose::words(inside);
    let first: Vec<&str> = words.iter().map(String::as_str).collect();
    let says_only = matches!(first.as_slice(), ["only", ..] | [.., "only"]);
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
    // A request may hold a colon itself; a name, a place or a person's role before a request is a label.
    if is_request(&words, label, prose) || lexicon::has("subordinators", first) {
        return None;
    }
    let after_words = prose::words(after);
    let follows = mood(&skip_adverbs(&after_words), after, prose);
    let follows_clause = after_words
        .first()
        .is_some_and(|word| lexicon::has("subordinators", word) && word != "for");
    (follows.asks() || follows_clause && words.len() <= 6).then_some(after)
}

fn is_request(words: &[String], text: &str, prose: &Prose) -> bool {
    mood(words, text, prose).asks()
}

/// `next, ...`, `please ...`, `temporarily ...`
fn strip_adverb<'t>(rest: &'t str, lead: &mut Lead) -> Option<&'t str> {
    let lower = prose::words(rest);
    let words: Vec<&str> = lower.iter().map(String::as_str).collect();
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
    if matches!(
        phrase.as_str(),
        "optionally"
            | "alternatively"
            | "if needed"
            | "if necessary"
            | "if required"
            | "if applicable"
            | "if desired"
            | "if possible"
            | "if relevant"
            | "if appropriate"
            | "when needed"
            | "when necessary"
            | "when applicable"
            | "where applicable"
            | "where necessary"
            | "as needed"
            | "as necessary"
            | "perhaps"
            | "maybe"
            | "otherwise"
    ) {
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
    if !lexicon::has("subordinators", first)
        && !(first.ends_with("ing") && lexicon::base_of(first).is_some())
    {
        return None;
    }
    let end = clause_end(rest, prose)?;
    let clause = rest[..end].trim();
    let after = rest[end..].trim_start_matches([',', ':', ' ', '-', '–', '—']);
    condition(first, clause, lead);
    Some(after)
}

/// Returns where a leading clause ends: at the first comma, colon, `then` or bracket behind which a main clause opens.
fn clause_end(rest: &str, prose: &Prose) -> Option<usize> {
    let mut depth = 0_i32;
    let mut fallback = None;
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' | ':' | '–' | '—' if depth <= 0 => {
                let after = rest[at + c.len_utf8()..].trim_start();
                if after.is_empty() {
                    return None;
                }
                let words = skip_adverbs(&prose::words(after));
                match mood(&words, after, prose) {
                    Mood::Imperative(_) | Mood::Command if !is_listing(rest, at) => {
                        return Some(at);
                    }
                    Mood::Imperative(_) | Mood::Command | Mood::Noun | Mood::Gerund(_) => {}
                    _ => {
                        fallback.get_or_insert(at);
                    }
                }
                // A second clause of the same sort ("if X, and if Y, do Z") goes on.
                if fallback.is_none()
                    && words
                        .first()
                        .is_some_and(|word| lexicon::has("subordinators", word))
                    && clause_end(after, prose).is_some()
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
            _ => {}
        }
    }
    fallback
}

/// Tells whether the comma at `at` is one of a listing (`for build, test and release`), not the end of a clause.
fn is_listing(rest: &str, at: usize) -> bool {
    let after = prose::words(&rest[at + 1..]);
    let short = |word: Option<&String>| word.is_some_and(|word| word == "and" || word == "or");
    short(after.get(1)) && !rest[at + 1..].contains(CODE) && after.len() < 4
}

/// Notes what a leading clause says.
fn condition(first: &str, clause: &str, lead: &mut Lead) {
    let words = prose::words(clause);
    let conditional = matches!(
        first,
        "if" | "unless" | "in" | "should" | "whether" | "provided" | "assuming" | "depending"
    ) && (first != "in"
        || clause.to_lowercase().starts_with("in case")
        || clause.to_lowercase().starts_with("in the event"))
        || first == "when" && words.len() <= 2;
    if matches!(
        first,
        "if" | "unless" | "in" | "when" | "should" | "leaving" | "where" | "whenever"
    ) && is_trouble(&words)
    {
        lead.trouble = true;
    }
    if conditional || first == "for" && is_kind_of_case(&words) {
        let all_well = words.iter().any(|word| {
            matches!(
                word.as_str(),
                "ok" | "okay"
                    | "fine"
                    | "well"
                    | "good"
                    | "successful"
                    | "succeeded"
                    | "succeeds"
                    | "satisfied"
                    | "everything"
                    | "passes"
                    | "pass"
            )
        });
        lead.optional |= !all_well && !lead.trouble;
        lead.conditions.push(clause.to_owned());
    }
    if first == "to" || clause.to_lowercase().starts_with("in order to") {
        lead.purpose = true;
    }
}

/// Tells whether a condition's words speak of something gone wrong.
pub(super) fn is_trouble(words: &[String]) -> bool {
    let negated = |window: &[String]| {
        let (first, second) = (window[0].as_str(), window[1].as_str());
        matches!(
            (first, second),
            (
                "not",
                "0" | "zero"
                    | "match"
                    | "work"
                    | "working"
                    | "empty"
                    | "healthy"
                    | "ready"
                    | "correct"
                    | "expected"
                    | "running"
                    | "successful"
                    | "ok"
                    | "responding"
                    | "start"
                    | "succeed"
                    | "complete"
                    | "respond"
            ) | ("no", "response")
        ) || matches!(
            first,
            "doesn't" | "isn't" | "don't" | "won't" | "can't" | "aren't"
        ) && matches!(
            second,
            "work"
                | "match"
                | "start"
                | "working"
                | "running"
                | "succeed"
                | "complete"
                | "respond"
                | "ready"
        )
    };
    words.iter().any(|word| {
        lexicon::has("trouble", word)
            || word
                .strip_prefix("non-")
                .is_some_and(|rest| lexicon::has("trouble", rest))
    }) && !words
        .windows(2)
        .any(|pair| pair[0] == "no" && lexicon::has("trouble", &pair[1]))
        || words.windows(2).any(negated)
}

/// Tells whether `for ...` names a kind of case (`for major releases`, `for v1 modules (if any)`), not a purpose.
fn is_kind_of_case(words: &[String]) -> bool {
    let cases = [
        "release",
        "releases",
        "version",
        "versions",
        "upgrade",
        "upgrades",
        "deployment",
        "deployments",
        "modules",
        "only",
        "users",
        "installations",
        "clusters",
        "systems",
        "environments",
        "sites",
        "candidates",
        "prereleases",
        "pre-releases",
        "packages",
        "branches",
    ];
    words.len() <= 14
        && !words.get(1).is_some_and(|word| {
            matches!(
                word.as_str(),
                "each" | "every" | "all" | "the" | "this" | "example" | "instance" | "more"
            )
        })
        && words.iter().any(|word| cases.contains(&word.as_str()))
}

/// Returns the mood of the clause of `words`, which `text` holds with its case and punctuation.
fn mood(words: &[String], text: &str, prose: &Prose) -> Mood {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some(&first) = words.first() else {
        return Mood::Noun;
    };
    if first.contains(CODE) {
        return code_first(&words, text, prose);
    }
    match words.as_slice() {
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
        | ["watch", "out", "for", ..] => {
            return Mood::Imperative("check".to_owned());
        }
        ["do", "not", ..] | ["don't", ..] | ["never", ..] | ["avoid", ..] => {
            return Mood::Prohibition;
        }
        ["keep", "in", "mind", ..]
        | [
            "be",
            "aware" | "careful" | "patient" | "mindful" | "prepared",
            ..,
        ]
        | ["bear", "in", "mind", ..]
        | ["feel", "free", ..]
        | ["note", "that", ..]
        | ["remember", "that", ..]
        | ["recall", ..]
        | ["beware", ..]
        | ["you're" | "you", "done" | "are", ..] => return Mood::Pointer,
        ["note", "down", ..] => return Mood::Imperative("note".to_owned()),
        _ => {}
    }
    if lexicon::has("reference", first) && text.chars().next().is_some_and(char::is_uppercase) {
        return if first == "note"
            && words
                .get(1)
                .is_some_and(|word| lexicon::has("determiners", word))
        {
            Mood::Imperative("note".to_owned())
        } else {
            Mood::Pointer
        };
    }
    if lexicon::is_verb(first) {
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
    let typed = command::is_command(code)
        || command::is_program(code)
            && words
                .get(1)
                .is_some_and(|word| matches!(*word, "to" | "into" | "the" | "on"));
    if typed
        && (verb == Mood::Noun
            || words.len() == 1
            || !matches!(
                words.get(1).copied(),
                Some("is" | "will" | "can" | "should" | "must" | "has")
            ))
    {
        return Mood::Command;
    }
    verb
}

/// Tells whether a word that could be a verb opens a noun phrase: a finite verb follows before anything that
/// an object would start with (`release notes are ...` against `release the notes`).
fn opens_noun_phrase(words: &[&str], text: &str) -> bool {
    let first = words[0];
    if matches!(
        first,
        "ensure" | "verify" | "confirm" | "make" | "add" | "remove" | "create" | "go" | "let"
    ) {
        return false;
    }
    if words.get(1) == Some(&"of")
        || matches!(
            words,
            [
                "access" | "support" | "release" | "need" | "thanks" | "time" | "upgrades",
                "to" | "for",
                ..
            ]
        )
        || matches!(words, ["time", ..] if words.get(1) != Some(&"the"))
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
        if is_auxiliary(word) {
            return true;
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

fn is_auxiliary(word: &str) -> bool {
    matches!(
        word,
        "is" | "are"
            | "was"
            | "were"
            | "will"
            | "won't"
            | "should"
            | "shouldn't"
            | "must"
            | "can"
            | "cannot"
            | "can't"
            | "may"
            | "might"
            | "could"
            | "would"
            | "has"
            | "have"
            | "had"
            | "needs"
            | "isn't"
            | "aren't"
            | "requires"
            | "does"
            | "doesn't"
            | "shall"
    )
}

/// Reads a clause with a subject before its verb.
fn finite(words: &[&str]) -> Mood {
    let at = words.iter().enumerate().position(|(at, word)| {
        let relative = at > 0 && matches!(words[at - 1], "that" | "which" | "who");
        !relative
            && (is_auxiliary(word)
                || matches!(
                    *word,
                    "need"
                        | "ought"
                        | "i'll"
                        | "we'll"
                        | "you'll"
                        | "it'll"
                        | "you'd"
                        | "require"
                        | "do"
                        | "does"
                ) && at > 0
                || matches!(
                    *word,
                    "i'll" | "we'll" | "you'll" | "it'll" | "you're" | "it's" | "we've" | "you've"
                ))
    });
    let Some(at) = at else {
        return verbless(words);
    };
    let subject = &words[..at];
    let rest = &words[at + 1..];
    let reader = matches!(
        subject.last(),
        Some(&("you" | "we" | "i" | "one" | "someone"))
    ) || subject.is_empty();
    match (words[at], rest) {
        (
            "will" | "you'll" | "we'll" | "i'll" | "would" | "you'd",
            ["need" | "have", "to", tail @ ..],
        )
        | (
            "will" | "you'll" | "we'll",
            ["also" | "then" | "now", "need" | "have", "to", tail @ ..],
        )
        | ("need" | "needs" | "has" | "have" | "had" | "ought", ["to", tail @ ..])
        | (
            "is" | "are" | "was" | "were",
            ["to" | "required" | "expected", "to", tail @ ..] | ["to", tail @ ..],
        )
        | ("should" | "must" | "shall", tail) => duty(tail, words[at]),
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
        .filter(|word| {
            !matches!(
                *word,
                "also"
                    | "now"
                    | "then"
                    | "always"
                    | "first"
                    | "all"
                    | "only"
                    | "still"
                    | "probably"
            )
        })
        .collect();
    match tail.as_slice() {
        ["not", ..] => Mood::Prohibition,
        ["be", "able" | "aware" | "careful", ..] => Mood::Statement,
        ["be", verbs @ ..] => {
            let participle = verbs.iter().take(3).find_map(|word| {
                (word.ends_with("ed")
                    || word.ends_with('n')
                    || word.ends_with('t')
                    || lexicon::has("verbs", word))
                .then(|| lexicon::base_of(word))
                .flatten()
            });
            participle.map_or(Mood::State, Mood::Duty)
        }
        [
            "have" | "look" | "contain" | "show" | "see" | "indicate" | "match" | "exist" | "pass"
            | "appear" | "return" | "include" | "output" | "say" | "read" | "start" | "take"
            | "report",
            ..,
        ] if modal == "should" => Mood::State,
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
    let pronoun = matches!(
        first,
        "it" | "this"
            | "that"
            | "these"
            | "those"
            | "they"
            | "we"
            | "you"
            | "i"
            | "he"
            | "she"
            | "there"
    );
    let third = words.iter().enumerate().skip(1).take(8).any(|(at, word)| {
        word.len() > 3
            && word.ends_with('s')
            && !word.ends_with("ss")
            && lexicon::base_of(word).is_some()
            && words.get(at + 1).is_some_and(|next| {
                lexicon::has("determiners", next) || lexicon::has("subordinators", next)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Clause {
        let prose = Prose::plain(text);
        let sentence = prose::sentences(&prose.text)
            .first()
            .copied()
            .unwrap_or_default()
            .to_owned();
        read(&sentence, &prose)
    }

    #[test]
    fn imperatives_are_found_behind_what_stands_before_them() {
        for text in [
            "Restart the server.",
            "Next, restart the server.",
            "On the primary host, restart the server.",
            "If the disk is full, remove old files.",
            "If there is a newer schema (see the log) then upgrade the database.",
            "Once all tests pass, merge the change.",
            "ADMIN: Upload the files.",
            "To see the effect, reload the page.",
            "(Optional) Run the linter.",
            "Step 3: Stop the workers.",
            "Squelch the alerts for an hour.",
            "`./deploy.sh`",
            "In a root shell: `systemctl stop app`",
            "The light should be green, so press the button.",
            "For major releases, write to the press.",
            "Please do restart the server.".replace("do ", "").as_str(),
            "From the backup, copy the keys to the new host.",
            "Re-enable the job.",
        ] {
            assert!(of(text).mood.asks(), "{text}: {:?}", of(text));
        }
    }

    #[test]
    fn what_is_said_is_no_request() {
        for text in [
            "Release notes are written by hand.",
            "Access to the server",
            "A new version will appear.",
            "The script pauses here.",
            "This may take a while.",
            "Builds the image and pushes it.",
            "2 to 5 minutes of downtime",
            "See the manual.",
            "Note that the disk is small.",
            "Do not start the server.",
            "Backing up the old host",
            "`main.conf`",
            "You can watch the progress.",
        ] {
            assert!(!of(text).mood.asks(), "{text}: {:?}", of(text));
        }
    }

    #[test]
    fn duties_states_and_futures_are_told_apart() {
        assert_eq!(
            of("The index should be rebuilt.").mood,
            Mood::Duty("rebuild".into())
        );
        assert_eq!(
            of("You need to restart the web server.").mood,
            Mood::Duty("restart".into())
        );
        assert_eq!(of("The cluster should be healthy.").mood, Mood::State);
        assert_eq!(of("All nodes will come up.").mood, Mood::Future);
        assert_eq!(of("You may copy the log.").mood, Mood::Permission);
    }

    #[test]
    fn conditions_are_kept_in_the_authors_words() {
        let clause = of("If this is a major release, write to the press.");
        assert_eq!(clause.lead.conditions, ["If this is a major release"]);
        assert!(clause.lead.optional && !clause.lead.trouble);
        assert!(of("If the job fails, run it again.").lead.trouble);
        assert!(!of("If all is fine, go on.").lead.optional);
        assert!(of("(only for major releases) Tag it.").lead.optional);
    }
}
