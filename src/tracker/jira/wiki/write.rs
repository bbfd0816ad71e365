//! From the body of a ticket to its description in wiki markup.

use std::ops::Range;

use super::fresh::{Chunk, bullets, chunks, item_words, joined};
use super::inline::cells;
use super::print;
use super::read::{Reading, read};
use super::scan::{Form, Thing};
use crate::tracker::jira::adf::blocks::{Targets, line};
use crate::tracker::jira::adf::inline::nodes;
use crate::tracker::jira::adf::overlap::spliced;
use crate::tracker::jira::held::Held;
use crate::tracker::jira::piece::{Item, Kind, Piece, cut, paired};
use crate::tracker::jira::restore::ShownKind;
use crate::tracker::jira::tie::shown_hash;

/// Returns the description that shows `body`, and what is to be held beside it.
///
/// Of the description `before`, with what was held beside it, every line stays as it is whose Markdown does; of an
/// item that changes, its box and the words that do.
pub fn write(body: &str, before: Option<(&str, &Held)>) -> (String, Held) {
    let description = described(body, before);
    let held = Held {
        shown: shown_hash(&description),
        ..Held::new(body)
    };
    (description, held)
}

fn described(body: &str, before: Option<(&str, &Held)>) -> String {
    if let Some((description, held)) = before
        && read(description, held) == body
    {
        return description.to_owned();
    }
    let pieces = cut(body);
    let targets = Targets::of(body);
    let fresh = chunks(&pieces, &targets);
    let Some((description, held)) = before else {
        return joined(&fresh).0;
    };
    let reading = Reading::of(description, held);
    let over = Over {
        text: description,
        things: &reading.things,
        pieces: &pieces,
        targets: &targets,
    };
    over.write(&reading, fresh)
}

/// A description that is written over.
struct Over<'a> {
    text: &'a str,
    things: &'a [Thing],
    pieces: &'a [Piece],
    targets: &'a Targets,
}

/// The lines of a piece that are there already.
struct Old {
    /// The things that they are, with those behind them that Markdown does not show.
    things: Range<usize>,
    /// Of an item: its words in the body as it was.
    words: String,
}

impl Over<'_> {
    fn write(&self, reading: &Reading, fresh: Vec<Option<Chunk>>) -> String {
        let old = cut(&reading.body);
        let things = things_of(reading, &old);
        let pairs = paired(&old, self.pieces);
        let line_end = if self.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let mut out = String::new();
        // What was put out last: its lines, and the thing that it ends with, where it was there.
        let mut last: Option<(Chunk, Option<usize>)> = None;
        for (at, fresh) in fresh.into_iter().enumerate() {
            let old = pairs[at].and_then(|(of, _)| {
                Some(Old {
                    things: things[of].clone()?,
                    words: match &old[of].kind {
                        Kind::Item(item) => item.words.clone(),
                        _ => String::new(),
                    },
                })
            });
            let (chunk, things) = match old.as_ref().and_then(|old| self.again(at, old)) {
                Some(text) => (
                    Chunk::new(text, &self.pieces[at]),
                    old.map(|old| old.things),
                ),
                None => match fresh {
                    Some(chunk) => (chunk.with_line_ends(line_end), None),
                    None => continue,
                },
            };
            let first = things.as_ref().map(|things| things.start);
            match &last {
                None => {
                    if first == Some(0) {
                        out.push_str(&self.text[..self.things[0].place.start]);
                    }
                }
                Some((_, Some(end))) if first == Some(end + 1) => {
                    let gap = self.things[*end].place.end..self.things[end + 1].place.start;
                    out.push_str(&self.text[gap]);
                }
                Some((before, _)) => out.push_str(&line_end.repeat(chunk.distance(before))),
            }
            out.push_str(&chunk.text);
            last = Some((chunk, things.map(|things| things.end - 1)));
        }
        let end = self.things.last().map_or(0, |last| last.place.end);
        out.push_str(&self.text[end..]);
        out
    }

    /// Returns the lines of a piece that are there already, with its box and words as they are now.
    fn again(&self, at: usize, old: &Old) -> Option<String> {
        let first = self.things.get(old.things.start)?;
        let last = self.things.get(old.things.end.checked_sub(1)?)?;
        let mut text = self.text[first.place.start..last.place.end].to_owned();
        // A list that stands at another depth now is written anew.
        if let (Kind::Bullet { .. } | Kind::Text(_), Form::Line { bullets: own, .. }) =
            (&self.pieces[at].kind, &first.form)
            && own.len() != bullets(self.pieces, at).len()
        {
            return None;
        }
        if let (Kind::Item(item), Form::Line { .. }) = (&self.pieces[at].kind, &first.form) {
            let line = self.line(at, item, first, old)?;
            text.replace_range(..first.place.len(), &line);
        }
        Some(text)
    }

    /// Returns an item's line as it is to be.
    fn line(&self, at: usize, item: &Item, thing: &Thing, old: &Old) -> Option<String> {
        let Form::Line {
            bullets: signs,
            tick: Some(tick),
            words,
        } = &thing.form
        else {
            return None;
        };
        let wanted = bullets(self.pieces, at);
        let lead = &self.text[thing.place.start..signs.start];
        let own = &self.text[signs.clone()];
        let bullets = match own.len() == wanted.len() || own.is_empty() {
            true => own,
            false => &wanted,
        };
        let is_ticked = matches!(thing.shown.kind, ShownKind::Item { ticked: true, .. });
        let sign = &self.text[tick.clone()];
        let sign = match (is_ticked == item.ticked, sign.starts_with('('), item.ticked) {
            (true, _, _) => sign,
            (false, true, true) => "(/)",
            (false, true, false) => "(x)",
            (false, false, true) => "☑",
            (false, false, false) => "☐",
        };
        let said = &self.text[words.clone()];
        let said = match old.words == item.words {
            true => said.to_owned(),
            false => self.said(said, item),
        };
        let text = self.text;
        let (gap, behind) = (&text[signs.end..tick.start], &text[tick.end..words.start]);
        let behind = if behind.is_empty() && !said.is_empty() {
            " "
        } else {
            behind
        };
        let tail = &text[words.end..thing.place.end];
        Some(format!("{lead}{bullets}{gap}{sign}{behind}{said}{tail}"))
    }

    /// Returns what an item is to say, where `said` stands.
    fn said(&self, said: &str, item: &Item) -> String {
        if said.is_empty() {
            return item_words(&item.words, self.targets);
        }
        let wanted = nodes(&line(&item.words, self.targets));
        spliced(said, &cells(said), &wanted, &print::words)
    }
}

/// Returns for each piece of a body that was read the things that show it, where they stand next to each other.
fn things_of(reading: &Reading, pieces: &[Piece]) -> Vec<Option<Range<usize>>> {
    let mut of: Vec<Option<Range<usize>>> = vec![None; pieces.len()];
    let mut is_parted = vec![false; pieces.len()];
    let mut last: Option<usize> = None;
    for (thing, lines) in reading.lines.iter().enumerate() {
        let own = pieces
            .iter()
            .position(|piece| lines.start < piece.content_end && piece.lines.start < lines.end);
        // What Markdown does not show stays with what stands before it.
        let Some(own) = own.or(last) else { continue };
        last = Some(own);
        match &mut of[own] {
            Some(range) if range.end == thing => range.end = thing + 1,
            Some(_) => is_parted[own] = true,
            none => *none = Some(thing..thing + 1),
        }
    }
    let whole = of.into_iter().zip(is_parted);
    whole
        .map(|(range, is_parted)| range.filter(|_| !is_parted))
        .collect()
}
