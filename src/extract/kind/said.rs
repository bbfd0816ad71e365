//! What a sentence that does not ask for anything says.

use super::Situation;
use crate::extract::clause::{self, Clause, Mood};
use crate::extract::lexicon;
use crate::extract::prose::{self, CODE, Prose};
use crate::procedure::Kind;

/// Tells whether a statement is about a thing that acts by itself, or is in a state.
pub(super) fn happens(clause: &Clause) -> bool {
    let words: Vec<&str> = clause.words.iter().map(String::as_str).collect();
    let automatic = words.iter().any(|word| word.starts_with("automatic"));
    let people = words
        .iter()
        .take(6)
        .any(|word| lexicon::has("actors", word) || matches!(*word, "you" | "we" | "i" | "they"));
    let foreseen = words.contains(&"expected") && !people;
    automatic || foreseen || is_state_of_reader(&words) || !people && !is_done(&words)
}

/// Tells whether words say that something is done to something.
fn is_done(words: &[&str]) -> bool {
    words.windows(3).any(|near| {
        matches!(
            near[0],
            "is" | "are" | "was" | "were" | "been" | "gets" | "get" | "being"
        ) && near[1..]
            .iter()
            .any(|word| lexicon::is_participle(word) || word.ends_with("ing"))
    }) || words.windows(2).any(|pair| {
        matches!(pair[0], "is" | "are" | "gets")
            && (lexicon::is_participle(pair[1])
                || matches!(
                    pair[1],
                    "put" | "set" | "cut" | "run" | "read" | "split" | "shut" | "reset"
                ))
    })
}

/// Tells whether a text says what is done now, and not by itself: `The index is updated.`
pub(in crate::extract) fn tells_deed(prose: &Prose) -> bool {
    let sentences = prose::sentences(&prose.text);
    let clauses = sentences
        .iter()
        .take(3)
        .map(|sentence| clause::read(sentence, prose));
    clauses.into_iter().any(|clause| {
        let words: Vec<&str> = clause.words.iter().map(String::as_str).collect();
        let now = words.windows(4).any(|near| {
            matches!(near[0], "is" | "are")
                && near[1..].iter().any(|word| lexicon::is_participle(word))
                && !near[1..]
                    .iter()
                    .any(|word| matches!(*word, "not" | "no" | "never" | "only"))
        });
        clause.mood == Mood::Statement && now && !is_about_document(&clause)
    })
}

/// `You now have the keys`: how things stand for the reader, who has nothing to do for it.
fn is_state_of_reader(words: &[&str]) -> bool {
    match words {
        ["you", "now", "have" | "are", next, ..] | ["you", "have" | "are", next, ..] => {
            *next != "to"
        }
        _ => false,
    }
}

/// `Some hosts may not come back`, `The job may fail`: what can go wrong, as a statement.
pub(super) fn warns(clause: &Clause) -> bool {
    let may = clause
        .words
        .iter()
        .take(6)
        .position(|word| matches!(word.as_str(), "may" | "might" | "could"));
    clause.mood == Mood::Statement
        && may.is_some_and(|at| {
            let behind = &clause.words[at + 1..];
            let behind = &behind[..behind.len().min(4)];
            let fails = clause::is_trouble(behind);
            let missing = matches!(behind, [not, verb, ..] if not == "not" && lexicon::is_verb(verb)
                && !lexicon::has("case-verbs", verb));
            fails || missing
        })
}

/// Tells whether something is to be done, by nobody named.
pub(super) fn is_passive(clause: &Clause) -> bool {
    clause.words.windows(2).any(|pair| {
        matches!(pair[0].as_str(), "should" | "must" | "to" | "shall") && pair[1] == "be"
    })
}

/// `Report any problems to ...`
pub(super) fn is_report_of_trouble(clause: &Clause) -> bool {
    matches!(&clause.mood, Mood::Imperative(verb) if matches!(verb.as_str(), "report" | "escalate" | "raise"))
        && clause
            .words
            .get(1)
            .is_some_and(|word| matches!(word.as_str(), "any" | "all" | "problems" | "issues"))
        && clause
            .words
            .iter()
            .take(4)
            .any(|word| lexicon::has("trouble", word) || word == "issue" || word == "problem")
}

/// `This step ...`, `The following section ...`
pub(super) fn is_about_document(clause: &Clause) -> bool {
    matches!(
        clause.words.first().map(String::as_str),
        Some("this" | "the" | "these")
    ) && clause
        .words
        .iter()
        .skip(1)
        .take(2)
        .any(|word| lexicon::has("document-parts", word))
}

/// Tells whether a text is the heading of a note: `Note on branch names`, `Branch naming note`.
pub(in crate::extract) fn is_headed_note(prose: &Prose) -> bool {
    names_note(&prose::words(&prose.text)) && !prose.text.ends_with('.')
}

pub(super) fn names_note(words: &[String]) -> bool {
    let is_note = |word: &String| matches!(word.as_str(), "note" | "remark" | "caveat" | "caveats");
    let opens = matches!(words, [first, second, ..] if matches!(first.as_str(), "note" | "notes" | "remark" | "remarks")
        && matches!(second.as_str(), "on" | "about" | "regarding"));
    opens && words.len() <= 6
        || words.len() > 1
            && words.len() <= 6
            && words.last().is_some_and(is_note)
            && !words.iter().any(|word| lexicon::has("determiners", word))
}

/// Tells whether a text without a verb, in a checklist, is something to be ticked rather than an address or a remark.
pub(super) fn is_item_to_tick(clause: &Clause, situation: &Situation) -> bool {
    // "Chat room https://..." names a place, "Example: https://..." leads to one.
    let is_address = clause
        .words
        .first()
        .is_some_and(|word| word.contains("://"))
        || clause.text.contains(": http")
        || matches!(clause.words.as_slice(), [only] if only.contains(CODE));
    matches!(clause.mood, Mood::Noun | Mood::Gerund(_))
        && clause.words.len() <= 12
        && !is_address
        && situation.parent.is_none_or(Kind::has_box)
}

/// `Must add all new calls`: the reader has to, without being named.
pub(super) fn is_bare_duty(clause: &Clause) -> bool {
    matches!(
        clause.words.first().map(String::as_str),
        Some("must" | "need" | "needs" | "should")
    )
}

/// `The branch should get a tag`, `The difference should be similar to ...`: how the step before comes out.
pub(super) fn says_outcome(clause: &Clause) -> bool {
    let modal = clause.words.iter().position(|word| word == "should");
    // "This should start the build."
    let follows = matches!(clause.words.as_slice(), [subject, should, verb, ..]
        if matches!(subject.as_str(), "this" | "that") && should == "should" && verb != "be");
    follows
        || modal.is_some_and(|at| {
            let behind: Vec<&str> = clause.words[at + 1..]
                .iter()
                .take(3)
                .map(String::as_str)
                .collect();
            matches!(
                behind.first(),
                Some(&("get" | "receive" | "appear" | "look" | "see" | "show"))
            ) || behind.iter().any(|word| {
                matches!(
                    *word,
                    "similar" | "like" | "identical" | "cause" | "trigger"
                )
            })
        })
}

/// `Tagging should be done before ...`, `The title should be ...`: when or how something is done, not what is to be seen.
pub(super) fn says_manner(clause: &Clause) -> bool {
    let authored = clause
        .words
        .iter()
        .take_while(|word| *word != "should")
        .take(3)
        .any(|word| lexicon::has("authored", word));
    authored
        || clause.words.windows(2).any(|pair| {
            pair[0] == "be" && matches!(pair[1].as_str(), "done" | "made" | "performed" | "carried")
        })
}

pub(super) fn says_already(clause: &Clause) -> bool {
    clause.words.iter().any(|word| word == "already")
}

/// `Green means that it is on`: a sign is explained.
pub(super) fn explains_sign(clause: &Clause) -> bool {
    clause
        .words
        .iter()
        .skip(1)
        .take(3)
        .any(|word| matches!(word.as_str(), "means" | "stands" | "indicates" | "denotes"))
}

/// `The release manager tags the candidate`: a person, and what that person does.
pub(super) fn tells_who_acts(clause: &Clause) -> bool {
    let words: Vec<&str> = clause.words.iter().map(String::as_str).collect();
    let named = words
        .first()
        .is_some_and(|first| matches!(*first, "the" | "a" | "an" | "another" | "one" | "each"));
    let Some(actor) = words
        .iter()
        .take(4)
        .position(|word| lexicon::has("actors", word))
    else {
        return false;
    };
    named
        && words.get(actor + 1).is_some_and(|verb| {
            verb.ends_with('s')
                && !verb.ends_with("ss")
                && !lexicon::has("auxiliaries", verb)
                && lexicon::base_of(verb).is_some_and(|base| {
                    !lexicon::has("being", &base) && !lexicon::has("case-verbs", &base)
                })
        })
}

/// `You can optionally run it again`, `Feel free to run it again`
pub(super) fn offers(clause: &Clause) -> bool {
    clause.mood == Mood::Permission
        && clause
            .words
            .iter()
            .take(5)
            .any(|word| word == "optionally" || word == "free")
}

/// `You'll be asked for a name`: what the reader answers is said next.
pub(super) fn prompts_reader(clause: &Clause) -> bool {
    let words: Vec<&str> = clause.words.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        ["you'll", "be", done, ..] | ["you", "will", "be", done, ..] if lexicon::is_participle(done)
    )
}

/// `All tests pass`, `The login works`, `No errors in the log`
pub(super) fn says_success(clause: &Clause) -> bool {
    let is_free = clause.words.first().is_some_and(|first| first == "no")
        && clause
            .words
            .iter()
            .take(4)
            .any(|word| lexicon::has("trouble", word) || lexicon::has("obstacles", word));
    let succeeds = clause.words.len() > 1
        && matches!(clause.words[0].as_str(), "green" | "passing" | "successful");
    is_free
        || succeeds
        || clause.words.len() > 1
            && clause.words.last().is_some_and(|last| {
                matches!(
                    last.as_str(),
                    "pass" | "passes" | "works" | "succeeds" | "succeed" | "builds"
                )
            })
}

/// `Backup copied`, `No data lost`: what has been done, without a verb that says so.
pub(super) fn names_state(clause: &Clause) -> bool {
    clause.mood == Mood::Noun
        && clause.words.len() > 1
        && clause
            .words
            .last()
            .is_some_and(|last| lexicon::is_participle(last))
}

/// `It should be empty, meaning that nothing is left`: what is seen is explained.
pub(super) fn says_meaning(clause: &Clause) -> bool {
    clause.words.windows(2).any(|pair| {
        matches!(
            (pair[0].as_str(), pair[1].as_str()),
            ("meaning" | "means", "that") | ("which", "means")
        )
    })
}

/// `You can find the leader by listing the nodes`, under a step: how that step is done.
pub(super) fn explains_way(clause: &Clause, situation: &Situation) -> bool {
    let by_doing = clause.words.windows(2).any(|pair| {
        pair[0] == "by" && pair[1].ends_with("ing") && lexicon::base_of(&pair[1]).is_some()
    });
    by_doing && situation.parent.is_some_and(Kind::has_box)
}

/// `Before the maintenance window:`, `On the day of the release:`: a time, under which stands what is to be done.
pub(super) fn names_time(clause: &Clause) -> bool {
    let opens = clause.words.first().is_some_and(|word| {
        matches!(
            word.as_str(),
            "before" | "during" | "after" | "on" | "at" | "in"
        )
    });
    let last = clause.words.last().map_or("", String::as_str);
    opens
        && clause.mood == Mood::Noun
        && clause.words.len() <= 6
        && (lexicon::has("times", last)
            || lexicon::has("undertaking-nouns", last)
            || matches!(last, "window" | "maintenance" | "freeze"))
}

/// Returns the verb's base form where a text starts with a verb in the third person (`updates the page`).
pub(super) fn third_person(clause: &Clause) -> Option<String> {
    let first = clause.words.first()?;
    let is_subject = clause.words.get(1).is_some_and(|next| {
        lexicon::has("auxiliaries", next) || matches!(next.as_str(), "whose" | "which" | "who")
    });
    (first.ends_with('s') && !first.ends_with("ss") && !is_subject)
        .then(|| lexicon::base_of(first))
        .flatten()
}

/// `Expected output: 0`, `Expected: the lamp is green`
pub(super) fn announces_outcome(clause: &Clause) -> bool {
    let labelled = clause.text.split_once(": ").is_some_and(|(label, _)| {
        matches!(
            label.to_lowercase().as_str(),
            "expected" | "expect" | "outcome" | "expected result" | "expected outcome"
        )
    });
    labelled
        || matches!(clause.words.as_slice(), [first, second, ..] if first == "expected"
        && lexicon::has("outcomes", second))
}

/// `Login works`, `Reports can be exported`: among checks, a thing and what it has to do.
pub(super) fn names_outcome(clause: &Clause) -> bool {
    let reader = clause.words.iter().any(|word| word == "you");
    let works = clause
        .words
        .get(1)
        .is_some_and(|word| word.ends_with('s') && lexicon::base_of(word).is_some());
    match clause.mood {
        Mood::Imperative(_) => works,
        Mood::Permission => !reader,
        _ => false,
    }
}
