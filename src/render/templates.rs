//! The templates: built-in ones, replaced and extended by a user's, through Tera.

use std::collections::BTreeMap;
use std::sync::Arc;

use tera::{Context, Error, ErrorKind, Kwargs, ReportError, State, Tera, Value};

use crate::checklist::Checklist;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::render::{escape, html, yaml};
use crate::source::{Markup, Place, Source, Span};

/// The built-in templates: file name and text.
const BUILT_IN: &[(&str, &str)] = &[
    ("ticket.md", include_str!("../../templates/ticket.md")),
    ("items.md", include_str!("../../templates/items.md")),
    ("phases.md", include_str!("../../templates/phases.md")),
    (
        "issue-template.md",
        include_str!("../../templates/issue-template.md"),
    ),
    (
        "issue-form.yml",
        include_str!("../../templates/issue-form.yml"),
    ),
    ("checklist.md", include_str!("../../templates/checklist.md")),
    ("compact.md", include_str!("../../templates/compact.md")),
    ("page.html", include_str!("../../templates/page.html")),
];

/// What Tera brings, to name the nearest one of.
const FILTERS: &[&str] = &[
    "abs",
    "capitalize",
    "code",
    "default",
    "escape",
    "escape_html",
    "escape_xml",
    "first",
    "float",
    "get",
    "group_by",
    "html",
    "html_line",
    "indent",
    "int",
    "join",
    "keys",
    "last",
    "length",
    "lower",
    "newlines_to_br",
    "nth",
    "pairs",
    "pluralize",
    "replace",
    "reverse",
    "round",
    "safe",
    "sort",
    "split",
    "str",
    "title",
    "trim",
    "trim_end",
    "trim_start",
    "truncate",
    "unique",
    "upper",
    "values",
    "wordcount",
    "yaml",
];

/// Template texts by file name.
type Sources = BTreeMap<String, Arc<Source>>;

/// Templates by file name, ready to render.
pub struct Templates {
    tera: Tera,
    sources: Sources,
}

impl Templates {
    /// Returns the built-in templates with `user`'s: a file of the same name replaces a built-in one, and each may
    /// include or extend any other.
    ///
    /// What is wrong with them is told all at once, as far as it can be seen before rendering.
    pub fn new(user: Vec<(String, Source)>) -> Result<Self, Vec<Diagnostic>> {
        let mut sources: Sources = BUILT_IN
            .iter()
            .map(|(name, text)| {
                let source = Source::new(format!("<built-in>/{name}"), *text, Markup::Markdown);
                ((*name).to_owned(), Arc::new(source))
            })
            .collect();
        sources.extend(
            user.into_iter()
                .map(|(name, source)| (name, Arc::new(source))),
        );

        let broken: Vec<Diagnostic> = sources
            .iter()
            .filter_map(|(name, source)| {
                Tera::new()
                    .add_raw_template(name, source.text())
                    .err()
                    .map(|error| (source, error))
            })
            .filter_map(|(source, error)| match error.kind() {
                ErrorKind::SyntaxError(report) => Some(at_report(source, report, &sources)),
                _ => None,
            })
            .collect();
        if !broken.is_empty() {
            return Err(broken);
        }
        let mut tera = engine();
        let added =
            tera.add_raw_templates(sources.iter().map(|(name, source)| (name, source.text())));
        match added {
            Ok(()) => Ok(Self { tera, sources }),
            Err(error) => Err(load_errors(&error, &sources)),
        }
    }

    /// Returns the names of all templates, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        names(&self.sources)
    }

    /// Renders `checklist` through the template of that name.
    pub fn render(&self, name: &str, checklist: &Checklist) -> Result<String, Diagnostic> {
        let Some(source) = self.sources.get(name) else {
            let source = Arc::new(Source::new(name, "", Markup::Markdown));
            let place = Place::new(&source, Span::default());
            return Err(error(place, format!("there is no template `{name}`"))
                .help(nearest(name, self.names())));
        };
        Context::from_serialize(checklist)
            .and_then(|context| self.tera.render(name, &context))
            .map_err(|error| self.render_error(source, &error))
    }

    fn render_error(&self, source: &Arc<Source>, error: &Error) -> Diagnostic {
        match error.kind() {
            ErrorKind::RenderingError(report) | ErrorKind::SyntaxError(report) => at_report(
                self.sources.get(report.filename()).unwrap_or(source),
                report,
                &self.sources,
            ),
            kind => self::error(
                Place::new(source, Span::default()),
                lower_first(&kind.to_string()),
            ),
        }
    }
}

/// Returns Tera with our filters, not yet with templates.
fn engine() -> Tera {
    let mut tera = Tera::new();
    tera.register_filter("html", |text: &str, _: Kwargs, _: &State| {
        Value::safe_string(&html::blocks(text))
    });
    tera.register_filter("html_line", |text: &str, _: Kwargs, _: &State| {
        Value::safe_string(&html::line(text))
    });
    tera.register_filter("yaml", |text: &str, _: Kwargs, _: &State| {
        Value::safe_string(&yaml::scalar(text))
    });
    tera.register_filter("code", |text: &str, _: Kwargs, _: &State| {
        let lines: Vec<String> = text
            .lines()
            .map(escape::code_span)
            .filter(|line| !line.is_empty())
            .collect();
        lines.join(" ")
    });
    tera
}

fn error(place: Place, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Severity::Error, Code::Template, place, message)
}

/// Returns a diagnostic at the place that Tera names, with the nearest of the names that there are.
fn at_report(source: &Arc<Source>, report: &ReportError, templates: &Sources) -> Diagnostic {
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

fn names(templates: &Sources) -> impl Iterator<Item = &str> {
    templates.keys().map(String::as_str)
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

/// Returns what Tera found when it put the templates together.
fn load_errors(error: &Error, sources: &Sources) -> Vec<Diagnostic> {
    let at_name = |template: &str, name: &str| {
        sources.get(template).map(|source| {
            let start = source.text().find(name).unwrap_or(0);
            Place::new(
                source,
                Span::new(start, start + name.len().min(source.text().len() - start)),
            )
        })
    };
    let one = match error.kind() {
        ErrorKind::MissingParent { current, parent } => at_name(current, parent).map(|place| {
            self::error(place, format!("there is no template `{parent}` to extend"))
                .help(nearest(parent, names(sources)))
        }),
        ErrorKind::CircularExtend {
            tpl,
            inheritance_chain,
        } => at_name(tpl, inheritance_chain.last().map_or("", String::as_str)).map(|place| {
            self::error(
                place,
                format!(
                    "templates extend each other: {}",
                    inheritance_chain.join(", ")
                ),
            )
        }),
        ErrorKind::CircularInclude { tpl, include_chain } => {
            at_name(tpl, include_chain.last().map_or("", String::as_str)).map(|place| {
                self::error(
                    place,
                    format!("templates include each other: {}", include_chain.join(", ")),
                )
            })
        }
        kind => {
            let found = reports(&kind.to_string(), sources);
            if !found.is_empty() {
                return found;
            }
            None
        }
    };
    let anywhere = || {
        let source = Arc::new(Source::new("<templates>", "", Markup::Markdown));
        self::error(
            Place::new(&source, Span::default()),
            lower_first(&error.to_string()),
        )
    };
    vec![one.unwrap_or_else(anywhere)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Variant;

    fn empty() -> Checklist {
        Checklist {
            title: "T".to_owned(),
            plain_title: "T".to_owned(),
            slug: "t".to_owned(),
            label: None,
            source: "t.rst".to_owned(),
            hash: "0".to_owned(),
            run: None,
            variant: Variant::default(),
            variant_name: String::new(),
            summary: String::new(),
            plain_summary: String::new(),
            preconditions: Vec::new(),
            phases: Vec::new(),
        }
    }

    fn user(name: &str, text: &str) -> (String, Source) {
        (
            name.to_owned(),
            Source::new(format!("templates/{name}"), text, Markup::Markdown),
        )
    }

    fn told(diagnostic: &Diagnostic) -> String {
        let help = diagnostic.help.clone().unwrap_or_default();
        let help: String = help.chars().take(40).collect();
        format!("{:?}: {} ({help})", diagnostic.place, diagnostic.message)
    }

    #[test]
    fn every_built_in_template_loads_and_renders() {
        let templates = Templates::new(Vec::new()).unwrap();
        for name in BUILT_IN
            .iter()
            .map(|(name, _)| name)
            .filter(|name| **name != "items.md")
        {
            templates.render(name, &empty()).unwrap();
        }
    }

    #[test]
    fn every_named_filter_is_there() {
        for filter in FILTERS {
            let text = format!("{{% if false %}}{{{{ 1 | {filter} }}}}{{% endif %}}");
            engine().add_raw_template("t", &text).unwrap();
        }
    }

    #[test]
    fn what_is_wrong_is_told_at_its_place() {
        let load = |files: Vec<(String, Source)>| {
            let found = Templates::new(files).err().unwrap();
            found.iter().map(told).collect::<Vec<_>>().join("\n")
        };
        let mut all = vec![
            load(vec![user("a.md", "\n{{ title | uper }}\n{{ x is foo }}")]),
            load(vec![user("a.md", "ä {{ title "), user("b.md", "{% if %}")]),
            load(vec![user("a.md", "\n{% extends \"tiket.md\" %}")]),
            load(vec![
                user("a.md", "{% include \"b.md\" %}"),
                user("b.md", "{% include \"a.md\" %}"),
            ]),
            load(vec![user("a.md", "{% include \"tickt.md\" %}")]),
            load(vec![user(
                "a.md",
                "{% extends \"ticket.md\" %}{% block x %}{% endblock %}",
            )]),
        ];
        let templates = Templates::new(vec![
            user("a.md", "{{ titel }}"),
            user("b.md", "{{ variant.x }}"),
            user("c.md", "{% for p in phase %}{% endfor %}"),
            user("d.md", "{{ title.x }} {{ throw(message=\"Not so\") }}"),
            user("e.md", "{{ throw(message=\"Not so\") }}"),
            user("f.md", "{{ title + 1 }}"),
            user("g.md", "{% if run.name %}{% endif %}"),
        ])
        .unwrap();
        for name in [
            "a.md", "b.md", "c.md", "d.md", "e.md", "f.md", "g.md", "tiket.md",
        ] {
            all.push(
                templates
                    .render(name, &empty())
                    .map_or_else(|error| told(&error), |text| text),
            );
        }
        let expected = [
            "templates/a.md:2:12: unknown filter `uper` (there are `upper`, `get`, `lower`, `str`)",
            "templates/a.md:3:9: unknown test `foo` ()",
            "templates/a.md:1:6: unexpected end of input ()",
            "templates/b.md:1:7: found `%}` but expected one of: integer, float, string, bool, ident, `-`, `not`, `<`, `{`, `[` or `(` ()",
            "templates/a.md:2:13: there is no template `tiket.md` to extend (there are `ticket.md`, `items.md`, `a.md)",
            "templates/a.md:1:1: templates include each other: a.md, b.md, a.md ()",
            "templates/a.md:1:12: unknown template `tickt.md` (there are `ticket.md`, `items.md`, `a.md)",
            "templates/a.md:1:35: block `x` is not defined in any parent template ()",
            "templates/a.md:1:4: there is no variable `titel` (there are `title`, `label`, `hash`, `pha)",
            "templates/b.md:1:12: field `x` is not defined ()",
            "templates/c.md:1:13: iteration not possible on type `undefined` ()",
            "templates/d.md:1:10: field `x` is not defined ()",
            "templates/e.md:1:4: not so ()",
            "templates/f.md:1:4: `+` requires both operands to be numbers, found `string` and `i64` ()",
            "",
            "tiket.md:1:1: there is no template `tiket.md` (there are `ticket.md`, `e.md`, `items.md)",
        ];
        assert_eq!(all.join("\n"), expected.join("\n"));
    }
}
