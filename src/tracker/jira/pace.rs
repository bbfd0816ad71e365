//! Jira's limits: how long to wait before a request, so that none is refused, and after one that was.
//!
//! What is known in advance is kept to by counting: an issue takes 20 writes in 2 seconds and 100 in 30
//! (developer.atlassian.com, "Rate limiting": per-issue limits on writes). What is not known, such as how much of a
//! site's share others have used up, is learnt from the answers.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderMap;

use crate::tracker::request::later;

/// What an issue takes: so many writes in so long.
const PER_ISSUE: [(usize, SignedDuration); 2] = [
    (20, SignedDuration::from_secs(2)),
    (100, SignedDuration::from_secs(30)),
];
/// How long a write counts.
const MEMORY: SignedDuration = SignedDuration::from_secs(30);
/// How long to wait after a limit that says nothing about its end; doubled each time.
const UNTOLD: SignedDuration = SignedDuration::from_secs(5);
/// The longest of these waits.
const LONGEST_UNTOLD: SignedDuration = SignedDuration::from_mins(5);

/// What was written in the last half minute, and until when Jira wants nothing more.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The writes of each issue, oldest first.
    written: BTreeMap<String, VecDeque<Timestamp>>,
    /// When the limit that was hit ends.
    closed_until: Option<Timestamp>,
    /// How many limits in a row said nothing about their end.
    untold: u32,
}

impl Pace {
    /// Returns when the next request may be sent, where it writes to `issue` or to none: `now`, or later.
    pub(super) fn free_at(&mut self, issue: Option<&str>, now: Timestamp) -> Timestamp {
        let free = self.closed_until.map_or(now, |until| until.max(now));
        let Some(written) = issue.and_then(|issue| self.written.get(issue)) else {
            return free;
        };
        let ends = PER_ISSUE.iter().filter_map(|(most, span)| {
            let first = written.len().checked_sub(*most)?;
            Some(later(written[first], *span))
        });
        ends.fold(free, Timestamp::max)
    }

    /// Counts a write to an issue.
    pub(super) fn count(&mut self, issue: &str, now: Timestamp) {
        self.written.retain(|_, times| {
            times.retain(|at| later(*at, MEMORY) > now);
            !times.is_empty()
        });
        self.written
            .entry(issue.to_owned())
            .or_default()
            .push_back(now);
    }

    /// Notes that a request was let through.
    pub(super) fn passed(&mut self) {
        self.untold = 0;
    }

    /// Notes that a limit was hit, or that the server asks for a break.
    pub(super) fn refused(&mut self, headers: &HeaderMap, now: Timestamp) {
        let until = told(headers, now).unwrap_or_else(|| {
            let wait = UNTOLD * 2_i32.pow(self.untold.min(6));
            self.untold += 1;
            later(now, wait.min(LONGEST_UNTOLD))
        });
        self.closed_until = Some(until);
    }
}

/// Returns when a limit ends, where the answer tells: after `Retry-After` seconds, or at `X-RateLimit-Reset`.
fn told(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    if let Some(seconds) = text("retry-after").and_then(|it| it.trim().parse::<i64>().ok()) {
        return Some(later(
            now,
            SignedDuration::from_secs(seconds.clamp(1, 86_400)),
        ));
    }
    let reset: Timestamp = text("x-ratelimit-reset")?.trim().parse().ok()?;
    // By our clock even where it and Jira's differ.
    let theirs = text("date")
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
        .map_or(now, |date| date.timestamp());
    let left = reset.duration_since(theirs).as_secs().clamp(1, 86_400);
    Some(later(now, SignedDuration::from_secs(left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + milliseconds).unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn an_issue_takes_twenty_writes_in_two_seconds_and_a_hundred_in_thirty() {
        let mut pace = Pace::default();
        let mut now = at(0);
        for _ in 0..20 {
            assert_eq!(pace.free_at(Some("OPS-1"), now), now);
            pace.count("OPS-1", now);
        }
        assert_eq!(pace.free_at(Some("OPS-1"), now), at(2_000));
        assert_eq!(pace.free_at(Some("OPS-2"), now), now);
        assert_eq!(pace.free_at(None, now), now);
        for _ in 20..100 {
            now = pace.free_at(Some("OPS-1"), now);
            pace.count("OPS-1", now);
        }
        assert_eq!(now, at(8_000));
        assert_eq!(pace.free_at(Some("OPS-1"), now), at(30_000));
    }

    #[test]
    fn a_limit_ends_when_it_says_and_else_after_a_growing_while() {
        let mut pace = Pace::default();
        pace.refused(&headers(&[("retry-after", "7")]), at(0));
        assert_eq!(pace.free_at(None, at(0)), at(7_000));
        pace.refused(
            &headers(&[("x-ratelimit-reset", "2027-01-15T08:01Z")]),
            at(0),
        );
        assert_eq!(pace.free_at(None, at(0)), at(60_000));
        for wait in [5_000, 10_000, 20_000] {
            pace.refused(&HeaderMap::new(), at(0));
            assert_eq!(pace.free_at(None, at(0)), at(wait));
        }
        pace.passed();
        pace.refused(&HeaderMap::new(), at(0));
        assert_eq!(pace.free_at(None, at(0)), at(5_000));
    }
}
