//! Chooses among what a procedure has for several sites, systems or the like.
//!
//! A procedure may say different things for each value of an axis: in references (`Summit`, `Tucson`), in tabs, in
//! `only` blocks, in sections that end with its name (`Pointing: Summit`), on pages of its own. Choosing a value keeps
//! what is for it and what is for everybody.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::Glob;
use serde::Deserialize;

use crate::diagnostic::{Code, Diagnostic, Parsed, Severity};
use crate::document::{Block, BlockKind, Inline, InlineKind, ReferenceTarget, plain_text};
use crate::procedure::{Origin, Part, Phase, Procedure, Step};
use crate::run::Variant;
use crate::source::Place;

mod text;

/// The axes on which procedures differ, by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Axes(pub BTreeMap<String, BTreeMap<String, Value>>);

/// One value of an axis.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Value {
    /// Patterns of the targets that references to its own places have.
    pub refs: Vec<String>,
    /// Patterns of the pages that are for it alone.
    pub pages: Vec<String>,
    /// What people call it, as in the titles of tabs.
    pub title: Option<String>,
}

/// Returns `procedure` with what is for `variant`, and says what was left out.
///
/// A step for other values only is left out. A step that has content for other values and none for the chosen
/// one is kept and reported.
pub fn choose(procedure: &Procedure, axes: &Axes, variant: &Variant) -> Parsed<Procedure> {
    let mut chooser = Chooser {
        axes,
        variant,
        page: procedure.place.path().to_owned(),
        title: plain_text(&procedure.title),
        diagnostics: Vec::new(),
        references: 0,
        commands: 0,
    };
    let mut chosen = procedure.clone();
    text::choose(&mut chosen.title, &mut |inline| chooser.fate(inline));
    chosen.summary.retain_mut(|block| chooser.block(block));
    for precondition in &mut chosen.preconditions {
        chooser.text(&mut precondition.text);
    }
    let phases = std::mem::take(&mut chosen.phases);
    chosen.phases = chooser.phases(phases);
    if !is_for(procedure.place.path(), axes, variant) {
        let message = format!("this page is for other values than `{variant}`");
        let finding = Diagnostic::new(
            Severity::Warning,
            Code::NoVariantContent,
            procedure.place.clone(),
            message,
        );
        chooser
            .diagnostics
            .push(finding.help("choose the procedure of the page for this value"));
    }
    if chooser.references + chooser.commands > 0 {
        let message = format!(
            "left out what is not for `{variant}`: references {}, commands and tabs {}",
            chooser.references, chooser.commands
        );
        chooser.diagnostics.push(Diagnostic::new(
            Severity::Note,
            Code::LeftOut,
            procedure.place.clone(),
            message,
        ));
    }
    Parsed {
        value: chosen,
        diagnostics: chooser.diagnostics,
    }
}

/// Tells whether a page is for the chosen values: one for others only is not.
pub fn is_for(page: &Path, axes: &Axes, variant: &Variant) -> bool {
    judge(axes, variant, |_, value| holds_page(value, page)) != Fate::Other
}

/// Whom a piece of a procedure is for, seen from the chosen values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// For everybody.
    Common,
    /// For a chosen value.
    Chosen,
    /// For other values only.
    Other,
}

impl Fate {
    /// Returns the fate of what both are said of: one for others is enough, then one for the chosen.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Other, _) | (_, Self::Other) => Self::Other,
            (Self::Chosen, _) | (_, Self::Chosen) => Self::Chosen,
            _ => Self::Common,
        }
    }
}

struct Chooser<'a> {
    axes: &'a Axes,
    variant: &'a Variant,
    /// The procedure's own page.
    page: PathBuf,
    /// The procedure's title, which may stand over a phase again.
    title: String,
    diagnostics: Vec<Diagnostic>,
    references: usize,
    commands: usize,
}

/// What was found for the chosen values, and for others.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    chosen: bool,
    other: bool,
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.chosen |= other.chosen;
        self.other |= other.other;
    }
}

impl Chooser<'_> {
    /// Returns the phases that are for the chosen values; what names a phase by its place names it by the new one.
    fn phases(&mut self, phases: Vec<Phase>) -> Vec<Phase> {
        let mut kept = Vec::new();
        let mut moved = Vec::new();
        for mut phase in phases {
            let title = plain_text(&phase.title);
            if self.section_fate(&title, &phase.place) == Fate::Other {
                self.leave_out(&title, phase.place);
                moved.push(None);
                continue;
            }
            moved.push(Some(kept.len()));
            self.text(&mut phase.title);
            let parts = std::mem::take(&mut phase.parts);
            phase.parts = self.parts(parts).0;
            kept.push(phase);
        }
        if moved.contains(&None) {
            for phase in &mut kept {
                phase.follow(&moved);
            }
        }
        kept
    }

    /// Says that a section or step is left out.
    fn leave_out(&mut self, text: &str, place: Place) {
        let message = format!("left out, as it is not for `{}`: {text}", self.variant);
        self.diagnostics.push(Diagnostic::new(
            Severity::Note,
            Code::LeftOut,
            place,
            message,
        ));
    }

    /// Returns the parts that are for the chosen values.
    fn parts(&mut self, parts: Vec<Part>) -> (Vec<Part>, Seen) {
        let mut seen = Seen::default();
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Part::Step(step) => match self.step_fate(&step) {
                    Fate::Other => {
                        seen.other = true;
                        self.leave_out(&step.plain_text(), step.place);
                    }
                    fate => {
                        seen.chosen |= fate == Fate::Chosen;
                        let (step, inner) = self.step(step);
                        seen.add(inner);
                        kept.push(Part::Step(step));
                    }
                },
                Part::Command(command) => match command
                    .caption
                    .as_deref()
                    .map_or(Fate::Common, |title| self.title_fate(title))
                {
                    Fate::Other => {
                        seen.other = true;
                        self.commands += 1;
                    }
                    fate => {
                        seen.chosen |= fate == Fate::Chosen;
                        kept.push(Part::Command(command));
                    }
                },
                Part::Block(mut block) => {
                    if self.block(&mut block) {
                        kept.push(Part::Block(block));
                    } else {
                        seen.other = true;
                    }
                }
            }
        }
        (kept, seen)
    }

    fn step(&mut self, mut step: Step) -> (Step, Seen) {
        let mut seen = self.text(&mut step.text);
        let parts = std::mem::take(&mut step.parts);
        let (parts, inner) = self.parts(parts);
        step.parts = parts;
        if seen.other && !seen.chosen && !inner.chosen {
            let message = format!(
                "has content for other values, none for `{}`: {}",
                self.variant,
                step.plain_text()
            );
            self.diagnostics.push(
                Diagnostic::new(Severity::Warning, Code::NoVariantContent, step.place.clone(), message)
                    .help("the step is kept as it is for everybody; add what this value needs, or leave it so"),
            );
            // Said once, not again for the steps above.
            seen = Seen::default();
        } else {
            seen.add(inner);
        }
        (step, seen)
    }

    fn text(&mut self, text: &mut Vec<Inline>) -> Seen {
        let mut seen = Seen::default();
        let mut left_out = 0;
        text::choose(text, &mut |inline| {
            let fate = self.fate(inline);
            seen.chosen |= fate == Fate::Chosen;
            if fate == Fate::Other {
                seen.other = true;
                left_out += 1;
            }
            fate
        });
        self.references += left_out;
        seen
    }

    /// Takes out of a block what is for other values; tells whether the block itself stays.
    fn block(&mut self, block: &mut Block) -> bool {
        if let BlockKind::Directive(directive) = &block.kind
            && is_choice(&directive.name)
            && self.title_fate(&directive.argument) == Fate::Other
        {
            self.commands += 1;
            return false;
        }
        for text in block.inlines_mut() {
            self.text(text);
        }
        for children in block.children_mut() {
            children.retain_mut(|child| self.block(child));
        }
        true
    }

    /// Tells whom a piece of text is for, by what it leads to.
    fn fate(&self, inline: &Inline) -> Fate {
        let name = match &inline.kind {
            InlineKind::Role(role) => role.target.to_string(),
            InlineKind::Reference(reference) => match &reference.target {
                ReferenceTarget::Name(name) => name.to_string(),
                ReferenceTarget::Uri(uri) => uri
                    .rsplit_once('#')
                    .map_or(uri.as_ref(), |(_, name)| name)
                    .to_owned(),
                ReferenceTarget::Anonymous => plain_text(&reference.text),
            },
            _ => return Fate::Common,
        };
        self.judge(|_, value| value.refs.iter().any(|pattern| matches(pattern, &name)))
    }

    /// Tells whom a step is for, by what stands around it and the page that it is on.
    fn step_fate(&self, step: &Step) -> Fate {
        let around = self.path_fate(&step.path);
        let own = match step.origin {
            Origin::Section => self.section_fate(&step.plain_text(), &step.place),
            Origin::Item | Origin::Paragraph => self.page_fate(&step.place),
        };
        around.and(own)
    }

    /// Tells whom a section is for, by its heading and the page that it is on.
    fn section_fate(&self, title: &str, place: &Place) -> Fate {
        let pieces = [": ", " - ", " – ", " — ", " (", " for ", " at ", " on "]
            .iter()
            .filter_map(|mark| title.rsplit_once(mark))
            .map(|(_, end)| end.trim_end_matches(')'));
        let heading = std::iter::once(title)
            .chain(pieces)
            .filter(|_| title != self.title)
            .map(|name| self.judge(|value, known| is_called(name.trim(), value, known)))
            .fold(Fate::Common, Fate::and);
        heading.and(self.page_fate(place))
    }

    /// Tells whom a page is for that a part of the procedure is on; its own page says nothing about the parts.
    fn page_fate(&self, place: &Place) -> Fate {
        if place.path() == self.page {
            return Fate::Common;
        }
        self.judge(|_, value| holds_page(value, place.path()))
    }

    /// Tells whom steps are for by the tabs and conditions around them.
    fn path_fate(&self, path: &[String]) -> Fate {
        path.iter()
            .map(|title| self.title_fate(title))
            .fold(Fate::Common, Fate::and)
    }

    /// Tells whom something is for by a tab's title or an `only` expression (`summit or tucson`, `not summit`).
    fn title_fate(&self, title: &str) -> Fate {
        let plain = title.trim();
        let whole = self.judge(|name, value| is_called(plain, name, value));
        if whole != Fate::Common {
            return whole;
        }
        let words: Vec<&str> = plain
            .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'))
            .filter(|word| !word.is_empty())
            .collect();
        let is_expression = words
            .iter()
            .any(|word| matches!(*word, "or" | "and" | "not"));
        let known = words
            .iter()
            .any(|word| self.judge(|name, value| is_called(word, name, value)) != Fate::Common);
        if !is_expression || !known {
            return Fate::Common;
        }
        let holds = words.split(|word| *word == "or").any(|all| {
            all.split(|word| *word == "and").all(|term| {
                let negated = term.first() == Some(&"not");
                let is_other = term.last().is_some_and(|word| {
                    self.judge(|name, value| is_called(word, name, value)) == Fate::Other
                });
                is_other == negated
            })
        });
        if holds { Fate::Chosen } else { Fate::Other }
    }

    fn judge(&self, is_for: impl FnMut(&str, &Value) -> bool) -> Fate {
        judge(self.axes, self.variant, is_for)
    }
}

/// Weighs all axes that a value is chosen of: what is for values not chosen alone is for others.
fn judge(axes: &Axes, variant: &Variant, mut is_for: impl FnMut(&str, &Value) -> bool) -> Fate {
    let mut fate = Fate::Common;
    for (axis, values) in &axes.0 {
        let Some(chosen) = variant.0.get(axis) else {
            continue;
        };
        let mut named = values
            .iter()
            .filter(|(name, value)| is_for(name, value))
            .map(|(name, _)| name)
            .peekable();
        if named.peek().is_none() {
            continue;
        }
        if !named.any(|name| name == chosen) {
            return Fate::Other;
        }
        fate = Fate::Chosen;
    }
    fate
}

fn holds_page(value: &Value, page: &Path) -> bool {
    value
        .pages
        .iter()
        .any(|pattern| Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(page)))
}

/// Tells whether a directive's content is one of several to choose from.
fn is_choice(name: &str) -> bool {
    matches!(
        name.rsplit(':').next(),
        Some(
            "tab"
                | "tab-item"
                | "group-tab"
                | "code-tab"
                | "only"
                | "ifconfig"
                | "details"
                | "dropdown"
        )
    )
}

fn is_called(title: &str, name: &str, value: &Value) -> bool {
    title.eq_ignore_ascii_case(name)
        || value
            .title
            .as_deref()
            .is_some_and(|own| title.eq_ignore_ascii_case(own))
}

fn matches(pattern: &str, name: &str) -> bool {
    Glob::new(&pattern.to_lowercase())
        .is_ok_and(|glob| glob.compile_matcher().is_match(name.to_lowercase()))
}
