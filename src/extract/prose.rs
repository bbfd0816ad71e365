//! Running text made ready for the rules of language: plain words, with code set apart.

use crate::document::{Inline, InlineKind, plain_text};
use crate::procedure::command;

/// Stands for a piece of code in a [`Prose`]'s text, so that no rule of language reads into it.
pub(super) const CODE: char = '\u{E000}';
/// Stands for a line or place break that a rule must not look across.
const FOLD: char = ' ';

/// Text with its code set apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Prose {
    /// The text as a reader sees it, white space folded, each piece of code as one [`CODE`].
    pub text: String,
    /// The pieces of code, in order.
    pub codes: Vec<String>,
}

impl Prose {
    /// Returns the prose of `inlines`.
    pub(super) fn of(inlines: &[Inline]) -> Self {
        let mut prose = Self::default();
        match inlines {
            // A command written as it is, with something set off in it or behind it.
            [
                Inline {
                    kind: InlineKind::Text(text),
                    ..
                },
                rest @ ..,
            ] if !rest.is_empty() && command::is_script_call(text) => {
                prose.push_code(text.trim());
                prose.text.push(' ');
                prose.push(rest);
            }
            _ => prose.push(inlines),
        }
        prose.text = prose.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if prose.codes.is_empty()
            && (command::is_plain_command(&prose.text) || command::is_script_call(&prose.text))
        {
            let command = std::mem::take(&mut prose.text);
            prose.push_code(&command);
        }
        prose
    }

    /// Returns the prose of plain text without code.
    #[cfg(test)]
    pub(super) fn plain(text: &str) -> Self {
        let mut prose = Self::default();
        for (at, piece) in text.split('`').enumerate() {
            if at % 2 == 1 {
                prose.codes.push(piece.to_owned());
                prose.text.push(CODE);
            } else {
                prose.text.push_str(piece);
            }
        }
        prose
    }

    fn push(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            match &inline.kind {
                InlineKind::Text(text) => self.text.push_str(&text.replace(CODE, " ")),
                InlineKind::Literal(code) => self.push_code(code),
                // Emphasis is how some authors write commands: it is code where it can be nothing else.
                InlineKind::Emphasis(inner) => {
                    let text = plain_text(inner);
                    if command::is_command(&text) && !command::reads_as_words(&text) {
                        self.push_code(&text);
                    } else {
                        self.push(inner);
                    }
                }
                InlineKind::Strong(inner) | InlineKind::Strikethrough(inner) => self.push(inner),
                InlineKind::Reference(reference) => self.push(&reference.text),
                InlineKind::Role(role)
                    if is_code_role(&role.name)
                        || role.name.is_empty() && command::is_command(&role.text) =>
                {
                    self.push_code(&role.text);
                }
                InlineKind::Role(role) => self.text.push_str(&role.text),
                InlineKind::Target(text) => self.text.push_str(text),
                InlineKind::Substitution(name) => self.push_code(name),
                InlineKind::LineBreak => self.text.push(FOLD),
                InlineKind::FootnoteReference(_) | InlineKind::Image(_) | InlineKind::Html(_) => {}
            }
        }
    }

    fn push_code(&mut self, code: &str) {
        self.codes.push(code.to_owned());
        self.text.push(CODE);
    }
}

/// Tells whether a role's text is something to type or a name in a program.
fn is_code_role(name: &str) -> bool {
    let last = name.rsplit(':').next().unwrap_or_default();
    matches!(
        last,
        "code"
            | "command"
            | "program"
            | "file"
            | "kbd"
            | "samp"
            | "envvar"
            | "option"
            | "setting"
            | "djadmin"
            | "class"
            | "func"
            | "meth"
            | "mod"
            | "attr"
            | "data"
            | "const"
            | "obj"
            | "literal"
    )
}

/// Splits `text` into sentences; an abbreviation's full stop ends none.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    const ABBREVIATIONS: &[&str] = &[
        "e.g", "i.e", "eg", "ie", "etc", "vs", "cf", "approx", "resp", "incl", "ca", "no", "fig",
        "sec", "st", "dr", "mr", "ms",
    ];
    let mut found = Vec::new();
    let mut start = 0;
    let mut depth = 0_i32;
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    for (at, &(offset, c)) in chars.iter().enumerate() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = (depth - 1).max(0),
            '.' | '!' | '?' => {
                // The closing quote or bracket belongs to the sentence.
                let mut next = at + 1;
                while chars
                    .get(next)
                    .is_some_and(|(_, c)| matches!(c, ')' | '"' | '\'' | '”' | '’' | '*'))
                {
                    next += 1;
                }
                let blank = chars.get(next).is_none_or(|(_, c)| *c == ' ');
                let opens = chars.get(next + 1).is_none_or(|(_, c)| {
                    c.is_uppercase() || *c == CODE || matches!(c, '(' | '"' | '“' | '[' | '‘')
                });
                let word = text[start..offset]
                    .rsplit([' ', '('])
                    .next()
                    .unwrap_or_default();
                let short = c == '.'
                    && (is_label(&text[start..=offset])
                        || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
                        || (word.chars().count() == 1 && word.chars().all(char::is_alphabetic)));
                if blank && opens && !short && (depth == 0 || next > at + 1) {
                    let end = chars.get(next).map_or(text.len(), |(offset, _)| *offset);
                    found.push(text[start..end].trim());
                    start = end;
                }
            }
            _ => {}
        }
    }
    found.push(text[start..].trim());
    found.retain(|sentence| !sentence.is_empty());
    found
}

/// Returns the number that an author put before a text, and it alone: `Step 3:`, `6.1.`, `2)`.
///
/// Digits without a mark behind them are no number of a step: `2 hosts`, `1.2 is out`.
pub(super) fn own_number(text: &str) -> Option<&str> {
    let mut words = text.split_whitespace();
    let first = words.next()?;
    let (number, named) = match first.to_lowercase().as_str() {
        "step" => (words.next()?, true),
        _ => (first, false),
    };
    let digits = number.trim_end_matches(['.', ')', ':']);
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    (is_number && (named || digits.len() < number.len())).then_some(digits)
}

/// Tells whether a text is nothing but a step's number.
fn is_label(text: &str) -> bool {
    text.split_whitespace().count() <= 2
        && own_number(text)
            .is_some_and(|number| text.trim_end_matches(['.', ')', ':']).ends_with(number))
}

/// Tells whether a text is nothing but addresses, of mail or of pages.
pub(super) fn is_address(text: &str) -> bool {
    let is_one = |word: &str| {
        let word = word.trim_matches(['<', '>', '(', ')', ',', ';', '.']);
        let mail = word.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.contains(['/', ':', '@'])
        });
        mail || ["http://", "https://", "mailto:", "www."]
            .iter()
            .any(|start| word.starts_with(start))
    };
    !text.is_empty() && text.split_whitespace().all(is_one)
}

/// Returns the words of `text` in lower case, punctuation around them gone.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(|word| {
            word.trim_matches(|c: char| !c.is_alphanumeric() && c != CODE && c != '#' && c != '/')
                .replace('’', "'")
                .to_lowercase()
        })
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_at_full_stops_but_not_at_abbreviations() {
        assert_eq!(
            sentences("Stop it, e.g. with a flag. Then wait (see 2.1). Done"),
            ["Stop it, e.g. with a flag.", "Then wait (see 2.1).", "Done"]
        );
        assert_eq!(sentences("Version 1.2 is out."), ["Version 1.2 is out."]);
    }

    #[test]
    fn numbers_of_steps_belong_to_their_sentence() {
        assert_eq!(
            sentences("Step 7. Sign the log. Go home."),
            ["Step 7. Sign the log.", "Go home."]
        );
        assert_eq!(own_number("6.1. Open it."), Some("6.1"));
        assert_eq!(own_number("step 3 - Open it."), Some("3"));
        assert_eq!(own_number("1.2 is out"), None);
    }

    #[test]
    fn addresses_are_told_from_what_holds_one() {
        assert!(is_address("list@example.org") && is_address("<https://example.org/a>"));
        assert!(!is_address("Visit https://example.org") && !is_address("git@example.org:a/b.git"));
    }

    #[test]
    fn words_lose_case_and_punctuation() {
        assert_eq!(
            words("(Now) **Stop**, the DB's!"),
            ["now", "stop", "the", "db's"]
        );
    }
}
