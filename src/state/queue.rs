//! The reports that wait, in the order of their arrival, and what became of each.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::{State, StateError};
use crate::checklist::Evidence;
use crate::issue::IssueState;
use crate::plan::Reported;
use crate::procedure::StepId;
use crate::report::Report;
use crate::run::RunKey;

/// How many settled reports are kept, so that whoever gave one sees what another process made of it.
const KEPT: i64 = 10_000;

/// A report and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, in the order of arrival.
    #[serde(skip)]
    pub id: i64,
    /// The number of the first report that was given with it.
    #[serde(skip)]
    pub batch: i64,
    /// The report, as it was given.
    pub report: Report,
    /// Who stands in for `by` where the report names nobody.
    pub user: Option<String>,
    /// When it came; stands in for `at` where the report names no time.
    pub received: Timestamp,
    /// The trackers that it must still reach.
    pub trackers: Vec<String>,
    /// Whether those given with it are delivered only with it, the first time they are tried.
    #[serde(default)]
    pub together: bool,
    /// How often it was tried.
    #[serde(default)]
    pub tries: u32,
    /// Why it still waits, after a try.
    #[serde(default)]
    pub trouble: Option<Trouble>,
    /// How its steps looked in each tracker's ticket right before it was tried.
    #[serde(default)]
    pub looks: BTreeMap<String, Looks>,
    /// The comment that each tracker's ticket is still to get.
    #[serde(default)]
    pub comments: BTreeMap<String, String>,
    /// Where it arrived.
    #[serde(default)]
    pub deliveries: Vec<Delivery>,
}

/// How steps look in a ticket: their boxes and what tells their states.
pub type Looks = BTreeMap<StepId, String>;

/// Why a report waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Why, on one line.
    pub why: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether the tickets were read and have no place for it; waiting alone does not mend that.
    pub refused: bool,
}

/// A report that is in a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The tracker.
    pub tracker: String,
    /// The run.
    pub run: RunKey,
    /// Where a person finds the ticket.
    pub ticket: String,
    /// Whether the ticket is open.
    pub state: IssueState,
    /// What it changed.
    pub reported: Vec<Reported>,
    /// How many required steps need nothing more.
    pub settled: usize,
    /// How many steps are required.
    pub required: usize,
    /// The next step: number and text.
    pub next: Option<String>,
    /// What is worth telling.
    #[serde(default)]
    pub notices: Vec<String>,
}

impl Entry {
    /// Returns a report that is to reach these trackers.
    pub fn new(
        report: Report,
        user: Option<String>,
        received: Timestamp,
        trackers: Vec<String>,
    ) -> Self {
        Self {
            id: 0,
            batch: 0,
            report,
            user,
            received,
            trackers,
            together: false,
            tries: 0,
            trouble: None,
            looks: BTreeMap::new(),
            comments: BTreeMap::new(),
            deliveries: Vec::new(),
        }
    }

    /// Tells whether it arrived wherever it should.
    pub fn is_settled(&self) -> bool {
        self.trackers.is_empty()
    }

    /// Returns who reported, when and with what, as far as the report says it.
    pub fn said(&self) -> Evidence {
        let report = self.report.clone();
        Evidence {
            by: report.by,
            at: report.at,
            note: report.note,
            link: report.link,
        }
    }

    /// Returns who reported, when and with what, as far as can be told.
    pub fn assumed(&self) -> Evidence {
        let said = self.said();
        Evidence {
            by: said.by.or_else(|| self.user.clone()),
            at: said.at.or(Some(self.received)),
            ..said
        }
    }
}

impl State {
    /// Takes in reports that were given together, and returns their ids; they are on the disk then.
    ///
    /// # Errors
    /// Where they cannot be written; none is taken in then.
    pub fn add(&mut self, entries: &[Entry]) -> Result<Vec<i64>, StateError> {
        self.patiently(|db| insert(db, entries))
    }

    /// Returns the reports that wait, oldest first.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn waiting(&mut self) -> Result<Vec<Entry>, StateError> {
        self.select("settled = 0", &[])
    }

    /// Returns the reports with these ids, as they stand now, oldest first.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn entries(&mut self, ids: &[i64]) -> Result<Vec<Entry>, StateError> {
        let ids = serde_json::to_string(ids).unwrap_or_default();
        self.select("id IN (SELECT value FROM json_each(?1))", &[ids.into()])
    }

    fn select(&mut self, which: &str, values: &[Value]) -> Result<Vec<Entry>, StateError> {
        let rows = self.patiently(|db| rows(db, which, values))?;
        let read = |(id, batch, text): (i64, i64, String)| {
            let entry: Entry = serde_json::from_str(&text).map_err(|why| StateError::Damaged {
                path: self.place().to_owned(),
                why: format!("report {id} cannot be read: {why}"),
            })?;
            Ok(Entry { id, batch, ..entry })
        };
        rows.into_iter().map(read).collect()
    }

    /// Writes down what became of reports.
    ///
    /// # Errors
    /// Where it cannot be written; nothing is then.
    pub fn save<'a>(
        &mut self,
        entries: impl IntoIterator<Item = &'a Entry>,
    ) -> Result<(), StateError> {
        let entries: Vec<&Entry> = entries.into_iter().collect();
        self.patiently(|db| update(db, &entries))
    }

    /// Takes reports out, and returns how many there were.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn remove(&mut self, ids: &[i64]) -> Result<usize, StateError> {
        let ids = serde_json::to_string(ids).unwrap_or_default();
        self.patiently(|db| {
            db.execute(
                "DELETE FROM reports WHERE settled = 0 AND id IN (SELECT value FROM json_each(?1))",
                [&ids],
            )
        })
    }
}

fn insert(db: &mut Connection, entries: &[Entry]) -> rusqlite::Result<Vec<i64>> {
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut ids: Vec<i64> = Vec::new();
    for entry in entries {
        change.execute(
            "INSERT INTO reports (batch, entry) VALUES (?1, ?2)",
            params![ids.first().unwrap_or(&0), json(entry)?],
        )?;
        let id = change.last_insert_rowid();
        if ids.is_empty() {
            change.execute("UPDATE reports SET batch = id WHERE id = ?1", [id])?;
        }
        ids.push(id);
    }
    if let Some(last) = ids.last() {
        let old = last - KEPT;
        change.execute("DELETE FROM reports WHERE settled = 1 AND id <= ?1", [old])?;
    }
    change.commit()?;
    Ok(ids)
}

fn update(db: &mut Connection, entries: &[&Entry]) -> rusqlite::Result<()> {
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for entry in entries {
        change.execute(
            "UPDATE reports SET entry = ?2, settled = ?3 WHERE id = ?1",
            params![entry.id, json(entry)?, entry.is_settled()],
        )?;
    }
    change.commit()
}

fn rows(
    db: &Connection,
    which: &str,
    values: &[Value],
) -> rusqlite::Result<Vec<(i64, i64, String)>> {
    let mut found = db.prepare(&format!(
        "SELECT id, batch, entry FROM reports WHERE {which} ORDER BY id"
    ))?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    found
        .query_map(rusqlite::params_from_iter(values), read)?
        .collect()
}

fn json(entry: &Entry) -> rusqlite::Result<String> {
    let written = serde_json::to_string(entry);
    written.map_err(|why| rusqlite::Error::ToSqlConversionFailure(why.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::line::parse;

    fn entry(step: &str) -> Entry {
        let line = format!(r#"{{"run":"up/1","step":"{step}","state":"done"}}"#);
        let at = "2026-01-01T09:00:00Z".parse().unwrap();
        Entry::new(parse(&line).unwrap(), None, at, vec!["tickets".to_owned()])
    }

    fn steps(entries: &[Entry]) -> Vec<&str> {
        let steps = entries.iter().map(|entry| entry.report.step.as_str());
        steps.collect()
    }

    #[test]
    fn reports_wait_in_the_order_they_came_until_they_are_settled() {
        let mut state = State::in_memory().unwrap();
        let first = state.add(&[entry("a"), entry("b")]).unwrap();
        let second = state.add(&[entry("c")]).unwrap();
        let mut waiting = state.waiting().unwrap();
        assert_eq!(steps(&waiting), ["a", "b", "c"]);
        let batches: Vec<i64> = waiting.iter().map(|entry| entry.batch).collect();
        assert_eq!(batches, [first[0], first[0], second[0]]);

        waiting[1].trackers.clear();
        waiting[0].tries = 1;
        state.save(&waiting[..2]).unwrap();
        assert_eq!(steps(&state.waiting().unwrap()), ["a", "c"]);
        let now = state.entries(&first).unwrap();
        assert_eq!((now[0].tries, now[1].is_settled()), (1, true));

        // What arrived cannot be taken back, and a number is never given twice.
        assert_eq!(state.remove(&[first[1], second[0]]).unwrap(), 1);
        assert!(state.add(&[entry("d")]).unwrap()[0] > second[0]);
    }
}
