//! What pieces of work a heading names: whole ones, several of them, ways and cases of one.

use super::Title;
use crate::extract::lexicon;
use crate::procedure::PhaseKind;

impl Title {
    /// Tells whether it names a whole piece of work (`Upgrade procedure`, `How to restore a backup`).
    pub(in crate::extract) fn is_whole(&self) -> bool {
        let words = self.refs();
        !self.is_generic()
            && (words.iter().any(|word| lexicon::has("whole-titles", word))
                || matches!(
                    words.as_slice(),
                    ["how", "to" | "is", ..] | ["cutting" | "releasing" | "release", ..]
                ))
    }

    /// Tells whether it says that the steps of something follow (`General steps for a dive`).
    pub(in crate::extract) fn tells_steps(&self) -> bool {
        self.words.windows(2).any(|pair| {
            matches!(pair[0].as_str(), "steps" | "instructions")
                && matches!(pair[1].as_str(), "for" | "to" | "of")
        })
    }

    /// Returns the word by which it names a whole piece of work.
    pub(in crate::extract) fn whole_word(&self) -> Option<&str> {
        self.words.iter().map(String::as_str).find(|word| {
            !self.is_generic()
                && (lexicon::has("whole-titles", word)
                    || matches!(*word, "way" | "method" | "approach"))
        })
    }

    /// Tells whether it names a slower or safer way of what was told before.
    pub(in crate::extract) fn is_slower(&self) -> bool {
        self.words
            .iter()
            .any(|word| lexicon::has("careful-words", word))
            && self.last_word().is_some_and(|last| {
                lexicon::has("undertaking-nouns", last)
                    || lexicon::has("whole-titles", last)
                    || lexicon::has("generic-titles", last)
            })
    }

    /// Tells whether it names one undertaking (`Upgrading`, `Deploy the shop`), whose many sections are its parts.
    pub(in crate::extract) fn is_undertaking(&self) -> bool {
        let words = self.refs();
        let verb = words.first().and_then(|word| {
            if lexicon::is_verb(word) {
                Some((*word).to_owned())
            } else {
                lexicon::base_of(word)
            }
        });
        let named = words.len() > 1
            && words.len() <= 8
            && words
                .last()
                .is_some_and(|last| lexicon::has("undertaking-nouns", last));
        named
            || self.asks
                && words.len() <= 5
                && verb.is_some_and(|verb| lexicon::has("undertakings", &verb))
    }

    /// Tells whether it names a collection of pieces of work (`Operational procedures`, `Backup and restore`).
    pub(in crate::extract) fn is_collection(&self) -> bool {
        let words = self.refs();
        // "Release management" is one piece of work.
        let is_one = matches!(words.as_slice(), [.., what, "management"] if lexicon::has("undertaking-nouns", what));
        !is_one
            && words
                .iter()
                .any(|word| lexicon::has("collection-titles", word))
            && words.len() <= 5
            || words.len() <= 5
                && self.joins
                && words
                    .iter()
                    .any(|word| matches!(*word, "workflow" | "workflows"))
    }

    /// Tells whether it names cases that come one at a time (`Failure scenarios`).
    pub(in crate::extract) fn names_scenarios(&self) -> bool {
        self.last_word()
            .is_some_and(|last| lexicon::has("scenario-titles", last))
    }

    /// Tells whether it joins two activities (`Backing up and restoring`, `Backups and recovery`).
    pub(in crate::extract) fn joins_activities(&self) -> bool {
        let names_work = |word: &str| {
            lexicon::has("undertaking-nouns", word.trim_end_matches('s'))
                || lexicon::has("countermeasures", word)
        };
        self.words.windows(3).enumerate().any(|(at, near)| {
            let ends = self
                .words
                .get(at + 3)
                .is_none_or(|next| lexicon::has("subordinators", next) || next == "of");
            near[1] == "and"
                && (near[0].ends_with("ing")
                    && near[2].ends_with("ing")
                    && lexicon::base_of(&near[0]).is_some() == lexicon::base_of(&near[2]).is_some()
                    || ends && names_work(&near[0]) && names_work(&near[2]))
        })
    }

    /// Tells whether it ends with the name of a piece of work (`Cluster upgrades`).
    pub(in crate::extract) fn ends_with_work(&self) -> bool {
        // "Docs without a release" is about docs.
        let is_aside = self
            .words
            .iter()
            .skip(1)
            .any(|word| lexicon::has("subordinators", word));
        !is_aside
            && self
                .last_word()
                .is_some_and(|last| lexicon::has("undertaking-nouns", last.trim_end_matches('s')))
    }

    /// Tells whether it starts with telling people (`Announce the release`).
    pub(in crate::extract) fn opens_telling(&self) -> bool {
        self.words.first().is_some_and(|first| {
            let base = lexicon::base_of(first);
            lexicon::has("telling", base.as_deref().unwrap_or(first))
        })
    }

    /// Tells whether it is about something kept for the case of need (`Database backups`), not about getting it back.
    pub(in crate::extract) fn is_about_keeping(&self) -> bool {
        let holds = |words: &[&str]| self.words.iter().any(|own| words.contains(&own.as_str()));
        holds(&[
            "backup",
            "backups",
            "snapshot",
            "snapshots",
            "dump",
            "dumps",
        ]) && !self.opens_restoring()
    }

    /// Tells whether it starts with getting something back (`Restore the database`).
    pub(in crate::extract) fn opens_restoring(&self) -> bool {
        self.words.first().is_some_and(|first| {
            matches!(
                first.as_str(),
                "restore" | "restoring" | "restoration" | "recover" | "recovering" | "recovery"
            )
        })
    }

    /// Returns the verb of the life of a thing that it starts with, and that thing (`Removing a node`); no thing where it names
    /// the work alone (`Uninstallation`).
    pub(in crate::extract) fn life(&self) -> Option<(String, Vec<&str>)> {
        let first = self.words.first()?;
        let verb = ["install", "uninstall"]
            .iter()
            .find(|verb| *first == format!("{verb}ation"))
            .map(|verb| (*verb).to_owned())
            .or_else(|| lexicon::is_verb(first).then(|| first.clone()))
            .or_else(|| lexicon::base_of(first))
            .filter(|verb| lexicon::has("lifecycle", verb))?;
        let thing = self.words[1..]
            .iter()
            .map(String::as_str)
            .take_while(|word| !lexicon::has("subordinators", word))
            .filter(|word| !lexicon::has("determiners", word))
            .collect();
        (!self.numbered).then_some((verb, thing))
    }

    /// Tells whether it names a way of doing what `whole` names, by the same verb (`Restore with the script`).
    pub(in crate::extract) fn is_way_of(&self, whole: &Self) -> bool {
        let verb = |title: &Self| {
            let first = title.words.first()?;
            lexicon::is_verb(first)
                .then(|| first.clone())
                .or_else(|| lexicon::base_of(first))
        };
        let way = self.words.iter().skip(1).any(|word| {
            matches!(
                word.as_str(),
                "with" | "without" | "using" | "via" | "by" | "through"
            ) || word.ends_with("ally")
        });
        way && verb(self).is_some() && verb(self) == verb(whole)
    }

    /// Returns the words of a heading that names what another takes back (`System power up`, `System power down`) but for
    /// the one that tells which of both it is, and that one.
    pub(in crate::extract) fn turn(&self) -> Option<(Vec<&str>, &str)> {
        const TURNS: &[(&str, &str)] = &[("up", "down"), ("on", "off"), ("open", "close")];
        let words = self.refs();
        let turn = |word: &str| {
            TURNS
                .iter()
                .find(|(one, other)| word == *one || word == *other)
        };
        let at = words.iter().position(|word| turn(word).is_some())?;
        let mut key = words.clone();
        key[at] = turn(words[at])?.0;
        (!self.numbered && words.len() > 2).then_some((key, words[at]))
    }

    /// Returns the work of a heading that names a way of doing it (`Rolling upgrade`, `Manual upgrade process`).
    pub(in crate::extract) fn work_by_way(&self) -> Option<&str> {
        let words = self.refs();
        if let [way, "way" | "method"] = words.as_slice()
            && lexicon::has("ways", way)
        {
            return Some("way");
        }
        let at = words.iter().position(|word| {
            let word = word.trim_end_matches('s');
            lexicon::has("undertaking-nouns", word)
        })?;
        let way = words[..at].iter().any(|word| {
            lexicon::has("ways", word) || word.ends_with("-based") || word.ends_with("-only")
        });
        (way && !self.numbered).then(|| words[at].trim_end_matches('s'))
    }

    /// Tells whether it names a kind of release of which one is made at a time.
    pub(in crate::extract) fn is_for_kind(&self) -> bool {
        self.words
            .iter()
            .flat_map(|word| word.split('/'))
            .any(|word| lexicon::has("exclusive-kinds", word))
    }

    /// Tells whether it names the short way of what is told at length elsewhere.
    pub(in crate::extract) fn is_short_way(&self) -> bool {
        lexicon::has("short-titles", &self.refs().join(" "))
    }

    /// Returns the work that it names and the kinds of release that it is for (`Patch release checklist`), of those of
    /// which only one is made at a time; `None` where it names none.
    pub(in crate::extract) fn work_in_case(&self) -> Option<(String, Vec<&str>)> {
        let (mut work, mut kinds) = (Vec::new(), Vec::new());
        for word in self.words.iter().flat_map(|word| word.split('/')) {
            if lexicon::has("exclusive-kinds", word) {
                kinds.push(word);
            } else if !lexicon::has("determiners", word) && !matches!(word, "and" | "or" | "for") {
                work.push(word.trim_end_matches('s'));
            }
        }
        // "Minor version release": the release of a version is a release.
        if work.len() > 1 {
            work.retain(|word| *word != "version");
        }
        let is_new = self.words.iter().any(|word| word == "new");
        (!work.is_empty() && (is_new || !kinds.is_empty())).then(|| (work.join(" "), kinds))
    }

    /// Tells whether it names a version (`Upgrading to 1.3`).
    pub(in crate::extract) fn names_version(&self) -> bool {
        !self.numbered && self.words.iter().any(|word| is_version(word))
    }

    /// Tells whether it names a way from one version to another (`1.2 to 2.0`).
    pub(in crate::extract) fn leads_between_versions(&self) -> bool {
        !self.numbered
            && self
                .words
                .windows(3)
                .any(|near| is_version(&near[0]) && near[1] == "to" && is_version(&near[2]))
    }

    /// Tells whether it is the name of a thing, by one word (`Database`).
    pub(in crate::extract) fn names_thing(&self) -> bool {
        matches!(self.words.as_slice(), [name] if !lexicon::is_verb(name) && lexicon::base_of(name).is_none())
            && !self.numbered
            && !self.is_generic()
            && self.kind() == PhaseKind::Main
    }

    /// Tells whether it is the name of a piece of work, by one word (`Release`).
    pub(in crate::extract) fn is_work(&self) -> bool {
        self.words.len() == 1 && self.ends_with_work() && !self.numbered
    }

    /// Tells whether it names work to do, or a time or a place in it (`Cluster upgrades in short`).
    pub(in crate::extract) fn names_work(&self) -> bool {
        let is_work = |word: &String| lexicon::has("undertaking-nouns", word.trim_end_matches('s'));
        self.asks
            || self.is_in_order()
            || self.is_generic()
            || self.is_checklist()
            || self.words.iter().any(is_work)
    }

    /// Tells whether it names an activity and not to what it is done (`Upgrading`).
    pub(in crate::extract) fn names_activity(&self) -> bool {
        matches!(self.words.as_slice(), [doing] if doing.ends_with("ing") && lexicon::base_of(doing).is_some())
    }
}

fn is_version(word: &str) -> bool {
    let number = word.trim_start_matches('v');
    number.contains('.')
        && number.starts_with(|c: char| c.is_ascii_digit())
        && number
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'x'))
}
