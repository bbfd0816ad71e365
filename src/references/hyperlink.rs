//! Reads a phrase that embeds an address or a name, as docutils does.
//!
//! ```text
//! phrase   = "`" text? "<" ( address | name "_" ) ">" "`" ( "_" | "__" )
//! ```
//!
//! The crate `rst_parser` decides what is an address, a name or neither. It wants one line, no
//! escapes and one `_`, so these are prepared here. It normalises addresses (`HTTP://X.Y` becomes
//! `http://x.y/`), so the address as written is what is kept. Where it fails, what the inline
//! scanner read stands. Names and bare addresses are not read again: where those end, the scanner has
//! to know by the same rules.

use document_tree::element_categories::{
    BodyElement, StructuralSubElement, SubStructure, TextOrInlineElement,
};
use document_tree::{ExtraAttributes, HasChildren};

use crate::document::{ReferenceTarget, fold_whitespace};

/// Stands for an escaped character while the crate reads: it must not see markup in it.
///
/// An escaped ASCII character is shifted to where no document has text (a private use area).
const ESCAPED: u32 = 0xF_0000;

/// How long a hyperlink may be to be read here, in bytes: the crate's time grows with it.
const MAX_LENGTH: usize = 2_000;

/// Returns what the phrase `written` leads to, `None` where it embeds nothing or the crate fails on it.
pub(super) fn decode(written: &str) -> Option<ReferenceTarget> {
    if written.len() > MAX_LENGTH || !written.starts_with('`') || !written.contains('<') {
        return None;
    }
    let prepared = prepare(written)?;
    let document = rst_parser::parse_only(&format!("{prepared}\n")).ok()?;
    let [StructuralSubElement::SubStructure(part)] = document.children().as_slice() else {
        return None;
    };
    let SubStructure::BodyElement(body) = &**part else {
        return None;
    };
    let BodyElement::Paragraph(paragraph) = &**body else {
        return None;
    };
    let [TextOrInlineElement::Reference(reference)] = paragraph.children().as_slice() else {
        return None;
    };
    let found = reference.extra();
    if found.refuri.is_some() {
        let address = restore(embedded(&prepared)?);
        let scheme = if is_mail(&address) { "mailto:" } else { "" };
        return Some(ReferenceTarget::Uri(format!("{scheme}{address}").into()));
    }
    let name = found.refname.first()?;
    Some(ReferenceTarget::Name(
        fold_whitespace(&restore(&name.0)).into(),
    ))
}

/// Tells whether an address without a scheme is that of a mailbox.
fn is_mail(address: &str) -> bool {
    let is_part = |part: &str| {
        let mut words = part.split('.');
        words.all(|word| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_alphanumeric() || "-_+".contains(c))
        })
    };
    address
        .split_once('@')
        .is_some_and(|(name, host)| is_part(name) && is_part(host))
}

/// Returns the hyperlink as the crate wants it, `None` where its grammar would not be sure to end well.
fn prepare(written: &str) -> Option<String> {
    let line = fold_whitespace(&hide_escapes(written));
    // The crate takes `[a](b)` for a link of its own kind and gives up on it.
    if line.contains("](") {
        return None;
    }
    let inner = line.strip_prefix('`')?;
    let inner = inner
        .strip_suffix("`__")
        .or_else(|| inner.strip_suffix("`_"))?;
    let (text, address) = inner.strip_suffix('>')?.rsplit_once('<')?;
    if inner.contains('`') {
        return None;
    }
    if text.contains('<') || address.contains('>') {
        return None;
    }
    // An address may be broken over lines, a name has its blanks.
    let address = match address.ends_with('_') {
        true => address.to_owned(),
        false => address.split(' ').collect(),
    };
    Some(format!("`{text}<{address}>`_"))
}

fn embedded(prepared: &str) -> Option<&str> {
    let inner = prepared.strip_prefix('`')?.strip_suffix(">`_")?;
    Some(inner.rsplit_once('<')?.1)
}

/// Returns `text` with each escaped character out of the way; an escaped blank joins its neighbours.
fn hide_escapes(text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            hidden.push(c);
            continue;
        }
        match chars.next() {
            Some(c) if c.is_ascii_punctuation() => {
                hidden.extend(char::from_u32(ESCAPED + u32::from(c)));
            }
            Some(c) if !c.is_whitespace() => hidden.push(c),
            _ => {}
        }
    }
    hidden
}

fn restore(text: &str) -> String {
    text.chars()
        .map(|c| match u32::from(c).checked_sub(ESCAPED) {
            Some(ascii @ 0..=0x7F) => char::from_u32(ascii).unwrap_or(c),
            _ => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn uri(written: &str) -> Option<String> {
        match decode(written)? {
            ReferenceTarget::Uri(uri) => Some(uri.into()),
            ReferenceTarget::Name(_) | ReferenceTarget::Anonymous => None,
        }
    }

    #[test]
    fn embedded_addresses_are_kept_as_written() {
        assert_eq!(
            uri("`the page <HTTP://Ex.Org>`_").as_deref(),
            Some("HTTP://Ex.Org")
        );
        assert_eq!(
            uri("`a b <https://ex.org/a/\n   b>`__").as_deref(),
            Some("https://ex.org/a/b")
        );
        assert_eq!(uri("`<../up/a.html>`_").as_deref(), Some("../up/a.html"));
        assert_eq!(uri(r"`x <under\_>`_").as_deref(), Some("under_"));
        assert_eq!(
            uri("`Ann <ann.b@ex.org>`_").as_deref(),
            Some("mailto:ann.b@ex.org")
        );
    }

    #[test]
    fn names_lead_to_targets() {
        let name = |text: &str| Some(ReferenceTarget::Name(text.into()));
        assert_eq!(decode("`the  page <Other\n page_>`_"), name("Other page"));
    }

    #[test]
    fn what_the_crate_cannot_read_is_left() {
        for written in [
            "``_",
            "a_",
            "`a`_",
            "`a`b <c>`_",
            "`[a](b) <c>`_",
            "`a <b> c`_",
            "`<>`_",
            "",
        ] {
            assert_eq!(decode(written), None, "{written}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r"`[ a-c<>:/.@_`\\\[\]()|*\n-]{0,30}(<[a:/. _]{0,5}>)?`__?") {
            decode(&text);
        }
    }
}
