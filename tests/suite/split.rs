//! Runs that are divided into several tickets, since one would be too long or the config wants it so.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use tempfile::TempDir;

use crate::github_fake::{Fake, FakeIssue};
use crate::github_program::program;

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
    println!("{planned}");
    println!("{}", project.done(&OPEN));
    for issue in project.issues() {
        println!(
            "#{} {} {:?} {}",
            issue.number,
            issue.title,
            issue.parent,
            issue.body.len()
        );
        println!(
            "{}\n...\n{}",
            &issue.body[..600.min(issue.body.len())],
            &issue.body[issue.body.len() - 300.min(issue.body.len())..]
        );
    }
    for line in project.fake.take_log() {
        println!("{line}");
    }
    println!("{:?}", project.run(&["sync", "-q"]));
    println!("{:?}", project.run(&["done", "1", "2.3", "--by", "ann"]));
    for line in project.fake.take_log() {
        println!("{line}");
    }
    println!("{:?}", project.run(&["status"]));
    println!("{}", project.bodies()[0]);
}
