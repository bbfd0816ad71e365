//! What a verb works with: the config, the documents, the trackers, and where words go.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::output::Output;
use super::working_folder;
use crate::config::{Config, Environment};
use crate::diagnostic::count;
use crate::diagnostic::{Diagnostic, Severity};
use crate::error::Error;
use crate::sync::library::{Library, read_library};
use crate::sync::load::{SourcePath, find_sources, read_sources, roots_of_patterns};
use crate::tracker::{Tracker, TrackerError, connect};
use crate::waiting::Waiting;

/// How long work may take before a progress bar says how far it is.
const LONG: Duration = Duration::from_millis(400);

/// How long to wait for others where a verb does not say.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a verb works with.
pub(super) struct Session<'a> {
    config_file: Option<PathBuf>,
    /// What the environment says.
    pub(super) environment: Environment,
    /// Where words go.
    pub(super) output: &'a mut Output,
    /// The clock, and how to wait for others.
    pub(super) waiting: Waiting,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        config_file: Option<PathBuf>,
        environment: Environment,
        output: &'a mut Output,
    ) -> Self {
        let silent = Waiting::real(PATIENCE);
        let waiting = match output.shows_progress() {
            true => Waiting {
                wait: Rc::new(wait_and_show),
                ..silent
            },
            false => silent,
        };
        Self {
            config_file,
            environment,
            output,
            waiting,
        }
    }

    /// Returns the config.
    pub(super) fn config(&mut self) -> anyhow::Result<Config> {
        let config = Config::load(self.config_file.as_deref(), &working_folder()?);
        let config = config.map_err(Error::from)?;
        if self.output.verbose > 0 {
            match &config.file {
                Some(file) => self.output.say(format!("config: {}", file.display()))?,
                None => self
                    .output
                    .say("config: none found, so the defaults hold")?,
            }
        }
        Ok(config)
    }

    /// Returns the procedures of the config's documents.
    pub(super) fn library(&mut self, config: &Config) -> anyhow::Result<Library> {
        let paths = find_sources(&config.root, &config.sources).map_err(Error::from)?;
        self.read(config, &paths, &roots_of_patterns(&config.sources))
    }

    /// Returns the procedures of the config's documents, and says nothing about the documents.
    pub(super) fn library_quietly(&mut self, config: &Config) -> anyhow::Result<Library> {
        let paths = find_sources(&config.root, &config.sources).map_err(Error::from)?;
        self.read_quietly(config, &paths, &roots_of_patterns(&config.sources))
    }

    /// Returns the procedures of the documents at `paths`, and says what was found in the documents.
    pub(super) fn read(
        &mut self,
        config: &Config,
        paths: &[SourcePath],
        roots: &[PathBuf],
    ) -> anyhow::Result<Library> {
        let library = self.read_quietly(config, paths, roots)?;
        self.about_documents(&library.diagnostics)?;
        Ok(library)
    }

    fn read_quietly(
        &mut self,
        config: &Config,
        paths: &[SourcePath],
        roots: &[PathBuf],
    ) -> anyhow::Result<Library> {
        // Each document is read and then parsed; what follows is one more step.
        let steps = 2 * paths.len() + 1;
        let progress = Progress::new("reading documents", steps, self.output.shows_progress());
        let sources = read_sources(paths, &|| progress.tick());
        let sources = match sources {
            Ok(sources) => sources,
            Err(mut errors) => {
                progress.finish();
                let last = errors.pop();
                for why in errors.into_iter().map(Error::from) {
                    self.output.error(&why.into())?;
                }
                return Err(last.map_or_else(
                    || anyhow::anyhow!("no document"),
                    |why| Error::from(why).into(),
                ));
            }
        };
        let library = read_library(&sources, roots, config, &|| progress.tick());
        progress.finish();
        Ok(library.map_err(Error::from)?)
    }

    /// Draws what was found in documents: errors always, the rest where more is wanted.
    pub(super) fn about_documents(&mut self, findings: &[Diagnostic]) -> anyhow::Result<()> {
        let least = self.shown_about_documents();
        let said: Vec<Diagnostic> = findings
            .iter()
            .filter(|finding| finding.severity >= least)
            .cloned()
            .collect();
        self.output.report(&said)?;
        Ok(())
    }

    /// Says how many warnings about the documents are not drawn.
    pub(super) fn count_warnings(&mut self, library: &Library) -> anyhow::Result<()> {
        let is_warning = |finding: &&Diagnostic| finding.severity == Severity::Warning;
        let warnings = library.diagnostics.iter().filter(is_warning).count();
        if warnings > 0 && self.shown_about_documents() > Severity::Warning {
            let warnings = count(warnings, "warning");
            self.output
                .say(format!("{warnings} about the documents: see them with -v"))?;
        }
        Ok(())
    }

    fn shown_about_documents(&self) -> Severity {
        match self.output.verbose {
            0 => Severity::Error,
            1 => Severity::Warning,
            _ => Severity::Note,
        }
    }

    /// Returns the trackers of these names, the config's default ones where none is named.
    pub(super) fn trackers(
        &self,
        config: &Config,
        names: &[String],
    ) -> anyhow::Result<Vec<Box<dyn Tracker>>> {
        let names = if names.is_empty() {
            &config.default_trackers
        } else {
            names
        };
        names
            .iter()
            .map(|name| Ok(self.tracker(config, name).map_err(Error::from)?))
            .collect()
    }

    /// Returns the tracker of that name.
    pub(super) fn tracker(
        &self,
        config: &Config,
        name: &str,
    ) -> Result<Box<dyn Tracker>, TrackerError> {
        connect(config, name, &self.waiting)
    }

    /// Returns the time, to the second: nobody ticks boxes faster.
    pub(super) fn now(&self) -> Timestamp {
        let now = (self.waiting.now)();
        now.round(jiff::Unit::Second).unwrap_or(now)
    }

    /// Says what trackers noticed while they worked.
    pub(super) fn tell_notes(&mut self, trackers: &[Box<dyn Tracker>]) -> anyhow::Result<()> {
        for note in trackers.iter().flat_map(|tracker| tracker.take_notes()) {
            self.output.say(note)?;
        }
        Ok(())
    }
}

/// Waits, and shows what for and how much longer.
fn wait_and_show(duration: Duration, why: &str) {
    let until = Instant::now() + duration;
    let bar = ProgressBar::new_spinner();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        bar.set_message(format!("{why}: {} s", left.as_secs() + 1));
        bar.tick();
        thread::sleep(left.min(Duration::from_millis(200)));
    }
    bar.finish_and_clear();
}

/// A bar that shows itself only when work takes long and somebody watches.
pub(super) struct Progress {
    bar: Option<Mutex<Bar>>,
}

struct Bar {
    bar: ProgressBar,
    since: Instant,
    visible: bool,
}

impl Progress {
    /// Returns the bar of `total` steps of the work that `what` names.
    pub(super) fn new(what: &'static str, total: usize, watched: bool) -> Self {
        let bar = watched.then(|| {
            let bar = ProgressBar::with_draw_target(
                u64::try_from(total).ok(),
                ProgressDrawTarget::hidden(),
            );
            if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}") {
                bar.set_style(style);
            }
            bar.set_message(what);
            Mutex::new(Bar {
                bar,
                since: Instant::now(),
                visible: false,
            })
        });
        Self { bar }
    }

    /// Moves on by one; from any thread.
    pub(super) fn tick(&self) {
        let Some(Ok(mut bar)) = self.bar.as_ref().map(Mutex::lock) else {
            return;
        };
        if !bar.visible && bar.since.elapsed() > LONG {
            bar.visible = true;
            bar.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.bar.inc(1);
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Some(Ok(bar)) = self.bar.as_ref().map(Mutex::lock) {
            bar.bar.finish_and_clear();
        }
    }
}

/// Reads `NAME=VALUE`.
pub(super) fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("it is written NAME=VALUE".to_owned()),
    }
}
