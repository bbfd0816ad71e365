//! The moods of sentences weighed by where they stand.

use super::request::{asked, is_patience, is_purpose_of_checking, owed, verb_kind};
use super::said::{
    announces_outcome, explains_sign, explains_way, happens, is_about_document, is_bare_duty,
    is_item_to_tick, is_passive, is_report_of_trouble, names_note, names_outcome, names_state,
    names_time, offers, prompts_reader, says_already, says_manner, says_meaning, says_outcome,
    says_success, tells_who_acts, third_person, warns,
};
use super::{Form, Situation};
use crate::extract::clause::{self, Clause, Mood};
use crate::extract::lexicon;
use crate::extract::told::Told;
use crate::procedure::Kind;

/// How far a first sentence settles what its text is.
enum Weighed {
    /// It is of this kind.
    Kind(Kind),
    /// A later sentence that asks decides.
    Later,
    /// It says something, which matters by where it stands.
    Said,
}

/// Weighs the first sentence's mood, and a later request, by where they stand.
pub(super) fn weigh<'c>(
    first: &'c Clause,
    later: Option<&'c Clause>,
    situation: &Situation,
) -> (Kind, &'c Clause) {
    let weighed = match by_list(first, situation) {
        Some(kind) => Weighed::Kind(kind),
        // Running text that says how something is may end in advice; it is text all the same.
        None if situation.form == Form::Paragraph && first.appended => Weighed::Later,
        None => match by_label(first, situation) {
            Some(kind) => Weighed::Kind(kind),
            None => by_mood(first, later.is_some(), situation),
        },
    };
    match weighed {
        Weighed::Kind(kind) => (kind, first),
        Weighed::Later => later.map_or((Kind::Note, first), |later| (asked(later), later)),
        Weighed::Said => match by_form(first, later.is_some(), situation) {
            Some(kind) => (kind, first),
            None => later.map_or((Kind::Note, first), |later| (asked(later), later)),
        },
    }
}

/// Returns the kind that the list, or what stands over it, gives to all its items.
fn by_list(first: &Clause, situation: &Situation) -> Option<Kind> {
    if situation.form == Form::Task {
        return None;
    }
    let numbered = situation.form == Form::Numbered;
    let explains =
        situation.naming && !numbered && !matches!(situation.told, Told::Values | Told::Steps);
    let notes = names_note(&first.words)
        && matches!(first.mood, Mood::Noun | Mood::Imperative(_) | Mood::Pointer);
    if explains || notes || names_time(first) {
        return Some(Kind::Note);
    }
    // One request among things that happen by themselves is for people all the same.
    let stands_out = numbered && situation.asking <= 40 && first.mood.asks();
    if situation.told.describes() && !stands_out {
        return Some(
            if first.mood == Mood::Future || situation.told == Told::Happens {
                Kind::Expectation
            } else {
                Kind::Note
            },
        );
    }
    let is_case = situation.opens_case && situation.parent.is_none();
    let is_trouble = first.lead.trouble
        || situation.told == Told::Trouble
        || situation.parent == Some(Kind::Contingency);
    (is_trouble && !situation.abort && !is_case).then_some(Kind::Contingency)
}

/// Returns the kind that a label, or the words before the list, give to a text.
fn by_label(first: &Clause, situation: &Situation) -> Option<Kind> {
    let task = situation.form == Form::Task;
    if announces_outcome(first) && !task {
        return Some(Kind::Expectation);
    }
    if first.lead.note && !task {
        let asks = situation.form == Form::Numbered && first.mood.asks();
        return Some(if asks { asked(first) } else { Kind::Note });
    }
    let listed = situation.form == Form::Numbered || situation.parent.is_some();
    if warns(first) && listed && !task {
        return Some(Kind::Contingency);
    }
    if is_report_of_trouble(first) && situation.form == Form::Bullet && situation.parent.is_some() {
        return Some(Kind::Contingency);
    }
    if explains_sign(first)
        && situation.form == Form::Bullet
        && situation.parent == Some(Kind::Check)
    {
        return Some(Kind::Note);
    }
    if situation.told == Told::Checks {
        let looks = matches!(&first.mood, Mood::Imperative(verb) if verb == "look");
        let others = matches!(
            first.mood,
            Mood::Imperative(_) | Mood::Command | Mood::Pointer | Mood::Permission | Mood::Future
        );
        if !others || looks || names_outcome(first) {
            return Some(Kind::Check);
        }
    }
    if situation.parent == Some(Kind::Check)
        && situation.form == Form::Bullet
        && names_outcome(first)
    {
        return Some(Kind::Check);
    }
    // "Starts the build", under a step: what that does.
    if situation.told == Told::Nothing
        && situation.form == Form::Bullet
        && situation.parent.is_some_and(Kind::has_box)
        && !first.mood.asks()
        && third_person(first).is_some()
    {
        return Some(Kind::Expectation);
    }
    // "The leads: * collect the reports": who acts stands before the list.
    if situation.told == Told::Steps
        && !first.mood.asks()
        && let Some(verb) = third_person(first)
    {
        return Some(verb_kind(&verb));
    }
    // "If a host is left:" under a step, with the command for it.
    let is_case = situation.opens_case && situation.parent.is_none();
    let has_deed = (situation.has_command || situation.has_boxes)
        && situation.parent.is_some_and(Kind::has_box);
    (is_case || situation.opens_case && has_deed).then_some(Kind::Action)
}

/// Weighs a sentence by its mood; `later` tells whether one behind it asks for something.
fn by_mood(first: &Clause, later: bool, situation: &Situation) -> Weighed {
    let task = situation.form == Form::Task;
    let numbered = situation.form == Form::Numbered;
    let group = situation.has_boxes || situation.has_command;
    let kind = match &first.mood {
        Mood::Imperative(_)
            if situation.form == Form::Bullet
                && situation.parent.is_some()
                && first.lead.looking =>
        {
            Kind::Note
        }
        Mood::Imperative(_) => asked(first),
        Mood::Command if is_purpose_of_checking(&first.words, true) => Kind::Check,
        Mood::Command => Kind::Action,
        Mood::Duty(verb) if binds(verb, first, situation) => owed(verb, first),
        Mood::Duty(_) => Kind::Note,
        Mood::Advice(verb)
            if numbered
                || task
                || is_among_requests(situation)
                || group
                || situation.form == Form::Paragraph =>
        {
            verb_kind(verb)
        }
        Mood::Advice(_) => return Weighed::Later,
        Mood::State => return by_state(first, later, situation),
        Mood::Prohibition if task => Kind::Check,
        Mood::Pointer | Mood::Prohibition if numbered && later => return Weighed::Later,
        Mood::Pointer if task || numbered && group => Kind::Action,
        Mood::Future if task => Kind::Action,
        Mood::Future if is_about_document(first) => Kind::Note,
        // "A window will open. Click on the button": among steps, it is the second that is one.
        Mood::Future
            if later
                && (situation.form == Form::Paragraph && prompts_reader(first)
                    || is_among_steps(situation)) =>
        {
            return Weighed::Later;
        }
        Mood::Future => Kind::Expectation,
        Mood::Permission if first.lead.checking && is_among_steps(situation) => Kind::Check,
        Mood::Permission if offers(first) && is_among_steps(situation) => verb_after_modal(first),
        Mood::Permission if numbered && !group && explains_way(first, situation) => Kind::Note,
        Mood::Permission if task && names_outcome(first) => Kind::Check,
        Mood::Permission if numbered || task || group => verb_after_modal(first),
        Mood::Permission => Kind::Note,
        _ if is_about_document(first) && !task && !later => Kind::Note,
        Mood::Statement | Mood::Noun | Mood::Gerund(_) | Mood::Pointer | Mood::Prohibition => {
            return Weighed::Said;
        }
    };
    Weighed::Kind(kind)
}

/// Tells whether an item stands right in a list of steps, or in a list under a step.
fn is_among_steps(situation: &Situation) -> bool {
    match situation.parent {
        _ if situation.form == Form::Paragraph => false,
        Some(parent) => parent.has_box(),
        None => situation.form == Form::Numbered || is_among_requests(situation),
    }
}

fn is_among_requests(situation: &Situation) -> bool {
    situation.asking >= 34 || situation.told == Told::Steps
}

/// Tells whether a duty is the reader's, or a step by where it stands.
fn binds(verb: &str, first: &Clause, situation: &Situation) -> bool {
    if is_patience(verb, first) {
        return false;
    }
    let names_actor = |words: &[String]| words.iter().any(|word| lexicon::has("actors", word));
    let opening = &first.words[..first.words.len().min(4)];
    let reader = first.words.iter().take(2).any(|word| word == "you")
        || clause::binds_reader(first)
        || first.words.iter().any(|word| word == "will") && names_actor(opening);
    let under_step = situation.parent.is_some_and(Kind::has_box) && is_passive(first);
    situation.form != Form::Bullet
        || situation.has_boxes
        || situation.has_command
        || is_among_requests(situation)
        || reader
        || is_bare_duty(first)
        || under_step
}

/// Weighs what has to be in a state.
fn by_state(first: &Clause, later: bool, situation: &Situation) -> Weighed {
    let task = situation.form == Form::Task;
    let numbered = situation.form == Form::Numbered;
    let group = situation.has_boxes || situation.has_command;
    let has = |word: &str| first.words.iter().any(|own| own == word);
    Weighed::Kind(match () {
        () if (says_already(first) || says_meaning(first)) && !task => Kind::Note,
        () if task || situation.parent == Some(Kind::Check) => Kind::Check,
        () if numbered && says_outcome(first) && !later => Kind::Expectation,
        () if numbered && first.words.iter().any(|word| word.starts_with("require")) => {
            Kind::Action
        }
        () if numbered => Kind::Check,
        () if later => return Weighed::Later,
        () if has("should") && has("now") => Kind::Expectation,
        () if has("should") && situation.parent.is_some() && says_manner(first) => Kind::Note,
        () if has("should") && situation.parent.is_some() => Kind::Expectation,
        () if situation.form == Form::Bullet && group => Kind::Action,
        () => return Weighed::Said,
    })
}

/// Weighs what neither asks nor obliges, by what it is written as; `None` where a later request decides.
fn by_form(first: &Clause, later: bool, situation: &Situation) -> Option<Kind> {
    let group = situation.has_boxes || situation.has_command;
    let said = first.mood == Mood::Statement;
    let opens_list = situation.parent.is_none();
    let kind = match situation.form {
        Form::Task if tells_who_acts(first) => Kind::Action,
        Form::Task if said || says_success(first) || names_state(first) => Kind::Check,
        Form::Task => Kind::Action,
        Form::Bullet
            if later && (opens_list || situation.asking >= 50 || is_among_steps(situation)) =>
        {
            return None;
        }
        Form::Numbered | Form::Paragraph if later => return None,
        // What a thing does by itself will be seen; what people do, or what is done, is a step.
        Form::Numbered if said && !group && happens(first) => Kind::Expectation,
        Form::Numbered if situation.parent.is_none_or(Kind::has_box) => {
            let bare = first.mood == Mood::Noun
                && !group
                && situation.asking < 34
                && situation.told != Told::Steps;
            if bare || matches!(first.mood, Mood::Pointer | Mood::Prohibition) {
                Kind::Note
            } else {
                Kind::Action
            }
        }
        Form::Bullet if group && (!said || situation.has_boxes) => Kind::Action,
        Form::Bullet if said && situation.parent == Some(Kind::Check) => Kind::Check,
        // "The version is as expected": in a list of what to do, one looks whether it is.
        Form::Bullet
            if said
                && situation.told == Told::Steps
                && first
                    .words
                    .ends_with(&["as".to_owned(), "expected".to_owned()]) =>
        {
            Kind::Check
        }
        // Among requests, a state that must hold is seen to before it goes on.
        Form::Bullet if first.mood == Mood::State && opens_list && situation.asking >= 34 => {
            Kind::Check
        }
        Form::Bullet if said && opens_list && tells_who_acts(first) => Kind::Action,
        // "The build passes": in a checklist, one looks whether it does.
        Form::Bullet
            if first.mood == Mood::Noun
                && says_success(first)
                && opens_list
                && (situation.asking >= 34 || situation.checklist) =>
        {
            Kind::Check
        }
        // The first items of a checklist are all to be done, even those without a verb.
        Form::Bullet if first.mood == Mood::Noun && opens_list && situation.asking >= 60 => {
            Kind::Action
        }
        Form::Bullet if situation.checklist && is_item_to_tick(first, situation) => {
            match situation.parent {
                Some(Kind::Check) => Kind::Check,
                _ => Kind::Action,
            }
        }
        Form::Bullet if matches!(first.mood, Mood::Gerund(_)) && situation.told == Told::Steps => {
            Kind::Action
        }
        _ => Kind::Note,
    };
    Some(kind)
}

fn verb_after_modal(clause: &Clause) -> Kind {
    let at = clause
        .words
        .iter()
        .position(|word| matches!(word.as_str(), "can" | "may" | "could" | "free"));
    at.and_then(|at| {
        clause.words[at + 1..]
            .iter()
            .find(|word| *word != "optionally" && *word != "to")
    })
    .map_or(Kind::Action, |verb| verb_kind(verb))
}
