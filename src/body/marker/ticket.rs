//! What ties a ticket to its run.

use std::collections::BTreeMap;
use std::fmt;

use super::{VERSION, decode, encode};
use crate::run::{RunKey, Variant};

/// What ties a ticket to its run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketMarker {
    /// The version of the format.
    pub version: u32,
    /// The run.
    pub run: RunKey,
    /// The hash of the content as last written.
    pub content: String,
    /// Whether it was closed since its run was complete; it stays when somebody opens the ticket again.
    pub closed: bool,
    /// The values that variables were given when the run was opened.
    pub variables: BTreeMap<String, String>,
    /// The hash of the procedure's content that the ticket is pinned to.
    pub pin: Option<String>,
    /// What is still to be said about its last change.
    pub owes: Option<Changelog>,
    /// The tickets that the run's steps are in, in order, where they have their own.
    pub parts: Vec<PartRef>,
    /// Whether a step in one of those tickets is not open any more.
    pub begun: bool,
    /// A hash of each other procedure that had half or more of its steps when it was last written.
    pub beside: Vec<String>,
}

/// A ticket for some of a run's steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartRef {
    /// Its number in the run.
    pub number: u32,
    /// What its tracker calls it, once it is there.
    pub ticket: Option<String>,
}

/// What is said in a ticket's talk about a change of its procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changelog {
    /// The hash of the procedure's content that was brought in.
    pub content: String,
    /// What it did, in one sentence.
    pub sentence: String,
}

impl TicketMarker {
    /// Returns the marker of a ticket that is not pinned and owes no comment.
    pub fn new(run: &RunKey, content: String, variables: BTreeMap<String, String>) -> Self {
        Self {
            version: VERSION,
            run: run.clone(),
            content,
            closed: false,
            variables,
            pin: None,
            owes: None,
            parts: Vec::new(),
            begun: false,
            beside: Vec::new(),
        }
    }

    /// Reads a comment; `None` where it is no whole ticket marker.
    pub fn parse(comment: &str) -> Option<Self> {
        let inner = comment.strip_prefix("<!--")?.strip_suffix("-->")?;
        let mut words = inner.split_ascii_whitespace();
        if words.next()? != "runsheet" {
            return None;
        }
        let version = words.next()?.parse().ok()?;
        let run = decode_run(words.next()?)?;
        let mut marker = Self {
            version,
            ..Self::new(&run, String::new(), BTreeMap::new())
        };
        for word in words {
            match word.split_once('=') {
                Some(("c", hash)) => marker.content = hash.to_owned(),
                Some(("v", given)) => {
                    if let Some((name, value)) = given.split_once('=') {
                        // An empty value is one, too.
                        let value = decode(value).unwrap_or_default();
                        marker.variables.insert(decode(name)?, value);
                    }
                }
                Some(("pin", content)) => marker.pin = decode(content),
                Some(("owes", owed)) => marker.owes = Changelog::parse(owed),
                Some(("parts", parts)) => {
                    marker.parts = parts.split(',').filter_map(PartRef::parse).collect();
                }
                Some(("beside", hashes)) => {
                    marker.beside = hashes.split(',').map(str::to_owned).collect();
                }
                None => {
                    marker.closed |= word == "closed";
                    marker.begun |= word == "begun";
                }
                Some(_) => {}
            }
        }
        Some(marker)
    }
}

impl fmt::Display for TicketMarker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = encode_run(&self.run);
        write!(f, "<!-- runsheet {} {run} c={}", self.version, self.content)?;
        if self.closed {
            f.write_str(" closed")?;
        }
        for (name, value) in &self.variables {
            write!(f, " v={}={}", encode(name), encode(value))?;
        }
        if let Some(content) = &self.pin {
            write!(f, " pin={}", encode(content))?;
        }
        if let Some(Changelog { content, sentence }) = &self.owes {
            write!(f, " owes={}={}", encode(content), encode(sentence))?;
        }
        for (at, part) in self.parts.iter().enumerate() {
            let before = if at == 0 { " parts=" } else { "," };
            write!(f, "{before}{part}")?;
        }
        if self.begun {
            f.write_str(" begun")?;
        }
        if !self.beside.is_empty() {
            write!(f, " beside={}", self.beside.join(","))?;
        }
        f.write_str(" -->")
    }
}

impl PartRef {
    fn parse(written: &str) -> Option<Self> {
        let (number, ticket) = match written.split_once(':') {
            Some((number, ticket)) => (number, decode(ticket)),
            None => (written, None),
        };
        Some(Self {
            number: number.parse().ok()?,
            ticket,
        })
    }
}

impl fmt::Display for PartRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number)?;
        match &self.ticket {
            Some(ticket) => write!(f, ":{}", encode(ticket)),
            None => Ok(()),
        }
    }
}

impl Changelog {
    fn parse(owed: &str) -> Option<Self> {
        let (content, sentence) = owed.split_once('=')?;
        Some(Self {
            content: decode(content)?,
            sentence: decode(sentence)?,
        })
    }
}

fn encode_run(run: &RunKey) -> String {
    let mut written = encode(&run.procedure);
    for (at, (axis, value)) in run.variant.0.iter().enumerate() {
        written.push(if at == 0 { '@' } else { ',' });
        written.push_str(&encode(axis));
        written.push('=');
        written.push_str(&encode(value));
    }
    written.push('/');
    written.push_str(&encode(&run.name));
    written
}

fn decode_run(written: &str) -> Option<RunKey> {
    let (procedure, name) = written.split_once('/')?;
    let (procedure, values) = match procedure.split_once('@') {
        Some((procedure, values)) => (procedure, Some(values)),
        None => (procedure, None),
    };
    let mut variant = Variant::default();
    for value in values.into_iter().flat_map(|values| values.split(',')) {
        let (axis, value) = value.split_once('=')?;
        variant.0.insert(decode(axis)?, decode(value)?);
    }
    Some(RunKey {
        procedure: decode(procedure)?,
        variant,
        name: decode(name)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_marker_holds_any_run_key_and_any_values() {
        let mut variant = Variant::default();
        variant.0.insert("site".to_owned(), "a=b, c/d".to_owned());
        variant.0.insert("size".to_owned(), "--".to_owned());
        let run = RunKey {
            procedure: "model upgrade@home".to_owned(),
            variant,
            name: "2.3.0/rc 1".to_owned(),
        };
        let variables = [("to version", "2 -- [ ] x"), ("empty", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut marker = TicketMarker::new(&run, "abc".to_owned(), variables.into());
        assert_eq!(
            TicketMarker::parse(&marker.to_string()),
            Some(marker.clone())
        );
        marker.pin = Some("3834bf741bc9".to_owned());
        marker.owes = Some(Changelog {
            content: "7857f95b6cc0".to_owned(),
            sentence: "2 added, 1 removed -- [ ] =".to_owned(),
        });
        let part = |number, ticket: Option<&str>| PartRef {
            number,
            ticket: ticket.map(str::to_owned),
        };
        marker.parts = vec![part(3, Some("#12")), part(1, None), part(2, Some("OPS-7"))];
        marker.begun = true;
        marker.beside = vec!["vf5fk3hy".to_owned(), "46shw8np".to_owned()];
        assert!(!marker.to_string().contains("[ ]"));
        assert_eq!(TicketMarker::parse(&marker.to_string()), Some(marker));
    }
}
