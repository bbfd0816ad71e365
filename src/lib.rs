//! Reads operational procedures where they are written and keeps tickets in step with them.

pub mod align;
pub mod body;
pub mod checklist;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod document;
pub mod error;
pub mod extract;
pub mod file;
pub mod issue;
pub mod merge;
pub mod nearest;
pub mod parse;
pub mod plan;
pub mod procedure;
pub mod references;
pub mod render;
pub mod report;
pub mod run;
pub mod source;
pub mod sync;
pub mod tracker;
pub mod variable;
pub mod variant;
