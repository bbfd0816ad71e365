//! Makes a body that its tracker takes, or says that there is none.
//!
//! A tracker that divides what is too long for one ticket takes the whole body. Else, where the config allows it, what stands beside the steps is left out, whole pieces at a time and in this order, until
//! it fits: text between the steps; the summary; lines without a box; what stands under a step's line, its commands
//! included. Boxes and their words always stay. How much is left out depends on the procedure alone and not on the
//! ticket, so that it is the same at the next look.

use super::SyncError;
use crate::checklist::{Checklist, Item};
use crate::config::LongBodies;
use crate::run::RunKey;
use crate::tracker::{Length, Tracker};

/// What is left out, in this order.
const PIECES: [&str; 4] = [
    "text between the steps",
    "the summary",
    "lines without a box",
    "what stands under the steps",
];

/// A body that fits, and what is worth telling about it.
#[derive(Debug)]
pub(super) struct Fitted {
    pub(super) body: String,
    pub(super) notices: Vec<String>,
}

/// Returns what `print` makes of the checklist, or of as much of it as the tracker takes.
///
/// # Errors
/// Where nothing fits that the config allows, and where `print` fails.
pub(super) fn fit(
    checklist: &Checklist,
    tracker: &dyn Tracker,
    run: &RunKey,
    print: &dyn Fn(&Checklist) -> Result<String, SyncError>,
) -> Result<Fitted, SyncError> {
    let mut body = print(checklist)?;
    let parts = tracker.parts(&body)?;
    if !parts.is_empty() {
        let whole = tracker.measure(&body).filter(|whole| !whole.has_room());
        let mut notices: Vec<String> = whole.iter().map(told).collect();
        notices.push(format!(
            "each phase has a ticket of its own: {}",
            parts.join("; ")
        ));
        return Ok(Fitted { body, notices });
    }
    let Some(whole) = tracker.measure(&body).filter(|whole| !whole.has_room()) else {
        return Ok(Fitted {
            body,
            notices: Vec::new(),
        });
    };
    let mut length = whole;
    let mut notices = vec![told(&whole)];
    let is_shortened = tracker.rules().long_bodies == LongBodies::Shorten;
    if is_shortened {
        let mut pieces = 0;
        while !length.has_room() && pieces < PIECES.len() {
            pieces += 1;
            body = print(&without(checklist, pieces))?;
            length = tracker.measure(&body).unwrap_or(length);
        }
        notices.push(format!("left out: {}", listed(pieces)));
    }
    if length.is_too_much() {
        return Err(SyncError::TooLong {
            run: run.clone(),
            tracker: tracker.name().to_owned(),
            length: Box::new(length),
            is_shortened,
        });
    }
    Ok(Fitted { body, notices })
}

fn told(length: &Length) -> String {
    let Length { size, limit, unit } = length;
    format!("the whole body is {size} of less than {limit} {unit} long")
}

fn listed(pieces: usize) -> String {
    PIECES[..pieces].join(", ")
}

/// Returns the checklist without the first `pieces` of what may be left out.
fn without(checklist: &Checklist, pieces: usize) -> Checklist {
    let mut short = checklist.clone();
    let left_out = format!(
        "*Left out here, since it is too long: {}.*\n",
        listed(pieces)
    );
    match pieces {
        0 | 1 if !short.summary.is_empty() => short.summary.push_str(&format!("\n{left_out}")),
        _ => short.summary = left_out,
    }
    for phase in &mut short.phases {
        phase.items.retain(|item| item.id.is_some());
        if pieces >= 3 {
            phase.items = with_boxes(&phase.items);
            phase.notes.clear();
        }
        for item in &mut phase.items {
            if pieces >= 3 {
                item.notes.clear();
            }
            if pieces >= 4 {
                item.body.clear();
                item.commands.clear();
            }
        }
    }
    if pieces >= 3 {
        short.phases.retain(|phase| !phase.items.is_empty());
    }
    short
}

/// Returns the items that have a box or hold one that has.
fn with_boxes(items: &[Item]) -> Vec<Item> {
    let holds_box = |at: usize| {
        let below = items[at + 1..].iter();
        below
            .take_while(|item| item.depth > items[at].depth)
            .any(|item| item.has_box)
    };
    let kept = items.iter().enumerate();
    kept.filter(|(at, item)| item.has_box || holds_box(*at))
        .map(|(_, item)| item.clone())
        .collect()
}
