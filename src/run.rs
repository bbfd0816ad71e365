//! One execution of a procedure, and what names it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The chosen values, by axis (`site` to `summit`); empty where nothing is chosen.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Variant(pub BTreeMap<String, String>);

impl fmt::Display for Variant {
    /// Writes `axis=value,axis=value`, sorted by axis.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (axis, value)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{axis}={value}")?;
        }
        Ok(())
    }
}

/// What names a run: procedure, variant and name.
///
/// Written `PROCEDURE[@AXIS=VALUE,...]/NAME`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct RunKey {
    /// The procedure's identity: its first label, else its slug.
    pub procedure: String,
    /// The chosen values.
    #[serde(default)]
    pub variant: Variant,
    /// The run's own name (`2.3.0`).
    pub name: String,
}

/// What stands between a run's name and the number of one of its parts; nobody can type it into a name.
const PART: char = '\u{1f}';

impl RunKey {
    /// Returns what names a part of the run: a ticket of its own for some of the run's steps.
    pub fn part(&self, number: u32) -> Self {
        Self {
            name: format!("{}{PART}{number}", self.name),
            ..self.clone()
        }
    }

    /// Returns the run and the number, where it names a part of one.
    pub fn as_part(&self) -> Option<(Self, u32)> {
        let (name, number) = self.name.rsplit_once(PART)?;
        let run = Self {
            name: name.to_owned(),
            ..self.clone()
        };
        Some((run, number.parse().ok()?))
    }
}

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.procedure)?;
        if !self.variant.0.is_empty() {
            write!(f, "@{}", self.variant)?;
        }
        write!(f, "/{}", self.name)
    }
}

/// Why a text is no run key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a run is written `PROCEDURE[@AXIS=VALUE,...]/NAME`")]
pub struct RunKeyError;

impl FromStr for RunKey {
    type Err = RunKeyError;

    /// Reads what [`Display`](fmt::Display) writes; the name is what follows the first `/`.
    fn from_str(text: &str) -> Result<Self, RunKeyError> {
        let (left, name) = text.split_once('/').ok_or(RunKeyError)?;
        let (procedure, values) = left.split_once('@').unwrap_or((left, ""));
        let pairs = values.split(',').filter(|pair| !pair.is_empty());
        let variant: Option<BTreeMap<String, String>> = pairs
            .map(|pair| {
                let (axis, value) = pair.split_once('=')?;
                Some((axis.to_owned(), value.to_owned()))
            })
            .collect();
        if procedure.is_empty() || name.is_empty() {
            return Err(RunKeyError);
        }
        Ok(Self {
            procedure: procedure.to_owned(),
            variant: Variant(variant.ok_or(RunKeyError)?),
            name: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        for text in ["upgrade/2.3", "upgrade@site=summit,tier=a/release/2.3"] {
            assert_eq!(text.parse::<RunKey>().unwrap().to_string(), text);
        }
        let run: RunKey = "upgrade/2.3".parse().unwrap();
        let part = run.part(12);
        assert_eq!(part.to_string().parse(), Ok(part.clone()));
        assert_eq!((part.as_part(), run.as_part()), (Some((run, 12)), None));
        for text in ["upgrade", "/2.3", "upgrade/", "upgrade@summit/1"] {
            assert_eq!(text.parse::<RunKey>(), Err(RunKeyError));
        }
    }
}
