//! `check`: what is wrong with documents, templates and outputs.

use clap::ValueEnum;

use super::Exit;
use super::output::{github, human, json, sarif, short};
use super::session::Session;
use crate::diagnostic::count;
use crate::diagnostic::{Diagnostic, Severity};
use crate::error::Error;
use crate::sync::check::check;
use crate::sync::wanted::Press;

/// Find what drifted, is stale, or is wrong in the documents
///
/// Exits 1 where it finds an error: a template in a document that does not say what its procedure says, an
/// output that is not up to date, a fault of a document. `runsheet explain CODE` tells more about a finding.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet check
  runsheet check --format github               annotations in a GitHub workflow
  runsheet check --format sarif > found.sarif  for code scanning

To silence a finding, put a comment `runsheet-ignore: CODE` on its line or above it, or set
`ignore = [\"CODE\", \"docs/old/**: CODE\"]` under `[check]` in runsheet.toml.")]
pub(super) struct Args {
    /// Exit 1 for warnings too
    #[arg(long)]
    strict: bool,
    /// How to print findings
    #[arg(long, default_value = "human")]
    format: CheckFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    /// Drawn beside the text
    Human,
    /// One line each
    Short,
    /// As JSON
    Json,
    /// As GitHub workflow commands, which become annotations
    Github,
    /// As SARIF 2.1.0
    Sarif,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let config = session.config()?;
    let library = session.library_quietly(&config)?;
    let press = Press::new(&config, None).map_err(Error::from)?;
    let findings = check(&config, &library, &press).map_err(Error::from)?;
    let colored = session.output.colored_data;
    let shown =
        |finding: &&Diagnostic| finding.severity > Severity::Note || session.output.verbose > 0;
    match args.format {
        CheckFormat::Human => {
            let drawn: Vec<String> = findings
                .iter()
                .filter(shown)
                .map(|finding| human::draw(finding, colored))
                .collect();
            for text in drawn {
                session.output.line(format!("{text}\n"))?;
            }
        }
        CheckFormat::Short => {
            let lines: Vec<String> = findings.iter().filter(shown).map(short::line).collect();
            for line in lines {
                session.output.line(line)?;
            }
        }
        CheckFormat::Json => json::print(session.output, &json::findings(&findings))?,
        CheckFormat::Github => {
            for finding in &findings {
                session.output.line(github::command(finding))?;
            }
        }
        CheckFormat::Sarif => json::print(session.output, &sarif::log(&findings))?,
    }
    session.output.say(summary(&findings))?;
    let least = if args.strict {
        Severity::Warning
    } else {
        Severity::Error
    };
    Ok(Exit::found_if(
        findings.iter().any(|finding| finding.severity >= least),
    ))
}

/// Returns how many findings there are of each severity.
fn summary(findings: &[Diagnostic]) -> String {
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| {
            let number = findings.iter().filter(|it| it.severity == severity).count();
            (number > 0).then(|| count(number, severity.as_str()))
        })
        .collect();
    if counts.is_empty() {
        "nothing found".to_owned()
    } else {
        counts.join(", ")
    }
}
