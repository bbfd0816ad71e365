//! What stops a run: the edges' errors under one roof, with what to do next.

use crate::config::ConfigError;
use crate::diagnostic::Diagnostic;
use crate::sync::SyncError;
use crate::sync::load::LoadError;
use crate::sync::lookup::LookupError;
use crate::tracker::TrackerError;
use crate::tracker::folder::FolderError;

/// What stops a run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The config.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The work on documents, runs and tickets.
    #[error(transparent)]
    Sync(#[from] SyncError),
}

impl From<LoadError> for Error {
    fn from(why: LoadError) -> Self {
        Self::Sync(why.into())
    }
}

impl From<LookupError> for Error {
    fn from(why: LookupError) -> Self {
        Self::Sync(why.into())
    }
}

impl From<TrackerError> for Error {
    fn from(why: TrackerError) -> Self {
        Self::Sync(why.into())
    }
}

impl Error {
    /// Returns what to do next, one line or a list of candidates.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(_) => None,
            Self::Sync(why) => why.hint(),
        }
    }

    /// Returns the findings about a person's text that stopped it.
    pub fn findings(&self) -> &[Diagnostic] {
        match self {
            Self::Config(ConfigError::Invalid(findings))
            | Self::Sync(
                SyncError::Findings { findings, .. }
                | SyncError::Damaged {
                    faults: findings, ..
                },
            ) => findings,
            Self::Sync(SyncError::Tracker(TrackerError::Folder(FolderError::Damaged {
                faults,
                ..
            }))) => faults,
            Self::Config(_) | Self::Sync(_) => &[],
        }
    }
}
