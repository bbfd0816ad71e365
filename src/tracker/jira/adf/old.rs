//! What of a description as it was can be used again in the one that is to be.

use std::collections::BTreeSet;

use serde_json::Value;

use super::leaf::{Leaf, Of, Shell};
use super::read::Reading;
use super::write::depth;
use crate::tracker::jira::held::Held;
use crate::tracker::jira::piece::{Kind, Piece, cut, paired};

/// A description as it was, with what each piece of a body can use of it.
pub(super) struct Old {
    /// Its leaves.
    pub(super) leaves: Vec<Leaf>,
    /// Those of which Markdown shows nothing.
    pub(super) unseen: Vec<usize>,
    /// The ids in it.
    pub(super) ids: BTreeSet<String>,
    /// For each piece of the new body: what it can use.
    pub(super) reuse: Vec<Option<Reuse>>,
}

/// What a piece can use.
#[derive(Clone, Debug)]
pub(super) struct Reuse {
    /// The leaves that show it.
    pub(super) leaves: Vec<Leaf>,
    /// The fold that starts with it.
    pub(super) fold: Option<Shell>,
    /// Whether they stand where the piece stands.
    pub(super) in_place: bool,
    /// Of an item: the words that are shown.
    pub(super) words: String,
}

impl Old {
    /// Finds what the new pieces can use of a description.
    pub(super) fn of(description: &Value, held: &Held, new: &[Piece]) -> Self {
        let reading = Reading::of(description, held);
        let pieces = cut(&reading.body);
        let mut things: Vec<Vec<usize>> = vec![Vec::new(); pieces.len()];
        let mut unseen = Vec::new();
        for (thing, lines) in reading.lines.iter().enumerate() {
            let own = pieces
                .iter()
                .position(|piece| lines.start < piece.content_end && piece.lines.start < lines.end);
            match (own, &reading.things[thing].of) {
                (Some(own), _) => things[own].push(thing),
                (None, Of::Leaf(leaf)) => unseen.push(*leaf),
                (None, Of::Fold(_)) => {}
            }
        }
        let mut leaves = reading.leaves;
        for (at, things) in things.iter().enumerate() {
            for thing in things {
                if let Of::Leaf(leaf) = reading.things[*thing].of {
                    leaves[leaf].depth = depth(&pieces, at);
                }
            }
        }
        let reuse = paired(&pieces, new).into_iter().map(|pair| {
            let (at, in_place) = pair?;
            let mut reuse = Reuse {
                leaves: Vec::new(),
                fold: None,
                in_place,
                words: match &pieces[at].kind {
                    Kind::Item(item) => item.words.clone(),
                    _ => String::new(),
                },
            };
            for thing in &things[at] {
                match &reading.things[*thing].of {
                    Of::Leaf(leaf) => reuse.leaves.push(leaves[*leaf].clone()),
                    Of::Fold(fold) => reuse.fold = Some(fold.clone()),
                }
            }
            Some(reuse)
        });
        let reuse = reuse.collect();
        let lists = leaves
            .iter()
            .flat_map(|leaf| leaf.shells.iter().chain(&leaf.lists));
        let nodes = leaves
            .iter()
            .map(|leaf| &leaf.node)
            .chain(lists.map(AsRef::as_ref));
        let ids = nodes.filter_map(|node| node["attrs"]["localId"].as_str().map(str::to_owned));
        Self {
            ids: ids.collect(),
            leaves,
            unseen,
            reuse,
        }
    }
}
