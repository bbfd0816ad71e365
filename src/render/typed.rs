//! Whether emphasised words are something to type.
//!
//! Authors of reStructuredText often put a command between single stars. On a ticket it is to be copied, so it has to be
//! code: renderers turn `--` and quotes in running text into other characters.

/// Programs whose names are no words of running text.
const PROGRAMS: &[&str] = &[
    "ansible-playbook",
    "apt",
    "apt-get",
    "aws",
    "bash",
    "cargo",
    "cd",
    "chmod",
    "chown",
    "curl",
    "dnf",
    "docker",
    "docker-compose",
    "gcloud",
    "git",
    "grep",
    "helm",
    "kubectl",
    "mkdir",
    "npm",
    "pip",
    "podman",
    "psql",
    "python",
    "python3",
    "rsync",
    "scp",
    "ssh",
    "sudo",
    "systemctl",
    "terraform",
    "wget",
    "yum",
];

/// Words that no command holds.
const PROSE: &[&str] = &[
    "a", "an", "and", "are", "be", "before", "but", "for", "if", "is", "it", "must", "not", "of",
    "only", "or", "should", "that", "the", "this", "to", "when", "will", "with", "you", "your",
];

/// Tells whether `text` reads as a command, an option, a path or a name in code.
pub(super) fn is_typed(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some((first, rest)) = words.split_first() else {
        return false;
    };
    if words.iter().any(|word| PROSE.contains(word)) || first.starts_with(char::is_uppercase) {
        return false;
    }
    PROGRAMS.contains(first)
        || is_path(first)
        || words.iter().any(|word| is_option(word))
        || rest.is_empty() && (is_file_name(first) || is_identifier(first))
}

/// `-v`, `--dry-run`, `--to=x`
fn is_option(word: &str) -> bool {
    let name = word.trim_start_matches('-');
    let dashes = word.len() - name.len();
    let letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
    letter && (dashes == 2 || dashes == 1 && name.len() <= 2)
}

/// `./build.sh`, `~/bin`, `/etc/hosts`
fn is_path(word: &str) -> bool {
    ["./", "../", "~/"]
        .iter()
        .any(|start| word.starts_with(start))
        || word.starts_with('/') && word.len() > 1 && !word.starts_with("//")
}

/// `deploy.py`
fn is_file_name(word: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
    word.chars().all(known)
        && word.rsplit_once('.').is_some_and(|(stem, ending)| {
            !stem.is_empty()
                && (1..=4).contains(&ending.len())
                && ending.chars().all(|c| c.is_ascii_lowercase())
        })
}

/// `max_size`
fn is_identifier(word: &str) -> bool {
    word.contains('_')
        && word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_stressed_words() {
        for typed in [
            "./purge --all",
            "kubectl",
            "helm list",
            "-d",
            "run_all -p x",
            "tool.py",
            "auth_file",
            "/etc/hosts",
        ] {
            assert!(is_typed(typed), "{typed}");
        }
        for prose in [
            "",
            "now",
            "must not be run with -f",
            "Git log",
            "e.g.",
            "before the cut",
            "and/or",
            "read-only",
            "stop here",
        ] {
            assert!(!is_typed(prose), "{prose}");
        }
    }
}
