//! Makes of one ticket what the tickets of its run agree on.

use std::collections::BTreeMap;

use super::decide::{Look, Said, decide};
use crate::body::{Agreed, Body};
use crate::merge::{Group, agree, set};
use crate::plan::Reported;
use crate::procedure::StepId;

/// A ticket as it was last seen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The name of its tracker.
    pub tracker: String,
    /// Its body.
    pub body: String,
    /// Its steps.
    pub looks: BTreeMap<StepId, Look>,
}

impl Seen {
    /// Reads a ticket's body.
    pub fn read(tracker: &str, body: &str) -> Self {
        let found = Body::read(body);
        let look = |item| {
            Some(Look {
                said: Said::of(body, item)?,
                base: item.step()?.agreed.clone(),
            })
        };
        let steps = found.steps();
        let looks = steps.filter_map(|(marker, item)| Some((marker.id.clone(), look(item)?)));
        Self {
            tracker: tracker.to_owned(),
            looks: looks.collect(),
            body: body.to_owned(),
        }
    }

    /// Returns the words of a step's line.
    pub fn text_of(&self, step: &StepId) -> String {
        let found = Body::read(&self.body);
        let item = found.item(step);
        item.map_or_else(String::new, |item| found.text_of(item).to_owned())
    }
}

/// What is done to one ticket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// Its new body.
    pub body: String,
    /// The steps that it is told of.
    pub carried: Vec<Reported>,
}

/// Returns the looks of each step that several tickets show, in the order of the tickets.
pub fn shared(seen: &[Seen]) -> BTreeMap<&StepId, Vec<(usize, &Look)>> {
    let mut steps: BTreeMap<&StepId, Vec<(usize, &Look)>> = BTreeMap::new();
    for (at, ticket) in seen.iter().enumerate() {
        for (step, look) in &ticket.looks {
            steps.entry(step).or_default().push((at, look));
        }
    }
    steps.retain(|_, looks| looks.len() > 1);
    steps
}

/// Returns what is to be written to the ticket at `at`; as it is where it has all that can be written now.
///
/// A state is carried over only from a ticket that has it noted as agreed on. So whoever takes it back there, before
/// or after this is cut off, is seen to have done so.
pub fn edit(seen: &[Seen], at: usize) -> Edit {
    let mut edit = Edit {
        body: seen[at].body.clone(),
        carried: Vec::new(),
    };
    let shared = shared(seen);
    let body = Body::read(&seen[at].body);
    for (marker, _) in body.steps() {
        let step = &marker.id;
        let looks = shared.get(step).map_or(&[][..], Vec::as_slice);
        let Some((_, own)) = looks.iter().find(|(ticket, _)| *ticket == at) else {
            continue;
        };
        let values: Vec<Look> = looks.iter().map(|(_, look)| (*look).clone()).collect();
        let verdict = decide(&values);
        if own.said == verdict.said {
            if own.base != verdict.agreed {
                edit.body = agree(&edit.body, step, &verdict.agreed);
            }
            continue;
        }
        let mut noted = looks
            .iter()
            .filter(|(_, look)| look.said == verdict.said && look.base == verdict.agreed);
        let from = noted
            .next()
            .map(|(ticket, _)| seen[*ticket].tracker.clone());
        if from.is_some() || verdict.agreed.contested {
            carry(&mut edit, step, &verdict.said, &verdict.agreed, from);
        }
    }
    edit
}

fn carry(edit: &mut Edit, step: &StepId, said: &Said, agreed: &Agreed, from: Option<String>) {
    let group = if said.is_held {
        Group::Stays
    } else {
        Group::Follows
    };
    // A line that lost its box meanwhile is seen without it next time.
    let Ok(body) = set(&edit.body, step, &said.state, group) else {
        return;
    };
    let found = Body::read(&body);
    edit.carried.push(Reported {
        text: found
            .item(step)
            .map_or_else(String::new, |item| found.text_of(item).to_owned()),
        state: said.state.as_str().to_owned(),
        from,
    });
    edit.body = agree(&body, step, agreed);
}

/// Returns `body` with the states of these steps noted as agreed on, since a report brings them to every ticket.
pub fn with_reported(body: &str, steps: &[StepId]) -> String {
    let seen = Seen::read("", body);
    let mut body = body.to_owned();
    for step in steps {
        let Some(look) = seen.looks.get(step) else {
            continue;
        };
        let state = look.said.hash();
        if look.base.state != state || look.base.contested {
            let agreed = Agreed {
                round: look.base.round.saturating_add(1),
                state,
                contested: false,
            };
            body = agree(&body, step, &agreed);
        }
    }
    body
}
