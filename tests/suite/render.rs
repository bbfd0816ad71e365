//! Rendering: documents and user templates in `tests/cases/render`, and what must hold for any procedure.
//!
//! A case is a folder with a document (`in.rst` or `in.md`), user templates (`templates/`, where there are any) and what
//! its only procedure reads as: `out.NAME` through the template `NAME`, `run.NAME` for the run `2.1`, `out.context.json`
//! what a template gets. `SNAPSHOTS=overwrite` accepts what is new.

use std::fs;
use std::path::Path;
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

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    entries
}

fn procedure(case: &Path) -> Procedure {
    let path = ["in.rst", "in.md"]
        .map(|name| case.join(name))
        .into_iter()
        .find(|path| path.exists())
        .unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let name = path.file_name().unwrap();
    let source = Arc::new(Source::new(name, text, Markup::of_path(&path).unwrap()));
    let document = parse(&source).value;
    let mut pages = [Page { source, document }];
    references::resolve(&mut pages, &references::ReferenceSettings::default());
    let mut found = extract::extract(&pages, &extract::Overrides::default()).value;
    assert_eq!(found.len(), 1, "{}", case.display());
    found.remove(0)
}

fn user_templates(case: &Path) -> Vec<(String, Source)> {
    let folder = case.join("templates");
    let files = if folder.exists() {
        entries(&folder)
    } else {
        Vec::new()
    };
    files
        .into_iter()
        .map(|file| {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&file).unwrap();
            (name, Source::new(file, text, Markup::Markdown))
        })
        .collect()
}
