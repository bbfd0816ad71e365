//! From a body of steps to the text of a checklist app.

use std::collections::BTreeMap;
use std::ops::Range;

use super::read::{Reading, read};
use super::scan::{Form, Thing, things};
use super::{sign, words};
use crate::config::ChecklistApp;
use crate::tracker::jira::piece::{Item, Kind, Piece, cut, paired};
use crate::tracker::jira::restore::Shown;

/// Returns the text that shows a body of steps.
///
/// Of the text that is there `before`, with the body that was written as it, every line stays as it is whose Markdown
/// does; of an item that changes, its sign and its words do.
pub fn write(app: ChecklistApp, body: &str, before: Option<(&str, &str)>) -> String {
    let pieces = cut(body);
    let Some((text, written)) = before else {
        return joined(app, &chunks(app, &pieces)).0;
    };
    if read(app, text, written) == body {
        return text.to_owned();
    }
    let reading = Reading::of(app, text, written);
    let over = Over {
        app,
        text,
        things: &reading.things,
        pieces: &pieces,
    };
    over.write(&reading)
}

/// Returns what the pieces show when they are written anew, each thing with its piece.
pub(super) fn shown(app: ChecklistApp, pieces: &[Piece]) -> Vec<(Shown, usize)> {
    let (text, places) = joined(app, &chunks(app, pieces));
    let things = things(app, &text).into_iter();
    let with_piece = things.map(|thing| {
        let start = thing.place.start;
        let piece = places.iter().position(|place| place.contains(&start));
        (thing.shown, piece.unwrap_or_default())
    });
    with_piece.collect()
}

/// The lines that show a piece.
#[derive(Clone)]
struct Chunk {
    text: String,
    /// Of details: whether they are a line of a list.
    details: Option<bool>,
}

impl Chunk {
    /// Returns what parts it from what stands before it: details of their own are a paragraph.
    fn gap(&self, app: ChecklistApp, before: &Self) -> String {
        match (before.details, self.details) {
            (Some(true), Some(true)) => "\n".to_owned(),
            (Some(_), Some(_)) => format!("\n{}\n", sign::details(app, "")),
            _ => "\n".to_owned(),
        }
    }
}

/// Returns the lines of each piece; `None` where it shows nothing.
fn chunks(app: ChecklistApp, pieces: &[Piece]) -> Vec<Option<Chunk>> {
    (0..pieces.len()).map(|at| chunk(app, pieces, at)).collect()
}

fn chunk(app: ChecklistApp, pieces: &[Piece], at: usize) -> Option<Chunk> {
    let (text, is_line) = match &pieces[at].kind {
        Kind::Item(item) => {
            let (mark, words) = words::told(item);
            let text = line(app, mark, depth(pieces, at), &words);
            return Some(Chunk {
                text,
                details: None,
            });
        }
        Kind::Bullet { words, number, .. } => match number {
            Some(number) => (format!("{number}. {words}"), true),
            None => (format!("- {words}"), true),
        },
        Kind::Open(title) => {
            let title = title.replace('&', "&amp;").replace('<', "&lt;");
            (format!("<details><summary>{title}</summary>"), false)
        }
        Kind::Close => ("</details>".to_owned(), false),
        Kind::Text(text) if says_nothing(text) => return None,
        Kind::Text(text) => {
            if let Some((level, words)) = heading(text).filter(|_| pieces[at].parent.is_none()) {
                return Some(Chunk {
                    text: sign::header(app, level, words),
                    details: None,
                });
            }
            let is_line = ["- ", "* ", "+ "].iter().any(|it| text.starts_with(it));
            (text.clone(), is_line)
        }
    };
    let above = std::iter::successors(pieces[at].parent, |at| pieces[*at].parent);
    let within = above.take_while(|at| !matches!(pieces[*at].kind, Kind::Item(_)));
    let margin = "  ".repeat(within.count());
    let lines: Vec<String> = text
        .trim_end()
        .lines()
        .map(|line| sign::details(app, &format!("{margin}{line}")))
        .collect();
    Some(Chunk {
        text: lines.join("\n"),
        details: Some(is_line),
    })
}

fn line(app: ChecklistApp, mark: sign::Mark, depth: usize, words: &str) -> String {
    let (lead, under) = (sign::lead(app, mark, false), sign::under(depth));
    let words = sign::plain(app, words);
    format!("{lead}{under}{words}").trim_end().to_owned()
}

/// Returns how many items a piece stands under.
fn depth(pieces: &[Piece], at: usize) -> usize {
    let above = std::iter::successors(pieces[at].parent, |at| pieces[*at].parent);
    above
        .filter(|at| matches!(pieces[*at].kind, Kind::Item(_)))
        .count()
}

/// Returns the level and the words of a heading.
fn heading(text: &str) -> Option<(usize, &str)> {
    let words = text.trim_start_matches('#');
    let level = text.len() - words.len();
    let is_heading = (1..=6).contains(&level) && words.starts_with(' ') && !text.contains('\n');
    is_heading.then(|| (level, words.trim()))
}

/// Tells whether a text is comments and nothing else.
pub(super) fn says_nothing(text: &str) -> bool {
    let mut rest = text.trim();
    while let Some((_, behind)) = rest
        .strip_prefix("<!--")
        .and_then(|it| it.split_once("-->"))
    {
        rest = behind.trim();
    }
    rest.is_empty()
}

/// Returns the text of the pieces, and where each stands in it.
fn joined(app: ChecklistApp, chunks: &[Option<Chunk>]) -> (String, Vec<Range<usize>>) {
    let mut text = String::new();
    let mut places = Vec::with_capacity(chunks.len());
    let mut before: Option<&Chunk> = None;
    for chunk in chunks {
        let Some(chunk) = chunk else {
            places.push(text.len()..text.len());
            continue;
        };
        if let Some(before) = before {
            text.push_str(&chunk.gap(app, before));
        }
        places.push(text.len()..text.len() + chunk.text.len());
        text.push_str(&chunk.text);
        before = Some(chunk);
    }
    (text, places)
}

/// A text that is written over.
struct Over<'a> {
    app: ChecklistApp,
    text: &'a str,
    things: &'a [Thing],
    pieces: &'a [Piece],
}

impl Over<'_> {
    fn write(&self, reading: &Reading) -> String {
        let old = cut(&reading.body);
        let things = things_of(reading, &old);
        let pairs = paired(&old, self.pieces);
        let line_end = if self.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let mut others = self.others();
        let mut out = String::new();
        let mut last: Option<(Chunk, Option<usize>)> = None;
        for (at, fresh) in chunks(self.app, self.pieces).into_iter().enumerate() {
            let Some(fresh) = fresh else { continue };
            let own = pairs[at].and_then(|(of, _)| Some((of, things[of].clone()?)));
            let again = own.and_then(|(of, own)| Some((self.again(at, &old[of], &own)?, own)));
            let (text, own) = match again {
                Some((text, own)) => (text, Some(own)),
                None => (fresh.text.replace('\n', line_end), None),
            };
            let first = own.as_ref().map(|own| own.start);
            match &last {
                Some((_, Some(end))) if first == Some(end + 1) => {
                    others.remove(&(end + 1));
                    let gap = self.things[*end].place.end..self.things[end + 1].place.start;
                    out.push_str(&self.text[gap]);
                }
                last => {
                    if let Some((before, _)) = last {
                        out.push_str(&fresh.gap(self.app, before).replace('\n', line_end));
                    }
                    for other in first
                        .and_then(|first| others.remove(&first))
                        .into_iter()
                        .flatten()
                    {
                        out.push_str(&format!("{other}{line_end}"));
                    }
                }
            }
            out.push_str(&text);
            last = Some((Chunk { text, ..fresh }, own.map(|own| own.end - 1)));
        }
        for other in others.into_values().flatten() {
            out.push_str(&format!("{line_end}{other}"));
        }
        let end = self.things.last().map_or(0, |last| last.place.end);
        if self.text[end..].trim().is_empty() {
            out.push_str(&self.text[end..]);
        }
        out
    }

    /// Returns the lines that are no thing, by the thing that they stand before.
    fn others(&self) -> BTreeMap<usize, Vec<String>> {
        let mut others = BTreeMap::new();
        let mut start = 0;
        for at in 0..=self.things.len() {
            let end = self
                .things
                .get(at)
                .map_or(self.text.len(), |it| it.place.start);
            let between = self.text.get(start..end).unwrap_or_default().lines();
            let is_said =
                |line: &&str| !line.trim().is_empty() && line.trim() != sign::details(self.app, "");
            let said: Vec<String> = between.filter(is_said).map(str::to_owned).collect();
            if !said.is_empty() {
                others.insert(at, said);
            }
            start = self.things.get(at).map_or(end, |it| it.place.end);
        }
        others
    }

    /// Returns the lines of a piece that are there already, with its sign and words as they are now.
    fn again(&self, at: usize, old: &Piece, own: &Range<usize>) -> Option<String> {
        let first = self.things.get(own.start)?;
        let last = self.things.get(own.end.checked_sub(1)?)?;
        let text = &self.text[first.place.start..last.place.end];
        match (&self.pieces[at].kind, &old.kind, &first.form) {
            (Kind::Item(item), Kind::Item(was), Form::Item(line, start)) => {
                let line = self.line(at, item, was, line, *start);
                Some(format!("{line}{}", &text[first.place.len()..]))
            }
            (Kind::Item(_), _, _) | (_, Kind::Item(_), _) => None,
            // What had to be closed to stand in the body is written as it stands there.
            (_, _, Form::Details(said)) if words::closed(said) != *said => None,
            (new, old, _) if new == old => Some(text.to_owned()),
            _ => None,
        }
    }

    /// Returns an item's line as it is to be.
    fn line(&self, at: usize, item: &Item, was: &Item, line: &sign::Item, start: usize) -> String {
        let (mark, words) = words::told(item);
        let (under, said) = (start + line.under, start + line.words.start);
        let mut out = match line.mark.says(mark) {
            true => self.text[start..under].to_owned(),
            false => sign::lead(self.app, mark, line.is_optional),
        };
        match line.depth == depth(self.pieces, at) {
            true => out.push_str(&self.text[under..said]),
            false => {
                out = out.trim_start().to_owned();
                out.push_str(&sign::under(depth(self.pieces, at)));
            }
        }
        match was.words == item.words {
            true => out.push_str(&self.text[said..start + line.words.end]),
            false => out.push_str(&sign::plain(self.app, &words)),
        }
        out
    }
}

/// Returns for each piece of a body that was read the things that show it, where they stand next to each other.
fn things_of(reading: &Reading, pieces: &[Piece]) -> Vec<Option<Range<usize>>> {
    let mut of: Vec<Option<Range<usize>>> = vec![None; pieces.len()];
    let mut is_parted = vec![false; pieces.len()];
    for (thing, lines) in reading.lines.iter().enumerate() {
        let own = pieces
            .iter()
            .position(|piece| lines.start < piece.content_end && piece.lines.start < lines.end);
        let Some(own) = own else { continue };
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
