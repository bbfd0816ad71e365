//! `render`: one checklist as text.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Exit;
use super::session::{Session, parse_pair};
use crate::error::Error;
use crate::file::write_over;
use crate::sync::wanted::{Press, check_values, variant};

/// Print one procedure as a checklist, or write it to a file
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet render database-upgrade
  runsheet render database-upgrade --template issue-template.md -o .github/ISSUE_TEMPLATE/upgrade.md
  runsheet render database-upgrade --template ./mine.md")]
pub(super) struct Args {
    /// Its slug, label, title, or an unambiguous piece of one
    procedure: String,
    /// The template: a name, or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "checklist.md")]
    template: String,
    /// Choose a value of an axis, or VALUE alone where only one axis has it
    #[arg(long, value_name = "AXIS=VALUE")]
    variant: Vec<String>,
    /// Give a variable a value
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    set: Vec<(String, String)>,
    /// Write to FILE instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let config = session.config()?;
    let library = session.library(&config)?;
    session.count_warnings(&library)?;
    let press = Press::new(&config, None).map_err(Error::from)?;
    let is_name = press.templates().any(|name| name == args.template);
    let file = Path::new(&args.template);
    let press = match file.is_file() && !is_name {
        true => Press::new(&config, Some(file)).map_err(Error::from)?,
        false => press,
    };
    let template = match (is_name, file.file_name()) {
        (false, Some(name)) if file.is_file() => name.to_string_lossy().into_owned(),
        _ => args.template.clone(),
    };
    let variant = variant(&config.variants, &args.variant).map_err(Error::from)?;
    let found = library.find_for(&args.procedure, &config.variants, &variant);
    let found = found.map_err(Error::from)?;
    let values = args.set.iter().cloned().collect();
    check_values(library.variables(found), &values).map_err(Error::from)?;
    let made = press
        .concrete(found, &library, None, &variant, &values)
        .map_err(Error::from)?;
    session.output.report(&made.findings)?;
    let text = press
        .print(&template, &made.checklist)
        .map_err(Error::from)?;
    match &args.output {
        None => session.output.print(text)?,
        Some(path) => {
            write_over(path, &text)
                .with_context(|| format!("cannot write `{}`", path.display()))?;
            session.output.say(format!("wrote {}", path.display()))?;
        }
    }
    Ok(Exit::Clean)
}
