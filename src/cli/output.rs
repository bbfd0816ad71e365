//! Where words go: data to stdout, talk to stderr, colours only where they are wanted.

pub(super) mod github;
pub(super) mod human;
pub(super) mod json;
pub(super) mod sarif;
pub(super) mod short;
pub(super) mod status_html;

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::Color;
use crate::body::progress::Counts;
use crate::diagnostic::count;
use crate::diagnostic::{Diagnostic, Severity};
use crate::error::Error;

/// The two streams and how they are written to.
pub(super) struct Output {
    stdout: BufWriter<Stdout>,
    /// The styles of data.
    pub(super) data: Palette,
    /// The styles of talk.
    pub(super) talk: Palette,
    colored: bool,
    /// Whether data has colours.
    pub(super) colored_data: bool,
    quiet: bool,
    /// How often `-v` was given.
    pub(super) verbose: u8,
}

/// The styles of one stream; all empty where it has no colours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Palette {
    pub(super) strong: Style,
    pub(super) faint: Style,
    pub(super) name: Style,
    pub(super) good: Style,
    pub(super) bad: Style,
    pub(super) fault: Style,
    pub(super) caution: Style,
    pub(super) command: Style,
}

impl Palette {
    fn new(colored: bool) -> Self {
        if !colored {
            return Self::default();
        }
        let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        Self {
            strong: Style::new().bold(),
            faint: Style::new().dimmed(),
            name: color(AnsiColor::Cyan),
            good: color(AnsiColor::Green),
            bad: color(AnsiColor::Red),
            fault: color(AnsiColor::Red).bold(),
            caution: color(AnsiColor::Yellow),
            command: color(AnsiColor::Blue),
        }
    }
}

/// Returns `text` in a style.
pub(super) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Returns how many of all steps stand in each state.
pub(super) fn counts(steps: Counts) -> String {
    let mut words = vec![format!("{} done", steps.done)];
    for (number, word) in [
        (steps.skipped, "skipped"),
        (steps.failed, "failed"),
        (steps.open, "open"),
    ] {
        if number > 0 {
            words.push(format!("{number} {word}"));
        }
    }
    let all = count(steps.total(), "step");
    format!("of all {all}: {}", words.join(", "))
}

impl Output {
    pub(super) fn new(color: Color, plain: bool, quiet: bool, verbose: u8) -> Self {
        let wanted = |is_terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && !plain,
        };
        let colored = wanted(io::stderr().is_terminal());
        let colored_data = wanted(io::stdout().is_terminal());
        Self {
            stdout: BufWriter::new(io::stdout()),
            data: Palette::new(colored_data),
            talk: Palette::new(colored),
            colored,
            colored_data,
            quiet,
            verbose,
        }
    }

    /// Writes data.
    pub(super) fn print(&mut self, text: impl Display) -> io::Result<()> {
        write!(self.stdout, "{text}").map_err(about_stdout)
    }

    /// Writes a line of data.
    pub(super) fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.stdout, "{text}").map_err(about_stdout)
    }

    /// Writes a value as JSON, piece by piece: the text of a large one is never held as a whole.
    pub(super) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.stdout, value)
            .map_err(|why| about_stdout(why.into()))?;
        self.line("")
    }

    /// Writes a line of talk, unless only faults are wanted.
    pub(super) fn say(&mut self, text: impl Display) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        self.settle();
        writeln!(io::stderr(), "{text}")
    }

    /// Draws findings: errors always, warnings unless quiet, notes where more is wanted.
    pub(super) fn report(&mut self, findings: &[Diagnostic]) -> io::Result<()> {
        self.settle();
        let mut stderr = io::stderr().lock();
        for finding in findings {
            let wanted = match finding.severity {
                Severity::Error => true,
                Severity::Warning => !self.quiet,
                Severity::Note => self.verbose > 0,
            };
            if wanted {
                writeln!(stderr, "{}\n", human::draw(finding, self.colored))?;
            }
        }
        Ok(())
    }

    /// Writes what stopped the run: findings drawn, then the chain of causes once, then what to do.
    pub(super) fn error(&mut self, why: &anyhow::Error) -> io::Result<()> {
        let known = why.downcast_ref::<Error>();
        if let Some(known) = known {
            self.report(known.findings())?;
        }
        let mut text = why.to_string();
        for cause in why.chain().skip(1) {
            text.push_str(&format!(": {cause}"));
        }
        self.fault(&text, known.and_then(Error::hint).as_deref())
    }

    /// Writes one fault and what to do about it.
    pub(super) fn fault(&mut self, what: &str, hint: Option<&str>) -> io::Result<()> {
        self.settle();
        let palette = self.talk;
        let mut stderr = io::stderr().lock();
        writeln!(stderr, "{}: {what}", paint(palette.fault, "error"))?;
        if let Some(hint) = hint {
            writeln!(stderr, "{}: {hint}", paint(palette.name, "help"))?;
        }
        Ok(())
    }

    /// Writes what somebody should know although the work goes on, and what to do about it.
    pub(super) fn warn(&mut self, what: &str, hint: Option<&str>) -> io::Result<()> {
        let palette = self.talk;
        self.say(format!("{}: {what}", paint(palette.caution, "warning")))?;
        match hint {
            Some(hint) => self.say(format!("{}: {hint}", paint(palette.name, "help"))),
            None => Ok(()),
        }
    }

    /// Tells whether a progress bar would be seen.
    pub(super) fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Returns how many columns the terminal has that data goes to; `None` where it goes elsewhere.
    pub(super) fn width(&self) -> Option<usize> {
        terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
    }

    /// Tells whether a person can be asked, and wants to be.
    pub(super) fn can_ask(&self) -> bool {
        !self.quiet && super::ask::is_interactive()
    }

    /// Writes out data before talk, as far as it can be: what cannot is an error of its own, later.
    fn settle(&mut self) {
        let _ = self.stdout.flush();
    }

    /// Writes out what is held back.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush().map_err(about_stdout)
    }
}

/// Says of an error that it is about stdout.
fn about_stdout(why: io::Error) -> io::Error {
    io::Error::new(why.kind(), format!("cannot write to stdout: {why}"))
}

/// Tells whether an error means that nobody reads the output any more.
pub(super) fn is_broken_pipe(why: &anyhow::Error) -> bool {
    why.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
    })
}
