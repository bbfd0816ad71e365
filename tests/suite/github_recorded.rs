//! What GitHub really answered once, replayed: pages, a renamed repository, a refusal with its reasons.
//!
//! `RUNSHEET_FIXTURES` names a folder with recordings as `@octokit/fixtures` publishes them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::BufReader;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use runsheet::tracker::github::GitHubTracker;
use runsheet::tracker::{Tracker, Waiting};
use serde_json::Value;

use crate::github_fake::{Reply, read_request, write_reply};
use crate::tracker_contract::{draft, github, run};

/// Serves the recordings in `file`; returns the address and a log of the paths that were asked for.
fn replay(file: &str) -> (String, Arc<Mutex<Vec<String>>>) {
    let folder = std::env::var("RUNSHEET_FIXTURES").unwrap();
    let text = std::fs::read_to_string(Path::new(&folder).join(file)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let recorded: Vec<Value> =
        serde_json::from_str(&text.replace("https://api.github.com", &base)).unwrap();
    let log = Arc::new(Mutex::new(Vec::new()));
    let asked = Arc::clone(&log);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut writer = stream.unwrap();
            let mut reader = BufReader::new(writer.try_clone().unwrap());
            while let Some(request) = read_request(&mut reader) {
                asked.lock().unwrap().push(request.whole());
                let method = request.method.to_lowercase();
                let page = request.query.get("page");
                // Our query is another than the recorded one, the path and the page are the same.
                let found = recorded.iter().find(|it| {
                    let (path, query) = it["path"]
                        .as_str()
                        .and_then(|path| path.split_once('?').or(Some((path, ""))))
                        .unwrap();
                    let its_page = query.split('&').find_map(|it| it.strip_prefix("page="));
                    it["method"] == method.as_str()
                        && path == request.path
                        && its_page == page.map(String::as_str)
                });
                let reply = found.map_or(
                    Reply {
                        status: 200,
                        headers: Vec::new(),
                        body: format!("{{\"full_name\": \"{}\"}}", request.path[7..].to_owned()),
                    },
                    recorded_reply,
                );
                if write_reply(&mut writer, &reply).is_err() {
                    break;
                }
            }
        }
    });
    (base, log)
}

fn recorded_reply(recorded: &Value) -> Reply {
    let headers = ["etag", "link", "location", "content-type"];
    Reply {
        status: u16::try_from(recorded["status"].as_u64().unwrap()).unwrap(),
        headers: headers
            .iter()
            .filter_map(|&name| {
                let value = recorded["headers"][name].as_str()?;
                Some((name.to_owned(), value.to_owned()))
            })
            .collect(),
        body: recorded["response"].to_string(),
    }
}

fn connect(url: &str, repo: &str, state: &Path) -> GitHubTracker {
    let waiting = Waiting::real(Duration::ZERO);
    github(url, repo, "test_token", state, waiting)
}

#[test]
#[ignore = "needs recordings: RUNSHEET_FIXTURES"]
fn recorded_pages_are_followed_to_the_last() {
    let (url, log) = replay("paginate-issues.json");
    let disk = tempfile::tempdir().unwrap();
    let tracker = connect(&url, "octokit-fixture-org/paginate-issues", disk.path());
    assert!(tracker.list().unwrap().tickets.is_empty());
    let asked = log.lock().unwrap();
    assert_eq!(asked.len(), 6, "{asked:?}");
    assert_eq!(asked[5], "/repositories/1000/issues?page=5&per_page=3");
    let kept = std::fs::read_to_string(disk.path().join("pages.json")).unwrap();
    assert_eq!(kept.matches("\"number\":").count(), 13);
}

#[test]
#[ignore = "needs recordings: RUNSHEET_FIXTURES"]
fn a_recorded_rename_is_followed() {
    let (url, log) = replay("rename-repository.json");
    let disk = tempfile::tempdir().unwrap();
    let tracker = connect(&url, "octokit-fixture-org/rename-repository", disk.path());
    // The listing was not recorded; the repository's answers were.
    let _ = tracker.list();
    assert!(tracker.take_notes()[0].ends_with(
        "is now octokit-fixture-org/rename-repository-newname: change `repo` in the config"
    ));
    assert_eq!(log.lock().unwrap()[1], "/repositories/1000");
    assert!(log.lock().unwrap()[2].starts_with("/repositories/1000/issues?"));
}

#[test]
#[ignore = "needs recordings: RUNSHEET_FIXTURES"]
fn a_recorded_refusal_is_told_with_its_reasons() {
    let folder = std::env::var("RUNSHEET_FIXTURES").unwrap();
    let text = std::fs::read_to_string(Path::new(&folder).join("errors.json")).unwrap();
    let recorded: Vec<Value> = serde_json::from_str(&text).unwrap();
    let fake = crate::github_fake::Fake::start();
    let body = recorded[0]["response"].to_string();
    let kind = crate::github_fake::FaultKind::Before(422, vec![], body);
    fake.world().faults = vec![crate::github_fake::Fault::new("POST", "/issues", kind)];
    let disk = tempfile::tempdir().unwrap();
    let waiting = Waiting::real(Duration::ZERO);
    let tracker = github(
        &fake.url(),
        "acme/ops",
        "test_token_admin",
        disk.path(),
        waiting,
    );
    let run = run("1");
    assert_eq!(
        tracker.create(&run, &draft(&run)).unwrap_err().to_string(),
        "cannot create an issue in acme/ops: 422: Validation Failed; `color`: invalid"
    );
}
