//! `list`: the procedures found.

use std::path::PathBuf;

use super::output::{Palette, json, paint};
use super::session::Session;
use super::{Exit, Format};
use crate::diagnostic::count;
use crate::document::plain_text;
use crate::procedure::listing::listing;
use crate::procedure::{Phase, Procedure};
use crate::sync::load::{SourcePath, roots_of_paths};

/// List the procedures that the documents hold
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet list                          those of the config's sources
  runsheet list docs/*.rst               those of these files
  runsheet list --format json            with every step, for programs")]
pub(super) struct Args {
    /// The documents; without one, those that the config names
    #[arg(value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// How to print them
    #[arg(long, default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let config = session.config()?;
    let library = if args.sources.is_empty() {
        session.library(&config)?
    } else {
        let paths: Vec<SourcePath> = args
            .sources
            .iter()
            .map(|path| SourcePath::given(path))
            .collect();
        session.read(&config, &paths, &roots_of_paths(&paths))?
    };
    session.count_warnings(&library)?;
    if args.format == Format::Json {
        json::print(session.output, &listing(&library.procedures))?;
        return Ok(Exit::Clean);
    }
    let palette = session.output.data;
    let files = library
        .procedures
        .chunk_by(|a, b| a.place.path() == b.place.path());
    for procedures in files {
        let path = procedures[0].place.path().display();
        session.output.line(paint(palette.strong, path))?;
        for (at, procedure) in procedures.iter().enumerate() {
            let is_last = at + 1 == procedures.len();
            session.output.print(entry(procedure, is_last, palette))?;
        }
    }
    if library.procedures.is_empty() {
        session.output.say("no procedure found")?;
    }
    Ok(Exit::Clean)
}

/// Returns the lines about one procedure: its own, then one for each phase.
fn entry(procedure: &Procedure, is_last: bool, palette: Palette) -> String {
    let (branch, trunk) = if is_last {
        ("└─", "   ")
    } else {
        ("├─", "│  ")
    };
    let mut about = vec![format!("line {}", procedure.place.line())];
    if !procedure.preconditions.is_empty() {
        about.push(count(procedure.preconditions.len(), "precondition"));
    }
    let mut lines = format!(
        "{branch} {}  {} {}\n",
        paint(palette.name, &procedure.slug),
        plain_text(&procedure.title),
        paint(palette.faint, format!("({})", about.join(", "))),
    );
    // A heading over nothing but other headings says nothing here.
    let shown: Vec<&Phase> = procedure
        .phases
        .iter()
        .filter(|phase| phase.steps().next().is_some() || is_titled(phase, procedure))
        .collect();
    for (at, phase) in shown.iter().enumerate() {
        let branch = if at + 1 == shown.len() {
            "└─"
        } else {
            "├─"
        };
        lines.push_str(&format!(
            "{trunk}{branch} {}\n",
            phase_line(phase, procedure, palette)
        ));
    }
    lines
}

fn phase_line(phase: &Phase, procedure: &Procedure, palette: Palette) -> String {
    let direct = phase.steps().filter(|step| step.has_box).count();
    let all = phase
        .steps()
        .flat_map(|step| step.walk())
        .filter(|step| step.has_box)
        .count();
    let about = match (direct, all) {
        (_, 0) => String::new(),
        (0, all) => count(all, "step"),
        (direct, all) if all > direct => {
            format!("{}, {all} with substeps", count(direct, "step"))
        }
        (direct, _) => count(direct, "step"),
    };
    let title = plain_text(&phase.title);
    let own_title = is_titled(phase, procedure);
    let kind = format!("{:<11}", phase.kind.as_str());
    let kind = paint(palette.caution, kind);
    let about = match about.as_str() {
        "" => about,
        _ => paint(palette.faint, about),
    };
    let line = if own_title {
        format!("{kind} {title} {about}")
    } else {
        format!("{kind} {about}")
    };
    line.trim_end().to_owned()
}

/// Tells whether a phase has a heading of its own.
fn is_titled(phase: &Phase, procedure: &Procedure) -> bool {
    phase.title != procedure.title && !plain_text(&phase.title).is_empty()
}
