//! Blocks with the text that they were read from, whatever document they came from.

use std::sync::Arc;

use crate::document::{Block, BlockKind, Document};
use crate::source::{Place, Source};

/// A block and the text it was read from.
#[derive(Clone, Copy)]
pub(in crate::extract) struct Found<'a> {
    /// The text.
    pub source: &'a Arc<Source>,
    /// The document with the block's labels.
    pub document: &'a Document,
    /// The block.
    pub block: &'a Block,
}

impl<'a> Found<'a> {
    /// Returns `blocks` of the same document; documents included stand as their own blocks.
    pub(in crate::extract) fn all(
        source: &'a Arc<Source>,
        document: &'a Document,
        blocks: &'a [Block],
    ) -> Vec<Self> {
        let mut found = Vec::new();
        for block in blocks {
            match &block.kind {
                BlockKind::Included(included) => {
                    found.extend(Self::all(
                        &included.source,
                        &included.document,
                        &included.document.children,
                    ));
                }
                _ => found.push(Self {
                    source,
                    document,
                    block,
                }),
            }
        }
        found
    }

    /// Returns blocks inside this one.
    pub(in crate::extract) fn inside(&self, blocks: &'a [Block]) -> Vec<Self> {
        Self::all(self.source, self.document, blocks)
    }

    /// Returns where the block stands.
    pub(in crate::extract) fn place(&self) -> Place {
        Place::new(self.source, self.block.span)
    }

    /// Returns the author's labels for the block.
    pub(in crate::extract) fn labels(&self) -> Vec<String> {
        self.document
            .labels(self.block.span)
            .map(str::to_owned)
            .collect()
    }
}
