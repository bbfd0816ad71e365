//! Descriptions of Jira Cloud: the Atlassian Document Format.
//!
//! [`write()`] makes one of a ticket's body, [`read`] makes the body of one again. Every piece of the body is shown by
//! nodes of its own , an item by a task that can be ticked. Tasks hold words only, so what
//! stands under an item stands behind it; what belongs to what is told by the body as it was last written, which is
//! [`Held`](super::held::Held) beside the description.

pub(super) mod blocks;
mod build;
mod ids;
pub(super) mod inline;
mod leaf;
pub(super) mod node;
pub(super) mod old;
pub(super) mod overlap;
pub(super) mod print;
mod read;
mod write;

pub use read::read;
pub use write::write;
