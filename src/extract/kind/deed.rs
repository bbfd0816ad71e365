//! Requests that name a purpose, and the command that serves it: `make sure it is up to date: git pull`.

use crate::extract::lexicon;
use crate::extract::prose::{CODE, Prose};
use crate::procedure::command;

/// Returns the commands that a sentence of `prose` ends or starts with, behind or before its purpose.
pub(super) fn commands<'p>(sentence: &'p str, prose: &'p Prose) -> Vec<&'p str> {
    let said = sentence.trim().trim_end_matches(['.', '!']);
    if let Some((_, tail)) = said.rsplit_once(": ")
        && command::is_command(tail)
        && command::is_program(tail.split_whitespace().next().unwrap_or_default())
    {
        return vec![tail];
    }
    if !said.starts_with(CODE) && !said.ends_with(CODE) {
        return Vec::new();
    }
    let before = prose.text.find(sentence).unwrap_or_default();
    prose
        .codes
        .iter()
        .skip(prose.text[..before].matches(CODE).count())
        .take(said.matches(CODE).count())
        .map(String::as_str)
        .filter(|code| command::is_command(code))
        .collect()
}

/// Tells whether commands bring something up to date or into order, so that there is nothing left to look at.
pub(super) fn bring_about(commands: &[&str]) -> bool {
    let parts = |command: &&str| -> Vec<bool> {
        command
            .split([';', '&', '|'])
            .filter_map(verb)
            .map(|verb| lexicon::has("changing-commands", verb))
            .collect()
    };
    !commands.is_empty()
        && commands
            .iter()
            .all(|command| parts(command).last().copied().unwrap_or_default())
}

/// Returns the word by which a command says what it does: its second (`git pull`), or a call's name (`db.sync()`).
fn verb(command: &str) -> Option<&str> {
    let mut words = command.split_whitespace();
    let (first, second) = (words.next()?, words.next());
    second.or_else(|| first.strip_suffix("()")?.rsplit('.').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_serve_a_purpose() {
        let tells = |text: &str| {
            let prose = Prose::plain(text);
            bring_about(&commands(&prose.text, &prose))
        };
        assert!(tells(
            "Make sure the copy is current: git checkout main; git pull"
        ));
        assert!(tells("Ensure that it is current by doing `git pull`."));
        assert!(tells("`git fetch` to ensure it is current"));
        assert!(bring_about(&["db.sync()"]));
        assert!(!bring_about(&["db.status()"]));
        assert!(!tells("Make sure nothing is left: `git status`"));
        assert!(!tells("Make sure that `git pull` works"));
    }
}
