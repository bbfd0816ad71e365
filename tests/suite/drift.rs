//! Drift over all documents of the repository: a checklist just made from a procedure says the same as it,
//! and a change of one line is found, as what it is and at its step.
//!
//! What single differences read as stands in `tests/cases/cli/check-*`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use runsheet::diagnostic::{Code, Diagnostic, Severity};
use runsheet::drift::{drift, template_file, template_form};
use runsheet::extract::{Overrides, extract};
use runsheet::parse::{Page, parse};
use runsheet::procedure::Procedure;
use runsheet::references::{ReferenceSettings, resolve};
use runsheet::render::{Templates, checklist};
use runsheet::run::Variant;
use runsheet::source::{Markup, Source};

#[test]
fn a_fresh_checklist_has_not_drifted() {
    for (procedure, text) in checklists() {
        let findings = held(&procedure, &text);
        assert!(
            findings.is_empty(),
            "{}: {findings:#?}\n{text}",
            procedure.slug
        );
    }
}

#[test]
fn a_fresh_issue_form_has_not_drifted() {
    let templates = Templates::new(Vec::new()).expect("the built-in templates load");
    let mut forms = 0;
    for procedure in procedures() {
        let checklist = checklist(&procedure, None, &Variant::default());
        let text = templates
            .render("issue-form.yml", &checklist)
            .expect("a built-in renders");
        let source = Arc::new(Source::new("t.yml", text.as_str(), Markup::Markdown));
        let template = template_form(&source).expect("a form with boxes");
        let mut findings = drift(&procedure, &template);
        findings.retain(|finding| finding.severity > Severity::Note);
        assert!(
            findings.is_empty(),
            "{}: {findings:#?}\n{text}",
            procedure.slug
        );
        forms += 1;
    }
    assert!(forms > 4, "only {forms} forms");
}

#[test]
fn a_line_that_goes_is_missed_at_its_step() {
    let mut changes = 0;
    for (procedure, text) in checklists() {
        for (step, line) in lines_of_steps(&procedure, &text) {
            let lines = text.lines().enumerate().filter(|(at, _)| *at != line);
            let lines: Vec<&str> = lines.map(|(_, line)| line).collect();
            let findings = held(&procedure, &lines.join("\n"));
            let is_found = findings
                .iter()
                .any(|finding| finding.code == Code::DriftMissing && finding.place.line() == step);
            assert!(
                is_found,
                "{}, step in line {step}: {findings:#?}",
                procedure.slug
            );
            changes += 1;
        }
    }
    assert!(changes > 20, "only {changes} lines were taken out");
}

#[test]
fn a_line_that_is_new_is_extra() {
    let mut changes = 0;
    for (procedure, text) in checklists() {
        for (_, line) in lines_of_steps(&procedure, &text) {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.insert(line, "- [ ] Whistle a merry tune twice");
            let findings = held(&procedure, &lines.join("\n"));
            let codes: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
            assert_eq!(
                codes,
                [Code::DriftExtra],
                "{}: {findings:#?}",
                procedure.slug
            );
            changes += 1;
        }
    }
    assert!(changes > 20, "only {changes} lines were put in");
}

#[test]
fn a_word_that_changes_is_named_at_its_step() {
    let mut changes = 0;
    for (procedure, text) in checklists() {
        for (step, line) in lines_of_steps(&procedure, &text) {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            // The last plain word of a line that has enough others to be known by.
            let words: Vec<&str> = lines[line].split(' ').collect();
            let is_plain =
                |word: &&&str| word.len() > 4 && word.chars().all(|c| c.is_ascii_lowercase());
            if words.len() < 7 || lines[line].contains('`') {
                continue;
            }
            let Some(word) = words.iter().rfind(is_plain) else {
                continue;
            };
            lines[line] = lines[line].replace(&format!(" {word}"), " zebra");
            let findings = held(&procedure, &lines.join("\n"));
            let [finding] = findings.as_slice() else {
                panic!("{}, step in line {step}: {findings:#?}", procedure.slug);
            };
            assert_eq!(finding.code, Code::DriftReworded);
            assert_eq!(finding.place.line(), step);
            assert!(finding.message.contains("`zebra`"), "{}", finding.message);
            changes += 1;
        }
    }
    assert!(changes > 20, "only {changes} words were changed");
}

/// Returns the findings but notes of `text`, a checklist of `procedure`.
fn held(procedure: &Procedure, text: &str) -> Vec<Diagnostic> {
    let source = Arc::new(Source::new("t.md", text, Markup::Markdown));
    let Some(template) = template_file(&source) else {
        return Vec::new();
    };
    let mut findings = drift(procedure, &template);
    findings.retain(|finding| finding.severity > Severity::Note);
    findings
}

/// Returns for each step with a box that has nothing below it and says what no other says: its line in the
/// document and the line of the checklist, from 0.
fn lines_of_steps(procedure: &Procedure, text: &str) -> Vec<(usize, usize)> {
    let steps: Vec<_> = procedure.steps().collect();
    let mut found = Vec::new();
    if steps.iter().filter(|step| step.has_box).count() < 2 {
        // A checklist without its only line is none.
        return found;
    }
    for step in procedure.phases.iter().flat_map(|phase| phase.steps()) {
        let said = step.plain_text();
        let same = steps
            .iter()
            .filter(|other| other.plain_text() == said)
            .count();
        let is_bare = step.has_box && step.parts.is_empty() && same == 1 && said.len() > 12;
        let line = text
            .lines()
            .position(|line| line.starts_with("- [ ] ") && line.ends_with(&said));
        if let Some(line) = line.filter(|_| is_bare) {
            found.push((step.place.line(), line));
        }
    }
    found
}

/// Returns each procedure of the repository's documents that asks for something.
fn procedures() -> Vec<Procedure> {
    let mut pages: Vec<Page> = documents().iter().map(|path| page(path)).collect();
    resolve(&mut pages, &ReferenceSettings::default());
    let mut found = extract(&pages, &Overrides::default()).value;
    found.retain(|procedure| procedure.steps().any(|step| step.has_box));
    found
}

/// Returns each of these procedures with the checklist made from it.
fn checklists() -> Vec<(Procedure, String)> {
    let templates = Templates::new(Vec::new()).expect("the built-in templates load");
    procedures()
        .into_iter()
        .map(|procedure| {
            let checklist = checklist(&procedure, None, &Variant::default());
            let text = templates.render("checklist.md", &checklist);
            (procedure, text.expect("a built-in template renders"))
        })
        .collect()
}

fn page(path: &Path) -> Page {
    let text = fs::read_to_string(path).expect("the document can be read");
    let markup = Markup::of_path(path).expect("the document has a known ending");
    let source = Arc::new(Source::new(path, text, markup));
    let document = parse(&source).value;
    Page { source, document }
}

/// Returns the documents of `sources/` and of the cases of extraction.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["sources", "tests/cases/extract"] {
        collect(&root.join(folder), &mut found);
    }
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path
            .extension()
            .is_some_and(|ending| ending == "rst" || ending == "md")
        {
            found.push(path);
        }
    }
}
