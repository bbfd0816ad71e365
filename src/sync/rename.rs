//! Finds the procedure that a run belongs to when names have moved: its own has another one, or another has its own.
//!
//! Steps tell first. A ticket says itself which procedures had half or more of its steps, too, when it was written:
//! they go by names of their own, and none of them is the run's under another name. For what came later, the file and
//! the title tell.

use super::library::Library;
use crate::align::{ALIKE, likeness};
use crate::body::marker::text_hash;
use crate::body::resolve::{plain, words};
use crate::body::{Body, TicketMarker};
use crate::document::plain_text;
use crate::procedure::Procedure;
use crate::tracker::Ticket;

/// What standing in the file that the ticket names is worth, held against having all of its steps and no others, which
/// is worth 1.
const SAME_FILE: f32 = 0.25;

/// What having the very title is worth.
const SAME_TITLE: f32 = 0.25;

/// How much more a procedure must be worth than any other for the run to go to it.
const LEAD: f32 = 0.1;

/// How many procedures a message names.
const OFFERED: usize = 8;

/// Whose run a ticket shows.
#[derive(Clone, Debug)]
pub enum Owner<'a> {
    /// The procedure that the run names.
    Named(&'a Procedure),
    /// One that goes by another name now.
    Renamed(&'a Procedure),
    /// It is gone; these have half or more of the steps, and nothing tells which of them it is, if any.
    Gone(Vec<&'a Procedure>),
}

/// Returns whose run a ticket shows.
pub fn owner<'a>(ticket: &Ticket, library: &'a Library) -> Owner<'a> {
    let body = Body::read(&ticket.issue.body);
    let trace = Trace::of(&body, &ticket.run.procedure);
    let kin = kin(&body, library);
    match library.by_identity(trace.name) {
        // A label is what its author put there; a slug goes to the first of equal titles.
        Some(named) if named.labels.iter().any(|label| label == trace.name) => Owner::Named(named),
        Some(named) if !trace.stood_beside(named) => match trace.rightful(named, &kin) {
            Some(other) => Owner::Renamed(other),
            None => Owner::Named(named),
        },
        _ => match trace.clearest(&kin) {
            Some(other) => Owner::Renamed(other),
            None => Owner::Gone(kin),
        },
    }
}

/// Returns why a run cannot stay with the name `was`, which is nobody's now or another procedure's.
pub fn why_not(was: &str, library: &Library) -> String {
    match library.by_identity(was) {
        Some(_) => format!("`{was}` is another procedure now"),
        None => format!("`{was}` is gone"),
    }
}

/// Returns what there is to do about a run whose procedure `was` is gone, and which `kin` may be.
pub fn ways_out(was: &str, kin: &[&Procedure]) -> String {
    let mut names: Vec<String> = kin
        .iter()
        .take(OFFERED)
        .map(|it| format!("`{}`", it.identity()))
        .collect();
    if kin.len() > OFFERED {
        names.push(format!("{} more", kin.len() - OFFERED));
    }
    let (have, right) = match kin.len() {
        1 => ("has", "it is the same procedure"),
        _ => ("have", "one of them is the same procedure"),
    };
    let names = names.join(", ");
    format!(
        "{names} {have} its steps: if {right}, give it the label `{was}`, else close the ticket"
    )
}

/// Returns what a fresh ticket's marker keeps of the procedures beside its own that have half or more of its steps.
pub(super) fn beside(sealed: &str, own: &Procedure, library: &Library) -> Vec<String> {
    let kin = kin(&Body::read(sealed), library).into_iter();
    kin.filter(|it| it.slug != own.slug).map(hash_of).collect()
}

/// Returns the hash of what tells a procedure from others, whatever slugs they have: its label, else file and title.
fn hash_of(procedure: &Procedure) -> String {
    match procedure.labels.first() {
        Some(label) => text_hash(label),
        None => text_hash(&format!(
            "{} {}",
            path_of(procedure),
            plain_text(&procedure.title)
        )),
    }
}

/// Returns the path of a procedure's file, as a ticket's banner shows it.
fn path_of(procedure: &Procedure) -> String {
    procedure.place.path().to_string_lossy().replace('\\', "/")
}

/// Returns the procedures that have half or more of the steps in a ticket.
fn kin<'a>(body: &Body, library: &'a Library) -> Vec<&'a Procedure> {
    let steps: Vec<(&str, String)> = body
        .steps()
        .map(|(marker, item)| (marker.id.0.as_str(), plain(body.text_of(item))))
        .collect();
    let sharing = library.sharing(&steps).into_iter();
    sharing
        .filter(|(_, shared)| shared * 2 >= steps.len())
        .map(|(procedure, _)| procedure)
        .collect()
}

/// What a ticket says of the procedure that it was made from.
struct Trace<'a> {
    /// What the run calls it.
    name: &'a str,
    /// Each step's words.
    steps: Vec<Vec<String>>,
    /// What stands before the first step: the banner, which names the file, is in it.
    head: &'a str,
    marker: Option<&'a TicketMarker>,
}

impl<'a> Trace<'a> {
    fn of(body: &'a Body, name: &'a str) -> Self {
        let steps = body.steps().map(|(_, item)| words(body.text_of(item)));
        let end = body.items.first().map_or(body.text.len(), |it| it.start);
        Self {
            name,
            steps: steps.collect(),
            head: &body.text[..end],
            marker: body.ticket.as_ref().map(|(marker, _)| marker),
        }
    }

    /// Returns the procedure that the run belongs to although `named` has its name, if there is one.
    ///
    /// One that has half of the steps gives way only to one of the same title in the ticket's own file; one that has
    /// not, to any that is clearly more like the ticket.
    fn rightful<'b>(&self, named: &Procedure, kin: &[&'b Procedure]) -> Option<&'b Procedure> {
        let others = kin.iter().copied().filter(|it| it.slug != named.slug);
        if !kin.iter().any(|it| it.slug == named.slug) {
            let other = self.clearest(&others.collect::<Vec<_>>())?;
            return (self.worth(other) >= self.worth(named) + LEAD).then_some(other);
        }
        if self.is_from_file_of(named) {
            return None;
        }
        let title = plain_text(&named.title);
        let namesakes = others.filter(|it| plain_text(&it.title) == title);
        let here: Vec<_> = namesakes.filter(|it| self.is_from_file_of(it)).collect();
        self.clearest(&here)
    }

    /// Returns the one of `kin` that is worth more than all others; none that was there beside the run's procedure.
    fn clearest<'b>(&self, kin: &[&'b Procedure]) -> Option<&'b Procedure> {
        let new = kin.iter().filter(|it| !self.stood_beside(it));
        let mut worths: Vec<_> = new.map(|it| (self.worth(it), *it)).collect();
        worths.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        match worths.as_slice() {
            [(first, _), (second, _), ..] if first - second < LEAD => None,
            [(_, first), ..] => Some(first),
            [] => None,
        }
    }

    /// Returns how much a procedure is like the one that the ticket was made from: the part of the steps of the longer
    /// one that both have, in the same or like words, and something for the file and the title.
    fn worth(&self, procedure: &Procedure) -> f32 {
        let boxes = procedure.steps().filter(|step| step.has_box);
        let new: Vec<_> = boxes.map(|step| words(&step.plain_text())).collect();
        let is_there = |old: &&Vec<String>| {
            let is_like = |new: &Vec<String>| new == *old || likeness(old, new) >= ALIKE;
            new.iter().any(is_like)
        };
        let shared = self.steps.iter().filter(is_there).count();
        let longer = self.steps.len().max(new.len()).max(1);
        let file = f32::from(u8::from(self.is_from_file_of(procedure)));
        let title = likeness(&words(self.name), &words(&plain_text(&procedure.title)));
        shared as f32 / longer as f32 + SAME_FILE * file + SAME_TITLE * title
    }

    /// Tells whether the ticket names the procedure's file as the one it is from.
    fn is_from_file_of(&self, procedure: &Procedure) -> bool {
        self.head.contains(&format!("`{}`", path_of(procedure)))
    }

    fn stood_beside(&self, procedure: &Procedure) -> bool {
        self.marker
            .is_some_and(|marker| marker.beside.contains(&hash_of(procedure)))
    }
}
