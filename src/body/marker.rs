//! The hidden text that ties a ticket to its run and each item to its step.
//!
//! Three comments, each on one line:
//!
//! ```text
//! ticket = "<!-- runsheet " version " " run " c=" hash [" closed"] {" v=" name "=" value} [" pin=" content]
//!          [" owes=" content "=" words] [" parts=" part {"," part}] [" begun"] [" beside=" hash {"," hash}] " -->"
//!                                      first line: which run, hash of the text, the values of variables, the content
//!                                      it is pinned to, the comment on its last change that is still to be written,
//!                                      the tickets that its steps are in, whether one of them is settled, the hashes
//!                                      that tell other procedures which had half or more of its steps
//! part   = number [":" ticket]
//! item   = "<!-- rs " id {" " key "=" value} " -->"                     at the end of an item's line
//! base   = "<!-- runsheet base " outline " -->"                         last line: what was written, in order
//! run    = procedure ["@" axis "=" value {"," axis "=" value}] "/" name
//! key    = "n" number | "h" hash of the text | "p" phase | "r" phase it replaces | "f" flags | "s" state | "w" reports
//!        | "a" agreed
//! flags  = "o" optional | "a" abort | "l" alternative | "g" group without an action of its own
//! reports = how many reports changed the item, so that it never looks again as it did before one
//! agreed = round ["." (hash of a state | "-")]                      what the tickets of one run last agreed on; `-` is open
//!                                      since they could not agree
//! state  = "x" done | "k" skipped | "f" failed | "g" ticked because its substeps are
//! outline = {"." hash of a text | "=" hash of an id | "(" outline ")"}
//! ```
//!
//! Everything that is not a letter, a digit or one of `._-` is written as `%` and two hex digits, as is the second of
//! two `-`: so no marker holds `--` before its end, a blank in a value, or a box that GitHub would count.

use std::fmt::Write as _;
use std::ops::Range;

mod base;
mod hash;
mod item;
mod ticket;

pub(crate) use base::{Base, BasePiece, PieceKey, block_key, item_key};
pub(crate) use hash::{content_hash, letters_of, state_hash, text_hash};
pub use item::{Agreed, Damage, Duty, ItemMarker, Written};
pub use ticket::{Changelog, PartRef, TicketMarker};

/// The version of the format that this program writes.
pub const VERSION: u32 = 1;

/// Returns where the comments of `text` stand, `<!--` to `-->`, or to the end for one that is not closed.
pub(crate) fn comments(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text.get(from..)?.find("<!--")?;
        let end = text[start..]
            .find("-->")
            .map_or(text.len(), |end| start + end + 3);
        from = end;
        Some(start..end)
    })
}

fn encode(value: &str) -> String {
    let mut written = String::with_capacity(value.len());
    for char in value.chars() {
        let plain = match char {
            '-' => !written.ends_with('-') && !written.is_empty(),
            '.' | '_' => true,
            _ => char.is_alphanumeric(),
        };
        if plain {
            written.push(char);
        } else {
            let mut buffer = [0; 4];
            for byte in char.encode_utf8(&mut buffer).bytes() {
                let _ = write!(written, "%{byte:02X}");
            }
        }
    }
    written
}

fn decode(written: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.is_empty())
}
