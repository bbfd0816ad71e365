//! Reads a ticket body into nodes and items, whatever people did to it.
//!
//! pulldown-cmark says what is a list item, a box, a fence or a comment, and where it stands; nothing here looks for
//! boxes line by line. Its events are put in a flat list in the order of their first byte, so that no nesting,
//! however deep, costs stack. From that list the nodes are cut: whole lines each, without a gap.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::line::read_line;
use super::marker::{Base, Damage, ItemMarker, TicketMarker, VERSION};
use super::{Body, CONFLICT, Item, Node, NodeKind, Notice};
use crate::checklist::State;
use crate::procedure::StepId;

/// One block as the Markdown reader sees it.
struct Block {
    kind: BlockKind,
    range: Range<usize>,
    parent: Option<usize>,
    /// For a list item: its box, brackets included, and whether it is ticked.
    task: Option<Range<usize>>,
    /// The comments that stand directly in it.
    comments: Vec<Range<usize>>,
    /// For a list item: the block that starts on its line.
    head: Option<usize>,
    /// For a list item: whether anything stands in it yet.
    has_content: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BlockKind {
    List,
    Item,
    Paragraph,
    Heading(u8),
    Html,
    Other,
}

/// Reads `text`; see [`Body::read`].
pub(super) fn read(text: &str) -> Body {
    let blocks = blocks(text);
    let mut cut = Cut {
        text,
        blocks: &blocks,
        has_step: steps_within(text, &blocks),
        nodes: Vec::new(),
        items: Vec::new(),
        opened: vec![None; blocks.len()],
        notices: Vec::new(),
    };
    for at in 0..blocks.len() {
        cut.visit(at);
    }
    let Cut {
        mut nodes,
        mut items,
        mut notices,
        ..
    } = cut;
    close(text, &mut nodes, &mut items);
    let mut body = Body {
        text: text.to_owned(),
        ticket: None,
        base: None,
        nodes: Vec::new(),
        items: Vec::new(),
        hidden: Vec::new(),
        notices: Vec::new(),
    };
    read_ticket(text, &mut nodes, &mut body, &mut notices);
    if let Some((base, _)) = &body.base {
        tell_foreign(text, base, &mut items, &mut notices);
    }
    tell_copies(text, &mut items, &mut notices);
    tell_struck(text, &items, &mut notices);
    body.hidden = hidden(text, &items, &mut notices);
    notices.sort_by_key(|notice| notice.line);
    (body.nodes, body.items, body.notices) = (nodes, items, notices);
    body
}

/// Returns the blocks of `text` in the order of their first byte.
fn blocks(text: &str) -> Vec<Block> {
    let options = Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TABLES
        | Options::ENABLE_GFM;
    let mut reader = Reader {
        blocks: Vec::new(),
        open: Vec::new(),
        in_run: false,
    };
    // Whether each started tag opened a block, to be closed by its end.
    let mut started: Vec<bool> = Vec::new();
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                let kind = block_kind(&tag);
                started.push(kind.is_some());
                match kind {
                    Some(kind) => reader.start(kind, range),
                    None => reader.inline(range, false),
                }
            }
            Event::End(_) => {
                if started.pop() == Some(true) {
                    reader.end();
                }
            }
            Event::TaskListMarker(_) => {
                let start = range.start + text[range.clone()].find('[').unwrap_or(0);
                reader.task(start..range.end);
            }
            Event::InlineHtml(_) => reader.inline(range, true),
            Event::Rule => {
                reader.start(BlockKind::Other, range);
                reader.end();
            }
            _ => reader.inline(range, false),
        }
    }
    reader.blocks
}

/// Puts the events of the Markdown reader into blocks.
struct Reader {
    blocks: Vec<Block>,
    open: Vec<usize>,
    /// Whether the innermost open block is a paragraph that we opened, as a tight list's items have none.
    in_run: bool,
}

impl Reader {
    fn start(&mut self, kind: BlockKind, range: Range<usize>) {
        self.end_run();
        let at = self.blocks.len();
        let parent = self.open.last().copied();
        if let Some(parent) = parent.map(|parent| &mut self.blocks[parent])
            && parent.kind == BlockKind::Item
            && !parent.has_content
        {
            parent.has_content = true;
            parent.head = (kind != BlockKind::List).then_some(at);
        }
        self.blocks.push(Block {
            kind,
            range,
            parent,
            task: None,
            comments: Vec::new(),
            head: None,
            has_content: false,
        });
        self.open.push(at);
    }

    fn end(&mut self) {
        self.end_run();
        self.open.pop();
    }

    fn end_run(&mut self) {
        if std::mem::take(&mut self.in_run) {
            self.open.pop();
        }
    }

    fn task(&mut self, range: Range<usize>) {
        let blocks = &mut self.blocks;
        let item = self
            .open
            .iter()
            .rev()
            .find(|at| blocks[**at].kind == BlockKind::Item);
        if let Some(item) = item {
            blocks[*item].task = Some(range);
        }
    }

    fn inline(&mut self, range: Range<usize>, html: bool) {
        let Some(at) = self.open.last().copied() else {
            return;
        };
        if self.blocks[at].kind == BlockKind::Item {
            self.start(BlockKind::Paragraph, range.clone());
            self.in_run = true;
        }
        let Some(block) = self.open.last().map(|at| &mut self.blocks[*at]) else {
            return;
        };
        block.range.end = block.range.end.max(range.end);
        if html {
            block.comments.push(range);
        }
    }
}

fn block_kind(tag: &Tag<'_>) -> Option<BlockKind> {
    Some(match tag {
        Tag::List(_) => BlockKind::List,
        Tag::Item => BlockKind::Item,
        Tag::Paragraph => BlockKind::Paragraph,
        Tag::Heading { level, .. } => BlockKind::Heading(*level as u8),
        Tag::HtmlBlock => BlockKind::Html,
        Tag::BlockQuote(_) | Tag::CodeBlock(_) | Tag::Table(_) | Tag::FootnoteDefinition(_) => {
            BlockKind::Other
        }
        _ => return None,
    })
}

/// Tells for each block whether it is, or holds, an item with a box or a marker.
fn steps_within(text: &str, blocks: &[Block]) -> Vec<bool> {
    let mut within = vec![false; blocks.len()];
    for at in (0..blocks.len()).rev() {
        within[at] |= is_step(text, blocks, at);
        if let (true, Some(parent)) = (within[at], blocks[at].parent) {
            within[parent] = true;
        }
    }
    within
}

fn is_step(text: &str, blocks: &[Block], at: usize) -> bool {
    let block = &blocks[at];
    let marked = || {
        let head = block.head.map(|head| &blocks[head].comments);
        head.into_iter()
            .flatten()
            .any(|comment| matches!(ItemMarker::parse(&text[comment.clone()]), Some(Ok(_))))
    };
    block.kind == BlockKind::Item && (block.task.is_some() || marked())
}

/// Cuts the blocks into nodes.
struct Cut<'a> {
    text: &'a str,
    blocks: &'a [Block],
    has_step: Vec<bool>,
    nodes: Vec<Node>,
    items: Vec<Item>,
    /// For each block whose content is cut further: the node that holds it, if any does.
    opened: Vec<Option<Option<usize>>>,
    notices: Vec<Notice>,
}

impl Cut<'_> {
    fn visit(&mut self, at: usize) {
        let block = &self.blocks[at];
        let holder = match block.parent {
            None => Some(None),
            Some(parent) => self.opened[parent],
        };
        let step = is_step(self.text, self.blocks, at);
        let Some(parent) = holder else {
            if step {
                self.item(at, None);
            }
            return;
        };
        if block.kind == BlockKind::List {
            self.opened[at] = Some(parent);
            return;
        }
        let is_head = block
            .parent
            .is_some_and(|item| self.blocks[item].head == Some(at));
        if is_head {
            return;
        }
        let start = self.text[..block.range.start]
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        let shares_line = self.nodes.last().is_some_and(|node| node.start >= start);
        if shares_line {
            if step {
                self.item(at, None);
            }
            return;
        }
        let node = self.nodes.len();
        let kind = match block.kind {
            BlockKind::Item if step => NodeKind::Item(self.item(at, Some(node))),
            BlockKind::Heading(level) => NodeKind::Heading(level),
            _ => NodeKind::Text,
        };
        let opens = block.kind == BlockKind::Item && self.has_step[at] || step;
        if opens {
            self.opened[at] = Some(Some(node));
        }
        let content_end = match block.head {
            Some(head) if opens => self.blocks[head].range.end,
            None if opens => block
                .task
                .as_ref()
                .map_or(block.range.start, |task| task.end),
            _ => block.range.end,
        };
        self.nodes.push(Node {
            kind,
            start,
            content_end,
            end: 0,
            parent,
        });
    }

    /// Reads the item of the block at `at`.
    fn item(&mut self, at: usize, node: Option<usize>) -> usize {
        let block = &self.blocks[at];
        let head = block.head.map(|head| &self.blocks[head]);
        let start = match (&block.task, head) {
            (Some(task), _) => task.end,
            (None, Some(head)) => head.range.start,
            (None, None) => block.range.start,
        };
        let content = start..head.map_or(start, |head| head.range.end.max(start));
        let comments = head.map_or(&[][..], |head| &head.comments);
        let mut item = read_line(self.text, block.task.clone(), content, comments);
        item.node = node;
        item.start = block.range.start;
        for damage in std::mem::take(&mut item.damage) {
            let message = match damage {
                Damage::Unclosed => "the marker of this item is cut off",
                Damage::NoId => "the marker of this item names no step",
                Damage::Field => "the marker of this item has a value that cannot be read",
            };
            self.notices
                .push(Notice::at(self.text, item.start, message));
        }
        if item.marker.is_some() && item.task.is_none() {
            self.notices.push(Notice::at(
                self.text,
                item.start,
                "the box of this item was taken away: it counts as open",
            ));
        }
        self.items.push(item);
        self.items.len() - 1
    }
}

/// Gives each node its end, and what stands between blocks (such as link definitions) a node of its own.
fn close(text: &str, nodes: &mut Vec<Node>, items: &mut [Item]) {
    let mut all: Vec<Node> = Vec::with_capacity(nodes.len());
    let mut moved = Vec::with_capacity(nodes.len());
    let first = nodes.first().map_or(text.len(), |node| node.start);
    let mut rest = (0, first, None);
    for at in 0..=nodes.len() {
        let (from, to, parent) = rest;
        let content = text[from..to].trim_end();
        if let Some(offset) = content.find(|char: char| !char.is_whitespace()) {
            let start = text[..from + offset]
                .rfind('\n')
                .map_or(0, |at| at + 1)
                .max(from);
            if let Some(before) = all.last_mut() {
                before.end = start;
            }
            all.push(Node {
                kind: NodeKind::Text,
                start,
                content_end: from + content.len(),
                end: to,
                parent,
            });
        }
        let Some(node) = nodes.get(at) else {
            break;
        };
        let end = nodes.get(at + 1).map_or(text.len(), |next| next.start);
        let content_end = node.content_end.clamp(node.start, end);
        let content_end = node.start + text[node.start..content_end].trim_end().len();
        let line_end = text[content_end..end]
            .find('\n')
            .map_or(end, |newline| content_end + newline + 1);
        let parent = node.parent.map(|parent: usize| moved[parent]);
        moved.push(all.len());
        all.push(Node {
            kind: node.kind,
            start: node.start,
            content_end,
            end,
            parent,
        });
        let inside = matches!(node.kind, NodeKind::Item(_)).then_some(all.len() - 1);
        rest = (line_end, end, inside.or(parent));
    }
    for item in items {
        item.node = item.node.map(|node| moved[node]);
    }
    *nodes = all;
}

/// Finds the items whose steps were never written in this ticket.
fn tell_foreign(text: &str, base: &Base, items: &mut [Item], notices: &mut Vec<Notice>) {
    for item in items {
        let foreign = item
            .step()
            .filter(|marker| !base.has(&marker.id))
            .map(|marker| marker.id.clone());
        if let Some(id) = foreign {
            item.is_stray = true;
            let message =
                format!("step `{id}` is not one of this ticket: its item counts as a person's own");
            notices.push(Notice::at(text, item.start, message));
        }
    }
}

/// Tells of items that a person struck through: that settles nothing.
fn tell_struck(text: &str, items: &[Item], notices: &mut Vec<Notice>) {
    let struck = items
        .iter()
        .filter(|item| item.struck && item.state == State::Open);
    for (item, marker) in struck.filter_map(|item| Some((item, item.step()?))) {
        let message = format!(
            "step `{}` is struck through and still open: `skip` it with a reason",
            marker.id
        );
        notices.push(Notice::at(text, item.start, message));
    }
}

/// Leaves each step to one item: the one whose words are as written, else the first.
fn tell_copies(text: &str, items: &mut [Item], notices: &mut Vec<Notice>) {
    let mut by_id: BTreeMap<StepId, Vec<usize>> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        if let Some(marker) = item.step() {
            by_id.entry(marker.id.clone()).or_default().push(at);
        }
    }
    for (id, same) in by_id.into_iter().filter(|(_, same)| same.len() > 1) {
        let as_written = same.iter().find(|at| items[**at].as_written(text));
        let kept = as_written.copied().unwrap_or(same[0]);
        for copy in same.into_iter().filter(|at| *at != kept) {
            items[copy].is_stray = true;
            notices.push(Notice::at(
                text,
                items[copy].start,
                format!("a second item for step `{id}`: it counts as a person's own"),
            ));
        }
    }
}

/// Finds the ticket's own markers, wherever they stand by now: what people leave open above them hides them from
/// Markdown, not from us.
fn read_ticket(text: &str, nodes: &mut [Node], body: &mut Body, notices: &mut Vec<Notice>) {
    for (start, _) in text.match_indices("<!-- runsheet ") {
        let line = text[start..].lines().next().unwrap_or_default();
        let Some(end) = line.find("-->").map(|end| start + end + 3) else {
            continue;
        };
        let (range, written) = (start..end, &text[start..end]);
        let at = nodes
            .partition_point(|node| node.start <= start)
            .checked_sub(1);
        let node = at.map(|at| &mut nodes[at]).filter(|node| {
            node.kind == NodeKind::Text && text[node.start..node.content_end].trim() == written
        });
        if let Some(base) = Base::parse(written) {
            // One that stands alone is ours; another may be quoted.
            if let Some(node) = node {
                node.kind = NodeKind::Base;
                body.base = Some((base, range));
            } else {
                body.base.get_or_insert((base, range));
            }
        } else if let Some(ticket) = TicketMarker::parse(written) {
            if body.ticket.is_some() {
                notices.push(Notice::at(text, start, "a second ticket marker"));
                continue;
            }
            if ticket.version > VERSION {
                let message = format!(
                    "written by a newer runsheet (format {}, this one knows {VERSION})",
                    ticket.version
                );
                notices.push(Notice::at(text, start, message));
            }
            if let Some(node) = node {
                node.kind = NodeKind::Ticket;
            }
            body.ticket = Some((ticket, range));
        }
    }
    for node in nodes.iter_mut().filter(|node| node.kind == NodeKind::Text) {
        if text[node.start..node.content_end].contains(CONFLICT) {
            node.kind = NodeKind::Conflict;
        }
    }
}

/// Finds the steps whose markers stand where no item can be: in a fence, in a comment that is not closed.
fn hidden(text: &str, items: &[Item], notices: &mut Vec<Notice>) -> Vec<StepId> {
    let mut seen = std::collections::BTreeSet::new();
    for item in items {
        seen.extend(item.markers.iter().map(|range| range.start));
    }
    let mut hidden = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find("<!-- rs ") {
        let start = from + found;
        from = start + "<!-- rs ".len();
        if seen.contains(&start) {
            continue;
        }
        let end = text[start..]
            .find("-->")
            .map_or(text.len(), |end| start + end + 3);
        let Some(Ok(marker)) = ItemMarker::parse(&text[start..end]) else {
            continue;
        };
        if !text[start..end].contains('\n') && !hidden.contains(&marker.id) {
            notices.push(Notice::at(
                text,
                start,
                format!("step `{}` stands where no box works: in code or in a comment that is not closed", marker.id),
            ));
            hidden.push(marker.id);
        }
    }
    hidden
}
