//! What is kept between runs of the program: which issue shows which run, what was written lately, and creations
//! under way.
//!
//! All of it may be lost: a run is then found by a search, and a creation under way by its property.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::JiraError;
use crate::run::RunKey;
use crate::tracker::intents::{Intent, Intents, read, write};

/// How long a search may not have noticed a write.
const LAG: SignedDuration = SignedDuration::from_mins(10);
/// How many issues a search can be asked to look at anew.
const MOST_WRITTEN: usize = 50;

/// The state of one tracker, in a folder of its own.
pub(super) struct Store {
    folder: PathBuf,
    /// The creations under way.
    pub(super) intents: Intents,
    known: Known,
    changed: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    /// The site and project that it is of.
    #[serde(default)]
    of: String,
    /// The keys of the issues that show runs.
    #[serde(default)]
    keys: BTreeMap<String, String>,
    /// The ids of the issues written lately, and when.
    #[serde(default)]
    written: BTreeMap<u64, Timestamp>,
}

impl Store {
    /// Returns what is kept in `folder` about `of`; nothing where it is about another project or damaged.
    pub(super) fn open(folder: &Path, of: &str) -> Self {
        let known: Option<Known> = read(&folder.join("known.json"));
        let known = known.filter(|known| known.of == of).unwrap_or(Known {
            of: of.to_owned(),
            ..Known::default()
        });
        Self {
            folder: folder.to_owned(),
            intents: Intents::of(folder),
            known,
            changed: false,
        }
    }

    /// Returns the key of the issue that showed `run` the last time.
    pub(super) fn key(&self, run: &RunKey) -> Option<String> {
        self.known.keys.get(&run.to_string()).cloned()
    }

    /// Keeps which issues show which runs.
    pub(super) fn keep_keys(&mut self, keys: BTreeMap<String, String>) {
        self.changed |= self.known.keys != keys;
        self.known.keys = keys;
    }

    /// Keeps which issue shows a run.
    pub(super) fn keep_key(&mut self, run: &RunKey, key: &str) {
        self.known.keys.insert(run.to_string(), key.to_owned());
        self.changed = true;
    }

    /// Keeps that an issue was written.
    pub(super) fn wrote(&mut self, id: u64, now: Timestamp) {
        // A search can be asked for ids that are numbers only.
        if i64::try_from(id).is_ok() {
            self.known.written.insert(id, now);
            self.changed = true;
        }
    }

    /// Returns the ids of the issues that were written so lately that a search may not have noticed, newest first.
    pub(super) fn written(&self, now: Timestamp) -> Vec<u64> {
        let lately = self.known.written.iter();
        let mut lately: Vec<(u64, Timestamp)> = lately
            .filter(|(_, at)| now.duration_since(**at) < LAG)
            .map(|(id, at)| (*id, *at))
            .collect();
        lately.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
        lately.truncate(MOST_WRITTEN);
        lately.into_iter().map(|(id, _)| id).collect()
    }

    /// Keeps a creation on the disk before its request is sent.
    pub(super) fn keep_intent(&self, intent: &Intent<String>) -> Result<(), JiraError> {
        let kept = self.intents.keep(intent);
        kept.map_err(|(path, source)| JiraError::State { path, source })
    }

    /// Writes what changed. A failure costs only time later, so it is none.
    pub(super) fn save(&mut self, now: Timestamp) {
        if !self.changed {
            return;
        }
        let lately = self.written(now);
        self.known.written.retain(|id, _| lately.contains(id));
        if write(&self.folder.join("known.json"), &self.known).is_ok() {
            self.changed = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_long_ago_or_for_another_project_is_left_aside() {
        let folder = tempfile::tempdir().unwrap();
        let run: RunKey = "upgrade/1".parse().unwrap();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let mut store = Store::open(folder.path(), "a");
        store.keep_key(&run, "OPS-1");
        store.wrote(1, now - LAG);
        store.wrote(2, now - LAG / 2);
        store.wrote(3, now);
        store.save(now);
        let again = Store::open(folder.path(), "a");
        assert_eq!(again.key(&run).as_deref(), Some("OPS-1"));
        assert_eq!(again.written(now), [3, 2]);
        assert_eq!(Store::open(folder.path(), "b").key(&run), None);
        std::fs::write(folder.path().join("known.json"), "{").unwrap();
        assert_eq!(Store::open(folder.path(), "a").key(&run), None);
    }
}
