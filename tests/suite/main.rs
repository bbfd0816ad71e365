//! The integration tests, in one binary.

mod alignment;
mod merge;
mod render;
mod stories;
mod world;
