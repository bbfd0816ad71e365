//! What a step asks for: its kind, whether it may be left out, and when it applies.
//!
//! [`clause`](super::clause) reads single sentences; here their moods are weighed by where they stand. A request
//! is a step wherever it stands. What is merely said is a step in a numbered or ticked list, and something to
//! know or to expect under a bullet.

use super::clause::{self, Clause, Mood};
use super::lexicon;
use super::prose::{self, CODE, Prose};
use crate::procedure::Kind;

/// What an item is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// An item with a number.
    Numbered,
    /// An item with a bullet, or a term.
    Bullet,
    /// An item with a box to tick.
    Task,
    /// Running text, or an admonition's.
    Paragraph,
}

/// What the words before a list say about its items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing.
    #[default]
    Nothing,
    /// That they are to be done.
    Steps,
    /// That they say what something else does or is made of, or repeat what is told elsewhere.
    Described,
}

/// Where a text stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Situation {
    /// What it is written as.
    pub form: Form,
    /// What the words before its list say.
    pub told: Told,
    /// The kind of the step it stands under.
    pub parent: Option<Kind>,
    /// How many of its list's items ask for something, in percent.
    pub asking: usize,
    /// Whether it has a command of its own.
    pub has_command: bool,
    /// Whether something under it has a box.
    pub has_boxes: bool,
    /// Whether its section is for giving up.
    pub abort: bool,
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    /// What it asks for.
    pub kind: Kind,
    /// Whether the author marked it as optional.
    pub optional: bool,
    /// When it applies.
    pub condition: Option<String>,
}

/// Reads `prose` where it stands.
pub(super) fn read(prose: &Prose, situation: &Situation) -> Reading {
    let sentences = prose::sentences(&prose.text);
    let clauses: Vec<Clause> = sentences
        .iter()
        .take(4)
        .map(|sentence| clause::read(sentence, prose))
        .collect();
    let Some(first) = clauses.first() else {
        let kind = if situation.has_boxes || situation.has_command {
            Kind::Action
        } else {
            Kind::Note
        };
        return Reading {
            kind,
            optional: false,
            condition: None,
        };
    };
    let later = clauses[1..].iter().find(|clause| {
        matches!(clause.mood, Mood::Imperative(_) | Mood::Command)
            && !clause.lead.trouble
            && !clause.lead.note
    });
    let (kind, by) = weigh(first, later, situation);
    let optional = kind.has_box()
        && (by.lead.optional
            || says_optional(sentences.first().copied().unwrap_or_default(), first));
    let condition =
        (!by.lead.conditions.is_empty()).then(|| fill(&by.lead.conditions.join(", "), prose));
    Reading {
        kind,
        optional,
        condition,
    }
}

/// Tells whether `prose` asks for something, wherever it stands.
pub(super) fn asks(prose: &Prose) -> bool {
    prose::sentences(&prose.text)
        .first()
        .is_some_and(|sentence| {
            let clause = clause::read(sentence, prose);
            clause.mood.asks() && !clause.lead.note && !clause.lead.trouble
        })
}

/// Tells whether a heading asks to verify something.
pub(super) fn is_check(title: &Prose) -> bool {
    let clause = clause::read(&title.text, title);
    match &clause.mood {
        Mood::Imperative(_) => asked(&clause) == Kind::Check,
        Mood::Gerund(verb) => lexicon::has("check", verb),
        _ => false,
    }
}

/// Weighs the first sentence's mood, and a later request, by where they stand.
fn weigh<'c>(
    first: &'c Clause,
    later: Option<&'c Clause>,
    situation: &Situation,
) -> (Kind, &'c Clause) {
    let task = situation.form == Form::Task;
    let numbered = situation.form == Form::Numbered;
    if situation.told == Told::Described && !task {
        let kind = if first.mood == Mood::Future {
            Kind::Expectation
        } else {
            Kind::Note
        };
        return (kind, first);
    }
    if first.lead.trouble && !task && !situation.abort {
        return (Kind::Contingency, first);
    }
    if first.lead.note && !task {
        let kind = if numbered && first.mood.asks() {
            asked(first)
        } else {
            Kind::Note
        };
        return (kind, first);
    }
    if is_report_of_trouble(first) && situation.form == Form::Bullet && situation.parent.is_some() {
        return (Kind::Contingency, first);
    }
    let group = situation.has_boxes || situation.has_command;
    let among_requests = situation.asking >= 34 || situation.told == Told::Steps;
    let kind = match &first.mood {
        Mood::Imperative(_) => asked(first),
        Mood::Command if is_purpose_of_checking(&first.words, true) => Kind::Check,
        Mood::Command => Kind::Action,
        Mood::Duty(verb) => {
            let reader = first.words.iter().take(2).any(|word| word == "you");
            if numbered
                || task
                || among_requests
                || group
                || reader
                || situation.form == Form::Paragraph
            {
                verb_kind(verb)
            } else {
                Kind::Note
            }
        }
        Mood::State if says_already(first) && !task => Kind::Note,
        Mood::State if task || situation.parent == Some(Kind::Check) => Kind::Check,
        Mood::State if numbered => {
            if first.words.iter().any(|word| word.starts_with("require")) {
                Kind::Action
            } else {
                Kind::Check
            }
        }
        Mood::State if later.is_some() => return weigh_later(first, later),
        Mood::State
            if first.words.iter().any(|word| word == "should") && situation.parent.is_some() =>
        {
            Kind::Expectation
        }
        Mood::State if group && situation.form == Form::Bullet => Kind::Action,
        Mood::Prohibition if task => Kind::Check,
        Mood::Pointer | Mood::Prohibition if numbered && later.is_some() => {
            return weigh_later(first, later);
        }
        Mood::Pointer if task || numbered && group => Kind::Action,
        Mood::Future if task => Kind::Action,
        Mood::Future if is_about_document(first) => Kind::Note,
        Mood::Future if numbered && later.is_some() && situation.parent.is_none() => {
            return weigh_later(first, later);
        }
        Mood::Future => Kind::Expectation,
        Mood::Permission if numbered || task || group => verb_after_modal(first),
        Mood::Permission => Kind::Note,
        _ if is_about_document(first) && !task => Kind::Note,
        Mood::Statement
        | Mood::Noun
        | Mood::Gerund(_)
        | Mood::State
        | Mood::Pointer
        | Mood::Prohibition => {
            return weigh_said(first, later, situation);
        }
    };
    (kind, first)
}

/// Weighs what neither asks nor obliges.
fn weigh_said<'c>(
    first: &'c Clause,
    later: Option<&'c Clause>,
    situation: &Situation,
) -> (Kind, &'c Clause) {
    let group = situation.has_boxes || situation.has_command;
    let said = matches!(first.mood, Mood::Statement);
    match situation.form {
        Form::Task if said => (Kind::Check, first),
        Form::Task => (Kind::Action, first),
        Form::Numbered | Form::Bullet | Form::Paragraph
            if later.is_some()
                && (situation.form != Form::Bullet
                    || situation.parent.is_none()
                    || situation.asking >= 50) =>
        {
            weigh_later(first, later)
        }
        Form::Numbered if situation.parent.is_none_or(Kind::has_box) => {
            let bare = matches!(first.mood, Mood::Noun)
                && !group
                && situation.asking < 34
                && situation.told != Told::Steps;
            (
                if bare || matches!(first.mood, Mood::Pointer | Mood::Prohibition) {
                    Kind::Note
                } else {
                    Kind::Action
                },
                first,
            )
        }
        Form::Bullet if group && (first.mood != Mood::Statement || situation.has_boxes) => {
            (Kind::Action, first)
        }
        Form::Bullet if said && situation.parent == Some(Kind::Check) => (Kind::Check, first),
        Form::Bullet if matches!(first.mood, Mood::Gerund(_)) && situation.told == Told::Steps => {
            (Kind::Action, first)
        }
        _ => (Kind::Note, first),
    }
}

/// Takes the kind from a later sentence that asks.
fn weigh_later<'c>(first: &'c Clause, later: Option<&'c Clause>) -> (Kind, &'c Clause) {
    match later {
        Some(later) => (asked(later), later),
        None => (Kind::Note, first),
    }
}

/// Returns the kind of a request.
fn asked(clause: &Clause) -> Kind {
    let words: Vec<&str> = clause.words.iter().map(String::as_str).collect();
    let verb = match &clause.mood {
        Mood::Imperative(verb) => verb.as_str(),
        _ => return Kind::Action,
    };
    if sets_value(&words) {
        return Kind::Setting;
    }
    let out = matches!(words.get(1), Some(&("out" | "in"))) && verb == "check";
    if lexicon::has("check", verb) && !out
        || matches!(
            words.as_slice(),
            ["make" | "be", "sure" | "certain", ..] | ["look", "over" | "out", ..]
        )
    {
        return Kind::Check;
    }
    if is_purpose_of_checking(&clause.words, lexicon::has("weak", verb)) {
        return Kind::Check;
    }
    Kind::Action
}

fn verb_kind(verb: &str) -> Kind {
    if lexicon::has("check", verb) {
        Kind::Check
    } else {
        Kind::Action
    }
}

fn verb_after_modal(clause: &Clause) -> Kind {
    let at = clause
        .words
        .iter()
        .position(|word| matches!(word.as_str(), "can" | "may" | "could"));
    at.and_then(|at| clause.words.get(at + 1))
        .map_or(Kind::Action, |verb| verb_kind(verb))
}

/// `ensure that X is set to Y`
fn sets_value(words: &[&str]) -> bool {
    let checks = matches!(
        words,
        ["ensure" | "verify" | "check" | "confirm", ..] | ["make" | "be", "sure", ..]
    );
    checks
        && words
            .windows(2)
            .any(|pair| matches!(pair, ["is" | "are", "set"]))
        || checks
            && words
                .windows(3)
                .any(|pair| matches!(pair, ["is" | "are", "not" | "still", "set"]))
}

/// `open X and verify that ...`, `run X to check ...`
fn is_purpose_of_checking(words: &[String], weak: bool) -> bool {
    words.windows(3).enumerate().any(|(at, window)| {
        let (joint, verb, next) = (window[0].as_str(), window[1].as_str(), window[2].as_str());
        let checks = matches!(
            verb,
            "verify" | "check" | "confirm" | "validate" | "inspect"
        ) || verb == "make" && next == "sure"
            || verb == "see" && matches!(next, "if" | "whether" | "that");
        at > 0
            && (joint == "to" && (checks || verb == "ensure" && weak)
                || joint == "and" && weak && (checks || verb == "ensure"))
    })
}

/// `Report any problems to ...`
fn is_report_of_trouble(clause: &Clause) -> bool {
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
fn is_about_document(clause: &Clause) -> bool {
    let of_text = |word: &str| {
        matches!(
            word,
            "step"
                | "section"
                | "document"
                | "page"
                | "guide"
                | "list"
                | "checklist"
                | "procedure"
                | "process"
                | "chapter"
        )
    };
    matches!(
        clause.words.first().map(String::as_str),
        Some("this" | "the" | "these")
    ) && clause
        .words
        .iter()
        .skip(1)
        .take(2)
        .any(|word| of_text(word))
}

fn says_already(clause: &Clause) -> bool {
    clause.words.iter().any(|word| word == "already")
}

/// Tells whether the first sentence says behind its verb that it may be left out.
fn says_optional(sentence: &str, clause: &Clause) -> bool {
    let lower = sentence.to_lowercase().replace('’', "'");
    const MARKS: &[&str] = &[
        "(optional",
        "if necessary",
        "if needed",
        "if required",
        "if applicable",
        "if possible",
        "if feasible",
        "if desired",
        "if any",
        "if you want",
        "if you wish",
        "if you like",
        "if relevant",
        "if appropriate",
        "when applicable",
        "where applicable",
        "as needed",
        "as necessary",
        "when needed",
        "when necessary",
        "where necessary",
        "if it's a",
        "if this is a",
        "if it is a",
        "if this was a",
        "is optional",
        "(for major",
        "(for minor",
        "(for stable",
        "(for patch",
        "releases only",
        "release only",
        ", if there are",
        ", if there is",
        "unless ",
    ];
    let consider = matches!(&clause.mood, Mood::Imperative(verb) if verb == "consider");
    consider || MARKS.iter().any(|mark| lower.contains(mark))
}

/// Puts the code back into a text taken from `prose`.
fn fill(text: &str, prose: &Prose) -> String {
    let before = prose.text.find(text).unwrap_or_default();
    let mut codes = prose
        .codes
        .iter()
        .skip(prose.text[..before].matches(CODE).count());
    let mut out = String::new();
    for c in text.chars() {
        match c {
            CODE => out.push_str(codes.next().map(String::as_str).unwrap_or_default()),
            _ => out.push(c),
        }
    }
    out
}

/// Returns what the words before a list say about its items.
pub(super) fn told_by(prose: &Prose) -> Told {
    let Some(sentence) = prose::sentences(&prose.text).last().copied() else {
        return Told::Nothing;
    };
    if !sentence.ends_with([':', ',', '-', '–']) && prose.text.chars().count() > 200 {
        return Told::Nothing;
    }
    let clause = clause::read(sentence, prose);
    let lower = sentence.to_lowercase();
    let words = prose::words(sentence);
    let has = |word: &str| words.iter().any(|own| own == word);
    let steps = [
        "steps",
        "tasks",
        "actions",
        "checks",
        "items",
        "instructions",
    ]
    .iter()
    .any(|word| has(word))
        || lower.contains("the following:")
        || lower.contains("do the following");
    if lower.contains("short version")
        || lower.contains("for example")
        || lower.contains("e.g.")
        || lower.contains("in summary")
        || lower.contains("such as")
    {
        return Told::Described;
    }
    match &clause.mood {
        Mood::Imperative(_) | Mood::Command | Mood::Duty(_) => Told::Steps,
        Mood::Future => {
            if words
                .iter()
                .take(2)
                .any(|word| word == "you" || word == "we")
                && steps
            {
                Told::Steps
            } else {
                Told::Described
            }
        }
        Mood::Statement | Mood::Noun | Mood::State | Mood::Gerund(_) if is_describing(&words) => {
            Told::Described
        }
        _ if steps => Told::Steps,
        _ => Told::Nothing,
    }
}

/// Tells whether the words before a list say what something is made of.
fn is_describing(words: &[String]) -> bool {
    const VERBS: &[&str] = &[
        "involves",
        "involve",
        "includes",
        "include",
        "included",
        "consists",
        "consist",
        "results",
        "contains",
        "contain",
        "assume",
        "assumes",
        "means",
        "define",
        "defines",
        "provides",
        "provide",
        "supports",
        "support",
        "supported",
        "depends",
        "happens",
        "does",
        "aims",
        "ways",
        "reasons",
        "types",
        "kinds",
        "options",
        "criteria",
        "conditions",
        "goals",
        "features",
        "components",
        "roles",
        "members",
        "responsible",
        "values",
        "formats",
        "categories",
        "things",
    ];
    words.iter().any(|word| VERBS.contains(&word.as_str()))
        && !words
            .iter()
            .any(|word| matches!(word.as_str(), "you" | "steps" | "tasks"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(form: Form, parent: Option<Kind>) -> Situation {
        Situation {
            form,
            told: Told::Nothing,
            parent,
            asking: 0,
            has_command: false,
            has_boxes: false,
            abort: false,
        }
    }

    fn kind(form: Form, text: &str) -> Kind {
        read(&Prose::plain(text), &at(form, None)).kind
    }

    #[test]
    fn requests_are_actions_or_checks() {
        assert_eq!(kind(Form::Bullet, "Restart the workers."), Kind::Action);
        assert_eq!(
            kind(Form::Bullet, "Verify that the workers are up."),
            Kind::Check
        );
        assert_eq!(
            kind(Form::Bullet, "Open the page and check that it loads."),
            Kind::Check
        );
        assert_eq!(kind(Form::Bullet, "Check out the branch."), Kind::Action);
        assert_eq!(
            kind(Form::Bullet, "Make sure that `debug` is set to `off`."),
            Kind::Setting
        );
        assert_eq!(
            kind(Form::Bullet, "`make test` to see if it builds"),
            Kind::Action
        );
    }

    #[test]
    fn what_is_said_is_weighed_by_where_it_stands() {
        assert_eq!(kind(Form::Bullet, "The lamp turns green."), Kind::Note);
        assert_eq!(
            kind(Form::Numbered, "A maintainer approves the change."),
            Kind::Action
        );
        assert_eq!(kind(Form::Task, "Docs are built"), Kind::Check);
        assert_eq!(
            kind(Form::Bullet, "The lamp will turn green."),
            Kind::Expectation
        );
        assert_eq!(kind(Form::Numbered, "You can log out now."), Kind::Action);
        assert_eq!(
            kind(Form::Bullet, "You can also look at the board."),
            Kind::Note
        );
        let under_check = at(Form::Bullet, Some(Kind::Check));
        assert_eq!(
            read(&Prose::plain("All nodes are listed"), &under_check).kind,
            Kind::Check
        );
    }

    #[test]
    fn trouble_is_a_contingency_except_when_giving_up() {
        assert_eq!(
            kind(Form::Bullet, "If the script fails, run it again."),
            Kind::Contingency
        );
        let mut giving_up = at(Form::Numbered, None);
        giving_up.abort = true;
        assert_eq!(
            read(
                &Prose::plain("In case of errors, restore the dump."),
                &giving_up
            )
            .kind,
            Kind::Action
        );
    }

    #[test]
    fn optional_steps_and_their_conditions() {
        let reading = read(
            &Prose::plain("For major releases, tell the press."),
            &at(Form::Numbered, None),
        );
        assert!(reading.optional);
        assert_eq!(reading.condition.as_deref(), Some("For major releases"));
        assert!(
            read(
                &Prose::plain("Update the badge if necessary."),
                &at(Form::Numbered, None)
            )
            .optional
        );
        assert!(
            !read(
                &Prose::plain("If all is OK, deploy."),
                &at(Form::Numbered, None)
            )
            .optional
        );
    }

    #[test]
    fn words_before_a_list_tell_what_it_holds() {
        assert_eq!(
            told_by(&Prose::plain("The job will do the following steps:")),
            Told::Described
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
    }
}
