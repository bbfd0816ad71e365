//! What every tracker does, run over each of them; and what only the folder does.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::cell::Cell;
use std::fs::{self, File};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use runsheet::body::seal;
use runsheet::issue::{IssueDraft, IssuePatch, IssueRef, IssueState};
use runsheet::run::RunKey;
use runsheet::tracker::folder::FolderTracker;
use runsheet::tracker::{Created, Tracker};
use runsheet::waiting::Waiting;
use tempfile::TempDir;

fn key(text: &str) -> RunKey {
    text.parse().unwrap()
}

fn draft(run: &RunKey) -> IssueDraft {
    IssueDraft {
        title: format!("Move the archive: {}", run.name),
        body: seal(
            "- [ ] Pack <!-- rs pack n=1 -->\n- [ ] Carry <!-- rs carry n=2 -->\n",
            run,
        ),
        labels: vec!["archive".to_owned(), "two words".to_owned()],
        assignees: vec!["ann".to_owned()],
        milestone: None,
        part_of: None,
    }
}

fn created(tracker: &dyn Tracker, run: &RunKey) -> IssueRef {
    match tracker.create(run, &draft(run)).unwrap() {
        Created::New(issue) => issue.reference,
        Created::Existing(ticket) => panic!("{} was there", ticket.issue.location),
    }
}

/// What holds for every tracker.
fn contract(tracker: &dyn Tracker) {
    assert!(tracker.list().unwrap().tickets.is_empty());

    // A ticket is found by its run, as it was drafted.
    let (one, two) = (key("archive/1"), key("archive@site=north/release/2"));
    let first = created(tracker, &one);
    created(tracker, &two);
    let listing = tracker.list().unwrap();
    let runs: Vec<&RunKey> = listing.tickets.iter().map(|ticket| &ticket.run).collect();
    assert_eq!(runs, [&one, &two]);
    let found = tracker.get(&first).unwrap();
    assert_eq!(found, listing.tickets[0].issue);
    assert_eq!(found.body, draft(&one).body);
    assert_eq!(found.title, draft(&one).title);
    assert_eq!(found.labels, draft(&one).labels);
    assert_eq!(found.assignees, draft(&one).assignees);
    assert_eq!(found.state, IssueState::Open);

    // A run has one ticket, however often it is created.
    let Created::Existing(ticket) = tracker.create(&one, &draft(&one)).unwrap() else {
        panic!("a second ticket");
    };
    assert_eq!(ticket.issue.reference, first);

    // A patch changes what it names, and an empty one nothing.
    let untouched = tracker
        .update(&first, &mut |_| IssuePatch::default())
        .unwrap();
    assert!(!untouched.written);
    assert_eq!(untouched.issue, found);
    let patched = tracker
        .update(&first, &mut |issue| IssuePatch {
            body: Some(issue.body.replace("- [ ] Pack", "- [x] Pack")),
            state: Some(IssueState::Closed),
            labels: Some(vec!["done".to_owned()]),
            title: Some("Moved: #1".to_owned()),
        })
        .unwrap();
    assert!(patched.written);
    let found = tracker.get(&first).unwrap();
    assert_eq!(found, patched.issue);
    assert!(found.body.contains("- [x] Pack") && found.body.contains("- [ ] Carry"));
    assert_eq!(found.state, IssueState::Closed);
    assert_eq!(
        (found.title.as_str(), found.labels.as_slice()),
        ("Moved: #1", &["done".to_owned()][..])
    );
    let again = tracker
        .update(&first, &mut |issue| IssuePatch {
            body: Some(issue.body.clone()),
            state: Some(IssueState::Closed),
            ..IssuePatch::default()
        })
        .unwrap();
    assert!(!again.written, "equal content is no write");

    // A closed ticket is still the run's.
    let listing = tracker.list().unwrap();
    assert_eq!(listing.tickets[0].issue.state, IssueState::Closed);

    tracker.comment(&first, "2 added\n1 removed").unwrap();
    assert!(tracker.get(&IssueRef("none.md".to_owned())).is_err());
}

fn at_nine() -> Timestamp {
    "2026-01-01T09:00:00Z".parse().unwrap()
}

fn folder() -> (TempDir, FolderTracker) {
    let folder = TempDir::new().unwrap();
    let tracker = FolderTracker::new("tickets", folder.path().join("tickets"), at_nine);
    (folder, tracker)
}

#[test]
fn a_folder_keeps_the_contract() {
    let (_folder, tracker) = folder();
    contract(&tracker);
}

fn text(folder: &Path, issue: &IssueRef) -> String {
    fs::read_to_string(folder.join("tickets").join(&issue.0)).unwrap()
}

#[test]
fn a_write_changes_only_the_bytes_that_must_change() {
    let (folder, tracker) = folder();
    let run = key("archive/1");
    let issue = created(&tracker, &run);
    let path = folder.path().join("tickets").join(&issue.0);
    let own = text(folder.path(), &issue)
        .replace(
            "state: open",
            "# who is on call\nteam: {north: [ann, bob]}\nstate:   'open'  # for now",
        )
        .replace('\n', "\r\n");
    fs::write(&path, &own).unwrap();
    tracker
        .update(&issue, &mut |issue| IssuePatch {
            body: Some(issue.body.replace("- [ ] Pack", "- [x] Pack")),
            state: Some(IssueState::Closed),
            ..IssuePatch::default()
        })
        .unwrap();
    let wanted = own
        .replace("state:   'open'  # for now", "state: closed  # for now")
        .replace("- [ ] Pack", "- [x] Pack");
    assert_eq!(text(folder.path(), &issue), wanted);
}

#[test]
fn what_an_editor_saves_in_between_is_not_lost() {
    let (folder, tracker) = folder();
    let issue = created(&tracker, &key("archive/1"));
    let path = folder.path().join("tickets").join(&issue.0);
    let mut calls = 0;
    let updated = tracker
        .update(&issue, &mut |issue| {
            calls += 1;
            // The first call looks, the second is under the lock: an editor, which takes none, saves then.
            if calls == 2 {
                let edited = fs::read_to_string(&path)
                    .unwrap()
                    .replace("- [ ] Carry", "- [x] Carry");
                fs::write(&path, edited).unwrap();
            }
            IssuePatch {
                body: Some(issue.body.replace("- [ ] Pack", "- [x] Pack")),
                ..IssuePatch::default()
            }
        })
        .unwrap();
    assert_eq!(calls, 3);
    assert_eq!(updated.issue.body.matches("- [x]").count(), 2);
    assert_eq!(text(folder.path(), &issue).matches("- [x]").count(), 2);
}

#[test]
fn the_wait_for_another_writer_is_counted_and_bounded() {
    let (folder, tracker) = folder();
    let run = key("archive/1");
    let issue = created(&tracker, &run);
    let other = File::open(folder.path().join("tickets/.runsheet.lock")).unwrap();
    other.lock().unwrap();
    let waited = Rc::new(Cell::new(Duration::ZERO));
    let counted = waited.clone();
    let limit = Duration::from_secs(20);
    let tracker = tracker.with_waiting(Waiting {
        wait: Rc::new(move |duration, _| counted.set(counted.get() + duration)),
        ..Waiting::real(limit)
    });
    let why = tracker.comment(&issue, "late").unwrap_err();
    let held = folder.path().join("tickets");
    assert_eq!(
        why.to_string(),
        format!(
            "another process has been writing in `{}` for 20s",
            held.display()
        )
    );
    assert_eq!(waited.get(), limit);
    drop(other);
    tracker.comment(&issue, "in time").unwrap();
}

#[test]
fn a_comment_stands_below_the_text_and_stays() {
    let (folder, tracker) = folder();
    let run = key("archive/1");
    let issue = created(&tracker, &run);
    let before = text(folder.path(), &issue);
    tracker.comment(&issue, "2 added\n\n1 removed").unwrap();
    let comment = "\n> *2026-01-01T09:00:00Z*\n>\n> 2 added\n>\n> 1 removed\n";
    assert_eq!(text(folder.path(), &issue), format!("{before}{comment}"));
}

#[test]
fn file_names_are_readable_and_safe_and_nobodys_file_is_overwritten() {
    let (folder, tracker) = folder();
    for (run, name) in [
        ("archive@site=north/rel/2 (b)", "archive-north-rel-2-b.md"),
        ("archive@site=north/rel/2 [b]", "archive-north-rel-2-b-2.md"),
        ("../etc/passwd\u{202e}", "etc-passwd.md"),
        ("größe/1", "größe-1.md"),
    ] {
        let mut key = key(run);
        if run.starts_with("..") {
            key.procedure = "../etc".to_owned();
            key.name = "passwd\u{202e}".to_owned();
        }
        assert_eq!(created(&tracker, &key).0, name);
    }
    let long = RunKey {
        name: "x".repeat(400),
        ..key("archive/1")
    };
    assert!(created(&tracker, &long).0.len() < 120);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_is_no_ticket_is_left_alone_and_a_damaged_one_is_told() {
    let (folder, tracker) = folder();
    let tickets = folder.path().join("tickets");
    fs::create_dir(&tickets).unwrap();
    fs::write(tickets.join("README.md"), "# About these tickets\n").unwrap();
    fs::write(tickets.join("notes.txt"), "---\n").unwrap();
    fs::create_dir(tickets.join("old.md")).unwrap();
    fs::write(tickets.join("broken.md"), "---\ntitle: x\n").unwrap();
    let listing = tracker.list().unwrap();
    assert!(listing.tickets.is_empty());
    assert_eq!(listing.diagnostics.len(), 1);
    assert!(listing.diagnostics[0].place.path().ends_with("broken.md"));
}

#[cfg(unix)]
#[test]
fn a_ticket_that_is_a_link_stays_one() {
    let (folder, tracker) = folder();
    let issue = created(&tracker, &key("archive/1"));
    let path = folder.path().join("tickets").join(&issue.0);
    let elsewhere = folder.path().join("elsewhere.md");
    fs::rename(&path, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    tracker
        .update(&issue, &mut |_| IssuePatch {
            state: Some(IssueState::Closed),
            ..IssuePatch::default()
        })
        .unwrap();
    assert!(path.is_symlink());
    assert!(
        fs::read_to_string(&elsewhere)
            .unwrap()
            .contains("state: closed")
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_said_and_left_as_it_was() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, tracker) = folder();
    let issue = created(&tracker, &key("archive/1"));
    let before = text(folder.path(), &issue);
    let tickets = folder.path().join("tickets");
    fs::set_permissions(&tickets, fs::Permissions::from_mode(0o555)).unwrap();
    // Whoever may write everywhere cannot see this.
    if fs::write(tickets.join("probe"), "").is_ok() {
        return;
    }
    let why = tracker
        .update(&issue, &mut |_| IssuePatch {
            state: Some(IssueState::Closed),
            ..IssuePatch::default()
        })
        .unwrap_err();
    assert!(why.to_string().starts_with("cannot write"), "{why}");
    assert!(why.hint().unwrap().contains("make the folder writable"));
    assert!(
        tracker
            .create(&key("archive/2"), &draft(&key("archive/2")))
            .is_err()
    );
    assert_eq!(text(folder.path(), &issue), before);
    assert_eq!(fs::read_dir(&tickets).unwrap().count(), 2);
    fs::set_permissions(&tickets, fs::Permissions::from_mode(0o755)).unwrap();
}
