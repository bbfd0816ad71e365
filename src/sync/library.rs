//! From sources to procedures.

use std::sync::Arc;

use rayon::prelude::*;

use super::lookup::{LookupError, holds, pick};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::document::plain_text;
use crate::extract::extract;
use crate::parse::{Page, parse};
use crate::procedure::Procedure;
use crate::source::Source;

/// The procedures of some documents.
#[derive(Debug, Default)]
pub struct Library {
    /// The procedures, in the order of the documents.
    pub procedures: Vec<Procedure>,
    /// What was found in the documents.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses the sources at once, resolves what they refer to, and finds their procedures.
pub fn read_library(sources: &[Arc<Source>], config: &Config) -> Library {
    let parsed: Vec<_> = sources.par_iter().map(parse).collect();
    let mut diagnostics = Vec::new();
    let mut pages = Vec::new();
    for (source, parsed) in sources.iter().zip(parsed) {
        diagnostics.extend(parsed.diagnostics);
        pages.push(Page {
            source: Arc::clone(source),
            document: parsed.value,
        });
    }
    let _ = config;
    let extracted = extract(&pages);
    diagnostics.extend(extracted.diagnostics);
    Library {
        procedures: extracted.value,
        diagnostics,
    }
}

impl Library {
    /// Returns the procedure that `name` names: a slug, a label, a title, or an unambiguous piece of one.
    ///
    /// # Errors
    /// Where it fits none, or several.
    pub fn find(&self, name: &str) -> Result<&Procedure, LookupError> {
        let slug = |it: &Procedure, name: &str| it.slug == name;
        let label = |it: &Procedure, name: &str| it.labels.iter().any(|label| label == name);
        let title = |it: &Procedure, name: &str| {
            plain_text(&it.title).to_lowercase() == name.trim().to_lowercase()
        };
        let piece = |it: &Procedure, name: &str| {
            holds(&it.slug, name)
                || holds(&plain_text(&it.title), name)
                || it.labels.iter().any(|label| holds(label, name))
        };
        pick(
            "procedure",
            name,
            &self.procedures,
            &[&slug, &label, &title, &piece],
            &|it| it.slug.clone(),
        )
    }

    /// Returns the procedure with that identity.
    pub fn by_identity(&self, identity: &str) -> Option<&Procedure> {
        let of = |procedure: &&Procedure| procedure.identity() == identity;
        // An author who put a label on it later changed its identity, not the procedure.
        let was = |procedure: &&Procedure| {
            procedure.slug == identity || procedure.labels.iter().any(|label| label == identity)
        };
        let all = || self.procedures.iter();
        all().find(of).or_else(|| all().find(was))
    }
}
