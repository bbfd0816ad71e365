//! Runs the recipes of README.md as they stand there, so that the page stays true.
//!
//! Every fenced block marked `console` is one user's session: its `$ ` lines are run by a shell, one after
//! the other, in a folder that holds a copy of `sources/` and `.runsheet.toml`, and must print the lines
//! below them. Blocks share the folder, in the order of the page. `...` alone on a line stands for any lines.
//!
//! A block marked `console with-node` needs node and npm: `.ci/trackers` runs it, in one shell.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::sandbox::Sandbox;

#[test]
fn recipes_print_what_the_page_says() {
    let page = include_str!("../../README.md");
    let sandbox = Sandbox::with_sources();
    let mut ran = 0;
    for block in console_blocks(page) {
        for (command, expected) in sessions(&block) {
            let output = run(&command, sandbox.path());
            assert!(
                matches(&expected, &output),
                "`{command}` prints\n{output}\nand README.md says\n{expected}"
            );
            ran += 1;
        }
    }
    assert!(ran >= 3, "README.md has only {ran} tested commands");
}

#[test]
#[ignore = "needs node and npm, and a registry of packages"]
fn the_demonstration_prints_what_the_page_says() {
    let page = include_str!("../../README.md");
    let (_, rest) = page
        .split_once("```console with-node\n")
        .expect("there is one");
    let (block, _) = rest.split_once("\n```").expect("the block ends");
    // Another port is free where the page's own may not be.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it has an address").port();
    drop(listener);
    let block = block.replace("4001", &port.to_string());
    let sessions = sessions(&block);
    const END: &str = "\u{1}";
    let mut script = String::new();
    for (command, _) in &sessions {
        script.push_str(&format!("{{\n{command}\n}} 2>&1\nprintf '{END}'\n"));
    }
    script.push_str("kill -- -$$\n");
    let sandbox = Sandbox::with_sources();
    let binary = Path::new(env!("CARGO_BIN_EXE_runsheet"));
    let path = std::env::var("PATH").unwrap_or_default();
    let folder = binary.parent().expect("the binary is in a folder");
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(sandbox.path())
        .env("PATH", format!("{}:{path}", folder.display()))
        .env("NO_COLOR", "1")
        // So that what it starts ends with it.
        .process_group(0)
        .output()
        .expect("sh can be run");
    let said = String::from_utf8_lossy(&output.stdout);
    let mut printed = said.split(END);
    for (command, expected) in &sessions {
        let output = trimmed(printed.next().unwrap_or_default());
        assert!(
            matches(expected, &output),
            "`{command}` prints\n{output}\nand README.md says\n{expected}"
        );
    }
}

/// Returns what `command` prints on both streams, without blanks at line ends.
fn run(command: &str, folder: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_runsheet"));
    let folders = std::env::join_paths(
        std::iter::once(
            binary
                .parent()
                .expect("the binary is in a folder")
                .to_owned(),
        )
        .chain(std::env::split_paths(
            &std::env::var_os("PATH").unwrap_or_default(),
        )),
    )
    .expect("the PATH can be extended");
    let output = Command::new("sh")
        .args(["-c", &format!("{command} 2>&1")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", folders)
        .env("HOME", folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("sh can be run");
    trimmed(&String::from_utf8_lossy(&output.stdout))
}

fn console_blocks(page: &str) -> Vec<String> {
    page.split("```console\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .map(str::to_owned)
        .collect()
}

/// Returns the commands of a block with the output that follows each.
fn sessions(block: &str) -> Vec<(String, String)> {
    block
        .split("$ ")
        .filter(|part| !part.trim().is_empty())
        .map(|part| {
            let mut lines = part.lines();
            let mut command = lines.next().unwrap_or_default().to_owned();
            let mut lines = lines.peekable();
            // A command goes on where the shell asks for more.
            while let Some(more) = lines.next_if(|line| line.starts_with("> ")) {
                command.push_str(&format!("\n{}", &more[2..]));
            }
            let output: Vec<&str> = lines.collect();
            (command, trimmed(&output.join("\n")))
        })
        .collect()
}

fn trimmed(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}

/// Tells whether `text` is `pattern`, where a line `...` stands for any lines.
fn matches(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    for (at, piece) in pattern.split("...\n").enumerate() {
        let piece = piece.trim_end_matches("...");
        let found = if at == 0 {
            rest.starts_with(piece).then_some(0)
        } else {
            rest.find(piece)
        };
        match found {
            Some(start) => rest = &rest[start + piece.len()..],
            None => return false,
        }
    }
    rest.trim().is_empty() || pattern.trim_end().ends_with("...")
}

#[test]
fn an_ellipsis_stands_for_any_lines() {
    assert!(matches("a\nb", "a\nb"));
    assert!(matches("a\n...\nd", "a\nb\nc\nd"));
    assert!(matches("a\n...", "a\nb\nc"));
    assert!(!matches("a\nb", "a\nb\nc"));
    assert!(!matches("a\n...\nd", "a\nb\nc"));
}
