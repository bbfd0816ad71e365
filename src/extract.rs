//! Documents made into procedures, by structure and language alone.
//!
//! Pages go through these in turn: [`steps`] makes blocks into steps, each read by [`kind`] (which reads sentences
//! with [`clause`]); [`sections`] makes sections into procedures and phases; [`ids`] names what was found; links
//! are followed; and what the author or the config says otherwise is applied last, by [`overrides`].

use crate::diagnostic::Parsed;
use crate::parse::Page;
use crate::procedure::Procedure;

mod clause;
mod ids;
mod kind;
mod lexicon;
mod prose;
mod sections;
mod setting;
mod steps;
mod title;

pub use ids::slug;

/// Returns the procedures in `pages`, in their order.
pub fn extract(pages: &[Page]) -> Parsed<Vec<Procedure>> {
    let mut procedures: Vec<Procedure> = pages
        .iter()
        .flat_map(|page| sections::Draft::of_document(page).procedures())
        .collect();
    ids::slugs(&mut procedures);
    for procedure in &mut procedures {
        ids::name_steps(procedure);
    }
    Parsed::clean(procedures)
}
