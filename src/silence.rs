//! Findings that somebody does not want to see: by a comment beside the line, or by the config.
//!
//! ```text
//! comment = "runsheet-ignore:" code *( "," code )      in a comment of the page's markup, or of the template's
//! rule    = [ glob ":" ] code                          in the config
//! ```
//!
//! A comment speaks for its own line and for the next one that is not blank.

use globset::GlobMatcher;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Place;

/// What a comment starts with.
const WORD: &str = "runsheet-ignore:";

/// A rule of the config: findings of this code are not wanted.
#[derive(Clone, Debug)]
pub struct Ignored {
    /// The code.
    pub code: Code,
    /// In which files; in all where none are named.
    pub files: Option<GlobMatcher>,
}

/// Returns those of `findings` that neither a rule nor a comment silences.
pub fn silence(findings: Vec<Diagnostic>, rules: &[Ignored]) -> Vec<Diagnostic> {
    let is_silenced = |finding: &Diagnostic| {
        rules.iter().any(|rule| rule.fits(finding))
            || is_commented(&finding.place, finding.code)
            || finding
                .labels
                .iter()
                .any(|label| is_commented(&label.place, finding.code))
    };
    findings
        .into_iter()
        .filter(|finding| !is_silenced(finding))
        .collect()
}

impl Ignored {
    fn fits(&self, finding: &Diagnostic) -> bool {
        let in_file = |place: &Place| {
            self.files
                .as_ref()
                .is_none_or(|files| files.is_match(place.path()))
        };
        self.code == finding.code && in_file(&finding.place)
    }
}

/// Tells whether a comment on the place's first line, or on the last line before it with text, names `code`.
fn is_commented(place: &Place, code: Code) -> bool {
    let text = place.source.text();
    let Some(start) = place.source.line_start(place.line()) else {
        return false;
    };
    let start = start as usize;
    let own = text[start..].lines().next().unwrap_or_default();
    let above = text[..start]
        .trim_end()
        .lines()
        .next_back()
        .unwrap_or_default();
    names(own, code) || names(above, code)
}

fn names(line: &str, code: Code) -> bool {
    let Some((_, list)) = line.split_once(WORD) else {
        return false;
    };
    list.trim_end()
        .trim_end_matches("-->")
        .split([',', ' '])
        .any(|word| word.trim() == code.as_str())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use globset::Glob;

    use super::*;
    use crate::diagnostic::Severity;
    use crate::source::{Markup, Source, Span};

    fn left(text: &str, at: &str, rules: &[Ignored]) -> bool {
        let source = Arc::new(Source::new("docs/a.rst", text, Markup::Rst));
        let start = text.find(at).unwrap();
        let place = Place::new(&source, Span::new(start, start + at.len()));
        let finding = Diagnostic::new(Severity::Error, Code::NumberingGap, place, "x");
        !silence(vec![finding], rules).is_empty()
    }

    #[test]
    fn a_comment_silences_its_line_and_the_next() {
        assert!(left("1. here\n", "here", &[]));
        assert!(!left(
            ".. runsheet-ignore: numbering-gap\n\n1. here\n",
            "here",
            &[]
        ));
        assert!(!left(
            "1. here <!-- runsheet-ignore: empty-step, numbering-gap -->\n",
            "here",
            &[]
        ));
        assert!(left(
            ".. runsheet-ignore: empty-step\n\n1. here\n",
            "here",
            &[]
        ));
        assert!(left(
            ".. runsheet-ignore: numbering-gap\n\n1. x\n2. here\n",
            "here",
            &[]
        ));
    }

    #[test]
    fn a_rule_silences_its_code_in_its_files() {
        let rule = |code, files: Option<&str>| Ignored {
            code,
            files: files.map(|files| Glob::new(files).unwrap().compile_matcher()),
        };
        assert!(!left("here", "here", &[rule(Code::NumberingGap, None)]));
        assert!(!left(
            "here",
            "here",
            &[rule(Code::NumberingGap, Some("docs/**"))]
        ));
        assert!(left(
            "here",
            "here",
            &[rule(Code::NumberingGap, Some("other/**"))]
        ));
        assert!(left("here", "here", &[rule(Code::EmptyStep, None)]));
    }
}
