//! `sync`: changes of the documents into the tickets of open runs.

use std::time::Duration;

use super::delivery::handed_in::HandedIn;
use super::delivery::{Counter, duration};
use super::output::json;
use super::session::{Progress, Session};
use super::tickets::{Desk, exit_of, print_all_done};
use super::{Exit, Format};
use crate::error::Error;
use crate::plan::{Action, Plan};
use crate::run::RunKey;
use crate::sync::closing::reopens;
use crate::sync::runs::is_open;
use crate::sync::wanted::Press;
use crate::sync::{Mode, sync};

/// Bring changes of the documents into the tickets of open runs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet sync                              every open run
  runsheet sync database-upgrade/2.3.0       this one
  runsheet sync --dry-run                    say what would change

Ticks stay with their steps, and what people wrote stays. Where the document and a person changed the same line, \
both stand in the ticket and the exit code is 1. A comment tells what changed. What is set in \
one ticket of a run reaches those in other trackers. A pinned ticket's text stays as it is.")]
pub(super) struct Args {
    /// The runs; without one, every open run
    #[arg(value_name = "RUN")]
    runs: Vec<String>,
    /// Use this tracker instead of the default ones
    #[arg(long, value_name = "NAME")]
    tracker: Vec<String>,
    /// How long to wait for others before what is left is left to the next sync
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    wait: Duration,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// How to print what was done
    #[arg(long, default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    session.waiting.limit = args.wait;
    let config = session.config()?;
    let trackers = session.trackers(&config, &args.tracker)?;
    let mode = if args.dry_run {
        Mode::Plan
    } else {
        Mode::Apply
    };
    // What waits was said of the tickets as they are; the documents' changes come after it.
    let before = Counter::deliver_waiting(&config, &args.tracker, mode, session);
    let desk = Desk::read(trackers, session)?;
    let asked: Vec<RunKey> = args
        .runs
        .iter()
        .map(|asked| desk.find(asked))
        .collect::<Result<_, _>>()?;
    let library = session.library(&config)?;
    let press = Press::new(&config, None).map_err(Error::from)?;
    let due: Vec<_> = desk
        .tickets()
        .filter(|(tracker, _, ticket)| match asked.as_slice() {
            [] => is_open(ticket) || reopens(&tracker.rules(), &ticket.issue),
            asked => asked.contains(&ticket.run),
        })
        .collect();
    let progress = Progress::new("syncing", due.len(), session.output.shows_progress());
    let mut plan = Plan::default();
    let mut failed = Vec::new();
    for (tracker, listing, ticket) in &due {
        let done = &plan.tickets;
        match sync(ticket, listing, done, &library, &press, *tracker, mode) {
            Ok(done) => plan.tickets.push(done),
            Err(why) => failed.push((ticket.run.clone(), why)),
        }
        progress.tick();
    }
    progress.finish();
    let mirrored = desk.mirror(&asked, &mut plan, mode);
    failed.extend(mirrored);
    let (reports, state_fault) = match before {
        Ok(before) => (before, None),
        Err(why) => (None, Some(why)),
    };
    let mut left = None;
    if let Some(before) = reports {
        before.add_to(&mut plan);
        left = before.is_waiting().then_some(before);
    }
    if left.is_some() && mode == Mode::Apply {
        // The documents may have brought the steps that were missing.
        left = Counter::deliver_waiting(&config, &args.tracker, mode, session)?;
        if let Some(left) = &left {
            left.add_to(&mut plan);
        }
    }
    session.tell_notes(&desk.trackers)?;
    match (args.format, mode) {
        (Format::Json, _) => json::print(session.output, &plan)?,
        (Format::Text, Mode::Plan) => session.output.print(&plan)?,
        (Format::Text, Mode::Apply) => {
            print_all_done(&plan, session)?;
        }
    }
    if due.is_empty() {
        session.output.say("no open run")?;
    }
    let mut left = left.filter(HandedIn::is_waiting);
    let changes = plan.tickets.iter().any(|ticket| !ticket.changes.is_empty());
    if mode == Mode::Plan && changes && left.as_ref().is_some_and(HandedIn::is_refused) {
        left = None;
        session.output.say(
            "some reports wait for steps that are not there: they are tried again once these changes are made",
        )?;
    }
    let exit = match &left {
        Some(left) => Some(left.exit(session)?),
        None => None,
    };
    if let Some((run, why)) = failed.pop() {
        for (run, why) in failed {
            session.output.error(
                &anyhow::Error::from(Error::from(why)).context(format!("cannot sync `{run}`")),
            )?;
        }
        return Err(anyhow::Error::from(Error::from(why)).context(format!("cannot sync `{run}`")));
    }
    if let Some(why) = state_fault {
        return Err(why);
    }
    if let (Some(exit), Some(left)) = (exit, left) {
        // The trackers were there: what is left needs somebody, not another try.
        return Ok(if left.is_refused() { Exit::Found } else { exit });
    }
    let is_orphan = plan
        .tickets
        .iter()
        .any(|ticket| matches!(ticket.action, Action::Leave(_)));
    Ok(match exit_of(&plan) {
        _ if !desk.is_whole => Exit::Failed,
        Exit::Clean => Exit::found_if(is_orphan),
        found => found,
    })
}
