//! What goes wrong between us and Jira, by script: one issue per run, no tick lost, nothing said that was not done.
//!
//! Waits are counted and not slept: the clocks, ours and the server's, are moved on by them. Where they
//! are asked how often to try, each test prints its rows of a table: what went wrong and what came of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use runsheet::config::{JiraConfig, Transitions};
use runsheet::issue::{Issue, IssueDraft, IssuePatch, IssueRef, IssueState};
use runsheet::run::RunKey;
use runsheet::tracker::jira::JiraTracker;
use runsheet::tracker::{Created, Tracker, Waiting};
use tempfile::TempDir;

use crate::faults::{many_or, row, times};
use crate::jira_fake::{Fake, Fault, FaultKind, Status};
use crate::jira_site::{SITES, Site, program};
use crate::tracker_contract::{body, draft, jira, new_disk, run};

/// Returns the Jiras: all, or those with the name that `RUNSHEET_FAULT_SITE` says, parted by commas.
fn sites() -> Vec<Site> {
    let wanted = std::env::var("RUNSHEET_FAULT_SITE").ok();
    let is_wanted = |site: &Site| {
        let mut names = wanted.iter().flat_map(|names| names.split(','));
        wanted.is_none() || names.any(|name| name == site.name())
    };
    SITES.into_iter().filter(is_wanted).collect()
}

thread_local! {
    static NOW: Cell<Timestamp> = const { Cell::new(Timestamp::UNIX_EPOCH) };
}

/// A server, and disks for trackers that know nothing of each other.
struct Place {
    site: Site,
    fake: Fake,
    disk: TempDir,
    config: JiraConfig,
    /// How long a request may take.
    timeout: Duration,
}

impl Place {
    fn new(site: Site) -> Self {
        let fake = site.start();
        Self {
            site,
            config: site.config(&fake),
            fake,
            disk: tempfile::tempdir().unwrap(),
            timeout: Duration::from_secs(10),
        }
    }

    /// A place where requests are given up soon, where the fault is that they take too long.
    fn for_fault(site: Site, name: &str) -> Self {
        let mut place = Self::new(site);
        if name.contains("timeout") {
            place.timeout = Duration::from_millis(500);
        }
        place
    }

    /// Returns a tracker on a new disk that may wait so many seconds, which take no time, and what its waits come to.
    fn tracker(&self, limit: u64) -> (JiraTracker, Rc<Cell<Duration>>) {
        let set_clock = self.fake.clock();
        NOW.set(NOW.get().max(Timestamp::now()));
        set_clock(NOW.get());
        let waiting = Waiting {
            now: || NOW.get(),
            wait: Rc::new(move |duration, _| {
                NOW.set(NOW.get() + duration);
                set_clock(NOW.get());
            }),
            ..Waiting::real(Duration::from_secs(limit))
        };
        let waited = Rc::clone(&waiting.waited);
        let state = new_disk(self.disk.path());
        let tracker = jira(&self.config, self.site.credentials(), &state, waiting);
        (tracker.with_timeout(self.timeout), waited)
    }

    fn tickets_of(&self, run: &RunKey) -> usize {
        self.fake.world().tickets_of(&run.to_string()).len()
    }

    /// Makes the ticket of a run of two steps.
    fn ticket(&self, name: &str) -> IssueRef {
        let run = run(name);
        let (tracker, _) = self.tracker(0);
        let made = tracker.create(&run, &two_steps(&run)).unwrap();
        let Created::New(issue) = made else {
            panic!("{run} has a ticket");
        };
        issue.reference
    }
}

fn two_steps(run: &RunKey) -> IssueDraft {
    let second = runsheet::body::marker(&runsheet::procedure::StepId("tell-users".to_owned()), "2");
    let text = body(run).replace(
        "\n\n<!-- runsheet base",
        &format!("\n- [ ] Tell the users {second}\n\n<!-- runsheet base"),
    );
    IssueDraft {
        body: runsheet::body::seal(&text, run),
        ..draft(run)
    }
}

fn tick(issue: &Issue) -> IssuePatch {
    IssuePatch {
        body: Some(issue.body.replace("- [ ] Stop", "- [x] Stop")),
        ..IssuePatch::default()
    }
}

/// The faults that a request may meet, by name, and whether it is done although it fails.
fn faults(method: &'static str, path: &'static str) -> Vec<(&'static str, Fault, bool)> {
    let html = "<html><body><h1>Something went wrong</h1></body></html>".to_owned();
    let said = "{\"errorMessages\": [\"Busy\"], \"errors\": {}}".to_owned();
    let fault = |kind| Fault::new(method, path, kind);
    let before =
        |status, headers, body: &str| fault(FaultKind::Before(status, headers, body.to_owned()));
    let after = |status, body: &str| fault(FaultKind::After(status, vec![], body.to_owned()));
    let wait = || vec![("retry-after", "30".to_owned())];
    let reset = Timestamp::now() + Duration::from_secs(90);
    let reset = vec![(
        "x-ratelimit-reset",
        reset.strftime("%Y-%m-%dT%H:%MZ").to_string(),
    )];
    vec![
        (
            "503 with an empty body before the write",
            before(503, vec![], ""),
            false,
        ),
        (
            "503 with an empty body after the write",
            after(503, ""),
            true,
        ),
        (
            "503 with Retry-After before the write",
            before(503, wait(), &said),
            false,
        ),
        (
            "500 in HTML before the write",
            before(500, vec![], &html),
            false,
        ),
        ("500 in HTML after the write", after(500, &html), true),
        ("502 after the write", after(502, &html), true),
        (
            "socket cut before the write",
            fault(FaultKind::DropBefore),
            false,
        ),
        (
            "socket cut after the write",
            fault(FaultKind::DropAfter),
            true,
        ),
        (
            "answer later than the timeout",
            fault(FaultKind::Slow(Duration::from_millis(900))),
            true,
        ),
        ("429 with Retry-After", before(429, wait(), &said), false),
        (
            "429 with X-RateLimit-Reset",
            before(429, reset, &said),
            false,
        ),
        ("429 without a word", before(429, vec![], ""), false),
        ("409", before(409, vec![], &said), false),
    ]
}

/// Returns each site with the number of each of the requests that a write takes there.
fn requests(cloud: usize, server: usize) -> Vec<(Site, usize)> {
    let of = |site: Site| if site.is_server() { server } else { cloud };
    let all = sites().into_iter();
    all.flat_map(|site| (0..of(site)).map(move |which| (site, which)))
        .collect()
}

/// Returns the name of a fault that a later request meets.
fn nth(which: usize, name: &str) -> String {
    match which {
        0 => name.to_owned(),
        which => format!("{name}, request {}", which + 1),
    }
}

/// Whether the end of a request that met a fault can be told at once.
fn is_certain(name: &str) -> bool {
    name.starts_with("429") || name.starts_with("409")
}

#[test]
fn a_creation_that_meets_a_fault_leaves_one_issue() {
    for site in sites() {
        for (name, fault, done) in faults("POST", "/issue") {
            let place = Place::for_fault(site, name);
            let mut unsure = 0;
            for turn in 0..times() {
                let run = run(&format!("{turn}"));
                let (tracker, waited) = place.tracker(300);
                place.fake.world().faults = vec![fault.clone()];
                let created = tracker.create(&run, &draft(&run));
                if done || is_certain(name) {
                    assert!(
                        matches!(created, Ok(Created::New(_))),
                        "{name}: {created:?}"
                    );
                    assert_eq!(place.tickets_of(&run), 1, "{name}");
                    continue;
                }
                // Nothing shows itself, and nothing is sent again on a guess.
                let why = created.unwrap_err().to_string();
                assert!(why.contains("has not shown itself"), "{name}: {why}");
                assert!(
                    waited.get() > Duration::from_secs(200),
                    "{name}: {waited:?}"
                );
                assert_eq!(place.tickets_of(&run), 0, "{name}");
                unsure += 1;
                // The next call looks and creates.
                assert!(
                    matches!(tracker.create(&run, &draft(&run)), Ok(Created::New(_))),
                    "{name}"
                );
                assert_eq!(place.tickets_of(&run), 1, "{name}");
            }
            let came = format!("1 issue each, {unsure} told as unsure first, 0 duplicates");
            row(site.name(), "create", name, times(), &came);
        }
    }
}

#[test]
fn a_lost_answer_is_made_up_for_by_the_next_process_too() {
    for site in sites() {
        let place = Place::new(site);
        place.fake.world().lag = Duration::from_secs(5);
        for turn in 0..times() {
            let run = run(&format!("{turn}"));
            // It may not wait at all.
            let (tracker, _) = place.tracker(0);
            place.fake.world().faults = vec![Fault::new("POST", "/issue", FaultKind::DropAfter)];
            let why = tracker.create(&run, &draft(&run)).unwrap_err().to_string();
            assert!(why.contains("was lost"), "{why}");
            // Another process, on another machine, before the search has noticed.
            let (other, _) = place.tracker(300);
            let created = other.create(&run, &draft(&run));
            assert!(matches!(created, Ok(Created::Existing(_))), "{created:?}");
            assert_eq!(place.tickets_of(&run), 1);
        }
        row(
            site.name(),
            "create",
            "answer lost, then another process",
            times(),
            "1 issue each, later twins retired",
        );
    }
}

#[test]
fn a_search_that_lags_leads_to_no_second_issue() {
    for site in sites() {
        let place = Place::new(site);
        place.fake.world().lag = Duration::from_secs(5);
        for turn in 0..times() {
            let run = run(&format!("{turn}"));
            let (tracker, waited) = place.tracker(300);
            assert!(matches!(
                tracker.create(&run, &draft(&run)),
                Ok(Created::New(_))
            ));
            assert!(waited.get() >= Duration::from_secs(5), "{waited:?}");
            // At once, on another machine.
            let (other, _) = place.tracker(300);
            assert!(matches!(
                other.create(&run, &draft(&run)),
                Ok(Created::Existing(_))
            ));
            assert_eq!(place.tickets_of(&run), 1);
            // What was just written is in the next listing of the same machine.
            let issue = IssueRef(place.fake.world().tickets_of(&run.to_string()).remove(0));
            assert!(tracker.update(&issue, &mut tick).unwrap().written);
            let listed = tracker.list().unwrap().tickets;
            let shown = listed.iter().find(|it| it.run == run).unwrap();
            assert!(shown.issue.body.contains("- [x] Stop"));
        }
        row(
            site.name(),
            "create",
            "search lags by 5 s",
            times(),
            "1 issue each, 0 duplicates",
        );
    }
}

#[test]
fn eight_that_open_one_run_at_once_leave_one_ticket() {
    for site in sites() {
        let fake = site.start();
        fake.world().lag = Duration::from_millis(400);
        let disk = tempfile::tempdir().unwrap();
        let rounds = many_or(10, 1);
        for round in 0..rounds {
            let run = run(&round.to_string());
            let barrier = Barrier::new(8);
            let told: Vec<String> = thread::scope(|scope| {
                let threads: Vec<_> = (0..8)
                    .map(|_| {
                        let state = new_disk(disk.path());
                        let (fake, run, barrier) = (&fake, &run, &barrier);
                        scope.spawn(move || {
                            let waiting = Waiting::real(Duration::from_secs(60));
                            let tracker =
                                jira(&site.config(fake), site.credentials(), &state, waiting);
                            barrier.wait();
                            match tracker.create(run, &draft(run)).unwrap() {
                                Created::New(issue) => issue.reference.0,
                                Created::Existing(ticket) => ticket.issue.reference.0,
                            }
                        })
                    })
                    .collect();
                threads.into_iter().map(|it| it.join().unwrap()).collect()
            });
            let mut world = fake.world();
            let tickets = world.tickets_of(&run.to_string());
            assert_eq!(tickets.len(), 1, "{tickets:?}");
            // All were told the same one, and the others say so and are closed.
            assert!(told.iter().all(|key| *key == tickets[0]), "{told:?}");
            for twin in world
                .issues
                .iter()
                .filter(|it| it.properties["runsheet"].get("twin-of").is_some())
            {
                assert_eq!(twin.status, Status::Done);
                assert!(
                    twin.fields["description"]
                        .to_string()
                        .contains("This run was opened twice")
                );
            }
            world.issues.clear();
        }
        row(
            site.name(),
            "create",
            "8 processes at once, search lags",
            rounds,
            "1 ticket each, 7 told of it",
        );
    }
}

#[test]
fn an_edit_that_meets_a_fault_is_done_once_and_loses_no_tick() {
    for (site, which) in requests(1, 3) {
        let lying = Fault::new(
            "PUT",
            "/issue/OPS-",
            FaultKind::Before(204, vec![], String::new()),
        );
        let mut all = faults("PUT", "/issue/OPS-");
        all.push(("204, and nothing is done", lying, false));
        for (name, fault, _) in all {
            let place = Place::for_fault(site, name);
            for turn in 0..times() {
                let issue = place.ticket(&turn.to_string());
                let (tracker, _) = place.tracker(300);
                place.fake.world().faults = vec![
                    fault.clone().after(which),
                    // A person ticks another box while we try again.
                    Fault::new(
                        "GET",
                        "/issue/OPS-",
                        FaultKind::Tick(issue.0.clone(), "Tell the users"),
                    ),
                ];
                let updated = tracker.update(&issue, &mut tick).unwrap();
                assert!(updated.written, "{name}");
                let mut world = place.fake.world();
                for words in ["Stop the writers", "Tell the users"] {
                    assert_eq!(world.ticked(&issue.0, words), Some(true), "{name}: {words}");
                }
            }
            let name = nth(which, name);
            row(
                site.name(),
                "edit",
                &name,
                times(),
                "done each time, 0 ticks lost",
            );
        }
    }
}

#[test]
fn a_run_that_an_edit_completes_is_closed_whatever_becomes_of_the_answers() {
    for (site, which) in requests(1, 3) {
        for (name, fault, _) in faults("PUT", "/issue/OPS-") {
            let place = Place::for_fault(site, name);
            for turn in 0..times() {
                let issue = place.ticket(&turn.to_string());
                let (tracker, _) = place.tracker(300);
                place.fake.world().faults = vec![fault.clone().after(which)];
                // Closed by whoever completes it, and by nobody who finds it complete.
                let mut complete = |issue: &Issue| {
                    let body = issue.body.replace("- [ ]", "- [x]");
                    IssuePatch {
                        state: (body != issue.body).then_some(IssueState::Closed),
                        body: Some(body),
                        ..IssuePatch::default()
                    }
                };
                assert!(tracker.update(&issue, &mut complete).unwrap().written);
                assert_eq!(
                    place.fake.world().issue(&issue.0).status,
                    Status::Done,
                    "{name}"
                );
            }
            row(
                site.name(),
                "complete",
                &nth(which, name),
                times(),
                "closed each time",
            );
        }
    }
}

#[test]
fn a_write_that_fails_to_the_end_is_not_told_as_done() {
    for site in sites() {
        let empty = || FaultKind::Before(503, vec![], String::new());
        let lie = || FaultKind::Before(204, vec![], String::new());
        let cut = || FaultKind::DropBefore;
        let kinds: [(&str, &dyn Fn() -> FaultKind); 3] = [
            ("503 every time", &empty),
            ("204 every time, and nothing is done", &lie),
            ("socket cut every time", &cut),
        ];
        for (name, kind) in kinds {
            let place = Place::new(site);
            for turn in 0..times() {
                let issue = place.ticket(&turn.to_string());
                let (tracker, _) = place.tracker(3_000);
                place.fake.world().faults = (0..50)
                    .map(|_| Fault::new("PUT", "/issue/", kind()))
                    .collect();
                let why = tracker.update(&issue, &mut tick).unwrap_err().to_string();
                assert!(
                    why.contains("could not be written in 8 attempts"),
                    "{name}: {why}"
                );
                assert_eq!(
                    place.fake.world().ticked(&issue.0, "Stop"),
                    Some(false),
                    "{name}"
                );
                // The workflow likewise.
                place.fake.world().faults = (0..50)
                    .map(|_| Fault::new("POST", "/transitions", kind()))
                    .collect();
                let close = |_: &Issue| IssuePatch {
                    state: Some(IssueState::Closed),
                    ..IssuePatch::default()
                };
                let why = tracker
                    .update(&issue, &mut close.clone())
                    .unwrap_err()
                    .to_string();
                assert!(
                    why.contains("could not be written in 8 attempts"),
                    "{name}: {why}"
                );
                assert_eq!(
                    place.fake.world().issue(&issue.0).status,
                    Status::ToDo,
                    "{name}"
                );
                place.fake.world().faults.clear();
            }
            row(
                site.name(),
                "edit, move",
                name,
                times(),
                "an error each time, nothing told as done",
            );
        }
    }
}

#[test]
fn a_move_that_meets_a_fault_is_made_once() {
    for site in sites() {
        for (name, fault, _) in faults("POST", "/transitions") {
            let mut place = Place::for_fault(site, name);
            place.config.transitions = Transitions {
                start: Some("Start work".to_owned()),
                ..Transitions::default()
            };
            for turn in 0..times() {
                let issue = place.ticket(&turn.to_string());
                let (tracker, _) = place.tracker(300);
                place.fake.world().faults = vec![fault.clone()];
                assert!(tracker.update(&issue, &mut tick).unwrap().written, "{name}");
                let mut world = place.fake.world();
                assert_eq!(world.issue(&issue.0).status, Status::InProgress, "{name}");
                assert_eq!(world.ticked(&issue.0, "Stop"), Some(true), "{name}");
            }
            row(
                site.name(),
                "move",
                name,
                times(),
                "moved each time, the tick stands",
            );
        }
    }
}

#[test]
fn a_comment_that_meets_a_fault_is_never_there_twice() {
    for site in sites() {
        for (name, fault, done) in faults("POST", "/comment") {
            let place = Place::for_fault(site, name);
            let issue = place.ticket("1");
            for turn in 0..times() {
                let (tracker, _) = place.tracker(300);
                place.fake.world().faults = vec![fault.clone()];
                let text = format!("Comment number {turn}.");
                let said = tracker.comment(&issue, &text);
                let mut world = place.fake.world();
                let comments = &world.issue(&issue.0).comments;
                let count = comments
                    .iter()
                    .filter(|(it, _)| it.to_string().contains(&text))
                    .count();
                if done || is_certain(name) {
                    assert!(said.is_ok(), "{name}: {said:?}");
                    assert_eq!(count, 1, "{name}");
                } else {
                    let why = said.unwrap_err().to_string();
                    assert!(why.contains("has not shown itself"), "{name}: {why}");
                    assert_eq!(count, 0, "{name}");
                }
            }
            row(
                site.name(),
                "comment",
                name,
                times(),
                "there once, or told as unsure",
            );
        }
    }
}

#[test]
fn a_read_that_meets_a_fault_is_sent_again() {
    for site in sites() {
        for (name, fault, _) in faults("POST", "/search") {
            if name.starts_with("409") {
                continue;
            }
            let place = Place::for_fault(site, name);
            place.ticket("1");
            for _ in 0..times() {
                let (tracker, waited) = place.tracker(300);
                place.fake.world().faults = vec![fault.clone()];
                assert_eq!(tracker.list().unwrap().tickets.len(), 1, "{name}");
                assert!(waited.get() >= Duration::from_secs(1), "{name}");
            }
            row(site.name(), "search", name, times(), "read each time");
        }
    }
}

#[test]
fn an_issue_is_written_no_faster_than_jira_takes_it() {
    for site in sites() {
        let place = Place::new(site);
        let (tracker, waited) = place.tracker(300);
        let Created::New(issue) = tracker.create(&run("1"), &draft(&run("1"))).unwrap() else {
            panic!("there was no ticket");
        };
        for turn in 0..120 {
            let mut rename = |_: &Issue| IssuePatch {
                title: Some(format!("Upgrade {turn}")),
                ..IssuePatch::default()
            };
            assert!(
                tracker
                    .update(&issue.reference, &mut rename)
                    .unwrap()
                    .written
            );
        }
        let refused = place
            .fake
            .world()
            .log
            .iter()
            .filter(|(_, _, status)| *status == 429)
            .count();
        assert_eq!(refused, 0);
        assert!(waited.get() >= Duration::from_secs(28), "{waited:?}");
        row(
            site.name(),
            "edit",
            "120 in a row (20 in 2 s, 100 in 30 s)",
            1,
            "0 refused",
        );
    }
}

#[test]
fn a_property_that_meets_a_fault_is_kept_with_its_issue() {
    let site = Site::Server;
    for (name, fault, _) in faults("PUT", "/properties/") {
        let place = Place::for_fault(site, name);
        for turn in 0..times() {
            let run = run(&format!("{turn}"));
            let (tracker, _) = place.tracker(300);
            place.fake.world().faults = vec![fault.clone()];
            let created = tracker.create(&run, &draft(&run));
            assert!(
                matches!(created, Ok(Created::New(_))),
                "{name}: {created:?}"
            );
            assert_eq!(place.fake.world().issues.len(), turn + 1, "{name}");
            assert_eq!(place.tickets_of(&run), 1, "{name}");
        }
        row(
            site.name(),
            "create",
            &nth(1, name),
            times(),
            "1 issue each, 0 duplicates",
        );
    }
}

#[test]
fn a_change_of_the_document_is_told_once_whatever_becomes_of_the_comment() {
    for site in sites() {
        for _ in 0..times() {
            let fake = site.start();
            let folder = site.project(&fake);
            let run = |arguments: &[&str]| program(folder.path(), arguments, site.token());
            assert_eq!(run(&["open", "database-upgrade", "--run", "1"]).0, 0);
            let source = folder.path().join("sources/upgrade.md");
            let text = std::fs::read_to_string(&source).unwrap();
            std::fs::write(
                &source,
                text.replace("Stop the writers", "Stop all writers"),
            )
            .unwrap();
            // It is there, and the program does not get to know.
            let kind = FaultKind::After(403, vec![], "{}".to_owned());
            fake.world().faults = vec![Fault::new("POST", "/comment", kind)];
            let (code, said) = run(&["sync"]);
            assert_eq!(code, 2, "{said}");
            assert_eq!(run(&["sync"]).0, 0);
            assert_eq!(run(&["sync"]).0, 0);
            assert_eq!(fake.world().issue("OPS-1").comments.len(), 1);
        }
        row(
            site.name(),
            "comment",
            "on a change, then stopped",
            times(),
            "told once",
        );
    }
}
