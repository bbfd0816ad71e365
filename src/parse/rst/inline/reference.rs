//! References inside running text: phrases, names, footnotes, and what they lead to.

use super::{Found, Scan, unescaped};
use crate::document::{Inline, InlineKind, Reference, ReferenceTarget, fold_whitespace};
use crate::parse::rst::punctuation::is_space;
use crate::parse::rst::uri;

impl Scan<'_> {
    /// Reads a phrase reference: the text shown, and the address or name embedded in it.
    pub(super) fn phrase(&self, start: usize, end: usize, marks: usize) -> InlineKind {
        let phrase = &self.text[start..end];
        let Some((shown, embedded)) = self.embedded(start, end) else {
            return InlineKind::Reference(Box::new(Reference {
                text: self.text_inside(start, end),
                target: target_of(&unescaped(phrase), marks),
            }));
        };
        let address = &self.text[embedded.0..embedded.1];
        let target = match address.strip_suffix('_') {
            Some(name) if !name.ends_with('\\') && uri::at_start(address).is_none() => {
                ReferenceTarget::Name(fold_whitespace(&unescaped(name)).into())
            }
            _ => ReferenceTarget::Uri(uri::link(joined_address(address))),
        };
        let text = if shown > start {
            self.text_inside(start, shown)
        } else {
            let shown = match &target {
                ReferenceTarget::Uri(_) => joined_address(address),
                ReferenceTarget::Name(name) => name.clone(),
                ReferenceTarget::Anonymous => Box::default(),
            };
            vec![Inline {
                span: self.span(embedded.0, embedded.1),
                kind: InlineKind::Text(shown),
            }]
        };
        InlineKind::Reference(Box::new(Reference { text, target }))
    }

    /// Returns where the shown text ends and the range of the address in `text <address>`.
    fn embedded(&self, start: usize, end: usize) -> Option<(usize, (usize, usize))> {
        let phrase = &self.text[start..end];
        let inner = phrase.strip_suffix('>')?;
        if self.is_escaped(end - 1) || inner.ends_with(is_space) {
            return None;
        }
        let mut open = inner.rfind(['<', '>'])?;
        while self.is_escaped(start + open) {
            open = inner[..open].rfind(['<', '>'])?;
        }
        let address = &inner[open + 1..];
        let before = inner[..open].trim_end_matches([' ', '\n']);
        let is_open = inner[open..].starts_with('<')
            && (open == 0 || before.len() < open)
            && !address.is_empty()
            && !address.starts_with(is_space);
        is_open.then_some((start + before.len(), (start + open + 1, end - 1)))
    }

    /// Reads `name_`, `name__` or `[label]_` at its first underscore.
    pub(super) fn reference(&self, at: usize) -> Found {
        let marks = self.reference_marks(at);
        let Some(before) = self.before(at).filter(|_| marks > 0 && at > self.origin) else {
            return Found::Nothing;
        };
        if before == ']' && marks == 1 {
            return self.footnote(at);
        }
        let Some(start) = self.reference_start(at) else {
            return Found::Nothing;
        };
        let name = &self.text[start..at];
        Found::Markup {
            start,
            end: at + marks,
            kind: InlineKind::Reference(Box::new(Reference {
                text: self.text_inside(start, at),
                target: target_of(name, marks),
            })),
        }
    }

    /// Returns the first place where a name that ends at `end` may start.
    fn reference_start(&self, end: usize) -> Option<usize> {
        let start = self.name_start(end);
        let mut at = start;
        for c in self.text[start..end].chars() {
            if is_word(c) && self.may_start(at) {
                return Some(at);
            }
            at += c.len_utf8();
        }
        None
    }

    fn footnote(&self, at: usize) -> Found {
        let close = at - 1;
        let name = self.name_start(close);
        let before = &self.text[self.origin..name];
        let is_labelled = name < close || before.ends_with('#');
        let sharp = usize::from(before.ends_with('#'));
        let open = before[..before.len() - sharp].strip_suffix('[');
        let Some(open) = open.map(|before| self.origin + before.len()) else {
            return Found::Nothing;
        };
        if !is_labelled || !self.may_start(open) {
            return Found::Nothing;
        }
        Found::Markup {
            start: open,
            end: at + 1,
            kind: InlineKind::FootnoteReference(self.text[open + 1..close].into()),
        }
    }

    /// Reads `[*]_` at its star.
    pub(super) fn symbol_footnote(&self, at: usize) -> Option<Found> {
        let is_symbol = self.text[self.origin..at].ends_with('[')
            && self.text[at..].starts_with("*]_")
            && self.may_start(at - 1)
            && self.may_end(at + 3);
        is_symbol.then(|| Found::Markup {
            start: at - 1,
            end: at + 3,
            kind: InlineKind::FootnoteReference("*".into()),
        })
    }

    /// Returns the end of the simple name at `start`; `start` where there is none.
    pub(super) fn name_end(&self, start: usize) -> usize {
        simple_name(&self.text[start..]) + start
    }

    /// Returns the start of the longest simple name that ends at `end`; `end` where there is none.
    pub(super) fn name_start(&self, end: usize) -> usize {
        let mut start = end;
        let mut joint = end;
        for (at, c) in self.text[self.origin..end].char_indices().rev() {
            let at = self.origin + at;
            if is_word(c) {
                start = at;
                joint = at;
            } else if is_joint(c) && joint == start && start < end {
                // A second joint in a row ends the name.
                joint = at;
            } else {
                break;
            }
        }
        start
    }
}

/// Returns how many bytes of `text` are a simple reference name.
pub(in crate::parse::rst) fn simple_name(text: &str) -> usize {
    let mut end = 0;
    let mut after_joint = true;
    for (at, c) in text.char_indices() {
        if is_word(c) {
            end = at + c.len_utf8();
            after_joint = false;
        } else if is_joint(c) && !after_joint {
            after_joint = true;
        } else {
            break;
        }
    }
    end
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric()
}

/// Tells whether `c` may stand alone between the letters of a simple name.
fn is_joint(c: char) -> bool {
    matches!(c, '-' | '.' | '_' | '+' | ':')
}

pub(super) fn target_of(name: &str, marks: usize) -> ReferenceTarget {
    if marks == 2 {
        ReferenceTarget::Anonymous
    } else {
        ReferenceTarget::Name(fold_whitespace(name).into())
    }
}

/// Returns an address without the white space in it, escapes resolved.
pub(in crate::parse::rst) fn joined_address(text: &str) -> Box<str> {
    let mut address = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => address.extend(chars.next().map(|c| if is_space(c) { ' ' } else { c })),
            c if is_space(c) => {}
            c => address.push(c),
        }
    }
    address.into()
}
