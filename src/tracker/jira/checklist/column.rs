//! The custom field that a checklist app shares with others.
//!
//! It is looked up by name or id among the fields of a new issue, and has to take text of several lines. On Cloud, such
//! a field of Jira's own (`textarea`) takes a document, with a paragraph for each line of the app's text; a field that
//! an app brought with it takes a string, as all do on a server of one's own.

use serde_json::{Value, json};

use crate::config::ChecklistApp;
use crate::tracker::jira::adf::node::{block, content, kind, marks, said, text};
use crate::tracker::jira::fields::{Form, New};
use crate::tracker::jira::{JiraError, JiraTracker};

/// The field that holds a project's checklists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tracker::jira) struct Column {
    pub(in crate::tracker::jira) app: ChecklistApp,
    /// What it is called in requests.
    pub(in crate::tracker::jira) id: String,
    /// Whether it takes a document.
    pub(in crate::tracker::jira) is_document: bool,
}

impl JiraTracker {
    /// Returns the field that the config names for checklists, looked up once.
    pub(in crate::tracker::jira) fn column(&self) -> Result<Option<Column>, JiraError> {
        let Some(config) = &self.config.checklist else {
            return Ok(None);
        };
        if let Some(column) = self.column.borrow().as_ref() {
            return Ok(Some(column.clone()));
        }
        let form = self.form(New::Run)?;
        let column =
            column(&form, config.app, &config.field, self.is_cloud()).map_err(|fault| {
                JiraError::Fields {
                    project: self.project().to_owned(),
                    issue_type: self.config.issue_type.clone(),
                    faults: vec![fault],
                }
            })?;
        *self.column.borrow_mut() = Some(column.clone());
        Ok(Some(column))
    }
}

fn column(form: &Form, app: ChecklistApp, name: &str, is_cloud: bool) -> Result<Column, String> {
    let field = form.field(name)?;
    let sort = field.schema.custom.as_deref().unwrap_or_default();
    let wrong = |wanted: &str| Err(format!("`{}` ({}) {wanted}", field.name, field.id()));
    if field.schema.kind != "string" {
        return wrong(&format!(
            "takes {}, and a checklist needs a field that takes text",
            match field.schema.kind.as_str() {
                "" => "no text",
                kind => kind,
            }
        ));
    }
    if sort.is_empty() {
        return wrong("is no custom field, and a checklist needs one");
    }
    if sort.ends_with(":textfield") {
        return wrong("takes one line of text, and a checklist needs a field that takes several");
    }
    Ok(Column {
        app,
        id: field.id().to_owned(),
        is_document: is_cloud && field.is_long(),
    })
}

/// Returns the field's value that shows a text.
pub(in crate::tracker::jira) fn value_of(shown: &str, is_document: bool) -> Value {
    if shown.is_empty() {
        return Value::Null;
    }
    if !is_document {
        return Value::from(shown);
    }
    let paragraph = |line: &str| {
        let words = match line.is_empty() {
            true => Vec::new(),
            false => vec![text(line, &[])],
        };
        block("paragraph", words)
    };
    let lines: Vec<Value> = shown.lines().map(paragraph).collect();
    json!({"type": "doc", "version": 1, "content": lines})
}

/// Returns the text that the field's value shows, whichever of Jira's editors made what it is.
pub(in crate::tracker::jira) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        document => {
            let mut lines = Vec::new();
            push_lines(document, "", &mut lines);
            lines.join("\n")
        }
    }
}

/// Adds the lines that a node is; Jira makes lists of lines that start with `*` or `#`.
fn push_lines(node: &Value, sign: &str, lines: &mut Vec<String>) {
    let words = |node: &Value| content(node).iter().map(marked).collect::<String>();
    match kind(node) {
        "paragraph" => {
            let said = words(node);
            for (at, line) in said.split('\n').enumerate() {
                lines.push(if at == 0 {
                    format!("{sign}{line}")
                } else {
                    line.to_owned()
                });
            }
        }
        "heading" => {
            let level = node["attrs"]["level"].as_u64().unwrap_or(1).clamp(1, 6);
            lines.push(format!("{} {}", "#".repeat(level as usize), words(node)));
        }
        "codeBlock" => lines.extend(words(node).lines().map(str::to_owned)),
        "rule" => lines.push("----".to_owned()),
        "taskItem" => {
            let sign = if node["attrs"]["state"] == "DONE" {
                "[x]"
            } else {
                "[ ]"
            };
            lines.push(format!("* {sign} {}", words(node)));
        }
        "listItem" => {
            for (at, child) in content(node).iter().enumerate() {
                push_lines(child, if at == 0 { sign } else { "" }, lines);
            }
        }
        holder => {
            let sign = match holder {
                "bulletList" => "* ",
                "orderedList" => "# ",
                "blockquote" => "> ",
                _ => "",
            };
            for child in content(node) {
                push_lines(child, sign, lines);
            }
        }
    }
}

/// Returns what a node within a line says, with its marks as the apps write them; text without marks is theirs.
fn marked(node: &Value) -> String {
    if kind(node) == "hardBreak" {
        return "\n".to_owned();
    }
    let mut text = said(node);
    for mark in marks(node) {
        text = match kind(mark) {
            "code" => format!("`{text}`"),
            "strong" => format!("**{text}**"),
            "em" => format!("*{text}*"),
            "strike" => format!("~~{text}~~"),
            "link" => match mark["attrs"]["href"].as_str() {
                Some(href) if href != text => format!("[{text}]({href})"),
                _ => text,
            },
            _ => text,
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_paragraph_for_each_line_and_read_from_whatever_jira_makes_of_it() {
        let shown = "* [ ] `ls` *now*\n>>\n>> [a](b)";
        assert_eq!(text_of(&value_of(shown, true)), shown);
        assert_eq!(text_of(&value_of(shown, false)), shown);
        assert_eq!(value_of("", true), Value::Null);
        let words = |text: &str| json!({"type": "text", "text": text});
        let paragraph = |content: Value| json!({"type": "paragraph", "content": content});
        let document = json!({"type": "doc", "version": 1, "content": [
            {"type": "orderedList", "content": [{"type": "listItem", "content": [paragraph(json!([words("Default checklist")]))]}]},
            paragraph(json!([words("— Before"), {"type": "hardBreak"}, words("* [open] one")])),
            {"type": "bulletList", "content": [
                {"type": "listItem", "content": [paragraph(json!([words("[checked] "), {"type": "text", "text": "two", "marks": [{"type": "strong"}]}]))]},
                {"type": "listItem", "content": [paragraph(json!([{"type": "mention", "attrs": {"id": "7", "text": "@Ann"}}]))]},
            ]},
            {"type": "taskList", "attrs": {"localId": "l"}, "content": [
                {"type": "taskItem", "attrs": {"localId": "t", "state": "DONE"}, "content": [words("three")]},
            ]},
        ]});
        assert_eq!(
            text_of(&document),
            "# Default checklist\n— Before\n* [open] one\n* [checked] **two**\n* @Ann\n* [x] three"
        );
    }

    #[test]
    fn a_field_has_to_take_text_of_several_lines() {
        let field = |id: &str, kind: &str, sort: &str| json!({"fieldId": id, "name": id, "schema": {"type": kind, "custom": sort}});
        let form = Form::with(&[
            field(
                "Checklist Text",
                "string",
                "com.atlassian.jira.plugin.system.customfieldtypes:textarea",
            ),
            field("Checklists", "string", "com.railsware.checklist:checklists"),
            field(
                "Line",
                "string",
                "com.atlassian.jira.plugin.system.customfieldtypes:textfield",
            ),
            json!({"fieldId": "description", "name": "description", "schema": {"type": "string", "system": "description"}}),
            field(
                "Size",
                "number",
                "com.atlassian.jira.plugin.system.customfieldtypes:float",
            ),
        ]);
        let app = ChecklistApp::IssueChecklist;
        let is_document = |name, is_cloud| column(&form, app, name, is_cloud).unwrap().is_document;
        assert!(is_document("checklist text", true) && !is_document("Checklist Text", false));
        assert!(!is_document("Checklists", true));
        for (name, why) in [
            (
                "Line",
                "`Line` (Line) takes one line of text, and a checklist needs a field that takes several",
            ),
            (
                "Size",
                "`Size` (Size) takes number, and a checklist needs a field that takes text",
            ),
            (
                "Checklist",
                "there is no field `Checklist` (did you mean `Checklists`?)",
            ),
            (
                "description",
                "`description` (description) is no custom field, and a checklist needs one",
            ),
        ] {
            assert_eq!(column(&form, app, name, true).unwrap_err(), why);
        }
    }
}
