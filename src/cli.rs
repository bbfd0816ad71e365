//! The command line: arguments in, exit code out.
//!
//! Data goes to stdout, talk to stderr. Exit code 0 is clean, 1 found something, 2 could not do it.

mod adopt;
mod ask;
mod check;
mod completions;
mod delivery;
mod done;
mod explain;
mod generate;
mod init;
mod list;
mod man;
mod open;
mod outline;
mod output;
mod render;
mod report;
mod session;
mod show;
mod status;
mod sync;
mod tickets;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use self::output::{Output, is_broken_pipe};
use self::session::Session;
use crate::config::Environment;

/// Reads procedures where they are written and keeps tickets in step with them
///
/// A run sheet is the list of steps, in order, that people tick off during a release or an upgrade.
/// Without a config, documents are looked for in sources/ and tickets are files in tickets/.
#[derive(Debug, Parser)]
#[command(
    name = "runsheet",
    version,
    max_term_width = 100,
    after_help = EXAMPLES,
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs"
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  runsheet list                                     what procedures there are
  runsheet show database-upgrade                    one of them, as a tree
  runsheet open database-upgrade --run 2.3.0        a ticket for one run of it
  runsheet done database-upgrade/2.3.0 1 2          its first two steps are done
  runsheet status                                   how far every run is
  runsheet sync                                     bring changes of the documents into the tickets";

/// What every verb takes.
#[derive(Debug, Args)]
struct Global {
    /// Work as if started in DIR
    #[arg(
        short = 'C',
        value_name = "DIR",
        global = true,
        help_heading = "Global options"
    )]
    directory: Option<PathBuf>,
    /// Read this config instead of the nearest runsheet.toml or .runsheet.toml upward
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        help_heading = "Global options"
    )]
    config: Option<PathBuf>,
    /// When to use colours
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        global = true,
        help_heading = "Global options"
    )]
    color: Color,
    /// Say only what went wrong
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Global options"
    )]
    quiet: bool,
    /// Say more; twice for everything
    #[arg(
        short,
        long,
        action = clap::ArgAction::Count,
        global = true,
        help_heading = "Global options"
    )]
    verbose: u8,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal that has them, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How to print data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Outline(outline::Args),
    List(list::Args),
    Show(show::Args),
    Render(render::Args),
    Generate(generate::Args),
    Check(check::Args),
    Open(open::Args),
    Sync(sync::Args),
    Done(done::DoneArgs),
    Undo(done::UndoArgs),
    Skip(done::SkipArgs),
    Fail(done::FailArgs),
    Report(report::Args),
    Status(status::Args),
    Adopt(adopt::Args),
    Init(init::Args),
    Explain(explain::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// How a verb that could do its work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Nothing to report.
    Clean,
    /// It found something.
    Found,
    /// It could not do all of it, and has said what and why.
    Failed,
}

impl Exit {
    /// Returns [`Exit::Found`] where `found` holds.
    fn found_if(found: bool) -> Self {
        if found { Self::Found } else { Self::Clean }
    }
}

/// Runs the command line `args`, the program's name in front, and returns the exit code.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(why) => {
            // Help and version come this way too. Nothing can be done where nobody reads them.
            let _ = why.print();
            return ExitCode::from(u8::try_from(why.exit_code()).unwrap_or(2));
        }
    };
    let environment = Environment::read();
    let mut output = Output::new(
        cli.global.color,
        environment.plain,
        cli.global.quiet,
        cli.global.verbose,
    );
    let ended = run(cli, environment, &mut output);
    let ended = ended.and_then(|exit| {
        output.flush()?;
        Ok(exit)
    });
    match ended {
        Ok(Exit::Clean) => ExitCode::SUCCESS,
        Ok(Exit::Found) => ExitCode::from(1),
        Ok(Exit::Failed) => ExitCode::from(2),
        // Whoever reads the output has seen enough.
        Err(why) if is_broken_pipe(&why) => ExitCode::SUCCESS,
        Err(why) => {
            // Where stderr is gone as well the exit code has to do.
            let _ = output.error(&why);
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli, environment: Environment, output: &mut Output) -> anyhow::Result<Exit> {
    if let Some(directory) = &cli.global.directory {
        std::env::set_current_dir(directory)
            .with_context(|| format!("cannot work in `{}`", directory.display()))?;
    }
    let mut session = Session::new(cli.global.config, environment, output);
    match cli.verb {
        Verb::Outline(args) => outline::run(&args, &mut session),
        Verb::List(args) => list::run(&args, &mut session),
        Verb::Show(args) => show::run(&args, &mut session),
        Verb::Render(args) => render::run(&args, &mut session),
        Verb::Generate(args) => generate::run(&args, &mut session),
        Verb::Check(args) => check::run(&args, &mut session),
        Verb::Open(args) => open::run(&args, &mut session),
        Verb::Sync(args) => sync::run(&args, &mut session),
        Verb::Done(args) => done::done(&args, &mut session),
        Verb::Undo(args) => done::undo(&args, &mut session),
        Verb::Skip(args) => done::skip(&args, &mut session),
        Verb::Fail(args) => done::fail(&args, &mut session),
        Verb::Report(args) => report::run(&args, &mut session),
        Verb::Adopt(args) => adopt::run(&args, &mut session),
        Verb::Status(args) => status::run(&args, &mut session),
        Verb::Init(args) => init::run(&args, &mut session),
        Verb::Explain(args) => explain::run(&args, &mut session),
        Verb::Completions(args) => completions::run(&args, &mut session),
        Verb::Man(args) => man::run(&args, &mut session),
    }
}

/// Returns the description of the whole command line.
fn command() -> clap::Command {
    Cli::command()
}

/// Returns the working folder.
fn working_folder() -> io::Result<PathBuf> {
    std::env::current_dir()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_description_of_the_command_line_holds_together() {
        super::command().debug_assert();
    }
}
