//! How a state is written behind an item's text, and read back exactly.
//!
//! ```text
//! done    = "*(done" [" by " who] details ")*"
//! skipped = "*(skipped: " reason [", by " who] details ")*"
//! failed  = "**(failed: " reason [", by " who] details ")**"
//! details = [", " time] [", [evidence](" link ")"] [": " note]
//! ```
//!
//! Free text is escaped as Markdown is, so that a reader sees it as it was said and no piece of it can be taken for
//! the end, a separator, a box or a heading. A line end is `<br>`.

use std::fmt::Write as _;
use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::checklist::{Evidence, State};

/// Returns what stands behind the text of an item in `state`; empty where nothing does.
pub(crate) fn write(state: &State) -> String {
    let (open, word, reason, evidence, close) = match state {
        State::Open => return String::new(),
        State::Done(evidence) if *evidence == Evidence::default() => return String::new(),
        State::Done(evidence) => ("*(", "done", None, evidence, ")*"),
        State::Skipped { reason, evidence } => ("*(", "skipped", Some(reason), evidence, ")*"),
        State::Failed { reason, evidence } => ("**(", "failed", Some(reason), evidence, ")**"),
    };
    let mut text = format!("{open}{word}");
    if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
        let _ = write!(text, ": {}", escape(reason));
    }
    if let Some(by) = said(&evidence.by) {
        let comma = if reason.is_some() { "," } else { "" };
        let _ = write!(text, "{comma} by {}", escape(by));
    }
    if let Some(at) = evidence.at {
        let _ = write!(text, ", {}", write_time(at));
    }
    if let Some(link) = said(&evidence.link) {
        let _ = write!(text, ", [evidence]({})", escape_link(link));
    }
    if let Some(note) = said(&evidence.note) {
        let _ = write!(text, ": {}", escape(note));
    }
    text.push_str(close);
    text
}

fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// Finds the last status in a line's text: where it stands, and what it says.
pub(crate) fn find(line: &str) -> Option<(Range<usize>, State)> {
    let mut until = line.len();
    while let Some(start) = line[..until].rfind("*(") {
        until = start;
        let bold = line[..start].ends_with('*');
        let (start, close) = if bold {
            (start - 1, ")**")
        } else {
            (start, ")*")
        };
        // What opens it is as long as what closes it.
        let inner = start + close.len();
        let Some(end) = find_plain(&line[inner..], close) else {
            continue;
        };
        if let Some(state) = parse(&line[inner..inner + end], bold) {
            return Some((start..inner + end + close.len(), state));
        }
    }
    None
}

/// Reads what stands between the brackets.
fn parse(inner: &str, bold: bool) -> Option<State> {
    let mut parts = split(inner).into_iter().peekable();
    let (_, head) = parts.next()?;
    let mut evidence = Evidence::default();
    let word = if bold { "failed" } else { "done" };
    let mut reason = None;
    if !bold && (head == "done" || head.starts_with("done by ")) {
        evidence.by = match head.strip_prefix("done by ") {
            Some(by) => Some(unescape(by)?),
            None => None,
        };
    } else if head == word || (!bold && head == "skipped") {
        let text = parts.next_if(|(separator, _)| *separator == Separator::Colon);
        reason = Some(match text {
            Some((_, text)) => unescape(text)?,
            None => String::new(),
        });
        let by = parts
            .next_if(|(separator, text)| *separator == Separator::Comma && text.starts_with("by "));
        if let Some((_, by)) = by {
            evidence.by = Some(unescape(&by["by ".len()..])?);
        }
    } else {
        return None;
    }
    for (separator, text) in parts {
        if separator == Separator::Colon {
            if evidence.note.is_some() {
                return None;
            }
            evidence.note = Some(unescape(text)?);
        } else if let Some(link) = text.strip_prefix("[evidence](") {
            evidence.link = Some(unescape(link.strip_suffix(')')?)?);
        } else {
            evidence.at = Some(read_time(text)?);
        }
    }
    Some(match reason {
        None => State::Done(evidence),
        Some(reason) if bold => State::Failed { reason, evidence },
        Some(reason) => State::Skipped { reason, evidence },
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Separator {
    Comma,
    Colon,
}

/// Splits at each `, ` and `: ` that is not escaped.
fn split(inner: &str) -> Vec<(Separator, &str)> {
    let mut parts = Vec::new();
    let mut separator = Separator::Comma;
    let mut start = 0;
    let mut escaped = false;
    for (at, byte) in inner.bytes().enumerate() {
        let next_is_blank = inner.as_bytes().get(at + 1) == Some(&b' ');
        if !escaped && next_is_blank && matches!(byte, b',' | b':') && at >= start {
            parts.push((separator, &inner[start..at]));
            separator = if byte == b',' {
                Separator::Comma
            } else {
                Separator::Colon
            };
            start = at + 2;
        }
        escaped = byte == b'\\' && !escaped;
    }
    parts.push((separator, &inner[start..]));
    parts
}

/// Finds `needle` where it is not escaped.
fn find_plain(text: &str, needle: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        if !escaped && text.as_bytes()[at..].starts_with(needle.as_bytes()) {
            return Some(at);
        }
        escaped = byte == b'\\' && !escaped;
    }
    None
}

fn write_time(at: Timestamp) -> String {
    let shown = at.to_zoned(TimeZone::UTC);
    let pattern = if shown.subsec_nanosecond() != 0 {
        "%Y-%m-%d %H:%M:%S%.fZ"
    } else if shown.second() != 0 {
        "%Y-%m-%d %H:%M:%SZ"
    } else {
        "%Y-%m-%d %H:%MZ"
    };
    shown.strftime(pattern).to_string()
}

fn read_time(text: &str) -> Option<Timestamp> {
    let (date, time) = text.strip_suffix('Z')?.split_once(' ')?;
    let seconds = if time.matches(':').count() == 1 {
        ":00"
    } else {
        ""
    };
    format!("{date}T{time}{seconds}Z").parse().ok()
}

/// Escapes what Markdown, a separator or the end of the status could be made of.
fn escape(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut before = None;
    for (at, char) in text.char_indices() {
        let rest = &text[at + char.len_utf8()..];
        let next = rest.chars().next();
        let at_edge = before.is_none() || next.is_none();
        match char {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '~' | ')' | '(' | '|' | '$' => {
                written.push('\\');
                written.push(char);
            }
            '_' if !(before.is_some_and(char::is_alphanumeric)
                && next.is_some_and(char::is_alphanumeric)) =>
            {
                written.push_str("\\_");
            }
            ',' | ':' if next.is_none_or(|next| next == ' ') => {
                written.push('\\');
                written.push(char);
            }
            '&' if starts_entity(rest) => written.push_str("\\&"),
            '\n' => written.push_str("<br>"),
            ' ' if at_edge => written.push_str("&#32;"),
            _ if char != ' ' && (char.is_control() || char.is_whitespace()) => {
                let _ = write!(written, "&#{};", char as u32);
            }
            _ => written.push(char),
        }
        before = Some(char);
    }
    written
}

/// Escapes what would end a link's target.
fn escape_link(link: &str) -> String {
    let mut written = String::with_capacity(link.len());
    for (at, char) in link.char_indices() {
        let entity = char == '&' && starts_entity(&link[at + 1..]);
        match char {
            '\\' | '(' | ')' | '<' | '>' | '*' => {
                written.push('\\');
                written.push(char);
            }
            _ if char.is_control() || char.is_whitespace() || entity => {
                let _ = write!(written, "&#{};", char as u32);
            }
            _ => written.push(char),
        }
    }
    written
}

/// Tells whether what follows a `&` makes it an entity.
fn starts_entity(rest: &str) -> bool {
    let name = rest.trim_start_matches(|char: char| char.is_ascii_alphanumeric());
    rest.starts_with('#') || (name.len() < rest.len() && name.starts_with(';'))
}

/// Undoes [`escape`] and [`escape_link`].
fn unescape(written: &str) -> Option<String> {
    let mut text = String::with_capacity(written.len());
    let mut rest = written;
    while let Some(char) = rest.chars().next() {
        if let Some(tail) = rest.strip_prefix("<br>") {
            text.push('\n');
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix("&#") {
            let (number, tail) = tail.split_once(';')?;
            text.push(char::from_u32(number.parse().ok()?)?);
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix('\\') {
            let escaped = tail.chars().next()?;
            text.push(escaped);
            rest = &tail[escaped.len_utf8()..];
        } else {
            text.push(char);
            rest = &rest[char.len_utf8()..];
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(by: &str, at: &str, link: &str, note: &str) -> Evidence {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Evidence {
            by: given(by),
            at: given(at).map(|at| at.parse().unwrap()),
            link: given(link),
            note: given(note),
        }
    }

    #[test]
    fn a_state_reads_as_a_sentence() {
        let at = "2026-11-22T10:40:00Z";
        let done = State::Done(evidence("ann", at, "https://ci.example/7", "all green"));
        assert_eq!(
            write(&done),
            "*(done by ann, 2026-11-22 10:40Z, [evidence](https://ci.example/7): all green)*"
        );
        let skipped = State::Skipped {
            reason: "no database here".to_owned(),
            evidence: evidence("ann", "", "", ""),
        };
        assert_eq!(write(&skipped), "*(skipped: no database here, by ann)*");
        let failed = State::Failed {
            reason: "timeout".to_owned(),
            evidence: evidence("ci", "", "", ""),
        };
        assert_eq!(write(&failed), "**(failed: timeout, by ci)**");
    }

    #[test]
    fn any_words_are_read_back_exactly() {
        let nasty = [
            ")*",
            ")** x",
            "a, by b: c",
            "- [x] y",
            "`code`",
            "two\nlines\r\n",
            " edges ",
            "\\",
            "&#32; &amp;",
            "a_b _c_",
            "*(done by eve)*",
            "tab\there",
            "<br>",
            "https://x.example/?a=1&b=(2)",
            ",",
            ":",
            "\u{0}",
            "-->",
            "é\u{2028}",
        ];
        for words in nasty {
            for state in [
                State::Done(evidence(words, "2026-11-22T10:40:07.5Z", words, words)),
                State::Done(evidence("", "", "", words)),
                State::Skipped {
                    reason: words.to_owned(),
                    evidence: evidence(words, "2026-11-22T10:40:07Z", words, words),
                },
                State::Failed {
                    reason: words.to_owned(),
                    evidence: evidence("", "", "", words),
                },
            ] {
                let written = write(&state);
                assert!(!written.contains('\n'), "{written}");
                let line = format!("Text with *(x)* in it {written} and more");
                let (range, read) = find(&line).unwrap();
                assert_eq!(read, state, "{written}");
                assert_eq!(&line[range], written);
            }
        }
    }

    #[test]
    fn other_words_in_brackets_are_no_status() {
        for line in [
            "do it *(soon)*",
            "*(done",
            "*(done well)*",
            "**(done)**",
            "*(failed: x)*",
        ] {
            assert_eq!(find(line), None, "{line}");
        }
    }
}
