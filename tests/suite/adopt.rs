//! Issues on a server that people made become runs' tickets, and reports go to every ticket of a run.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::cli::scrubbed;
use super::github_fake::Fake;

const DOCUMENT: &str =
    "# Database upgrade\n\n1. Stop the writers.\n2. Run the upgrade.\n3. Start the writers.\n";

/// Returns a folder with a procedure, and a config for a folder of tickets and the server.
fn folder(fake: &Fake) -> TempDir {
    let folder = TempDir::new().unwrap();
    let config = format!(
        "default-trackers = [\"tickets\", \"github\"]\n\n\
         [tracker.github]\nkind = \"github\"\nrepo = \"acme/ops\"\napi-url = \"{}\"\n\n\
         [[output]]\nkind = \"issue-template\"\nprocedures = [\"*\"]\npath = \"templates/{{slug}}.md\"\n",
        fake.url()
    );
    fs::write(folder.path().join("runsheet.toml"), config).unwrap();
    fs::create_dir(folder.path().join("sources")).unwrap();
    fs::write(folder.path().join("sources/upgrade.md"), DOCUMENT).unwrap();
    folder
}

/// Runs the program and returns how it ended and what it said.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = scrubbed(env!("CARGO_BIN_EXE_runsheet"), folder)
        .env("GITHUB_TOKEN", "test_token_admin")
        .args(arguments)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let (code, said) = run(folder, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {said}");
    said
}

const ADOPT: [&str; 5] = ["adopt", "1", "database-upgrade", "--run", "2.3"];

#[test]
fn a_line_that_begins_as_one_step_alone_is_that_step() {
    let fake = Fake::start();
    let folder = folder(&fake);
    let path = folder.path();
    let document = "# Database upgrade\n\n1. Stop the writers: `systemctl stop writers` on all hosts of the zone.\n\
                    2. Run the upgrade: `up tables`\n3. Run the upgrade: `up views`\n";
    fs::write(path.join("sources/upgrade.md"), document).unwrap();
    let by_hand = "- [x] Stop the writers\n- [x] Run the upgrade\n- [x] Feed the cat\n";
    fake.world().add("Upgrade", by_hand, &[]);

    let said = done(path, &[&ADOPT[..], &["--tracker", "github"]].concat());
    let body = fake.world().issue(1).body.clone();
    for kept in [
        "- [x] Stop the writers: `systemctl stop writers` on all hosts of the zone. <!-- rs ",
        "- [x] Feed the cat\n",
    ] {
        assert!(body.contains(kept), "{kept:?}\n{body}");
    }
    assert_eq!(body.matches("- [x]").count(), 2, "{body}");
    let told = "ticked, and no step of the procedure: Feed the cat\n";
    assert!(said.contains(told), "{said}");
}

#[test]
fn an_issue_made_by_hand_keeps_its_ticks_and_words_and_is_taken_over_once() {
    let fake = Fake::start();
    let folder = folder(&fake);
    let path = folder.path();
    let by_hand = "Tonight.\r\n\r\n- [x] Stop the writers. (all three)\r\n- [ ] Run the upgrade.\r\n- [x] Feed the cat\r\n";
    fake.world().add("Upgrade", by_hand, &[]);

    let here = [&ADOPT[..], &["--tracker", "github"]].concat();
    done(path, &here);
    let body = fake.world().issue(1).body.clone();
    for kept in [
        "Tonight.\r\n",
        "- [x] Stop the writers. (all three) <!-- rs ",
        "- [ ] Run the upgrade. <!-- rs ",
        "- [ ] Start the writers. <!-- rs ",
        "- [x] Feed the cat\r\n",
    ] {
        assert!(body.contains(kept), "{kept:?}\n{body}");
    }
    assert_eq!(fake.world().issue(1).labels, ["runsheet"]);

    fake.take_log();
    let said = done(path, &here);
    assert!(said.contains("unchanged"), "{said}");
    let by_address = ["adopt", "https://github.com/acme/ops/issues/1"];
    done(path, &[&by_address[..], &here[2..]].concat());
    let log = fake.take_log();
    assert!(
        log.iter().all(|request| request.starts_with("GET ")),
        "{log:?}"
    );
    assert_eq!(fake.world().issue(1).body, body);

    let (code, said) = run(path, &ADOPT);
    assert_eq!(code, Some(2));
    assert!(said.contains("say which with --tracker"), "{said}");
}

#[test]
fn an_issue_from_the_generated_template_is_a_run_with_its_ticks() {
    let fake = Fake::start();
    let folder = folder(&fake);
    let path = folder.path();
    done(path, &["generate"]);
    let template = fs::read_to_string(path.join("templates/database-upgrade.md")).unwrap();
    // What a server makes of a template: what follows the front matter.
    let body = template.splitn(3, "---\n").nth(2).unwrap();
    let body = body.replace("- [ ] Run the upgrade.", "- [x] Run the upgrade.");
    assert!(body.contains("- [x]"), "{template}");
    fake.world().add("Upgrade", &body, &[]);

    done(path, &[&ADOPT[..], &["--tracker", "github"]].concat());
    let said = done(path, &["status", "2.3", "--tracker", "github"]);
    assert!(said.contains("1 of 3 required"), "{said}");
    let adopted = fake.world().issue(1).body.clone();
    let without_markers: Vec<&str> = adopted
        .lines()
        .map(|line| line.split(" <!-- rs ").next().unwrap())
        .collect();
    for line in body.lines().filter(|line| line.starts_with("- [")) {
        assert!(without_markers.contains(&line), "{line}\n{adopted}");
    }
}

#[test]
fn a_report_reaches_every_ticket_of_its_run_and_waits_for_the_one_that_is_away() {
    let fake = Fake::start();
    let folder = folder(&fake);
    let path = folder.path();
    done(path, &["open", "database-upgrade", "--run", "2.3"]);
    done(path, &["done", "2.3", "1"]);
    let ticket = path.join("tickets/database-upgrade-2.3.md");
    let ticked = |step: &str| {
        let line = format!("- [x] {step}");
        let here = fs::read_to_string(&ticket).unwrap().contains(&line);
        (here, fake.world().issue(1).body.contains(&line))
    };
    assert_eq!(ticked("Stop the writers."), (true, true));

    // A server that nobody answers for: nothing listens on that port.
    let config = fs::read_to_string(path.join("runsheet.toml")).unwrap();
    let gone = config.replace(&fake.url(), "http://127.0.0.1:1");
    fs::write(path.join("runsheet.toml"), gone).unwrap();
    let (code, said) = run(path, &["done", "2.3", "2", "--wait", "0s"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("1 report waits in"), "{said}");
    assert_eq!(ticked("Run the upgrade."), (true, false));
    let (code, _) = run(
        path,
        &["done", "2.3", "3", "--wait", "0s", "--allow-queued"],
    );
    assert_eq!(code, Some(0));

    fs::write(path.join("runsheet.toml"), config).unwrap();
    done(path, &["sync"]);
    assert_eq!(ticked("Run the upgrade."), (true, true));
    assert_eq!(ticked("Start the writers."), (true, true));
    let said = done(path, &["status"]);
    assert!(!said.contains("waits"), "{said}");
}
