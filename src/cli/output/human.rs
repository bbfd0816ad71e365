//! Findings drawn beside the text they speak of, as rustc draws them.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Place, Source, Span};

/// The longest stretch of a place that is underlined; a section would fill the screen.
const LONGEST: usize = 400;

/// Draws a finding.
pub(crate) fn draw(finding: &Diagnostic, colored: bool) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group: Group<'_> = level
        .primary_title(finding.message.as_str())
        .id(finding.code.as_str())
        .element(snippet(&finding.place, AnnotationKind::Primary, None));
    for label in &finding.labels {
        let message = Some(label.message.as_str());
        group = group.element(snippet(&label.place, AnnotationKind::Context, message));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if colored {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let drawn = renderer.decor_style(DecorStyle::Ascii).render(&[group]);
    match &finding.detail {
        Some(detail) => format!("{drawn}\n\n{}", detail.trim_end()),
        None => drawn,
    }
}

fn snippet<'a>(
    place: &'a Place,
    kind: AnnotationKind,
    label: Option<&'a str>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let source = &place.source;
    let marked = marked(source, place.span);
    // Only the lines themselves are handed over: a long source is not searched for each finding.
    let first = source.line(offset(marked.start));
    let last = source.line(offset(marked.end));
    let start = source.line_start(first).map_or(0, |start| start as usize);
    let end = source
        .line_start(last + 1)
        .map_or(source.text().len(), |end| end as usize);
    let range = marked.start - start..marked.end - start;
    Snippet::source(source.text()[start..end].trim_end())
        .path(source.path().to_string_lossy().into_owned())
        .line_start(first)
        .annotation(kind.span(range).label(label))
}

/// Returns the bytes to underline: those of the place, cut to its first lines, whole characters only.
fn marked(source: &Source, span: Span) -> Range<usize> {
    let text = source.text();
    let mut start = span.range().start.min(text.trim_end().len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.range().end.clamp(start, text.trim_end().len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if end - start > LONGEST {
        let line = text[start..end].find('\n').unwrap_or(end - start);
        end = start + line;
    }
    start..end.max(start)
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Code;
    use crate::source::Markup;

    #[test]
    fn a_finding_is_drawn_with_its_line_and_help() {
        let source = Arc::new(Source::new(
            "a/b.rst",
            "one\ntwo words\nthree\nfour\n",
            Markup::Rst,
        ));
        let place = Place::new(&source, Span::new(8, 13));
        let finding = Diagnostic::new(Severity::Warning, Code::Structure, place, "odd `words`");
        let drawn = draw(&finding.help("write another"), false);
        let wanted = "\
warning[structure]: odd `words`
 --> a/b.rst:2:5
  |
2 | two words
  |     ^^^^^
  |
  = help: write another";
        assert_eq!(drawn, wanted);
    }

    #[test]
    fn places_that_do_not_fit_their_text_are_drawn_all_the_same() {
        let source = Arc::new(Source::new("a.md", "ä\r\n", Markup::Markdown));
        for span in [
            Span::new(0, 1),
            Span::new(1, 9),
            Span::new(9, 9),
            Span::new(3, 2),
        ] {
            let place = Place::new(&source, span);
            let finding = Diagnostic::new(Severity::Error, Code::Marker, place, "odd");
            assert!(draw(&finding, true).contains("a.md"));
        }
        let empty = Arc::new(Source::new("e.md", "", Markup::Markdown));
        let place = Place::new(&empty, Span::new(0, 0));
        let finding = Diagnostic::new(Severity::Error, Code::Marker, place, "empty");
        assert!(draw(&finding, false).contains("e.md"));
    }
}
