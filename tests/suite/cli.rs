//! The binary as a user at a terminal sees it.
//!
//! A case is a folder below `tests/cases/cli/`: the files that are there, and `session.txt`, what is typed and
//! what comes back. `$ ` stands before a command, `> ` before its further lines; below it stands what it prints
//! on both streams, then `? CODE` where it does not end with 0. A time is shown as `[TIME]`.
//! `SNAPSHOTS=overwrite cargo test --test suite cli` accepts new output.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use snapbox::assert::{Assert, DEFAULT_ACTION_ENV};
use snapbox::{Data, IntoData};
use tempfile::TempDir;

/// Returns a command that runs in `folder` with nothing of this machine's environment.
pub(super) fn scrubbed(program: &str, folder: &Path) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_runsheet"));
    let mut path = binary.parent().unwrap().as_os_str().to_owned();
    path.push(":/usr/bin:/bin");
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// Returns the commands in a session, each with its further lines.
fn commands(session: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in session.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push(command.to_owned());
            is_open = true;
        } else if let (Some(more), true) = (line.strip_prefix("> "), is_open) {
            let last = commands.last_mut().unwrap();
            last.push('\n');
            last.push_str(more);
        } else {
            is_open = false;
        }
    }
    commands
}

/// Runs the commands one by one in `folder` and returns the session as it went.
fn play(commands: &[String], folder: &Path) -> String {
    let mut session = String::new();
    for command in commands {
        session.push_str(&format!("$ {}\n", command.replace('\n', "\n> ")));
        let script = format!("exec 2>&1\n{command}");
        let ended = scrubbed("sh", folder)
            .args(["-c", &script])
            .output()
            .unwrap();
        session.push_str(&without_times(&String::from_utf8_lossy(&ended.stdout)));
        if !session.ends_with('\n') {
            session.push('\n');
        }
        match ended.status.code() {
            Some(0) => {}
            Some(code) => session.push_str(&format!("? {code}\n")),
            None => session.push_str("? killed\n"),
        }
        session.push('\n');
    }
    session
}

/// Returns the text with `[TIME]` for each time like one of these, given ones aside.
fn without_times(text: &str) -> String {
    const SHAPES: [&str; 2] = ["dddd-dd-dd dd:dd:ddZ", "dddd-dd-dd dd:dd UTC"];
    let fits = |shape: &str, at: &str| {
        at.len() >= shape.len()
            && shape.bytes().zip(at.bytes()).all(|(shape, byte)| match shape {
                b'd' => byte.is_ascii_digit(),
                b' ' => byte == b' ' || byte == b'T',
                other => other == byte,
            })
            // Cases give the times in the first minutes of 2026 themselves.
            && !at.starts_with("2026-01-01")
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(shape) = SHAPES.iter().find(|shape| fits(shape, rest)) {
            out.push_str("[TIME]");
            rest = &rest[shape.len()..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else if path.file_name().unwrap() != "session.txt" {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/cli")
}

#[test]
fn sessions_go_as_written() {
    let mut names: Vec<PathBuf> = fs::read_dir(cases())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    let mut failed = Vec::new();
    for case in names {
        let file = case.join("session.txt");
        let folder = TempDir::new().unwrap();
        copy(&case, folder.path());
        let written = fs::read_to_string(&file).unwrap();
        let went = play(&commands(&written), folder.path());
        let assert = Assert::new().action_env(DEFAULT_ACTION_ENV);
        let name = case.file_name().unwrap().to_string_lossy();
        // Raw: what a session holds stands for itself.
        let expected = Data::read_from(&file, None).raw();
        if let Err(why) = assert.try_eq(Some(&name), went.into_data().raw(), expected) {
            failed.push(why.to_string());
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Starts all commands at once and waits for their end; each must end with 0.
fn at_once(folder: &Path, all: &[Vec<String>]) {
    let started: Vec<_> = all
        .iter()
        .map(|args| {
            scrubbed(env!("CARGO_BIN_EXE_runsheet"), folder)
                .args(args)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for process in started {
        let ended = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{said}");
    }
}

pub(super) fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// Returns a folder with a procedure of `steps` steps.
pub(super) fn long_procedure(steps: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut text = String::from("Move the archive\n================\n\n");
    for number in 1..=steps {
        text.push_str(&format!("{number}. Move shelf {number} to the new room\n"));
    }
    fs::create_dir(folder.path().join("sources")).unwrap();
    fs::write(folder.path().join("sources/archive.rst"), text).unwrap();
    folder
}

#[test]
fn reports_of_many_processes_at_once_are_all_kept() {
    let folder = long_procedure(40);
    at_once(folder.path(), &[words("open move-the-archive --run 1")]);
    let reports: Vec<_> = (0..8)
        .map(|process| {
            let steps: Vec<String> = (0..5)
                .map(|step| (process * 5 + step + 1).to_string())
                .collect();
            words(&format!("done 1 {} --by p{process}", steps.join(" ")))
        })
        .collect();
    at_once(folder.path(), &reports);
    let ticket = fs::read_to_string(folder.path().join("tickets/move-the-archive-1.md")).unwrap();
    assert_eq!(ticket.matches("- [x] ").count(), 40, "{ticket}");
    for process in 0..8 {
        assert_eq!(ticket.matches(&format!("done by p{process},")).count(), 5);
    }
}

#[test]
fn a_run_that_many_processes_open_at_once_has_one_ticket() {
    let folder = long_procedure(3);
    let opens = vec![words("open move-the-archive --run 1"); 8];
    at_once(folder.path(), &opens);
    let files: Vec<String> = fs::read_dir(folder.path().join("tickets"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    assert_eq!(files, ["move-the-archive-1.md"]);
}
