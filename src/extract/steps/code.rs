//! Blocks of code made into commands, where they are something to type.

use super::{Around, Found, is_silent};
use crate::document::{BlockKind, Inline, LiteralBlock, plain_text};
use crate::extract::prose::Prose;
use crate::extract::told::{self, Told};
use crate::procedure::command;
use crate::procedure::{Command, Origin, Part};

/// Tells whether what stands before a block of code says that it is what is printed.
pub(super) fn shows_output(before: &[Found<'_>], out: &[Part], told: Told) -> bool {
    if out.is_empty() {
        return told == Told::Happens;
    }
    let last = before.iter().rev().find(|found| !is_silent(found.block));
    last.is_some_and(|found| match &found.block.kind {
        BlockKind::Paragraph(text) => told::tells_output(&Prose::of(text)),
        _ => false,
    })
}

/// Adds code: a command of the paragraph step before it, or of what it stands under.
pub(super) fn code(
    found: &Found<'_>,
    literal: &LiteralBlock,
    around: &Around,
    out: &mut Vec<Part>,
) {
    if !command::is_code_to_type(&literal.text, literal.language.as_deref()) {
        match out.last_mut() {
            Some(Part::Step(step)) if step.origin == Origin::Paragraph => {
                step.parts.push(Part::Block(found.block.clone()))
            }
            _ => out.push(Part::Block(found.block.clone())),
        }
        return;
    }
    let command = Command {
        text: literal.text.clone(),
        language: literal.language.as_deref().map(str::to_owned),
        // For whom it is stands in the tab's title, where the command has no step of its own around it.
        caption: literal
            .caption
            .as_deref()
            .map(str::to_owned)
            .or_else(|| around.path.last().cloned()),
        place: found.place(),
    };
    push_command(command, out);
}

/// Adds a command to the paragraph step before it, or to what it stands under.
pub(super) fn push_command(command: Command, out: &mut Vec<Part>) {
    match out.last_mut() {
        Some(Part::Step(step)) if step.origin == Origin::Paragraph && step.has_box => {
            step.parts.push(Part::Command(command))
        }
        _ => out.push(Part::Command(command)),
    }
}

/// Returns the command of a paragraph that is a shell's prompt and what is typed behind it (`$ git push`).
pub(super) fn prompted(text: &[Inline]) -> Option<String> {
    let plain = plain_text(text);
    plain
        .strip_prefix("$ ")
        .map(str::to_owned)
        .filter(|command| !command.is_empty())
}
