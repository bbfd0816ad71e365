//! Gives the references and roles of one page their address.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ReferenceSettings;
use super::address::{document_name, fill, locate, percent_decoded};
use super::inventory::Found;
use super::names::{Local, Names, Spot, normalized};
use super::substitution::{Outcome, Substitutions};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::document::{
    Block, BlockKind, Inline, InlineKind, Reference, ReferenceTarget, Role, fold_whitespace,
    plain_text,
};
use crate::source::{Markup, Place, Source, Span};

/// How many findings of a run get a suggestion; each looks at all labels.
pub(super) const MAX_SUGGESTIONS: usize = 50;

/// How alike a name must be to be suggested, of 1.
const SUGGESTED: f64 = 0.7;

/// What is known while one page is resolved.
pub(super) struct Resolver<'a> {
    pub(super) settings: &'a ReferenceSettings,
    pub(super) names: &'a Names,
    pub(super) page: usize,
    /// What the spans at hand belong to: the page's source, or that of a document it includes.
    pub(super) source: Arc<Source>,
    pub(super) substitutions: Substitutions,
    /// How many anonymous references came before.
    pub(super) anonymous: usize,
    /// How many findings may still get a suggestion.
    pub(super) suggestions: usize,
    pub(super) findings: Vec<Diagnostic>,
}

impl Resolver<'_> {
    /// Resolves what `blocks` refer to.
    pub(super) fn blocks(&mut self, blocks: &mut [Block]) {
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
                        "define it with `.. |name| replace::`, or in the config's `rst-prolog`";
                    let mut finding = self.finding(inline.span, message).help(help);
                    // No other docs could define it, and a build may still know it.
                    finding.severity = Severity::Warning;
                    self.findings.push(finding);
                    all.push(inline);
                }
            }
        }
        all
    }

    fn role(&mut self, role: &mut Role, span: Span) {
        let is_titled = fold_whitespace(&role.text) != *role.target;
        let name = role.name.strip_prefix("std:").unwrap_or(&role.name);
        let found = match name {
            "ref" | "numref" => {
                let label = self.label(&role.target);
                label.or_else(|| self.section(&role.target, span))
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

    /// Finds the section that `target` names by its title, else says why there is none.
    fn section(&mut self, target: &str, span: Span) -> Option<Found> {
        match self.names.sections(self.page, target)[..] {
            [spot] => return Some(self.found(spot)),
            [] => self.unknown("label", target, span),
            _ => self.ambiguous(target, span),
        }
        None
    }

    fn document(&self, target: &str) -> Option<Found> {
        let page = &self.names.pages[self.page];
        let name = locate(target, &page.path, &page.root)
            // The ending is not written in RST, but often is in MyST.
            .map(|path| document_name(&path_with_ending(&path), &page.root));
        let known = name
            .as_ref()
            .and_then(|name| self.names.documents.get(name));
        if let Some(index) = known {
            return Some(self.found(&self.page_spot(*index)));
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
        Some(fill(docs_url, &page.name, &spot.fragment))
    }

    fn reference(&mut self, reference: &mut Reference, span: Span) {
        let meaning = match &reference.target {
            ReferenceTarget::Uri(uri) if self.source.markup() == Markup::Markdown => {
                let uri = uri.clone();
                let Some(spot) = self.relative(&uri, span) else {
                    return;
                };
                // MyST takes the title of what is linked where the author gives no words.
                if let (true, Some(title)) = (reference.text.is_empty(), &spot.title) {
                    let kind = InlineKind::Text(title.as_str().into());
                    reference.text.push(Inline { span, kind });
                }
                if let Some(address) = self.uri(&spot) {
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
                self.ambiguous(&plain_text(&reference.text), span);
                None
            }
            Some(Local::Alias(_)) | None => None,
        };
        if let Some(uri) = uri {
            reference.target = ReferenceTarget::Uri(uri);
        }
    }

    /// Returns the place that a Markdown link names by its file; `None` leaves the link.
    fn relative(&mut self, uri: &str, span: Span) -> Option<Spot> {
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
            let path = locate(&path, self.source.path(), root)?;
            *self.names.paths.get(&path)?
        };
        if fragment.is_empty() {
            return Some(self.page_spot(page));
        }
        let fragments = &self.names.pages[page].fragments;
        let decoded = percent_decoded(fragment);
        let found = fragments
            .get(&decoded)
            .or_else(|| fragments.get(&decoded.to_lowercase()))
            .cloned();
        if found.is_none() {
            self.unknown("heading or anchor", uri, span);
        }
        found
    }

    fn page_spot(&self, page: usize) -> Spot {
        Spot {
            page,
            fragment: String::new(),
            title: self.names.pages[page].title.clone(),
        }
    }

    fn finding(&self, span: Span, message: String) -> Diagnostic {
        Diagnostic::new(
            self.settings.severity(),
            Code::UnresolvedReference,
            Place::new(&self.source, span),
            message,
        )
    }

    fn ambiguous(&mut self, title: &str, span: Span) {
        let message = format!("`{title}` is the title of several sections");
        let finding = self
            .finding(span, message)
            .help("put a label (`.. _name:`) before the one that is meant");
        self.findings.push(finding);
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
