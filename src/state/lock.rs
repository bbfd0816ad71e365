//! The lock of whoever delivers: two at once could put an older report over a newer one.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::file::lock;
use crate::waiting::Waiting;

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
    pub fn take(folder: &Path, waiting: &Waiting) -> io::Result<Option<Self>> {
        // The file stays: deleting it would let two processes lock two files.
        let file = lock(&folder.join("deliver.lock"), waiting)?;
        Ok(file.map(|file| Self { _file: file }))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::time::Duration;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn the_wait_for_a_lock_is_bounded() {
        let folder = TempDir::new().unwrap();
        let waited = Rc::new(Cell::new(Duration::ZERO));
        let counted = waited.clone();
        let limit = Duration::from_millis(36);
        let waiting = Waiting {
            wait: Rc::new(move |duration, _| counted.set(counted.get() + duration)),
            ..Waiting::real(limit)
        };
        let take = || DeliveryLock::take(folder.path(), &waiting).unwrap();
        let held = take();
        assert!(held.is_some());
        assert!(take().is_none());
        assert_eq!(waited.get(), limit);
        drop(held);
        assert!(take().is_some());
    }
}
