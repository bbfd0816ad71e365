//! `done`, `undo`, `skip`, `fail`: what became of steps.

use jiff::Timestamp;

use super::output::{json, paint};
use super::session::Session;
use super::tickets::Desk;
use super::{Exit, Format};
use crate::body::Body;
use crate::body::progress::Progress;
use crate::checklist::Evidence;
use crate::error::Error;
use crate::issue::IssueState;
use crate::plan::{Action, Plan, TicketPlan};
use crate::report::Outcome;
use crate::sync::Mode;
use crate::sync::report::{Message, find_steps, report};

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
    /// Use this tracker instead of the default ones
    #[arg(long, value_name = "NAME")]
    tracker: Vec<String>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// How to print what was done
    #[arg(long, default_value = "text")]
    format: Format,
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
    with_substeps: bool,
    session: &mut Session<'_>,
) -> anyhow::Result<Exit> {
    let config = session.config()?;
    let trackers = session.trackers(&config, &args.tracker)?;
    let desk = Desk::read_run(trackers, &args.run, session)?;
    let key = desk.find(&args.run)?;
    let said = Evidence {
        by: args.by.clone(),
        at: args.at,
        note: args.note.clone(),
        link: args.link.clone(),
    };
    let message = Message {
        assumed: Evidence {
            by: args.by.clone().or_else(|| session.environment.user.clone()),
            at: args.at.or_else(|| Some(now())),
            ..said.clone()
        },
        said,
        outcome,
    };
    let mode = if args.dry_run {
        Mode::Plan
    } else {
        Mode::Apply
    };
    let shown = desk.shown(&key)?;
    // Every step is found in every ticket before anything is written to any.
    let mut steps = Vec::new();
    for (_, ticket) in &shown {
        let body = Body::read(&ticket.issue.body);
        steps.push(find_steps(&body, &args.steps, with_substeps).map_err(Error::from)?);
    }
    let mut plan = Plan::default();
    for ((tracker, ticket), steps) in shown.iter().zip(&steps) {
        let ended = report(ticket, steps, &message, *tracker, mode).map_err(Error::from)?;
        if args.format == Format::Text && mode == Mode::Apply {
            print_ticket(&ended.0, &ended.1, session)?;
            if ticket.issue.state == IssueState::Closed {
                session.output.say("the ticket is closed")?;
            }
        }
        plan.tickets.push(ended.0);
    }
    session.tell_notes(&desk.trackers)?;
    match (args.format, mode) {
        (Format::Json, _) => json::print(session.output, &plan)?,
        (Format::Text, Mode::Plan) => session.output.print(&plan)?,
        (Format::Text, Mode::Apply) => {}
    }
    Ok(Exit::Clean)
}

/// Returns the time, to the second: nobody ticks boxes faster.
fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now)
}

/// Prints what a report did, and what is next.
fn print_ticket(
    ticket: &TicketPlan,
    progress: &Progress,
    session: &mut Session<'_>,
) -> anyhow::Result<()> {
    let palette = session.output.data;
    for reported in &ticket.reported {
        let state = paint(palette.good, &reported.state);
        session.output.line(format!("{state}  {}", reported.text))?;
    }
    if ticket.action == Action::Keep {
        session
            .output
            .say("as reported before: nothing to change")?;
    }
    let required = progress.required.total();
    let settled = required - progress.required_open.min(required);
    let mut about = format!("{}: {settled} of {required} required steps", ticket.run);
    if let Some(next) = progress.next().next() {
        about.push_str(&format!("; next {} {}", next.number, next.text));
    }
    session.output.say(about)?;
    Ok(())
}
