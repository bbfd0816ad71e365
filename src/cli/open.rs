//! `open`: a run's ticket, opened or brought up to date.

use std::time::Duration;

use super::ask::with_values;
use super::delivery::duration;
use super::output::{json, paint};
use super::session::{Session, parse_pair};
use super::tickets::{Desk, exit_of, print_all_done};
use super::{Exit, Format};
use crate::body::Body;
use crate::error::Error;
use crate::issue::IssueDraft;
use crate::plan::{Action, Plan, TicketPlan};
use crate::run::RunKey;
use crate::sync::upkeep::Pin;
use crate::sync::wanted::{Press, Wanted, check_values, variant};
use crate::sync::{Closed, Mode, Opening, open};

/// Open the ticket of a run, or bring it up to date where there is one
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet open database-upgrade --run 2.3.0
  runsheet open rollout --run 2.3.0 --variant site=summit --assignee ann
  runsheet open rollout --run 2.3.0 --pin           leave its text as it is whatever the document says later
  runsheet open rollout --run 2.3.0 --dry-run       say what would be done

However often it runs, a run has one ticket in each tracker, and what people ticked and wrote stays.")]
pub(super) struct Args {
    /// The procedure: its slug, label, title, or an unambiguous piece of one
    procedure: String,
    /// The run's name, a version for instance
    #[arg(long, value_name = "NAME", value_parser = run_name)]
    run: String,
    /// Choose a value of an axis, or VALUE alone where only one axis has it
    #[arg(long, value_name = "AXIS=VALUE")]
    variant: Vec<String>,
    /// Give a variable a value
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    set: Vec<(String, String)>,
    /// Use this tracker instead of the default ones
    #[arg(long, value_name = "NAME")]
    tracker: Vec<String>,
    /// Open the ticket again where it is closed
    #[arg(long)]
    reopen: bool,
    /// Keep the ticket's text as it is from now on, whatever becomes of the document
    #[arg(long)]
    pin: bool,
    /// Let a pinned ticket follow its document again
    #[arg(long, conflicts_with = "pin")]
    no_pin: bool,
    /// Assign a new ticket to somebody
    #[arg(long, value_name = "NAME")]
    assignee: Vec<String>,
    /// Give a new ticket a label
    #[arg(long, value_name = "LABEL")]
    label: Vec<String>,
    /// Give a new ticket a milestone
    #[arg(long, value_name = "MILESTONE")]
    milestone: Option<String>,
    /// How long to wait for others
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    wait: Duration,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// How to print what was done
    #[arg(long, default_value = "text")]
    format: Format,
}

/// Reads a run's name: on one line, not empty.
pub(super) fn run_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() {
        return Err("a run needs a name".to_owned());
    }
    if name.chars().any(char::is_control) {
        return Err("a run's name stands on one line".to_owned());
    }
    Ok(name.to_owned())
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    session.waiting.limit = args.wait;
    let config = session.config()?;
    let trackers = session.trackers(&config, &args.tracker)?;
    let library = session.library(&config)?;
    session.count_warnings(&library)?;
    let press = Press::new(&config, None).map_err(Error::from)?;
    let variant = variant(&config.variants, &args.variant).map_err(Error::from)?;
    let procedure = library.find_for(&args.procedure, &config.variants, &variant);
    let procedure = procedure.map_err(Error::from)?;
    library.check_identity(procedure).map_err(Error::from)?;
    let values = args.set.iter().cloned().collect();
    check_values(library.variables(procedure), &values).map_err(Error::from)?;
    let mut opening = Opening {
        procedure,
        run: RunKey {
            procedure: procedure.identity().to_owned(),
            variant,
            name: args.run.clone(),
        },
        values,
        draft: IssueDraft {
            assignees: args.assignee.clone(),
            milestone: args.milestone.clone(),
            ..IssueDraft::default()
        },
        closed: if args.reopen {
            Closed::Reopen
        } else {
            Closed::Leave
        },
        pin: match (args.pin, args.no_pin) {
            (true, _) => Pin::Set,
            (_, true) => Pin::Lift,
            _ => Pin::Keep,
        },
    };
    let mode = if args.dry_run {
        Mode::Plan
    } else {
        Mode::Apply
    };
    let mut plan = Plan::default();
    let mut wanted = None;
    let mut failed: Vec<anyhow::Error> = Vec::new();
    let mut opened = Vec::new();
    for tracker in trackers {
        let known = config.tracker(tracker.name());
        opening.draft.labels = known.map_or_else(Vec::new, |known| known.labels);
        opening.draft.labels.extend(args.label.iter().cloned());
        let mut values = opening.values.clone();
        let declared = library.variables(procedure);
        let done = with_values(session, declared, &mut values, |values| {
            opening.values = values.clone();
            open(&opening, &library, &press, tracker.as_ref(), mode)
        });
        match done {
            Ok((want, ticket)) => {
                plan.tickets.push(ticket);
                wanted = Some(want);
                opened.push(tracker);
            }
            // What is wrong with the procedure is so in every tracker.
            Err(why) if failed.iter().any(|it| it.to_string() == why.to_string()) => {}
            // One that is away keeps nobody from the others.
            Err(why) => failed.push(why),
        }
    }
    if opened.len() > 1 {
        // A ticket that is new gets what is known from the others.
        let desk = Desk::of_run(opened, &opening.run, &mut failed);
        let mirrored = desk.mirror(&[], &mut plan, mode).into_iter();
        failed.extend(mirrored.map(|(_, why)| Error::from(why).into()));
        opened = desk.trackers;
    }
    session.tell_notes(&opened)?;
    if let Some(wanted) = &wanted {
        session.output.report(&wanted.findings)?;
    }
    match (args.format, mode) {
        _ if plan.tickets.is_empty() => {}
        (Format::Json, _) => json::print(session.output, &plan)?,
        (Format::Text, Mode::Plan) => session.output.print(&plan)?,
        (Format::Text, Mode::Apply) => {
            print_all_done(&plan, session)?;
            if let Some(wanted) = &wanted {
                next_steps(wanted, &plan, session)?;
            }
        }
    }
    if let Some(why) = failed.pop() {
        for why in &failed {
            session.output.error(why)?;
        }
        return Err(why);
    }
    let is_closed = |ticket: &TicketPlan| matches!(ticket.action, Action::Leave(_));
    if plan.tickets.iter().any(is_closed) {
        session.output.say("to open it again: --reopen")?;
        return Ok(Exit::Found);
    }
    Ok(exit_of(&plan))
}

/// Says what to do with a new ticket.
fn next_steps(wanted: &Wanted, plan: &Plan, session: &mut Session<'_>) -> anyhow::Result<()> {
    let Some(ticket) = plan
        .tickets
        .iter()
        .find(|ticket| ticket.action == Action::Create)
    else {
        return Ok(());
    };
    let progress = Body::read(&wanted.body).progress();
    let run = &wanted.run;
    let place = ticket.ticket.as_deref().unwrap_or_default();
    let shell_run = shell_word(&run.to_string());
    let mut lines = vec![format!("next: tick boxes in {place}, or report steps:")];
    if let Some(step) = progress.next().next() {
        let command = format!("runsheet done {shell_run} {}", step.number);
        lines.push(format!(
            "  {}   {}",
            paint(session.output.talk.command, command),
            step.text
        ));
    }
    let command = format!("runsheet status {shell_run}");
    lines.push(format!("  {}", paint(session.output.talk.command, command)));
    session.output.say(lines.join("\n"))?;
    Ok(())
}

/// Returns a word as a shell reads it back.
fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%_+=:,./-".contains(c);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
