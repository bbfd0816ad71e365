//! Rendering: documents and user templates in `tests/cases/render`, and what must hold for any procedure.
//!
//! A case is a folder with a document (`in.rst` or `in.md`), user templates (`templates/`, where there are any) and what
//! its only procedure reads as: `out.NAME` through the template `NAME`, `run.NAME` for the run `2.1`, `out.context.json`
//! what a template gets. `SNAPSHOTS=overwrite` accepts what is new.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use runsheet::parse::{Page, parse};
use runsheet::procedure::Procedure;
use runsheet::render::{Templates, checklist};
use runsheet::run::{RunKey, Variant};
use runsheet::source::{Markup, Source};
use runsheet::{extract, references};
use snapbox::Data;

mod property;

#[test]
fn every_case_renders_as_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/render");
    let mut seen = 0;
    for case in entries(&cases) {
        let procedure = procedure(&case);
        let templates = Templates::new(user_templates(&case)).unwrap();
        for file in entries(&case) {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let (kind, name) = name.split_once('.').unwrap_or((&name, ""));
            let run = RunKey {
                procedure: procedure.identity().to_owned(),
                variant: Variant::default(),
                name: "2.1".to_owned(),
            };
            let run = match kind {
                "in" | "templates" => continue,
                "out" => None,
                "run" => Some(&run),
                other => panic!("a file that nothing uses: {other}"),
            };
            let checklist = checklist(&procedure, run, &Variant::default());
            let actual = match name {
                "context.json" => serde_json::to_string_pretty(&checklist).unwrap() + "\n",
                name => templates.render(name, &checklist).unwrap(),
            };
            snapbox::Assert::new()
                .action_env("SNAPSHOTS")
                .eq(actual, Data::read_from(&file, None).raw());
            seen += 1;
        }
    }
    assert!(seen > 0, "no case");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    entries
}

/// Reads a file as a source that is shown under its name alone.
fn source(file: &Path) -> (String, Source) {
    let text = fs::read_to_string(file).expect("a text file");
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let markup = Markup::of_path(file).unwrap_or(Markup::Markdown);
    (name.to_string(), Source::new(name.as_ref(), text, markup))
}

fn procedure(case: &Path) -> Procedure {
    let path = entries(case)
        .into_iter()
        .find(|path| path.file_stem().is_some_and(|stem| stem == "in"))
        .expect("a document");
    let source = Arc::new(source(&path).1);
    let document = parse(&source).value;
    let mut pages = [Page { source, document }];
    references::resolve(&mut pages, &references::ReferenceSettings::default());
    let mut found = extract::extract(&pages, &extract::Overrides::default()).value;
    assert_eq!(found.len(), 1, "{}", case.display());
    found.remove(0)
}

fn user_templates(case: &Path) -> Vec<(String, Source)> {
    let folder = case.join("templates");
    if folder.exists() {
        entries(&folder).iter().map(|file| source(file)).collect()
    } else {
        Vec::new()
    }
}
