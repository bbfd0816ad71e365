//! Bodies between Markdown, which every tracker speaks, and Jira's format, with the lengths that Jira takes.

use serde_json::{Value, json};

use super::held::{Held, LIMIT};
use super::kept::Kept;
use super::{JiraError, PROPERTY, adf, wiki};
use crate::config::JiraFlavor;
use crate::tracker::Length;

/// The length in characters that a description or a comment stays under. Jira takes 32,767 and does not say of what:
/// the JSON that is sent is the longest that it can mean.
pub const TEXT_LIMIT: usize = 30_000;

/// Returns the description that shows `body`, and what is held beside it; `before` is what stands there now.
pub(super) fn write(
    flavor: JiraFlavor,
    body: &str,
    before: Option<(&Value, &Held)>,
) -> Result<(Value, Held), JiraError> {
    let (description, held) = written(flavor, body, before);
    check_length("description", &description, TEXT_LIMIT)?;
    Ok((description, held))
}

fn written(flavor: JiraFlavor, body: &str, before: Option<(&Value, &Held)>) -> (Value, Held) {
    match flavor {
        JiraFlavor::Cloud => adf::write(body, before),
        JiraFlavor::DataCenter => {
            let before = before.and_then(|(text, held)| Some((text.as_str()?, held)));
            let (text, held) = wiki::write(body, before);
            (text.into(), held)
        }
    }
}

/// Returns the body that a description shows: a string is wiki markup, anything else a document.
pub(super) fn read(description: &Value, held: &Held) -> String {
    match description {
        Value::Null => String::new(),
        Value::String(text) => wiki::read(text, held),
        document => adf::read(document, held),
    }
}

/// Returns how long a body is in Jira's format: its description, or what is held beside it where that is too long.
pub(super) fn measure(flavor: JiraFlavor, body: &str) -> Length {
    let (description, held) = written(flavor, body, None);
    let held = length(&serde_json::to_value(&held).unwrap_or_default());
    let (size, limit) = if held < LIMIT {
        (length(&description), TEXT_LIMIT)
    } else {
        (held, LIMIT)
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
    written(flavor, text, None).0
}

/// Returns what a text shows that was written without anything beside it: a comment.
pub(super) fn shown(value: &Value) -> String {
    read(value, &Held::default())
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
