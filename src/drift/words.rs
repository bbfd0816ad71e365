//! A text as the words that a reader takes from it, so that only differences that matter are left.
//!
//! Case, punctuation, quotes, articles and the choice among *check*, *verify* and *ensure* do not matter;
//! neither does whether a name stands in code or in plain text. Commands are compared letter by letter.

use std::collections::HashMap;

use crate::procedure::command::is_command;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A word that is dropped before texts are compared.
const FILLERS: [&str; 5] = ["a", "an", "the", "that", "please"];

/// Words that say little about which step a text is; they weigh a quarter of a word.
const COMMON: [&str; 26] = [
    "all", "and", "any", "are", "as", "at", "be", "by", "for", "from", "if", "in", "into", "is",
    "it", "of", "on", "or", "should", "this", "to", "verify", "will", "with", "you", "your",
];

/// A word as it stands and as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// As written, without punctuation around it.
    pub(super) shown: String,
    /// Lower case, the same for words that mean the same here.
    pub(super) key: String,
}

/// Returns the words of `text` that matter.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    for chunk in text.split_whitespace() {
        if matches!(chunk, "!=" | "<" | ">" | "<=" | ">=" | "+") {
            found.push(word(chunk));
        } else if chunk == "&" {
            found.push(Word {
                shown: chunk.to_owned(),
                key: "and".to_owned(),
            });
        } else {
            found.extend(pieces(chunk).map(word));
        }
    }
    fold_phrases(found)
}

fn word(shown: &str) -> Word {
    let lower = shown.to_lowercase().replace('’', "'");
    let key = match lower.as_str() {
        "check" | "ensure" | "confirm" => "verify".to_owned(),
        _ => lower,
    };
    Word {
        shown: shown.to_owned(),
        key,
    }
}

/// Returns the parts of `chunk` between its punctuation; a full stop, slash or colon within a name stays.
fn pieces(chunk: &str) -> impl Iterator<Item = &str> {
    let negative = |piece: &str| {
        let digits = piece.strip_prefix('-').unwrap_or_default();
        digits.starts_with(|c: char| c.is_ascii_digit())
    };
    let inside = |c: char| c.is_alphanumeric() || "_./:@'’".contains(c);
    let whole = negative(chunk);
    chunk
        .split(move |c: char| !(inside(c) || whole && c == '-'))
        .map(|piece| piece.trim_matches(|c: char| "./:@'’".contains(c)))
        .filter(|piece| piece.chars().any(char::is_alphanumeric))
}

/// Drops fillers and reads *make sure* as one word.
fn fold_phrases(found: Vec<Word>) -> Vec<Word> {
    let mut folded: Vec<Word> = Vec::new();
    for word in found {
        let made_sure = word.key == "sure" && folded.last().is_some_and(|last| last.key == "make");
        if made_sure && let Some(last) = folded.last_mut() {
            last.shown = format!("{} {}", last.shown, word.shown);
            last.key = "verify".to_owned();
        } else if !FILLERS.contains(&word.key.as_str()) {
            folded.push(word);
        }
    }
    folded
}

/// How often each word stands in a text, and what the words weigh together.
#[derive(Clone, Debug, Default)]
pub(super) struct Bag {
    counts: HashMap<String, u32>,
    weight: f64,
}

impl Bag {
    /// Returns the bag of `words`; singular and plural are one word in it.
    pub(super) fn of<'a>(words: impl IntoIterator<Item = &'a Word>) -> Self {
        let mut bag = Self::default();
        for word in words {
            let stem = stem(&word.key);
            bag.weight += weight(stem);
            *bag.counts.entry(stem.to_owned()).or_default() += 1;
        }
        bag
    }

    /// Returns what the words weigh together.
    pub(super) fn weight(&self) -> f64 {
        self.weight
    }

    /// Returns what the words in both weigh.
    pub(super) fn common(&self, other: &Self) -> f64 {
        let mut shared: Vec<f64> = self
            .counts
            .iter()
            .filter_map(|(word, count)| {
                let both = count.min(other.counts.get(word)?);
                Some(f64::from(*both) * weight(word))
            })
            .collect();
        // The order of a hash map must not show in the last bits of a sum.
        shared.sort_by(f64::total_cmp);
        shared.iter().sum()
    }

    /// Returns how alike the two are, from 0 to 1.
    pub(super) fn similarity(&self, other: &Self) -> f64 {
        let both = self.weight + other.weight;
        if both == 0.0 {
            return 0.0;
        }
        2.0 * self.common(other) / both
    }

    /// Returns which part of this bag's weight stands in `other` too, from 0 to 1.
    pub(super) fn share_in(&self, other: &Self) -> f64 {
        if self.weight == 0.0 {
            return 0.0;
        }
        self.common(other) / self.weight
    }

    /// Returns what is left when the words of `other` are taken away.
    pub(super) fn without(&self, other: &Self) -> Self {
        let mut left = Self::default();
        let mut words: Vec<_> = self.counts.iter().collect();
        words.sort();
        for (word, count) in words {
            let rest = count.saturating_sub(other.counts.get(word).copied().unwrap_or_default());
            if rest > 0 {
                left.weight += f64::from(rest) * weight(word);
                left.counts.insert(word.clone(), rest);
            }
        }
        left
    }
}

fn weight(word: &str) -> f64 {
    if COMMON.contains(&word) { 0.25 } else { 1.0 }
}

fn stem(key: &str) -> &str {
    match key.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem,
        _ => key,
    }
}

/// Tells whether both say the same in the same order.
pub(super) fn same(a: &[Word], b: &[Word]) -> bool {
    a.iter()
        .map(|word| &word.key)
        .eq(b.iter().map(|word| &word.key))
}

/// Tells whether both have the same words, in whatever order.
pub(super) fn same_words(a: &[Word], b: &[Word]) -> bool {
    let sorted = |words: &[Word]| {
        let mut keys: Vec<String> = words.iter().map(|word| word.key.clone()).collect();
        keys.sort();
        keys
    };
    sorted(a) == sorted(b)
}

/// A run of words in one text and what stands for it in the other; one of them can be empty.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// The words of the first text.
    pub(super) old: String,
    /// The words of the second.
    pub(super) new: String,
}

/// Returns where the two texts differ, in order.
pub(super) fn changes(a: &[Word], b: &[Word]) -> Vec<Change> {
    let keys = |words: &[Word]| -> Vec<String> { words.iter().map(|w| w.key.clone()).collect() };
    let shown = |words: &[Word]| -> String {
        let words: Vec<&str> = words.iter().map(|word| word.shown.as_str()).collect();
        words.join(" ")
    };
    capture_diff_slices(Algorithm::Myers, &keys(a), &keys(b))
        .into_iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| Change {
            old: shown(&a[op.old_range()]),
            new: shown(&b[op.new_range()]),
        })
        .collect()
}

/// Returns the single commands of something to type: prompts and comments gone, blanks folded, joined lines split.
pub(super) fn commands(code: &str) -> Vec<String> {
    let joined = code.replace("\\\n", " ");
    joined
        .lines()
        .map(str::trim)
        .map(|line| line.strip_prefix("$ ").unwrap_or(line))
        .filter_map(|line| match line.strip_prefix('#') {
            // The prompt of root, or a comment.
            Some(rest) => is_command(rest).then_some(rest),
            None => Some(line),
        })
        .flat_map(split_line)
        .collect()
}

/// Splits a line at `;` and `&&` outside quotes.
fn split_line(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current = String::new();
    let mut quote = None;
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
        let both = quote.is_none() && c == '&' && rest.peek() == Some(&'&');
        if both {
            rest.next();
        }
        if both || quote.is_none() && c == ';' {
            found.push(std::mem::take(&mut current));
        } else {
            current.push(c);
        }
    }
    found.push(current);
    found
        .iter()
        .map(|command| command.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|command| !command.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_same(a: &str, b: &str) -> bool {
        same(&words(a), &words(b))
    }

    #[test]
    fn only_differences_that_matter_are_left() {
        assert!(are_same(
            "Open the ‘Deploy’ tab:",
            "open the \"deploy\" tab."
        ));
        assert!(are_same("Make sure that x is set", "Verify x is set"));
        assert!(are_same("Stop & start", "stop and start"));
        assert!(are_same("limit = 3", "limit: 3"));
        assert!(are_same("a dry-run", "dry run"));
        assert!(!are_same("limit = 3", "limit = -3"));
        assert!(!are_same("x != 3", "x = 3"));
        assert!(!are_same("Start it", "Stop it"));
        assert!(!are_same("config.yml", "config.yaml"));
    }

    #[test]
    fn changes_name_the_words_as_written() {
        let change = changes(
            &words("Look at the latest Deployed version"),
            &words("Look at the latest active version, twice"),
        );
        assert_eq!(
            change,
            [
                Change {
                    old: "Deployed".to_owned(),
                    new: "active".to_owned()
                },
                Change {
                    old: String::new(),
                    new: "twice".to_owned()
                },
            ]
        );
    }

    #[test]
    fn similarity_counts_what_both_say() {
        let bag = |text: &str| Bag::of(&words(text));
        assert_eq!(bag("Tag the release").similarity(&bag("tag release")), 1.0);
        assert!(bag("Tag the release").similarity(&bag("Tell the users")) < 0.1);
        assert_eq!(bag("").similarity(&bag("")), 0.0);
        let left = bag("push and tag it").without(&bag("tag it"));
        assert_eq!(left.weight(), 1.25);
    }

    #[test]
    fn commands_are_split_and_prompts_dropped() {
        assert_eq!(commands("$ a -x; b 'c; d' && e"), ["a -x", "b 'c; d'", "e"]);
        assert_eq!(commands("# why\nmake \\\n  all\n\n"), ["make all"]);
    }
}
