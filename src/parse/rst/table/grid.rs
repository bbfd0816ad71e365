//! The cells of a grid table.
//!
//! From each corner that is known the border is followed right, down, left and up; the first way
//! round that closes is a cell, and its other corners are the next to start from.

use std::collections::BTreeSet;

use super::{Area, Ruled, Shape};

/// Returns the cells of a grid whose lines are all equally wide; an error says what is wrong.
pub(super) fn shape(lines: &[Ruled]) -> Result<Shape, &'static str> {
    let separator = head_separator(lines)?;
    let raster = Raster::of(lines, separator);
    let (bottom, right) = (lines.len() - 1, lines[0].width() - 1);
    // How far down each column is covered by cells.
    let mut covered = vec![0; right];
    let mut cells = Vec::new();
    let mut corners = BTreeSet::from([(0, 0)]);
    while let Some((top, left)) = corners.pop_first() {
        if top == bottom || left == right || top < covered[left] {
            continue;
        }
        let cell = raster
            .cell_at(top, left)
            .filter(|cell| covered[left..cell.right].iter().all(|line| *line == top))
            .ok_or("its borders do not close around every cell")?;
        covered[left..cell.right].fill(cell.bottom);
        corners.insert((top, cell.right));
        corners.insert((cell.bottom, left));
        cells.push(cell);
    }
    if covered.iter().any(|line| *line != bottom) {
        return Err("its borders do not close around every cell");
    }
    let mut rows: Vec<Vec<Area>> = Vec::new();
    let mut row_top = None;
    let mut head = 0;
    for cell in cells {
        if row_top != Some(cell.top) {
            row_top = Some(cell.top);
            rows.push(Vec::new());
            head += usize::from(separator.is_some_and(|separator| cell.top < separator));
        }
        if let Some(row) = rows.last_mut() {
            row.push(Area {
                top: cell.top + 1,
                left: cell.left + 1,
                ..cell
            });
        }
    }
    Ok(Shape { head, rows })
}

/// Returns the line of `=` that ends the head.
fn head_separator(lines: &[Ruled]) -> Result<Option<usize>, &'static str> {
    let mut found = None;
    for (index, line) in lines.iter().enumerate() {
        let is_separator = line.width() >= 5
            && line.columns.starts_with(b"+=")
            && line.columns.ends_with(b"=+")
            && line.columns.iter().all(|byte| matches!(byte, b'=' | b'+'));
        if is_separator {
            if found.is_some() {
                return Err("it has more than one line of `=`");
            }
            found = Some(index);
        }
    }
    if found.is_some_and(|index| index == 0 || index + 1 == lines.len()) {
        return Err("its first or last line is one of `=`");
    }
    Ok(found)
}

/// The characters of a grid, and how far a border reaches from each.
struct Raster<'t> {
    lines: &'t [Ruled],
    separator: Option<usize>,
    width: usize,
    /// The leftmost column to which an unbroken horizontal border reaches.
    leftward: Vec<u32>,
    /// The topmost line to which an unbroken vertical border reaches.
    upward: Vec<u32>,
}

impl<'t> Raster<'t> {
    fn of(lines: &'t [Ruled], separator: Option<usize>) -> Self {
        let width = lines[0].width();
        let mut raster = Self {
            lines,
            separator,
            width,
            leftward: Vec::with_capacity(width * lines.len()),
            upward: Vec::with_capacity(width * lines.len()),
        };
        let small = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        for line in 0..lines.len() {
            for column in 0..width {
                let byte = raster.byte(line, column);
                let here = raster.leftward.len();
                let leftward = if column > 0 && matches!(byte, b'-' | b'+') {
                    let before = raster.byte(line, column - 1);
                    if matches!(before, b'-' | b'+') {
                        raster.leftward[here - 1]
                    } else {
                        small(column)
                    }
                } else {
                    small(column)
                };
                raster.leftward.push(leftward);
                let above = line > 0
                    && matches!(byte, b'|' | b'+')
                    && matches!(raster.byte(line - 1, column), b'|' | b'+');
                let upward = if above {
                    raster.upward[here - width]
                } else {
                    small(line)
                };
                raster.upward.push(upward);
            }
        }
        raster
    }

    /// Returns the character at a place; the line that ends the head counts as any other border.
    fn byte(&self, line: usize, column: usize) -> u8 {
        match self.lines[line].at(column) {
            b'=' if self.separator == Some(line) => b'-',
            byte => byte,
        }
    }

    /// Returns the smallest cell whose upper left corner is there.
    fn cell_at(&self, top: usize, left: usize) -> Option<Area> {
        if self.byte(top, left) != b'+' {
            return None;
        }
        for right in left + 1..self.width {
            match self.byte(top, right) {
                b'+' => {
                    if let Some(bottom) = self.bottom_of(top, left, right) {
                        return Some(Area {
                            top,
                            bottom,
                            left,
                            right,
                        });
                    }
                }
                b'-' => {}
                _ => return None,
            }
        }
        None
    }

    fn bottom_of(&self, top: usize, left: usize, right: usize) -> Option<usize> {
        for bottom in top + 1..self.lines.len() {
            match self.byte(bottom, right) {
                b'+' if self.closes(top, left, bottom, right) => return Some(bottom),
                b'+' | b'|' => {}
                _ => return None,
            }
        }
        None
    }

    fn closes(&self, top: usize, left: usize, bottom: usize, right: usize) -> bool {
        self.byte(bottom, left) == b'+'
            && self.leftward[bottom * self.width + right] as usize <= left
            && self.upward[bottom * self.width + left] as usize <= top
    }
}
