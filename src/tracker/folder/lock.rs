//! The lock that keeps processes apart which write to one folder.

use std::fs::File;
use std::path::Path;

use super::FolderError;
use crate::file::lock;
use crate::waiting::Waiting;

/// The name of the lock file; it stays, since deleting it would let two processes lock two files.
const LOCK_NAME: &str = ".runsheet.lock";

/// The folder's lock; given back when it is dropped or the process ends.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock of `folder` and takes it.
    pub(super) fn take(folder: &Path, waiting: &Waiting) -> Result<Self, FolderError> {
        let path = folder.join(LOCK_NAME);
        match lock(&path, waiting) {
            Ok(Some(file)) => Ok(Self { _file: file }),
            Ok(None) => Err(FolderError::Locked {
                path: folder.to_owned(),
                waited: waiting.limit,
            }),
            Err(source) => Err(FolderError::Write { path, source }),
        }
    }
}
