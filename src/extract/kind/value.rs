//! Requests that give a value to a name: `set the level to 3`, `select "main" as the branch`, `enter a Name`.

use crate::extract::lexicon;
use crate::extract::prose::CODE;

/// A name and the value that a request gives to it, in the author's words; the value is empty where the reader finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::extract) struct Given<'t> {
    /// What gets the value.
    pub name: &'t str,
    /// The value.
    pub value: &'t str,
}

/// Returns what a request gives a value to, where it does nothing else.
pub(in crate::extract) fn given(request: &str) -> Option<Given<'_>> {
    let (verb, rest) = request.trim().split_once(' ')?;
    let object = object(rest);
    // What goes on behind the name of a field asks for more than filling it in.
    let is_whole = rest.trim().trim_end_matches('.').len() == object.len();
    match verb.to_lowercase().as_str() {
        "change" | "configure" => set_to(object),
        "set" => set_to(object)
            .or_else(|| variable(object))
            .or_else(|| field(object).filter(|_| is_whole)),
        "export" | "define" | "store" => variable(object),
        "select" | "choose" | "pick" => taken_as(object)
            .or_else(|| taken_from(object))
            .or_else(|| titled(object).filter(|_| is_whole)),
        "enter" | "specify" => entered_for(object).or_else(|| titled(object)),
        "check" | "tick" | "uncheck" => ticked(object),
        _ => None,
    }
}

/// Returns what stands before the next clause: `base to main` of `base to main, then save`.
fn object(rest: &str) -> &str {
    let end = [", ", ". ", "; ", " and ", " then ", ": "]
        .iter()
        .filter_map(|mark| rest.find(mark))
        .min()
        .unwrap_or(rest.len());
    rest[..end].trim().trim_end_matches(['.', ';', ':'])
}

/// `NAME to VALUE`, `NAME from OLD to VALUE`
fn set_to(object: &str) -> Option<Given<'_>> {
    let (named, value) = object.split_once(" to ")?;
    let named = named.split_once(" from ").map_or(named, |(name, _)| name);
    let name = without_determiner(named);
    let count = |text: &str| text.split_whitespace().count();
    let plain = count(named) == 1 && count(value) == 1 && name.starts_with(char::is_alphanumeric);
    let is_deed = value
        .split_whitespace()
        .next()
        .is_some_and(|first| !is_marked(first) && count(value) > 1 && lexicon::is_verb(first));
    let moves = lexicon::has("places", &last_word(name));
    let is_known = matches!(name, "it" | "them" | "this" | "that" | "these" | "those");
    (!name.is_empty() && count(name) <= 5 && !is_deed && !moves && !is_known)
        .then_some(Given { name, value })
        .filter(|_| is_marked(value) || is_field(name) || plain)
}

/// `main as the target branch`
fn taken_as(object: &str) -> Option<Given<'_>> {
    let (value, name) = object.split_once(" as ")?;
    let name = without_determiner(name);
    (is_value(value) && !name.is_empty()).then_some(Given { name, value })
}

/// `main from the "Branch" menu`
fn taken_from(object: &str) -> Option<Given<'_>> {
    let (value, place) = object.split_once(" from ")?;
    let (name, part) = without_determiner(place).rsplit_once(' ')?;
    (is_value(value) && lexicon::has("form-parts", part)).then_some(Given { name, value })
}

/// `$NAME in the shell`, `the name into the environment variable NAME`
fn variable(object: &str) -> Option<Given<'_>> {
    let is_name = |word: &str| {
        word.starts_with(['$', CODE])
            || word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    if object.starts_with('$') {
        let name = object.split_whitespace().next()?;
        return Some(Given { name, value: "" });
    }
    let (before, behind) = object.split_once(" variable")?;
    let name = behind
        .split_whitespace()
        .take(1)
        .chain(before.split_whitespace())
        .find(|word| is_name(word))?;
    let value = [" into ", " in ", " as "]
        .iter()
        .find_map(|joint| before.split_once(joint))
        .map_or("", |(value, _)| value);
    Some(Given { name, value })
}

/// `the tag for Tag version`
fn entered_for(object: &str) -> Option<Given<'_>> {
    let (value, name) = object
        .split_once(" for ")
        .or_else(|| object.split_once(" as "))?;
    let name = without_determiner(name);
    (is_field(name) || is_marked(name)).then_some(Given { name, value })
}

/// `a Name`, `Server Resources`: a field by its name and no more.
fn field(object: &str) -> Option<Given<'_>> {
    let name = without_determiner(object);
    let words = name.split_whitespace().count();
    let all = name.split_whitespace().all(is_field);
    (all && words <= 3 && (name.len() < object.len() || words > 1))
        .then_some(Given { name, value: "" })
}

/// `a Release title with the same text`: what is entered in a field of that name.
fn titled(object: &str) -> Option<Given<'_>> {
    let name = without_determiner(object);
    let end = name.find(" with ").unwrap_or(name.len());
    (is_field(name) && name.len() < object.len() && name[..end].split_whitespace().count() <= 3)
        .then_some(Given {
            name: &name[..end],
            value: "",
        })
}

/// `Enable backups`, `"Hidden"`: the label of a box in a form.
fn ticked(object: &str) -> Option<Given<'_>> {
    let first = object.split_whitespace().next()?;
    let labels_deed = is_field(first)
        && lexicon::has("labelling", &first.to_lowercase())
        && object.split_whitespace().count() <= 4;
    let quoted = object.starts_with(['"', '“']) && object.ends_with(['"', '”']);
    (labels_deed || quoted).then_some(Given {
        name: object.trim_matches(['"', '“', '”']),
        value: "",
    })
}

/// Tells whether a text is marked as a value: by quotes, as code, or by its digits.
fn is_marked(text: &str) -> bool {
    text.starts_with(|c: char| matches!(c, '"' | '“' | '\'' | CODE) || c.is_ascii_digit())
}

/// Tells whether a text starts like the name of a field: with a capital, not in capitals.
fn is_field(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(char::is_uppercase) && chars.next().is_some_and(char::is_lowercase)
}

/// Tells whether a text is a value rather than what is found by a description: marked as one, or a word alone.
fn is_value(text: &str) -> bool {
    is_marked(text) || !text.contains(' ') && !is_determiner(text)
}

fn is_determiner(word: &str) -> bool {
    lexicon::has("determiners", &word.to_lowercase())
}

fn without_determiner(text: &str) -> &str {
    match text.split_once(' ') {
        Some((first, rest)) if is_determiner(first) => rest.trim(),
        _ => text.trim(),
    }
}

fn last_word(text: &str) -> String {
    text.rsplit(' ').next().unwrap_or_default().to_lowercase()
}

/// Returns the name and the value of a command that sets a variable: `export NAME=value`.
pub(in crate::extract) fn assigned(command: &str) -> Option<Given<'_>> {
    let command = command.trim();
    let assignment = command
        .strip_prefix("export ")
        .or_else(|| command.strip_prefix("set "))
        .or_else(|| command.strip_prefix("setx "))?;
    let (name, value) = assignment.split_once('=')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let alone = !value.contains([' ', ';', '&']) || value.starts_with(['"', '\'', '$']);
    (is_name && alone).then_some(Given { name, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_and_value(request: &str) -> Option<(&str, &str)> {
        given(request).map(|given| (given.name, given.value))
    }

    #[test]
    fn requests_that_give_a_value() {
        for (request, name, value) in [
            ("Set Region to \"North\"", "Region", "\"North\""),
            ("Set the level to 3, then save.", "level", "3"),
            ("Change target to main", "target", "main"),
            ("Change the limit from 10 to 20.", "limit", "20"),
            (
                "Set Keep copies for to 3 weeks",
                "Keep copies for",
                "3 weeks",
            ),
            ("Select main as the base branch.", "base branch", "main"),
            (
                "Enter the word for Display name.",
                "Display name",
                "the word",
            ),
            ("Enter a Title", "Title", ""),
            ("Choose main from the \"Base\" menu.", "\"Base\"", "main"),
            ("Set $TAG in the shell to save typing", "$TAG", ""),
            (
                "Export the number into the environment variable NEXT_TAG",
                "NEXT_TAG",
                "the number",
            ),
            ("Set Memory Limits", "Memory Limits", ""),
            ("Check Keep logs", "Keep logs", ""),
            ("Uncheck \"Draft\"", "Draft", ""),
        ] {
            assert_eq!(name_and_value(request), Some((name, value)), "{request}");
        }
    }

    #[test]
    fn requests_that_do_something() {
        for request in [
            "Set up the host",
            "Set the date in the log",
            "Change to the new branch",
            "Set it to 3",
            "Change directory to `src`",
            "Change the link to point to the mirror",
            "Set the milestone to the next release",
            "Enter a name for the schedule",
            "Select the target node",
            "Select the node from the list",
            "Export the variable names",
            "Select a node as the leader",
            "Check the logs",
            "Check Go version in CI",
            "Change Status Icon: click on it",
            "Check that it runs",
        ] {
            assert_eq!(name_and_value(request), None, "{request}");
        }
    }

    #[test]
    fn commands_that_set_a_variable() {
        let given = assigned("export RELEASE=1.2");
        assert_eq!(
            given.map(|given| (given.name, given.value)),
            Some(("RELEASE", "1.2"))
        );
        assert_eq!(assigned("export RELEASE"), None);
        assert_eq!(assigned("make NAME=x"), None);
    }
}
