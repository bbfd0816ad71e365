//! What goes wrong between us and GitHub, by script: one issue per run, no tick lost, no comment twice.
//!
//! Waits are counted and not slept: the clock is moved on by them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use runsheet::issue::{Issue, IssuePatch, IssueRef};
use runsheet::run::RunKey;
use runsheet::tracker::github::GitHubTracker;
use runsheet::tracker::{Created, Tracker, Wait, Waiting};
use tempfile::TempDir;

use crate::faults::{row, tell, times};
use crate::github_fake::{Fake, Fault, FaultKind};
use crate::tracker_contract::{body, draft, github, new_disk, run};

thread_local! {
    static NOW: Cell<Timestamp> = const { Cell::new(Timestamp::UNIX_EPOCH) };
}

/// Returns waits of at most `limit` that take no time, and what they came to.
fn waits(limit: Duration) -> (Waiting, Rc<Cell<Duration>>) {
    NOW.set(Timestamp::now());
    let waiting = Waiting {
        now: || NOW.get(),
        wait: Rc::new(|duration, _| NOW.set(NOW.get() + duration)),
        ..Waiting::real(limit)
    };
    let waited = Rc::clone(&waiting.waited);
    (waiting, waited)
}

/// A server, and disks for trackers that know nothing of each other.
struct Place {
    fake: Fake,
    disk: TempDir,
    /// How long a request may take.
    timeout: Duration,
}

impl Place {
    fn new() -> Self {
        Self {
            fake: Fake::start(),
            disk: tempfile::tempdir().unwrap(),
            timeout: Duration::from_secs(10),
        }
    }

    /// A place where requests are given up soon, where the fault is that they take too long.
    fn for_fault(name: &str) -> Self {
        let mut place = Self::new();
        if name.contains("timeout") {
            place.timeout = Duration::from_millis(500);
        }
        place
    }

    fn tracker(&self, limit: u64) -> (GitHubTracker, Rc<Cell<Duration>>) {
        self.tracker_of("test_token_admin", limit)
    }

    fn tracker_of(&self, token: &str, limit: u64) -> (GitHubTracker, Rc<Cell<Duration>>) {
        let (waiting, waited) = waits(Duration::from_secs(limit));
        let state = new_disk(self.disk.path());
        let tracker = github(&self.fake.url(), "acme/ops", token, &state, waiting);
        (tracker.with_timeout(self.timeout), waited)
    }

    /// Returns how many open issues show `run`.
    fn open_issues(&self, run: &RunKey) -> usize {
        let marker = body(run);
        let first = marker.lines().next().unwrap().to_owned();
        let world = self.fake.world();
        let shown = world.issues.iter();
        shown
            .filter(|it| it.open && it.body.contains(&first))
            .count()
    }
}

fn tick(issue: &Issue) -> IssuePatch {
    let body = issue.body.replace("- [ ] Stop", "- [x] Stop");
    IssuePatch {
        body: Some(body),
        ..IssuePatch::default()
    }
}

fn fault(method: &'static str, path: &'static str, kind: FaultKind) -> Fault {
    Fault::new(method, path, kind)
}

/// The faults that a request may meet, by name, and whether it is done although it fails.
fn faults(method: &'static str, path: &'static str) -> Vec<(&'static str, Fault, bool)> {
    let html = "<html><body><h1>Bad gateway</h1></body></html>".to_owned();
    let message = |text: &str| format!("{{\"message\": \"{text}\"}}");
    let limit = "You have exceeded a secondary rate limit";
    let reset = (Timestamp::now().as_second() + 90).to_string();
    let before =
        |status, headers, body| fault(method, path, FaultKind::Before(status, headers, body));
    let after = |status, body| fault(method, path, FaultKind::After(status, Vec::new(), body));
    vec![
        (
            "502 before the write",
            before(502, vec![], message("Server Error")),
            false,
        ),
        (
            "502 after the write",
            after(502, message("Server Error")),
            true,
        ),
        (
            "502 in HTML after the write",
            after(502, html.clone()),
            true,
        ),
        (
            "503 in HTML before the write",
            before(503, vec![], html.clone()),
            false,
        ),
        ("200 in HTML after the write", after(200, html), true),
        (
            "socket cut before the write",
            fault(method, path, FaultKind::DropBefore),
            false,
        ),
        (
            "socket cut after the write",
            fault(method, path, FaultKind::DropAfter),
            true,
        ),
        (
            "answer later than the timeout",
            fault(method, path, FaultKind::Slow(Duration::from_millis(900))),
            true,
        ),
        (
            "403 secondary limit, Retry-After",
            before(403, vec![("retry-after", "30".to_owned())], message(limit)),
            false,
        ),
        (
            "403 secondary limit, no Retry-After",
            before(403, vec![], message(limit)),
            false,
        ),
        (
            "429",
            before(
                429,
                vec![("retry-after", "5".to_owned())],
                message("Too many requests"),
            ),
            false,
        ),
        (
            "403 primary limit",
            before(
                403,
                vec![
                    ("x-ratelimit-remaining", "0".to_owned()),
                    ("x-ratelimit-reset", reset),
                ],
                message("API rate limit exceeded"),
            ),
            false,
        ),
    ]
}

/// Whether the end of a request that met a fault can be told at once.
fn is_certain(name: &str) -> bool {
    name.starts_with("403") || name.starts_with("429")
}

#[test]
fn a_creation_that_meets_a_fault_leaves_one_issue() {
    for (name, fault, done) in faults("POST", "/issues") {
        let place = Place::for_fault(name);
        for turn in 0..times() {
            let run = run(&format!("{turn}"));
            place.fake.world().faults = vec![fault.clone()];
            let (tracker, waited) = place.tracker(300);
            let created = tracker.create(&run, &draft(&run));
            if done || is_certain(name) {
                assert!(
                    matches!(created, Ok(Created::New(_))),
                    "{name}: {created:?}"
                );
                assert_eq!(place.open_issues(&run), 1, "{name}");
                continue;
            }
            // Nothing shows itself, and nothing is sent again on a guess.
            let why = created.unwrap_err().to_string();
            assert!(why.contains("has not shown itself"), "{name}: {why}");
            assert!(
                waited.get() > Duration::from_secs(200),
                "{name}: {waited:?}"
            );
            assert_eq!(place.open_issues(&run), 0, "{name}");
            // The next call looks and creates.
            assert!(
                matches!(tracker.create(&run, &draft(&run)), Ok(Created::New(_))),
                "{name}"
            );
            assert_eq!(place.open_issues(&run), 1, "{name}");
        }
        row("GitHub", "create", name, times(), "one issue each");
    }
}

#[test]
fn a_lost_answer_is_made_up_for_by_the_next_process_too() {
    let place = Place::new();
    for turn in 0..times() {
        let run = run(&format!("{turn}"));
        place.fake.world().faults = vec![fault("POST", "/issues", FaultKind::DropAfter)];
        // It may not wait at all.
        let (tracker, _) = place.tracker(0);
        let why = tracker.create(&run, &draft(&run)).unwrap_err().to_string();
        assert!(why.contains("was lost"), "{why}");
        let (other, _) = place.tracker(0);
        assert!(matches!(
            other.create(&run, &draft(&run)),
            Ok(Created::Existing(_))
        ));
        assert_eq!(place.open_issues(&run), 1);
    }
    row(
        "GitHub",
        "create",
        "answer lost, then another process",
        times(),
        "one issue each",
    );
}

#[test]
fn an_edit_that_meets_a_fault_is_done_once_and_loses_no_tick() {
    for (name, fault, _) in faults("PATCH", "/issues/") {
        let place = Place::for_fault(name);
        let run = run("1");
        let person = "- [x] Tell the users\n";
        for turn in 0..times() {
            let number = {
                let mut world = place.fake.world();
                world.faults = vec![fault.clone()];
                let text = format!("{}- [ ] Tell the users\n", body(&run));
                world.add(&format!("{turn}"), &text, &["runsheet"])
            };
            // A person ticks another box while we try again.
            place.fake.world().faults.push(Fault::new(
                "GET",
                "/issues/",
                FaultKind::Edit(number, "- [ ] Tell the users\n", person),
            ));
            let (tracker, _) = place.tracker(300);
            let issue = IssueRef(format!("#{number}"));
            let updated = tracker.update(&issue, &mut tick).unwrap();
            assert!(updated.written, "{name}");
            let mut world = place.fake.world();
            let text = &world.issue(number).body;
            assert!(
                text.contains("- [x] Stop") && text.contains(person),
                "{name}: {text}"
            );
        }
        row(
            "GitHub",
            "edit",
            name,
            times(),
            "written once, no tick lost",
        );
    }
}

#[test]
fn a_comment_that_meets_a_fault_is_never_there_twice() {
    for (name, fault, done) in faults("POST", "/comments") {
        let place = Place::for_fault(name);
        let number = place.fake.world().add("t", "", &[]);
        for turn in 0..times() {
            place.fake.world().faults = vec![fault.clone()];
            let (tracker, _) = place.tracker(300);
            // The server's clock is the test's.
            place.fake.world().clock = Some(NOW.get());
            let text = format!("Comment {turn}");
            let said = tracker.comment(&IssueRef(format!("#{number}")), &text);
            let mut world = place.fake.world();
            let comments = &world.issue(number).comments;
            let count = comments.iter().filter(|(it, _)| *it == text).count();
            if done || is_certain(name) {
                assert!(said.is_ok(), "{name}: {said:?}");
                assert_eq!(count, 1, "{name}");
            } else {
                let why = said.unwrap_err().to_string();
                assert!(why.contains("has not shown itself"), "{name}: {why}");
                assert_eq!(count, 0, "{name}");
            }
        }
        row("GitHub", "comment", name, times(), "never twice");
    }
}

#[test]
fn a_read_that_meets_a_fault_is_sent_again() {
    for (name, fault, _) in faults("GET", "/issues?") {
        let place = Place::for_fault(name);
        place.fake.world().add("t", &body(&run("1")), &["runsheet"]);
        for _ in 0..times() {
            place.fake.world().faults = vec![fault.clone()];
            let (tracker, waited) = place.tracker(300);
            assert_eq!(tracker.list().unwrap().tickets.len(), 1, "{name}");
            assert!(waited.get() >= Duration::from_secs(1), "{name}");
        }
        row("GitHub", "list", name, times(), "read in full");
    }
}

#[test]
fn a_storm_of_304_and_a_conflict_are_read_through() {
    let place = Place::new();
    let number = place.fake.world().add("t", &body(&run("1")), &["runsheet"]);
    for _ in 0..times() {
        let unasked = || {
            fault(
                "GET",
                "/issues",
                FaultKind::Before(304, vec![], String::new()),
            )
        };
        place.fake.world().faults = vec![unasked(), unasked(), unasked()];
        let (tracker, _) = place.tracker(300);
        assert_eq!(tracker.list().unwrap().tickets.len(), 1);
        place.fake.world().issue(number).body = body(&run("1"));
        let conflict = |status| {
            let said = "{\"message\": \"Conflict\"}".to_owned();
            fault("PATCH", "/issues/", FaultKind::Before(status, vec![], said))
        };
        place.fake.world().faults = vec![conflict(409), conflict(412)];
        let issue = IssueRef(format!("#{number}"));
        assert!(tracker.update(&issue, &mut tick).unwrap().written);
        assert!(place.fake.world().issue(number).body.contains("- [x] Stop"));
    }
    row(
        "GitHub",
        "list",
        "304 three times, unasked for",
        times(),
        "read in full",
    );
    row(
        "GitHub",
        "edit",
        "409, then 412",
        times(),
        "written, no tick lost",
    );
}

#[test]
fn a_page_that_is_refused_leaves_no_half_listing() {
    let place = Place::new();
    for name in 0..150 {
        let run = run(&name.to_string());
        place.fake.world().add("t", &body(&run), &["runsheet"]);
    }
    for _ in 0..times() {
        let message = "{\"message\": \"Requires authentication\"}".to_owned();
        let kind = FaultKind::Before(401, vec![], message);
        place.fake.world().faults = vec![fault("GET", "page=2", kind)];
        let (tracker, _) = place.tracker(300);
        let why = tracker.list().unwrap_err().to_string();
        assert_eq!(
            why,
            "cannot list the issues of acme/ops: the token is not valid (401)"
        );
        let fresh = run("0");
        assert!(matches!(
            tracker.create(&fresh, &draft(&fresh)),
            Ok(Created::Existing(_))
        ));
    }
    assert_eq!(place.fake.world().issues.len(), 150);
    row(
        "GitHub",
        "list",
        "page 2 is refused with 401",
        times(),
        "an error, no half listing, no second issue",
    );
}

#[test]
fn a_renamed_repository_is_followed_and_told() {
    let place = Place::new();
    let number = place.fake.world().add("t", &body(&run("1")), &["runsheet"]);
    place.fake.world().rename("acme/operations");
    let issue = IssueRef(format!("#{number}"));
    for turn in 0..times() {
        place.fake.world().issue(number).body = body(&run("1"));
        let (tracker, _) = place.tracker(300);
        place.fake.take_log();
        assert!(tracker.update(&issue, &mut tick).unwrap().written);
        assert_eq!(
            place.fake.take_log(),
            [
                "GET /repos/acme/ops/issues/1",
                "GET /repos/acme/ops",
                "GET /repositories/1000/issues/1",
                "PATCH /repositories/1000/issues/1",
                "POST /graphql",
            ]
        );
        assert!(place.fake.world().issue(number).body.contains("- [x] Stop"));
        // A write is the first to meet the redirect.
        let (tracker, _) = place.tracker(300);
        tracker.comment(&issue, &format!("{turn}")).unwrap();
        let fresh = run(&format!("new.{turn}"));
        let Ok(Created::New(created)) = tracker.create(&fresh, &draft(&fresh)) else {
            panic!("it was not there");
        };
        assert!(created.location.contains("acme/operations/issues/"));
        assert!(tracker.take_notes()[0].contains("acme/ops is now acme/operations"));
    }
    assert_eq!(place.fake.world().issue(number).comments.len(), times());
    assert_eq!(place.fake.world().issues.len(), times() + 1);
    row(
        "GitHub",
        "edit",
        "307 on GET",
        times(),
        "written once where it is now",
    );
    row("GitHub", "comment", "307 on POST", times(), "once each");
    row("GitHub", "create", "307 on POST", times(), "one issue each");
}

#[test]
fn a_repository_that_is_renamed_between_our_read_and_our_write_is_followed() {
    let place = Place::new();
    let number = place.fake.world().add("t", &body(&run("1")), &["runsheet"]);
    let issue = IssueRef(format!("#{number}"));
    for _ in 0..times() {
        {
            let mut world = place.fake.world();
            world.rename("acme/ops");
            world.issue(number).body = body(&run("1"));
            let renamed = FaultKind::Rename("acme/operations");
            world.faults = vec![fault("PATCH", "/issues/", renamed)];
        }
        let (tracker, _) = place.tracker(300);
        place.fake.take_log();
        assert!(tracker.update(&issue, &mut tick).unwrap().written);
        assert_eq!(
            place.fake.take_log(),
            [
                "GET /repos/acme/ops/issues/1",
                "PATCH /repos/acme/ops/issues/1",
                "GET /repos/acme/ops",
                // Before each write, it is read.
                "GET /repositories/1000/issues/1",
                "PATCH /repositories/1000/issues/1",
                "POST /graphql",
            ]
        );
        assert!(place.fake.world().issue(number).body.contains("- [x] Stop"));
    }
    row(
        "GitHub",
        "edit",
        "307 on PATCH",
        times(),
        "written once, no tick lost",
    );
}

#[test]
fn what_is_gone_or_shut_is_said_in_its_own_words() {
    let place = Place::new();
    let number = place.fake.world().add("t", &body(&run("1")), &["runsheet"]);
    let issue = IssueRef(format!("#{number}"));
    let said = |change: &dyn Fn(&mut crate::github_fake::World)| {
        change(&mut place.fake.world());
        let (tracker, _) = place.tracker(10);
        tracker.update(&issue, &mut tick).unwrap_err().to_string()
    };
    assert_eq!(
        said(&|world| {
            world.gone.insert(1, None);
        }),
        "cannot read #1 in acme/ops: it was deleted (410)"
    );
    let moved = said(&|world| {
        world
            .gone
            .insert(1, Some("/repositories/2000/issues/1".to_owned()));
    });
    assert!(
        moved.starts_with("the issue 1 was moved to http://127.0.0.1:"),
        "{moved}"
    );
    assert_eq!(
        said(&|world| {
            world.gone.clear();
            world.archived = true;
        }),
        "cannot edit #1 in acme/ops: the repository is archived, so nothing in it can change"
    );
    assert_eq!(
        said(&|world| world.has_issues = false),
        "cannot read #1 in acme/ops: the repository's issues are switched off"
    );
    let (tracker, _) = place.tracker_of("test_token_nobody", 10);
    assert_eq!(
        tracker.list().unwrap_err().to_string(),
        "cannot read the repository acme/ops: the token is not valid (401)"
    );
    let (tracker, _) = place.tracker_of("test_token_stranger", 10);
    {
        let mut world = place.fake.world();
        world.archived = false;
        world.has_issues = true;
    }
    assert_eq!(
        tracker.update(&issue, &mut tick).unwrap_err().to_string(),
        "the token cannot edit #1 in acme/ops: issues: write is needed (403: Must have admin rights to Repository.)"
    );
}

#[test]
fn a_token_that_cannot_label_is_told_and_its_tickets_are_found_by_their_creator() {
    let place = Place::new();
    for turn in 0..times() {
        let run = run(&turn.to_string());
        let (tracker, _) = place.tracker_of("test_token_stranger", 10);
        assert!(matches!(
            tracker.create(&run, &draft(&run)),
            Ok(Created::New(_))
        ));
        let notes = tracker.take_notes();
        let told = format!(
            "#{} has no label `runsheet`: the token cannot label in acme/ops",
            turn + 1
        );
        assert!(notes[0].starts_with(&told), "{notes:?}");
        // By another process with a fresh disk, too.
        let (other, _) = place.tracker_of("test_token_stranger", 10);
        assert!(matches!(
            other.create(&run, &draft(&run)),
            Ok(Created::Existing(_))
        ));
        assert_eq!(place.fake.world().issues.len(), turn + 1);
    }
    row(
        "GitHub",
        "create",
        "no label back in the answer",
        times(),
        "said, and found by creator from then on",
    );
}

#[test]
fn two_hundred_runs_open_under_a_limit_of_eighty_a_minute() {
    let place = Place::new();
    let waited = Rc::new(Cell::new(Duration::ZERO));
    let sum = Rc::clone(&waited);
    let set_clock = place.fake.clock();
    NOW.set(Timestamp::now());
    set_clock(NOW.get());
    place.fake.world().creations_a_minute = Some(80);
    let wait = Rc::new(move |duration: Duration, why: &str| {
        // This is what the progress bar shows.
        assert_eq!(why, "waiting for GitHub's limit");
        sum.set(sum.get() + duration);
        NOW.set(NOW.get() + duration);
        set_clock(NOW.get());
    });
    let waiting = || Waiting {
        now: || NOW.get(),
        wait: Rc::clone(&wait) as Rc<Wait>,
        ..Waiting::real(Duration::from_secs(300))
    };
    let connect = || {
        let state = new_disk(place.disk.path());
        github(
            &place.fake.url(),
            "acme/ops",
            "test_token_admin",
            &state,
            waiting(),
        )
    };
    let open = |tracker: &GitHubTracker, name: String| {
        let run = run(&name);
        let created = tracker.create(&run, &draft(&run));
        assert!(matches!(created, Ok(Created::New(_))), "{created:?}");
    };
    // Another process has used half of the minute, which this one cannot know.
    let other = connect();
    for name in 0..40 {
        open(&other, format!("other.{name}"));
    }
    let tracker = connect();
    for name in 0..200 {
        open(&tracker, name.to_string());
    }
    let world = place.fake.world();
    assert_eq!(world.issues.len(), 240);
    let refused = world
        .log
        .iter()
        .filter(|(_, _, status)| *status == 403)
        .count();
    assert!(refused <= 2, "{refused} were refused");
    assert!(waited.get() <= Duration::from_secs(240), "{waited:?}");
    let requests = world.log.len();
    let waited = waited.get();
    tell(&format!(
        "240 runs, 200 of them in bulk, 80 creations a minute: 240 issues, {requests} requests, {refused} refused, waited {waited:?}"
    ));
}

#[test]
fn a_body_that_is_too_long_is_refused_before_anything_is_sent() {
    let place = Place::new();
    let run = run("1");
    let (tracker, _) = place.tracker(10);
    let mut long = draft(&run);
    long.body = "ä".repeat(32_768);
    let why = tracker.create(&run, &long).unwrap_err().to_string();
    assert_eq!(
        why,
        "the body is 65536 bytes long; GitHub takes less than 65536"
    );
    assert!(place.fake.take_log().is_empty());
}
