//! The command line of runsheet.

use std::process::ExitCode;

fn main() -> ExitCode {
    runsheet::cli::main(std::env::args_os())
}
