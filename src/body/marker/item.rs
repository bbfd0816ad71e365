//! What ties an item to its step.

use std::fmt::{self, Write as _};

use super::{decode, encode};
use crate::procedure::StepId;

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
    /// The hash of the line's text as last written; empty before [`seal`](crate::body::seal).
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
    /// Returns the marker of a step as a template writes it, before [`seal`](crate::body::seal).
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

#[cfg(test)]
mod tests {
    use crate::body::marker::{TicketMarker, text_hash};

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
}
