//! What is kept in an issue's entity property: which run it shows, and what its description cannot hold.
//!
//! ```text
//! {"run": RUN, "held": HELD, "started": true}      a ticket, which was moved on or has no such member
//! {"run": RUN, "held": HELD, "next": HELD, "stood": HASH}      one whose description is about to follow
//! {"twin-of": KEY}                                what was a ticket's later twin
//! ```
//!
//! On Cloud it is written in one request with the description, so that the two never speak of different texts. A server
//! of one's own takes two: there the property is written first, and holds both what goes with the description that is
//! there and, as `next`, what goes with the one that follows. Whichever of the two a read finds, what belongs to it is
//! at hand; when the second is there, a third request drops the first.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::held::Held;
use super::page::Page;
use crate::body::Body;
use crate::run::RunKey;

/// What is kept with an issue; the default is that of an issue that shows no run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// The run it shows.
    pub(super) run: Option<RunKey>,
    /// What its description cannot hold.
    pub(super) held: Held,
    /// What goes with the description that is about to be written, where that takes a request of its own.
    pub(super) next: Option<Held>,
    /// What the description was known by when `next` was kept: as long as it stands, nothing has followed.
    pub(super) stood: String,
    /// Whether its ticket was moved on when the run was started.
    pub(super) started: bool,
    /// Why it cannot be read, where that is so.
    pub(super) fault: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    run: String,
    held: Held,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Held>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    stood: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    started: bool,
}

impl Kept {
    /// Reads the property's value.
    pub(super) fn read(value: &Value) -> Self {
        if value.get("run").is_none() {
            return Self::default();
        }
        let stored: Stored = match Stored::deserialize(value) {
            Ok(stored) => stored,
            Err(why) => return Self::faulty(value, why.to_string()),
        };
        match stored.run.parse() {
            Ok(run) => Self {
                run: Some(run),
                held: stored.held,
                next: stored.next,
                stood: stored.stood,
                started: stored.started,
                fault: None,
            },
            Err(_) => Self::faulty(value, format!("`{}` is no run", stored.run)),
        }
    }

    fn faulty(value: &Value, why: String) -> Self {
        let run = value.get("run").and_then(Value::as_str);
        Self {
            run: run.and_then(|run| run.parse().ok()),
            fault: Some(why),
            ..Self::default()
        }
    }

    /// Returns what is kept while this page changes to the one that `wanted` goes with.
    pub(super) fn staged(&self, wanted: Self, page: &Page) -> Self {
        Self {
            held: self.held.clone(),
            next: Some(wanted.held),
            stood: page.known_by(),
            started: wanted.started,
            run: wanted.run,
            fault: None,
        }
    }

    /// Returns what goes with this page.
    pub(super) fn of(mut self, page: &Page) -> Self {
        let Some(next) = self.next.take() else {
            return self;
        };
        let stood = std::mem::take(&mut self.stood);
        if stood != page.known_by() && page.likeness(&next) > page.likeness(&self.held) {
            self.held = next;
        }
        self
    }

    /// Returns the property's value; of an issue without a run, nothing but an empty one.
    pub(super) fn value(&self) -> Value {
        let Some(run) = &self.run else {
            return json!({});
        };
        let stored = Stored {
            run: run.to_string(),
            held: self.held.clone(),
            next: self.next.clone(),
            stood: self.stood.clone(),
            started: self.started,
        };
        serde_json::to_value(&stored).unwrap_or_default()
    }
}

/// Returns the value that takes an issue out of the tickets and says where its run is shown.
pub(super) fn twin_of(key: &str) -> Value {
    json!({"twin-of": key})
}

/// Tells whether a step of the run that `body` shows is settled or has failed.
pub(super) fn is_started(body: &str) -> bool {
    let body = Body::read(body);
    let progress = body.progress();
    let in_parts = body.ticket.is_some_and(|(marker, _)| marker.begun);
    in_parts || progress.steps.open < progress.steps.total()
}
