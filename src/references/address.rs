//! Addresses of pages and places in them.

use std::path::{Component, Path, PathBuf};

/// Returns `docs_url` with `{path}` and `{label}` filled in; without a label its `#` goes too.
pub(super) fn fill(docs_url: &str, path: &str, label: &str) -> String {
    let mut filled = String::with_capacity(docs_url.len() + path.len() + label.len());
    let mut rest = docs_url;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("{path}") {
            encode(path, &mut filled);
            rest = after;
        } else if let Some(after) = rest.strip_prefix("{label}") {
            encode(label, &mut filled);
            rest = after;
        } else {
            filled.push('{');
            rest = &rest[1..];
        }
    }
    filled.push_str(rest);
    if label.is_empty() && filled.ends_with('#') {
        filled.pop();
    }
    filled
}

/// Adds `text` with all that cannot stand in a path or fragment percent-encoded (RFC 3986).
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=:@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// Returns the identifier that docutils makes of a name, `docutils.nodes.make_id`.
pub(super) fn docutils_id(name: &str) -> String {
    let mut id = String::with_capacity(name.len());
    for c in name.to_lowercase().chars() {
        if c.is_ascii_lowercase() || (c.is_ascii_digit() && !id.is_empty()) {
            id.push(c);
        } else if !id.is_empty() && !id.ends_with('-') && (c.is_ascii() || !c.is_alphanumeric()) {
            id.push('-');
        }
    }
    id.truncate(id.trim_end_matches('-').len());
    id
}

/// Returns the anchor that GitHub makes of a heading's text.
pub(super) fn github_slug(title: &str) -> String {
    title
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Returns `path` without `.` and `..`; `None` where it leads out of where it starts.
pub(super) fn normalize(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => {
                normal.push(component);
            }
        }
    }
    Some(normal)
}

/// Returns the innermost of `roots` that holds `path`, else the folder of `path`.
pub(super) fn root_of<'a>(path: &'a Path, roots: &'a [PathBuf]) -> &'a Path {
    roots
        .iter()
        .filter(|root| path.starts_with(root))
        .max_by_key(|root| root.components().count())
        .map_or_else(|| path.parent().unwrap_or(Path::new("")), PathBuf::as_path)
}

/// Returns the path that a document gives, seen from the document at `from`: `/` is the root.
///
/// `None` where it leads out of the root.
pub(super) fn locate(path: &str, from: &Path, root: &Path) -> Option<PathBuf> {
    let joined = match path.strip_prefix('/') {
        Some(path) => root.join(path),
        None => from.parent().unwrap_or(Path::new("")).join(path),
    };
    let normal = normalize(&joined)?;
    normal.starts_with(normalize(root)?).then_some(normal)
}

/// Returns a document's name: its path in its root, without ending, `/` between the parts.
pub(super) fn document_name(path: &Path, root: &Path) -> String {
    let inner = path.strip_prefix(root).unwrap_or(path).with_extension("");
    let parts: Vec<_> = inner
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy()),
            _ => None,
        })
        .collect();
    parts.join("/")
}

/// Returns `text` with `%20` and the like read.
pub(super) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .filter(|_| *first == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_filled_and_encoded() {
        let url = "https://x.org/{lang}/{path}.html#{label}";
        assert_eq!(
            fill(url, "a b/c", "{path}"),
            "https://x.org/{lang}/a%20b/c.html#%7Bpath%7D"
        );
        assert_eq!(fill(url, "a", ""), "https://x.org/{lang}/a.html");
    }

    #[test]
    fn identifiers_are_those_of_docutils_and_github() {
        assert_eq!(docutils_id("2. Back_up the DB!"), "back-up-the-db");
        assert_eq!(docutils_id("one: two"), "one-two");
        assert_eq!(github_slug("2. Back_up the `DB`!"), "2-back_up-the-db");
    }

    #[test]
    fn paths_stay_in_their_root() {
        let roots = [PathBuf::from("docs"), PathBuf::from("docs/ops")];
        let page = Path::new("docs/ops/a.rst");
        let root = root_of(page, &roots);
        assert_eq!(root, Path::new("docs/ops"));
        assert_eq!(
            locate("../ops/b.txt", page, root),
            Some("docs/ops/b.txt".into())
        );
        assert_eq!(locate("/b.txt", page, root), Some("docs/ops/b.txt".into()));
        assert_eq!(locate("../b.txt", page, root), None);
        assert_eq!(locate("../../../b.txt", page, root), None);
        assert_eq!(document_name(page, Path::new("docs")), "ops/a");
        assert_eq!(root_of(Path::new("x.rst"), &roots), Path::new(""));
    }
}
