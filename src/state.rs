//! What waits on disk: reports that are not delivered yet.
//!
//! Local state is one database file, `state.db`, in the config's `state-dir`. It may be deleted when nothing waits: a
//! run's own state is in its ticket. A report is written here before anything is tried, and marked when it is in the
//! ticket; whatever happens in between, it is found here again.

pub mod lock;
pub mod queue;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

/// The file's name.
const FILE: &str = "state.db";

/// What makes a file of each version into one of the next; a new file starts before the first.
const VERSIONS: &[&str] = &["
    CREATE TABLE reports (
        id      INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of arrival, whatever a clock says
        batch   INTEGER NOT NULL,                  -- the id of the first report that was given with it
        settled INTEGER NOT NULL DEFAULT 0,        -- 1 when it is in every ticket it is meant for
        entry   TEXT NOT NULL                      -- the report and what became of it, as JSON
    );
    CREATE INDEX waiting ON reports (id) WHERE settled = 0;
"];

/// The local state, open.
#[derive(Debug)]
pub struct State {
    db: Connection,
    /// Where it is kept; `None` where it is lost with the process.
    path: Option<PathBuf>,
}

/// Why local state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Its folder cannot be made.
    #[error("cannot make the folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A newer program wrote it.
    #[error("`{}` has version {version}, and this runsheet knows {} at most", path.display(), VERSIONS.len())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// It is not what was written.
    #[error("`{}` is damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Another process keeps it for too long.
    #[error("another process is writing to `{}`", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// There is no room for it.
    #[error("there is no room on the disk for `{}`", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be read or written.
    #[error("cannot use `{}`: {why}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl StateError {
    /// Returns what to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Damaged { path, .. } => {
                let path = path.display();
                format!(
                    "move it away (`mv {path} {path}.damaged`) and go on; `sqlite3 {path}.damaged .recover` shows what waited in it"
                )
            }
            Self::Newer { .. } => "update runsheet on this machine".to_owned(),
            Self::Busy { .. } => "try again in a moment, or wait longer with `--wait`".to_owned(),
            Self::Full { .. } => "make room and try again".to_owned(),
            Self::Folder { .. } | Self::Failed { .. } => {
                "see that it can be written and that there is room, or name another folder in the config: `state-dir`"
                    .to_owned()
            }
        }
    }

    fn of(path: &Path, why: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match why.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged {
                path,
                why: "it is no database any more".to_owned(),
            },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            _ => Self::Failed {
                path,
                why: why.to_string(),
            },
        }
    }
}

impl State {
    /// Opens the state in `folder`, made where it is not there; another process may keep it for `patience`.
    ///
    /// # Errors
    /// Where it cannot be used; nothing is changed then.
    pub fn open(folder: &Path, patience: Duration) -> Result<Self, StateError> {
        make_folder(folder).map_err(|source| StateError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        let path = folder.join(FILE);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let db = Connection::open_with_flags(&path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
        let db = db.map_err(|why| StateError::of(&path, why))?;
        let prepared = prepare(db, patience, &path)?;
        Ok(Self {
            db: prepared,
            path: Some(path),
        })
    }

    /// Opens the state in `folder` where there is one.
    ///
    /// # Errors
    /// Where there is one and it cannot be used.
    pub fn existing(folder: &Path, patience: Duration) -> Result<Option<Self>, StateError> {
        if folder.join(FILE).exists() {
            Self::open(folder, patience).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Returns a state that is lost with the process: for a plan, and where there is no disk to write to.
    ///
    /// # Errors
    /// Where there is no memory for it.
    pub fn in_memory() -> Result<Self, StateError> {
        let place = Path::new(":memory:");
        let db = Connection::open_in_memory().map_err(|why| StateError::of(place, why))?;
        Ok(Self {
            db: prepare(db, Duration::ZERO, place)?,
            path: None,
        })
    }

    /// Returns the file it is kept in, `None` where it is lost with the process.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    fn error(&self, why: rusqlite::Error) -> StateError {
        let path = self.path.as_deref().unwrap_or(Path::new(":memory:"));
        StateError::of(path, why)
    }
}

/// Makes the folder, and keeps what is in it out of version control.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    fs::write(folder.join(".gitignore"), "*\n")
}

/// Brings a file of any older version up to date; an empty one is older than all.
fn prepare(mut db: Connection, patience: Duration, path: &Path) -> Result<Connection, StateError> {
    let failed = |why| StateError::of(path, why);
    db.busy_timeout(patience).map_err(failed)?;
    // Readers and one writer at once; each commit is on the disk before anything is tried.
    db.pragma_update(None, "journal_mode", "WAL")
        .map_err(failed)?;
    db.pragma_update(None, "synchronous", "FULL")
        .map_err(failed)?;
    let newest = VERSIONS.len() as u32;
    let version_of = |db: &Connection| -> rusqlite::Result<u32> {
        db.pragma_query_value(None, "user_version", |row| row.get(0))
    };
    let found = version_of(&db).map_err(failed)?;
    if found == newest {
        return Ok(db);
    }
    if found > newest {
        return Err(StateError::Newer {
            path: path.to_owned(),
            version: found,
        });
    }
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate);
    let change = change.map_err(failed)?;
    // Another process may have done it meanwhile.
    let found = version_of(&change).map_err(failed)?;
    for version in VERSIONS.iter().skip(found as usize) {
        change.execute_batch(version).map_err(failed)?;
    }
    change
        .pragma_update(None, "user_version", newest)
        .map_err(failed)?;
    change.commit().map_err(failed)?;
    Ok(db)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn a_state_is_made_once_and_kept_out_of_version_control() {
        let folder = TempDir::new().unwrap();
        let place = folder.path().join("state");
        assert!(State::existing(&place, NOW).unwrap().is_none());
        assert!(!place.exists());
        State::open(&place, NOW).unwrap();
        assert!(State::existing(&place, NOW).unwrap().is_some());
        assert_eq!(fs::read_to_string(place.join(".gitignore")).unwrap(), "*\n");
    }

    #[test]
    fn a_file_that_cannot_be_used_is_told_and_left_as_it_is() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(FILE);
        let opened = || State::open(folder.path(), NOW).unwrap_err();
        fs::write(&path, "no database at all, and longer than a header of one").unwrap();
        assert!(matches!(opened(), StateError::Damaged { .. }));
        assert!(
            fs::read_to_string(&path)
                .unwrap()
                .starts_with("no database")
        );

        fs::remove_file(&path).unwrap();
        let newer = State::open(folder.path(), NOW).unwrap();
        newer.db.pragma_update(None, "user_version", 99).unwrap();
        drop(newer);
        assert!(matches!(opened(), StateError::Newer { version: 99, .. }));
    }

    #[test]
    fn a_file_that_another_process_keeps_is_waited_for_no_longer_than_asked() {
        let folder = TempDir::new().unwrap();
        let other = State::open(folder.path(), NOW).unwrap();
        other.db.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut state = State::open(folder.path(), NOW).unwrap();
        let why = state.add(&[]).unwrap_err();
        assert!(matches!(why, StateError::Busy { .. }), "{why}");
    }
}
