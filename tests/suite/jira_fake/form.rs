//! What a new issue of the fake's project may have, and what is refused in one.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::document;

/// The issue types: id, name.
pub(super) const TYPES: [(&str, &str); 3] =
    [("10001", "Task"), ("10002", "Bug"), (SUBTASK, "Sub-task")];
/// The one whose issues stand below another.
pub(super) const SUBTASK: &str = "10003";

/// Returns the fields of a new issue as create metadata describes them.
pub(super) fn fields(required: &[&str]) -> Vec<Value> {
    let field = |id: &str, name: &str, schema: Value| {
        json!({
            "fieldId": id, "key": id, "name": name, "schema": schema, "operations": ["set"],
            "required": required.contains(&id), "hasDefaultValue": false,
        })
    };
    let system = |kind: &str, id: &str| json!({"type": kind, "system": id});
    let list = |items: &str, id: &str| json!({"type": "array", "items": items, "system": id});
    let custom = |kind: &str, sort: &str, id: u32| {
        let sort = format!("com.atlassian.jira.plugin.system.customfieldtypes:{sort}");
        json!({"type": kind, "custom": sort, "customId": id})
    };
    let mut fields = vec![
        field("summary", "Summary", system("string", "summary")),
        field("issuetype", "Issue Type", system("issuetype", "issuetype")),
        field("project", "Project", system("project", "project")),
        field(
            "description",
            "Description",
            system("string", "description"),
        ),
        field("labels", "Labels", list("string", "labels")),
        field("reporter", "Reporter", system("user", "reporter")),
        field("priority", "Priority", system("priority", "priority")),
        field("components", "Components", list("component", "components")),
        field(
            "fixVersions",
            "Fix versions",
            list("version", "fixVersions"),
        ),
        field("assignee", "Assignee", system("user", "assignee")),
        field("parent", "Parent", system("issuelink", "parent")),
        field("duedate", "Due date", system("date", "duedate")),
        field(
            "customfield_10010",
            "Team",
            custom("option", "select", 10_010),
        ),
        field(
            "customfield_10011",
            "Crew size",
            custom("number", "float", 10_011),
        ),
        field(
            "customfield_10012",
            "Risks",
            custom("string", "textarea", 10_012),
        ),
        field(
            "customfield_10020",
            "Checklist Text",
            custom("string", "textarea", 10_020),
        ),
        field(
            "customfield_10021",
            "Checklists",
            json!({"type": "string", "custom": "com.railsware.checklist:checklists", "customId": 10_021}),
        ),
    ];
    let allow = |values: &[(&str, &str)], member: &str| -> Value {
        values
            .iter()
            .map(|(id, name)| json!({"id": id, member: name}))
            .collect()
    };
    for field in &mut fields {
        let id = field["fieldId"].as_str().unwrap_or_default().to_owned();
        match id.as_str() {
            "summary" | "issuetype" | "project" => field["required"] = json!(true),
            "reporter" => {
                field["required"] = json!(true);
                field["hasDefaultValue"] = json!(true);
            }
            "priority" => field["allowedValues"] = allow(&[("1", "High"), ("3", "Medium")], "name"),
            "components" => {
                field["allowedValues"] = allow(&[("100", "Harbour"), ("101", "Crane")], "name")
            }
            "fixVersions" => {
                field["allowedValues"] = allow(&[("200", "2.3"), ("201", "2.4")], "name")
            }
            "customfield_10010" => {
                field["allowedValues"] = allow(&[("7", "Night"), ("8", "Day")], "value")
            }
            _ => {}
        }
    }
    fields
}

/// Returns what is wrong with the fields of a request, by field.
pub(super) fn faults(
    sent: &Map<String, Value>,
    required: &[&str],
    is_new: bool,
    is_server: bool,
) -> BTreeMap<String, String> {
    let known = fields(required);
    let mut faults = BTreeMap::new();
    for (id, value) in sent {
        let fault = match known.iter().find(|field| field["fieldId"] == id.as_str()) {
            None => Some(format!(
                "Field '{id}' cannot be set. It is not on the appropriate screen, or unknown."
            )),
            Some(field) => value_fault(field, value, is_server),
        };
        faults.extend(fault.map(|fault| (id.clone(), fault)));
    }
    if is_new {
        for field in known {
            let id = field["fieldId"].as_str().unwrap_or_default();
            if field["required"] == true
                && field["hasDefaultValue"] == false
                && !sent.contains_key(id)
            {
                let fault = format!(
                    "{} is required.",
                    field["name"].as_str().unwrap_or_default()
                );
                faults.insert(id.to_owned(), fault);
            }
        }
    }
    faults
}

/// Returns what is wrong with a text: a document on Cloud, wiki markup on a server of one's own.
pub(super) fn text_fault(value: &Value, is_server: bool) -> Option<String> {
    if !is_server {
        return document::fault(value);
    }
    match value.as_str() {
        None => Some("Operation value must be a string".to_owned()),
        Some(text) if text.chars().count() > 32_767 => Some(
            "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
                .to_owned(),
        ),
        Some(_) => None,
    }
}

fn value_fault(field: &Value, value: &Value, is_server: bool) -> Option<String> {
    let schema = &field["schema"];
    let is_text = |it: &Value| it.as_str().is_some_and(|it| !it.is_empty());
    match (field["fieldId"].as_str()?, schema["type"].as_str()?) {
        ("summary", _) => {
            let text = value.as_str().unwrap_or_default();
            let is_right = !text.is_empty() && !text.contains('\n') && text.chars().count() <= 255;
            (!is_right).then(|| {
                "The summary is invalid because it is empty, too long or on several lines."
                    .to_owned()
            })
        }
        ("customfield_10020" | "customfield_10021", _) if value.is_null() => None,
        ("description" | "customfield_10012" | "customfield_10020", _) => {
            text_fault(value, is_server)
        }
        ("customfield_10021", _) => text_fault(value, true),
        ("labels", _) => {
            let labels = value.as_array()?;
            let wrong = labels
                .iter()
                .find(|it| !is_text(it) || it.as_str().is_some_and(|it| it.contains(' ')))?;
            Some(format!(
                "The label '{wrong}' contains spaces which is invalid."
            ))
        }
        ("issuetype", _) => {
            let is_known = TYPES
                .iter()
                .any(|(id, name)| value["id"] == *id || value["name"] == *name);
            (!is_known).then(|| "Specify a valid issue type".to_owned())
        }
        ("project", _) => (value["key"] != "OPS").then(|| "valid project is required".to_owned()),
        (_, "user") => {
            let id = if is_server { "name" } else { "accountId" };
            (!is_text(&value[id])).then(|| "Specify a valid 'accountId'".to_owned())
        }
        (_, "number") => {
            (!value.is_number()).then(|| "Operation value must be a number".to_owned())
        }
        (_, "issuelink") => {
            (!is_text(&value["key"])).then(|| "Could not find issue by id or key.".to_owned())
        }
        (_, "date") => (!is_text(value)).then(|| "Error parsing date".to_owned()),
        (_, "array") => value
            .as_array()?
            .iter()
            .find_map(|it| choice_fault(field, it)),
        _ => choice_fault(field, value),
    }
}

fn choice_fault(field: &Value, value: &Value) -> Option<String> {
    let known = field["allowedValues"].as_array()?;
    let same = |key: &str, it: &Value| !value[key].is_null() && value[key] == it[key];
    let is_known = known
        .iter()
        .any(|it| ["id", "name", "value"].iter().any(|key| same(key, it)));
    (!is_known).then(|| format!("Option value '{value}' is not valid"))
}
