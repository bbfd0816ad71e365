//! The integration tests, one module an area.

mod github_fake;
mod github_faults;
mod github_recorded;
mod github_requests;
mod render;
mod tracker_contract;
