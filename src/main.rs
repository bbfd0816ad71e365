//! The command line of runsheet.

use std::sync::Arc;

fn main() {
    let mut pages = Vec::new();
    for path in std::env::args().skip(2).take_while(|arg| arg != "--format") {
        let path = std::path::PathBuf::from(path);
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let markup =
            runsheet::source::Markup::of_path(&path).unwrap_or(runsheet::source::Markup::Markdown);
        let source = Arc::new(runsheet::source::Source::new(path, text, markup));
        let document = runsheet::parse::parse(&source).value;
        pages.push(runsheet::parse::Page { source, document });
    }
    let _ = runsheet::references::resolve(
        &mut pages,
        &runsheet::references::ReferenceSettings::default(),
    );
    let procedures =
        runsheet::extract::extract(&pages, &runsheet::extract::Overrides::default()).value;
    let listing = runsheet::procedure::listing::listing(&procedures);
    println!(
        "{}",
        serde_json::to_string_pretty(&listing).unwrap_or_default()
    );
}
