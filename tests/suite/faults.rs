//! How often things that go wrong are tried, and the table of what came of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write;

fn asked() -> Option<usize> {
    std::env::var("RUNSHEET_FAULT_TIMES").ok()?.parse().ok()
}

/// How often each fault is tried: twice, or as often as `RUNSHEET_FAULT_TIMES` says.
pub(crate) fn times() -> usize {
    asked().unwrap_or(2)
}

/// Returns `many` where `RUNSHEET_FAULT_TIMES` is set, and `few` otherwise.
pub(crate) fn many_or(many: usize, few: usize) -> usize {
    asked().map_or(few, |_| many)
}

/// Prints a figure, where `RUNSHEET_FAULT_TIMES` is set, past what the test harness holds back.
pub(crate) fn tell(figure: &str) {
    if asked().is_some() {
        let line = format!("{figure}\n");
        std::io::stdout().write_all(line.as_bytes()).unwrap();
    }
}

/// Prints a row of the table: who was asked for what, what went wrong, how often, and what came of it.
pub(crate) fn row(server: &str, what: &str, fault: &str, times: usize, came: &str) {
    tell(&format!(
        "{server:<28} | {what:<10} | {fault:<42} | {times:>3} | {came}"
    ));
}
