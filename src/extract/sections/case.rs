//! Sections that say for which case they are.

use crate::document::BlockKind;
use crate::extract::clause;
use crate::extract::prose::{self, Prose};
use crate::extract::steps::{self, Found};
use crate::extract::title::Title;

/// Tells whether a section says for which case it is: at its start, or right before its only list.
fn is_for_case(blocks: &[Found<'_>], numbered: bool) -> bool {
    opens_with_case(blocks, numbered) || steps::announces_case(blocks)
}

/// Tells whether a section opens with the case that it is for (`If you have more than one host, ...`).
///
/// What a numbered section says of one activity (`If upgrading both, ...`) is about a part of it more often than not.
pub(super) fn opens_with_case(blocks: &[Found<'_>], numbered: bool) -> bool {
    let first = blocks.iter().find(|found| !steps::is_silent(found.block));
    let Some(BlockKind::Paragraph(text)) = first.map(|found| &found.block.kind) else {
        return false;
    };
    let prose = Prose::of(text);
    let words = prose::words(&prose.text);
    matches!(words.as_slice(), [first, second, ..] if first == "if"
        && (matches!(second.as_str(), "you" | "your") || !numbered && second.ends_with("ing")))
        && !clause::is_trouble(&words[..words.len().min(12)])
}

/// Tells whether a section names a whole piece of work, and opens with the case that it is for.
pub(super) fn opens_case_of_work(found: &Found<'_>) -> bool {
    let BlockKind::Section(section) = &found.block.kind else {
        return false;
    };
    let title = Title::read(&Prose::of(&section.title));
    title.ends_with_work() && is_for_case(&found.inside(&section.children), title.numbered)
}
