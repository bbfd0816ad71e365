//! A folder of its own for a test that runs the binary.

use std::fs;
use std::path::{Path, PathBuf};

/// A temporary folder, gone when dropped.
pub(crate) struct Sandbox(tempfile::TempDir);

impl Sandbox {
    /// Returns an empty folder.
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    /// Returns a folder that holds a copy of this project's `sources/` and `.runsheet.toml`.
    pub(crate) fn with_sources() -> Self {
        let sandbox = Self::empty();
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(&project.join("sources"), &sandbox.path().join("sources"));
        fs::copy(
            project.join(".runsheet.toml"),
            sandbox.path().join(".runsheet.toml"),
        )
        .expect("the config can be copied");
        sandbox
    }

    /// Returns the folder.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

fn copy(from: &PathBuf, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the folder can be listed") {
        let entry = entry.expect("the folder can be listed");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the file can be copied");
        }
    }
}
