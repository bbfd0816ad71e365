//! A table of the config file while it is read: each key is asked for by name and type, and what nobody
//! asked for is a finding.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use globset::Glob;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::nearest::nearest;
use crate::source::{Place, Source, Span};

/// The findings made in one config file.
pub(super) struct Findings {
    source: Arc<Source>,
    list: RefCell<Vec<Diagnostic>>,
}

impl Findings {
    /// Returns the empty list of findings in `source`.
    pub(super) fn new(source: Arc<Source>) -> Self {
        Self {
            source,
            list: RefCell::new(Vec::new()),
        }
    }

    /// Returns the place of `range` in the file.
    pub(super) fn place(&self, range: Range<usize>) -> Place {
        Place::new(&self.source, Span::new(range.start, range.end))
    }

    /// Adds an error at `range`.
    pub(super) fn error(
        &self,
        range: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let place = self.place(range);
        let mut finding = Diagnostic::new(Severity::Error, Code::Config, place, message);
        finding.help = help;
        self.list.borrow_mut().push(finding);
    }

    /// Returns the findings in the order of the file.
    pub(super) fn into_sorted(self) -> Vec<Diagnostic> {
        let mut list = self.list.into_inner();
        list.sort_by_key(|finding| finding.place.span);
        list
    }
}

/// A table of the config file and the keys that were asked for so far.
pub(super) struct Fields<'a> {
    /// Its name as a person would write it, empty for the file's own.
    name: String,
    table: &'a DeTable<'a>,
    known: Vec<&'static str>,
    findings: &'a Findings,
}

impl<'a> Fields<'a> {
    /// Returns the file's own table.
    pub(super) fn root(table: &'a DeTable<'a>, findings: &'a Findings) -> Self {
        Self {
            name: String::new(),
            table,
            known: Vec::new(),
            findings,
        }
    }

    /// Returns the string under `key`.
    pub(super) fn string(&mut self, key: &'static str) -> Option<String> {
        let value = self.get(key)?;
        self.as_string(key, value)
    }

    /// Returns the number under `key`, written as one or as a string of digits.
    pub(super) fn id(&mut self, key: &'static str) -> Option<u64> {
        let value = self.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(digits) => u64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            DeValue::String(digits) => digits.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(key, value, "a whole number");
        }
        number
    }

    /// Returns the string under `key`, and a finding at the table where it is not given.
    pub(super) fn required(
        &mut self,
        key: &'static str,
        example: &str,
        header: Range<usize>,
    ) -> Option<String> {
        if self.get(key).is_none() {
            let message = format!("`{}` needs `{key}`", self.name);
            let help = format!("add a line like `{key} = \"{example}\"`");
            self.findings.error(header, message, Some(help));
        }
        self.string(key)
    }

    /// Returns the strings under `key`.
    pub(super) fn strings(&mut self, key: &'static str) -> Option<Vec<String>> {
        let value = self.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, value, "a list of strings");
            return None;
        };
        Some(
            items
                .iter()
                .filter_map(|item| self.as_string(key, item))
                .collect(),
        )
    }

    /// Returns the patterns under `key`, each one checked.
    pub(super) fn patterns(&mut self, key: &'static str) -> Option<Vec<String>> {
        let patterns = self.strings(key)?;
        for pattern in &patterns {
            self.check_pattern(key, pattern);
        }
        Some(patterns)
    }

    /// Returns whether `key` is true.
    pub(super) fn truth(&mut self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        if let DeValue::Boolean(truth) = value.get_ref() {
            return Some(*truth);
        }
        self.wrong_type(key, value, "true or false");
        None
    }

    /// Returns the small number under `key`.
    pub(super) fn number(&mut self, key: &'static str) -> Option<u8> {
        let value = self.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(key, value, "a whole number from 0 to 255");
        }
        number
    }

    /// Returns the pattern under `key`.
    pub(super) fn pattern(&mut self, key: &'static str) -> Option<String> {
        let pattern = self.string(key)?;
        self.check_pattern(key, &pattern);
        Some(pattern)
    }

    /// Returns the value that the word under `key` stands for.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let value = self.get(key)?;
        self.as_word(key, value, words)
    }

    /// Returns the values that the words under `key` stand for.
    pub(super) fn words<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<Vec<T>> {
        let value = self.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, value, "a list of strings");
            return None;
        };
        let meant = items
            .iter()
            .filter_map(|item| self.as_word(key, item, words));
        Some(meant.collect())
    }

    /// Returns the table under `key`.
    pub(super) fn table(&mut self, key: &'static str) -> Option<Self> {
        let value = self.get(key)?;
        self.as_table(key, value)
    }

    /// Returns the tables under `key`, written as `[[key]]`.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<(Range<usize>, Self)> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, value, &format!("tables, each under `[[{key}]]`"));
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| Some((item.span(), self.as_table(key, item)?)))
            .collect()
    }

    /// Returns the tables of a table whose keys are names that people choose, with where each name stands.
    pub(super) fn named(self) -> Vec<(String, Range<usize>, Self)> {
        self.table
            .iter()
            .filter_map(|(key, value)| {
                let table = self.as_table(key.get_ref(), value)?;
                Some((key.get_ref().to_string(), key.span(), table))
            })
            .collect()
    }

    /// Returns the values of a table whose keys are names that people choose: strings, numbers, true or false, and
    /// lists of them.
    pub(super) fn values(self) -> BTreeMap<String, Value> {
        self.table
            .iter()
            .filter_map(|(key, value)| {
                let key = key.get_ref();
                Some((key.to_string(), self.as_value(key, value)?))
            })
            .collect()
    }

    /// Returns where the value of `key` stands.
    pub(super) fn place_of(&self, key: &str) -> Option<Range<usize>> {
        Some(self.table.get(key)?.span())
    }

    /// Adds a finding for every key that was not asked for.
    pub(super) fn finish(self) {
        for key in self.table.keys() {
            let given = key.get_ref().as_ref();
            if self.known.contains(&given) {
                continue;
            }
            let message = if self.name.is_empty() {
                format!("unknown key `{given}`")
            } else {
                format!("unknown key `{given}` in `{}`", self.name)
            };
            let help = match nearest(given, self.known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    let all: Vec<String> =
                        self.known.iter().map(|key| format!("`{key}`")).collect();
                    format!("the keys here are {}", all.join(", "))
                }
            };
            self.findings.error(key.span(), message, Some(help));
        }
    }

    fn check_pattern(&self, key: &str, pattern: &str) {
        if let Err(why) = Glob::new(pattern) {
            let message = format!("`{pattern}` is not a pattern: {}", why.kind());
            let place = self.place_of(key).unwrap_or_default();
            self.findings.error(place, message, None);
        }
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.table.get(key)
    }

    fn as_string(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(text.to_string());
        }
        self.wrong_type(key, value, "a string");
        None
    }

    fn as_value(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        let read = match value.get_ref() {
            DeValue::String(text) => Some(Value::from(text.as_ref())),
            DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix())
                .ok()
                .map(Value::from),
            DeValue::Float(digits) => digits.as_str().parse::<f64>().ok().map(Value::from),
            DeValue::Boolean(truth) => Some(Value::from(*truth)),
            DeValue::Datetime(date) => Some(Value::from(date.to_string())),
            DeValue::Array(items) => {
                return items.iter().map(|item| self.as_value(key, item)).collect();
            }
            DeValue::Table(_) => None,
        };
        if read.is_none() {
            self.wrong_type(
                key,
                value,
                "a string, a number, true, false or a list of them",
            );
        }
        read
    }

    fn as_word<T: Copy>(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let given = self.as_string(key, value)?;
        if let Some((_, meant)) = words.iter().find(|(word, _)| *word == given) {
            return Some(*meant);
        }
        let all: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        let help = match nearest(&given, words.iter().map(|(word, _)| *word)) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("one of {}", all.join(", ")),
        };
        let message = format!("`{given}` is not a value of `{key}`");
        self.findings.error(value.span(), message, Some(help));
        None
    }

    fn as_table(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Option<Self> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(key, value, "a table");
            return None;
        };
        let name = match self.name.as_str() {
            "" => key.to_owned(),
            name => format!("{name}.{key}"),
        };
        Some(Self {
            name,
            table,
            known: Vec::new(),
            findings: self.findings,
        })
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let message = format!("`{key}` is {found}, not {wanted}");
        self.findings.error(value.span(), message, None);
    }
}
