//! How a sentence asks for something, or does not: what stands before its main clause, and the main clause's mood.
//!
//! English puts the verb of a request first. Before it may stand labels (`Backup: copy ...`), remarks in
//! brackets (`(optional)`), adverbs (`next,`) and clauses (`if the disk is full, ...`), which [`Lead`] keeps.

use super::lexicon;
use super::prose::{self, CODE, Prose};
use lead::strip;
use mood::mood;

mod case;
mod finite;
mod lead;
mod mood;

pub(super) use case::{is_open, is_trouble, names_case};
pub(super) use lead::remark;

/// What stands before a main clause.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lead {
    /// Conditions in the author's words (`if this model uses LSM`, `for v1 modules`).
    pub conditions: Vec<String>,
    /// The author says that it may be left out.
    pub optional: bool,
    /// A condition says that something went wrong.
    pub trouble: bool,
    /// A label says that it is something to know (`Note:`).
    pub note: bool,
    /// It starts with `to see ...,` or the like: what follows tells how to look.
    pub looking: bool,
    /// It starts with `to verify ...,` or the like: what follows tells how to verify it.
    pub checking: bool,
    /// It starts with a place that takes a value: `in the "Name" box`.
    pub field: bool,
}

/// The mood of a main clause.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mood {
    /// It asks the reader to do something: the verb's base form.
    Imperative(String),
    /// It is something to type.
    Command,
    /// It asks not to do something.
    Prohibition,
    /// It sends the reader to something to read or know.
    Pointer,
    /// Somebody, or the reader, has to do something, or something has to be done: the verb's base form.
    Duty(String),
    /// It is said to be good or needed to do something: the verb's base form.
    Advice(String),
    /// Something has to be in a state.
    State,
    /// Somebody may or can do something.
    Permission,
    /// Something will happen.
    Future,
    /// It says how something is.
    Statement,
    /// It names an activity (`Updating the index`): the verb's base form.
    Gerund(String),
    /// It has no verb.
    Noun,
}

impl Mood {
    /// Tells whether the clause asks for something beyond doubt.
    pub(super) fn asks(&self) -> bool {
        matches!(self, Self::Imperative(_) | Self::Command)
    }
}

/// One sentence, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clause {
    /// What stands before the main clause.
    pub lead: Lead,
    /// The main clause's mood.
    pub mood: Mood,
    /// The main clause's words.
    pub words: Vec<String>,
    /// The main clause as it is written.
    pub text: String,
    /// The mood is that of a clause behind a semicolon or colon (`Most of it is waiting; plan two hours.`).
    pub appended: bool,
}

/// How many bytes of a sentence are looked at; what comes behind says nothing about its mood.
const LOOKED_AT: usize = 1000;

/// How many pieces before a main clause are taken off.
const PIECES: usize = 12;

/// Reads `sentence`, a part of `prose`.
pub(super) fn read(sentence: &str, prose: &Prose) -> Clause {
    let mut lead = Lead::default();
    let end = (0..=LOOKED_AT.min(sentence.len()))
        .rev()
        .find(|&at| sentence.is_char_boundary(at))
        .unwrap_or_default();
    let mut rest = sentence[..end].trim();
    for _ in 0..PIECES {
        let Some(shorter) = strip(rest, prose, &mut lead) else {
            break;
        };
        rest = shorter
            .trim_start_matches([' ', ',', ';', ':', '–', '—', '-'])
            .trim();
        if rest.is_empty() {
            break;
        }
    }
    let words = prose::words(rest);
    let mut mood = mood(&words, rest, prose);
    let mut appended = false;
    // "It should be yellow, so click the button": the request follows.
    if !mood.asks() {
        for joint in [", so ", " so ", "; ", ", then ", ", and then ", ": "] {
            if let Some((_, tail)) = rest.split_once(joint) {
                let tail_words = prose::words(tail);
                let tail_mood = mood::mood(&skip_adverbs(&tail_words), tail, prose);
                let duty = joint == ", so " && matches!(tail_mood, Mood::Duty(_));
                // "so" without a comma more often gives a purpose ("so that").
                let sure = joint != " so "
                    || tail_words
                        .first()
                        .is_some_and(|verb| lexicon::has("check", verb));
                if matches!(tail_mood, Mood::Imperative(_)) && sure
                    || duty
                    || joint == ": " && tail_mood == Mood::Command
                {
                    mood = tail_mood;
                    appended = matches!(joint, "; " | ": ");
                    break;
                }
            }
        }
    }
    if mood == Mood::Noun
        && let Some(request) = request_behind_file(rest, prose)
    {
        mood = request;
    }
    if matches!(mood, Mood::Future | Mood::Statement)
        && let Some(verb) = duty_of_reader(&words)
    {
        mood = Mood::Duty(verb);
    }
    // "Should one line say so, roll back": only trouble makes one give up.
    lead.trouble |= !lead.conditions.is_empty() && gives_up(&words);
    Clause {
        lead,
        mood,
        words,
        text: rest.to_owned(),
        appended,
    }
}

/// Returns the mood of what is asked in brackets behind the name of a file: `setup.cfg (raise the version)`.
fn request_behind_file(text: &str, prose: &Prose) -> Option<Mood> {
    let (name, behind) = text.split_once(" (")?;
    let (inside, after) = behind.rsplit_once(')')?;
    let is_file = !name.contains(' ') && (name.contains(['.', '/']) || name.contains(CODE));
    let request = mood(&prose::words(inside), inside, prose);
    (is_file && after.trim_matches(['.', ' ']).is_empty() && request.asks()).then_some(request)
}

/// Tells whether a clause says what the reader must do (`you must stop it first`), or has to be done with what was said
/// before (`it needs to be signed`).
pub(super) fn binds_reader(clause: &Clause) -> bool {
    let words: Vec<&str> = clause.words.iter().take(5).map(String::as_str).collect();
    let is_left = matches!(words.as_slice(), ["it" | "this" | "they" | "these", "has" | "have" | "need" | "needs", "to", "be", done]
        if lexicon::base_of(done).is_some());
    is_left
        || matches!(&clause.mood, Mood::Duty(verb) if !lexicon::has("being", verb))
            && clause.words.windows(2).any(|pair| {
                is_reader(&pair[0]) && matches!(pair[1].as_str(), "must" | "need" | "have")
            })
}

/// Tells whether a word is the reader, with or without the author.
pub(super) fn is_reader(word: &str) -> bool {
    matches!(word, "you" | "we" | "you'll" | "we'll")
}

/// Tells whether a request is to give up.
fn gives_up(words: &[String]) -> bool {
    match words {
        [first, second, ..] if lexicon::has("abort-pairs", &format!("{first} {second}")) => true,
        [first, ..] => lexicon::has("abort-words", first),
        [] => false,
    }
}

/// Returns the verb of a later "and you need to ...".
fn duty_of_reader(words: &[String]) -> Option<String> {
    let refs: Vec<&str> = words.iter().map(String::as_str).collect();
    // "It makes a change that will need to be merged"
    let left = refs.windows(6).find_map(|window| match window {
        ["that" | "which", "will", "need" | "have", "to", "be", done] => lexicon::base_of(done),
        _ => None,
    });
    if left.is_some() {
        return left;
    }
    refs.windows(4).find_map(|window| match window {
        ["you" | "we", "need" | "have" | "ought", "to", verb] if is_deed(verb) => {
            Some((*verb).to_owned())
        }
        ["you" | "you'll", "need" | "should" | "must", verb, _]
            if lexicon::is_verb(verb) && *verb != "have" && *verb != "see" =>
        {
            Some((*verb).to_owned())
        }
        _ => None,
    })
}

/// Tells whether a word behind `need to` is something to do: any verb stands there, those of being as well.
fn is_deed(word: &str) -> bool {
    lexicon::is_verb(word)
        || word.len() > 3 && word.chars().all(|c| c.is_ascii_lowercase()) && !word.ends_with("ly")
}

fn skip_adverbs(words: &[String]) -> Vec<String> {
    let mut words = words.to_vec();
    while words.len() > 1 && lexicon::has("adverbs", &words[0]) {
        words.remove(0);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Clause {
        let prose = Prose::plain(text);
        let sentence = prose::sentences(&prose.text)
            .first()
            .copied()
            .unwrap_or_default()
            .to_owned();
        read(&sentence, &prose)
    }

    #[test]
    fn imperatives_are_found_behind_what_stands_before_them() {
        for text in [
            "Restart the server.",
            "Next, restart the server.",
            "On the primary host, restart the server.",
            "If the disk is full, remove old files.",
            "If there is a newer schema (see the log) then upgrade the database.",
            "Once all tests pass, merge the change.",
            "ADMIN: Upload the files.",
            "To see the effect, reload the page.",
            "(Optional) Run the linter.",
            "Step 3: Stop the workers.",
            "Squelch the alerts for an hour.",
            "`./deploy.sh`",
            "In a root shell: `systemctl stop app`",
            "The light should be green, so press the button.",
            "For major releases, write to the press.",
            "Please do restart the server.".replace("do ", "").as_str(),
            "From the backup, copy the keys to the new host.",
            "Re-enable the job.",
        ] {
            assert!(of(text).mood.asks(), "{text}: {:?}", of(text));
        }
    }

    #[test]
    fn what_is_said_is_no_request() {
        for text in [
            "Release notes are written by hand.",
            "Access to the server",
            "A new version will appear.",
            "The script pauses here.",
            "This may take a while.",
            "Builds the image and pushes it.",
            "2 to 5 minutes of downtime",
            "See the manual.",
            "Note that the disk is small.",
            "Do not start the server.",
            "Backing up the old host",
            "`main.conf`",
            "You can watch the progress.",
        ] {
            assert!(!of(text).mood.asks(), "{text}: {:?}", of(text));
        }
    }

    #[test]
    fn duties_states_and_futures_are_told_apart() {
        assert_eq!(
            of("The index should be rebuilt.").mood,
            Mood::Duty("rebuild".into())
        );
        assert_eq!(
            of("You need to restart the web server.").mood,
            Mood::Duty("restart".into())
        );
        assert_eq!(of("The cluster should be healthy.").mood, Mood::State);
        assert_eq!(of("All nodes will come up.").mood, Mood::Future);
        assert_eq!(of("You may copy the log.").mood, Mood::Permission);
    }

    #[test]
    fn conditions_are_kept_in_the_authors_words() {
        let clause = of("If this is a major release, write to the press.");
        assert_eq!(clause.lead.conditions, ["If this is a major release"]);
        assert!(clause.lead.optional && !clause.lead.trouble);
        assert!(of("If the job fails, run it again.").lead.trouble);
        assert!(!of("If all is fine, go on.").lead.optional);
        assert!(of("(only for major releases) Tag it.").lead.optional);
    }
}
