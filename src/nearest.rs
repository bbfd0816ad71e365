//! Names near one that is not known, to offer in a message.

/// Returns the name among `known` that was most likely meant by `name`, `None` where none is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= reach(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns up to `most` of the `known` names, those that look most like `name` first.
pub fn ranked<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let wanted = name.to_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| (likeness(&wanted, &candidate.to_lowercase()), candidate))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored
        .into_iter()
        .filter(|(score, _)| *score > 0.0)
        .take(most)
        .map(|(_, candidate)| candidate)
        .collect()
}

/// Returns the number of edits between two names, case aside.
fn distance(a: &str, b: &str) -> usize {
    strsim::damerau_levenshtein(&a.to_lowercase(), &b.to_lowercase())
}

/// Returns how many edits still make a typing error of `name`.
fn reach(name: &str) -> usize {
    (name.chars().count() / 3).clamp(1, 3)
}

/// Returns how much two names have in common, from 0 to 1; equal words count for more than equal letters.
fn likeness(a: &str, b: &str) -> f64 {
    let words = |text: &'_ str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (left, right) = (words(a), words(b));
    let shared = left.iter().filter(|word| right.contains(word)).count();
    let letters = strsim::normalized_damerau_levenshtein(a, b);
    if shared == 0 && letters < 0.4 {
        return 0.0;
    }
    let longest = left.len().max(right.len()).max(1);
    #[allow(
        clippy::cast_precision_loss,
        reason = "counts of words in a name are small"
    )]
    let words_alike = shared as f64 / longest as f64;
    (words_alike + letters) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_its_name_and_a_foreign_word_finds_none() {
        let keys = ["sources", "templates", "docs-url"];
        assert_eq!(nearest("source", keys), Some("sources"));
        assert_eq!(nearest("tmeplates", keys), Some("templates"));
        assert_eq!(nearest("colour", keys), None);
    }

    #[test]
    fn names_that_share_words_come_first() {
        let known = ["database-upgrade", "first-deployment", "project-release"];
        assert_eq!(
            ranked("upgrade", known, 3).first(),
            Some(&"database-upgrade")
        );
        assert!(ranked("zzz", known, 3).is_empty());
    }
}
