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

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::ops::Range;

use crate::procedure::StepId;
use crate::run::{RunKey, Variant};

/// The version of the format that this program writes.
pub const VERSION: u32 = 1;

/// What a step means for progress, so that a ticket can be counted without its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duty {
    /// The index of its phase in the procedure.
    pub phase: usize,
    /// For an alternative: the index of the phase that it stands in for, where that is known.
    pub replaces: Option<usize>,
    /// Whether the author marked it as optional.
    pub optional: bool,
    /// Whether it stands in a phase for the case that the work is given up.
    pub abort: bool,
    /// Whether it stands in a phase that is done instead of another one.
    pub alternative: bool,
    /// Whether it only holds substeps and has no action of its own.
    pub group: bool,
}

/// What ties an item to its step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemMarker {
    /// The step.
    pub id: StepId,
    /// The step's number as last written; empty where it has none.
    pub number: String,
    /// What the step means for progress.
    pub duty: Duty,
    /// The hash of the line's text as last written; empty before [`seal`](super::seal).
    pub hash: String,
    /// The state that we last gave it.
    pub written: Written,
    /// How many reports changed the item: so it never looks again as it did before one of them.
    pub reports: u32,
    /// What the tickets of the run last agreed on, where there are several.
    pub agreed: Agreed,
    /// What a newer version wrote and this one does not know.
    pub extra: Vec<String>,
}

/// The state that we last gave an item; a person's own tick is not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Written {
    /// None, or open.
    #[default]
    Open,
    /// Done.
    Done,
    /// Skipped.
    Skipped,
    /// Failed.
    Failed,
    /// Ticked because its substeps are.
    Group,
}

/// What the tickets of one run last agreed on about a step.
///
/// Rounds are counted over all tickets of the run: of two that differ, the one of the later round knew of the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Agreed {
    /// The round; 0 before the first.
    pub round: u32,
    /// The hash of the state; `None` for open.
    pub state: Option<String>,
    /// Whether it is open since the tickets could not agree.
    pub contested: bool,
}

impl Agreed {
    fn parse(value: &str) -> Option<Self> {
        let (round, state) = match value.split_once('.') {
            Some((round, state)) => (round, Some(state)),
            None => (value, None),
        };
        let contested = state == Some("-");
        Some(Self {
            round: round.parse().ok()?,
            state: state.filter(|_| !contested).map(str::to_owned),
            contested,
        })
    }
}

impl fmt::Display for Agreed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.round)?;
        match &self.state {
            _ if self.contested => f.write_str(".-"),
            Some(state) => write!(f, ".{state}"),
            None => Ok(()),
        }
    }
}

impl ItemMarker {
    /// Returns the marker of a step as a template writes it, before [`seal`](super::seal).
    pub fn new(id: &StepId, number: &str, duty: Duty) -> Self {
        Self {
            id: id.clone(),
            number: number.to_owned(),
            duty,
            hash: String::new(),
            written: Written::Open,
            reports: 0,
            agreed: Agreed::default(),
            extra: Vec::new(),
        }
    }

    /// Reads a comment; `None` where it is no item marker, `Err` where it is a damaged one.
    pub fn parse(comment: &str) -> Option<Result<Self, Damage>> {
        let inner = comment.strip_prefix("<!--")?;
        let mut words = inner.split_ascii_whitespace();
        if words.next()? != "rs" {
            return None;
        }
        let Some(inner) = inner
            .strip_suffix("-->")
            .filter(|inner| !inner.contains(['\n', '<']))
        else {
            return Some(Err(Damage::Unclosed));
        };
        Some(Self::parse_words(inner.split_ascii_whitespace().skip(1)))
    }

    fn parse_words<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Self, Damage> {
        let id = words.next().ok_or(Damage::NoId)?;
        if id.contains('=') {
            return Err(Damage::NoId);
        }
        let id = StepId(decode(id).ok_or(Damage::NoId)?);
        let mut marker = Self::new(&id, "", Duty::default());
        for word in words {
            match word.split_once('=') {
                Some(("n", value)) => marker.number = decode(value).ok_or(Damage::Field)?,
                Some(("h", value)) => marker.hash = value.to_owned(),
                Some(("p", value)) => marker.duty.phase = value.parse().or(Err(Damage::Field))?,
                Some(("r", value)) => {
                    marker.duty.replaces = Some(value.parse().or(Err(Damage::Field))?);
                }
                Some(("f", flags)) => {
                    marker.duty.optional = flags.contains('o');
                    marker.duty.abort = flags.contains('a');
                    marker.duty.alternative = flags.contains('l');
                    marker.duty.group = flags.contains('g');
                }
                Some(("s", value)) => {
                    marker.written = match value {
                        "x" => Written::Done,
                        "k" => Written::Skipped,
                        "f" => Written::Failed,
                        "g" => Written::Group,
                        _ => return Err(Damage::Field),
                    };
                }
                Some(("w", value)) => marker.reports = value.parse().or(Err(Damage::Field))?,
                Some(("a", value)) => marker.agreed = Agreed::parse(value).ok_or(Damage::Field)?,
                Some(_) => marker.extra.push(word.to_owned()),
                None => return Err(Damage::Field),
            }
        }
        Ok(marker)
    }
}

impl fmt::Display for ItemMarker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<!-- rs {}", encode(&self.id.0))?;
        if !self.number.is_empty() {
            write!(f, " n={}", encode(&self.number))?;
        }
        if self.duty.phase != 0 {
            write!(f, " p={}", self.duty.phase)?;
        }
        if let Some(phase) = self.duty.replaces {
            write!(f, " r={phase}")?;
        }
        let flags = [
            (self.duty.optional, 'o'),
            (self.duty.abort, 'a'),
            (self.duty.alternative, 'l'),
            (self.duty.group, 'g'),
        ];
        if flags.iter().any(|(set, _)| *set) {
            f.write_str(" f=")?;
        }
        for (_, flag) in flags.iter().filter(|(set, _)| *set) {
            f.write_char(*flag)?;
        }
        if !self.hash.is_empty() {
            write!(f, " h={}", self.hash)?;
        }
        match self.written {
            Written::Open => {}
            Written::Done => f.write_str(" s=x")?,
            Written::Skipped => f.write_str(" s=k")?,
            Written::Failed => f.write_str(" s=f")?,
            Written::Group => f.write_str(" s=g")?,
        }
        if self.reports > 0 {
            write!(f, " w={}", self.reports)?;
        }
        if self.agreed != Agreed::default() {
            write!(f, " a={}", self.agreed)?;
        }
        for word in &self.extra {
            write!(f, " {word}")?;
        }
        f.write_str(" -->")
    }
}

/// What is wrong with a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Its end is missing.
    Unclosed,
    /// The id is missing or cannot be read.
    NoId,
    /// A field has a value that cannot be read.
    Field,
}

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

/// One piece of what was last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasePiece {
    /// What it is.
    pub key: PieceKey,
    /// How many pieces it stands in.
    pub depth: usize,
}

/// What names a piece of a ticket: its content, or for an item its step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PieceKey {
    /// Running text, by the hash of its words.
    Text(String),
    /// An item, by the hash of its step's id.
    Item(String),
}

/// What stood in the ticket when it was last written, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base(pub Vec<BasePiece>);

impl Base {
    /// Tells whether an item of this step was written.
    pub(crate) fn has(&self, step: &StepId) -> bool {
        let key = item_key(step);
        self.0.iter().any(|piece| piece.key == key)
    }

    /// Reads a comment; `None` where it is no whole base marker.
    pub fn parse(comment: &str) -> Option<Self> {
        let inner = comment.strip_prefix("<!--")?.strip_suffix("-->")?;
        let outline = inner.trim().strip_prefix("runsheet base")?.trim();
        let mut pieces: Vec<BasePiece> = Vec::new();
        let mut depth = 0_usize;
        let mut rest = outline;
        while let Some(first) = rest.chars().next() {
            rest = &rest[first.len_utf8()..];
            match first {
                '(' => depth += 1,
                ')' => depth = depth.checked_sub(1)?,
                '.' | '=' => {
                    let end = rest.find(['.', '=', '(', ')']).unwrap_or(rest.len());
                    let hash = rest[..end].to_owned();
                    let key = match first {
                        '.' => PieceKey::Text(hash),
                        _ => PieceKey::Item(hash),
                    };
                    pieces.push(BasePiece { key, depth });
                    rest = &rest[end..];
                }
                _ => return None,
            }
        }
        (depth == 0).then_some(Self(pieces))
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<!-- runsheet base ")?;
        let mut depth = 0;
        for piece in &self.0 {
            while depth < piece.depth {
                f.write_char('(')?;
                depth += 1;
            }
            while depth > piece.depth {
                f.write_char(')')?;
                depth -= 1;
            }
            match &piece.key {
                PieceKey::Text(hash) => write!(f, ".{hash}")?,
                PieceKey::Item(hash) => write!(f, "={hash}")?,
            }
        }
        for _ in 0..depth {
            f.write_char(')')?;
        }
        f.write_str(" -->")
    }
}

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

/// How many letters a piece's key has: with five, two of a ticket's pieces shared one in 30,000 made-up tickets.
const KEY: usize = 8;

/// Returns the hash of an item's text: white space is one blank.
pub(crate) fn text_hash(text: &str) -> String {
    hash(text.split_whitespace(), " ", 8)
}

/// Returns the key of a block's text: indentation and blanks at line ends do not count.
pub(crate) fn block_key(text: &str) -> PieceKey {
    let indent = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or(0);
    let lines = text
        .trim_end()
        .lines()
        .map(|line| line.get(indent..).unwrap_or("").trim_end());
    PieceKey::Text(hash(lines, "\n", KEY))
}

/// Returns the key of a step's item.
pub(crate) fn item_key(id: &StepId) -> PieceKey {
    PieceKey::Item(hash(std::iter::once(id.0.as_str()), "", KEY))
}

/// Returns the hash of a state, given as words.
pub(crate) fn state_hash(words: &str) -> String {
    hash(std::iter::once(words), "", 6)
}

/// Returns the hash of a whole content.
pub(crate) fn content_hash<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    hash(lines, "\n", 8)
}

fn hash<'a>(parts: impl Iterator<Item = &'a str>, between: &str, letters: usize) -> String {
    let mut hasher = blake3::Hasher::new();
    for (at, part) in parts.enumerate() {
        if at > 0 {
            hasher.update(between.as_bytes());
        }
        hasher.update(part.as_bytes());
    }
    letters_of(&hasher, letters)
}

/// Returns the first `letters` letters of a hash, five bits each, in letters that are hard to mistake.
pub(crate) fn letters_of(hasher: &blake3::Hasher, letters: usize) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let digest = hasher.finalize();
    digest
        .as_bytes()
        .iter()
        .take(letters)
        .map(|byte| char::from(LETTERS[usize::from(byte & 31)]))
        .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_id_and_number_are_read_back_and_never_end_the_comment() {
        for id in [
            "tag-it",
            "a--b",
            "--",
            "- [ ] x",
            "a b=c",
            "größe/2",
            "100%",
            "-->",
            "é\n",
        ] {
            let duty = Duty {
                phase: 3,
                replaces: Some(1),
                optional: true,
                alternative: true,
                ..Duty::default()
            };
            let mut marker = ItemMarker::new(&StepId(id.to_owned()), "2.1", duty);
            marker.hash = text_hash("some text");
            marker.written = Written::Skipped;
            let written = marker.to_string();
            assert!(!written[4..written.len() - 3].contains("--"), "{written}");
            assert!(!written.contains("[ ]"), "{written}");
            assert_eq!(ItemMarker::parse(&written), Some(Ok(marker)));
        }
    }

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

    #[test]
    fn damaged_markers_are_told_apart_from_other_comments() {
        assert_eq!(ItemMarker::parse("<!-- a note -->"), None);
        assert_eq!(
            ItemMarker::parse("<!-- rs tag-i"),
            Some(Err(Damage::Unclosed))
        );
        assert_eq!(ItemMarker::parse("<!-- rs -->"), Some(Err(Damage::NoId)));
        assert_eq!(
            ItemMarker::parse("<!-- rs a p=x -->"),
            Some(Err(Damage::Field))
        );
        assert_eq!(TicketMarker::parse("<!-- runsheet 1 no-slash -->"), None);
        assert_eq!(TicketMarker::parse("<!-- runsheet: 0a1b -->"), None);
    }

    #[test]
    fn the_base_keeps_its_nesting() {
        let piece = |key, depth| BasePiece { key, depth };
        let base = Base(vec![
            piece(block_key("# A"), 0),
            piece(item_key(&StepId("a".to_owned())), 0),
            piece(block_key("  code"), 1),
            piece(item_key(&StepId("b".to_owned())), 1),
            piece(block_key("note"), 2),
            piece(item_key(&StepId("c".to_owned())), 0),
        ]);
        assert_eq!(Base::parse(&base.to_string()), Some(base));
        assert_eq!(Base::parse("<!-- runsheet base .a( -->"), None);
    }
}
