//! How long documents take to read.
//!
//! `RUNSHEET_BENCH_DOCS` names a folder whose reStructuredText files are read; without it only the
//! inputs generated here are.

use std::path::PathBuf;
use std::sync::Arc;

use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher};
use runsheet::parse::parse;
use runsheet::source::{Markup, Source};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

fn bench(bencher: Bencher<'_, '_>, sources: &[Arc<Source>]) {
    let bytes: usize = sources.iter().map(|source| source.text().len()).sum();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        for source in sources {
            divan::black_box_drop(parse(divan::black_box(source)));
        }
    });
}

fn rst(text: String) -> Vec<Arc<Source>> {
    vec![Arc::new(Source::new("bench.rst", text, Markup::Rst))]
}

/// The documents of `RUNSHEET_BENCH_DOCS`; a generated one where it is not set.
fn corpus() -> Vec<Arc<Source>> {
    let Some(folder) = std::env::var_os("RUNSHEET_BENCH_DOCS") else {
        return rst(generated(200));
    };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder of documents")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| Markup::of_path(path) == Some(Markup::Rst))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .filter_map(|path| {
            let text = std::fs::read_to_string(&path).ok()?;
            Some(Arc::new(Source::new(path, text, Markup::Rst)))
        })
        .collect()
}

/// A page of `sections` sections as procedures have them.
fn generated(sections: usize) -> String {
    let mut text = String::from("Rolling out\n===========\n\n");
    for section in 0..sections {
        text.push_str(&format!(
            "Part {section}\n--------\n\nBefore *anything* else, see :ref:`the checks <checks>`.\n\n\
             #. Log in to ``host-{section}``, then run::\n\n     systemctl stop worker\n\n\
             #. Wait until the queue is empty (`dashboard <https://example.org/queue>`__).\n\n\
             \x20  - Tell the others.\n   - Note the time.\n\n.. warning::\n\n   Never restart twice.\n\n\
             =====  =====\nName   Value\n=====  =====\nport   80\n=====  =====\n\n"
        ));
    }
    text
}

#[divan::bench(args = [1, 10])]
fn copies_of_the_corpus(bencher: Bencher<'_, '_>, copies: usize) {
    let documents = corpus();
    let sources: Vec<_> = documents
        .iter()
        .cycle()
        .take(documents.len() * copies)
        .cloned()
        .collect();
    bench(bencher, &sources);
}

#[divan::bench(
    args = [
        "`a ", "*a ", "|a ", "**a ", "``a ", "_`a ", "a_ ", ":a:", "[a", "]_ ", "a:b@c-",
        "a.b@c..", "\\*", "``a:", "`<a", "- x\\n", "| x\\n", "x\\n y\\n", ":a: b\\n", ".. _a:\\n",
        "x::\\n\\n", "== ==\\n", "+--+\\n", "1. x\\ny\\n", "=\\n", "====\\n", "x\\n==\\n\\n",
    ],
    sample_count = 3,
)]
fn a_megabyte_of(bencher: Bencher<'_, '_>, piece: &str) {
    // Line ends are written as `\n`, to be seen in the report.
    let piece = piece.replace("\\n", "\n");
    bench(bencher, &rst(piece.repeat(1_000_000 / piece.len())));
}

#[divan::bench(sample_count = 3)]
fn one_long_line(bencher: Bencher<'_, '_>) {
    bench(bencher, &rst("word ".repeat(200_000)));
}

#[divan::bench(sample_count = 3)]
fn bullets(bencher: Bencher<'_, '_>) {
    bench(bencher, &rst("- x\n".repeat(250_000)));
}

#[divan::bench(sample_count = 3)]
fn nested_quotes(bencher: Bencher<'_, '_>) {
    let lines = (0..1_000).map(|depth| format!("{}x\n\n", " ".repeat(depth)));
    bench(bencher, &rst(lines.collect()));
}

#[divan::bench(sample_count = 3)]
fn nested_bullets(bencher: Bencher<'_, '_>) {
    bench(bencher, &rst("- ".repeat(100_000)));
}

#[divan::bench(sample_count = 3)]
fn a_wide_grid(bencher: Bencher<'_, '_>) {
    let border = format!("{}+\n", "+--".repeat(300));
    let row = format!("{}|\n", "|ab".repeat(300));
    bench(
        bencher,
        &rst(format!("{border}{}", format!("{row}{border}").repeat(500))),
    );
}

#[divan::bench(sample_count = 3)]
fn a_grid_that_never_closes(bencher: Bencher<'_, '_>) {
    let border = format!("+{}+\n", "-+".repeat(500));
    let row = format!("|{}|\n", "+|".repeat(500));
    bench(
        bencher,
        &rst(format!("{border}{}{border}", row.repeat(1_000))),
    );
}

#[divan::bench(sample_count = 3)]
fn a_long_simple_table(bencher: Bencher<'_, '_>) {
    let rows = "ab  cd\n".repeat(150_000);
    bench(bencher, &rst(format!("==  ==\n{rows}==  ==\n")));
}

#[divan::bench(sample_count = 3)]
fn many_options(bencher: Bencher<'_, '_>) {
    let options: String = (0..60_000)
        .map(|option| format!("   :o{option}: x\n"))
        .collect();
    bench(bencher, &rst(format!(".. a::\n{options}\n   x\n")));
}
