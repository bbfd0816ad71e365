//! The command line of runsheet.

fn main() {}
