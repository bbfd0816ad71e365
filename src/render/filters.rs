//! What templates can do with a text: our filters besides Tera's own.

use tera::{Kwargs, State, Tera, Value};

use crate::render::{escape, html, yaml};

/// All filters, Tera's and ours, to name the nearest one of.
pub(super) const FILTERS: &[&str] = &[
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

/// Returns Tera with our filters, not yet with templates.
///
/// - `html`: Markdown blocks as HTML, `html_line`: a line of Markdown as HTML;
/// - `yaml`: text as a YAML scalar on one line, quotes included;
/// - `code`: text as Markdown code on one line.
pub(super) fn engine() -> Tera {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_filter_is_there() {
        for filter in FILTERS {
            let text = format!("{{% if false %}}{{{{ 1 | {filter} }}}}{{% endif %}}");
            engine().add_raw_template("t", &text).unwrap();
        }
    }
}
