//! Descriptions of Jira Data Center: wiki markup.
//!
//! [`write()`] makes one of a ticket's body, [`read`] makes the body of one again. An item is a line of a list with a
//! box for a sign: `* ☐ text`, `* ☑ text`. What stands under it stands below it, and what is folded is a panel with
//! a title. There is no room for ids: items are told by their words and their order, against what was last written,
//! which is [`Held`](super::held::Held) beside the description.

mod block;
mod fresh;
mod inline;
mod print;
mod read;
mod scan;
mod special;
mod write;

pub(crate) use read::likeness;
pub use read::read;
pub use write::write;
