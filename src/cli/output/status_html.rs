//! How far runs are, as one page that needs nothing but itself.
//!
//! Whatever people wrote is text here: the page has no script, and its policy lets the browser fetch nothing.

mod text;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use tera::{Context, Tera};

use self::text::{line, plain, web};
use crate::body::progress::{Progress, StepStatus, is_settled};
use crate::body::{Body, NodeKind};
use crate::checklist::State;

/// The page's template.
const TEMPLATE: &str = include_str!("../../../templates/status.html");

/// What the page shows.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    title: String,
    generated: Timestamp,
    generated_shown: String,
    runs: Vec<Run>,
    waiting: Vec<Alert>,
}

/// A run, as one tracker shows it.
#[derive(Debug, Serialize)]
pub(crate) struct Run {
    anchor: String,
    run: String,
    title: String,
    tracker: String,
    ticket: String,
    /// Where a browser finds the ticket; `None` where it cannot.
    url: Option<String>,
    /// Its tickets in other trackers.
    others: Vec<Other>,
    state: &'static str,
    tone: &'static str,
    settled: usize,
    required: usize,
    percent: usize,
    counts: String,
    alerts: Vec<Alert>,
    phases: Vec<Phase>,
    log: Vec<LogEntry>,
}

/// Another ticket of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Other {
    ticket: String,
    url: Option<String>,
}

/// What needs somebody's attention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Alert {
    /// `failed`, `waits`, `conflict`, `orphan`, `differs`.
    pub(crate) kind: &'static str,
    /// What it is about.
    pub(crate) what: String,
    /// Why; empty where that is said.
    pub(crate) why: String,
}

#[derive(Debug, Serialize)]
struct Phase {
    title: String,
    /// Whether anything in it is required.
    required: bool,
    settled: usize,
    total: usize,
    percent: usize,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Step {
    number: String,
    html: String,
    state: &'static str,
    mark: &'static str,
    tone: &'static str,
    depth: usize,
    /// Whether it may be left out, and its own text does not say so.
    optional: bool,
    said: String,
    link: Option<String>,
}

#[derive(Debug, Serialize)]
struct LogEntry {
    at: Timestamp,
    shown: String,
    by: String,
    state: &'static str,
    tone: &'static str,
    number: String,
    html: String,
    words: String,
    link: Option<String>,
}

/// A run to be shown.
#[derive(Debug)]
pub(crate) struct Shown<'a> {
    /// The run's key.
    pub(crate) run: String,
    /// The ticket's title.
    pub(crate) title: &'a str,
    /// The tracker's name.
    pub(crate) tracker: &'a str,
    /// Where the ticket is.
    pub(crate) ticket: &'a str,
    /// Where its other tickets are.
    pub(crate) others: Vec<&'a str>,
    /// Whether the ticket is open.
    pub(crate) is_open: bool,
    /// The ticket's text.
    pub(crate) body: &'a Body,
    /// How far it is.
    pub(crate) progress: &'a Progress,
    /// What needs somebody's attention.
    pub(crate) alerts: Vec<Alert>,
}

/// Returns the page.
///
/// # Errors
/// Where the template is broken.
pub(crate) fn page(
    runs: Vec<Shown<'_>>,
    waiting: Vec<Alert>,
    now: Timestamp,
) -> Result<String, tera::Error> {
    let runs: Vec<Run> = runs
        .into_iter()
        .enumerate()
        .map(|(at, shown)| run(at, shown))
        .collect();
    let title = match runs.as_slice() {
        [run] => run.title.clone(),
        _ => "Runs".to_owned(),
    };
    let page = Page {
        title,
        generated: now,
        generated_shown: time(now),
        runs,
        waiting,
    };
    let mut tera = Tera::new();
    tera.add_raw_template("status.html", TEMPLATE)?;
    tera.render("status.html", &Context::from_serialize(&page)?)
}

fn other(ticket: &str) -> Other {
    Other {
        ticket: ticket.to_owned(),
        url: web(ticket),
    }
}

fn run(at: usize, shown: Shown<'_>) -> Run {
    let progress = shown.progress;
    let required = progress.required.total() + progress.hidden.len();
    let settled = required.saturating_sub(progress.required_open);
    let (state, tone) = match (shown.is_open, progress.is_complete()) {
        (false, _) => ("closed", "faint"),
        (true, true) => ("complete", "good"),
        (true, false) => ("open", "warn"),
    };
    Run {
        anchor: format!("run-{}", at + 1),
        run: shown.run,
        title: shown.title.to_owned(),
        tracker: shown.tracker.to_owned(),
        ticket: shown.ticket.to_owned(),
        url: web(shown.ticket),
        others: shown.others.into_iter().map(other).collect(),
        state,
        tone,
        settled,
        required,
        percent: percent(settled, required),
        counts: super::counts(progress.steps),
        alerts: shown.alerts,
        phases: phases(shown.body, progress),
        log: log(progress),
    }
}

fn phases(body: &Body, progress: &Progress) -> Vec<Phase> {
    let titles = titles(body);
    let mut phases: BTreeMap<usize, Vec<&StepStatus>> = BTreeMap::new();
    for item in &progress.items {
        phases.entry(item.phase).or_default().push(item);
    }
    let is_only = phases.len() == 1;
    phases
        .into_iter()
        .map(|(at, items)| {
            let required = items.iter().any(|item| item.required);
            let counted = || items.iter().filter(|item| item.required || !required);
            let settled = counted().filter(|item| is_settled(&item.state)).count();
            let title = titles.get(&at).filter(|_| !is_only);
            Phase {
                title: title.cloned().unwrap_or_else(|| "Steps".to_owned()),
                required,
                settled,
                total: counted().count(),
                percent: percent(settled, counted().count()),
                steps: items.into_iter().map(|item| step(item, required)).collect(),
            }
        })
        .collect()
}

/// Returns what stands over the first step of each phase.
fn titles(body: &Body) -> BTreeMap<usize, String> {
    let mut titles = BTreeMap::new();
    let mut last = String::new();
    for node in &body.nodes {
        let text = &body.text[node.start..node.content_end];
        match node.kind {
            NodeKind::Heading(_) => last = plain(text),
            NodeKind::Text => {
                let folded = text.split_once("<summary>");
                if let Some((title, _)) = folded.and_then(|(_, rest)| rest.split_once("</summary>"))
                {
                    last = plain(title);
                }
            }
            NodeKind::Item(item) => {
                if let Some(marker) = body.items[item].step() {
                    let title = titles.entry(marker.duty.phase);
                    title.or_insert_with(|| last.clone());
                }
            }
            NodeKind::Ticket | NodeKind::Base | NodeKind::Conflict => {}
        }
    }
    titles.retain(|_, title| !title.is_empty());
    titles
}

fn step(item: &StepStatus, in_required: bool) -> Step {
    let look = look(&item.state);
    Step {
        number: item.number.clone(),
        html: line(&item.text),
        state: look.word,
        mark: look.mark,
        tone: look.tone,
        depth: item.depth.min(6),
        optional: in_required && !item.required && !item.text.to_lowercase().contains("optional"),
        said: said(&item.state),
        link: item
            .state
            .evidence()
            .and_then(|evidence| web(evidence.link.as_deref()?)),
    }
}

/// Returns what was reported, the last first.
fn log(progress: &Progress) -> Vec<LogEntry> {
    let mut log: Vec<LogEntry> = progress
        .items
        .iter()
        .filter_map(|item| {
            let evidence = item.state.evidence()?;
            let look = look(&item.state);
            Some(LogEntry {
                at: evidence.at?,
                shown: time(evidence.at?),
                by: evidence.by.clone().unwrap_or_default(),
                state: look.word,
                tone: look.tone,
                number: item.number.clone(),
                html: line(&item.text),
                words: words(&item.state).join(" — "),
                link: evidence.link.as_deref().and_then(web),
            })
        })
        .collect();
    // Of two at the same time the later step is the later one.
    log.reverse();
    log.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    log
}

/// How a state is shown.
struct Look {
    word: &'static str,
    mark: &'static str,
    tone: &'static str,
}

fn look(state: &State) -> Look {
    let (mark, tone) = match state {
        State::Open => ("○", "faint"),
        State::Done(_) => ("✓", "good"),
        State::Skipped { .. } => ("–", "faint"),
        State::Failed { .. } => ("✗", "bad"),
    };
    let word = state.as_str();
    Look { word, mark, tone }
}

/// Returns the reason and the note; a link that no browser should follow is shown among them.
fn words(state: &State) -> Vec<String> {
    let reason = match state {
        State::Skipped { reason, .. } | State::Failed { reason, .. } => Some(reason.clone()),
        State::Open | State::Done(_) => None,
    };
    let evidence = state.evidence();
    let note = evidence.and_then(|evidence| evidence.note.clone());
    let link = evidence.and_then(|evidence| evidence.link.clone());
    let link = link.filter(|link| web(link).is_none());
    let all = [reason, note, link].into_iter().flatten();
    all.filter(|words| !words.is_empty()).collect()
}

/// Returns all that was said about a step on one line.
fn said(state: &State) -> String {
    let Some(evidence) = state.evidence() else {
        return String::new();
    };
    let mut said = look(state).word.to_owned();
    if let Some(by) = &evidence.by {
        let _ = write!(said, " by {by}");
    }
    if let Some(at) = evidence.at {
        let _ = write!(said, ", {}", time(at));
    }
    let words = words(state).join(" — ");
    if !words.is_empty() {
        let _ = write!(said, ": {words}");
    }
    said
}

fn percent(part: usize, whole: usize) -> usize {
    (part * 100).checked_div(whole).unwrap_or(100)
}

fn time(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::UTC);
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_each_phase_and_who_did_what() {
        let body = Body::read(
            "## First <i>\n\n- [x] One *(done by <b>ann, 2026-01-01 00:01Z, \
             [evidence](javascript:x): fine)* <!-- rs one n=1.1 -->\n\n<details><summary>Back</summary>\n\n\
             - [ ] Two <!-- rs two n=2.1 p=1 f=a -->\n\n</details>\n",
        );
        let progress = body.progress();
        let shown = Shown {
            run: "up/1".to_owned(),
            title: "Up </title> 1",
            tracker: "tickets",
            ticket: "tickets/up.md",
            others: Vec::new(),
            is_open: true,
            body: &body,
            progress: &progress,
            alerts: Vec::new(),
        };
        let page = page(vec![shown], Vec::new(), Timestamp::UNIX_EPOCH).unwrap();
        for part in [
            "<title>Up &lt;/title&gt; 1</title>",
            "<span>First </span><span class=\"quiet\">1 of 1</span>",
            "<span>Back</span><span class=\"quiet\">0 of 1, only if needed</span>",
            "1970-01-01 00:00 UTC",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert!(
            !page.contains("<b>ann") && !page.contains("href=\"javascript"),
            "{page}"
        );
    }
}
