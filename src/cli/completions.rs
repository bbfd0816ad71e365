//! `completions`: what a shell needs to complete the command line.

use clap_complete::Shell;

use super::session::Session;
use super::{Exit, command};

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet completions bash > ~/.local/share/bash-completion/completions/runsheet
  runsheet completions fish > ~/.config/fish/completions/runsheet.fish")]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "runsheet", &mut script);
    session.output.print(String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
