//! The cells of a simple table.
//!
//! The top border gives the columns. A row starts where its first column holds text; a line of `-`
//! under it joins columns. Text in the last column may go on past the border.

use super::{Area, Ruled, Shape};

/// A range of columns of the raster.
type Column = (usize, usize);

/// Returns the cells between the borders that are the first and the last line; an error says what
/// is wrong.
pub(super) fn shape(lines: &[Ruled]) -> Result<Shape, &'static str> {
    let last = lines.len() - 1;
    let mut separators = (1..last).filter(|line| lines[*line].is_ruled_by(b'='));
    let separator = separators.next();
    if separators.next().is_some() {
        return Err("it has more than one border between the first and the last");
    }
    let mut columns = columns_of(&lines[0]);
    let border_end = columns.last().map_or(0, |column| column.1);
    let mut rows = Vec::new();
    let mut starts = Vec::new();
    let mut start = 1;
    let mut has_text = false;
    for offset in 1..lines.len() {
        let line = &lines[offset];
        let is_border = offset == last || separator == Some(offset);
        if is_border || line.is_ruled_by(b'-') {
            let mut spans = columns_of(line);
            if spans.last().is_none_or(|column| column.1 != border_end) {
                return Err("a line that joins columns does not reach the right edge");
            }
            if let (Some(span), Some(column)) = (spans.last_mut(), columns.last()) {
                span.1 = column.1;
            }
            rows.push(row(lines, (start, offset), spans, &mut columns)?);
            starts.push(start);
            start = offset + 1;
            has_text = false;
        } else if !line.is_blank(columns[0].0, columns[0].1) {
            if has_text && offset != start {
                let spans = columns.clone();
                rows.push(row(lines, (start, offset), spans, &mut columns)?);
                starts.push(start);
            }
            start = offset;
            has_text = true;
        } else if !has_text {
            start = offset + 1;
        }
    }
    let head = separator.map_or(0, |separator| {
        let body = starts.iter().position(|start| *start > separator);
        body.unwrap_or(0)
    });
    Ok(Shape { head, rows })
}

/// Returns the columns that a border or a line that joins columns marks.
fn columns_of(line: &Ruled) -> Vec<Column> {
    let mut columns = Vec::new();
    let mut start = None;
    for column in 0..=line.width() {
        match (line.at(column), start) {
            (b' ', Some(from)) => {
                columns.push((from, column));
                start = None;
            }
            (b' ', None) | (_, Some(_)) => {}
            (_, None) => start = Some(column),
        }
    }
    columns
}

/// Returns the cells of the row at the lines `from..to`, whose columns are `spans`.
fn row(
    lines: &[Ruled],
    (from, to): (usize, usize),
    mut spans: Vec<Column>,
    columns: &mut [Column],
) -> Result<Vec<Area>, &'static str> {
    let to = to.max(from);
    let last = spans.len() - 1;
    for index in 0..spans.len() {
        let end = spans[index].1;
        for line in &lines[from..to] {
            if index == last {
                if !line.is_blank(end, usize::MAX) {
                    let width = line.width();
                    spans[last].1 = spans[last].1.max(width);
                    if let Some(column) = columns.last_mut() {
                        column.1 = column.1.max(width);
                    }
                }
            } else if !line.is_blank(end, spans[index + 1].0) {
                return Err("text stands between two columns");
            }
        }
    }
    if !is_aligned(&spans, columns) {
        return Err("a line that joins columns is not aligned with them");
    }
    Ok(spans
        .into_iter()
        .map(|(left, right)| Area {
            top: from,
            bottom: to,
            left,
            right,
        })
        .collect())
}

/// Tells whether each of `spans` starts and ends with a column.
fn is_aligned(spans: &[Column], columns: &[Column]) -> bool {
    let mut index = 0;
    let last = spans.len() - 1;
    for (at, (start, end)) in spans.iter().enumerate() {
        if columns.get(index).is_none_or(|column| column.0 != *start) {
            return false;
        }
        // The last column has no end of its own.
        while at < last && columns.get(index).is_some_and(|column| column.1 != *end) {
            index += 1;
        }
        if index >= columns.len() {
            return false;
        }
        index += 1;
    }
    true
}
