//! `done`, `undo`, `skip`, `fail`: what became of steps.

use jiff::Timestamp;

use super::delivery::{Asked, Counter, Delivery};
use super::output::json;
use super::session::Session;
use super::{Exit, Format};
use crate::report::{Outcome, Report};

/// Report that steps are done
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet done database-upgrade/2.3.0 1.2           by number
  runsheet done 2.3.0 \"stop the workers\"             by a piece of its text
  runsheet done 2.3.0 2 --all                        a group and its substeps
  runsheet done 2.3.0 4 --by ci --link https://ci.example.org/77 --note \"12 tests\"")]
pub(super) struct DoneArgs {
    #[command(flatten)]
    common: Common,
    /// The substeps too
    #[arg(long)]
    all: bool,
}

/// Report that steps are open again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet undo database-upgrade/2.3.0 1.2")]
pub(super) struct UndoArgs {
    #[command(flatten)]
    common: Common,
}

/// Report that steps are left out, and why
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet skip database-upgrade/2.3.0 3 --reason \"no replica at this site\"")]
pub(super) struct SkipArgs {
    #[command(flatten)]
    common: Common,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
}

/// Report that steps were tried and did not work, and why
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet fail database-upgrade/2.3.0 3 --reason \"the replica does not answer\"")]
pub(super) struct FailArgs {
    #[command(flatten)]
    common: Common,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
}

/// What all reports take.
#[derive(Debug, clap::Args)]
struct Common {
    /// The run: PROCEDURE[@VARIANT]/NAME, or any shorter form that fits one run only
    run: String,
    /// The steps: ids, numbers, or unambiguous pieces of their text
    #[arg(value_name = "STEP", required = true)]
    steps: Vec<String>,
    /// Who reports [default: the user, or the CI job's actor]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// When it happened, as in 2026-01-01T09:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// What there is to say about it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Where the evidence is
    #[arg(long, value_name = "URL")]
    link: Option<String>,
    #[command(flatten)]
    delivery: Delivery,
}

/// Reads a reason, which must say something.
fn reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("a reason says why".to_owned()),
        text => Ok(text.to_owned()),
    }
}

pub(super) fn done(args: &DoneArgs, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    run(&args.common, Outcome::Done, args.all, session)
}

pub(super) fn undo(args: &UndoArgs, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    run(&args.common, Outcome::Undone, false, session)
}

pub(super) fn skip(args: &SkipArgs, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let reason = args.reason.clone();
    run(&args.common, Outcome::Skipped { reason }, false, session)
}

pub(super) fn fail(args: &FailArgs, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let reason = args.reason.clone();
    run(&args.common, Outcome::Failed { reason }, false, session)
}

fn run(
    args: &Common,
    outcome: Outcome,
    all: bool,
    session: &mut Session<'_>,
) -> anyhow::Result<Exit> {
    let config = session.config()?;
    let reports = args.steps.iter().map(|step| Report {
        run: args.run.clone(),
        step: step.clone(),
        all,
        outcome: outcome.clone(),
        by: args.by.clone(),
        at: args.at,
        note: args.note.clone(),
        link: args.link.clone(),
    });
    let counter = Counter::open(&config, &args.delivery, session)?;
    let handed = counter.hand_in(reports.collect(), Asked::Together, session)?;
    if args.delivery.format == Format::Json {
        json::print(session.output, &handed.as_json())?;
    } else {
        handed.print(session)?;
    }
    handed.exit(session)
}
