//! How reports are handed in: kept on disk first, delivered, and what came of it told.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::output::{count, paint};
use super::session::Session;
use super::{Exit, Format};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::issue::IssueState;
use crate::plan::{Action, Plan, TicketPlan};
use crate::report::Report;
use crate::state::lock::Patience;
use crate::state::queue::{self, Entry, Trouble};
use crate::state::{State, StateError};
use crate::sync::Mode;
use crate::sync::delivery::deliver;
use crate::tracker::{Tracker, TrackerError};

/// How reports are delivered.
#[derive(Debug, clap::Args)]
pub(super) struct Delivery {
    /// Use this tracker instead of the default ones
    #[arg(long, value_name = "NAME")]
    tracker: Vec<String>,
    /// How long to wait for others before the report is left to the next sync
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = duration)]
    wait: Duration,
    /// End with 0 also where a report is only kept, to be delivered by a later sync
    #[arg(long)]
    allow_queued: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// How to print what was done
    #[arg(long, default_value = "text")]
    pub(super) format: Format,
}

/// Reads a duration, as in `20s` or `5m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let read: Option<SignedDuration> = text.parse().ok();
    let read = read.and_then(|read| Duration::try_from(read).ok());
    read.ok_or_else(|| "a duration is written as 20s, 5m or 1h".to_owned())
}

/// Whether reports that are handed in at once stand or fall together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// One command: where one step cannot be told, nothing of it is done, and nothing of it waits.
    Together,
    /// Each by itself: one that has no place waits.
    Each,
}

/// Where reports are handed in.
pub(super) struct Counter {
    state_dir: PathBuf,
    names: Vec<String>,
    trackers: Vec<Box<dyn Tracker>>,
    /// The trackers that could not even be asked.
    away: Vec<(String, Trouble)>,
    wait: Duration,
    allow_queued: bool,
    mode: Mode,
}

impl Counter {
    /// Returns the counter for the trackers that are named, else for the config's default ones.
    pub(super) fn open(
        config: &Config,
        args: &Delivery,
        session: &mut Session<'_>,
    ) -> anyhow::Result<Self> {
        session.patience = args.wait;
        let names = if args.tracker.is_empty() {
            config.default_trackers.clone()
        } else {
            args.tracker.clone()
        };
        let mode = if args.dry_run {
            Mode::Plan
        } else {
            Mode::Apply
        };
        let mut counter = Self::at(config, args.wait, mode);
        counter.allow_queued = args.allow_queued;
        counter.ask(config, &names, session)?;
        Ok(counter)
    }

    fn at(config: &Config, wait: Duration, mode: Mode) -> Self {
        Self {
            state_dir: config.state_dir.clone(),
            names: Vec::new(),
            trackers: Vec::new(),
            away: Vec::new(),
            wait,
            allow_queued: false,
            mode,
        }
    }

    /// Reaches the trackers of these names.
    fn ask(
        &mut self,
        config: &Config,
        names: &[String],
        session: &Session<'_>,
    ) -> anyhow::Result<()> {
        for name in names {
            match session.tracker(config, name) {
                Ok(tracker) => self.trackers.push(tracker),
                Err(why @ TrackerError::Unknown { .. }) => return Err(Error::from(why).into()),
                // What is missing may be there next time.
                Err(why) => self.away.push((name.clone(), Trouble::passing(&why))),
            }
        }
        self.names = names.to_vec();
        Ok(())
    }

    /// Delivers what waits on disk for the trackers of these names, for all where none is named.
    ///
    /// Returns `None` where nothing waits for them.
    pub(super) fn deliver_waiting(
        config: &Config,
        names: &[String],
        wait: Duration,
        mode: Mode,
        session: &Session<'_>,
    ) -> anyhow::Result<Option<HandedIn>> {
        let Some(mut state) = State::existing(&config.state_dir, wait).map_err(state_error)? else {
            return Ok(None);
        };
        let mut waiting = state.waiting().map_err(state_error)?;
        let is_meant = |name: &String| names.is_empty() || names.contains(name);
        waiting.retain(|entry| entry.trackers.iter().any(is_meant));
        if waiting.is_empty() {
            return Ok(None);
        }
        let mut due: Vec<String> = Vec::new();
        for name in waiting.iter().flat_map(|entry| &entry.trackers) {
            // A tracker that is no more in the config has no ticket; its reports are shown by `status`.
            if is_meant(name) && !due.contains(name) && config.tracker(name).is_some() {
                due.push(name.clone());
            }
        }
        let mut counter = Self::at(config, wait, mode);
        counter.ask(config, &due, session)?;
        let ids = if mode == Mode::Plan {
            state = State::in_memory().map_err(state_error)?;
            state.add(&waiting).map_err(state_error)?
        } else {
            waiting.iter().map(|entry| entry.id).collect()
        };
        // Who delivers what waits has looked at the tickets, and told what is wrong with them.
        let (handed, _) = counter.deliver(&mut state, &ids, Asked::Each)?;
        Ok(Some(handed))
    }

    /// Keeps the reports, delivers what waits, and returns what became of them.
    pub(super) fn hand_in(
        &self,
        reports: Vec<Report>,
        asked: Asked,
        session: &mut Session<'_>,
    ) -> anyhow::Result<HandedIn> {
        let user = &session.environment.user;
        let received = now();
        let entries: Vec<Entry> = reports
            .into_iter()
            .map(|report| Entry {
                together: asked == Asked::Together,
                ..Entry::new(report, user.clone(), received, self.names.clone())
            })
            .collect();
        let (mut state, ids) = self.keep(&entries, session)?;
        let (handed, findings) = self.deliver(&mut state, &ids, asked)?;
        session.output.report(&findings)?;
        Ok(handed)
    }

    fn deliver(
        &self,
        state: &mut State,
        ids: &[i64],
        asked: Asked,
    ) -> anyhow::Result<(HandedIn, Vec<Diagnostic>)> {
        let answered = ids.first().copied().filter(|_| asked == Asked::Together);
        let patience = Patience {
            limit: self.wait,
            wait: &thread::sleep,
        };
        let trackers = &self.trackers;
        let delivered = deliver(state, ids, answered, trackers, self.mode, patience);
        let mut delivered = delivered.map_err(|why| Error::Sync(why.into()))?;
        for entry in &mut delivered.entries {
            let away = self
                .away
                .iter()
                .find(|(name, _)| entry.trackers.contains(name));
            if let Some((_, trouble)) = away {
                entry.trouble.get_or_insert_with(|| trouble.clone());
            } else if delivered.was_busy && !entry.is_settled() {
                let why = format!("another process has been delivering for {:?}", self.wait);
                entry.trouble.get_or_insert(Trouble {
                    why,
                    hint: None,
                    refused: false,
                });
            }
        }
        let is_left = !state.entries(ids).map_err(state_error)?.is_empty();
        let handed = HandedIn {
            entries: delivered.entries,
            kept_in: state.path().map(ToOwned::to_owned),
            is_dropped: !is_left,
            allow_queued: self.allow_queued,
            mode: self.mode,
        };
        Ok((handed, delivered.findings))
    }

    /// Writes reports to the disk; where that cannot be done, they are delivered all the same.
    fn keep(
        &self,
        entries: &[Entry],
        session: &mut Session<'_>,
    ) -> anyhow::Result<(State, Vec<i64>)> {
        let in_memory = || -> Result<_, StateError> {
            let mut state = State::in_memory()?;
            let ids = state.add(entries)?;
            Ok((state, ids))
        };
        if self.mode == Mode::Plan {
            return Ok(in_memory().map_err(state_error)?);
        }
        let kept = State::open(&self.state_dir, self.wait).and_then(|mut state| {
            let ids = state.add(entries)?;
            Ok((state, ids))
        });
        match kept {
            Ok(kept) => Ok(kept),
            Err(why) => {
                let hint = why.hint();
                let why = anyhow::Error::from(why);
                let what = format!("the report is not kept on disk: {why:#}");
                session.output.warn(&what, Some(&hint))?;
                Ok(in_memory().map_err(state_error)?)
            }
        }
    }
}

/// Returns the time, to the second: nobody ticks boxes faster.
pub(super) fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now)
}

fn state_error(why: StateError) -> Error {
    Error::Sync(crate::sync::delivery::DeliveryError::from(why).into())
}

/// What became of reports that were handed in.
pub(super) struct HandedIn {
    pub(super) entries: Vec<Entry>,
    kept_in: Option<PathBuf>,
    /// Whether the tickets have no place for them, and they do not wait.
    is_dropped: bool,
    allow_queued: bool,
    mode: Mode,
}

impl HandedIn {
    /// Returns several as one.
    pub(super) fn together(all: Vec<Self>) -> Self {
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
    pub(super) fn add_to(&self, plan: &mut Plan) {
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
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting().next().is_some()
    }

    /// Tells whether all that waits does so because the tickets have no place for it.
    pub(super) fn is_refused(&self) -> bool {
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
        }
        plan
    }

    fn deliveries(&self) -> impl DoubleEndedIterator<Item = &queue::Delivery> {
        self.entries.iter().flat_map(|entry| &entry.deliveries)
    }

    fn waiting(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.is_settled())
    }

    /// Returns it for programs.
    pub(super) fn as_json(&self) -> Value {
        let mut all = json!(self.plan());
        if !self.is_dropped && self.waiting().next().is_some() {
            let waiting: Vec<Value> = self.waiting().map(waiting_json).collect();
            all["waiting"] = waiting.into();
        }
        all
    }

    /// Prints what was done to each ticket, and what is next there.
    pub(super) fn print(&self, session: &mut Session<'_>) -> anyhow::Result<()> {
        let plan = self.plan();
        if self.mode == Mode::Plan {
            session.output.print(&plan)?;
            return Ok(());
        }
        let palette = session.output.data;
        for ticket in &plan.tickets {
            for reported in &ticket.reported {
                let state = paint(palette.good, &reported.state);
                session.output.line(format!("{state}  {}", reported.text))?;
            }
            if ticket.action == Action::Keep {
                session
                    .output
                    .say("as reported before: nothing to change")?;
            }
            let is_here = |delivery: &&queue::Delivery| {
                delivery.tracker == ticket.tracker
                    && ticket.ticket.as_ref() == Some(&delivery.ticket)
            };
            let Some(last) = self.deliveries().rfind(is_here) else {
                continue;
            };
            let (settled, required) = (last.settled, last.required);
            let mut about = format!("{}: {settled} of {required} required steps", last.run);
            if let Some(next) = &last.next {
                about.push_str(&format!("; next {next}"));
            }
            session.output.say(about)?;
            if last.state == IssueState::Closed {
                session.output.say("the ticket is closed")?;
            }
        }
        Ok(())
    }

    /// Says what could not be delivered and where it waits, and returns how the verb ends.
    pub(super) fn exit(&self, session: &mut Session<'_>) -> anyhow::Result<Exit> {
        let waiting: Vec<&Entry> = self.waiting().collect();
        if waiting.is_empty() {
            return Ok(Exit::Clean);
        }
        let mut told: Vec<&Trouble> = Vec::new();
        for trouble in waiting.iter().filter_map(|entry| entry.trouble.as_ref()) {
            if !told.contains(&trouble) {
                session
                    .output
                    .fault(&trouble.why, trouble.hint.as_deref())?;
                told.push(trouble);
            }
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

/// Returns a report that waits for programs.
pub(super) fn waiting_json(entry: &Entry) -> Value {
    json!({
        "id": entry.id,
        "report": entry.report,
        "received": entry.received,
        "trackers": entry.trackers,
        "tries": entry.tries,
        "why": entry.trouble.as_ref().map(|trouble| &trouble.why),
    })
}
