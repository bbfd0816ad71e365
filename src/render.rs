//! From a procedure to a checklist to text.
//!
//! [`checklist`] makes the value that a template gets: every text in it is Markdown already, escaped and on one line where
//! it has to be, so that a template holds only wording. [`Templates`] holds the built-in templates and a user's.

mod address;
mod block;
mod context;
mod escape;
mod filters;
mod html;
mod inline;
mod mistakes;
mod role;
mod table;
mod templates;
mod typed;
mod yaml;

pub(crate) use address::{is_absolute, next_address};
pub(crate) use block::markdown as blocks_as_markdown;
pub use context::checklist;
pub(crate) use html::text as html_text;
pub(crate) use inline::line as line_as_markdown;
pub use templates::Templates;
