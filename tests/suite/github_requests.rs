//! How many requests things take, and what happens when many work on one repository at once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use runsheet::config::{GitHubApp, GitHubConfig};
use runsheet::issue::{IssuePatch, IssueRef};
use runsheet::tracker::github::GitHubTracker;
use runsheet::tracker::{Created, Tracker, Waiting};

use crate::faults::many_or;
use crate::github_fake::{Fake, Fault, FaultKind};
use crate::tracker_contract::{body, draft, github, new_disk, run};

fn tracker(fake: &Fake, state: &std::path::Path) -> GitHubTracker {
    let waiting = Waiting::real(Duration::from_secs(20));
    github(&fake.url(), "acme/ops", "test_token_admin", state, waiting)
}

#[test]
fn a_thousand_tickets_that_have_not_changed_cost_ten_pages() {
    let fake = Fake::start();
    for name in 0..1_000 {
        let run = run(&name.to_string());
        fake.world().add("t", &body(&run), &["runsheet"]);
    }
    let disk = tempfile::tempdir().unwrap();
    assert_eq!(
        tracker(&fake, disk.path()).list().unwrap().tickets.len(),
        1_000
    );
    fake.take_log();
    // Another process, another day: nothing has changed.
    let next = tracker(&fake, disk.path());
    assert_eq!(next.list().unwrap().tickets.len(), 1_000);
    let statuses: Vec<u16> = fake
        .world()
        .log
        .iter()
        .map(|(_, _, status)| *status)
        .collect();
    assert_eq!(statuses.iter().filter(|status| **status == 304).count(), 10);
    assert_eq!(fake.take_log().len(), 11);
    // One is to be changed.
    let tick = |issue: &runsheet::issue::Issue| IssuePatch {
        body: Some(issue.body.replace("- [ ]", "- [x]")),
        ..IssuePatch::default()
    };
    next.update(&IssueRef("#500".to_owned()), &mut tick.clone())
        .unwrap();
    assert_eq!(
        fake.take_log(),
        [
            "GET /repos/acme/ops/issues/500",
            "PATCH /repos/acme/ops/issues/500",
            "POST /graphql"
        ]
    );
    // A step of a known ticket is reported by a process of its own.
    let done = tracker(&fake, disk.path());
    let found = done.find(&run("400")).unwrap();
    assert_eq!(found.len(), 1);
    done.update(&found[0].issue.reference, &mut tick.clone())
        .unwrap();
    assert_eq!(
        fake.take_log(),
        [
            "GET /repos/acme/ops/issues/401",
            "PATCH /repos/acme/ops/issues/401",
            "POST /graphql"
        ]
    );
}

#[test]
fn pull_requests_and_issues_of_others_are_no_tickets() {
    let fake = Fake::start();
    let shown = body(&run("1"));
    fake.world().add("other", "- [ ] buy milk", &["runsheet"]);
    let number = fake.world().add("pull", &shown, &["runsheet"]);
    fake.world().issue(number).is_pull_request = true;
    let disk = tempfile::tempdir().unwrap();
    assert!(
        tracker(&fake, disk.path())
            .list()
            .unwrap()
            .tickets
            .is_empty()
    );
}

#[test]
fn eight_that_open_one_run_at_once_leave_one_open_issue() {
    let fake = Fake::start();
    let disk = tempfile::tempdir().unwrap();
    let rounds = many_or(20, 3);
    for round in 0..rounds {
        let run = run(&round.to_string());
        let barrier = Barrier::new(8);
        let places: Vec<String> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    let state = new_disk(disk.path());
                    let (fake, run, barrier) = (&fake, &run, &barrier);
                    scope.spawn(move || {
                        let tracker = tracker(fake, &state);
                        barrier.wait();
                        match tracker.create(run, &draft(run)).unwrap() {
                            Created::New(issue) => issue.location,
                            Created::Existing(ticket) => ticket.issue.location,
                        }
                    })
                })
                .collect();
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let marker = body(&run).lines().next().unwrap().to_owned();
        let world = fake.world();
        let open: Vec<u64> = world
            .issues
            .iter()
            .filter(|it| it.open && it.body.contains(&marker))
            .map(|it| it.number)
            .collect();
        assert_eq!(open.len(), 1, "{open:?}");
        // All were told the same one.
        let expected = format!("/issues/{}", open[0]);
        assert!(
            places.iter().all(|place| place.ends_with(&expected)),
            "{places:?}"
        );
        let twins = world.issues.iter().filter(|it| !it.open);
        for twin in twins.filter(|it| it.title == draft(&run).title) {
            let pointer = "This run was opened twice at the same moment. Its ticket is #";
            assert!(twin.body.starts_with(pointer), "{}", twin.body);
        }
    }
}

fn stop(issue: &runsheet::issue::Issue) -> IssuePatch {
    IssuePatch {
        body: Some(issue.body.replace("- [ ] Stop", "- [x] Stop")),
        ..IssuePatch::default()
    }
}

/// GitHub lets the last write win. It keeps what was there before, though; a server that does not loses the edit.
#[test]
fn a_tick_between_our_read_and_our_write_is_put_back() {
    let fake = Fake::start();
    let disk = tempfile::tempdir().unwrap();
    let text = format!("{}- [ ] Tell the users\n", body(&run("1")));
    let number = fake.world().add("t", &text, &["runsheet"]);
    let issue = IssueRef(format!("#{number}"));
    let edit = |method| {
        let kind = FaultKind::Edit(number, "- [ ] Tell", "- [x] Tell");
        Fault::new(method, "/issues/1", kind)
    };
    for (versions, method, kept) in [
        (true, "GET", true),
        (true, "PATCH", true),
        (false, "GET", true),
        (false, "PATCH", false),
    ] {
        let tracker = tracker(&fake, &new_disk(disk.path()));
        fake.world().versions = versions;
        fake.world().issue(number).edit(text.clone());
        fake.world().faults = vec![edit(method)];
        assert!(tracker.update(&issue, &mut stop.clone()).unwrap().written);
        let body = fake.world().issue(number).body.clone();
        assert!(body.contains("- [x] Stop"));
        assert_eq!(
            body.contains("- [x] Tell"),
            kept,
            "an edit before the {method}, with versions: {versions}"
        );
    }
}

#[test]
fn a_server_without_versions_is_asked_for_them_once() {
    let fake = Fake::start();
    fake.world().versions = false;
    let disk = tempfile::tempdir().unwrap();
    let number = fake.world().add("t", &body(&run("1")), &["runsheet"]);
    let issue = IssueRef(format!("#{number}"));
    let asked = || {
        let tracker = tracker(&fake, disk.path());
        tracker.update(&issue, &mut stop.clone()).unwrap();
        fake.world().issue(number).edit(body(&run("1")));
        let log = fake.take_log();
        log.iter().filter(|it| it.contains("graphql")).count()
    };
    assert_eq!([asked(), asked(), asked()], [1, 0, 0]);
}

#[test]
#[ignore = "measures, and prints what it measured"]
fn ticks_at_random_moments() {
    let fake = Fake::start();
    let disk = tempfile::tempdir().unwrap();
    let mut tracker = tracker(&fake, disk.path());
    let text = format!("{}- [ ] Tell the users\n", body(&run("1")));
    let number = fake.world().add("t", &text, &["runsheet"]);
    let issue = IssueRef(format!("#{number}"));
    let versions = std::env::var("RUNSHEET_NO_VERSIONS").is_err();
    fake.world().versions = versions;
    let mut lost = 0;
    let (mut window, mut whole) = (Duration::ZERO, Duration::ZERO);
    let rounds: u64 = 200;
    for round in 0..rounds {
        // Each has points for a minute.
        if round % 100 == 0 {
            tracker = self::tracker(&fake, disk.path());
        }
        fake.world().issue(number).edit(text.clone());
        // Somewhere in the 20 ms around the sync.
        let moment = Duration::from_micros(round * 7_919 % 20_000);
        thread::scope(|scope| {
            let person = scope.spawn(|| {
                thread::sleep(moment);
                let mut world = fake.world();
                let issue = world.issue(number);
                issue.edit(issue.body.replace("- [ ] Tell", "- [x] Tell"));
            });
            thread::sleep(Duration::from_millis(8));
            let begun = std::time::Instant::now();
            let mut read = begun;
            let mut tick = |issue: &runsheet::issue::Issue| {
                read = std::time::Instant::now();
                IssuePatch {
                    body: Some(issue.body.replace("- [ ] Stop", "- [x] Stop")),
                    ..IssuePatch::default()
                }
            };
            tracker.update(&issue, &mut tick).unwrap();
            window += read.elapsed();
            whole += begun.elapsed();
            person.join().unwrap();
        });
        let body = fake.world().issue(number).body.clone();
        lost += u32::from(!body.contains("- [x] Tell"));
    }
    let mean = |sum: Duration| sum / u32::try_from(rounds).unwrap();
    println!(
        "{lost} of {rounds} ticks lost, versions kept: {versions}; from reading to the answer {:?}, a sync {:?}",
        mean(window),
        mean(whole)
    );
}

#[test]
fn an_app_signs_in_by_its_installation() {
    let fake = Fake::start();
    let disk = tempfile::tempdir().unwrap();
    let config = GitHubConfig {
        repo: "acme/ops".to_owned(),
        api_url: fake.url(),
        token_env: "UNUSED".to_owned(),
        token_file: None,
        app: Some(GitHubApp {
            id: 5,
            key_file: concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/suite/github_app_key.pem"
            )
            .into(),
        }),
        issue_type: None,
    };
    let waiting = Waiting::real(Duration::from_secs(5));
    let labels = ["runsheet".to_owned()];
    let tracker = GitHubTracker::connect("github", &config, &labels, disk.path(), waiting).unwrap();
    for name in 0..150 {
        let run = run(&name.to_string());
        fake.world().add("t", &body(&run), &["runsheet"]);
    }
    // The second page is asked for with the token, too.
    assert_eq!(tracker.list().unwrap().tickets.len(), 150);
    let run = run("new");
    assert!(matches!(
        tracker.create(&run, &draft(&run)),
        Ok(Created::New(_))
    ));
    assert_eq!(fake.world().installation_tokens, 1);
    // A token that is revoked is renewed.
    let message = "{\"message\": \"Bad credentials\"}".to_owned();
    let kind = FaultKind::Before(401, vec![], message);
    fake.world().faults = vec![Fault::new("GET", "/issues", kind)];
    assert_eq!(tracker.list().unwrap().tickets.len(), 151);
    assert_eq!(fake.world().installation_tokens, 2);
}

#[test]
fn a_token_shows_itself_in_no_error_and_no_file() {
    let token = "ghp_0123456789abcdefSECRET";
    let fake = Fake::start();
    fake.world()
        .users
        .insert(token.to_owned(), ("ann".to_owned(), true));
    let disk = tempfile::tempdir().unwrap();
    let connect = |url: &str| {
        let waiting = Waiting::real(Duration::ZERO);
        github(url, "acme/ops", token, disk.path(), waiting)
    };
    let run = run("1");
    let mut said = Vec::new();
    for status in [400, 401, 403, 404, 410, 422, 429, 500] {
        let kind = FaultKind::Before(status, vec![], "{\"message\": \"no\"}".to_owned());
        fake.world().faults = vec![Fault::new("POST", "/issues", kind)];
        let tracker = connect(&fake.url());
        let why = tracker.create(&run, &draft(&run)).unwrap_err();
        said.push(format!("{why} {why:?} {:?} {tracker:?}", why.hint()));
    }
    fake.world().faults = vec![Fault::new("GET", "/repos", FaultKind::DropBefore)];
    said.push(format!("{:?}", connect(&fake.url()).list().unwrap_err()));
    // Nobody listens there.
    said.push(format!(
        "{:?}",
        connect("http://127.0.0.1:9").list().unwrap_err()
    ));
    connect(&fake.url()).list().unwrap();
    said.push(std::fs::read_to_string(disk.path().join("pages.json")).unwrap());
    for said in &said {
        assert!(!said.contains("SECRET"), "{said}");
    }
}
