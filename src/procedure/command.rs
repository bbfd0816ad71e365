//! Tells text that is typed from text that is read.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::document::{Inline, InlineKind};

/// Names of programs, read once from `programs.txt`.
static PROGRAMS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("programs.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect()
});

/// Tells whether `word` is the name of a program.
pub(crate) fn is_program(word: &str) -> bool {
    PROGRAMS.contains(word)
}

/// Returns the pieces of code in `text` that look like something to type, in order.
///
/// A program's bare name is one where it is the whole text; in a sentence it is a name (`using tox`).
pub fn inline_commands(text: &[Inline]) -> Vec<String> {
    let whole = crate::document::plain_text(text);
    if is_plain_command(&whole) {
        return vec![whole];
    }
    pieces(text)
        .into_iter()
        .filter(|code| code.contains([' ', '/']) || *code == whole)
        .collect()
}

fn pieces(text: &[Inline]) -> Vec<String> {
    text.iter()
        .flat_map(|inline| match &inline.kind {
            InlineKind::Literal(code) if is_command(code) => vec![code.to_string()],
            InlineKind::Role(role) if role.name.is_empty() && is_command(&role.text) => {
                vec![role.text.to_string()]
            }
            InlineKind::Emphasis(inner) => {
                let code = crate::document::plain_text(inner);
                if is_command(&code) && !reads_as_words(&code) {
                    vec![code]
                } else {
                    Vec::new()
                }
            }
            InlineKind::Strong(inner) | InlineKind::Strikethrough(inner) => pieces(inner),
            InlineKind::Reference(reference) => pieces(&reference.text),
            _ => Vec::new(),
        })
        .collect()
}

/// Tells whether `code` looks like something to type, not like a name, a path or a value.
///
/// A path to a script (`./run`), a known program with or without arguments, a prompt, or a lower-case word
/// with options does.
pub fn is_command(code: &str) -> bool {
    let folded = fold_placeholders(code.trim());
    let code = folded.as_str();
    if code.starts_with("./") && !code.contains(' ') {
        return !code[2..].contains('/')
            || [".sh", ".py", ".pl", ".rb"]
                .iter()
                .any(|end| code.ends_with(end));
    }
    if code.starts_with("./")
        || code.starts_with("$ ")
        || code.starts_with("../") && code.contains(' ')
    {
        return true;
    }
    let mut words = code
        .split_whitespace()
        // `NAME=value program`, as a shell takes it.
        .skip_while(|word| is_assignment(word));
    let Some(first) = words.next() else {
        return false;
    };
    let rest: Vec<&str> = words.collect();
    let name = first.rsplit('/').next().unwrap_or_default();
    if is_program(first) {
        return !rest.is_empty()
            || !matches!(
                first,
                // Words of English, and programs that are called by their names as services, too.
                "make"
                    | "source"
                    | "find"
                    | "which"
                    | "service"
                    | "node"
                    | "go"
                    | "watch"
                    | "nomad"
                    | "consul"
                    | "argocd"
                    | "cilium"
                    | "linkerd"
                    | "velero"
                    | "symfony"
            );
    }
    if rest.is_empty()
        || !first.starts_with(|c: char| {
            c.is_ascii_lowercase() || matches!(c, '/' | '~' | '.' | '<' | '\\')
        })
    {
        return code.starts_with('/')
            && code[1..].chars().all(char::is_lowercase)
            && code.len() > 1
            || is_statement(code);
    }
    let shell = rest.iter().any(|word| {
        word.starts_with('-') && word.len() > 1 && !word.starts_with("->")
            || word.starts_with('$') && word.len() > 1
            || matches!(*word, "|" | "&&" | "||" | ">" | ">>" | "<" | ";")
    });
    let script = first.contains('/')
        || name.ends_with(".sh")
        || name.ends_with(".py")
        || name.contains('-')
        || name.contains('_');
    (shell || script) && !first.ends_with([':', ',']) && rest.first() != Some(&"=")
}

/// Tells whether running text is nothing but a command: a program that is no English word, and what it takes.
pub(crate) fn is_plain_command(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let speaks = text.split_whitespace().any(|word| {
        matches!(
            word,
            "the" | "a" | "an" | "and" | "into" | "to" | "your" | "all" | "for" | "with" | "on"
        )
    });
    is_program(first)
        && text.contains(char::is_whitespace)
        && !WORDS.contains(&first)
        && !speaks
        && is_command(text)
}

/// Tells whether running text is a prompt and what is typed behind it, or calls a script by its path with options.
pub(crate) fn is_script_call(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let (first, second) = (words.next(), words.next());
    let is_path = first.is_some_and(|first| {
        first.contains('/') && !first.contains("://") && !first.ends_with([':', ',', '.'])
    });
    first == Some("$") && second.is_some()
        || is_path && second.is_some_and(|word| word.starts_with('-') && word.len() > 1)
}

/// Programs whose names are English words.
const WORDS: &[&str] = &[
    "bundle", "cat", "cut", "exit", "export", "find", "go", "kill", "make", "mount", "node",
    "patch", "ping", "rails", "reboot", "service", "snap", "source", "tail", "touch", "vault",
    "watch", "which", "apt", "at", "echo", "salt", "tee", "su", "oc", "hub", "fish",
];

/// Makes each `<a placeholder>` one word.
fn fold_placeholders(code: &str) -> String {
    let mut inside = false;
    code.chars()
        .map(|c| {
            inside = match c {
                '<' => true,
                '>' => false,
                _ => inside,
            };
            if inside && c == ' ' { '_' } else { c }
        })
        .collect()
}

/// Tells whether what looks like a command could as well be English words (*make sure*).
pub(crate) fn reads_as_words(code: &str) -> bool {
    !code.contains(['/', '_', '-', '|', '=', '.', '$', '<'])
}

/// Tells whether `code` is a statement of SQL or of a console, or a call.
fn is_statement(code: &str) -> bool {
    const SQL: &[&str] = &[
        "SELECT", "UPDATE", "INSERT", "DELETE", "ALTER", "CREATE", "DROP", "SET", "SHOW", "GRANT",
        "VACUUM",
    ];
    let first = code.split_whitespace().next().unwrap_or_default();
    code.contains(' ') && SQL.contains(&first)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}

/// Tells whether a literal block holds something to type, by its language or by its first lines.
pub(crate) fn is_code_to_type(text: &str, language: Option<&str>) -> bool {
    const SHELLS: &[&str] = &[
        "bash",
        "sh",
        "shell",
        "console",
        "shellsession",
        "shellscript",
        "zsh",
        "powershell",
        "ps1",
        "bat",
        "cmd",
        "terminal",
        "sql",
        "psql",
        "mysql",
        "postgresql",
        "doscon",
        "fish",
        "ksh",
        "batch",
        "pycon",
        "irb",
        "prompt",
        "bashsession",
    ];
    // `ShellSession`, `shell-session` and `bash session` are the same to the highlighters.
    let plain = |language: &str| language.to_lowercase().replace(['-', ' ', '_'], "");
    match language.map(plain) {
        Some(language) if SHELLS.contains(&language.as_str()) => true,
        Some(language)
            if !matches!(
                language.as_str(),
                "text" | "none" | "default" | "python" | "ruby" | "guess"
            ) =>
        {
            false
        }
        _ => text.lines().take(12).any(|line| {
            let line = line.trim();
            line.starts_with("$ ")
                || line.starts_with("# ") && line.len() > 3 && is_command(&line[2..])
                || is_command(line)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_names_paths_and_values() {
        for command in [
            "./cleanup",
            "git push",
            "sudo reboot",
            "tool -x file",
            "reboot",
            "DEBUG=1 make all",
            "SELECT pause();",
            "scripts/update.sh now",
            "hack/run.sh --all",
            "$ anything goes",
            "/invite someone".split(' ').next().unwrap(),
        ] {
            assert!(is_command(command), "{command}");
        }
        for name in [
            "main",
            "Some State Monitor",
            "/var/log/syslog",
            "2.7.1",
            "settings.py",
            "auto_deploy = True",
            "make",
            "a word",
            "~/.ssh/id",
        ] {
            assert!(!is_command(name), "{name}");
        }
    }

    #[test]
    fn blocks_are_commands_by_language_or_by_look() {
        assert!(is_code_to_type("whatever", Some("bash")));
        assert!(is_code_to_type("git push", None));
        assert!(!is_code_to_type("key: value", Some("yaml")));
        assert!(!is_code_to_type("Hello,\n\nit is out now", None));
    }
}
