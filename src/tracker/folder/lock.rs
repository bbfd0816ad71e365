//! The lock that keeps processes apart which write to one folder.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::FolderError;

/// The name of the lock file; it stays, since deleting it would let two processes lock two files.
const LOCK_NAME: &str = ".runsheet.lock";

/// The folder's lock; given back when it is dropped or the process ends.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock of `folder`, no longer than `patience`, and takes it.
    pub(super) fn take(folder: &Path, patience: Duration) -> Result<Self, FolderError> {
        let path = folder.join(LOCK_NAME);
        let failed = |source| FolderError::Write {
            path: path.clone(),
            source,
        };
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        let since = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
                Err(TryLockError::WouldBlock) if since.elapsed() > patience => {
                    return Err(FolderError::Locked {
                        path: folder.to_owned(),
                        waited: patience,
                    });
                }
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}
