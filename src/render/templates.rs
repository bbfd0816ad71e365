//! The templates: built-in ones, replaced and extended by a user's, through Tera.

use std::collections::BTreeMap;
use std::sync::Arc;

use tera::{Context, ErrorKind, Tera};

use crate::checklist::Checklist;
use crate::diagnostic::Diagnostic;
use crate::render::filters;
use crate::render::mistakes::{at_report, no_template, when_loading, when_rendering};
use crate::source::{Markup, Source};

/// The built-in templates: file name and text.
const BUILT_IN: &[(&str, &str)] = &[
    ("checklist.md", include_str!("../../templates/checklist.md")),
    ("compact.md", include_str!("../../templates/compact.md")),
    (
        "issue-form.yml",
        include_str!("../../templates/issue-form.yml"),
    ),
    (
        "issue-template.md",
        include_str!("../../templates/issue-template.md"),
    ),
    ("items.md", include_str!("../../templates/items.md")),
    ("page.html", include_str!("../../templates/page.html")),
    ("phases.md", include_str!("../../templates/phases.md")),
    ("ticket.md", include_str!("../../templates/ticket.md")),
];

/// Under which name a built-in template can be reached where a user's has its name.
pub(super) const BUILT_IN_PREFIX: &str = "built-in/";

/// Template texts by the name that Tera knows them by.
pub(super) type Sources = BTreeMap<String, Arc<Source>>;

/// Templates by file name, ready to render.
pub struct Templates {
    tera: Tera,
    sources: Sources,
}

impl Templates {
    /// Returns the built-in templates with `user`'s, which are given by file name.
    ///
    /// A user's file replaces the built-in one of its name, also where other templates include or extend it;
    /// `built-in/ticket.md` is always the built-in one, to extend it. What is wrong with them is told all at once, as
    /// far as it can be seen before rendering.
    pub fn new(user: Vec<(String, Source)>) -> Result<Self, Vec<Diagnostic>> {
        let built_in = BUILT_IN.iter().map(|(name, text)| {
            let name = format!("{BUILT_IN_PREFIX}{name}");
            let source = Source::new(&name, *text, Markup::Markdown);
            (name, source)
        });
        let sources: Sources = built_in
            .chain(user)
            .map(|(name, source)| (name, Arc::new(source)))
            .collect();
        // Tera stops at the first template that it cannot parse.
        let broken: Vec<Diagnostic> = sources
            .iter()
            .filter_map(|(name, source)| {
                let error = Tera::new().add_raw_template(name, source.text()).err()?;
                match error.kind() {
                    ErrorKind::SyntaxError(report) => Some(at_report(source, report, &sources)),
                    _ => None,
                }
            })
            .collect();
        if !broken.is_empty() {
            return Err(broken);
        }
        let mut tera = filters::engine();
        let texts = sources.iter().map(|(name, source)| (name, source.text()));
        match tera
            .set_fallback_prefixes([BUILT_IN_PREFIX])
            .and_then(|()| tera.add_raw_templates(texts))
        {
            Ok(()) => Ok(Self { tera, sources }),
            Err(error) => Err(when_loading(&error, &sources)),
        }
    }

    /// Returns the file names of all templates, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        names(&self.sources)
    }

    /// Renders `checklist` through the template of that name.
    pub fn render(&self, name: &str, checklist: &Checklist) -> Result<String, Diagnostic> {
        let source = self.sources.get(name);
        let Some(source) = source.or_else(|| self.sources.get(&format!("{BUILT_IN_PREFIX}{name}")))
        else {
            return Err(no_template(name, &self.sources));
        };
        Context::from_serialize(checklist)
            .and_then(|context| self.tera.render(name, &context))
            .map_err(|error| when_rendering(&error, source, &self.sources))
    }
}

/// Returns the file names of `sources`, sorted, each once.
pub(super) fn names(sources: &Sources) -> impl Iterator<Item = &str> {
    let names: std::collections::BTreeSet<&str> = sources
        .keys()
        .map(|name| name.strip_prefix(BUILT_IN_PREFIX).unwrap_or(name))
        .collect();
    names.into_iter()
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
            load(vec![user("ticket.md", "{% extends \"ticket.md\" %}")]),
            load(vec![
                user("a.md", "{% component x() %}{% endcomponent %}"),
                user("b.md", "{% component x() %}{% endcomponent %}"),
            ]),
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
                    .unwrap_or_else(|error| told(&error)),
            );
        }
        let expected = [
            "templates/a.md:2:12: unknown filter `uper` (there are `upper`, `get`, `lower`, `str`)",
            "templates/a.md:3:9: unknown test `foo` ()",
            "templates/a.md:1:6: unexpected end of input ()",
            "templates/b.md:1:7: found `%}` but expected one of: integer, float, string, bool, ident, `-`, `not`, `<`, `{`, `[` or `(` ()",
            "templates/a.md:2:13: there is no template `tiket.md` to extend (there are `ticket.md`, `items.md`, `a.md)",
            "templates/a.md:1:13: templates include each other: a.md, b.md, a.md (`built-in/NAME` is the built-in template)",
            "templates/a.md:1:12: unknown template `tickt.md` (there are `ticket.md`, `items.md`, `a.md)",
            "templates/ticket.md:1:13: templates extend each other: ticket.md, ticket.md (`built-in/NAME` is the built-in template)",
            "templates/a.md:1:1: component `x` is defined in both `a.md` and `b.md` ()",
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
