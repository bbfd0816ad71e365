//! What every tracker does, whichever it is: the folder, our own GitHub and Jira for tests, any GitHub that
//! `RUNSHEET_GITHUB_URL` names (with `RUNSHEET_GITHUB_REPO` and `RUNSHEET_GITHUB_TOKEN`), and any Jira that
//! `RUNSHEET_JIRA_URL` names (with `RUNSHEET_JIRA_PROJECT`, `RUNSHEET_JIRA_EMAIL` and `RUNSHEET_JIRA_TOKEN`).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use runsheet::body::{Body, seal};
use runsheet::config::{GitHubConfig, JiraConfig, JiraFlavor, Transitions};
use runsheet::issue::{IssueDraft, IssuePatch, IssueRef, IssueState};
use runsheet::run::RunKey;
use runsheet::tracker::folder::FolderTracker;
use runsheet::tracker::github::{Credentials, GitHubTracker};
use runsheet::tracker::jira::{self, JiraTracker};
use runsheet::tracker::parts::Parts;
use runsheet::tracker::{Created, Tracker, Waiting};

use crate::github_fake::Fake;
use crate::jira_fake;
use crate::jira_site::SITES;

/// A body as `open` would send it.
pub(crate) fn body(run: &RunKey) -> String {
    let marker =
        runsheet::body::marker(&runsheet::procedure::StepId("stop-writers".to_owned()), "1");
    seal(
        &format!("# Upgrade\n\n- [ ] Stop the writers {marker}\n"),
        run,
    )
}

pub(crate) fn draft(run: &RunKey) -> IssueDraft {
    IssueDraft {
        title: format!("Upgrade {}", run.name),
        body: body(run),
        labels: vec!["runsheet".to_owned()],
        ..IssueDraft::default()
    }
}

pub(crate) fn run(name: &str) -> RunKey {
    format!("upgrade@site=summit/{name}").parse().unwrap()
}

/// A tracker of `repo` at `url` with state in `state`.
pub(crate) fn github(
    url: &str,
    repo: &str,
    token: &str,
    state: &std::path::Path,
    waiting: Waiting,
) -> GitHubTracker {
    let config = GitHubConfig {
        repo: repo.to_owned(),
        api_url: url.to_owned(),
        token_env: "UNUSED".to_owned(),
        token_file: None,
        app: None,
        issue_type: None,
    };
    let credentials = Credentials::token(token).unwrap();
    let labels = ["runsheet".to_owned()];
    GitHubTracker::new("github", &config, credentials, &labels, state, waiting)
        .unwrap()
        .with_timeout(Duration::from_secs(10))
}

/// What the config says of the project `OPS` at `url`, with nothing beyond what it must say.
pub(crate) fn jira_config(url: &str) -> JiraConfig {
    JiraConfig {
        flavor: JiraFlavor::Cloud,
        url: url.to_owned(),
        project: "OPS".to_owned(),
        issue_type: "Task".to_owned(),
        email_env: "UNUSED".to_owned(),
        token_env: "UNUSED".to_owned(),
        token_file: None,
        priority: None,
        components: Vec::new(),
        fix_version: None,
        parent: None,
        assignee: None,
        fields: BTreeMap::new(),
        transitions: Transitions::default(),
        checklist: None,
        link: None,
        subtask_per_phase: false,
        subtask_type: None,
    }
}

/// A tracker of what the config names with state in `state`.
pub(crate) fn jira(
    config: &JiraConfig,
    credentials: jira::Credentials,
    state: &std::path::Path,
    waiting: Waiting,
) -> JiraTracker {
    let labels = ["runsheet".to_owned()];
    JiraTracker::new("jira", config, credentials, &labels, state, waiting)
        .unwrap()
        .with_timeout(Duration::from_secs(10))
}

/// Returns a folder that no process has used.
pub(crate) fn new_disk(under: &std::path::Path) -> std::path::PathBuf {
    let folder = tempfile::tempdir_in(under).unwrap();
    folder.keep()
}

/// Goes through what a ticket lives through; `prefix` keeps its runs apart from others in the same place.
fn contract(connect: &dyn Fn() -> Box<dyn Tracker>, prefix: &str) {
    contract_of(connect, prefix, &draft);
}

/// Goes through it with tickets of other texts.
fn contract_of(
    connect: &dyn Fn() -> Box<dyn Tracker>,
    prefix: &str,
    draft: &dyn Fn(&RunKey) -> IssueDraft,
) {
    let tracker = connect();
    let (first, second) = (run(&format!("{prefix}.1")), run(&format!("{prefix}.2")));

    // Created once, by whomever it is asked for.
    let Created::New(issue) = tracker.create(&first, &draft(&first)).unwrap() else {
        panic!("there was no ticket of {first}");
    };
    assert_eq!(issue.body, draft(&first).body);
    assert_eq!(issue.labels, ["runsheet"]);
    assert_eq!(issue.state, IssueState::Open);
    let Created::Existing(again) = connect().create(&first, &draft(&first)).unwrap() else {
        panic!("{first} has a ticket by now");
    };
    assert_eq!(again.issue.reference, issue.reference);
    let Created::New(other) = tracker.create(&second, &draft(&second)).unwrap() else {
        panic!("there was no ticket of {second}");
    };
    assert_ne!(other.reference, issue.reference);

    // Found by the marker, by this and by any other process.
    for tracker in [&tracker, &connect()] {
        let listed: Vec<RunKey> = tracker
            .list()
            .unwrap()
            .tickets
            .into_iter()
            .map(|ticket| ticket.run)
            .filter(|run| run.name.starts_with(prefix))
            .collect();
        assert_eq!(listed, [first.clone(), second.clone()]);
        let found = tracker.find(&second).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].issue.reference, other.reference);
    }

    // A person ticks a box in an editor that saves CRLF; what is written next keeps it.
    let ticked = issue.body.replace("- [ ]", "- [x]").replace('\n', "\r\n");
    let edited = tracker
        .update(&issue.reference, &mut |_| IssuePatch {
            body: Some(ticked.clone()),
            ..IssuePatch::default()
        })
        .unwrap();
    assert!(edited.written);
    assert_eq!(tracker.get(&issue.reference).unwrap().body, ticked);
    let closed = connect()
        .update(&issue.reference, &mut |found| {
            assert_eq!(found.body, ticked);
            IssuePatch {
                title: Some("Upgrade, done".to_owned()),
                state: Some(IssueState::Closed),
                ..IssuePatch::default()
            }
        })
        .unwrap();
    assert_eq!(closed.issue.state, IssueState::Closed);
    let read = tracker.get(&issue.reference).unwrap();
    assert_eq!(
        (read.title.as_str(), read.state),
        ("Upgrade, done", IssueState::Closed)
    );
    assert_eq!(Body::read(&read.body).run(), Some(&first));

    // What changes nothing is not written.
    let same = tracker
        .update(&issue.reference, &mut |found| IssuePatch {
            body: Some(found.body.clone()),
            state: Some(found.state),
            ..IssuePatch::default()
        })
        .unwrap();
    assert!(!same.written);
    assert_eq!(same.issue.updated, read.updated);

    // A closed ticket is still the ticket of its run.
    assert!(matches!(
        tracker.create(&first, &draft(&first)).unwrap(),
        Created::Existing(_)
    ));
    assert!(
        !tracker
            .has_comment(&issue.reference, "It went well.")
            .unwrap()
    );
    let said = "It went *well*, as `7f_3a` says.\n\n- Stop **(failed: no \\[key\\], by ann)**\n- and so on";
    tracker.comment(&issue.reference, said).unwrap();
    for words in ["7f_3a", "- Stop **(failed: no \\[key\\], by ann)**"] {
        assert!(connect().has_comment(&issue.reference, words).unwrap());
    }
    assert!(!tracker.has_comment(&issue.reference, "7f_3b").unwrap());
    assert!(tracker.get(&IssueRef("999999".to_owned())).is_err());
}

#[test]
fn the_folder_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    contract(
        &|| Box::new(FolderTracker::new("tickets", path.clone(), Timestamp::now)),
        "1",
    );
}

#[test]
fn our_own_github_keeps_the_contract() {
    let fake = Fake::start();
    let disk = tempfile::tempdir().unwrap();
    contract(
        &|| {
            let state = new_disk(disk.path());
            let waiting = Waiting::real(Duration::from_secs(5));
            Box::new(github(
                &fake.url(),
                "acme/ops",
                "test_token_admin",
                &state,
                waiting,
            ))
        },
        "1",
    );
}

#[test]
fn every_jira_of_our_own_keeps_the_contract() {
    for site in SITES {
        let fake = site.start();
        let disk = tempfile::tempdir().unwrap();
        contract(
            &|| {
                let state = new_disk(disk.path());
                let waiting = Waiting::real(Duration::from_secs(5));
                Box::new(jira(
                    &site.config(&fake),
                    site.credentials(),
                    &state,
                    waiting,
                ))
            },
            "1",
        );
    }
}

/// A draft with two phases, each of which gets a ticket of its own where runs are divided.
fn two_phases(run: &RunKey) -> IssueDraft {
    let text = "# Upgrade\n\nBy night.\n\n## Before\n\n- [ ] Stop the writers <!-- rs stop n=1.1 -->\n\n\
                ## After\n\n- [ ] Start them <!-- rs start n=2.1 p=1 -->\n- [ ] Look <!-- rs look n=2.2 p=1 -->\n";
    IssueDraft {
        body: seal(text, run),
        ..draft(run)
    }
}

#[test]
fn a_tracker_that_divides_keeps_the_contract() {
    let fake = Fake::start();
    let disk = tempfile::tempdir().unwrap();
    contract_of(
        &|| {
            let state = new_disk(disk.path());
            let waiting = Waiting::real(Duration::from_secs(5));
            let token = "test_token_admin";
            let inner = github(&fake.url(), "acme/ops", token, &state, waiting);
            Box::new(Parts::new(inner).for_each_phase(true))
        },
        "1",
        &two_phases,
    );
    assert_eq!(fake.world().issues.len(), 6);
}

#[test]
fn a_jira_whose_runs_are_divided_keeps_the_contract() {
    for is_server in [false, true] {
        let fake = match is_server {
            true => jira_fake::Fake::start_server(),
            false => jira_fake::Fake::start(),
        };
        let disk = tempfile::tempdir().unwrap();
        contract_of(
            &|| {
                let state = new_disk(disk.path());
                let waiting = Waiting::real(Duration::from_secs(5));
                let (config, credentials) = match is_server {
                    true => (
                        jira_server_config(&fake.url()),
                        jira::Credentials::bearer("test_token_pat"),
                    ),
                    false => (
                        jira_config(&fake.url()),
                        jira::Credentials::basic(jira_fake::EMAIL, jira_fake::TOKEN),
                    ),
                };
                let inner = jira(&config, credentials.unwrap(), &state, waiting);
                Box::new(Parts::new(inner).for_each_phase(true))
            },
            "1",
            &two_phases,
        );
        assert_eq!(fake.world().issues.len(), 6);
    }
}

#[test]
fn our_own_enterprise_server_keeps_the_contract() {
    let fake = Fake::start();
    let disk = tempfile::tempdir().unwrap();
    let connect = || -> Box<dyn Tracker> {
        let state = new_disk(disk.path());
        let waiting = Waiting::real(Duration::from_secs(5));
        let url = format!("{}/api/v3", fake.url());
        Box::new(github(
            &url,
            "acme/ops",
            "test_token_admin",
            &state,
            waiting,
        ))
    };
    contract(&connect, "1");
    for name in 0..150 {
        let run = run(&format!("more.{name}"));
        fake.world().add("t", &body(&run), &["runsheet"]);
    }
    let tracker = connect();
    assert_eq!(tracker.list().unwrap().tickets.len(), 152);
    // Versions are asked for beside the other calls.
    fake.take_log();
    let tick = |issue: &runsheet::issue::Issue| IssuePatch {
        body: Some(issue.body.replace("- [ ]", "- [x]")),
        ..IssuePatch::default()
    };
    tracker
        .update(&IssueRef("#3".to_owned()), &mut tick.clone())
        .unwrap();
    assert_eq!(
        fake.take_log(),
        [
            "GET /repos/acme/ops/issues/3",
            "PATCH /repos/acme/ops/issues/3",
            "POST /graphql"
        ]
    );
}

/// What the config says of a server of one's own at `url`.
pub(crate) fn jira_server_config(url: &str) -> JiraConfig {
    JiraConfig {
        flavor: JiraFlavor::DataCenter,
        ..jira_config(url)
    }
}

#[test]
#[ignore = "needs a server: RUNSHEET_GITHUB_URL"]
fn a_named_github_keeps_the_contract() {
    let named = |name: &str| std::env::var(name).unwrap();
    let (url, repo) = (named("RUNSHEET_GITHUB_URL"), named("RUNSHEET_GITHUB_REPO"));
    let token = named("RUNSHEET_GITHUB_TOKEN");
    let prefix = Timestamp::now().as_millisecond().to_string();
    let disk = tempfile::tempdir().unwrap();
    contract(
        &|| {
            let state = new_disk(disk.path());
            let waiting = Waiting::real(Duration::from_secs(30));
            Box::new(github(&url, &repo, &token, &state, waiting))
        },
        &prefix,
    );
    contract_of(
        &|| {
            let state = new_disk(disk.path());
            let waiting = Waiting::real(Duration::from_secs(30));
            let inner = github(&url, &repo, &token, &state, waiting);
            Box::new(Parts::new(inner).for_each_phase(true))
        },
        &format!("{prefix}.divided"),
        &two_phases,
    );
}

#[test]
#[ignore = "needs a server: RUNSHEET_JIRA_URL"]
fn a_named_jira_keeps_the_contract() {
    let named = |name: &str| std::env::var(name).unwrap();
    let mut config = jira_config(&named("RUNSHEET_JIRA_URL"));
    config.project = named("RUNSHEET_JIRA_PROJECT");
    let (email, token) = (named("RUNSHEET_JIRA_EMAIL"), named("RUNSHEET_JIRA_TOKEN"));
    let prefix = Timestamp::now().as_millisecond().to_string();
    let disk = tempfile::tempdir().unwrap();
    contract(
        &|| {
            let credentials = jira::Credentials::basic(&email, &token).unwrap();
            let state = new_disk(disk.path());
            let waiting = Waiting::real(Duration::from_secs(60));
            Box::new(jira(&config, credentials, &state, waiting))
        },
        &prefix,
    );
    contract_of(
        &|| {
            let credentials = jira::Credentials::basic(&email, &token).unwrap();
            let state = new_disk(disk.path());
            let waiting = Waiting::real(Duration::from_secs(60));
            let inner = jira(&config, credentials, &state, waiting);
            Box::new(Parts::new(inner).for_each_phase(true))
        },
        &format!("{prefix}.divided"),
        &two_phases,
    );
}

#[test]
#[ignore = "serves our own Jira on RUNSHEET_FAKE_PORT for other programs, until it is ended"]
fn serve_our_own_jira() {
    let port = std::env::var("RUNSHEET_FAKE_PORT").unwrap();
    let _fake = jira_fake::Fake::start_on(port.parse().unwrap());
    std::thread::sleep(Duration::from_secs(900));
}

#[test]
#[ignore = "serves our own GitHub on RUNSHEET_FAKE_PORT for other programs, until it is ended"]
fn serve_our_own_github() {
    let port = std::env::var("RUNSHEET_FAKE_PORT").unwrap();
    let fake = Fake::start_on(port.parse().unwrap());
    fake.world().etags = false;
    std::thread::sleep(Duration::from_secs(900));
}
