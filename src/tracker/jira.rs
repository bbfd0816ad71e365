//! Tickets as issues of Jira, whose descriptions have no hidden text.
//!
//! A ticket's body is Markdown with hidden markers everywhere else in this program. What Jira's users see is a
//! description in a format of its own; what they do not see is [`held`] in a property of the issue.

pub mod adf;
pub mod held;
mod piece;
mod restore;
