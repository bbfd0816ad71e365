//! A GitHub for tests: issues, comments and labels of one repository on 127.0.0.1, with faults by script.
//!
//! It answers what GitHub's published description says for the calls that runsheet makes, and no others. What it is
//! told to get wrong, and a log of what it was asked, are in [`World`]. It stops when it is dropped.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

/// A running server.
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    world: Arc<Mutex<World>>,
    stop: Arc<AtomicBool>,
}

/// What the server holds, and how it is to behave.
pub(crate) struct World {
    /// `owner/name` as it is now.
    pub(crate) repo: String,
    /// A name it had before, if it was renamed.
    pub(crate) old_repo: Option<String>,
    pub(crate) archived: bool,
    pub(crate) has_issues: bool,
    /// Whether it keeps the versions of bodies and tells them by GraphQL.
    pub(crate) versions: bool,
    /// Whether it has sub-issues.
    pub(crate) sub_issues: bool,
    /// The types that issues can have.
    pub(crate) types: Vec<String>,
    /// Whether it answers 304, which GitHub does and its description of listings does not tell.
    pub(crate) etags: bool,
    pub(crate) issues: Vec<FakeIssue>,
    pub(crate) milestones: Vec<String>,
    /// The logins by token, and whether each may write to the repository.
    pub(crate) users: BTreeMap<String, (String, bool)>,
    /// Issues that are gone: their number, and where they went (`None` where they were deleted).
    pub(crate) gone: BTreeMap<u64, Option<String>>,
    /// What goes wrong, each with the first request that it fits.
    pub(crate) faults: Vec<Fault>,
    /// How many requests are answered before the network is gone.
    pub(crate) answers: Option<usize>,
    /// Whether the last request before that is heard, though nobody hears its answer.
    pub(crate) hears_one_more: bool,
    /// Method, path and status of each request.
    pub(crate) log: Vec<(String, String, u16)>,
    /// The most creations that are let through in a minute.
    pub(crate) creations_a_minute: Option<usize>,
    /// The server's clock, where it is not the real one.
    pub(crate) clock: Option<Timestamp>,
    pub(crate) installation_tokens: u32,
    created: Vec<Timestamp>,
}

#[derive(Clone)]
pub(crate) struct FakeIssue {
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) open: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) assignees: Vec<String>,
    pub(crate) milestone: Option<usize>,
    pub(crate) kind: Option<String>,
    /// The issue that it is a sub-issue of.
    pub(crate) parent: Option<u64>,
    /// What its body was before, oldest first.
    versions: Vec<String>,
    pub(crate) creator: String,
    pub(crate) comments: Vec<(String, Timestamp)>,
    pub(crate) is_pull_request: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
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
    /// A person puts this in the issue's body, before the request is looked at.
    Edit(u64, &'static str, &'static str),
    /// The repository gets this name, before the request is looked at.
    Rename(&'static str),
}

impl Fault {
    pub(crate) fn new(method: &'static str, path: &'static str, kind: FaultKind) -> Self {
        Self { method, path, kind }
    }
}

/// A request as it was read.
pub(crate) struct Request {
    /// What stands before every path on GitHub Enterprise Server.
    prefix: &'static str,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

/// An answer to be sent.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Fake {
    /// Starts a server with the repository `acme/ops` and the tokens `admin`, `human` and `stranger`.
    pub(crate) fn start() -> Self {
        Self::start_on(0)
    }

    pub(crate) fn start_on(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let address = listener.local_addr().unwrap();
        let user = |token: &str, login: &str, push| (token.to_owned(), (login.to_owned(), push));
        let world = Arc::new(Mutex::new(World {
            repo: "acme/ops".to_owned(),
            old_repo: None,
            archived: false,
            has_issues: true,
            etags: true,
            versions: true,
            sub_issues: true,
            types: Vec::new(),
            issues: Vec::new(),
            milestones: vec!["2.3".to_owned()],
            users: BTreeMap::from([
                user("test_token_admin", "octobot", true),
                user("test_token_human", "human", true),
                user("test_token_stranger", "stranger", false),
                user("test_token_installation", "runsheet[bot]", true),
            ]),
            gone: BTreeMap::new(),
            faults: Vec::new(),
            answers: None,
            hears_one_more: false,
            log: Vec::new(),
            creations_a_minute: None,
            clock: None,
            installation_tokens: 0,
            created: Vec::new(),
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
        format!("http://{}", self.address)
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Returns a way to move the server's clock.
    pub(crate) fn clock(&self) -> impl Fn(Timestamp) + 'static {
        let world = Arc::clone(&self.world);
        move |now| world.lock().unwrap().clock = Some(now)
    }

    /// Returns what was asked since the last time, as `METHOD path`.
    pub(crate) fn take_log(&self) -> Vec<String> {
        let log = std::mem::take(&mut self.world().log);
        log.into_iter()
            .map(|(method, path, _)| format!("{method} {path}"))
            .collect()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
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
        let kind = {
            let mut world = world.lock().unwrap();
            let whole = request.whole();
            let at = world
                .faults
                .iter()
                .position(|fault| fault.method == request.method && whole.contains(fault.path));
            let fault = at.map(|at| world.faults.remove(at).kind);
            let world = &mut *world;
            match world.answers {
                None => fault,
                Some(0) if std::mem::take(&mut world.hears_one_more) => Some(FaultKind::DropAfter),
                Some(0) => Some(FaultKind::DropBefore),
                Some(left) => {
                    world.answers = Some(left - 1);
                    fault
                }
            }
        };
        let base = format!("http://{address}{}", request.prefix);
        let act = || {
            let mut world = world.lock().unwrap();
            let reply = world.answer(&request, &base);
            world.note(&request, reply.status);
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
        let reply = match kind {
            None => act(),
            Some(FaultKind::Before(status, headers, body)) => {
                world.lock().unwrap().note(&request, status);
                scripted(status, headers, body)
            }
            Some(FaultKind::After(status, headers, body)) => {
                act();
                scripted(status, headers, body)
            }
            Some(FaultKind::DropAfter) => {
                act();
                return;
            }
            Some(FaultKind::DropBefore) => {
                world.lock().unwrap().note(&request, 0);
                return;
            }
            Some(FaultKind::Slow(time)) => {
                let reply = act();
                thread::sleep(time);
                reply
            }
            Some(FaultKind::Edit(number, old, new)) => {
                let mut held = world.lock().unwrap();
                let issue = held.issues.iter_mut().find(|it| it.number == number);
                let issue = issue.unwrap();
                issue.edit(issue.body.replace(old, new));
                drop(held);
                act()
            }
            Some(FaultKind::Rename(name)) => {
                world.lock().unwrap().rename(name);
                act()
            }
        };
        if write_reply(&mut writer, &reply).is_err() {
            return;
        }
    }
}

pub(crate) fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let (prefix, path) = match path.strip_prefix("/api/v3") {
        Some(path) => ("/api/v3", path),
        None => ("", path.strip_prefix("/api").unwrap_or(path)),
    };
    Some(Request {
        prefix,
        method,
        path: path.to_owned(),
        query: query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), decode(value)))
            .collect(),
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}

pub(crate) fn write_reply(writer: &mut TcpStream, reply: &Reply) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Status\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !matches!(reply.status, 204 | 304) {
        head.push_str(&format!("content-length: {}\r\n", reply.body.len()));
    }
    head.push_str("\r\n");
    if !matches!(reply.status, 204 | 304) {
        head.push_str(&reply.body);
    }
    writer.write_all(head.as_bytes())
}

impl Request {
    pub(crate) fn whole(&self) -> String {
        let query: Vec<String> = self.query.iter().map(|(k, v)| format!("{k}={v}")).collect();
        if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, query.join("&"))
        }
    }
}

impl FakeIssue {
    /// Saves another body, as anybody does.
    pub(crate) fn edit(&mut self, body: String) {
        if body != self.body {
            self.versions.push(std::mem::replace(&mut self.body, body));
        }
    }
}

impl World {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.unwrap_or_else(Timestamp::now)
    }

    fn note(&mut self, request: &Request, status: u16) {
        self.log
            .push((request.method.clone(), request.whole(), status));
    }

    /// Adds an issue as if a person had created it.
    /// Gives the repository another name; what is asked of it by its old one is answered with a redirect.
    pub(crate) fn rename(&mut self, name: &str) {
        let old = std::mem::replace(&mut self.repo, name.to_owned());
        self.old_repo = (old != name).then_some(old);
    }

    pub(crate) fn add(&mut self, title: &str, body: &str, labels: &[&str]) -> u64 {
        let now = self.now();
        let number = self.issues.len() as u64 + 1;
        self.issues.push(FakeIssue {
            number,
            title: title.to_owned(),
            body: body.to_owned(),
            open: true,
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
            assignees: Vec::new(),
            milestone: None,
            kind: None,
            parent: None,
            versions: Vec::new(),
            creator: "octobot".to_owned(),
            comments: Vec::new(),
            is_pull_request: false,
            created: now,
            updated: now,
        });
        number
    }

    pub(crate) fn issue(&mut self, number: u64) -> &mut FakeIssue {
        self.issues
            .iter_mut()
            .find(|it| it.number == number)
            .unwrap()
    }

    fn answer(&mut self, request: &Request, base: &str) -> Reply {
        let path = request.path.clone();
        if let Some(old) = &self.old_repo
            && let Some(rest) = path.strip_prefix(&format!("/repos/{old}"))
        {
            let query = request.whole()[path.len()..].to_owned();
            let location = format!("{base}/repositories/1000{rest}{query}");
            let status = if request.method == "GET" { 301 } else { 307 };
            let body = json!({"message": "Moved Permanently", "url": location});
            let mut reply = reply(status, &body);
            reply.headers.push(("location".to_owned(), location));
            return reply;
        }
        let token = request.headers.get("authorization").cloned();
        let token = token.as_deref().and_then(|it| it.strip_prefix("Bearer "));
        let rest = path
            .strip_prefix(&format!("/repos/{}", self.repo))
            .or_else(|| path.strip_prefix("/repositories/1000"));
        // An App's own token is a signed one with three parts.
        let is_app = token.is_some_and(|token| token.matches('.').count() == 2);
        if is_app && rest == Some("/installation") {
            return reply(200, &json!({"id": 77, "app_id": 5}));
        }
        if is_app && path == "/app/installations/77/access_tokens" {
            self.installation_tokens += 1;
            let expires = self.now() + Duration::from_secs(3600);
            let token = "test_token_installation";
            return reply(
                201,
                &json!({"token": token, "expires_at": expires.to_string(), "permissions": {}}),
            );
        }
        let Some((login, push)) = token.and_then(|token| self.users.get(token)).cloned() else {
            return refuse(401, "Bad credentials");
        };
        if path == "/user" {
            return reply(200, &user_of_token(&login, base));
        }
        if path == "/graphql" && self.versions {
            return self.graphql(request);
        }
        if path == "/search/issues" {
            return self.search(request, base);
        }
        let Some(rest) = rest.map(str::to_owned) else {
            return refuse(404, "Not Found");
        };
        let parts: Vec<&str> = rest.split('/').skip(1).collect();
        let number = parts.get(1).and_then(|number| number.parse::<u64>().ok());
        if request.method != "GET" && self.archived {
            return refuse(403, "Repository was archived so is read-only.");
        }
        if parts.first() == Some(&"issues") && !self.has_issues {
            return refuse(410, "Issues are disabled for this repo");
        }
        if let Some(to) = number.and_then(|number| self.gone.get(&number)) {
            let Some(to) = to else {
                return refuse(410, "This issue was deleted");
            };
            let location = format!("{base}{to}");
            let mut reply = refuse(301, "Moved Permanently");
            reply.headers.push(("location".to_owned(), location));
            return reply;
        }
        match (request.method.as_str(), parts.as_slice(), number) {
            ("GET", [], _) => self.conditional(request, reply(200, &self.repository(base, push))),
            ("GET", ["milestones"], _) => {
                let all = (0..self.milestones.len()).map(|at| self.milestone(at, base));
                paged(request, all.collect(), &format!("{base}{path}"))
            }
            ("GET", ["issues"], _) => self.conditional(request, self.list(request, base)),
            ("POST", ["issues"], _) => self.create(request, base, &login, push),
            ("GET", ["issues", _], Some(number)) => match self.find(number) {
                Some(issue) => self.conditional(request, reply(200, &self.json(issue, base))),
                None => refuse(404, "Not Found"),
            },
            ("PATCH", ["issues", _], Some(number)) => {
                self.patch(number, request, base, &login, push)
            }
            ("POST", ["issues", _, "labels"], Some(number)) => {
                if !push {
                    return refuse(403, "Must have admin rights to Repository.");
                }
                let Some(issue) = self.issues.iter_mut().find(|it| it.number == number) else {
                    return refuse(404, "Not Found");
                };
                issue.labels.extend(strings(&request.body["labels"]));
                let issue = issue.clone();
                reply(200, &self.json(&issue, base)["labels"])
            }
            ("POST", ["issues", _, "sub_issues"], Some(number)) if self.sub_issues => {
                self.add_sub_issue(number, request, base, push)
            }
            ("GET", ["issues", _, "comments"], Some(number)) => {
                let since = request.query.get("since").and_then(|it| it.parse().ok());
                let since: Timestamp = since.unwrap_or(Timestamp::MIN);
                match self.find(number) {
                    Some(issue) => {
                        let comments: Vec<Value> = (0..issue.comments.len())
                            .filter(|at| issue.comments[*at].1 >= since)
                            .map(|at| comment_json(issue, at, &self.repo, base))
                            .collect();
                        reply(200, &json!(comments))
                    }
                    None => refuse(404, "Not Found"),
                }
            }
            ("POST", ["issues", _, "comments"], Some(number)) => {
                let text = request.body["body"].as_str().unwrap_or_default().to_owned();
                if let Some(limit) = self.limit() {
                    return limit;
                }
                let (now, repo) = (self.now(), self.repo.clone());
                match self.issues.iter_mut().find(|it| it.number == number) {
                    Some(issue) => {
                        issue.comments.push((text, now));
                        issue.updated = now;
                        reply(
                            201,
                            &comment_json(issue, issue.comments.len() - 1, &repo, base),
                        )
                    }
                    None => refuse(404, "Not Found"),
                }
            }
            _ => refuse(404, "Not Found"),
        }
    }

    fn find(&self, number: u64) -> Option<&FakeIssue> {
        self.issues.iter().find(|it| it.number == number)
    }

    /// Returns the refusal where the creations of this minute are used up, and else counts one.
    fn limit(&mut self) -> Option<Reply> {
        let now = self.now();
        let minute = Duration::from_secs(60);
        self.created.retain(|at| *at + minute > now);
        if let Some(most) = self.creations_a_minute
            && self.created.len() >= most
        {
            return Some(refuse(
                403,
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
            ));
        }
        self.created.push(now);
        None
    }

    fn list(&self, request: &Request, base: &str) -> Reply {
        let asked = |key: &str| request.query.get(key).map(String::as_str);
        let mut issues: Vec<&FakeIssue> = self
            .issues
            .iter()
            .filter(|it| !self.gone.contains_key(&it.number))
            .filter(|it| match asked("state") {
                Some("all") => true,
                Some("closed") => !it.open,
                _ => it.open,
            })
            .filter(|it| {
                asked("labels").is_none_or(|labels| {
                    labels
                        .split(',')
                        .all(|label| it.labels.iter().any(|has| has.eq_ignore_ascii_case(label)))
                })
            })
            .filter(|it| asked("creator").is_none_or(|login| it.creator == login))
            .collect();
        if asked("sort") == Some("updated") {
            issues.sort_by_key(|it| it.updated);
        }
        if asked("direction") != Some("asc") {
            issues.reverse();
        }
        let all = issues.into_iter().map(|issue| self.json(issue, base));
        paged(
            request,
            all.collect(),
            &format!("{base}/repositories/1000/issues"),
        )
    }

    /// Finds what is in quotes in the bodies of issues.
    fn search(&self, request: &Request, base: &str) -> Reply {
        let asked = request.query.get("q").cloned().unwrap_or_default();
        let phrase = asked.split('"').nth(1).unwrap_or_default();
        let issues = self.issues.iter().filter(|it| it.body.contains(phrase));
        let scored = issues.map(|issue| {
            let mut json = self.json(issue, base);
            json["score"] = json!(1.0);
            json
        });
        let found: Vec<Value> = scored.collect();
        reply(
            200,
            &json!({"total_count": found.len(), "incomplete_results": false, "items": found, "search_type": "lexical"}),
        )
    }

    /// Answers the one question that it knows: which versions an issue's body had, newest first.
    fn graphql(&self, request: &Request) -> Reply {
        let number = request.body["variables"]["number"].as_u64();
        let found = self.issues.iter().find(|it| Some(it.number) == number);
        let mut nodes: Vec<Value> = Vec::new();
        if let Some(issue) = found.filter(|it| !it.versions.is_empty()) {
            let versions = issue.versions.iter().chain([&issue.body]).rev();
            nodes.extend(versions.take(20).map(|it| json!({"diff": it})));
        }
        let issue = found.map(|_| json!({"userContentEdits": {"nodes": nodes}}));
        reply(200, &json!({"data": {"repository": {"issue": issue}}}))
    }

    fn create(&mut self, request: &Request, base: &str, login: &str, push: bool) -> Reply {
        let body = &request.body;
        let Some(title) = body["title"]
            .as_str()
            .filter(|it| it.chars().count() <= 256)
        else {
            return invalid("title", "invalid");
        };
        let text = body["body"].as_str().unwrap_or_default();
        if text.len() > 65_536 {
            return invalid("body", "is too long (maximum is 65536 characters)");
        }
        if let Some(limit) = self.limit() {
            return limit;
        }
        let (title, text) = (title.to_owned(), text.to_owned());
        let number = self.add(&title, &text, &[]);
        let milestone = body["milestone"].as_u64().map(|it| it as usize - 1);
        let kind = body["type"]
            .as_str()
            .filter(|it| self.types.iter().any(|known| known == it));
        let kind = kind.map(str::to_owned);
        let labels = strings(&body["labels"]);
        let assignees = strings(&body["assignees"]);
        let known: Vec<String> = self
            .users
            .values()
            .map(|(login, _)| login.clone())
            .collect();
        let issue = self.issue(number);
        issue.creator = login.to_owned();
        // What somebody without access asks for is dropped in silence.
        if push {
            issue.labels = labels;
            issue.assignees = assignees;
            issue.assignees.retain(|login| known.contains(login));
            issue.milestone = milestone;
            issue.kind = kind;
        }
        let issue = issue.clone();
        reply(201, &self.json(&issue, base))
    }

    fn patch(
        &mut self,
        number: u64,
        request: &Request,
        base: &str,
        login: &str,
        push: bool,
    ) -> Reply {
        let now = self.now();
        let Some(issue) = self.issues.iter_mut().find(|it| it.number == number) else {
            return refuse(404, "Not Found");
        };
        if !push && issue.creator != login {
            return refuse(403, "Must have admin rights to Repository.");
        }
        let body = &request.body;
        if let Some(title) = body["title"].as_str() {
            issue.title = title.to_owned();
        }
        if let Some(text) = body["body"].as_str() {
            if text.len() > 65_536 {
                return invalid("body", "is too long (maximum is 65536 characters)");
            }
            issue.edit(text.to_owned());
        }
        if let Some(state) = body["state"].as_str() {
            issue.open = state == "open";
        }
        if body["labels"].is_array() && push {
            issue.labels = strings(&body["labels"]);
        }
        issue.updated = now;
        let issue = issue.clone();
        reply(200, &self.json(&issue, base))
    }

    fn add_sub_issue(&mut self, number: u64, request: &Request, base: &str, push: bool) -> Reply {
        if !push {
            return refuse(403, "Must have admin rights to Repository.");
        }
        let Some(id) = request.body["sub_issue_id"].as_u64() else {
            return invalid("sub_issue_id", "invalid");
        };
        let Some(part) = self.issues.iter_mut().find(|it| 1_000 + it.number == id) else {
            return refuse(404, "The provided sub-issue does not exist");
        };
        if part.parent.is_some() || part.number == number {
            return invalid("sub_issue_id", "Issue may not contain duplicate sub-issues");
        }
        part.parent = Some(number);
        match self.find(number) {
            Some(issue) => reply(201, &self.json(issue, base)),
            None => refuse(404, "Not Found"),
        }
    }

    /// Adds an `ETag`, and answers 304 where the request has the same.
    fn conditional(&self, request: &Request, mut reply: Reply) -> Reply {
        if !self.etags {
            return reply;
        }
        let link: Vec<&String> = reply
            .headers
            .iter()
            .filter(|(name, _)| name == "link")
            .map(|(_, value)| value)
            .collect();
        let etag = format!(
            "W/\"{}\"",
            blake3::hash(format!("{}{link:?}", reply.body).as_bytes())
        );
        if request.headers.get("if-none-match") == Some(&etag) {
            reply.status = 304;
            reply.body.clear();
            reply.headers.retain(|(name, _)| name != "content-type");
        }
        reply.headers.push(("etag".to_owned(), etag));
        reply
    }

    fn json(&self, issue: &FakeIssue, base: &str) -> Value {
        let url = format!("{base}/repos/{}/issues/{}", self.repo, issue.number);
        let assignees: Vec<Value> = issue.assignees.iter().map(|it| user(it, base)).collect();
        let mut json = json!({
            "url": url,
            "repository_url": format!("{base}/repos/{}", self.repo),
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "html_url": format!("{base}/{}/issues/{}", self.repo, issue.number),
            "id": 1_000 + issue.number,
            "node_id": format!("I_{}", issue.number),
            "number": issue.number,
            "title": issue.title,
            "user": user(&issue.creator, base),
            "labels": issue.labels.iter().enumerate().map(|(at, name)| json!({
                "id": at + 1, "node_id": format!("LA_{at}"), "name": name, "color": "ededed", "default": false,
                "description": null, "url": format!("{base}/repos/{}/labels/{name}", self.repo),
            })).collect::<Vec<Value>>(),
            "state": if issue.open { "open" } else { "closed" },
            "locked": false,
            "assignee": assignees.first().cloned(),
            "assignees": assignees,
            "milestone": issue.milestone.map(|at| self.milestone(at, base)),
            "comments": issue.comments.len(),
            "created_at": format!("{:.0}", issue.created),
            "updated_at": format!("{:.0}", issue.updated),
            "closed_at": (!issue.open).then(|| format!("{:.0}", issue.updated)),
            "author_association": "MEMBER",
            "body": issue.body,
        });
        if let Some(kind) = &issue.kind {
            json["type"] = json!({"id": 1, "node_id": "IT_1", "name": kind, "description": null});
        }
        if issue.is_pull_request {
            json["pull_request"] =
                json!({"url": url, "html_url": url, "diff_url": url, "patch_url": url});
        }
        json
    }

    fn milestone(&self, at: usize, base: &str) -> Value {
        let url = format!("{base}/repos/{}/milestones/{}", self.repo, at + 1);
        json!({
            "url": url, "html_url": url, "labels_url": url, "id": at + 1, "node_id": format!("MI_{at}"),
            "number": at + 1, "title": self.milestones[at], "description": null, "creator": user("human", base),
            "open_issues": 0, "closed_issues": 0, "state": "open", "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z", "due_on": null, "closed_at": null,
        })
    }

    fn repository(&self, base: &str, push: bool) -> Value {
        let url = format!("{base}/repos/{}", self.repo);
        let (owner, name) = self.repo.split_once('/').unwrap();
        let mut json = json!({
            "id": 1000, "node_id": "R_1", "name": name, "full_name": self.repo, "private": false,
            "owner": user(owner, base), "html_url": format!("{base}/{}", self.repo), "description": null,
            "fork": false, "url": url, "homepage": null, "language": null, "forks_count": 0, "forks": 0,
            "stargazers_count": 0, "watchers_count": 0, "watchers": 0, "size": 0, "default_branch": "main",
            "open_issues_count": 0, "open_issues": 0, "has_issues": self.has_issues, "has_projects": true,
            "has_wiki": true, "has_pages": false, "has_discussions": false, "archived": self.archived,
            "disabled": false, "pushed_at": "2026-01-01T00:00:00Z", "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z", "license": null, "mirror_url": null, "network_count": 0,
            "subscribers_count": 0,
            "permissions": {"admin": push, "maintain": push, "push": push, "triage": push, "pull": true},
        });
        let links = "archive assignees blobs branches collaborators comments commits compare contents contributors \
            deployments downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events issues \
            keys labels languages merges milestones notifications pulls releases stargazers statuses subscribers \
            subscription tags teams trees clone git ssh svn";
        for link in links.split_whitespace() {
            json[format!("{link}_url")] = json!(format!("{url}/{link}"));
        }
        json
    }
}

/// Returns the page of a list that was asked for, with a link to the next one.
fn paged(request: &Request, all: Vec<Value>, url: &str) -> Reply {
    let number = |key: &str, usual| {
        let asked = request.query.get(key).and_then(|it| it.parse().ok());
        asked.unwrap_or(usual)
    };
    let (page, size): (usize, usize) = (number("page", 1), number("per_page", 30));
    let pages = all.len().div_ceil(size).max(1);
    let shown: Vec<Value> = all.into_iter().skip((page - 1) * size).take(size).collect();
    let mut reply = reply(200, &json!(shown));
    if page < pages {
        let others = request.query.iter().filter(|(key, _)| *key != "page");
        let others: Vec<String> = others
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let others = others.join("&");
        let link = |page, rel| format!("<{url}?{others}&page={page}>; rel=\"{rel}\"");
        let links = format!("{}, {}", link(page + 1, "next"), link(pages, "last"));
        reply.headers.push(("link".to_owned(), links));
    }
    reply
}

fn comment_json(issue: &FakeIssue, at: usize, repo: &str, base: &str) -> Value {
    let (text, time) = &issue.comments[at];
    let id = issue.number * 1_000 + at as u64;
    let url = format!("{base}/repos/{repo}/issues/comments/{id}");
    json!({
        "id": id, "node_id": format!("IC_{id}"), "url": url, "html_url": url, "body": text,
        "user": user("octobot", base), "created_at": format!("{time:.0}"), "updated_at": format!("{time:.0}"),
        "issue_url": format!("{base}/repos/{repo}/issues/{}", issue.number), "author_association": "MEMBER",
    })
}

fn user(login: &str, base: &str) -> Value {
    let url = format!("{base}/users/{}", login.replace(['[', ']'], "-"));
    let mut json = json!({
        "login": login, "id": login.len(), "node_id": format!("U_{login}"), "avatar_url": url, "gravatar_id": "",
        "url": url, "html_url": url, "type": "User", "site_admin": false,
    });
    let links = "followers following gists starred subscriptions organizations repos events received_events";
    for link in links.split(' ') {
        json[format!("{link}_url")] = json!(format!("{url}/{link}"));
    }
    json
}

fn user_of_token(login: &str, base: &str) -> Value {
    let mut json = user(login, base);
    let more = json!({
        "user_view_type": "public", "name": null, "company": null, "blog": "", "location": null, "email": null,
        "hireable": null, "bio": null, "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    });
    for (key, value) in more.as_object().unwrap() {
        json[key] = value.clone();
    }
    json
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it.as_str().map(str::to_owned))
        .collect()
}

fn reply(status: u16, body: &Value) -> Reply {
    Reply {
        status,
        headers: vec![(
            "content-type".to_owned(),
            "application/json; charset=utf-8".to_owned(),
        )],
        body: body.to_string(),
    }
}

fn refuse(status: u16, message: &str) -> Reply {
    let about = "https://docs.github.com/rest";
    reply(
        status,
        &json!({"message": message, "documentation_url": about, "status": status.to_string()}),
    )
}

fn invalid(field: &str, code: &str) -> Reply {
    let fault = json!({"resource": "Issue", "field": field, "code": code});
    reply(
        422,
        &json!({"message": "Validation Failed", "errors": [fault], "documentation_url": "https://docs.github.com/rest"}),
    )
}

fn decode(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'%' {
            let digits = std::str::from_utf8(&rest[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &rest[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).unwrap()
}
