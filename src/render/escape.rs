//! Writes text so that Markdown and GitHub show it as it is.
//!
//! What is escaped is what could be read as something else where it stands; the rest stays as the
//! author typed it, so that a ticket can be read and edited as plain text. The rules are CommonMark 0.31's and GFM's.
//! GitHub's own links (`#12`, `@name`, `GH-12`) are made after Markdown and ignore backslashes:
//! an empty comment within keeps them apart, is not seen and changes no text.

use std::iter::successors;

use crate::document::fold_whitespace;

/// What keeps GitHub from linking `#12`, `@name` and `GH-12`, and two pieces of code apart.
pub(super) const SEPARATOR: &str = "<!-- -->";

/// What stands around a piece of text on its line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around {
    /// The character before it; `None` where it starts the line.
    pub(super) before: Option<char>,
    /// The character behind it; `None` where it ends the line.
    pub(super) after: Option<char>,
    /// Whether its line holds more than one `$`, which GitHub may read as a formula.
    pub(super) formula: bool,
    /// Whether it stands in a link's text, where `]` would end it.
    pub(super) in_link: bool,
}

/// Returns `text`, one line without doubled blanks, escaped for its place.
pub(super) fn text(text: &str, around: Around) -> String {
    let chars: Vec<char> = text.chars().collect();
    let leading = if around.before.is_none() {
        leading_marker(&chars)
    } else {
        None
    };
    let mut out = String::with_capacity(text.len() + 8);
    for (at, &c) in chars.iter().enumerate() {
        let before = at
            .checked_sub(1)
            .map_or(around.before, |at| Some(chars[at]));
        let after = chars.get(at + 1).copied().or(around.after);
        let rest = &chars[at + 1..];
        let escaped = match c {
            _ if leading == Some(at) => true,
            '[' | '|' => true,
            ']' => around.in_link,
            '\\' => rest
                .first()
                .is_none_or(|c| !(c.is_alphanumeric() || *c == ' ')),
            '*' => !(is_blank(before) && after == Some(' ')),
            '_' => !run_is_inside_word(&chars, at),
            '~' => closes(before, after) || before == Some('~') || after == Some('~'),
            '<' => {
                after.is_some_and(|c| c.is_alphabetic() || matches!(c, '/' | '!' | '?'))
                    || rest.is_empty() && after.is_some()
            }
            // At a heading's end they would close it.
            '#' => is_blank(before) && around.after.is_none() && rest.iter().all(|c| *c == '#'),
            '&' => starts_entity(rest, around.after),
            '!' => rest.is_empty() && matches!(after, Some('[' | '<')),
            '$' => around.formula,
            _ => false,
        };
        if c == '`' {
            // A backslash would not part it from a code span beside it.
            let beside_code =
                at == 0 && before == Some('`') || rest.is_empty() && after == Some('`');
            out.push_str(if beside_code { "&#96;" } else { "\\`" });
        } else if c == '[' && starts_box(rest) {
            // Some tools look for boxes without reading Markdown.
            out.push_str("&#91;");
        } else if c.is_control() {
            out.push(char::REPLACEMENT_CHARACTER);
        } else {
            if escaped {
                out.push('\\');
            }
            out.push(c);
        }
        if starts_github_link(&chars, at, before) {
            out.push_str(SEPARATOR);
        }
    }
    out
}

/// Returns where the character stands that makes the line's start a heading, list item, quote, fence or rule.
fn leading_marker(chars: &[char]) -> Option<usize> {
    let ends = |at: usize| matches!(chars.get(at), None | Some(' '));
    let first = *chars.first()?;
    match first {
        '>' => Some(0),
        '#' => {
            let hashes = chars.iter().take_while(|c| **c == '#').count();
            (hashes <= 6 && ends(hashes)).then_some(0)
        }
        '-' | '+' if ends(1) => Some(0),
        '-' | '=' => chars.iter().all(|c| *c == first || *c == ' ').then_some(0),
        '~' => chars.starts_with(&['~'; 3]).then_some(0),
        _ => {
            let digits = chars.iter().take_while(|c| c.is_ascii_digit()).count();
            let delimiter = matches!(chars.get(digits), Some('.' | ')'));
            ((1..=9).contains(&digits) && delimiter && ends(digits + 1)).then_some(digits)
        }
    }
}

/// Tells whether the run of underscores around `at` stands between letters or digits, where it means nothing.
fn run_is_inside_word(chars: &[char], at: usize) -> bool {
    let other = |at: &usize| chars.get(*at).is_some_and(|c| *c != '_');
    let left = successors(at.checked_sub(1), |at| at.checked_sub(1)).find(other);
    let right = (at + 1..chars.len()).find(other);
    let is_word = |at: Option<usize>| at.is_some_and(|at| chars[at].is_alphanumeric());
    is_word(left) && is_word(right)
}

/// Tells whether a tilde between these could end a struck text.
fn closes(before: Option<char>, after: Option<char>) -> bool {
    !(is_blank(before) || before == Some('(') && after.is_some_and(char::is_alphanumeric))
}

fn is_blank(c: Option<char>) -> bool {
    c.is_some_and(char::is_whitespace)
}

/// Tells whether `rest` and what comes after it, behind an `&`, make it a character reference.
fn starts_entity(rest: &[char], after: Option<char>) -> bool {
    let length = rest
        .iter()
        .take_while(|c| c.is_ascii_alphanumeric() || **c == '#')
        .count();
    length > 0 && rest.get(length).copied().or(after) == Some(';')
}

/// Tells whether `rest`, behind a `[`, makes it a task's box.
fn starts_box(rest: &[char]) -> bool {
    matches!(rest, [' ' | 'x' | 'X', ']', ..])
}

/// Tells whether the text would be one of GitHub's own links if nothing came behind `at`.
fn starts_github_link(chars: &[char], at: usize, before: Option<char>) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let next = chars.get(at + 1);
    match chars[at] {
        '#' => next.is_some_and(char::is_ascii_digit),
        '@' => !is_word(before) && next.is_some_and(|c| c.is_ascii_alphanumeric()),
        '-' => {
            let start = at.checked_sub(2);
            let word = start.and_then(|start| chars.get(start..at));
            let outside = start
                .and_then(|start| start.checked_sub(1))
                .map(|at| chars[at]);
            next.is_some_and(char::is_ascii_digit)
                && word.is_some_and(|word| matches!(word, ['G' | 'g', 'H' | 'h']))
                && !is_word(outside)
        }
        _ => false,
    }
}

/// Returns `code` as a code span on one line, with as many backticks as it takes; empty where there is none.
pub(super) fn code_span(code: &str) -> String {
    let line: String = code
        .trim_matches(['\n', '\r'])
        .chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect();
    if line.trim().is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&line, '`') + 1);
    let padded = line.starts_with('`')
        || line.ends_with('`')
        || line.starts_with(' ') && line.ends_with(' ');
    let pad = if padded { " " } else { "" };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// Returns `code` as a code span in a table's cell, where a `|` in it would end the cell.
///
/// A backslash before the `|` is taken away by the table, a second one would not be: such code is written as text.
pub(super) fn cell_code(code: &str) -> String {
    if code.contains("\\|") {
        text(&fold_whitespace(code), Around::default())
    } else {
        code_span(code).replace('|', "\\|")
    }
}

/// Returns `code` as a fenced block that ends with a line end, its fence longer than any inside.
pub(super) fn fenced(code: &str, language: Option<&str>) -> String {
    let fence = "`".repeat((longest_run(code, '`') + 1).max(3));
    let language: String = language
        .unwrap_or_default()
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '+' | '_' | '.' | '#'))
        .collect();
    let mut out = format!("{fence}{language}\n");
    for line in code.lines() {
        let visible = |c: char| {
            if c.is_control() && c != '\t' {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        };
        out.extend(line.trim_end_matches('\r').chars().map(visible));
        out.push('\n');
    }
    out.push_str(&fence);
    out.push('\n');
    out
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}

/// Returns `uri` as a link's destination.
pub(super) fn destination(uri: &str) -> String {
    let mut out = String::with_capacity(uri.len());
    let chars: Vec<char> = uri.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        match c {
            // These bind tighter than the link, or would end it.
            '`' | '<' | '>' | '|' | '\\' | ' ' => out.push_str(&format!("%{:02X}", u32::from(c))),
            c if c.is_whitespace() || c.is_control() => {}
            '(' | ')' => {
                out.push('\\');
                out.push(c);
            }
            '&' if starts_entity(&chars[at + 1..], None) => out.push_str("\\&"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(raw: &str) -> String {
        text(raw, Around::default())
    }

    #[test]
    fn harmless_text_stays_as_it_is() {
        for harmless in [
            "Set max_open_files in app.conf (about 5 * 3 minutes).",
            "C:\\temp is 100% full; a < b > c & d ~30 minutes",
            "ask ops@example.org, 2. then #channel or -x",
        ] {
            assert_eq!(alone(harmless), harmless);
        }
    }

    #[test]
    fn markdown_characters_are_escaped() {
        assert_eq!(
            alone("*a* _b_ `c` [d](e) <f> g|h ~~i~~"),
            "\\*a\\* \\_b\\_ \\`c\\` \\[d](e) \\<f> g\\|h \\~\\~i\\~\\~"
        );
        assert_eq!(alone("&copy; &x \\* $1"), "\\&copy; &x \\\\\\* $1");
        assert_eq!(alone("a [x] b"), "a &#91;x] b");
    }

    #[test]
    fn line_starts_are_escaped() {
        for (raw, escaped) in [
            ("- a", "\\- a"),
            ("+ a", "\\+ a"),
            ("12. a", "12\\. a"),
            ("1) a", "1\\) a"),
            ("## a", "\\## a"),
            ("> a", "\\> a"),
            ("---", "\\---"),
            ("-x", "-x"),
            ("2.1 a", "2.1 a"),
        ] {
            assert_eq!(alone(raw), escaped);
        }
    }

    #[test]
    fn github_links_are_kept_apart() {
        assert_eq!(
            alone("see #12, GH-3, @ann, a@b"),
            "see #<!-- -->12, GH-<!-- -->3, @<!-- -->ann, a@b"
        );
    }

    #[test]
    fn code_takes_as_many_backticks_as_it_needs() {
        assert_eq!(code_span("a `b` c"), "``a `b` c``");
        assert_eq!(code_span("`x"), "`` `x ``");
        assert_eq!(code_span("\n \n"), "");
        assert_eq!(
            fenced("a\n```\n\nb", Some("sh evil`")),
            "````sh\na\n```\n\nb\n````\n"
        );
    }
}
