//! Completes the markers of a freshly rendered ticket.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::marker::{
    Base, BasePiece, Duty, ItemMarker, TicketMarker, block_key, comments, content_hash, item_key,
    text_hash,
};
use super::{Body, NodeKind};
use crate::body::resolve::words;
use crate::procedure::StepId;
use crate::run::RunKey;

/// Returns `rendered` with complete markers: the run in the first line, a hash in each item's, the base in the last.
///
/// Every box gets a marker: one that a template adds by itself is named by its words. Markers on lines without a box
/// go: they would tie nothing.
pub fn seal(rendered: &str, run: &RunKey) -> String {
    seal_with(rendered, run, &BTreeMap::new())
}

/// Returns what [`seal`] does, with the values that the run's variables were given, for those who render it again.
pub fn seal_with(rendered: &str, run: &RunKey, variables: &BTreeMap<String, String>) -> String {
    let body = Body::read(rendered);
    let mut splices = Vec::new();
    let mut ids = BTreeSet::new();
    for item in &body.items {
        let mut marked = item.task.is_none();
        for range in &item.markers {
            let new = match &item.marker {
                Some(marker) if !marked => {
                    marked = true;
                    complete(
                        marker.clone(),
                        &rendered[item.content.start..range.start],
                        &mut ids,
                    )
                }
                _ => String::new(),
            };
            splices.push((with_blank(rendered, range, &new), new));
        }
        if !marked {
            let text = &rendered[item.content.clone()];
            let id = StepId(format!("template-{}", words(text).join("-")));
            let marker = complete(ItemMarker::new(&id, "", Duty::default()), text, &mut ids);
            splices.push((item.content.end..item.content.end, format!(" {marker}")));
        }
    }
    for node in &body.nodes {
        if matches!(node.kind, NodeKind::Ticket | NodeKind::Base) {
            splices.push((node.start..node.end, String::new()));
        }
    }
    let mut sealed = splice(rendered, splices);
    sealed.truncate(sealed.trim_end().len());
    sealed.push('\n');
    let ticket = TicketMarker::new(run, content_hash(sealed.lines()), variables.clone());
    let sealed = format!("{ticket}\n{sealed}");
    let base = base_of(&Body::read(&sealed));
    format!("{sealed}\n{base}\n")
}

/// Returns `body` with its ticket's marker as `change` makes it; as it is where it has none.
pub fn with_ticket(body: &str, change: impl FnOnce(&mut TicketMarker)) -> String {
    let Some((mut marker, range)) = Body::read(body).ticket else {
        return body.to_owned();
    };
    change(&mut marker);
    splice(body, vec![(range, marker.to_string())])
}

/// Returns the marker of an item with this text; an id that was there before gets another end.
fn complete(mut marker: ItemMarker, text: &str, ids: &mut BTreeSet<StepId>) -> String {
    while !ids.insert(marker.id.clone()) {
        marker.id.0.push_str("--again");
    }
    marker.hash = text_hash(text);
    marker.to_string()
}

/// Returns `range` with the blank before it where nothing takes its place.
fn with_blank(text: &str, range: &Range<usize>, new: &str) -> Range<usize> {
    let blank = new.is_empty() && text[..range.start].ends_with(' ');
    range.start - usize::from(blank)..range.end
}

/// Returns the outline of what stands in `body`, people's pieces included.
pub(crate) fn base_of(body: &Body) -> Base {
    let mut depths = Vec::with_capacity(body.nodes.len());
    let mut pieces = Vec::new();
    for node in &body.nodes {
        let depth = node.parent.map_or(0, |parent: usize| depths[parent] + 1);
        depths.push(depth);
        let key = match node.kind {
            NodeKind::Item(item) => match body.items[item].step() {
                Some(marker) => item_key(&marker.id),
                None => continue,
            },
            NodeKind::Text | NodeKind::Heading(_) => {
                block_key(&body.text[node.start..node.content_end])
            }
            NodeKind::Ticket | NodeKind::Base | NodeKind::Conflict => continue,
        };
        pieces.push(BasePiece { key, depth });
    }
    Base(pieces)
}

/// Returns `text` with each range replaced; ranges must not overlap.
pub(crate) fn splice(text: &str, mut splices: Vec<(Range<usize>, String)>) -> String {
    splices.sort_by_key(|(range, _)| (range.start, range.end));
    let mut new = String::with_capacity(text.len());
    let mut from = 0;
    for (range, with) in splices {
        if range.start < from {
            continue;
        }
        new.push_str(&text[from..range.start]);
        new.push_str(&with);
        from = range.end;
    }
    new.push_str(&text[from..]);
    new
}

/// Returns `text` without comments, as a reader sees it.
pub(crate) fn without_comments(text: &str) -> String {
    let splices = comments(text).map(|range| (range, String::new())).collect();
    splice(text, splices)
}
