//! A document as JSON: what `outline` prints.

use serde_json::{Map, Value, json};

use crate::source::{Source, Span};

use super::{Block, BlockKind, Document, Inline, InlineKind, Role, Target, plain_text};

/// Returns the document as one JSON object: `children` in document order, kinds in docutils' names.
///
/// Each node has the 1-based `line` it starts on and, where it nests, `children`. Texts are plain:
/// markup gone, white space folded.
pub fn outline(document: &Document, source: &Source) -> Value {
    let anchors: Vec<Value> = document
        .anchors
        .iter()
        .map(|anchor| json!({"name": anchor.name, "line": source.line(anchor.span.start)}))
        .collect();
    json!({
        "kind": "document",
        "line": 1,
        "children": nodes(&document.children, source),
        "anchors": anchors,
    })
}

fn nodes(blocks: &[Block], source: &Source) -> Value {
    blocks.iter().map(|block| node(block, source)).collect()
}

fn node(block: &Block, source: &Source) -> Value {
    let within = |children: &[Block]| nodes(children, source);
    match &block.kind {
        BlockKind::Section(section) => node_of(
            "section",
            block.span,
            source,
            json!({
                "title": text_of(&section.title),
                "level": section.level,
                "children": within(&section.children),
            }),
        ),
        BlockKind::Paragraph(text) => text_node("paragraph", block.span, source, text),
        BlockKind::Attribution(text) => text_node("attribution", block.span, source, text),
        BlockKind::BulletList(items) => parent("bullet_list", block.span, source, items),
        BlockKind::DefinitionList(items) => parent("definition_list", block.span, source, items),
        BlockKind::FieldList(items) => parent("field_list", block.span, source, items),
        BlockKind::OptionList(items) => parent("option_list", block.span, source, items),
        BlockKind::BlockQuote(items) => parent("block_quote", block.span, source, items),
        BlockKind::EnumeratedList(list) => node_of(
            "enumerated_list",
            block.span,
            source,
            json!({"start": list.start, "children": within(&list.items)}),
        ),
        BlockKind::ListItem(item) => node_of(
            "list_item",
            block.span,
            source,
            json!({"task": item.task, "children": within(&item.children)}),
        ),
        BlockKind::DefinitionListItem(item) => node_of(
            "definition_list_item",
            block.span,
            source,
            term_members(&item.term, within(&item.children)),
        ),
        BlockKind::Field(field) => node_of(
            "field",
            block.span,
            source,
            json!({"name": text_of(&field.name), "children": within(&field.children)}),
        ),
        BlockKind::OptionListItem(item) => node_of(
            "option_list_item",
            block.span,
            source,
            json!({"options": item.options, "children": within(&item.children)}),
        ),
        BlockKind::LineBlock(lines) => {
            let lines: Vec<Value> = lines
                .iter()
                .map(|line| json!({"indent": line.indent, "text": text_of(&line.text)}))
                .collect();
            node_of("line_block", block.span, source, json!({"lines": lines}))
        }
        BlockKind::LiteralBlock(literal) => node_of(
            "literal_block",
            block.span,
            source,
            json!({
                "text": literal.text,
                "language": literal.language,
                "caption": literal.caption,
            }),
        ),
        BlockKind::Admonition(admonition) => node_of(
            "admonition",
            block.span,
            source,
            json!({
                "name": admonition.name,
                "title": text_of(&admonition.title),
                "children": within(&admonition.children),
            }),
        ),
        BlockKind::Directive(directive) => {
            let options: Map<String, Value> = directive
                .options
                .iter()
                .map(|(name, value)| (name.to_string(), json!(value)))
                .collect();
            let mut members = json!({
                "name": directive.name,
                "argument": directive.argument,
                "options": options,
            });
            match &directive.content {
                Some(content) => members["content"] = json!(content),
                None => members["children"] = within(&directive.children),
            }
            node_of("directive", block.span, source, members)
        }
        BlockKind::Included(included) => node_of(
            "included",
            block.span,
            source,
            json!({"children": nodes(&included.document.children, &included.source)}),
        ),
        BlockKind::Table(table) => {
            let rows: Vec<Value> = table
                .rows
                .iter()
                .map(|row| {
                    let cells = row.iter().map(|cell| {
                        let members = json!({"children": within(&cell.children)});
                        node_of("entry", cell.span, source, members)
                    });
                    let line = row.first().map_or(block.span, |cell| cell.span);
                    node_of(
                        "row",
                        line,
                        source,
                        json!({"children": cells.collect::<Value>()}),
                    )
                })
                .collect();
            let members = json!({
                "title": text_of(&table.title),
                "head": table.head,
                "children": rows,
            });
            node_of("table", block.span, source, members)
        }
        BlockKind::Footnote(footnote) => node_of(
            "footnote",
            block.span,
            source,
            json!({"label": footnote.label, "children": within(&footnote.children)}),
        ),
        BlockKind::Target(target) => target_node(target, block.span, source),
        BlockKind::SubstitutionDefinition(definition) => node_of(
            "substitution_definition",
            block.span,
            source,
            json!({"name": definition.name, "text": text_of(&definition.text)}),
        ),
        BlockKind::Comment(text) => node_of("comment", block.span, source, json!({"text": text})),
        BlockKind::Transition => node_of("transition", block.span, source, json!({})),
        BlockKind::Image(image) => node_of(
            "image",
            block.span,
            source,
            json!({"uri": image.uri, "alt": image.alt}),
        ),
        BlockKind::Html(text) => node_of("html", block.span, source, json!({"text": text})),
    }
}

/// Returns the plain text as the outline shows it: without the `!` or `~` before a role's text.
///
/// The document keeps them where they belong to the text, as in `` :file:`~/x` ``.
fn text_of(inlines: &[Inline]) -> String {
    let marked = |role: &Role| !role.name.is_empty() && role.text.starts_with(['!', '~']);
    let is_marked =
        |inline: &Inline| matches!(&inline.kind, InlineKind::Role(role) if marked(role));
    if !inlines.iter().any(is_marked) {
        return plain_text(inlines);
    }
    let mut shown = inlines.to_vec();
    for inline in &mut shown {
        if let InlineKind::Role(role) = &mut inline.kind
            && marked(role)
        {
            role.text = role.text[1..].into();
        }
    }
    plain_text(&shown)
}

/// Returns a definition's members: docutils sets classifiers (`term : classifier`) apart.
fn term_members(inlines: &[Inline], children: Value) -> Value {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    for inline in inlines {
        let InlineKind::Text(text) = &inline.kind else {
            part.push(inline.clone());
            continue;
        };
        for (index, piece) in text.split(" : ").enumerate() {
            if index > 0 {
                parts.push(text_of(&part));
                part.clear();
            }
            let kind = InlineKind::Text(piece.into());
            part.push(Inline {
                kind,
                ..inline.clone()
            });
        }
    }
    parts.push(text_of(&part));
    let classifiers = parts.split_off(1);
    json!({"term": parts.pop(), "classifiers": classifiers, "children": children})
}

fn target_node(target: &Target, span: Span, source: &Source) -> Value {
    use super::ReferenceTarget::{Anonymous, Name, Uri};
    let mut members = json!({"name": target.name});
    match &target.refers_to {
        Some(Uri(uri)) => members["uri"] = json!(uri),
        Some(Name(name)) => members["refers_to"] = json!(name),
        Some(Anonymous) | None => {}
    }
    node_of("target", span, source, members)
}

fn text_node(kind: &str, span: Span, source: &Source, text: &[Inline]) -> Value {
    node_of(kind, span, source, json!({"text": text_of(text)}))
}

fn parent(kind: &str, span: Span, source: &Source, children: &[Block]) -> Value {
    node_of(
        kind,
        span,
        source,
        json!({"children": nodes(children, source)}),
    )
}

/// Returns a node with its kind and line in front of its other members.
fn node_of(kind: &str, span: Span, source: &Source, members: Value) -> Value {
    let mut node = Map::new();
    node.insert("kind".to_owned(), json!(kind));
    node.insert("line".to_owned(), json!(source.line(span.start)));
    if let Value::Object(members) = members {
        node.extend(members);
    }
    Value::Object(node)
}
