//! The integration tests, in one binary.

mod alignment;
mod merge;
mod stories;
mod world;
