//! What a heading says about its section.

use super::clause::{self, Clause, Lead, Mood};
use super::lexicon;
use super::prose::{self, Prose};
use crate::procedure::PhaseKind;

mod work;

/// A heading, read.
#[derive(Clone, Debug, Default)]
pub(super) struct Title {
    /// Its words in lower case, without its number.
    words: Vec<String>,
    /// The author numbered it (`Step 2:`, `3.`).
    pub numbered: bool,
    /// It applies in some cases only (`for beta releases`, `(optional)`).
    pub optional: bool,
    /// It names nothing but a stage on the way to a release (`Release candidates`): a case only where other sections
    /// beside it are for other kinds.
    pub stage: bool,
    /// It joins two things (`Git & release workflow`).
    joins: bool,
    /// It is a request in the imperative (`Tag the release`).
    pub commands: bool,
    /// It asks for something (`Tag the release`, `Tagging the release`, `How to tag`).
    pub asks: bool,
}

impl Title {
    /// Reads a heading.
    pub(super) fn read(prose: &Prose) -> Self {
        let text = prose.text.replace(['¶', '#'], "");
        let text = text.split(" {").next().unwrap_or_default().trim();
        let stripped = text
            .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ':' | ' '));
        let numbered_word = text
            .to_lowercase()
            .strip_prefix("step ")
            .or(text.to_lowercase().strip_prefix("phase "))
            .or(text.to_lowercase().strip_prefix("part "))
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let head = &text[..text.len() - stripped.len()];
        // "1.2 to 2.0" names versions.
        let of_versions = head.contains('.')
            && head.trim_end().ends_with(|c: char| c.is_ascii_digit())
            && stripped.starts_with(char::is_lowercase);
        let numbered = numbered_word
            || !of_versions
                && head.starts_with(|c: char| c.is_ascii_digit())
                && (head.contains(['.', ')', ':']) || stripped.starts_with(char::is_uppercase));
        let text = match numbered {
            true if numbered_word => behind_number(text),
            true => stripped,
            false => text,
        };
        let clause = asking(text, prose);
        let words = prose::words(text);
        let mut lead = Lead::default();
        for inside in text
            .split(['(', '['])
            .skip(1)
            .filter_map(|rest| rest.split([')', ']']).next())
        {
            clause::remark(inside, &mut lead);
        }
        let names = words.len() > 1
            && words
                .first()
                .is_some_and(|word| lexicon::has("verb-nouns", word))
            && words.last().is_some_and(|word| {
                lexicon::has("title-nouns", word) || lexicon::has("reference-titles", word)
            });
        let has_object = words.iter().any(|word| lexicon::has("determiners", word));
        let commands =
            matches!(clause.mood, Mood::Imperative(_) | Mood::Command) && (has_object || !names);
        let asks = commands
            || matches!(clause.mood, Mood::Gerund(_))
            || matches!(words.as_slice(), [how, to, ..] if how == "how" && to == "to");
        Self {
            optional: lead.optional
                || words.first().is_some_and(|word| word == "optional")
                || !numbered && !text.contains("? ") && says_case(&words),
            stage: !numbered && names_stage(&words),
            numbered,
            joins: text.contains(" & ") || words.iter().any(|word| word == "and"),
            asks,
            // One word alone may as well be a name (`Cluster`).
            commands: commands
                && (words.len() > 1 || !words.iter().any(|word| lexicon::has("verb-nouns", word))),
            words,
        }
    }

    /// Tells whether it starts with the same word as another (`Update files`, `Update settings`).
    pub(super) fn starts_like(&self, other: &Self) -> bool {
        self.words.first() == other.words.first()
            && self
                .words
                .first()
                .is_some_and(|first| lexicon::is_verb(first))
    }

    /// Tells whether it is that of a list to tick.
    pub(super) fn is_checklist(&self) -> bool {
        let names_deeds = lexicon::has("deed-titles", &self.words.join(" "));
        names_deeds
            || self.lists_deeds()
            || self.opens_telling()
            || self
                .words
                .iter()
                .any(|word| matches!(word.as_str(), "checklist" | "checklists"))
    }

    /// Tells whether it names things and what is done with each (`Versions to update`).
    fn lists_deeds(&self) -> bool {
        let words = self.refs();
        let is_deed = |word: &str| {
            word.split('/')
                .all(|verb| lexicon::is_verb(verb) && !lexicon::has("knowing", verb))
        };
        let asks_how = words
            .first()
            .is_none_or(|first| lexicon::has("function", first));
        matches!(words.as_slice(), [_, .., "to", last] if is_deed(last)) && !asks_how && !self.asks
    }

    fn refs(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }

    /// Tells whether the section says what must be there or true before the start.
    pub(super) fn is_context(&self) -> bool {
        let words = self.refs();
        !self.numbered
            && (lexicon::has("context-titles", &words.join(" "))
                || words.len() <= 4
                    && (lexicon::starts_with("context-titles", &words).is_some() && !self.asks
                        || words.len() > 1
                            && words.last().is_some_and(|last| {
                                matches!(
                                    *last,
                                    "prerequisites"
                                        | "requirements"
                                        | "preconditions"
                                        | "assumptions"
                                )
                            }))
                || matches!(words.as_slice(), ["needed" | "required", ..]))
    }

    /// Tells whether the section says what to have done or read before the start, which may be steps.
    pub(super) fn is_preparing(&self) -> bool {
        matches!(
            self.refs().as_slice(),
            ["before", "you", ..] | ["required", "reading"]
        )
    }

    /// Tells whether the section describes, lists or repeats.
    pub(super) fn is_reference(&self) -> bool {
        let words = self.refs();
        let words = match words.as_slice() {
            ["a" | "the" | "some", rest @ ..] => rest.to_vec(),
            _ => words,
        };
        if self.numbered || words.is_empty() {
            return false;
        }
        if lexicon::has("reference-titles", &words.join(" ")) || self.is_trouble() {
            return true;
        }
        let starts = lexicon::starts_with("reference-titles", &words);
        if self.names_policy() || self.is_question() {
            return true;
        }
        let asks_plainly = self.asks
            && !matches!(
                words[0],
                "notes" | "note" | "examples" | "example" | "release" | "appendix"
            );
        match starts {
            Some(count) if !asks_plainly => {
                matches!(
                    words.get(count),
                    Some(&("on" | "about" | "of" | "to" | "for" | "and" | "that" | "a"))
                ) || words.len() <= count + 1
                    && !matches!(
                        words.get(count),
                        Some(&("notes" | "pr" | "checklist" | "steps" | "process" | "procedure"))
                    )
                    || matches!(words[0], "appendix")
            }
            _ => lexicon::ends_with("reference-titles", &words) && !asks_plainly,
        }
    }

    /// Tells whether it asks something about the work (`Who can make a release?`).
    fn is_question(&self) -> bool {
        matches!(self.refs().as_slice(), [first, second, ..]
            if matches!(*first, "who" | "why" | "what" | "when" | "where" | "which")
                && lexicon::has("auxiliaries", second) || *first == "when" && *second == "to")
    }

    /// Tells whether it starts with an activity and names a way of going about it (`Versioning policy`).
    fn names_policy(&self) -> bool {
        let words = self.refs();
        words.len() <= 4
            && words[0].ends_with("ing")
            && lexicon::base_of(words[0]).is_some()
            && words
                .last()
                .is_some_and(|last| lexicon::has("policy-nouns", last))
            && !words.iter().any(|word| lexicon::has("determiners", word))
    }

    /// Tells whether it names what is written for a release (`Release notes`): the section holds it, or says how it is made.
    pub(super) fn is_written(&self) -> bool {
        lexicon::has("written-titles", &self.words.join(" "))
    }

    /// Tells whether the section repeats what is told elsewhere, with all sections in it.
    pub(super) fn is_repeating(&self) -> bool {
        let words = self.refs();
        self.is_trouble()
            || lexicon::starts_with("repeating-titles", &words).is_some()
            || lexicon::ends_with("repeating-titles", &words)
    }

    /// Tells whether the heading names people or facts, over which steps may stand all the same.
    pub(super) fn is_loose(&self) -> bool {
        let words = self.refs();
        let tells_time = words
            .first()
            .is_some_and(|word| lexicon::has("subordinators", word));
        !self.numbered && !self.asks && !tells_time && lexicon::ends_with("loose-titles", &words)
    }

    /// Tells whether the section says what may go wrong.
    pub(super) fn is_trouble(&self) -> bool {
        let words = self.refs();
        let tells_what =
            matches!(words.as_slice(), ["what" | "things", .., last] if *last == "wrong");
        !self.numbered
            && (tells_what
                || lexicon::ends_with("trouble-titles", &words)
                || lexicon::starts_with("trouble-titles", &words).is_some())
    }

    /// Tells whether the section says what is to be seen at the end.
    pub(super) fn is_checks(&self) -> bool {
        let words = self.refs();
        let verifies = words.first().is_some_and(|first| {
            let base = lexicon::base_of(first);
            lexicon::has("verifying", first)
                || base.is_some_and(|base| lexicon::has("verifying", &base))
        });
        lexicon::has("check-titles", &words.join(" "))
            || self.asks && words.len() > 1 && verifies
            || words.len() <= 4
                && words
                    .last()
                    .is_some_and(|last| lexicon::has("check-nouns", last))
    }

    /// Tells whether it says nothing but that steps follow.
    pub(super) fn is_generic(&self) -> bool {
        lexicon::has("generic-titles", &self.refs().join(" "))
    }

    /// Tells whether it says where among others it comes: by a number, by a time, or as what is done before, after or
    /// against the work.
    pub(super) fn is_in_order(&self) -> bool {
        self.numbered || self.kind() != PhaseKind::Main || is_time(&self.refs())
    }

    /// Tells whether it names a part of a larger piece of work.
    pub(super) fn is_part(&self) -> bool {
        let words = self.refs();
        // "From version 2", "On the standby": without the heading above it says nothing.
        let opens_case = words
            .first()
            .is_some_and(|first| *first != "to" && lexicon::has("subordinators", first));
        self.numbered
            || opens_case
            || words.len() == 1
            || self.is_generic()
            || self.kind() != PhaseKind::Main
            || is_time(&words)
    }

    /// Returns when the section's steps run.
    pub(super) fn kind(&self) -> PhaseKind {
        let words = self.refs();
        let any = |set: &str| lexicon::starts_with(set, &words).is_some();
        let holds = |stem: &str| {
            words
                .iter()
                .any(|word| word.split(['-', '/']).any(|part| part == stem))
        };
        let gives_up = words
            .iter()
            .flat_map(|word| word.split(['-', '/']))
            .any(|part| lexicon::has("abort-words", part))
            || words
                .windows(2)
                .any(|pair| lexicon::has("abort-pairs", &pair.join(" ")));
        let in_trouble = matches!(
            words.as_slice(),
            ["if" | "when", ..]
                | ["in", "case", ..]
                | ["in", "the", "event", ..]
                | ["recovering" | "recover", "from", ..]
        ) && words.iter().any(|word| lexicon::has("trouble", word));
        if any("abort-titles") || (gives_up || in_trouble) && !self.is_trouble() {
            PhaseKind::Abort
        } else if any("alternative-titles")
            || ["alternative", "alternatives", "alternatively"]
                .iter()
                .any(|stem| holds(stem))
        {
            PhaseKind::Alternative
        } else if words
            .first()
            .is_some_and(|word| word.starts_with("pre-") && !word.ends_with('s'))
            || words
                .last()
                .is_some_and(|last| matches!(*last, "before" | "beforehand"))
            || any("before-titles")
            || self.is_context()
        {
            PhaseKind::Before
        } else if words.first().is_some_and(|word| word.starts_with("post-"))
            || words
                .last()
                .is_some_and(|last| matches!(*last, "after" | "afterwards" | "later"))
            || any("after-titles")
            || words
                .windows(2)
                .any(|pair| pair[0] == "after" && lexicon::has("undertaking-nouns", pair[1]))
        {
            PhaseKind::After
        } else {
            PhaseKind::Main
        }
    }

    /// Returns its last word, by which headings name the same thing again (`Procedure`, `Careful procedure`).
    pub(super) fn last_word(&self) -> Option<&str> {
        self.words.last().map(String::as_str)
    }
}

/// Returns what stands behind `Step 3:` or the like; all of it where nothing does.
fn behind_number(text: &str) -> &str {
    let rest = text.splitn(3, ' ').nth(2).unwrap_or_default();
    let rest = rest.trim_start_matches(['-', '–', '—', ':', '.', ' ']);
    if rest.is_empty() { text } else { rest }
}

/// Returns what a heading asks for, be it behind a question (`Is the build green? If not, mend it.`).
fn asking(text: &str, prose: &Prose) -> Clause {
    let first = clause::read(text, prose);
    let later = match text.split_once("? ") {
        Some((_, later)) if !first.mood.asks() => Some(clause::read(later, prose)),
        _ => None,
    };
    later.filter(|later| later.mood.asks()).unwrap_or(first)
}

/// Tells whether a heading speaks of a kind of case only.
fn says_case(words: &[String]) -> bool {
    let kinds = words
        .iter()
        .filter(|word| lexicon::has("case-kinds", word))
        .count();
    if kinds > 0 && names_only_cases(words) && !names_stage(words) {
        return true;
    }
    let text = words.join(" ");
    let restricts = matches!(
        words.first().map(String::as_str),
        Some("for" | "before" | "if" | "when" | "only")
    ) || words.last().is_some_and(|word| word == "only")
        || text.contains("before a ");
    restricts
        && (lexicon::holds_phrase("case-phrases", &text)
            || text.ends_with("only")
            || text.starts_with("if "))
        || text.contains("optional")
        || text.contains(" if ")
}

fn names_only_cases(words: &[String]) -> bool {
    words
        .iter()
        .all(|word| lexicon::has("case-kinds", word) || lexicon::has("case-words", word))
}

/// Tells whether a heading names a stage on the way to a release, and nothing else.
fn names_stage(words: &[String]) -> bool {
    let mut kinds = words
        .iter()
        .filter(|word| lexicon::has("case-kinds", word))
        .peekable();
    kinds.peek().is_some()
        && kinds.all(|word| lexicon::has("stages", word))
        && names_only_cases(words)
        && !words.iter().any(|word| word == "for" || word == "only")
}

/// Tells whether a heading names a time (`2 weeks before`, `Day of release`, `Monday`).
fn is_time(words: &[&str]) -> bool {
    words.iter().any(|word| lexicon::has("times", word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(text: &str) -> Title {
        Title::read(&Prose::plain(text))
    }

    #[test]
    fn headings_are_told_apart() {
        for text in [
            "Context",
            "Prerequisites",
            "Before you begin",
            "Needed credentials & authorizations",
        ] {
            assert!(title(text).is_context(), "{text}");
        }
        for text in [
            "Overview",
            "Background",
            "Notes on version numbers",
            "Release schedule",
            "Known issues",
            "See also",
            "Issue templates",
        ] {
            assert!(title(text).is_reference(), "{text}");
        }
        for text in [
            "Step 2: Release notes",
            "Tag the release",
            "Write the release notes",
            "Checklist",
            "1. Notes",
            "Test the new version",
        ] {
            assert!(!title(text).is_reference(), "{text}");
            assert!(!title(text).is_context(), "{text}");
        }
        assert!(title("3. Tag the release").numbered && title("Part 2: Restore").numbered);
        assert!(!title("2 weeks before the release").numbered);
    }

    #[test]
    fn phases_have_kinds() {
        assert_eq!(title("Pre-upgrade steps").kind(), PhaseKind::Before);
        assert_eq!(title("Post-release").kind(), PhaseKind::After);
        assert_eq!(title("Upgrade abort/revert").kind(), PhaseKind::Abort);
        assert_eq!(title("Tag the release").kind(), PhaseKind::Main);
    }
}
