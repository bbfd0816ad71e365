//! Reads operational procedures where they are written and keeps tickets in step with them.

pub mod checklist;
pub mod diagnostic;
pub mod document;
pub mod extract;
pub mod issue;
pub mod parse;
pub mod procedure;
pub mod references;
pub mod report;
pub mod run;
pub mod source;
pub mod variable;
pub mod variant;
