//! Fills in what differs from run to run: versions, branches, dates.
//!
//! A variable is declared in the config or in a document's front matter. Procedures use it as `{{ name }}` or by
//! placeholders of their own (`<version>`, `X.Y.Z`, `$VERSION`) that its declaration names. What looks like a
//! variable and is not declared stays: it may be meant for another program.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use crate::document::{Block, BlockKind, Inline, InlineKind};
use crate::parse::Page;
use crate::procedure::{Part, Procedure, Step};

/// How many variables may be computed from one another.
const MAX_CHAIN: usize = 8;

/// The variables declared, by name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Variables(pub BTreeMap<String, Variable>);

/// One declared variable.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Variable {
    /// What stands for it in documents besides `{{ name }}`.
    pub placeholders: Vec<String>,
    /// The value where none is given.
    pub default: Option<String>,
    /// How to compute it: `NAME`, with `+` or `-` and a number of `days`, `weeks` or `working days` behind it.
    pub value: Option<String>,
    /// What to ask a person for.
    pub help: Option<String>,
}

/// What keeps a procedure from being filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VariableError {
    /// Variables that the procedure uses have no value.
    #[error("no value for {}", names(.0))]
    Missing(Vec<String>),
    /// A value cannot be computed.
    #[error("cannot compute `{name}`: {why}")]
    Expression {
        /// The variable.
        name: String,
        /// What is wrong.
        why: String,
    },
}

fn names(missing: &[String]) -> String {
    missing
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns the variables that the front matter of `page` declares, under the key `variables`.
///
/// Its value is a list of names, or a table from a name to its default or its whole declaration.
pub fn declared_in(page: &Page) -> Variables {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Said {
        Names(Vec<String>),
        Table(BTreeMap<String, Declared>),
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Declared {
        Whole(Variable),
        Default(String),
        Nothing(()),
    }
    #[derive(Deserialize)]
    struct FrontMatter {
        variables: Option<Said>,
    }
    let content = page
        .document
        .children
        .iter()
        .find_map(|block| match &block.kind {
            BlockKind::Directive(directive)
                if &*directive.name == crate::parse::markdown::METADATA =>
            {
                directive
                    .content
                    .as_deref()
                    .map(|content| (directive.argument.to_string(), content.to_owned()))
            }
            _ => None,
        });
    let read = content.and_then(|(language, content)| match language.as_str() {
        "toml" => toml::from_str::<FrontMatter>(&content).ok(),
        _ => serde_norway::from_str::<FrontMatter>(&content).ok(),
    });
    let variables = match read.and_then(|front| front.variables) {
        Some(Said::Names(names)) => names
            .into_iter()
            .map(|name| (name, Variable::default()))
            .collect(),
        Some(Said::Table(table)) => table
            .into_iter()
            .map(|(name, declared)| {
                let variable = match declared {
                    Declared::Whole(variable) => variable,
                    Declared::Default(default) => Variable {
                        default: Some(default),
                        ..Variable::default()
                    },
                    Declared::Nothing(()) => Variable::default(),
                };
                (name, variable)
            })
            .collect(),
        None => BTreeMap::new(),
    };
    Variables(variables)
}

/// Returns the names of the declared variables that `procedure` uses, sorted.
pub fn used(procedure: &Procedure, declared: &Variables) -> Vec<String> {
    let mut used = Vec::new();
    for (name, variable) in &declared.0 {
        let mut found = false;
        walk(&mut procedure.clone(), &mut |text| {
            found |= forms(name, variable)
                .iter()
                .any(|form| find(text, form).is_some());
            None
        });
        if found {
            used.push(name.clone());
        }
    }
    used
}

/// Returns `procedure` with `values` in place of its variables.
///
/// # Errors
/// [`VariableError::Missing`] names all used variables without a value at once.
pub fn fill(
    procedure: &Procedure,
    declared: &Variables,
    values: &BTreeMap<String, String>,
) -> Result<Procedure, VariableError> {
    let (filled, missing) = values_for(procedure, declared, values)?;
    if !missing.is_empty() {
        return Err(VariableError::Missing(missing));
    }
    Ok(replaced(procedure, declared, &filled))
}

/// Returns `procedure` with `values` in place of its variables, as far as they have one; the others stay as written.
///
/// # Errors
/// Where a value cannot be computed.
pub fn fill_known(
    procedure: &Procedure,
    declared: &Variables,
    values: &BTreeMap<String, String>,
) -> Result<Procedure, VariableError> {
    let (filled, _) = values_for(procedure, declared, values)?;
    Ok(replaced(procedure, declared, &filled))
}

/// Returns the values of the variables that `procedure` uses, and the names of those to be given for the others.
fn values_for(
    procedure: &Procedure,
    declared: &Variables,
    values: &BTreeMap<String, String>,
) -> Result<(BTreeMap<String, String>, Vec<String>), VariableError> {
    let mut filled = BTreeMap::new();
    let mut missing = Vec::new();
    for name in used(procedure, declared) {
        match value_of(&name, declared, values, 0)? {
            Some(value) => {
                filled.insert(name, value);
            }
            None => missing.push(needed_for(&name, declared, 0)),
        }
    }
    missing.sort();
    missing.dedup();
    Ok((filled, missing))
}

/// Returns `procedure` with the values `filled` in place of what stands for them.
fn replaced(
    procedure: &Procedure,
    declared: &Variables,
    filled: &BTreeMap<String, String>,
) -> Procedure {
    let mut forms: Vec<(String, &String)> = filled
        .iter()
        .flat_map(|(name, value)| {
            forms(name, &declared.0[name])
                .into_iter()
                .map(move |form| (form, value))
        })
        .collect();
    // The longest first, so that `X.Y.Z` is not read as `X.Y` and a rest.
    forms.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
    let mut result = procedure.clone();
    walk(&mut result, &mut |text| {
        let mut out = text.to_owned();
        for (form, value) in &forms {
            out = replace(&out, form, value);
        }
        (out != text).then_some(out)
    });
    result
}

/// Returns the variable to be given so that `name` has a value: itself, or that from which it is computed.
fn needed_for(name: &str, declared: &Variables, depth: usize) -> String {
    let expression = declared
        .0
        .get(name)
        .and_then(|variable| variable.value.as_deref());
    match expression.and_then(|expression| expression.split_whitespace().next()) {
        Some(base) if depth < MAX_CHAIN => needed_for(base, declared, depth + 1),
        _ => name.to_owned(),
    }
}

/// Returns the value of a variable: given, computed or the default.
fn value_of(
    name: &str,
    declared: &Variables,
    values: &BTreeMap<String, String>,
    depth: usize,
) -> Result<Option<String>, VariableError> {
    if let Some(value) = values.get(name) {
        return Ok(Some(value.clone()));
    }
    let Some(variable) = declared.0.get(name) else {
        return Ok(None);
    };
    let Some(expression) = &variable.value else {
        return Ok(variable.default.clone());
    };
    let error = |why: String| VariableError::Expression {
        name: name.to_owned(),
        why,
    };
    if depth > MAX_CHAIN {
        return Err(error("it leads back to itself".to_owned()));
    }
    let words: Vec<&str> = expression.split_whitespace().collect();
    let (base, sign, count, unit) = match words.as_slice() {
        [base] => (*base, "+", 0, "days"),
        [base, sign @ ("+" | "-"), count, "working", unit] if unit.starts_with("day") => (
            *base,
            *sign,
            count
                .parse()
                .map_err(|_| error(format!("`{count}` is no number")))?,
            "working days",
        ),
        [base, sign @ ("+" | "-"), count, unit] => (
            *base,
            *sign,
            count
                .parse()
                .map_err(|_| error(format!("`{count}` is no number")))?,
            *unit,
        ),
        _ => {
            return Err(error(format!(
                "`{expression}` is not `NAME - 2 working days` or the like"
            )));
        }
    };
    let Some(base) = value_of(base, declared, values, depth + 1)? else {
        return Ok(None);
    };
    if count == 0 {
        return Ok(Some(base));
    }
    let date: Date = base
        .parse()
        .map_err(|_| error(format!("`{base}` is no date like 2026-11-22")))?;
    let count: i32 = if sign == "-" { -count } else { count };
    let moved = match unit {
        "day" | "days" => add_days(date, count),
        "week" | "weeks" => add_days(date, count.saturating_mul(7)),
        "working days" => add_working_days(date, count),
        _ => {
            return Err(error(format!(
                "`{unit}` is not days, weeks or working days"
            )));
        }
    };
    moved
        .map(|date| Some(date.to_string()))
        .ok_or_else(|| error("the date is out of range".to_owned()))
}

fn add_days(date: Date, count: i32) -> Option<Date> {
    date.checked_add(jiff::Span::new().try_days(count).ok()?)
        .ok()
}

fn add_working_days(date: Date, count: i32) -> Option<Date> {
    let mut date = date;
    let mut left = count.abs();
    if left > 10_000 {
        return None;
    }
    while left > 0 {
        date = add_days(date, count.signum())?;
        if !matches!(
            date.weekday(),
            jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday
        ) {
            left -= 1;
        }
    }
    Some(date)
}

/// Returns all that stands for a variable in texts.
fn forms(name: &str, variable: &Variable) -> Vec<String> {
    let mut forms = vec![format!("{{{{ {name} }}}}"), format!("{{{{{name}}}}}")];
    forms.extend(
        variable
            .placeholders
            .iter()
            .filter(|placeholder| !placeholder.is_empty())
            .cloned(),
    );
    forms
}

/// Returns where `form` stands in `text` by itself, not as a piece of a longer word.
fn find(text: &str, form: &str) -> Option<usize> {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    let opens = form.starts_with(joins);
    let closes = form.ends_with(joins);
    text.match_indices(form).map(|(at, _)| at).find(|&at| {
        let before = text[..at].chars().next_back();
        let after = text[at + form.len()..].chars().next();
        !(opens && before.is_some_and(joins) || closes && after.is_some_and(joins))
    })
}

fn replace(text: &str, form: &str, value: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = find(rest, form) {
        out.push_str(&rest[..at]);
        out.push_str(value);
        rest = &rest[at + form.len()..];
    }
    out.push_str(rest);
    out
}

/// Hands every text of `procedure` to `change`, and puts what it returns in its place.
fn walk(procedure: &mut Procedure, change: &mut dyn FnMut(&str) -> Option<String>) {
    inlines(&mut procedure.title, change);
    procedure
        .summary
        .iter_mut()
        .for_each(|block| block_texts(block, change));
    for precondition in &mut procedure.preconditions {
        inlines(&mut precondition.text, change);
    }
    for phase in &mut procedure.phases {
        inlines(&mut phase.title, change);
        parts(&mut phase.parts, change);
    }
}

fn parts(list: &mut [Part], change: &mut dyn FnMut(&str) -> Option<String>) {
    for part in list {
        match part {
            Part::Step(step) => step_texts(step, change),
            Part::Command(command) => set(&mut command.text, change),
            Part::Block(block) => block_texts(block, change),
        }
    }
}

fn step_texts(step: &mut Step, change: &mut dyn FnMut(&str) -> Option<String>) {
    inlines(&mut step.text, change);
    if let Some(condition) = &mut step.condition {
        set(condition, change);
    }
    if let Some(setting) = &mut step.setting {
        set(&mut setting.name, change);
        if let Some(value) = &mut setting.value {
            set(value, change);
        }
    }
    parts(&mut step.parts, change);
}

fn block_texts(block: &mut Block, change: &mut dyn FnMut(&str) -> Option<String>) {
    if let BlockKind::LiteralBlock(literal) = &mut block.kind {
        set(&mut literal.text, change);
    }
    for text in block.inlines_mut() {
        inlines(text, change);
    }
    for children in block.children_mut() {
        children
            .iter_mut()
            .for_each(|child| block_texts(child, change));
    }
}

fn inlines(text: &mut [Inline], change: &mut dyn FnMut(&str) -> Option<String>) {
    for inline in text {
        match &mut inline.kind {
            InlineKind::Text(text) | InlineKind::Literal(text) => boxed(text, change),
            InlineKind::Role(role) => boxed(&mut role.text, change),
            _ => {
                if let Some(inner) = inline.inner_mut() {
                    inlines(inner, change);
                }
            }
        }
    }
}

fn set(text: &mut String, change: &mut dyn FnMut(&str) -> Option<String>) {
    if let Some(new) = change(text) {
        *text = new;
    }
}

fn boxed(text: &mut Box<str>, change: &mut dyn FnMut(&str) -> Option<String>) {
    if let Some(new) = change(text) {
        *text = new.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(list: &[(&str, &str)]) -> BTreeMap<String, String> {
        list.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn placeholders_are_whole_words() {
        assert_eq!(
            replace("bump X.Y to X.Y.Z now", "X.Y.Z", "2.3.0"),
            "bump X.Y to 2.3.0 now"
        );
        assert_eq!(
            replace("$VERSION $VERSIONS", "$VERSION", "2"),
            "2 $VERSIONS"
        );
        assert_eq!(replace("v{{ version }}", "{{ version }}", "2"), "v2");
    }

    #[test]
    fn dates_are_computed_over_weekends() {
        let mut declared = Variables::default();
        declared.0.insert("release".into(), Variable::default());
        declared.0.insert(
            "freeze".into(),
            Variable {
                value: Some("release - 2 working days".into()),
                ..Variable::default()
            },
        );
        let given = values(&[("release", "2026-11-23")]);
        assert_eq!(
            value_of("freeze", &declared, &given, 0),
            Ok(Some("2026-11-19".into()))
        );
        assert_eq!(value_of("freeze", &declared, &values(&[]), 0), Ok(None));
        let wrong = value_of("freeze", &declared, &values(&[("release", "soon")]), 0);
        assert!(matches!(wrong, Err(VariableError::Expression { .. })));
    }
}
