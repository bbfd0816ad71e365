//! Holds the order of the layers: imports point to the same layer or a lower one, and never in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The top-level modules by layer, lowest first. A new module gets its place here.
const LAYERS: &[&[&str]] = &[
    &["source", "diagnostic", "nearest"],
    &[
        "document",
        "procedure",
        "checklist",
        "run",
        "issue",
        "report",
    ],
    &[
        "parse",
        "references",
        "extract",
        "variant",
        "variable",
        "body",
        "render",
        "align",
        "merge",
        "drift",
        "lint",
        "generate",
        "silence",
        "plan",
    ],
    &["waiting", "file", "tracker", "state", "config"],
    &["sync", "error"],
    &["cli"],
];

#[test]
fn imports_point_to_lower_layers_only() {
    let imports = imports();
    let layer = |module: &str| {
        LAYERS
            .iter()
            .position(|modules| modules.contains(&module))
            .unwrap_or_else(|| panic!("`{module}` has no layer: give it one in LAYERS"))
    };
    let upward: Vec<_> = imports
        .iter()
        .flat_map(|(from, to)| to.iter().map(move |to| (from, to)))
        .filter(|(from, to)| layer(from) < layer(to))
        .collect();
    assert!(upward.is_empty(), "imports of a higher layer: {upward:?}");
}

#[test]
fn modules_do_not_import_each_other_in_a_circle() {
    let mut imports = imports();
    // Modules that import nothing (any more) cannot be in a circle; what is left when none can be taken away is.
    loop {
        let free: BTreeSet<String> = imports
            .iter()
            .filter(|(_, to)| to.is_empty())
            .map(|(from, _)| from.clone())
            .collect();
        if free.is_empty() {
            break;
        }
        imports.retain(|from, _| !free.contains(from));
        for to in imports.values_mut() {
            to.retain(|module| !free.contains(module));
        }
    }
    assert!(imports.is_empty(), "a circle of imports: {imports:?}");
}

#[test]
fn every_layered_module_is_there() {
    let imports = imports();
    let missing: Vec<_> = LAYERS
        .iter()
        .flat_map(|modules| modules.iter())
        .filter(|module| !imports.contains_key(**module))
        .collect();
    assert!(missing.is_empty(), "no such modules in src: {missing:?}");
}

/// Returns the top-level modules of the library, each with the other ones that its files name.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in rust_files(&src) {
        let inside = file.strip_prefix(&src).expect("the file is in src");
        let first = inside.iter().next().expect("a file has a name");
        let module = Path::new(first)
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("module names are ASCII")
            .to_owned();
        if module == "main" || module == "lib" {
            continue;
        }
        let text = fs::read_to_string(&file).expect("the file can be read");
        let named = named_modules(&text);
        let to = imports.entry(module.clone()).or_default();
        to.extend(named.into_iter().filter(|name| *name != module));
    }
    imports
}

/// Returns the top-level modules that code names as `crate::module` or in a `use crate::{...}` group.
fn named_modules(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut named = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (at, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if c.is_whitespace() => {}
                    _ if start => {
                        named.insert(identifier(&group[at..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            named.insert(identifier(rest));
        }
    }
    named.retain(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
    named
}

fn identifier(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("src can be listed") {
        let path = entry.expect("src can be listed").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn modules_are_found_in_groups_and_paths() {
    let named = named_modules(
        "use crate::{body, merge::{self, Merge}, plan::Plan};\n// crate::cli\nfn f() -> crate::run::RunKey {}\nuse crate::Top;",
    );
    let named: Vec<_> = named.iter().map(String::as_str).collect();
    assert_eq!(named, ["body", "merge", "plan", "run"]);
}
