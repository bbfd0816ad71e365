//! `explain`: what a finding's code means.

use anyhow::bail;

use super::Exit;
use super::output::paint;
use super::session::Session;
use crate::diagnostic::Code;
use crate::nearest::nearest;

/// Explain the code of a finding, or list all codes
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet explain unresolved-reference
  runsheet explain                          all codes, with their first line")]
pub(super) struct Args {
    /// The code, as a finding shows it in brackets
    code: Option<String>,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let name = session.output.data.name;
    let Some(code) = &args.code else {
        let longest = Code::ALL.iter().map(|code| code.as_str().len()).max();
        for code in Code::ALL {
            let word = format!("{:1$}", code.as_str(), longest.unwrap_or(0));
            let first = code.explanation().trim().lines().next().unwrap_or_default();
            session
                .output
                .line(format!("{}  {}", paint(name, word), first.trim()))?;
        }
        return Ok(Exit::Clean);
    };
    let Some(found) = Code::ALL.iter().find(|found| found.as_str() == code) else {
        match nearest(code, Code::ALL.iter().map(|code| code.as_str())) {
            Some(near) => bail!("there is no code `{code}`; did you mean `{near}`?"),
            None => bail!("there is no code `{code}`; `runsheet explain` lists them"),
        }
    };
    session.output.line(paint(name, found))?;
    for line in found.explanation().trim().lines() {
        session.output.line(line.trim())?;
    }
    Ok(Exit::Clean)
}
