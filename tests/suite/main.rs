//! The integration tests, in one binary.

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
