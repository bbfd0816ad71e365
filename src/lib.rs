//! Reads operational procedures where they are written and keeps tickets in step with them.
//!
//! # The way data flows
//!
//! Each arrow is a function over values; only [`tracker`], [`state`], [`file`](mod@file), [`config`], [`waiting`],
//! [`sync`] and [`cli`] touch files, network, clock or environment. What `--dry-run` prints is the same plan, not applied.
//!
//! ```text
//! Source     a document's text                                   source
//!   -> Document     markup-neutral tree with spans               parse, references
//!   -> Procedure    phases, steps, kinds, commands               extract
//!   -> Checklist    made concrete for one run                    variant, variable, render
//!   -> text         a template's output, the body of a ticket    render, body
//!   -> Merge, Plan  fresh text against the ticket as it stands   align, merge, plan
//!   -> Tracker      the plan applied                             tracker, sync
//! ```
//!
//! # Glossary
//!
//! - A *source* is one document file, a [`source::Source`]; a [`source::Place`] is a span of bytes in one.
//! - A *finding* about a text that a person wrote is a [`diagnostic::Diagnostic`] with a stable [`diagnostic::Code`].
//! - A *document* is a source as it was read: [`document::Document`], in docutils' names.
//! - A *procedure* is a named set of steps: [`procedure::Procedure`], with [`procedure::Phase`]s and
//!   [`procedure::Step`]s; a step's [`procedure::Kind`] says whether it gets a box.
//! - A *variant* is a value of an axis on which procedures differ: [`run::Variant`], chosen by [`variant::choose`].
//! - A *variable* is a value asked for when a run is opened, filled in by [`variable`].
//! - A *checklist* is a procedure made concrete: [`checklist::Checklist`], which is what a template gets; its
//!   [`checklist::Item`]s have a [`checklist::State`] in a ticket.
//! - A *run* is one execution of a procedure, named by its [`run::RunKey`].
//! - A run with tickets in several trackers is *mirrored*: [`sync::mirror`] brings what is set in one to the others.
//! - A *ticket* is the [`issue::Issue`] that shows a run, in a [`tracker::Tracker`].
//! - A *report* says that a step is done, open again, skipped or failed: [`report::Report`]. It waits in the
//!   [`state::State`] on disk until [`sync::delivery`] has brought it into the run's tickets.
//! - A *marker* is the hidden text that ties a ticket to its run and an item to its step: [`body`].
//! - *Base*, *ours* and *theirs* are what was last written, what is rendered now and what stands in the ticket;
//!   [`merge::merge`] makes one of the three.

// In reading order, which is the order of the layers: nothing imports what stands below it.

pub mod source;
pub mod diagnostic;
pub mod nearest;

pub mod document;
pub mod procedure;
pub mod run;
pub mod checklist;
pub mod issue;
pub mod report;

pub mod parse;
pub mod references;
pub mod extract;
pub mod variant;
pub mod variable;
pub mod body;
pub mod render;
pub mod align;
pub mod merge;
pub mod drift;
pub mod lint;
pub mod generate;
pub mod silence;
pub mod plan;

pub mod waiting;
pub mod file;
pub mod config;
pub mod tracker;
pub mod state;

pub mod sync;
pub mod error;

pub mod cli;
