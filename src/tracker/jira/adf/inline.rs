//! Lines of text: Markdown's and a description's, both as cells, so that one can be held against the other.

use std::ops::Range;
use std::rc::Rc;

use pulldown_cmark::{Event, Tag};
use serde_json::{Value, json};

use super::node;
use crate::render::{is_absolute, next_address};

/// A character, or a node that is none.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// What it is.
    pub(crate) what: What,
    /// Its marks.
    pub(crate) marks: Rc<[Value]>,
    /// Where its Markdown stands.
    pub(crate) source: Range<usize>,
    /// Whether its Markdown can be cut off from that around it.
    pub(crate) is_free: bool,
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// A character.
    Char(char),
    /// A node: a break, a mention, a picture.
    Node(Value),
}

/// Returns the nodes that the cells are.
pub(crate) fn nodes(cells: &[Cell]) -> Vec<Value> {
    let mut nodes = Vec::new();
    let mut text = String::new();
    for (at, cell) in cells.iter().enumerate() {
        match &cell.what {
            What::Node(node) => nodes.push(node.clone()),
            What::Char(char) => {
                text.push(*char);
                let goes_on = cells.get(at + 1).is_some_and(|next| {
                    matches!(next.what, What::Char(_)) && next.marks == cell.marks
                });
                if !goes_on {
                    nodes.push(node::text(&std::mem::take(&mut text), &cell.marks));
                }
            }
        }
    }
    nodes
}

/// Returns the cells that a description's nodes are; their sources are the numbers of the nodes.
pub(super) fn cells(nodes: &[Value]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        let mut push = |what, marks: Rc<[Value]>| {
            cells.push(Cell {
                what,
                marks,
                source: at..at + 1,
                is_free: true,
            });
        };
        match node["text"].as_str().filter(|_| node::kind(node) == "text") {
            Some(text) => {
                let marks: Rc<[Value]> = node["marks"]
                    .as_array()
                    .map_or(&[][..], Vec::as_slice)
                    .into();
                text.chars()
                    .for_each(|char| push(What::Char(char), marks.clone()));
            }
            None => push(What::Node(node.clone()), Rc::new([])),
        }
    }
    cells
}

/// Puts the events of the Markdown reader into cells.
#[derive(Default)]
pub(super) struct Inlines {
    cells: Vec<Cell>,
    marks: Vec<Value>,
    /// For each mark of Markdown that is open, whether it is one in a description.
    open: Vec<bool>,
    /// The picture whose words are being read: its address, and the number of cells before it.
    picture: Option<(String, usize)>,
}

impl Inlines {
    /// Takes an event within a block.
    pub(super) fn take(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(_) => self.end(&range),
            Event::Text(text) => self.words(text, range),
            Event::Code(code) => {
                // Beside it, code bears a link only.
                let mut marks = self.marks.clone();
                marks.retain(|mark| node::kind(mark) == "link");
                marks.push(json!({"type": "code"}));
                self.text(code, &range, &marks, false);
            }
            Event::SoftBreak => self.text(" ", &range, &self.marks.clone(), false),
            Event::HardBreak => self.node(json!({"type": "hardBreak"}), range),
            Event::InlineHtml(html) if is_break(html) => {
                self.node(json!({"type": "hardBreak"}), range);
            }
            _ => {}
        }
    }

    /// Adds text that is not in the Markdown.
    pub(super) fn add(&mut self, text: &str) {
        self.text(text, &(0..0), &[], false);
    }

    /// Returns the cells.
    pub(super) fn finish(self) -> Vec<Cell> {
        self.cells
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let mark = match tag {
            Tag::Emphasis => Some(json!({"type": "em"})),
            Tag::Strong => Some(json!({"type": "strong"})),
            Tag::Strikethrough => Some(json!({"type": "strike"})),
            Tag::Link { dest_url, .. } => link(dest_url),
            Tag::Image { dest_url, .. } => {
                self.picture = Some((dest_url.to_string(), self.cells.len()));
                link(dest_url)
            }
            _ => None,
        };
        let is_there = |mark: &Value| {
            self.marks
                .iter()
                .any(|it| node::kind(it) == node::kind(mark))
        };
        let mark = mark.filter(|mark| !is_there(mark));
        self.open.push(mark.is_some());
        self.marks.extend(mark);
    }

    fn end(&mut self, range: &Range<usize>) {
        if let Some((address, from)) = self.picture.take()
            && self.cells.len() == from
        {
            // A picture without words is told by its address.
            self.text(&address, range, &self.marks.clone(), false);
        }
        if self.open.pop() == Some(true) {
            self.marks.pop();
        }
    }

    /// Adds text in which bare addresses are links, as readers of Markdown have them.
    fn words(&mut self, text: &str, range: Range<usize>) {
        let plain = self.marks.clone();
        let verbatim = text.len() == range.len();
        let place = |from: usize, to: usize| match verbatim {
            true => range.start + from..range.start + to,
            false => range.clone(),
        };
        let in_link = plain.iter().any(|mark| node::kind(mark) == "link");
        let mut done = 0;
        while let Some((before, address)) = next_address(&text[done..]).filter(|_| !in_link) {
            let from = done + before.len();
            let to = from + address.len();
            self.text(before, &place(done, from), &plain, verbatim);
            let mut linked = plain.clone();
            linked.extend(link(address));
            self.text(address, &place(from, to), &linked, verbatim);
            done = to;
        }
        self.text(&text[done..], &place(done, text.len()), &plain, verbatim);
    }

    fn text(&mut self, text: &str, range: &Range<usize>, marks: &[Value], verbatim: bool) {
        let marks: Rc<[Value]> = marks.into();
        for (at, char) in text.char_indices() {
            let source = match verbatim {
                true => range.start + at..range.start + at + char.len_utf8(),
                false => range.clone(),
            };
            self.cells.push(Cell {
                what: What::Char(if char.is_control() { ' ' } else { char }),
                marks: marks.clone(),
                source,
                is_free: self.open.is_empty() && (verbatim || at + char.len_utf8() == text.len()),
            });
        }
    }

    fn node(&mut self, node: Value, source: Range<usize>) {
        self.cells.push(Cell {
            what: What::Node(node),
            marks: Rc::new([]),
            source,
            is_free: self.open.is_empty(),
        });
    }
}

/// Returns the mark of a link, where the address leads to the same place from wherever it is read.
fn link(address: &str) -> Option<Value> {
    is_absolute(address).then(|| json!({"type": "link", "attrs": {"href": address}}))
}

fn is_break(html: &str) -> bool {
    let tag = html
        .trim_start_matches('<')
        .trim_end_matches(['>', '/', ' ']);
    tag.eq_ignore_ascii_case("br")
}
