//! The integration tests: one binary, one module a subject. See tests/README.md.

mod alignment;
mod ci;
mod cli;
mod drift;
mod extract;
mod github_fake;
mod github_faults;
mod github_recorded;
mod github_requests;
mod jira_fake;
mod jira_faults;
mod jira_requests;
mod layers;
mod markdown;
mod merge;
mod parse;
mod readme;
mod references;
mod render;
mod reports;
mod sandbox;
mod status_page;
mod stories;
mod tracker;
mod tracker_contract;
mod world;
