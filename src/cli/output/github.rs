//! Findings as GitHub workflow commands, which the runner shows as annotations.
//!
//! See <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.

use crate::diagnostic::{Diagnostic, Severity};

/// Returns `::error file=...,line=...,col=...,title=...::MESSAGE`.
pub(crate) fn command(finding: &Diagnostic) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let place = &finding.place;
    let mut message = finding.message.clone();
    for label in &finding.labels {
        let path = label.place.path().display();
        message.push_str(&format!(
            "\n{path}:{}: {}",
            label.place.line(),
            label.message
        ));
    }
    if let Some(texts) = &finding.texts {
        message.push_str(&format!(
            "\ndoc: {}\ntemplate: {}",
            texts.doc, texts.template
        ));
    }
    if let Some(detail) = &finding.detail {
        message.push_str(&format!("\n{detail}"));
    }
    if let Some(help) = &finding.help {
        message.push_str(&format!("\n{help}"));
    }
    format!(
        "::{level} file={},line={},col={},title={}::{}",
        property(&place.path().to_string_lossy().replace('\\', "/")),
        place.line(),
        place.column(),
        property(finding.code.as_str()),
        data(&message),
    )
}

/// Escapes the text behind `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a value before it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Code;
    use crate::source::{Markup, Place, Source, Span};

    #[test]
    fn a_finding_is_one_line_whatever_its_texts_hold() {
        let source = Arc::new(Source::new("a,b:c.rst", "one\ntwo\n", Markup::Rst));
        let place = Place::new(&source, Span::new(4, 7));
        let other = Place::new(&source, Span::new(0, 3));
        let finding = Diagnostic::new(Severity::Note, Code::DriftExtra, place, "100% new")
            .label(other, "the line")
            .texts("a\nb", "");
        assert_eq!(
            command(&finding),
            "::notice file=a%2Cb%3Ac.rst,line=2,col=1,title=drift-extra::\
             100%25 new%0Aa,b:c.rst:1: the line%0Adoc: a%0Ab%0Atemplate: "
        );
    }
}
