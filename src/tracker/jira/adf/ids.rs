//! The ids by which tasks are told.

use std::collections::{BTreeMap, BTreeSet};

use crate::body::marker::letters_of;
use crate::tracker::jira::held::Held;
use crate::tracker::jira::piece::{Kind, Piece};

/// The ids of a body's items, as they were written.
pub(super) struct Ids(BTreeMap<String, usize>);

impl Ids {
    /// Returns the ids of the pieces that are held.
    pub(super) fn of(pieces: &[Piece], held: &Held) -> Self {
        let ids = local_ids(pieces).into_iter().enumerate();
        let mut named: BTreeMap<String, usize> =
            ids.filter_map(|(piece, id)| Some((id?, piece))).collect();
        for (id, step) in &held.ids {
            let piece = pieces
                .iter()
                .position(|piece| matches!(&piece.kind, Kind::Item(item) if item.step.as_ref().is_some_and(|it| it.0 == *step)));
            named.extend(piece.map(|piece| (id.clone(), piece)));
        }
        Self(named)
    }

    /// Returns the piece that an id names.
    pub(super) fn piece_of(&self, id: &str) -> Option<usize> {
        self.0.get(id).copied()
    }
}

/// Returns the id of each piece that is an item: the same for the same step, in every ticket and every time.
pub(super) fn local_ids(pieces: &[Piece]) -> Vec<Option<String>> {
    let mut used = BTreeSet::new();
    pieces
        .iter()
        .map(|piece| match &piece.kind {
            Kind::Item(item) => {
                let (sign, name) = match &item.step {
                    Some(step) => ("step", &step.0),
                    None => ("own", &item.words),
                };
                let mut hasher = blake3::Hasher::new();
                hasher.update(name.as_bytes());
                let id = format!("{sign}-{}", letters_of(&hasher, 12));
                Some(unused(&id, &mut used))
            }
            _ => None,
        })
        .collect()
}

/// Returns the id, with a number behind it where it is used, and uses it.
pub(super) fn unused(id: &str, used: &mut BTreeSet<String>) -> String {
    let mut number = 1;
    let mut new = id.to_owned();
    while !used.insert(new.clone()) {
        number += 1;
        new = format!("{id}-{number}");
    }
    new
}
