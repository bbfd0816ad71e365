//! `report`: many reports as JSON lines, from a file or a pipe.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::delivery::handed_in::HandedIn;
use super::delivery::{Asked, Counter, Delivery};
use super::output::json;
use super::session::Session;
use super::{Exit, Format};
use crate::diagnostic::count;
use crate::error::Error;
use crate::report::Report;
use crate::report::line::{LineError, parse};
use crate::state::State;
use crate::sync::delivery::DeliveryError;

/// How much is read before it is delivered.
const GULP: usize = 1 << 16;

/// The longest line that is read; what is longer is no report.
const LONGEST: u64 = 1 << 20;

/// Report on many steps, as JSON lines from a file or a pipe
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet report results.jsonl
  ci-job | runsheet report --allow-queued
  runsheet report --drop 12                          forget report 12, which waits

Each line is one report: run, step and state (done, open, skipped, failed) must be there, and reason where
it is skipped or failed; by, at, note, link and all may be:
  {\"run\": \"database-upgrade/2.3.0\", \"step\": \"2.1\", \"state\": \"done\", \"by\": \"ci\"}

A line that is no report is named, and the others are delivered. A report whose step or run is not there waits
until `sync` finds it; `status` shows it.")]
pub(super) struct Args {
    /// The file, or - for stdin
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Take waiting reports out, by the numbers that status shows
    #[arg(long, value_name = "NUMBER", num_args = 1.., conflicts_with_all = ["file", "dry_run"])]
    drop: Vec<i64>,
    #[command(flatten)]
    delivery: Delivery,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    if !args.drop.is_empty() {
        return forget(&args.drop, session);
    }
    let config = session.config()?;
    let counter = Counter::open(&config, &args.delivery, session)?;
    let name = &args.file;
    let input: Box<dyn Read> = if name.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        let file = File::open(name);
        Box::new(file.with_context(|| format!("cannot read `{}`", name.display()))?)
    };
    let mut lines = Lines::new(input);
    let mut exit = Exit::Clean;
    let mut told = Vec::new();
    loop {
        let gulp = lines.gulp();
        let gulp = gulp.with_context(|| format!("cannot read `{}`", name.display()))?;
        for (line, why) in &gulp.bad {
            let place = format!("{}:{line}:{}", shown(name), why.column);
            session
                .output
                .fault(&format!("{place}: {}", why.message), None)?;
            exit = Exit::Failed;
        }
        if !gulp.reports.is_empty() {
            let handed = counter.hand_in(gulp.reports, Asked::Each, session)?;
            if args.delivery.format == Format::Text {
                handed.print(session)?;
            }
            if handed.exit(session)? == Exit::Failed {
                exit = Exit::Failed;
            }
            told.push(handed);
        }
        if gulp.is_last {
            break;
        }
    }
    if args.delivery.format == Format::Json {
        json::print(session.output, &HandedIn::together(told).as_json())?;
    }
    if lines.bad > 0 {
        let bad = count(lines.bad, "line");
        let rest = "the others are taken in";
        let verb = if lines.bad == 1 { "is" } else { "are" };
        let what = format!("{bad} of `{}` {verb} no report; {rest}", shown(name));
        session.output.fault(&what, None)?;
    }
    Ok(exit)
}

fn shown(name: &Path) -> String {
    match name.to_str() {
        Some("-") => "stdin".to_owned(),
        _ => name.display().to_string(),
    }
}

/// Takes waiting reports out.
fn forget(ids: &[i64], session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let config = session.config()?;
    let failed = |why| Error::Sync(DeliveryError::State(why).into());
    let state = State::existing(&config.state_dir, &session.waiting).map_err(failed)?;
    let mut state = match state {
        Some(state) => state,
        None => State::in_memory().map_err(failed)?,
    };
    let waiting = state.waiting().map_err(failed)?;
    let mut exit = Exit::Clean;
    for id in ids {
        match waiting.iter().find(|entry| entry.id == *id) {
            Some(entry) => session.output.line(format!(
                "dropped {}: {} {}",
                entry.id, entry.report.run, entry.report.step
            ))?,
            None => {
                let hint = "`runsheet status` shows those that wait";
                session
                    .output
                    .fault(&format!("no report {id} waits"), Some(hint))?;
                exit = Exit::Failed;
            }
        }
    }
    state.remove(ids).map_err(failed)?;
    Ok(exit)
}

/// The lines of an input, as they come.
struct Lines {
    input: BufReader<Box<dyn Read>>,
    line: usize,
    bad: usize,
}

/// What came at once.
struct Gulp {
    reports: Vec<Report>,
    bad: Vec<(usize, LineError)>,
    is_last: bool,
}

impl Lines {
    fn new(input: Box<dyn Read>) -> Self {
        Self {
            input: BufReader::with_capacity(GULP, input),
            line: 0,
            bad: 0,
        }
    }

    /// Reads on until another read could wait: a slow pipe's reports are not held back for those that follow.
    fn gulp(&mut self) -> io::Result<Gulp> {
        let mut gulp = Gulp {
            reports: Vec::new(),
            bad: Vec::new(),
            is_last: false,
        };
        loop {
            let mut line = Vec::new();
            let read = (&mut self.input)
                .take(LONGEST)
                .read_until(b'\n', &mut line)?;
            if read == 0 {
                gulp.is_last = true;
                break;
            }
            self.line += 1;
            let is_cut = !line.ends_with(b"\n") && line.len() as u64 == LONGEST;
            if is_cut {
                self.input.skip_until(b'\n')?;
            }
            match read_line(&line, is_cut, self.line == 1) {
                Ok(None) => {}
                Ok(Some(report)) => gulp.reports.push(report),
                Err(why) => {
                    self.bad += 1;
                    gulp.bad.push((self.line, why));
                }
            }
            if self.input.buffer().is_empty() && !(gulp.reports.is_empty() && gulp.bad.is_empty()) {
                break;
            }
        }
        Ok(gulp)
    }
}

/// Reads one line; `None` where it is blank.
fn read_line(line: &[u8], is_cut: bool, is_first: bool) -> Result<Option<Report>, LineError> {
    let wrong = |column: usize, message: &str| LineError {
        column,
        message: message.to_owned(),
    };
    if is_cut {
        return Err(wrong(1, "the line is longer than a report can be"));
    }
    let text = std::str::from_utf8(line)
        .map_err(|why| wrong(why.valid_up_to() + 1, "the line is not UTF-8 from here on"))?;
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) if is_first => rest,
        _ => text,
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    parse(text.trim_end()).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one piece at each read, as a pipe does.
    struct Pipe(Vec<&'static str>);

    impl Read for Pipe {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(piece) = (!self.0.is_empty()).then(|| self.0.remove(0)) else {
                return Ok(0);
            };
            buffer[..piece.len()].copy_from_slice(piece.as_bytes());
            Ok(piece.len())
        }
    }

    #[test]
    fn what_a_pipe_gave_is_not_held_back_for_what_follows() {
        let one = "{\"run\":\"a\",\"step\":\"1\",\"state\":\"done\"}\n";
        let pipe = Pipe(vec![one, "\nno\r\n", one, "{\"run\":\"a\",", "\"step\""]);
        let mut lines = Lines::new(Box::new(pipe));
        let mut came = Vec::new();
        loop {
            let gulp = lines.gulp().unwrap();
            let bad: Vec<usize> = gulp.bad.iter().map(|(line, _)| *line).collect();
            came.push((gulp.reports.len(), bad));
            if gulp.is_last {
                break;
            }
        }
        assert_eq!(
            came,
            [
                (1, vec![]),
                (0, vec![3]),
                (1, vec![]),
                (0, vec![5]),
                (0, vec![])
            ]
        );
    }

    #[test]
    fn a_line_that_is_no_text_is_named() {
        assert_eq!(read_line(b"  \r\n", false, false), Ok(None));
        assert_eq!(
            read_line(b"{\"run\": \"\xff", false, false)
                .unwrap_err()
                .column,
            10
        );
        let marked = "\u{feff}{\"run\":\"a\",\"step\":\"1\",\"state\":\"done\"}";
        assert!(read_line(marked.as_bytes(), false, true).unwrap().is_some());
        assert!(read_line(marked.as_bytes(), false, false).is_err());
    }
}
