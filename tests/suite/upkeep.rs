//! What the config asks for beside the text of tickets: closing, opening again, comments, bodies that are too long.
//!
//! Each story is told on a folder and on our own GitHub.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::github_fake::{Fake, Fault, FaultKind};
use crate::github_program::program;

const DOCUMENT: &str = "# Move the archive\n\n1. Pack the boxes.\n2. Carry them over.\n";

/// A project whose tickets are in a folder or on a server.
struct Project {
    folder: TempDir,
    server: Option<Fake>,
}

impl Project {
    /// Returns the same project with tickets in a folder, and with tickets on a server.
    fn both(document: &str, keys: &str) -> [Self; 2] {
        [None, Some(Fake::start())].map(|server| Self::new(document, keys, server))
    }

    fn new(document: &str, keys: &str, server: Option<Fake>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let kind = match &server {
            None => "kind = \"folder\"".to_owned(),
            Some(fake) => {
                let url = fake.url();
                format!("kind = \"github\"\nrepo = \"acme/ops\"\napi-url = \"{url}\"")
            }
        };
        let config = format!("[tracker.board]\n{kind}\n{keys}\n");
        fs::write(folder.path().join("runsheet.toml"), config).unwrap();
        fs::create_dir(folder.path().join("sources")).unwrap();
        fs::write(folder.path().join("sources/archive.md"), document).unwrap();
        Self { folder, server }
    }

    /// Runs the program; returns its exit code and what it said, without where the ticket is.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let (code, said) = program(self.folder.path(), arguments);
        let place = match &self.server {
            None => "tickets/move-the-archive-1.md".to_owned(),
            Some(fake) => format!("{}/acme/ops/issues/1", fake.url()),
        };
        (code, said.replace(&place, "TICKET"))
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("tickets/move-the-archive-1.md")
    }

    /// Returns the ticket's text.
    fn body(&self) -> String {
        match &self.server {
            None => fs::read_to_string(self.file()).unwrap(),
            Some(fake) => fake.world().issue(1).body.clone(),
        }
    }

    /// A person saves the ticket with other words in it.
    fn edit(&self, old: &str, new: &str) {
        let body = self.body();
        assert!(body.contains(old), "{body}");
        let body = body.replace(old, new);
        match &self.server {
            None => fs::write(self.file(), body).unwrap(),
            Some(fake) => fake.world().issue(1).edit(body),
        }
    }

    fn is_open(&self) -> bool {
        match &self.server {
            None => self.body().contains("\nstate: open\n"),
            Some(fake) => fake.world().issue(1).open,
        }
    }

    /// A person closes the ticket, or opens it again.
    fn set_open(&self, open: bool) {
        match &self.server {
            None if open => self.edit("state: closed", "state: open"),
            None => self.edit("state: open", "state: closed"),
            Some(fake) => fake.world().issue(1).open = open,
        }
    }

    /// Returns how often the ticket's talk holds a text.
    fn comments(&self, text: &str) -> usize {
        match &self.server {
            None => self.body().matches(&format!("> {text}")).count(),
            Some(fake) => {
                let mut world = fake.world();
                let comments = &world.issue(1).comments;
                comments.iter().filter(|(it, _)| it == text).count()
            }
        }
    }
}

#[test]
fn a_ticket_is_closed_when_complete_and_opened_again_when_a_box_is() {
    for project in Project::both(
        DOCUMENT,
        "close-when-complete = true\nreopen-when-open = true",
    ) {
        project.run(&["open", "move-the-archive", "--run", "1", "-q"]);
        project.run(&["done", "1", "1", "--by", "ann"]);
        assert!(project.is_open());
        let planned = project.run(&["done", "1", "2", "--by", "ann", "--dry-run"]);
        let plan = "move-the-archive/1 in board (TICKET): update\n  done      Carry them over.\n  \
                    note      the ticket is closed: no required step is open\n";
        assert_eq!(planned, (0, plan.to_owned()));
        let (code, said) = project.run(&["done", "1", "2", "--by", "ann"]);
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("the ticket is closed\n"), "{said}");
        assert!(!project.is_open());
        assert_eq!(project.run(&["sync", "-q"]), (0, String::new()));

        // A person unticks a box.
        project.edit("- [x] Carry", "- [ ] Carry");
        let planned = project.run(&["sync", "-q", "--dry-run"]);
        let plan = "move-the-archive/1 in board (TICKET): update\n  \
                    note      the ticket is open again: a required step is open\n";
        assert_eq!(planned, (0, plan.to_owned()));
        let said =
            "updated TICKET\n  note      the ticket is open again: a required step is open\n";
        assert_eq!(project.run(&["sync", "-q"]), (0, said.to_owned()));
        assert!(project.is_open());

        // And ticks it.
        project.edit("- [ ] Carry", "- [x] Carry");
        let said = "updated TICKET\n  note      the ticket is closed: no required step is open\n";
        assert_eq!(project.run(&["sync", "-q"]), (0, said.to_owned()));
        assert!(!project.is_open());

        // What a person opens again though it is complete stays open, and what one closes stays closed.
        project.set_open(true);
        assert_eq!(
            project.run(&["sync", "-q"]),
            (0, "unchanged TICKET\n".to_owned())
        );
        assert!(project.is_open());
        project.edit("- [x] Carry", "- [ ] Carry");
        project.run(&["sync", "-q"]);
        project.set_open(false);
        assert_eq!(project.run(&["sync", "-q"]), (0, String::new()));
        assert!(!project.is_open());
    }
}

#[test]
fn without_a_word_in_the_config_a_complete_ticket_stays_open() {
    for project in Project::both(DOCUMENT, "") {
        project.run(&["open", "move-the-archive", "--run", "1", "-q"]);
        project.run(&["done", "1", "1", "2"]);
        project.run(&["sync", "-q"]);
        assert!(project.is_open());
        assert!(!project.body().contains(" closed -->"));
    }
}

#[test]
fn failures_and_evidence_are_told_in_comments_once() {
    for project in Project::both(DOCUMENT, "comment-on = [\"failed\", \"evidence\"]") {
        let at = "2026-03-01T09:00Z";
        let report = |arguments: &[&str]| {
            let all = [arguments, &["--by", "ann", "--at", at]].concat();
            project.run(&all)
        };
        project.run(&["open", "move-the-archive", "--run", "1", "-q"]);
        report(&["done", "1", "1"]);
        assert_eq!(
            project.comments("- Pack the boxes. *(done by ann, 2026-03-01 09:00Z)*"),
            0
        );
        let failure = "- Carry them over. **(failed: no lift, by ann, 2026-03-01 09:00Z)**";
        for _ in 0..2 {
            report(&["fail", "1", "2", "--reason", "no lift"]);
            assert_eq!(project.comments(failure), 1);
        }
        let link = "https://ci.example.org/7";
        report(&["done", "1", "2", "--link", link]);
        let evidence =
            format!("- Carry them over. *(done by ann, 2026-03-01 09:00Z, [evidence]({link}))*");
        assert_eq!(project.comments(&evidence), 1);
    }
}

#[test]
fn a_comment_whose_answer_is_lost_is_looked_for_before_it_is_written_again() {
    let comment = "- Carry them over. **(failed: no lift, by ann, 2026-03-01 09:00Z)**";
    let fault = |kind| Fault::new("POST", "/comments", kind);
    let refused = FaultKind::Before(500, Vec::new(), String::new());
    for (kind, written) in [(FaultKind::DropAfter, 1), (refused, 0)] {
        let project = Project::new(DOCUMENT, "comment-on = [\"failed\"]", Some(Fake::start()));
        project.run(&["open", "move-the-archive", "--run", "1", "-q"]);
        project.server.as_ref().unwrap().world().faults = vec![fault(kind)];
        let (code, said) = project.run(&[
            "fail",
            "1",
            "2",
            "--reason",
            "no lift",
            "--by",
            "ann",
            "--at",
            "2026-03-01T09:00Z",
            "--wait",
            "0s",
        ]);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("1 report waits"), "{said}");
        assert_eq!(project.comments(comment), written);
        for _ in 0..2 {
            let (code, said) = project.run(&["sync"]);
            assert_eq!(code, 0, "{said}");
            assert_eq!(project.comments(comment), 1);
        }
    }
}

/// A procedure of `steps` steps, each with a script of so many lines under it.
fn long(steps: usize, lines: usize) -> String {
    let mut document = "# Move the archive\n\nAll of it, by night.\n".to_owned();
    for step in 1..=steps {
        let script = "   carry --over the-bridge\n".repeat(lines);
        document.push_str(&format!(
            "\n{step}. Carry box {step} away.\n\n   ```sh\n{script}   ```\n"
        ));
    }
    document
}

#[test]
fn a_body_that_is_too_long_is_refused_before_anything_is_sent() {
    let project = Project::new(&long(100, 30), "", Some(Fake::start()));
    for dry in [&["--dry-run"][..], &[]] {
        let all = [&["open", "move-the-archive", "--run", "1", "-q"][..], dry].concat();
        let (code, said) = project.run(&all);
        assert_eq!(code, 2, "{said}");
        assert!(
            said.contains("bytes long; board takes less than 65536"),
            "{said}"
        );
        assert!(
            said.contains("`long-bodies = \"shorten\"` in `[tracker.board]`"),
            "{said}"
        );
    }
    assert!(project.server.as_ref().unwrap().world().issues.is_empty());
}

#[test]
fn a_body_that_is_too_long_is_shortened_where_the_config_says_so() {
    let keys = "long-bodies = \"shorten\"";
    let project = Project::new(&long(100, 30), keys, Some(Fake::start()));
    let (code, planned) =
        project.run(&["open", "move-the-archive", "--run", "1", "-q", "--dry-run"]);
    assert_eq!(code, 0, "{planned}");
    assert!(
        planned.contains("of less than 65536 bytes long\n"),
        "{planned}"
    );
    assert!(planned.contains("note      left out: "), "{planned}");
    assert!(project.server.as_ref().unwrap().world().issues.is_empty());
    let (code, said) = project.run(&["open", "move-the-archive", "--run", "1", "-q"]);
    assert_eq!(code, 0, "{said}");
    let body = project.body();
    assert!(body.len() < 65_536 - 65_536 / 8, "{}", body.len());
    assert_eq!(body.matches("- [ ] Carry box ").count(), 100);
    assert!(
        body.contains("*Left out here, since it is too long: "),
        "{body}"
    );
    assert!(!body.contains("the-bridge"));
    // It is as short at the next look.
    assert_eq!(
        project.run(&["sync", "-q"]),
        (0, "unchanged TICKET\n".to_owned())
    );

    // Nothing that may be left out would help here.
    let project = Project::new(&long(1_000, 2), keys, Some(Fake::start()));
    let (code, said) = project.run(&["open", "move-the-archive", "--run", "1", "-q"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("divide the procedure"), "{said}");
}
