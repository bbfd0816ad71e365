//! Reads a source into a document.

use std::sync::Arc;

use crate::diagnostic::Parsed;
use crate::document::Document;
use crate::source::Source;

pub mod markdown;

/// A source and what was read from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The source.
    pub source: Arc<Source>,
    /// What was read from it.
    pub document: Document,
}

/// Returns the document of `source`, read by the rules of its markup.
pub fn parse(source: &Arc<Source>) -> Parsed<Document> {
    markdown::parse(source)
}
