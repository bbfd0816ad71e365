//! Running text as one line of Markdown.

use crate::document::{Image, Inline, InlineKind, ReferenceTarget, fold_whitespace, plain_text};
use crate::procedure::Setting;
use crate::render::address::{is_absolute, is_email, next_address};
use crate::render::escape::{self, Around};
use crate::render::role::{Look, look};
use crate::render::typed::is_typed;

/// A piece of a line, its neighbours of the same kind joined.
///
/// What is needed next to each other is known only then: whether a `*` can open depends on both of its neighbours.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Code(String),
    Styled(Style, Vec<Piece>),
    Link { text: Vec<Piece>, uri: String },
    Image { alt: String, uri: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Emphasis,
    Strong,
    Strikethrough,
}

/// Returns running text as one line of Markdown, without blanks at its ends.
pub(crate) fn line(inlines: &[Inline]) -> String {
    write_line(&pieces(inlines), false)
}

/// Returns running text as one line of a table's cell.
pub(super) fn cell_line(inlines: &[Inline]) -> String {
    write_line(&pieces(inlines), true)
}

/// Returns a setting's text as one line, where `name = value` is one piece of code.
///
/// Where the author's words are not `name`, an equals sign and the value, they stay as they are.
pub(super) fn setting_line(inlines: &[Inline], setting: &Setting) -> String {
    let mut pieces = pieces(inlines);
    if let Some(value) = &setting.value {
        join_assignment(&mut pieces, &setting.name, value);
    }
    write_line(&pieces, false)
}

/// Returns a picture, or what stands for it where it cannot be reached from everywhere.
pub(super) fn picture(image: &Image) -> String {
    if is_absolute(&image.uri) {
        format!(
            "![{}]({})",
            plain(&image.alt).replace(']', "\\]"),
            escape::destination(&image.uri)
        )
    } else {
        plain(&image.alt)
    }
}

/// Returns plain text as Markdown that reads like it.
pub(super) fn plain(text: &str) -> String {
    write_line(&[Piece::Text(text.to_owned())], false)
}

fn write_line(pieces: &[Piece], in_cell: bool) -> String {
    let dollars: usize = pieces
        .iter()
        .map(|piece| piece.visible().matches('$').count())
        .sum();
    let mut writer = Writer {
        formula: dollars > 1,
        in_cell,
        ..Writer::default()
    };
    writer.pieces(pieces, None, 0);
    let end = writer.out.trim_end().len();
    writer.out.truncate(end);
    writer.out
}

/// Replaces `name`, an equals sign and `value` by one code piece.
fn join_assignment(pieces: &mut Vec<Piece>, name: &str, value: &str) {
    let Some(at) = pieces.iter().position(|piece| piece.visible() == name) else {
        return;
    };
    let Some(Piece::Text(text)) = pieces.get(at + 1) else {
        return;
    };
    let Some(behind) = text.trim_start().strip_prefix('=') else {
        return;
    };
    let behind = behind.trim_start();
    let (rest, taken) = if behind.is_empty() {
        match pieces.get(at + 2) {
            Some(piece) if piece.visible() == value => (String::new(), 3),
            _ => return,
        }
    } else {
        match behind.strip_prefix(value) {
            Some(rest) => (rest.to_owned(), 2),
            None => return,
        }
    };
    let code = Piece::Code(format!("{name} = {value}"));
    pieces.splice(at..at + taken, [code, Piece::Text(rest)]);
}

fn pieces(inlines: &[Inline]) -> Vec<Piece> {
    let mut out = Vec::new();
    for inline in inlines {
        push_inline(inline, &mut out);
    }
    out
}

fn push_inline(inline: &Inline, out: &mut Vec<Piece>) {
    match &inline.kind {
        InlineKind::Text(text) | InlineKind::Substitution(text) | InlineKind::Target(text) => {
            push(Piece::Text(text.to_string()), out);
        }
        InlineKind::Literal(code) => push(Piece::Code(code.to_string()), out),
        InlineKind::Emphasis(inner) if is_typed(&plain_text(inner)) => {
            push(Piece::Code(plain_text(inner)), out);
        }
        InlineKind::Emphasis(inner) => push(Piece::Styled(Style::Emphasis, pieces(inner)), out),
        InlineKind::Strong(inner) => push(Piece::Styled(Style::Strong, pieces(inner)), out),
        InlineKind::Strikethrough(inner) => {
            push(Piece::Styled(Style::Strikethrough, pieces(inner)), out);
        }
        InlineKind::Role(role) => {
            let (look, text) = look(role);
            let piece = match look {
                Look::Text => Piece::Text(text),
                Look::Code => Piece::Code(text),
                Look::Emphasis => Piece::Styled(Style::Emphasis, vec![Piece::Text(text)]),
                Look::Strong => Piece::Styled(Style::Strong, vec![Piece::Text(text)]),
            };
            push_link(vec![piece], role.uri.as_deref(), out);
        }
        InlineKind::Reference(reference) => {
            let uri = match &reference.target {
                ReferenceTarget::Uri(uri) => Some(uri.as_ref()),
                ReferenceTarget::Name(_) | ReferenceTarget::Anonymous => None,
            };
            push_link(pieces(&reference.text), uri, out);
        }
        InlineKind::FootnoteReference(label) => push(Piece::Text(format!("[{label}]")), out),
        InlineKind::Image(image) if is_absolute(&image.uri) => {
            let (alt, uri) = (image.alt.to_string(), image.uri.to_string());
            push(Piece::Image { alt, uri }, out);
        }
        InlineKind::Image(image) => push(Piece::Text(image.alt.to_string()), out),
        InlineKind::LineBreak => push(Piece::Text(" ".to_owned()), out),
        // Tags are not text; `<br>` parts words as a line's end does.
        InlineKind::Html(html) if html.to_ascii_lowercase().starts_with("<br") => {
            push(Piece::Text(" ".to_owned()), out);
        }
        InlineKind::Html(_) => {}
    }
}

fn push_link(text: Vec<Piece>, uri: Option<&str>, out: &mut Vec<Piece>) {
    match uri.filter(|uri| is_absolute(uri)) {
        Some(uri) => {
            let empty = text.iter().all(|piece| piece.visible().trim().is_empty());
            let text = if empty {
                vec![Piece::Text(uri.to_owned())]
            } else {
                without_links(text)
            };
            push(
                Piece::Link {
                    text,
                    uri: uri.to_owned(),
                },
                out,
            );
        }
        None => {
            for piece in text {
                push(piece, out);
            }
        }
    }
}

/// Returns `pieces` with the links in them as their texts: a link cannot hold another.
fn without_links(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Link { text, .. } => {
                for piece in without_links(text) {
                    push(piece, &mut out);
                }
            }
            Piece::Styled(style, inner) => {
                push(Piece::Styled(style, without_links(inner)), &mut out);
            }
            piece => push(piece, &mut out),
        }
    }
    out
}

/// Appends `piece`, joined with the last one where both are text or both code.
fn push(piece: Piece, out: &mut Vec<Piece>) {
    match (out.last_mut(), piece) {
        (Some(Piece::Text(last)), Piece::Text(text))
        | (Some(Piece::Code(last)), Piece::Code(text)) => last.push_str(&text),
        (_, Piece::Code(code)) if escape::code_span(&code).is_empty() => {
            push(Piece::Text(code), out)
        }
        (_, Piece::Text(text)) if text.is_empty() => {}
        (_, piece) => out.push(piece),
    }
}

impl Piece {
    /// Returns what a reader sees, white space folded.
    fn visible(&self) -> String {
        match self {
            Self::Text(text) | Self::Code(text) => fold_whitespace(text),
            Self::Image { alt, .. } => fold_whitespace(alt),
            Self::Styled(_, inner) | Self::Link { text: inner, .. } => {
                let inner: Vec<String> = inner.iter().map(Self::visible).collect();
                fold_whitespace(&inner.concat())
            }
        }
    }

    /// Returns the first character as written; a style's is its content's, since its mark may be left out.
    fn first(&self) -> Option<char> {
        match self {
            Self::Text(text) => text
                .chars()
                .next()
                .map(|c| if c.is_whitespace() { ' ' } else { c }),
            Self::Code(_) => Some('`'),
            Self::Styled(_, inner) => first(inner),
            Self::Link { .. } => Some('['),
            Self::Image { .. } => Some('!'),
        }
    }
}

fn first(pieces: &[Piece]) -> Option<char> {
    pieces.iter().find_map(Piece::first)
}

/// Writes pieces behind each other.
#[derive(Default)]
struct Writer {
    out: String,
    in_link: bool,
    in_cell: bool,
    formula: bool,
}

impl Writer {
    /// Writes `pieces`; `after` is what comes behind them, `depth` how many styles they stand in.
    fn pieces(&mut self, pieces: &[Piece], after: Option<char>, depth: usize) {
        for (at, piece) in pieces.iter().enumerate() {
            let after = first(&pieces[at + 1..]).or(after);
            match piece {
                Piece::Text(text) => self.text(text, after),
                Piece::Code(code) => {
                    if self.before() == Some('`') {
                        self.out.push_str(escape::SEPARATOR);
                    }
                    self.out.push_str(&match self.in_cell {
                        true => escape::cell_code(code),
                        false => escape::code_span(code),
                    });
                }
                Piece::Styled(style, inner) => self.styled(*style, inner, after, depth),
                Piece::Link { text, uri } => self.link(text, uri, after, depth),
                Piece::Image { alt, uri } => {
                    self.out.push_str("![");
                    self.linked_text(&[Piece::Text(alt.clone())], 2);
                    self.out
                        .push_str(&format!("]({})", escape::destination(uri)));
                }
            }
        }
    }

    fn before(&self) -> Option<char> {
        self.out.chars().next_back()
    }

    /// Writes text with its addresses left clickable.
    fn text(&mut self, raw: &str, after: Option<char>) {
        let parts_before = raw.starts_with(char::is_whitespace);
        if parts_before && self.before().is_some_and(|c| c != ' ') {
            self.out.push(' ');
        }
        let folded = fold_whitespace(raw);
        let parts_after = !folded.is_empty() && raw.ends_with(char::is_whitespace);
        // Blanks at the line's end go.
        let after = after.map(|after| if parts_after { ' ' } else { after });
        let mut rest = folded.as_str();
        while let Some((before, uri)) = next_address(rest) {
            let behind = &rest[before.len() + uri.len()..];
            // The address may stand between angle brackets.
            self.escaped(before, Some('<'));
            let next = behind.chars().next().or(after);
            if self.in_link {
                self.escaped(uri, next);
            } else {
                self.address(uri, next);
            }
            rest = behind;
        }
        self.escaped(rest, after);
        if parts_after {
            self.out.push(' ');
        }
    }

    fn escaped(&mut self, text: &str, after: Option<char>) {
        let around = Around {
            before: self.before(),
            after,
            in_link: self.in_link,
            formula: self.formula,
        };
        self.out.push_str(&escape::text(text, around));
    }

    /// Writes an address so that it can be clicked and reads as it is.
    fn address(&mut self, uri: &str, after: Option<char>) {
        let around = Around {
            before: Some(' '),
            after,
            in_link: true,
            formula: self.formula,
        };
        let as_text = escape::text(uri, around);
        let starts = self.before().is_none_or(|c| c == ' ' || c == '(');
        let ends = after.is_none_or(|c| matches!(c, ' ' | '.' | ',' | ';' | ':' | '!' | '?' | ')'));
        let is_web = uri.starts_with("http://") || uri.starts_with("https://");
        if is_web && as_text == uri && starts && ends && !uri.contains([')', '&']) {
            self.out.push_str(uri);
        } else if !uri.contains(['<', '>', '&', '\\', ' ']) {
            self.out.push_str(&format!("<{uri}>"));
        } else {
            self.out
                .push_str(&format!("[{as_text}]({})", escape::destination(uri)));
        }
    }

    fn link(&mut self, text: &[Piece], uri: &str, after: Option<char>, depth: usize) {
        if let [Piece::Text(text)] = text {
            let text = fold_whitespace(text);
            if text == uri {
                return self.address(uri, after);
            }
            if uri.strip_prefix("mailto:") == Some(&text) && is_email(&text) {
                return self.out.push_str(&format!("<{text}>"));
            }
        }
        self.out.push('[');
        self.linked_text(text, depth);
        self.out
            .push_str(&format!("]({})", escape::destination(uri)));
    }

    fn linked_text(&mut self, text: &[Piece], depth: usize) {
        let outer = std::mem::replace(&mut self.in_link, true);
        self.pieces(text, Some(']'), depth);
        self.in_link = outer;
    }

    /// Writes `inner` between marks where Markdown will read them as marks, else without.
    fn styled(&mut self, style: Style, inner: &[Piece], after: Option<char>, depth: usize) {
        let mark = match (style, depth) {
            (Style::Strikethrough, 0) => "~~",
            (Style::Emphasis, 0) => "*",
            (Style::Strong, 0) => "**",
            (Style::Emphasis, 1) => "_",
            (Style::Strong, 1) => "__",
            _ => return self.pieces(inner, after, depth),
        };
        let start = self.out.len();
        let before = self.before();
        let of_mark = mark.chars().next();
        self.out.push_str(mark);
        self.pieces(inner, of_mark, depth + 1);
        let content = &self.out[start + mark.len()..];
        let opens = content
            .chars()
            .next()
            .is_some_and(|next| can_touch(next, before, mark));
        let ends = content
            .chars()
            .next_back()
            .is_some_and(|last| can_touch(last, after, mark));
        if opens && ends && before != of_mark && after != of_mark {
            self.out.push_str(mark);
        } else {
            self.out.truncate(start);
            self.pieces(inner, after, depth);
        }
    }
}

/// Tells whether a mark between `inside`, which it styles, and `outside` is surely read as one.
///
/// CommonMark 6.2 ("flanking"), without telling punctuation from other characters that are no letters.
fn can_touch(inside: char, outside: Option<char>, mark: &str) -> bool {
    let apart = outside.is_none_or(|c| c.is_whitespace() || c.is_ascii_punctuation());
    let joins = inside.is_alphanumeric() && !mark.starts_with('_');
    !inside.is_whitespace() && (apart || joins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Reference, Role};
    use crate::source::Span;

    fn of(kinds: Vec<InlineKind>) -> Vec<Inline> {
        kinds
            .into_iter()
            .map(|kind| Inline {
                span: Span::default(),
                kind,
            })
            .collect()
    }

    fn text(raw: &str) -> InlineKind {
        InlineKind::Text(raw.into())
    }

    #[test]
    fn markup_is_kept_and_white_space_folded() {
        let inlines = of(vec![
            text("Run\n"),
            InlineKind::Literal("make x".into()),
            text(" and "),
            InlineKind::Strong(of(vec![
                text("wait "),
                InlineKind::Emphasis(of(vec![text("now")])),
            ])),
            text("."),
        ]);
        assert_eq!(line(&inlines), "Run `make x` and **wait _now_**.");
    }

    #[test]
    fn styles_that_would_not_be_read_are_left_out() {
        let inlines = of(vec![
            text("a"),
            InlineKind::Emphasis(of(vec![text("(b)")])),
            InlineKind::Emphasis(of(vec![text("c")])),
            InlineKind::Emphasis(of(vec![text("d ")])),
        ]);
        assert_eq!(line(&inlines), "a(b)*c*d");
    }

    #[test]
    fn links_lead_somewhere_or_are_text() {
        let link = |label: &str, uri: &str| {
            InlineKind::Reference(Box::new(Reference {
                text: of(vec![text(label)]),
                target: ReferenceTarget::Uri(uri.into()),
            }))
        };
        assert_eq!(
            line(&of(vec![text("Wow!"), link("a]b", "https://x.org/(a b)")])),
            "Wow\\![a\\]b](https://x.org/\\(a%20b\\))"
        );
        assert_eq!(line(&of(vec![link("here", "../b.html")])), "here");
        assert_eq!(
            line(&of(vec![link("ops@x.org", "mailto:ops@x.org")])),
            "<ops@x.org>"
        );
        assert_eq!(
            line(&of(vec![
                link("https://x.org/a_b", "https://x.org/a_b"),
                text(".")
            ])),
            "https://x.org/a_b."
        );
        assert_eq!(
            line(&of(vec![link("https://x.org/_a_", "https://x.org/_a_")])),
            "<https://x.org/_a_>"
        );
    }

    #[test]
    fn bare_addresses_stay_clickable() {
        assert_eq!(
            plain("see https://x.org/a-b, (http://y.org/@b) and xhttp://z"),
            "see https://x.org/a-b, (<http://y.org/@b>) and xhttp://z"
        );
    }

    #[test]
    fn settings_read_as_one_assignment() {
        let role = InlineKind::Role(Box::new(Role {
            name: "app:setting".into(),
            text: "retries".into(),
            target: "retries".into(),
            uri: None,
        }));
        let setting = Setting {
            name: "retries".to_owned(),
            value: Some("3".to_owned()),
        };
        assert_eq!(
            setting_line(&of(vec![role.clone(), text(" = 3 (for now)")]), &setting),
            "`retries = 3` (for now)"
        );
        assert_eq!(
            setting_line(&of(vec![text("Keep "), role, text(" at 3")]), &setting),
            "Keep `retries` at 3"
        );
    }
}
