//! The page of `status --html` in a real browser.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::cli::scrubbed;

/// What keeps the browser to the page it is given.
const QUIET: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
];

fn run(folder: &Path, args: &[&str]) {
    let ended = scrubbed(env!("CARGO_BIN_EXE_runsheet"), folder)
        .args(args)
        .output();
    let ended = ended.unwrap();
    assert!(ended.status.success(), "{ended:?}");
}

#[test]
#[ignore = "needs a browser: CHROMIUM names it, else `chromium`"]
fn the_page_fetches_nothing_and_runs_nothing() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let address = format!("http://{}", server.local_addr().unwrap());
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    fs::create_dir(path.join("sources")).unwrap();
    let text = format!(
        "# Move\n\n1. Pack <img src=\"{address}/a.png\"> ![all]({address}/b.png)\n\
         2. Carry <script>document.title = 'moved'</script>\n"
    );
    fs::write(path.join("sources/move.md"), text).unwrap();
    run(path, &["open", "move", "--run", "1"]);
    let note = format!("<script src=\"{address}/c.js\"></script>");
    let link = format!("{address}/evidence");
    run(path, &["done", "1", "1", "--note", &note, "--link", &link]);
    run(path, &["status", "--html", "status.html"]);

    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
    let shown = Command::new(chromium)
        .args(QUIET)
        .arg(format!(
            "--user-data-dir={}",
            path.join("browser").display()
        ))
        .arg("--dump-dom")
        .arg(format!("file://{}", path.join("status.html").display()))
        .output()
        .unwrap();
    let page = String::from_utf8(shown.stdout).unwrap();
    assert!(page.contains("<title>Move 1</title>"), "{page}");
    assert!(page.contains("&lt;script src="), "{page}");
    assert!(
        !page.contains("<script") && !page.contains("<img"),
        "{page}"
    );
    assert_eq!(server.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}
