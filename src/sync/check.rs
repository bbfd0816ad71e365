//! Everything that is wrong with documents, templates and outputs.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::SyncError;
use super::library::Library;
use super::outputs::plan_outputs;
use super::wanted::Press;
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic};
use crate::drift::{Template, hold, template_file, template_form, templates_in};
use crate::generate::{Output, Permission, Plan, Status, is_generated, syntax_of};
use crate::lint::lint;
use crate::silence::silence;
use crate::source::{Markup, Source, Span};

/// Where people put issue templates that they write by hand.
const TEMPLATE_FOLDERS: [&str; 2] = [".github/ISSUE_TEMPLATE", ".gitlab/issue_templates"];

/// Returns all findings, by file and line, those left out that a comment or the config silences.
///
/// # Errors
/// Where a template is wrong or a procedure cannot be made concrete.
pub fn check(
    config: &Config,
    library: &Library,
    press: &Press<'_>,
) -> Result<Vec<Diagnostic>, SyncError> {
    let mut findings = library.diagnostics.clone();
    findings.extend(lint(&library.pages, &library.procedures));
    let (plan, faults) = plan_outputs(config, library, press, Permission::default())?;
    findings.extend(faults);
    findings.extend(plan.findings());
    let templates = templates(config, library, &plan);
    let held = hold(&library.procedures, &templates, &config.variants);
    findings.extend(
        held.into_iter()
            .filter(|finding| !is_planned(finding, &plan)),
    );
    findings.sort_by(|a, b| {
        let key = |finding: &Diagnostic| {
            let first = finding.labels.first().map(|label| label.place.span.start);
            (
                finding.place.path().to_owned(),
                finding.place.span.start,
                first,
            )
        };
        key(a).cmp(&key(b))
    });
    Ok(silence(findings, &config.ignored))
}

/// Returns the templates of the documents and the hand-made ones; those that were generated are marked.
fn templates(config: &Config, library: &Library, plan: &Plan) -> Vec<Template> {
    let mut found: Vec<Template> = library.pages.iter().flat_map(templates_in).collect();
    let generated: HashSet<(&Path, Span)> = plan
        .outputs
        .iter()
        .filter(|output| !matches!(output.status, Status::Missing | Status::Foreign))
        .map(|output| (output.place.path(), output.place.span))
        .collect();
    for template in &mut found {
        let place = &template.place;
        template.generated = generated.contains(&(place.path(), place.span));
    }
    let files: HashSet<&Path> = plan
        .outputs
        .iter()
        .filter(|output| output.title.is_none())
        .map(|output| output.place.path())
        .collect();
    let is_output = |path: &str| files.contains(Path::new(path));
    for path in TEMPLATE_FOLDERS
        .iter()
        .flat_map(|folder| files_in(config, folder))
    {
        if !is_output(&path) {
            found.extend(read_template(config, &path));
        }
    }
    found
}

/// Returns the files of a folder, sorted; none where there is no such folder.
fn files_in(config: &Config, folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(config.root.join(folder)) else {
        return Vec::new();
    };
    let mut paths: Vec<String> = entries
        .filter_map(Result::ok)
        .map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy()))
        .collect();
    paths.sort();
    paths
}

fn read_template(config: &Config, path: &str) -> Option<Template> {
    let read: fn(&Arc<Source>) -> Option<Template> = match Path::new(path).extension()?.to_str()? {
        "md" | "markdown" => template_file,
        "yml" | "yaml" => template_form,
        _ => return None,
    };
    let text = fs::read_to_string(config.root.join(path)).ok()?;
    // What was generated once and is no output any more is nobody's template.
    if is_generated(&text, syntax_of(path)) {
        return None;
    }
    read(&Arc::new(Source::new(path, text, Markup::Markdown)))
}

/// Tells whether a finding is about a template that is missing and that an output will add.
fn is_planned(finding: &Diagnostic, plan: &Plan) -> bool {
    let adds = |output: &Output| {
        output.title.is_some()
            && output
                .procedure
                .as_ref()
                .is_some_and(|procedure| procedure.first_line() == finding.place)
    };
    finding.code == Code::MissingTemplate && plan.outputs.iter().any(adds)
}
