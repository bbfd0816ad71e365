//! Inline markup, by docutils' recognition rules.
//!
//! ```text
//! emphasis  = "*" text "*"          strong = "**" text "**"      literal = "``" text "``"
//! role      = [ ":" name ":" ] "`" text "`" [ ":" name ":" ]     phrase  = "`" text "`" ( "_" | "__" )
//! target    = "_`" text "`"         substitution = "|" text "|" [ "_" | "__" ]
//! reference = name ( "_" | "__" )   footnote = "[" ( digits | "#" [ name ] | "*" | name ) "]_"
//! name      = alnum { alnum | one of - . _ + : between alnums }
//! ```
//!
//! A start-string stands behind white space or punctuation that opens, before something that is not
//! white space, and not between a pair of quotes; an end-string the other way round. A backslash
//! takes away the next character's meaning; before white space it joins.
//!
//! The scanner goes over the text once. A search for an end-string that failed is not made again: the
//! text behind a later start-string is a part of the one already searched. So a text full of
//! start-strings that nothing closes costs no more than any other.

use memchr::{memchr, memchr3, memmem};

use crate::document::{Inline, InlineKind, Reference, ReferenceTarget};
use crate::source::Span;

use super::punctuation::{is_pair, is_space, may_stand_after, may_stand_before};
use super::role::role;
use super::uri;

mod reference;

use reference::target_of;
pub(super) use reference::{joined_address, simple_name};

/// The lines of one piece of running text, and where they stand in the source.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// The lines joined by `\n`; not used while they are one unbroken piece of the source.
    joined: String,
    /// Where a line starts in `joined`, and in the source.
    lines: Vec<(usize, usize)>,
    /// The bytes of the source, while they are one piece.
    direct: Option<(usize, usize)>,
}

impl Running {
    pub(super) fn clear(&mut self) {
        self.joined.clear();
        self.lines.clear();
        self.direct = None;
    }

    /// Adds the line at `start..end` of the source.
    pub(super) fn push_line(&mut self, source: &str, start: usize, end: usize) {
        if self.lines.is_empty() {
            match self.direct {
                None => {
                    self.direct = Some((start, end));
                    return;
                }
                Some((from, to))
                    if start == to + 1 && source.as_bytes().get(to) == Some(&b'\n') =>
                {
                    self.direct = Some((from, end));
                    return;
                }
                Some((from, to)) => self.join(source, from, to),
            }
        }
        self.joined.push('\n');
        self.join(source, start, end);
    }

    fn join(&mut self, source: &str, start: usize, end: usize) {
        self.lines.push((self.joined.len(), start));
        self.joined
            .push_str(source.get(start..end).unwrap_or_default());
    }

    /// Reads the lines pushed.
    pub(super) fn inlines(&self, source: &str) -> Vec<Inline> {
        if self.lines.is_empty() {
            let (start, end) = self.direct.unwrap_or_default();
            let text = source.get(start..end).unwrap_or_default();
            Scan::new(text, &[(0, start)]).run()
        } else {
            Scan::new(&self.joined, &self.lines).run()
        }
    }
}

/// What stands at a character that may start or end inline markup.
enum Found {
    /// Nothing.
    Nothing,
    /// A start-string between quotes, which is none; markup may follow it directly.
    Quoted { end: usize },
    /// A start-string that nothing closes; markup may follow it directly.
    Unclosed { start: usize, end: usize },
    /// Inline markup.
    Markup {
        start: usize,
        end: usize,
        kind: InlineKind,
    },
}

/// The end-strings that are searched for.
#[derive(Clone, Copy)]
enum End {
    Emphasis,
    Strong,
    Literal,
    Interpreted,
    Target,
    Substitution,
}

/// What stands behind a closing backquote.
struct Suffix {
    /// The range of a role's name.
    role: Option<(usize, usize)>,
    /// How many underscores.
    marks: usize,
    end: usize,
}

struct Scan<'t> {
    text: &'t str,
    lines: &'t [(usize, usize)],
    out: Vec<Inline>,
    /// Where the plain text starts that is not in `out` yet.
    plain: usize,
    /// Where the text starts in which addresses have not been looked for yet.
    unsearched: usize,
    /// Where the last construct ended: markup may start here whatever stands before.
    origin: usize,
    /// From where on an end-string is known to be missing, by kind.
    missing: [usize; 6],
}

impl<'t> Scan<'t> {
    fn new(text: &'t str, lines: &'t [(usize, usize)]) -> Self {
        Self {
            text,
            lines,
            out: Vec::new(),
            plain: 0,
            unsearched: 0,
            origin: 0,
            missing: [usize::MAX; 6],
        }
    }

    fn run(mut self) -> Vec<Inline> {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        let mut underscore = memchr(b'_', bytes);
        let mut other = memchr3(b'*', b'`', b'|', bytes);
        loop {
            if underscore.is_some_and(|found| found < at) {
                underscore = memchr(b'_', &bytes[at..]).map(|found| at + found);
            }
            if other.is_some_and(|found| found < at) {
                other = memchr3(b'*', b'`', b'|', &bytes[at..]).map(|found| at + found);
            }
            let next = match (underscore, other) {
                (None, None) => break,
                (Some(one), Some(two)) => one.min(two),
                (one, two) => one.or(two).unwrap_or_default(),
            };
            at = match self.at(next) {
                Found::Nothing => next + 1,
                Found::Quoted { end } => {
                    self.origin = end;
                    end
                }
                Found::Unclosed { start, end } => {
                    // An address may stand directly before it or behind it.
                    self.push_addresses(start);
                    self.unsearched = end;
                    self.origin = end;
                    end
                }
                Found::Markup { start, end, kind } => {
                    self.push_plain(start);
                    let span = self.span(start, end);
                    self.push(Inline { span, kind });
                    self.plain = end;
                    self.unsearched = end;
                    self.origin = end;
                    end
                }
            };
        }
        self.push_plain(self.text.len());
        self.out
    }

    fn push(&mut self, inline: Inline) {
        if self.out.capacity() == 0 {
            self.out.reserve_exact(1);
        }
        self.out.push(inline);
    }

    /// Adds the text up to `end`, which holds no markup of its own.
    fn push_plain(&mut self, end: usize) {
        self.push_addresses(end);
        self.push_text(self.plain, end);
        self.plain = end;
    }

    /// Adds the addresses up to `end`, and the text before each of them.
    fn push_addresses(&mut self, end: usize) {
        while self.unsearched < end
            && let Some(address) = uri::find(&self.text[self.unsearched..end])
        {
            let start = self.unsearched + address.start;
            let stop = self.unsearched + address.end;
            self.push_text(self.plain, start);
            let text = unescaped(&self.text[start..stop]);
            let uri = if address.is_email {
                format!("mailto:{text}").into()
            } else {
                text
            };
            let kind = InlineKind::Reference(Box::new(Reference {
                text: self.text_inside(start, stop),
                target: ReferenceTarget::Uri(uri),
            }));
            let span = self.span(start, stop);
            self.push(Inline { span, kind });
            self.plain = stop;
            self.unsearched = stop;
        }
    }

    fn push_text(&mut self, start: usize, end: usize) {
        if start >= end {
            return;
        }
        let kind = InlineKind::Text(unescaped(&self.text[start..end]));
        let span = self.span(start, end);
        self.push(Inline { span, kind });
    }

    /// Returns where `start..end` stands in the source.
    fn span(&self, start: usize, end: usize) -> Span {
        let place = |at: usize| {
            let line = self.lines.partition_point(|(joined, _)| *joined <= at);
            let (joined, source) = self.lines[line.saturating_sub(1)];
            source + (at - joined)
        };
        // The end is mapped through the last byte: behind it may stand the next line. A line end is where the
        // line's text ends, whatever white space the source has there.
        let last = match self.text.as_bytes().get(start..end).and_then(<[u8]>::last) {
            Some(b'\n') => place(end - 1),
            Some(_) => place(end - 1) + 1,
            None => place(end),
        };
        Span::new(place(start), last)
    }

    fn at(&mut self, at: usize) -> Found {
        let rest = &self.text[at..];
        match rest.as_bytes()[0] {
            b'*' => {
                if let Some(found) = self.symbol_footnote(at) {
                    return found;
                }
                if rest.starts_with("**") {
                    self.quoted(at, 2, End::Strong)
                } else {
                    self.quoted(at, 1, End::Emphasis)
                }
            }
            b'`' if rest.starts_with("``") => self.quoted(at, 2, End::Literal),
            b'`' => self.interpreted(at),
            b'|' if rest.starts_with("||") => Found::Nothing,
            b'|' => self.quoted(at, 1, End::Substitution),
            _ if rest.starts_with("_`") && self.may_start(at) && self.is_text_at(at + 2) => {
                self.quoted(at, 2, End::Target)
            }
            _ => self.reference(at),
        }
    }

    fn before(&self, at: usize) -> Option<char> {
        self.text[..at].chars().next_back()
    }

    fn after(&self, at: usize) -> Option<char> {
        self.text[at..].chars().next()
    }

    /// Tells whether inline markup may start at `at`.
    fn may_start(&self, at: usize) -> bool {
        at == self.origin || self.before(at).is_none_or(may_stand_before)
    }

    /// Tells whether inline markup may end at `at`.
    fn may_end(&self, at: usize) -> bool {
        self.after(at).is_none_or(may_stand_after)
    }

    /// Tells whether no white space stands at `at`.
    fn is_text_at(&self, at: usize) -> bool {
        self.after(at).is_none_or(|c| !is_space(c))
    }

    /// Tells whether the character at `at` is taken by a backslash before it.
    fn is_escaped(&self, at: usize) -> bool {
        let before = &self.text.as_bytes()[..at];
        let slashes = before.iter().rev().take_while(|byte| **byte == b'\\');
        slashes.count() % 2 == 1
    }

    /// Tells whether the start-string at `start..end` stands between quotes, or at the end.
    fn is_quoted(&self, start: usize, end: usize) -> bool {
        let Some(after) = self.after(end) else {
            return start != self.origin;
        };
        start != self.origin
            && self
                .before(start)
                .is_some_and(|before| is_pair(before, after))
    }

    /// Reads markup that starts with a start-string of `length` bytes.
    fn quoted(&mut self, at: usize, length: usize, end: End) -> Found {
        let inner = at + length;
        if !self.may_start(at) || !self.is_text_at(inner) {
            return Found::Nothing;
        }
        if self.is_quoted(at, inner) {
            return Found::Quoted { end: inner };
        }
        let Some(close) = self.find_end(inner, end).filter(|close| *close > inner) else {
            return Found::Unclosed {
                start: at,
                end: inner,
            };
        };
        let text = &self.text[inner..close];
        let mut stop = close + length;
        let kind = match end {
            End::Emphasis => InlineKind::Emphasis(self.text_inside(inner, close)),
            End::Strong => InlineKind::Strong(self.text_inside(inner, close)),
            End::Literal => InlineKind::Literal(text.into()),
            End::Target | End::Interpreted => {
                stop = close + 1;
                InlineKind::Target(unescaped(text))
            }
            End::Substitution => {
                let name = InlineKind::Substitution(unescaped(text));
                let marks = self.reference_marks(close + 1);
                stop = close + 1 + marks;
                if marks == 0 {
                    name
                } else {
                    let inside = Inline {
                        span: self.span(at, close + 1),
                        kind: name,
                    };
                    let target = target_of(&unescaped(text), marks);
                    InlineKind::Reference(Box::new(Reference {
                        text: vec![inside],
                        target,
                    }))
                }
            }
        };
        Found::Markup {
            start: at,
            end: stop,
            kind,
        }
    }

    fn text_inside(&self, start: usize, end: usize) -> Vec<Inline> {
        vec![Inline {
            span: self.span(start, end),
            kind: InlineKind::Text(unescaped(&self.text[start..end])),
        }]
    }

    /// Returns how many of the underscores at `at` make a reference: those that may end markup.
    fn reference_marks(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        if rest.starts_with("__") && self.may_end(at + 2) {
            2
        } else {
            usize::from(rest.starts_with('_') && self.may_end(at + 1))
        }
    }

    /// Returns where the end-string starts that closes what starts before `from`.
    fn find_end(&mut self, from: usize, end: End) -> Option<usize> {
        if from >= self.missing[end as usize] {
            return None;
        }
        let needle = match end {
            End::Emphasis => "*",
            End::Strong => "**",
            End::Literal => "``",
            End::Interpreted | End::Target => "`",
            End::Substitution => "|",
        };
        let mut at = from;
        while let Some(found) = memmem::find(&self.text.as_bytes()[at..], needle.as_bytes()) {
            let close = at + found;
            if self.is_end(close, from, end) {
                return Some(close);
            }
            at = close + 1;
        }
        self.missing[end as usize] = from;
        None
    }

    fn is_end(&self, close: usize, from: usize, end: End) -> bool {
        let before = if close == from {
            None
        } else {
            self.before(close)
        };
        let behind_text = match end {
            End::Literal => before.is_none_or(|c| !is_space(c)),
            End::Interpreted => before.is_none_or(|c| {
                !self.is_escaped(close) && (!is_space(c) || self.is_escaped(close - c.len_utf8()))
            }),
            _ => before.is_none_or(|c| !is_space(c) && !self.is_escaped(close)),
        };
        behind_text
            && match end {
                End::Emphasis | End::Target => self.may_end(close + 1),
                End::Strong | End::Literal => self.may_end(close + 2),
                End::Substitution => self.reference_marks(close + 1) > 0 || self.may_end(close + 1),
                End::Interpreted => self.suffix(close + 1).is_some(),
            }
    }

    /// Reads what may follow the closing backquote: a role and underscores.
    fn suffix(&self, at: usize) -> Option<Suffix> {
        if self.text[at..].starts_with(':') {
            let name = at + 1;
            let end = self.name_end(name);
            if end > name && self.text[end..].starts_with(':') {
                let marks = self.reference_marks(end + 1);
                if marks > 0 || self.may_end(end + 1) {
                    return Some(Suffix {
                        role: Some((name, end)),
                        marks,
                        end: end + 1 + marks,
                    });
                }
            }
        }
        let marks = self.reference_marks(at);
        (marks > 0 || self.may_end(at)).then_some(Suffix {
            role: None,
            marks,
            end: at + marks,
        })
    }

    /// Reads interpreted text or a phrase reference at a single backquote.
    fn interpreted(&mut self, at: usize) -> Found {
        let inner = at + 1;
        if !self.is_text_at(inner) {
            return Found::Nothing;
        }
        let prefix = self.role_before(at);
        if prefix.is_none() {
            if !self.may_start(at) {
                return Found::Nothing;
            }
            if self.is_quoted(at, inner) {
                return Found::Quoted { end: inner };
            }
        }
        let start = prefix.map_or(at, |(start, _)| start);
        let Some(close) = self
            .find_end(inner, End::Interpreted)
            .filter(|close| *close > inner)
        else {
            return Found::Unclosed {
                start: at,
                end: inner,
            };
        };
        let Some(Suffix {
            role: suffix,
            marks,
            end,
        }) = self.suffix(close + 1)
        else {
            return Found::Unclosed {
                start: at,
                end: inner,
            };
        };
        let name = match (prefix, suffix) {
            (Some((_, name)), None) | (None, Some(name)) => Some(name),
            _ => None,
        };
        let text = &self.text[inner..close];
        let is_mismatch = (prefix.is_some() && suffix.is_some()) || (name.is_some() && marks > 0);
        let kind = if is_mismatch {
            // Two roles, or a role on a reference: nothing of it counts, not even its escapes.
            InlineKind::Text(self.text[start..end].into())
        } else if marks > 0 {
            self.phrase(inner, close, marks)
        } else {
            let name = name.map_or("", |(from, to)| &self.text[from..to]);
            InlineKind::Role(Box::new(role(name, &unescaped(text))))
        };
        Found::Markup { start, end, kind }
    }

    /// Returns the start of a role before the backquote at `at`, and the range of its name.
    fn role_before(&self, at: usize) -> Option<(usize, (usize, usize))> {
        let before = &self.text[self.origin..at];
        let before = before.strip_suffix(':')?;
        let end = self.origin + before.len();
        let start = self.name_start(end);
        let colon = start.checked_sub(1).filter(|colon| *colon >= self.origin)?;
        (start < end && self.text.as_bytes()[colon] == b':' && self.may_start(colon))
            .then_some((colon, (start, end)))
    }
}

/// Returns `text` with its escapes resolved: a backslash goes, and white space behind it.
pub(super) fn unescaped(text: &str) -> Box<str> {
    if memchr(b'\\', text.as_bytes()).is_none() {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            plain.extend(
                chars
                    .next()
                    .filter(|c| !matches!(c, ' ' | '\n' | '\x0b' | '\x0c')),
            );
        } else {
            plain.push(c);
        }
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::plain_text;

    fn scan(text: &str) -> Vec<Inline> {
        Scan::new(text, &[(0, 0)]).run()
    }

    /// The pieces of `text` that are markup, as they stand in it.
    fn markup(text: &str) -> Vec<&str> {
        scan(text)
            .iter()
            .filter(|inline| !matches!(inline.kind, InlineKind::Text(_)))
            .map(|inline| &text[inline.span.range()])
            .collect()
    }

    #[test]
    fn markup_starts_behind_openers_and_ends_before_closers() {
        assert_eq!(markup("(*a*), **b**: ``c``."), ["*a*", "**b**", "``c``"]);
        assert!(markup("2*3*4, \"*\", * a, \\*b*").is_empty());
        assert_eq!(markup("re\\ *a*\\ b"), ["*a*"]);
    }

    #[test]
    fn a_role_stands_before_or_behind_its_text() {
        assert_eq!(markup(":a:b:`c` `d`:e: `f`"), [":a:b:`c`", "`d`:e:", "`f`"]);
        assert!(markup("x:a:`b`").iter().eq(["`b`"].iter()));
    }

    #[test]
    fn names_labels_and_phrases_are_references() {
        assert_eq!(
            markup("a-b_, c__ [1]_ [#x]_ [*]_ __init__"),
            ["a-b_", "c__", "[1]_", "[#x]_", "[*]_"]
        );
        let reference = scan("`the page <https://a.b/\nc>`_");
        let InlineKind::Reference(reference) = &reference[0].kind else {
            panic!("{reference:?}");
        };
        assert_eq!(plain_text(&reference.text), "the page");
        assert_eq!(
            reference.target,
            ReferenceTarget::Uri("https://a.b/c".into())
        );
    }

    #[test]
    fn spans_lead_through_joined_lines() {
        let source = "  one *two\n  three* four";
        let mut running = Running::default();
        running.push_line(source, 2, 10);
        running.push_line(source, 13, 24);
        let inlines = running.inlines(source);
        assert_eq!(&source[inlines[1].span.range()], "*two\n  three*");
        assert_eq!(plain_text(&inlines), "one two three four");
    }
}
