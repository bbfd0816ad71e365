//! Tables as GFM writes them: one line a row, one head row.

use crate::document::{Block, BlockKind, Cell, Table};
use crate::render::escape::cell_code;
use crate::render::html;
use crate::render::inline::{cell_line, picture, plain};

/// Returns a table's rows as GFM writes them; `None` where there is nothing in it.
pub(super) fn rows(table: &Table) -> Option<String> {
    let cells = || table.rows.iter().flatten();
    if cells().all(|of| cell(of).is_empty()) {
        return None;
    }
    let columns = table.rows.iter().map(Vec::len).max().unwrap_or(0);
    let row = |cells: &[Cell]| {
        let mut row = "|".to_owned();
        for column in 0..columns {
            match cells.get(column).map(cell).unwrap_or_default() {
                empty if empty.is_empty() => row.push_str(" |"),
                text => row.push_str(&format!(" {text} |")),
            }
        }
        row + "\n"
    };
    // GFM tables have one head row, always.
    let (head, rows) = match table.rows.split_first() {
        Some((head, rows)) if table.head > 0 => (head.as_slice(), rows),
        _ => (&[] as &[Cell], table.rows.as_slice()),
    };
    let mut text = row(head);
    text.push_str(&format!("|{}\n", " --- |".repeat(columns)));
    for cells in rows {
        text.push_str(&row(cells));
    }
    Some(text)
}

/// Returns a cell on one line.
fn cell(cell: &Cell) -> String {
    let mut lines = Vec::new();
    let mut stack: Vec<&Block> = cell.children.iter().rev().collect();
    while let Some(block) = stack.pop() {
        match &block.kind {
            BlockKind::Paragraph(text) | BlockKind::Attribution(text) => {
                lines.push(cell_line(text))
            }
            BlockKind::LiteralBlock(literal) => lines.extend(literal.text.lines().map(cell_code)),
            BlockKind::LineBlock(of) => lines.extend(of.iter().map(|of| cell_line(&of.text))),
            BlockKind::Image(image) => lines.push(picture(image)),
            BlockKind::Html(html) => lines.push(plain(&html::text(html))),
            BlockKind::DefinitionListItem(item) => lines.push(cell_line(&item.term)),
            BlockKind::Field(field) => lines.push(cell_line(&field.name)),
            BlockKind::OptionListItem(item) => lines.push(cell_code(&item.options)),
            _ => {}
        }
        stack.extend(block.children().into_iter().rev());
    }
    lines.retain(|line| !line.is_empty());
    lines.join("<br>")
}
