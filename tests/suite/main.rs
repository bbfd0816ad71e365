//! The integration tests, in one binary.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod alignment;
mod cli;
mod extract;
mod markdown;
mod merge;
mod parse;
mod render;
mod stories;
mod tracker;
mod world;
