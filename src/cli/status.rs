//! `status`: how far runs are.

mod places;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context;
use serde::Serialize;
use serde_json::Value;

use self::places::{Difference, Place, joined};
use super::delivery::handed_in::waiting_json;
use super::output::status_html::{Alert, Shown, page};
use super::output::{Palette, counts, json, paint};
use super::session::Session;
use super::tickets::Desk;
use super::{Exit, Format};
use crate::body::Body;
use crate::body::progress::{Progress, StepStatus};
use crate::checklist::State;
use crate::config::Config;
use crate::diagnostic::count;
use crate::error::Error;
use crate::file::write_over;
use crate::issue::IssueState;
use crate::merge::{Conflict, standing};
use crate::run::RunKey;
use crate::state::queue::Entry;
use crate::state::{self, StateError};
use crate::sync::delivery::DeliveryError;
use crate::sync::library::Library;
use crate::sync::load::find_sources;
use crate::sync::rename::{Owner, owner, ways_out, why_not};
use crate::sync::report::word;
use crate::sync::runs::is_open;
use crate::sync::upkeep::{pinned_to, told_of_pin};
use crate::sync::wanted::Press;
use crate::tracker::Ticket;

/// Show how far runs are
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet status                                     every open run
  runsheet status 2.3.0                               one, with its next steps
  runsheet status 2.3.0 --require-complete            exit 1 while a required box is open
  runsheet status --html status.html                  one page to look at, without a network")]
pub(super) struct Args {
    /// The runs; without one, every open run
    #[arg(value_name = "RUN")]
    runs: Vec<String>,
    /// Exit 1 while a required box is open
    #[arg(long)]
    require_complete: bool,
    /// Write a page with phases, steps and who did what to FILE
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Use this tracker instead of the default ones
    #[arg(long, value_name = "NAME")]
    tracker: Vec<String>,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
}

/// How far one run is, as its first ticket shows it.
#[derive(Debug, Serialize)]
struct RunStatus {
    run: String,
    key: RunKey,
    tracker: String,
    ticket: String,
    /// All its tickets, where it has several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    places: Vec<Place>,
    /// Where they say different things.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<Difference>,
    title: String,
    state: IssueState,
    complete: bool,
    /// What is wrong with the run's procedure, where something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    orphan: Option<String>,
    /// Which content the ticket is pinned to, and whether the document has moved on, where it is pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned: Option<String>,
    /// Whether the ticket is too damaged to be written to.
    damaged: bool,
    /// What the procedure and a person both changed.
    conflicts: Vec<Conflict>,
    /// The reports on it that are not delivered.
    waiting: Vec<Value>,
    #[serde(flatten)]
    progress: Progress,
    #[serde(skip)]
    body: Body,
    #[serde(skip)]
    alerts: Vec<Alert>,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let config = session.config()?;
    let trackers = session.trackers(&config, &args.tracker)?;
    let (queue, state_fault) = waiting(&config, session);
    let desk = match Desk::read(trackers, session) {
        Ok(desk) => desk,
        Err(why) => {
            // What waits is known although the tickets are away.
            for entry in queue.iter().filter(|_| args.format == Format::Text) {
                let line = draw_alert(&alert(entry), session.output.data);
                session.output.print(line.trim_start())?;
            }
            return Err(why);
        }
    };
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
    let press = Press::new(&config, None).ok();
    let queue = Queue::sort(queue, &desk);
    let mut shown = BTreeSet::new();
    let mut all = Vec::new();
    let mut faults = Vec::new();
    for (tracker, _, ticket) in desk.tickets() {
        let wanted = match asked.as_slice() {
            [] => is_open(ticket),
            asked => asked.contains(&ticket.run),
        };
        if wanted {
            faults.extend(ticket.faults.iter().cloned());
            let waiting = queue.of(&ticket.run, tracker.name());
            shown.extend(waiting.iter().map(|entry| entry.id));
            let docs = library.as_ref().zip(press.as_ref());
            all.push(status(ticket, tracker.name(), docs, &waiting));
        }
    }
    let all = joined(all);
    session.output.report(&faults)?;
    let others = queue.others(&shown, &asked);
    if let Some(file) = &args.html {
        let now = session.now();
        let others = others.iter().map(|entry| alert(entry)).collect();
        let page = page(all.iter().map(RunStatus::shown).collect(), others, now)?;
        let written = write_over(file, &page);
        written.with_context(|| format!("cannot write `{}`", file.display()))?;
        let runs = count(all.len(), "run");
        session
            .output
            .say(format!("wrote {}: {runs}", file.display()))?;
    }
    match args.format {
        Format::Json => {
            let others: Vec<Value> = others.iter().map(|entry| waiting_json(entry)).collect();
            let told = serde_json::json!({ "runs": all, "waiting": others });
            json::print(session.output, &told)?;
        }
        Format::Text if args.html.is_some() => {}
        Format::Text => {
            let with_steps = !asked.is_empty() || all.len() == 1;
            for run in &all {
                let text = draw(run, with_steps, session.output.data);
                session.output.print(text)?;
            }
            for entry in others {
                let line = draw_alert(&alert(entry), session.output.data);
                session.output.print(line.trim_start())?;
            }
            if all.is_empty() {
                session.output.say("no open run")?;
            }
        }
    }
    if let Some(why) = state_fault {
        return Err(Error::Sync(DeliveryError::State(why).into()).into());
    }
    if all.iter().any(|run| run.damaged) {
        anyhow::bail!("a ticket is damaged: mend it in an editor");
    }
    if !desk.is_whole {
        return Ok(Exit::Failed);
    }
    let incomplete = all.iter().any(|run| !run.complete);
    Ok(Exit::found_if(args.require_complete && incomplete))
}

/// Returns the reports that wait, and why they cannot be told.
fn waiting(config: &Config, session: &Session<'_>) -> (Vec<Entry>, Option<StateError>) {
    let state = state::State::to_read(&config.state_dir, &session.waiting);
    let waiting =
        state.and_then(|state| state.map_or_else(|| Ok(Vec::new()), |mut state| state.waiting()));
    match waiting {
        Ok(waiting) => (waiting, None),
        Err(why) => (Vec::new(), Some(why)),
    }
}

/// The reports that wait, with the runs they speak of where those are known.
struct Queue(Vec<(Option<RunKey>, Entry)>);

impl Queue {
    fn sort(waiting: Vec<Entry>, desk: &Desk) -> Self {
        let with_run = |entry: Entry| (desk.find(&entry.report.run).ok(), entry);
        Self(waiting.into_iter().map(with_run).collect())
    }

    /// Returns those on a run that must still reach a tracker.
    fn of(&self, run: &RunKey, tracker: &str) -> Vec<&Entry> {
        let known = self
            .0
            .iter()
            .filter(|(known, _)| known.as_ref() == Some(run));
        let entries = known.map(|(_, entry)| entry);
        let is_for = |entry: &&Entry| entry.trackers.iter().any(|name| name == tracker);
        entries.filter(is_for).collect()
    }

    /// Returns those that stand with no ticket that is shown: of runs that are not there, and for trackers that are away.
    fn others(&self, shown: &BTreeSet<i64>, asked: &[RunKey]) -> Vec<&Entry> {
        let is_asked = |run: &Option<RunKey>| {
            asked.is_empty() || run.as_ref().is_some_and(|run| asked.contains(run))
        };
        let others = self
            .0
            .iter()
            .filter(|(run, entry)| is_asked(run) && !shown.contains(&entry.id));
        others.map(|(_, entry)| entry).collect()
    }
}

/// Returns what a report that waits says, and why it waits.
fn alert(entry: &Entry) -> Alert {
    let report = &entry.report;
    let state = word(&report.outcome);
    let mut what = format!("{} {} {state}", report.run, report.step);
    if let Some(by) = entry.assumed().by {
        what.push_str(&format!(" by {by}"));
    }
    what.push_str(&format!(" (report {})", entry.id));
    let why = entry.trouble.as_ref().map(|trouble| trouble.why.clone());
    Alert {
        kind: "waits",
        what,
        why: why.unwrap_or_else(|| "not tried yet".to_owned()),
    }
}

/// Returns what did not work and why, where a step was reported so.
fn failed(item: &StepStatus) -> Option<Alert> {
    let State::Failed { reason, .. } = &item.state else {
        return None;
    };
    let what = format!("{} {}", item.number, item.text);
    Some(Alert {
        kind: "failed",
        what: what.trim().trim_end_matches(['.', ':']).to_owned(),
        why: reason.clone(),
    })
}

fn draw_alert(alert: &Alert, palette: Palette) -> String {
    let colon = if alert.why.is_empty() { "" } else { ": " };
    let kind = paint(palette.bad, format!("{}:", alert.kind));
    format!("  {kind} {}{colon}{}\n", alert.what, alert.why)
}

impl RunStatus {
    fn place(&self) -> Place {
        Place {
            tracker: self.tracker.clone(),
            ticket: self.ticket.clone(),
            state: self.state,
        }
    }

    /// Returns where its tickets are, on one line.
    fn whereabouts(&self) -> String {
        let told = |place: &Place| {
            let closed = match (place.state, self.state) {
                (IssueState::Closed, IssueState::Open) => " (closed)",
                _ => "",
            };
            format!("{}{closed}", place.ticket)
        };
        match self.places.as_slice() {
            [] => self.ticket.clone(),
            places => places.iter().map(told).collect::<Vec<_>>().join("  "),
        }
    }

    /// Returns what a page shows of it.
    fn shown(&self) -> Shown<'_> {
        Shown {
            run: self.run.clone(),
            title: &self.title,
            tracker: &self.tracker,
            ticket: &self.ticket,
            others: self
                .places
                .iter()
                .skip(1)
                .map(|it| it.ticket.as_str())
                .collect(),
            is_open: self.state == IssueState::Open,
            body: &self.body,
            progress: &self.progress,
            alerts: self.alerts.clone(),
        }
    }
}

fn status(
    ticket: &Ticket,
    tracker: &str,
    docs: Option<(&Library, &Press<'_>)>,
    waiting: &[&Entry],
) -> RunStatus {
    let body = Body::read(&ticket.issue.body);
    let progress = body.progress();
    let orphan = docs.and_then(|(library, _)| orphan(ticket, library));
    let pinned = pinned_to(&body.text).map(|pin| match docs {
        Some((library, press)) => told_of_pin(&pin, press.content(ticket, library).as_deref()),
        None => format!("pinned to content {pin}"),
    });
    let conflicts = standing(&body.text);
    let mut alerts: Vec<Alert> = progress.items.iter().filter_map(failed).collect();
    alerts.extend(waiting.iter().map(|entry| alert(entry)));
    alerts.extend(conflicts.iter().map(|conflict| Alert {
        kind: "conflict",
        what: conflict.theirs.clone(),
        why: format!("the procedure says: {}", conflict.ours),
    }));
    alerts.extend(orphan.iter().map(|orphan| Alert {
        kind: "orphan",
        what: orphan.clone(),
        why: String::new(),
    }));
    alerts.extend(pinned.iter().map(|pinned| Alert {
        kind: "note",
        what: pinned.clone(),
        why: String::new(),
    }));
    RunStatus {
        waiting: waiting.iter().map(|entry| waiting_json(entry)).collect(),
        conflicts,
        alerts,
        run: ticket.run.to_string(),
        key: ticket.run.clone(),
        tracker: tracker.to_owned(),
        ticket: ticket.issue.location.clone(),
        places: Vec::new(),
        differences: Vec::new(),
        title: ticket.issue.title.clone(),
        state: ticket.issue.state,
        complete: progress.is_complete(),
        orphan,
        pinned,
        damaged: ticket.is_damaged(),
        progress,
        body,
    }
}

/// Returns what is wrong with the run's procedure, `None` where it is there.
fn orphan(ticket: &Ticket, library: &Library) -> Option<String> {
    let name = &ticket.run.procedure;
    match owner(ticket, library) {
        Owner::Named(_) => None,
        Owner::Renamed(other) => Some(format!(
            "{}; `{}` has its steps, and `runsheet sync` takes the run over",
            why_not(name, library),
            other.identity()
        )),
        Owner::Gone(kin) if kin.is_empty() => Some(format!(
            "`{name}` is gone, and no procedure has half of its steps"
        )),
        Owner::Gone(kin) => Some(format!(
            "{}; {}",
            why_not(name, library),
            ways_out(name, &kin)
        )),
    }
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
        "{}  {state}  {}\n  {} {settled} of {required} required; {}\n",
        paint(palette.strong, &status.run),
        paint(palette.faint, status.whereabouts()),
        bar(settled, required, palette),
        counts(progress.steps),
    );
    for alert in &status.alerts {
        out.push_str(&draw_alert(alert, palette));
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
