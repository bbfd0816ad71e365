//! The steps of a ticket as the text of a checklist app, in a custom field beside the description.
//!
//! A body is taken [apart] into what the description shows and a body of the steps alone; that one is written
//! as the app's lines and read again here, as [`wiki`](super::wiki) does with descriptions. The apps know no ids and
//! no nesting: items are told by their words and their order, and a step within a step says so by `↳`. What stands
//! under a step are the details of its item, as Markdown. How each app writes its lines is in `sign`.

pub mod apart;
mod column;
mod read;
mod scan;
mod sign;
mod words;
mod write;

pub(super) use column::{Column, text_of, value_of};
pub(crate) use read::likeness;
pub use read::read;
pub use write::write;
