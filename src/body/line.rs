//! Reads one item's line: box, text, state, marker, and what a person wrote behind them.

use std::ops::Range;

use super::marker::{ItemMarker, letters_of, text_hash};
use super::{Item, status};
use crate::checklist::{Evidence, State};

/// Reads the line whose words stand in `content`; `comments` are the comments among them.
pub(super) fn read_line(
    text: &str,
    task: Option<Range<usize>>,
    content: Range<usize>,
    comments: &[Range<usize>],
) -> Item {
    let content = trim(text, content);
    let mut item = Item {
        start: content.start,
        task,
        content: content.clone(),
        text: content.clone(),
        struck: false,
        status: None,
        marker: None,
        marker_at: None,
        markers: Vec::new(),
        is_stray: false,
        suffixes: Vec::new(),
        state: State::Open,
        node: None,
        damage: Vec::new(),
    };
    for comment in comments {
        match ItemMarker::parse(&text[comment.clone()]) {
            None => continue,
            Some(Ok(marker)) if item.marker.is_none() => {
                item.marker = Some(marker);
                item.marker_at = Some(comment.clone());
            }
            Some(Ok(_)) => {}
            Some(Err(damage)) => {
                item.damage.push(damage);
                item.marker_at.get_or_insert(comment.clone());
            }
        }
        item.markers.push(comment.clone());
    }
    if item.marker_at.is_none()
        && let Some(cut) = text[content.clone()].rfind("<!-- rs")
        && !text[content.start + cut..content.end].contains(['`', '\n'])
        && !text[content.start + cut..content.end].contains("-->")
    {
        item.damage.push(super::marker::Damage::Unclosed);
        item.marker_at = Some(content.start + cut..content.end);
    }
    let (before, after) = match &item.marker_at {
        Some(marker) => (content.start..marker.start, marker.end..content.end),
        None => (content.clone(), content.end..content.end),
    };
    read_words(text, trim(text, before), &mut item);
    let after = trim(text, after);
    if !after.is_empty() {
        item.suffixes.push(after);
    }
    item
}

/// Splits what stands before the marker into text, suffix and status.
fn read_words(text: &str, words: Range<usize>, item: &mut Item) {
    let hash = item.marker.as_ref().map_or("", |marker| &marker.hash);
    let ticked = item.ticked(text);
    item.state = if ticked {
        State::Done(Evidence::default())
    } else {
        State::Open
    };
    item.text = words.clone();
    if text_hash(&text[words.clone()]) == hash {
        return;
    }
    let mut before = words.clone();
    let mut after = words.end..words.end;
    if let Some((at, state)) = status::find(&text[words.clone()]) {
        let at = words.start + at.start..words.start + at.end;
        before = trim(text, words.start..at.start);
        after = trim(text, at.end..words.end);
        item.status = Some(at);
        // The box has the last word: people tick and untick it without touching what stands behind.
        item.state = match (state, ticked) {
            (state @ (State::Done(_) | State::Skipped { .. }), true) => state,
            (state @ State::Failed { .. }, false) => state,
            (_, true) => State::Done(Evidence::default()),
            (_, false) => State::Open,
        };
    }
    let said = &text[before.clone()];
    item.text = before.clone();
    if text_hash(said) != hash {
        if let Some(inner) = said.strip_prefix("~~")
            && let Some(end) = struck_end(inner, hash, &item.state)
        {
            item.struck = true;
            item.text = before.start + 2..before.start + 2 + end;
            push_words(
                text,
                before.start + 2 + end + 2..before.end,
                &mut item.suffixes,
            );
        } else if let Some(end) = written_end(said, hash) {
            item.text = before.start..before.start + end;
            push_words(text, item.text.end..before.end, &mut item.suffixes);
        }
    }
    push_words(text, after, &mut item.suffixes);
}

fn push_words(text: &str, range: Range<usize>, suffixes: &mut Vec<Range<usize>>) {
    let range = trim(text, range);
    if !range.is_empty() {
        suffixes.push(range);
    }
}

/// Returns where struck text ends, given what follows the opening `~~`.
fn struck_end(inner: &str, hash: &str, state: &State) -> Option<usize> {
    if let Some(end) = written_end(inner, hash)
        && inner[end..].starts_with("~~")
    {
        return Some(end);
    }
    // A person's own words may be struck too: then the last pair counts, where nothing but it can be meant.
    let end = inner.rfind("~~")?;
    (end > 0 && (end + 2 == inner.len() || matches!(state, State::Skipped { .. }))).then_some(end)
}

/// Returns the length of the start of `said` that has this hash: what we wrote before a person went on.
pub(crate) fn written_end(said: &str, hash: &str) -> Option<usize> {
    const LONGEST: usize = 4096;
    if hash.is_empty() || said.len() > LONGEST {
        return None;
    }
    let mut hasher = blake3::Hasher::new();
    let mut blank = false;
    let mut found = None;
    for (at, char) in said.char_indices() {
        if char.is_whitespace() {
            blank = at > 0;
            continue;
        }
        if blank {
            hasher.update(b" ");
            blank = false;
        }
        let end = at + char.len_utf8();
        hasher.update(&said.as_bytes()[at..end]);
        if letters_of(&hasher, hash.len()) == hash {
            found = Some(end);
        }
    }
    found
}

/// Returns `range` without white space at its ends.
pub(super) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let inside = &text[range.clone()];
    let start = range.start + (inside.len() - inside.trim_start().len());
    let end = range.start + inside.trim_end().len();
    start..end.max(start)
}
