//! Which step a person means.

use super::{Body, Item, ItemMarker};
use crate::procedure::StepId;

/// A step that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The step.
    pub id: StepId,
    /// Its number as last written; empty where it has none.
    pub number: String,
    /// Its text as a reader sees it.
    pub text: String,
}

/// Why no step could be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// Several fit.
    Ambiguous(Vec<Candidate>),
    /// None fits; these come nearest.
    Unknown(Vec<Candidate>),
}

/// Returns the step that `words` name in `body`.
///
/// That is, in this order, the one with this id, this number, this text, this number in its phase (as the author
/// numbers), or the only one whose text holds the words.
pub fn resolve(body: &Body, words: &str) -> Result<StepId, Unresolved> {
    let steps: Vec<Candidate> = body
        .steps()
        .map(|(marker, item)| candidate(body, marker, item))
        .collect();
    let wanted = plain(words);
    let number = wanted.strip_prefix("step ").unwrap_or(&wanted);
    let number = number.trim_start_matches('#').trim_end_matches(['.', ')']);
    let in_phase = |candidate: &Candidate| {
        let rest = candidate.number.split_once('.').map(|(_, rest)| rest);
        rest == Some(number)
    };
    let tests: [&dyn Fn(&Candidate) -> bool; 5] = [
        &|candidate| candidate.id.0 == words.trim(),
        &|candidate| candidate.number == number,
        &|candidate| plain(&candidate.text) == wanted,
        &in_phase,
        &|candidate| plain(&candidate.text).contains(&wanted),
    ];
    for test in tests {
        let found: Vec<_> = steps.iter().filter(|step| test(step)).cloned().collect();
        match &found[..] {
            [] => {}
            [one] => return Ok(one.id.clone()),
            _ => return Err(Unresolved::Ambiguous(found)),
        }
        if wanted.is_empty() {
            break;
        }
    }
    Err(Unresolved::Unknown(nearest(steps, words.trim(), &wanted)))
}

fn candidate(body: &Body, marker: &ItemMarker, item: &Item) -> Candidate {
    Candidate {
        id: marker.id.clone(),
        number: marker.number.clone(),
        text: body.text_of(item).to_owned(),
    }
}

/// Returns the three steps that come nearest, best first.
fn nearest(steps: Vec<Candidate>, id: &str, wanted: &str) -> Vec<Candidate> {
    let mut scored: Vec<(f64, Candidate)> = steps
        .into_iter()
        .map(|step| {
            let by_id = strsim::jaro_winkler(&step.id.0, id);
            let by_text = strsim::jaro_winkler(&plain(&step.text), wanted);
            (by_id.max(by_text), step)
        })
        .filter(|(score, _)| *score > 0.6)
        .collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    scored.into_iter().take(3).map(|(_, step)| step).collect()
}

/// Returns text as it is compared here: lower case, without marks of Markdown, white space as one blank.
pub(crate) fn plain(text: &str) -> String {
    let bare: String = text
        .chars()
        .filter(|char| !matches!(char, '`' | '*' | '_' | '~' | '\\'))
        .collect();
    let words: Vec<_> = bare.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// Returns the words of a text in lower case, without punctuation and without the targets of links.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut seen = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("](") {
        let target = rest[at..].find(')').map_or(rest.len(), |end| at + end + 1);
        seen.push_str(&rest[..at]);
        seen.push(' ');
        rest = &rest[target..];
    }
    seen.push_str(rest);
    seen.split(|char: char| !char.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICKET: &str = "- [ ] Stop the *old* service <!-- rs stop n=1.1 -->\n\
                          - [ ] Start the service <!-- rs start n=1.2 -->\n\n# After\n\n\
                          - [ ] Tell the `ops` channel <!-- rs tell n=2.1 -->\n  - [ ] 1.2 is out <!-- rs out n=2.1.1 -->\n";

    fn found(words: &str) -> Result<String, Vec<String>> {
        let ids =
            |candidates: Vec<Candidate>| candidates.into_iter().map(|step| step.id.0).collect();
        match resolve(&Body::read(TICKET), words) {
            Ok(id) => Ok(id.0),
            Err(Unresolved::Ambiguous(candidates)) => Err(ids(candidates)),
            Err(Unresolved::Unknown(_)) => Err(vec!["?".to_owned()]),
        }
    }

    #[test]
    fn a_step_is_named_by_id_number_or_a_piece_of_its_text() {
        assert_eq!(found("start"), Ok("start".to_owned()));
        assert_eq!(found("1.2"), Ok("start".to_owned()));
        assert_eq!(found("step 2."), Ok("start".to_owned()));
        assert_eq!(found("the old service"), Ok("stop".to_owned()));
        assert_eq!(found("OPS channel"), Ok("tell".to_owned()));
    }

    #[test]
    fn what_is_ambiguous_is_refused_with_the_candidates() {
        assert_eq!(found("1"), Err(vec!["stop".to_owned(), "tell".to_owned()]));
        assert_eq!(
            found("service"),
            Err(vec!["stop".to_owned(), "start".to_owned()])
        );
        assert_eq!(found("reboot"), Err(vec!["?".to_owned()]));
        assert_eq!(found(""), Err(vec!["?".to_owned()]));
    }

    #[test]
    fn an_unknown_step_gets_the_nearest() {
        let Err(Unresolved::Unknown(near)) = resolve(&Body::read(TICKET), "strat") else {
            panic!("found");
        };
        assert_eq!(near[0].id.0, "start");
    }
}
