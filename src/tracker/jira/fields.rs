//! What a new issue gets besides its text: the config's fields, held against what the project takes before anything
//! is sent.
//!
//! The project's own description of a new issue (create metadata) names each field, its type and its allowed values.
//! A field that is not there, a value of another type and a required field without a value are named together.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::wire::{WireField, WireType};
use super::{JiraError, JiraTracker, check_labels, text};
use crate::body::Body;
use crate::config::JiraFlavor;
use crate::issue::IssueDraft;
use crate::nearest::nearest;
use crate::run::RunKey;
use crate::tracker::request::encode;

/// How many types or fields are asked for at once.
const PAGE: usize = 200;

/// The fields that tickets always have, whatever the config says.
const OURS: [&str; 5] = ["project", "issuetype", "summary", "description", "labels"];

/// What a new issue can have.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    type_id: Option<String>,
    fields: Vec<WireField>,
    /// Whether it is of issues that stand below another one.
    pub(super) is_subtask: bool,
}

/// Which issue is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum New {
    /// A run's ticket.
    Run,
    /// A part of one.
    Part,
}

/// What the lists of types and fields are called: on a server of one's own, and on Cloud now and before.
const LISTS: [&str; 5] = [
    "values",
    "issueTypes",
    "fields",
    "createMetaIssueType",
    "results",
];

impl JiraTracker {
    /// Returns the fields of a new issue but for its description.
    pub(super) fn new_fields(
        &self,
        run: &RunKey,
        draft: &IssueDraft,
    ) -> Result<Map<String, Value>, JiraError> {
        let mut labels = self.new_labels(draft)?;
        labels.extend(self.run_label(run));
        let new = if draft.part_of.is_some() {
            New::Part
        } else {
            New::Run
        };
        let mut wanted = self.wanted(run, draft)?;
        let column = self.column()?;
        let form = match self.form(new) {
            // A site that does not tell judges for itself what it is sent.
            Err(JiraError::Missing { .. } | JiraError::Forbidden { .. }) if wanted.is_empty() => {
                Form::default()
            }
            form => form?,
        };
        if let Some(whole) = draft.part_of.as_ref().filter(|_| form.is_subtask) {
            // What subtasks do not have, the issue above has.
            wanted.retain(|name, _| form.field(name).is_ok());
            wanted.insert("parent".to_owned(), json!(whole.0));
        }
        let mut fields = Map::new();
        let mut put = |key: &str, value: Value| fields.insert(key.to_owned(), value);
        put("project", json!({"key": self.project()}));
        put(
            "issuetype",
            match &form.type_id {
                Some(id) => json!({"id": id}),
                None => json!({"name": self.config.issue_type}),
            },
        );
        put("summary", json!(one_line(&draft.title)));
        put("labels", json!(labels));
        let mut faults = Vec::new();
        for (name, value) in &wanted {
            match form.field(name) {
                Ok(field) => match self.value(field, value)? {
                    Ok(value) => {
                        put(field.id(), value);
                    }
                    Err(fault) => faults.push(fault),
                },
                Err(fault) => faults.push(fault),
            }
        }
        let missing = form.fields.iter().filter(|field| {
            field.required
                && !field.has_default_value
                && !OURS.contains(&field.id())
                && column.as_ref().is_none_or(|column| column.id != field.id())
                && field.id() != "reporter"
                && !fields.contains_key(field.id())
        });
        faults
            .extend(missing.map(|field| format!("`{}` ({}) is required", field.name, field.id())));
        if faults.is_empty() {
            return Ok(fields);
        }
        Err(JiraError::Fields {
            project: self.project().to_owned(),
            issue_type: self.config.issue_type.clone(),
            faults,
        })
    }

    /// Returns the labels of a new issue, with the one that tickets are searched by.
    fn new_labels(&self, draft: &IssueDraft) -> Result<Vec<String>, JiraError> {
        let mut labels = draft.labels.clone();
        if let Some(label) = self.label()
            && !labels.iter().any(|it| it == label)
        {
            labels.insert(0, label.to_owned());
        }
        check_labels(&labels)?;
        Ok(labels)
    }

    /// Returns the fields that the config and the command line ask for, by id or name.
    fn wanted(
        &self,
        run: &RunKey,
        draft: &IssueDraft,
    ) -> Result<BTreeMap<String, Value>, JiraError> {
        let config = &self.config;
        let mut wanted = BTreeMap::new();
        let mut put = |name: &str, value: Value| wanted.insert(name.to_owned(), value);
        if let Some(name) = &config.priority {
            put("priority", json!(name));
        }
        if !config.components.is_empty() {
            put("components", json!(config.components));
        }
        let mut versions = Vec::new();
        if let Some(version) = &config.fix_version {
            versions.push(filled(version, run, &draft.body)?);
        }
        versions.extend(draft.milestone.clone());
        if !versions.is_empty() {
            put("fixVersions", json!(versions));
        }
        if let Some(key) = &config.parent {
            put("parent", json!(key));
        }
        if let Some(name) = draft.assignees.first().or(config.assignee.as_ref()) {
            put("assignee", json!(name));
        }
        for (name, value) in &config.fields {
            let value = match value {
                Value::String(text) => json!(filled(text, run, &draft.body)?),
                value => value.clone(),
            };
            put(name, value);
        }
        if draft.assignees.len() > 1 {
            self.note(format!(
                "an issue of Jira has one assignee: `{}` is left out",
                draft.assignees[1..].join("`, `")
            ));
        }
        Ok(wanted)
    }

    /// Returns what such a new issue can have, read once.
    pub(super) fn form(&self, new: New) -> Result<Form, JiraError> {
        if let Some(form) = self.forms.borrow().get(&new) {
            return Ok(form.clone());
        }
        let doing = format!("read what new issues of {} have", self.project());
        let root = format!("/issue/createmeta/{}/issuetypes", encode(self.project()));
        let types: Vec<WireType> = self.pages(&root, &doing)?;
        let found = self.type_among(&types, new)?;
        let form = Form {
            type_id: Some(found.id.clone()),
            fields: self.pages(&format!("{root}/{}", encode(&found.id)), &doing)?,
            is_subtask: found.subtask,
        };
        self.forms.borrow_mut().insert(new, form.clone());
        Ok(form)
    }

    /// Returns the type of such a new issue: parts are subtasks where the project has any.
    fn type_among<'a>(&self, types: &'a [WireType], new: New) -> Result<&'a WireType, JiraError> {
        let config = &self.config;
        let named = |name: &str| {
            let found = types
                .iter()
                .find(|it| it.name.eq_ignore_ascii_case(name) || it.id == *name);
            found.ok_or_else(|| JiraError::IssueType {
                project: self.project().to_owned(),
                name: name.to_owned(),
                near: nearest(name, types.iter().map(|it| it.name.as_str())).map(str::to_owned),
            })
        };
        if new == New::Run {
            return named(&config.issue_type);
        }
        match (&config.subtask_type, types.iter().find(|it| it.subtask)) {
            (Some(name), _) => named(name),
            (None, Some(subtask)) => Ok(subtask),
            (None, None) if config.subtask_per_phase => named("Sub-task"),
            (None, None) => named(&config.issue_type),
        }
    }

    fn pages<T: DeserializeOwned>(&self, root: &str, doing: &str) -> Result<Vec<T>, JiraError> {
        let mut all = Vec::new();
        loop {
            let path = format!("{root}?startAt={}&maxResults={PAGE}", all.len());
            let page: Value = self.client.read(&path, None, doing)?.value(doing)?;
            let list = LISTS.iter().find_map(|name| page.get(name)?.as_array());
            let list = list.map_or(&[][..], Vec::as_slice);
            let total = page.get("total").and_then(Value::as_u64);
            for one in list {
                all.push(T::deserialize(one).map_err(|why| JiraError::Unexpected {
                    doing: doing.to_owned(),
                    why: why.to_string(),
                })?);
            }
            if list.is_empty() || total.is_none_or(|total| all.len() as u64 >= total) {
                return Ok(all);
            }
        }
    }

    /// Returns a value of the config as a field takes it, or what is wrong with it.
    fn value(&self, field: &WireField, value: &Value) -> Result<Result<Value, String>, JiraError> {
        let schema = &field.schema;
        // What a site's own sort of field takes is known to the site alone.
        if schema.kind == "user" {
            return match value.as_str() {
                Some(name) => Ok(Ok(self.person(name)?)),
                None => Ok(Err(wrong(
                    field,
                    value,
                    "a person's e-mail address or account id",
                ))),
            };
        }
        if schema.kind != "array" {
            return Ok(single(self.config.flavor, field, &schema.kind, value));
        }
        let one = [value.clone()];
        let items = value.as_array().map_or(one.as_slice(), Vec::as_slice);
        let kind = schema.items.as_deref().unwrap_or("string");
        if kind == "user" {
            let people = items
                .iter()
                .map(|item| self.person(item.as_str().unwrap_or_default()));
            return Ok(Ok(Value::Array(people.collect::<Result<_, _>>()?)));
        }
        Ok(items
            .iter()
            .map(|item| single(self.config.flavor, field, kind, item))
            .collect())
    }
}

impl Form {
    /// Returns a form of these fields.
    #[cfg(test)]
    pub(super) fn with(fields: &[Value]) -> Self {
        let read = |field: &Value| -> WireField { serde_json::from_value(field.clone()).unwrap() };
        Self {
            type_id: None,
            fields: fields.iter().map(read).collect(),
            is_subtask: false,
        }
    }

    /// Returns the field of that id or name.
    pub(super) fn field(&self, name: &str) -> Result<&WireField, String> {
        let by_id = self.fields.iter().find(|field| field.id() == name);
        let by_name = || {
            self.fields
                .iter()
                .find(|field| field.name.eq_ignore_ascii_case(name))
        };
        by_id.or_else(by_name).ok_or_else(|| {
            let names = self.fields.iter().map(|field| field.name.as_str());
            match nearest(name, names) {
                Some(near) => format!("there is no field `{name}` (did you mean `{near}`?)"),
                None => format!("there is no field `{name}`"),
            }
        })
    }
}

/// Returns one value as a field of that kind takes it, or what is wrong with it.
fn single(
    flavor: JiraFlavor,
    field: &WireField,
    kind: &str,
    value: &Value,
) -> Result<Value, String> {
    let Some(words) = words(value) else {
        return Err(wrong(field, value, "a single value"));
    };
    match kind {
        "string" if field.is_long() => Ok(text::plain(flavor, &words)),
        "string" => Ok(json!(words)),
        "number" => match value {
            Value::Number(_) => Ok(value.clone()),
            _ => words
                .parse::<f64>()
                .map(|number| json!(number))
                .map_err(|_| wrong(field, value, "a number")),
        },
        "date" => match words.parse::<jiff::civil::Date>() {
            Ok(date) => Ok(json!(date.to_string())),
            Err(_) => Err(wrong(field, value, "a date like 2026-03-01")),
        },
        "datetime" => match words.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(json!(
                time.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string()
            )),
            Err(_) => Err(wrong(field, value, "a time like 2026-03-01T09:00:00Z")),
        },
        "issuelink" => Ok(json!({"key": words})),
        "option" => allowed(field, &words, "value"),
        // Priorities, components, versions, groups, projects: things with names.
        "priority" | "component" | "version" | "group" | "resolution" | "securitylevel" => {
            allowed(field, &words, "name")
        }
        "project" => Ok(json!({"key": words})),
        // A kind of field that this program does not know: the site judges.
        _ => Ok(value.clone()),
    }
}

/// Returns a thing by its name, which has to be among those that the field takes where it names them.
fn allowed(field: &WireField, words: &str, member: &str) -> Result<Value, String> {
    let Some(known) = field.allowed_values.as_ref().filter(|it| !it.is_empty()) else {
        return Ok(json!({member: words}));
    };
    let names = |it: &Value| {
        let named = ["value", "name"]
            .iter()
            .find_map(|key| it.get(key)?.as_str());
        named.unwrap_or_default().to_owned()
    };
    let found = known
        .iter()
        .find(|it| names(it).eq_ignore_ascii_case(words));
    if let Some(found) = found {
        return Ok(match found.get("id") {
            Some(id) => json!({"id": id}),
            None => json!({member: names(found)}),
        });
    }
    let names: Vec<String> = known.iter().map(names).collect();
    Err(match nearest(words, names.iter().map(String::as_str)) {
        Some(near) => format!(
            "`{}` has no value `{words}` (did you mean `{near}`?)",
            field.name
        ),
        None => format!(
            "`{}` has no value `{words}`, only `{}`",
            field.name,
            names.join("`, `")
        ),
    })
}

fn wrong(field: &WireField, value: &Value, wanted: &str) -> String {
    format!(
        "`{}` ({}) takes {wanted}, not {value}",
        field.name,
        field.id()
    )
}

/// Returns a single value's text.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Returns a title as Jira takes it: on one line, of at most 255 characters.
pub(super) fn one_line(title: &str) -> String {
    let line = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 255 {
        return line;
    }
    let short: String = line.chars().take(254).collect();
    format!("{}…", short.trim_end())
}

/// Returns the run that a key names, or names a part of.
pub(super) fn whole(run: &RunKey) -> RunKey {
    run.as_part().map_or_else(|| run.clone(), |(run, _)| run)
}

/// Returns a text of the config with the run's values in it: `{run}`, `{procedure}`, and variables by name.
pub(super) fn filled(text: &str, run: &RunKey, body: &str) -> Result<String, JiraError> {
    let run = &whole(run);
    let values = Body::read(body).ticket.map(|(marker, _)| marker.variables);
    let values = values.unwrap_or_default();
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        let variant = run.variant.to_string();
        let value = match name {
            "run" => Some(&run.name),
            "procedure" => Some(&run.procedure),
            "variant" => Some(&variant),
            name => values.get(name),
        };
        let Some(value) = value else {
            return Err(JiraError::Placeholder {
                text: text.to_owned(),
                name: name.to_owned(),
            });
        };
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(json: Value) -> WireField {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn values_are_held_against_what_a_field_takes() {
        let number = field(
            json!({"fieldId": "customfield_1", "name": "Points", "schema": {"type": "number"}}),
        );
        assert_eq!(
            single(JiraFlavor::Cloud, &number, "number", &json!(3)),
            Ok(json!(3))
        );
        assert_eq!(
            single(JiraFlavor::Cloud, &number, "number", &json!("many")),
            Err("`Points` (customfield_1) takes a number, not \"many\"".to_owned())
        );
        let option = field(
            json!({"fieldId": "customfield_2", "name": "Team", "schema": {"type": "option"},
            "allowedValues": [{"id": "7", "value": "Harbour"}, {"id": "8", "value": "Crane"}]}),
        );
        assert_eq!(
            single(JiraFlavor::Cloud, &option, "option", &json!("harbour")),
            Ok(json!({"id": "7"}))
        );
        assert_eq!(
            single(JiraFlavor::Cloud, &option, "option", &json!("Harbor")),
            Err("`Team` has no value `Harbor` (did you mean `Harbour`?)".to_owned())
        );
        let date =
            field(json!({"fieldId": "duedate", "name": "Due date", "schema": {"type": "date"}}));
        assert!(single(JiraFlavor::Cloud, &date, "date", &json!("2026-13-01")).is_err());
        assert_eq!(
            single(JiraFlavor::Cloud, &date, "date", &json!("2026-03-01")),
            Ok(json!("2026-03-01"))
        );
    }

    #[test]
    fn a_text_is_filled_with_what_the_run_was_given() {
        let run: RunKey = "upgrade@site=summit/2.3".parse().unwrap();
        assert_eq!(
            filled("v{run} of {procedure}", &run, "").unwrap(),
            "v2.3 of upgrade"
        );
        let why = filled("v{version}", &run, "").unwrap_err().to_string();
        assert_eq!(
            why,
            "`v{version}` in the config: there is no value for `version`"
        );
    }

    #[test]
    fn a_title_is_one_line_of_a_length_that_jira_takes() {
        assert_eq!(one_line(" a\n b "), "a b");
        assert_eq!(one_line(&"ab ".repeat(200)).chars().count(), 255);
    }
}
