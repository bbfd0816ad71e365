//! The hashes in markers.

/// Returns the hash of an item's text: white space is one blank.
pub(crate) fn text_hash(text: &str) -> String {
    hash(text.split_whitespace(), " ", 8)
}

/// Returns the hash of a state, given as words.
pub(crate) fn state_hash(words: &str) -> String {
    hash(std::iter::once(words), "", 6)
}

/// Returns the hash of a whole content.
pub(crate) fn content_hash<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    hash(lines, "\n", 8)
}

/// Returns the hash of `parts`, in so many letters.
pub(super) fn hash<'a>(
    parts: impl Iterator<Item = &'a str>,
    between: &str,
    letters: usize,
) -> String {
    let mut hasher = blake3::Hasher::new();
    for (at, part) in parts.enumerate() {
        if at > 0 {
            hasher.update(between.as_bytes());
        }
        hasher.update(part.as_bytes());
    }
    letters_of(&hasher, letters)
}

/// Returns the first `letters` letters of a hash, five bits each, in letters that are hard to mistake.
pub(crate) fn letters_of(hasher: &blake3::Hasher, letters: usize) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let digest = hasher.finalize();
    digest
        .as_bytes()
        .iter()
        .take(letters)
        .map(|byte| char::from(LETTERS[usize::from(byte & 31)]))
        .collect()
}
