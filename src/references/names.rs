//! The names that can be referred to, over all pages of a run.

use std::collections::HashMap;
use std::path::PathBuf;

use super::ReferenceSettings;
use super::address::{document_name, docutils_id, github_slug, root_of};
use crate::document::{
    Block, BlockKind, Document, Inline, InlineKind, ReferenceTarget, fold_whitespace, plain_text,
};
use crate::parse::Page;
use crate::parse::markdown::split_heading_name;
use crate::source::{Markup, Source};

/// A place in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// The page's index.
    pub(super) page: usize,
    /// What stands behind the `#` of its address; empty for the page itself.
    pub(super) fragment: String,
    /// What it is called: a section's title, a caption.
    pub(super) title: Option<String>,
}

/// What a name means within its page.
#[derive(Clone, Debug)]
pub(super) enum Local {
    /// A place in the page.
    Spot(Spot),
    /// An address.
    Uri(Box<str>),
    /// What another name means.
    Alias(Box<str>),
    /// Two sections have it as their title, so it means neither.
    Ambiguous,
}

/// The names of one page.
#[derive(Debug, Default)]
pub(super) struct PageNames {
    /// The page's name: its path in its root, without ending.
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) path: PathBuf,
    pub(super) root: PathBuf,
    pub(super) local: HashMap<String, Local>,
    /// What the anonymous targets mean, in order.
    pub(super) anonymous: Vec<Local>,
    /// The parts of an address behind `#` that lead to a place, for Markdown.
    pub(super) fragments: HashMap<String, Spot>,
}

/// The names of all pages.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) pages: Vec<PageNames>,
    /// Labels that authors gave, in lower case.
    pub(super) labels: HashMap<String, Spot>,
    /// The sections by title, in lower case.
    titles: HashMap<String, Vec<Spot>>,
    /// Page names to indexes.
    pub(super) documents: HashMap<String, usize>,
    /// Paths as shown to indexes.
    pub(super) paths: HashMap<PathBuf, usize>,
    /// Glossary terms in lower case.
    pub(super) terms: HashMap<String, Spot>,
    /// Described objects: type and name.
    pub(super) objects: HashMap<(String, String), Spot>,
    /// Link targets that hold in all pages.
    shared: HashMap<String, Local>,
}

impl Names {
    pub(super) fn of(pages: &[Page], settings: &ReferenceSettings) -> Self {
        let mut names = Self::default();
        for (index, page) in pages.iter().enumerate() {
            let path = page.source.path();
            let root = root_of(path, &settings.roots).to_owned();
            let name = document_name(path, &root);
            names.documents.entry(name.clone()).or_insert(index);
            names.paths.entry(path.to_owned()).or_insert(index);
            names.pages.push(PageNames {
                name,
                path: path.to_owned(),
                root,
                ..PageNames::default()
            });
            let mut collector = Collector {
                names: &mut names,
                page: index,
                markup: page.source.markup(),
                slugs: HashMap::new(),
            };
            collector.document(&page.document, &page.source);
        }
        for shared in &settings.shared {
            for block in &shared.document.children {
                if let BlockKind::Target(target) = &block.kind
                    && let Some(meaning) = meaning(target.refers_to.as_ref())
                {
                    let key = normalized(&target.name);
                    names.shared.entry(key).or_insert(meaning);
                }
            }
        }
        names
    }

    /// Returns what `name` means in a page: its own names first, then those that hold in all.
    pub(super) fn local(&self, page: usize, name: &str) -> Option<Local> {
        let mut key = normalized(name);
        // A chain of names longer than this leads back to itself.
        for _ in 0..16 {
            let own = self.pages.get(page)?.local.get(&key);
            match own.or_else(|| self.shared.get(&key))? {
                Local::Alias(next) => key = normalized(next),
                found => return Some(found.clone()),
            }
        }
        None
    }

    /// Returns the sections that `target` names as Sphinx' `autosectionlabel` does, those of `page` first:
    /// by `page:title`, or by the title alone.
    pub(super) fn sections(&self, page: usize, target: &str) -> Vec<&Spot> {
        let of = |page: usize, title: &str| -> Vec<&Spot> {
            let known = self.titles.get(&normalized(title)).into_iter().flatten();
            known.filter(|spot| spot.page == page).collect()
        };
        let own = of(page, target);
        if !own.is_empty() {
            return own;
        }
        if let Some(anywhere) = self.titles.get(&normalized(target)) {
            return anywhere.iter().collect();
        }
        let mut prefixes = target.match_indices(':').map(|(at, _)| target.split_at(at));
        let found = prefixes.find_map(|(name, title)| {
            let page = *self.documents.get(name.trim())?;
            Some(of(page, &title[1..])).filter(|spots| !spots.is_empty())
        });
        found.unwrap_or_default()
    }

    /// Returns all labels, for suggestions.
    pub(super) fn known_labels(&self) -> impl Iterator<Item = &str> {
        self.labels.keys().map(String::as_str)
    }
}

/// Returns what a link target stands for; `None` where it names the place it stands at.
fn meaning(refers_to: Option<&ReferenceTarget>) -> Option<Local> {
    match refers_to? {
        ReferenceTarget::Uri(uri) => Some(Local::Uri(uri.clone())),
        ReferenceTarget::Name(name) => Some(Local::Alias(name.clone())),
        ReferenceTarget::Anonymous => None,
    }
}

/// Returns a name as docutils compares it: white space folded, lower case.
pub(super) fn normalized(name: &str) -> String {
    fold_whitespace(name).to_lowercase()
}

struct Collector<'a> {
    names: &'a mut Names,
    page: usize,
    markup: Markup,
    /// How often each heading slug came up in the page.
    slugs: HashMap<String, usize>,
}

impl Collector<'_> {
    fn document(&mut self, document: &Document, source: &Source) {
        let mut titles: HashMap<u32, String> = HashMap::new();
        self.blocks(&document.children, &mut titles);
        for anchor in &document.anchors {
            let is_html = source.slice(anchor.span).starts_with('<');
            let spot = Spot {
                page: self.page,
                fragment: match is_html || source.slice(anchor.span).contains("{#") {
                    true => anchor.name.clone(),
                    false => docutils_id(&anchor.name),
                },
                title: titles.get(&anchor.block).cloned(),
            };
            self.label(&anchor.name, spot);
        }
    }

    fn page(&mut self) -> &mut PageNames {
        &mut self.names.pages[self.page]
    }

    fn spot(&self, fragment: String, title: Option<String>) -> Spot {
        Spot {
            page: self.page,
            fragment,
            title,
        }
    }

    /// Takes a name that an author gave; the first of equal ones counts.
    fn label(&mut self, name: &str, spot: Spot) {
        let key = normalized(name);
        let fragment = spot.fragment.clone();
        let page = self.page();
        page.fragments
            .entry(name.to_owned())
            .or_insert(spot.clone());
        page.fragments.entry(fragment).or_insert(spot.clone());
        page.local.insert(key.clone(), Local::Spot(spot.clone()));
        self.names.labels.entry(key).or_insert(spot);
    }

    fn blocks(&mut self, blocks: &[Block], titles: &mut HashMap<u32, String>) {
        for block in blocks {
            self.block(block, titles);
            for child in block.children() {
                self.blocks(std::slice::from_ref(child), titles);
            }
        }
    }

    fn block(&mut self, block: &Block, titles: &mut HashMap<u32, String>) {
        match &block.kind {
            BlockKind::Section(section) => {
                let title = self.title(&section.title);
                titles
                    .entry(block.span.start)
                    .or_insert_with(|| title.clone());
                self.heading(title);
            }
            BlockKind::Table(table) if !table.title.is_empty() => {
                let title = plain_text(&table.title);
                titles.entry(block.span.start).or_insert(title);
            }
            BlockKind::LiteralBlock(code) => {
                if let Some(caption) = &code.caption {
                    titles
                        .entry(block.span.start)
                        .or_insert(caption.to_string());
                }
            }
            BlockKind::Paragraph(inlines) => self.inlines(inlines),
            BlockKind::Target(target) => {
                let meaning = meaning(target.refers_to.as_ref());
                if target.name.is_empty() {
                    let here = Local::Spot(self.spot(String::new(), None));
                    self.page().anonymous.push(meaning.unwrap_or(here));
                } else if let Some(meaning) = meaning {
                    let key = normalized(&target.name);
                    self.page().local.insert(key, meaning);
                }
            }
            BlockKind::Directive(directive) => {
                let option = directive.options.iter().find(|(key, _)| &**key == "name");
                if let Some((_, name)) = option {
                    let title = plain_caption(&directive.children);
                    let spot = self.spot(docutils_id(name), title);
                    self.label(name, spot);
                }
                if &*directive.name == "glossary" {
                    self.glossary(&directive.children);
                } else if !directive.argument.is_empty() {
                    self.object(&directive.name, &directive.argument);
                }
            }
            BlockKind::Included(included) => {
                let markup = std::mem::replace(&mut self.markup, included.source.markup());
                self.document(&included.document, &included.source);
                self.markup = markup;
            }
            _ => {}
        }
    }

    /// Returns a section's title as it is shown.
    fn title(&self, inlines: &[Inline]) -> String {
        let title = plain_text(inlines);
        match split_heading_name(&title) {
            Some((title, _)) if self.markup == Markup::Markdown => title.to_owned(),
            _ => title,
        }
    }

    /// Takes a section's title as a name of the page; a page is called as its first section.
    fn heading(&mut self, title: String) {
        let slug = match self.markup {
            Markup::Rst => docutils_id(&title),
            Markup::Markdown => github_slug(&title),
        };
        let count = self.slugs.entry(slug.clone()).or_default();
        let fragment = match *count {
            0 => slug,
            again => format!("{slug}-{again}"),
        };
        *count += 1;
        let spot = self.spot(fragment.clone(), Some(title.clone()));
        let titled = self.names.titles.entry(normalized(&title));
        titled.or_default().push(spot.clone());
        let page = self.page();
        page.title.get_or_insert_with(|| title.clone());
        page.fragments.entry(fragment).or_insert(spot.clone());
        page.local
            .entry(normalized(&title))
            .and_modify(|known| {
                if matches!(known, Local::Spot(_)) {
                    *known = Local::Ambiguous;
                }
            })
            .or_insert(Local::Spot(spot));
    }

    /// Takes the names inside running text: `` _`name` `` and phrases that embed an address.
    fn inlines(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            match &inline.kind {
                InlineKind::Target(name) => {
                    let spot = self.spot(docutils_id(name), None);
                    self.page()
                        .local
                        .insert(normalized(name), Local::Spot(spot));
                }
                InlineKind::Reference(reference) if self.markup == Markup::Rst => {
                    if let ReferenceTarget::Uri(uri) = &reference.target {
                        let key = normalized(&plain_text(&reference.text));
                        let meaning = Local::Uri(uri.clone());
                        self.page().local.entry(key).or_insert(meaning);
                    }
                }
                _ => {}
            }
        }
    }

    fn glossary(&mut self, blocks: &[Block]) {
        for block in blocks {
            match &block.kind {
                BlockKind::DefinitionList(items) => self.glossary(items),
                BlockKind::DefinitionListItem(item) => {
                    let term = plain_text(&item.term);
                    let fragment = format!("term-{}", docutils_id(&term));
                    let spot = self.spot(fragment, Some(term.clone()));
                    self.names.terms.entry(normalized(&term)).or_insert(spot);
                }
                _ => {}
            }
        }
    }

    /// Takes what a directive describes: the last part of its name is the type.
    fn object(&mut self, directive: &str, argument: &str) {
        let kind = directive.rsplit(':').next().unwrap_or(directive);
        let name = argument.split('(').next().unwrap_or(argument).trim();
        let fragment = match kind {
            "envvar" => format!("envvar-{name}"),
            "confval" => format!("confval-{name}"),
            _ => name.to_owned(),
        };
        let spot = self.spot(fragment, Some(name.to_owned()));
        let key = (kind.to_owned(), name.to_owned());
        self.names.objects.entry(key).or_insert(spot);
    }
}

/// Returns the text of a figure's caption: its first paragraph.
fn plain_caption(blocks: &[Block]) -> Option<String> {
    blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Paragraph(inlines) => Some(plain_text(inlines)),
        _ => None,
    })
}
