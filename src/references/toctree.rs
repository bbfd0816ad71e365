//! Tables of contents: the documents that a `toctree` names.
//!
//! ```text
//! toctree  = { entry EOL }          option glob
//! entry    = title "<" name ">" | name | pattern | address | "self"
//! ```
//!
//! A name is relative to the document it stands in, from `/` on to the source root; with `glob`, a name
//! with `*`, `?` or `[` is a pattern.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};

use super::address::{document_name, locate, root_of};
use super::include::{Loader, option};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::document::{Block, BlockKind, Directive};
use crate::parse::Page;
use crate::source::{Place, Source, Span};

/// What stands for pages that Sphinx makes itself, and for the page at hand.
const OF_SPHINX: &[&str] = &["self", "genindex", "modindex", "search"];

/// The endings of files that Sphinx may read.
const ENDINGS: &[&str] = &["rst", "md", "txt", "ipynb"];

/// One entry that names documents.
struct Entry<'a> {
    /// The line as written, without blanks around it.
    written: &'a str,
    /// The document's path without ending.
    path: PathBuf,
    /// Its name in the source root.
    name: String,
    pattern: Option<GlobMatcher>,
}

impl Entry<'_> {
    fn names(&self, document: &str) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.is_match(document),
            None => document == self.name,
        }
    }
}

/// Returns those of the `known` source files that a page's tables of contents name, in order.
pub fn toctree(page: &Page, roots: &[PathBuf], known: &[PathBuf]) -> Vec<PathBuf> {
    let path = page.source.path();
    let root = root_of(path, roots);
    let mut documents: Vec<_> = known
        .iter()
        .map(|path| (document_name(path, root), path))
        .collect();
    documents.sort();
    let mut found: Vec<PathBuf> = Vec::new();
    walk(&page.document.children, &mut |directive, _| {
        for entry in entries(directive, path, root) {
            for (name, file) in &documents {
                if entry.names(name) && *file != path && !found.contains(file) {
                    found.push((*file).clone());
                }
            }
        }
    });
    found
}

/// Returns a finding for each entry that names no document: none of `pages`, and none that `load` finds.
pub(super) fn dangling(pages: &[Page], roots: &[PathBuf], load: &Loader<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for page in pages {
        let path = page.source.path();
        let root = root_of(path, roots);
        // Most pages have no table of contents and need no names.
        let mut known: Option<HashSet<String>> = None;
        walk(&page.document.children, &mut |directive, span| {
            let known = known.get_or_insert_with(|| {
                let names = pages
                    .iter()
                    .map(|page| document_name(page.source.path(), root));
                names.collect()
            });
            let mut at = span.start as usize;
            for entry in entries(directive, path, root) {
                let place = place_of(&entry, &page.source, Span::new(at, span.end as usize));
                at = place.span.end as usize;
                let is_there = match &entry.pattern {
                    Some(_) => known.iter().any(|name| entry.names(name)),
                    None => known.contains(&entry.name) || is_file(&entry.path, load),
                };
                if !is_there {
                    findings.push(finding(&entry, place));
                }
            }
        });
    }
    findings
}

fn finding(entry: &Entry<'_>, place: Place) -> Diagnostic {
    let name = &entry.name;
    let message = match entry.pattern {
        Some(_) => format!("no document is like `{name}`"),
        None => format!("there is no document `{name}`"),
    };
    let help =
        "a name is relative to this file, or from `/` on to the source root, without an ending";
    Diagnostic::new(Severity::Warning, Code::UnresolvedReference, place, message).help(help)
}

/// Returns where an entry stands in the lines of `within`; all of them where that cannot be told.
fn place_of(entry: &Entry<'_>, source: &Arc<Source>, within: Span) -> Place {
    let mut at = within.start as usize;
    for line in source.slice(within).split_inclusive('\n') {
        if line.trim().ends_with(entry.written)
            && let Some(before) = line.find(entry.written)
        {
            let start = at + before;
            return Place::new(source, Span::new(start, start + entry.written.len()));
        }
        at += line.len();
    }
    Place::new(source, within)
}

fn is_file(path: &Path, load: &Loader<'_>) -> bool {
    let with = |ending: &&str| {
        let mut path = path.as_os_str().to_owned();
        path.push(".");
        path.push(ending);
        load(Path::new(&path)).is_some()
    };
    ENDINGS.iter().any(with) || load(path).is_some()
}

/// Returns the entries of a table of contents at `path` that can name documents of its root.
fn entries<'d>(directive: &'d Directive, path: &Path, root: &Path) -> Vec<Entry<'d>> {
    let is_glob = option(directive, "glob").is_some();
    let lines = directive.content.as_deref().unwrap_or_default().lines();
    lines
        .filter_map(|line| {
            let written = line.trim();
            let path = locate(document(written)?, path, root)?;
            let name = path.strip_prefix(root).unwrap_or(&path);
            let name = name.to_string_lossy().replace('\\', "/");
            let is_pattern = is_glob && name.contains(['*', '?', '[']);
            let pattern = GlobBuilder::new(&name).literal_separator(true).build();
            let name = match name.rsplit_once('.') {
                Some((stem, ending)) if ENDINGS.contains(&ending) => stem.to_owned(),
                _ => name,
            };
            Some(Entry {
                written,
                path,
                name,
                pattern: pattern
                    .ok()
                    .filter(|_| is_pattern)
                    .map(|glob| glob.compile_matcher()),
            })
        })
        .collect()
}

/// Returns the document that a line of a table of contents names.
fn document(line: &str) -> Option<&str> {
    let name = match line
        .strip_suffix('>')
        .and_then(|rest| rest.rsplit_once('<'))
    {
        Some((_, name)) => name.trim(),
        None => line,
    };
    let is_document = !name.is_empty() && !OF_SPHINX.contains(&name) && !name.contains("://");
    is_document.then_some(name)
}

fn walk(blocks: &[Block], visit: &mut dyn FnMut(&Directive, Span)) {
    for block in blocks {
        if let BlockKind::Directive(directive) = &block.kind
            && &*directive.name == "toctree"
        {
            visit(directive, block.span);
        }
        for child in block.children() {
            walk(std::slice::from_ref(child), visit);
        }
    }
}
