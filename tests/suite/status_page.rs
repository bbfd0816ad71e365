//! The page of `status --html` in a real browser.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::print_stderr,
    reason = "where the pictures are, for whoever looks at them"
)]

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
    // A person may write into the ticket what no document says.
    let ticket = path.join("tickets/move-1.md");
    let text = fs::read_to_string(&ticket).unwrap();
    let wild = "Carry <script>document.title = 'gone'</script> <img src=x onerror=\"document.title='lost'\">";
    fs::write(ticket, text.replace("Carry", wild)).unwrap();
    run(path, &["status", "--html", "status.html"]);

    let page = browse(path, &["--dump-dom"], "status.html");
    assert!(page.contains("<title>Move 1</title>"), "{page}");
    assert!(page.contains("&lt;script src="), "{page}");
    assert!(page.contains("Carry &lt;script&gt;document"), "{page}");
    assert!(
        !page.contains("<script") && !page.contains("<img"),
        "{page}"
    );
    assert_eq!(server.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

/// Measures the page in a frame of a width: what is wider than it, and the colour of the paper.
const PROBE: &str = r#"<iframe width="WIDTH" height="900" src="status.html"></iframe>
<script>
window.onload = () => {
  const page = document.querySelector("iframe").contentDocument;
  const wide = [...page.querySelectorAll("*")].filter((it) => it.scrollWidth > page.documentElement.clientWidth);
  document.title = wide.length + " too wide, on " + getComputedStyle(page.body).backgroundColor;
};
</script>
"#;

/// Writes the page of a run with all that one can hold.
fn write_full_page(folder: &Path) {
    fs::create_dir(folder.join("sources")).unwrap();
    let long = "a-host-name-without-any-place-to-break-it.".repeat(4);
    let text = format!(
        "# Move\n\n## Before\n\n1. Pack\n   1. Wrap the glasses in paper, each by itself, however long it takes\n   2. \
         Count the boxes: `count --all --of {long}`\n2. Call {long}\n3. (Optional) Rest\n\n## Move\n\n1. Carry \
         <script>document.title = 'moved'</script>\n2. Set down\n"
    );
    fs::write(folder.join("sources/move.md"), text).unwrap();
    run(folder, &["open", "move", "--run", "1"]);
    for report in [
        ["done", "1", "1.1.1", "--note", "two sheets each"],
        ["done", "1", "1.1.2", "--link", "https://ci.example.org/7"],
        ["skip", "1", "1.3", "--reason", "no time"],
        ["fail", "1", "2.1", "--reason", "the stairs are too narrow"],
    ] {
        run(folder, &report);
    }
    let waits = r#"{"run": "1", "step": "sell the piano", "state": "done", "by": "ann"}"#;
    fs::write(folder.join("waits.jsonl"), waits).unwrap();
    let ended = scrubbed(env!("CARGO_BIN_EXE_runsheet"), folder)
        .args(["report", "waits.jsonl"])
        .output();
    assert_eq!(ended.unwrap().status.code(), Some(2));
    run(folder, &["status", "--html", "status.html"]);
}

#[test]
#[ignore = "needs a browser: CHROMIUM names it, else `chromium`"]
fn the_page_fits_narrow_and_wide_windows_in_light_and_dark() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    write_full_page(path);
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("status-page");
    fs::create_dir_all(&pictures).unwrap();
    for (light, scheme, paper) in [
        ("light", 1, "rgb(255, 255, 255)"),
        ("dark", 0, "rgb(18, 22, 29)"),
    ] {
        let scheme = format!("--blink-settings=preferredColorScheme={scheme}");
        for (name, width) in [("narrow", 360), ("wide", 1200)] {
            let probe = PROBE.replace("WIDTH", &width.to_string());
            fs::write(path.join("probe.html"), probe).unwrap();
            let asked = [&scheme, "--allow-file-access-from-files", "--dump-dom"];
            let told = browse(path, &asked, "probe.html");
            let found = format!("<title>0 too wide, on {paper}</title>");
            assert!(told.contains(&found), "{light} {name}: {told}");

            let picture = pictures.join(format!("{light}-{name}.png"));
            let window = format!("--window-size={width},1300");
            let screenshot = format!("--screenshot={}", picture.display());
            let asked = [&scheme, "--hide-scrollbars", &window, &screenshot];
            browse(path, &asked, "status.html");
            eprintln!("{}", picture.display());
        }
    }
}

/// Opens a file in a browser, and returns what it prints.
fn browse(folder: &Path, asked: &[&str], file: &str) -> String {
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
    let ended = Command::new(chromium)
        .args(QUIET)
        .arg(format!(
            "--user-data-dir={}",
            folder.join("browser").display()
        ))
        .args(asked)
        .arg(format!("file://{}", folder.join(file).display()))
        .output()
        .unwrap();
    assert!(ended.status.success(), "{ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}
