//! Names as people type them: whole or a piece, refused where they fit nothing or more than one thing.

use crate::nearest::ranked;

/// How many names a message offers.
const OFFERED: usize = 8;

/// A name that fits nothing, or more than one thing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// Nothing has that name.
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// What was looked for: `procedure`, `run`, `step`.
        what: &'static str,
        /// The name as it was given.
        name: String,
        /// Names that may have been meant.
        near: Vec<String>,
        /// All names there are, where none is near.
        known: Vec<String>,
    },
    /// Several things have it.
    #[error("`{name}` fits {} {}", candidates.len(), plural(what))]
    Ambiguous {
        /// What was looked for.
        what: &'static str,
        /// The name as it was given.
        name: String,
        /// What it fits.
        candidates: Vec<String>,
    },
}

impl LookupError {
    /// Returns what to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown {
                what, near, known, ..
            } => match (near.as_slice(), known.as_slice()) {
                ([], []) if *what == "run" => Some(
                    "there is no ticket yet: `runsheet open PROCEDURE --run NAME` makes one"
                        .to_owned(),
                ),
                ([], []) if matches!(*what, "axis" | "value" | "variable") => {
                    Some(format!("the config declares no {what}"))
                }
                ([], []) => None,
                ([], _) => Some(format!("the {} are{}", plural(what), listed(known))),
                ([only], _) => Some(format!("did you mean `{only}`?")),
                _ => Some(format!("did you mean one of these?{}", listed(near))),
            },
            Self::Ambiguous { candidates, .. } => {
                Some(format!("name one of these:{}", listed(candidates)))
            }
        }
    }
}

/// Returns the word for several things.
fn plural(what: &str) -> String {
    match what {
        "axis" => "axes".to_owned(),
        what => format!("{what}s"),
    }
}

/// Returns the names, one a line.
fn listed(names: &[String]) -> String {
    let mut lines: String = names
        .iter()
        .take(OFFERED)
        .map(|name| format!("\n  {name}"))
        .collect();
    if names.len() > OFFERED {
        lines.push_str(&format!("\n  and {} more", names.len() - OFFERED));
    }
    lines
}

/// Tells whether a thing is named by some words.
pub type Fit<'a, T> = &'a dyn Fn(&T, &str) -> bool;

/// Returns the one thing among `all` that `asked` names.
///
/// `fits` are tried in turn, the strictest first: the first that fits anything decides. `shown` is how a
/// thing is written in a message.
///
/// # Errors
/// Where nothing fits, or the rule that decides fits several.
pub fn pick<'a, T>(
    what: &'static str,
    asked: &str,
    all: &'a [T],
    fits: &[Fit<'_, T>],
    shown: &dyn Fn(&T) -> String,
) -> Result<&'a T, LookupError> {
    for fit in fits {
        let found: Vec<&T> = all.iter().filter(|thing| fit(thing, asked)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one),
            several => {
                return Err(LookupError::Ambiguous {
                    what,
                    name: asked.to_owned(),
                    candidates: several.iter().map(|thing| shown(thing)).collect(),
                });
            }
        }
    }
    let names: Vec<String> = all.iter().map(shown).collect();
    Err(unknown(what, asked, names.iter().map(String::as_str)))
}

/// Returns the error about a name that is none of the `known`, with those that are near.
pub fn unknown<'a>(
    what: &'static str,
    asked: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> LookupError {
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let near = owned(ranked(asked, known.clone(), 5));
    LookupError::Unknown {
        what,
        name: asked.to_owned(),
        known: if near.is_empty() {
            owned(known.collect())
        } else {
            Vec::new()
        },
        near,
    }
}

/// Tells whether `piece` stands in `text`, case and white space aside.
pub fn holds(text: &str, piece: &str) -> bool {
    let fold = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").to_lowercase()
    };
    let piece = fold(piece);
    !piece.is_empty() && fold(text).contains(&piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(asked: &str) -> Result<&'static str, LookupError> {
        const ALL: &[&str] = &["upgrade", "upgrade-model", "first-deployment"];
        let exact = |thing: &&str, asked: &str| *thing == asked;
        let piece = |thing: &&str, asked: &str| holds(thing, asked);
        pick("procedure", asked, ALL, &[&exact, &piece], &|thing| {
            (*thing).to_owned()
        })
        .copied()
    }

    #[test]
    fn the_strictest_rule_that_fits_anything_decides() {
        assert_eq!(find("upgrade"), Ok("upgrade"));
        assert_eq!(find("Deploy"), Ok("first-deployment"));
    }

    #[test]
    fn what_fits_several_or_none_is_refused_with_names() {
        let LookupError::Ambiguous { candidates, .. } = find("upg").unwrap_err() else {
            panic!("not ambiguous");
        };
        assert_eq!(candidates, ["upgrade", "upgrade-model"]);
        let why = find("deploymnet").unwrap_err();
        assert_eq!(why.to_string(), "there is no procedure `deploymnet`");
        assert!(why.hint().unwrap().contains("first-deployment"));
    }
}
