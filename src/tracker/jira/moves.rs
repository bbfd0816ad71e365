//! Moves through the workflow: closed and open again, and along the config as the run goes on.
//!
//! A transition is done when the issue's status says so, whatever its answer was. A ticket is moved on once, when the
//! first step of its run is settled; that it was is kept with the issue, so that nobody who moves it back is argued
//! with.

use gouqi::TransitionTriggerOptions;
use reqwest::Method;
use serde_json::json;

use super::client::{Sent, Target};
use super::kept::{Kept, is_started};
use super::wire::{Stage, WireIssue, WireTransition, WireTransitions};
use super::{ATTEMPTS, JiraError, JiraTracker, PROPERTY, text};
use crate::issue::IssueState;

/// Where an issue is to go.
#[derive(Clone, Copy, Debug)]
struct Way<'a> {
    /// The transition's name, or that of the status it leads to.
    name: Option<&'a str>,
    /// Whether it is there.
    is_there: fn(Stage) -> bool,
    /// What is wanted, in words.
    wanted: &'static str,
}

impl JiraTracker {
    /// Moves an issue until it is open, or closed; returns it as it is then.
    pub(super) fn move_to(
        &self,
        found: WireIssue,
        state: IssueState,
    ) -> Result<WireIssue, JiraError> {
        let way = match state {
            IssueState::Closed => Way {
                name: self.config.transitions.done.as_deref(),
                is_there: |stage| stage == Stage::Done,
                wanted: "closes it",
            },
            IssueState::Open => Way {
                name: self.config.transitions.reopen.as_deref(),
                is_there: |stage| stage != Stage::Done,
                wanted: "opens it again",
            },
        };
        self.go(found, way)
    }

    /// Returns how a run is started, where `body` is the first that shows a step of it settled.
    fn start(&self, found: &WireIssue, body: &str) -> Option<Way<'_>> {
        let name = self.config.transitions.start.as_deref()?;
        let kept = found.kept();
        (kept.run.is_some() && !kept.started && is_started(body)).then_some(Way {
            name: Some(name),
            is_there: |stage| stage != Stage::New,
            wanted: "starts it",
        })
    }

    /// Returns, in words, what moves writing `body` into an issue leads to.
    pub(super) fn moves_ahead(&self, found: &WireIssue, body: &str) -> Vec<String> {
        let start = self.start(found, body);
        let ahead = start.filter(|way| !(way.is_there)(found.stage()));
        ahead
            .and_then(|way| Some(format!("the issue is moved by `{}`", way.name?)))
            .into_iter()
            .collect()
    }

    /// Moves a ticket on where its run has started, and keeps that it was.
    pub(super) fn follow(&self, found: WireIssue) -> Result<WireIssue, JiraError> {
        let kept = found.kept();
        let body = found.page().read(&kept.held);
        let Some(way) = self.start(&found, &body) else {
            return Ok(found);
        };
        let found = match self.go(found.clone(), way) {
            Ok(moved) => moved,
            // The tick stands; that the workflow has no such way is worth a word and no more.
            Err(why @ JiraError::Transition { .. }) => {
                let hint = why.hint().unwrap_or_default();
                self.note(format!("{why} ({hint})"));
                return Ok(found);
            }
            Err(why) => return Err(why),
        };
        let started = Kept {
            started: true,
            ..kept
        };
        self.keep_started(found, &started)
    }

    /// Goes one way, where the issue is not there yet.
    fn go(&self, found: WireIssue, way: Way<'_>) -> Result<WireIssue, JiraError> {
        let key = found.key.clone();
        let doing = format!("move {key}");
        let path = format!("/issue/{key}/transitions");
        let mut found = found;
        let mut last = "its status stayed as it was".to_owned();
        for tries in 1..=ATTEMPTS {
            if (way.is_there)(found.stage()) {
                return Ok(found);
            }
            let answer = self.client.read(&path, None, &doing)?;
            let known: WireTransitions = answer.value(&doing)?;
            let Some(step) = choose(&known.transitions, way) else {
                return Err(no_way(&found, &known.transitions, way));
            };
            let request = TransitionTriggerOptions::new(step.id.clone());
            let request = json!({"transition": {"id": request.transition.id}});
            let target = Target::Issue(&key);
            match self
                .client
                .write(&Method::POST, &path, target, &request, &doing, tries)?
            {
                Sent::Done(_) => {}
                Sent::NotDone(why) => last = why,
                Sent::Unknown(why) => {
                    self.client.pause(tries, &why, &doing)?;
                    last = why;
                }
            }
            self.wrote(&found);
            let before = found.status().to_owned();
            found = self.read_issue(&key)?;
            if found.status() != before {
                self.note(format!(
                    "{key} is `{}` now, by `{}`",
                    found.status(),
                    step.name
                ));
                // Whoever names a way wants it gone once, wherever it leads.
                if way.name.is_some() {
                    return Ok(found);
                }
            }
        }
        Err(JiraError::Contended {
            issue: key,
            attempts: ATTEMPTS,
            why: last,
        })
    }

    /// Keeps with an issue that it was moved on.
    fn keep_started(&self, found: WireIssue, kept: &Kept) -> Result<WireIssue, JiraError> {
        let key = found.key.clone();
        let doing = format!("keep that {key} was started");
        let path = format!("/issue/{key}/properties/{PROPERTY}");
        let request = text::property(kept)?;
        let mut found = found;
        for tries in 1..=ATTEMPTS {
            // Somebody has written it anew meanwhile: their look at it counts.
            if found.kept().held != kept.held || found.kept().started {
                return Ok(found);
            }
            let target = Target::Issue(&key);
            let sent = self
                .client
                .write(&Method::PUT, &path, target, &request, &doing, tries)?;
            if let Sent::Unknown(why) = &sent {
                self.client.pause(tries, why, &doing)?;
            }
            found = self.read_issue(&key)?;
        }
        Ok(found)
    }
}

/// Returns the transition that goes a way: the one of that name, else one that leads to a status of that name; without
/// a name, one that leads where it should.
fn choose<'a>(known: &'a [WireTransition], way: Way<'_>) -> Option<&'a WireTransition> {
    let Some(name) = way.name else {
        return known.iter().find(|step| {
            let stage = step.to.as_ref().map(|to| to.stage());
            stage.is_some_and(way.is_there)
        });
    };
    let name = name.to_lowercase();
    known
        .iter()
        .find(|step| step.name.to_lowercase() == name)
        .or_else(|| {
            known.iter().find(|step| {
                let to = step.to.as_ref();
                to.is_some_and(|to| to.name.to_lowercase() == name)
            })
        })
}

fn no_way(found: &WireIssue, known: &[WireTransition], way: Way<'_>) -> JiraError {
    JiraError::Transition {
        issue: found.key.clone(),
        from: found.status().to_owned(),
        wanted: match way.name {
            Some(name) => format!("`{name}` goes"),
            None => way.wanted.to_owned(),
        },
        known: known
            .iter()
            .map(|step| format!("`{}`", step.name))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<WireTransition> {
        let known: WireTransitions = serde_json::from_value(json!({"transitions": [
            {"id": "11", "name": "Begin", "to": {"name": "At work", "statusCategory": {"key": "indeterminate"}}},
            {"id": "31", "name": "Finish", "to": {"name": "Shut", "statusCategory": {"key": "done"}}},
        ]}))
        .unwrap();
        known.transitions
    }

    #[test]
    fn a_way_is_gone_by_its_name_its_end_or_what_that_means() {
        let way = |name| Way {
            name,
            is_there: |stage| stage == Stage::Done,
            wanted: "closes it",
        };
        let known = known();
        let id = |name| choose(&known, way(name)).map(|step| step.id.as_str());
        assert_eq!(id(Some("begin")), Some("11"));
        assert_eq!(id(Some("Shut")), Some("31"));
        assert_eq!(id(None), Some("31"));
        assert_eq!(id(Some("Close")), None);
    }
}
