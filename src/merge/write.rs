//! Puts the merged ticket together from the bytes of both.

use std::collections::BTreeMap;
use std::ops::Range;

use super::pair::{Pairs, item_at};
use super::tree::{Branch, From};
use crate::body::{Body, NodeKind, splice};

/// Writes the tree; `splices` change lines of theirs.
pub(super) fn write(
    ours: &Body,
    theirs: &Body,
    pairs: &Pairs,
    branches: &[Branch],
    splices: Vec<(Range<usize>, String)>,
) -> String {
    let first = theirs.nodes.first().map_or(0, |node| node.start);
    let mut writer = Writer {
        ours,
        theirs,
        pairs,
        splices: splices
            .into_iter()
            .map(|(range, with)| ((range.start, range.end), with))
            .collect(),
        line_end: if theirs.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        },
        out: theirs.text[..first].to_owned(),
        last: Last {
            their: None,
            keeps_blanks: false,
            in_list: false,
        },
    };
    for branch in branches {
        let stays =
            matches!(branch.from, From::Theirs(their) if pairs.their_holders[their].is_none());
        writer.branch(branch, stays.then(Shift::default), "");
    }
    // Blank lines stood behind the last node where it was; at the end they are nobody's.
    if writer.last.their.is_none() {
        let content = writer.out.trim_end().len();
        writer.out.truncate(content);
        writer.out.push_str(writer.line_end);
    }
    writer.out
}

struct Writer<'a> {
    ours: &'a Body,
    theirs: &'a Body,
    pairs: &'a Pairs,
    splices: BTreeMap<(usize, usize), String>,
    line_end: &'static str,
    out: String,
    last: Last,
}

/// What was written last.
struct Last {
    their: Option<usize>,
    keeps_blanks: bool,
    in_list: bool,
}

/// How the lines of a moved node are indented anew.
#[derive(Clone, Default)]
struct Shift {
    strip: String,
    add: String,
}

impl Writer<'_> {
    /// Writes a node and all in it.
    ///
    /// `shift` is that of its holder where it stays there; `indent` is what a line under its holder starts with.
    fn branch(&mut self, branch: &Branch, shift: Option<Shift>, indent: &str) {
        match &branch.from {
            From::Theirs(their) => {
                let node = &self.theirs.nodes[*their];
                let shift = shift.unwrap_or_else(|| Shift {
                    strip: leading(&self.theirs.text[node.start..node.end]).to_owned(),
                    add: indent.to_owned(),
                });
                self.theirs(*their, &branch.children, shift);
            }
            From::Ours(our) => self.ours(*our, &branch.children, indent),
            From::Hole(_) => {}
            From::Mark(mark) => {
                let wants_blank = indent.is_empty();
                self.join(wants_blank);
                let line = format!("{indent}{mark}{}", self.line_end);
                self.out.push_str(&line);
                self.last = Last {
                    their: None,
                    keeps_blanks: false,
                    in_list: !wants_blank,
                };
                if wants_blank {
                    self.out.push_str(self.line_end);
                }
            }
        }
    }

    fn theirs(&mut self, their: usize, children: &[Branch], shift: Shift) {
        let node = &self.theirs.nodes[their];
        let follows = their > 0 && their.checked_sub(1) == self.last.their;
        if !follows && !self.out.is_empty() {
            let wants_blank = self.wants_blank(self.theirs, their);
            self.join(wants_blank);
        }
        let changed: Vec<_> = self
            .splices
            .range((node.start, 0)..(node.end, 0))
            // A line that Markdown reads on into another block stays as it is.
            .filter(|((_, end), _)| *end <= node.end)
            .map(|((start, end), with)| (start - node.start..end - node.start, with.clone()))
            .collect();
        let chunk = splice(&self.theirs.text[node.start..node.end], changed);
        let chunk = indented(&chunk, &shift);
        self.out.push_str(&chunk);
        self.last = Last {
            their: Some(their),
            keeps_blanks: self.pairs.own.contains(&their),
            in_list: in_list(self.theirs, their),
        };
        let child_indent = indented(&self.child_indent(their), &shift);
        for child in children {
            let stays = matches!(child.from, From::Theirs(at) if self.pairs.their_holders[at] == Some(their));
            self.branch(child, stays.then(|| shift.clone()), &child_indent);
        }
    }

    fn ours(&mut self, our: usize, children: &[Branch], indent: &str) {
        let node = &self.ours.nodes[our];
        let strip = match self.pairs.our_holders[our] {
            Some(holder) => content_indent(self.ours, holder),
            None => String::new(),
        };
        let shift = Shift {
            strip,
            add: indent.to_owned(),
        };
        let wants_blank = self.wants_blank(self.ours, our);
        self.join(wants_blank);
        let changed: Vec<_> = match item_at(self.ours, our) {
            Some(item) if self.pairs.split_from.contains_key(&our) => {
                let task = item.task.iter();
                task.map(|task| {
                    (
                        task.start + 1 - node.start..task.start + 2 - node.start,
                        "x".to_owned(),
                    )
                })
                .collect()
            }
            _ => Vec::new(),
        };
        let chunk = splice(&self.ours.text[node.start..node.end], changed);
        let mut chunk = indented(&chunk, &shift);
        if self.line_end == "\r\n" {
            chunk = chunk.replace('\n', "\r\n");
        }
        self.out.push_str(&chunk);
        self.last = Last {
            their: None,
            keeps_blanks: false,
            in_list: in_list(self.ours, our),
        };
        let child_indent = indented(&content_indent(self.ours, our), &shift);
        for child in children {
            self.branch(child, None, &child_indent);
        }
    }

    /// Returns what a line under an item of theirs starts with: as those that are there, else as wide as its bullet.
    fn child_indent(&self, their: usize) -> String {
        let first = self.theirs.children(Some(their)).next();
        match first.map(|first| &self.theirs.nodes[first]) {
            Some(child) => leading(&self.theirs.text[child.start..child.end]).to_owned(),
            None => content_indent(self.theirs, their),
        }
    }

    /// Tells whether a blank line should stand before a node that comes behind another one than before.
    ///
    /// In a list that is as it was in its old list; a list that starts, and a block, have one before them.
    fn wants_blank(&self, body: &Body, at: usize) -> bool {
        let node = &body.nodes[at];
        let had_blank = blank_before(&body.text, node.start).unwrap_or(true);
        let was_in_list = at
            .checked_sub(1)
            .is_some_and(|before| in_list(body, before));
        match (in_list(body, at), self.last.in_list) {
            (true, true) => was_in_list && had_blank,
            (true, false) => true,
            (false, _) => had_blank || was_in_list,
        }
    }

    /// Ends the last line, and puts or takes the blank line before the next.
    fn join(&mut self, wants_blank: bool) {
        if self.out.trim().is_empty() {
            return;
        }
        if !self.out.ends_with('\n') {
            self.out.push_str(self.line_end);
        }
        let content = self.out.trim_end().len();
        let line_end = self.out[content..]
            .find('\n')
            .map_or(self.out.len(), |at| content + at + 1);
        let has_blank = line_end < self.out.len();
        if (wants_blank || self.last.keeps_blanks) && !has_blank {
            self.out.push_str(self.line_end);
        } else if !wants_blank && has_blank && !self.last.keeps_blanks {
            self.out.truncate(line_end);
        }
    }
}

/// Tells whether a node is part of a list.
fn in_list(body: &Body, at: usize) -> bool {
    let node = &body.nodes[at];
    let line = body.text[node.start..node.content_end].trim_start();
    let is_list = matches!(node.kind, NodeKind::Item(_)) || node.parent.is_some();
    is_list || line.starts_with("- ") || line.starts_with("* ") || line.starts_with("+ ")
}

/// Returns the blanks and tabs that a text starts with.
fn leading(text: &str) -> &str {
    &text[..text.len() - text.trim_start_matches([' ', '\t']).len()]
}

/// Returns as many blanks as the content of an item's line is indented by.
fn content_indent(body: &Body, node: usize) -> String {
    let start = body.nodes[node].start;
    let line = &body.text[start..];
    let Some(item) = item_at(body, node) else {
        return leading(line).to_owned();
    };
    let content = item
        .task
        .as_ref()
        .map_or(item.content.start, |task| task.start);
    let bullet = item.start.max(start + leading(line).len());
    let width = content.saturating_sub(bullet).clamp(2, 5);
    format!("{}{}", leading(line), " ".repeat(width))
}

/// Tells whether a blank line stands before the line at `start`; `None` for the first line.
fn blank_before(text: &str, start: usize) -> Option<bool> {
    let before = text[..start].strip_suffix('\n')?;
    Some(before.trim_end_matches(['\r', ' ', '\t']).ends_with('\n') || before.trim().is_empty())
}

/// Returns `text` with each line's indentation exchanged.
fn indented(text: &str, shift: &Shift) -> String {
    if shift.strip == shift.add {
        return text.to_owned();
    }
    let mut new = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.trim().is_empty() && line.ends_with('\n') {
            new.push_str(line);
        } else if let Some(rest) = line.strip_prefix(&shift.strip) {
            new.push_str(&shift.add);
            new.push_str(rest);
        } else {
            new.push_str(line);
        }
    }
    new
}
