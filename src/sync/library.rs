//! From sources to procedures.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::SyncError;
use super::load::{LoadError, SourcePath, read_source, read_source_as};
use super::lookup::{LookupError, holds, pick};
use crate::body::resolve::plain;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::document::plain_text;
use crate::extract::{extract, join};
use crate::parse::{Page, parse};
use crate::procedure::Procedure;
use crate::references::{Inventory, ReferenceSettings, include, included_paths, resolve};
use crate::run::Variant;
use crate::source::{Markup, Source};
use crate::variable::{Variables, declared_in};
use crate::variant::{Axes, is_for};

/// The procedures of some documents.
#[derive(Debug, Default)]
pub struct Library {
    /// The documents, what they refer to resolved.
    pub pages: Vec<Page>,
    /// The procedures, in the order of the documents.
    pub procedures: Vec<Procedure>,
    /// What was found in the documents.
    pub diagnostics: Vec<Diagnostic>,
    /// The variables of each document's procedures, by its path.
    variables: BTreeMap<PathBuf, Variables>,
    /// The variables of all procedures.
    shared_variables: Variables,
    /// Where the procedures with a step of that id or of those words are in `procedures`; made when it is asked for.
    having: OnceLock<HashMap<String, Vec<usize>>>,
}

/// Parses the sources at once, resolves what they refer to, and finds their procedures.
///
/// `roots` are the folders that documents are in; what a document includes lies in one of them. `tick` is called
/// after each source, from any thread.
///
/// # Errors
/// Where an inventory that the config names cannot be read.
pub fn read_library(
    sources: &[Arc<Source>],
    roots: &[PathBuf],
    config: &Config,
    tick: &(dyn Fn() + Sync),
) -> Result<Library, LoadError> {
    let settings = reference_settings(roots, config)?;
    let parsed: Vec<_> = sources
        .par_iter()
        .map(|source| {
            let parsed = parse(source);
            tick();
            parsed
        })
        .collect();
    let mut diagnostics = Vec::new();
    let mut pages = Vec::new();
    for (source, parsed) in sources.iter().zip(parsed) {
        diagnostics.extend(parsed.diagnostics);
        pages.push(Page {
            source: Arc::clone(source),
            document: parsed.value,
        });
    }
    // What is part of another page is read there.
    let parts: Vec<PathBuf> = pages
        .iter()
        .flat_map(|page| included_paths(page, roots))
        .collect();
    pages.retain(|page| !parts.iter().any(|part| part == page.source.path()));
    let load = |path: &Path| load_part(path, roots, &config.root);
    diagnostics.extend(include(&mut pages, roots, &load));
    diagnostics.extend(resolve(&mut pages, &settings));
    let extracted = extract(&join(&pages, roots), &config.overrides);
    diagnostics.extend(extracted.diagnostics);
    let variables = pages.iter().map(|page| {
        let mut variables = declared_in(page);
        variables.0.extend(config.variables.0.clone());
        (page.source.path().to_owned(), variables)
    });
    Ok(Library {
        variables: variables.collect(),
        pages,
        shared_variables: config.variables.clone(),
        having: OnceLock::new(),
        procedures: extracted.value,
        diagnostics,
    })
}

/// Returns the one of `all` that `name` names.
fn find_among<'a>(all: &[&'a Procedure], name: &str) -> Result<&'a Procedure, LookupError> {
    let slug = |it: &&Procedure, name: &str| it.slug == name;
    let label = |it: &&Procedure, name: &str| it.labels.iter().any(|label| label == name);
    let title = |it: &&Procedure, name: &str| {
        plain_text(&it.title).to_lowercase() == name.trim().to_lowercase()
    };
    let piece = |it: &&Procedure, name: &str| {
        holds(&it.slug, name)
            || holds(&plain_text(&it.title), name)
            || it.labels.iter().any(|label| holds(label, name))
    };
    pick(
        "procedure",
        name,
        all,
        &[&slug, &label, &title, &piece],
        &|it| it.slug.clone(),
    )
    .copied()
}

fn reference_settings(roots: &[PathBuf], config: &Config) -> Result<ReferenceSettings, LoadError> {
    let docs_url = config.docs_url.clone();
    let base = docs_url
        .as_deref()
        .and_then(|url| url.split("{path}").next())
        .unwrap_or_default();
    let read = |path: &PathBuf| {
        let shown = || path.display().to_string();
        let bytes = fs::read(path).map_err(|source| LoadError::Read {
            path: shown(),
            source,
        })?;
        Inventory::read(&bytes, base).map_err(|source| LoadError::Inventory {
            path: shown(),
            source,
        })
    };
    Ok(ReferenceSettings {
        roots: roots.to_vec(),
        inventories: config
            .inventories
            .iter()
            .map(read)
            .collect::<Result<_, _>>()?,
        docs_url,
        shared: config.rst_shared.iter().map(|text| shared(text)).collect(),
    })
}

/// Reads text that holds in all documents.
fn shared(text: &str) -> Page {
    let source = Arc::new(Source::new("rst-prolog", text, Markup::Rst));
    let document = parse(&source).value;
    Page { source, document }
}

/// Reads what a document includes; nothing that a link leads to outside of the documents' folders.
fn load_part(path: &Path, roots: &[PathBuf], base: &Path) -> Option<Arc<Source>> {
    let file = base.join(path).canonicalize().ok()?;
    let is_inside = roots.iter().any(|root| {
        let root = Path::new(".").join(base).join(root).canonicalize();
        root.is_ok_and(|root| file.starts_with(root))
    });
    if !is_inside {
        return None;
    }
    let path = SourcePath {
        path: file,
        ..SourcePath::given(path)
    };
    let read = match read_source(&path) {
        Err(LoadError::UnknownMarkup { .. }) => read_source_as(&path, Markup::Rst),
        read => read,
    };
    read.ok().map(Arc::new)
}

impl Library {
    /// Returns the procedure that `name` names: a slug, a label, a title, or an unambiguous piece of one.
    ///
    /// # Errors
    /// Where it fits none, or several.
    pub fn find(&self, name: &str) -> Result<&Procedure, LookupError> {
        let all: Vec<&Procedure> = self.procedures.iter().collect();
        find_among(&all, name)
    }

    /// Returns the procedure that `name` names among those on pages for the chosen values; where none does, any that it
    /// names.
    ///
    /// # Errors
    /// As for [`find`](Self::find).
    pub fn find_for(
        &self,
        name: &str,
        axes: &Axes,
        variant: &Variant,
    ) -> Result<&Procedure, LookupError> {
        let for_chosen: Vec<&Procedure> = self
            .procedures
            .iter()
            .filter(|procedure| is_for(procedure.place.path(), axes, variant))
            .collect();
        match find_among(&for_chosen, name) {
            Err(LookupError::Unknown { .. }) => self.find(name),
            found => found,
        }
    }

    /// Returns the variables that are declared for a procedure, by the config or by its document.
    pub fn variables(&self, procedure: &Procedure) -> &Variables {
        let own = self.variables.get(procedure.place.path());
        own.unwrap_or(&self.shared_variables)
    }

    /// Makes sure that no other procedure has the identity of this one.
    ///
    /// # Errors
    /// Where one has: their runs could not be told apart.
    pub fn check_identity(&self, procedure: &Procedure) -> Result<(), SyncError> {
        let label = procedure.identity();
        let same: Vec<&Procedure> = self
            .procedures
            .iter()
            .filter(|other| other.identity() == label)
            .collect();
        if same.len() < 2 {
            return Ok(());
        }
        let place = |it: &&Procedure| format!("{}:{}", it.place.path().display(), it.place.line());
        Err(SyncError::SharedLabel {
            label: label.to_owned(),
            places: same.iter().map(place).collect(),
        })
    }

    /// Returns the procedure with that identity, or one that had it before its author gave it a label.
    pub fn by_identity(&self, identity: &str) -> Option<&Procedure> {
        let of = |procedure: &&Procedure| procedure.identity() == identity;
        let was = |procedure: &&Procedure| names(procedure).any(|name| name == identity);
        let all = || self.procedures.iter();
        all().find(of).or_else(|| all().find(was))
    }

    /// Returns the procedures that have some of these steps, each an id and its words without markup, with how many.
    pub fn sharing(&self, steps: &[(&str, String)]) -> Vec<(&Procedure, usize)> {
        let having = self.having.get_or_init(|| having(&self.procedures));
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for (id, text) in steps {
            let by = |key: &str| having.get(key).into_iter().flatten();
            let procedures: BTreeSet<&usize> = by(id).chain(by(text)).collect();
            for at in procedures {
                *shared.entry(*at).or_default() += 1;
            }
        }
        let counted = shared.into_iter();
        counted
            .map(|(at, count)| (&self.procedures[at], count))
            .collect()
    }
}

/// Returns where the procedures with each step are, by the step's id and by its words.
fn having(procedures: &[Procedure]) -> HashMap<String, Vec<usize>> {
    let mut having: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, procedure) in procedures.iter().enumerate() {
        for step in procedure.steps() {
            for key in [step.id.0.clone(), plain(&step.plain_text())] {
                having.entry(key).or_default().push(at);
            }
        }
    }
    having
}

/// Returns what could identify a procedure, now or before an author gave it another label.
pub fn names(procedure: &Procedure) -> impl Iterator<Item = &str> {
    let labels = procedure.labels.iter();
    labels.chain([&procedure.slug]).map(String::as_str)
}
