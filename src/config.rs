//! What the config file and the environment say, checked; every key has a value when none is given.
//!
//! The file is `runsheet.toml` or `.runsheet.toml`, found upward from the working folder. Its paths are
//! relative to it.

mod fields;
mod jira;
mod read;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::de::DeTable;

use self::fields::{Fields, Findings};
pub use self::jira::{Checklist, ChecklistApp, JiraConfig, JiraFlavor, Transitions};
use self::read::read;
use crate::diagnostic::{Diagnostic, count};
use crate::extract::Overrides;
use crate::merge::Reworded;
use crate::silence::Ignored;
use crate::source::{Markup, Place, Source};
use crate::variable::Variables;
use crate::variant::Axes;

/// The names a config file can have, the one that is looked for first in front.
pub const FILE_NAMES: [&str; 2] = ["runsheet.toml", ".runsheet.toml"];

/// The name of the tracker that is there without a config.
pub const DEFAULT_TRACKER: &str = "tickets";

/// What the config file says, or would say by default.
#[derive(Debug)]
pub struct Config {
    /// The folder that the config's paths are relative to, itself relative to the working folder.
    pub root: PathBuf,
    /// The file it was read from.
    pub file: Option<PathBuf>,
    /// Patterns of the documents.
    pub sources: Vec<String>,
    /// The folder whose files replace built-in templates of the same name.
    pub templates: Option<PathBuf>,
    /// The address of a label in the published docs, with `{path}` and `{label}` in it.
    pub docs_url: Option<String>,
    /// Sphinx inventories for references into other docs.
    pub inventories: Vec<PathBuf>,
    /// What Sphinx puts before and behind every document, `rst_prolog` and `rst_epilog`: its substitutions
    /// and link targets hold in all of them.
    pub rst_shared: Vec<String>,
    /// The trackers to use where none is named.
    pub default_trackers: Vec<String>,
    /// Where local state is kept.
    pub state_dir: PathBuf,
    /// The axes on which procedures differ: axis, value, what belongs to it.
    pub variants: Axes,
    /// What differs from run to run.
    pub variables: Variables,
    /// What documents mean where the rules read them otherwise.
    pub overrides: Overrides,
    /// The files to generate.
    pub outputs: Vec<Output>,
    /// The trackers by name.
    pub trackers: BTreeMap<String, TrackerConfig>,
    /// Findings of `check` that are not wanted.
    pub ignored: Vec<Ignored>,
    /// What becomes of the tick of a step whose words changed.
    pub reworded_ticks: Reworded,
}

/// A file to generate for some procedures.
#[derive(Clone, Debug)]
pub struct Output {
    /// What it is.
    pub kind: OutputKind,
    /// Patterns of slugs or labels of the procedures; all where none is given.
    pub procedures: Option<Vec<String>>,
    /// `axis=value` patterns; one output for each value that fits.
    pub variants: Vec<String>,
    /// The path, with `{slug}`, `{variant}` and `{source}` in it; a section's is `{source}` where none is given.
    pub path: String,
    /// Where the config asks for it: the value of `path`, else the table's head.
    pub place: Place,
}

impl Output {
    /// The names that a path can hold in braces.
    pub const NAMES: [&str; 3] = ["slug", "variant", "source"];
}

/// What a generated file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// A GitHub issue template in Markdown.
    IssueTemplate,
    /// A GitHub issue form in YAML.
    IssueForm,
    /// A plain checklist.
    Markdown,
    /// A section inside a document.
    DocsSection,
}

/// Where tickets are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackerConfig {
    /// The labels that new tickets get.
    pub labels: Vec<String>,
    /// What is done to its tickets beside keeping their text in step.
    pub rules: TicketRules,
    /// Whether a comment tells what a change of the procedure did to a ticket.
    pub changelog_comment: bool,
    /// The kind of tracker and what it needs.
    pub kind: TrackerKind,
}

/// What is done to a tracker's tickets beside keeping their text in step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketRules {
    /// Whether a ticket is closed when no required step needs anything more.
    pub close_when_complete: bool,
    /// Whether a ticket that was closed as complete is opened again when a required step is open again.
    pub reopen_when_open: bool,
    /// The reports that are told in a comment, too.
    pub comment_on: Vec<CommentOn>,
    /// What becomes of a body that is too long for the tracker.
    pub long_bodies: LongBodies,
}

/// Which reports are told in a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentOn {
    /// That a step is done.
    Done,
    /// That a step is left out.
    Skipped,
    /// That a step did not work.
    Failed,
    /// Whatever comes with a note or a link.
    Evidence,
}

/// What becomes of a body that is too long for its tracker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LongBodies {
    /// Nothing is sent, and the user is told.
    #[default]
    Refuse,
    /// What stands beside the steps is left out, piece by piece, until it fits.
    Shorten,
    /// It is divided by its phases into tickets of their own.
    Split,
}

/// The kinds of trackers and what each needs to be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrackerKind {
    /// Files in a folder.
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// Issues of a repository on GitHub or a GitHub Enterprise Server.
    GitHub(GitHubConfig),
    /// Issues of a Jira project.
    Jira(Box<JiraConfig>),
}

/// What is needed to reach a repository's issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHubConfig {
    /// `owner/name`.
    pub repo: String,
    /// The address of the API.
    pub api_url: String,
    /// The environment variable that holds the token.
    pub token_env: String,
    /// The file that holds the token, where the variable is not set.
    pub token_file: Option<PathBuf>,
    /// The App to act as, instead of with a token.
    pub app: Option<GitHubApp>,
    /// The name of the issue type, where the repository has types.
    pub issue_type: Option<String>,
}

/// A GitHub App: its id and the file with its private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHubApp {
    /// The App's id.
    pub id: u64,
    /// The private key, PEM.
    pub key_file: PathBuf,
}

/// Why there is no config.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file named on the command line cannot be read.
    #[error("cannot read the config `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file says something that cannot be meant.
    #[error("the config has {}", count(.0.len(), "fault"))]
    Invalid(Vec<Diagnostic>),
}

impl Config {
    /// Returns the config in `file`, else the nearest one upward from `working`, else the defaults.
    ///
    /// # Errors
    /// Where a file cannot be read or has a fault; all faults are named at once.
    pub fn load(file: Option<&Path>, working: &Path) -> Result<Self, ConfigError> {
        let found = match file {
            Some(file) => Some(file.to_owned()),
            None => find_upward(working),
        };
        let Some(path) = found else {
            return Ok(Self::default());
        };
        let text = fs::read_to_string(&path).map_err(|source| ConfigError::Read {
            path: path.clone(),
            source,
        })?;
        Self::parse(&path, text)
    }

    /// Returns the config that `text` describes, read from the file at `path`.
    ///
    /// # Errors
    /// Where the text has a fault.
    pub fn parse(path: &Path, text: String) -> Result<Self, ConfigError> {
        // The markup is never asked for: a config is not parsed as a document.
        let source = Arc::new(Source::new(path, text, Markup::Markdown));
        let findings = Findings::new(Arc::clone(&source));
        let table = match DeTable::parse(source.text()) {
            Ok(table) => table,
            // What stands after a mistake in the syntax cannot be trusted to be what it seems.
            Err(why) => {
                let end = source.text().len();
                let message = why.message().trim().replace('\n', ", ");
                findings.error(why.span().unwrap_or(end..end), message, None);
                return Err(ConfigError::Invalid(findings.into_sorted()));
            }
        };
        let root = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut config = read(Fields::root(table.get_ref(), &findings), root, &findings);
        config.file = Some(path.to_owned());
        let findings = findings.into_sorted();
        if findings.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError::Invalid(findings))
        }
    }

    /// Returns the tracker of that name, the built-in folder for [`DEFAULT_TRACKER`] where the file has none.
    pub fn tracker(&self, name: &str) -> Option<TrackerConfig> {
        if let Some(tracker) = self.trackers.get(name) {
            return Some(tracker.clone());
        }
        (name == DEFAULT_TRACKER).then(|| TrackerConfig {
            labels: Vec::new(),
            rules: TicketRules::default(),
            changelog_comment: true,
            kind: TrackerKind::Folder {
                path: self.root.join(DEFAULT_TRACKER),
            },
        })
    }

    /// Returns the names that [`tracker`](Self::tracker) knows.
    pub fn tracker_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.trackers.keys().map(String::as_str).collect();
        if !names.contains(&DEFAULT_TRACKER) {
            names.push(DEFAULT_TRACKER);
        }
        names
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            root: PathBuf::new(),
            file: None,
            sources: vec!["sources/**/*.rst".to_owned(), "sources/**/*.md".to_owned()],
            templates: None,
            docs_url: None,
            inventories: Vec::new(),
            rst_shared: Vec::new(),
            default_trackers: vec![DEFAULT_TRACKER.to_owned()],
            state_dir: PathBuf::from(".runsheet"),
            variants: Axes::default(),
            variables: Variables::default(),
            overrides: Overrides::default(),
            outputs: Vec::new(),
            trackers: BTreeMap::new(),
            ignored: Vec::new(),
            reworded_ticks: Reworded::Keep,
        }
    }
}

/// Returns the nearest config file at or above `working`, as a path relative to it.
fn find_upward(working: &Path) -> Option<PathBuf> {
    let mut relative = PathBuf::new();
    for folder in working.ancestors() {
        for name in FILE_NAMES {
            if folder.join(name).is_file() {
                return Some(relative.join(name));
            }
        }
        relative.push("..");
    }
    None
}

/// What the environment says; read once, here only.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Who reports where `--by` names nobody: `RUNSHEET_BY`, the CI job's actor, the user.
    pub user: Option<String>,
    /// Whether `NO_COLOR` or a terminal without colours asks for plain text.
    pub plain: bool,
}

impl Environment {
    /// Returns a variable that the config names, `None` where it is not set or empty.
    pub fn variable(name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// Returns what the environment of this process says.
    pub fn read() -> Self {
        let value = Self::variable;
        let user = ["RUNSHEET_BY", "GITHUB_ACTOR", "USER", "LOGNAME", "USERNAME"];
        Self {
            user: user.into_iter().find_map(value),
            plain: value("NO_COLOR").is_some() || value("TERM").as_deref() == Some("dumb"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Vec<String>> {
        Config::parse(Path::new("ops/runsheet.toml"), text.to_owned()).map_err(|why| match why {
            ConfigError::Invalid(findings) => findings
                .iter()
                .map(|finding| {
                    let help = finding.help.as_deref().unwrap_or("-");
                    format!("{:?}: {} ({help})", finding.place, finding.message)
                })
                .collect(),
            ConfigError::Read { .. } => vec![why.to_string()],
        })
    }

    #[test]
    fn paths_are_relative_to_the_file_and_missing_keys_have_defaults() {
        let config = parse("templates = \"tpl\"\n").unwrap();
        assert_eq!(config.templates, Some(PathBuf::from("ops/tpl")));
        assert_eq!(config.state_dir, PathBuf::from("ops/.runsheet"));
        assert_eq!(config.default_trackers, ["tickets"]);
        assert_eq!(
            config.tracker("tickets").unwrap().kind,
            TrackerKind::Folder {
                path: PathBuf::from("ops/tickets")
            }
        );
    }

    #[test]
    fn a_single_tracker_is_the_default_one() {
        let config = parse("[tracker.board]\nkind = \"github\"\nrepo = \"acme/ops\"\n").unwrap();
        assert_eq!(config.default_trackers, ["board"]);
    }

    #[test]
    fn every_fault_is_named_with_its_place_and_the_nearest_name() {
        let text = "source = []\ntemplates = 3\ndefault-trackers = [\"ticket\"]\n\
                    [[output]]\nkind = \"issue-from\"\npath = \"x\"\n[tracker.ops]\nkind = \"jira\"\nurll = \"x\"\n";
        let faults = parse(text).unwrap_err();
        assert_eq!(
            faults,
            [
                "ops/runsheet.toml:1:1: unknown key `source` (did you mean `sources`?)",
                "ops/runsheet.toml:2:13: `templates` is a number, not a string (-)",
                "ops/runsheet.toml:3:20: there is no tracker `ticket` (did you mean `tickets`?)",
                "ops/runsheet.toml:5:8: `issue-from` is not a value of `kind` (did you mean `issue-form`?)",
                "ops/runsheet.toml:7:10: `tracker.ops` needs `url` (add a line like `url = \"https://example.atlassian.net\"`)",
                "ops/runsheet.toml:7:10: `tracker.ops` needs `project` (add a line like `project = \"OPS\"`)",
                "ops/runsheet.toml:9:1: unknown key `urll` in `tracker.ops` (did you mean `url`?)",
            ]
        );
    }

    #[test]
    fn what_is_said_of_a_jira_is_held_against_what_it_takes() {
        let text = "[tracker.ops]\nkind = \"jira\"\nurl = \"https://x.atlassian.net\"\nproject = \"OPS\"\n\
                    fields = { Team = \"Night\", \"Crew size\" = 4, Tags = [\"a\", true] }\n";
        let config = parse(text).unwrap();
        let TrackerKind::Jira(jira) = config.tracker("ops").unwrap().kind else {
            panic!("it is a Jira");
        };
        assert_eq!(jira.fields["Crew size"], serde_json::json!(4));
        assert_eq!(jira.fields["Tags"], serde_json::json!(["a", true]));
        assert_eq!(config.tracker("ops").unwrap().labels, ["runsheet"]);
        assert_eq!(jira.checklist, None);
        let listed = parse(&format!(
            "{text}checklist = {{ app = \"smart-checklist\" }}\n"
        ));
        let TrackerKind::Jira(jira) = listed.unwrap().tracker("ops").unwrap().kind else {
            panic!("it is a Jira");
        };
        assert_eq!(jira.checklist.unwrap().field, "Checklists");
        let wrong = text.replace("Tags = [", "Tags = [{}, ")
            + "labels = [\"two words\"]\ntransitions = { begin = \"x\" }\n\
               checklist = { app = \"smart\", fields = \"Steps\" }\npriorty = \"High\"\n";
        assert_eq!(
            parse(&wrong).unwrap_err(),
            [
                "ops/runsheet.toml:5:53: `Tags` is a table, not a string, a number, true, false or a list of them (-)",
                "ops/runsheet.toml:6:10: `two words` is no label for Jira, which takes none with blanks (write `two-words`)",
                "ops/runsheet.toml:7:17: unknown key `begin` in `tracker.ops.transitions` (the keys here are `start`, `done`, `reopen`)",
                "ops/runsheet.toml:8:21: `smart` is not a value of `app` (one of `issue-checklist`, `smart-checklist`)",
                "ops/runsheet.toml:8:30: unknown key `fields` in `tracker.ops.checklist` (did you mean `field`?)",
                "ops/runsheet.toml:9:1: unknown key `priorty` in `tracker.ops` (did you mean `priority`?)",
            ]
        );
    }

    #[test]
    fn broken_toml_is_reported_where_it_breaks() {
        let faults = parse("sources = [\"a\"\ntemplates = \"b\"\n").unwrap_err();
        assert_eq!(
            faults,
            ["ops/runsheet.toml:2:1: missing comma between array elements, expected `,` (-)"]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_config_or_a_list_of_faults(text in "([a-z-]{1,9} ?= ?)?[\\[\\]a-z\"'0-9={}.,#\n -]{0,40}") {
            if let Err(faults) = parse(&text) {
                proptest::prop_assert!(!faults.is_empty());
            }
        }
    }
}
