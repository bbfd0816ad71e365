//! Headings that announce templates to copy: what stands under them repeats procedures and is none.

/// Words that make a template one of a checklist, and not of a web page.
const TEMPLATES_OF: [&str; 9] = [
    "issue",
    "issues",
    "ticket",
    "tickets",
    "checklist",
    "checklists",
    "markdown",
    "github",
    "jira",
];

/// Tells whether a title announces templates to copy (*Issue templates*, *Templates*).
pub(crate) fn speaks_of_templates(title: &str) -> bool {
    let lower = title.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let is_template = |word: &&str| matches!(*word, "template" | "templates");
    words.iter().any(is_template)
        && (words.iter().all(is_template) || words.iter().any(|word| TEMPLATES_OF.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_of_checklists_are_announced_and_others_not() {
        for title in [
            "Issue templates",
            "Templates",
            "Ticket template",
            "Template for a GitHub issue",
        ] {
            assert!(speaks_of_templates(title), "{title}");
        }
        for title in ["Upgrade", "Email template", "Page templates"] {
            assert!(!speaks_of_templates(title), "{title}");
        }
    }
}
