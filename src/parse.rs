//! Text to [`Document`]: one front end for each markup.

pub mod markdown;
pub mod rst;

use std::sync::Arc;

use crate::diagnostic::Parsed;
use crate::document::Document;
use crate::source::{Markup, Source};

/// A source and the document read from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The text.
    pub source: Arc<Source>,
    /// What it reads as.
    pub document: Document,
}

/// Reads `source` as the markup it is written in; no text is refused.
pub fn parse(source: &Arc<Source>) -> Parsed<Document> {
    match source.markup() {
        Markup::Rst => rst::parse(source),
        Markup::Markdown => markdown::parse(source),
    }
}
