//! The words that extraction looks at, read once from `words.txt`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Sets of words by name.
static SETS: LazyLock<HashMap<&'static str, HashSet<String>>> =
    LazyLock::new(|| read(include_str!("words.txt")));

/// Tells whether the set `name` holds `word`; a phrase has its blanks.
pub(super) fn has(name: &str, word: &str) -> bool {
    SETS.get(name).is_some_and(|set| set.contains(word))
}

/// Tells whether `words` start with a word or phrase of the set `name`, and how many words that takes.
pub(super) fn starts_with(name: &str, words: &[&str]) -> Option<usize> {
    (1..=words.len().min(4))
        .rev()
        .find(|&count| has(name, &words[..count].join(" ")))
}

/// Tells whether `words` end with a word or phrase of the set `name`.
pub(super) fn ends_with(name: &str, words: &[&str]) -> bool {
    (1..=words.len().min(4)).any(|count| has(name, &words[words.len() - count..].join(" ")))
}

/// Tells whether `text` starts with a phrase of the set `name`, as whole words.
pub(super) fn starts_phrase(name: &str, text: &str) -> bool {
    SETS.get(name).is_some_and(|set| {
        set.iter().any(|phrase| {
            text.strip_prefix(phrase.as_str())
                .is_some_and(|rest| rest.starts_with(' '))
        })
    })
}

/// Tells whether `text` has a phrase of the set `name` in it.
pub(super) fn holds_phrase(name: &str, text: &str) -> bool {
    SETS.get(name)
        .is_some_and(|set| set.iter().any(|phrase| text.contains(phrase.as_str())))
}

/// Tells whether `word` can open an imperative sentence; prefixes as in `re-create` and `force-push` are seen through.
pub(super) fn is_verb(word: &str) -> bool {
    has("verbs", word)
        || word
            .rsplit_once('-')
            .is_some_and(|(first, last)| has("verbs", last) && has("verb-prefixes", first))
        || word
            .strip_prefix("re")
            .is_some_and(|rest| rest.len() > 3 && has("verbs", rest))
        || word
            .strip_prefix("un")
            .is_some_and(|rest| rest.len() > 3 && has("verbs", rest))
}

/// Past participles that do not end in `-ed`, with their verbs.
const IRREGULAR: &[(&str, &str)] = &[
    ("built", "build"),
    ("sent", "send"),
    ("done", "do"),
    ("made", "make"),
    ("put", "put"),
    ("set", "set"),
    ("run", "run"),
    ("cut", "cut"),
    ("taken", "take"),
    ("given", "give"),
    ("written", "write"),
    ("kept", "keep"),
    ("shut", "shut"),
    ("brought", "bring"),
    ("chosen", "choose"),
    ("frozen", "freeze"),
    ("rebuilt", "rebuild"),
    ("reset", "reset"),
    ("split", "split"),
    ("told", "tell"),
    ("left", "leave"),
    ("held", "hold"),
    ("found", "find"),
    ("drawn", "draw"),
    ("read", "read"),
    ("begun", "begin"),
    ("withdrawn", "withdraw"),
    ("undone", "undo"),
];

/// Tells whether `word` is a past participle of a verb known.
pub(super) fn is_participle(word: &str) -> bool {
    word.ends_with("ed") && base_of(word).is_some()
        || IRREGULAR
            .iter()
            .any(|(form, base)| *form == word && form != base)
}

/// Returns the base form of a verb's third person, past or `-ing` form, where the set of verbs has it.
pub(super) fn base_of(word: &str) -> Option<String> {
    let try_all = |stem: &str| {
        let mut shapes = vec![stem.to_owned(), format!("{stem}e")];
        if let Some(rest) = stem.strip_suffix('i') {
            shapes.push(format!("{rest}y"));
        }
        let mut ends = stem.chars().rev();
        if let (Some(last), Some(before)) = (ends.next(), ends.next())
            && last == before
        {
            shapes.push(stem[..stem.len() - last.len_utf8()].to_owned());
        }
        shapes.into_iter().find(|shape| is_verb(shape))
    };
    if let Some((_, base)) = IRREGULAR.iter().find(|(form, _)| *form == word) {
        return Some((*base).to_owned());
    }
    ["ing", "ed", "es", "s", "d"]
        .iter()
        .filter_map(|ending| word.strip_suffix(ending))
        .filter(|stem| stem.len() > 1)
        .find_map(try_all)
}

fn read(text: &'static str) -> HashMap<&'static str, HashSet<String>> {
    let mut sets: HashMap<&str, HashSet<String>> = HashMap::new();
    let mut name = "";
    for line in text.lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let words = match line.strip_suffix(':') {
            Some(heading) if !line.starts_with(' ') => {
                name = heading;
                ""
            }
            _ => line,
        };
        sets.entry(name)
            .or_default()
            .extend(words.split_whitespace().map(|word| word.replace('_', " ")));
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_phrases_and_forms_are_found() {
        assert!(has("verbs", "freeze"));
        assert!(has("context-titles", "before you begin"));
        assert!(!has("verbs", ""));
        assert!(is_verb("re-create") && is_verb("force-push") && is_verb("recompile"));
        assert_eq!(starts_with("adverbs", &["once", "more", "run"]), Some(2));
        assert_eq!(base_of("cleaned").as_deref(), Some("clean"));
        assert_eq!(base_of("tagged").as_deref(), Some("tag"));
        assert_eq!(base_of("creates").as_deref(), Some("create"));
        assert_eq!(base_of("verified").as_deref(), Some("verify"));
        assert_eq!(base_of("sent").as_deref(), Some("send"));
        assert_eq!(base_of("healthy"), None);
    }
}
