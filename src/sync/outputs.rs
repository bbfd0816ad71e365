//! The outputs that the config asks for, and their files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{Glob, GlobBuilder, GlobMatcher};
use ignore::WalkBuilder;

use super::SyncError;
use super::library::Library;
use super::wanted::Press;
use crate::checklist::Checklist;
use crate::config::{Config, Output, OutputKind};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::file::{replace, write_new};
use crate::generate::{
    Found, Permission, Plan, Syntax, Wanted, WantedPart, Write, plan, syntax_of,
};
use crate::nearest::nearest;
use crate::parse::{Page, parse};
use crate::procedure::Procedure;
use crate::run::Variant;
use crate::source::{Markup, Source};
use crate::variant::is_for;

/// Why an output cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// What stands there cannot be read, so nobody knows what would be lost.
    #[error("cannot read `{path}`, where an output belongs")]
    Read {
        /// Which file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The file system would not.
    #[error("cannot write `{path}`")]
    Write {
        /// Which file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Somebody else changed the file.
    #[error("`{path}` was changed by somebody else just now")]
    Changed {
        /// Which file.
        path: String,
    },
}

impl OutputError {
    /// Returns what to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some("move it away, or give the output another `path`".to_owned()),
            Self::Write { .. } => None,
            Self::Changed { .. } => Some("run it again".to_owned()),
        }
    }
}

/// Returns what is to be done so that all outputs of the config are there, with findings about what cannot be.
///
/// # Errors
/// Where a template is wrong or a procedure cannot be made concrete.
pub fn plan_outputs(
    config: &Config,
    library: &Library,
    press: &Press<'_>,
    permission: Permission,
) -> Result<(Plan, Vec<Diagnostic>), SyncError> {
    let mut wanted = Vec::new();
    let mut findings = Vec::new();
    for output in &config.outputs {
        findings.extend(idle_patterns(output, config, library));
        for procedure in procedures_of(output, library) {
            wanted.extend(outputs_of(output, procedure, config, library, press)?);
        }
    }
    let pages = pages_of(&wanted, config, library);
    let found = Found {
        files: files_of(&wanted, config)?,
        pages: &pages,
        procedures: &library.procedures,
    };
    let (plan, faults) = plan(&wanted, &found, permission);
    findings.extend(faults);
    Ok((plan, findings))
}

/// Returns a finding for each pattern of an output that fits nothing: most likely a name was changed or misspelt.
fn idle_patterns(output: &Output, config: &Config, library: &Library) -> Vec<Diagnostic> {
    let fits = |pattern: &str, name: &str| {
        Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name))
    };
    let slugs = library.procedures.iter().map(|it| it.slug.as_str());
    let labels = library.procedures.iter().flat_map(|it| &it.labels);
    let procedures: Vec<&str> = slugs.chain(labels.map(String::as_str)).collect();
    let values: Vec<String> = config
        .variants
        .0
        .iter()
        .flat_map(|(axis, values)| values.keys().map(move |value| format!("{axis}={value}")))
        .collect();
    let idle = |what: &str, pattern: &String, near: Option<&str>, help: &str| {
        let message = format!("no {what} fits `{pattern}`");
        let place = output.place.clone();
        let finding = Diagnostic::new(Severity::Warning, Code::Output, place, message);
        match near {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(help),
        }
    };
    let mut findings = Vec::new();
    for pattern in output.procedures.iter().flatten() {
        if !procedures.iter().any(|name| fits(pattern, name)) {
            let near = nearest(pattern, procedures.iter().copied());
            let help = "`runsheet list` shows the procedures with their slugs";
            findings.push(idle("procedure", pattern, near, help));
        }
    }
    for pattern in &output.variants {
        if !values.iter().any(|value| fits(pattern, value)) {
            let near = nearest(pattern, values.iter().map(String::as_str));
            let help =
                "a variant is declared as `[variants.AXIS.VALUE]`, a pattern is `AXIS=VALUE`";
            findings.push(idle("variant", pattern, near, help));
        }
    }
    findings
}

/// Writes the files of a plan, each whole or not at all.
///
/// # Errors
/// Where one cannot be written, or has changed since it was read; those before it are written by then.
pub fn write_outputs(writes: &[Write], root: &Path) -> Result<(), OutputError> {
    for write in writes {
        let path = root.join(&write.path);
        let failed = |source| OutputError::Write {
            path: write.path.clone(),
            source,
        };
        let is_locked = fs::metadata(&path).is_ok_and(|found| found.permissions().readonly());
        if is_locked {
            // The new text would come under its name in a file of its own, past the lock.
            return Err(failed(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the file is read-only",
            )));
        }
        let done = match (&write.old, &write.new) {
            (None, Some(new)) => {
                if let Some(folder) = path.parent() {
                    fs::create_dir_all(folder).map_err(failed)?;
                }
                write_new(&path, new)
            }
            (Some(old), Some(new)) => replace(&path, old, new),
            (Some(old), None) => match fs::read_to_string(&path) {
                Ok(text) if text == *old => fs::remove_file(&path).map(|()| true),
                Ok(_) => Ok(false),
                Err(why) => Err(why),
            },
            (None, None) => Ok(true),
        };
        if !done.map_err(failed)? {
            return Err(OutputError::Changed {
                path: write.path.clone(),
            });
        }
    }
    Ok(())
}

/// Returns the procedures that an output is for; a page gets its own ones where none are named.
fn procedures_of<'a>(output: &'a Output, library: &'a Library) -> Vec<&'a Procedure> {
    let names = output.procedures.as_deref().map(matchers);
    let is_named = |procedure: &&Procedure| {
        let fits = |name: &String| {
            let mut names = names.iter().flatten();
            names.any(|pattern| pattern.is_match(name))
        };
        names.is_none() || fits(&procedure.slug) || procedure.labels.iter().any(fits)
    };
    let asks = |procedure: &&Procedure| procedure.steps().any(|step| step.has_box);
    let named = || library.procedures.iter().filter(is_named).filter(asks);
    let is_own = |procedure: &&Procedure| path_of(procedure) == output.path;
    let is_own_page = output.kind == OutputKind::DocsSection && named().any(|it| is_own(&it));
    named()
        .filter(|procedure| !is_own_page || output.procedures.is_some() || is_own(procedure))
        .collect()
}

fn matchers(patterns: &[String]) -> Vec<GlobMatcher> {
    let globs = patterns
        .iter()
        .filter_map(|pattern| Glob::new(pattern).ok());
    globs.map(|glob| glob.compile_matcher()).collect()
}

/// Returns the path of the page that a procedure is in.
fn path_of(procedure: &Procedure) -> String {
    procedure.place.path().to_string_lossy().replace('\\', "/")
}

/// Returns an output for a procedure: one, or one for each variant on which the procedure depends.
fn outputs_of(
    output: &Output,
    procedure: &Procedure,
    config: &Config,
    library: &Library,
    press: &Press<'_>,
) -> Result<Vec<Wanted>, SyncError> {
    let made = |variant: &Variant| {
        let concrete = press.concrete(procedure, library, None, variant, &BTreeMap::new());
        concrete.map(|concrete| concrete.checklist)
    };
    let mut variants = variants_of(output, config);
    let all = variants.len();
    variants.retain(|variant| is_for(procedure.place.path(), &config.variants, variant));
    // A page for some values alone is never the same for all.
    let is_for_some = variants.len() < all;
    let mut checklists: Vec<(Variant, Checklist)> = Vec::new();
    for variant in variants {
        let checklist = made(&variant)?;
        checklists.push((variant, checklist));
    }
    let mut contents = checklists.iter().map(|(_, checklist)| &checklist.phases);
    let first = contents.next();
    if !is_for_some && contents.all(|content| Some(content) == first) {
        // It is the same for all, or nobody asked.
        checklists = vec![(Variant::default(), made(&Variant::default())?)];
    }
    checklists
        .into_iter()
        .map(|(variant, checklist)| wanted(output, procedure, &variant, &checklist, config, press))
        .collect()
}

/// Returns the variants that an output is for: every choice of one value for each axis it names.
fn variants_of(output: &Output, config: &Config) -> Vec<Variant> {
    let patterns = matchers(&output.variants);
    let is_asked = |axis: &str, value: &str| {
        let pair = format!("{axis}={value}");
        patterns.iter().any(|pattern| pattern.is_match(&pair))
    };
    let mut variants = vec![Variant::default()];
    for (axis, values) in &config.variants.0 {
        let asked: Vec<&String> = values
            .keys()
            .filter(|value| is_asked(axis, value))
            .collect();
        if asked.is_empty() {
            continue;
        }
        variants = variants
            .iter()
            .flat_map(|variant| {
                asked.iter().map(|value| {
                    let mut chosen = variant.clone();
                    chosen.0.insert(axis.clone(), (*value).to_owned());
                    chosen
                })
            })
            .collect();
    }
    variants.retain(|variant| !variant.0.is_empty());
    variants
}

fn wanted(
    output: &Output,
    procedure: &Procedure,
    variant: &Variant,
    checklist: &Checklist,
    config: &Config,
    press: &Press<'_>,
) -> Result<Wanted, SyncError> {
    let template = match output.kind {
        OutputKind::IssueTemplate => "issue-template.md",
        OutputKind::IssueForm => "issue-form.yml",
        OutputKind::Markdown => "checklist.md",
        OutputKind::DocsSection => "ticket.md",
    };
    let path = fill_path(&output.path, procedure, variant);
    let part = match output.kind {
        OutputKind::DocsSection => WantedPart::Section(section_title(checklist, variant, config)),
        OutputKind::IssueForm => WantedPart::File(Syntax::Yaml),
        OutputKind::IssueTemplate | OutputKind::Markdown => WantedPart::File(syntax_of(&path)),
    };
    let name = if variant.0.is_empty() {
        procedure.identity().to_owned()
    } else {
        format!("{}@{variant}", procedure.identity())
    };
    Ok(Wanted {
        path,
        part,
        name,
        procedure: procedure.place.clone(),
        asked: output.place.clone(),
        text: press.print(template, checklist)?,
    })
}

/// Returns the title of a procedure's template: its own, the names of the chosen values behind it.
fn section_title(checklist: &Checklist, variant: &Variant, config: &Config) -> String {
    let names: Vec<&str> = variant
        .0
        .iter()
        .map(|(axis, value)| {
            let known = config
                .variants
                .0
                .get(axis)
                .and_then(|values| values.get(value));
            known
                .and_then(|known| known.title.as_deref())
                .unwrap_or(value)
        })
        .collect();
    if names.is_empty() {
        checklist.plain_title.clone()
    } else {
        format!("{} ({})", checklist.plain_title, names.join(", "))
    }
}

/// Returns the path with its names filled in; where no variant is chosen, what parts it from the rest goes too.
fn fill_path(pattern: &str, procedure: &Procedure, variant: &Variant) -> String {
    let values: Vec<&str> = variant.0.values().map(String::as_str).collect();
    // A value is a name of the config and no folder.
    let value = values.join("-").replace(['/', '\\'], "-");
    let mut path = pattern.to_owned();
    if value.is_empty() {
        for parted in [
            "-{variant}",
            "_{variant}",
            ".{variant}",
            "{variant}-",
            "{variant}_",
            "{variant}/",
        ] {
            path = path.replace(parted, "");
        }
    }
    path.replace("{variant}", &value)
        .replace("{slug}", &procedure.slug)
        .replace("{source}", &path_of(procedure))
}

/// Returns the pages that sections are wanted in: of the documents, and others that are only written to.
fn pages_of(wanted: &[Wanted], config: &Config, library: &Library) -> Vec<Page> {
    let paths: BTreeSet<&str> = wanted
        .iter()
        .filter(|wanted| matches!(wanted.part, WantedPart::Section(_)))
        .map(|wanted| wanted.path.as_str())
        .collect();
    let known: HashMap<&Path, &Page> = library
        .pages
        .iter()
        .map(|page| (page.source.path(), page))
        .collect();
    let known = |path: &str| known.get(Path::new(path)).copied().cloned();
    let read = |path: &str| {
        let markup = Markup::of_path(Path::new(path))?;
        let text = fs::read_to_string(config.root.join(path)).ok()?;
        let source = Arc::new(Source::new(path, text, markup));
        let document = parse(&source).value;
        Some(Page { source, document })
    };
    paths
        .into_iter()
        .filter_map(|path| known(path).or_else(|| read(path)))
        .collect()
}

/// Returns the texts of the wanted files, and of all others where such a file could be.
fn files_of(wanted: &[Wanted], config: &Config) -> Result<BTreeMap<String, String>, OutputError> {
    let mut files = BTreeMap::new();
    for wanted in wanted {
        if matches!(wanted.part, WantedPart::File(_)) {
            let path = wanted.path.clone();
            match fs::read_to_string(config.root.join(&path)) {
                Ok(text) => {
                    files.insert(path, text);
                }
                Err(why) if why.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(OutputError::Read { path, source }),
            }
        }
    }
    for output in &config.outputs {
        if output.kind != OutputKind::DocsSection {
            for path in fitting(&output.path, &config.root) {
                // What cannot be read was not generated.
                if let Ok(text) = fs::read_to_string(config.root.join(&path)) {
                    files.insert(path, text);
                }
            }
        }
    }
    Ok(files)
}

/// Returns the files that a path with names in braces could stand for.
fn fitting(pattern: &str, root: &Path) -> Vec<String> {
    let Some(brace) = pattern.find('{') else {
        return Vec::new();
    };
    let folder = pattern[..brace]
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    let mut glob = pattern.replace("{source}", "**");
    for name in ["{slug}", "{variant}"] {
        glob = glob.replace(name, "*");
    }
    // A path for one variant is one without it where a procedure does not depend on any.
    let glob = glob.replace("*-*", "*");
    let Ok(glob) = GlobBuilder::new(&glob).literal_separator(true).build() else {
        return Vec::new();
    };
    let matcher = glob.compile_matcher();
    let start = match root.join(folder) {
        start if start == PathBuf::new() => PathBuf::from("."),
        start => start,
    };
    let depth = pattern[folder.len()..]
        .trim_start_matches('/')
        .split('/')
        .count();
    let mut found: Vec<String> = WalkBuilder::new(&start)
        .hidden(false)
        .max_depth((!pattern.contains("{source}")).then_some(depth))
        .build()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .filter_map(|entry| {
            let below = entry.path().strip_prefix(&start).ok()?;
            let path = Path::new(folder).join(below);
            Some(path.to_string_lossy().replace('\\', "/"))
        })
        .filter(|path| matcher.is_match(path))
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_were_generated_once_are_found_by_the_pattern() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join(".github/T/deep")).unwrap();
        for name in [
            ".github/T/a.md",
            ".github/T/a-x.md",
            ".github/T/b.yml",
            ".github/T/deep/c.md",
            "d.md",
        ] {
            fs::write(root.join(name), "x").unwrap();
        }
        let found = |pattern: &str| fitting(pattern, root);
        assert_eq!(
            found(".github/T/{slug}-{variant}.md"),
            [".github/T/a-x.md", ".github/T/a.md"]
        );
        assert_eq!(found("{slug}.md"), ["d.md"]);
        assert_eq!(found("d.md"), [""; 0]);
    }
}
