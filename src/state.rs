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
use tempfile::TempDir;

use crate::file::write_new;
use crate::waiting::Waiting;

/// The file's name.
const FILE: &str = "state.db";

/// What a state is called that is in no file.
const IN_MEMORY: &str = ":memory:";

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
    /// How to wait for other processes.
    waiting: Waiting,
    /// The folder of a copy; it goes with it.
    _copy: Option<TempDir>,
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
            Some(ErrorCode::DiskFull) => Self::Full { path },
            _ => Self::Failed {
                path,
                why: why.to_string(),
            },
        }
    }
}

impl State {
    /// Opens the state in `folder`, made where it is not there; others are waited for as `waiting` says, with a count
    /// of its own: what is in the tickets is marked even where they took all the time.
    ///
    /// # Errors
    /// Where it cannot be used; nothing is changed then.
    pub fn open(folder: &Path, waiting: &Waiting) -> Result<Self, StateError> {
        make_folder(folder).map_err(|source| StateError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        let path = folder.join(FILE);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let db = Connection::open_with_flags(&path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
        let db = db.map_err(|why| StateError::of(&path, why))?;
        Self {
            db,
            path: Some(path),
            waiting: waiting.anew(),
            _copy: None,
        }
        .prepared()
    }

    /// Opens the state in `folder` where there is one.
    ///
    /// # Errors
    /// Where there is one and it cannot be used.
    pub fn existing(folder: &Path, waiting: &Waiting) -> Result<Option<Self>, StateError> {
        if folder.join(FILE).exists() {
            Self::open(folder, waiting).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Opens the state in `folder` where there is one, to look at: where the folder cannot be written, a copy of it.
    ///
    /// # Errors
    /// Where there is one and it cannot be read.
    pub fn to_read(folder: &Path, waiting: &Waiting) -> Result<Option<Self>, StateError> {
        match Self::existing(folder, waiting) {
            // The database writes where it is read, too.
            Err(why @ StateError::Failed { .. }) => match copy(folder) {
                Ok(copy) => Self::of_copy(copy, folder, waiting).map(Some),
                Err(_) => Err(why),
            },
            opened => opened,
        }
    }

    fn of_copy(copy: TempDir, folder: &Path, waiting: &Waiting) -> Result<Self, StateError> {
        let state = Self::open(copy.path(), waiting)?;
        Ok(Self {
            path: Some(folder.join(FILE)),
            _copy: Some(copy),
            ..state
        })
    }

    /// Returns a state that is lost with the process: for a plan, and where there is no disk to write to.
    ///
    /// # Errors
    /// Where there is no memory for it.
    pub fn in_memory() -> Result<Self, StateError> {
        let db = Connection::open_in_memory();
        let db = db.map_err(|why| StateError::of(Path::new(IN_MEMORY), why))?;
        Self {
            db,
            path: None,
            waiting: Waiting::real(Duration::ZERO),
            _copy: None,
        }
        .prepared()
    }

    /// Returns the file it is kept in, `None` where it is lost with the process.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Brings a file of any older version up to date.
    fn prepared(mut self) -> Result<Self, StateError> {
        match self.patiently(prepare)? {
            Ok(()) => Ok(self),
            Err(version) => Err(StateError::Newer {
                path: self.place().to_owned(),
                version,
            }),
        }
    }

    /// Works on the file, and waits where another process keeps it: what it is asked to do is done whole or not at all.
    fn patiently<T>(
        &mut self,
        mut work: impl FnMut(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StateError> {
        let db = &mut self.db;
        let ended = self.waiting.until("another process", || match work(db) {
            Err(why) if is_busy(&why) => Ok(None),
            ended => ended.map(Some),
        });
        match ended {
            Ok(Some(done)) => Ok(done),
            Ok(None) => Err(StateError::Busy {
                path: self.place().to_owned(),
            }),
            Err(why) => Err(StateError::of(self.place(), why)),
        }
    }

    fn place(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new(IN_MEMORY))
    }
}

/// Copies what is in `folder` to a folder that is deleted with its handle.
fn copy(folder: &Path) -> io::Result<TempDir> {
    let copy = TempDir::new()?;
    fs::copy(folder.join(FILE), copy.path().join(FILE))?;
    // What was committed and not yet moved into the file.
    let log = format!("{FILE}-wal");
    match fs::copy(folder.join(&log), copy.path().join(&log)) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
        _ => Ok(copy),
    }
}

/// Makes the folder, and keeps what is in it out of version control.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.join(FILE).exists() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    write_new(&folder.join(".gitignore"), "*\n").map(drop)
}

fn is_busy(why: &rusqlite::Error) -> bool {
    let code = why.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Brings a file of any older version up to date, an empty one being older than all; a version that is newer than all
/// is returned as the error, and nothing done.
fn prepare(db: &mut Connection) -> rusqlite::Result<Result<(), u32>> {
    // Waits are ours.
    db.busy_timeout(Duration::ZERO)?;
    // Readers and one writer at once; each commit is on the disk before anything is tried.
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    let newest = VERSIONS.len() as u32;
    let version_of = |db: &Connection| -> rusqlite::Result<u32> {
        db.pragma_query_value(None, "user_version", |row| row.get(0))
    };
    let found = version_of(db)?;
    if found > newest {
        return Ok(Err(found));
    }
    if found == newest {
        return Ok(Ok(()));
    }
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it meanwhile.
    let found = version_of(&change)?;
    for version in VERSIONS.iter().skip(found as usize) {
        change.execute_batch(version)?;
    }
    change.pragma_update(None, "user_version", newest)?;
    change.commit()?;
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Waiting {
        Waiting::real(Duration::ZERO)
    }

    #[test]
    fn a_state_is_made_once_and_kept_out_of_version_control() {
        let folder = TempDir::new().unwrap();
        let place = folder.path().join("state");
        assert!(State::existing(&place, &now()).unwrap().is_none());
        assert!(!place.exists());
        State::open(&place, &now()).unwrap();
        assert!(State::existing(&place, &now()).unwrap().is_some());
        assert_eq!(fs::read_to_string(place.join(".gitignore")).unwrap(), "*\n");
    }

    #[test]
    fn a_file_that_cannot_be_used_is_told_and_left_as_it_is() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(FILE);
        let opened = || State::open(folder.path(), &now()).unwrap_err();
        fs::write(&path, "no database at all, and longer than a header of one").unwrap();
        assert!(matches!(opened(), StateError::Damaged { .. }));
        assert!(
            fs::read_to_string(&path)
                .unwrap()
                .starts_with("no database")
        );

        fs::remove_file(&path).unwrap();
        let newer = State::open(folder.path(), &now()).unwrap();
        newer.db.pragma_update(None, "user_version", 99).unwrap();
        drop(newer);
        assert!(matches!(opened(), StateError::Newer { version: 99, .. }));
    }

    #[test]
    fn a_copy_has_what_was_committed_last_and_nothing_of_it_stays() {
        let folder = TempDir::new().unwrap();
        let state = State::open(folder.path(), &now()).unwrap();
        state.db.execute_batch("CREATE TABLE t (n)").unwrap();
        // The file itself has nothing of it yet.
        let kept = copy(folder.path()).unwrap();
        let place = kept.path().to_owned();
        let read = State::of_copy(kept, folder.path(), &now()).unwrap();
        read.db.execute_batch("SELECT n FROM t").unwrap();
        assert_eq!(read.path(), state.path());
        drop(read);
        assert!(!place.exists());
    }

    #[test]
    fn a_file_that_another_process_keeps_is_waited_for_no_longer_than_asked() {
        let folder = TempDir::new().unwrap();
        let other = State::open(folder.path(), &now()).unwrap();
        other.db.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut state = State::open(folder.path(), &now()).unwrap();
        let why = state.add(&[]).unwrap_err();
        assert!(matches!(why, StateError::Busy { .. }), "{why}");
    }
}
