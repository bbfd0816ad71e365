//! Addresses that stand in the text without any markup.
//!
//! ```text
//! address = scheme ":" [ "//" ] { uric } [ "?" { uric } ] [ "#" { uric } ]    the last one a letter, digit or one of _~*/=+
//! email   = word { "." word } "@" word { "." word }
//! ```
//!
//! An address stands where inline markup may stand, and its scheme is a registered one.

use super::punctuation::{may_stand_after, may_stand_before};

/// The schemes docutils knows: those registered with IANA and a few in wide use.
const SCHEMES: &[&str] = &[
    "about",
    "acap",
    "addbook",
    "afp",
    "afs",
    "aim",
    "callto",
    "castanet",
    "chttp",
    "cid",
    "crid",
    "data",
    "dav",
    "dict",
    "dns",
    "eid",
    "fax",
    "feed",
    "file",
    "finger",
    "freenet",
    "ftp",
    "go",
    "gopher",
    "gsm-sms",
    "h323",
    "h324",
    "hdl",
    "hnews",
    "http",
    "https",
    "hydra",
    "iioploc",
    "ilu",
    "im",
    "imap",
    "info",
    "ior",
    "ipp",
    "irc",
    "iris.beep",
    "iseek",
    "jar",
    "javascript",
    "jdbc",
    "ldap",
    "lifn",
    "livescript",
    "lrq",
    "mailbox",
    "mailserver",
    "mailto",
    "md5",
    "mid",
    "mocha",
    "modem",
    "mtqp",
    "mupdate",
    "news",
    "nfs",
    "nntp",
    "opaquelocktoken",
    "phone",
    "pop",
    "pop3",
    "pres",
    "printer",
    "prospero",
    "rdar",
    "res",
    "rtsp",
    "rvp",
    "rwhois",
    "rx",
    "sdp",
    "service",
    "shttp",
    "sip",
    "sips",
    "smb",
    "snews",
    "snmp",
    "soap.beep",
    "soap.beeps",
    "ssh",
    "t120",
    "tag",
    "tcp",
    "tel",
    "telephone",
    "telnet",
    "tftp",
    "tip",
    "tn3270",
    "tv",
    "urn",
    "uuid",
    "vemmi",
    "videotex",
    "view-source",
    "wais",
    "whodp",
    "whois++",
    "x-man-page",
    "xmlrpc.beep",
    "xmlrpc.beeps",
    "z39.50r",
    "z39.50s",
];

/// An address found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) is_email: bool,
}

/// Returns the address that `text` starts with.
pub(super) fn at_start(text: &str) -> Option<Address> {
    let colon = text.find(':')?;
    let is_scheme = text[..colon].starts_with(|c: char| c.is_ascii_alphabetic())
        && text[..colon].bytes().all(is_scheme_byte);
    is_scheme.then(|| address_at(text, 0, colon)).flatten()
}

/// Returns the first address in `text`; `None` also where the first that looks like one has a
/// scheme that is not known.
pub(super) fn find(text: &str) -> Option<Address> {
    let bytes = text.as_bytes();
    let mut from = 0;
    // Up to where no address ends: what ends none for one start ends none for a start further on.
    let mut endless = 0;
    while let Some(found) = memchr::memchr2(b':', b'@', &bytes[from..]) {
        let at = from + found;
        from = at + 1;
        let candidate = if bytes[at] == b'@' {
            email_at(text, at)
        } else if at < endless {
            None
        } else {
            scheme_start(text, at).and_then(|start| {
                let address = address_at(text, start, at);
                if address.is_none() {
                    endless = uric_end(bytes, at + 1);
                }
                address
            })
        };
        if let Some(address) = candidate {
            let is_known = address.is_email || is_scheme(&text[address.start..at]);
            return is_known.then_some(address);
        }
    }
    None
}

/// Returns an address as a link to it: mail gets its scheme.
pub(super) fn link(address: Box<str>) -> Box<str> {
    let is_email = address.find('@').and_then(|at| email_at(&address, at));
    match is_email {
        Some(email) if email.start == 0 && email.end == address.len() => {
            format!("mailto:{address}").into()
        }
        _ => address,
    }
}

fn is_scheme(scheme: &str) -> bool {
    SCHEMES
        .binary_search(&scheme.to_ascii_lowercase().as_str())
        .is_ok()
}

/// Returns where the scheme before the colon at `colon` starts.
fn scheme_start(text: &str, colon: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let length = bytes[..colon]
        .iter()
        .rev()
        .take_while(|byte| is_scheme_byte(**byte))
        .count();
    (colon - length..colon)
        .find(|start| bytes[*start].is_ascii_alphabetic() && stands(text, *start))
}

/// Tells whether an address may start at `start`.
fn stands(text: &str, start: usize) -> bool {
    text[..start]
        .chars()
        .next_back()
        .is_none_or(may_stand_before)
}

/// Tells whether an address may end at `end`.
fn ends(text: &str, end: usize) -> bool {
    text[end..].chars().next().is_none_or(may_stand_after)
}

fn address_at(text: &str, start: usize, colon: usize) -> Option<Address> {
    let bytes = text.as_bytes();
    let from = colon + 1;
    let mut stop = uric_end(bytes, from);
    for mark in [b'?', b'#'] {
        if stop > from && bytes.get(stop) == Some(&mark) && is_last(bytes, stop - 1) {
            stop = uric_end(bytes, stop + 1);
        }
    }
    (from + 1..=stop)
        .rev()
        .find(|end| text.is_char_boundary(*end) && is_last(bytes, end - 1) && ends(text, *end))
        .map(|end| Address {
            start,
            end,
            is_email: false,
        })
}

fn email_at(text: &str, at: usize) -> Option<Address> {
    let bytes = text.as_bytes();
    let name = bytes[..at]
        .iter()
        .rev()
        .take_while(|byte| is_email_byte(**byte) || **byte == b'.')
        .count();
    let start =
        (at - name..at).find(|start| is_email_byte(bytes[*start]) && stands(text, *start))?;
    let is_name =
        bytes[at - 1] != b'.' && bytes[at - 1] != b'\\' && !text[start..at].contains("..");
    let host = bytes[at + 1..]
        .iter()
        .take_while(|byte| is_email_byte(**byte) || **byte == b'.')
        .count();
    // The last character may be any that an address may hold, where a bracket closes behind it.
    let is_bracketed = |at: usize| bytes.get(at + 1) == Some(&b'>') && is_uric(bytes[at]);
    let stop = at + 1 + host + usize::from(is_bracketed(at + 1 + host));
    if !is_name || host < 2 || bytes[at + 1] == b'.' {
        return None;
    }
    (at + 3..=stop)
        .rev()
        .find(|end| text.is_char_boundary(*end) && is_last(bytes, end - 1) && ends(text, *end))
        .map(|end| Address {
            start,
            end,
            is_email: true,
        })
}

/// Returns the end of the characters from `from` on that an address may hold.
fn uric_end(bytes: &[u8], from: usize) -> usize {
    let mut end = from;
    while end < bytes.len() && is_uric(bytes[end]) {
        // A backslash that another one escapes is a character, and none that an address may hold.
        if bytes[end] == b'\\' && bytes.get(end + 1) == Some(&b'\\') {
            break;
        }
        end += 1;
    }
    end
}

fn is_scheme_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-')
}

fn is_uric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'()[];/:@&=+$,%\\".contains(&byte)
}

fn is_email_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_!~*'{|}/#?^`&=+$%\\".contains(&byte)
}

/// Tells whether an address may end with the character at `at`.
fn is_last(bytes: &[u8], at: usize) -> bool {
    bytes[at].is_ascii_alphanumeric()
        || b"_~*/=+".contains(&bytes[at])
        || (is_uric(bytes[at]) && bytes.get(at + 1) == Some(&b'>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        find(text).map(|address| &text[address.start..address.end])
    }

    #[test]
    fn punctuation_behind_an_address_is_not_its_end() {
        assert_eq!(found("see http://a.b/c?d=e#f."), Some("http://a.b/c?d=e#f"));
        assert_eq!(found("(https://a.b/(c))"), Some("https://a.b/(c"));
        assert_eq!(found("<mailto:x@y.z>"), Some("mailto:x@y.z"));
    }

    #[test]
    fn only_known_schemes_make_addresses() {
        assert_eq!(found("note:this http://a.b"), None);
        assert_eq!(found("a: b, me@example.org!"), Some("me@example.org"));
        assert_eq!(found("@handle and user@"), None);
    }
}
