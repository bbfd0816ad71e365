//! What must hold for references and includes whatever the text.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use runsheet::parse::{Page, parse};
use runsheet::references::{ReferenceSettings, include, included_paths, parts, resolve, toctree};
use runsheet::source::{Markup, Source};

/// Pieces of both markups that name something or refer to it.
const PIECES: &[&str] = &[
    "word ",
    "a_ ",
    "b__ ",
    "`a b`_ ",
    "`x <a_>`_ ",
    "`x <u v>`__ ",
    "`<`_ ",
    ":ref:`a` ",
    ":ref:`x <b>`",
    ":doc:`/b`",
    ":doc:`../../b` ",
    ":pep:`8#x` ",
    ":rfc:`99999999999` ",
    ":term:`a`",
    ":py:func:`~a.b()` ",
    "|s| ",
    "|t|_ ",
    "[1]_ ",
    "_`c d` ",
    "\n",
    "\n\n",
    "\n   ",
    "\n\n.. _a: b_\n",
    "\n\n.. _b: http://x.y\n",
    "\n\n__ a_\n",
    "\n\n.. _a b:\n\n",
    "\n\n.. |s| replace:: x |t| y\n",
    "\n\n.. |t| replace:: |s|\n",
    "\n\n.. |t| image:: p.png\n",
    "\n\nTitle\n=====\n\n",
    "\n\na\n-\n\n",
    "\n\n# a\n\n",
    "\n\n## b {#c}\n\n",
    "\n\n.. include:: b.rst\n",
    "\n\n.. include:: /a.md\n   :start-line: 1\n",
    "\n\n.. include:: ../x\n",
    "\n\n.. literalinclude:: b.rst\n   :lines: 1-\n",
    "\n\n```{include} a.md\n:end-before: b\n```\n",
    "\n\n```{toctree}\n:glob:\n*\n```\n",
    "\n\n.. toctree::\n   :glob:\n\n   *\n   [\n",
    "\n\n.. glossary::\n\n   a\n      b\n",
    "\n\n.. envvar:: a\n",
    "[x](b.md#c) ",
    "[](a.md) ",
    "[y](#%41%) ",
    "{ref}`a` ",
    "(a)=\n",
    "é",
    "\\",
    "\u{f0041}",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..25).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_finding_lies_in_its_text(rst in text(), markdown in text(), has_url in any::<bool>()) {
        let sources: Vec<_> = [("docs/b.rst", rst, Markup::Rst), ("docs/a.md", markdown, Markup::Markdown)]
            .into_iter()
            .map(|(path, text, markup)| Arc::new(Source::new(path, text, markup)))
            .collect();
        let load = |path: &Path| sources.iter().find(|source| source.path() == path).cloned();
        let roots = [PathBuf::from("docs")];
        let mut pages: Vec<Page> = sources
            .iter()
            .map(|source| Page { source: Arc::clone(source), document: parse(source).value })
            .collect();
        parts(&pages, &roots);
        let known: Vec<PathBuf> = sources.iter().map(|source| source.path().to_owned()).collect();
        for page in &pages {
            included_paths(page, &roots);
            for path in toctree(page, &roots, &known) {
                prop_assert!(known.contains(&path));
            }
        }
        let settings = ReferenceSettings {
            roots: roots.to_vec(),
            docs_url: has_url.then(|| "https://x.org/{path}#{label}".into()),
            ..ReferenceSettings::default()
        };
        let mut findings = include(&mut pages, &roots, &load);
        findings.extend(resolve(&mut pages, &settings));
        for finding in findings {
            let text = finding.place.source.text();
            prop_assert!(text.get(finding.place.span.range()).is_some(), "{finding:?}");
        }
    }
}
