//! What an issue shows of its ticket: a description, and beside it the text of a checklist app where the config names
//! a field for one.

use serde_json::Value;

use super::checklist::apart::Apart;
use super::checklist::{self, Column, text_of, value_of};
use super::held::{Held, HeldList};
use super::tie::shown_hash;
use super::{adf, wiki};
use crate::config::{ChecklistApp, JiraFlavor};

/// More lines than a description has.
const TEXT_LINES: usize = 1 << 16;

/// What an issue shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Page {
    /// Its description: a string is wiki markup, anything else a document.
    pub(super) description: Value,
    /// The value of the field for checklists, and whose they are.
    pub(super) checklist: Option<(ChecklistApp, Value)>,
}

impl Page {
    /// Returns what `body` is shown as, and what is held beside it; `before` is what is there now.
    pub(super) fn write(
        flavor: JiraFlavor,
        column: Option<&Column>,
        body: &str,
        before: Option<(&Self, &Held)>,
    ) -> (Self, Held) {
        let Some(column) = column else {
            let held = before.map(|(page, held)| (page, held.beside_description()));
            let before = held.as_ref().map(|(page, held)| (&page.description, held));
            let (description, held) = described(flavor, body, before);
            let page = Self {
                description,
                checklist: None,
            };
            return (page, held);
        };
        let apart = Apart::of(body);
        let held = before.map(|(page, held)| (page, held.beside_description()));
        let before_text = held.as_ref().map(|(page, held)| (&page.description, held));
        let (description, held) = described(flavor, &apart.rest(), before_text);
        let value = listed(column, &apart.steps(), before);
        let list = HeldList {
            app: column.app,
            shown: shown_hash(&text_of(&value)),
        };
        let page = Self {
            description,
            checklist: Some((column.app, value)),
        };
        let held = Held {
            body: body.to_owned(),
            list: Some(list),
            ..held
        };
        (page, held)
    }

    /// Returns the body that it shows.
    pub(super) fn read(&self, held: &Held) -> String {
        let apart = Apart::of(match held.list {
            Some(_) => &held.body,
            None => "",
        });
        let rest = read_description(&self.description, &held.beside_description());
        let steps = apart.steps();
        let steps = match (&self.checklist, &held.list) {
            (None, _) => steps,
            (Some((_, value)), Some(list)) if list.shown == shown_hash(&text_of(value)) => steps,
            (Some((app, value)), list) => {
                let app = list.as_ref().map_or(*app, |list| list.app);
                checklist::read(app, &text_of(value), &steps)
            }
        };
        apart.join(&rest, &steps)
    }

    /// Tells whether it is, to the letter, what was written with what is held; of a document, nobody can tell.
    pub(super) fn is_as_written(&self, held: &Held) -> bool {
        let text = self.description.as_str().unwrap_or_default();
        let list = match (&self.checklist, &held.list) {
            (Some((_, value)), Some(list)) => list.shown == shown_hash(&text_of(value)),
            (_, list) => list.is_none(),
        };
        list && shown_hash(text) == held.shown
    }

    /// Returns what it is known by.
    pub(super) fn known_by(&self) -> String {
        let text = self.description.as_str().unwrap_or_default();
        let mut known = shown_hash(text);
        if let Some((_, value)) = &self.checklist {
            known.push_str(&shown_hash(&text_of(value)));
        }
        known
    }

    /// Returns how much it is like what was written with what is held, in lines.
    pub(super) fn likeness(&self, held: &Held) -> usize {
        if self.is_as_written(held) {
            return usize::MAX;
        }
        let text = self.description.as_str().unwrap_or_default();
        let likeness = wiki::likeness(text, &held.beside_description()).min(TEXT_LINES);
        let steps = match (&self.checklist, &held.list) {
            (Some((_, value)), Some(list)) => {
                let steps = Apart::of(&held.body).steps();
                checklist::likeness(list.app, &text_of(value), &steps)
            }
            _ => 0,
        };
        likeness + steps
    }
}

impl Held {
    /// Returns what is held of the description alone.
    fn beside_description(&self) -> Self {
        let mut held = self.clone();
        if held.list.take().is_some() {
            held.body = Apart::of(&self.body).rest();
        }
        held
    }
}

fn described(flavor: JiraFlavor, body: &str, before: Option<(&Value, &Held)>) -> (Value, Held) {
    match flavor {
        JiraFlavor::Cloud => adf::write(body, before),
        JiraFlavor::DataCenter => {
            let before = before.and_then(|(text, held)| Some((text.as_str()?, held)));
            let (text, held) = wiki::write(body, before);
            (text.into(), held)
        }
    }
}

fn read_description(description: &Value, held: &Held) -> String {
    match description {
        Value::Null => String::new(),
        Value::String(text) => wiki::read(text, held),
        document => adf::read(document, held),
    }
}

/// Returns the field's value that shows steps: the one that is there, where it shows them.
fn listed(column: &Column, steps: &str, before: Option<(&Page, &Held)>) -> Value {
    let there = before.and_then(|(page, held)| Some((page.checklist.as_ref()?, held)));
    let Some(((app, value), held)) = there else {
        return value_of(
            &checklist::write(column.app, steps, None),
            column.is_document,
        );
    };
    let app = held.list.as_ref().map_or(*app, |list| list.app);
    if app != column.app {
        return value_of(
            &checklist::write(column.app, steps, None),
            column.is_document,
        );
    }
    let written = match &held.list {
        Some(_) => Apart::of(&held.body).steps(),
        None => String::new(),
    };
    let text = text_of(value);
    let is_same = matches!(&held.list, Some(list) if list.shown == shown_hash(&text));
    if is_same && written == steps {
        return value.clone();
    }
    let shown = checklist::write(column.app, steps, Some((&text, &written)));
    match shown == text {
        true => value.clone(),
        false => value_of(&shown, column.is_document),
    }
}
