//! Reads any bytes as reStructuredText.

#![no_main]

mod check;

use libfuzzer_sys::fuzz_target;
use runsheet::source::Markup;

fuzz_target!(|bytes: &[u8]| check::check(bytes, Markup::Rst));
