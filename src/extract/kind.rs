//! What a step asks for: its kind, whether it may be left out, and when it applies.
//!
//! [`clause`](super::clause) reads single sentences; here their moods are weighed by where they stand. A request
//! is a step wherever it stands. What is merely said is a step in a numbered or ticked list, and something to
//! know or to expect under a bullet.

use super::clause::{self, Clause, Mood};
use super::lexicon;
use super::prose::{self, CODE, Prose};
use super::told::Told;
use request::{asked, is_patience, is_purpose_of_checking, verb_kind};

mod request;

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
        clause.mood.asks() && !clause.lead.trouble && !clause.lead.note && !aside
    });
    let (mut kind, by) = if is_name(&prose.text, first, situation) {
        (Kind::Note, first)
    } else {
        weigh(first, later, situation)
    };
    if situation.told == Told::Values && names_value(&prose.text) {
        kind = Kind::Setting;
    }
    // "Reload the page. You should see ...": one looks in order to see.
    let looks = matches!(&first.mood, Mood::Imperative(verb) if lexicon::has("weak", verb));
    if kind == Kind::Action
        && looks
        && clauses.get(1).is_some_and(|next| {
            next.words
                .starts_with(&["you".to_owned(), "should".to_owned(), "see".to_owned()])
        })
    {
        kind = Kind::Check;
    }
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
        && words.len() <= 6
        && matches!(first.mood, Mood::Imperative(_))
        && first.words.first() == words.first()
        && !words.iter().skip(1).any(|word| {
            lexicon::has("determiners", word)
                || lexicon::has("subordinators", word)
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
    // One request among things that happen by themselves is for people all the same.
    let stands_out = numbered && situation.asking <= 40 && first.mood.asks();
    let explains =
        situation.naming && !numbered && !matches!(situation.told, Told::Values | Told::Steps);
    if explains && !task {
        return (Kind::Note, first);
    }
    if names_note(&first.words)
        && matches!(first.mood, Mood::Noun | Mood::Imperative(_) | Mood::Pointer)
        && !task
    {
        return (Kind::Note, first);
    }
    if situation.told == Told::Described && !task && !stands_out {
        let kind = if first.mood == Mood::Future {
            Kind::Expectation
        } else {
            Kind::Note
        };
        return (kind, first);
    }
    let is_case = situation.opens_case && situation.parent.is_none();
    let is_trouble = first.lead.trouble
        || situation.told == Told::Trouble
        || situation.parent == Some(Kind::Contingency);
    if is_trouble && !(task || situation.abort || is_case) {
        return (Kind::Contingency, first);
    }
    // Running text that says how something is may end in advice; it is text all the same.
    if situation.form == Form::Paragraph && first.appended {
        return weigh_later(first, later);
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
    if situation.told == Told::Checks
        && !matches!(
            first.mood,
            Mood::Imperative(_) | Mood::Command | Mood::Pointer | Mood::Permission | Mood::Future
        )
    {
        return (Kind::Check, first);
    }
    // "If a host is left:" under a step, with the command for it.
    let has_deed = situation.has_command && situation.parent.is_some_and(Kind::has_box);
    if is_case || situation.opens_case && has_deed {
        return (Kind::Action, first);
    }
    let group = situation.has_boxes || situation.has_command;
    let among_requests = situation.asking >= 34 || situation.told == Told::Steps;
    let kind = match &first.mood {
        Mood::Imperative(_)
            if situation.form == Form::Bullet
                && situation.parent.is_some()
                && first.lead.looking =>
        {
            Kind::Note
        }
        Mood::Imperative(_) => asked(first),
        Mood::Duty(verb) if is_patience(verb, first) => Kind::Note,
        Mood::Command if is_purpose_of_checking(&first.words, true) => Kind::Check,
        Mood::Command => Kind::Action,
        Mood::Duty(verb) => {
            let reader = first.words.iter().take(2).any(|word| word == "you")
                || first.words.iter().any(|word| word == "will")
                    && first
                        .words
                        .iter()
                        .take(4)
                        .any(|word| lexicon::has("actors", word));
            let under_step = situation.parent.is_some_and(Kind::has_box) && is_passive(first);
            if numbered
                || task
                || among_requests
                || group
                || reader
                || is_bare_duty(first)
                || under_step
                || situation.form == Form::Paragraph
            {
                verb_kind(verb)
            } else {
                Kind::Note
            }
        }
        Mood::Advice(verb)
            if numbered || task || among_requests || group || situation.form == Form::Paragraph =>
        {
            verb_kind(verb)
        }
        Mood::Advice(_) if later.is_some() => return weigh_later(first, later),
        Mood::Advice(_) => Kind::Note,
        Mood::State if says_already(first) && !task => Kind::Note,
        Mood::State if task || situation.parent == Some(Kind::Check) => Kind::Check,
        Mood::State if numbered && says_outcome(first) => Kind::Expectation,
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
            if says_manner(first) {
                Kind::Note
            } else {
                Kind::Expectation
            }
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
        // What a thing does by itself will be seen; what people do, or what is done, is a step.
        Form::Numbered if said && !group && happens(first) => (Kind::Expectation, first),
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
        // The first items of a checklist are all to be done, even those without a verb.
        Form::Bullet
            if first.mood == Mood::Noun && situation.parent.is_none() && situation.asking >= 60 =>
        {
            (Kind::Action, first)
        }
        Form::Bullet if situation.checklist && is_item_to_tick(first, situation) => {
            let kind = match situation.parent {
                Some(Kind::Check) => Kind::Check,
                _ => Kind::Action,
            };
            (kind, first)
        }
        Form::Bullet if matches!(first.mood, Mood::Gerund(_)) && situation.told == Told::Steps => {
            (Kind::Action, first)
        }
        _ => (Kind::Note, first),
    }
}

/// Tells whether a statement is about a thing that acts by itself, or is in a state.
fn happens(clause: &Clause) -> bool {
    let words: Vec<&str> = clause.words.iter().map(String::as_str).collect();
    let automatic = words.iter().any(|word| word.starts_with("automatic"));
    let people = words
        .iter()
        .take(6)
        .any(|word| lexicon::has("actors", word) || matches!(*word, "you" | "we" | "i"));
    let done = words.windows(3).any(|near| {
        matches!(
            near[0],
            "is" | "are" | "was" | "were" | "been" | "gets" | "get" | "being"
        ) && near[1..]
            .iter()
            .any(|word| lexicon::is_participle(word) || word.ends_with("ing"))
    }) || words.windows(2).any(|pair| {
        matches!(pair[0], "is" | "are" | "gets")
            && (lexicon::is_participle(pair[1]) || lexicon::has("verbs", pair[1]))
    });
    automatic || !people && !done
}

/// Takes the kind from a later sentence that asks.
fn weigh_later<'c>(first: &'c Clause, later: Option<&'c Clause>) -> (Kind, &'c Clause) {
    match later {
        Some(later) => (asked(later), later),
        None => (Kind::Note, first),
    }
}

/// Tells whether something is to be done, by nobody named.
fn is_passive(clause: &Clause) -> bool {
    clause.words.windows(2).any(|pair| {
        matches!(pair[0].as_str(), "should" | "must" | "to" | "shall") && pair[1] == "be"
    })
}

fn verb_after_modal(clause: &Clause) -> Kind {
    let at = clause
        .words
        .iter()
        .position(|word| matches!(word.as_str(), "can" | "may" | "could"));
    at.and_then(|at| clause.words.get(at + 1))
        .map_or(Kind::Action, |verb| verb_kind(verb))
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
pub(super) fn is_headed_note(prose: &Prose) -> bool {
    names_note(&prose::words(&prose.text)) && !prose.text.ends_with('.')
}

fn names_note(words: &[String]) -> bool {
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
fn is_item_to_tick(clause: &Clause, situation: &Situation) -> bool {
    let is_address = clause.words.iter().any(|word| word.contains("://"))
        || matches!(clause.words.as_slice(), [only] if only.contains(CODE));
    matches!(clause.mood, Mood::Noun | Mood::Gerund(_))
        && clause.words.len() <= 12
        && !is_address
        && situation.parent.is_none_or(Kind::has_box)
}

/// `Must add all new calls`: the reader has to, without being named.
fn is_bare_duty(clause: &Clause) -> bool {
    matches!(
        clause.words.first().map(String::as_str),
        Some("must" | "need" | "needs" | "should")
    )
}

/// `The branch should get a tag`, `The difference should be similar to ...`: how the step before comes out.
fn says_outcome(clause: &Clause) -> bool {
    let modal = clause.words.iter().position(|word| word == "should");
    modal.is_some_and(|at| {
        let behind: Vec<&str> = clause.words[at + 1..]
            .iter()
            .take(3)
            .map(String::as_str)
            .collect();
        matches!(
            behind.first(),
            Some(&("get" | "receive" | "appear" | "look" | "see" | "show"))
        ) || behind
            .iter()
            .any(|word| matches!(*word, "similar" | "like" | "identical"))
    })
}

/// `Tagging should be done before ...`: when or how something is done, not what is to be seen.
fn says_manner(clause: &Clause) -> bool {
    clause.words.windows(2).any(|pair| {
        pair[0] == "be" && matches!(pair[1].as_str(), "done" | "made" | "performed" | "carried")
    })
}

fn says_already(clause: &Clause) -> bool {
    clause.words.iter().any(|word| word == "already")
}

/// Tells whether the first sentence says behind its verb that it may be left out.
fn says_optional(sentence: &str, clause: &Clause) -> bool {
    let lower = sentence.to_lowercase().replace('’', "'");
    let consider = matches!(&clause.mood, Mood::Imperative(verb) if verb == "consider");
    let last = lower.trim_end_matches(['.', ')', ':']);
    let certain = matches!(
        clause.words.first().map(String::as_str),
        Some("certain" | "some")
    );
    let words = prose::words(&lower);
    // "Push the branch if created"
    let if_so = matches!(words.as_slice(), [.., word, done] if word == "if" && lexicon::is_participle(done));
    // "Start the job again, if you stopped it, ..."
    let if_you = lower
        .find(", if you ")
        .is_some_and(|at| !clause::is_trouble(&prose::words(&lower[at..])));
    consider
        || if_so
        || is_for_the_rest(&words)
        || if_you
        || certain
        || matches!(&clause.mood, Mood::Advice(_)) && !lexicon::holds_phrase("firm-advice", &lower)
        || last.ends_with("as needed")
        || last.ends_with("as necessary")
        || lexicon::holds_phrase("optional-marks", &lower)
}

/// `Push it for non-final releases`: there are releases for which it is not done.
fn is_for_the_rest(words: &[String]) -> bool {
    words.windows(2).enumerate().any(|(at, pair)| {
        pair[0] == "for"
            && (pair[1] == "non" || pair[1].starts_with("non-"))
            && words[at + 2..]
                .iter()
                .take(2)
                .any(|word| lexicon::has("cases", word))
    })
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
