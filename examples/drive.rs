use std::sync::Arc;
use runsheet::{parse, parse::Page, extract, render, source::*, run::*};
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let out = &args[0];
    let templates = render::Templates::new(vec![]).unwrap_or_else(|d| panic!("{d:?}"));
    for file in &args[1..] {
        let path = std::path::Path::new(file);
        let source = Arc::new(Source::new(file, std::fs::read_to_string(path).unwrap(), Markup::of_path(path).unwrap()));
        let parsed = parse::parse(&source);
        let pages = [Page { source: source.clone(), document: parsed.value }];
        let found = extract::extract(&pages).value;
        let stem = path.file_stem().unwrap().to_str().unwrap();
        for p in &found {
            let key = RunKey { procedure: p.identity().to_owned(), variant: Variant::default(), name: "1.0".into() };
            let t = render::checklist(p, None, &Variant::default());
            let r = render::checklist(p, Some(&key), &Variant::default());
            let w = |ext: &str, text: String| std::fs::write(format!("{out}/{stem}--{}.{ext}", p.slug.chars().take(80).collect::<String>()), text).unwrap();
            for (name, ext, c) in [("ticket.md","ticket.md",&t),("ticket.md","run.md",&r),("issue-template.md","it.md",&t),("issue-form.yml","form.yml",&t),("checklist.md","checklist.md",&t),("compact.md","compact.md",&t),("page.html","html",&t)] {
                match templates.render(name, c) { Ok(text) => w(ext, text), Err(d) => panic!("{d:?} {}", d.message) }
            }
            w("json", serde_json::to_string_pretty(&t).unwrap());
        }
    }
}
