//! The integration tests, in one binary.

mod alignment;
mod cli;
mod merge;
mod render;
mod stories;
mod tracker;
mod world;
