//! `init`: a first config, written after looking at what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use ignore::WalkBuilder;

use super::Exit;
use super::session::Session;
use crate::config::{Config, FILE_NAMES};
use crate::diagnostic::count;
use crate::file::write_new;
use crate::procedure::Procedure;
use crate::source::Markup;
use crate::sync::library::read_library;
use crate::sync::load::{SourcePath, read_source};

/// Write a commented config after looking at what is there
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet init --dry-run        print what would be written
  runsheet init                  write runsheet.toml")]
pub(super) struct Args {
    /// Print the config instead of writing it
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let root = Path::new(".");
    let existing = FILE_NAMES.into_iter().find(|name| root.join(name).exists());
    if let Some(name) = existing.filter(|_| !args.dry_run) {
        bail!("there is a config already: `{name}`; `runsheet init --dry-run` prints a fresh one");
    }
    let surroundings = look_around(root)?;
    let text = surroundings.config();
    if args.dry_run {
        session.output.print(&text)?;
        return Ok(Exit::Clean);
    }
    let name = FILE_NAMES[0];
    let is_new = write_new(Path::new(name), &text);
    if !is_new.with_context(|| format!("cannot write `{name}`"))? {
        bail!("there is a config already: `{name}`");
    }
    session
        .output
        .say(format!("wrote {name}: {}", surroundings.summary()))?;
    session.output.say("next: runsheet list")?;
    Ok(Exit::Clean)
}

/// What was found around the config to be.
#[derive(Debug, Default)]
struct Surroundings {
    /// Patterns of documents that hold procedures, with how many they hold.
    patterns: BTreeMap<String, usize>,
    /// The name of one procedure.
    example: Option<String>,
    /// `owner/name` on GitHub.
    repository: Option<String>,
    /// Sphinx inventories.
    inventories: Vec<String>,
    /// Whether the docs are built by Sphinx.
    sphinx: bool,
}

/// Looks at the files below `root` that git would not ignore.
fn look_around(root: &Path) -> anyhow::Result<Surroundings> {
    let mut found = Surroundings {
        repository: repository(root),
        ..Surroundings::default()
    };
    let mut sources = Vec::new();
    // Tickets are made from documents; they are none.
    let walk = WalkBuilder::new(root)
        .require_git(false)
        .filter_entry(|entry| entry.depth() != 1 || entry.file_name() != "tickets")
        .build();
    for entry in walk.filter_map(Result::ok) {
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let name = entry.file_name().to_string_lossy();
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        match name.as_ref() {
            "conf.py" => found.sphinx = true,
            "objects.inv" => found.inventories.push(SourcePath::given(path).shown),
            _ => {}
        }
        let is_text = name.to_ascii_lowercase().ends_with(".txt");
        if Markup::of_path(path).is_some() && !is_text {
            let source = SourcePath::given(path);
            // What cannot be read is none of the documents to name.
            sources.extend(read_source(&source).ok().map(std::sync::Arc::new));
        }
    }
    sources.sort_by(|a, b| a.path().cmp(b.path()));
    let library = read_library(&sources, &[PathBuf::new()], &Config::default(), &|| {})?;
    found.example = library.procedures.first().map(|it| it.slug.clone());
    found.patterns = patterns(&library.procedures);
    found.inventories.sort();
    Ok(found)
}

/// Returns a pattern for each top folder and ending that holds procedures; a file at the root is named.
fn patterns(procedures: &[Procedure]) -> BTreeMap<String, usize> {
    let mut patterns = BTreeMap::new();
    for procedure in procedures {
        let path = procedure.place.path();
        let parts: Vec<String> = path
            .components()
            .filter(|part| matches!(part, Component::Normal(_)))
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        let pattern = match parts.as_slice() {
            [folder, .., _] => format!("{folder}/**/*.{ending}"),
            _ => parts.join("/"),
        };
        *patterns.entry(pattern).or_insert(0) += 1;
    }
    patterns
}

/// Returns `owner/name` of the repository's first remote on GitHub, read from git's own config.
fn repository(root: &Path) -> Option<String> {
    let config: PathBuf = root.join(".git").join("config");
    let text = fs::read_to_string(config).ok()?;
    let mut urls = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("url")?.trim().strip_prefix('='));
    urls.find_map(|url| {
        let (_, path) = url.trim().split_once("github.com")?;
        let path = path.trim_start_matches([':', '/']).trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        (path.split('/').count() == 2).then(|| path.to_owned())
    })
}

impl Surroundings {
    /// Returns what was found, in a few words.
    fn summary(&self) -> String {
        let procedures = self.patterns.values().sum();
        match procedures {
            0 => "no procedure found yet; set `sources` in it".to_owned(),
            _ => {
                let patterns: BTreeSet<&str> = self.patterns.keys().map(String::as_str).collect();
                let patterns: Vec<&str> = patterns.into_iter().collect();
                format!(
                    "{} in {}",
                    count(procedures, "procedure"),
                    patterns.join(", ")
                )
            }
        }
    }

    /// Returns the text of the config.
    fn config(&self) -> String {
        let mut text = String::from(
            "# What runsheet reads and where it keeps tickets. Every key is optional; paths are relative to this file.\n\n",
        );
        text.push_str(&self.sources());
        text.push_str("\n# A file here replaces the built-in template of that name.\n# templates = \"templates\"\n");
        text.push_str("\n# Where labels of the published docs are found, for links in tickets.\n");
        if self.sphinx {
            text.push_str("# The docs here are built by Sphinx.\n");
        }
        text.push_str("# docs-url = \"https://docs.example.org/en/latest/{path}.html#{label}\"\n");
        let inventories = match self.inventories.as_slice() {
            [] => "# inventories = [\"objects.inv\"]\n".to_owned(),
            found => format!("inventories = [{}]\n", quoted(found.iter())),
        };
        text.push_str("\n# Sphinx inventories, for references into other docs.\n");
        text.push_str(&inventories);
        if self.sphinx {
            text.push_str(
                "\n# What conf.py has as rst_prolog and rst_epilog: substitutions and links for all documents.\n\
                 # rst-prolog = \".. |name| replace:: text\"\n# rst-epilog = \".. _name: https://example.org\"\n",
            );
        }
        text.push_str(
            "\n# Where procedures differ: an axis, its values, and the references that belong to each value.\n\
             # [variants.site.north]\n# refs = [\"*-North-*\"]\n# title = \"North\"\n",
        );
        text.push_str(
            "\n# Files made from procedures.\n# [[output]]\n# kind = \"issue-template\"\n# procedures = [\"*\"]\n\
             # path = \".github/ISSUE_TEMPLATE/{slug}.md\"\n",
        );
        text.push_str(
            "\n# The tick of a step whose words changed: \"keep\" it, and say so, or \"untick\" the step.\n\
             # reworded-ticks = \"keep\"\n",
        );
        text.push_str(
            "\n# Where tickets are kept: Markdown files in a folder.\n[tracker.tickets]\nkind = \"folder\"\npath = \"tickets\"\n\
             # A comment tells what a change of the procedure did to a ticket.\n# changelog-comment = true\n\
             # Close a ticket when no required step is open, and open it again when one is.\n\
             # close-when-complete = true\n# reopen-when-open = true\n\
             # Tell these reports in a comment, too: done, skipped, failed; evidence is what has a note or a link.\n\
             # comment-on = [\"failed\", \"evidence\"]\n",
        );
        let repository = self.repository.as_deref().unwrap_or("owner/name");
        text.push_str(&format!(
            "\n# [tracker.github]\n# kind = \"github\"\n# repo = \"{repository}\"\n# token-env = \"GITHUB_TOKEN\"\n\
             # labels = [\"runsheet\"]\n\
             # Give each phase a ticket of its own where a body is too long; \"shorten\" leaves out what stands beside\n\
             # the steps, \"refuse\" sends nothing.\n# long-bodies = \"split\"\n",
        ));
        text.push_str(
            "\n# [tracker.ops]\n# kind = \"jira\"\n# url = \"https://example.atlassian.net\"\n\
             # flavor = \"cloud\"  # or \"data-center\", a server of one's own\n# project = \"OPS\"\n\
             # issue-type = \"Task\"\n# email-env = \"JIRA_EMAIL\"\n# token-env = \"JIRA_TOKEN\"\n\
             # The ways through the workflow: with the first step, with the last one, and back.\n\
             # transitions = { start = \"In Progress\", done = \"Done\", reopen = \"To Do\" }\n\
             # Make each phase a subtask of the run's issue.\n# subtask-per-phase = true\n\
             # The steps as the text of a checklist app (or \"smart-checklist\"), in the custom field that it reads.\n\
             # checklist = { app = \"issue-checklist\", field = \"Checklist Text\" }\n",
        );
        text
    }

    fn sources(&self) -> String {
        let default = Config::default();
        if self.patterns.is_empty() {
            let patterns = quoted(default.sources.iter());
            return format!(
                "# The documents. No procedure was found; this is the default.\nsources = [{patterns}]\n"
            );
        }
        let found: Vec<String> = self
            .patterns
            .iter()
            .map(|(pattern, number)| format!("#   {pattern}: {}\n", count(*number, "procedure")))
            .collect();
        let example = self.example.as_deref().unwrap_or_default();
        format!(
            "# The documents. Found here:\n{}# `runsheet list` names them, `runsheet show {example}` shows one.\nsources = [{}]\n",
            found.concat(),
            quoted(self.patterns.keys()),
        )
    }
}

fn quoted<'a>(texts: impl Iterator<Item = &'a String>) -> String {
    let texts: Vec<String> = texts.map(|text| format!("{text:?}")).collect();
    texts.join(", ")
}
