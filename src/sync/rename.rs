//! Finds the procedure that a run belongs to after its own was given another name.

use std::collections::HashSet;

use super::library::Library;
use crate::body::Body;
use crate::body::resolve::plain;
use crate::procedure::Procedure;
use crate::tracker::Ticket;

/// Returns the procedure that has half or more of the steps in the ticket, the one with most of them.
pub fn renamed_to<'a>(ticket: &Ticket, library: &'a Library) -> Option<&'a Procedure> {
    let body = Body::read(&ticket.issue.body);
    let steps: Vec<(&str, String)> = body
        .steps()
        .map(|(marker, item)| (marker.id.0.as_str(), plain(body.text_of(item))))
        .collect();
    let shared = |procedure: &Procedure| {
        let ids: HashSet<&str> = procedure.steps().map(|step| step.id.0.as_str()).collect();
        let texts: HashSet<String> = procedure
            .steps()
            .map(|step| plain(&step.plain_text()))
            .collect();
        let is_there = |(id, text): &&(&str, String)| ids.contains(id) || texts.contains(text);
        steps.iter().filter(is_there).count()
    };
    library
        .procedures
        .iter()
        .map(|procedure| (shared(procedure), procedure))
        .filter(|(shared, _)| *shared > 0 && shared * 2 >= steps.len())
        .max_by_key(|(shared, _)| *shared)
        .map(|(_, procedure)| procedure)
}
