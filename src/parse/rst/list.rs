//! Lists: bullets, enumerators, fields, options.
//!
//! ```text
//! bullet     = "-" | "+" | "*" | "•" | "‣" | "⁃"
//! enumerator = "(" ordinal ")" | ordinal ")" | ordinal "."
//! ordinal    = digits | letter | roman | "#"
//! field      = ":" name ":"            a colon within the name is escaped, or neither " " nor "`" follows it
//! option     = ( "-" | "+" ) alnum [ [ " " ] argument ] | ( "--" | "/" ) name [ ( " " | "=" ) argument ]
//! argument   = letter { alnum | "_" | "-" } | "<" text ">"
//! ```
//!
//! Each marker is followed by a blank or the end of the line; the last option by two blanks.

use crate::document::{
    Block, BlockKind, EnumeratedList, Field, ListItem, Numbering, OptionListItem,
};
use crate::source::Span;

use super::Parser;
use super::block::{Opening, opening};
use super::lines::{Head, Indented, View, is_blank_byte, skip_blanks};
use super::section::Flow;

/// The largest Roman numeral docutils reads.
const MAX_ROMAN: u32 = 4_999;

/// Returns the character of a bullet that `line` starts with.
pub(super) fn bullet(line: &str) -> Option<char> {
    let bullet = line.chars().next()?;
    let is_bullet = matches!(
        bullet,
        '-' | '+' | '*' | '\u{2022}' | '\u{2023}' | '\u{2043}'
    );
    let after = line.as_bytes().get(bullet.len_utf8());
    (is_bullet && after.is_none_or(|byte| is_blank_byte(*byte))).then_some(bullet)
}

/// What stands around an ordinal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `(1)`
    Parens,
    /// `1)`
    Paren,
    /// `1.`
    Period,
}

/// An enumerator: how it is set and the text of its ordinal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Enumerator<'t> {
    format: Format,
    ordinal: &'t str,
    length: usize,
}

/// Returns the enumerator that `line` starts with.
pub(super) fn enumerator(line: &str) -> Option<Enumerator<'_>> {
    let open = usize::from(line.starts_with('('));
    let rest = &line[open..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let length = if digits > 0 {
        digits
    } else if rest.starts_with('#') {
        1
    } else {
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let word = &rest[..letters];
        if letters != 1
            && !word.bytes().all(|byte| b"ivxlcdm".contains(&byte))
            && !word.bytes().all(|byte| b"IVXLCDM".contains(&byte))
        {
            return None;
        }
        letters
    };
    let format = match (open, rest.as_bytes().get(length)?) {
        (1, b')') => Format::Parens,
        (0, b')') => Format::Paren,
        (0, b'.') => Format::Period,
        _ => return None,
    };
    let end = open + length + 1;
    let after = line.as_bytes().get(end);
    (length > 0 && after.is_none_or(|byte| is_blank_byte(*byte))).then_some(Enumerator {
        format,
        ordinal: &rest[..length],
        length: end,
    })
}

/// How a list counts, `None` for the automatic `#`, and the number of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ordinal {
    numbering: Option<Numbering>,
    value: u32,
}

impl Enumerator<'_> {
    /// Reads the ordinal, first as `expected`; `None` where it is not a number of its kind.
    fn ordinal(&self, expected: Option<Numbering>) -> Option<Ordinal> {
        let text = self.ordinal;
        if text == "#" {
            return Some(Ordinal {
                numbering: None,
                value: 1,
            });
        }
        let numbering = match expected {
            Some(numbering) if suits(numbering, text) => numbering,
            None if text == "i" => Numbering::LowerRoman,
            None if text == "I" => Numbering::UpperRoman,
            _ => [
                Numbering::Arabic,
                Numbering::LowerAlpha,
                Numbering::UpperAlpha,
                Numbering::LowerRoman,
                Numbering::UpperRoman,
            ]
            .into_iter()
            .find(|numbering| suits(*numbering, text))?,
        };
        let value = match numbering {
            Numbering::Arabic => text.parse().unwrap_or(u32::MAX),
            Numbering::LowerAlpha => u32::from(text.as_bytes()[0] - b'a') + 1,
            Numbering::UpperAlpha => u32::from(text.as_bytes()[0] - b'A') + 1,
            Numbering::LowerRoman | Numbering::UpperRoman => from_roman(text)?,
        };
        Some(Ordinal {
            numbering: Some(numbering),
            value,
        })
    }
}

fn suits(numbering: Numbering, text: &str) -> bool {
    let bytes = text.as_bytes();
    match numbering {
        Numbering::Arabic => bytes.iter().all(u8::is_ascii_digit),
        Numbering::LowerAlpha => bytes.len() == 1 && bytes[0].is_ascii_lowercase(),
        Numbering::UpperAlpha => bytes.len() == 1 && bytes[0].is_ascii_uppercase(),
        Numbering::LowerRoman => bytes.iter().all(|byte| b"ivxlcdm".contains(byte)),
        Numbering::UpperRoman => bytes.iter().all(|byte| b"IVXLCDM".contains(byte)),
    }
}

const ROMAN: [(u32, &str); 13] = [
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
];

fn to_roman(mut value: u32) -> Option<String> {
    if !(1..=MAX_ROMAN).contains(&value) {
        return None;
    }
    let mut text = String::new();
    for (worth, numeral) in ROMAN {
        while value >= worth {
            text.push_str(numeral);
            value -= worth;
        }
    }
    Some(text)
}

fn from_roman(text: &str) -> Option<u32> {
    let text = text.to_ascii_lowercase();
    let mut rest = text.as_str();
    let mut value: u32 = 0;
    for (worth, numeral) in ROMAN {
        while let Some(after) = rest.strip_prefix(numeral) {
            rest = after;
            value = value.saturating_add(worth);
        }
    }
    // Only the one canonical spelling counts.
    (rest.is_empty() && to_roman(value).as_deref() == Some(&text)).then_some(value)
}

/// Returns how long the name of a field marker and the marker are.
pub(super) fn field_marker(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let is_marker = bytes.first() == Some(&b':')
        && bytes
            .get(1)
            .is_some_and(|byte| *byte != b':' && !is_blank_byte(*byte));
    if !is_marker {
        return None;
    }
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1 + line[at + 1..].chars().next().map_or(1, char::len_utf8),
            b':' if bytes.get(at + 1).is_none_or(|byte| is_blank_byte(*byte)) => {
                return (!is_blank_byte(bytes[at - 1])).then_some(at + 1);
            }
            b':' if bytes[at + 1] == b'`' => return None,
            _ => at += 1,
        }
    }
    None
}

/// Returns how long the options are that `line` starts with.
pub(super) fn option_marker(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let mut end = option(bytes, 0)?;
    loop {
        if bytes.get(end) == Some(&b',') && bytes.get(end + 1) == Some(&b' ') {
            end = option(bytes, end + 2)?;
        } else if end == bytes.len() {
            return Some(end);
        } else {
            let (after, column) = skip_blanks(line, end, bytes.len(), 0);
            // A tab may stand for a single blank, but then no text is aligned by it.
            return (after > end && column >= 2).then_some(end);
        }
    }
}

fn option(bytes: &[u8], at: usize) -> Option<usize> {
    let is_long = match bytes.get(at)? {
        b'-' => bytes.get(at + 1) == Some(&b'-'),
        b'+' => false,
        b'/' => true,
        _ => return None,
    };
    let name = at + if is_long && bytes[at] == b'-' { 2 } else { 1 };
    if !bytes.get(name).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let mut end = name + 1;
    if is_long {
        end += count(bytes, end, is_name_byte);
        if matches!(bytes.get(end), Some(b' ' | b'='))
            && let Some(argument) = argument(bytes, end + 1)
        {
            return Some(argument);
        }
        return Some(end);
    }
    let separated = end + usize::from(bytes.get(end) == Some(&b' '));
    Some(argument(bytes, separated).unwrap_or(end))
}

fn argument(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'<' => {
            let length = count(bytes, at + 1, |byte| !matches!(byte, b'<' | b'>'));
            let close = at + 1 + length;
            (length > 0 && bytes.get(close) == Some(&b'>')).then_some(close + 1)
        }
        byte if byte.is_ascii_alphabetic() => Some(at + count(bytes, at, is_name_byte)),
        _ => None,
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn count(bytes: &[u8], from: usize, is: impl Fn(u8) -> bool) -> usize {
    bytes
        .get(from..)
        .map_or(0, |rest| rest.iter().take_while(|byte| is(**byte)).count())
}

/// Returns the list that holds `items`.
pub(super) fn list_block(items: Vec<Block>, kind: impl FnOnce(Vec<Block>) -> BlockKind) -> Block {
    Block {
        span: span_of(&items),
        kind: kind(items),
    }
}

fn span_of(items: &[Block]) -> Span {
    match (items.first(), items.last()) {
        (Some(first), Some(last)) => first.span.join(last.span),
        _ => Span::default(),
    }
}

impl Parser<'_> {
    pub(super) fn bullet_list(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let Some(marker) = bullet(self.str(self.lines.row(view, at))) else {
            return self.text_block(view, at, flow);
        };
        let mut items = Vec::new();
        let mut item_at = at;
        let body = loop {
            let (item, body) = self.list_item(view, item_at, marker.len_utf8());
            items.push(item);
            let next = self.lines.skip_blank(view, body.next);
            if next >= view.end {
                break body;
            }
            let row = self.lines.row(view, next);
            if row.indent > 0 || bullet(self.str(row)) != Some(marker) {
                break body;
            }
            item_at = next;
        };
        flow.push(list_block(items, BlockKind::BulletList));
        if !body.blank_finish {
            self.no_blank_line(view, body.next, "bullet list");
        }
        body.next
    }

    pub(super) fn enumerated_list(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let line = self.str(self.lines.row(view, at));
        let Some((first, start)) =
            enumerator(line).and_then(|first| Some((first, first.ordinal(None)?)))
        else {
            return self.text_block(view, at, flow);
        };
        if !self.is_enumerated_item(view, at, first.format, start) {
            return self.text_block(view, at, flow);
        }
        let numbering = start.numbering.unwrap_or(Numbering::Arabic);
        let mut automatic = start.numbering.is_none();
        let mut last = start.value;
        let mut items = Vec::new();
        let (mut item_at, mut marker) = (at, first.length);
        let body = loop {
            let (item, body) = self.list_item(view, item_at, marker);
            items.push(item);
            let next = self.lines.skip_blank(view, body.next);
            if next >= view.end {
                break body;
            }
            let row = self.lines.row(view, next);
            let further = (row.indent == 0)
                .then(|| enumerator(self.str(row)))
                .flatten()
                .filter(|further| further.format == first.format)
                .and_then(|further| Some((further, further.ordinal(Some(numbering))?)));
            let Some((further, ordinal)) = further else {
                break body;
            };
            let continues = ordinal.numbering.is_none()
                || (ordinal.numbering == Some(numbering)
                    && !automatic
                    && last.checked_add(1) == Some(ordinal.value));
            if !continues || !self.is_enumerated_item(view, next, further.format, ordinal) {
                break body;
            }
            automatic |= ordinal.numbering.is_none();
            last = ordinal.value;
            (item_at, marker) = (next, further.length);
        };
        flow.push(list_block(items, |items| {
            BlockKind::EnumeratedList(Box::new(EnumeratedList {
                start: start.value,
                numbering,
                items,
            }))
        }));
        if !body.blank_finish {
            self.no_blank_line(view, body.next, "enumerated list");
        }
        body.next
    }

    /// Tells whether the line after an enumerator leaves it one: blank, indented, or the next item.
    fn is_enumerated_item(&self, view: &View, at: usize, format: Format, ordinal: Ordinal) -> bool {
        if self.lines.is_blank(view, at + 1) {
            return true;
        }
        let row = self.lines.row(view, at + 1);
        if row.indent > 0 || self.str(row).starts_with(char::is_whitespace) {
            return true;
        }
        let Some(next) = enumerator(self.str(row)).filter(|next| next.format == format) else {
            return false;
        };
        // The item's own text must follow on the same line.
        if next.length >= self.str(row).len() {
            return false;
        }
        let Some(value) = ordinal.value.checked_add(1) else {
            return false;
        };
        let expected = match ordinal.numbering {
            None => Some("#".to_owned()),
            Some(Numbering::Arabic) => Some(value.to_string()),
            Some(Numbering::LowerAlpha) => letter(value, b'a'),
            Some(Numbering::UpperAlpha) => letter(value, b'A'),
            Some(Numbering::LowerRoman) => to_roman(value),
            Some(Numbering::UpperRoman) => to_roman(value).map(|text| text.to_ascii_uppercase()),
        };
        expected.is_some_and(|expected| next.ordinal == expected || next.ordinal == "#")
    }

    /// Reads one item whose marker is `marker` bytes long.
    fn list_item(&mut self, view: &View, at: usize, marker: usize) -> (Block, Indented) {
        let row = self.lines.row(view, at);
        let head = self.head_after(view, at, marker);
        let least = (head.at < row.end).then(|| head.column - row.column);
        let body = self.lines.indented_after(view, head, least, false);
        let children = self.nested(&body.view);
        let span = self.item_span(view, at, &body);
        let item = Block {
            span,
            kind: BlockKind::ListItem(ListItem {
                task: None,
                children,
            }),
        };
        (item, body)
    }

    /// Returns where the text starts behind the first `marker` bytes of a line and the blanks there.
    pub(super) fn head_after(&self, view: &View, at: usize, marker: usize) -> Head {
        let row = self.lines.row(view, at);
        let after = row.start + marker;
        let column = super::lines::column_after(&self.text[row.start..after], row.column);
        let (at_text, column) = skip_blanks(self.text, after, row.end, column);
        Head {
            line: at,
            at: at_text,
            column,
        }
    }

    /// Returns the bytes from the line `at` to the end of `body`.
    pub(super) fn item_span(&self, view: &View, at: usize, body: &Indented) -> Span {
        let row = self.lines.row(view, at);
        let inner = self.lines.trim_end(body.view);
        let end = if inner.end > inner.first {
            self.lines.row(&inner, inner.end - 1).end
        } else {
            row.end
        };
        Span::new(row.start, end.max(row.end))
    }

    pub(super) fn field_list(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let mut fields = Vec::new();
        let mut field_at = at;
        let body = loop {
            let Some((field, body)) = self.field(view, field_at) else {
                return self.text_block(view, at, flow);
            };
            fields.push(field);
            let next = self.lines.skip_blank(view, body.next);
            if next >= view.end {
                break body;
            }
            let row = self.lines.row(view, next);
            if row.indent > 0 || opening(self.str(row)) != Opening::Field {
                break body;
            }
            field_at = next;
        };
        flow.push(list_block(fields, BlockKind::FieldList));
        if !body.blank_finish {
            self.no_blank_line(view, body.next, "field list");
        }
        body.next
    }

    fn field(&mut self, view: &View, at: usize) -> Option<(Block, Indented)> {
        let row = self.lines.row(view, at);
        let marker = field_marker(self.str(row))?;
        let name_view = View {
            head: Some(Head {
                line: at,
                at: row.start + 1,
                column: row.column + 1,
            }),
            ..*view
        };
        let name = self.inline_until(&name_view, at, at + 1, row.start + marker - 1);
        let head = self.head_after(view, at, marker);
        let body = self.lines.indented_after(view, head, None, false);
        let children = self.nested(&body.view);
        let field = Block {
            span: self.item_span(view, at, &body),
            kind: BlockKind::Field(Box::new(Field { name, children })),
        };
        Some((field, body))
    }

    pub(super) fn option_list(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        let mut items = Vec::new();
        let mut item_at = at;
        let mut last: Option<Indented> = None;
        while let Some((item, body)) = self.option_item(view, item_at) {
            items.push(item);
            last = Some(body);
            let next = self.lines.skip_blank(view, body.next);
            if next >= view.end {
                break;
            }
            let row = self.lines.row(view, next);
            if row.indent > 0 || opening(self.str(row)) != Opening::Option {
                break;
            }
            item_at = next;
        }
        let Some(body) = last else {
            return self.text_block(view, at, flow);
        };
        flow.push(list_block(items, BlockKind::OptionList));
        if !body.blank_finish {
            self.no_blank_line(view, body.next, "option list");
        }
        body.next
    }

    /// Reads one entry of an option list; `None` where no description follows the options.
    fn option_item(&mut self, view: &View, at: usize) -> Option<(Block, Indented)> {
        let row = self.lines.row(view, at);
        let line = self.str(row);
        let marker = option_marker(line)?;
        let head = self.head_after(view, at, marker);
        let body = self.lines.indented_after(view, head, None, false);
        if body.view.first >= body.view.end {
            return None;
        }
        let children = self.nested(&body.view);
        let item = Block {
            span: self.item_span(view, at, &body),
            kind: BlockKind::OptionListItem(Box::new(OptionListItem {
                options: line[..marker].into(),
                children,
            })),
        };
        Some((item, body))
    }
}

fn letter(value: u32, first: u8) -> Option<String> {
    let offset = u8::try_from(value.checked_sub(1)?).ok()?;
    (offset < 26).then(|| char::from(first + offset).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn romans_are_read_in_their_one_spelling() {
        assert_eq!(from_roman("xiv"), Some(14));
        assert_eq!(from_roman("MMXXVI"), Some(2026));
        assert_eq!(from_roman("iiii"), None);
        assert_eq!(to_roman(4_999).as_deref(), Some("mmmmcmxcix"));
    }

    #[test]
    fn an_ordinal_is_read_as_the_list_counts() {
        let c = enumerator("c. x").unwrap();
        assert_eq!(c.ordinal(None).unwrap().value, 3);
        assert_eq!(c.ordinal(Some(Numbering::LowerRoman)).unwrap().value, 100);
        assert!(enumerator("word. x").is_none());
    }

    #[test]
    fn a_field_name_may_hold_colons() {
        assert_eq!(field_marker(":a:b: c"), Some(5));
        assert_eq!(field_marker(":ref:`x`: y"), None);
        assert_eq!(field_marker(":a\\: b: c"), Some(7));
    }

    #[test]
    fn options_end_at_two_blanks() {
        assert_eq!(option_marker("-f FILE, --file=FILE  text"), Some(20));
        assert_eq!(option_marker("-f FILE text"), None);
        assert_eq!(option_marker("/V"), Some(2));
    }
}
