//! Files written whole or not at all, and the lock that keeps processes apart.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::{Builder, NamedTempFile};

use super::FolderError;

/// The name of the lock file; it stays, since deleting it would let two processes lock two files.
pub(super) const LOCK_NAME: &str = ".runsheet.lock";

/// How long to wait for another process to finish its write.
const PATIENCE: Duration = Duration::from_secs(20);

/// The folder's lock; given back when it is dropped or the process ends.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock of `folder` and takes it.
    pub(super) fn take(folder: &Path) -> Result<Self, FolderError> {
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
                Err(TryLockError::WouldBlock) if since.elapsed() > PATIENCE => {
                    return Err(FolderError::Locked {
                        path: folder.to_owned(),
                        waited: PATIENCE,
                    });
                }
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

/// Writes `text` to a new file; returns `false` where there is one already, which is left alone.
pub(super) fn create_new(path: &Path, text: &str) -> Result<bool, FolderError> {
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    let written = (|| {
        let file = temporary(path, text, None)?;
        match file.persist_noclobber(path) {
            Ok(_) => {
                sync_folder(path);
                Ok(true)
            }
            Err(why) if why.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(why) => Err(why.error),
        }
    })();
    written.map_err(|source| FolderError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Replaces a file whose text is `old`; returns `false` where its text is another by now.
pub(super) fn replace(path: &Path, old: &str, new: &str) -> Result<bool, FolderError> {
    let written = (|| {
        // A link stays a link: the file it leads to is the one that is replaced.
        let path = fs::canonicalize(path)?;
        let file = temporary(&path, new, Some(fs::metadata(&path)?.permissions()))?;
        if fs::read(&path)? != old.as_bytes() {
            return Ok(false);
        }
        file.persist(&path).map_err(|why| why.error)?;
        sync_folder(&path);
        Ok(true)
    })();
    written.map_err(|source| FolderError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Returns a file beside `path` that holds `text`, on the disk and not only in memory.
fn temporary(
    path: &Path,
    text: &str,
    permissions: Option<Permissions>,
) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".runsheet-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As for any new file; the user's mask takes away what it must.
        builder.permissions(Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder_of(path))?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Makes a new name in a folder last over a power cut, where the system can.
fn sync_folder(path: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder_of(path))
    {
        // The file's own bytes are safe by now; some file systems refuse this for a folder.
        let _ = folder.sync_all();
    }
}

/// Returns the folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
