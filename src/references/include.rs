//! Documents that others pull in: included text, included code.
//!
//! ```text
//! include  = "include" path,        options start-line end-line start-after end-before literal code
//! literal  = "literalinclude" path, options of include, and lines start-at end-at dedent language caption
//! ```
//!
//! A path is relative to the document it stands in, from `/` on to the source root, and never leads
//! out of that root.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::address::{locate, root_of};
use super::toctree;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::document::{Block, BlockKind, Directive, Included, LiteralBlock};
use crate::parse::{Page, markdown, parse};
use crate::source::{Markup, Place, Source, Span};

/// Gives the source at a path, `None` where there is none that can be read.
pub type Loader<'a> = dyn Fn(&Path) -> Option<Arc<Source>> + 'a;

/// How many documents may stand in one another.
const MAX_CHAIN: usize = 10;

/// How much text a page may include, in bytes.
const MAX_INCLUDED: usize = 32 << 20;

/// Replaces the include directives in `pages` by what they include.
///
/// Findings: a file that is not there, lies outside the source root or includes itself; then the
/// directive stays. What is found in the included text has its place there. An entry of a table of
/// contents that names no document is found here too, since only `load` knows the files that are there.
pub fn include(pages: &mut [Page], roots: &[PathBuf], load: &Loader<'_>) -> Vec<Diagnostic> {
    let mut findings = super::read_dialects(pages);
    findings.extend(toctree::dangling(pages, roots, load));
    for page in pages {
        let mut includer = Includer {
            root: root_of(page.source.path(), roots).to_owned(),
            load,
            chain: vec![page.source.path().to_owned()],
            included: 0,
            findings: Vec::new(),
        };
        includer.blocks(&mut page.document.children, &page.source);
        findings.append(&mut includer.findings);
    }
    findings
}

/// Returns the files that a page includes, as text or as code, in order; none outside the source root.
pub fn included_paths(page: &Page, roots: &[PathBuf]) -> Vec<PathBuf> {
    let found = inclusions(page, roots).into_iter();
    found.map(|(path, _)| path).collect()
}

/// Returns the paths of those pages that are a part of another: they need not be read on their own.
///
/// Of pages that include one another in a circle, none is a part.
pub fn parts(pages: &[Page], roots: &[PathBuf]) -> Vec<PathBuf> {
    let included: HashMap<&Path, Vec<PathBuf>> = pages
        .iter()
        .map(|page| {
            let found = inclusions(page, roots).into_iter();
            let texts = found.filter_map(|(path, is_text)| is_text.then_some(path));
            (page.source.path(), texts.collect())
        })
        .collect();
    let leads_to = |from: &Path, to: &Path| {
        let mut seen = HashSet::from([from]);
        let mut todo = vec![from];
        while let Some(path) = todo.pop() {
            for next in included.get(path).into_iter().flatten() {
                if next == to {
                    return true;
                }
                if seen.insert(next) {
                    todo.push(next);
                }
            }
        }
        false
    };
    let mut parts = Vec::new();
    for page in pages {
        let path = page.source.path();
        for part in included.get(path).into_iter().flatten() {
            if !parts.contains(part) && part != path && !leads_to(part, path) {
                parts.push(part.clone());
            }
        }
    }
    parts
}

/// Returns what a page includes, and whether it is text to be read as part of the page.
fn inclusions(page: &Page, roots: &[PathBuf]) -> Vec<(PathBuf, bool)> {
    let path = page.source.path();
    let root = root_of(path, roots);
    let mut found = Vec::new();
    let mut visit = |directive: &Directive| {
        if is_include(directive)
            && let Some(path) = locate(&directive.argument, path, root)
        {
            found.push((path, !is_code(directive)));
        }
    };
    if page.source.markup() == Markup::Markdown {
        let mut document = page.document.clone();
        markdown::dialect::read(&mut document, &page.source);
        walk(&document.children, &mut visit);
    } else {
        walk(&page.document.children, &mut visit);
    }
    found
}

fn walk(blocks: &[Block], visit: &mut dyn FnMut(&Directive)) {
    for block in blocks {
        if let BlockKind::Directive(directive) = &block.kind {
            visit(directive);
        }
        for child in block.children() {
            walk(std::slice::from_ref(child), visit);
        }
    }
}

fn is_include(directive: &Directive) -> bool {
    matches!(&*directive.name, "include" | "literalinclude")
}

/// Tells whether what is included is shown as it is written.
fn is_code(directive: &Directive) -> bool {
    &*directive.name == "literalinclude"
        || option(directive, "literal").is_some()
        || option(directive, "code").is_some()
}

pub(super) fn option<'a>(directive: &'a Directive, name: &str) -> Option<&'a str> {
    let mut options = directive.options.iter();
    options
        .find(|(key, _)| &**key == name)
        .map(|(_, value)| &**value)
}

struct Includer<'a> {
    root: PathBuf,
    load: &'a Loader<'a>,
    /// The documents around the one at hand, the page first.
    chain: Vec<PathBuf>,
    /// How much text the page has included.
    included: usize,
    findings: Vec<Diagnostic>,
}

impl Includer<'_> {
    fn blocks(&mut self, blocks: &mut [Block], source: &Arc<Source>) {
        for block in blocks {
            if let BlockKind::Directive(directive) = &block.kind
                && is_include(directive)
                // Files of docutils itself, `<isonum.txt>`, define nothing but symbols.
                && !directive.argument.starts_with('<')
            {
                let place = Place::new(source, block.span);
                match self.read(directive, place.clone()) {
                    Ok(kind) => block.kind = kind,
                    Err(message) => self.findings.push(
                        Diagnostic::new(Severity::Error, Code::Include, place, message).help(
                            "the path is relative to this file, or from `/` on to the source root",
                        ),
                    ),
                }
                continue;
            }
            for children in block.children_mut() {
                self.blocks(children, source);
            }
        }
    }

    /// Returns what stands for an include directive, else why nothing can.
    fn read(&mut self, directive: &Directive, place: Place) -> Result<BlockKind, String> {
        let argument = &directive.argument;
        let path = locate(argument, place.path(), &self.root)
            .ok_or_else(|| format!("`{argument}` lies outside the source root"))?;
        if self.chain.contains(&path) {
            return Err(format!("`{argument}` includes itself"));
        }
        if self.chain.len() > MAX_CHAIN {
            return Err(format!("more than {MAX_CHAIN} files include one another"));
        }
        let source = (self.load)(&path).ok_or_else(|| format!("cannot read `{argument}`"))?;
        self.included += source.text().len();
        if self.included > MAX_INCLUDED {
            return Err(format!("more than {} MB are included", MAX_INCLUDED >> 20));
        }
        let part = part(source.text(), directive);
        if is_code(directive) {
            return Ok(literal(source.text(), &part, directive));
        }
        let markup = match path.extension().and_then(|ending| ending.to_str()) {
            Some("rst" | "rest") => Markup::Rst,
            Some("md" | "markdown") => Markup::Markdown,
            _ => place.source.markup(),
        };
        Ok(self.document(&path, &source, markup, &part))
    }

    fn document(
        &mut self,
        path: &Path,
        source: &Arc<Source>,
        markup: Markup,
        part: &[Span],
    ) -> BlockKind {
        let text = masked(source.text(), part);
        let source = match text {
            None if source.markup() == markup => Arc::clone(source),
            _ => Arc::new(Source::new(path, source.text(), markup)),
        };
        let read = match text {
            None => Arc::clone(&source),
            Some(text) => Arc::new(Source::new(path, text, markup)),
        };
        let mut parsed = parse(&read);
        if markup == Markup::Markdown {
            let more = markdown::dialect::read(&mut parsed.value, &read);
            parsed.diagnostics.extend(more);
        }
        for mut finding in parsed.diagnostics {
            finding.place.source = Arc::clone(&source);
            self.findings.push(finding);
        }
        self.chain.push(path.to_owned());
        self.blocks(&mut parsed.value.children, &source);
        self.chain.pop();
        BlockKind::Included(Box::new(Included {
            source,
            document: parsed.value,
        }))
    }
}

/// Returns the lines of `text` that a directive's options choose, in order.
fn part(text: &str, directive: &Directive) -> Vec<Span> {
    let mut lines = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        lines.push(Span::new(at, at + line.len()));
        at += line.len();
    }
    if let Some(wanted) = option(directive, "lines")
        && &*directive.name == "literalinclude"
    {
        return wanted
            .split(',')
            .flat_map(|range| chosen(range.trim(), &lines))
            .collect();
    }
    let index = |name: &str| {
        let wanted: i64 = option(directive, name)?.trim().parse().ok()?;
        let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let index = if wanted < 0 { count + wanted } else { wanted };
        usize::try_from(index.clamp(0, count)).ok()
    };
    let start = index("start-line").unwrap_or(0);
    let end = index("end-line").unwrap_or(lines.len()).max(start);
    let mut span = match lines[start..end] {
        [] => Span::new(text.len(), text.len()),
        [first, .., last] => first.join(last),
        [only] => only,
    };
    let find = |name: &str, span: Span| {
        let wanted = option(directive, name).filter(|words| !words.is_empty())?;
        let at = text[span.range()].find(wanted)?;
        Some((span.start as usize + at, wanted.len()))
    };
    let line_of = |at: usize| lines[lines.partition_point(|line| line.end as usize <= at)];
    if let Some((at, length)) = find("start-after", span) {
        // Code starts with the line behind the words, text right behind them.
        let is_code = &*directive.name == "literalinclude";
        let start = if is_code {
            line_of(at).end as usize
        } else {
            at + length
        };
        span = Span::new(start, span.end as usize);
    } else if let Some((at, _)) = find("start-at", span) {
        span = Span::new(line_of(at).start as usize, span.end as usize);
    }
    if let Some((at, _)) = find("end-before", span) {
        let is_code = &*directive.name == "literalinclude";
        let end = if is_code {
            line_of(at).start as usize
        } else {
            at
        };
        span = Span::new(span.start as usize, end.max(span.start as usize));
    } else if let Some((at, _)) = find("end-at", span) {
        span = Span::new(span.start as usize, line_of(at).end as usize);
    }
    vec![span]
}

/// Returns the lines of `3`, `3-5`, `-5` or `3-`.
fn chosen(range: &str, lines: &[Span]) -> Vec<Span> {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let first: usize = first.parse().unwrap_or(1).max(1);
    let last: usize = last.parse().unwrap_or(lines.len()).min(lines.len());
    lines
        .get(first - 1..last)
        .map_or_else(Vec::new, <[Span]>::to_vec)
}

/// Returns `text` with all but `part` as blanks, so that offsets stay; `None` where `part` is all of it.
fn masked(text: &str, part: &[Span]) -> Option<String> {
    let [kept] = part else {
        return Some(String::new());
    };
    if kept.range() == (0..text.len()) {
        return None;
    }
    let blank = |text: &str| -> String {
        text.bytes()
            .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
            .collect()
    };
    let (before, rest) = text.split_at(kept.start as usize);
    let (inside, after) = rest.split_at(kept.range().len());
    Some(format!("{}{inside}{}", blank(before), blank(after)))
}

/// Returns `part` of `text` as code.
fn literal(text: &str, part: &[Span], directive: &Directive) -> BlockKind {
    let mut code = String::new();
    for span in part {
        code.push_str(&text[span.range()]);
    }
    let mut code = code.replace("\r\n", "\n");
    code.truncate(code.trim_end_matches('\n').len());
    if let Some(width) = option(directive, "dedent") {
        let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let filled = code.lines().filter(|line| !line.trim().is_empty());
        let least = filled.map(indent).min().unwrap_or(0);
        let width = width.trim().parse().unwrap_or(least).min(least);
        let lines = code
            .lines()
            .map(|line| line.get(width..).unwrap_or_default());
        code = lines.collect::<Vec<_>>().join("\n");
    }
    let filled = |name: &str| option(directive, name).filter(|value| !value.is_empty());
    BlockKind::LiteralBlock(Box::new(LiteralBlock {
        text: code,
        language: filled("language").or(filled("code")).map(Into::into),
        caption: filled("caption").map(Into::into),
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn directive(name: &str, options: &[(String, String)]) -> Directive {
        Directive {
            name: name.into(),
            argument: "a.txt".into(),
            options: options
                .iter()
                .map(|(key, value)| (key.as_str().into(), value.as_str().into()))
                .collect(),
            children: Vec::new(),
            content: None,
        }
    }

    fn chosen_text(text: &str, name: &str, options: &[(&str, &str)]) -> String {
        let options: Vec<_> = options
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let spans = part(text, &directive(name, &options));
        spans.iter().map(|span| &text[span.range()]).collect()
    }

    #[test]
    fn options_choose_a_part() {
        let text = "one\ntwo\nthree\nfour\n";
        let include = |options: &[_]| chosen_text(text, "include", options);
        let code = |options: &[_]| chosen_text(text, "literalinclude", options);
        assert_eq!(
            include(&[("start-line", "1"), ("end-line", "-1")]),
            "two\nthree\n"
        );
        assert_eq!(
            include(&[("start-after", "tw"), ("end-before", "four")]),
            "o\nthree\n"
        );
        assert_eq!(
            code(&[("start-after", "tw"), ("end-before", "our")]),
            "three\n"
        );
        assert_eq!(
            code(&[("start-at", "tw"), ("end-at", "hre")]),
            "two\nthree\n"
        );
        assert_eq!(code(&[("lines", "4, -2,9-")]), "four\none\ntwo\n");
        assert_eq!(include(&[("start-after", "absent")]), text);
    }

    #[test]
    fn what_is_left_out_keeps_its_place() {
        let text = "é1\nb\nc\n";
        let kept = [Span::new(4, 6)];
        assert_eq!(masked(text, &kept).as_deref(), Some("   \nb\n \n"));
        assert_eq!(masked(text, &[Span::new(0, text.len())]), None);
    }

    proptest! {
        #[test]
        fn any_options_choose_bytes_of_the_text(
            text in "[aé \n]{0,12}",
            name in prop::sample::select(vec!["include", "literalinclude"]),
            options in prop::collection::vec((
                prop::sample::select(vec![
                    "start-line", "end-line", "start-after", "start-at", "end-before", "end-at", "lines", "dedent",
                ]).prop_map(str::to_owned),
                "(-?[0-9]{1,3}|[aé]?|[0-9,-]{0,5})",
            ), 0..4),
        ) {
            let directive = directive(name, &options);
            let spans = part(&text, &directive);
            for span in &spans {
                prop_assert!(text.get(span.range()).is_some());
            }
            if let Some(masked) = masked(&text, &spans) {
                prop_assert!(masked.is_empty() || masked.len() == text.len());
            }
            literal(&text, &spans, &directive);
        }
    }
}
