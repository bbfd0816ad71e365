//! Changes to an issue that is there, so that nobody's words are lost and nothing is done twice.
//!
//! Jira knows no "write only where it is as I read it": the last write wins. So the issue is read right before it is
//! written, and the window in which a person's edit can be lost is one round trip. Only fields that change are sent,
//! the description together with what is held beside it; where they take a request each, one in each round. An answer without content says nothing: the issue is read
//! again, and where it is not as it should be, the change is worked out anew.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::checklist::Column;
use super::client::{Sent, Target};
use super::kept::{Kept, is_started};
use super::page::Page;
use super::wire::WireIssue;
use super::{ATTEMPTS, JiraError, JiraTracker, PROPERTY, check_labels, text};
use crate::body::Body;
use crate::config::JiraFlavor;
use crate::issue::{Issue, IssuePatch};
use crate::tracker::Updated;

/// What is to be written to an issue, in Jira's words.
#[derive(Debug, Default)]
struct Change {
    fields: Map<String, Value>,
    kept: Option<Kept>,
}

impl JiraTracker {
    /// Writes what `change` returns for the issue as it stands now.
    pub(super) fn edit(
        &self,
        key: &str,
        change: &mut dyn FnMut(&Issue) -> IssuePatch,
    ) -> Result<Updated, JiraError> {
        let doing = format!("edit {key}");
        let mut last = String::new();
        let mut written = false;
        // What a write that may have arrived was to lead to.
        let mut sought = IssuePatch::default();
        for tries in 1..=ATTEMPTS {
            let found = self.read_issue(key)?;
            let kept = found.kept();
            if let Some(why) = kept.fault {
                return Err(JiraError::Damaged {
                    issue: found.key,
                    why,
                });
            }
            if tries == 1
                && let Some(run) = &kept.run
            {
                self.settle(run)?;
            }
            let issue = self.issue(&found);
            let mut patch = self.keep_label(change(&issue));
            if sought.body.as_ref() == Some(&issue.body) {
                // Whoever looks at what we wrote finds nothing new in it; the issue has still to be closed or opened.
                patch.state = patch.state.or(sought.state);
            }
            let todo = self.todo(&found, &issue, &patch)?;
            if todo.is_empty() {
                return self.move_on(found, &patch, written);
            }
            if patch.body.as_ref().is_some_and(|it| *it != issue.body) {
                sought = patch.clone();
            }
            let (path, request) = todo.request(&found.key)?;
            let target = Target::Issue(&found.key);
            match self
                .client
                .write(&Method::PUT, &path, target, &request, &doing, tries)?
            {
                Sent::Done(_) => {
                    self.wrote(&found);
                    let now = self.read_issue(key)?;
                    written = true;
                    if todo.is_done(&now) {
                        if self.config.flavor == JiraFlavor::DataCenter {
                            // There may be a next write.
                            continue;
                        }
                        return self.move_on(now, &patch, written);
                    }
                    last = "Jira shows something else than it was sent".to_owned();
                    self.client.pause(tries, &last, &doing)?;
                }
                Sent::NotDone(why) => last = why,
                Sent::Unknown(why) => {
                    self.wrote(&found);
                    self.client.pause(tries, &why, &doing)?;
                    // Where it arrived, the next look finds nothing left to do.
                    written = true;
                    last = why;
                }
            }
        }
        Err(JiraError::Contended {
            issue: key.to_owned(),
            attempts: ATTEMPTS,
            why: last,
        })
    }

    /// Moves an issue whose fields are as they should be through the workflow.
    fn move_on(
        &self,
        found: WireIssue,
        patch: &IssuePatch,
        written: bool,
    ) -> Result<Updated, JiraError> {
        let before = (found.status().to_owned(), found.state());
        let mut found = found;
        if let Some(state) = patch.state
            && state != found.state()
        {
            found = self.move_to(found, state)?;
        }
        found = self.follow(found)?;
        let moved = before != (found.status().to_owned(), found.state());
        Ok(Updated {
            issue: self.issue(&found),
            written: written || moved,
        })
    }

    /// Returns what a patch changes in an issue.
    fn todo(
        &self,
        found: &WireIssue,
        issue: &Issue,
        patch: &IssuePatch,
    ) -> Result<Change, JiraError> {
        let mut todo = Change::default();
        if let Some(title) = patch.title.as_ref().filter(|it| **it != issue.title) {
            todo.fields.insert("summary".to_owned(), json!(title));
        }
        let labels = patch.labels.as_ref();
        if let Some(labels) = labels.filter(|it| !same_labels(it, &issue.labels)) {
            check_labels(labels)?;
            todo.fields.insert("labels".to_owned(), json!(labels));
        }
        let Some(body) = patch.body.as_ref().filter(|it| **it != issue.body) else {
            let kept = found.kept();
            if kept != found.stored() {
                // The description is there by now: nothing has to be held for the one before.
                todo.kept = Some(kept);
                self.part(&mut todo);
            }
            return Ok(todo);
        };
        let before = found.kept();
        let (column, page) = (self.column()?, found.page());
        let (shown, held) = text::write(
            self.config.flavor,
            column.as_ref(),
            body,
            Some((&page, &before.held)),
        )?;
        let fields = changed(column.as_ref(), &page, shown);
        let kept = Kept {
            run: Body::read(body)
                .run()
                .cloned()
                .or_else(|| before.run.clone()),
            // Where every step is open again, the next one starts the run anew.
            started: before.started && is_started(body),
            held,
            fault: None,
            ..Kept::default()
        };
        match self.config.flavor {
            JiraFlavor::DataCenter if !fields.is_empty() => {
                let staged = before.staged(kept.clone(), &page);
                // Where both are too long, the new one has to do.
                let staged = match text::property(&staged) {
                    Ok(_) => staged,
                    Err(_) => kept,
                };
                if found.stored() == staged {
                    todo.fields.extend(fields);
                } else {
                    // What is held goes first; the description follows when a read shows it.
                    todo.fields.clear();
                    todo.kept = Some(staged);
                }
            }
            _ => {
                todo.fields.extend(fields);
                todo.kept = (kept != found.stored()).then_some(kept);
                self.part(&mut todo);
            }
        }
        Ok(todo)
    }

    /// Leaves what cannot be written in one request for the next: a server of one's own takes no property with fields.
    fn part(&self, todo: &mut Change) {
        if self.config.flavor == JiraFlavor::DataCenter && !todo.fields.is_empty() {
            todo.kept = None;
        }
    }

    /// Returns the patch with the label that tickets are searched by among its labels.
    fn keep_label(&self, mut patch: IssuePatch) -> IssuePatch {
        if let (Some(labels), Some(label)) = (&mut patch.labels, self.label())
            && !labels.iter().any(|it| it == label)
        {
            labels.insert(0, label.to_owned());
        }
        patch
    }

    /// Keeps that an issue was written, for the next search.
    pub(super) fn wrote(&self, issue: &WireIssue) {
        let mut store = self.store.borrow_mut();
        store.wrote(issue.number(), self.client.now());
        store.save(self.client.now());
    }
}

impl Change {
    fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.kept.is_none()
    }

    /// Returns what is sent, and where to: an edit has fields, so a property alone goes by its own address.
    fn request(&self, key: &str) -> Result<(String, Value), JiraError> {
        let kept = self.kept.as_ref().map(text::property).transpose()?;
        let path = format!("/issue/{key}");
        Ok(match kept {
            Some(kept) if self.fields.is_empty() => (format!("{path}/properties/{PROPERTY}"), kept),
            Some(kept) => (
                path,
                json!({"fields": self.fields, "properties": text::properties(&kept)}),
            ),
            None => (path, json!({"fields": self.fields})),
        })
    }

    /// Tells whether an issue is as it was to become. Jira may put a description in its own order of members, so it
    /// is compared by what it shows.
    fn is_done(&self, found: &WireIssue) -> bool {
        let held = found.kept().held;
        let (now, mut sent) = (found.page(), found.page());
        for (field, value) in &self.fields {
            match (field.as_str(), &mut sent.checklist) {
                ("description", _) => sent.description = value.clone(),
                ("summary" | "labels", _) | (_, None) => {}
                (_, Some((_, list))) => *list = value.clone(),
            }
        }
        self.fields
            .iter()
            .all(|(field, sent)| match field.as_str() {
                "summary" => sent.as_str().map(str::trim) == Some(found.title().trim()),
                // Labels come back in an order of their own.
                _ => true,
            })
            && sent.read(&held) == now.read(&held)
            && self
                .kept
                .as_ref()
                .is_none_or(|kept| *kept == found.stored())
    }
}

/// Returns the fields that show something else now.
fn changed(column: Option<&Column>, found: &Page, shown: Page) -> Map<String, Value> {
    let mut fields = Map::new();
    if shown.description != found.description {
        fields.insert("description".to_owned(), shown.description);
    }
    if let (Some(column), Some((_, value))) = (column, shown.checklist)
        && found.checklist.as_ref().is_none_or(|(_, it)| *it != value)
    {
        fields.insert(column.id.clone(), value);
    }
    fields
}

fn same_labels(a: &[String], b: &[String]) -> bool {
    let sorted = |labels: &[String]| {
        let mut labels = labels.to_vec();
        labels.sort();
        labels
    };
    sorted(a) == sorted(b)
}
