//! The integration tests, one module an area.

mod github_fake;
mod github_faults;
mod render;
mod tracker_contract;
