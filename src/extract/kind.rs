//! What a step asks for: its kind, whether it may be left out, and when it applies.
//!
//! [`clause`](super::clause) reads single sentences; here their moods are weighed by where they stand. A request
//! is a step wherever it stands. What is merely said is a step in a numbered or ticked list, and something to
//! know or to expect under a bullet.

use super::clause::{self, Clause, Mood};
use super::lexicon;
use super::prose::{self, CODE, Prose};
use super::told::Told;
use crate::procedure::Kind;
use optional::{may_be_skipped, says_optional};
use request::asked;
use weigh::weigh;

mod deed;
mod optional;
mod request;
mod said;
mod value;
mod weigh;

pub(super) use said::{is_headed_note, tells_deed};
pub(super) use value::{assigned, given};

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
    /// Whether most of its list's items explain names (`max_size: how much is kept`).
    pub naming: bool,
    /// Whether it says nothing but when the steps under it are to be done (`If a node is down:`).
    pub opens_case: bool,
    /// Whether it has a command of its own.
    pub has_command: bool,
    /// Whether something under it has a box.
    pub has_boxes: bool,
    /// Whether a heading over it calls it an item of a checklist.
    pub checklist: bool,
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
        let aside = situation.form == Form::Paragraph && clause.appended;
        let asks = clause.mood.asks() || clause::binds_reader(clause);
        asks && !clause.lead.trouble && !clause.lead.note && !aside
    });
    let says_nothing = !prose
        .text
        .contains(|c: char| c.is_alphanumeric() || c == CODE);
    let is_remark = (says_nothing || prose::is_address(&prose.text) || explains_option(prose))
        && situation.form != Form::Task;
    let (weighed, by) = if is_remark || is_name(&prose.text, first, situation) {
        (Kind::Note, first)
    } else {
        weigh(first, later, situation)
    };
    let kind = by_question(&sentences, first, situation)
        .or_else(|| {
            let valued = situation.told == Told::Values && names_value(&prose.text);
            valued.then_some(Kind::Setting)
        })
        .unwrap_or_else(|| by_deed(weighed, &clauses, sentences[0], prose));
    let case = clause::names_case(&prose.text).filter(|_| situation.opens_case);
    let optional = kind.has_box()
        && (by.lead.optional
            || case.is_some_and(clause::is_open)
            || may_be_skipped(&sentences)
            || says_optional(sentences.first().copied().unwrap_or_default(), first));
    let condition = match case {
        Some(case) => Some(fill(case, prose)),
        None => {
            (!by.lead.conditions.is_empty()).then(|| fill(&by.lead.conditions.join(", "), prose))
        }
    };
    Reading {
        kind,
        optional,
        condition,
    }
}

/// Returns the kind of a question among steps: one looks for the answer.
fn by_question(sentences: &[&str], first: &Clause, situation: &Situation) -> Option<Kind> {
    // "Traffic fine?"
    let in_short = sentences.len() == 1
        && sentences[0].ends_with('?')
        && !sentences[0].ends_with("??")
        && !first.words.is_empty()
        && matches!(first.mood, Mood::Noun | Mood::Imperative(_));
    let asks = is_question(sentences[0]) || in_short;
    let is_step =
        !situation.told.describes() && situation.told != Told::Trouble && is_listed_step(situation);
    (asks && is_step).then_some(Kind::Check)
}

/// Returns the kind of what was weighed, by what is done for it: with a command, or in order to see something.
fn by_deed(weighed: Kind, clauses: &[Clause], sentence: &str, prose: &Prose) -> Kind {
    let first = &clauses[0];
    let mut commands = deed::commands(sentence, prose);
    // "Run `sync` on all hosts to make sure that ..."
    let runs = matches!(first.words.as_slice(), [verb, code, ..]
        if matches!(verb.as_str(), "run" | "execute") && code.starts_with(CODE));
    if runs && commands.is_empty() {
        commands.extend(prose.codes.first().map(String::as_str));
    }
    let has_purpose =
        runs || matches!(
            first.words.first().map(String::as_str),
            Some("ensure" | "make" | "be")
        ) || first.mood == Mood::Command;
    // "Reload the page. You should see ...": one looks in order to see.
    let looks = matches!(&first.mood, Mood::Imperative(verb) if lexicon::has("weak", verb));
    let sees = clauses.get(1).is_some_and(|next| {
        let words: Vec<&str> = next.words.iter().map(String::as_str).collect();
        words.starts_with(&["you", "should", "see"])
    });
    // "Set `LEVEL=3`"
    let sets = matches!(&first.mood, Mood::Imperative(verb) if verb == "set")
        && matches!(first.words.as_slice(), [_, only] if only.starts_with(CODE))
        && prose.codes.iter().any(|code| code.contains('='));
    match weighed {
        Kind::Action if sets => Kind::Setting,
        Kind::Action if looks && sees => Kind::Check,
        Kind::Action if matches!(commands.as_slice(), [only] if assigned(only).is_some()) => {
            Kind::Setting
        }
        Kind::Check if has_purpose && deed::bring_about(&commands) => Kind::Action,
        kind => kind,
    }
}

/// `Are all nodes up?`
fn is_question(sentence: &str) -> bool {
    let opens = prose::words(sentence).first().is_some_and(|word| {
        matches!(
            word.as_str(),
            "is" | "are" | "do" | "does" | "did" | "has" | "have" | "was" | "were" | "can" | "will"
        )
    });
    opens && sentence.ends_with('?')
}

/// Tells whether what stands here is a step by its form: it is numbered, ticked, or among requests.
fn is_listed_step(situation: &Situation) -> bool {
    match situation.form {
        Form::Numbered | Form::Task => true,
        Form::Bullet => {
            situation.told == Told::Steps
                || situation.asking >= 50
                || situation.parent == Some(Kind::Check)
        }
        Form::Paragraph => false,
    }
}

/// Tells whether a bullet among names is a name too, although its first word could be a verb (`Backup disks`): it is short
/// and has no object.
fn is_name(text: &str, first: &Clause, situation: &Situation) -> bool {
    let head = [" (", " — ", " – ", " - ", ": "]
        .iter()
        .filter_map(|mark| text.split_once(mark).map(|(head, _)| head))
        .min_by_key(|head| head.len())
        .unwrap_or(text);
    let words = prose::words(head);
    situation.form == Form::Bullet
        && situation.asking <= 40
        && !situation.checklist
        && !situation.has_command
        && words.len() <= 6
        && matches!(first.mood, Mood::Imperative(_))
        && first.words.first() == words.first()
        && !words.iter().skip(1).any(|word| {
            lexicon::has("determiners", word)
                || lexicon::has("subordinators", word)
                || matches!(word.as_str(), "it" | "them")
                || word.contains(CODE)
        })
}

/// Tells whether a text is `name: value` or `name = value`.
fn names_value(text: &str) -> bool {
    text.split_once(": ")
        .or_else(|| text.split_once('='))
        .is_some_and(|(name, value)| {
            name.split_whitespace().count() <= 3 && !value.trim().is_empty()
        })
}

/// Tells whether a text explains a name: `max_size: how much is kept`.
pub(super) fn explains_name(prose: &Prose) -> bool {
    let Some((name, _)) = prose.text.split_once(": ") else {
        return false;
    };
    let name = if name.starts_with(CODE) && name.chars().count() == 1 {
        prose.codes.first().map_or("", String::as_str)
    } else {
        name
    };
    name.contains('_') && !name.contains(['/', '.', ' '])
}

/// Tells whether a text explains an option of a command: `--all: take every host`.
fn explains_option(prose: &Prose) -> bool {
    let Some((option, _)) = prose
        .text
        .split_once(": ")
        .or_else(|| prose.text.split_once(" - "))
    else {
        return false;
    };
    let option = match prose.codes.first() {
        Some(code) if option.trim().chars().eq([CODE]) => code,
        _ => option,
    };
    option.len() > 1 && option.starts_with('-') && !option.starts_with("- ")
}

/// Tells whether `prose` asks for something, wherever it stands.
pub(super) fn asks(prose: &Prose) -> bool {
    prose::sentences(&prose.text)
        .first()
        .is_some_and(|sentence| asks_here(sentence, prose, false))
}

/// Tells whether `prose` asks to give something a value, be it told what or not (`Enter the depth:`).
pub(super) fn asks_for_value(prose: &Prose) -> bool {
    let clause = clause::read(&prose.text, prose);
    matches!(&clause.mood, Mood::Imperative(verb) if lexicon::has("entering", verb) || lexicon::has("choosing", verb))
}

/// Tells whether `sentence`, a part of `prose`, asks for something; in a section for giving up, for a case of trouble too.
pub(super) fn asks_here(sentence: &str, prose: &Prose, abort: bool) -> bool {
    let clause = clause::read(sentence, prose);
    clause.mood.asks() && !clause.lead.note && (abort || !clause.lead.trouble)
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

/// Puts the code back into a text taken from `prose`.
pub(super) fn fill(text: &str, prose: &Prose) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(form: Form, parent: Option<Kind>) -> Situation {
        Situation {
            form,
            told: Told::Nothing,
            parent,
            asking: 50,
            naming: false,
            opens_case: false,
            has_command: false,
            has_boxes: false,
            checklist: false,
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
            Kind::Check
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
}
