//! `status`: how far runs are.

use serde::Serialize;

use super::output::{Palette, json, paint};
use super::session::Session;
use super::tickets::Desk;
use super::{Exit, Format};
use crate::body::Body;
use crate::body::progress::Progress;
use crate::issue::IssueState;
use crate::run::RunKey;
use crate::sync::library::Library;
use crate::sync::load::find_sources;
use crate::sync::rename::renamed_to;
use crate::sync::runs::is_open;
use crate::tracker::Ticket;

/// Show how far runs are
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet status                                     every open run
  runsheet status 2.3.0                               one, with its next steps
  runsheet status 2.3.0 --require-complete            exit 1 while a required box is open")]
pub(super) struct Args {
    /// The runs; without one, every open run
    #[arg(value_name = "RUN")]
    runs: Vec<String>,
    /// Exit 1 while a required box is open
    #[arg(long)]
    require_complete: bool,
    /// Use this tracker instead of the default ones
    #[arg(long, value_name = "NAME")]
    tracker: Vec<String>,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
}

/// How far one run is, as one tracker shows it.
#[derive(Debug, Serialize)]
struct RunStatus {
    run: String,
    key: RunKey,
    tracker: String,
    ticket: String,
    title: String,
    state: IssueState,
    complete: bool,
    /// What is wrong with the run's procedure, where something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    orphan: Option<String>,
    /// Whether the ticket is too damaged to be written to.
    damaged: bool,
    #[serde(flatten)]
    progress: Progress,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let config = session.config()?;
    let trackers = session.trackers(&config, &args.tracker)?;
    let desk = Desk::read(trackers, session)?;
    let asked: Vec<RunKey> = args
        .runs
        .iter()
        .map(|asked| desk.find(asked))
        .collect::<Result<_, _>>()?;
    // A ticket tells how far it is by itself; the documents tell whether its procedure is still there.
    let library = match find_sources(&config.root, &config.sources) {
        Ok(_) => Some(session.library(&config)?),
        Err(_) => None,
    };
    let mut all = Vec::new();
    let mut faults = Vec::new();
    for (tracker, _, ticket) in desk.tickets() {
        let wanted = match asked.as_slice() {
            [] => is_open(ticket),
            asked => asked.contains(&ticket.run),
        };
        if wanted {
            faults.extend(ticket.faults.iter().cloned());
            all.push(status(ticket, tracker.name(), library.as_ref()));
        }
    }
    session.output.report(&faults)?;
    match args.format {
        Format::Json => json::print(session.output, &serde_json::json!({ "runs": all }))?,
        Format::Text => {
            let with_steps = !asked.is_empty() || all.len() == 1;
            for run in &all {
                let text = draw(run, with_steps, session.output.data);
                session.output.print(text)?;
            }
            if all.is_empty() {
                session.output.say("no open run")?;
            }
        }
    }
    if all.iter().any(|run| run.damaged) {
        anyhow::bail!("a ticket is damaged: mend it in an editor");
    }
    let incomplete = all.iter().any(|run| !run.complete);
    Ok(Exit::found_if(args.require_complete && incomplete))
}

fn status(ticket: &Ticket, tracker: &str, library: Option<&Library>) -> RunStatus {
    let progress = Body::read(&ticket.issue.body).progress();
    RunStatus {
        run: ticket.run.to_string(),
        key: ticket.run.clone(),
        tracker: tracker.to_owned(),
        ticket: ticket.issue.location.clone(),
        title: ticket.issue.title.clone(),
        state: ticket.issue.state,
        complete: progress.is_complete(),
        orphan: library.and_then(|library| orphan(ticket, library)),
        damaged: ticket.is_damaged(),
        progress,
    }
}

/// Returns what is wrong with the run's procedure, `None` where it is there.
fn orphan(ticket: &Ticket, library: &Library) -> Option<String> {
    let name = &ticket.run.procedure;
    if library.by_identity(name).is_some() {
        return None;
    }
    Some(match renamed_to(ticket, library) {
        Some(other) => format!(
            "`{name}` is gone; `{}` has its steps, and `runsheet sync` takes the run over",
            other.identity()
        ),
        None => format!("`{name}` is gone, and no procedure has half of its steps"),
    })
}

/// Draws one run: a bar, counts, and its next steps.
fn draw(status: &RunStatus, with_steps: bool, palette: Palette) -> String {
    let progress = &status.progress;
    let required = progress.required.total();
    let settled = required - progress.required_open.min(required);
    let state = match (status.state, status.complete) {
        (IssueState::Closed, _) => paint(palette.faint, "closed"),
        (IssueState::Open, true) => paint(palette.good, "complete"),
        (IssueState::Open, false) => paint(palette.caution, "open"),
    };
    let mut out = format!(
        "{}  {state}\n  {} {settled} of {required} required{}  {}\n",
        paint(palette.strong, &status.run),
        bar(settled, required, palette),
        counts(progress),
        paint(palette.faint, &status.ticket),
    );
    if let Some(orphan) = &status.orphan {
        out.push_str(&format!("  {} {orphan}\n", paint(palette.bad, "orphan:")));
    }
    let shown = if with_steps { 5 } else { 1 };
    for step in progress.next().take(shown) {
        out.push_str(&format!(
            "  next  {} {}\n",
            paint(palette.name, &step.number),
            step.text
        ));
    }
    out
}

/// Returns the counts of what is neither done nor open.
fn counts(progress: &Progress) -> String {
    let steps = progress.steps;
    let mut words = vec![format!("{} done", steps.done)];
    for (number, word) in [
        (steps.skipped, "skipped"),
        (steps.failed, "failed"),
        (steps.open, "open"),
    ] {
        if number > 0 {
            words.push(format!("{number} {word}"));
        }
    }
    format!(" ({})", words.join(", "))
}

/// Draws how much of a whole there is.
fn bar(part: usize, whole: usize, palette: Palette) -> String {
    const WIDTH: usize = 20;
    let full = (part * WIDTH).checked_div(whole).unwrap_or(WIDTH);
    format!(
        "[{}{}]",
        paint(palette.good, "#".repeat(full)),
        paint(palette.faint, ".".repeat(WIDTH - full))
    )
}
