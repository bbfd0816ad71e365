//! The runs that trackers show, found by the names that people type.

use super::lookup::{Fit, LookupError, holds, pick};
use crate::issue::IssueState;
use crate::run::RunKey;
use crate::tracker::{Listing, Ticket};

/// Returns the run that `asked` names: `PROCEDURE[@VARIANT]/NAME` or any shorter form that fits one run only.
///
/// Open runs are looked at first; a closed one is found where no open one fits.
///
/// # Errors
/// Where it fits none, or several.
pub fn find_run(listings: &[&Listing], asked: &str) -> Result<RunKey, LookupError> {
    match pick_run(&run_keys(listings, is_open), asked) {
        Err(LookupError::Unknown { .. }) => pick_run(&run_keys(listings, |_| true), asked),
        found => found,
    }
}

/// Returns the keys of the tickets that `wanted` holds for, each once, in the order of the listings.
pub fn run_keys(listings: &[&Listing], wanted: impl Fn(&Ticket) -> bool) -> Vec<RunKey> {
    let mut keys: Vec<RunKey> = Vec::new();
    for ticket in listings.iter().flat_map(|listing| &listing.tickets) {
        if wanted(ticket) && !keys.contains(&ticket.run) {
            keys.push(ticket.run.clone());
        }
    }
    keys
}

/// Tells whether a ticket's run is open.
pub fn is_open(ticket: &Ticket) -> bool {
    ticket.issue.state == IssueState::Open
}

fn pick_run(keys: &[RunKey], asked: &str) -> Result<RunKey, LookupError> {
    let whole = |key: &RunKey, asked: &str| key.to_string() == asked;
    let name = |key: &RunKey, asked: &str| key.name == asked;
    let procedure = |key: &RunKey, asked: &str| key.procedure == asked;
    let exact_parts =
        |key: &RunKey, asked: &str| fits_parts(key, asked, &|procedure, piece| procedure == piece);
    let parts = |key: &RunKey, asked: &str| fits_parts(key, asked, &holds);
    let piece = |key: &RunKey, asked: &str| holds(&key.to_string(), asked);
    let fits: [Fit<'_, RunKey>; 6] = [&whole, &exact_parts, &name, &procedure, &parts, &piece];
    pick("run", asked, keys, &fits, &RunKey::to_string).cloned()
}

/// Tells whether `asked`, written `PROCEDURE[@VARIANT]/NAME`, fits, a variant by its values alone too.
fn fits_parts(key: &RunKey, asked: &str, same: &dyn Fn(&str, &str) -> bool) -> bool {
    let Some(left) = asked.strip_suffix(&format!("/{}", key.name)) else {
        return false;
    };
    let (procedure, variant) = left.split_once('@').unwrap_or((left, ""));
    let values = variant.split(',').filter(|value| !value.is_empty());
    let fits_value = |asked: &str| {
        let mut chosen = key.variant.0.iter();
        chosen.any(|(axis, value)| value == asked || format!("{axis}={value}") == asked)
    };
    same(&key.procedure, procedure) && values.clone().all(fits_value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(asked: &str) -> Result<String, usize> {
        let keys: Vec<RunKey> = [
            "database-upgrade/2.3",
            "database-upgrade/2.4",
            "rollout@site=summit/2.3",
            "rollout@site=coast/2.3",
            "rollout@site=coast/rc/1",
        ]
        .iter()
        .map(|key| key.parse().unwrap())
        .collect();
        match pick_run(&keys, asked) {
            Ok(key) => Ok(key.to_string()),
            Err(LookupError::Ambiguous { candidates, .. }) => Err(candidates.len()),
            Err(LookupError::Unknown { .. }) => Err(0),
        }
    }

    #[test]
    fn a_run_is_named_by_any_form_that_fits_one_only() {
        for (asked, found) in [
            ("database-upgrade/2.4", "database-upgrade/2.4"),
            ("2.4", "database-upgrade/2.4"),
            ("upgrade/2.3", "database-upgrade/2.3"),
            ("rollout@summit/2.3", "rollout@site=summit/2.3"),
            ("roll@site=coast/rc/1", "rollout@site=coast/rc/1"),
            ("rc/1", "rollout@site=coast/rc/1"),
            ("summit", "rollout@site=summit/2.3"),
        ] {
            assert_eq!(find(asked), Ok(found.to_owned()), "{asked}");
        }
        assert_eq!(find("2.3"), Err(3));
        assert_eq!(find("rollout"), Err(3));
        assert_eq!(find("rollout/2.3"), Err(2));
        assert_eq!(find("restart"), Err(0));
    }
}
