//! Takes references out of running text, so that what is left reads as if they had never been there.
//!
//! ```text
//! group     := ref (joint ref)*            refs with nothing but these between them
//! joint     := [","] [" and " | " or " | " & "] | "/" | ";" | " "
//! bracketed := "(" [word word word] group ")"
//! ```
//!
//! A group that loses some references keeps the joints between the others, its last joint before the last one.
//! A group that loses all goes with its brackets and the blank before them.

use super::Fate;
use crate::document::{Inline, InlineKind};

/// Takes out of `text` what `fate_of` gives to others.
pub(super) fn choose(text: &mut Vec<Inline>, fate_of: &mut impl FnMut(&Inline) -> Fate) {
    for inline in text.iter_mut() {
        if let Some(inner) = inline.inner_mut()
            && !inner.is_empty()
        {
            choose(inner, fate_of);
        }
    }
    let fates: Vec<Fate> = text.iter().map(&mut *fate_of).collect();
    if !fates.contains(&Fate::Other) {
        return;
    }
    let mut out: Vec<Inline> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if fates[at] == Fate::Common {
            out.push(text[at].clone());
            at += 1;
            continue;
        }
        let end = group_end(text, &fates, at);
        let kept: Vec<usize> = (at..end).filter(|&at| fates[at] == Fate::Chosen).collect();
        let joints: Vec<usize> = (at..end).filter(|&at| fates[at] == Fate::Common).collect();
        for (nth, &keep) in kept.iter().enumerate() {
            if nth > 0 {
                let joint = if nth + 1 == kept.len() {
                    joints.last()
                } else {
                    joints.first()
                };
                out.extend(joint.map(|&joint| text[joint].clone()));
            }
            out.push(text[keep].clone());
        }
        at = end;
        if kept.is_empty() {
            at = close(&mut out, text, at);
        }
    }
    out.retain(|inline| !matches!(&inline.kind, InlineKind::Text(text) if text.is_empty()));
    *text = out;
}

/// Returns where the group ends that starts at `start`.
fn group_end(text: &[Inline], fates: &[Fate], start: usize) -> usize {
    let mut end = start + 1;
    while end < text.len() {
        if fates[end] != Fate::Common {
            end += 1;
        } else if end + 1 < text.len() && fates[end + 1] != Fate::Common && is_joint(&text[end]) {
            end += 2;
        } else {
            break;
        }
    }
    end
}

fn is_joint(inline: &Inline) -> bool {
    let InlineKind::Text(text) = &inline.kind else {
        return false;
    };
    let rest = text.trim().trim_start_matches([',', ';', '/', '|']).trim();
    matches!(rest, "" | "and" | "or" | "&" | "and/or")
}

/// Closes the gap that a group left which is gone altogether; returns where to go on.
fn close(out: &mut [Inline], text: &mut [Inline], at: usize) -> usize {
    let Some(InlineKind::Text(before)) = out.last().map(|inline| inline.kind.clone()) else {
        return at;
    };
    let after = match text.get(at).map(|inline| &inline.kind) {
        Some(InlineKind::Text(after)) => after.to_string(),
        _ => String::new(),
    };
    let opened = before.rfind(['(', '[']).filter(|&open| {
        let inside = before[open + 1..].trim();
        inside.split_whitespace().count() <= 3 && !inside.contains([')', ']'])
    });
    let (before, after) = match (opened, after.trim_start().chars().next()) {
        (Some(open), Some(')' | ']')) => (
            before[..open].trim_end().to_owned(),
            after.trim_start()[1..].to_owned(),
        ),
        _ => (without_joint(&before), after),
    };
    // A full stop or comma moves up to the word before.
    let before = if after.starts_with(['.', ',', ';', ':']) {
        before.trim_end().to_owned()
    } else {
        before
    };
    let after = if before.ends_with(' ') || before.is_empty() {
        after.trim_start().to_owned()
    } else {
        after
    };
    if let Some(last) = out.last_mut() {
        last.kind = InlineKind::Text(before.into());
    }
    if let Some(next) = text.get_mut(at)
        && matches!(next.kind, InlineKind::Text(_))
    {
        next.kind = InlineKind::Text(after.into());
    }
    at
}

/// Returns `before` without the comma or the word that joined it to what is gone.
fn without_joint(before: &str) -> String {
    let mut rest = before.trim_end();
    for word in [" and", " or", " see", " &", ","] {
        if let Some(shorter) = rest.strip_suffix(word) {
            rest = shorter.trim_end_matches(',').trim_end();
            return format!("{rest} ");
        }
    }
    rest = before;
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Role, plain_text};
    use crate::source::Span;

    /// Words between stars are references: capital ones are chosen, others not.
    fn chosen(text: &str) -> String {
        let mut inlines: Vec<Inline> = text
            .split('*')
            .enumerate()
            .filter(|(_, piece)| !piece.is_empty())
            .map(|(at, piece)| {
                let kind = if at % 2 == 1 {
                    InlineKind::Role(Box::new(Role {
                        name: "ref".into(),
                        text: piece.into(),
                        target: piece.into(),
                        uri: None,
                    }))
                } else {
                    InlineKind::Text(piece.into())
                };
                Inline {
                    span: Span::default(),
                    kind,
                }
            })
            .collect();
        choose(&mut inlines, &mut |inline| match &inline.kind {
            InlineKind::Role(role) if role.text.starts_with(char::is_uppercase) => Fate::Chosen,
            InlineKind::Role(_) => Fate::Other,
            _ => Fate::Common,
        });
        plain_text(&inlines)
    }

    #[test]
    fn nothing_is_left_of_what_goes() {
        assert_eq!(chosen("Log in (*A*, *b*)."), "Log in (A).");
        assert_eq!(chosen("Log in (*b*, *A*) now."), "Log in (A) now.");
        assert_eq!(chosen("Log in (*b*)."), "Log in.");
        assert_eq!(chosen("Log in (see *b*): wait"), "Log in: wait");
        assert_eq!(chosen("Log in: (*b*)"), "Log in:");
        assert_eq!(chosen("Ask *A*, *b* and *C*."), "Ask A and C.");
        assert_eq!(chosen("Ask *A* or *b*."), "Ask A.");
        assert_eq!(chosen("Run it (*b*) or stop."), "Run it or stop.");
        assert_eq!(chosen("Run it, *b*."), "Run it.");
        assert_eq!(
            chosen("Execute the following (*b*, *c*): go"),
            "Execute the following: go"
        );
        assert_eq!(chosen("Nothing here"), "Nothing here");
    }
}
