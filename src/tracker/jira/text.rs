//! Bodies between Markdown, which every tracker speaks, and Jira's format, with the lengths that Jira takes.

use serde_json::{Value, json};

use super::checklist::Column;
use super::held::{Held, LIMIT};
use super::kept::Kept;
use super::page::Page;
use super::{JiraError, PROPERTY};
use crate::config::JiraFlavor;
use crate::tracker::Length;

/// The length in characters that a description or a comment stays under. Jira takes 32,767 and does not say of what:
/// the JSON that is sent is the longest that it can mean.
pub const TEXT_LIMIT: usize = 30_000;

/// Returns what shows `body`, and what is held beside it; `before` is what is there now.
pub(super) fn write(
    flavor: JiraFlavor,
    column: Option<&Column>,
    body: &str,
    before: Option<(&Page, &Held)>,
) -> Result<(Page, Held), JiraError> {
    let (page, held) = Page::write(flavor, column, body, before);
    check_length("description", &page.description, TEXT_LIMIT)?;
    if let Some((_, value)) = &page.checklist {
        check_length("checklist", value, TEXT_LIMIT)?;
    }
    Ok((page, held))
}

/// Returns how long a body is in Jira's format: its description, its checklist, or what is held beside them, whichever
/// is too long; the description where none is.
pub(super) fn measure(flavor: JiraFlavor, column: Option<&Column>, body: &str) -> Length {
    let (page, held) = Page::write(flavor, column, body, None);
    let held = length(&serde_json::to_value(&held).unwrap_or_default());
    let list = page.checklist.map_or(0, |(_, value)| length(&value));
    let (size, limit) = match held < LIMIT {
        true => (length(&page.description).max(list), TEXT_LIMIT),
        false => (held, LIMIT),
    };
    Length {
        size,
        limit,
        unit: "characters",
    }
}

/// Returns a comment in Jira's format.
pub(super) fn comment(flavor: JiraFlavor, text: &str) -> Result<Value, JiraError> {
    let comment = plain(flavor, text);
    check_length("comment", &comment, TEXT_LIMIT)?;
    Ok(comment)
}

/// Returns a text of one field that takes more than a line.
pub(super) fn plain(flavor: JiraFlavor, text: &str) -> Value {
    Page::write(flavor, None, text, None).0.description
}

/// Returns what a text shows that was written without anything beside it: a comment.
pub(super) fn shown(value: &Value) -> String {
    let page = Page {
        description: value.clone(),
        checklist: None,
    };
    page.read(&Held::default())
}

/// Returns the value of the property that keeps something with an issue.
pub(super) fn property(kept: &Kept) -> Result<Value, JiraError> {
    let value = kept.value();
    check_length("hidden text", &value, LIMIT)?;
    Ok(value)
}

/// Returns what is sent to write a property along with other things.
pub(super) fn properties(value: &Value) -> Value {
    json!([{"key": PROPERTY, "value": value}])
}

/// Refuses what Jira would refuse, before anything is sent.
fn check_length(what: &'static str, value: &Value, limit: usize) -> Result<(), JiraError> {
    let length = length(value);
    if length < limit {
        return Ok(());
    }
    Err(JiraError::TooLong {
        what,
        length,
        limit,
    })
}

fn length(value: &Value) -> usize {
    value.to_string().chars().count()
}
