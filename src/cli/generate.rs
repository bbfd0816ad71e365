//! `generate`: every configured output, written.

use anyhow::bail;

use super::Exit;
use super::output::paint;
use super::session::Session;
use crate::diagnostic::Severity;
use crate::diagnostic::count;
use crate::error::Error;
use crate::generate::{Output, Permission, Plan, Status};
use crate::sync::SyncError;
use crate::sync::outputs::{plan_outputs, write_outputs};
use crate::sync::wanted::Press;

/// Write every output that the config asks for, and say what changed
///
/// An output that was edited by hand since it was generated is left alone, and so is one whose procedure is
/// gone; both are named, and the exit code is 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet generate --dry-run     what would change
  runsheet generate               write it
  runsheet generate --force       write over what was edited by hand, too")]
pub(super) struct Args {
    /// Write over outputs that were edited by hand
    #[arg(long)]
    force: bool,
    /// Delete outputs whose procedure is gone
    #[arg(long)]
    prune: bool,
    /// Say what would be done and do nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let config = session.config()?;
    if config.outputs.is_empty() {
        bail!("the config asks for no output: add an `[[output]]` table to runsheet.toml");
    }
    let library = session.library(&config)?;
    let press = Press::new(&config, None).map_err(Error::from)?;
    let permission = Permission {
        overwrite_edited: args.force,
        delete_orphans: args.prune,
    };
    let (plan, faults) =
        plan_outputs(&config, &library, &press, permission).map_err(Error::from)?;
    session.output.report(&faults)?;
    if faults.iter().any(|fault| fault.severity == Severity::Error) {
        bail!("the outputs cannot be written as the config has them");
    }
    if !args.dry_run {
        write_outputs(&plan.writes, &config.root)
            .map_err(|why| Error::from(SyncError::from(why)))?;
    }
    let mut kept = false;
    for output in &plan.outputs {
        let told = Told::new(output, permission);
        kept |= told == Told::Kept;
        tell(output, told, args.dry_run, session)?;
    }
    session.output.say(summary(&plan, args.dry_run))?;
    Ok(Exit::found_if(kept))
}

/// What is said about an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Nothing,
    Written,
    Deleted,
    Kept,
}

impl Told {
    fn new(output: &Output, permission: Permission) -> Self {
        match output.status {
            Status::Fresh => Self::Nothing,
            Status::Missing | Status::Stale | Status::Foreign => Self::Written,
            Status::Edited if permission.overwrite_edited => Self::Written,
            Status::Orphan if output.is_deleted(permission) => Self::Deleted,
            Status::Edited | Status::Orphan => Self::Kept,
        }
    }
}

fn tell(
    output: &Output,
    told: Told,
    dry_run: bool,
    session: &mut Session<'_>,
) -> anyhow::Result<()> {
    let palette = session.output.data;
    let name = output.shown();
    let (style, verb) = match (told, output.status, dry_run) {
        (Told::Nothing, ..) => return Ok(()),
        (Told::Written, Status::Missing, false) => (palette.good, "added"),
        (Told::Written, Status::Missing, true) => (palette.good, "would add"),
        (Told::Written, _, false) => (palette.good, "wrote"),
        (Told::Written, _, true) => (palette.good, "would write"),
        (Told::Deleted, _, false) => (palette.bad, "deleted"),
        (Told::Deleted, _, true) => (palette.bad, "would delete"),
        (Told::Kept, ..) => (palette.caution, "left alone"),
    };
    session
        .output
        .line(format!("{} {name}", paint(style, verb)))?;
    let why = match (told, output.status) {
        (Told::Kept, Status::Orphan) => {
            "its procedure is gone; --prune deletes it, --force too where it was edited by hand"
        }
        (Told::Kept, _) => "it was edited by hand; --force would lose",
        (Told::Written, Status::Foreign) => "it was not generated before; these lines go",
        (Told::Written, Status::Edited) => "it was edited by hand; these lines go",
        _ => return Ok(()),
    };
    let lost = output.lost();
    let mark = if lost.is_empty() || output.status == Status::Orphan {
        ""
    } else {
        ":"
    };
    session.output.line(format!("  {why}{mark}"))?;
    if output.status != Status::Orphan {
        for line in lost {
            session
                .output
                .line(paint(palette.bad, format!("  - {line}")))?;
        }
    }
    Ok(())
}

fn summary(plan: &Plan, dry_run: bool) -> String {
    let fresh = plan
        .outputs
        .iter()
        .filter(|it| it.status == Status::Fresh)
        .count();
    let files = count(plan.writes.len(), "file");
    let verb = if dry_run { "would change" } else { "changed" };
    format!("{files} {verb}, {} up to date", count(fresh, "output"))
}
