//! Settings: a name that an author marked as one, or a piece of code, with a value behind it.

use super::kind::{assigned, given};
use crate::document::{BlockKind, Inline, InlineKind, plain_text};
use crate::procedure::{Kind, Part, Setting};

/// Returns the setting that `text` is about, where it is one.
///
/// A text that starts with a role such as `setting` or `envvar`, or that is `` `name` = value ``, is one. For a text
/// that [asks to see that something is set](Kind::Setting), the first piece of code is its name and what follows
/// `to` its value.
pub(super) fn of(text: &[Inline], kind: Kind) -> Option<Setting> {
    let at = text
        .iter()
        .position(|inline| !plain_text(std::slice::from_ref(inline)).is_empty())?;
    let behind = plain_text(&text[at + 1..]);
    let assigned = behind
        .trim_start()
        .strip_prefix(['=', '→'])
        .map(str::trim)
        .filter(|value| !value.is_empty());
    match &text[at].kind {
        InlineKind::Role(role) if is_setting_role(&role.name) => Some(Setting {
            name: role.text.to_string(),
            value: assigned.map(str::to_owned),
        }),
        // "`log_level: debug` - says more": the name and the value, and what they are for.
        InlineKind::Literal(code)
            if behind.trim_start().starts_with(['-', '–', '—'])
                && let Some((name, value)) =
                    code.split_once(": ").or_else(|| code.split_once('='))
                && is_name(name.trim())
                && !value.trim().is_empty() =>
        {
            Some(Setting {
                name: name.trim().to_owned(),
                value: Some(value.trim().to_owned()),
            })
        }
        InlineKind::Literal(code) => match code.split_once(" = ") {
            Some((name, value)) if behind.is_empty() && is_name(name) => Some(Setting {
                name: name.trim().to_owned(),
                value: Some(value.trim().to_owned()),
            }),
            _ => assigned.filter(|_| is_name(code)).map(|value| Setting {
                name: code.to_string(),
                value: Some(value.to_owned()),
            }),
        },
        _ if kind == Kind::Setting => told(text).or_else(|| asked(text)),
        _ => None,
    }
}

/// Returns the setting that what stands under a step makes, where that is one assignment and nothing else to type.
pub(super) fn under(parts: &[Part]) -> Option<Setting> {
    let mut typed = parts.iter().filter_map(typed);
    let (only, more) = (typed.next()?, typed.next());
    let (name, value) = only
        .trim()
        .trim_start_matches(['$', '>', ' '])
        .split_once('=')?;
    let is_plain = !value.is_empty() && !value.contains(char::is_whitespace);
    (more.is_none() && is_name(name) && is_plain).then(|| Setting {
        name: name.to_owned(),
        value: Some(value.to_owned()),
    })
}

/// Returns what is to be typed of a part: a command, other code, or the code that a paragraph starts with.
fn typed(part: &Part) -> Option<String> {
    let text = match part {
        Part::Command(command) => return Some(command.text.to_string()),
        Part::Step(step) => &step.text,
        Part::Block(block) => match &block.kind {
            BlockKind::LiteralBlock(literal) => return Some(literal.text.to_string()),
            BlockKind::Paragraph(text) => text,
            _ => return None,
        },
    };
    match text.first().map(|inline| &inline.kind) {
        Some(InlineKind::Literal(code)) => Some(code.to_string()),
        _ => None,
    }
}

/// `name: value`
pub(super) fn named(text: &[Inline]) -> Option<Setting> {
    let text = plain_text(text);
    let (name, value) = text.split_once(':').or_else(|| text.split_once('='))?;
    Some(Setting {
        name: name.trim().to_owned(),
        value: Some(value.trim().to_owned()).filter(|value| !value.is_empty()),
    })
}

/// `make sure that X is set to Y`
fn told(text: &[Inline]) -> Option<Setting> {
    let name_at = text.iter().position(|inline| name_of(inline).is_some())?;
    let name = name_of(&text[name_at])?;
    if let Some((name, value)) = name.split_once('=').filter(|(name, _)| is_name(name)) {
        return Some(Setting {
            name: name.to_owned(),
            value: Some(value.to_owned()),
        });
    }
    let behind = plain_text(&text[name_at + 1..]);
    let value = behind
        .split_once("set to ")
        .map(|(_, value)| value.trim().trim_end_matches('.').to_owned())
        .filter(|value| !value.is_empty());
    Some(Setting { name, value })
}

/// `set X to Y`, `remember it: export X=Y`
fn asked(text: &[Inline]) -> Option<Setting> {
    let text = plain_text(text);
    let command = text
        .rsplit_once(": ")
        .map_or(text.as_str(), |(_, tail)| tail);
    let given = assigned(command).or_else(|| given(&text))?;
    let value = given.value.trim_matches(['"', '“', '”']);
    Some(Setting {
        name: given.name.trim_matches(['"', '“', '”']).to_owned(),
        value: Some(value.to_owned()).filter(|value| !value.is_empty()),
    })
}

fn name_of(inline: &Inline) -> Option<String> {
    match &inline.kind {
        InlineKind::Literal(code) => Some(code.to_string()),
        InlineKind::Role(role) if is_setting_role(&role.name) => Some(role.text.to_string()),
        _ => None,
    }
}

/// Tells whether a role marks a setting; its domain does not matter.
fn is_setting_role(name: &str) -> bool {
    matches!(
        name.rsplit(':').next().unwrap_or_default(),
        "setting"
            | "envvar"
            | "option"
            | "confval"
            | "config"
            | "conf"
            | "oslo.config"
            | "param"
            | "parameter"
            | "variable"
    ) && name.contains(|c: char| c.is_alphabetic())
}

/// Tells whether a text can be the name of a setting; a placeholder (`[level]`) is explained, not set.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(char::is_whitespace) && !name.starts_with(['[', '<', '{'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Role;
    use crate::source::Span;

    fn text(text: &str) -> Inline {
        Inline {
            span: Span::default(),
            kind: InlineKind::Text(text.into()),
        }
    }

    fn code(text: &str) -> Inline {
        Inline {
            span: Span::default(),
            kind: InlineKind::Literal(text.into()),
        }
    }

    fn role(name: &str, text: &str) -> Inline {
        let role = Role {
            name: name.into(),
            text: text.into(),
            target: text.into(),
            uri: None,
        };
        Inline {
            span: Span::default(),
            kind: InlineKind::Role(Box::new(role)),
        }
    }

    fn named(name: &str, value: Option<&str>) -> Option<Setting> {
        Some(Setting {
            name: name.into(),
            value: value.map(str::to_owned),
        })
    }

    #[test]
    fn settings_have_names_and_values() {
        assert_eq!(
            of(&[role("x:setting", "auto"), text(" = True")], Kind::Note),
            named("auto", Some("True"))
        );
        assert_eq!(
            of(&[role("envvar", "HOME"), text(" (as before)")], Kind::Note),
            named("HOME", None)
        );
        assert_eq!(
            of(&[code("auto = off")], Kind::Note),
            named("auto", Some("off"))
        );
        assert_eq!(
            of(&[code("auto"), text(" = off")], Kind::Note),
            named("auto", Some("off"))
        );
        let asked = [
            text("Ensure that "),
            code("mode"),
            text(" is set to "),
            code("release"),
            text("."),
        ];
        assert_eq!(of(&asked, Kind::Setting), named("mode", Some("release")));
        assert_eq!(of(&[code("git push")], Kind::Action), None);
    }
}
