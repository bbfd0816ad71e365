//! The small parts of MyST: names, options, targets, roles.

use crate::document::{Block, BlockKind, Inline, InlineKind, Role};
use crate::source::Span;

/// What the lines of a directive are.
pub(super) enum Body {
    Code,
    Image,
    /// Kept as written.
    Kept,
    Admonition,
    Blocks,
    /// Blocks in reStructuredText.
    Rst,
}

/// The directive whose lines are reStructuredText.
const EVAL_RST: &str = "eval-rst";

/// Tells whether `block` is MyST's `eval-rst`: what is inside was read as reStructuredText.
pub(crate) fn is_eval_rst(block: &Block) -> bool {
    matches!(&block.kind, BlockKind::Directive(directive) if &*directive.name == EVAL_RST)
}

/// Returns what the lines of the directive `name` are; all that mkdocs has but tabs are admonitions.
pub(super) fn body(name: &str, is_myst: bool) -> Body {
    if !is_myst {
        return if name == "tab" {
            Body::Blocks
        } else {
            Body::Admonition
        };
    }
    match name {
        "code" | "code-block" | "sourcecode" | "code-cell" | "prompt" | "console"
        | "parsed-literal" => Body::Code,
        "image" => Body::Image,
        "note" | "warning" | "attention" | "caution" | "danger" | "error" | "hint"
        | "important" | "tip" | "seealso" | "todo" | "admonition" => Body::Admonition,
        "literalinclude" | "include" | "raw" | "toctree" | "math" | "mermaid" | "graphviz"
        | "csv-table" | "contents" | "index" | "automodule" | "autoclass" | "autofunction"
        | "bibliography" | "currentmodule" | "comment" => Body::Kept,
        EVAL_RST => Body::Rst,
        _ => Body::Blocks,
    }
}

/// Returns the name and the argument of `{name} argument`.
pub(super) fn name_and_argument(info: &str) -> Option<(&str, &str)> {
    let (name, argument) = info.strip_prefix('{')?.split_once('}')?;
    is_name(name).then(|| (name, argument.trim()))
}

/// Tells whether `name` can name a directive or a role.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic())
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "-_:.+".contains(c))
}

/// Options as `key` and value, in order.
type Options = Vec<(Box<str>, Box<str>)>;

/// Returns the options at the start of a directive's lines, and the length of those lines.
pub(super) fn options(text: &str) -> (Options, usize) {
    let mut found: Options = Vec::new();
    let mut length = 0;
    let mut lines = text.split_inclusive('\n').peekable();
    let is_yaml = lines.peek().is_some_and(|line| line.trim() == "---");
    if is_yaml {
        length += lines.next().map_or(0, str::len);
    }
    for line in lines {
        let trimmed = line.trim();
        if is_yaml && trimmed == "---" {
            return (found, length + line.len());
        }
        let entry = if is_yaml {
            trimmed.split_once(':')
        } else {
            let entry = trimmed
                .strip_prefix(':')
                .and_then(|rest| rest.split_once(':'));
            let Some(entry) = entry.filter(|(key, _)| is_name(key)) else {
                return (found, length);
            };
            Some(entry)
        };
        if let Some((key, value)) = entry {
            let value = value.trim().trim_matches('"');
            found.push((key.trim().into(), value.into()));
        }
        length += line.len();
    }
    if is_yaml {
        (Vec::new(), 0)
    } else {
        (found, length)
    }
}

/// Returns the name that the line `(name)=` gives to what follows.
pub(super) fn target(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix('(')?.strip_suffix(")=")?;
    (!name.is_empty() && !name.contains(['(', ')', '\n'])).then(|| name.trim())
}

/// Returns the role `name` with `content` read by Sphinx' rules: `title <target>`, `!` and `~` before.
pub(super) fn role(name: &str, content: &str) -> Role {
    let content = content.trim();
    if let Some((title, target)) = content
        .strip_suffix('>')
        .and_then(|rest| rest.rsplit_once('<'))
        && !title.trim().is_empty()
    {
        return Role {
            name: name.into(),
            text: title.trim().into(),
            target: target.trim().into(),
            uri: None,
        };
    }
    let text = content.strip_prefix(['!', '~']).unwrap_or(content);
    Role {
        name: name.into(),
        text: text.into(),
        target: text.into(),
        uri: None,
    }
}

/// Makes roles of code that stands right behind `{name}`.
pub(super) fn roles(inlines: &mut Vec<Inline>, text: &str) {
    for inline in inlines.iter_mut() {
        if let Some(inner) = inline.inner_mut() {
            roles(inner, text);
        }
    }
    for at in 1..inlines.len() {
        let (before, rest) = inlines.split_at_mut(at);
        let [.., before] = before else { continue };
        let InlineKind::Text(words) = &mut before.kind else {
            continue;
        };
        let code = &mut rest[0];
        let InlineKind::Literal(content) = &code.kind else {
            continue;
        };
        if before.span.end != code.span.start {
            continue;
        }
        let Some((words_before, name)) = words
            .strip_suffix('}')
            .and_then(|words| words.rsplit_once('{'))
            .filter(|(_, name)| is_name(name))
        else {
            continue;
        };
        let length = name.len() + 2;
        // Escaped braces are meant as text.
        let written = &text[..code.span.start as usize];
        let is_plain = written
            .strip_suffix(&words[words.len() - length..])
            .is_some_and(|before| !before.ends_with('\\'));
        if !is_plain {
            continue;
        }
        code.kind = InlineKind::Role(Box::new(role(name, content)));
        let start = Span::new(code.span.start as usize - length, 0).start;
        code.span.start = start;
        before.span.end = start;
        *words = words_before.into();
    }
    inlines.retain(|inline| !matches!(&inline.kind, InlineKind::Text(text) if text.is_empty()));
}
