//! Tera's errors as diagnostics: at their place, with the nearest of the names that there are.

use std::sync::Arc;

use tera::{Error, ErrorKind, ReportError};

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::render::filters::FILTERS;
use crate::render::templates::{BUILT_IN_PREFIX, Sources, names};
use crate::source::{Markup, Place, Source, Span};

/// Says that there is no template of that name.
pub(super) fn no_template(name: &str, sources: &Sources) -> Diagnostic {
    let source = Arc::new(Source::new(name, "", Markup::Markdown));
    let place = Place::new(&source, Span::default());
    error(place, format!("there is no template `{name}`")).help(nearest(name, names(sources)))
}

/// Says what went wrong while the template of `source` was rendered.
pub(super) fn when_rendering(found: &Error, source: &Arc<Source>, sources: &Sources) -> Diagnostic {
    match found.kind() {
        ErrorKind::RenderingError(report) | ErrorKind::SyntaxError(report) => {
            let source = sources.get(report.filename()).unwrap_or(source);
            at_report(source, report, sources)
        }
        kind => error(
            Place::new(source, Span::default()),
            lower_first(&kind.to_string()),
        ),
    }
}

fn error(place: Place, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Severity::Error, Code::Template, place, message)
}

/// Returns a diagnostic at the place that Tera names, with the nearest of the names that there are.
pub(super) fn at_report(
    source: &Arc<Source>,
    report: &ReportError,
    templates: &Sources,
) -> Diagnostic {
    let place = Place::new(
        source,
        Span::new(report.span().range.start, report.span().range.end),
    );
    with_names(place, report.message(), templates)
}

/// Splits "X is not defined. Available fields: a, b" into what is wrong and what there is.
///
/// Tera tells the names only as part of its message.
fn with_names(place: Place, message: &str, templates: &Sources) -> Diagnostic {
    for (intro, what) in [
        (" Available fields: ", "field"),
        (" Available variables: ", "variable"),
    ] {
        if let Some((wrong, names)) = message.split_once(intro) {
            let wanted = wrong.split('`').nth(1).unwrap_or_default();
            let message = format!("there is no {what} `{wanted}`");
            return error(place, message).help(nearest(wanted, names.split(", ")));
        }
    }
    let found = error(place, lower_first(message.trim_end_matches('.')));
    if let Some(wanted) = message.strip_prefix("Unknown filter ") {
        found.help(nearest(wanted.trim_matches('`'), FILTERS.iter().copied()))
    } else if let Some(wanted) = message.strip_prefix("Unknown template ") {
        found.help(nearest(wanted.trim_matches('`'), names(templates)))
    } else {
        found
    }
}

/// Returns `names` in one line, the one most like `wanted` first.
fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.sort_by_cached_key(|name| (strsim::damerau_levenshtein(wanted, name), name.to_string()));
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("there are {}", names.join(", "))
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

/// Says what is wrong where Tera cannot put the templates together.
pub(super) fn when_loading(found: &Error, sources: &Sources) -> Vec<Diagnostic> {
    let one = match found.kind() {
        ErrorKind::MissingParent { current, parent } => {
            let message = format!("there is no template `{parent}` to extend");
            error(mention(current, parent, sources), message).help(nearest(parent, names(sources)))
        }
        ErrorKind::CircularExtend {
            inheritance_chain, ..
        } => circle("extend", inheritance_chain, sources),
        ErrorKind::CircularInclude { include_chain, .. } => {
            circle("include", include_chain, sources)
        }
        kind => {
            let message = kind.to_string();
            let several = reports(&message, sources);
            if !several.is_empty() {
                return several;
            }
            // Such as a component that two templates define: the message names them.
            let named = sources
                .keys()
                .find(|name| message.contains(&format!("`{name}`")));
            let name = named.map_or("", String::as_str);
            error(mention(name, "", sources), lower_first(&message))
        }
    };
    vec![one]
}

/// Says that templates lead back to where they started, at the first that a user wrote.
fn circle(verb: &str, chain: &[String], sources: &Sources) -> Diagnostic {
    let users = chain
        .iter()
        .position(|name| !name.starts_with(BUILT_IN_PREFIX));
    let at = users.unwrap_or(0);
    let name = |at: usize| chain.get(at).map_or("", String::as_str);
    let message = format!("templates {verb} each other: {}", chain.join(", "));
    error(mention(name(at), name(at + 1), sources), message).help(format!(
        "`{BUILT_IN_PREFIX}NAME` is the built-in template, also where yours has its name"
    ))
}

/// Returns where the template of that name speaks of another one, else where it starts.
fn mention(template: &str, other: &str, sources: &Sources) -> Place {
    match sources.get(template) {
        Some(source) => {
            let other = other.strip_prefix(BUILT_IN_PREFIX).unwrap_or(other);
            let span = source
                .text()
                .find(other)
                .map_or(Span::default(), |at| Span::new(at, at + other.len()));
            Place::new(source, span)
        }
        None => {
            let source = Arc::new(Source::new(template, "", Markup::Markdown));
            Place::new(&source, Span::default())
        }
    }
}

/// Reads the reports that Tera joins into one message when several templates do not fit together.
///
/// Each is `error: MESSAGE`, a line ` --> FILE:LINE:COLUMN`, and the source line with its number.
fn reports(message: &str, sources: &Sources) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut lines = message.lines().peekable();
    while let Some(line) = lines.next() {
        let (Some(message), Some(place)) = (line.strip_prefix("error: "), lines.peek()) else {
            continue;
        };
        let mut place = place
            .trim_start()
            .trim_start_matches("--> ")
            .rsplitn(3, ':');
        let (column, line, name) = (place.next(), place.next(), place.next());
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<usize>().ok());
        if let (Some(source), Some(line), Some(column)) = (
            name.and_then(|name| sources.get(name)),
            number(line),
            number(column),
        ) {
            let start = source.line_start(line).unwrap_or(0) as usize;
            let offset: usize = source.text()[start..]
                .chars()
                .take(column.saturating_sub(1))
                .map(char::len_utf8)
                .sum();
            let at = start + offset;
            found.push(with_names(
                Place::new(source, Span::new(at, at + 1)),
                message,
                sources,
            ));
        }
    }
    found
}
