//! Decides which files and which parts of pages are to be written, so that they say what the procedures say.
//!
//! Nothing is read or written here: [`plan`] gets what is wanted and what there is, and returns what would
//! change, what would be lost, and the files as they should be. Writing them is another's work.

mod seal;
mod section;
mod title;

use std::collections::BTreeMap;
use std::sync::Arc;

use similar::{ChangeTag, TextDiff};

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::drift::Known;
use crate::parse::Page;
use crate::procedure::Procedure;
use crate::source::{Markup, Place, Source, Span};

pub use self::seal::Syntax;

/// An output as it should be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The file, relative to the config, with `/` between its parts.
    pub path: String,
    /// Which part of the file it is.
    pub part: WantedPart,
    /// What it is made from: a procedure's identity, and the variant behind `@` where one is chosen.
    pub name: String,
    /// Where the procedure stands.
    pub procedure: Place,
    /// Where the config asks for it.
    pub asked: Place,
    /// The text, without the line that says where it comes from.
    pub text: String,
}

/// Which part of a file an output is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedPart {
    /// All of it.
    File(Syntax),
    /// A code block of a page, under this title.
    Section(String),
}

/// What there is.
#[derive(Debug, Default)]
pub struct Found<'a> {
    /// Texts by path: of the wanted files, and of others that may have been generated before.
    pub files: BTreeMap<String, String>,
    /// The pages that sections are wanted in.
    pub pages: &'a [Page],
    /// All procedures, to tell which template is whose.
    pub procedures: &'a [Procedure],
}

/// What may be done to outputs that people may care for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// Outputs that were edited by hand may be overwritten.
    pub overwrite_edited: bool,
    /// Outputs whose procedure is gone may be deleted.
    pub delete_orphans: bool,
}

/// What is to be done to all outputs.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Every output, in the order of the paths and of the text.
    pub outputs: Vec<Output>,
    /// The files to write; empty where nothing is to be done.
    pub writes: Vec<Write>,
}

/// A file to write or delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The file.
    pub path: String,
    /// What it holds now; `None` where it is not there.
    pub old: Option<String>,
    /// What it should hold; `None` where it should go.
    pub new: Option<String>,
}

/// One output: what it is, what it should be, and how the two stand.
#[derive(Clone, Debug)]
pub struct Output {
    /// Where it is, or would be.
    pub place: Place,
    /// The title it stands under, where it is a section.
    pub title: Option<String>,
    /// Where its procedure is; `None` where that is gone.
    pub procedure: Option<Place>,
    /// How it stands.
    pub status: Status,
    /// Its text now.
    pub old: String,
    /// Its text as it should be.
    pub new: String,
}

/// How an output stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is as it should be.
    Fresh,
    /// It is not there.
    Missing,
    /// It was generated and its procedure has changed since.
    Stale,
    /// It is there but was never generated.
    Foreign,
    /// It was generated and then edited by hand.
    Edited,
    /// It was generated and its procedure is gone.
    Orphan,
}

/// Returns what is to be done so that all of `wanted` is there.
///
/// The findings are about what cannot be planned at all.
pub fn plan(
    wanted: &[Wanted],
    found: &Found<'_>,
    permission: Permission,
) -> (Plan, Vec<Diagnostic>) {
    let mut plan = Plan::default();
    let mut findings = clashes(wanted);
    let mut by_path: BTreeMap<&str, Vec<&Wanted>> = BTreeMap::new();
    for wanted in wanted {
        by_path.entry(&wanted.path).or_default().push(wanted);
    }
    let pages: BTreeMap<String, &Page> = found
        .pages
        .iter()
        .map(|page| {
            (
                page.source.path().to_string_lossy().replace('\\', "/"),
                page,
            )
        })
        .collect();
    let known = Known::new(found.procedures);
    for (path, wanted) in &by_path {
        match (&wanted[0].part, pages.get(*path)) {
            (WantedPart::File(syntax), _) => {
                plan.file(path, wanted[0], *syntax, found.files.get(*path), permission);
            }
            (WantedPart::Section(_), Some(page)) => {
                section::plan(&mut plan, page, wanted, &known, permission);
            }
            (WantedPart::Section(_), None) => findings.push(no_page(path)),
        }
    }
    for (path, text) in &found.files {
        if !by_path.contains_key(path.as_str()) {
            plan.orphan(path, text, permission);
        }
    }
    (plan, findings)
}

/// Returns a finding for each output that would be written over another one.
fn clashes(wanted: &[Wanted]) -> Vec<Diagnostic> {
    let mut first: BTreeMap<(&str, Option<&str>), &Wanted> = BTreeMap::new();
    let mut findings = Vec::new();
    for wanted in wanted {
        let title = match &wanted.part {
            WantedPart::File(_) => None,
            WantedPart::Section(title) => Some(title.as_str()),
        };
        if let Some(other) = first.insert((&wanted.path, title), wanted) {
            findings.push(clash(wanted, other));
        }
    }
    findings
}

fn clash(wanted: &Wanted, other: &Wanted) -> Diagnostic {
    let message = format!("two outputs would both be `{}`", wanted.path);
    let at = |place: &Place| {
        Diagnostic::new(
            Severity::Error,
            Code::Output,
            place.first_line(),
            message.clone(),
        )
    };
    if wanted.asked == other.asked && wanted.procedure == other.procedure {
        return at(&wanted.asked)
            .help("put `{variant}` into the path: there is one output for each variant");
    }
    if wanted.asked == other.asked {
        return at(&wanted.procedure)
            .label(other.procedure.first_line(), "the other procedure")
            .help(
                "put `{slug}`, and `{variant}` where there are variants, into the output's `path`",
            );
    }
    at(&wanted.asked)
        .label(other.asked.first_line(), "the other output")
        .help("give each output a path of its own")
}

fn no_page(path: &str) -> Diagnostic {
    let message = format!("there is no page `{path}` to write sections into");
    Diagnostic::new(Severity::Error, Code::Output, start_of(path, ""), message)
        .help("name a page in `path`, or write `{source}` for the one that the procedure is in")
}

fn start_of(path: &str, text: &str) -> Place {
    let source = Arc::new(Source::new(path, text, Markup::Markdown));
    let line = text.lines().next().unwrap_or_default().len();
    Place::new(&source, Span::new(0, line))
}

impl Plan {
    fn file(
        &mut self,
        path: &str,
        wanted: &Wanted,
        syntax: Syntax,
        found: Option<&String>,
        permission: Permission,
    ) {
        let old = found.map(String::as_str).unwrap_or_default();
        let new = seal::seal(&wanted.text, syntax, &wanted.name);
        let new = if has_crlf(old) {
            new.replace('\n', "\r\n")
        } else {
            new
        };
        let status = match found {
            None => Status::Missing,
            Some(old) => status(old, &new, seal::read(old, syntax)),
        };
        if status.is_to_be_written(permission) {
            self.writes.push(Write {
                path: path.to_owned(),
                old: found.cloned(),
                new: Some(new.clone()),
            });
        }
        self.outputs.push(Output {
            place: start_of(path, old),
            title: None,
            procedure: Some(wanted.procedure.clone()),
            status,
            old: old.to_owned(),
            new,
        });
    }

    fn orphan(&mut self, path: &str, text: &str, permission: Permission) {
        let syntax = syntax_of(path);
        if seal::read(text, syntax).is_none() {
            return;
        }
        let output = Output {
            place: start_of(path, text),
            title: None,
            procedure: None,
            status: Status::Orphan,
            old: text.to_owned(),
            new: String::new(),
        };
        if output.is_deleted(permission) {
            self.writes.push(Write {
                path: path.to_owned(),
                old: Some(text.to_owned()),
                new: None,
            });
        }
        self.outputs.push(output);
    }

    /// Returns a finding for each output that is not as it should be.
    pub fn findings(&self) -> Vec<Diagnostic> {
        self.outputs.iter().filter_map(Output::finding).collect()
    }
}

/// Returns how comments are written in the file at `path`.
pub fn syntax_of(path: &str) -> Syntax {
    if path.ends_with(".yml") || path.ends_with(".yaml") {
        Syntax::Yaml
    } else {
        Syntax::Markdown
    }
}

/// Tells whether `text` says that it was generated.
pub fn is_generated(text: &str, syntax: Syntax) -> bool {
    seal::read(text, syntax).is_some()
}

fn has_crlf(text: &str) -> bool {
    text.split_once('\n')
        .is_some_and(|(first, _)| first.ends_with('\r'))
}

fn status(old: &str, new: &str, seal: Option<seal::Seal>) -> Status {
    match seal {
        _ if old == new => Status::Fresh,
        None => Status::Foreign,
        Some(seal) if seal.intact => Status::Stale,
        Some(_) => Status::Edited,
    }
}

impl Status {
    /// Tells whether a wanted output that stands so is written.
    fn is_to_be_written(self, permission: Permission) -> bool {
        match self {
            Self::Missing | Self::Stale | Self::Foreign => true,
            Self::Edited => permission.overwrite_edited,
            Self::Fresh | Self::Orphan => false,
        }
    }
}

impl Output {
    /// Returns the name that people know it by: its file, and its title where it is a section.
    pub fn shown(&self) -> String {
        let path = self.place.path().display();
        match &self.title {
            Some(title) => format!("{path}: {title}"),
            None => path.to_string(),
        }
    }

    /// Returns the lines of the old text that the new one does not have; blank ones and the seal do not count.
    pub fn lost(&self) -> Vec<String> {
        TextDiff::from_lines(&self.old, &self.new)
            .iter_all_changes()
            .filter(|change| change.tag() == ChangeTag::Delete)
            .map(|change| change.value().trim_end().to_owned())
            .filter(|line| !line.trim().is_empty() && !seal::is_seal(line))
            .collect()
    }

    /// Returns how the text would change, as a unified diff.
    pub fn diff(&self) -> String {
        let path = self.place.path().display().to_string();
        TextDiff::from_lines(&self.old, &self.new)
            .unified_diff()
            .header(&path, &path)
            .missing_newline_hint(false)
            .to_string()
    }

    /// Tells whether an output whose procedure is gone is deleted.
    pub fn is_deleted(&self, permission: Permission) -> bool {
        let syntax = match self.title {
            Some(_) => Syntax::Markdown,
            None => syntax_of(&self.place.path().to_string_lossy()),
        };
        let intact = seal::read(&self.old, syntax).is_some_and(|seal| seal.intact);
        self.status == Status::Orphan
            && permission.delete_orphans
            && (intact || permission.overwrite_edited)
    }

    fn finding(&self) -> Option<Diagnostic> {
        let name = self.shown();
        let (code, message, help) = match self.status {
            Status::Fresh => return None,
            Status::Missing => (
                Code::StaleOutput,
                format!("`{name}` is not there yet"),
                "`runsheet generate` writes it",
            ),
            Status::Stale => (
                Code::StaleOutput,
                format!("`{name}` is not what its procedure says now"),
                "`runsheet generate` brings it up to date",
            ),
            Status::Foreign => (
                Code::StaleOutput,
                format!("`{name}` was not generated"),
                "`runsheet generate` replaces it and lists every line that goes",
            ),
            Status::Edited => (
                Code::EditedOutput,
                format!("`{name}` was edited by hand since it was generated"),
                "move the change to the procedure, then run `runsheet generate --force`",
            ),
            Status::Orphan => (
                Code::OrphanOutput,
                format!("the procedure that `{name}` was made from is gone"),
                "`runsheet generate --prune` deletes it",
            ),
        };
        let mut finding = Diagnostic::new(Severity::Error, code, self.place.clone(), message);
        if let Some(procedure) = &self.procedure {
            finding = finding.label(procedure.first_line(), "the procedure");
        }
        if self.status != Status::Orphan {
            finding = finding.detail(self.diff());
        }
        Some(finding.help(help))
    }
}
