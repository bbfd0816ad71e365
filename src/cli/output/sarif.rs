//! Findings as a SARIF 2.1.0 log, for code scanning.
//!
//! See <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use serde_json::{Value, json};

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::Place;

/// The schema that the log follows.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Returns the log of one run with these findings.
pub(crate) fn log(findings: &[Diagnostic]) -> Value {
    let results: Vec<Value> = findings.iter().map(result).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "runsheet",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": Code::ALL.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
                }
            },
            // Columns are counted in characters, as editors show them.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: Code) -> Value {
    let explanation = code.explanation();
    let lines: Vec<&str> = explanation.trim().lines().map(str::trim).collect();
    json!({
        "id": code.as_str(),
        "shortDescription": { "text": lines.first().copied().unwrap_or_default() },
        "fullDescription": { "text": lines.join("\n") },
    })
}

fn result(finding: &Diagnostic) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let index = Code::ALL.iter().position(|code| *code == finding.code);
    let mut text = finding.message.clone();
    if let Some(texts) = &finding.texts {
        text.push_str(&format!(
            "\n\nThe document: {}\nThe template: {}",
            texts.doc, texts.template
        ));
    }
    if let Some(detail) = &finding.detail {
        text.push_str(&format!("\n\n{detail}"));
    }
    if let Some(help) = &finding.help {
        text.push_str(&format!("\n\n{help}"));
    }
    let mut result = json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": index,
        "level": level,
        "message": { "text": text },
        "locations": [{ "physicalLocation": physical(&finding.place) }],
    });
    let related: Vec<Value> = finding
        .labels
        .iter()
        .enumerate()
        .map(|(at, label)| {
            json!({
                "id": at + 1,
                "physicalLocation": physical(&label.place),
                "message": { "text": label.message },
            })
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    result
}

fn physical(place: &Place) -> Value {
    json!({
        "artifactLocation": { "uri": uri(&place.path().to_string_lossy()) },
        "region": { "startLine": place.line(), "startColumn": place.column() },
    })
}

/// Returns a path as a relative URI reference (RFC 3986): what is not unreserved or `/` is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("docs/a b/ä:c.rst"), "docs/a%20b/%C3%A4%3Ac.rst");
    }
}
