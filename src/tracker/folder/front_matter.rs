//! A ticket file's front matter, read whatever people did to it and changed value by value.
//!
//! ```text
//! file    = [BOM] "---" EOL entry* "---" EOL [EOL] body
//! entry   = key ":" value EOL, and the lines after it up to the next key at column 1
//! comment = a line that starts with "#"; kept
//! ```
//!
//! Each entry is read as YAML by itself, so that one that is damaged hides no other. A changed value
//! replaces the bytes of the old one; a new key goes before the closing line.

use std::ops::Range;
use std::sync::Arc;

use serde_norway::Value;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::{Place, Source, Span};

/// Where the parts of a ticket file lie.
pub(super) struct FrontMatter {
    entries: Vec<Entry>,
    /// Where a new entry goes; `None` where there is no front matter.
    end: Option<usize>,
    /// Where the body starts.
    pub(super) body: usize,
    /// What is damaged.
    pub(super) faults: Vec<Diagnostic>,
}

/// One key and its value.
struct Entry {
    key: String,
    /// The key's bytes.
    name: Range<usize>,
    /// From behind the colon to the end of the value.
    value: Range<usize>,
    read: Value,
}

impl FrontMatter {
    /// Reads the front matter of a ticket file.
    pub(super) fn read(source: &Arc<Source>) -> Self {
        let text = source.text();
        let mut front = Self {
            entries: Vec::new(),
            end: None,
            body: 0,
            faults: Vec::new(),
        };
        let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let mut lines = lines_from(text, start);
        let Some(first) = lines.next().filter(|line| is_fence(&text[line.clone()])) else {
            return front;
        };
        let mut entry: Option<Range<usize>> = None;
        for line in lines {
            if is_fence(&text[line.clone()]) {
                front.end = Some(line.start);
                front.body = body_start(text, line.end);
                break;
            }
            let content = text[line.clone()].trim_end();
            if content.starts_with('#') {
                continue;
            }
            match &mut entry {
                Some(open) if content.is_empty() || content.starts_with([' ', '\t', '-']) => {
                    open.end = line.end;
                }
                _ => {
                    front.read_entry(source, entry.take());
                    entry = (!content.is_empty()).then_some(line);
                }
            }
        }
        if front.end.is_none() {
            front.entries.clear();
            front.faults.clear();
            front.fault(
                source,
                first.start..first.start + 3,
                "the ticket's front matter has no end",
                "put a line `---` between it and the ticket's text",
            );
            return front;
        }
        front.read_entry(source, entry);
        front
    }

    /// Returns the text under `key`; what is there but is no text is a fault.
    pub(super) fn text(&mut self, source: &Arc<Source>, key: &str) -> Option<String> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        match &entry.read {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(_) => Some(source.text()[entry.value.clone()].trim().to_owned()),
            Value::Null => None,
            Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => {
                let at = entry.name.clone();
                let message = format!("`{key}` is not a text");
                self.fault(source, at, message, format!("write it as `{key}: \"...\"`"));
                None
            }
        }
    }

    /// Returns the texts under `key`; one text stands for a list of one.
    pub(super) fn texts(&mut self, source: &Arc<Source>, key: &str) -> Vec<String> {
        let Some(entry) = self.entries.iter().find(|entry| entry.key == key) else {
            return Vec::new();
        };
        let as_text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        };
        let found = match &entry.read {
            Value::Null => Some(Vec::new()),
            Value::Sequence(items) => items.iter().map(as_text).collect(),
            one => as_text(one).map(|text| vec![text]),
        };
        let at = entry.name.clone();
        found.unwrap_or_else(|| {
            let message = format!("`{key}` is not a list of words");
            let help = format!("write it as `{key}: [one, two]`");
            self.fault(source, at, message, help);
            Vec::new()
        })
    }

    /// Returns where the value of `key` stands, the key itself where it has none.
    pub(super) fn place(&self, key: &str) -> Option<Range<usize>> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        Some(entry.name.start..entry.value.end)
    }

    /// Adds an error about the file.
    pub(super) fn fault(
        &mut self,
        source: &Arc<Source>,
        at: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let place = Place::new(source, Span::new(at.start, at.end));
        let fault = Diagnostic::new(Severity::Error, Code::TicketFile, place, message);
        self.faults.push(fault.help(help));
    }

    /// Returns `text`, whose front matter this is, with other values for some keys, each YAML on one line.
    pub(super) fn with_values(&self, text: &str, values: &[(&str, String)]) -> String {
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut splices: Vec<(Range<usize>, String)> = Vec::new();
        let mut added = String::new();
        for (key, value) in values {
            match self.entries.iter().find(|entry| entry.key == *key) {
                Some(entry) => splices.push((entry.value.clone(), format!(" {value}"))),
                None => added.push_str(&format!("{key}: {value}{line_end}")),
            }
        }
        match self.end {
            Some(end) => splices.push((end..end, added)),
            None => {
                let block = format!("---{line_end}{added}---{line_end}{line_end}");
                splices.push((self.body..self.body, block));
            }
        }
        splices.sort_by_key(|(range, _)| range.start);
        let mut out = text.to_owned();
        for (range, new) in splices.into_iter().rev() {
            out.replace_range(range, &new);
        }
        out
    }

    fn read_entry(&mut self, source: &Arc<Source>, lines: Option<Range<usize>>) {
        let Some(lines) = lines else { return };
        let text = &source.text()[lines.clone()];
        let end = lines.start + text.trim_end().len();
        let help = "mend the line, or delete it";
        let Some(colon) = text.find(':').filter(|at| {
            let after = text[at + 1..].chars().next();
            after.is_none_or(char::is_whitespace) && !text[..*at].contains('\n')
        }) else {
            let message = "this line of the front matter is no `key: value`";
            return self.fault(source, lines.start..end, message, help);
        };
        let read: Value = match serde_norway::from_str::<Value>(text) {
            Ok(Value::Mapping(mut map)) => match map.iter_mut().next() {
                Some((_, value)) => std::mem::take(value),
                None => Value::Null,
            },
            Ok(_) => Value::Null,
            Err(why) => {
                let offset = why.location().map_or(0, |at| at.index().min(text.len()));
                let at = lines.start + offset.min(end - lines.start);
                let message = format!("this front matter is not YAML: {}", cause(&why));
                return self.fault(source, at..end.max(at), message, help);
            }
        };
        let key = text[..colon].trim().trim_matches(['"', '\'']).to_owned();
        let name = lines.start..lines.start + colon;
        if self.entries.iter().any(|entry| entry.key == key) {
            let message = format!("`{key}` stands twice in the front matter");
            return self.fault(source, name, message, "delete the one that is not right");
        }
        let value = lines.start + colon + 1..lines.start + value_end(text);
        self.entries.push(Entry {
            key,
            name,
            value,
            read,
        });
    }
}

/// Returns `text` as a YAML scalar on one line, quoted only where it must be.
pub(super) fn scalar(text: &str) -> String {
    let plain = text.starts_with(char::is_alphabetic)
        && !text.ends_with(' ')
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || " ._/@=,()+-".contains(c))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if plain {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

/// Returns `texts` as a YAML list on one line.
pub(super) fn list(texts: &[String]) -> String {
    let items: Vec<String> = texts
        .iter()
        .map(|text| {
            // In a list on one line a comma ends an item.
            if text.contains(',') {
                serde_json::Value::from(text.as_str()).to_string()
            } else {
                scalar(text)
            }
        })
        .collect();
    format!("[{}]", items.join(", "))
}

/// Returns the lines of `text` from `start` on, line ends included.
fn lines_from(text: &str, start: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = start;
    text[start..].split_inclusive('\n').map(move |line| {
        let line = at..at + line.len();
        at = line.end;
        line
    })
}

/// Tells whether a line opens or closes front matter.
fn is_fence(line: &str) -> bool {
    line.trim_end() == "---"
}

/// Returns where the body starts after the closing line: one blank line between them belongs to neither.
fn body_start(text: &str, after: usize) -> usize {
    let rest = &text[after..];
    let blank = ["\r\n", "\n"].into_iter().find(|end| rest.starts_with(end));
    after + blank.map_or(0, str::len)
}

/// Returns where the value of an entry ends: before a comment on its line, and before the line's end.
fn value_end(entry: &str) -> usize {
    let end = entry.trim_end().len();
    let mut lines = entry[..end].lines();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return end;
    };
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, '#') if before == ' ' || before == '\t' => return line[..at].trim_end().len(),
            _ => {}
        }
        before = c;
    }
    end
}

/// Returns the YAML reader's reason without its place, which the diagnostic has.
fn cause(why: &serde_norway::Error) -> String {
    let text = why.to_string();
    let end = text.find(" at line").unwrap_or(text.len());
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::Markup;

    fn read(text: &str) -> (Arc<Source>, FrontMatter) {
        let source = Arc::new(Source::new("t.md", text, Markup::Markdown));
        let front = FrontMatter::read(&source);
        (source, front)
    }

    fn set(text: &str, key: &str, value: &str) -> String {
        read(text).1.with_values(text, &[(key, value.to_owned())])
    }

    #[test]
    fn values_comments_and_the_body_are_found() {
        let text = "---\ntitle: \"A # b\"   # mine\nlabels:\n- ops\n- 'x y'\n\nteam: {a: 1}\n---\n\n# Body\n";
        let (source, mut front) = read(text);
        assert_eq!(front.text(&source, "title").unwrap(), "A # b");
        assert_eq!(front.texts(&source, "labels"), ["ops", "x y"]);
        assert_eq!(&text[front.body..], "# Body\n");
        assert!(front.faults.is_empty());
        assert_eq!(front.text(&source, "team"), None);
        assert_eq!(front.faults.len(), 1);
    }

    #[test]
    fn a_changed_value_leaves_every_other_byte() {
        let text = "---\r\nstate: open # as yet\r\nlabels:\r\n  - a\r\nteam: x\r\n---\r\nbody\r\n";
        assert_eq!(set(text, "state", "closed"), text.replace("open", "closed"));
        assert_eq!(
            set(text, "labels", "[b]"),
            text.replace("\r\n  - a", " [b]")
        );
        assert_eq!(
            set(text, "title", "T"),
            text.replace("team: x\r\n", "team: x\r\ntitle: T\r\n")
        );
    }

    #[test]
    fn a_damaged_entry_hides_no_other() {
        let (source, mut front) = read("---\ntitle: [a\nno key\nstate: open\nstate: closed\n---\n");
        assert_eq!(front.text(&source, "state").unwrap(), "open");
        let faults: Vec<String> = front
            .faults
            .iter()
            .map(|fault| format!("{:?} {}", fault.place, fault.message))
            .collect();
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[1].starts_with("t.md:3:1 this line"), "{faults:?}");
        assert!(faults[2].starts_with("t.md:5:1 `state` stands twice"));
    }

    #[test]
    fn an_unclosed_block_is_one_fault_and_no_front_matter_none() {
        let (_, front) = read("---\ntitle: a\n\n# Body\n");
        assert_eq!((front.faults.len(), front.body), (1, 0));
        let (_, front) = read("# Just a file\n");
        assert_eq!((front.faults.len(), front.body), (0, 0));
        assert_eq!(
            set("# Just a file\n", "state", "closed"),
            "---\nstate: closed\n---\n\n# Just a file\n"
        );
    }

    #[test]
    fn scalars_are_quoted_where_yaml_would_read_something_else() {
        assert_eq!(scalar("Upgrade (2.3.0)"), "Upgrade (2.3.0)");
        assert_eq!(scalar("a: b"), "\"a: b\"");
        assert_eq!(scalar("2.3"), "\"2.3\"");
        assert_eq!(scalar("no"), "\"no\"");
        assert_eq!(list(&["a".into(), "b,c".into()]), "[a, \"b,c\"]");
        for text in ["- x", "#1", "[x]", "ünïcode", "tab\there", "nl\nx", ""] {
            let back: String = serde_norway::from_str(&scalar(text)).unwrap();
            assert_eq!(back, text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn any_file_is_read_and_keeps_every_byte_that_is_not_a_changed_value(
            lines in proptest::collection::vec("(state|title|labels|x)?:? ?[a-z\\[\\]'\"#:{},\t-]{0,8}\r?", 0..8),
            body in "[ -~\n]{0,40}",
        ) {
            let text = format!("---\n{}\n---\n{body}", lines.join("\n"));
            let (source, mut front) = read(&text);
            for key in ["state", "title", "labels"] {
                front.text(&source, key);
                front.texts(&source, key);
            }
            let new = front.with_values(&text, &[("state", "closed".to_owned())]);
            prop_assert!(new.ends_with(&text[front.body..]));
            let (again, mut changed) = read(&new);
            if front.faults.is_empty() && front.end.is_some() {
                let state = changed.text(&again, "state");
                prop_assert_eq!(state.as_deref(), Some("closed"));
                let others = |front: &FrontMatter| -> Vec<(String, Value)> {
                    let entries = front.entries.iter().filter(|entry| entry.key != "state");
                    entries.map(|entry| (entry.key.clone(), entry.read.clone())).collect()
                };
                prop_assert_eq!(others(&front), others(&changed));
            }
        }

        #[test]
        fn any_text_is_a_scalar_that_reads_back(text in "[ -~äß\t\n]{0,12}") {
            let back: String = serde_norway::from_str(&scalar(&text)).unwrap();
            prop_assert_eq!(&back, &text);
            let back: Vec<String> = serde_norway::from_str(&list(&[text.clone(), text.clone()])).unwrap();
            prop_assert_eq!(back, vec![text.clone(), text]);
        }
    }
}
