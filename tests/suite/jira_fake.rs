//! A Jira for tests: the issues of one project on 127.0.0.1, with a search that lags, and faults by script.
//!
//! It answers what Jira's published description says for the calls that runsheet makes, and no others, and refuses
//! what Jira refuses. What it is told to get wrong, and a log of what it was asked, are in [`World`]. It stops when it
//! is dropped.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answer;
mod document;
mod form;

use std::collections::BTreeMap;
use std::io::BufReader;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::github_fake::{Reply, Request, read_request, write_reply};

/// A running server.
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    world: Arc<Mutex<World>>,
    stop: Arc<AtomicBool>,
}

/// What the server holds, and how it is to behave.
pub(crate) struct World {
    pub(crate) issues: Vec<FakeIssue>,
    /// The accounts by the `Authorization` that they send.
    pub(crate) users: BTreeMap<String, User>,
    /// How long a search does not notice what was written.
    pub(crate) lag: Duration,
    /// How many issues a search gives at most on a page.
    pub(crate) page: usize,
    /// What goes wrong, each with the first request that it fits.
    pub(crate) faults: Vec<Fault>,
    /// Method, path and status of each request.
    pub(crate) log: Vec<(String, String, u16)>,
    /// What was sent, as JSON, in the order of `log`.
    pub(crate) sent: Vec<Value>,
    /// The server's clock, where it is not the real one.
    pub(crate) clock: Option<Timestamp>,
    /// A folder that the site stands in: `/jira`.
    pub(crate) context: String,
    /// Whether it is a server of one's own, which speaks version 2.
    pub(crate) is_server: bool,
    /// Fields that a new issue needs besides the usual ones.
    pub(crate) required: Vec<&'static str>,
}

/// An account.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) account: String,
    pub(crate) email: String,
}

#[derive(Clone)]
pub(crate) struct FakeIssue {
    pub(crate) id: u64,
    pub(crate) key: String,
    /// The fields that can be written, as they were sent.
    pub(crate) fields: serde_json::Map<String, Value>,
    pub(crate) status: Status,
    pub(crate) properties: serde_json::Map<String, Value>,
    pub(crate) comments: Vec<(Value, Timestamp)>,
    pub(crate) links: Vec<Value>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// When it was written, for the limits.
    pub(crate) writes: Vec<Timestamp>,
    /// How it was, newest last, for a search that lags.
    history: Vec<(Timestamp, Arc<FakeIssue>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    ToDo,
    InProgress,
    Done,
}

/// Something that goes wrong with one request.
#[derive(Clone)]
pub(crate) struct Fault {
    pub(crate) method: &'static str,
    /// A part of its path and query.
    pub(crate) path: &'static str,
    pub(crate) kind: FaultKind,
}

#[derive(Clone)]
pub(crate) enum FaultKind {
    /// Answers this instead of doing it.
    Before(u16, Vec<(&'static str, String)>, String),
    /// Does it and answers this.
    After(u16, Vec<(&'static str, String)>, String),
    /// Does it and closes the socket.
    DropAfter,
    /// Closes the socket at once.
    DropBefore,
    /// Answers later than anybody waits, after doing it.
    Slow(Duration),
    /// A person ticks the box with these words, before the request is looked at.
    Tick(String, &'static str),
}

impl Fault {
    pub(crate) fn new(method: &'static str, path: &'static str, kind: FaultKind) -> Self {
        Self { method, path, kind }
    }
}

/// The e-mail address and token of the account that tests use.
pub(crate) const EMAIL: &str = "octo@acme.org";
pub(crate) const TOKEN: &str = "test_token_jira";

impl Fake {
    /// Starts a server with the project `OPS`.
    pub(crate) fn start() -> Self {
        Self::start_on(0)
    }

    /// Starts a server of one's own with the project `OPS`, below a folder.
    pub(crate) fn start_server() -> Self {
        let fake = Self::start();
        {
            let mut world = fake.world();
            world.is_server = true;
            world.context = "/jira".to_owned();
        }
        fake
    }

    pub(crate) fn start_on(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let address = listener.local_addr().unwrap();
        let user = |account: &str, email: &str| User {
            account: account.to_owned(),
            email: email.to_owned(),
        };
        let world = Arc::new(Mutex::new(World {
            issues: Vec::new(),
            users: BTreeMap::from([
                (basic(EMAIL, TOKEN), user("712020:octo", EMAIL)),
                (
                    "Bearer test_token_pat".to_owned(),
                    user("712020:pat", "pat@acme.org"),
                ),
                (
                    basic("ann@acme.org", "ann"),
                    user("712020:ann", "ann@acme.org"),
                ),
            ]),
            lag: Duration::ZERO,
            page: 100,
            faults: Vec::new(),
            log: Vec::new(),
            sent: Vec::new(),
            clock: None,
            context: String::new(),
            is_server: false,
            required: Vec::new(),
        }));
        let stop = Arc::new(AtomicBool::new(false));
        let (shared, stopping) = (Arc::clone(&world), Arc::clone(&stop));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stopping.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (world, stop) = (Arc::clone(&shared), Arc::clone(&stopping));
                thread::spawn(move || serve(stream, address, &world, &stop));
            }
        });
        Self {
            address,
            world,
            stop,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}{}", self.address, self.world().context)
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Returns a way to move the server's clock.
    pub(crate) fn clock(&self) -> impl Fn(Timestamp) + 'static {
        let world = Arc::clone(&self.world);
        move |now| world.lock().unwrap().clock = Some(now)
    }

    /// Returns what was asked since the last time, as `METHOD path`, without the query.
    pub(crate) fn take_log(&self) -> Vec<String> {
        let log = std::mem::take(&mut self.world().log);
        log.into_iter()
            .map(|(method, path, _)| {
                let path = path.split('?').next().unwrap_or_default().to_owned();
                let path = path
                    .replace("/rest/api/3", "")
                    .replace("/jira/rest/api/2", "");
                format!("{method} {path}")
            })
            .collect()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

/// Returns what a client of that account sends.
pub(crate) fn basic(user: &str, token: &str) -> String {
    use base64::Engine;
    let pair = format!("{user}:{token}");
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    )
}

fn serve(stream: TcpStream, address: SocketAddr, world: &Mutex<World>, stop: &AtomicBool) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while !stop.load(Ordering::SeqCst) {
        let Some(request) = read_request(&mut reader) else {
            return;
        };
        let Some(reply) = handle(&request, address, world) else {
            return;
        };
        if write_reply(&mut writer, &reply).is_err() {
            return;
        }
    }
}

/// Returns the answer, `None` to close the socket.
fn handle(request: &Request, address: SocketAddr, world: &Mutex<World>) -> Option<Reply> {
    let kind = {
        let mut world = world.lock().unwrap();
        let whole = request.whole();
        let at = world
            .faults
            .iter()
            .position(|fault| fault.method == request.method && whole.contains(fault.path));
        at.map(|at| world.faults.remove(at).kind)
    };
    let act = || {
        let mut world = world.lock().unwrap();
        let base = format!("http://{address}{}", world.context);
        let reply = world.answer(request, &base);
        world.note(request, reply.status);
        reply
    };
    let scripted = |status, headers: Vec<(&'static str, String)>, body| Reply {
        status,
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        body,
    };
    Some(match kind {
        None => act(),
        Some(FaultKind::Before(status, headers, body)) => {
            world.lock().unwrap().note(request, status);
            scripted(status, headers, body)
        }
        Some(FaultKind::After(status, headers, body)) => {
            act();
            scripted(status, headers, body)
        }
        Some(FaultKind::DropAfter) => {
            act();
            return None;
        }
        Some(FaultKind::DropBefore) => {
            world.lock().unwrap().note(request, 0);
            return None;
        }
        Some(FaultKind::Slow(time)) => {
            let reply = act();
            thread::sleep(time);
            reply
        }
        Some(FaultKind::Tick(key, words)) => {
            assert!(
                world.lock().unwrap().tick(&key, words),
                "no box says `{words}`"
            );
            act()
        }
    })
}

impl World {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.unwrap_or_else(Timestamp::now)
    }

    fn note(&mut self, request: &Request, status: u16) {
        self.log
            .push((request.method.clone(), request.whole(), status));
        self.sent.push(request.body.clone());
    }

    /// Adds an issue as if a person had created it.
    pub(crate) fn add(&mut self, fields: serde_json::Map<String, Value>) -> String {
        let now = self.now();
        let number = self.issues.len() as u64 + 1;
        let key = format!("OPS-{number}");
        self.issues.push(FakeIssue {
            id: 10_000 + number,
            key: key.clone(),
            fields,
            status: Status::ToDo,
            properties: serde_json::Map::new(),
            comments: Vec::new(),
            links: Vec::new(),
            created: now,
            updated: now,
            writes: Vec::new(),
            history: Vec::new(),
        });
        self.remember(&key);
        key
    }

    pub(crate) fn issue(&mut self, key: &str) -> &mut FakeIssue {
        self.issues.iter_mut().find(|it| it.key == key).unwrap()
    }

    /// Keeps how an issue is now, for searches.
    fn remember(&mut self, key: &str) {
        let now = self.now();
        let issue = self.issue(key);
        let mut history = std::mem::take(&mut issue.history);
        history.push((now, Arc::new(issue.clone())));
        issue.history = history;
    }

    /// Ticks the box with these words as a person does; tells whether there is one.
    pub(crate) fn tick(&mut self, key: &str, words: &str) -> bool {
        let now = self.now();
        let issue = self.issue(key);
        let Some(description) = issue.fields.get_mut("description") else {
            return false;
        };
        let ticked = document::tick(description, words);
        issue.updated = now;
        self.remember(key);
        ticked
    }

    /// Tells whether the box with these words is ticked; `None` where there is none.
    pub(crate) fn ticked(&mut self, key: &str, words: &str) -> Option<bool> {
        let fields = &self.issue(key).fields;
        document::state(fields.get("description")?, words).map(|state| state == "DONE")
    }

    /// Returns the keys of the issues that show a run.
    pub(crate) fn tickets_of(&self, run: &str) -> Vec<String> {
        let shows = |it: &&FakeIssue| {
            it.properties
                .get("runsheet")
                .is_some_and(|it| it["run"] == run)
        };
        self.issues
            .iter()
            .filter(shows)
            .map(|it| it.key.clone())
            .collect()
    }
}

impl Status {
    /// Its name, its category, and the ways out of it: number, name, end.
    fn known(
        self,
    ) -> (
        &'static str,
        &'static str,
        &'static [(&'static str, &'static str, Status)],
    ) {
        match self {
            Self::ToDo => (
                "To Do",
                "new",
                &[
                    ("11", "Start work", Self::InProgress),
                    ("31", "Finish", Self::Done),
                ],
            ),
            Self::InProgress => (
                "In Progress",
                "indeterminate",
                &[
                    ("21", "Stop work", Self::ToDo),
                    ("31", "Finish", Self::Done),
                ],
            ),
            Self::Done => ("Done", "done", &[("41", "Reopen", Self::ToDo)]),
        }
    }

    fn json(self, base: &str) -> Value {
        let (name, category, _) = self.known();
        let id = match self {
            Self::ToDo => 2,
            Self::InProgress => 4,
            Self::Done => 3,
        };
        json!({
            "self": format!("{base}/rest/api/3/status/{id}"), "description": "", "iconUrl": format!("{base}/status.png"),
            "name": name, "id": id.to_string(),
            "statusCategory": {
                "self": format!("{base}/rest/api/3/statuscategory/{id}"), "id": id, "key": category,
                "colorName": "blue-gray", "name": name,
            },
        })
    }
}

/// Returns a time as Jira writes it.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}
