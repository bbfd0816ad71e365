//! What a run's ticket should be: the procedure made concrete and rendered.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::SyncError;
use super::load::{LoadError, SourcePath, read_source_as};
use crate::body::seal;
use crate::checklist::Checklist;
use crate::config::Config;
use crate::procedure::Procedure;
use crate::render::{Templates, checklist};
use crate::run::{RunKey, Variant};
use crate::source::{Markup, Source};

/// The template of a ticket's body.
const TICKET: &str = "ticket.md";

/// What a run's ticket should be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The run.
    pub run: RunKey,
    /// The ticket's title.
    pub title: String,
    /// The ticket's body, with complete markers.
    pub body: String,
}

/// What makes procedures into text: the config, the templates, the values of variables.
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

    /// Returns `procedure` as a checklist, for a run or for a template.
    ///
    /// # Errors
    /// Where a chosen value or a variable is not known.
    pub fn checklist(
        &self,
        procedure: &Procedure,
        run: Option<&RunKey>,
        variant: &Variant,
    ) -> Result<Checklist, SyncError> {
        Ok(checklist(procedure, run, variant))
    }

    /// Returns a checklist through the template of that name.
    ///
    /// # Errors
    /// Where there is no such template, or it asks for what is not there.
    pub fn print(&self, template: &str, checklist: &Checklist) -> Result<String, SyncError> {
        let printed = self.templates.render(template, checklist);
        printed.map_err(|finding| SyncError::Findings {
            what: "the template",
            findings: vec![finding],
        })
    }

    /// Returns what the ticket of `run` should be.
    ///
    /// # Errors
    /// As for [`checklist`](Self::checklist) and [`print`](Self::print).
    pub fn wanted(&self, procedure: &Procedure, run: RunKey) -> Result<Wanted, SyncError> {
        let checklist = self.checklist(procedure, Some(&run), &run.variant)?;
        let printed = self.print(TICKET, &checklist)?;
        Ok(Wanted {
            title: self.title(&checklist, &run),
            body: seal(&printed, &run),
            run,
        })
    }

    /// Returns the title of a run's ticket: the procedure's, the chosen values' names, the run's name.
    fn title(&self, checklist: &Checklist, run: &RunKey) -> String {
        let name_of = |(axis, value): (&String, &String)| {
            let known = self
                .config
                .variants
                .get(axis)
                .and_then(|axis| axis.get(value));
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

/// Returns the files of the templates' folder by name.
fn read_templates(folder: &Path) -> Result<Vec<(String, Source)>, LoadError> {
    let failed = |source| LoadError::Read {
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
