//! How reports are handed in: kept on disk first, delivered, and what came of it told.

pub(super) mod handed_in;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;

use self::handed_in::HandedIn;
use super::Format;
use super::session::Session;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::report::Report;
use crate::state::queue::{Entry, Trouble};
use crate::state::{State, StateError};
use crate::sync::Mode;
use crate::sync::delivery::deliver;
use crate::tracker::{Tracker, TrackerError};
use crate::waiting::Waiting;

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
    waiting: Waiting,
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
        session.waiting.limit = args.wait;
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
        let mut counter = Self::at(config, session.waiting.clone(), mode);
        counter.allow_queued = args.allow_queued;
        counter.ask(config, &names, session)?;
        Ok(counter)
    }

    fn at(config: &Config, waiting: Waiting, mode: Mode) -> Self {
        Self {
            state_dir: config.state_dir.clone(),
            names: Vec::new(),
            trackers: Vec::new(),
            away: Vec::new(),
            waiting,
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
        mode: Mode,
        session: &Session<'_>,
    ) -> anyhow::Result<Option<HandedIn>> {
        let state = State::existing(&config.state_dir, &session.waiting);
        let Some(mut state) = state.map_err(state_error)? else {
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
        let mut counter = Self::at(config, session.waiting.clone(), mode);
        counter.ask(config, &due, session)?;
        let ids = if mode == Mode::Plan {
            state = State::in_memory().map_err(state_error)?;
            state.add(&waiting).map_err(state_error)?
        } else {
            waiting.iter().map(|entry| entry.id).collect()
        };
        // Who delivers what waits has looked at the tickets, and told what is wrong with them.
        let (mut handed, _) = counter.deliver(&mut state, &ids, Asked::Each)?;
        // Where a report arrived before has been told then.
        let told = waiting.iter().map(|entry| entry.deliveries.len());
        let told: BTreeMap<i64, usize> = ids.into_iter().zip(told).collect();
        for entry in &mut handed.entries {
            let told = told.get(&entry.id).copied().unwrap_or(0);
            entry.deliveries.drain(..told.min(entry.deliveries.len()));
        }
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
        let received = session.now();
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
        session.tell_notes(&self.trackers)?;
        Ok(handed)
    }

    fn deliver(
        &self,
        state: &mut State,
        ids: &[i64],
        asked: Asked,
    ) -> anyhow::Result<(HandedIn, Vec<Diagnostic>)> {
        let answered = ids.first().copied().filter(|_| asked == Asked::Together);
        let trackers = &self.trackers;
        let delivered = deliver(state, ids, answered, trackers, self.mode, &self.waiting);
        let mut delivered = delivered.map_err(|why| Error::Sync(why.into()))?;
        for entry in &mut delivered.entries {
            let away = self
                .away
                .iter()
                .find(|(name, _)| entry.trackers.contains(name));
            if let Some((_, trouble)) = away {
                entry.trouble.get_or_insert_with(|| trouble.clone());
            } else if delivered.was_busy && !entry.is_settled() {
                let why = format!(
                    "another process has been delivering for {:?}",
                    self.waiting.limit
                );
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
        let kept = State::open(&self.state_dir, &self.waiting).and_then(|mut state| {
            let ids = state.add(entries)?;
            Ok((state, ids))
        });
        match kept {
            Ok(kept) => Ok(kept),
            Err(why) => {
                let hint = why.hint();
                let why = anyhow::Error::from(why);
                let what = format!("the report could not be kept on disk first: {why:#}");
                session.output.warn(&what, Some(&hint))?;
                Ok(in_memory().map_err(state_error)?)
            }
        }
    }
}

fn state_error(why: StateError) -> Error {
    Error::Sync(crate::sync::delivery::DeliveryError::from(why).into())
}
