//! Code blocks of a page that hold templates: found, replaced, added, each by a splice of the page's bytes.

use std::ops::Range;

use crate::document::{Block, BlockKind, plain_text};
use crate::drift::{Known, Template, TemplateBlock, templates_in};
use crate::extract::speaks_of_templates;
use crate::generate::seal::{self, Seal, Syntax};
use crate::generate::title::{TitleStyle, sections};
use crate::generate::{Output, Permission, Plan, Status, Wanted, WantedPart, Write, status};
use crate::parse::Page;
use crate::procedure::Procedure;
use crate::source::{Markup, Place, Span};

/// The title that the sections get where a page has none for templates yet.
const TEMPLATES_TITLE: &str = "Issue templates";

/// The blanks before the lines of a new block in reStructuredText.
const MARGIN: &str = "   ";

/// A template of the page with its block.
struct Present {
    template: Template,
    block: TemplateBlock,
    seal: Option<Seal>,
}

/// Bytes of the page and what takes their place.
struct Splice {
    range: Range<usize>,
    text: String,
}

/// Adds to `plan` what is to be done to the blocks of `page`.
pub(super) fn plan(
    plan: &mut Plan,
    page: &Page,
    all: &[&Wanted],
    known: &Known<'_>,
    permission: Permission,
) {
    let present: Vec<Present> = templates_in(page)
        .into_iter()
        .filter_map(|mut template| {
            let block = template.block.take()?;
            let seal = seal::read(&block.content, Syntax::Markdown);
            Some(Present {
                template,
                block,
                seal,
            })
        })
        .collect();
    let homes = homes(all, &present, known);
    let mut splices = Vec::new();
    for (at, wanted) in all.iter().enumerate() {
        let content = content(wanted);
        match homes[at] {
            Some(home) => {
                let there = &present[home];
                let status = status(&there.block.content, &content, there.seal.clone());
                if status.is_to_be_written(permission) {
                    splices.push(replace(page, &there.block, &content));
                }
                plan.outputs
                    .push(output(wanted, status, Some(there), content, page));
            }
            None => {
                let adding = Adding {
                    page,
                    wanted: all,
                    at,
                    homes: &homes,
                    present: &present,
                    procedures: known.procedures(),
                };
                splices.push(adding.splice(&content));
                plan.outputs
                    .push(output(wanted, Status::Missing, None, content, page));
            }
        }
    }
    for (index, orphan) in present.iter().enumerate() {
        if orphan.seal.is_none() || homes.contains(&Some(index)) {
            continue;
        }
        let output = Output {
            place: orphan.template.place.clone(),
            title: Some(orphan.template.title.clone()),
            procedure: None,
            status: Status::Orphan,
            old: orphan.block.content.clone(),
            new: String::new(),
        };
        if output.is_deleted(permission) {
            splices.push(delete(page, &orphan.block));
        }
        plan.outputs.push(output);
    }
    if !splices.is_empty() {
        let old = page.source.text();
        plan.writes.push(Write {
            path: all[0].path.clone(),
            old: Some(old.to_owned()),
            new: Some(spliced(old, splices)),
        });
    }
}

fn content(wanted: &Wanted) -> String {
    let sealed = seal::seal(wanted.text.trim_end(), Syntax::Markdown, &wanted.name);
    let lines: Vec<&str> = sealed.lines().map(str::trim_end).collect();
    lines.join("\n")
}

fn output(
    wanted: &Wanted,
    status: Status,
    there: Option<&Present>,
    new: String,
    page: &Page,
) -> Output {
    let title = match &wanted.part {
        WantedPart::Section(title) => Some(title.clone()),
        WantedPart::File(_) => None,
    };
    let end = page.source.text().trim_end().len();
    Output {
        place: there.map_or_else(
            || Place::new(&page.source, Span::new(end, end)),
            |there| there.template.place.clone(),
        ),
        title,
        procedure: Some(wanted.procedure.clone()),
        status,
        old: there.map_or_else(String::new, |there| there.block.content.clone()),
        new,
    }
}

/// Returns for each of `wanted` which block is its own: by what the block says of itself, by its title, by
/// what it holds.
fn homes(wanted: &[&Wanted], present: &[Present], known: &Known<'_>) -> Vec<Option<usize>> {
    let mut homes: Vec<Option<usize>> = vec![None; wanted.len()];
    let mut claim = |fits: &dyn Fn(&Wanted, &Present) -> bool| {
        for at in 0..wanted.len() {
            if homes[at].is_none() {
                let free = (0..present.len()).find(|index| {
                    !homes.contains(&Some(*index)) && fits(wanted[at], &present[*index])
                });
                homes[at] = free;
            }
        }
    };
    claim(&|wanted, there| {
        there
            .seal
            .as_ref()
            .is_some_and(|seal| seal.name == wanted.name)
    });
    let is_free = |there: &Present| {
        there
            .seal
            .as_ref()
            .is_none_or(|seal| wanted.iter().all(|wanted| wanted.name != seal.name))
    };
    claim(&|wanted, there| {
        let title = match &wanted.part {
            WantedPart::Section(title) => title.as_str(),
            WantedPart::File(_) => "",
        };
        is_free(there) && there.template.title.eq_ignore_ascii_case(title)
    });
    claim(&|wanted, there| {
        there.seal.is_none()
            && known.part_of(&there.template).is_none()
            && known
                .procedure_of(&there.template)
                .is_some_and(|at| known.procedures()[at].identity() == wanted.name)
    });
    homes
}

/// Returns the content as lines of a page: behind `margin`, with the page's line ends.
fn as_lines(page: &Page, content: &str, margin: &str) -> String {
    let lines: Vec<String> = content
        .split('\n')
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("{margin}{line}")
            }
        })
        .collect();
    lines.join(line_end(page))
}

fn line_end(page: &Page) -> &'static str {
    if super::has_crlf(page.source.text()) {
        "\r\n"
    } else {
        "\n"
    }
}

/// Returns the splice that puts `content` into a block.
fn replace(page: &Page, block: &TemplateBlock, content: &str) -> Splice {
    let text = page.source.text();
    let range = block.text.range();
    let lines = as_lines(page, content, block.text.margin());
    let opening = page.source.slice(block.span);
    let fence = fence_of(opening);
    let needed = longest_fence(content, fence.chars().next().unwrap_or('`')) + 1;
    if page.source.markup() == Markup::Rst || fence.is_empty() || fence.len() >= needed {
        return Splice { range, text: lines };
    }
    // A fence inside would end the block: the ones around it get longer.
    let longer = fence
        .repeat(needed)
        .get(..needed)
        .unwrap_or_default()
        .to_owned();
    let span = block.span.range();
    let between = &text[span.start + fence.len()..range.start];
    let closing = text[range.end..span.end].replace(fence, &longer);
    Splice {
        range: span,
        text: format!("{longer}{between}{lines}{closing}"),
    }
}

/// Returns the fence that a block starts with, empty where it starts with none.
fn fence_of(block: &str) -> &str {
    let c = block.chars().next().filter(|c| matches!(c, '`' | '~'));
    let length = c.map_or(0, |c| block.chars().take_while(|next| *next == c).count());
    &block[..length]
}

/// Returns the length of the longest run of `c` that starts a line of `content`, at least 2.
fn longest_fence(content: &str, c: char) -> usize {
    content
        .lines()
        .map(|line| {
            line.trim_start()
                .chars()
                .take_while(|next| *next == c)
                .count()
        })
        .max()
        .map_or(2, |longest| longest.max(2))
}

/// A section that is not there yet, with all that says where it belongs.
struct Adding<'a> {
    page: &'a Page,
    /// All outputs of the page; the one that is added stands at `at`.
    wanted: &'a [&'a Wanted],
    at: usize,
    homes: &'a [Option<usize>],
    present: &'a [Present],
    procedures: &'a [Procedure],
}

impl Adding<'_> {
    /// Returns the splice that adds a section with a block of its own.
    ///
    /// It comes behind the template of the procedure before it, else before that of the one behind it; where those
    /// stand in their procedures' own sections, into that of its procedure. Without any it comes into the section
    /// for templates, which is added where the page has none.
    fn splice(&self, content: &str) -> Splice {
        let before = (0..self.at).rev().find(|at| self.homes[*at].is_some());
        let behind = (self.at + 1..self.homes.len()).find(|at| self.homes[*at].is_some());
        match (before, behind) {
            (Some(at), _) | (None, Some(at)) => self
                .within_procedure(at, content)
                .unwrap_or_else(|| self.beside(at, content)),
            (None, None) => self.among_templates(content),
        }
    }

    /// Returns the block of the output `at`, which has one.
    fn block(&self, at: usize) -> Option<&TemplateBlock> {
        Some(&self.present[self.homes[at]?].block)
    }

    /// Returns the splice into the procedure's own section, where the output `sibling` stands in such a one.
    fn within_procedure(&self, sibling: usize, content: &str) -> Option<Splice> {
        let own = &self.wanted[self.at].procedure;
        let of_sibling = &self.wanted[sibling].procedure;
        let block = self.block(sibling)?;
        let is_within = own.source == self.page.source
            && of_sibling.source == self.page.source
            && of_sibling.span.holds(block.span);
        if !is_within {
            return None;
        }
        let around = sections(self.page)
            .into_iter()
            .filter(|(section, _)| section.span.holds(block.span))
            .min_by_key(|(section, _)| section.span.range().len())
            .map(|(section, _)| section)?;
        let BlockKind::Section(section) = &around.kind else {
            return None;
        };
        let style = TitleStyle::of(&self.page.source, around)?;
        let section = new_section(self.page, &plain_text(&section.title), &style, content);
        Some(insert_behind(self.page, own.span.range().end, &section))
    }

    /// Returns the splice behind the block of the output `sibling`, before it where that one is of a later procedure.
    fn beside(&self, sibling: usize, content: &str) -> Splice {
        let page = self.page;
        let own_section = |block: &TemplateBlock| {
            let span = block.section?;
            sections(page)
                .into_iter()
                .map(|(section, _)| section)
                .find(|it| it.span == span)
        };
        let style = self
            .present
            .iter()
            .find_map(|there| TitleStyle::of(&page.source, own_section(&there.block)?))
            .unwrap_or_else(|| {
                let level = sections(page).into_iter().map(|(_, level)| level).max();
                TitleStyle::of_level(page, level.unwrap_or(0).saturating_add(1), None)
            });
        let section = new_section(page, &self.title(), &style, content);
        let range = self.block(sibling).map_or(0..0, |block| whole(page, block));
        if sibling < self.at {
            return insert_behind(page, range.end, &section);
        }
        Splice {
            range: range.start..range.start,
            text: format!("{section}{0}{0}", line_end(page)),
        }
    }

    /// Returns the splice into the section for templates, with that section where there is none.
    fn among_templates(&self, content: &str) -> Splice {
        let page = self.page;
        let text = page.source.text();
        let is_home = |section: &Block| match &section.kind {
            // Without a template in it, a section of just that name may be about anything.
            BlockKind::Section(section) => {
                let title = plain_text(&section.title);
                speaks_of_templates(&title) && title.contains(char::is_whitespace)
            }
            _ => false,
        };
        let home = sections(page)
            .into_iter()
            .find(|(section, _)| is_home(section));
        if let Some((home, level)) = home {
            let style = TitleStyle::of_level(page, level.saturating_add(1), None);
            let section = new_section(page, &self.title(), &style, content);
            return insert_behind(page, home.span.range().end.min(text.len()), &section);
        }
        let level = level_of_procedures(page, self.procedures);
        let above = TitleStyle::of_level(page, level, None);
        let style = TitleStyle::of_level(page, level.saturating_add(1), Some(&above));
        let mut section = new_section(page, &self.title(), &style, content);
        // The first of several outputs adds the section for all of them; the others come behind it.
        if self.at == 0 {
            let heading = with_line_ends(page, &above.write(TEMPLATES_TITLE));
            section = format!("{heading}{0}{0}{section}", line_end(page));
        }
        insert_behind(page, text.trim_end().len(), &section)
    }

    fn title(&self) -> String {
        new_title(self.page, self.wanted[self.at])
    }
}

/// Returns the title of a section that is added.
///
/// In reStructuredText a title is a name as well: where the page refers to the procedure by its title, a
/// second one of that name would break the reference.
fn new_title(page: &Page, wanted: &Wanted) -> String {
    let WantedPart::Section(title) = &wanted.part else {
        return String::new();
    };
    let text = page.source.text();
    let is_name = text.contains(&format!("`{title}`_")) || text.contains(&format!("<{title}_>"));
    if page.source.markup() == Markup::Rst && is_name {
        format!("{title} (template)")
    } else {
        title.clone()
    }
}

/// Returns the level of the sections that are the page's procedures; under the title where a page is one.
fn level_of_procedures(page: &Page, procedures: &[Procedure]) -> u8 {
    let is_procedure = |section: &Block| {
        procedures.iter().any(|procedure| {
            procedure.place.source == page.source
                && procedure.place.span.start == section.span.start
        })
    };
    let levels = sections(page)
        .into_iter()
        .filter(|(section, _)| is_procedure(section));
    let outermost = levels.map(|(_, level)| level).min().unwrap_or(1);
    let titles = sections(page)
        .iter()
        .filter(|(_, level)| *level == 1)
        .count();
    if outermost == 1 && titles == 1 {
        2
    } else {
        outermost
    }
}

fn with_line_ends(page: &Page, text: &str) -> String {
    text.replace('\n', line_end(page))
}

fn new_section(page: &Page, title: &str, style: &TitleStyle, content: &str) -> String {
    let title = with_line_ends(page, &style.write(title));
    let end = line_end(page);
    match page.source.markup() {
        Markup::Rst => {
            let lines = as_lines(page, content, MARGIN);
            format!("{title}{end}{end}.. code-block:: markdown{end}{end}{lines}")
        }
        Markup::Markdown => {
            let fence = "`".repeat(longest_fence(content, '`') + 1);
            let lines = as_lines(page, content, "");
            format!("{title}{end}{end}{fence}markdown{end}{lines}{end}{fence}")
        }
    }
}

/// Returns the splice that puts `section` behind the text that ends at `end`, blank lines around it.
fn insert_behind(page: &Page, end: usize, section: &str) -> Splice {
    let text = page.source.text();
    let end = text[..end].trim_end().len();
    let newline = line_end(page);
    let last = if text[end..].trim().is_empty() && !text[end..].contains('\n') {
        newline
    } else {
        ""
    };
    Splice {
        range: end..end,
        text: format!("{newline}{newline}{section}{last}"),
    }
}

/// Returns the bytes of a block, with its section's title where that section holds nothing else.
fn whole(page: &Page, block: &TemplateBlock) -> Range<usize> {
    let text = page.source.text();
    let own = block.section.filter(|section| {
        let range = section.range();
        // Another block in the same section has a claim to the title.
        text[block.span.range().end..range.end].trim().is_empty()
    });
    match own {
        Some(section) => section.range().start..block.span.range().end,
        None => block.span.range(),
    }
}

/// Returns the splice that takes a block away, with the blank lines behind it, before it at the page's end.
fn delete(page: &Page, block: &TemplateBlock) -> Splice {
    let text = page.source.text();
    let mut range = whole(page, block);
    let rest = &text[range.end..];
    if rest.trim().is_empty() {
        range.start = text[..range.start].trim_end().len();
    } else {
        range.end += rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    }
    Splice {
        range,
        text: String::new(),
    }
}

/// Returns `text` with the splices made, those at one place in their order.
fn spliced(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| splice.range.start);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for splice in splices {
        out.push_str(&text[at..splice.range.start.max(at)]);
        out.push_str(&splice.text);
        at = splice.range.end.max(at);
    }
    out.push_str(&text[at..]);
    out
}
