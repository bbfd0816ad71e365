//! Sphinx inventories (`objects.inv`): what other docs define, and where.
//!
//! ```text
//! inventory = "# Sphinx inventory version 2\n" "# Project: " ... "# Version: " ... "# The remainder ..." zlib
//! entries   = (name " " domain ":" type " " priority " " uri " " title "\n")*
//! ```
//!
//! A `$` at a uri's end stands for the name, a title `-` too. The crate `sphinx_inv` knows the
//! domains by a fixed list and fails on others; projects define their own, so only the zlib half is
//! left to a crate here.

use std::collections::HashMap;
use std::io::Read;

use flate2::read::ZlibDecoder;

/// How much text an inventory may unpack to; Python's own has 1.5 MB.
const MAX_UNPACKED: u64 = 64 << 20;

/// What other docs define.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    base: String,
    /// `domain:type` and name to uri and title.
    entries: HashMap<(String, String), (String, String)>,
}

/// Why a file is no inventory.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// The first lines are not those of version 2.
    #[error("not a Sphinx inventory of version 2")]
    NotAnInventory,
    /// The packed part is damaged.
    #[error("cannot unpack the inventory")]
    Unpack(#[source] std::io::Error),
}

/// An object that an inventory knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub uri: String,
    /// What it is called there.
    pub title: String,
}

impl Inventory {
    /// Returns the inventory in `bytes`; `base` is the address that its pages are relative to.
    ///
    /// # Errors
    /// Where the header is not that of version 2 or the packed part is damaged. A line that is no
    /// entry is left out, as Sphinx does.
    pub fn read(bytes: &[u8], base: &str) -> Result<Self, InventoryError> {
        let mut rest = bytes;
        for start in [
            "# Sphinx inventory version 2",
            "# Project:",
            "# Version:",
            "# The remainder",
        ] {
            let end = rest.iter().position(|byte| *byte == b'\n');
            let (line, after) = rest.split_at(end.ok_or(InventoryError::NotAnInventory)? + 1);
            if !line.starts_with(start.as_bytes()) {
                return Err(InventoryError::NotAnInventory);
            }
            rest = after;
        }
        let mut unpacked = Vec::new();
        ZlibDecoder::new(rest)
            .take(MAX_UNPACKED)
            .read_to_end(&mut unpacked)
            .map_err(InventoryError::Unpack)?;
        let text = String::from_utf8_lossy(&unpacked);
        Ok(Self {
            base: base.trim_end_matches('/').to_owned(),
            entries: text.lines().filter_map(entry).collect(),
        })
    }

    /// Returns the object `name` of a type written `domain:type`.
    pub fn find(&self, kind: &str, name: &str) -> Option<Found> {
        let (uri, title) = self.entries.get(&(kind.to_owned(), name.to_owned()))?;
        Some(Found {
            uri: format!("{}/{uri}", self.base),
            title: title.clone(),
        })
    }
}

type Entry = ((String, String), (String, String));

/// Reads one line; a name may hold blanks, the type and what follows may not, but for the title.
fn entry(line: &str) -> Option<Entry> {
    let mut search = 0;
    loop {
        let blank = search + line.get(search..)?.find(' ')?;
        let mut fields = line[blank + 1..].splitn(4, ' ');
        let (kind, priority) = (fields.next()?, fields.next()?);
        if kind.contains(':') && priority.parse::<i32>().is_ok() {
            let name = &line[..blank];
            let uri = fields.next()?;
            let title = match fields.next()?.trim() {
                "-" => name,
                title => title,
            };
            let uri = match uri.strip_suffix('$') {
                Some(start) => format!("{start}{name}"),
                None => uri.to_owned(),
            };
            return Some(((kind.to_owned(), name.to_owned()), (uri, title.to_owned())));
        }
        search = blank + 1;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    pub(crate) fn packed(entries: &str) -> Vec<u8> {
        let mut bytes =
            b"# Sphinx inventory version 2\n# Project: x\n# Version: 1\n# The remainder of this file is compressed using zlib.\n".to_vec();
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(entries.as_bytes()).unwrap();
        bytes.extend(encoder.finish().unwrap());
        bytes
    }

    #[test]
    fn entries_are_found_by_type_and_name() {
        let bytes = packed(
            "back up std:label -1 ops/save.html#$ How to back up\nhome std:doc -1 home.html Home page\n\
             env.X my.domain:setting 1 s.html#$ -\nbroken\n",
        );
        let inventory = Inventory::read(&bytes, "https://docs.example.org/").unwrap();
        let found = inventory.find("std:label", "back up").unwrap();
        assert_eq!(found.uri, "https://docs.example.org/ops/save.html#back up");
        assert_eq!(found.title, "How to back up");
        assert_eq!(
            inventory.find("my.domain:setting", "env.X").unwrap().title,
            "env.X"
        );
        assert_eq!(inventory.find("std:label", "home"), None);
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        assert!(matches!(
            Inventory::read(b"x", ""),
            Err(InventoryError::NotAnInventory)
        ));
        let mut bytes = packed("a std:doc -1 a.html -\n");
        let last = bytes.len() - 8;
        bytes.truncate(last);
        assert!(matches!(
            Inventory::read(&bytes, ""),
            Err(InventoryError::Unpack(_))
        ));
    }
}
