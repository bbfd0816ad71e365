//! From the config file's table to a [`Config`].

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use globset::Glob;

use super::fields::{Fields, Findings};
use super::jira::{check_labels, read_jira};
use super::{
    CommentOn, Config, DEFAULT_TRACKER, GitHubApp, GitHubConfig, LongBodies, Output, OutputKind,
    TicketRules, TrackerConfig, TrackerKind,
};
use crate::diagnostic::Code;
use crate::extract::{Overrides, Rule, SectionAs};
use crate::merge::Reworded;
use crate::nearest::nearest;
use crate::procedure::{Kind, PhaseKind};
use crate::silence::Ignored;
use crate::source::Place;
use crate::variable::{Variable, Variables};
use crate::variant::{Axes, Value};

/// Returns what the file's table says; what it does not say has its default.
pub(super) fn read(mut file: Fields<'_>, root: PathBuf, findings: &Findings) -> Config {
    let default = Config::default();
    let mut config = Config {
        sources: file.patterns("sources").unwrap_or(default.sources),
        templates: file.string("templates").map(|path| root.join(path)),
        docs_url: file.string("docs-url"),
        inventories: file
            .strings("inventories")
            .unwrap_or_default()
            .into_iter()
            .map(|path| root.join(path))
            .collect(),
        rst_shared: ["rst-prolog", "rst-epilog"]
            .into_iter()
            .filter_map(|key| file.string(key))
            .collect(),
        state_dir: root.join(
            file.string("state-dir")
                .map_or(default.state_dir, PathBuf::from),
        ),
        variants: file.table("variants").map(read_axes).unwrap_or_default(),
        variables: file
            .table("variables")
            .map(read_variables)
            .unwrap_or_default(),
        overrides: Overrides {
            rules: file
                .tables("override")
                .into_iter()
                .map(|(header, rule)| read_override(rule, findings.place(header)))
                .collect(),
        },
        outputs: file
            .tables("output")
            .into_iter()
            .filter_map(|(header, output)| read_output(output, header, findings))
            .collect(),
        trackers: file
            .table("tracker")
            .map(|trackers| read_trackers(trackers, &root, findings))
            .unwrap_or_default(),
        ignored: file
            .table("check")
            .map(|check| read_ignored(check, findings))
            .unwrap_or_default(),
        reworded_ticks: file
            .word(
                "reworded-ticks",
                &[("keep", Reworded::Keep), ("untick", Reworded::Untick)],
            )
            .unwrap_or_default(),
        default_trackers: default.default_trackers,
        file: None,
        root,
    };
    match file.strings("default-trackers") {
        Some(names) => {
            let place = file.place_of("default-trackers").unwrap_or_default();
            check_names(&names, &config, place, findings);
            config.default_trackers = names;
        }
        // A single tracker is the one that is meant.
        None if config.trackers.len() == 1 => {
            config.default_trackers = config.trackers.keys().cloned().collect();
        }
        None => {}
    }
    file.finish();
    config
}

/// Adds a finding for each name that is no tracker's.
fn check_names(names: &[String], config: &Config, place: Range<usize>, findings: &Findings) {
    let known = config.tracker_names();
    for name in names {
        if known.contains(&name.as_str()) {
            continue;
        }
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add a table `[tracker.{name}]`"),
        };
        findings.error(
            place.clone(),
            format!("there is no tracker `{name}`"),
            Some(help),
        );
    }
}

fn read_axes(axes: Fields<'_>) -> Axes {
    let axes = axes.named().into_iter().map(|(axis, _, values)| {
        let values = values.named().into_iter();
        let values = values.map(|(value, _, fields)| (value, read_value(fields)));
        (axis, values.collect())
    });
    Axes(axes.collect())
}

fn read_value(mut fields: Fields<'_>) -> Value {
    let value = Value {
        refs: fields.patterns("refs").unwrap_or_default(),
        pages: fields.patterns("pages").unwrap_or_default(),
        title: fields.string("title"),
    };
    fields.finish();
    value
}

/// Reads the rules of `[check]`: codes, and codes behind a pattern of files and a colon.
fn read_ignored(mut fields: Fields<'_>, findings: &Findings) -> Vec<Ignored> {
    let rules = fields.strings("ignore").unwrap_or_default();
    let place = fields.place_of("ignore").unwrap_or_default();
    fields.finish();
    let read = |rule: &String| {
        let (files, code) = match rule.rsplit_once(':') {
            Some((files, code)) => (Some(files.trim()), code.trim()),
            None => (None, rule.trim()),
        };
        let Some(code) = Code::ALL.iter().find(|known| known.as_str() == code) else {
            let near = nearest(code, Code::ALL.iter().map(|code| code.as_str()));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            findings.error(place.clone(), format!("there is no code `{code}`"), help);
            return None;
        };
        let files = match files.map(Glob::new).transpose() {
            Ok(files) => files.map(|files| files.compile_matcher()),
            Err(why) => {
                findings.error(
                    place.clone(),
                    format!("`{rule}` has no pattern: {}", why.kind()),
                    None,
                );
                return None;
            }
        };
        Some(Ignored { code: *code, files })
    };
    rules.iter().filter_map(read).collect()
}

fn read_variables(variables: Fields<'_>) -> Variables {
    let variables = variables.named().into_iter();
    Variables(
        variables
            .map(|(name, _, mut fields)| {
                let variable = Variable {
                    placeholders: fields.strings("placeholders").unwrap_or_default(),
                    default: fields.string("default"),
                    value: fields.string("value"),
                    help: fields.string("help"),
                };
                fields.finish();
                (name, variable)
            })
            .collect(),
    )
}

fn read_override(mut fields: Fields<'_>, place: Place) -> Rule {
    let sections = [
        ("procedure", SectionAs::Procedure),
        ("phase", SectionAs::Phase),
        ("step", SectionAs::Step),
        ("context", SectionAs::Context),
        ("text", SectionAs::Text),
    ];
    let phases = [
        PhaseKind::Before,
        PhaseKind::Main,
        PhaseKind::After,
        PhaseKind::Abort,
        PhaseKind::Alternative,
    ]
    .map(|kind| (kind.as_str(), kind));
    let kinds = [
        Kind::Action,
        Kind::Check,
        Kind::Setting,
        Kind::Expectation,
        Kind::Note,
        Kind::Contingency,
    ]
    .map(|kind| (kind.as_str(), kind));
    let rule = Rule {
        source: fields.pattern("source"),
        procedure: fields.string("procedure"),
        section: fields.string("section"),
        step: fields.string("step"),
        level: fields.number("level"),
        section_as: fields.word("as", &sections),
        phase: fields.word("phase", &phases),
        has_box: fields.truth("box"),
        kind: fields.word("kind", &kinds),
        optional: fields.truth("optional"),
        id: fields.string("id"),
        place: Some(place),
    };
    fields.finish();
    rule
}

fn read_output(
    mut fields: Fields<'_>,
    header: Range<usize>,
    findings: &Findings,
) -> Option<Output> {
    let kinds = [
        ("issue-template", OutputKind::IssueTemplate),
        ("issue-form", OutputKind::IssueForm),
        ("markdown", OutputKind::Markdown),
        ("docs-section", OutputKind::DocsSection),
    ];
    fields.required("kind", "issue-template", header.clone());
    let kind = fields.word("kind", &kinds);
    let procedures = fields.patterns("procedures");
    let variants = fields.patterns("variants").unwrap_or_default();
    let path = match kind {
        // A template stands on the page of its procedure unless somebody wants it elsewhere.
        Some(OutputKind::DocsSection) => Some(
            fields
                .string("path")
                .unwrap_or_else(|| "{source}".to_owned()),
        ),
        _ => fields.required("path", "checklists/{slug}.md", header.clone()),
    };
    let range = fields.place_of("path").unwrap_or(header);
    fields.finish();
    let path = path?;
    check_output_path(&path, range.clone(), findings);
    Some(Output {
        kind: kind?,
        procedures,
        variants,
        path,
        place: findings.place(range),
    })
}

/// Adds a finding where an output's path leads out of the config's folder, or holds a name that nothing stands for.
fn check_output_path(path: &str, range: Range<usize>, findings: &Findings) {
    let mut components = Path::new(path).components();
    let is_inside = |component| matches!(component, Component::Normal(_) | Component::CurDir);
    if !components.all(is_inside) || path.contains('\\') {
        let message = format!("`{path}` leads out of the folder that the config is in");
        let help = "name a path below that folder, with `/` between its parts".to_owned();
        findings.error(range.clone(), message, Some(help));
    }
    for rest in path.split('{').skip(1) {
        let name = rest.split('}').next().unwrap_or_default();
        if !Output::NAMES.contains(&name) {
            let help = match nearest(name, Output::NAMES) {
                Some(near) => format!("did you mean `{{{near}}}`?"),
                None => "there are `{slug}`, `{variant}` and `{source}`".to_owned(),
            };
            let message = format!("nothing stands for `{{{name}}}` in a path");
            findings.error(range.clone(), message, Some(help));
        }
    }
}

fn read_trackers(
    trackers: Fields<'_>,
    root: &Path,
    findings: &Findings,
) -> BTreeMap<String, TrackerConfig> {
    trackers
        .named()
        .into_iter()
        .filter_map(|(name, header, fields)| {
            Some((name, read_tracker(fields, header, root, findings)?))
        })
        .collect()
}

/// The kinds of trackers before what they need was read.
#[derive(Clone, Copy)]
enum Reach {
    Folder,
    GitHub,
    Jira,
}

fn read_tracker(
    mut fields: Fields<'_>,
    header: Range<usize>,
    root: &Path,
    findings: &Findings,
) -> Option<TrackerConfig> {
    let kinds = [
        ("folder", Reach::Folder),
        ("github", Reach::GitHub),
        ("jira", Reach::Jira),
    ];
    fields.required("kind", "folder", header.clone())?;
    let kind = match fields.word("kind", &kinds)? {
        Reach::Folder => Some(TrackerKind::Folder {
            path: root.join(fields.string("path").as_deref().unwrap_or(DEFAULT_TRACKER)),
        }),
        Reach::GitHub => read_github(&mut fields, header, root),
        Reach::Jira => read_jira(&mut fields, header, root)
            .map(Box::new)
            .map(TrackerKind::Jira),
    };
    let labels = fields.strings("labels").unwrap_or_else(|| match kind {
        // On a server, tickets lie among other issues: the label keeps listings short.
        Some(TrackerKind::GitHub(_) | TrackerKind::Jira(_)) => vec!["runsheet".to_owned()],
        _ => Vec::new(),
    });
    if let Some(TrackerKind::Jira(_)) = kind {
        check_labels(
            &labels,
            fields.place_of("labels").unwrap_or_default(),
            findings,
        );
    }
    let rules = read_rules(&mut fields);
    let changelog_comment = fields.truth("changelog-comment").unwrap_or(true);
    fields.finish();
    Some(TrackerConfig {
        labels,
        rules,
        changelog_comment,
        kind: kind?,
    })
}

fn read_rules(fields: &mut Fields<'_>) -> TicketRules {
    let reports = [
        ("done", CommentOn::Done),
        ("skipped", CommentOn::Skipped),
        ("failed", CommentOn::Failed),
        ("evidence", CommentOn::Evidence),
    ];
    let long_bodies = [
        ("refuse", LongBodies::Refuse),
        ("shorten", LongBodies::Shorten),
        ("split", LongBodies::Split),
    ];
    let default = TicketRules::default();
    TicketRules {
        close_when_complete: fields.truth("close-when-complete").unwrap_or_default(),
        reopen_when_open: fields.truth("reopen-when-open").unwrap_or_default(),
        comment_on: fields.words("comment-on", &reports).unwrap_or_default(),
        long_bodies: fields
            .word("long-bodies", &long_bodies)
            .unwrap_or(default.long_bodies),
    }
}

fn read_github(fields: &mut Fields<'_>, header: Range<usize>, root: &Path) -> Option<TrackerKind> {
    let repo = fields.required("repo", "owner/name", header.clone());
    let api_url = fields.string("api-url");
    let token_env = fields.string("token-env");
    let token_file = fields.string("token-file").map(|path| root.join(path));
    let issue_type = fields.string("issue-type");
    let app = match fields.id("app-id") {
        Some(id) => {
            let key = fields.required("app-key-file", "app.pem", header)?;
            let key_file = root.join(key);
            Some(GitHubApp { id, key_file })
        }
        None => {
            // Known, and of no use without an id.
            fields.string("app-key-file");
            None
        }
    };
    Some(TrackerKind::GitHub(GitHubConfig {
        repo: repo?,
        api_url: api_url.unwrap_or_else(|| "https://api.github.com".to_owned()),
        token_env: token_env.unwrap_or_else(|| "GITHUB_TOKEN".to_owned()),
        token_file,
        app,
        issue_type,
    }))
}
