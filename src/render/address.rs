//! Which texts are addresses, and where they end.

/// Tells whether `uri` leads to the same place from wherever it is read, and is none to run.
pub(crate) fn is_absolute(uri: &str) -> bool {
    const SCHEMES: &[&str] = &[
        "http", "https", "ftp", "ftps", "mailto", "ssh", "git", "irc", "ircs", "tel", "news",
    ];
    uri.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty() && SCHEMES.contains(&scheme.to_ascii_lowercase().as_str())
    })
}

/// Tells whether Markdown takes `text` between angle brackets as an address: CommonMark 6.5, without its rare characters.
pub(super) fn is_email(text: &str) -> bool {
    let part = |text: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
        text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(known)
    };
    text.split_once('@').is_some_and(|(name, host)| {
        let labels_end_well = host
            .split('.')
            .all(|label| part(label) && !label.ends_with('-'));
        part(name) && labels_end_well && !host.contains(['_', '+'])
    })
}

/// Returns the text before the first address in `text` and the address, without the punctuation that ends a sentence.
pub(crate) fn next_address(text: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find("http")?;
        let behind = &text[at..];
        let scheme = ["https://", "http://"]
            .into_iter()
            .find(|scheme| behind.starts_with(scheme));
        let in_word = text[..at]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        if let (Some(scheme), false) = (scheme, in_word) {
            let end = behind
                .find(|c: char| c.is_whitespace() || c.is_control() || "<>\"`|[]{}\\".contains(c))
                .unwrap_or(behind.len());
            let mut uri =
                behind[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_', '~', '\'']);
            while uri.ends_with(')') && uri.matches(')').count() > uri.matches('(').count() {
                uri = &uri[..uri.len() - 1];
            }
            if uri.len() > scheme.len() {
                return Some((&text[..at], uri));
            }
        }
        from = at + "http".len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_before_the_punctuation_of_the_sentence() {
        for (text, found) in [
            ("see https://x.org/a.", Some("https://x.org/a")),
            ("(http://x.org/a_(b))", Some("http://x.org/a_(b)")),
            ("https:// and xhttp://y.org", None),
            ("\"http://x.org/?a=1\"", Some("http://x.org/?a=1")),
        ] {
            assert_eq!(next_address(text).map(|(_, uri)| uri), found, "{text}");
        }
    }

    #[test]
    fn what_leads_nowhere_from_elsewhere_is_not_absolute() {
        assert!(is_absolute("HTTPS://x.org") && is_absolute("mailto:a@x.org"));
        assert!(!is_absolute("../a.html") && !is_absolute("#a") && !is_absolute("javascript:a()"));
        assert!(is_email("a.b+c@x-y.org") && !is_email("a@-x") && !is_email("a b@x.org"));
    }
}
