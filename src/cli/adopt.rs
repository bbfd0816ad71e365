//! `adopt`: an issue that somebody made by hand becomes a run's ticket.

use super::ask::with_values;
use super::output::json;
use super::session::{Session, parse_pair};
use super::tickets::{exit_of, print_all_done};
use super::{Exit, Format};
use crate::error::Error;
use crate::plan::Plan;
use crate::run::RunKey;
use crate::sync::Mode;
use crate::sync::adopt::{Adoption, adopt};
use crate::sync::wanted::{Press, check_values, variant};

/// Take over an issue that was opened by hand or from an issue template
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet adopt upgrade-notes.md database-upgrade --run 2.3.0
  runsheet adopt 77 database-upgrade --run 2.3.0 --tracker github

Ticks stay, and so does whatever people wrote. Steps are told by their text; what the issue lacks is added.")]
pub(super) struct Args {
    /// The issue: its file, number, key or address
    ticket: String,
    /// The procedure: its slug, label, title, or an unambiguous piece of one
    procedure: String,
    /// The run's name, a version for instance
    #[arg(long, value_name = "NAME", value_parser = super::open::run_name)]
    run: String,
    /// Choose a value of an axis, or VALUE alone where only one axis has it
    #[arg(long, value_name = "AXIS=VALUE")]
    variant: Vec<String>,
    /// Give a variable a value
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    set: Vec<(String, String)>,
    /// The tracker that the issue is in
    #[arg(long, value_name = "NAME")]
    tracker: Option<String>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// How to print what was done
    #[arg(long, default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let config = session.config()?;
    let named: Vec<String> = args.tracker.iter().cloned().collect();
    let trackers = session.trackers(&config, &named)?;
    let tracker = match trackers.as_slice() {
        [tracker] => tracker.as_ref(),
        _ => anyhow::bail!("an issue is in one tracker: say which with --tracker"),
    };
    let library = session.library(&config)?;
    session.count_warnings(&library)?;
    let press = Press::new(&config, None).map_err(Error::from)?;
    let variant = variant(&config.variants, &args.variant).map_err(Error::from)?;
    let procedure = library.find_for(&args.procedure, &config.variants, &variant);
    let procedure = procedure.map_err(Error::from)?;
    library.check_identity(procedure).map_err(Error::from)?;
    let mut values = args.set.iter().cloned().collect();
    check_values(library.variables(procedure), &values).map_err(Error::from)?;
    let run = RunKey {
        procedure: procedure.identity().to_owned(),
        variant,
        name: args.run.clone(),
    };
    let declared = library.variables(procedure);
    let wanted = with_values(session, declared, &mut values, |values| {
        press.wanted(procedure, &library, run.clone(), values, tracker)
    })?;
    let adoption = Adoption {
        ticket: &args.ticket,
        wanted: &wanted,
        labels: config
            .tracker(tracker.name())
            .map_or_else(Vec::new, |known| known.labels),
    };
    let mode = if args.dry_run {
        Mode::Plan
    } else {
        Mode::Apply
    };
    let ticket = adopt(&adoption, tracker, mode).map_err(Error::from)?;
    session.output.report(&wanted.findings)?;
    let plan = Plan {
        tickets: vec![ticket],
        ..Plan::default()
    };
    match (args.format, mode) {
        (Format::Json, _) => json::print(session.output, &plan)?,
        (Format::Text, Mode::Plan) => session.output.print(&plan)?,
        (Format::Text, Mode::Apply) => {
            print_all_done(&plan, session)?;
        }
    }
    Ok(exit_of(&plan))
}
