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

/// Returns how much of `wanted` is in `name`, from 0 to 1: word by word, each as like as its letters.
fn likeness(wanted: &str, name: &str) -> f64 {
    let alike = |word: &str| {
        words(name)
            .map(|other| strsim::normalized_damerau_levenshtein(word, other))
            .filter(|likeness| *likeness >= 0.7)
            .fold(0.0, f64::max)
    };
    let (sum, count) = words(wanted).fold((0.0, 0.0), |(sum, count), word| {
        (sum + alike(word), count + 1.0)
    });
    // Half of the words is a guess; less is none.
    if sum * 2.0 < count || count == 0.0 {
        0.0
    } else {
        sum / count
    }
}

/// Returns the words of a name, whatever stands between them.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
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
        assert_eq!(ranked("upgrde", known, 3), ["database-upgrade"]);
        assert_eq!(ranked("frist deployment", known, 3), ["first-deployment"]);
        assert!(ranked("zzz", known, 3).is_empty());
    }
}
