//! GitHub's limits: how long to wait before a request, so that none is refused, and after one that was.
//!
//! What is known in advance is kept to by counting: 80 creations a minute, 500 an hour, 900 points a minute, where
//! a read costs one point and a write five (docs.github.com, "Rate limits for the REST API"). What is not known,
//! such as what other processes used up, is learnt from the answers.

use std::collections::VecDeque;

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

use crate::tracker::request::later;

/// What may be created in a minute.
const CREATIONS_A_MINUTE: usize = 80;
/// What may be created in an hour.
const CREATIONS_AN_HOUR: usize = 500;
/// The points that requests may cost in a minute.
const POINTS_A_MINUTE: u32 = 900;
/// How long to wait after a limit that says nothing about its end; doubled each time.
const UNTOLD: SignedDuration = SignedDuration::from_secs(60);
/// The longest of these waits.
const LONGEST_UNTOLD: SignedDuration = SignedDuration::from_mins(15);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What kind of request it is, as GitHub counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cost {
    /// It changes nothing.
    Read,
    /// It changes something that is there.
    Write,
    /// It makes an issue or a comment.
    Create,
}

impl Cost {
    fn points(self) -> u32 {
        match self {
            Self::Read => 1,
            Self::Write | Self::Create => 5,
        }
    }
}

/// What was sent in the last hour, and until when GitHub wants nothing more.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The requests of the last minute and their points.
    spent: VecDeque<(Timestamp, u32)>,
    /// The creations of the last hour.
    created: VecDeque<Timestamp>,
    /// When the limit that was hit ends.
    closed_until: Option<Timestamp>,
    /// How many limits in a row said nothing about their end.
    untold: u32,
}

impl Pace {
    /// Returns when the next request of that kind may be sent: `now`, or later.
    pub(super) fn free_at(&mut self, cost: Cost, now: Timestamp) -> Timestamp {
        self.forget(now);
        let mut free = self.closed_until.map_or(now, |until| until.max(now));
        let mut points: u32 = self.spent.iter().map(|(_, points)| points).sum();
        for (at, spent) in &self.spent {
            if points + cost.points() <= POINTS_A_MINUTE {
                break;
            }
            points -= spent;
            free = free.max(later(*at, MINUTE));
        }
        if cost == Cost::Create {
            for (most, span) in [(CREATIONS_A_MINUTE, MINUTE), (CREATIONS_AN_HOUR, HOUR)] {
                if let Some(first) = self.created.len().checked_sub(most) {
                    free = free.max(later(self.created[first], span));
                }
            }
        }
        free
    }

    /// Counts a request that was answered.
    pub(super) fn count(&mut self, cost: Cost, status: u16, headers: &HeaderMap, now: Timestamp) {
        // An answer that nothing has changed is free.
        if status != 304 {
            self.spent.push_back((now, cost.points()));
        }
        if cost == Cost::Create {
            self.created.push_back(now);
        }
        if status < 400 {
            self.untold = 0;
            if number(headers, "x-ratelimit-remaining") == Some(0) {
                self.closed_until = reset(headers, now);
            }
        }
    }

    /// Notes that a limit was hit.
    pub(super) fn refused(&mut self, headers: &HeaderMap, now: Timestamp) {
        let told = number(headers, "retry-after")
            .map(|seconds| later(now, SignedDuration::from_secs(seconds.clamp(1, 86_400))))
            .or_else(|| {
                (number(headers, "x-ratelimit-remaining") == Some(0))
                    .then(|| reset(headers, now))
                    .flatten()
            });
        let until = told.unwrap_or_else(|| {
            let wait = UNTOLD * 2_i32.pow(self.untold.min(5));
            self.untold += 1;
            later(now, wait.min(LONGEST_UNTOLD))
        });
        self.closed_until = Some(until);
    }

    fn forget(&mut self, now: Timestamp) {
        while self
            .spent
            .front()
            .is_some_and(|(at, _)| later(*at, MINUTE) <= now)
        {
            self.spent.pop_front();
        }
        while self
            .created
            .front()
            .is_some_and(|at| later(*at, HOUR) <= now)
        {
            self.created.pop_front();
        }
    }
}

/// Tells whether an answer says that a limit was hit, and not that a right is missing.
pub(super) fn is_limit(status: u16, headers: &HeaderMap, message: &str) -> bool {
    match status {
        429 => true,
        403 => {
            let message = message.to_lowercase();
            headers.contains_key("retry-after")
                || number(headers, "x-ratelimit-remaining") == Some(0)
                || message.contains("rate limit")
                || message.contains("abuse detection")
        }
        _ => false,
    }
}

/// Returns when the hour's requests are counted anew, by our clock even where it and GitHub's differ.
fn reset(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let reset = number(headers, "x-ratelimit-reset")?;
    let theirs = headers
        .get("date")
        .and_then(|date| jiff::fmt::rfc2822::parse(date.to_str().ok()?).ok())
        .map_or(now, |date| date.timestamp());
    let left = reset.saturating_sub(theirs.as_second()).clamp(1, 86_400);
    Some(later(now, SignedDuration::from_secs(left)))
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_eighty_first_creation_waits_for_the_minute_to_pass() {
        let mut pace = Pace::default();
        let none = HeaderMap::new();
        for second in 0..80 {
            let now = at(second / 2);
            assert_eq!(pace.free_at(Cost::Create, now), now);
            pace.count(Cost::Create, 201, &none, now);
        }
        assert_eq!(pace.free_at(Cost::Create, at(40)), at(60));
        assert_eq!(pace.free_at(Cost::Read, at(40)), at(40));
    }

    #[test]
    fn five_hundred_creations_wait_for_the_hour_to_pass() {
        let mut pace = Pace::default();
        let none = HeaderMap::new();
        let mut now = at(0);
        for _ in 0..500 {
            now = pace.free_at(Cost::Create, now);
            pace.count(Cost::Create, 201, &none, now);
        }
        assert_eq!(now, at(360));
        assert_eq!(pace.free_at(Cost::Create, now), at(3600));
    }

    #[test]
    fn points_run_out_and_come_back_and_304_is_free() {
        let mut pace = Pace::default();
        let none = HeaderMap::new();
        for _ in 0..180 {
            pace.count(Cost::Write, 200, &none, at(0));
        }
        pace.count(Cost::Read, 304, &none, at(1));
        assert_eq!(pace.free_at(Cost::Read, at(2)), at(60));
        assert_eq!(pace.free_at(Cost::Read, at(60)), at(60));
    }

    #[test]
    fn a_limit_ends_when_it_says_and_else_after_a_growing_while() {
        let mut pace = Pace::default();
        pace.refused(&headers(&[("retry-after", "7")]), at(0));
        assert_eq!(pace.free_at(Cost::Read, at(0)), at(7));
        // Their clock is 100 seconds behind ours.
        let reset = (at(0).as_second() - 100 + 30).to_string();
        let date =
            jiff::fmt::rfc2822::to_string(&at(-100).to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
        let told = headers(&[
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", &reset),
            ("date", &date),
        ]);
        pace.refused(&told, at(0));
        assert_eq!(pace.free_at(Cost::Read, at(0)), at(30));
        for wait in [60, 120, 240] {
            pace.refused(&HeaderMap::new(), at(0));
            assert_eq!(pace.free_at(Cost::Read, at(0)), at(wait));
        }
    }

    #[test]
    fn a_missing_right_is_no_limit() {
        let none = HeaderMap::new();
        assert!(!is_limit(403, &none, "Must have admin rights"));
        assert!(is_limit(
            403,
            &none,
            "You have exceeded a secondary rate limit"
        ));
        assert!(is_limit(403, &headers(&[("retry-after", "1")]), ""));
        assert!(is_limit(429, &none, ""));
    }
}
