//! What the words before a list say about its items.

use super::clause::{self, Mood, is_reader};
use super::kind;
use super::lexicon;
use super::prose::{self, Prose};
use things::{acts_now, tells_of_thing};

mod things;

/// What the words before a list say about its items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing.
    #[default]
    Nothing,
    /// That they are to be done.
    Steps,
    /// That they say what may go wrong.
    Trouble,
    /// That they are to be seen to.
    Checks,
    /// That they give values to names.
    Values,
    /// That they say what something else does or is made of, or repeat what is told elsewhere.
    Described,
    /// That they say what will happen by itself.
    Happens,
}

impl Told {
    /// Tells whether the items are nothing to do.
    pub(super) fn describes(self) -> bool {
        matches!(self, Self::Described | Self::Happens)
    }
}

/// Returns what the words before a list say about its items.
pub(super) fn told_by(prose: &Prose) -> Told {
    let sentences = prose::sentences(&prose.text);
    let Some(last) = sentences.last().copied() else {
        return Told::Nothing;
    };
    // "Check that the following are up. The dashboard shows it.": the list is announced before it is explained.
    let announced = sentences.iter().copied().find(|sentence| {
        let lower = sentence.to_lowercase();
        !last.ends_with(':') && lower.contains("the following") && !lower.ends_with(':')
    });
    if announced.is_some_and(|sentence| asks_to_verify(&clause::read(sentence, prose))) {
        return Told::Checks;
    }
    let sentence = last;
    let lower = sentence.to_lowercase();
    let words = prose::words(sentence);
    let has = |word: &str| words.iter().any(|own| own == word);
    let outside: String = lower.split(['(', ')']).step_by(2).collect();
    let example = lexicon::holds_phrase("example-phrases", &outside) && lower.ends_with(':');
    if example
        || lower.contains("short version")
        || lower.starts_with("in summary") && lower.ends_with(':')
    {
        return Told::Described;
    }
    if sentence.ends_with(':') && lexicon::holds_phrase("check-phrases", &lower) {
        return Told::Checks;
    }
    let name = words.join(" ");
    if sentence.ends_with(':') && lexicon::has("check-titles", &name) {
        return Told::Checks;
    }
    if sentence.ends_with(':') && lexicon::has("context-titles", &name) {
        return Told::Described;
    }
    let counts = matches!(words.as_slice(), [there, are, ..] if there == "there" && (are == "are" || are == "is"));
    // "There are cases like that, use the following way:" asks for something all the same.
    let asks_at_end = sentence
        .rsplit_once(", ")
        .is_some_and(|(_, tail)| clause::read(tail, prose).mood.asks());
    if counts && asks_at_end && sentence.ends_with(':') {
        return Told::Steps;
    }
    // "To note the change:" is what the list is for.
    let is_purpose = words.first().is_some_and(|word| word == "to");
    let remarks = !is_purpose
        && (lexicon::holds_phrase("remark-phrases", &lower) && lower.ends_with(':')
            || words
                .iter()
                .take(3)
                .any(|word| lexicon::has("remark-words", word))
                && (lower.ends_with(':') || words.len() <= 12)
                && !clause::read(sentence, prose).mood.asks());
    let names = matches!(words.as_slice(), [.., last] if matches!(last.as_str(), "are" | "is" | "were"))
        && sentence.ends_with(':');
    let rules = [
        "guidelines",
        "rules",
        "commands",
        "process",
        "procedure",
        "workflow",
    ]
    .iter()
    .any(|word| has(word));
    if (counts || remarks || names && !rules)
        && !words.iter().any(|word| lexicon::has("step-words", word))
        && !lower.contains("to do")
    {
        return Told::Described;
    }
    if sentence.ends_with(':') && (tells_need(&words) || names_access(&words)) {
        return Told::Described;
    }
    if sentence.ends_with(':') && clause::is_trouble(&words) && is_describing(&words) {
        return Told::Trouble;
    }
    if lower.contains("things to do") || lower.contains("checklist of") {
        return Told::Steps;
    }
    let steps = words.iter().any(|word| lexicon::has("step-words", word))
        || lower.contains("the following:")
        || lower.contains("do the following");
    if names_actor(&words) && !sentence.ends_with('.') {
        return Told::Steps;
    }
    if !sentence.ends_with([':', ',', '-', '–']) {
        return if steps && has("following") {
            Told::Steps
        } else {
            Told::Nothing
        };
    }
    // "These steps will bring it up to date:"
    if matches!(words.as_slice(), [these, steps, ..] if these == "these" && lexicon::has("step-words", steps))
    {
        return Told::Steps;
    }
    // "If it does not come with a new one:"
    if clause::names_case(sentence).is_some_and(clause::is_open) {
        return Told::Nothing;
    }
    if needs_some(&words) {
        return Told::Described;
    }
    let clause = clause::read(sentence, prose);
    if tells_of_thing(&clause) {
        let later = clause.words.iter().any(|word| word == "will") || acts_now(&clause.words);
        return if later {
            Told::Happens
        } else {
            Told::Described
        };
    }
    if tells_result(&clause.words) {
        return Told::Happens;
    }
    let values = words.iter().any(|word| lexicon::has("value-words", word))
        || matches!(clause.words.as_slice(), [set] if set == "set")
        || matches!(clause.words.as_slice(), [fill, how, ..] if fill == "fill" && (how == "in" || how == "out"));
    match &clause.mood {
        Mood::Imperative(_) | Mood::Duty(_) if values || lower.ends_with(" set:") => Told::Values,
        Mood::Statement | Mood::Imperative(_) if lower.ends_with(" set:") => Told::Values,
        _ if asks_to_verify(&clause) => Told::Checks,
        Mood::Imperative(_) | Mood::Command | Mood::Duty(_) | Mood::Advice(_) => Told::Steps,
        Mood::Future => {
            let people = words.iter().take(2).any(|word| is_reader(word))
                || words
                    .windows(2)
                    .any(|pair| is_reader(&pair[0]) && pair[1] == "will");
            let does = ends_with_actor(&words);
            // "For each host, you will:" tells in short what follows; "You will need the key:" stands before anything.
            match words.last().map(String::as_str) {
                _ if people && steps || does => Told::Steps,
                Some(last) if people && !lexicon::has("auxiliaries", last) => Told::Nothing,
                _ => Told::Described,
            }
        }
        Mood::Statement | Mood::Noun | Mood::State | Mood::Gerund(_)
            if !is_purpose && (is_describing(&words) || takes_list(&clause.words)) =>
        {
            Told::Described
        }
        // "The following files are affected:"
        Mood::Statement
            if has("following") && !steps && !rules && !has("changes") && !has("exceptions") =>
        {
            Told::Described
        }
        _ if steps => Told::Steps,
        _ => Told::Nothing,
    }
}

/// `The release manager will:`, over what that person does.
fn ends_with_actor(words: &[String]) -> bool {
    matches!(words, [.., actor, will] if will == "will" && lexicon::has("actors", actor))
}

/// Returns what a few words over a list that stand there like a heading (`Signals`) say about its items.
pub(super) fn told_by_heading(prose: &Prose) -> Option<Told> {
    let name = prose::words(&prose.text).join(" ");
    let ended = prose.text.ends_with(['.', '!', '?']);
    match () {
        () if ended => None,
        () if lexicon::has("described-labels", &name) || lexicon::has("note-labels", &name) => {
            Some(Told::Described)
        }
        () if lexicon::has("check-titles", &name) => Some(Told::Checks),
        () => None,
    }
}

/// Tells whether a text says that the list behind it holds ways of which one is taken (`Restart it in one of these ways:`).
pub(super) fn offers_ways(prose: &Prose) -> bool {
    let lower = prose.text.to_lowercase();
    let one_of = ["one of the following", "one of these"]
        .iter()
        .any(|phrase| lower.contains(phrase));
    one_of && lower.ends_with(':')
}

/// Returns the case for which the list is that a text announces, where it may not be at hand: `If the host is new:`, `If you
/// use the plugin, do this:`.
pub(super) fn case_of_list(prose: &Prose) -> Option<String> {
    if let Some(case) = clause::names_case(&prose.text) {
        return clause::is_open(case).then(|| kind::fill(case, prose));
    }
    let sentence = *prose::sentences(&prose.text).last()?;
    let lead = clause::read(sentence, prose).lead;
    let case = lead.conditions.first()?;
    let opens = prose::words(case)
        .first()
        .is_some_and(|word| matches!(word.as_str(), "if" | "unless" | "in" | "only" | "for"));
    (opens && lead.optional && !lead.trouble && sentence.ends_with(':'))
        .then(|| kind::fill(case, prose))
}

/// Tells whether a text says that the code behind it is what is printed: `The output looks like this:`.
pub(super) fn tells_output(prose: &Prose) -> bool {
    let sentences = prose::sentences(&prose.text);
    let Some(last) = sentences.last() else {
        return false;
    };
    let lower = last.to_lowercase();
    lower.ends_with(':')
        && lexicon::holds_phrase("output-phrases", &lower)
        && !lower.contains("command")
        && !clause::read(last, prose).mood.asks()
}

/// `The outgoing engineer:`, over what that person does.
fn names_actor(words: &[String]) -> bool {
    matches!(words, [first, .., last] if words.len() <= 5 && lexicon::has("determiners", first)
        && lexicon::has("actors", last))
}

/// Tells whether the words before a list say that it gives the main steps of the sections that follow.
pub(super) fn tells_outline(prose: &Prose) -> bool {
    let lower = prose.text.to_lowercase();
    prose.text.ends_with(':') && lexicon::holds_phrase("outline-phrases", &lower)
}

/// Tells whether the words before a list, in a section that describes, say that people have to do what it holds.
pub(super) fn tells_people(prose: &Prose) -> bool {
    let words = prose::words(&prose.text);
    let has = |word: &str| words.iter().any(|own| own == word);
    told_by(prose) == Told::Steps
        && (has("manual") || has("manually") || has("you") || has("before"))
}

/// Tells whether a text ends with a case of trouble and no more (`It should be 0. If it is not`): what stands under
/// it is for that case.
pub(super) fn ends_with_trouble(prose: &Prose) -> bool {
    let sentences = prose::sentences(&prose.text);
    let Some((last, before)) = sentences.split_last() else {
        return false;
    };
    let words = prose::words(last);
    !before.is_empty()
        && matches!(words.first().map(String::as_str), Some("if" | "otherwise"))
        && words.len() <= 8
        && !last.trim_end().ends_with('.')
        && !last.contains(',')
        && clause::is_trouble(&words)
}

/// `You need:`, `A typical release has:`: the list is what the verb takes.
fn takes_list(words: &[String]) -> bool {
    let words = match words {
        [before @ .., the, following] if the == "the" && following == "following" => before,
        _ => words,
    };
    words.len() > 1
        && words
            .last()
            .is_some_and(|last| lexicon::has("taking", last))
}

/// `You should now have:`, `You will then see:`: how the steps before come out.
fn tells_result(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["you", "should" | "will", "now" | "then" | "also", verb, ..] => {
            matches!(*verb, "have" | "see" | "get" | "find" | "be")
        }
        ["you", "should" | "will", verb, ..] => matches!(*verb, "see" | "get"),
        _ => false,
    }
}

/// `These steps require access to:`: what one must have for them.
fn tells_need(words: &[String]) -> bool {
    let needs = words
        .iter()
        .position(|word| matches!(word.as_str(), "require" | "requires" | "need" | "needs"));
    needs.is_some_and(|at| {
        words[at..]
            .iter()
            .any(|word| lexicon::has("access-words", word))
    })
}

/// `You will need two keys:`
fn needs_some(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words.as_slice(), ["you", "will", "need", count, ..]
        if matches!(*count, "two" | "three" | "four" | "five" | "several")
            || count.chars().all(|c| c.is_ascii_digit()))
}

/// `Read access to:`, over that to which one must have it.
fn names_access(words: &[String]) -> bool {
    words.len() <= 4
        && words
            .last()
            .is_some_and(|last| last == "to" || lexicon::has("access-words", last))
        && words.iter().any(|word| lexicon::has("access-words", word))
}

fn asks_to_verify(clause: &clause::Clause) -> bool {
    matches!(&clause.mood, Mood::Imperative(verb) if lexicon::has("check", verb))
}

/// Tells whether the words before a list say what something is made of.
fn is_describing(words: &[String]) -> bool {
    let cycle = words.iter().any(|word| {
        matches!(
            word.as_str(),
            "lifetime"
                | "lifecycle"
                | "life"
                | "structure"
                | "layout"
                | "model"
                | "plan"
                | "schedule"
                | "cycle"
        )
    }) && words
        .iter()
        .any(|word| matches!(word.as_str(), "follows" | "following"));
    // "Tasks performed here include": the words name what is done in one go below.
    let told_of = words
        .windows(2)
        .any(|pair| lexicon::has("step-words", &pair[0]) && lexicon::is_participle(&pair[1]))
        && words
            .iter()
            .any(|word| matches!(word.as_str(), "include" | "includes" | "included"))
        && !words.iter().any(|word| word == "you");
    cycle
        || told_of
        || words.iter().any(|word| lexicon::has("describing", word))
            && !words
                .iter()
                .any(|word| matches!(word.as_str(), "you" | "steps" | "tasks"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_before_a_list_tell_what_it_holds() {
        assert_eq!(
            told_by(&Prose::plain("The job will do the following steps:")),
            Told::Happens
        );
        assert_eq!(
            told_by(&Prose::plain("The move involves:")),
            Told::Described
        );
        assert_eq!(
            told_by(&Prose::plain("Manual steps before the release:")),
            Told::Steps
        );
        assert_eq!(told_by(&Prose::plain("Do the following:")), Told::Steps);
        assert_eq!(
            told_by(&Prose::plain("Tasks done by this include:")),
            Told::Described
        );
    }

    #[test]
    fn a_case_at_the_end_is_for_what_follows() {
        let ends = |text| ends_with_trouble(&Prose::plain(text));
        assert!(ends("Look at the count, it should be 0. If it is not 0"));
        assert!(!ends("Look at the count. If it is 0"));
        assert!(!ends("Look at the count. If it is not 0, restart it."));
        assert!(!ends("If it is not 0"));
    }
}
