//! What an issue of Jira holds beside its description, so that its ticket can be read as Markdown again.
//!
//! The body as it was last written is held whole, markers, comments and all, deflated; and the run in clear text,
//! so that a listing need not unpack every ticket:
//!
//! ```text
//! {"version": 1, "ticket": "<!-- runsheet 1 ... -->", "body": BASE64 OF ZLIB, "ids": {LOCAL ID: STEP, ...},
//!  "shown": HASH OF THE DESCRIPTION, "list": {"app": APP, "shown": HASH OF ITS TEXT}}
//! ```
//!
//! It is written in one request with the description. Text takes about a third of its size that way; Jira takes
//! 32,768 characters ([`LIMIT`]), so a description of 30,000 characters fits unless it is noise.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};

use crate::body::TicketMarker;
use crate::body::marker::comments;
use crate::config::ChecklistApp;

/// The version of the format that this program writes.
pub const VERSION: u32 = 1;

/// The most characters that Jira takes in a property.
pub const LIMIT: usize = 32_768;

/// The most bytes a body may have: what claims to be longer is damaged.
const LONGEST: u64 = 4 << 20;

/// What is held of a ticket beside its description; the default is that of an issue that shows no run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct Held {
    /// The body as last written, with its markers.
    pub body: String,
    /// The steps of the items that go by an id which does not tell the step: those a person made anew.
    pub ids: BTreeMap<String, String>,
    /// What the description is known by that was written, where that has no ids: untouched, it is the body.
    pub shown: String,
    /// Whose checklist the steps were written as, where they are not in the description.
    pub list: Option<HeldList>,
}

/// What is held of a checklist in a field of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldList {
    /// The app that it is for.
    pub app: ChecklistApp,
    /// What the text is known by that was written.
    pub shown: String,
}

/// Why what is held cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HeldError {
    /// A newer program wrote it.
    #[error(
        "the hidden text of the ticket has version {0}, this program knows {VERSION}: use a newer one"
    )]
    Newer(u32),
    /// It is no base64, or not deflated, or no text.
    #[error("the hidden text of the ticket is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Held {
    /// Returns what is held of a ticket with this body.
    pub fn new(body: &str) -> Self {
        Self {
            body: body.to_owned(),
            ids: BTreeMap::new(),
            shown: String::new(),
            list: None,
        }
    }

    /// Returns the ticket's marker, where the body has one.
    pub fn ticket(&self) -> Option<TicketMarker> {
        comments(&self.body).find_map(|comment| TicketMarker::parse(&self.body[comment]))
    }
}

/// The form it is stored in.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    body: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    ids: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    shown: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list: Option<HeldList>,
}

impl From<Held> for Stored {
    fn from(held: Held) -> Self {
        let ticket = held.ticket().map(|ticket| ticket.to_string());
        Self {
            version: VERSION,
            ticket: ticket.unwrap_or_default(),
            body: STANDARD.encode(deflated(&held.body)),
            ids: held.ids,
            shown: held.shown,
            list: held.list,
        }
    }
}

impl TryFrom<Stored> for Held {
    type Error = HeldError;

    fn try_from(stored: Stored) -> Result<Self, HeldError> {
        if stored.version > VERSION {
            return Err(HeldError::Newer(stored.version));
        }
        let packed = STANDARD
            .decode(&stored.body)
            .map_err(|error| HeldError::Damaged(error.into()))?;
        let mut body = String::new();
        if !packed.is_empty() {
            ZlibDecoder::new(packed.as_slice())
                .take(LONGEST)
                .read_to_string(&mut body)
                .map_err(|error| HeldError::Damaged(error.into()))?;
        }
        Ok(Self {
            body,
            ids: stored.ids,
            shown: stored.shown,
            list: stored.list,
        })
    }
}

fn deflated(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail; were it to, reading would tell.
    let _ = encoder.write_all(text.as_bytes());
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_of_any_text_is_held_and_its_run_is_told_in_clear() {
        let body = "<!-- runsheet 1 works/2.0 c=abc -->\n- [ ] größe <!-- rs a h=b -->\r\n";
        let mut held = Held::new(body);
        held.ids.insert("7".to_owned(), "a".to_owned());
        let property = serde_json::to_value(&held).unwrap();
        assert_eq!(property["ticket"], "<!-- runsheet 1 works/2.0 c=abc -->");
        assert_eq!(held.ticket().unwrap().run.name, "2.0");
        assert_eq!(serde_json::from_value::<Held>(property).unwrap(), held);
    }

    #[test]
    fn what_is_damaged_newer_or_too_long_is_told() {
        let read = |value| {
            serde_json::from_value::<Held>(value)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            read(json!({"version": 1, "body": "?"})),
            "the hidden text of the ticket is damaged"
        );
        assert_eq!(
            read(json!({"version": 1, "body": "AAAA"})),
            "the hidden text of the ticket is damaged"
        );
        assert!(read(json!({"version": 2})).contains("version 2"));
    }
}
