//! The signs of wiki markup, and how a text is written so that none of it is one.

use super::inline::{closes, opens};

/// The characters that a backslash makes plain.
const SPECIAL: &str = "*_-+^~{}[]|!?#()";

/// The named entities, by the characters that they stand for.
pub(super) const CODES: &[(char, &str)] = &[
    ('&', "amp"),
    ('<', "lt"),
    ('>', "gt"),
    ('"', "quot"),
    ('\u{a0}', "nbsp"),
];

/// Pictures that Jira makes of signs, without the first.
const ICONS: &[&str] = &[
    "/)", "x)", "!)", "?)", "+)", "-)", "*)", "*r)", "*g)", "*b)", "*y)", "i)", "y)", "n)", "on)",
    "off)", "flag)", "flagoff)",
];

/// Tells whether a backslash makes a character plain.
pub(super) fn is_special(char: char) -> bool {
    SPECIAL.contains(char)
}

/// What stands around a text.
#[derive(Clone, Copy)]
pub(super) struct Around {
    /// The character before it; `None` at the start of a line.
    pub(super) before: Option<char>,
    /// The character after it.
    pub(super) after: Option<char>,
    /// Whether it stands in a table or a link, where a bar or a bracket ends it whatever is before.
    pub(super) is_boxed: bool,
    /// Whether it is marked: there Atlassian's own converter takes backslashes away before it looks for signs.
    pub(super) is_marked: bool,
    /// Whether it stands at the start of a block, where a list or a heading could start.
    pub(super) is_first: bool,
}

/// Returns a text as it is written to be shown as it is.
pub(super) fn escaped(text: &str, around: Around) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let at_start = |at: usize| around.is_first && chars[..at].iter().all(|it| it.is_whitespace());
    for (at, char) in chars.iter().copied().enumerate() {
        let before = match at {
            0 => around.before,
            _ => Some(chars[at - 1]),
        };
        let after = chars.get(at + 1).copied().or(around.after);
        let rest: String = chars[at + 1..].iter().take(9).collect();
        let plain = match char {
            '{' | '}' | '[' => true,
            ']' | '|' if around.is_boxed => {
                out.push_str(&format!("&#{};", u32::from(char)));
                continue;
            }
            ']' | '|' => true,
            '!' => {
                !after.is_none_or(char::is_whitespace) || !before.is_none_or(char::is_whitespace)
            }
            '?' => before == Some('?') || after == Some('?'),
            '#' => at_start(at),
            '*' | '_' | '-' | '+' | '^' | '~' => {
                opens(before.filter(|it| *it != '\\'), after)
                    || closes(before, after)
                    || at_start(at)
                    || around.is_marked && !(is_letter(before) && is_letter(after))
                    || before == Some(char)
                    || after == Some(char)
            }
            // Behind a colon, or the end of an entity, it would be a face.
            '(' | ')' | 'P' | 'D' if is_eyes(&out, around.before) => {
                out.push_str(&format!("&#{};", u32::from(char)));
                continue;
            }
            '(' => ICONS.iter().any(|icon| rest.starts_with(icon)),
            '\\' if after.is_none() || after == Some('\\') || after.is_some_and(is_special) => {
                out.push_str("&#92;");
                continue;
            }
            '&' if is_entity(&rest) => {
                out.push_str("&amp;");
                continue;
            }
            '.' if around.is_first && is_sign(&chars[..at]) => {
                out.push_str("&#46;");
                continue;
            }
            _ => false,
        };
        if plain && around.is_marked && "*_-+^~?!(".contains(char) {
            out.push_str(&format!("&#{};", u32::from(char)));
            continue;
        }
        if plain {
            out.push('\\');
        }
        out.push(char);
    }
    out
}

fn is_letter(char: Option<char>) -> bool {
    char.is_some_and(char::is_alphanumeric)
}

/// Tells whether the eyes of a face stand before what comes next.
fn is_eyes(out: &str, before: Option<char>) -> bool {
    let last = out.chars().next_back().or(before);
    matches!(last, Some(':' | ';'))
}

/// Tells whether the characters before a dot make it the sign of a heading or a quote.
fn is_sign(before: &[char]) -> bool {
    let word: String = before.iter().collect();
    let word = word.trim_start();
    word == "bq"
        || (word.len() == 2
            && word.starts_with('h')
            && word.ends_with(|c: char| c.is_ascii_digit()))
}

/// Tells whether what stands behind `&` makes it an entity.
fn is_entity(rest: &str) -> bool {
    let name: String = rest
        .chars()
        .take_while(|it| it.is_ascii_alphanumeric() || *it == '#')
        .collect();
    !name.is_empty() && rest[name.len()..].starts_with(';')
}
