//! Values as JSON on stdout.

use std::io;

use serde::Serialize;

use super::Output;
use crate::diagnostic::Diagnostic;
use crate::source::Place;

/// Writes a value as JSON for people and programs alike.
pub(crate) fn print(output: &mut Output, value: &impl Serialize) -> io::Result<()> {
    output.json(value)
}

/// Findings as programs get them.
#[derive(Debug, Serialize)]
pub(crate) struct Findings<'a> {
    findings: Vec<Finding<'a>>,
}

/// One finding: where it is, what it says, and for drift both texts; its `line` is then the document's and
/// `related` the template's.
#[derive(Debug, Serialize)]
struct Finding<'a> {
    code: &'a str,
    severity: &'a str,
    path: String,
    line: usize,
    column: usize,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    doc_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template_text: Option<&'a str>,
    related: Vec<Related<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

/// A further place that a finding speaks of.
#[derive(Debug, Serialize)]
struct Related<'a> {
    path: String,
    line: usize,
    message: &'a str,
}

/// Returns the findings as programs get them.
pub(crate) fn findings(findings: &[Diagnostic]) -> Findings<'_> {
    let path = |place: &Place| place.path().to_string_lossy().replace('\\', "/");
    Findings {
        findings: findings
            .iter()
            .map(|finding| Finding {
                code: finding.code.as_str(),
                severity: finding.severity.as_str(),
                path: path(&finding.place),
                line: finding.place.line(),
                column: finding.place.column(),
                message: &finding.message,
                doc_text: finding.texts.as_ref().map(|texts| texts.doc.as_str()),
                template_text: finding.texts.as_ref().map(|texts| texts.template.as_str()),
                related: finding
                    .labels
                    .iter()
                    .map(|label| Related {
                        path: path(&label.place),
                        line: label.place.line(),
                        message: &label.message,
                    })
                    .collect(),
                diff: finding.detail.as_deref(),
                help: finding.help.as_deref(),
            })
            .collect(),
    }
}
