//! What the references in all pages of a run lead to.
//!
//! Three steps over pages that were read, each a function of its own:
//!
//! 1. [`include()`] puts included files in their place, as [`BlockKind::Included`]: a document of its
//!    own in the tree, with its own source, so that every place keeps its file, line and column.
//! 2. [`resolve`] collects the names of all pages (labels, titles, pages, glossary terms, described
//!    objects, link targets), replaces substitutions, and gives references and roles their address:
//!    by `docs-url` for what stands in the pages, by a Sphinx inventory for what stands elsewhere.
//! 3. What has no address stays text. What leads nowhere is a finding.
//!
//! A role keeps what it names ([`crate::document::Role::target`]): variants are chosen by it.
//!
//! ```text
//! role or reference        names
//! ref, numref              a label, of any page
//! doc                      a page, relative to this one or, from "/", to the root
//! term                     a glossary's term
//! pep, rfc                 a number, with "#" and an anchor
//! name_, `some name`_      a target, label or title of the page
//! `some name`__            the next anonymous target of the page
//! file.md#anchor           in Markdown: a page and a heading or anchor in it
//! any other                an object described in a page or an inventory; else it is just text
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::document::{
    Block, BlockKind, Document, Inline, InlineKind, Reference, ReferenceTarget, Role, plain_text,
};
use crate::parse::{Page, markdown};
use crate::source::{Markup, Place, Source, Span};

mod address;
mod hyperlink;
mod include;
mod inventory;
mod names;
mod substitution;

pub use include::{Loader, include, included_paths, toctree};
pub use inventory::{Found, Inventory, InventoryError};

use names::{Local, Names, Spot, normalized};
use substitution::{Outcome, Substitutions};

/// How many findings of a run get a suggestion; each looks at all labels.
const MAX_SUGGESTIONS: usize = 50;

/// How alike a name must be to be suggested, of 1.
const SUGGESTED: f64 = 0.7;

/// What is known besides the pages.
#[derive(Clone, Debug, Default)]
pub struct ReferenceSettings {
    /// The folders that sources are in; a page's path is relative to the innermost that holds it.
    pub roots: Vec<PathBuf>,
    /// An address with `{path}` and `{label}`, where the pages can be read by people.
    pub docs_url: Option<String>,
    /// What other docs define.
    pub inventories: Vec<Inventory>,
    /// Pages whose substitutions and link targets hold in all RST pages: `rst_prolog`, `rst_epilog`.
    pub shared: Vec<Page>,
}

impl ReferenceSettings {
    /// Returns how much an unresolved reference matters: where all targets are known, it is wrong.
    fn severity(&self) -> Severity {
        if self.docs_url.is_some() || !self.inventories.is_empty() {
            Severity::Error
        } else {
            Severity::Warning
        }
    }
}

/// Resolves the references of `pages` in place.
///
/// Markdown's dialects are read first, so that their roles and targets take part.
pub fn resolve(pages: &mut [Page], settings: &ReferenceSettings) -> Vec<Diagnostic> {
    let mut findings = read_dialects(pages);
    for page in pages.iter_mut() {
        decode_hyperlinks(&mut page.document.children, &page.source);
    }
    let names = Names::of(pages, settings);
    for (index, page) in pages.iter_mut().enumerate() {
        let mut substitutions = Substitutions::default();
        substitutions.collect(&page.document.children);
        for shared in &settings.shared {
            substitutions.collect(&shared.document.children);
        }
        let mut resolver = Resolver {
            settings,
            names: &names,
            page: index,
            source: Arc::clone(&page.source),
            substitutions,
            anonymous: 0,
            suggestions: MAX_SUGGESTIONS.saturating_sub(findings.len()),
            findings: Vec::new(),
        };
        resolver.blocks(&mut page.document.children);
        findings.append(&mut resolver.findings);
    }
    findings
}

/// Reads what is structure to the tools that Markdown pages are written for.
fn read_dialects(pages: &mut [Page]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for page in pages {
        if page.source.markup() == Markup::Markdown {
            findings.extend(markdown::dialect::read(&mut page.document, &page.source));
        }
    }
    findings
}

/// Reads the hyperlinks of RST once more, by docutils' grammar for them.
fn decode_hyperlinks(blocks: &mut [Block], source: &Source) {
    for block in blocks {
        if let BlockKind::Included(included) = &mut block.kind {
            let Document { children, .. } = &mut included.document;
            decode_hyperlinks(children, &included.source);
            continue;
        }
        if source.markup() == Markup::Rst {
            for inlines in block.inlines_mut() {
                for inline in inlines {
                    decode_hyperlink(inline, source);
                }
            }
        }
        for children in block.children_mut() {
            decode_hyperlinks(children, source);
        }
    }
}

fn decode_hyperlink(inline: &mut Inline, source: &Source) {
    let written = source.slice(inline.span);
    if let InlineKind::Reference(reference) = &mut inline.kind
        && hyperlink::may_hold_address(written)
        && let Some(target) = hyperlink::decode(written)
    {
        reference.target = target;
    } else if let Some(inner) = inline.inner_mut() {
        for inline in inner {
            decode_hyperlink(inline, source);
        }
    }
}

struct Resolver<'a> {
    settings: &'a ReferenceSettings,
    names: &'a Names,
    page: usize,
    /// What the spans at hand belong to: the page's source, or that of a document it includes.
    source: Arc<Source>,
    substitutions: Substitutions,
    /// How many anonymous references came before.
    anonymous: usize,
    /// How many findings may still get a suggestion.
    suggestions: usize,
    findings: Vec<Diagnostic>,
}

impl Resolver<'_> {
    fn blocks(&mut self, blocks: &mut [Block]) {
        for block in blocks {
            match &mut block.kind {
                // What a definition holds is resolved where it is used.
                BlockKind::SubstitutionDefinition(_) => continue,
                BlockKind::Included(included) => {
                    let outer = std::mem::replace(&mut self.source, Arc::clone(&included.source));
                    self.blocks(&mut included.document.children);
                    self.source = outer;
                }
                _ => {}
            }
            for inlines in block.inlines_mut() {
                self.inlines(inlines);
            }
            for children in block.children_mut() {
                self.blocks(children);
            }
        }
    }

    fn inlines(&mut self, inlines: &mut Vec<Inline>) {
        if inlines
            .iter()
            .any(|inline| matches!(inline.kind, InlineKind::Substitution(_)))
        {
            *inlines = self.substituted(std::mem::take(inlines));
        }
        for inline in inlines {
            if let Some(inner) = inline.inner_mut() {
                self.inlines(inner);
            }
            match &mut inline.kind {
                InlineKind::Role(role) => self.role(role, inline.span),
                InlineKind::Reference(reference) => self.reference(reference, inline.span),
                _ => {}
            }
        }
    }

    fn substituted(&mut self, inlines: Vec<Inline>) -> Vec<Inline> {
        let mut all = Vec::with_capacity(inlines.len());
        for inline in inlines {
            let InlineKind::Substitution(name) = &inline.kind else {
                all.push(inline);
                continue;
            };
            match self.substitutions.text(name, inline.span) {
                Outcome::Text(text) => all.extend(text),
                Outcome::Kept => all.push(inline),
                Outcome::Unknown => {
                    let message = format!("no substitution is defined for `|{name}|`");
                    let help =
                        "define it with `.. |name| replace::`, or in the config's `rst_prolog`";
                    let finding = self.finding(inline.span, message).help(help);
                    self.findings.push(finding);
                    all.push(inline);
                }
            }
        }
        all
    }

    fn role(&mut self, role: &mut Role, span: Span) {
        let is_titled = role.text != role.target;
        let name = role.name.strip_prefix("std:").unwrap_or(&role.name);
        let found = match name {
            "ref" | "numref" => {
                let found = self.label(&role.target);
                if found.is_none() {
                    self.unknown("label", &role.target, span);
                }
                found
            }
            "doc" => {
                let found = self.document(&role.target);
                if found.is_none() {
                    self.unknown("document", &role.target, span);
                }
                found
            }
            "term" => {
                let key = normalized(&role.target);
                let known = self.names.terms.get(&key).map(|spot| self.found(spot));
                let found = known.or_else(|| self.inventory("std:term", &role.target));
                if found.is_none() {
                    self.unknown("glossary term", &role.target, span);
                }
                found.map(|found| Found {
                    title: role.target.to_string(),
                    ..found
                })
            }
            "pep" => numbered(&role.target, "PEP", |number| {
                format!("https://peps.python.org/pep-{number:04}/")
            }),
            "rfc" => numbered(&role.target, "RFC", |number| {
                format!("https://datatracker.ietf.org/doc/html/rfc{number}.html")
            }),
            _ => self.object(name, &role.target),
        };
        let Some(found) = found else {
            return;
        };
        if !is_titled && !found.title.is_empty() {
            role.text = found.title.into();
        }
        if !found.uri.is_empty() {
            role.uri = Some(found.uri.into());
        }
    }

    fn label(&self, target: &str) -> Option<Found> {
        match self.names.labels.get(&normalized(target)) {
            Some(spot) => Some(self.found(spot)),
            None => self.inventory("std:label", &normalized(target)),
        }
    }

    fn document(&self, target: &str) -> Option<Found> {
        let page = &self.names.pages[self.page];
        let name = address::locate(target, &page.path, &page.root)
            // The ending is not written in RST, but often is in MyST.
            .map(|path| address::document_name(&path_with_ending(&path), &page.root));
        let known = name
            .as_ref()
            .and_then(|name| self.names.documents.get(name));
        if let Some(index) = known {
            let title = self.names.pages[*index].title.clone();
            return Some(self.found(&Spot {
                page: *index,
                fragment: String::new(),
                title,
            }));
        }
        self.inventory("std:doc", target.trim_start_matches('/'))
    }

    /// Finds what a role of any other name leads to; Sphinx leaves such a role as text where it finds nothing.
    fn object(&self, role: &str, target: &str) -> Option<Found> {
        let kind = role.rsplit(':').next().unwrap_or(role);
        let name = target.trim_end_matches("()");
        let key = (kind.to_owned(), name.to_owned());
        if let Some(spot) = self.names.objects.get(&key) {
            let found = self.found(spot);
            return Some(Found {
                title: String::new(),
                ..found
            });
        }
        let kinds = match role {
            "envvar" | "option" | "confval" | "token" | "keyword" => vec![format!("std:{role}")],
            _ if role.contains(':') => python_kinds(role),
            _ => return None,
        };
        let found = kinds.iter().find_map(|kind| self.inventory(kind, name))?;
        Some(Found {
            title: String::new(),
            ..found
        })
    }

    fn inventory(&self, kind: &str, name: &str) -> Option<Found> {
        let mut inventories = self.settings.inventories.iter();
        inventories.find_map(|inventory| inventory.find(kind, name))
    }

    /// Returns a place's address and title; the address is empty where no `docs-url` is given.
    fn found(&self, spot: &Spot) -> Found {
        Found {
            uri: self.uri(spot).unwrap_or_default(),
            title: spot.title.clone().unwrap_or_default(),
        }
    }

    fn uri(&self, spot: &Spot) -> Option<String> {
        let docs_url = self.settings.docs_url.as_ref()?;
        let page = &self.names.pages[spot.page];
        Some(address::fill(docs_url, &page.name, &spot.fragment))
    }

    fn reference(&mut self, reference: &mut Reference, span: Span) {
        let meaning = match &reference.target {
            ReferenceTarget::Uri(uri) if self.source.markup() == Markup::Markdown => {
                let uri = uri.clone();
                if let Some(address) = self.relative(&uri, span) {
                    reference.target = ReferenceTarget::Uri(address.into());
                }
                return;
            }
            ReferenceTarget::Uri(_) => return,
            ReferenceTarget::Name(name) => {
                let found = self.names.local(self.page, name);
                if found.is_none() {
                    self.unknown("target", &name.clone(), span);
                }
                found
            }
            ReferenceTarget::Anonymous => {
                let targets = &self.names.pages[self.page].anonymous;
                let found = targets.get(self.anonymous).cloned();
                self.anonymous += 1;
                if found.is_none() {
                    let message = "no anonymous target is left for this reference";
                    let finding = self
                        .finding(span, message.to_owned())
                        .help("write `__ address` for each, in the same order");
                    self.findings.push(finding);
                }
                match found {
                    Some(Local::Alias(name)) => self.names.local(self.page, &name),
                    found => found,
                }
            }
        };
        let uri = match meaning {
            Some(Local::Uri(uri)) => Some(uri),
            Some(Local::Spot(spot)) => self.uri(&spot).map(Into::into),
            Some(Local::Ambiguous) => {
                let name = plain_text(&reference.text);
                let message = format!("`{name}` is the title of several sections");
                let finding = self
                    .finding(span, message)
                    .help("put a label (`.. _name:`) before the one that is meant");
                self.findings.push(finding);
                None
            }
            Some(Local::Alias(_)) | None => None,
        };
        if let Some(uri) = uri {
            reference.target = ReferenceTarget::Uri(uri);
        }
    }

    /// Returns the address of a place that a Markdown link names by its file; `None` leaves the link.
    fn relative(&mut self, uri: &str, span: Span) -> Option<String> {
        let has_scheme = uri
            .split(['/', '#', '?'])
            .next()
            .is_some_and(|start| start.contains(':'));
        if has_scheme || uri.starts_with("//") || uri.is_empty() {
            return None;
        }
        let (path, fragment) = uri.split_once('#').unwrap_or((uri, ""));
        let page = if path.is_empty() {
            self.page
        } else {
            let root = &self.names.pages[self.page].root;
            let path = percent_decoded(path);
            let path = address::locate(&path, self.source.path(), root)?;
            *self.names.paths.get(&path)?
        };
        let spot = if fragment.is_empty() {
            Spot {
                page,
                fragment: String::new(),
                title: None,
            }
        } else {
            let fragments = &self.names.pages[page].fragments;
            let decoded = percent_decoded(fragment);
            let found = fragments
                .get(&decoded)
                .or_else(|| fragments.get(&decoded.to_lowercase()));
            let Some(spot) = found.cloned() else {
                self.unknown("heading or anchor", uri, span);
                return None;
            };
            spot
        };
        self.uri(&spot)
    }

    fn finding(&self, span: Span, message: String) -> Diagnostic {
        Diagnostic::new(
            self.settings.severity(),
            Code::UnresolvedReference,
            Place::new(&self.source, span),
            message,
        )
    }

    fn unknown(&mut self, what: &str, name: &str, span: Span) {
        let mut finding = self.finding(span, format!("no {what} `{name}` is known"));
        if self.suggestions > 0 {
            self.suggestions -= 1;
            if let Some(near) = self.nearest(what, name) {
                finding = finding.help(format!("there is `{near}`"));
            }
        }
        self.findings.push(finding);
    }

    /// Returns the known name that is most like `name`; of equally like ones the first by letters.
    fn nearest(&self, what: &str, name: &str) -> Option<&str> {
        let name = normalized(name);
        let known: Vec<&str> = match what {
            "label" => self.names.known_labels().collect(),
            "document" => self.names.documents.keys().map(String::as_str).collect(),
            "glossary term" => self.names.terms.keys().map(String::as_str).collect(),
            "target" => {
                let local = &self.names.pages[self.page].local;
                local.keys().map(String::as_str).collect()
            }
            _ => Vec::new(),
        };
        known
            .into_iter()
            .map(|known| (strsim::jaro_winkler(known, &name), known))
            .filter(|(likeness, _)| *likeness >= SUGGESTED)
            .max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(one.1)))
            .map(|(_, known)| known)
    }
}

/// Returns the link of a numbered document, `8` or `8#anchor`.
fn numbered(target: &str, series: &str, address: impl Fn(u32) -> String) -> Option<Found> {
    let (number, anchor) = target.split_once('#').unwrap_or((target, ""));
    let number: u32 = number.trim().parse().ok()?;
    let mut uri = address(number);
    if !anchor.is_empty() {
        uri.push('#');
        uri.push_str(anchor);
    }
    Some(Found {
        uri,
        title: format!("{series} {number}"),
    })
}

/// Returns the inventory types that a role of a domain may mean: `py:func` is `py:function`.
fn python_kinds(role: &str) -> Vec<String> {
    let Some(kind) = role.strip_prefix("py:") else {
        return vec![role.to_owned()];
    };
    let kinds: &[&str] = match kind {
        "func" => &["function", "method"],
        "meth" => &["method", "classmethod", "staticmethod"],
        "attr" => &["attribute", "property"],
        "mod" => &["module"],
        "exc" => &["exception", "class"],
        "class" => &["class", "exception"],
        "const" => &["data"],
        "obj" => &[
            "class",
            "function",
            "method",
            "module",
            "data",
            "exception",
            "attribute",
        ],
        other => &[other],
    };
    kinds.iter().map(|kind| format!("py:{kind}")).collect()
}

/// Returns `path` so that taking its ending off leaves the name: a page `v1.2` has no ending.
fn path_with_ending(path: &Path) -> PathBuf {
    match Markup::of_path(path) {
        Some(_) => path.to_owned(),
        None => {
            let mut with_ending = path.as_os_str().to_owned();
            with_ending.push(".rst");
            with_ending.into()
        }
    }
}

/// Returns `text` with `%20` and the like read.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .filter(|_| *first == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::io::Write;

    use super::*;
    use crate::parse::parse;

    const URL: &str = "https://docs.example.org/{path}.html#{label}";

    fn page(path: &str, text: &str) -> Page {
        let markup = Markup::of_path(Path::new(path)).unwrap();
        let source = Arc::new(Source::new(path, text, markup));
        let document = parse(&source).value;
        Page { source, document }
    }

    fn settings(docs_url: Option<&str>) -> ReferenceSettings {
        ReferenceSettings {
            roots: vec!["docs".into()],
            docs_url: docs_url.map(Into::into),
            ..ReferenceSettings::default()
        }
    }

    /// The text of the blocks with each link as `[text](address)`, a line a paragraph or title.
    fn shown(page: &Page) -> String {
        fn inlines(all: &[Inline], out: &mut String) {
            for inline in all {
                let (text, uri) = match &inline.kind {
                    InlineKind::Role(role) => (role.text.to_string(), role.uri.as_deref()),
                    InlineKind::Reference(reference) => {
                        let mut text = String::new();
                        inlines(&reference.text, &mut text);
                        match &reference.target {
                            ReferenceTarget::Uri(uri) => (text, Some(&**uri)),
                            _ => (text, None),
                        }
                    }
                    _ => (plain_text(std::slice::from_ref(inline)), None),
                };
                match (uri, &inline.kind) {
                    (Some(uri), _) => out.push_str(&format!("[{text}]({uri})")),
                    (None, InlineKind::Text(text)) => out.push_str(&text.replace('\n', " ")),
                    (None, _) => out.push_str(&text),
                }
            }
        }
        fn walk(blocks: &[Block], out: &mut String) {
            for block in blocks {
                let mut block = block.clone();
                if let BlockKind::Included(included) = &block.kind {
                    walk(&included.document.children, out);
                }
                if let BlockKind::SubstitutionDefinition(_) = &block.kind {
                    continue;
                }
                for own in block.inlines_mut() {
                    inlines(own, out);
                    out.push('\n');
                }
                for children in block.children_mut() {
                    walk(children, out);
                }
            }
        }
        let mut out = String::new();
        walk(&page.document.children, &mut out);
        out
    }

    fn messages(findings: &[Diagnostic]) -> Vec<String> {
        findings
            .iter()
            .map(|finding| {
                let help = finding.help.as_deref().unwrap_or_default();
                format!(
                    "{:?} {} {}; {help}",
                    finding.place,
                    finding.severity.as_str(),
                    finding.message
                )
            })
            .collect()
    }

    #[test]
    fn labels_and_documents_become_links_over_pages() {
        let mut pages = [
            page(
                "docs/ops/start.rst",
                "See :ref:`Save_All`, :ref:`how to save <save_all>`, :doc:`../save`, :doc:`/save` and :ref:`here`.\n\n\
                 .. _here:\n\nStart\n=====\n",
            ),
            page(
                "docs/save.rst",
                ".. _save_all:\n\nSave *all* of it\n================\n",
            ),
        ];
        assert_eq!(resolve(&mut pages, &settings(Some(URL))), []);
        let save = "https://docs.example.org/save.html";
        assert_eq!(
            shown(&pages[0]),
            format!(
                "See [Save all of it]({save}#save-all), [how to save]({save}#save-all), [Save all of it]({save}), \
                 [Save all of it]({save}) and [Start](https://docs.example.org/ops/start.html#here).\nStart\n"
            )
        );
        let BlockKind::Paragraph(inlines) = &pages[0].document.children[0].kind else {
            panic!("a paragraph is expected");
        };
        let InlineKind::Role(role) = &inlines[1].kind else {
            panic!("a role is expected");
        };
        assert_eq!(&*role.target, "Save_All");
    }

    #[test]
    fn without_an_address_links_are_text_with_the_right_words() {
        let mut pages = [page(
            "docs/a.rst",
            "See :ref:`x` and :ref:`y`.\n\n.. _x:\n\nThe X\n=====\n",
        )];
        let findings = resolve(&mut pages, &settings(None));
        assert_eq!(shown(&pages[0]), "See The X and y.\nThe X\n");
        assert_eq!(
            messages(&findings),
            ["docs/a.rst:1:18 warning no label `y` is known; "]
        );
    }

    #[test]
    fn where_all_targets_are_known_a_dangling_one_is_an_error() {
        let mut pages = [page(
            "docs/a.rst",
            "See :ref:`back-upp`.\n\n.. _back-up:\n\nX\n=\n",
        )];
        let findings = resolve(&mut pages, &settings(Some(URL)));
        assert_eq!(
            messages(&findings),
            ["docs/a.rst:1:5 error no label `back-upp` is known; there is `back-up`"]
        );
    }

    #[test]
    fn names_lead_to_targets_of_the_page() {
        let mut pages = [page(
            "docs/a.rst",
            "One_, `two\nwords`_, three_, `The end`_, `x`__ and y__, `four <one_>`_, `five <HTTP://Five.org>`_, five_, Same_.\n\n\
             .. _one: https://one.org\n.. _Two words: one_\n.. _three: `two words`_\n\n\
             __ https://x.org\n__ three_\n\nThe end\n=======\n\nSame\n----\n\nSame\n----\n",
        )];
        let findings = resolve(&mut pages, &settings(Some(URL)));
        assert_eq!(
            shown(&pages[0]),
            "[One](https://one.org), [two words](https://one.org), [three](https://one.org), \
             [The end](https://docs.example.org/a.html#the-end), [x](https://x.org) and [y](https://one.org), \
             [four](https://one.org), [five](HTTP://Five.org), [five](HTTP://Five.org), Same.\nThe end\nSame\nSame\n"
        );
        assert_eq!(
            messages(&findings),
            [
                "docs/a.rst:2:95 error `Same` is the title of several sections; put a label (`.. _name:`) before the one that is meant"
            ]
        );
    }

    #[test]
    fn numbers_terms_and_objects_have_addresses_of_their_own() {
        let mut pages = [page(
            "docs/a.rst",
            ":pep:`8`, :rfc:`2822#section-3`, :pep:`style <8>`, :term:`Node`, :envvar:`HOME_DIR`, \
             :my.domain:setting:`x.y`, :guilabel:`OK`\n\n\
             .. envvar:: HOME_DIR\n\n   Text.\n\n.. glossary::\n\n   node\n      A machine.\n",
        )];
        assert_eq!(resolve(&mut pages, &settings(Some(URL))), []);
        assert_eq!(
            shown(&pages[0]).lines().next().unwrap(),
            "[PEP 8](https://peps.python.org/pep-0008/), \
             [RFC 2822](https://datatracker.ietf.org/doc/html/rfc2822.html#section-3), \
             [style](https://peps.python.org/pep-0008/), \
             [Node](https://docs.example.org/a.html#term-node), \
             [HOME_DIR](https://docs.example.org/a.html#envvar-HOME_DIR), x.y, OK"
        );
    }

    #[test]
    fn inventories_know_what_stands_elsewhere() {
        let mut packed =
            b"# Sphinx inventory version 2\n# Project: x\n# Version: 1\n# The remainder is zlib\n"
                .to_vec();
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder
            .write_all(b"far std:label -1 f.html#$ Far away\nos.remove py:function 1 os.html#$ -\n")
            .unwrap();
        packed.extend(encoder.finish().unwrap());
        let mut pages = [page(
            "docs/a.rst",
            ":ref:`far`, :py:func:`os.remove()`, :ref:`nowhere`\n",
        )];
        let settings = ReferenceSettings {
            inventories: vec![Inventory::read(&packed, "https://far.org").unwrap()],
            ..settings(None)
        };
        let findings = resolve(&mut pages, &settings);
        assert_eq!(
            shown(&pages[0]),
            "[Far away](https://far.org/f.html#far), [os.remove()](https://far.org/os.html#os.remove), nowhere\n"
        );
        assert_eq!(findings[0].severity, Severity::Error);
    }

    #[test]
    fn substitutions_come_from_the_page_and_from_shared_ones() {
        let mut pages = [page(
            "docs/a.rst",
            "Use |db| on |host|, |other|. Repo_\n\n.. |db| replace:: *Postgres* |v|\n.. |v| replace:: 16\n",
        )];
        let settings = ReferenceSettings {
            shared: vec![page(
                "conf.rst",
                ".. |host| replace:: node 1\n.. |v| replace:: 1\n.. _repo: https://r.org\n",
            )],
            ..settings(None)
        };
        let findings = resolve(&mut pages, &settings);
        assert_eq!(
            shown(&pages[0]),
            "Use Postgres 16 on node 1, other. [Repo](https://r.org)\n"
        );
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place.column(), 21);
    }

    #[test]
    fn markdown_links_lead_to_pages_and_headings() {
        let mut pages = [
            page(
                "docs/a.md",
                "[one](b.md#the-end), [two](#Up), [three](sub/../b.md), [four](x.png), [five](b.md#no), {ref}`lab`\n\n# Up\n\n# Up\n\n[six](#up-1)\n",
            ),
            page("docs/b.md", "(lab)=\n# The *end*\n"),
        ];
        let findings = resolve(&mut pages, &settings(Some(URL)));
        let at = |path: &str| format!("https://docs.example.org/{path}");
        assert_eq!(
            shown(&pages[0]),
            format!(
                "[one]({}), [two]({}), [three]({}), [four](x.png), [five](b.md#no), [The end]({})\nUp\nUp\n[six]({})\n",
                at("b.html#the-end"),
                at("a.html#up"),
                at("b.html"),
                at("b.html#lab"),
                at("a.html#up-1")
            )
        );
        assert_eq!(
            messages(&findings),
            ["docs/a.md:1:71 error no heading or anchor `b.md#no` is known; "]
        );
    }

    #[test]
    fn included_text_stands_in_its_place_with_its_own_source() {
        let files: HashMap<&str, &str> = HashMap::from([
            (
                "docs/part.txt",
                "Skipped.\n\nSTART\n\nSee :ref:`nope` and |v|.\n\n.. _inner:\n\nInner\n-----\n",
            ),
            ("docs/loop.rst", "Again\n\n.. include:: a.rst\n"),
            ("docs/run.sh", "#!/bin/sh\n  ls\n  pwd\n"),
        ]);
        let load = |path: &Path| {
            let text = files.get(path.to_str()?)?;
            Some(Arc::new(Source::new(
                path,
                *text,
                Markup::of_path(path).unwrap_or(Markup::Rst),
            )))
        };
        let mut pages = [page(
            "docs/a.rst",
            "A\n=\n\n.. |v| replace:: 2\n\n.. include:: part.txt\n   :start-after: START\n\n.. include:: loop.rst\n\n\
             .. literalinclude:: /run.sh\n   :lines: 2-\n   :dedent:\n   :language: sh\n\n.. include:: ../secret\n\n\
             .. include:: gone.rst\n\n:ref:`inner`\n",
        )];
        let roots = [PathBuf::from("docs")];
        let mut findings = include(&mut pages, &roots, &load);
        findings.extend(resolve(&mut pages, &settings(Some(URL))));
        assert_eq!(
            shown(&pages[0]),
            "A\nSee nope and 2.\nInner\nAgain\n[Inner](https://docs.example.org/a.html#inner)\n"
        );
        let code = pages[0].document.children[0].children()[3].clone();
        let BlockKind::LiteralBlock(code) = code.kind else {
            panic!("{code:?}");
        };
        assert_eq!(
            (&*code.text, code.language.as_deref()),
            ("ls\npwd", Some("sh"))
        );
        let help = "the path is relative to this file, or from `/` on to the source root";
        assert_eq!(
            messages(&findings),
            [
                format!("docs/loop.rst:3:1 error `a.rst` includes itself; {help}"),
                format!("docs/a.rst:16:1 error `../secret` lies outside the source root; {help}"),
                format!("docs/a.rst:18:1 error cannot read `gone.rst`; {help}"),
                "docs/part.txt:5:5 error no label `nope` is known; ".to_owned(),
            ]
        );
    }

    #[test]
    fn a_table_of_contents_names_files() {
        let page = page(
            "docs/index.rst",
            ".. toctree::\n   :glob:\n\n   intro\n   The end <ops/end>\n   ops/*\n   https://x.org\n   self\n\n.. include:: a.txt\n",
        );
        let known: Vec<PathBuf> = [
            "docs/ops/b.md",
            "docs/intro.rst",
            "docs/ops/end.rst",
            "docs/index.rst",
            "docs/ops/x/y.rst",
        ]
        .map(PathBuf::from)
        .to_vec();
        let roots = [PathBuf::from("docs")];
        assert_eq!(
            toctree(&page, &roots, &known),
            ["docs/intro.rst", "docs/ops/end.rst", "docs/ops/b.md"].map(PathBuf::from)
        );
        assert_eq!(included_paths(&page, &roots), [PathBuf::from("docs/a.txt")]);
    }
}
