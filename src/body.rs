//! A ticket's body: items with states and places, whatever people did to it.
//!
//! A body is Markdown that we wrote once and people have worked on since. It is read into [`Node`]s, which cut the
//! text into whole lines without a gap, and [`Item`]s, the lines with a box. It is never printed again from what was
//! read: what changes is spliced in, and every other byte stays (see [`merge`](crate::merge)).
//!
//! ```text
//! item = bullet " [" (" " | "x") "] " (text | "~~" text "~~") [" " suffix] [" " status] [" " suffix] [" " marker] [" " suffix]
//! ```
//!
//! The text is ours, the status and the [`marker`](mod@marker) too; a suffix is a person's. Where the text ends
//! and a suffix starts is told by the hash of the text in the marker.

use std::ops::Range;

use crate::checklist::State;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::procedure::StepId;
use crate::run::RunKey;
use crate::source::{Place, Source, Span};

mod line;
pub mod marker;
pub mod progress;
mod read;
pub mod resolve;
mod seal;
pub(crate) mod status;

pub(crate) use line::written_end;
pub use marker::{Agreed, Changelog, Duty, ItemMarker, PartRef, TicketMarker};
pub(crate) use seal::{base_of, splice};
pub use seal::{seal, seal_with, with_ticket};

use marker::{Base, Damage};

/// The hidden end of a line that shows a conflict.
pub(crate) const CONFLICT: &str = "<!-- rs-conflict -->";

/// A ticket's body as it was found.
#[derive(Clone, Debug)]
pub struct Body {
    /// The text, byte for byte.
    pub text: String,
    /// Which run it shows, and where that is said.
    pub ticket: Option<(TicketMarker, Range<usize>)>,
    /// What was last written, and where that is said.
    pub base: Option<(Base, Range<usize>)>,
    /// The text cut into whole lines, in order; only blank lines may stand before the first.
    pub nodes: Vec<Node>,
    /// The items, in order.
    pub items: Vec<Item>,
    /// The steps whose markers stand where no item can be: in code, in a comment that is not closed.
    pub hidden: Vec<StepId>,
    /// What is worth telling about the markers, by line.
    pub notices: Vec<Notice>,
}

/// A piece of a body: an item's line, a heading, or a block of text, with the blank lines after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where its first line starts.
    pub start: usize,
    /// Where its own content ends, without the line end.
    pub content_end: usize,
    /// Where the next node starts.
    pub end: usize,
    /// The item, or the bullet, that it stands in.
    pub parent: Option<usize>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// An item's line; its index in [`Body::items`].
    Item(usize),
    /// A heading of this level.
    Heading(u8),
    /// Any other block.
    Text,
    /// The marker of the ticket, alone on its line.
    Ticket,
    /// The marker of what was last written.
    Base,
    /// A line that shows a conflict.
    Conflict,
}

/// A line with a box.
#[derive(Clone, Debug)]
pub struct Item {
    /// Where its bullet stands.
    pub start: usize,
    /// Its box, brackets included; `None` where a person took it away.
    pub task: Option<Range<usize>>,
    /// All that stands behind the box.
    pub content: Range<usize>,
    /// The text, without what is not ours.
    pub text: Range<usize>,
    /// Whether the text is struck through; `~~` stands around it then.
    pub struck: bool,
    /// What tells the state.
    pub status: Option<Range<usize>>,
    /// What ties it to its step; `None` for a person's own item.
    pub marker: Option<ItemMarker>,
    /// Where the marker stands, damaged or not.
    pub marker_at: Option<Range<usize>>,
    /// What a person wrote on the line.
    pub suffixes: Vec<Range<usize>>,
    /// How it stands.
    pub state: State,
    /// Whether its marker says nothing: it is a copy of another item's, or comes from another ticket.
    pub is_stray: bool,
    /// Its node; `None` where it stands inside another one, as in a quote.
    pub node: Option<usize>,
    pub(crate) markers: Vec<Range<usize>>,
    damage: Vec<Damage>,
}

impl Item {
    /// Tells whether its box is ticked.
    pub fn ticked(&self, text: &str) -> bool {
        let inside = self.task.as_ref().map(|task| task.start + 1);
        inside.is_some_and(|at| matches!(text.as_bytes().get(at), Some(b'x' | b'X')))
    }

    /// Tells whether its text is as last written.
    pub fn as_written(&self, text: &str) -> bool {
        self.marker
            .as_ref()
            .is_some_and(|marker| marker.hash == marker::text_hash(&text[self.text.clone()]))
    }

    /// Returns its step's marker, where it stands for a step.
    pub fn step(&self) -> Option<&ItemMarker> {
        self.marker.as_ref().filter(|_| !self.is_stray)
    }
}

/// Something worth telling about a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The 1-based line.
    pub line: usize,
    /// The offset of the byte it speaks of.
    pub offset: usize,
    /// What it says, lower case, without a full stop.
    pub message: String,
}

impl Notice {
    pub(crate) fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        Self {
            line: text[..offset].matches('\n').count() + 1,
            offset,
            message: message.into(),
        }
    }

    /// Returns it as a finding in the ticket that `source` is.
    pub fn diagnostic(&self, source: &std::sync::Arc<Source>) -> Diagnostic {
        let place = Place::new(source, Span::new(self.offset, self.offset));
        Diagnostic::new(Severity::Warning, Code::Marker, place, self.message.clone())
    }
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl Body {
    /// Reads any text as a ticket's body.
    pub fn read(text: &str) -> Self {
        read::read(text)
    }

    /// Returns the run that the ticket shows, where its marker is there.
    pub fn run(&self) -> Option<&RunKey> {
        self.ticket.as_ref().map(|(ticket, _)| &ticket.run)
    }

    /// Returns the items that stand for steps.
    pub fn steps(&self) -> impl Iterator<Item = (&ItemMarker, &Item)> {
        self.items
            .iter()
            .filter_map(|item| Some((item.step()?, item)))
    }

    /// Returns the item of a step.
    pub fn item(&self, id: &StepId) -> Option<&Item> {
        self.steps()
            .find(|(marker, _)| marker.id == *id)
            .map(|(_, item)| item)
    }

    /// Returns an item's text.
    pub fn text_of(&self, item: &Item) -> &str {
        &self.text[item.text.clone()]
    }

    /// Returns the nodes that stand directly in `parent`; without one, those of the body itself.
    pub fn children(&self, parent: Option<usize>) -> impl Iterator<Item = usize> + '_ {
        let from = parent.map_or(0, |parent| parent + 1);
        (from..self.nodes.len()).filter(move |at| self.nodes[*at].parent == parent)
    }

    /// Returns the item that `item` stands in.
    pub fn parent_item(&self, item: &Item) -> Option<&Item> {
        let mut node = self.nodes[item.node?].parent;
        while let Some(at) = node {
            if let NodeKind::Item(item) = self.nodes[at].kind {
                return Some(&self.items[item]);
            }
            node = self.nodes[at].parent;
        }
        None
    }
}

/// Returns what a template's `item.marker` holds for a step, before [`seal`] completes it.
pub fn marker(id: &StepId, number: &str) -> String {
    ItemMarker::new(id, number, Duty::default()).to_string()
}
