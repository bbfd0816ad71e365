//! Folds what HTML's `<details>` holds.

use crate::document::{Block, BlockKind, Directive, fold_whitespace};
use crate::source::Span;

/// Puts what stands between `<details>` and `</details>` into a directive.
pub(super) fn fold_details(blocks: Vec<Block>) -> Vec<Block> {
    let mut done: Vec<Block> = Vec::new();
    // Where in `done` the open ones stand.
    let mut open: Vec<usize> = Vec::new();
    for block in blocks {
        match &block.kind {
            BlockKind::Html(html) if is_tag(html, "details") && !html.contains("</details") => {
                open.push(done.len());
            }
            BlockKind::Html(html) if is_tag(html, "/details") => {
                if let Some(at) = open.pop() {
                    let mut children = done.split_off(at);
                    let opening = children.remove(0);
                    done.push(details(opening, children, block.span));
                    continue;
                }
            }
            // A heading inside is a section of the document, as for GitHub.
            BlockKind::Section(_) => open.clear(),
            _ => {}
        }
        done.push(block);
    }
    done
}

fn is_tag(html: &str, name: &str) -> bool {
    let tag = html.trim_start().strip_prefix('<').unwrap_or_default();
    let end = tag.find(|c: char| c != '/' && !c.is_ascii_alphanumeric());
    tag[..end.unwrap_or(tag.len())].eq_ignore_ascii_case(name)
}

fn details(opening: Block, mut children: Vec<Block>, end: Span) -> Block {
    let html = match opening.kind {
        BlockKind::Html(html) => html,
        _ => Box::default(),
    };
    let (summary, rest) = summary(&html);
    if !rest.trim().is_empty() {
        children.insert(
            0,
            Block {
                span: opening.span,
                kind: BlockKind::Html(rest.trim().into()),
            },
        );
    }
    Block {
        span: opening.span.join(end),
        kind: BlockKind::Directive(Box::new(Directive {
            name: "details".into(),
            argument: summary.into(),
            options: Vec::new(),
            children,
            content: None,
        })),
    }
}

/// Returns the title of what a `<details>` holds, and what stands behind it in the same HTML.
pub(crate) fn summary(html: &str) -> (String, &str) {
    let (summary, rest) = match html.split_once("<summary") {
        Some((_, rest)) => rest.split_once("</summary>").unwrap_or((rest, "")),
        None => ("", html.split_once('>').map_or("", |(_, rest)| rest)),
    };
    let summary = summary.split_once('>').map_or("", |(_, text)| text);
    (fold_whitespace(&without_tags(summary)), rest)
}

fn without_tags(html: &str) -> String {
    let mut pieces = html.split('<');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push_str(piece.split_once('>').map_or("", |(_, text)| text));
    }
    text
}
