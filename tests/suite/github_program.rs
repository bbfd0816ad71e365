//! The program itself against our own GitHub: several at once, signed in by all ways, through a proxy.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::faults::{many_or, tell};
use crate::github_fake::Fake;

const DOCUMENT: &str =
    "# Database upgrade\n\n1. Stop the writers.\n2. Run the upgrade.\n3. Start the writers.\n";

/// Whether a request, as it was logged, changes anything.
fn is_write(request: &str) -> bool {
    !request.starts_with("GET ") && !request.ends_with("/graphql")
}

/// Returns a folder with a document and a config that leads to `url`.
fn project(url: &str, keys: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[tracker.github]\nkind = \"github\"\nrepo = \"acme/ops\"\napi-url = \"{url}\"\n{keys}\n"
    );
    fs::write(folder.path().join("runsheet.toml"), config).unwrap();
    fs::create_dir(folder.path().join("sources")).unwrap();
    fs::write(folder.path().join("sources/upgrade.md"), DOCUMENT).unwrap();
    folder
}

/// Returns the program in `folder` with nothing in its environment.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runsheet"));
    command
        .current_dir(folder)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Returns the exit code and all that was said.
fn ended(child: Child) -> (i32, String) {
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

/// Runs the program with a token in its environment; returns its exit code and all it said.
pub(crate) fn program(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = command(folder, arguments);
    ended(
        command
            .env("GITHUB_TOKEN", "test_token_admin")
            .spawn()
            .unwrap(),
    )
}

#[test]
fn a_sync_of_a_thousand_tickets_asks_for_what_has_changed() {
    let fake = Fake::start();
    let folder = project(&fake.url(), "");
    let run = |arguments: &[&str]| {
        let (code, said) = program(folder.path(), arguments);
        assert_eq!(code, 0, "{arguments:?}: {said}");
        let asked = fake.take_log();
        tell(&format!(
            "{}: {} requests, {} of them writes",
            arguments.join(" "),
            asked.len(),
            asked.iter().filter(|it| is_write(it)).count()
        ));
        asked
    };
    run(&["open", "database-upgrade", "--run", "0"]);
    let before = fake.world().issue(1).body.clone();
    let document = DOCUMENT.replace("Run the upgrade", "Run the new upgrade");
    fs::write(folder.path().join("sources/upgrade.md"), document).unwrap();
    run(&["open", "database-upgrade", "--run", "1"]);
    {
        let mut world = fake.world();
        let body = world.issue(2).body.clone();
        for name in 2..1_000 {
            let key = format!(" database-upgrade/{name} ");
            let body = body.replace(" database-upgrade/1 ", &key);
            world.add("Database upgrade", &body, &["runsheet"]);
        }
    }
    run(&["sync"]);
    let nothing_changed = run(&["sync"]);
    assert!(nothing_changed.len() <= 12, "{nothing_changed:?}");
    assert!(!nothing_changed.iter().any(|it| is_write(it)));
    fake.world().issue(1).body = before;
    let one_changed = run(&["sync"]);
    let update = [
        "GET /repos/acme/ops/issues/1",
        "PATCH /repos/acme/ops/issues/1",
        "POST /graphql",
    ];
    // What changed is told in a comment; then the ticket says that it was told.
    let told = ["POST /repos/acme/ops/issues/1/comments"];
    assert_eq!(
        one_changed[nothing_changed.len()..],
        [&update[..], &told, &update].concat()
    );
    let done = run(&["done", "database-upgrade/400", "2", "--by", "ann"]);
    assert_eq!(done.len(), 3, "{done:?}");
}

#[test]
fn the_program_opens_a_ticket_once_and_reports_on_its_steps() {
    let fake = Fake::start();
    let folder = project(&fake.url(), "");
    let mut all_said = String::new();
    let mut run = |arguments: &[&str]| {
        let (code, said) = program(folder.path(), arguments);
        assert_eq!(code, 0, "{arguments:?}: {said}");
        all_said.push_str(&said);
    };
    run(&["-vv", "open", "database-upgrade", "--run", "2.3"]);
    run(&["open", "database-upgrade", "--run", "2.3"]);
    fake.take_log();
    run(&["done", "database-upgrade/2.3", "2", "--by", "ann"]);
    assert_eq!(
        fake.take_log(),
        [
            "GET /repos/acme/ops/issues/1",
            "PATCH /repos/acme/ops/issues/1",
            "POST /graphql"
        ]
    );
    run(&["done", "2.3", "1", "--by", "ann"]);
    run(&["status"]);
    let mut world = fake.world();
    assert_eq!(world.issues.len(), 1);
    let issue = world.issue(1);
    assert_eq!(issue.labels, ["runsheet"]);
    assert!(
        issue.body.contains("- [x] Run the upgrade."),
        "{}",
        issue.body
    );
    assert!(
        issue.body.contains("- [ ] Start the writers."),
        "{}",
        issue.body
    );
    assert!(!all_said.contains("test_token_admin"), "{all_said}");
}

#[test]
fn eight_processes_that_open_one_run_at_once_leave_one_open_issue() {
    let rounds = many_or(20, 1);
    let fake = Fake::start();
    for round in 0..rounds {
        // Each on a disk of its own, as CI jobs are.
        let folders: Vec<TempDir> = (0..8).map(|_| project(&fake.url(), "")).collect();
        let name = round.to_string();
        let open = ["open", "database-upgrade", "--run", &name, "-q"];
        let children: Vec<Child> = folders
            .iter()
            .map(|folder| {
                let mut command = command(folder.path(), &open);
                command
                    .env("GITHUB_TOKEN", "test_token_admin")
                    .spawn()
                    .unwrap()
            })
            .collect();
        let said: Vec<(i32, String)> = children.into_iter().map(ended).collect();
        assert!(said.iter().all(|(code, _)| *code == 0), "{said:?}");
        let marker = format!(" database-upgrade/{name} ");
        let world = fake.world();
        let shown = world.issues.iter().filter(|it| it.body.contains(&marker));
        let open: Vec<u64> = shown.filter(|it| it.open).map(|it| it.number).collect();
        assert_eq!(open.len(), 1, "{open:?}");
        let place = format!("/issues/{}\n", open[0]);
        assert!(
            said.iter().all(|(_, said)| said.contains(&place)),
            "{said:?}"
        );
    }
    let world = fake.world();
    let twins = world.issues.iter().filter(|it| !it.open).count();
    tell(&format!(
        "{rounds} runs, 8 processes each: {rounds} open issues, {twins} twins closed"
    ));
}

#[test]
fn a_bulk_of_processes_goes_on_where_another_stopped() {
    let fake = Fake::start();
    let folder = project(&fake.url(), "");
    let open = |name: &str| {
        program(
            folder.path(),
            &[
                "open",
                "database-upgrade",
                "--run",
                name,
                "-q",
                "--wait",
                "0s",
            ],
        )
    };
    fake.world().creations_a_minute = Some(3);
    let codes: Vec<i32> = (0..5).map(|name| open(&name.to_string()).0).collect();
    assert_eq!(codes, [0, 0, 0, 2, 2]);
    fake.world().creations_a_minute = None;
    let codes: Vec<i32> = (0..5).map(|name| open(&name.to_string()).0).collect();
    assert_eq!(codes, [0; 5]);
    assert_eq!(fake.world().issues.len(), 5);
}

#[test]
fn a_ticket_whose_label_was_taken_away_is_found_and_gets_it_again() {
    let fake = Fake::start();
    let open = ["open", "database-upgrade", "--run", "2.3"];
    program(project(&fake.url(), "").path(), &open);
    let hide = |many: usize| {
        let mut world = fake.world();
        world.issue(1).labels.clear();
        // So many others have changed since then.
        for _ in 0..many {
            world.add("other", "", &[]);
        }
    };
    for many in [0, 150] {
        hide(many);
        let (code, said) = program(project(&fake.url(), "").path(), &open);
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("unchanged "), "{said}");
        let note = "#1 had lost the label `runsheet` that tickets are listed by, and has it again";
        assert!(said.contains(note), "{said}");
        let mut world = fake.world();
        assert_eq!(world.issue(1).labels, ["runsheet"]);
        let tickets = world
            .issues
            .iter()
            .filter(|it| it.body.contains("<!-- runsheet "));
        assert_eq!(tickets.count(), 1);
    }
    // A report on a run that is named in full, too.
    hide(0);
    let folder = project(&fake.url(), "");
    let (code, said) = program(folder.path(), &["done", "database-upgrade/2.3", "1"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        fake.world()
            .issue(1)
            .body
            .contains("- [x] Stop the writers.")
    );
}

#[test]
fn an_issue_gets_what_is_asked_for_and_what_it_does_not_get_is_told() {
    let fake = Fake::start();
    {
        let mut world = fake.world();
        world.types = vec!["Change".to_owned()];
        world.milestones = (0..150).map(|at| format!("0.{at}")).collect();
    }
    let folder = project(&fake.url(), "issue-type = \"Change\"\nlabels = [\"ops\"]");
    let (code, said) = program(
        folder.path(),
        &[
            "open",
            "database-upgrade",
            "--run",
            "2.3",
            "--assignee",
            "human",
            "--label",
            "night",
            "--milestone",
            "0.140",
        ],
    );
    assert_eq!(code, 0, "{said}");
    let issue = fake.world().issue(1).clone();
    assert_eq!(issue.labels, ["ops", "night"]);
    assert_eq!(issue.assignees, ["human"]);
    assert_eq!(issue.milestone, Some(140));
    assert_eq!(issue.kind.as_deref(), Some("Change"));

    let folder = project(&fake.url(), "issue-type = \"Chore\"");
    let open = [
        "open",
        "database-upgrade",
        "--run",
        "2.4",
        "--assignee",
        "nobody",
    ];
    let (code, said) = program(folder.path(), &open);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("#2 did not get the type `Chore`"), "{said}");
    assert!(said.contains("#2 is not assigned to `nobody`"), "{said}");
    let open = [
        "open",
        "database-upgrade",
        "--run",
        "2.5",
        "--milestone",
        "0.14O",
    ];
    let (code, said) = program(folder.path(), &open);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("there is no open milestone `0.14O`"),
        "{said}"
    );
    assert_eq!(fake.world().issues.len(), 2);
}

#[test]
fn a_token_comes_from_the_environment_a_file_or_gh() {
    let fake = Fake::start();
    let signed_in = |keys: &str, set: &[(&str, &str)], put: &dyn Fn(&Path)| {
        let folder = project(&fake.url(), keys);
        put(folder.path());
        let mut command = command(folder.path(), &["status"]);
        // What is named by a relative path is in the folder.
        let set = set
            .iter()
            .map(|(name, value)| (name, value.replace("HERE", folder.path().to_str().unwrap())));
        ended(command.envs(set).spawn().unwrap())
    };
    let token = "test_token_admin";
    let none = |_: &Path| {};
    assert_eq!(signed_in("", &[("GITHUB_TOKEN", token)], &none).0, 0);
    assert_eq!(signed_in("", &[("GH_TOKEN", token)], &none).0, 0);
    assert_eq!(
        signed_in("token-env = \"OPS\"", &[("OPS", token)], &none).0,
        0
    );
    let put = |folder: &Path| fs::write(folder.join("token"), format!("{token}\n")).unwrap();
    assert_eq!(signed_in("token-file = \"token\"", &[], &put).0, 0);
    let put = |folder: &Path| {
        let gh = folder.join("gh");
        fs::write(
            &gh,
            format!("#!/bin/sh\n[ \"$1 $2 $3\" = 'auth token --hostname' ] && echo {token}\n"),
        )
        .unwrap();
        fs::set_permissions(&gh, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let (code, said) = signed_in("", &[("PATH", "HERE:/usr/bin:/bin")], &put);
    assert_eq!(code, 0, "{said}");
    let (code, said) = signed_in("", &[("GITHUB_TOKEN", "not_a_token_of_anybody")], &none);
    assert_eq!(code, 2);
    assert!(said.contains("the token is not valid (401)"), "{said}");
    assert!(!said.contains("not_a_token_of_anybody"), "{said}");
    let (code, said) = signed_in("", &[], &none);
    assert_eq!(code, 2);
    assert!(said.contains("`GITHUB_TOKEN` is not set"), "{said}");
}

#[test]
fn a_proxy_is_asked_for_a_tunnel_and_sees_no_token() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let proxy = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut writer = stream.try_clone().unwrap();
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        writer
            .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
        head
    });
    let folder = project("https://git.example.invalid/api/v3", "");
    let run = |set: &[(&str, &str)]| {
        let mut command = command(
            folder.path(),
            &["open", "database-upgrade", "--run", "2.3", "--wait", "0s"],
        );
        command
            .env("GITHUB_TOKEN", "ghp_SECRET")
            .envs(set.iter().copied());
        ended(command.spawn().unwrap())
    };
    let url = format!("http://ann:word@{address}");
    // What the environment leaves out is reached directly, which fails here.
    run(&[("HTTPS_PROXY", &url), ("NO_PROXY", "example.invalid")]);
    let (code, said) = run(&[("HTTPS_PROXY", &url)]);
    assert_eq!(code, 2, "{said}");
    assert!(!said.contains("SECRET") && !said.contains("word"), "{said}");
    let head = proxy.join().unwrap();
    assert_eq!(head[0], "CONNECT git.example.invalid:443 HTTP/1.1");
    assert!(head.iter().any(|line| {
        line.to_lowercase()
            .starts_with("proxy-authorization: basic ")
    }));
    assert!(!head.concat().contains("SECRET"));
}
