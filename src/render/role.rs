//! How interpreted text reads in Markdown.

use crate::document::Role;

/// How a role's text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// As it is.
    Text,
    /// As something to type, or a name that a machine knows.
    Code,
    /// In italics.
    Emphasis,
    /// In bold.
    Strong,
}

/// Returns how `role` is shown: its look and its text.
///
/// A role of an unknown domain names an object, such as a setting or a function, and is code. An unknown role without a
/// domain is text. The default role is code: that is what those who write single backticks mean.
pub(super) fn look(role: &Role) -> (Look, String) {
    let text = role.text.as_ref();
    let (domain, name) = role
        .name
        .rsplit_once(':')
        .unwrap_or(("", role.name.as_ref()));
    match name.trim_matches(['{', '}']) {
        "ref" | "doc" | "term" | "numref" | "any" | "eq" | "keyword" | "confval" | "abbr"
        | "abbreviation" | "ac" | "sub" | "subscript" | "sup" | "superscript" | "text" | "cite"
        | "footcite" => (Look::Text, text.to_owned()),
        "pep" | "PEP" => (Look::Text, behind("PEP", text)),
        "rfc" | "RFC" => (Look::Text, behind("RFC", text)),
        "emphasis" | "dfn" | "title" | "title-reference" | "t" => (Look::Emphasis, text.to_owned()),
        "strong" => (Look::Strong, text.to_owned()),
        "guilabel" => (Look::Strong, without_accelerators(text)),
        "menuselection" => {
            let path: Vec<&str> = text.split("-->").map(str::trim).collect();
            (Look::Strong, without_accelerators(&path.join(" → ")))
        }
        "" | "file" | "command" | "envvar" | "option" | "program" | "samp" | "kbd" | "code"
        | "literal" | "makevar" | "mimetype" | "regexp" | "newsgroup" | "math" | "manpage"
        | "download" | "token" | "bash" | "sh" | "shell" | "console" | "setting" | "path" => {
            (Look::Code, text.to_owned())
        }
        "func" | "meth" | "class" | "mod" | "attr" | "data" | "const" | "exc" | "obj" | "type" => {
            (Look::Code, text.to_owned())
        }
        _ if domain.is_empty() => (Look::Text, text.to_owned()),
        _ => (Look::Code, text.to_owned()),
    }
}

/// Returns `text` behind the name of its series, where it does not start with it.
fn behind(series: &str, text: &str) -> String {
    if text.starts_with(series) {
        text.to_owned()
    } else {
        format!("{series} {text}")
    }
}

/// Returns a label without the `&` that marks its key; `&&` is one `&`.
fn without_accelerators(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('&', Some('&')) => {
                chars.next();
                out.push('&');
            }
            ('&', Some(next)) if next.is_alphanumeric() => {}
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_look_as_readers_expect() {
        for (name, text, expected) in [
            ("file", "a.conf", (Look::Code, "a.conf")),
            ("shop.config:option", "retries", (Look::Code, "retries")),
            ("std:ref", "Backups", (Look::Text, "Backups")),
            ("issue", "12", (Look::Text, "12")),
            (
                "menuselection",
                "&File --> Save && Quit",
                (Look::Strong, "File → Save & Quit"),
            ),
            ("", "restart", (Look::Code, "restart")),
            ("pep", "8", (Look::Text, "PEP 8")),
            ("pep", "PEP 8", (Look::Text, "PEP 8")),
        ] {
            let role = Role {
                name: name.into(),
                text: text.into(),
                target: text.into(),
                uri: None,
            };
            assert_eq!(look(&role), (expected.0, expected.1.to_owned()), "{name}");
        }
    }
}
