//! Requests: sent one at a time at Jira's pace, read again freely, written only once.
//!
//! reqwest carries them. gouqi builds their addresses and serves some of its types; its calls are left out, since
//! they take a fault of the server for success, lose what an answer's head says, wait without end, and write the
//! credentials into spans of the log.

use std::cell::RefCell;
use std::net::IpAddr;
use std::time::Duration;

use gouqi::{ClientCore, Credentials as Anybody};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Method, Url, redirect};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::{self, Runtime};

use super::JiraError;
use super::auth::Credentials;
use super::pace::Pace;
use super::refusal::{refusal, said};
use crate::config::JiraFlavor;
use crate::tracker::Waiting;
use crate::tracker::request::{cause, is_json, pause_after};

/// How long one request may take, from the first byte sent to the last byte of the answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a read is sent before a server that answers with faults is given up.
const READS: u32 = 6;
/// How often a server that cannot be reached at all is tried.
const CONNECTS: u32 = 4;
/// The longest wait between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The way to one site.
pub(super) struct Client {
    runtime: Runtime,
    http: reqwest::Client,
    site: ClientCore,
    credentials: Credentials,
    version: &'static str,
    pace: RefCell<Pace>,
    waiting: Waiting,
    timeout: Duration,
}

/// What a request changes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    /// An issue that is there, by its key.
    Issue(&'a str),
    /// Nothing that is there: it makes something.
    New,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

/// What came of sending a write once.
#[derive(Debug)]
pub(super) enum Sent {
    /// Jira says that it was done; only a read tells for sure.
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
    /// Returns the way to the site at `url`.
    pub(super) fn new(
        url: &str,
        flavor: JiraFlavor,
        credentials: Credentials,
        waiting: Waiting,
    ) -> Result<Self, JiraError> {
        let site = site(url)?;
        let host = host_of(&site.host);
        let failed = |why: String| JiraError::SetUp {
            host: host.clone(),
            why,
        };
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|why| failed(why.to_string()))?;
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // A redirect leads to a page where people sign in, or to another server, where the token must not go.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("runsheet/", env!("CARGO_PKG_VERSION")));
        if is_here(&site.host) {
            // No proxy leads to this machine.
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|why| failed(cause(&why)))?;
        Ok(Self {
            runtime,
            http,
            site,
            credentials,
            version: match flavor {
                JiraFlavor::Cloud => "3",
                JiraFlavor::DataCenter => "2",
            },
            pace: RefCell::new(Pace::default()),
            waiting,
            timeout: TIMEOUT,
        })
    }

    /// Returns the same with another limit to how long one request may take.
    pub(super) fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Returns the server's name.
    pub(super) fn host(&self) -> String {
        host_of(&self.site.host)
    }

    /// Returns where a person opens an issue.
    pub(super) fn page(&self, key: &str) -> String {
        format!("{}browse/{key}", self.site.host)
    }

    /// Returns what a read or a search finds at `path`; `body` is what is searched for.
    pub(super) fn read(
        &self,
        path: &str,
        body: Option<&Value>,
        doing: &str,
    ) -> Result<Answer, JiraError> {
        let method = if body.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let mut tries = 0;
        loop {
            tries += 1;
            let (why, most) = match self.send(&method, path, body, None, doing)? {
                Ok(answer) => match answer.status {
                    200 if !is_json(&answer.body) => ("the answer is not JSON".to_owned(), READS),
                    200 => return Ok(answer),
                    429 => {
                        // The wait is the pace's, before the next try.
                        tries = 0;
                        continue;
                    }
                    408 | 500..=599 => (said(answer.status, &answer.body), READS),
                    _ => return Err(self.refusal(&answer, doing)),
                },
                Err(Lost::Unsent(why)) => (why, CONNECTS),
                Err(Lost::Sent(why)) => (why, READS),
            };
            if tries >= most {
                return Err(JiraError::Unreachable {
                    doing: doing.to_owned(),
                    why,
                });
            }
            self.pause(tries, &why, doing)?;
        }
    }

    /// Sends a write once and says what came of it; what was refused for good is an error.
    pub(super) fn write(
        &self,
        method: &Method,
        path: &str,
        target: Target<'_>,
        body: &Value,
        doing: &str,
        tries: u32,
    ) -> Result<Sent, JiraError> {
        let sent = match self.send(method, path, Some(body), Some(target), doing)? {
            Ok(answer) => match answer.status {
                200 | 201 | 204 => return Ok(Sent::Done(answer)),
                202..=299 => Sent::Unknown(said(answer.status, &answer.body)),
                409 | 412 => Sent::NotDone(said(answer.status, &answer.body)),
                408 | 500..=599 => Sent::Unknown(said(answer.status, &answer.body)),
                429 => return Ok(Sent::NotDone("Jira's limit was reached".to_owned())),
                _ => return Err(self.refusal(&answer, doing)),
            },
            Err(Lost::Unsent(why)) if tries >= CONNECTS => {
                return Err(JiraError::Unreachable {
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

    /// Waits a while before another try: a second, two, four, up to [`LONGEST_PAUSE`].
    pub(super) fn pause(&self, tries: u32, why: &str, doing: &str) -> Result<(), JiraError> {
        self.wait(pause_after(tries, LONGEST_PAUSE), why, doing)
    }

    /// Returns the time.
    pub(super) fn now(&self) -> jiff::Timestamp {
        (self.waiting.now)()
    }

    fn wait(&self, duration: Duration, why: &str, doing: &str) -> Result<(), JiraError> {
        if duration > self.waiting.left() {
            return Err(JiraError::Waited {
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

    fn refusal(&self, answer: &Answer, doing: &str) -> JiraError {
        if !matches!(answer.status, 300..=399) {
            return refusal(answer.status, &answer.headers, &answer.body, doing);
        }
        let to = answer.headers.get(LOCATION).and_then(|to| to.to_str().ok());
        // What stands behind the path may be of an ended sign-in.
        let to = to.unwrap_or_default().split(['?', '#']).next();
        JiraError::Elsewhere {
            doing: doing.to_owned(),
            host: self.host(),
            to: to.unwrap_or_default().to_owned(),
        }
    }

    /// Sends a request when the pace allows it, and counts it.
    fn send(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        target: Option<Target<'_>>,
        doing: &str,
    ) -> Result<Result<Answer, Lost>, JiraError> {
        let issue = match target {
            Some(Target::Issue(key)) => Some(key),
            Some(Target::New) | None => None,
        };
        let now = self.now();
        let free = self.pace.borrow_mut().free_at(issue, now);
        if free > now {
            let wait = Duration::try_from(free.duration_since(now)).unwrap_or_default();
            self.wait(wait, "waiting for Jira's limit", doing)?;
        }
        let request = self.request(method, path, body, doing)?;
        let answer = self.runtime.block_on(async {
            match tokio::time::timeout(self.timeout, exchange(request)).await {
                Ok(answer) => answer,
                Err(_) => Err(Lost::Sent(format!(
                    "no answer within {} seconds",
                    self.timeout.as_secs_f32()
                ))),
            }
        });
        let now = self.now();
        let mut pace = self.pace.borrow_mut();
        if let Some(issue) = issue {
            pace.count(issue, now);
        }
        match &answer {
            Ok(answer) if answer.asks_for_a_break() => pace.refused(&answer.headers, now),
            Ok(answer) if answer.status < 400 => pace.passed(),
            _ => {}
        }
        Ok(answer)
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        doing: &str,
    ) -> Result<reqwest::RequestBuilder, JiraError> {
        let url = self
            .site
            .build_versioned_url("api", Some(self.version), path);
        let url = url.map_err(|why| JiraError::Unexpected {
            doing: doing.to_owned(),
            why: why.to_string(),
        })?;
        let request = self
            .http
            .request(method.clone(), url)
            .header(ACCEPT, "application/json");
        // Both mark the header as one that is not to be shown.
        let request = match &self.credentials {
            Credentials::Basic { user, token } => request.basic_auth(user, Some(token.expose())),
            Credentials::Bearer(token) => request.bearer_auth(token.expose()),
        };
        Ok(match body {
            Some(body) => request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string()),
            None => request,
        })
    }
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<Answer, Lost> {
    let response = request.send().await.map_err(|why| {
        if why.is_connect() || why.is_builder() {
            Lost::Unsent(cause(&why))
        } else {
            Lost::Sent(cause(&why))
        }
    })?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = match response.bytes().await {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        // The status says enough; only of a success is the body needed.
        Err(_) if status >= 400 => String::new(),
        Err(why) => return Err(Lost::Sent(cause(&why))),
    };
    Ok(Answer {
        status,
        headers,
        body,
    })
}

impl Answer {
    /// Returns what the answer holds.
    pub(super) fn value<T: DeserializeOwned>(&self, doing: &str) -> Result<T, JiraError> {
        serde_json::from_str(&self.body).map_err(|why| JiraError::Unexpected {
            doing: doing.to_owned(),
            why: why.to_string(),
        })
    }

    /// Tells whether the server wants to be left alone for a while.
    fn asks_for_a_break(&self) -> bool {
        self.status == 429 || (self.status == 503 && self.headers.contains_key("retry-after"))
    }
}

/// Returns the site at an address. A token is sent over an open line to this machine only.
pub(super) fn site(url: &str) -> Result<ClientCore, JiraError> {
    let wrong = || JiraError::Address {
        // A password in front of the host is not shown.
        url: url
            .rsplit_once('@')
            .map_or(url, |(_, rest)| rest)
            .to_owned(),
    };
    // The address of the site ends as a folder does, so that a context path stays.
    let folder = format!("{}/", url.trim_end_matches('/'));
    // gouqi is not told who we are: it would write it into its log.
    let site = ClientCore::new(folder, Anybody::Anonymous).map_err(|_| wrong())?;
    let at = &site.host;
    let named = at.host_str().is_some_and(|host| !host.is_empty());
    let is_plain = at.username().is_empty() && at.password().is_none();
    let is_shut = at.scheme() == "https" || (at.scheme() == "http" && is_here(at));
    if named && is_plain && is_shut && at.query().is_none() && at.fragment().is_none() {
        Ok(site)
    } else {
        Err(wrong())
    }
}

/// Tells whether an address is on this machine.
fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host == "localhost" || address.is_some_and(|address| address.is_loopback())
}

fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_machine_and_holds_no_password() {
        for right in [
            "https://acme.atlassian.net",
            "https://jira.acme.org/jira/",
            "http://127.0.0.1:4001",
            "http://[::1]:4001/jira",
        ] {
            assert!(site(right).is_ok(), "{right}");
        }
        for wrong in [
            "acme.atlassian.net",
            "http://jira.acme.org",
            "https://me:pw@jira.acme.org",
            "https://jira.acme.org/?a",
            "ftp://x",
            "",
        ] {
            assert!(site(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_context_path_stays_in_front() {
        let site = site("https://jira.acme.org/jira").unwrap();
        let url = site.build_versioned_url("api", Some("3"), "/issue/OPS-1?fields=summary");
        assert_eq!(
            url.unwrap().as_str(),
            "https://jira.acme.org/jira/rest/api/3/issue/OPS-1?fields=summary"
        );
    }
}
