//! The rows of a table of tasks made into steps.
//!
//! A table is one of tasks where a column's heading says so (`Task`, `Action`). What stands in the other columns of a
//! row (`Who`, `When`) is a note under its step, except its number and its state.

use super::item::{Siblings, item};
use super::{Around, Found};
use crate::document::{Block, BlockKind, Cell, Inline, InlineKind, ListItem, Table, plain_text};
use crate::extract::lexicon;
use crate::extract::prose;
use crate::extract::told::Told;
use crate::procedure::{Kind, Origin, Part, Step, StepId};
use crate::source::Place;

/// Returns the steps in the rows of `table`, which `found` is; `None` where it is not one of tasks.
pub(super) fn rows(found: &Found<'_>, table: &Table, around: &Around) -> Option<Vec<Part>> {
    let headings: Vec<String> = table
        .rows
        .get(table.head.checked_sub(1)?)?
        .iter()
        .map(|cell| prose::words(&text_of(cell)).join(" "))
        .collect();
    let body = &table.rows[table.head..];
    let task = task_column(&headings, body)?;
    if around.told == Told::Described {
        return None;
    }
    let around = Around {
        told: if lexicon::has("check-columns", &headings[task]) {
            Told::Checks
        } else {
            Told::Steps
        },
        ..around.clone()
    };
    let steps = body
        .iter()
        .filter_map(|row| Some(Part::Step(step(found, &headings, row, task, &around)?)))
        .collect();
    Some(steps)
}

/// Returns the column that says what to do: by its heading, and not by numbers alone.
fn task_column(headings: &[String], body: &[Vec<Cell>]) -> Option<usize> {
    let is_said = |column: usize| {
        body.iter()
            .filter_map(|row| row.get(column))
            .any(|cell| text_of(cell).chars().any(char::is_alphabetic))
    };
    let column =
        |set: &str| (0..headings.len()).find(|&at| lexicon::has(set, &headings[at]) && is_said(at));
    let numbered = || {
        headings
            .iter()
            .enumerate()
            .any(|(at, heading)| heading == "step" && !is_said(at))
    };
    column("task-columns")
        .or_else(|| column("check-columns"))
        .or_else(|| numbered().then(|| column("step-text-columns")).flatten())
}

fn step(
    found: &Found<'_>,
    headings: &[String],
    row: &[Cell],
    task: usize,
    around: &Around,
) -> Option<Step> {
    let cell = row.get(task)?;
    if text_of(cell).is_empty() {
        return None;
    }
    let as_item = Block {
        span: cell.span,
        kind: BlockKind::ListItem(ListItem {
            task: Some(false),
            children: cell.children.clone(),
        }),
    };
    let siblings = Siblings {
        asking: 100,
        contents: false,
        naming: false,
    };
    let place = Found {
        block: &as_item,
        ..*found
    };
    let mut step = item(&place, None, siblings, around);
    for (heading, other) in headings.iter().zip(row) {
        let is_told = heading.chars().any(char::is_alphabetic)
            && other.span != cell.span
            && text_of(other).chars().any(char::is_alphabetic)
            && !lexicon::has("state-columns", heading);
        if is_told {
            step.parts.push(Part::Step(note(found, heading, other)));
        }
    }
    Some(step)
}

/// Returns what another column says of a step.
fn note(found: &Found<'_>, heading: &str, cell: &Cell) -> Step {
    let mut label = heading.to_owned();
    if let Some(first) = label.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let mut text = vec![Inline {
        span: cell.span,
        kind: InlineKind::Text(format!("{label}: ").into()),
    }];
    text.extend(inlines(cell));
    Step {
        id: StepId(String::new()),
        kind: Kind::Note,
        has_box: false,
        origin: Origin::Item,
        number: None,
        text,
        setting: None,
        optional: false,
        condition: None,
        path: Vec::new(),
        labels: Vec::new(),
        links: Vec::new(),
        parts: Vec::new(),
        place: Place::new(found.source, cell.span),
    }
}

/// Returns the running text of a cell.
fn inlines(cell: &Cell) -> Vec<Inline> {
    cell.children
        .iter()
        .filter_map(|block| match &block.kind {
            BlockKind::Paragraph(text) => Some(text.clone()),
            _ => None,
        })
        .flatten()
        .collect()
}

fn text_of(cell: &Cell) -> String {
    plain_text(&inlines(cell)).trim().to_owned()
}
