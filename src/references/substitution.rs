//! Puts what `|name|` stands for in its place.

use std::collections::HashMap;

use super::names::normalized;
use crate::document::{Block, BlockKind, Inline, InlineKind, fold_whitespace};
use crate::source::Span;

/// How long the text of one substitution may become, in bytes; docutils' own limit.
const MAX_LENGTH: usize = 10_000;

/// How much text all the substitutions of a page may add, in bytes.
const MAX_TOTAL: usize = 4 << 20;

/// How deep substitutions may stand in one another.
const MAX_DEPTH: usize = 16;

/// The names that Sphinx gives a meaning to when it builds.
const OF_SPHINX: &[&str] = &["version", "release", "today"];

/// What the names between bars stand for in a page.
#[derive(Debug, Default)]
pub(super) struct Substitutions {
    /// By name as written, white space folded.
    exact: HashMap<String, Vec<Inline>>,
    /// By name in lower case, as docutils looks when there is none as written.
    folded: HashMap<String, String>,
    spent: usize,
}

/// What came of a name.
pub(super) enum Outcome {
    /// It stands for this.
    Text(Vec<Inline>),
    /// It is defined, but by something that only a build knows, or grows without end.
    Kept,
    /// No definition has the name.
    Unknown,
}

impl Substitutions {
    /// Takes the definitions among `blocks`; the first of a name counts.
    pub(super) fn collect(&mut self, blocks: &[Block]) {
        for block in blocks {
            match &block.kind {
                BlockKind::SubstitutionDefinition(definition) => {
                    let name = fold_whitespace(&definition.name);
                    self.folded
                        .entry(normalized(&name))
                        .or_insert_with(|| name.clone());
                    self.exact
                        .entry(name)
                        .or_insert_with(|| definition.text.clone());
                }
                BlockKind::Included(included) => self.collect(&included.document.children),
                _ => {
                    for child in block.children() {
                        self.collect(std::slice::from_ref(child));
                    }
                }
            }
        }
    }

    /// Returns what `|name|` stands for; each piece has `span`, the place where it is used.
    pub(super) fn text(&mut self, name: &str, span: Span) -> Outcome {
        let Some(text) = self.find(name) else {
            let is_of_sphinx = OF_SPHINX.contains(&name);
            return if is_of_sphinx {
                Outcome::Kept
            } else {
                Outcome::Unknown
            };
        };
        if text.is_empty() {
            return Outcome::Kept;
        }
        let text = text.clone();
        let mut length = 0;
        let Some(text) = self.expand(text, span, 0, &mut length) else {
            return Outcome::Kept;
        };
        self.spent += length;
        if self.spent > MAX_TOTAL {
            return Outcome::Kept;
        }
        Outcome::Text(text)
    }

    fn find(&self, name: &str) -> Option<&Vec<Inline>> {
        let name = fold_whitespace(name);
        self.exact
            .get(&name)
            .or_else(|| self.exact.get(self.folded.get(&normalized(&name))?))
    }

    /// Replaces the names within a substitution's own text; `None` where that grows too long.
    fn expand(
        &self,
        inlines: Vec<Inline>,
        span: Span,
        depth: usize,
        length: &mut usize,
    ) -> Option<Vec<Inline>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut expanded = Vec::new();
        for mut inline in inlines {
            inline.span = span;
            *length += match &inline.kind {
                InlineKind::Text(text) | InlineKind::Literal(text) => text.len(),
                _ => 1,
            };
            if *length > MAX_LENGTH {
                return None;
            }
            if let InlineKind::Substitution(name) = &inline.kind
                && let Some(text) = self.find(name).filter(|text| !text.is_empty())
            {
                expanded.extend(self.expand(text.clone(), span, depth + 1, length)?);
                continue;
            }
            if let Some(inner) = inline.inner_mut() {
                *inner = self.expand(std::mem::take(inner), span, depth + 1, length)?;
            }
            expanded.push(inline);
        }
        Some(expanded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{SubstitutionDefinition, plain_text};

    fn definition(name: &str, text: Vec<InlineKind>) -> Block {
        let span = Span::new(90, 99);
        let text = text.into_iter().map(|kind| Inline { span, kind }).collect();
        Block {
            span,
            kind: BlockKind::SubstitutionDefinition(Box::new(SubstitutionDefinition {
                name: name.into(),
                directive: "replace".into(),
                text,
            })),
        }
    }

    fn read(substitutions: &mut Substitutions, name: &str) -> Option<String> {
        match substitutions.text(name, Span::new(1, 5)) {
            Outcome::Text(text) => {
                assert!(text.iter().all(|inline| inline.span == Span::new(1, 5)));
                Some(plain_text(&text))
            }
            Outcome::Kept => Some(format!("|{name}|")),
            Outcome::Unknown => None,
        }
    }

    #[test]
    fn definitions_stand_for_their_text() {
        let mut substitutions = Substitutions::default();
        substitutions.collect(&[
            definition(
                "The DB",
                vec![
                    InlineKind::Text("postgres ".into()),
                    InlineKind::Substitution("v".into()),
                ],
            ),
            definition("v", vec![InlineKind::Text("16".into())]),
            definition("v", vec![InlineKind::Text("17".into())]),
            definition("today's", vec![]),
        ]);
        assert_eq!(
            read(&mut substitutions, "The\n DB").as_deref(),
            Some("postgres 16")
        );
        assert_eq!(
            read(&mut substitutions, "the db").as_deref(),
            Some("postgres 16")
        );
        assert_eq!(
            read(&mut substitutions, "today's").as_deref(),
            Some("|today's|")
        );
        assert_eq!(
            read(&mut substitutions, "release").as_deref(),
            Some("|release|")
        );
        assert_eq!(read(&mut substitutions, "w"), None);
    }

    #[test]
    fn circles_and_floods_end() {
        let mut substitutions = Substitutions::default();
        let ten = |name: &str| vec![InlineKind::Substitution(name.into()); 10];
        let mut blocks = vec![definition(
            "loop",
            vec![InlineKind::Substitution("loop".into())],
        )];
        for level in 1..12 {
            blocks.push(definition(
                &format!("n{level}"),
                ten(&format!("n{}", level - 1)),
            ));
        }
        blocks.push(definition("n0", vec![InlineKind::Text("ha".into())]));
        substitutions.collect(&blocks);
        assert_eq!(read(&mut substitutions, "loop").as_deref(), Some("|loop|"));
        assert_eq!(read(&mut substitutions, "n11").as_deref(), Some("|n11|"));
        assert_eq!(
            read(&mut substitutions, "n1").as_deref(),
            Some("hahahahahahahahahaha")
        );
    }
}
