//! Reports as JSON lines, as CI jobs write them.
//!
//! ```text
//! {"run": "database-upgrade/2.3.0", "step": "2.1", "state": "done"}
//! {"run": "2.3.0", "step": "2.2", "state": "failed", "reason": "no answer", "by": "ci", "at": "2026-01-01T09:00:00Z"}
//! ```
//!
//! `run`, `step` and `state` (`done`, `open`, `skipped`, `failed`) must be there, and `reason` where something is
//! skipped or failed; `by`, `at`, `note`, `link` and `all` may be. An unknown member is an error: it would be a word
//! of the reporter's that nobody hears.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Outcome, Report};

/// Why a line is no report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// The 1-based column, in bytes.
    pub column: usize,
    /// What is wrong, lower case, without a full stop.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    run: String,
    step: String,
    state: Word,
    reason: Option<String>,
    #[serde(default)]
    all: bool,
    by: Option<String>,
    at: Option<Timestamp>,
    note: Option<String>,
    link: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Done,
    Open,
    Skipped,
    Failed,
}

/// Reads one line.
///
/// # Errors
/// Where it is no JSON, or not a report.
pub fn parse(line: &str) -> Result<Report, LineError> {
    if !line.trim_start().starts_with('{') {
        return Err(LineError {
            column: 1,
            message: "a report is a JSON object on one line".to_owned(),
        });
    }
    let read: Line = serde_json::from_str(line).map_err(|why| LineError {
        column: why.column().max(1),
        message: without_place(&why.to_string()),
    })?;
    // What is wrong with a value is told at the line's end, where all of it has been read.
    let wrong = |message: &str| LineError {
        column: line.trim_end().len().max(1),
        message: message.to_owned(),
    };
    for (name, value) in [("run", &read.run), ("step", &read.step)] {
        if value.trim().is_empty() {
            return Err(wrong(&format!("`{name}` is empty")));
        }
    }
    let reason = read.reason.filter(|reason| !reason.trim().is_empty());
    let outcome = match (read.state, reason) {
        (Word::Done, None) => Outcome::Done,
        (Word::Open, None) => Outcome::Undone,
        (Word::Skipped, Some(reason)) => Outcome::Skipped { reason },
        (Word::Failed, Some(reason)) => Outcome::Failed { reason },
        (Word::Done | Word::Open, Some(_)) => {
            return Err(wrong(
                "`reason` goes with `skipped` and `failed`; say it as `note`",
            ));
        }
        (Word::Skipped | Word::Failed, None) => {
            return Err(wrong("`skipped` and `failed` need a `reason`"));
        }
    };
    Ok(Report {
        run: read.run,
        step: read.step,
        all: read.all,
        outcome,
        by: read.by,
        at: read.at,
        note: read.note,
        link: read.link,
    })
}

/// Returns the message without its place, which is told by itself.
fn without_place(message: &str) -> String {
    let end = message.rfind(" at line ").unwrap_or(message.len());
    // The one member that has words to choose from is `state`.
    message[..end].replace("unknown variant ", "there is no state ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_report() {
        let line = r#"{"run":"up/1","step":"2.1","state":"failed","reason":"no answer","by":"ci"}"#;
        let report = parse(line).unwrap();
        let reason = "no answer".to_owned();
        assert_eq!(report.outcome, Outcome::Failed { reason });
        assert_eq!((report.by.as_deref(), report.all), (Some("ci"), false));
    }

    #[test]
    fn what_is_no_report_is_told_with_its_column() {
        for (line, column, message) in [
            ("{", 1, "EOF while parsing an object"),
            ("not", 1, "a report is a JSON object on one line"),
            (r#"{"run":"a","step":"1"}"#, 22, "missing field `state`"),
            (
                r#"{"run":"a","step":"","state":"done"}"#,
                36,
                "`step` is empty",
            ),
            (
                r#"{"run":"a","step":"1","state":"skipped"}"#,
                40,
                "`skipped` and `failed` need a `reason`",
            ),
            (
                r#"{"run":"a","step":"1","state":"done","reason":"x"}"#,
                50,
                "`reason` goes with `skipped` and `failed`; say it as `note`",
            ),
        ] {
            let why = parse(line).unwrap_err();
            assert_eq!((why.column, why.message.as_str()), (column, message));
        }
        let why = parse(r#"{"run":"a","stepp":"1"}"#).unwrap_err();
        assert!(why.message.starts_with("unknown field `stepp`, expected"));
        assert_eq!(why.column, 18);
    }
}
