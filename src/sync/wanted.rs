//! What a run's ticket should be: the procedure made concrete and rendered.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::fit::fit;
use super::library::Library;
use super::load::{LoadError, SourcePath, read_source_as};
use super::lookup::{LookupError, unknown};
use super::rename::{Owner, beside, owner};
use super::upkeep::{Pin, Upkeep};
use super::{Closed, SyncError};
use crate::body::{Body, seal_with, with_ticket};
use crate::checklist::Checklist;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::merge::Policy;
use crate::procedure::Procedure;
use crate::render::{Templates, checklist};
use crate::run::{RunKey, Variant};
use crate::source::{Markup, Source};
use crate::tracker::{Ticket, Tracker};
use crate::variable::{Variables, fill, fill_known};
use crate::variant::{Axes, choose};

/// The template of a ticket's body.
const TICKET: &str = "ticket.md";

/// The values that variables were given, by name.
pub type Values = BTreeMap<String, String>;

/// What a run's ticket should be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The run.
    pub run: RunKey,
    /// The ticket's title.
    pub title: String,
    /// The ticket's body, with complete markers.
    pub body: String,
    /// What is worth telling about the body.
    pub notices: Vec<String>,
    /// The hash of the procedure's content.
    pub content: String,
    /// What was left out for the chosen values, and what they have nothing for.
    pub findings: Vec<Diagnostic>,
}

/// A procedure made concrete, and what was found on the way.
#[derive(Clone, Debug)]
pub struct Concrete {
    /// The procedure with what is for the chosen values, and its variables filled.
    pub procedure: Procedure,
    /// What a template gets.
    pub checklist: Checklist,
    /// What was left out for the chosen values, and what they have nothing for.
    pub findings: Vec<Diagnostic>,
}

/// What makes procedures into text: the config and the templates.
pub struct Press<'a> {
    config: &'a Config,
    templates: Templates,
}

impl<'a> Press<'a> {
    /// Returns the press with the built-in templates, the config's, and the file `also` where there is one.
    ///
    /// # Errors
    /// Where a template cannot be read or is wrong.
    pub fn new(config: &'a Config, also: Option<&Path>) -> Result<Self, SyncError> {
        let mut user = match &config.templates {
            Some(folder) => read_templates(folder)?,
            None => Vec::new(),
        };
        if let Some(file) = also {
            user.push(read_template(file)?);
        }
        let templates = Templates::new(user).map_err(|findings| SyncError::Findings {
            what: "a template",
            findings,
        })?;
        Ok(Self { config, templates })
    }

    /// Returns the names of the templates.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.templates.names()
    }

    /// Returns `procedure` for the chosen values, its variables filled with what `values` gives them.
    ///
    /// Without a run it is for a template, and a variable without a value stays as it is written.
    ///
    /// # Errors
    /// Where a chosen value is not known, or for a run a variable has no value.
    pub fn concrete(
        &self,
        procedure: &Procedure,
        library: &Library,
        run: Option<&RunKey>,
        variant: &Variant,
        values: &Values,
    ) -> Result<Concrete, SyncError> {
        check_variant(&self.config.variants, variant)?;
        let chosen = choose(procedure, &self.config.variants, variant);
        let declared = library.variables(procedure);
        let procedure = match run {
            Some(_) => fill(&chosen.value, declared, values)?,
            None => fill_known(&chosen.value, declared, values)?,
        };
        Ok(Concrete {
            checklist: checklist(&procedure, run, variant),
            procedure,
            findings: chosen.diagnostics,
        })
    }

    /// Returns a checklist through the template of that name.
    ///
    /// # Errors
    /// Where there is no such template, or it asks for what is not there.
    pub fn print(&self, template: &str, checklist: &Checklist) -> Result<String, SyncError> {
        let printed = self.templates.render(template, checklist);
        printed.map_err(|finding| SyncError::Findings {
            what: "a template",
            findings: vec![finding],
        })
    }

    /// Returns what the ticket of `run` should be in `tracker`.
    ///
    /// # Errors
    /// As for [`concrete`](Self::concrete) and [`print`](Self::print), and where the body is too long for the tracker.
    pub fn wanted(
        &self,
        procedure: &Procedure,
        library: &Library,
        run: RunKey,
        values: &Values,
        tracker: &dyn Tracker,
    ) -> Result<Wanted, SyncError> {
        let made = self.concrete(procedure, library, Some(&run), &run.variant, values)?;
        let fitted = fit(&made.checklist, tracker, &run, &|checklist| {
            let printed = self.print(TICKET, checklist)?;
            let sealed = seal_with(&printed, &run, values);
            Ok(match beside(&sealed, procedure, library) {
                beside if beside.is_empty() => sealed,
                beside => with_ticket(&sealed, |marker| marker.beside = beside),
            })
        })?;
        Ok(Wanted {
            title: self.title(&made.checklist, &run),
            body: fitted.body,
            notices: fitted.notices,
            content: made.checklist.hash,
            run,
            findings: made.findings,
        })
    }

    /// Returns the hash of what the procedure of a ticket's run says now; `None` where that cannot be told.
    pub fn content(&self, ticket: &Ticket, library: &Library) -> Option<String> {
        let (Owner::Named(procedure) | Owner::Renamed(procedure)) = owner(ticket, library) else {
            return None;
        };
        let (run, values) = (&ticket.run, values_of(ticket));
        let made = self.concrete(procedure, library, Some(run), &run.variant, &values);
        Some(made.ok()?.checklist.hash)
    }

    /// Returns how the config wants tickets in that tracker to be kept up to date.
    pub fn upkeep(&self, tracker: &str) -> Upkeep {
        let known = self.config.tracker(tracker);
        Upkeep {
            closed: Closed::Leave,
            pin: Pin::Keep,
            policy: Policy {
                reworded: self.config.reworded_ticks,
            },
            comments: known.is_some_and(|known| known.changelog_comment),
            trusts_listing: true,
        }
    }

    /// Returns the title of a run's ticket: the procedure's, the chosen values' names, the run's name.
    fn title(&self, checklist: &Checklist, run: &RunKey) -> String {
        let name_of = |(axis, value): (&String, &String)| {
            let axes = &self.config.variants.0;
            let known = axes.get(axis).and_then(|axis| axis.get(value));
            let title = known.and_then(|known| known.title.clone());
            title.unwrap_or_else(|| value.clone())
        };
        let values: Vec<String> = run.variant.0.iter().map(name_of).collect();
        let values = match values.as_slice() {
            [] => String::new(),
            values => format!(" ({})", values.join(", ")),
        };
        format!("{}{values} {}", checklist.plain_title, run.name)
    }
}

/// Returns the values that variables were given when the ticket was written.
pub(super) fn values_of(ticket: &Ticket) -> Values {
    match Body::read(&ticket.issue.body).ticket {
        Some((marker, _)) => marker.variables,
        None => Values::new(),
    }
}

/// Returns the values that people chose: each `AXIS=VALUE`, or a value that only one axis has.
///
/// # Errors
/// Where an axis or a value is not known, or several axes have the value.
pub fn variant(axes: &Axes, chosen: &[String]) -> Result<Variant, LookupError> {
    let mut variant = Variant::default();
    for text in chosen {
        let (axis, value) = match text.split_once('=') {
            Some((axis, value)) => (axis.trim(), value.trim()),
            None => (axis_of(axes, text)?, text.trim()),
        };
        variant.0.insert(axis.to_owned(), value.to_owned());
    }
    check_variant(axes, &variant)?;
    Ok(variant)
}

/// Returns the axis that has a value of that name.
fn axis_of<'a>(axes: &'a Axes, value: &str) -> Result<&'a str, LookupError> {
    let have: Vec<&String> = axes
        .0
        .iter()
        .filter(|(_, values)| values.contains_key(value.trim()))
        .map(|(axis, _)| axis)
        .collect();
    match have.as_slice() {
        [axis] => Ok(axis),
        [] => {
            let all = axes.0.values().flat_map(BTreeMap::keys);
            Err(unknown("value", value, all.map(String::as_str)))
        }
        several => Err(LookupError::Ambiguous {
            what: "axis",
            name: value.to_owned(),
            candidates: several
                .iter()
                .map(|axis| format!("{axis}={value}"))
                .collect(),
        }),
    }
}

fn check_variant(axes: &Axes, variant: &Variant) -> Result<(), LookupError> {
    for (axis, value) in &variant.0 {
        let Some(values) = axes.0.get(axis) else {
            return Err(unknown("axis", axis, axes.0.keys().map(String::as_str)));
        };
        if !values.contains_key(value) {
            let known: Vec<String> = values
                .keys()
                .map(|value| format!("{axis}={value}"))
                .collect();
            let asked = format!("{axis}={value}");
            return Err(unknown("value", &asked, known.iter().map(String::as_str)));
        }
    }
    Ok(())
}

/// Makes sure that every name in `values` is a variable's.
///
/// # Errors
/// Where one is not.
pub fn check_values(declared: &Variables, values: &Values) -> Result<(), LookupError> {
    for name in values.keys() {
        if !declared.0.contains_key(name) {
            let known = declared.0.keys().map(String::as_str);
            return Err(unknown("variable", name, known));
        }
    }
    Ok(())
}

/// Returns the files of the templates' folder by name.
fn read_templates(folder: &Path) -> Result<Vec<(String, Source)>, LoadError> {
    let failed = |source| LoadError::Templates {
        path: folder.display().to_string(),
        source,
    };
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_hidden = path
            .file_name()
            .is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if path.is_file() && !is_hidden {
            let (name, source) = read_template(&path)?;
            files.insert(name, source);
        }
    }
    Ok(files.into_iter().collect())
}

fn read_template(path: &Path) -> Result<(String, Source), LoadError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // The markup is that of what it makes; nothing reads a template as a document.
    let source = read_source_as(&SourcePath::given(path), Markup::Markdown)?;
    Ok((name.into_owned(), source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::Value;

    fn axes() -> Axes {
        let value = |name: &str| (name.to_owned(), Value::default());
        let site = [value("north"), value("south")].into();
        let size = [value("small"), value("south")].into();
        Axes([("site".to_owned(), site), ("size".to_owned(), size)].into())
    }

    fn chosen(words: &[&str]) -> Result<String, String> {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        variant(&axes(), &words)
            .map(|variant| variant.to_string())
            .map_err(|why| why.to_string())
    }

    #[test]
    fn a_value_is_chosen_with_its_axis_or_alone_where_one_axis_has_it() {
        assert_eq!(
            chosen(&["north", "size=small"]),
            Ok("site=north,size=small".to_owned())
        );
        assert_eq!(chosen(&["size=south"]), Ok("size=south".to_owned()));
        assert_eq!(chosen(&["south"]), Err("`south` fits 2 axes".to_owned()));
        assert_eq!(
            chosen(&["west"]),
            Err("there is no value `west`".to_owned())
        );
        assert_eq!(
            chosen(&["site=west"]),
            Err("there is no value `site=west`".to_owned())
        );
        assert_eq!(
            chosen(&["sight=north"]),
            Err("there is no axis `sight`".to_owned())
        );
    }
}
