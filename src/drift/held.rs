//! Which template belongs to which procedure, and what is there without the other.

use std::collections::HashMap;
use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::document::{Inline, plain_text};
use crate::drift::align::align;
use crate::drift::template::Template;
use crate::drift::words::{Bag, Word, same, words};
use crate::drift::{drift, node};
use crate::procedure::Procedure;
use crate::run::Variant;
use crate::variant::{Axes, choose};

/// How alike two titles must be to name the same procedure.
const SAME_TITLE: f64 = 0.75;

/// How alike they must be where one holds the other.
const HELD_TITLE: f64 = 0.5;

/// Which part of a template's lines must be a procedure's steps where it is just a file of the same name.
const SOME_STEPS: f64 = 0.25;

/// Which part of a template's lines must be a procedure's steps where their titles do not fit.
const SAME_STEPS: f64 = 0.5;

/// The procedures that a template can be of, with the words of their titles, read once for all templates.
pub struct Known<'a> {
    procedures: &'a [Procedure],
    titles: Vec<Vec<Word>>,
    /// The procedures of a title, by its words.
    titled: HashMap<String, Vec<usize>>,
}

/// Returns all findings about `templates`: where they drifted, and which ones or which procedures stand alone.
///
/// A page that has templates for some of its procedures is taken to mean to have them for all.
///
/// Where procedures differ by variant a template may be for one of them: it is held against the one it fits best.
pub fn hold(procedures: &[Procedure], templates: &[Template], axes: &Axes) -> Vec<Diagnostic> {
    let known = Known::new(procedures);
    let mut findings = Vec::new();
    let mut held = vec![false; procedures.len()];
    // By page: a template of one of its procedures.
    let mut pages: HashMap<&Path, &Template> = HashMap::new();
    for template in templates {
        if let Some(part) = known.part_of(template).filter(|_| !template.generated) {
            findings.extend(least_drift(&part, template, axes));
            continue;
        }
        let Some(at) = known.procedure_of(template) else {
            // A generated one says itself whose it was.
            findings.extend(alone(template).filter(|_| !template.generated));
            continue;
        };
        held[at] = true;
        let path = template.place.path();
        if template.declared && procedures[at].place.path() == path {
            pages.entry(path).or_insert(template);
        }
        if !template.generated {
            findings.extend(least_drift(&procedures[at], template, axes));
        }
    }
    for (procedure, held) in procedures.iter().zip(held) {
        if let Some(template) = pages.get(procedure.place.path())
            && !held
            && procedure.steps().any(|step| step.has_box)
        {
            findings.push(without_template(procedure, template));
        }
    }
    findings
}

/// Returns the drift of a template from its procedure, or from the variant of it that it fits best.
fn least_drift(procedure: &Procedure, template: &Template, axes: &Axes) -> Vec<Diagnostic> {
    let mut least = drift(procedure, template);
    for (axis, values) in &axes.0 {
        for value in values.keys() {
            if least.is_empty() {
                return least;
            }
            let variant = Variant([(axis.clone(), value.clone())].into());
            let other = drift(&choose(procedure, axes, &variant).value, template);
            if other.len() < least.len() {
                least = other;
            }
        }
    }
    least
}

impl<'a> Known<'a> {
    /// Reads the titles of `procedures`.
    pub fn new(procedures: &'a [Procedure]) -> Self {
        let titles: Vec<Vec<Word>> = procedures
            .iter()
            .map(|procedure| words(&plain_text(&procedure.title)))
            .collect();
        let mut titled: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, title) in titles.iter().enumerate() {
            titled.entry(key_of(title)).or_default().push(at);
        }
        Self {
            procedures,
            titles,
            titled,
        }
    }

    /// Returns the procedures.
    pub fn procedures(&self) -> &'a [Procedure] {
        self.procedures
    }

    /// Returns the phase that a template is for, as a procedure of its own, where it has a phase's title and no
    /// procedure's.
    pub(crate) fn part_of(&self, template: &Template) -> Option<Procedure> {
        let title = words(&template.title);
        if title.is_empty() || self.titled.contains_key(&key_of(&title)) {
            return None;
        }
        let is_titled = |text: &[Inline]| same(&words(&plain_text(text)), &title);
        let near = self
            .procedures
            .iter()
            .filter(|procedure| is_near(procedure, template));
        for procedure in near {
            let Some(titled) = procedure
                .phases
                .iter()
                .find(|phase| is_titled(&phase.title))
            else {
                continue;
            };
            let mut part = procedure.clone();
            part.phases
                .retain(|phase| titled.place.span.holds(phase.place.span));
            part.preconditions.clear();
            part.title.clone_from(&titled.title);
            part.place = titled.place.clone();
            return Some(part);
        }
        None
    }

    /// Returns the index of the procedure that `template` was made from.
    pub fn procedure_of(&self, template: &Template) -> Option<usize> {
        // A file of that name can be about something else; a page's own template is not.
        let by_title = self
            .titled_like(&words(&template.title), template)
            .filter(|at| {
                template.declared || share_of_steps(&self.procedures[*at], template) >= SOME_STEPS
            });
        by_title
            .or_else(|| self.procedure_around(template))
            .or_else(|| {
                self.best(template, SAME_STEPS, |at| {
                    share_of_steps(&self.procedures[at], template)
                })
            })
    }

    /// Returns the procedure with this title, else one with a title like it.
    fn titled_like(&self, title: &[Word], template: &Template) -> Option<usize> {
        if let Some(titled) = self.titled.get(&key_of(title)) {
            let near = titled
                .iter()
                .find(|at| is_near(&self.procedures[**at], template));
            return near.or(titled.first()).copied();
        }
        let bag = Bag::of(title);
        self.best(template, SAME_TITLE, |at| {
            let own = Bag::of(&self.titles[at]);
            // `Title (Summit)`, `Template for Title`.
            let held = own.weight() >= 1.0 && own.share_in(&bag) >= 1.0;
            let similarity = own.similarity(&bag);
            let more = if held && similarity >= HELD_TITLE {
                1.0
            } else {
                0.0
            };
            more + similarity
        })
    }

    /// Returns the procedure with the highest score that is at least `least`; of equals one of the template's page.
    fn best(&self, template: &Template, least: f64, score: impl Fn(usize) -> f64) -> Option<usize> {
        (0..self.procedures.len())
            .map(|at| (at, score(at)))
            .filter(|(_, score)| *score >= least)
            .max_by(|(a, left), (b, right)| {
                let near = |at: usize| is_near(&self.procedures[at], template);
                // Of equals, the first.
                left.total_cmp(right)
                    .then_with(|| near(*a).cmp(&near(*b)))
                    .then(b.cmp(a))
            })
            .map(|(at, _)| at)
    }

    /// Returns the procedure whose own section has the template in it.
    fn procedure_around(&self, template: &Template) -> Option<usize> {
        let holds = |procedure: &Procedure| {
            procedure.place.span.holds(template.place.span) && is_near(procedure, template)
        };
        let around = self
            .procedures
            .iter()
            .enumerate()
            .filter(|(_, procedure)| template.declared && holds(procedure));
        let (at, procedure) =
            around.min_by_key(|(_, procedure)| procedure.place.span.range().len())?;
        // With a title of its own it may be about something else.
        let fits = template.title.is_empty() || share_of_steps(procedure, template) >= SOME_STEPS;
        fits.then_some(at)
    }
}

/// Returns the words as one name: equal for titles that say the same.
fn key_of(title: &[Word]) -> String {
    let keys: Vec<&str> = title.iter().map(|word| word.key.as_str()).collect();
    keys.join(" ")
}

/// Tells whether both stand on one page.
fn is_near(procedure: &Procedure, template: &Template) -> bool {
    procedure.place.path() == template.place.path()
}

/// Returns which part of the template's items are steps of the procedure.
fn share_of_steps(procedure: &Procedure, template: &Template) -> f64 {
    let steps = node::of_procedure(procedure);
    let lines = node::of_template(template);
    let items = lines.iter().filter(|line| line.is_item).count();
    if items == 0 {
        return 0.0;
    }
    let paired = align(procedure, &steps, &lines).pairs.len();
    let count = |number: usize| u32::try_from(number).map_or(f64::INFINITY, f64::from);
    count(paired) / count(items)
}

fn alone(template: &Template) -> Option<Diagnostic> {
    template.declared.then(|| {
        let title = &template.title;
        let message = if title.is_empty() {
            "there is no procedure for this template".to_owned()
        } else {
            format!("there is no procedure `{title}` for this template")
        };
        Diagnostic::new(
            Severity::Error,
            Code::OrphanTemplate,
            template.title_place.first_line(),
            message,
        )
        .label(template.place.first_line(), "the template")
        .help("give it the title of its procedure, or remove it")
    })
}

fn without_template(procedure: &Procedure, sibling: &Template) -> Diagnostic {
    let title = plain_text(&procedure.title);
    Diagnostic::new(
        Severity::Error,
        Code::MissingTemplate,
        procedure.place.first_line(),
        format!("`{title}` has no template"),
    )
    .label(
        sibling.title_place.first_line(),
        "another procedure of this page has one",
    )
    .texts(title, "")
    .help("`runsheet generate` adds it, with an `[[output]]` of kind `docs-section`")
}
