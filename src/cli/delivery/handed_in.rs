//! What became of reports that were handed in, and how it is told.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::Exit;
use crate::cli::output::{Palette, paint};
use crate::cli::session::Session;
use crate::diagnostic::count;
use crate::issue::IssueState;
use crate::plan::{Action, Plan, TicketPlan};
use crate::state::queue::{Delivery, Entry, Trouble};
use crate::sync::Mode;

/// What became of reports that were handed in.
pub(in crate::cli) struct HandedIn {
    pub(in crate::cli) entries: Vec<Entry>,
    pub(super) kept_in: Option<PathBuf>,
    /// Whether the tickets have no place for them, and they do not wait.
    pub(super) is_dropped: bool,
    pub(super) allow_queued: bool,
    pub(super) mode: Mode,
}

impl HandedIn {
    /// Returns several as one.
    pub(in crate::cli) fn together(all: Vec<Self>) -> Self {
        let mut together = Self {
            entries: Vec::new(),
            kept_in: None,
            is_dropped: false,
            allow_queued: false,
            mode: Mode::Apply,
        };
        for handed in all {
            together.entries.extend(handed.entries);
        }
        together
    }

    /// Adds what was done to each ticket to a plan.
    pub(in crate::cli) fn add_to(&self, plan: &mut Plan) {
        for ticket in self.plan().tickets {
            let known = plan
                .tickets
                .iter_mut()
                .find(|known| known.tracker == ticket.tracker && known.ticket == ticket.ticket);
            match known {
                None => plan.tickets.push(ticket),
                Some(known) => {
                    if known.action == Action::Keep {
                        known.action = ticket.action;
                    }
                    known.reported.extend(ticket.reported);
                }
            }
        }
    }

    /// Tells whether anything still waits.
    pub(in crate::cli) fn is_waiting(&self) -> bool {
        self.waiting().next().is_some()
    }

    /// Tells whether all that waits does so because the tickets have no place for it.
    pub(in crate::cli) fn is_refused(&self) -> bool {
        self.waiting()
            .all(|entry| entry.trouble.as_ref().is_some_and(|it| it.refused))
    }

    /// Returns what was done to each ticket.
    fn plan(&self) -> Plan {
        let mut plan = Plan::default();
        for delivery in self.deliveries() {
            let known = plan.tickets.iter_mut().find(|ticket| {
                ticket.tracker == delivery.tracker
                    && ticket.ticket.as_ref() == Some(&delivery.ticket)
            });
            let ticket = match known {
                Some(ticket) => ticket,
                None => {
                    plan.tickets.push(TicketPlan {
                        ticket: Some(delivery.ticket.clone()),
                        action: Action::Keep,
                        ..TicketPlan::create(delivery.run.clone(), delivery.tracker.clone())
                    });
                    let last = plan.tickets.len() - 1;
                    &mut plan.tickets[last]
                }
            };
            if !delivery.reported.is_empty() {
                ticket.action = Action::Update;
            }
            ticket.reported.extend(delivery.reported.iter().cloned());
            for notice in &delivery.notices {
                if !ticket.notices.contains(notice) {
                    ticket.notices.push(notice.clone());
                }
            }
        }
        plan
    }

    fn deliveries(&self) -> impl DoubleEndedIterator<Item = &Delivery> {
        self.entries.iter().flat_map(|entry| &entry.deliveries)
    }

    fn waiting(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.is_settled())
    }

    /// Returns it for programs.
    pub(in crate::cli) fn as_json(&self) -> Value {
        let mut all = json!(self.plan());
        if !self.is_dropped && self.waiting().next().is_some() {
            let waiting: Vec<Value> = self.waiting().map(waiting_json).collect();
            all["waiting"] = waiting.into();
        }
        all
    }

    /// Prints what was done to each ticket, and what is next there.
    pub(in crate::cli) fn print(&self, session: &mut Session<'_>) -> anyhow::Result<()> {
        let plan = self.plan();
        if self.mode == Mode::Plan {
            session.output.print(&plan)?;
            return Ok(());
        }
        // What is the same in several trackers is told once.
        let mut all: Vec<(Told, Vec<&str>)> = Vec::new();
        for ticket in &plan.tickets {
            let told = self.told(ticket, session.output.data);
            match all.iter_mut().find(|(other, _)| *other == told) {
                Some((_, trackers)) => trackers.push(&ticket.tracker),
                None => all.push((told, vec![&ticket.tracker])),
            }
        }
        let trackers: BTreeSet<&str> = plan.tickets.iter().map(|it| &*it.tracker).collect();
        for (told, names) in &all {
            for line in &told.done {
                session.output.line(line)?;
            }
            for line in &told.about {
                match trackers.len() {
                    1 => session.output.say(line)?,
                    _ => session
                        .output
                        .say(format!("{}: {line}", names.join(", ")))?,
                }
            }
        }
        Ok(())
    }

    fn told(&self, ticket: &TicketPlan, palette: Palette) -> Told {
        let done = ticket.reported.iter().map(|reported| {
            let state = paint(palette.good, &reported.state);
            format!("{state}  {}", reported.text)
        });
        let done = done.collect();
        let mut about = Vec::new();
        if ticket.action == Action::Keep {
            about.push("as reported before: nothing to change".to_owned());
        }
        let is_here = |delivery: &&Delivery| {
            delivery.tracker == ticket.tracker && ticket.ticket.as_ref() == Some(&delivery.ticket)
        };
        if let Some(last) = self.deliveries().rfind(is_here) {
            let next = last.next.as_ref().map(|next| format!("; next {next}"));
            about.push(format!(
                "{}: {} of {} required steps{}",
                last.run,
                last.settled,
                last.required,
                next.unwrap_or_default()
            ));
            if last.state == IssueState::Closed {
                about.push("the ticket is closed".to_owned());
            }
        }
        Told { done, about }
    }

    /// Says what could not be delivered and where it waits, and returns how the verb ends.
    pub(in crate::cli) fn exit(&self, session: &mut Session<'_>) -> anyhow::Result<Exit> {
        let waiting: Vec<&Entry> = self.waiting().collect();
        if waiting.is_empty() {
            return Ok(Exit::Clean);
        }
        let mut told: Vec<&Trouble> = Vec::new();
        for entry in &waiting {
            let Some(trouble) = entry.trouble.as_ref().filter(|it| !told.contains(it)) else {
                continue;
            };
            told.push(trouble);
            // Who gave several must know which one it is about.
            let what = match trouble.refused && !self.is_dropped && self.mode == Mode::Apply {
                true => format!(
                    "report {} on `{}`: {}",
                    entry.id, entry.report.run, trouble.why
                ),
                false => trouble.why.clone(),
            };
            session.output.fault(&what, trouble.hint.as_deref())?;
        }
        if self.is_dropped || self.mode == Mode::Plan {
            return Ok(Exit::Failed);
        }
        let (reports, verb, them) = match waiting.len() {
            1 => ("1 report".to_owned(), "waits", "it"),
            several => (count(several, "report"), "wait", "them"),
        };
        let Some(path) = &self.kept_in else {
            let what = format!("{reports} could neither be delivered nor kept");
            session.output.fault(&what, Some("report again"))?;
            return Ok(Exit::Failed);
        };
        let what = format!("{reports} {verb} in `{}`", path.display());
        let hint = if self.is_refused() {
            let ids: Vec<String> = waiting.iter().map(|entry| entry.id.to_string()).collect();
            let ids = ids.join(" ");
            format!(
                "`runsheet sync` tries {them} again, `runsheet report --drop {ids}` takes {them} out"
            )
        } else {
            format!("`runsheet sync` delivers {them}, `runsheet status` shows {them}")
        };
        if self.allow_queued {
            session.output.warn(&what, Some(&hint))?;
            return Ok(Exit::Clean);
        }
        session.output.fault(&what, Some(&hint))?;
        Ok(Exit::Failed)
    }
}

/// What is told of one ticket: what was done, and how it stands now.
#[derive(PartialEq)]
struct Told {
    done: Vec<String>,
    about: Vec<String>,
}

/// Returns a report that waits for programs.
pub(in crate::cli) fn waiting_json(entry: &Entry) -> Value {
    json!({
        "id": entry.id,
        "report": entry.report,
        "received": entry.received,
        "trackers": entry.trackers,
        "tries": entry.tries,
        "why": entry.trouble.as_ref().map(|trouble| &trouble.why),
    })
}
