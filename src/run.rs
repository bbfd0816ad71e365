//! One execution of a procedure, and what names it.

use std::collections::BTreeMap;
use std::fmt;

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

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.procedure)?;
        if !self.variant.0.is_empty() {
            write!(f, "@{}", self.variant)?;
        }
        write!(f, "/{}", self.name)
    }
}
