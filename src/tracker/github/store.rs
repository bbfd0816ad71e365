//! What is kept between runs of the program: pages of listings with their `ETag`s, and creations under way.
//!
//! All of it may be lost: a page is then asked for in full, and a creation under way is found by its marker.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::GitHubError;
use super::wire::WireIssue;
use crate::tracker::intents::{Intent, Intents, read, write};

/// The state of one tracker, in a folder of its own.
pub(super) struct Store {
    folder: PathBuf,
    /// The creations under way.
    pub(super) intents: Intents,
    cache: Cache,
    changed: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Cache {
    /// The server and repository that it is of.
    #[serde(default)]
    of: String,
    /// Whom tickets are found by where labels cannot be set.
    #[serde(default)]
    creator: Option<String>,
    /// Whether the server keeps the versions of a body; `None` where it was not asked.
    #[serde(default)]
    versions: Option<bool>,
    /// The pages by their path.
    #[serde(default)]
    pages: BTreeMap<String, Page>,
}

/// A page of a listing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Page {
    /// What GitHub calls this state of it.
    pub(super) etag: Option<String>,
    /// The path of the next page.
    pub(super) next: Option<String>,
    /// The issues on it, without pull requests.
    pub(super) issues: Vec<WireIssue>,
}

impl Store {
    /// Returns what is kept in `folder` about `of`; nothing where it is about another repository or damaged.
    pub(super) fn open(folder: &Path, of: &str) -> Self {
        let cache: Option<Cache> = read(&folder.join("pages.json"));
        let cache = cache.filter(|cache| cache.of == of).unwrap_or(Cache {
            of: of.to_owned(),
            ..Cache::default()
        });
        Self {
            folder: folder.to_owned(),
            intents: Intents::of(folder),
            cache,
            changed: false,
        }
    }

    /// Returns the page as it was last seen.
    pub(super) fn page(&self, path: &str) -> Option<&Page> {
        self.cache.pages.get(path)
    }

    /// Returns the issues of all pages.
    pub(super) fn issues(&self) -> impl Iterator<Item = &WireIssue> {
        self.cache.pages.values().flat_map(|page| &page.issues)
    }

    /// Keeps a page.
    pub(super) fn keep_page(&mut self, path: &str, page: Page) {
        self.cache.pages.insert(path.to_owned(), page);
        self.changed = true;
    }

    /// Forgets the pages that no listing leads to any more.
    pub(super) fn keep_only(&mut self, paths: &[String]) {
        let before = self.cache.pages.len();
        self.cache.pages.retain(|path, _| paths.contains(path));
        self.changed |= self.cache.pages.len() != before;
    }

    /// Returns whom tickets are found by where labels cannot be set.
    pub(super) fn creator(&self) -> Option<&str> {
        self.cache.creator.as_deref()
    }

    /// Keeps whom tickets are found by.
    pub(super) fn keep_creator(&mut self, login: &str) {
        self.cache.creator = Some(login.to_owned());
        self.changed = true;
    }

    /// Returns whether the server keeps the versions of a body, where it was asked.
    pub(super) fn keeps_versions(&self) -> Option<bool> {
        self.cache.versions
    }

    /// Keeps whether the server keeps the versions of a body.
    pub(super) fn keep_keeps_versions(&mut self, keeps: bool) {
        self.changed |= self.cache.versions != Some(keeps);
        self.cache.versions = Some(keeps);
    }

    /// Keeps a creation on the disk before its request is sent.
    pub(super) fn keep_intent(&self, intent: &Intent<u64>) -> Result<(), GitHubError> {
        let kept = self.intents.keep(intent);
        kept.map_err(|(path, source)| GitHubError::State { path, source })
    }

    /// Writes what changed. A failure costs only time later, so it is none.
    pub(super) fn save(&mut self) {
        if self.changed && write(&self.folder.join("pages.json"), &self.cache).is_ok() {
            self.changed = false;
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.save();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_or_of_another_repository_is_left_aside() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), "a");
        store.keep_creator("ann");
        store.save();
        assert_eq!(Store::open(folder.path(), "a").creator(), Some("ann"));
        assert_eq!(Store::open(folder.path(), "b").creator(), None);
        std::fs::write(folder.path().join("pages.json"), "{").unwrap();
        assert_eq!(Store::open(folder.path(), "a").creator(), None);
    }
}
