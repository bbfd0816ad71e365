//! What is said of divided runs in Jira: subtasks, links, transitions, both formats.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use super::{document, long};
use crate::jira_fake::{EMAIL, Fake, FakeIssue, Status, TOKEN};

/// A project whose tickets are in our own Jira.
struct Project {
    folder: TempDir,
    fake: Fake,
}

impl Project {
    fn new(fake: Fake, document: &str, keys: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let flavor = match fake.world().is_server {
            true => "flavor = \"data-center\"\n",
            false => "",
        };
        let config = format!(
            "[tracker.ops]\nkind = \"jira\"\nurl = \"{}\"\nproject = \"OPS\"\n{flavor}{keys}\n",
            fake.url()
        );
        fs::write(folder.path().join("runsheet.toml"), config).unwrap();
        fs::create_dir(folder.path().join("sources")).unwrap();
        fs::write(folder.path().join("sources/archive.md"), document).unwrap();
        Self { folder, fake }
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let is_server = self.fake.world().is_server;
        let mut command = Command::new(env!("CARGO_BIN_EXE_runsheet"));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env_clear();
        match is_server {
            true => command.env("JIRA_TOKEN", "test_token_pat"),
            false => command.envs([("JIRA_EMAIL", EMAIL), ("JIRA_TOKEN", TOKEN)]),
        };
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said)
            .unwrap()
            .replace(&self.fake.url(), "");
        (output.status.code().unwrap(), said)
    }

    fn done(&self, arguments: &[&str]) -> String {
        let (code, said) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {said}");
        said
    }

    fn issues(&self) -> Vec<FakeIssue> {
        self.fake.world().issues.clone()
    }
}

const OPEN: [&str; 5] = ["open", "move-the-archive", "--run", "1", "-q"];
const PHASES: [(&str, usize, usize); 2] = [("Pack", 2, 2), ("Carry", 2, 2)];
const MOVES: &str = "[tracker.ops.transitions]\nstart = \"Start work\"\ndone = \"Finish\"\n";

#[test]
fn each_phase_is_a_subtask_that_moves_by_itself() {
    let keys = format!("subtask-per-phase = true\npriority = \"High\"\n{MOVES}");
    let project = Project::new(Fake::start(), &document(&PHASES), &keys);
    let planned = project.done(&[&OPEN[..], &["--dry-run"]].concat());
    assert!(
        planned.contains("note      each phase has a ticket of its own: Pack; Carry\n"),
        "{planned}"
    );
    assert!(!planned.contains("the whole body"), "{planned}");
    project.done(&OPEN);
    let issues = project.issues();
    assert_eq!(issues.len(), 3);
    assert_eq!(issues[0].fields["issuetype"]["id"], "10001");
    for (issue, title) in issues[1..].iter().zip(["Pack", "Carry"]) {
        assert_eq!(
            issue.fields["summary"],
            format!("Move the archive 1: {title}")
        );
        assert_eq!(issue.fields["issuetype"]["id"], "10003");
        assert_eq!(issue.fields["parent"]["key"], "OPS-1");
        assert_eq!(issue.fields["priority"]["id"], "1");
    }
    assert_eq!(project.done(&["sync", "-q"]), "unchanged /browse/OPS-1\n");
    let status = || {
        project
            .issues()
            .iter()
            .map(|it| it.status)
            .collect::<Vec<Status>>()
    };
    use Status::{Done, InProgress, ToDo};
    // A click in the browser, and a report.
    assert!(project.fake.world().tick("OPS-2", "Pack box 1"));
    project.done(&["sync", "-q"]);
    assert_eq!(status(), [InProgress, InProgress, ToDo]);
    project.done(&["done", "1", "Pack box 2", "--by", "ann"]);
    assert_eq!(status(), [InProgress, Done, ToDo]);
    project.done(&["done", "1", "Carry box 1", "--by", "ann"]);
    project.done(&["done", "1", "Carry box 2", "--by", "ann"]);
    assert_eq!(status(), [Done, Done, Done]);
    assert_eq!(
        project.fake.world().ticked("OPS-2", "Pack box 1"),
        Some(true)
    );
    assert!(
        project
            .done(&["status", "--require-complete", "1"])
            .contains("4 of 4 required")
    );
}

#[test]
fn a_description_that_is_too_long_is_divided_in_both_formats() {
    for fake in [Fake::start(), Fake::start_server()] {
        let project = Project::new(fake, &long(), "long-bodies = \"split\"");
        project.done(&OPEN);
        let issues = project.issues();
        assert!(issues.len() >= 4, "{}", issues.len());
        for issue in &issues {
            let length = issue.fields["description"].to_string().chars().count();
            assert!(length < 30_000, "{}: {length}", issue.key);
        }
        project.done(&["done", "1", "Carry box 3", "--by", "ann"]);
        assert_eq!(project.done(&["sync", "-q"]), "unchanged /browse/OPS-1\n");
        let status = project.done(&["status"]);
        assert!(status.contains("1 of 30 required"), "{status}");
    }
}

#[test]
fn without_subtasks_the_tickets_are_linked() {
    let fake = Fake::start();
    fake.world().has_subtasks = false;
    let project = Project::new(fake, &long(), "long-bodies = \"split\"");
    project.done(&OPEN);
    let issues = project.issues();
    let related = project.fake.world().related.clone();
    assert_eq!(related.len(), issues.len() - 1);
    assert!(related.iter().all(|(whole, _)| whole == "OPS-1"));
    // Where each phase is to be a subtask, that there are none is said, and of the type that is meant.
    let fake = Fake::start();
    fake.world().has_subtasks = false;
    let project = Project::new(fake, &document(&PHASES), "subtask-per-phase = true");
    let (code, said) = project.run(&OPEN);
    assert_eq!(code, 2);
    assert!(said.contains("`Sub-task`"), "{said}");
}
