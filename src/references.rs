//! What the references in all pages of a run lead to.
//!
//! Three steps over pages that were read, each a function of its own:
//!
//! 1. [`include()`] puts included files in their place, as [`BlockKind::Included`]: a document of its
//!    own in the tree, with its own source, so that every place keeps its file, line and column.
//! 2. [`resolve`] makes tables of the lists that are marked as such, collects the names of all pages (labels, titles, pages, glossary terms, described
//!    objects, link targets), replaces substitutions, and gives references and roles their address:
//!    by `docs-url` for what stands in the pages, by a Sphinx inventory for what stands elsewhere.
//! 3. What has no address stays text. What leads nowhere is a finding.
//!
//! A role keeps what it names ([`crate::document::Role::target`]): variants are chosen by it.
//!
//! ```text
//! role or reference        names
//! ref, numref              a label, of any page; else a section's title, as Sphinx' `autosectionlabel` has it:
//!                          "page:title", or the title alone where no other section has it
//! doc                      a page, relative to this one or, from "/", to the root
//! term                     a glossary's term
//! pep, rfc                 a number, with "#" and an anchor
//! name_, `some name`_      a target, label or title of the page
//! `some name`__            the next anonymous target of the page
//! file.md#anchor           in Markdown: a page and a heading or anchor in it
//! any other                an object described in a page or an inventory; else it is just text
//! ```

use std::path::PathBuf;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::document::{Block, BlockKind, Document, Inline, InlineKind};
use crate::parse::{Page, markdown};
use crate::source::{Markup, Source};

mod address;
mod hyperlink;
mod include;
mod inventory;
mod list_table;
mod names;
mod resolver;
mod substitution;
mod toctree;

pub use include::{Loader, include, included_paths, parts};
pub use inventory::{Found, Inventory, InventoryError};
pub use toctree::toctree;

use names::Names;
use resolver::{MAX_SUGGESTIONS, Resolver};
use substitution::Substitutions;

/// What is known besides the pages.
#[derive(Clone, Debug, Default)]
pub struct ReferenceSettings {
    /// The folders that sources are in; a page's path is relative to the innermost that holds it.
    pub roots: Vec<PathBuf>,
    /// An address with `{path}` and `{label}`, where the pages can be read by people.
    pub docs_url: Option<String>,
    /// What other docs define.
    pub inventories: Vec<Inventory>,
    /// Pages whose substitutions and link targets hold in all RST pages: `rst_prolog`, `rst_epilog`.
    pub shared: Vec<Page>,
}

impl ReferenceSettings {
    /// Returns how much an unresolved reference matters: where all targets are known, it is wrong.
    fn severity(&self) -> Severity {
        if self.docs_url.is_some() || !self.inventories.is_empty() {
            Severity::Error
        } else {
            Severity::Warning
        }
    }
}

/// Resolves the references of `pages` in place.
///
/// Markdown's dialects are read first, so that their roles and targets take part.
pub fn resolve(pages: &mut [Page], settings: &ReferenceSettings) -> Vec<Diagnostic> {
    let mut findings = read_dialects(pages);
    for page in pages.iter_mut() {
        let markup = page.source.markup();
        list_table::make_tables(&mut page.document.children);
        decode_hyperlinks(&mut page.document.children, &page.source, markup);
    }
    let names = Names::of(pages, settings);
    for (index, page) in pages.iter_mut().enumerate() {
        let mut substitutions = Substitutions::default();
        substitutions.collect(&page.document.children);
        for shared in &settings.shared {
            substitutions.collect(&shared.document.children);
        }
        let mut resolver = Resolver {
            settings,
            names: &names,
            page: index,
            source: Arc::clone(&page.source),
            substitutions,
            anonymous: 0,
            suggestions: MAX_SUGGESTIONS.saturating_sub(findings.len()),
            findings: Vec::new(),
        };
        resolver.blocks(&mut page.document.children);
        findings.append(&mut resolver.findings);
    }
    findings
}

/// Reads what is structure to the tools that Markdown pages are written for.
fn read_dialects(pages: &mut [Page]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for page in pages {
        if page.source.markup() == Markup::Markdown {
            findings.extend(markdown::dialect::read(&mut page.document, &page.source));
        }
    }
    findings
}

/// Reads the hyperlinks of RST once more, by docutils' grammar for them.
fn decode_hyperlinks(blocks: &mut [Block], source: &Source, markup: Markup) {
    for block in blocks {
        if let BlockKind::Included(included) = &mut block.kind {
            let Document { children, .. } = &mut included.document;
            decode_hyperlinks(children, &included.source, included.source.markup());
            continue;
        }
        if markup == Markup::Rst {
            for inlines in block.inlines_mut() {
                for inline in inlines {
                    decode_hyperlink(inline, source);
                }
            }
        }
        let inside = if markdown::is_eval_rst(block) {
            Markup::Rst
        } else {
            markup
        };
        for children in block.children_mut() {
            decode_hyperlinks(children, source, inside);
        }
    }
}

fn decode_hyperlink(inline: &mut Inline, source: &Source) {
    let written = source.slice(inline.span);
    if let InlineKind::Reference(reference) = &mut inline.kind
        && let Some(target) = hyperlink::decode(written)
    {
        reference.target = target;
    } else if let Some(inner) = inline.inner_mut() {
        for inline in inner {
            decode_hyperlink(inline, source);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::io::Write;

    use std::path::Path;

    use super::*;
    use crate::document::{Cell, ReferenceTarget, plain_text};
    use crate::parse::parse;

    const URL: &str = "https://docs.example.org/{path}.html#{label}";

    fn page(path: &str, text: &str) -> Page {
        let markup = Markup::of_path(Path::new(path)).unwrap();
        let source = Arc::new(Source::new(path, text, markup));
        let document = parse(&source).value;
        Page { source, document }
    }

    fn settings(docs_url: Option<&str>) -> ReferenceSettings {
        ReferenceSettings {
            roots: vec!["docs".into()],
            docs_url: docs_url.map(Into::into),
            ..ReferenceSettings::default()
        }
    }

    /// The text of the blocks with each link as `[text](address)`, a line a paragraph or title.
    fn shown(page: &Page) -> String {
        fn inlines(all: &[Inline], out: &mut String) {
            for inline in all {
                let (text, uri) = match &inline.kind {
                    InlineKind::Role(role) => (role.text.to_string(), role.uri.as_deref()),
                    InlineKind::Reference(reference) => {
                        let mut text = String::new();
                        inlines(&reference.text, &mut text);
                        match &reference.target {
                            ReferenceTarget::Uri(uri) => (text, Some(&**uri)),
                            _ => (text, None),
                        }
                    }
                    _ => (plain_text(std::slice::from_ref(inline)), None),
                };
                match (uri, &inline.kind) {
                    (Some(uri), _) => out.push_str(&format!("[{text}]({uri})")),
                    (None, InlineKind::Text(text)) => out.push_str(&text.replace('\n', " ")),
                    (None, _) => out.push_str(&text),
                }
            }
        }
        fn walk(blocks: &[Block], out: &mut String) {
            for block in blocks {
                let mut block = block.clone();
                if let BlockKind::Included(included) = &block.kind {
                    walk(&included.document.children, out);
                }
                if let BlockKind::SubstitutionDefinition(_) = &block.kind {
                    continue;
                }
                for own in block.inlines_mut() {
                    inlines(own, out);
                    out.push('\n');
                }
                for children in block.children_mut() {
                    walk(children, out);
                }
            }
        }
        let mut out = String::new();
        walk(&page.document.children, &mut out);
        out
    }

    fn messages(findings: &[Diagnostic]) -> Vec<String> {
        findings
            .iter()
            .map(|finding| {
                let help = finding.help.as_deref().unwrap_or_default();
                format!(
                    "{:?} {} {}; {help}",
                    finding.place,
                    finding.severity.as_str(),
                    finding.message
                )
            })
            .collect()
    }

    #[test]
    fn labels_and_documents_become_links_over_pages() {
        let mut pages = [
            page(
                "docs/ops/start.rst",
                "See :ref:`Save_All`, :ref:`how to save <save_all>`, :doc:`../save`, :doc:`/save` and :ref:`here`.\n\n\
                 .. _here:\n\nStart\n=====\n",
            ),
            page(
                "docs/save.rst",
                ".. _save_all:\n\nSave *all* of it\n================\n",
            ),
        ];
        assert_eq!(resolve(&mut pages, &settings(Some(URL))), []);
        let save = "https://docs.example.org/save.html";
        assert_eq!(
            shown(&pages[0]),
            format!(
                "See [Save all of it]({save}#save-all), [how to save]({save}#save-all), [Save all of it]({save}), \
                 [Save all of it]({save}) and [Start](https://docs.example.org/ops/start.html#here).\nStart\n"
            )
        );
        let BlockKind::Paragraph(inlines) = &pages[0].document.children[0].kind else {
            panic!("a paragraph is expected");
        };
        let InlineKind::Role(role) = &inlines[1].kind else {
            panic!("a role is expected");
        };
        assert_eq!(&*role.target, "Save_All");
    }

    #[test]
    fn titles_are_labels_where_no_label_has_the_name() {
        let mut pages = [
            page(
                "docs/a.rst",
                ":ref:`the  START`, :ref:`go <sub/b:Other: end>`, :ref:`Twice`, :ref:`Only there`, :ref:`sub/b:No`\n\n\
                 The start\n=========\n\nTwice\n-----\n\nTwice\n-----\n",
            ),
            page(
                "docs/sub/b.rst",
                "Only there\n==========\n\n:ref:`Twice`\n\nOther: end\n----------\n\nTwice\n-----\n",
            ),
        ];
        let findings = resolve(&mut pages, &settings(Some("/{path}#{label}")));
        assert_eq!(
            shown(&pages[0]),
            "[The start](/a#the-start), [go](/sub/b#other-end), Twice, [Only there](/sub/b#only-there), sub/b:No\n\
             The start\nTwice\nTwice\n"
        );
        assert_eq!(
            shown(&pages[1]),
            "Only there\n[Twice](/sub/b#twice)\nOther: end\nTwice\n"
        );
        let several = "`Twice` is the title of several sections; put a label (`.. _name:`) before the one that is meant";
        assert_eq!(
            messages(&findings),
            [
                format!("docs/a.rst:1:50 error {several}"),
                "docs/a.rst:1:83 error no label `sub/b:No` is known; ".to_owned(),
            ]
        );
    }

    #[test]
    fn without_an_address_links_are_text_with_the_right_words() {
        let mut pages = [page(
            "docs/a.rst",
            "See :ref:`x` and :ref:`y`.\n\n.. _x:\n\nThe X\n=====\n",
        )];
        let findings = resolve(&mut pages, &settings(None));
        assert_eq!(shown(&pages[0]), "See The X and y.\nThe X\n");
        assert_eq!(
            messages(&findings),
            ["docs/a.rst:1:18 warning no label `y` is known; "]
        );
    }

    #[test]
    fn where_all_targets_are_known_a_dangling_one_is_an_error() {
        let mut pages = [page(
            "docs/a.rst",
            "See :ref:`back-upp`.\n\n.. _back-up:\n\nX\n=\n",
        )];
        let findings = resolve(&mut pages, &settings(Some(URL)));
        assert_eq!(
            messages(&findings),
            ["docs/a.rst:1:5 error no label `back-upp` is known; there is `back-up`"]
        );
    }

    #[test]
    fn names_lead_to_targets_of_the_page() {
        let mut pages = [page(
            "docs/a.rst",
            "One_, `two\nwords`_, three_, `The end`_, `x`__ and y__, `four <one_>`_, `five <HTTP://Five.org>`_, five_, Same_.\n\n\
             .. _one: https://one.org\n.. _Two words: one_\n.. _three: `two words`_\n\n\
             __ https://x.org\n__ three_\n\nThe end\n=======\n\nSame\n----\n\nSame\n----\n",
        )];
        let findings = resolve(&mut pages, &settings(Some(URL)));
        assert_eq!(
            shown(&pages[0]),
            "[One](https://one.org), [two words](https://one.org), [three](https://one.org), \
             [The end](https://docs.example.org/a.html#the-end), [x](https://x.org) and [y](https://one.org), \
             [four](https://one.org), [five](HTTP://Five.org), [five](HTTP://Five.org), Same.\nThe end\nSame\nSame\n"
        );
        assert_eq!(
            messages(&findings),
            [
                "docs/a.rst:2:95 error `Same` is the title of several sections; put a label (`.. _name:`) before the one that is meant"
            ]
        );
    }

    #[test]
    fn numbers_terms_and_objects_have_addresses_of_their_own() {
        let mut pages = [page(
            "docs/a.rst",
            ":pep:`8`, :rfc:`2822#section-3`, :pep:`style <8>`, :term:`Node`, :envvar:`HOME_DIR`, \
             :my.domain:setting:`x.y`, :guilabel:`OK`\n\n\
             .. envvar:: HOME_DIR\n\n   Text.\n\n.. glossary::\n\n   node\n      A machine.\n",
        )];
        assert_eq!(resolve(&mut pages, &settings(Some(URL))), []);
        assert_eq!(
            shown(&pages[0]).lines().next().unwrap(),
            "[PEP 8](https://peps.python.org/pep-0008/), \
             [RFC 2822](https://datatracker.ietf.org/doc/html/rfc2822.html#section-3), \
             [style](https://peps.python.org/pep-0008/), \
             [Node](https://docs.example.org/a.html#term-node), \
             [HOME_DIR](https://docs.example.org/a.html#envvar-HOME_DIR), x.y, OK"
        );
    }

    #[test]
    fn inventories_know_what_stands_elsewhere() {
        let mut packed =
            b"# Sphinx inventory version 2\n# Project: x\n# Version: 1\n# The remainder is zlib\n"
                .to_vec();
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder
            .write_all(b"far std:label -1 f.html#$ Far away\nos.remove py:function 1 os.html#$ -\n")
            .unwrap();
        packed.extend(encoder.finish().unwrap());
        let mut pages = [page(
            "docs/a.rst",
            ":ref:`far`, :py:func:`os.remove()`, :ref:`nowhere`\n",
        )];
        let settings = ReferenceSettings {
            inventories: vec![Inventory::read(&packed, "https://far.org").unwrap()],
            ..settings(None)
        };
        let findings = resolve(&mut pages, &settings);
        assert_eq!(
            shown(&pages[0]),
            "[Far away](https://far.org/f.html#far), [os.remove()](https://far.org/os.html#os.remove), nowhere\n"
        );
        assert_eq!(findings[0].severity, Severity::Error);
    }

    #[test]
    fn substitutions_come_from_the_page_and_from_shared_ones() {
        let mut pages = [page(
            "docs/a.rst",
            "Use |db| on |host|, |other|. Repo_\n\n.. |db| replace:: *Postgres* |v|\n.. |v| replace:: 16\n",
        )];
        let settings = ReferenceSettings {
            shared: vec![page(
                "conf.rst",
                ".. |host| replace:: node 1\n.. |v| replace:: 1\n.. _repo: https://r.org\n",
            )],
            ..settings(None)
        };
        let findings = resolve(&mut pages, &settings);
        assert_eq!(
            shown(&pages[0]),
            "Use Postgres 16 on node 1, other. [Repo](https://r.org)\n"
        );
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place.column(), 21);
    }

    #[test]
    fn markdown_links_lead_to_pages_and_headings() {
        let mut pages = [
            page(
                "docs/a.md",
                "[one](b.md#the-end), [two](#Up), [three](sub/../b.md), [four](x.png), [five](b.md#no), {ref}`lab`\n\n# Up\n\n# Up\n\n[six](#up-1) [](b.md)\n",
            ),
            page("docs/b.md", "(lab)=\n# The *end*\n"),
        ];
        let findings = resolve(&mut pages, &settings(Some(URL)));
        let at = |path: &str| format!("https://docs.example.org/{path}");
        assert_eq!(
            shown(&pages[0]),
            format!(
                "[one]({}), [two]({}), [three]({}), [four](x.png), [five](b.md#no), [The end]({})\nUp\nUp\n[six]({}) [The end]({})\n",
                at("b.html#the-end"),
                at("a.html#up"),
                at("b.html"),
                at("b.html#lab"),
                at("a.html#up-1"),
                at("b.html")
            )
        );
        assert_eq!(
            messages(&findings),
            ["docs/a.md:1:71 error no heading or anchor `b.md#no` is known; "]
        );
    }

    #[test]
    fn included_text_stands_in_its_place_with_its_own_source() {
        let files: HashMap<&str, &str> = HashMap::from([
            (
                "docs/part.txt",
                "Skipped.\n\nSTART\n\nSee :ref:`nope` and |v|.\n\n.. _inner:\n\nInner\n-----\n",
            ),
            ("docs/loop.rst", "Again\n\n.. include:: a.rst\n"),
            ("docs/run.sh", "#!/bin/sh\n  ls\n  pwd\n"),
        ]);
        let load = |path: &Path| {
            let text = files.get(path.to_str()?)?;
            Some(Arc::new(Source::new(
                path,
                *text,
                Markup::of_path(path).unwrap_or(Markup::Rst),
            )))
        };
        let mut pages = [page(
            "docs/a.rst",
            "A\n=\n\n.. |v| replace:: 2\n\n.. include:: part.txt\n   :start-after: START\n\n.. include:: loop.rst\n\n\
             .. literalinclude:: /run.sh\n   :lines: 2-\n   :dedent:\n   :language: sh\n\n.. include:: ../secret\n\n\
             .. include:: gone.rst\n\n:ref:`inner`\n",
        )];
        let roots = [PathBuf::from("docs")];
        let mut findings = include(&mut pages, &roots, &load);
        findings.extend(resolve(&mut pages, &settings(Some(URL))));
        assert_eq!(
            shown(&pages[0]),
            "A\nSee nope and 2.\nInner\nAgain\n[Inner](https://docs.example.org/a.html#inner)\n"
        );
        let code = pages[0].document.children[0].children()[3].clone();
        let BlockKind::LiteralBlock(code) = code.kind else {
            panic!("{code:?}");
        };
        assert_eq!(
            (&*code.text, code.language.as_deref()),
            ("ls\npwd", Some("sh"))
        );
        let help = "the path is relative to this file, or from `/` on to the source root";
        assert_eq!(
            messages(&findings),
            [
                format!("docs/loop.rst:3:1 error `a.rst` includes itself; {help}"),
                format!("docs/a.rst:16:1 error `../secret` lies outside the source root; {help}"),
                format!("docs/a.rst:18:1 error cannot read `gone.rst`; {help}"),
                "docs/part.txt:5:5 error no label `nope` is known; ".to_owned(),
            ]
        );
    }

    #[test]
    fn a_table_of_contents_names_files() {
        let page = page(
            "docs/index.rst",
            ".. toctree::\n   :glob:\n\n   intro\n   The end <ops/end>\n   ops/*\n   https://x.org\n   self\n\n.. include:: a.txt\n",
        );
        let known: Vec<PathBuf> = [
            "docs/ops/b.md",
            "docs/intro.rst",
            "docs/ops/end.rst",
            "docs/index.rst",
            "docs/ops/x/y.rst",
        ]
        .map(PathBuf::from)
        .to_vec();
        let roots = [PathBuf::from("docs")];
        assert_eq!(
            toctree(&page, &roots, &known),
            ["docs/intro.rst", "docs/ops/end.rst", "docs/ops/b.md"].map(PathBuf::from)
        );
        assert_eq!(included_paths(&page, &roots), [PathBuf::from("docs/a.txt")]);
    }

    #[test]
    fn an_entry_of_a_table_of_contents_names_a_document() {
        let mut pages = [
            page(
                "docs/index.rst",
                ".. toctree::\n   :glob:\n\n   intro.rst\n   old\n   gone\n   ops/*\n   The end <ops/x/end>\n   no/*\n   self\n   \
                 https://x.org\n   ../outside\n",
            ),
            page("docs/intro.rst", "Text\n"),
            page(
                "docs/ops/a.md",
                "```{toctree}\n:maxdepth: 1\nb\n/intro\n```\n",
            ),
        ];
        let old = Arc::new(Source::new("docs/old.rst", "Text\n", Markup::Rst));
        let load = |path: &Path| (path == Path::new("docs/old.rst")).then(|| Arc::clone(&old));
        let help =
            "a name is relative to this file, or from `/` on to the source root, without an ending";
        assert_eq!(
            messages(&include(&mut pages, &["docs".into()], &load)),
            [
                format!("docs/index.rst:6:4 warning there is no document `gone`; {help}"),
                format!("docs/index.rst:8:4 warning there is no document `ops/x/end`; {help}"),
                format!("docs/index.rst:9:4 warning no document is like `no/*`; {help}"),
                format!("docs/ops/a.md:3:1 warning there is no document `ops/b`; {help}"),
            ]
        );
    }

    #[test]
    fn lists_of_lists_are_tables_where_the_author_says_so() {
        let mut pages = [page(
            "docs/a.rst",
            ".. list-table:: Ports\n   :header-rows: 1\n\n   * - Name\n     - Port\n   * - web\n     - - 80\n       - 443\n\n\
             .. list-table::\n\n   * - a\n   * b\n",
        )];
        assert_eq!(resolve(&mut pages, &settings(None)), []);
        let [table, other] = &pages[0].document.children[..] else {
            panic!("two blocks are expected");
        };
        let BlockKind::Table(table) = &table.kind else {
            panic!("a table is expected");
        };
        assert_eq!(
            (plain_text(&table.title).as_str(), table.head),
            ("Ports", 1)
        );
        let cell = |cell: &Cell| pages[0].source.slice(cell.span).to_owned();
        let rows: Vec<Vec<_>> = table
            .rows
            .iter()
            .map(|row| row.iter().map(cell).collect())
            .collect();
        assert_eq!(
            rows,
            [["- Name", "- Port"], ["- web", "- - 80\n       - 443"]]
        );
        assert!(matches!(
            table.rows[1][1].children[0].kind,
            BlockKind::BulletList(_)
        ));
        assert!(matches!(other.kind, BlockKind::Directive(_)));
    }

    #[test]
    fn hyperlinks_in_eval_rst_are_those_of_restructuredtext() {
        let mut pages = [page(
            "docs/a.md",
            "```{eval-rst}\nSee `the\nnotes <https://x.org>`_ and :ref:`x`.\n\n.. _x:\n\n- *y* one_\n\n.. _one: https://one.org\n```\n",
        )];
        assert_eq!(resolve(&mut pages, &settings(Some(URL))), []);
        assert_eq!(
            shown(&pages[0]),
            "See [the notes](https://x.org) and [x](https://docs.example.org/a.html#x).\ny [one](https://one.org)\n"
        );
    }

    #[test]
    fn a_page_that_another_includes_is_a_part_of_it() {
        let pages = [
            page(
                "docs/a.rst",
                ".. include:: b.rst\n\n.. literalinclude:: code.rst\n",
            ),
            page("docs/b.rst", ".. include:: c.md\n"),
            page("docs/c.md", "```{include} d.rst\n```\n"),
            page("docs/d.rst", "Text\n"),
            page("docs/code.rst", "Text\n"),
            page("docs/ring.rst", ".. include:: round.rst\n"),
            page("docs/round.rst", ".. include:: ring.rst\n"),
        ];
        assert_eq!(
            parts(&pages, &[PathBuf::from("docs")]),
            ["docs/b.rst", "docs/c.md", "docs/d.rst"].map(PathBuf::from)
        );
    }
}
