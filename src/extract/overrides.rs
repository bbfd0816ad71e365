//! What the config and the author say otherwise than the rules.
//!
//! In the config a rule says where it holds and what holds there:
//!
//! ```toml
//! [[override]]
//! source = "docs/*.rst"          # where: a pattern of paths, a procedure, a section, a step; all that are given
//! procedure = "upgrade"          # a slug, a label or a title
//! section = "Overview"           # a heading, its slug or a label
//! step = "restart-the-server"    # an id, or a piece of a step's text
//! level = 2                      # the sections of that level are the procedures
//! as = "text"                    # a section: procedure, phase, step, context or text
//! phase = "abort"                # a section's phase: before, main, after, abort or alternative
//! box = false                    # a step: with or without a box
//! kind = "check"                 # a step's kind
//! optional = true                # whether a step is optional
//! id = "restart"                 # a step's id
//! ```
//!
//! In a document a comment says it of what it stands in or before:
//!
//! ```text
//! comment := "runsheet:" (section | step)+
//! section := "procedure" | "phase" | "phase=" KIND | "step" | "context" | "text"
//!            of the section that the comment opens, else of the next section
//! step    := "box" | "no-box" | "kind=" KIND | "optional" | "required" | "id=" NAME
//!            of the step that the comment stands in, else of the next step
//! ```

use std::cell::Cell;
use std::rc::Rc;

use globset::Glob;
use serde::Deserialize;

use super::ids;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::document::{Inline, plain_text};
use crate::parse::Page;
use crate::procedure::{Kind, Part, PhaseKind, Procedure, Step, StepId};
use crate::source::{Place, Span};
use comment::comments;

mod comment;

/// The rules of the config.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Overrides {
    /// The rules, in order; where two speak of the same, the later one holds.
    pub rules: Vec<Rule>,
}

/// One rule of the config.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Rule {
    /// A pattern of source paths.
    pub source: Option<String>,
    /// A procedure's slug, label or title.
    pub procedure: Option<String>,
    /// A section's heading, its slug, or a label on it.
    pub section: Option<String>,
    /// A step's id, or a piece of its text.
    pub step: Option<String>,
    /// The level of the sections that are procedures.
    pub level: Option<u8>,
    /// What the section is.
    #[serde(rename = "as")]
    pub section_as: Option<SectionAs>,
    /// When the section's steps run.
    pub phase: Option<PhaseKind>,
    /// Whether the step gets a box.
    #[serde(rename = "box")]
    pub has_box: Option<bool>,
    /// What the step asks for.
    pub kind: Option<Kind>,
    /// Whether the step is optional.
    pub optional: Option<bool>,
    /// The step's id.
    pub id: Option<String>,
    /// Where the rule stands, for messages; set by who read the config.
    #[serde(skip)]
    pub place: Option<Place>,
}

/// What a section is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SectionAs {
    /// A procedure.
    Procedure,
    /// A phase of the procedure around it.
    Phase,
    /// A single step.
    Step,
    /// What must be there or true before the start.
    Context,
    /// Nothing to do.
    Text,
}

/// All that is said otherwise, of the config and of the pages' comments.
pub(super) struct Wishes {
    list: Vec<Wish>,
}

/// One thing said, and whether it met anything.
struct Wish {
    rule: Rule,
    /// The comment, for what a document says itself.
    comment: Option<Comment>,
    met: Cell<bool>,
}

/// Where a comment stands.
struct Comment {
    place: Place,
    /// Where the section starts that it opens.
    opens: Option<u32>,
}

/// What is said of one section.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SectionWish {
    /// What it is.
    pub section_as: Option<SectionAs>,
    /// When its steps run.
    pub phase: Option<PhaseKind>,
}

impl Wishes {
    /// Collects the rules of the config and the comments in `pages`; what cannot be read is a finding.
    pub(super) fn collect(
        overrides: &Overrides,
        pages: &[Page],
        findings: &mut Vec<Diagnostic>,
    ) -> Rc<Self> {
        let mut list: Vec<Wish> = overrides
            .rules
            .iter()
            .map(|rule| Wish {
                rule: rule.clone(),
                comment: None,
                met: Cell::new(false),
            })
            .collect();
        for page in pages {
            comments(&page.document, page, &mut list, findings);
        }
        Rc::new(Self { list })
    }

    /// Returns what is said of the section of `level` at `place`.
    pub(super) fn section(
        &self,
        place: &Place,
        block: Span,
        level: u8,
        title: &[Inline],
        labels: &[String],
    ) -> SectionWish {
        let title = plain_text(title);
        let mut wish = SectionWish::default();
        for said in &self.list {
            let rule = &said.rule;
            let here = match &said.comment {
                Some(comment) => {
                    comment.place.source == place.source
                        && rule.is_of_sections()
                        && match comment.opens {
                            Some(start) => start == block.start,
                            None => self.is_next_section(comment, place, said),
                        }
                }
                None => {
                    let named = rule
                        .section
                        .as_ref()
                        .is_some_and(|name| is_named(name, &title, labels));
                    let leveled = rule.level == Some(level) && rule.section.is_none();
                    rule.step.is_none() && (named || leveled) && rule.is_in(place)
                }
            };
            if !here {
                continue;
            }
            said.met.set(true);
            wish.section_as = if rule.level == Some(level) && rule.section.is_none() {
                Some(SectionAs::Procedure)
            } else {
                rule.section_as
            }
            .or(wish.section_as);
            wish.phase = rule.phase.or(wish.phase);
        }
        if wish.phase.is_some() {
            wish.section_as = wish.section_as.or(Some(SectionAs::Phase));
        }
        wish
    }

    /// Tells whether the section at `place` is the first behind a comment; sections are asked for in their order.
    fn is_next_section(&self, comment: &Comment, place: &Place, said: &Wish) -> bool {
        !said.met.get() && comment.place.span.start < place.span.start
    }

    /// Changes the steps of `procedure` that something is said of.
    pub(super) fn change_steps(&self, procedure: &mut Procedure) {
        for said in self.list.iter().filter(|said| said.rule.is_of_steps()) {
            let rule = &said.rule;
            let wanted = match &said.comment {
                Some(comment) => step_at(procedure, &comment.place),
                None if !rule.names_procedure(procedure) => continue,
                None => rule
                    .step
                    .as_deref()
                    .and_then(|name| step_named(procedure, name)),
            };
            let Some(id) = wanted else { continue };
            // An id that another step has already would make both of them ambiguous.
            let taken = rule.id.as_ref().is_some_and(|name| {
                let name = ids::slug(name);
                procedure
                    .steps()
                    .any(|step| step.id != id && step.id.0 == name)
            });
            if taken {
                continue;
            }
            if said.comment.is_some() && said.met.replace(true) {
                continue;
            }
            said.met.set(true);
            for phase in &mut procedure.phases {
                change(&mut phase.parts, &id, rule);
            }
        }
    }

    /// Returns a finding for everything said that met nothing.
    pub(super) fn unmet(&self, pages: &[Page]) -> Vec<Diagnostic> {
        self.list
            .iter()
            .filter(|said| !said.met.get())
            .filter_map(|said| {
                let start = || {
                    pages
                        .first()
                        .map(|page| Place::new(&page.source, Span::default()))
                };
                let place = said
                    .comment
                    .as_ref()
                    .map(|comment| comment.place.clone())
                    .or_else(|| said.rule.place.clone())
                    .or_else(start)?;
                let what = said.rule.subject();
                Some(
                    Diagnostic::new(
                        Severity::Warning,
                        Code::UnusedOverride,
                        place,
                        format!("this override matches nothing: no {what} here"),
                    )
                    .help("take it away, or name what `runsheet list` shows"),
                )
            })
            .collect()
    }
}

impl Rule {
    fn is_of_steps(&self) -> bool {
        self.has_box.is_some()
            || self.kind.is_some()
            || self.optional.is_some()
            || self.id.is_some()
    }

    fn is_of_sections(&self) -> bool {
        self.section_as.is_some() || self.phase.is_some() || self.level.is_some()
    }

    fn is_in(&self, place: &Place) -> bool {
        let Some(pattern) = &self.source else {
            return true;
        };
        Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(place.path()))
    }

    fn names_procedure(&self, procedure: &Procedure) -> bool {
        let named = self.procedure.as_ref().is_none_or(|name| {
            *name == procedure.slug
                || is_named(name, &plain_text(&procedure.title), &procedure.labels)
        });
        named && self.is_in(&procedure.place)
    }

    fn subject(&self) -> String {
        match (&self.step, &self.section, self.level) {
            (Some(step), ..) => format!("step `{step}`"),
            (None, Some(section), _) => format!("section `{section}`"),
            (None, None, Some(level)) => format!("section of level {level}"),
            _ if self.is_of_steps() => "step".to_owned(),
            _ => "section".to_owned(),
        }
    }
}

fn is_named(name: &str, title: &str, labels: &[String]) -> bool {
    name.eq_ignore_ascii_case(title)
        || ids::slug(title) == name
        || labels.iter().any(|label| label == name)
}

/// Returns the step that a comment stands in, else the first behind it in the same section.
fn step_at(procedure: &Procedure, place: &Place) -> Option<StepId> {
    if procedure.place.source != place.source || !procedure.place.span.holds(place.span) {
        return None;
    }
    let steps: Vec<&Step> = procedure
        .steps()
        .filter(|step| step.place.source == place.source)
        .collect();
    let inside = steps.iter().rev().find(|step| {
        step.origin != crate::procedure::Origin::Section && step.place.span.holds(place.span)
    });
    let next = steps
        .iter()
        .filter(|step| step.place.span.start >= place.span.end)
        .min_by_key(|step| step.place.span.start);
    inside.or(next).map(|step| step.id.clone())
}

/// Returns the step of that id, else the one whose text has `name` in it, where that is one only.
fn step_named(procedure: &Procedure, name: &str) -> Option<StepId> {
    if let Some(step) = procedure
        .steps()
        .find(|step| step.id.0 == name || step.labels.iter().any(|label| label == name))
    {
        return Some(step.id.clone());
    }
    let lower = name.to_lowercase();
    let mut found = procedure
        .steps()
        .filter(|step| step.plain_text().to_lowercase().contains(&lower));
    match (found.next(), found.next()) {
        (Some(step), None) => Some(step.id.clone()),
        _ => None,
    }
}

fn change(parts: &mut [Part], id: &StepId, rule: &Rule) {
    for part in parts {
        let Part::Step(step) = part else { continue };
        if step.id == *id {
            if let Some(kind) = rule.kind {
                step.kind = kind;
                step.has_box = kind.has_box();
            }
            step.has_box = rule.has_box.unwrap_or(step.has_box);
            step.optional = rule.optional.unwrap_or(step.optional);
            if let Some(name) = &rule.id {
                step.id = StepId(ids::slug(name));
            }
            return;
        }
        change(&mut step.parts, id, rule);
    }
}
