//! From patterns and paths to sources in memory, each checked to be text.

use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};
use ignore::WalkBuilder;
use rayon::prelude::*;

use crate::references::InventoryError;
use crate::source::{Markup, Source};

/// Where a document is, and the path it is shown under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourcePath {
    /// Relative to the config, with `/` between its parts.
    pub shown: String,
    /// As the system opens it.
    pub path: PathBuf,
}

impl SourcePath {
    /// Returns the path as somebody gave it.
    pub fn given(path: &Path) -> Self {
        Self {
            shown: shown(path),
            path: path.to_owned(),
        }
    }
}

/// Why documents cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No file fits any pattern.
    #[error("no document fits {}", patterns.iter().map(|pattern| format!("`{pattern}`")).collect::<Vec<_>>().join(" or "))]
    NoSources {
        /// The patterns.
        patterns: Vec<String>,
    },
    /// A pattern is none.
    #[error("`{pattern}` is not a pattern")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why.
        source: globset::Error,
    },
    /// A folder cannot be walked.
    #[error("cannot look for documents")]
    Walk(#[from] ignore::Error),
    /// A file cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The folder of templates cannot be read.
    #[error("cannot read the folder of templates, `{path}`")]
    Templates {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// It is a folder.
    #[error("`{path}` is a folder, not a document")]
    Folder {
        /// Which.
        path: String,
    },
    /// It holds bytes that no text holds.
    #[error("`{path}` is a binary file, not a document")]
    Binary {
        /// Which.
        path: String,
    },
    /// It is not UTF-8.
    #[error("`{path}` is not UTF-8 text: line {line} has a byte that cannot be read")]
    NotUtf8 {
        /// Which.
        path: String,
        /// The 1-based line of the first bad byte.
        line: usize,
    },
    /// It is longer than offsets can tell.
    #[error("`{path}` is longer than 4 GiB")]
    TooLong {
        /// Which.
        path: String,
    },
    /// It is no Sphinx inventory.
    #[error("cannot read the inventory `{path}`")]
    Inventory {
        /// Which.
        path: String,
        /// Why.
        source: InventoryError,
    },
    /// Its ending says nothing about its markup.
    #[error("cannot tell the markup of `{path}` by its name")]
    UnknownMarkup {
        /// Which.
        path: String,
    },
}

impl LoadError {
    /// Returns what to do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoSources { .. } => {
                "set `sources` in runsheet.toml (`runsheet init` writes one), or name files"
                    .to_owned()
            }
            Self::Folder { path } => {
                let folder = path.trim_end_matches('/');
                format!(
                    "name its files, or set `sources = [\"{folder}/**/*.rst\"]` in runsheet.toml"
                )
            }
            Self::NotUtf8 { .. } => "save the file as UTF-8".to_owned(),
            Self::UnknownMarkup { .. } => {
                "documents end in .rst, .rest, .txt, .md, .markdown, .mkd or .mdx".to_owned()
            }
            Self::Templates { .. } => {
                "make it, or take `templates` out of the config: the built-in ones serve".to_owned()
            }
            Self::Pattern { .. }
            | Self::Walk(_)
            | Self::Inventory { .. }
            | Self::Read { .. }
            | Self::Binary { .. }
            | Self::TooLong { .. } => return None,
        };
        Some(hint)
    }
}

/// Returns the documents that fit the patterns, which are relative to `root`, sorted.
///
/// A name without pattern characters stands for itself, whether it is there or not. Files that git would
/// ignore are left out.
///
/// # Errors
/// Where a pattern is none, a folder cannot be read, or nothing fits.
pub fn find_sources(root: &Path, patterns: &[String]) -> Result<Vec<SourcePath>, LoadError> {
    let mut found = Vec::new();
    for pattern in patterns {
        let (fixed, is_pattern) = fixed_part(pattern);
        if !is_pattern {
            found.push(source_path(root, &fixed));
            continue;
        }
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            .build()
            .map_err(|source| LoadError::Pattern {
                pattern: pattern.clone(),
                source,
            })?;
        walk(root, &fixed, &glob.compile_matcher(), &mut found)?;
    }
    found.sort();
    found.dedup();
    if found.is_empty() {
        return Err(LoadError::NoSources {
            patterns: patterns.to_vec(),
        });
    }
    Ok(found)
}

/// Returns the folders that the patterns' documents are in: what stands before the first pattern character.
pub fn roots_of_patterns(patterns: &[String]) -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = patterns
        .iter()
        .map(|pattern| match fixed_part(pattern) {
            (folder, true) => PathBuf::from(shown(&folder)),
            (file, false) => PathBuf::from(shown(file.parent().unwrap_or(Path::new("")))),
        })
        .collect();
    roots.sort();
    roots.dedup();
    roots
}

/// Returns the folders that documents are in.
pub fn roots_of_paths(paths: &[SourcePath]) -> Vec<PathBuf> {
    let folders = paths
        .iter()
        .filter_map(|path| Path::new(&path.shown).parent());
    let mut roots: Vec<PathBuf> = folders.map(Path::to_owned).collect();
    roots.sort();
    roots.dedup();
    roots
}

/// Returns the leading folders of a pattern that hold no pattern character, and whether anything follows them.
fn fixed_part(pattern: &str) -> (PathBuf, bool) {
    let mut fixed = PathBuf::new();
    for part in Path::new(pattern).components() {
        if part
            .as_os_str()
            .to_string_lossy()
            .contains(['*', '?', '[', '{'])
        {
            return (fixed, true);
        }
        fixed.push(part);
    }
    (fixed, false)
}

fn walk(
    root: &Path,
    fixed: &Path,
    glob: &GlobMatcher,
    found: &mut Vec<SourcePath>,
) -> Result<(), LoadError> {
    let start = root.join(fixed);
    let start = if start.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        start
    };
    if !start.exists() {
        return Ok(());
    }
    let walk = WalkBuilder::new(&start)
        .hidden(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    for entry in walk {
        let entry = entry?;
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let below = entry.path().strip_prefix(&start).unwrap_or(entry.path());
        let path = fixed.join(below);
        if glob.is_match(&path) {
            found.push(source_path(root, &path));
        }
    }
    Ok(())
}

/// Returns the document at a path that is relative to the config.
fn source_path(root: &Path, relative: &Path) -> SourcePath {
    SourcePath {
        shown: shown(relative),
        path: root.join(relative),
    }
}

/// Returns a path with `/` between its parts, whatever the system.
fn shown(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .filter(|part| *part != Component::RootDir && *part != Component::CurDir)
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    let start = if path.has_root() { "/" } else { "" };
    format!("{start}{}", parts.join("/"))
}

/// Reads the documents at once, in the order given; every one that cannot be read is named.
///
/// `tick` is called after each, from any thread.
///
/// # Errors
/// All that went wrong, in the order given.
pub fn read_sources(
    paths: &[SourcePath],
    tick: &(dyn Fn() + Sync),
) -> Result<Vec<Arc<Source>>, Vec<LoadError>> {
    let read: Vec<Result<Source, LoadError>> = paths
        .par_iter()
        .map(|path| {
            let source = read_source(path);
            tick();
            source
        })
        .collect();
    let mut sources = Vec::new();
    let mut errors = Vec::new();
    for source in read {
        match source {
            Ok(source) => sources.push(Arc::new(source)),
            Err(why) => errors.push(why),
        }
    }
    if errors.is_empty() {
        Ok(sources)
    } else {
        Err(errors)
    }
}

/// Reads one document, its markup told by its name.
///
/// # Errors
/// Where it is not there, not a file, not text, or of no known markup.
pub fn read_source(path: &SourcePath) -> Result<Source, LoadError> {
    let bytes = read_bytes(path)?;
    let markup = Markup::of_path(&path.path).ok_or_else(|| LoadError::UnknownMarkup {
        path: path.shown.clone(),
    })?;
    source_of(&path.shown, bytes, markup)
}

/// Reads one document whose markup is known.
///
/// # Errors
/// Where it is not there, not a file or not text.
pub fn read_source_as(path: &SourcePath, markup: Markup) -> Result<Source, LoadError> {
    source_of(&path.shown, read_bytes(path)?, markup)
}

/// Reads a document from `input`, shown as `-`.
///
/// # Errors
/// Where it cannot be read or is not text.
pub fn read_stream(input: &mut dyn Read, markup: Markup) -> Result<Source, LoadError> {
    let mut bytes = Vec::new();
    input
        .read_to_end(&mut bytes)
        .map_err(|source| LoadError::Read {
            path: "-".to_owned(),
            source,
        })?;
    source_of("-", bytes, markup)
}

fn read_bytes(path: &SourcePath) -> Result<Vec<u8>, LoadError> {
    if path.path.is_dir() {
        return Err(LoadError::Folder {
            path: path.shown.clone(),
        });
    }
    fs::read(&path.path).map_err(|source| LoadError::Read {
        path: path.shown.clone(),
        source,
    })
}

fn source_of(shown: &str, bytes: Vec<u8>, markup: Markup) -> Result<Source, LoadError> {
    let path = || shown.to_owned();
    if u32::try_from(bytes.len()).is_err() {
        return Err(LoadError::TooLong { path: path() });
    }
    if bytes.contains(&0) {
        return Err(LoadError::Binary { path: path() });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(shown, text, markup)),
        Err(why) => {
            let good = &why.as_bytes()[..why.utf8_error().valid_up_to()];
            let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
            Err(LoadError::NotUtf8 { path: path(), line })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(root: &Path, patterns: &[&str]) -> Vec<String> {
        let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let found = find_sources(root, &patterns).unwrap();
        found.into_iter().map(|source| source.shown).collect()
    }

    #[test]
    fn patterns_find_files_once_and_sorted_and_skip_what_git_ignores() {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("docs/a.rst", ""),
            ("docs/deep/b.rst", ""),
            ("docs/deep/c.md", ""),
            ("docs/_build/a.rst", ""),
            (".gitignore", "_build/\n"),
            ("e.rst", ""),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let root = root.path();
        assert_eq!(
            names(root, &["docs/**/*.rst", "docs/*.rst"]),
            ["docs/a.rst", "docs/deep/b.rst"]
        );
        assert_eq!(names(root, &["./docs/*.rst"]), ["docs/a.rst"]);
        assert_eq!(names(root, &["*.rst"]), ["e.rst"]);
        assert_eq!(names(root, &["gone.rst"]), ["gone.rst"]);
        assert!(find_sources(root, &["gone/*.rst".to_owned()]).is_err());
    }

    #[test]
    fn what_is_no_text_is_named() {
        let bytes = |bytes: &[u8]| source_of("a.rst", bytes.to_vec(), Markup::Rst).unwrap_err();
        assert!(matches!(bytes(b"a\0b"), LoadError::Binary { .. }));
        assert!(matches!(
            bytes(b"a\n\xff"),
            LoadError::NotUtf8 { line: 2, .. }
        ));
    }
}
