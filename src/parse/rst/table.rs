//! Grid and simple tables.

use super::Parser;
use super::lines::View;
use super::section::Flow;

impl Parser<'_> {
    pub(super) fn grid_table(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        self.text_block(view, at, flow)
    }

    pub(super) fn simple_table(&mut self, view: &View, at: usize, flow: &mut Flow) -> usize {
        self.text_block(view, at, flow)
    }
}
