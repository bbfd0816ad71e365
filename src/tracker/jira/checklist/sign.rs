//! How each app writes the lines of a checklist.
//!
//! Issue Checklist by `HeroCoders`, field "Checklist Text"
//! (<https://herocoders.atlassian.net/wiki/spaces/IC/pages/1240826076/Formatting>):
//!
//! ```text
//! item    = [ bullet ] [ "[" status "]" ] [ "?" ] words      bullet = "*" | "-" | "+"
//! status  = "" | " " | "x" | "open" | "checked" | "skipped" | "in progress" | any other
//! header  = "---" words
//! details = ">>" text                                        of the item above
//! name    = "#" words                                        of one of the checklists in the field
//! ```
//!
//! Smart Checklist by Railsware, field "Checklists"
//! (<https://railsware.atlassian.net/wiki/pages/viewpage.action?pageId=3903127564>, "Custom status in RAW text format"):
//!
//! ```text
//! item    = sign " " [ "[" status "]" ] words    sign = "-" to do | "+" done | "~" in progress | "x" skipped
//! header  = "#" { "#" } words
//! details = ">" text
//! ```
//!
//! A line that is none of these is an item's words. Both write further statuses in brackets; a step with one of those
//! is ticked where its sign says so.

use std::ops::Range;

use crate::config::ChecklistApp;

/// What says that an item stands under another, once for each level.
const UNDER: &str = "↳";
/// The longest status, as the apps take it.
const LONGEST_STATUS: usize = 50;

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// An item.
    Item(Item),
    /// The header of what follows, with its words and how deep it is.
    Header(Range<usize>, usize),
    /// A line of the details of the item above.
    Details(Range<usize>),
    /// Nothing of a checklist's content: its name, a blank line, a line between items.
    Other,
}

/// The line of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) mark: Mark,
    /// Whether the app is told that it may be left out.
    pub(super) is_optional: bool,
    /// How many items it stands under.
    pub(super) depth: usize,
    /// Where what tells the depth starts.
    pub(super) under: usize,
    /// What it says.
    pub(super) words: Range<usize>,
}

/// How an item stands in the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Open,
    Doing,
    Done,
    Skipped,
}

impl Mark {
    /// Tells whether the box is ticked.
    pub(super) fn is_ticked(self) -> bool {
        matches!(self, Self::Done | Self::Skipped)
    }

    /// Tells whether `wanted`, which is never [`Mark::Doing`], is said by this already.
    pub(super) fn says(self, wanted: Self) -> bool {
        self == wanted || self == Self::Doing && wanted == Self::Open
    }
}

/// Returns what a line is.
pub(super) fn read(app: ChecklistApp, line: &str) -> Line {
    let line = line.trim_end();
    let start = line.len() - line.trim_start().len();
    let own = &line[start..];
    if own.is_empty() {
        return Line::Other;
    }
    let (details, header) = match app {
        ChecklistApp::IssueChecklist => (">>", "---"),
        ChecklistApp::SmartChecklist => (">", "#"),
    };
    if let Some(text) = own.strip_prefix(details) {
        let text = text.strip_prefix(' ').unwrap_or(text);
        return Line::Details(line.len() - text.len()..line.len());
    }
    // Jira's own editor makes one sign of two or three dashes.
    let is_dash = own.starts_with("— ");
    if own.starts_with(header) || app == ChecklistApp::IssueChecklist && is_dash {
        let words = own.trim_start_matches(['-', '#', '—']);
        let level = own.bytes().take_while(|it| *it == b'#').count();
        let from = line.len() - words.trim_start().len();
        return Line::Header(from..line.len(), level);
    }
    let is_rule = own.bytes().all(|it| it == b'-');
    if is_rule && own.len() > 1 || app == ChecklistApp::IssueChecklist && own.starts_with('#') {
        return Line::Other;
    }
    Line::Item(item(app, line, start))
}

fn item(app: ChecklistApp, line: &str, start: usize) -> Item {
    let mut at = start;
    let mut mark = Mark::Open;
    let sign = line[at..].chars().next().unwrap_or_default();
    let behind = &line[at + sign.len_utf8()..];
    let mut has_sign = false;
    if let Some(said) = sign_of(app, sign)
        && (behind.is_empty() || behind.starts_with([' ', '\t', '[', '?']))
    {
        mark = said;
        has_sign = true;
        at += sign.len_utf8();
        at += line[at..].len() - line[at..].trim_start().len();
    }
    if let Some((status, end)) = status(&line[at..]) {
        let known = known(status);
        let is_box = app == ChecklistApp::IssueChecklist || sign == '*';
        // Without a sign before it, brackets that say nothing known are words.
        if known.is_some() || has_sign {
            mark = known.filter(|_| is_box).unwrap_or(mark);
            at += end;
        }
    }
    let is_optional = app == ChecklistApp::IssueChecklist && line[at..].starts_with('?');
    at += usize::from(is_optional);
    let under = at + line[at..].len() - line[at..].trim_start().len();
    let mut words = &line[under..];
    let mut depth = 0;
    while let Some(behind) = words.strip_prefix(UNDER) {
        depth += 1;
        words = behind.trim_start();
    }
    if depth == 0 {
        depth = line[..start]
            .chars()
            .map(|it| if it == '\t' { 4 } else { 1 })
            .sum::<usize>()
            / 2;
    }
    Item {
        mark,
        is_optional,
        depth,
        under,
        words: line.len() - words.len()..line.len(),
    }
}

fn sign_of(app: ChecklistApp, sign: char) -> Option<Mark> {
    match (app, sign) {
        (ChecklistApp::IssueChecklist, '*' | '-' | '+') => Some(Mark::Open),
        (ChecklistApp::SmartChecklist, '*' | '-') => Some(Mark::Open),
        (ChecklistApp::SmartChecklist, '+') => Some(Mark::Done),
        (ChecklistApp::SmartChecklist, '~') => Some(Mark::Doing),
        (ChecklistApp::SmartChecklist, 'x' | 'X') => Some(Mark::Skipped),
        _ => None,
    }
}

/// Returns the status at the start of a text, and where it ends; a link is none.
fn status(text: &str) -> Option<(&str, usize)> {
    let (status, behind) = text.strip_prefix('[')?.split_once(']')?;
    let is_status = status.chars().count() <= LONGEST_STATUS
        && !behind.starts_with(['(', '['])
        && !status.contains('[');
    is_status.then_some((status, text.len() - behind.len()))
}

fn known(status: &str) -> Option<Mark> {
    Some(match status.trim().to_lowercase().as_str() {
        "" | "open" | "to do" | "todo" | "unchecked" => Mark::Open,
        "x" | "done" | "checked" => Mark::Done,
        "in progress" => Mark::Doing,
        "skipped" => Mark::Skipped,
        _ => return None,
    })
}

/// Returns what stands before the words of an item.
pub(super) fn lead(app: ChecklistApp, mark: Mark, is_optional: bool) -> String {
    let optional = if is_optional { "?" } else { "" };
    match app {
        ChecklistApp::IssueChecklist => {
            let status = match mark {
                Mark::Open | Mark::Doing => " ",
                Mark::Done => "x",
                Mark::Skipped => "skipped",
            };
            format!("* [{status}]{optional} ")
        }
        ChecklistApp::SmartChecklist => {
            let sign = match mark {
                Mark::Open | Mark::Doing => '-',
                Mark::Done => '+',
                Mark::Skipped => 'x',
            };
            format!("{sign} ")
        }
    }
}

/// Returns what says how deep an item stands.
pub(super) fn under(depth: usize) -> String {
    format!("{UNDER} ").repeat(depth)
}

/// Returns words as they stand behind a sign, where brackets would be a status.
pub(super) fn plain(app: ChecklistApp, words: &str) -> String {
    match app {
        ChecklistApp::SmartChecklist if status(words).is_some() => format!("\\{words}"),
        _ => words.to_owned(),
    }
}

/// Returns the header of what follows.
pub(super) fn header(app: ChecklistApp, level: usize, words: &str) -> String {
    match app {
        ChecklistApp::IssueChecklist => format!("--- {words}"),
        ChecklistApp::SmartChecklist => format!("{} {words}", "#".repeat(level.max(1))),
    }
}

/// Returns a line of an item's details.
pub(super) fn details(app: ChecklistApp, text: &str) -> String {
    let sign = match app {
        ChecklistApp::IssueChecklist => ">>",
        ChecklistApp::SmartChecklist => ">",
    };
    format!("{sign} {text}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(app: ChecklistApp, line: &str) -> String {
        match read(app, line) {
            Line::Item(item) => {
                let optional = if item.is_optional { "?" } else { "" };
                let words = &line[item.words];
                format!("{:?}{optional} {} {words}", item.mark, item.depth)
            }
            Line::Header(words, level) => format!("header {level} {}", &line[words]),
            Line::Details(text) => format!("details {}", &line[text]),
            Line::Other => "other".to_owned(),
        }
    }

    #[test]
    fn the_lines_of_issue_checklist() {
        let cases = [
            ("[] pack it", "Open 0 pack it"),
            ("* [ ] pack it", "Open 0 pack it"),
            ("- pack it", "Open 0 pack it"),
            ("pack it", "Open 0 pack it"),
            ("- [x] pack it", "Done 0 pack it"),
            ("* [checked] pack it", "Done 0 pack it"),
            ("* [Skipped] pack it", "Skipped 0 pack it"),
            ("* [in progress] ↳ pack it", "Doing 1 pack it"),
            ("* [waiting] pack it", "Open 0 pack it"),
            ("[waiting] pack it", "Open 0 [waiting] pack it"),
            (
                "* [ ] [guide](https://x.example) ok",
                "Open 0 [guide](https://x.example) ok",
            ),
            ("- []? pack it", "Open? 0 pack it"),
            ("*? pack it", "Open? 0 pack it"),
            ("    * [ ] pack it", "Open 2 pack it"),
            ("--- Before", "header 0 Before"),
            ("— Before", "header 0 Before"),
            (">> `ls`", "details `ls`"),
            ("# Default checklist", "other"),
            ("", "other"),
        ];
        for (line, expected) in cases {
            assert_eq!(told(ChecklistApp::IssueChecklist, line), expected, "{line}");
        }
    }

    #[test]
    fn the_lines_of_smart_checklist() {
        let cases = [
            ("- pack it", "Open 0 pack it"),
            ("+ pack it", "Done 0 pack it"),
            ("~ ↳ ↳ pack it", "Doing 2 pack it"),
            ("x pack it", "Skipped 0 pack it"),
            ("xylophones", "Open 0 xylophones"),
            ("- [ON HOLD] pack it", "Open 0 pack it"),
            ("+ [QA FAILED] pack it", "Done 0 pack it"),
            ("- \\[x] pack it", "Open 0 \\[x] pack it"),
            ("* [x] pack it", "Done 0 pack it"),
            ("## Before", "header 2 Before"),
            ("> `ls`", "details `ls`"),
            ("---", "other"),
        ];
        for (line, expected) in cases {
            assert_eq!(told(ChecklistApp::SmartChecklist, line), expected, "{line}");
        }
    }
}
