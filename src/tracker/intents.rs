//! The creations under way, each kept on the disk before its request is sent.
//!
//! All of it may be lost: a creation under way is then found by what marks its issue.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::file::write_over;
use crate::run::RunKey;

/// A creation that was begun and of which it is not known how it ended; issues are known by an `I`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Intent<I> {
    /// The run.
    pub(super) run: RunKey,
    /// When the request was sent.
    pub(super) sent: Timestamp,
    /// The hash of the body that was sent.
    pub(super) body: String,
    /// The issue, where the answer came.
    #[serde(default = "none", alias = "number", alias = "key")]
    pub(super) issue: Option<I>,
}

fn none<I>() -> Option<I> {
    None
}

impl<I> Intent<I> {
    /// Returns how long ago the request was sent.
    pub(super) fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.sent)
    }
}

/// The creations under way of one tracker, a file each.
pub(super) struct Intents {
    folder: PathBuf,
}

impl Intents {
    /// Returns those that are kept in the folder of a tracker's state.
    pub(super) fn of(state: &Path) -> Self {
        Self {
            folder: state.join("intents"),
        }
    }

    /// Returns all, by their runs.
    pub(super) fn all<I: DeserializeOwned>(&self) -> Vec<Intent<I>> {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let mut intents: Vec<Intent<I>> = entries
            .filter_map(|entry| read(&entry.ok()?.path()))
            .collect();
        intents.sort_by(|a, b| a.run.cmp(&b.run));
        intents
    }

    /// Returns that for `run`.
    pub(super) fn get<I: DeserializeOwned>(&self, run: &RunKey) -> Option<Intent<I>> {
        read::<Intent<I>>(&self.path(run)).filter(|intent| intent.run == *run)
    }

    /// Keeps one; an error comes with the file.
    pub(super) fn keep<I: Serialize>(
        &self,
        intent: &Intent<I>,
    ) -> Result<(), (PathBuf, io::Error)> {
        let path = self.path(&intent.run);
        write(&path, intent).map_err(|why| (path, why))
    }

    /// Forgets one whose end is known. A file that stays leads only to another look.
    pub(super) fn forget(&self, run: &RunKey) {
        let _ = fs::remove_file(self.path(run));
    }

    fn path(&self, run: &RunKey) -> PathBuf {
        self.folder.join(format!("{}.json", hash(&run.to_string())))
    }
}

/// Returns a short hash of a text.
pub(super) fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
}

/// Returns what a file holds; nothing where it is not there or damaged.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Writes a file whole or not at all.
pub(super) fn write<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    write_over(path, &serde_json::to_string(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intent_lasts_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let intents = Intents::of(folder.path());
        let run: RunKey = "upgrade@site=x/1.0".parse().unwrap();
        let intent = Intent {
            run: run.clone(),
            sent: Timestamp::UNIX_EPOCH,
            body: hash("body"),
            issue: Some(7),
        };
        intents.keep(&intent).unwrap();
        assert_eq!(intents.all::<u64>().len(), 1);
        let found = intents.get::<u64>(&run).unwrap();
        assert_eq!((found.body, found.issue), (hash("body"), Some(7)));
        intents.forget(&run);
        assert!(intents.get::<u64>(&run).is_none() && intents.all::<u64>().is_empty());
    }

    #[test]
    fn an_intent_of_an_earlier_version_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let intents = Intents::of(folder.path());
        let run: RunKey = "upgrade/1.0".parse().unwrap();
        let file = intents.path(&run);
        let old = r#"{"run":"upgrade/1.0","sent":"2026-11-27T10:00:00Z","body":"b","key":"OPS-1"}"#;
        let new = serde_json::to_value(&Intent {
            run: run.clone(),
            sent: "2026-11-27T10:00:00Z".parse().unwrap(),
            body: "b".to_owned(),
            issue: Some("OPS-1".to_owned()),
        });
        let mut as_before: serde_json::Value = serde_json::from_str(old).unwrap();
        as_before["run"] = new.unwrap()["run"].clone();
        write(&file, &as_before).unwrap();
        let found = intents.get::<String>(&run).unwrap();
        assert_eq!(found.issue.as_deref(), Some("OPS-1"));
    }
}
