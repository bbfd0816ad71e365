//! Faults of documents that make a procedure hard to follow: jumping numbers, steps without words, labels
//! given twice.

use std::collections::HashMap;
use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::document::{Block, BlockKind, EnumeratedList, fold_whitespace};
use crate::parse::Page;
use crate::procedure::Procedure;
use crate::source::{Markup, Place, Span};

/// Returns the faults of `pages`, in the order of the pages and of the text.
///
/// Lists are looked at within `procedures` only; elsewhere their numbers are the author's own business.
pub fn lint(pages: &[Page], procedures: &[Procedure]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut places: HashMap<&Path, Vec<Span>> = HashMap::new();
    for procedure in procedures {
        let of_page = places.entry(procedure.place.path()).or_default();
        of_page.push(procedure.place.span);
    }
    for page in pages {
        let places = places.get(page.source.path());
        let mut faults = Lists {
            page,
            places: places.map_or(&[], Vec::as_slice),
            findings: Vec::new(),
        };
        faults.look(&page.document.children.iter().collect::<Vec<_>>());
        findings.extend(faults.findings);
    }
    findings.extend(duplicate_labels(pages));
    findings
}

/// Looks at the lists of a page.
struct Lists<'a> {
    page: &'a Page,
    places: &'a [Span],
    findings: Vec<Diagnostic>,
}

impl Lists<'_> {
    fn look(&mut self, blocks: &[&Block]) {
        let mut last: Option<u32> = None;
        for block in blocks {
            match &block.kind {
                BlockKind::EnumeratedList(list) if self.is_in_procedure(block) => {
                    last = Some(self.numbers(block, list, last));
                }
                BlockKind::Paragraph(_) if self.is_in_procedure(block) => self.lost_items(block),
                BlockKind::ListItem(item)
                    if item.children.is_empty() && self.is_in_procedure(block) =>
                {
                    let message = "this step has no text".to_owned();
                    let help = "write what is to be done, or take the item out";
                    self.add(Code::EmptyStep, block.span, message, help);
                }
                _ => {}
            }
            self.look(&block.children());
        }
    }

    fn is_in_procedure(&self, block: &Block) -> bool {
        self.places.iter().any(|place| place.holds(block.span))
    }

    /// Returns the last number of a list; a finding where one does not follow the one before.
    fn numbers(&mut self, block: &Block, list: &EnumeratedList, last: Option<u32>) -> u32 {
        let count = u32::try_from(list.items.len()).unwrap_or(u32::MAX);
        let end = list.start.saturating_add(count).saturating_sub(1);
        // docutils ends a list where its numbers jump; the rest is a list of its own.
        if let Some(last) = last
            && list.start != 1
            && list.start != last.saturating_add(1)
        {
            self.gap(block.span, last, list.start);
        }
        if self.page.source.markup() == Markup::Rst {
            return end;
        }
        // Markdown takes only the first number of a list; what people read are all of them. Who writes one number
        // throughout leaves the counting to the reader's program.
        let is_lazy = list
            .items
            .get(1)
            .is_some_and(|item| self.number(item) == Some(list.start));
        let mut before = list.start;
        for item in list.items.iter().skip(1) {
            let Some(number) = self.number(item) else {
                return end;
            };
            let follows = number == before.saturating_add(1) || is_lazy && number == before;
            if !follows {
                self.gap(item.span, before, number);
            }
            before = number;
        }
        before.max(end)
    }

    /// Looks for items that are no items: docutils reads a line as running text where the next one, right
    /// below it, does not go on with the next number.
    fn lost_items(&mut self, block: &Block) {
        if self.page.source.markup() == Markup::Markdown {
            return;
        }
        let mut before = None;
        let mut at = block.span.range().start;
        let text = self.page.source.slice(block.span).to_owned();
        for line in text.split_inclusive('\n') {
            let number = number_of(line);
            if let (Some(before), Some(number)) = (before, number)
                && number != before + 1
            {
                self.gap(Span::new(at, at + line.trim_end().len()), before, number);
            }
            before = number.or(before);
            at += line.len();
        }
    }

    /// Returns the number that an item is written with.
    fn number(&self, item: &Block) -> Option<u32> {
        number_of(self.page.source.slice(item.span))
    }

    fn gap(&mut self, span: Span, last: u32, next: u32) {
        let message = format!("the number {next} follows {last}");
        let help = "a step may have been lost here; else number the list anew";
        self.add(Code::NumberingGap, span, message, help);
    }

    fn add(&mut self, code: Code, span: Span, message: String, help: &str) {
        let place = Place::new(&self.page.source, span).first_line();
        self.findings
            .push(Diagnostic::new(Severity::Error, code, place, message).help(help));
    }
}

/// Returns the number that a line starts with as an item of a list does.
fn number_of(line: &str) -> Option<u32> {
    let line = line.trim_start();
    let digits = line.find(|c: char| !c.is_ascii_digit())?;
    let is_item = line[digits..].starts_with(". ") || line[digits..].starts_with(") ");
    // A year at a line's start is no ordinal.
    line[..digits]
        .parse()
        .ok()
        .filter(|_| is_item && digits < 4)
}

/// Returns a finding for each label that an earlier place has already.
///
/// Labels are one name space over all pages, as Sphinx has it; case does not count.
fn duplicate_labels(pages: &[Page]) -> Vec<Diagnostic> {
    let mut first: HashMap<String, Place> = HashMap::new();
    let mut findings = Vec::new();
    for page in pages {
        for anchor in &page.document.anchors {
            let place = Place::new(&page.source, anchor.span).first_line();
            let is_html = page.source.slice(anchor.span).trim_start().starts_with('<');
            // An HTML anchor is a name in its own page only.
            let scope = if is_html {
                page.source.path().to_string_lossy()
            } else {
                "".into()
            };
            let name = fold_whitespace(&anchor.name).to_lowercase();
            let key = format!("{scope}\n{name}");
            if let Some(other) = first.get(&key) {
                let message = format!("the label `{}` is given twice", anchor.name);
                findings.push(
                    Diagnostic::new(Severity::Error, Code::DuplicateLabel, place, message)
                        .label(other.clone(), "the first place of that name")
                        .help("a reference leads to one of them only: give one another name"),
                );
            } else {
                first.insert(key, place);
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::extract::{Overrides, extract};
    use crate::parse::parse;
    use crate::source::Source;

    fn faults(path: &str, text: &str) -> Vec<String> {
        let markup = Markup::of_path(path.as_ref()).unwrap();
        let source = Arc::new(Source::new(path, text, markup));
        let document = parse(&source).value;
        let pages = [Page { source, document }];
        let procedures = extract(&pages, &Overrides::default()).value;
        lint(&pages, &procedures)
            .iter()
            .map(|finding| format!("{}: {}", finding.place.line(), finding.message))
            .collect()
    }

    #[test]
    fn jumping_numbers_are_found_and_continued_ones_are_not() {
        let text = "Restart\n=======\n\n1. Stop the node.\n2. Clean the disk.\n\n.. code-block:: sh\n\n   clean\n\n3. Start the node.\n5. Check the log.\n";
        assert_eq!(faults("a.rst", text), ["12: the number 5 follows 3"]);
        let text = "# Restart\n\n1. Stop the node.\n1. Clean the disk.\n1. Start the node.\n\nThen:\n\n1. Check the log.\n2. Check the disk.\n4. Tell the users.\n";
        assert_eq!(faults("a.md", text), ["11: the number 4 follows 2"]);
        let text = "# Restart\n\n1. Stop the node.\n2. Clean the disk.\n2. Start the node.\n3. Check it.\n";
        assert_eq!(faults("a.md", text), ["5: the number 2 follows 2"]);
    }

    #[test]
    fn steps_without_words_are_found() {
        let text = "# Restart\n\n- [ ] Stop the node.\n-\n- [ ] Start the node.\n";
        assert_eq!(faults("a.md", text), ["4: this step has no text"]);
    }

    #[test]
    fn labels_given_twice_are_found() {
        let text = ".. _Top:\n\nTop\n===\n\nText.\n\n.. _top:\n\nSub\n---\n\nText.\n";
        assert_eq!(faults("a.rst", text), ["8: the label `top` is given twice"]);
    }
}
