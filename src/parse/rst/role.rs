//! Interpreted text: what a reader sees of a role, and what it names.

use crate::document::{Role, fold_whitespace};

/// Roles whose text is never `title <target>`: docutils' own and Sphinx' roles for literal things.
const WITHOUT_TARGET: &[&str] = &[
    "code",
    "command",
    "dfn",
    "emphasis",
    "file",
    "guilabel",
    "kbd",
    "literal",
    "mailheader",
    "makevar",
    "math",
    "menuselection",
    "mimetype",
    "newsgroup",
    "program",
    "raw",
    "regexp",
    "samp",
    "strong",
    "sub",
    "subscript",
    "sup",
    "superscript",
    "title-reference",
];

/// Returns the role of that name over `text`, escapes resolved.
pub(super) fn role(name: &str, text: &str) -> Role {
    if name.is_empty() || WITHOUT_TARGET.contains(&name) {
        return Role {
            name: name.into(),
            text: text.into(),
            target: text.into(),
            uri: None,
        };
    }
    let (shown, target) = match titled(text) {
        Some((title, target)) => (title, target),
        None => (text, text),
    };
    Role {
        name: name.into(),
        text: bare(shown).into(),
        target: fold_whitespace(bare(target)).into(),
        uri: None,
    }
}

/// Splits `title <target>`.
fn titled(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_suffix('>')?;
    let open = inner.rfind('<')?;
    let title = inner[..open].trim_end();
    (!title.is_empty()).then(|| (title, &inner[open + 1..]))
}

/// Drops Sphinx' leading `!` (do not link) or `~` (show the last part only).
fn bare(text: &str) -> &str {
    text.strip_prefix(['!', '~']).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_split_off_where_the_role_has_one() {
        let shown = role("ref", "the\n page <some label>");
        assert_eq!((&*shown.text, &*shown.target), ("the\n page", "some label"));
        assert_eq!(&*role("file", "a <b>").text, "a <b>");
        assert_eq!(&*role("py:func", "~os.path.join").text, "os.path.join");
        assert_eq!(&*role("", "~x").text, "~x");
    }
}
