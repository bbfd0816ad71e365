//! What in a section speaks for work to do: its items, its prose, its commands.

use super::{Draft, all_steps, holds_command};
use crate::document::{BlockKind, Inline, InlineKind, plain_text};
use crate::extract::kind;
use crate::extract::lexicon;
use crate::extract::prose::{self, Prose};
use crate::extract::steps::Found;
use crate::extract::title::Title;
use crate::procedure::{Kind, Origin, Part, Step, steps_in};

impl Draft<'_> {
    /// Tells whether the section's first words say what is done in it (`The index is updated to ...`).
    pub(super) fn tells_deeds(&self) -> bool {
        let first = self
            .blocks
            .iter()
            .find_map(|found| match &found.block.kind {
                BlockKind::Paragraph(text) => Some(Prose::of(text)),
                _ => None,
            });
        first.is_some_and(|prose| kind::tells_deed(&prose))
    }

    /// Tells whether items with boxes stand right in the section, or paragraphs that the author numbered.
    pub(super) fn has_items(&self) -> bool {
        let steps = all_steps(&self.parts);
        let boxed =
            |is: fn(&Step) -> bool| steps.iter().filter(|step| step.has_box && is(step)).count();
        boxed(|step| step.origin == Origin::Item) > 0
            || boxed(|step| step.origin == Origin::Paragraph && step.number.is_some()) > 1
    }

    /// Tells whether the author put boxes right into the section.
    pub(super) fn has_tasks(&self) -> bool {
        self.blocks.iter().any(|found| {
            found
                .block
                .children()
                .iter()
                .any(|item| matches!(&item.kind, BlockKind::ListItem(item) if item.task.is_some()))
        })
    }

    /// Tells whether the section asks for more in its prose than in its items, and has no sections with steps.
    pub(super) fn is_mostly_prose(&self) -> bool {
        let steps = all_steps(&self.parts);
        let boxed = |origin| {
            steps
                .iter()
                .filter(|step| step.has_box && step.origin == origin)
                .count()
        };
        let numbered = steps
            .iter()
            .filter(|step| step.number.is_some() && step.has_box)
            .count()
            > 1;
        // A list of one is what the heading says in other words.
        let items: Vec<_> = steps_in(&self.parts)
            .filter(|step| step.origin == Origin::Item)
            .collect();
        let is_one = matches!(items.as_slice(), [only] if only.number.is_none());
        let typed = self.parts.iter().filter(|part| holds_command(part)).count();
        !numbered
            && self.reads.asks
            && !self.has_subheadings()
            && self.has_items()
            && (boxed(Origin::Item) <= 3 && boxed(Origin::Paragraph) + typed > boxed(Origin::Item)
                || is_one && self.reads.numbered && self.reads.commands)
            && self.works().next().is_none()
    }

    /// Tells whether most of the items right in the section have boxes.
    pub(super) fn mostly_asks(&self) -> bool {
        let items: Vec<_> = all_steps(&self.parts)
            .into_iter()
            .filter(|step| step.origin == Origin::Item)
            .collect();
        let boxed = items
            .iter()
            .filter(|step| matches!(step.kind, Kind::Action | Kind::Check) && step.has_box)
            .count();
        boxed * 2 > items.len() && boxed > 0
    }

    /// Tells whether what the items ask for is to be done, not to be had or known (`Have the keys at hand`).
    pub(super) fn asks_for_deeds(&self) -> bool {
        steps_in(&self.parts).all(|step| {
            let words = prose::words(&step.plain_text());
            !words
                .first()
                .is_some_and(|word| lexicon::has("knowing", word) || word == "have" || word == "be")
        })
    }

    /// Tells whether the section's prose asks for something or has something to type.
    pub(super) fn has_deeds(&self) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Command(_)))
            || all_steps(&self.parts).iter().any(|step| step.has_box)
            || self.reads.asks && self.offers()
    }

    /// Tells whether the section is told in parts, each under a line in bold, of which some ask for something.
    pub(super) fn has_subheadings(&self) -> bool {
        let in_bold: Vec<Title> = self
            .blocks
            .iter()
            .filter_map(|found| match &found.block.kind {
                BlockKind::Paragraph(text) => match text.as_slice() {
                    [
                        Inline {
                            kind: InlineKind::Strong(_),
                            ..
                        },
                    ] => Some(Title::read(&Prose::of(text))),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        in_bold.len() > 1 && in_bold.iter().any(|title| title.asks)
    }

    /// Tells whether the section's prose says what the reader can do.
    pub(super) fn offers(&self) -> bool {
        self.blocks.iter().any(|found| match &found.block.kind {
            BlockKind::Paragraph(text) => {
                let lower = plain_text(text).to_lowercase();
                ["you can ", "you may ", "you want to ", "we "]
                    .iter()
                    .any(|phrase| lower.contains(phrase))
            }
            _ => false,
        })
    }

    /// Tells whether a section with a heading of text has steps beyond doubt: its words say that they are for people
    /// to do, or its sections are numbered, or have steps beyond doubt under headings of their own.
    pub(super) fn is_strongly_work(&self) -> bool {
        let lists_only = self.reads.is_repeating()
            && !self.has_tasks()
            && !self.reads.is_written()
            && !steps_in(&self.parts).any(|step| step.number.is_some());
        self.has_items() && !lists_only
            || self.holds_numbered()
            || !self.reads.is_repeating() && self.works().any(Self::holds_items)
    }

    /// Tells whether items with boxes stand in the section, or in sections of it that are work.
    pub(super) fn holds_items(&self) -> bool {
        self.has_items() || self.works().any(Self::holds_items)
    }

    /// Tells whether sections in it, at any depth, are numbered steps.
    pub(super) fn holds_numbered(&self) -> bool {
        self.kids
            .iter()
            .any(|kid| kid.reads.numbered && kid.is_work() || kid.holds_numbered())
    }
}

/// Tells whether a list among blocks asks for something, and has something to type.
pub(super) fn lists_work(blocks: &[Found<'_>]) -> bool {
    blocks.iter().any(|found| match &found.block.kind {
        BlockKind::BulletList(items) => items.iter().any(|item| {
            matches!(item.children()[..], [first, .., last]
                if matches!(&first.kind, BlockKind::Paragraph(text) if kind::asks(&Prose::of(text)))
                    && matches!(last.kind, BlockKind::LiteralBlock(_)))
        }),
        _ => false,
    })
}
