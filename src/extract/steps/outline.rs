//! Lists that only name what is told at length elsewhere in their document.

use std::collections::HashSet;

use super::{is_list, is_silent};
use crate::document::{Block, BlockKind, Inline, InlineKind, plain_text};
use crate::extract::lexicon;
use crate::extract::prose;

/// The headings of a document, and the first words of its items that tell more than these.
#[derive(Clone, Debug, Default)]
pub(in crate::extract) struct Outline {
    names: HashSet<String>,
}

impl Outline {
    /// Returns the outline of a document's `blocks`.
    pub(in crate::extract) fn of(blocks: &[Block]) -> Self {
        let mut outline = Self::default();
        outline.add(blocks);
        outline
    }

    fn add(&mut self, blocks: &[Block]) {
        for (at, block) in blocks.iter().enumerate() {
            match &block.kind {
                BlockKind::Section(section) => {
                    self.names.insert(name(&section.title));
                    self.add(&section.children);
                }
                BlockKind::ListItem(item) => {
                    let mut said = item.children.iter().filter(|child| !is_silent(child));
                    if let Some(BlockKind::Paragraph(text)) = said.next().map(|first| &first.kind)
                        && said.any(|more| !is_list(more))
                    {
                        self.names.insert(name(text));
                    }
                    self.add(&item.children);
                }
                // What stands behind a list is often meant to belong to its last item.
                BlockKind::EnumeratedList(list)
                    if blocks.get(at + 1).is_some_and(|next| !is_list(next)) =>
                {
                    self.names
                        .extend(list.items.last().and_then(only_text).map(name));
                    self.add(&list.items);
                }
                _ => block
                    .children()
                    .iter()
                    .for_each(|child| self.add(std::slice::from_ref(child))),
            }
        }
    }

    /// Tells whether a list of `items` repeats in short what is told elsewhere: most of them are nothing but such a name.
    pub(super) fn is_repeated_by(&self, items: &[Block]) -> bool {
        let named = |item: &&Block| {
            only_text(item).is_some_and(|text| !refers(text) && self.names.contains(&name(text)))
        };
        items.len() > 2 && items.iter().filter(named).count() * 10 >= items.len() * 6
    }
}

/// Returns the text of an item that has nothing but lists under it.
fn only_text(item: &Block) -> Option<&[Inline]> {
    let BlockKind::ListItem(item) = &item.kind else {
        return None;
    };
    match item.children.as_slice() {
        [
            Block {
                kind: BlockKind::Paragraph(text),
                ..
            },
            rest @ ..,
        ] if rest.iter().all(is_list) => Some(text),
        _ => None,
    }
}

/// Tells whether a text leads to what it names.
fn refers(text: &[Inline]) -> bool {
    text.iter()
        .any(|inline| matches!(inline.kind, InlineKind::Role(_) | InlineKind::Reference(_)))
}

/// Returns what a text is called: its words, without articles and the author's number.
fn name(text: &[Inline]) -> String {
    let plain = plain_text(text);
    let number = prose::own_number(&plain).map_or(0, str::len);
    let words = prose::words(plain.get(number..).unwrap_or(&plain));
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !lexicon::has("determiners", word))
        .collect();
    words.join(" ")
}
