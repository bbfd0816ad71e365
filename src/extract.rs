//! Documents made into procedures, by structure and language alone.
//!
//! A procedure that is spread over pages is joined by `pages`, and `meant` mends lists whose blank lines were forgotten.
//! Then pages go through these in turn: `steps` makes blocks into steps, each read by `kind`, which reads sentences with
//! `clause`; `sections` makes sections into procedures and phases; `ids` names what was found; `links` follows
//! references. What the author or the config says otherwise, `overrides` applies. The words that all of them look
//! at are data, in `words.txt`.

use crate::diagnostic::Parsed;
use crate::parse::Page;
use crate::procedure::Procedure;

mod clause;
mod ids;
mod kind;
mod lexicon;
mod links;
mod meant;
mod overrides;
mod pages;
mod prose;
mod sections;
mod setting;
mod steps;
mod templates;
mod title;
mod told;

use overrides::Wishes;
use sections::Draft;

pub use ids::{slug, step_name};
pub use overrides::{Overrides, Rule, SectionAs};
pub use pages::join;
pub(crate) use templates::speaks_of_templates;

/// Returns the procedures in `pages`, in their order, with what the config says otherwise.
///
/// References should be [resolved](crate::references::resolve) before, and pages that are parts of others [joined](join).
pub fn extract(pages: &[Page], overrides: &Overrides) -> Parsed<Vec<Procedure>> {
    let mut diagnostics = Vec::new();
    let pages = &meant::lists(pages);
    let wishes = Wishes::collect(overrides, pages, &mut diagnostics);
    let titles = sections::titles(pages);
    let mut procedures: Vec<Procedure> = pages
        .iter()
        .flat_map(|page| Draft::of_document(page, &titles, &wishes).procedures())
        .collect();
    ids::slugs(&mut procedures);
    for procedure in &mut procedures {
        ids::name_steps(procedure);
        wishes.change_steps(procedure);
    }
    links::find(&mut procedures);
    diagnostics.extend(wishes.unmet(pages));
    Parsed {
        value: procedures,
        diagnostics,
    }
}
