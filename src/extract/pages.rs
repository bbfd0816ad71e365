//! Procedures spread over pages: an index page whose table of contents lists the parts in their order.
//!
//! ```text
//! Upgrading the cluster          Upgrading the cluster
//!                                  Before the upgrade   (from the page `before`)
//! .. toctree::              ->     Step 1: Masters      (from the page `masters`)
//!    before                        Step 2: Workers      (from the page `workers`)
//!    masters
//!    workers
//! ```
//!
//! Most tables of contents list pages that stand on their own. The pages are parts of one piece of work where the
//! index names one, and their order is told: by their headings (`Step 2`, `Before ...`), by numbers in the names of
//! their files, or by the words before the table.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::prose::{self, Prose};
use super::title::Title;
use super::told::{Told, told_by};
use crate::document::{Block, BlockKind, Included, Section};
use crate::parse::Page;
use crate::references::toctree;

/// Returns `pages` with those that are parts of another in their place there, and not on their own.
///
/// `roots` are the folders that documents are in.
pub fn join<'p>(pages: &'p [Page], roots: &[PathBuf]) -> Cow<'p, [Page]> {
    let known: Vec<PathBuf> = pages.iter().map(|page| page.source.path().into()).collect();
    let by_path: HashMap<&Path, &Page> = pages
        .iter()
        .map(|page| (page.source.path(), page))
        .collect();
    let mut parts: HashMap<&Path, Vec<&Page>> = HashMap::new();
    let mut taken: HashSet<&Path> = HashSet::new();
    for page in pages {
        let Some(table) = only_table(&page.document.children) else {
            continue;
        };
        let listed: Vec<&Page> = toctree(page, roots, &known)
            .iter()
            .filter_map(|path| by_path.get(path.as_path()).copied())
            .collect();
        let is_free = |part: &&Page| {
            let path = part.source.path();
            path != page.source.path()
                && !taken.contains(path)
                && only_table(&part.document.children).is_none()
        };
        if listed.iter().all(is_free)
            && !taken.contains(page.source.path())
            && table.is_of_parts(&listed)
        {
            taken.extend(listed.iter().map(|part| part.source.path()));
            parts.insert(page.source.path(), listed);
        }
    }
    if parts.is_empty() {
        return Cow::Borrowed(pages);
    }
    pages
        .iter()
        .filter(|page| !taken.contains(page.source.path()))
        .map(|page| match parts.get(page.source.path()) {
            Some(listed) => with_parts(page, listed),
            None => page.clone(),
        })
        .collect()
}

/// A table of contents and the section that it stands in.
struct Table<'p> {
    section: &'p Section,
}

/// Returns the table of contents in `blocks`, `None` where there is none, or more than one, or it stands outside all
/// sections.
fn only_table(blocks: &[Block]) -> Option<Table<'_>> {
    fn walk<'p>(
        blocks: &'p [Block],
        within: Option<&'p Section>,
        found: &mut Vec<Option<&'p Section>>,
    ) {
        for block in blocks {
            match &block.kind {
                BlockKind::Section(section) => walk(&section.children, Some(section), found),
                _ if is_table(block) => found.push(within),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    walk(blocks, None, &mut found);
    match found.as_slice() {
        [Some(section)] => Some(Table { section }),
        _ => None,
    }
}

fn is_table(block: &Block) -> bool {
    matches!(&block.kind, BlockKind::Directive(directive) if &*directive.name == "toctree")
}

impl Table<'_> {
    /// Tells whether the pages that it lists are the parts of one piece of work, in order.
    fn is_of_parts(&self, listed: &[&Page]) -> bool {
        let index = Title::read(&Prose::of(&self.section.title));
        let names_work =
            index.asks || index.is_whole() || index.is_undertaking() || index.is_generic();
        if listed.len() < 2 || !names_work || index.is_collection() {
            return false;
        }
        let Some(titles) = listed
            .iter()
            .map(|page| Some(Title::read(&Prose::of(&only_section(page)?.title))))
            .collect::<Option<Vec<_>>>()
        else {
            return false;
        };
        let ordered = titles.iter().filter(|title| title.is_in_order()).count();
        let numbered = listed.iter().all(|page| {
            let stem = page.source.path().file_stem().unwrap_or_default();
            stem.to_string_lossy()
                .starts_with(|c: char| c.is_ascii_digit())
        });
        ordered * 2 > titles.len() || numbered || self.tells_order()
    }

    /// Tells whether the words before the table say that what it lists is done in its order.
    fn tells_order(&self) -> bool {
        let before = self
            .section
            .children
            .iter()
            .take_while(|block| !is_table(block));
        let last = before
            .filter_map(|block| match &block.kind {
                BlockKind::Paragraph(text) => Some(Prose::of(text)),
                _ => None,
            })
            .last();
        last.is_some_and(|prose| {
            let has = |word: &str| prose::words(&prose.text).iter().any(|own| own == word);
            told_by(&prose) == Told::Steps || has("order") && !has("any") && !has("no")
        })
    }
}

/// Returns the one section that a page is.
fn only_section(page: &Page) -> Option<&Section> {
    let mut sections = page
        .document
        .children
        .iter()
        .filter_map(|block| match &block.kind {
            BlockKind::Section(section) => Some(&**section),
            _ => None,
        });
    match (sections.next(), sections.next()) {
        (Some(section), None) => Some(section),
        _ => None,
    }
}

/// Returns `page` with its parts where its table of contents stands.
fn with_parts(page: &Page, parts: &[&Page]) -> Page {
    fn walk(blocks: &mut Vec<Block>, parts: &[&Page]) {
        if let Some(at) = blocks.iter().position(is_table) {
            let span = blocks[at].span;
            let included = parts.iter().map(|part| Block {
                span,
                kind: BlockKind::Included(Box::new(Included {
                    source: part.source.clone(),
                    document: part.document.clone(),
                })),
            });
            blocks.splice(at..=at, included);
            return;
        }
        for block in blocks {
            if let BlockKind::Section(section) = &mut block.kind {
                walk(&mut section.children, parts);
            }
        }
    }
    let mut page = page.clone();
    walk(&mut page.document.children, parts);
    page
}
