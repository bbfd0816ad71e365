//! The integration tests, one module an area.

mod github_fake;
mod render;
mod tracker_contract;
