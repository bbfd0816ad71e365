//! Runs that are divided into several tickets, since one would be too long or the config wants it so.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::print_stdout,
    reason = "what was lived through is shown with --nocapture"
)]

use std::fs;
use std::time::Duration;

use runsheet::body::Body;
use runsheet::checklist::State;
use runsheet::config::{JiraConfig, JiraFlavor};
use runsheet::issue::Issue;
use runsheet::run::RunKey;
use runsheet::tracker::jira;
use runsheet::tracker::{Tracker, Waiting};
use tempfile::TempDir;

use crate::github_fake::{Fake, FakeIssue};
use crate::github_program::program;
use crate::jira_fake::{self, EMAIL, TOKEN};
use crate::tracker_contract::{self, github, jira_config, jira_server_config, new_disk};

const PHASES: [&str; 3] = ["Pack", "Carry", "Put up"];

/// Returns a document with a section for each of these phases: its name, its steps, and how many lines of commands
/// stand under each.
fn document(phases: &[(&str, usize, usize)]) -> String {
    let mut document = "# Move the archive\n\nAll of it, by night.\n".to_owned();
    for (name, steps, lines) in phases {
        document.push_str(&format!("\n## {name}\n"));
        for step in 1..=*steps {
            let script = "   carry --over the-bridge\n".repeat(*lines);
            document.push_str(&format!(
                "\n{step}. {name} box {step} with care.\n\n   ```sh\n{script}   ```\n"
            ));
        }
    }
    document
}

fn long() -> String {
    document(&PHASES.map(|name| (name, 10, 90)))
}

/// A project whose tickets are on our own GitHub.
struct Project {
    folder: TempDir,
    fake: Fake,
}

impl Project {
    fn new(document: &str, keys: &str) -> Self {
        let fake = Fake::start();
        let folder = folder(&fake, document, keys);
        Self { folder, fake }
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let (code, said) = program(self.folder.path(), arguments);
        (code, said.replace(&self.fake.url(), ""))
    }

    /// Runs the program, which has to succeed; returns what it said.
    fn done(&self, arguments: &[&str]) -> String {
        let (code, said) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {said}");
        said
    }

    fn document(&self, document: &str) {
        fs::write(self.folder.path().join("sources/archive.md"), document).unwrap();
    }

    fn issues(&self) -> Vec<FakeIssue> {
        self.fake.world().issues.clone()
    }

    /// Returns the bodies of all issues.
    fn bodies(&self) -> Vec<String> {
        self.issues().into_iter().map(|it| it.body).collect()
    }

    /// Returns the writes since the last time.
    fn writes(&self) -> Vec<String> {
        let log = self.fake.take_log().into_iter();
        log.filter(|it| !it.starts_with("GET ") && !it.contains("graphql"))
            .collect()
    }

    /// A person saves an issue with other words in it.
    fn edit(&self, number: u64, old: &str, new: &str) {
        let mut world = self.fake.world();
        let issue = world.issue(number);
        assert!(issue.body.contains(old), "{old}: {}", issue.body);
        issue.edit(issue.body.replacen(old, new, 1));
    }
}

fn folder(fake: &Fake, document: &str, keys: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[tracker.board]\nkind = \"github\"\nrepo = \"acme/ops\"\napi-url = \"{}\"\n{keys}\n",
        fake.url()
    );
    fs::write(folder.path().join("runsheet.toml"), config).unwrap();
    fs::create_dir(folder.path().join("sources")).unwrap();
    fs::write(folder.path().join("sources/archive.md"), document).unwrap();
    folder
}

const SPLIT: &str = "long-bodies = \"split\"";
const OPEN: [&str; 5] = ["open", "move-the-archive", "--run", "1", "-q"];

#[test]
fn a_run_that_is_too_long_for_one_ticket_has_one_for_each_phase() {
    let project = Project::new(&long(), SPLIT);
    let planned = project.done(&[&OPEN[..], &["--dry-run"]].concat());
    assert_eq!(
        planned,
        "move-the-archive/1 in board: create\n\
         \x20 note      the whole body is 73937 of less than 65536 bytes long\n\
         \x20 note      each phase has a ticket of its own: Pack; Carry; Put up\n"
    );
    assert!(project.issues().is_empty());
    project.done(&OPEN);
    let issues = project.issues();
    let titles: Vec<&str> = issues.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Move the archive 1",
            "Move the archive 1: Pack",
            "Move the archive 1: Carry",
            "Move the archive 1: Put up"
        ]
    );
    assert!(issues[1..].iter().all(|it| it.parent == Some(1)));
    assert!(
        issues
            .iter()
            .all(|it| it.body.len() < 65_536 && it.labels == ["runsheet"])
    );
    for (number, words) in [(2, "Pack box 3"), (3, "Carry box 10"), (4, "Put up box 1")] {
        assert!(issues[number - 1].body.contains(words));
    }
    // Nothing is cut, and nothing is done twice.
    let lines: usize = issues
        .iter()
        .map(|it| it.body.matches("carry --over").count())
        .sum();
    assert_eq!(lines, 30 * 90);
    project.fake.take_log();
    assert_eq!(
        project.done(&["sync", "-q"]),
        "unchanged /acme/ops/issues/1\n"
    );
    assert!(project.writes().is_empty());

    // One is reported, one is ticked by a person: both count, and the run's ticket tells how far its parts are.
    project.done(&["done", "1", "2.3", "--by", "ann"]);
    assert!(project.bodies()[2].contains("- [x] Carry box 3 with care. *(done by ann, "));
    project.edit(2, "- [ ] Pack box 1 ", "- [x] Pack box 1 ");
    let said =
        "updated /acme/ops/issues/1\n  note      the list of the parts says how far they are\n";
    assert_eq!(project.done(&["sync", "-q"]), said);
    assert_eq!(
        project.done(&["sync", "-q"]),
        "unchanged /acme/ops/issues/1\n"
    );
    let head = project.bodies().swap_remove(0);
    for line in ["[Pack](", ": 1 of 10 ", "[Carry]("] {
        assert!(head.contains(line), "{head}");
    }
    let status = project.done(&["status"]);
    assert!(status.contains("2 of 30 required"), "{status}");
    assert!(!status.contains("Part "), "{status}");
}

#[test]
fn a_ticket_that_grows_too_long_is_divided_and_stays_so() {
    let short = document(&PHASES.map(|name| (name, 10, 3)));
    let project = Project::new(&short, SPLIT);
    project.done(&OPEN);
    assert_eq!(project.issues().len(), 1);
    project.done(&["done", "1", "1.2", "--by", "ann"]);
    project.edit(
        1,
        "- [ ] Carry box 4 with care.",
        "- [x] Carry box 4 with care. (in the rain)",
    );
    project.edit(1, "## Put up\n", "## Put up\n\nAnn has the key.\n");
    project.document(&long());
    let (code, planned) = project.run(&["sync", "-q", "--dry-run"]);
    assert_eq!(code, 0);
    let ahead = "note      a ticket of its own for each of \u{201c}Pack\u{201d}, \u{201c}Carry\u{201d}, \u{201c}Put up\u{201d}";
    assert!(planned.contains(ahead), "{planned}");
    assert_eq!(project.issues().len(), 1);
    project.done(&["sync", "-q"]);
    let bodies = project.bodies();
    assert_eq!(bodies.len(), 4);
    assert!(bodies[1].contains("- [x] Pack box 2 with care. *(done by ann, "));
    assert!(bodies[2].contains("- [x] Carry box 4 with care."));
    assert!(bodies[2].contains("(in the rain)"));
    assert!(
        bodies[3].contains("## Put up\n\nAnn has the key.\n"),
        "{}",
        bodies[3]
    );
    assert!(!bodies[0].contains("- [ ]"));
    // It is short again, and nothing flaps.
    project.document(&short);
    project.done(&["sync", "-q"]);
    let bodies = project.bodies();
    assert_eq!(bodies.len(), 4);
    assert!(bodies[2].contains("(in the rain)") && bodies[2].len() < 4_000);
    assert_eq!(
        project.done(&["sync", "-q"]),
        "unchanged /acme/ops/issues/1\n"
    );
}

#[test]
fn evidence_that_makes_a_ticket_too_long_divides_it() {
    let project = Project::new(&document(&PHASES.map(|name| (name, 10, 68))), SPLIT);
    project.done(&OPEN);
    assert_eq!(project.issues().len(), 1);
    let note = "all of it is where it belongs ".repeat(30);
    for step in ["1.1", "2.1", "3.1"] {
        project.done(&["done", "1", step, "--by", "ann", "--note", note.trim()]);
    }
    let bodies = project.bodies();
    assert_eq!(bodies.len(), 4, "{}", bodies[0].len());
    let notes: usize = bodies
        .iter()
        .map(|it| it.matches("all of it is where it belongs").count())
        .sum();
    assert_eq!(notes, 3 * 30);
}

#[test]
fn a_part_that_somebody_deletes_comes_back_and_the_run_is_not_complete_without_it() {
    let project = Project::new(
        &document(&[("Pack", 1, 900), ("Carry", 1, 900), ("Put up", 1, 900)]),
        SPLIT,
    );
    project.done(&OPEN);
    for step in ["Pack box", "Carry box", "Put up box"] {
        project.done(&["done", "1", step, "--by", "ann"]);
    }
    project.done(&["status", "--require-complete"]);
    project.fake.world().gone.insert(3, None);
    let (code, status) = project.run(&["status", "--require-complete"]);
    assert_eq!(code, 1, "{status}");
    assert!(
        status.contains("Part 2 of this run has no ticket"),
        "{status}"
    );
    // Reports go on, and do not take the run for whole.
    project.done(&["undo", "1", "Put up box"]);
    project.done(&["done", "1", "Put up box", "--by", "bob"]);
    assert_eq!(project.run(&["status", "--require-complete"]).0, 1);
    project.done(&["sync", "-q"]);
    let issues = project.issues();
    assert_eq!(issues.len(), 5);
    assert!(
        issues[4].body.contains("- [ ] Carry box 1"),
        "{}",
        issues[4].title
    );
    let all = project.bodies().concat();
    assert!(!all.contains("has no ticket"));
    assert_eq!(
        project.done(&["sync", "-q"]),
        "unchanged /acme/ops/issues/1\n"
    );
}

#[test]
fn parts_are_closed_with_their_phase_and_the_run_when_all_are_done() {
    let keys = format!("{SPLIT}\nclose-when-complete = true\nreopen-when-open = true");
    let project = Project::new(&document(&[("Pack", 1, 1_200), ("Carry", 1, 1_200)]), &keys);
    project.done(&OPEN);
    let open = || {
        project
            .issues()
            .iter()
            .map(|it| it.open)
            .collect::<Vec<bool>>()
    };
    project.done(&["done", "1", "Pack box", "--by", "ann"]);
    assert_eq!(open(), [true, false, true]);
    project.done(&["done", "1", "Carry box", "--by", "ann"]);
    assert_eq!(open(), [false, false, false]);
    assert_eq!(project.done(&["sync", "-q"]), "");
    project.edit(3, "- [x] Carry", "- [ ] Carry");
    project.done(&["sync", "-q"]);
    assert_eq!(open(), [true, false, true]);
}

#[test]
fn a_step_that_is_too_long_by_itself_is_refused_before_anything_is_sent() {
    let project = Project::new(&document(&[("Pack", 2, 10), ("Carry", 2, 3_000)]), SPLIT);
    for dry in [&["--dry-run"][..], &[]] {
        let (code, said) = project.run(&[&OPEN[..], dry].concat());
        assert_eq!(code, 2, "{said}");
        assert!(
            said.contains("\u{201c}Carry box 1 with care.\u{201d} of `move-the-archive/1` is "),
            "{said}"
        );
        assert!(
            said.contains("bytes long by itself; board takes less than 65536"),
            "{said}"
        );
    }
    assert!(project.issues().is_empty());
    // A phase of such length is cut between its steps.
    let project = Project::new(&document(&[("Carry", 8, 600)]), SPLIT);
    project.done(&OPEN);
    let steps: Vec<usize> = project
        .bodies()
        .iter()
        .map(|it| it.matches("- [ ] Carry").count())
        .collect();
    assert_eq!(steps, [0, 2, 2, 2, 2]);
}

#[test]
fn a_server_without_sub_issues_has_the_links_in_the_texts() {
    let project = Project::new(&long(), SPLIT);
    project.fake.world().sub_issues = false;
    project.done(&OPEN);
    let issues = project.issues();
    assert_eq!(issues.len(), 4);
    assert!(issues[0].body.contains("/acme/ops/issues/4): 0 of 10 "));
    assert!(issues[3].body.contains("*Part of [Move the archive 1]("));
}

#[test]
fn what_people_leave_open_in_a_part_is_said_and_nothing_is_lost() {
    let project = Project::new(&long(), SPLIT);
    project.done(&OPEN);
    project.edit(2, "## Pack\n", "## Pack\n\n~~~\nnever closed\n");
    let before = project.bodies();
    let (code, said) = project.run(&["done", "1", "Carry box 2", "--by", "ann"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("something is left open in"), "{said}");
    assert_eq!(project.bodies(), before);
    project.edit(2, "never closed\n", "never closed\n~~~\n");
    project.done(&["sync", "-q"]);
    assert!(project.bodies()[2].contains("- [x] Carry box 2 with care. *(done by ann"));
}

#[test]
fn a_listing_of_divided_runs_costs_its_pages() {
    let project = Project::new(&long(), SPLIT);
    for name in 0..4 {
        project.done(&[
            "open",
            "move-the-archive",
            "--run",
            &format!("r{name}"),
            "-q",
        ]);
    }
    project.done(&["sync", "-q"]);
    project.fake.take_log();
    let said = project.done(&["sync", "-q"]);
    assert_eq!(said.matches("unchanged ").count(), 4, "{said}");
    // One page, and the repository.
    assert_eq!(project.fake.take_log().len(), 2);
}

#[test]
fn eight_processes_that_open_one_long_run_at_once_leave_one_of_each_ticket() {
    let fake = Fake::start();
    let folders: Vec<TempDir> = (0..8).map(|_| folder(&fake, &long(), SPLIT)).collect();
    let said: Vec<(i32, String)> = std::thread::scope(|scope| {
        let threads: Vec<_> = folders
            .iter()
            .map(|folder| scope.spawn(|| program(folder.path(), &OPEN)))
            .collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(said.iter().all(|(code, _)| *code == 0), "{said:?}");
    let world = fake.world();
    let mut open: Vec<&str> = world
        .issues
        .iter()
        .filter(|it| it.open)
        .map(|it| it.title.as_str())
        .collect();
    open.sort_unstable();
    assert_eq!(
        open,
        [
            "Move the archive 1",
            "Move the archive 1: Carry",
            "Move the archive 1: Pack",
            "Move the archive 1: Put up"
        ]
    );
    drop(world);
    assert!(
        program(folders[0].path(), &["sync", "-q"])
            .1
            .starts_with("unchanged ")
    );
}

mod in_jira;
mod life;

/// Where the tickets are.
enum Server {
    GitHub(Fake, TempDir),
    Jira(jira_fake::Fake, TempDir, Box<JiraConfig>),
}

impl Server {
    fn connect(&self, waiting: Waiting) -> Box<dyn Tracker> {
        match self {
            Self::GitHub(fake, disk) => {
                let state = new_disk(disk.path());
                Box::new(github(
                    &fake.url(),
                    "acme/ops",
                    "test_token_admin",
                    &state,
                    waiting,
                ))
            }
            Self::Jira(_, disk, config) => {
                let state = new_disk(disk.path());
                let credentials = match config.flavor {
                    JiraFlavor::Cloud => jira::Credentials::basic(EMAIL, TOKEN),
                    JiraFlavor::DataCenter => jira::Credentials::bearer("test_token_pat"),
                };
                Box::new(tracker_contract::jira(
                    config,
                    credentials.unwrap(),
                    &state,
                    waiting,
                ))
            }
        }
    }

    /// Lets so many requests be answered, and hears one more or none.
    fn cut(&self, answers: Option<usize>, hears_one_more: bool) {
        match self {
            Self::GitHub(fake, _) => {
                let mut world = fake.world();
                (world.answers, world.hears_one_more) = (answers, hears_one_more);
            }
            Self::Jira(fake, ..) => {
                let mut world = fake.world();
                (world.answers, world.hears_one_more) = (answers, hears_one_more);
            }
        }
    }

    /// Returns the tickets of a run, as the tracker below has them.
    fn tickets(&self, run: &RunKey) -> Vec<Issue> {
        let tracker = self.connect(Waiting::real(Duration::from_secs(60)));
        let issues = tracker
            .list()
            .unwrap()
            .tickets
            .into_iter()
            .map(|it| it.issue);
        issues.filter(|it| is_of(&it.body, run)).collect()
    }

    /// Returns the texts of the tickets of a run, those that are pointers left out.
    fn texts(&self, run: &RunKey) -> Vec<String> {
        match self {
            Self::GitHub(fake, _) => {
                let world = fake.world();
                let texts = world.issues.iter().map(|it| it.body.clone());
                texts.filter(|text| is_of(text, run)).collect()
            }
            Self::Jira(..) => self.tickets(run).into_iter().map(|it| it.body).collect(),
        }
    }

    /// Ticks an open box in one of the tickets; returns its step.
    fn tick_one(&self, run: &RunKey, which: usize) -> Option<String> {
        match self {
            Self::GitHub(fake, _) => {
                let mut world = fake.world();
                let mut open = Vec::new();
                for issue in world.issues.iter().filter(|it| is_of(&it.body, run)) {
                    let body = Body::read(&issue.body);
                    for (marker, item) in body.steps().filter(|(_, item)| item.state == State::Open)
                    {
                        open.push((
                            issue.number,
                            marker.id.0.clone(),
                            item.task.clone().unwrap(),
                        ));
                    }
                }
                let (number, id, task) = open.get(which % open.len().max(1))?.clone();
                let mut body = world.issue(number).body.clone();
                body.replace_range(task, "[x]");
                world.issue(number).edit(body);
                (!id.starts_with("missing")).then_some(id)
            }
            Self::Jira(fake, ..) => {
                let mut open = Vec::new();
                for issue in self.tickets(run) {
                    let body = Body::read(&issue.body);
                    for (marker, item) in body.steps().filter(|(_, item)| item.state == State::Open)
                    {
                        let words = body.text_of(item).to_owned();
                        open.push((issue.reference.0.clone(), marker.id.0.clone(), words));
                    }
                }
                let (key, id, words) = open.get(which % open.len().max(1))?;
                let ticked = fake.world().tick(key, words);
                (ticked && !id.starts_with("missing")).then(|| id.clone())
            }
        }
    }

    /// Writes words on a line of their own into one of the tickets; tells whether there is one.
    fn write_one(&self, run: &RunKey, which: usize, words: &str) -> bool {
        match self {
            Self::GitHub(fake, _) => {
                let mut world = fake.world();
                let own: Vec<u64> = world
                    .issues
                    .iter()
                    .filter(|it| is_of(&it.body, run))
                    .map(|it| it.number)
                    .collect();
                let Some(number) = own.get(which % own.len().max(1)) else {
                    return false;
                };
                let body = world.issue(*number).body.clone();
                let lines: Vec<usize> = body.match_indices("\n\n").map(|(at, _)| at + 1).collect();
                let at = lines[which % lines.len()];
                let new = format!("{}\n{words}\n{}", &body[..at], &body[at..]);
                world.issue(*number).edit(new);
                true
            }
            // What people write there is a matter of the format, not of the parts.
            Self::Jira(..) => false,
        }
    }

    /// Returns how many parts the run's ticket names.
    fn parts_named(&self, run: &RunKey) -> usize {
        let texts = self.texts(run);
        let marker = texts.iter().find_map(|text| {
            let marker = Body::read(text).ticket?.0;
            (marker.run == *run).then_some(marker)
        });
        marker.unwrap().parts.len()
    }

    fn forget(&self) {
        match self {
            Self::GitHub(fake, _) => drop(fake.take_log()),
            Self::Jira(fake, ..) => drop(fake.take_log()),
        }
    }

    /// Returns the writes since the last time.
    fn writes(&self) -> Vec<String> {
        let log = match self {
            Self::GitHub(fake, _) => fake.take_log(),
            Self::Jira(fake, ..) => fake.take_log(),
        };
        let is_write = |it: &String| {
            !it.starts_with("GET ") && !it.contains("graphql") && !it.contains(" /search")
        };
        log.into_iter().filter(is_write).collect()
    }
}

/// Tells whether a text is of a ticket of a run.
fn is_of(text: &str, run: &RunKey) -> bool {
    let shown = Body::read(text).run().cloned();
    shown.is_some_and(|key| key == *run || key.as_part().is_some_and(|(whole, _)| whole == *run))
}

fn lives(server: &Server, from: u64, count: u64) {
    let mut all = life::Lived::default();
    for seed in from..from + count {
        let lived = life::live(server, seed);
        all.cuts += lived.cuts;
        all.ticks += lived.ticks;
        all.doubled += lived.doubled;
        all.parts = all.parts.max(lived.parts);
    }
    println!("{count} lives: {all:?}");
    assert!(count < 3 || all.cuts > 0 && all.ticks > 0 && all.parts > 2);
}

fn count(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |it| it.parse().unwrap())
}

#[test]
fn nothing_is_lost_on_github_whatever_happens() {
    let server = Server::GitHub(Fake::start(), tempfile::tempdir().unwrap());
    lives(&server, count("SPLIT_SEED", 1), count("SPLIT_LIVES", 4));
}

#[test]
fn nothing_is_lost_in_jira_cloud_whatever_happens() {
    let fake = jira_fake::Fake::start();
    let config = Box::new(jira_config(&fake.url()));
    let server = Server::Jira(fake, tempfile::tempdir().unwrap(), config);
    lives(&server, count("SPLIT_SEED", 1), count("SPLIT_LIVES", 3));
}

#[test]
fn nothing_is_lost_in_a_jira_data_center_whatever_happens() {
    let fake = jira_fake::Fake::start_server();
    let config = Box::new(jira_server_config(&fake.url()));
    let server = Server::Jira(fake, tempfile::tempdir().unwrap(), config);
    lives(&server, count("SPLIT_SEED", 1), count("SPLIT_LIVES", 3));
}
