//! The words of an item: in the app, whose sign says part of them, and in Markdown.

use super::sign::Mark;
use crate::body::status::{self, find};
use crate::checklist::{Evidence, State};
use crate::tracker::jira::piece::{Item, cut};

/// Why an item was skipped that somebody skips in the app, which does not ask.
const REASON: &str = "in the checklist";

/// Returns how an item stands in the app, and the words that it has there.
pub(super) fn told(item: &Item) -> (Mark, String) {
    let words = item.words.replace("\n  ", " ");
    let state = find(&words).map(|(_, state)| state);
    match (item.ticked, state) {
        (false, _) => (Mark::Open, words),
        (true, Some(State::Skipped { .. })) => {
            let short = words.strip_suffix(&skipped()).map(str::trim_end);
            (Mark::Skipped, short.unwrap_or(&words).to_owned())
        }
        (true, _) => (Mark::Done, words),
    }
}

/// Returns the words of an item that stands and reads like this in the app.
pub(super) fn markdown(mark: Mark, words: &str) -> String {
    let found = find(words);
    let is_skipped = matches!(found, Some((_, State::Skipped { .. })));
    match (mark, found) {
        (Mark::Skipped, _) if !is_skipped => {
            format!("{words} {}", skipped()).trim_start().to_owned()
        }
        // Whoever does it after all takes back that it was skipped.
        (Mark::Done, Some(_)) if is_skipped => bare(words),
        _ => words.to_owned(),
    }
}

/// Returns words without what tells a state.
pub(super) fn bare(words: &str) -> String {
    let Some((range, _)) = find(words) else {
        return words.to_owned();
    };
    let rest = format!("{}{}", words[..range.start].trim_end(), &words[range.end..]);
    let struck = rest.strip_prefix("~~").and_then(|it| it.split_once("~~"));
    struck.map_or(rest.clone(), |(inner, behind)| format!("{inner}{behind}"))
}

fn skipped() -> String {
    status::write(&State::Skipped {
        reason: REASON.to_owned(),
        evidence: Evidence::default(),
    })
}

/// Returns what a person wrote so that it ends where it ends, and hides nothing.
pub(super) fn closed(markdown: &str) -> String {
    let shown = markdown.replace("<!--", "&lt;!--");
    let pieces = cut(&format!("{shown}\n\nend"));
    let is_closed = pieces
        .last()
        .is_some_and(|last| last.kind == crate::tracker::jira::piece::Kind::Text("end".to_owned()));
    if is_closed {
        return shown;
    }
    let plain = shown.lines().map(|line| {
        let line = line.trim_start().replace('<', "&lt;");
        match line.starts_with(|it: char| it.is_ascii_punctuation() && it != '&') {
            true => format!("\\{line}"),
            false => line,
        }
    });
    plain.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skip_is_a_sign_in_the_app_and_words_in_markdown() {
        let item = |ticked, words: &str| Item {
            ticked,
            words: words.to_owned(),
            step: None,
        };
        let words = markdown(Mark::Skipped, "Stop it");
        assert_eq!(words, "Stop it *(skipped: in the checklist)*");
        assert_eq!(
            told(&item(true, &words)),
            (Mark::Skipped, "Stop it".to_owned())
        );
        let reasoned = "~~Stop it~~ *(skipped: it is down, by ann)*";
        assert_eq!(
            told(&item(true, reasoned)),
            (Mark::Skipped, reasoned.to_owned())
        );
        assert_eq!(markdown(Mark::Skipped, reasoned), reasoned);
        assert_eq!(markdown(Mark::Done, reasoned), "Stop it");
        assert_eq!(
            told(&item(false, "Stop it")),
            (Mark::Open, "Stop it".to_owned())
        );
    }

    #[test]
    fn what_a_person_leaves_open_ends_where_it_ends() {
        assert_eq!(closed("see `a`"), "see `a`");
        assert_eq!(closed("```sh\nls\n```"), "```sh\nls\n```");
        assert_eq!(closed("```sh\nls"), "\\```sh\nls");
        assert_eq!(closed("a <!-- b"), "a &lt;!-- b");
    }
}
