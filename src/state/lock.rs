//! The lock of whoever delivers: two at once could put an older report over a newer one.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How long to wait between two tries.
const PAUSE: Duration = Duration::from_millis(10);

/// How to wait, and how long at most.
#[derive(Clone, Copy)]
pub struct Patience<'a> {
    /// The most that all waits together may come to.
    pub limit: Duration,
    /// Waits that long.
    pub wait: &'a dyn Fn(Duration),
}

/// The right to deliver; given back when it is dropped or the process ends.
#[derive(Debug)]
pub struct DeliveryLock {
    _file: File,
}

impl DeliveryLock {
    /// Waits for the lock in `folder` and takes it; `None` where another process keeps it for too long.
    ///
    /// # Errors
    /// Where the lock's file cannot be opened.
    pub fn take(folder: &Path, patience: Patience<'_>) -> io::Result<Option<Self>> {
        // The file stays: deleting it would let two processes lock two files.
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("deliver.lock"))?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self { _file: file })),
                Err(TryLockError::Error(why)) => return Err(why),
                Err(TryLockError::WouldBlock) if waited >= patience.limit => return Ok(None),
                Err(TryLockError::WouldBlock) => {
                    (patience.wait)(PAUSE);
                    waited += PAUSE;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn the_wait_for_a_lock_is_bounded() {
        let folder = TempDir::new().unwrap();
        let waited = Cell::new(Duration::ZERO);
        let patience = Patience {
            limit: Duration::from_millis(35),
            wait: &|duration| waited.set(waited.get() + duration),
        };
        let held = DeliveryLock::take(folder.path(), patience).unwrap();
        assert!(held.is_some());
        assert!(
            DeliveryLock::take(folder.path(), patience)
                .unwrap()
                .is_none()
        );
        assert_eq!(waited.get(), Duration::from_millis(40));
        drop(held);
        assert!(
            DeliveryLock::take(folder.path(), patience)
                .unwrap()
                .is_some()
        );
    }
}
