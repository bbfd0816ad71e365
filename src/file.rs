//! Files written whole or not at all.
//!
//! A text goes to a new file beside the one that is meant, onto the disk, and then takes its name in one
//! step. Whoever reads the file sees the old text or the new one.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::waiting::Waiting;

/// Opens a file, made where it is not there, and waits until no other process holds it; `None` where one holds it for
/// too long.
///
/// It is held until it is dropped or the process ends, however it ends.
///
/// # Errors
/// Where it cannot be opened or locked.
pub(crate) fn lock(path: &Path, waiting: &Waiting) -> io::Result<Option<File>> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    let locked = waiting.until("another process", || match file.try_lock() {
        Ok(()) => Ok(Some(())),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(why)) => Err(why),
    })?;
    Ok(locked.map(|()| file))
}

/// Writes `text` to a new file; returns `false` where the name is taken, which is left alone.
///
/// # Errors
/// Where it cannot be written; no file is left then.
pub fn write_new(path: &Path, text: &str) -> io::Result<bool> {
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    match temporary(path, text, None)?.persist_noclobber(path) {
        Ok(_) => {
            sync_folder(path);
            Ok(true)
        }
        Err(why) if why.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(why) => Err(why.error),
    }
}

/// Writes `text` to a file, over the one that is there.
///
/// # Errors
/// Where it cannot be written; the file is as before then.
pub fn write_over(path: &Path, text: &str) -> io::Result<()> {
    // A link stays a link: the file it leads to is the one that is replaced.
    let path = match fs::canonicalize(path) {
        Ok(found) => found,
        Err(why) if why.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(why) => return Err(why),
    };
    let permissions = fs::metadata(&path).ok().map(|found| found.permissions());
    persist(temporary(&path, text, permissions)?, &path)
}

/// Replaces a file whose text is `old`; returns `false` where its text is another by now.
///
/// # Errors
/// Where it cannot be read or written; the file is as before then.
pub fn replace(path: &Path, old: &str, new: &str) -> io::Result<bool> {
    let path = fs::canonicalize(path)?;
    let file = temporary(&path, new, Some(fs::metadata(&path)?.permissions()))?;
    if fs::read(&path)? != old.as_bytes() {
        return Ok(false);
    }
    persist(file, &path)?;
    Ok(true)
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
    // The crate's own errors name the temporary file, which says nothing to anybody.
    let file = builder
        .tempfile_in(folder_of(path))
        .map_err(|why| io::Error::from(why.kind()))?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path).map_err(|why| why.error)?;
    sync_folder(path);
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_takes_no_name_that_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        assert!(write_new(&path, "one").unwrap());
        assert!(!write_new(&path, "two").unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_replaced_only_while_its_text_is_the_one_that_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "one").unwrap();
        assert!(!replace(&path, "other", "two").unwrap());
        assert!(replace(&path, "one", "two").unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.md"), folder.path().join("b.md"));
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        assert!(replace(&link, "one", "two").unwrap());
        write_over(&link, "three").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
