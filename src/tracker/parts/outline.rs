//! The base of a body, divided among the tickets that the body is in, and put together again.

use std::collections::BTreeSet;

use crate::body::marker::{Base, BasePiece, PieceKey};
use crate::body::{Body, base_of};

/// Returns what of the base is of each text, in their order; joined, it is the base again.
pub(super) fn divide(base: &Base, texts: &[&str]) -> Vec<Base> {
    let pieces = &base.0;
    let mut cuts: Vec<Option<usize>> = Vec::new();
    let mut from = 0;
    for text in &texts[1.min(texts.len())..] {
        let cut = start_of(pieces, from, text);
        from = cut.unwrap_or(from);
        cuts.push(cut);
    }
    let mut ends = Vec::new();
    let mut next = pieces.len();
    for cut in cuts.into_iter().rev() {
        ends.push(next);
        // A text that nothing of the base is in has none of it.
        next = cut.unwrap_or(next);
    }
    ends.push(next);
    ends.reverse();
    let mut bases = Vec::new();
    let mut from = 0;
    for end in ends.into_iter().take(texts.len()) {
        bases.push(Base(pieces[from..end].to_vec()));
        from = end;
    }
    bases
}

/// Returns the base of bodies that stand one behind the other.
pub(super) fn join(bases: impl IntoIterator<Item = Base>) -> Base {
    Base(bases.into_iter().flat_map(|base| base.0).collect())
}

/// Returns where in the base a text starts: at its first step, or at the headings right before that.
fn start_of(pieces: &[BasePiece], from: usize, text: &str) -> Option<usize> {
    let own = base_of(&Body::read(text)).0;
    let top = |at: &usize| pieces[*at].depth == 0;
    let at_key = |key: &PieceKey| {
        (from..pieces.len())
            .filter(top)
            .find(|at| pieces[*at].key == *key)
    };
    let is_step = |piece: &&BasePiece| piece.depth == 0 && matches!(piece.key, PieceKey::Item(_));
    let Some(step) = own.iter().find(is_step) else {
        return own.iter().find_map(|piece| at_key(&piece.key));
    };
    // A step that is new is not in the base: then the next one that is.
    let steps = own.iter().filter(is_step);
    let mut at = steps.filter_map(|piece| at_key(&piece.key)).min()?;
    let before = own.iter().take_while(|piece| piece.key != step.key);
    let before: BTreeSet<&PieceKey> = before.map(|piece| &piece.key).collect();
    while let Some(above) = (from..at).rev().find(top)
        && before.contains(&pieces[above].key)
    {
        at = above;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_divided_base_joins_to_the_same_and_each_text_has_its_own() {
        let texts = [
            "# Run\n\nIntro.\n\n",
            "## A\n\n- [ ] a <!-- rs a -->\n  - [ ] b <!-- rs b -->\n\n",
            "## B\n\nText.\n\n- [ ] c <!-- rs c -->\n",
        ];
        let whole = base_of(&Body::read(&texts.concat()));
        let divided = divide(&whole, &texts);
        for (base, text) in divided.iter().zip(texts) {
            assert_eq!(*base, base_of(&Body::read(text)));
        }
        assert_eq!(join(divided), whole);
        // What a person took out, or a part that is empty, changes nothing of the whole.
        let odd = [texts[0], "", "- [ ] c <!-- rs c -->\n", texts[1]];
        let divided = divide(&whole, &odd);
        assert_eq!((divided.len(), join(divided)), (4, whole));
    }
}
