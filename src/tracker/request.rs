//! What requests to any server share.

use std::error::Error;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Returns a value as it stands in a path or a query.
pub(super) fn encode(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Returns the innermost cause in one line: the outer ones say only that something was requested.
pub(super) fn cause(why: &dyn Error) -> String {
    let mut innermost = why;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = innermost.to_string();
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// Tells whether an answer's text looks like JSON; a proxy's page does not.
pub(super) fn is_json(text: &str) -> bool {
    matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'['))
}

/// Returns how long to wait after so many tries: a second, two, four, up to `longest`.
pub(super) fn pause_after(tries: u32, longest: Duration) -> Duration {
    Duration::from_secs(1 << tries.saturating_sub(1).min(5)).min(longest)
}

/// Returns the time that is `by` later.
pub(super) fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Returns a wait in words.
pub(super) fn seconds(wait: Duration) -> String {
    match wait.as_secs() {
        1 => "1 second".to_owned(),
        seconds if seconds < 120 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_in_a_query_as_it_is() {
        assert_eq!(encode("kind: run/ß"), "kind%3A%20run%2F%C3%9F");
        assert_eq!(encode("ann+x@acme.org"), "ann%2Bx%40acme.org");
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses =
            [1, 2, 3, 9].map(|tries| pause_after(tries, Duration::from_secs(20)).as_secs());
        assert_eq!(pauses, [1, 2, 4, 20]);
    }
}
