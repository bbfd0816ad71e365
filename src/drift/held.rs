//! Which template belongs to which procedure, and what is there without the other.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::document::{Inline, plain_text};
use crate::drift::align::align;
use crate::drift::template::Template;
use crate::drift::words::{Bag, same, words};
use crate::drift::{drift, first_line, node};
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

/// Returns all findings about `templates`: where they drifted, and which ones or which procedures stand alone.
///
/// A page that has templates for some of its procedures is taken to mean to have them for all.
///
/// Where procedures differ by variant a template may be for one of them: it is held against the one it fits best.
pub fn hold(procedures: &[Procedure], templates: &[Template], axes: &Axes) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut held = vec![false; procedures.len()];
    let mut pages: Vec<(&Template, usize)> = Vec::new();
    for template in templates {
        if let Some(part) = part_of(template, procedures).filter(|_| !template.generated) {
            findings.extend(least_drift(&part, template, axes));
            continue;
        }
        let Some(at) = procedure_of(template, procedures) else {
            // A generated one says itself whose it was.
            findings.extend(alone(template).filter(|_| !template.generated));
            continue;
        };
        held[at] = true;
        if template.declared {
            pages.push((template, at));
        }
        if !template.generated {
            findings.extend(least_drift(&procedures[at], template, axes));
        }
    }
    for (procedure, held) in procedures.iter().zip(held) {
        let sibling = pages.iter().find(|(template, at)| {
            procedures[*at].place.source == procedure.place.source
                && template.place.source == procedure.place.source
        });
        if let Some((template, _)) = sibling
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

/// Returns the phase that a template is for, as a procedure of its own, where it has a phase's title and no
/// procedure's.
pub(crate) fn part_of(template: &Template, procedures: &[Procedure]) -> Option<Procedure> {
    let title = words(&template.title);
    let is_titled = |text: &[Inline]| !title.is_empty() && same(&words(&plain_text(text)), &title);
    if procedures
        .iter()
        .any(|procedure| is_titled(&procedure.title))
    {
        return None;
    }
    let near = procedures
        .iter()
        .filter(|it| it.place.source == template.place.source);
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
pub fn procedure_of(template: &Template, procedures: &[Procedure]) -> Option<usize> {
    let title = words(&template.title);
    let bag = Bag::of(&title);
    let near = |procedure: &Procedure| procedure.place.source == template.place.source;
    let best = |score: &dyn Fn(&Procedure) -> f64, least: f64| {
        let scores = procedures.iter().map(score).enumerate();
        scores
            .filter(|(_, score)| *score >= least)
            .max_by(|(a, left), (b, right)| {
                let nearer = near(&procedures[*a]).cmp(&near(&procedures[*b]));
                // Of equals, the first.
                left.total_cmp(right).then(nearer).then(b.cmp(a))
            })
            .map(|(at, _)| at)
    };
    let by_title = best(
        &|procedure| {
            let own = words(&plain_text(&procedure.title));
            let own_bag = Bag::of(&own);
            if same(&own, &title) {
                return 3.0;
            }
            // `Title (Summit)`, `Template for Title`.
            let held = own_bag.weight() >= 1.0 && own_bag.share_in(&bag) >= 1.0;
            let similarity = own_bag.similarity(&bag);
            let more = if held && similarity >= HELD_TITLE {
                1.0
            } else {
                0.0
            };
            more + similarity
        },
        SAME_TITLE,
    );
    // A file of that name can be about something else; a page's own template is not.
    let by_title = by_title
        .filter(|at| template.declared || share_of_steps(&procedures[*at], template) >= SOME_STEPS);
    by_title
        .or_else(|| procedure_around(template, procedures))
        .or_else(|| best(&|procedure| share_of_steps(procedure, template), SAME_STEPS))
}

/// Returns the index of the procedure whose own section has the template in it.
fn procedure_around(template: &Template, procedures: &[Procedure]) -> Option<usize> {
    let holds = |procedure: &Procedure| {
        procedure.place.source == template.place.source
            && procedure.place.span.holds(template.place.span)
    };
    let around = procedures
        .iter()
        .enumerate()
        .filter(|(_, procedure)| template.declared && holds(procedure));
    let (at, procedure) = around.min_by_key(|(_, procedure)| procedure.place.span.range().len())?;
    // With a title of its own it may be about something else.
    let fits = template.title.is_empty() || share_of_steps(procedure, template) >= SOME_STEPS;
    fits.then_some(at)
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
            first_line(&template.title_place),
            message,
        )
        .label(first_line(&template.place), "the template")
        .help("give it the title of its procedure, or remove it")
    })
}

fn without_template(procedure: &Procedure, sibling: &Template) -> Diagnostic {
    let title = plain_text(&procedure.title);
    Diagnostic::new(
        Severity::Error,
        Code::MissingTemplate,
        first_line(&procedure.place),
        format!("`{title}` has no template"),
    )
    .label(
        first_line(&sibling.title_place),
        "another procedure of this page has one",
    )
    .texts(title, "")
    .help("`runsheet generate` adds it, with an `[[output]]` of kind `docs-section`")
}
