//! Decides, for one step of a run with several tickets, which state all of them get.
//!
//! It is the three-way merge by base: what a ticket says is held against what the tickets last agreed on, which each
//! ticket keeps in its own marker. A write may have been cut off between two tickets, and a tracker may have been away,
//! so those bases can be of different rounds. The later one knew of the earlier: who still says what was agreed on in
//! an earlier round says nothing new, and who changed it since changed it beside the later agreement.

use jiff::Timestamp;

use crate::body::marker::{Written, state_hash};
use crate::body::{Agreed, Item, status};
use crate::checklist::{Evidence, State};

/// What a ticket says about a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The state; open for a group's box that only follows its substeps.
    pub state: State,
    /// Whether it is a group that somebody opened and that stays open though its substeps are settled.
    pub is_held: bool,
}

impl Said {
    /// Returns open, as a step stands that nobody has touched.
    pub fn open() -> Self {
        Self {
            state: State::Open,
            is_held: false,
        }
    }

    /// Returns what an item of `text` says; `None` where it stands for no step or has no box.
    pub fn of(text: &str, item: &Item) -> Option<Self> {
        let marker = item.step()?;
        item.task.as_ref()?;
        if !marker.duty.group {
            return Some(Self {
                state: item.state.clone(),
                is_held: false,
            });
        }
        let is_bare =
            matches!(&item.state, State::Open) || item.state == State::Done(Evidence::default());
        let follows = match marker.written {
            Written::Group => item.ticked(text),
            Written::Open => !item.ticked(text),
            _ => false,
        };
        if follows && is_bare {
            return Some(Self::open());
        }
        Some(Self {
            is_held: item.state == State::Open,
            state: item.state.clone(),
        })
    }

    /// Returns what a marker keeps of it; `None` for open.
    pub fn hash(&self) -> Option<String> {
        match (&self.state, self.is_held) {
            (State::Open, false) => None,
            (State::Open, true) => Some(state_hash("held open")),
            _ => Some(state_hash(&self.words())),
        }
    }

    /// Returns it in words: `done by ann, 2026-01-01 09:00Z`.
    pub fn words(&self) -> String {
        let written = status::write(&self.state);
        let inner = written
            .trim_matches('*')
            .strip_prefix('(')
            .and_then(|inner| inner.strip_suffix(')'));
        match (&self.state, inner) {
            (_, Some(inner)) => inner.to_owned(),
            (State::Open, None) => "open".to_owned(),
            (_, None) => "done".to_owned(),
        }
    }

    fn at(&self) -> Option<Timestamp> {
        self.state.evidence()?.at
    }

    /// Tells whether both say the same, whoever says so.
    fn is_same_as(&self, other: &Self) -> bool {
        match (&self.state, &other.state) {
            (State::Open, State::Open) | (State::Done(_), State::Done(_)) => true,
            (State::Skipped { reason: a, .. }, State::Skipped { reason: b, .. })
            | (State::Failed { reason: a, .. }, State::Failed { reason: b, .. }) => a == b,
            _ => false,
        }
    }
}

/// A step as one ticket shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// What it says.
    pub said: Said,
    /// What its ticket knows the tickets to have agreed on.
    pub base: Agreed,
}

impl Look {
    fn is_changed(&self) -> bool {
        self.said.hash() != self.base.state
    }
}

/// What all tickets of a run are to say about a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The state.
    pub said: Said,
    /// What each ticket is to keep as agreed.
    pub agreed: Agreed,
}

/// Decides on a step that these tickets show.
///
/// Where one state is claimed, it holds. Of several, the one with the latest time holds where each has a time; else
/// nobody can tell, and the step is open and contested.
pub fn decide(looks: &[Look]) -> Verdict {
    let latest = looks.iter().map(|look| look.base.round).max().unwrap_or(0);
    let claiming = looks
        .iter()
        .filter(|look| look.is_changed() || stands_against(look, looks, latest));
    let claims: Vec<&Said> = claiming.clone().map(|look| &look.said).collect();
    let mut known = looks.iter().filter(|look| look.base.round == latest);
    if claims.is_empty() {
        // Nobody has changed anything since, so those of the latest round say what was agreed on then.
        return match known.next() {
            Some(look) => Verdict {
                said: look.said.clone(),
                agreed: look.base.clone(),
            },
            None => Verdict {
                said: Said::open(),
                agreed: Agreed::default(),
            },
        };
    }
    // What was contested is no state of anybody's that another one could be the same as.
    let is_still_contested = claiming
        .clone()
        .any(|look| look.base.contested && !look.is_changed());
    let (said, contested) = match is_still_contested {
        true => (Said::open(), true),
        false => settle(&claims),
    };
    let mut agreed = Agreed {
        round: latest,
        state: said.hash(),
        contested,
    };
    // Who changed it since the last round must be seen to have been heard, whatever came of it.
    if known.any(|look| look.base != agreed || look.is_changed()) {
        agreed.round = latest.saturating_add(1);
    }
    Verdict { said, agreed }
}

/// Tells whether what was agreed on last, and stands in this ticket unchanged, was not known to one who changed the
/// step, so that it counts as a change itself.
fn stands_against(look: &Look, looks: &[Look], latest: u32) -> bool {
    if look.base.round < latest || look.is_changed() {
        return false;
    }
    let mut changed = looks.iter().filter(|other| other.is_changed());
    let is_overtaken = changed.clone().any(|other| other.base == look.base);
    let is_unknown = changed.any(|other| {
        other.base.round < latest && (other.base.state != look.base.state || look.base.contested)
    });
    // Two agreements of one round did not know of each other.
    let has_rival = looks
        .iter()
        .any(|other| other.base.round == latest && other.base != look.base);
    !is_overtaken && (is_unknown || has_rival)
}

/// Returns the state that holds of those claimed, and whether it is open only since nobody can tell.
fn settle(claims: &[&Said]) -> (Said, bool) {
    let winner = |claims: &[&Said]| -> Option<Said> {
        let (first, others) = claims.split_first()?;
        let is_one = others.iter().all(|other| other.is_same_as(first));
        // Who says it later, and more of it, is kept; the last key makes it the same whatever the order.
        let fullest = claims.iter().max_by_key(|said| {
            let words = said.words();
            (said.is_held, said.at(), words.len(), words)
        })?;
        is_one.then(|| (*fullest).clone())
    };
    if let Some(said) = winner(claims) {
        return (said, false);
    }
    let times: Option<Vec<Timestamp>> = claims.iter().map(|said| said.at()).collect();
    let last = times.and_then(|times| times.into_iter().max());
    let latest: Vec<&Said> = claims
        .iter()
        .filter(|said| last.is_some() && said.at() == last)
        .copied()
        .collect();
    match winner(&latest) {
        Some(said) => (said, false),
        None => (Said::open(), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(by: &str, at: Option<&str>) -> Said {
        Said {
            state: State::Done(Evidence {
                by: Some(by.to_owned()).filter(|by| !by.is_empty()),
                at: at.map(|at| format!("2026-01-01T{at}:00Z").parse().unwrap()),
                ..Evidence::default()
            }),
            is_held: false,
        }
    }

    fn failed(at: Option<&str>) -> Said {
        let State::Done(evidence) = done("ci", at).state else {
            unreachable!();
        };
        Said {
            state: State::Failed {
                reason: "no answer".to_owned(),
                evidence,
            },
            is_held: false,
        }
    }

    fn look(said: &Said, round: u32, base: &Said) -> Look {
        Look {
            said: said.clone(),
            base: Agreed {
                round,
                state: base.hash(),
                contested: false,
            },
        }
    }

    /// Returns the agreed words, with `!` where they are contested, and the round.
    fn decided(looks: &[Look]) -> (String, u32) {
        let verdict = decide(looks);
        let mut reversed = looks.to_vec();
        reversed.reverse();
        assert_eq!(decide(&reversed), verdict, "the order tells");
        let mark = if verdict.agreed.contested { "!" } else { "" };
        (verdict.said.words() + mark, verdict.agreed.round)
    }

    #[test]
    fn who_alone_changed_a_step_is_followed() {
        let (open, done) = (Said::open(), done("ann", None));
        let same = [look(&open, 0, &open), look(&open, 0, &open)];
        assert_eq!(decided(&same), ("open".to_owned(), 0));
        let ticked = [look(&done, 0, &open), look(&open, 0, &open)];
        assert_eq!(decided(&ticked), ("done by ann".to_owned(), 1));
        let unticked = [look(&done, 3, &done), look(&open, 3, &done)];
        assert_eq!(decided(&unticked), ("open".to_owned(), 4));
    }

    #[test]
    fn what_was_agreed_on_last_is_followed_where_it_has_not_arrived() {
        let (open, done) = (Said::open(), done("ann", None));
        let cut_off = [look(&done, 4, &done), look(&open, 3, &open)];
        assert_eq!(decided(&cut_off), ("done by ann".to_owned(), 4));
        let taken_back = [look(&open, 4, &done), look(&open, 3, &open)];
        assert_eq!(decided(&taken_back), ("open".to_owned(), 5));
        let unticked = [look(&open, 4, &open), look(&done, 3, &done)];
        assert_eq!(decided(&unticked), ("open".to_owned(), 4));
    }

    #[test]
    fn who_changed_a_step_beside_an_agreement_is_held_against_it() {
        let open = Said::open();
        let (early, late) = (done("ann", Some("09:00")), failed(Some("10:00")));
        let beside = [look(&early, 4, &early), look(&late, 3, &open)];
        let (said, round) = decided(&beside);
        assert!(said.starts_with("failed"), "{said}");
        assert_eq!(round, 5);
        let bare = done("", None);
        let beside = [look(&bare, 4, &bare), look(&late, 3, &open)];
        assert_eq!(decided(&beside), ("open!".to_owned(), 5));
    }

    #[test]
    fn the_later_report_wins_and_without_times_open_stands() {
        let open = Said::open();
        let (early, late) = (done("ann", Some("09:00")), failed(Some("10:00")));
        let both =
            |a: &Said, b: &Said, base: &Said| decided(&[look(a, 1, base), look(b, 1, base)]).0;
        assert!(both(&early, &late, &open).starts_with("failed"));
        assert_eq!(both(&done("", None), &late, &open), "open!");
        assert_eq!(both(&open, &late, &early), "open!");
        // The same twice is no conflict; who says more about it is kept.
        assert_eq!(
            both(&done("", None), &done("bob", None), &open),
            "done by bob"
        );
    }

    #[test]
    fn a_contest_stands_until_somebody_sets_the_step() {
        let (open, done) = (Said::open(), done("ann", None));
        let mut contested = look(&open, 5, &open);
        contested.base.contested = true;
        let stands = [contested.clone(), contested.clone()];
        assert_eq!(decided(&stands), ("open!".to_owned(), 5));
        // A new contest is another one.
        let mut failed_since = contested.clone();
        failed_since.said = failed(None);
        let mut done_since = contested.clone();
        done_since.said = done.clone();
        let again = [failed_since, done_since];
        assert_eq!(decided(&again), ("open!".to_owned(), 6));
        // The write of the other ticket was cut off: it has not heard of the contest.
        for (said, base) in [(&done, &open), (&open, &done)] {
            let cut_off = [contested.clone(), look(said, 4, base)];
            assert_eq!(decided(&cut_off), ("open!".to_owned(), 5));
        }
        let mut ticked = contested.clone();
        ticked.said = done;
        assert_eq!(decided(&[ticked, contested]), ("done by ann".to_owned(), 6));
    }
}
