//! Requests: sent one at a time at GitHub's pace, read again freely, written only once.
//!
//! octocrab carries them. Its own retries are left out, since they would send a creation twice; its typed calls too,
//! since they follow no redirect on a write and lose what an answer's head says.

use std::cell::RefCell;
use std::error::Error as _;
use std::time::Duration;

use http::header::{CONTENT_TYPE, IF_NONE_MATCH, LOCATION};
use http::{HeaderMap, Method, Request, Uri};
use octocrab::models::InstallationId;
use octocrab::{AuthState, Octocrab};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::{self, Runtime};

use super::GitHubError;
use super::auth::Credentials;
use super::connection::connect;
use super::pace::{Cost, Pace, is_limit};
use super::refusal::{refusal, said};
use super::wire::WireInstallation;
use crate::tracker::Waiting;
use crate::tracker::request::{cause, is_json, pause_after};

/// How long one request may take, from the first byte sent to the last byte of the answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How often a read is sent before a server that answers with faults is given up.
const READS: u32 = 6;
/// How often a server that cannot be reached at all is tried.
const CONNECTS: u32 = 4;
/// How often GraphQL is asked.
const ASKS: u32 = 2;
/// Where GraphQL answers; on GitHub Enterprise Server that is beside the other calls and not below them.
pub(super) const GRAPHQL: &str = "/graphql";
/// How many redirects are followed.
const REDIRECTS: u32 = 4;
/// The longest wait between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The way to one repository.
pub(super) struct Client {
    runtime: Runtime,
    octocrab: Octocrab,
    base: Uri,
    /// Where the repository is; it changes when the repository was renamed.
    root: RefCell<String>,
    repo: String,
    pace: RefCell<Pace>,
    waiting: Waiting,
    timeout: Duration,
}

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// Something in the repository: `/issues/3`.
    Repository(&'a str),
    /// A whole path: `/user`.
    Whole(&'a str),
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    /// Its status.
    pub(super) status: u16,
    /// Its head.
    pub(super) headers: HeaderMap,
    /// Its text, empty where it is none.
    pub(super) body: String,
}

/// What came of sending a write once.
#[derive(Debug)]
pub(super) enum Sent {
    /// It was done.
    Done(Answer),
    /// It was certainly not done; the wait that was due is over. Look again before sending it again.
    NotDone(String),
    /// It may have been done.
    Unknown(String),
}

/// Why a request has no answer.
enum Lost {
    /// It was never sent.
    Unsent(String),
    /// It was sent, at least in part.
    Sent(String),
}

impl Client {
    /// Returns the way to `repo` at `api_url`.
    pub(super) fn new(
        repo: &str,
        api_url: &str,
        credentials: Credentials,
        waiting: Waiting,
    ) -> Result<Self, GitHubError> {
        let base = base_address(api_url)?;
        let host = host_of(&base);
        let failed = |why: String| GitHubError::SetUp {
            host: host.clone(),
            why,
        };
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|why| failed(why.to_string()))?;
        let auth = match &credentials {
            Credentials::Token(token) => AuthState::AccessToken {
                token: token.expose().to_owned().into(),
            },
            Credentials::App(app) => AuthState::App(app.clone()),
        };
        let octocrab = {
            // octocrab starts a task of its own.
            let _inside = runtime.enter();
            connect(&base, auth).map_err(failed)?
        };
        let mut client = Self {
            runtime,
            octocrab,
            base,
            root: RefCell::new(format!("/repos/{repo}")),
            repo: repo.to_owned(),
            pace: RefCell::new(Pace::default()),
            waiting,
            timeout: TIMEOUT,
        };
        if let Credentials::App(_) = credentials {
            client.take_installation()?;
        }
        Ok(client)
    }

    /// Returns the same with another limit to how long one request may take.
    pub(super) fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Returns `owner/name` as the config has it.
    pub(super) fn repo(&self) -> &str {
        &self.repo
    }

    /// Returns the server's name.
    pub(super) fn host(&self) -> String {
        host_of(&self.base)
    }

    /// Goes on as the App's installation in the repository; octocrab renews its tokens.
    fn take_installation(&mut self) -> Result<(), GitHubError> {
        let doing = format!("find the App's installation in {}", self.repo);
        let place = Place::Repository("/installation");
        let answer = match self.read(place, None, &doing) {
            Err(GitHubError::Missing { .. }) => {
                return Err(GitHubError::NotInstalled {
                    repo: self.repo.clone(),
                });
            }
            answer => answer?,
        };
        let installation: WireInstallation = answer.value(&doing)?;
        let id = InstallationId(installation.id);
        let octocrab = self
            .octocrab
            .installation(id)
            .map_err(|why| GitHubError::SetUp {
                host: self.host(),
                why: first_line(&why.to_string()),
            })?;
        self.octocrab = octocrab;
        Ok(())
    }

    /// Returns what is at `place`, following redirects; `etag` asks for it only where it changed.
    ///
    /// The answer's status is 200, or 304 where `etag` was given.
    pub(super) fn read(
        &self,
        place: Place<'_>,
        etag: Option<&str>,
        doing: &str,
    ) -> Result<Answer, GitHubError> {
        let mut path = self.path(place);
        let mut etag = etag;
        let mut redirects = 0;
        let mut tries = 0;
        loop {
            tries += 1;
            let (why, most) = match self.send(&Method::GET, &path, None, etag, doing)? {
                Ok(answer) => match answer.status {
                    200 if !is_json(&answer.body) => ("the answer is not JSON".to_owned(), READS),
                    200 => return Ok(answer),
                    304 if etag.is_some() => return Ok(answer),
                    // Nobody asked whether it changed.
                    304 => ("status 304 without a reason".to_owned(), READS),
                    301 | 302 | 307 | 308 if redirects < REDIRECTS => {
                        redirects += 1;
                        tries = 0;
                        path = self.follow(&path, place, &answer, doing)?;
                        continue;
                    }
                    408 | 500..=599 => (said(answer.status, &answer.body), READS),
                    _ if answer.is_limit() => {
                        // The wait is the pace's, before the next try.
                        tries = 0;
                        continue;
                    }
                    _ => return Err(answer.refusal(doing, "issues: read")),
                },
                Err(Lost::Unsent(why)) => (why, CONNECTS),
                Err(Lost::Sent(why)) => (why, READS),
            };
            if tries >= most {
                return Err(GitHubError::Unreachable {
                    doing: doing.to_owned(),
                    why,
                });
            }
            // A copy that the server says it has may be the fault.
            if why.starts_with("status 304") {
                etag = None;
            }
            self.pause(tries, &why, doing)?;
        }
    }

    /// Reads once what may as well not be there; `None` where it is not. Its limit is one of its own.
    pub(super) fn look(&self, path: &str, doing: &str) -> Option<Answer> {
        let answer = self
            .send(&Method::GET, path, None, None, doing)
            .ok()?
            .ok()?;
        (answer.status == 200 && is_json(&answer.body)).then_some(answer)
    }

    /// Sends a write once and says what came of it; what was refused for good is an error.
    pub(super) fn write(
        &self,
        method: &Method,
        place: Place<'_>,
        body: &Value,
        doing: &str,
        tries: u32,
    ) -> Result<Sent, GitHubError> {
        let path = self.path(place);
        let sent = match self.send(method, &path, Some(body), None, doing)? {
            Ok(answer) => match answer.status {
                200..=299 if is_json(&answer.body) => return Ok(Sent::Done(answer)),
                200..=299 => Sent::Unknown("the answer is not JSON".to_owned()),
                301 | 302 | 307 | 308 => {
                    self.follow(&path, place, &answer, doing)?;
                    return Ok(Sent::NotDone("the repository was renamed".to_owned()));
                }
                409 | 412 => Sent::NotDone(said(answer.status, &answer.body)),
                408 | 500..=599 => Sent::Unknown(said(answer.status, &answer.body)),
                _ if answer.is_limit() => {
                    return Ok(Sent::NotDone("GitHub's limit was reached".to_owned()));
                }
                _ => return Err(answer.refusal(doing, "issues: write")),
            },
            Err(Lost::Unsent(why)) if tries >= CONNECTS => {
                return Err(GitHubError::Unreachable {
                    doing: doing.to_owned(),
                    why,
                });
            }
            Err(Lost::Unsent(why)) => Sent::NotDone(why),
            Err(Lost::Sent(why)) => Sent::Unknown(why),
        };
        if let Sent::NotDone(why) = &sent {
            self.pause(tries, why, doing)?;
        }
        Ok(sent)
    }

    /// Asks GraphQL, which reads only here; `None` where no answer comes.
    pub(super) fn ask(&self, query: &Value, doing: &str) -> Result<Option<Answer>, GitHubError> {
        for _ in 0..ASKS {
            match self.send(&Method::POST, GRAPHQL, Some(query), None, doing)? {
                Ok(answer) if answer.status < 500 && !answer.is_limit() => return Ok(Some(answer)),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(None)
    }

    /// Waits a while before another try: a second, two, four, up to [`LONGEST_PAUSE`].
    pub(super) fn pause(&self, tries: u32, why: &str, doing: &str) -> Result<(), GitHubError> {
        self.wait(pause_after(tries, LONGEST_PAUSE), why, doing)
    }

    /// Returns the time.
    pub(super) fn now(&self) -> jiff::Timestamp {
        (self.waiting.now)()
    }

    /// Returns how much may still be waited.
    pub(super) fn patience(&self) -> Duration {
        self.waiting.left()
    }

    fn wait(&self, duration: Duration, why: &str, doing: &str) -> Result<(), GitHubError> {
        if duration > self.patience() {
            return Err(GitHubError::Waited {
                doing: doing.to_owned(),
                why: why.to_owned(),
                wait: duration,
            });
        }
        self.waiting.pause(duration, why);
        // Lets connections that the server closed meanwhile be noticed before they are used again.
        self.runtime.block_on(async {
            tokio::time::sleep(Duration::from_millis(1)).await;
        });
        Ok(())
    }

    /// Returns the path that a redirect leads to, and remembers where the repository is from then on.
    fn follow(
        &self,
        path: &str,
        place: Place<'_>,
        answer: &Answer,
        doing: &str,
    ) -> Result<String, GitHubError> {
        let unexpected = |why: &str| GitHubError::Unexpected {
            doing: doing.to_owned(),
            why: why.to_owned(),
        };
        let location = answer
            .headers
            .get(LOCATION)
            .and_then(|location| location.to_str().ok())
            .ok_or_else(|| unexpected("a redirect that leads nowhere"))?;
        let to = self.relative(location, doing)?;
        if to == path {
            return Err(unexpected("a redirect to itself"));
        }
        let Place::Repository(rest) = place else {
            return Ok(to);
        };
        let Some(root) = to.strip_suffix(rest) else {
            return Ok(to);
        };
        if rest.starts_with("/issues/") && !self.was_renamed(doing)? {
            return Err(GitHubError::Transferred {
                issue: rest.trim_start_matches("/issues/").to_owned(),
                to: location.to_owned(),
            });
        }
        *self.root.borrow_mut() = root.to_owned();
        Ok(to)
    }

    /// Tells whether the repository itself has another address by now, and not a single issue of it.
    fn was_renamed(&self, doing: &str) -> Result<bool, GitHubError> {
        let root = self.root.borrow().clone();
        Ok(match self.send(&Method::GET, &root, None, None, doing)? {
            Ok(answer) => matches!(answer.status, 301 | 302 | 307 | 308),
            Err(Lost::Sent(why) | Lost::Unsent(why)) => {
                return Err(GitHubError::Unreachable {
                    doing: doing.to_owned(),
                    why,
                });
            }
        })
    }

    /// Returns the path and query of an address on this server: the token goes to no other.
    pub(super) fn relative(&self, address: &str, doing: &str) -> Result<String, GitHubError> {
        let uri: Uri = address.parse().map_err(|_| GitHubError::Unexpected {
            doing: doing.to_owned(),
            why: "a link that is no address".to_owned(),
        })?;
        let here = uri.authority().is_none()
            || (uri.authority() == self.base.authority() && uri.scheme() == self.base.scheme());
        if !here {
            return Err(GitHubError::Elsewhere {
                doing: doing.to_owned(),
                host: self.host(),
                to: host_of(&uri),
            });
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        // octocrab puts the base's own path in front again.
        let base = self.base.path().trim_end_matches('/');
        Ok(path.strip_prefix(base).unwrap_or(path).to_owned())
    }

    fn path(&self, place: Place<'_>) -> String {
        match place {
            Place::Repository(rest) => format!("{}{rest}", self.root.borrow()),
            Place::Whole(path) => path.to_owned(),
        }
    }

    /// Sends a request when the pace allows it, and counts it.
    fn send(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        etag: Option<&str>,
        doing: &str,
    ) -> Result<Result<Answer, Lost>, GitHubError> {
        let cost = match *method {
            Method::GET => Cost::Read,
            _ if path == GRAPHQL => Cost::Read,
            Method::POST => Cost::Create,
            _ => Cost::Write,
        };
        let now = self.now();
        let free = self.pace.borrow_mut().free_at(cost, now);
        if free > now {
            let wait = Duration::try_from(free.duration_since(now)).unwrap_or_default();
            self.wait(wait, "waiting for GitHub's limit", doing)?;
        }
        let mut request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28");
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let text = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(text).map_err(|why| GitHubError::Unexpected {
            doing: doing.to_owned(),
            why: why.to_string(),
        })?;
        let answer = self.runtime.block_on(async {
            match tokio::time::timeout(self.timeout, self.exchange(request)).await {
                Ok(answer) => answer,
                Err(_) => Err(Lost::Sent(format!(
                    "no answer within {} seconds",
                    self.timeout.as_secs_f32()
                ))),
            }
        });
        let now = self.now();
        let mut pace = self.pace.borrow_mut();
        match &answer {
            // These have limits of their own, which are not waited for.
            Ok(answer) if path == GRAPHQL || path.starts_with("/search/") => {
                pace.count(cost, answer.status, &HeaderMap::new(), now);
            }
            Ok(answer) => {
                pace.count(cost, answer.status, &answer.headers, now);
                if answer.is_limit() {
                    pace.refused(&answer.headers, now);
                }
            }
            Err(_) => pace.count(cost, 0, &HeaderMap::new(), now),
        }
        Ok(answer)
    }

    async fn exchange(&self, request: Request<String>) -> Result<Answer, Lost> {
        let response = self.octocrab.execute(request).await.map_err(lost)?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = match self.octocrab.body_to_string(response).await {
            Ok(body) => body,
            // The status says enough; only of a success is the body needed.
            Err(octocrab::Error::InvalidUtf8 { .. }) => String::new(),
            Err(_) if status >= 400 => String::new(),
            Err(why) => return Err(Lost::Sent(cause(&why))),
        };
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

impl Answer {
    /// Returns what the answer holds.
    pub(super) fn value<T: DeserializeOwned>(&self, doing: &str) -> Result<T, GitHubError> {
        serde_json::from_str(&self.body).map_err(|why| GitHubError::Unexpected {
            doing: doing.to_owned(),
            why: why.to_string(),
        })
    }

    /// Returns a header's text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn is_limit(&self) -> bool {
        is_limit(self.status, &self.headers, &self.body)
    }

    fn refusal(&self, doing: &str, right: &str) -> GitHubError {
        refusal(self.status, &self.headers, &self.body, doing, right)
    }
}

/// Returns whether a request that failed was sent.
fn lost(why: octocrab::Error) -> Lost {
    let text = cause(&why);
    // An App's token could not be had, so its request was not sent.
    if matches!(
        why,
        octocrab::Error::GitHub { .. } | octocrab::Error::JWT { .. }
    ) {
        return Lost::Unsent(text);
    }
    let mut source = why.source();
    while let Some(error) = source {
        // The words of hyper's client for a connection that was not made. Were they others one day, the request
        // would be taken for one that may have been sent, which is safe.
        if error.to_string() == "client error (Connect)" {
            return Lost::Unsent(text);
        }
        source = error.source();
    }
    Lost::Sent(text)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// Returns the address of an API. A token is sent over an open line to this machine only.
pub(super) fn base_address(url: &str) -> Result<Uri, GitHubError> {
    let uri: Option<Uri> = url.trim_end_matches('/').parse().ok();
    let is_sound = |uri: &Uri| {
        let host = uri.host().unwrap_or_default();
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let named =
            !host.is_empty() && !uri.authority().is_some_and(|it| it.as_str().contains('@'));
        let shut =
            uri.scheme_str() == Some("https") || (uri.scheme_str() == Some("http") && is_here);
        named && shut && uri.query().is_none()
    };
    uri.filter(is_sound).ok_or_else(|| GitHubError::Address {
        url: url.to_owned(),
    })
}

fn host_of(base: &Uri) -> String {
    base.authority()
        .map(|authority| authority.to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_machine_and_holds_no_password() {
        for right in [
            "https://api.github.com/",
            "https://git.acme.org/api/v3",
            "http://127.0.0.1:4001",
        ] {
            assert!(base_address(right).is_ok(), "{right}");
        }
        for wrong in [
            "api.github.com",
            "http://git.acme.org/api/v3",
            "https://me:pw@git.acme.org",
            "ftp://x",
            "",
        ] {
            assert!(base_address(wrong).is_err(), "{wrong}");
        }
    }
}
