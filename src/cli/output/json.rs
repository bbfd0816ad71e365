//! Values as JSON on stdout.

use std::io;

use serde::Serialize;

use super::Output;

/// Writes a value as JSON for people and programs alike.
pub(crate) fn print(output: &mut Output, value: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
    output.line(text)
}
