//! Makes tables of the lists that authors say are tables.
//!
//! ```text
//! list-table = one list; an item a row, which is one list; an item of that a cell
//! ```
//!
//! The document has them as the lists they are written as; what a reader sees is a table, and a cell is no
//! step.

use crate::document::{Block, BlockKind, Cell, Directive, Inline, InlineKind, Table};
use crate::source::Span;

/// Replaces each `list-table` among `blocks` by its table; one of another shape stays as it is.
pub(super) fn make_tables(blocks: &mut [Block]) {
    for block in blocks {
        match &mut block.kind {
            BlockKind::Included(included) => make_tables(&mut included.document.children),
            BlockKind::Directive(directive) if &*directive.name == "list-table" => {
                if let Some(table) = table(directive, block.span) {
                    block.kind = BlockKind::Table(Box::new(table));
                }
            }
            _ => {}
        }
        for children in block.children_mut() {
            make_tables(children);
        }
    }
}

fn table(directive: &mut Directive, span: Span) -> Option<Table> {
    let rows = items(&directive.children)?;
    if !rows.iter().all(|row| inside(row).and_then(items).is_some()) {
        return None;
    }
    let rows = std::mem::take(&mut directive.children).into_iter();
    let rows = rows.flat_map(into_items).map(|(_, row)| {
        let cells = row.into_iter().flat_map(into_items);
        cells
            .map(|(span, children)| Cell { span, children })
            .collect()
    });
    let mut options = directive.options.iter();
    let head = options.find(|(name, _)| &**name == "header-rows");
    let title = InlineKind::Text(directive.argument.clone());
    Some(Table {
        title: match directive.argument.is_empty() {
            true => Vec::new(),
            false => vec![Inline { span, kind: title }],
        },
        head: head.map_or(0, |(_, rows)| rows.trim().parse().unwrap_or(0)),
        rows: rows.collect(),
    })
}

/// Returns the items of the one list that `blocks` are.
fn items(blocks: &[Block]) -> Option<&[Block]> {
    let [block] = blocks else { return None };
    match &block.kind {
        BlockKind::BulletList(items) => Some(items),
        _ => None,
    }
}

fn inside(item: &Block) -> Option<&[Block]> {
    match &item.kind {
        BlockKind::ListItem(item) => Some(&item.children),
        _ => None,
    }
}

/// Returns the items of a list: where they stand, and the blocks in them.
fn into_items(list: Block) -> Vec<(Span, Vec<Block>)> {
    let BlockKind::BulletList(items) = list.kind else {
        return Vec::new();
    };
    let items = items.into_iter().filter_map(|item| match item.kind {
        BlockKind::ListItem(inner) => Some((item.span, inner.children)),
        _ => None,
    });
    items.collect()
}
