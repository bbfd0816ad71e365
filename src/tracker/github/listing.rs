//! Which issues there are: every page of a listing, or only what is new since the last one.
//!
//! The newest come first, so that an issue that is created while pages are read shows up twice and not never, and
//! that a look for new ones needs the first page only. A page that has not changed costs nothing: GitHub answers
//! 304, and what was on it is in the [`Store`](super::store::Store).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::client::{Answer, Place};
use super::open::SETTLED;
use super::store::Page;
use super::wire::{WireIssue, WireRepository, WireUser};
use super::{GitHubError, GitHubTracker};
use crate::body::{Body, TicketMarker};
use crate::issue::Issue;
use crate::run::RunKey;
use crate::source::{Markup, Source};
use crate::tracker::Ticket;
use crate::tracker::intents::hash;
use crate::tracker::request::encode;

/// The most pages that are followed; a hundred issues are on each.
const MOST_PAGES: usize = 10_000;

/// The issues seen so far, by number.
pub(super) type Seen = BTreeMap<u64, WireIssue>;

impl GitHubTracker {
    /// Reads every page.
    pub(super) fn read_all(&self) -> Result<(), GitHubError> {
        let mut seen = Seen::new();
        let mut paths = Vec::new();
        for query in self.queries()? {
            self.read_pages(&query, None, &mut seen, &mut paths)?;
        }
        self.store.borrow_mut().keep_only(&paths);
        self.store.borrow_mut().save();
        *self.seen.borrow_mut() = Some(seen);
        Ok(())
    }

    /// Reads the pages with issues that were not there the last time.
    pub(super) fn read_new(&self) -> Result<(), GitHubError> {
        let Some(mut seen) = self.seen.borrow_mut().take() else {
            return self.read_all();
        };
        let newest = seen.keys().next_back().copied();
        for query in self.queries()? {
            self.read_pages(&query, newest, &mut seen, &mut Vec::new())?;
        }
        *self.seen.borrow_mut() = Some(seen);
        Ok(())
    }

    /// Returns the tickets among the issues seen, oldest first, without those that are about to be closed: somebody else
    /// has just created them a moment after the first one of the run.
    pub(super) fn tickets_seen(&self) -> Vec<Ticket> {
        let seen = self.seen.borrow();
        let mut tickets: Vec<Ticket> = Vec::new();
        for issue in seen.iter().flat_map(|seen| seen.values()) {
            let Some(ticket) = ticket(issue.issue()) else {
                continue;
            };
            let is_later = || tickets.iter().any(|first| first.run == ticket.run);
            if !self.is_new(issue) || !is_later() {
                tickets.push(ticket);
            }
        }
        tickets
    }

    /// Tells whether an issue was created so short a time ago that its creator may still close it as a twin.
    fn is_new(&self, issue: &WireIssue) -> bool {
        let age = issue
            .created()
            .map(|at| self.client.now().duration_since(at));
        issue.is_open() && issue.comments == 0 && age.is_some_and(|age| age.abs() < SETTLED)
    }

    /// Returns the issues seen that show `run`, oldest first.
    pub(super) fn issues_of(&self, run: &RunKey) -> Vec<WireIssue> {
        let seen = self.seen.borrow();
        seen.iter()
            .flat_map(|seen| seen.values())
            .filter(|issue| {
                seems_of(issue.body()).as_ref() == Some(run)
                    && run_of(issue.body()).as_ref() == Some(run)
            })
            .cloned()
            .collect()
    }

    /// Takes an issue that was just read or written for what is known of it.
    pub(super) fn saw(&self, issue: &WireIssue) {
        if let Some(seen) = self.seen.borrow_mut().as_mut() {
            seen.insert(issue.number, issue.clone());
        }
    }

    /// Returns the number of the one ticket of `run` that was on the pages last time.
    pub(super) fn number_known(&self, run: &RunKey) -> Option<u64> {
        let store = self.store.borrow();
        let mut numbers: Vec<u64> = store
            .issues()
            .filter(|issue| seems_of(issue.body()).as_ref() == Some(run))
            .map(|issue| issue.number)
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        match numbers.as_slice() {
            [number] => Some(*number),
            _ => None,
        }
    }

    /// Returns what the repository says of itself, read once.
    pub(super) fn repository(&self) -> Result<WireRepository, GitHubError> {
        if let Some(repository) = self.repository.borrow().as_ref() {
            return Ok(repository.clone());
        }
        let doing = format!("read the repository {}", self.client.repo());
        let answer = self.client.read(Place::Repository(""), None, &doing)?;
        let repository: WireRepository = answer.value(&doing)?;
        if repository.full_name.to_lowercase() != self.client.repo().to_lowercase() {
            self.note(format!(
                "the repository {} is now {}: change `repo` in the config",
                self.client.repo(),
                repository.full_name
            ));
        }
        *self.repository.borrow_mut() = Some(repository.clone());
        Ok(repository)
    }

    /// Returns whom tickets are found by, where the token cannot set the label that they are listed by.
    fn creator(&self) -> Result<Option<String>, GitHubError> {
        if self.label().is_none() {
            return Ok(None);
        }
        let known = self.store.borrow().creator().map(str::to_owned);
        if known.is_some() {
            return Ok(known);
        }
        let can_label = self
            .repository()?
            .permissions
            .is_none_or(|permissions| permissions.can_label());
        if can_label {
            return Ok(None);
        }
        let doing = "read whose token it is".to_owned();
        let answer = self.client.read(Place::Whole("/user"), None, &doing)?;
        let user: WireUser = answer.value(&doing)?;
        self.store.borrow_mut().keep_creator(&user.login);
        Ok(Some(user.login))
    }

    /// Returns the first page of each listing that tickets are in.
    fn queries(&self) -> Result<Vec<String>, GitHubError> {
        let repository = self.repository()?;
        if !repository.has_issues {
            return Err(GitHubError::IssuesDisabled {
                doing: self.doing_list(),
            });
        }
        let listing = |narrowed: String| {
            format!("/issues?state=all{narrowed}&sort=created&direction=desc&per_page=100")
        };
        let mut queries = vec![listing(match self.label() {
            Some(label) => format!("&labels={}", encode(label)),
            None => String::new(),
        })];
        if let Some(login) = self.creator()? {
            queries.push(listing(format!("&creator={}", encode(&login))));
        }
        Ok(queries)
    }

    /// Adds the issues of a listing to `seen`, up to the page that holds an issue not newer than `newest`.
    fn read_pages(
        &self,
        query: &str,
        newest: Option<u64>,
        seen: &mut Seen,
        paths: &mut Vec<String>,
    ) -> Result<(), GitHubError> {
        let mut next = Some(self.read_page(Place::Repository(query), query)?);
        let mut path = query.to_owned();
        while let Some(page) = next {
            paths.push(path);
            let mut met = false;
            for issue in page.issues {
                met |= newest.is_some_and(|newest| issue.number <= newest);
                seen.insert(issue.number, issue);
            }
            let Some(following) = page.next.filter(|_| !met) else {
                return Ok(());
            };
            if paths.contains(&following) || paths.len() >= MOST_PAGES {
                return Err(GitHubError::Unexpected {
                    doing: self.doing_list(),
                    why: "its pages go round in a circle".to_owned(),
                });
            }
            next = Some(self.read_page(Place::Whole(&following), &following)?);
            path = following;
        }
        Ok(())
    }

    /// Returns a page, the one in the store where it has not changed.
    fn read_page(&self, place: Place<'_>, key: &str) -> Result<Page, GitHubError> {
        let doing = self.doing_list();
        let kept = self.store.borrow().page(key).cloned();
        let etag = kept.as_ref().and_then(|page| page.etag.as_deref());
        let answer = self.client.read(place, etag, &doing)?;
        if answer.status == 304
            && let Some(page) = kept
        {
            return Ok(page);
        }
        let mut issues: Vec<WireIssue> = answer.value(&doing)?;
        issues.retain(|issue| !issue.is_pull_request());
        let page = Page {
            etag: answer.header("etag").map(str::to_owned),
            next: self.next_page(&answer)?,
            issues,
        };
        self.store.borrow_mut().keep_page(key, page.clone());
        Ok(page)
    }

    /// Reads a list page by page until `enough` says so of one.
    pub(super) fn each_page<T: DeserializeOwned>(
        &self,
        path: &str,
        doing: &str,
        enough: &mut dyn FnMut(T) -> bool,
    ) -> Result<(), GitHubError> {
        let mut answer = self.client.read(Place::Repository(path), None, doing)?;
        for _ in 0..MOST_PAGES {
            if enough(answer.value(doing)?) {
                return Ok(());
            }
            let Some(next) = self.next_page(&answer)? else {
                return Ok(());
            };
            answer = self.client.read(Place::Whole(&next), None, doing)?;
        }
        Ok(())
    }

    /// Returns the path of the page that an answer names as the next one.
    pub(super) fn next_page(&self, answer: &Answer) -> Result<Option<String>, GitHubError> {
        answer
            .header("link")
            .and_then(next_link)
            .map(|link| self.client.relative(link, &self.doing_list()))
            .transpose()
    }

    fn doing_list(&self) -> String {
        format!("list the issues of {}", self.client.repo())
    }
}

/// Returns the issue as a ticket, `None` where it shows no run.
pub(super) fn ticket(issue: Issue) -> Option<Ticket> {
    if !issue.body.contains("<!-- runsheet ") {
        return None;
    }
    let body = Body::read(&issue.body);
    let run = body.run()?.clone();
    let source = Arc::new(Source::new(
        &issue.location,
        issue.body.clone(),
        Markup::Markdown,
    ));
    let faults = body
        .notices
        .iter()
        .map(|notice| notice.diagnostic(&source))
        .collect();
    Some(Ticket { run, issue, faults })
}

/// Returns the run that a body shows.
pub(super) fn run_of(body: &str) -> Option<RunKey> {
    if !body.contains("<!-- runsheet ") {
        return None;
    }
    Body::read(body).run().cloned()
}

/// Returns the run that a body seems to show, without reading the rest of it.
pub(super) fn seems_of(body: &str) -> Option<RunKey> {
    let marker = &body[body.find("<!-- runsheet ")?..];
    let marker = &marker[..marker.find("-->")? + 3];
    Some(TicketMarker::parse(marker)?.run)
}

/// Tells whether nobody has touched an issue since its body was sent.
pub(super) fn is_untouched(issue: &WireIssue, sent: &str) -> bool {
    issue.is_open() && issue.comments == 0 && hash(issue.body()) == sent
}

/// Returns the address of the next page from a `Link` header (RFC 8288).
fn next_link(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (address, parameters) = link.split_once(';')?;
        let is_next = parameters.split(';').any(|parameter| {
            let parameter = parameter.trim();
            parameter == "rel=\"next\"" || parameter == "rel=next"
        });
        let address = address.trim().strip_prefix('<')?.strip_suffix('>')?;
        is_next.then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_read_from_among_the_links() {
        let header = "<https://x/a?page=1>; rel=\"prev\", <https://x/a?page=3>; rel=\"next\", <https://x/a?page=9>; rel=\"last\"";
        assert_eq!(next_link(header), Some("https://x/a?page=3"));
        assert_eq!(next_link("<https://x/a?page=1>; rel=\"first\""), None);
        assert_eq!(next_link("nonsense"), None);
    }
}
