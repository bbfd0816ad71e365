//! A ticket's body apart: what its description shows, and its steps, which a checklist app shows.
//!
//! ```text
//! body   ## Before            rest   ## Before                              steps   ## Before
//!        Call the harbour.           Call the harbour.                              - [ ] Stop it
//!        - [ ] Stop it               *The steps are in the checklist.*
//!                                    <!-- list 1 -->
//! ```
//!
//! A run of top-level items, with all that stands under them, is one list. Its number stands hidden in what the
//! description shows; among the steps, it is told by its heading and by the items that it had. An item that was moved
//! between those of another list belongs there.

use std::ops::Range;

use super::write::says_nothing;
use crate::tracker::jira::piece::{Item, Kind, Piece, cut};

/// What stands in the description where steps were.
const POINTER: &str = "*The steps are in the checklist.*";

/// A body that was taken apart.
#[derive(Clone, Debug)]
pub struct Apart {
    /// The body.
    body: String,
    /// What is no step: before each list, and behind the last one.
    between: Vec<Range<usize>>,
    /// The lists.
    lists: Vec<List>,
}

#[derive(Clone, Debug)]
struct List {
    place: Range<usize>,
    /// The heading above it, where it is the first list below that.
    heading: Option<String>,
    /// The items that stand under no other.
    items: Vec<Item>,
}

impl Apart {
    /// Takes a body apart.
    pub fn of(body: &str) -> Self {
        let pieces = cut(body);
        let mut apart = Self {
            body: body.to_owned(),
            between: Vec::new(),
            lists: Vec::new(),
        };
        let mut headings = Headings::default();
        let mut from = 0;
        let mut open: Option<usize> = None;
        let roots: Vec<usize> = (0..pieces.len())
            .filter(|at| pieces[*at].parent.is_none())
            .collect();
        for root in roots {
            let start = pieces[root].lines.start;
            match (is_list(&pieces, root), open) {
                (true, None) => {
                    apart.between.push(from..start);
                    apart.lists.push(List {
                        place: start..start,
                        heading: headings.take(),
                        items: Vec::new(),
                    });
                    open = Some(start);
                }
                (false, Some(_)) => {
                    from = start;
                    open = None;
                }
                _ => {}
            }
            match open {
                Some(_) => {}
                None => headings.meet(&pieces[root]),
            }
            let end = pieces.get(root + 1..).unwrap_or_default();
            let end = end.iter().find(|piece| piece.parent.is_none());
            let end = end.map_or(body.len(), |piece| piece.lines.start);
            if let (Some(_), Some(list)) = (open, apart.lists.last_mut()) {
                list.place.end = end;
                from = end;
                if let Kind::Item(item) = &pieces[root].kind {
                    list.items.push(item.clone());
                }
            }
        }
        apart.between.push(from..body.len());
        apart
    }

    /// Returns what the description shows.
    pub fn rest(&self) -> String {
        let mut rest = String::new();
        for at in 0..self.lists.len() {
            rest.push_str(&self.shown(at));
            rest.push_str(&self.mark(at));
        }
        rest.push_str(self.behind());
        rest
    }

    /// Returns the steps.
    pub fn steps(&self) -> String {
        let mut steps = String::new();
        for list in &self.lists {
            if let Some(heading) = &list.heading {
                steps.push_str(&format!("{heading}{0}{0}", self.line_end()));
            }
            steps.push_str(&self.parted(&self.body[list.place.clone()]));
        }
        steps
    }

    /// Returns the body again: with what the description shows now, and the steps as they are now.
    pub fn join(&self, rest: &str, steps: &str) -> String {
        if rest == self.rest() && steps == self.steps() {
            return self.body.clone();
        }
        let mut lists = self.lists_in(steps);
        let mut out = String::new();
        let mut chunk = String::new();
        let mut is_first = true;
        for line in rest.split_inclusive('\n') {
            let Some(at) = self.number(line) else {
                chunk.push_str(line);
                continue;
            };
            let Some(list) = lists.get_mut(at).and_then(Option::take) else {
                continue;
            };
            self.put(&mut out, &std::mem::take(&mut chunk), Some(at), is_first);
            is_first = false;
            self.put_list(&mut out, at, &list);
        }
        let lost: Vec<String> = lists
            .into_iter()
            .flatten()
            .filter(|it| !it.trim().is_empty())
            .collect();
        let (said, hidden) = tail(&chunk);
        if lost.is_empty() {
            self.put(&mut out, &chunk, None, is_first);
            return out;
        }
        self.put(&mut out, said, None, is_first);
        for list in lost {
            out = self.parted(&out);
            out.push_str(&self.parted(list.trim_end()));
        }
        out.push_str(hidden);
        out
    }

    /// Returns the lists that `steps` hold, by their numbers.
    fn lists_in(&self, steps: &str) -> Vec<Option<String>> {
        let pieces = cut(steps);
        let roots = pieces.iter().filter(|piece| piece.parent.is_none());
        let starts: Vec<usize> = roots.clone().map(|piece| piece.lines.start).collect();
        let mut known: Vec<Known> = roots.map(|piece| self.known(piece)).collect();
        let mut seen: Vec<usize> = Vec::new();
        for known in &mut known {
            // What stands there twice is a person's the second time.
            if let Known::Heading(at) = *known {
                match seen.contains(&at) {
                    true => *known = Known::Other,
                    false => seen.push(at),
                }
            }
        }
        let numbers: Vec<Option<usize>> = known.iter().map(Known::list).collect();
        let numbers = in_order(&numbers);
        let mut lists: Vec<Option<String>> = vec![Some(String::new()); self.lists.len().max(1)];
        let ends = starts.iter().skip(1).copied().chain([steps.len()]);
        for (at, (start, end)) in starts.iter().zip(ends).enumerate() {
            if let (Some(Some(list)), Known::Item(_) | Known::Other) =
                (lists.get_mut(numbers[at]), &known[at])
            {
                list.push_str(&steps[*start..end]);
            }
        }
        lists
    }

    /// Returns what is known of a top-level piece among the steps.
    fn known(&self, piece: &Piece) -> Known {
        let position = |is_it: &dyn Fn(&List) -> bool| self.lists.iter().position(is_it);
        let found = match &piece.kind {
            Kind::Text(text) => {
                let is_it = |list: &List| list.heading.as_deref() == Some(text.trim_end());
                position(&is_it).map(Known::Heading)
            }
            Kind::Item(item) => {
                let is_it = |it: &Item| match (&it.step, &item.step) {
                    (None, None) => it.words == item.words,
                    (one, other) => one == other,
                };
                position(&|list: &List| list.items.iter().any(is_it)).map(Known::Item)
            }
            _ => None,
        };
        found.unwrap_or(Known::Other)
    }

    /// Puts out what the description says above a list, or behind all: as it was, where it says that.
    fn put(&self, out: &mut String, chunk: &str, before: Option<usize>, is_first: bool) {
        let own = if is_first {
            chunk
        } else {
            chunk.trim_start_matches(['\r', '\n'])
        };
        let (was, raw) = match before {
            Some(at) => (self.shown(at), &self.body[self.between[at].clone()]),
            None => (self.behind().to_owned(), self.behind()),
        };
        if own == was {
            return out.push_str(raw);
        }
        let lines = own.split_inclusive('\n');
        let said: String = lines.filter(|line| line.trim_end() != POINTER).collect();
        if before.is_none() {
            return out.push_str(&said);
        }
        if !said.trim().is_empty() {
            out.push_str(&self.parted(&said));
        }
    }

    /// Puts out a list: as it was, where it says what it said.
    fn put_list(&self, out: &mut String, at: usize, list: &str) {
        let was = self
            .lists
            .get(at)
            .map_or("", |list| &self.body[list.place.clone()]);
        let own = list
            .trim_end_matches(['\r', '\n'])
            .trim_start_matches(['\r', '\n']);
        let kept = was.trim_end_matches(['\r', '\n']);
        if own == kept {
            out.push_str(was);
        } else if !own.trim().is_empty() {
            let gap = &was[kept.len()..];
            out.push_str(own);
            out.push_str(if gap.is_empty() { self.line_end() } else { gap });
        }
    }

    /// Returns what the description says above a list: a pointer, where it says something, or nothing was said yet.
    fn shown(&self, at: usize) -> String {
        let text = &self.body[self.between[at].clone()];
        let text = self.parted(text);
        match at > 0 && says_nothing(&text) {
            true => text,
            false => format!("{text}{POINTER}{0}{0}", self.line_end()),
        }
    }

    fn behind(&self) -> &str {
        let last = self.between.last().cloned().unwrap_or_default();
        &self.body[last]
    }

    /// Returns a text with a blank line behind it; nothing where there is nothing.
    fn parted(&self, text: &str) -> String {
        let line_end = self.line_end();
        let ends = text.ends_with('\n');
        let is_parted = text.ends_with("\n\n") || text.ends_with("\n\r\n");
        match text.trim().is_empty() {
            true => text.to_owned(),
            false if is_parted => text.to_owned(),
            false if ends => format!("{text}{line_end}"),
            false => format!("{text}{line_end}{line_end}"),
        }
    }

    fn line_end(&self) -> &'static str {
        match self.body.contains("\r\n") {
            true => "\r\n",
            false => "\n",
        }
    }

    /// Returns the hidden number of a list.
    fn mark(&self, at: usize) -> String {
        format!("<!-- list {} -->{1}{1}", at + 1, self.line_end())
    }

    fn number(&self, line: &str) -> Option<usize> {
        let inner = line
            .trim()
            .strip_prefix("<!-- list ")?
            .strip_suffix(" -->")?;
        inner.parse::<usize>().ok()?.checked_sub(1)
    }
}

/// The headings, and the folds with their titles, that stand above a place.
#[derive(Default)]
struct Headings {
    open: Vec<Option<String>>,
    last: Option<String>,
    /// Whether a list has been below the last one.
    is_taken: bool,
}

impl Headings {
    fn meet(&mut self, piece: &Piece) {
        match &piece.kind {
            Kind::Open(title) => {
                self.open.push(self.last.take());
                self.last = Some(format!("## {title}"));
                self.is_taken = false;
            }
            Kind::Close => {
                self.last = self.open.pop().flatten();
                self.is_taken = false;
            }
            Kind::Text(text) if text.starts_with('#') && !text.contains('\n') => {
                self.last = Some(text.trim_end().to_owned());
                self.is_taken = false;
            }
            _ => {}
        }
    }

    fn take(&mut self) -> Option<String> {
        match std::mem::replace(&mut self.is_taken, true) {
            true => None,
            false => self.last.clone(),
        }
    }
}

/// Tells whether a top-level piece belongs to a list of steps.
fn is_list(pieces: &[Piece], root: usize) -> bool {
    let under = pieces[root + 1..]
        .iter()
        .take_while(|piece| piece.parent.is_some());
    let has_item = || {
        under
            .clone()
            .any(|piece| matches!(piece.kind, Kind::Item(_)))
    };
    match pieces[root].kind {
        Kind::Item(_) => true,
        Kind::Bullet { .. } => has_item(),
        _ => false,
    }
}

/// What a piece among the steps is, with the number of the list that it is of.
enum Known {
    /// The heading above it.
    Heading(usize),
    /// An item that it had.
    Item(usize),
    /// A person's.
    Other,
}

impl Known {
    fn list(&self) -> Option<usize> {
        match self {
            Self::Heading(at) | Self::Item(at) => Some(*at),
            Self::Other => None,
        }
    }
}

/// Returns numbers that never fall: as many of those given as can stand, and for each other one that of its
/// neighbour before.
fn in_order(numbers: &[Option<usize>]) -> Vec<usize> {
    // For each: how many can stand up to it, and which stands before it.
    let mut best: Vec<(usize, Option<usize>)> = vec![(0, None); numbers.len()];
    for at in 0..numbers.len() {
        let Some(number) = numbers[at] else { continue };
        let before = (0..at).filter(|it| numbers[*it].is_some_and(|it| it <= number));
        let before = before.max_by_key(|it| best[*it].0);
        best[at] = (before.map_or(0, |it| best[it].0) + 1, before);
    }
    let mut stands = vec![false; numbers.len()];
    let mut last = (0..numbers.len()).max_by_key(|at| best[*at].0);
    while let Some(at) = last {
        stands[at] = numbers[at].is_some();
        last = best[at].1;
    }
    let first = (0..numbers.len()).find(|at| stands[*at]);
    let mut number = first.and_then(|at| numbers[at]).unwrap_or(0);
    let numbers = numbers.iter().zip(stands).map(|(own, stands)| {
        number = own.filter(|_| stands).unwrap_or(number);
        number
    });
    numbers.collect()
}

/// Returns a text in two: what it says, and the comments at its end.
fn tail(text: &str) -> (&str, &str) {
    let mut at = text.len();
    for (start, _) in text.rmatch_indices('\n').chain([(0, "")]) {
        let start = if start == 0 && !text.starts_with('\n') {
            0
        } else {
            start + 1
        };
        if !says_nothing(text.get(start..).unwrap_or_default()) {
            break;
        }
        at = start.min(text.len());
    }
    text.split_at(at)
}
