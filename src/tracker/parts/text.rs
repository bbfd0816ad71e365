//! The text of each ticket of a divided run.
//!
//! ```text
//! head = ticket-marker before {link-line} [blank] after       the last line of `after` is the base of what is in the head
//! part = ticket-marker [pointer-line] [blank] segment ["<!-- runsheet kept -->" kept] base
//! link-line    = "- [" title "](" address "): " settled " of " all " <!-- runsheet part " number " h=" hash " -->"
//! pointer-line = "*Part of [" title "](" address ").* <!-- runsheet part of h=" hash " -->"
//! ```
//!
//! Link and pointer lines are ours and written anew: the hash, of their letters and digits, tells them from those that
//! a person wrote on. What a person wrote on stays, as all else does. What a part keeps is on its way to another ticket
//! of the run and counts until it is there.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::body::marker::{Base, PieceKey, content_hash, text_hash};
use crate::body::{Body, PartRef, TicketMarker, base_of, splice, with_ticket};
use crate::run::RunKey;

const LINK: &str = "<!-- runsheet part ";
const KEPT: &str = "<!-- runsheet kept -->";

/// The text of the ticket that stands for the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// What stands before the parts, its marker as it is in the whole body.
    pub(super) before: String,
    /// What stands behind them, the base of the head included.
    pub(super) after: String,
    /// What was last written in it.
    pub(super) base: Option<Base>,
    /// The parts, in order.
    pub(super) parts: Vec<PartRef>,
    /// Whether it says that a step is settled.
    pub(super) begun: bool,
    /// The link lines, as they stand.
    pub(super) links: String,
}

/// The text of a ticket for some of the run's steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// What it holds of the whole body.
    pub(super) segment: String,
    /// What it holds until another ticket has it.
    pub(super) kept: String,
    /// What was last written in it.
    pub(super) base: Option<Base>,
    /// Whether it was closed by us.
    pub(super) closed: bool,
    /// Whether it is as we wrote it.
    pub(super) untouched: bool,
}

impl Head {
    /// Reads the head's text; of a run that is not divided, it is the whole body.
    pub(super) fn read(text: &str) -> Self {
        let (mut parts, mut begun) = (Vec::new(), false);
        let text = with_ticket(text, |marker| {
            parts = std::mem::take(&mut marker.parts);
            begun = std::mem::take(&mut marker.begun);
        });
        let own = match parts.is_empty() {
            true => Vec::new(),
            false => own_lines(&text),
        };
        let body = Body::read(&text);
        let base = base_line(&body);
        let at = match own.first() {
            Some(line) => line.start,
            None => base.as_ref().map_or(text.len(), |line| line.start),
        };
        let without = |range: Range<usize>| {
            let within = own
                .iter()
                .filter(|line| range.start <= line.start && line.end <= range.end);
            let shifted = within.map(|line| line.start - range.start..line.end - range.start);
            let splices = shifted.map(|line| (line, String::new())).collect();
            splice(&text[range.clone()], splices)
        };
        Self {
            before: without(0..at),
            after: without(at..text.len()),
            base: body.base.map(|(base, _)| base),
            parts,
            begun,
            links: own.iter().map(|line| &text[line.clone()]).collect(),
        }
    }

    /// Returns the text of the ticket.
    pub(super) fn write(&self) -> String {
        let after = with_base(&self.after, self.base.as_ref());
        let whole = format!("{}{}{after}", self.before, self.links);
        with_ticket(&whole, |marker| {
            marker.parts.clone_from(&self.parts);
            marker.begun = self.begun;
        })
    }
}

impl Part {
    /// Reads a part's text.
    pub(super) fn read(text: &str) -> Self {
        let body = Body::read(text);
        let mut gone = own_lines(text);
        gone.extend(base_line(&body));
        let marker = body.ticket.as_ref();
        gone.extend(marker.map(|(_, at)| whole_lines(text, at.clone())));
        let segment = splice(
            text,
            gone.into_iter().map(|line| (line, String::new())).collect(),
        );
        let (segment, kept) = match segment.find(KEPT) {
            Some(at) => {
                let line = whole_lines(&segment, at..at + KEPT.len());
                (
                    segment[..line.start].to_owned(),
                    segment[line.end..].to_owned(),
                )
            }
            None => (segment, String::new()),
        };
        Self {
            kept,
            base: body.base.as_ref().map(|(base, _)| base.clone()),
            closed: marker.is_some_and(|(marker, _)| marker.closed),
            untouched: marker.is_some_and(|(marker, _)| marker.content == hash_of(&segment)),
            segment,
        }
    }

    /// Returns the text of the ticket, with a line that points to the head; `values` are what the run's variables were
    /// given.
    pub(super) fn write(
        &self,
        key: &RunKey,
        pointer: &str,
        values: BTreeMap<String, String>,
    ) -> String {
        let end = line_end(&self.segment);
        let mut marker = TicketMarker::new(key, hash_of(&self.segment), values);
        marker.closed = self.closed;
        let mut text = format!("{marker}{end}{pointer}{end}{end}{}", self.segment);
        if !text.ends_with('\n') {
            text.push_str(end);
        }
        if !self.kept.is_empty() {
            text.push_str(&format!("{KEPT}{end}{end}{}", self.kept));
        }
        if !text.ends_with('\n') {
            text.push_str(end);
        }
        if let Some(base) = &self.base {
            text.push_str(&format!("{base}{end}"));
        }
        text
    }
}

/// Returns what was last written in a text that says it, and else the steps that stand there.
pub(super) fn base_or_steps(base: Option<&Base>, text: &str) -> Base {
    base.cloned().unwrap_or_else(|| steps_base(text))
}

/// Returns the steps that stand in a text, as what was last written.
pub(super) fn steps_base(text: &str) -> Base {
    let mut base = base_of(&Body::read(text));
    base.0
        .retain(|piece| matches!(piece.key, PieceKey::Item(_)));
    base
}

/// Returns the line in the head for a part.
pub(super) fn link_line(title: &str, address: Option<&str>, text: &str, number: u32) -> String {
    let title = title.replace(['[', ']', '<', '>', '\n', '\r'], " ");
    let title = match address {
        Some(address) => format!("[{}]({address})", title.trim()),
        None => title.trim().to_owned(),
    };
    let progress = Body::read(text).progress();
    let required = progress.required.total();
    let settled = required - progress.required_open.min(required);
    let said = format!("- {title}: {settled} of {required}");
    format!("{said} {LINK}{number} h={} -->", text_hash(&letters(&said)))
}

/// Returns the line in a part that points to the head.
pub(super) fn pointer_line(title: &str, address: &str) -> String {
    let title = title.replace(['[', ']', '<', '>', '*'], " ");
    let said = format!("*Part of [{}]({address}).*", title.trim());
    format!("{said} {LINK}of h={} -->", text_hash(&letters(&said)))
}

/// Returns where the lines stand that are ours and as we wrote them, each with its end; the last with the blank line
/// behind it.
fn own_lines(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        if is_own(line) {
            found.push(range);
        }
    }
    if let Some(last) = found.last_mut() {
        let blank = ["\n", "\r\n"].into_iter();
        let blank = blank
            .filter(|blank| text[last.end..].starts_with(blank))
            .max();
        last.end += blank.map_or(0, str::len);
    }
    found
}

fn is_own(line: &str) -> bool {
    let Some((said, marker)) = line.trim().rsplit_once(LINK) else {
        return false;
    };
    let hash = marker
        .strip_suffix(" -->")
        .and_then(|words| words.split_once(" h="));
    hash.is_some_and(|(_, hash)| hash == text_hash(&letters(said)))
}

/// Returns what of a line survives editors that write its marks in another way.
fn letters(said: &str) -> String {
    said.chars().filter(|char| char.is_alphanumeric()).collect()
}

/// Returns where the base stands in a body, as a whole line.
pub(super) fn base_line(body: &Body) -> Option<Range<usize>> {
    let (_, at) = body.base.as_ref()?;
    Some(whole_lines(&body.text, at.clone()))
}

fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.end..]
        .find('\n')
        .map_or(text.len(), |at| range.end + at + 1);
    start..end
}

/// Returns a text with another base where it has one.
pub(super) fn with_base(text: &str, base: Option<&Base>) -> String {
    match (Body::read(text).base, base) {
        (Some((_, at)), Some(base)) => splice(text, vec![(at, base.to_string())]),
        _ => text.to_owned(),
    }
}

fn hash_of(segment: &str) -> String {
    content_hash(segment.trim_end().lines())
}

/// Returns how lines end in a text.
pub(super) fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}
