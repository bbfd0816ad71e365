//! `man`: the manual pages.

use anyhow::bail;
use clap_mangen::Man;

use super::session::Session;
use super::{Exit, command};
use crate::nearest::nearest;

/// Print the manual page, or that of one verb
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet man | man -l -
  runsheet man open > runsheet-open.1")]
pub(super) struct Args {
    /// The verb
    verb: Option<String>,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let mut command = command();
    command.build();
    let page = match &args.verb {
        None => command,
        Some(verb) => match command.find_subcommand(verb) {
            Some(found) => found.clone(),
            None => {
                let verbs = command.get_subcommands().map(clap::Command::get_name);
                match nearest(verb, verbs) {
                    Some(near) => bail!("there is no verb `{verb}`; did you mean `{near}`?"),
                    None => bail!("there is no verb `{verb}`; `runsheet help` lists them"),
                }
            }
        },
    };
    let mut text = Vec::new();
    Man::new(page).render(&mut text)?;
    session.output.print(String::from_utf8_lossy(&text))?;
    Ok(Exit::Clean)
}
