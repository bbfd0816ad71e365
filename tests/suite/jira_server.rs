//! What is asked of a Jira Data Center, and what is left behind where it stops in between.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use runsheet::issue::{IssuePatch, IssueRef};
use runsheet::tracker::jira::{Credentials, JiraTracker};
use runsheet::tracker::{Created, Tracker, Waiting};
use serde_json::{Value, json};

use crate::jira_fake::{Fake, Fault, FaultKind};
use crate::tracker_contract::{body, draft, jira, jira_server_config, new_disk, run};

fn connect(fake: &Fake, disk: &tempfile::TempDir) -> JiraTracker {
    let credentials = Credentials::bearer("test_token_pat").unwrap();
    let config = jira_server_config(&fake.url());
    let state = new_disk(disk.path());
    jira(
        &config,
        credentials,
        &state,
        Waiting::real(Duration::from_secs(5)),
    )
}

fn edit(tracker: &JiraTracker, key: &str, from: &str, to: &str) -> bool {
    let mut change = |found: &runsheet::issue::Issue| IssuePatch {
        body: Some(found.body.replace(from, to)),
        ..IssuePatch::default()
    };
    tracker
        .update(&IssueRef(key.to_owned()), &mut change)
        .is_ok()
}

#[test]
fn a_ticket_is_made_in_two_requests_and_written_in_three() {
    let fake = Fake::start_server();
    let disk = tempfile::tempdir().unwrap();
    let tracker = connect(&fake, &disk);
    let run = run("7");
    let Created::New(issue) = tracker.create(&run, &draft(&run)).unwrap() else {
        panic!("there was no ticket");
    };
    assert_eq!(issue.body, body(&run));
    assert_eq!(issue.labels, ["runsheet"]);
    let writes = |fake: &Fake| -> Vec<String> {
        let log = fake.take_log().into_iter();
        log.filter(|line| !line.starts_with("GET") && *line != "POST /search")
            .collect()
    };
    assert_eq!(
        writes(&fake),
        ["POST /issue", "PUT /issue/OPS-1/properties/runsheet"]
    );
    {
        let mut world = fake.world();
        let issue = world.issue("OPS-1");
        let text = issue.fields["description"].as_str().unwrap();
        assert!(text.contains("* ☐ "), "{text}");
        assert!(!text.contains("<!--"), "{text}");
    }
    assert!(edit(&tracker, "OPS-1", "- [ ]", "- [x]"));
    assert_eq!(
        writes(&fake),
        [
            "PUT /issue/OPS-1/properties/runsheet",
            "PUT /issue/OPS-1",
            "PUT /issue/OPS-1/properties/runsheet"
        ]
    );
    assert!(fake.world().issue("OPS-1").properties["runsheet"]["next"].is_null());
}

#[test]
fn a_creation_that_stopped_in_between_is_finished_by_whoever_comes_next() {
    let fake = Fake::start_server();
    let disk = tempfile::tempdir().unwrap();
    let run = run("7");
    let down = || {
        let kind = FaultKind::Before(403, Vec::new(), "{}".to_owned());
        Fault::new("PUT", "/properties/", kind)
    };
    fake.world().faults.push(down());
    connect(&fake, &disk)
        .create(&run, &draft(&run))
        .unwrap_err();
    assert_eq!(fake.world().issues.len(), 1);
    assert!(connect(&fake, &disk).list().unwrap().tickets.is_empty());
    let Created::Existing(ticket) = connect(&fake, &disk).create(&run, &draft(&run)).unwrap()
    else {
        panic!("there was a ticket");
    };
    assert_eq!(ticket.issue.body, body(&run));
    assert_eq!(fake.world().issues.len(), 1);
    assert_eq!(connect(&fake, &disk).find(&run).unwrap().len(), 1);
}

#[test]
fn a_write_that_stopped_in_between_takes_no_tick_and_gives_none() {
    let fake = Fake::start_server();
    let disk = tempfile::tempdir().unwrap();
    let tracker = connect(&fake, &disk);
    let run = run("7");
    tracker.create(&run, &draft(&run)).unwrap();
    let before = body(&run);
    let after = before.replace("- [ ]", "- [x]");
    let read = || {
        let key = IssueRef("OPS-1".to_owned());
        connect(&fake, &disk).get(&key).unwrap().body
    };
    let kept = |fake: &Fake| fake.world().issue("OPS-1").properties["runsheet"].clone();
    let old = kept(&fake);
    let description = fake.world().issue("OPS-1").fields["description"].clone();
    assert!(edit(&tracker, "OPS-1", "- [ ]", "- [x]"));
    assert_eq!(read(), after);
    let new = kept(&fake);
    let staged = json!({"run": old["run"], "held": old["held"], "next": new["held"]});
    let put = |property: &Value, description: Option<&Value>| {
        let mut world = fake.world();
        let issue = world.issue("OPS-1");
        issue
            .properties
            .insert("runsheet".to_owned(), property.clone());
        if let Some(description) = description {
            issue
                .fields
                .insert("description".to_owned(), description.clone());
        }
    };
    // Stopped behind the description, which a person then worked on: the new one is what it is held against.
    put(&staged, None);
    assert_eq!(read(), after);
    // Stopped before it: nothing has happened.
    put(&staged, Some(&description));
    assert_eq!(read(), before);
    let worked_on = format!("{}\n\nCall me first.", description.as_str().unwrap());
    put(&staged, Some(&json!(worked_on)));
    assert!(read().starts_with(before.trim_end().split("\n\n").next().unwrap()));
    assert!(read().contains("Call me first.") && !read().contains("- [x]"));
    // The next write goes on from there.
    assert!(edit(&tracker, "OPS-1", "- [ ]", "- [x]"));
    assert!(read().contains("Call me first.") && !read().contains("- [ ]"));
    assert!(kept(&fake)["next"].is_null());
}

#[test]
fn every_page_is_read_by_its_place() {
    let fake = Fake::start_server();
    let disk = tempfile::tempdir().unwrap();
    let tracker = connect(&fake, &disk);
    for at in 0..5 {
        let run = run(&format!("7.{at}"));
        tracker.create(&run, &draft(&run)).unwrap();
    }
    fake.world().page = 2;
    assert_eq!(connect(&fake, &disk).list().unwrap().tickets.len(), 5);
}

#[test]
fn those_whom_jira_does_not_know_are_told_so() {
    let fake = Fake::start_server();
    let disk = tempfile::tempdir().unwrap();
    let config = jira_server_config(&fake.url());
    let nobody = Credentials::bearer("expired").unwrap();
    let state = new_disk(disk.path());
    let tracker = jira(
        &config,
        nobody,
        &state,
        Waiting::real(Duration::from_secs(5)),
    );
    let why = tracker.list().unwrap_err().to_string();
    assert!(why.contains("does not know these credentials"), "{why}");
}

#[test]
fn a_cloud_is_not_written_to_in_wiki_markup() {
    let disk = tempfile::tempdir().unwrap();
    let config = jira_server_config("https://acme.atlassian.net");
    let credentials = Credentials::bearer("x").unwrap();
    let waiting = Waiting::real(Duration::from_secs(5));
    let labels = ["runsheet".to_owned()];
    let made = JiraTracker::new("jira", &config, credentials, &labels, disk.path(), waiting);
    let why = made.unwrap_err().to_string();
    assert_eq!(
        why,
        "acme.atlassian.net is Jira Cloud, and the config says `flavor = \"data-center\"`"
    );
    // The other way round: a server of one's own has no version 3.
    let fake = Fake::start_server();
    let mut config = jira_server_config(&fake.url());
    config.flavor = runsheet::config::JiraFlavor::Cloud;
    let credentials = Credentials::bearer("test_token_pat").unwrap();
    let state = new_disk(disk.path());
    let tracker = jira(
        &config,
        credentials,
        &state,
        Waiting::real(Duration::from_secs(5)),
    );
    let run = run("7");
    tracker.create(&run, &draft(&run)).unwrap_err();
    assert!(fake.world().issues.is_empty());
}

#[test]
fn a_comment_is_wiki_markup() {
    let fake = Fake::start_server();
    let disk = tempfile::tempdir().unwrap();
    let tracker = connect(&fake, &disk);
    let run = run("7");
    tracker.create(&run, &draft(&run)).unwrap();
    let key = IssueRef("OPS-1".to_owned());
    tracker.comment(&key, "**Done**: `a {b}`").unwrap();
    let sent: Value = fake.world().issue("OPS-1").comments[0].0.clone();
    assert_eq!(sent, json!("*Done*: {{a \\{b\\}}}"));
    assert!(tracker.has_comment(&key, "**Done**: `a {b}`").unwrap());
    assert!(tracker.has_comment(&key, "a {b}").unwrap());
    assert!(!tracker.has_comment(&key, "a {c}").unwrap());
}
