//! Checklists that people copied out of procedures: in a page's code blocks, in issue templates, in issue forms.

use std::sync::Arc;

use crate::document::{
    Block, BlockKind, Inline, InlineKind, ListItem, LiteralBlock, fold_whitespace, plain_text,
};
use crate::drift::block::BlockText;
use crate::extract::speaks_of_templates;
use crate::parse::{Page, markdown};
use crate::source::{Markup, Place, Source, Span, first_line};

/// A checklist that somebody copied out of a procedure.
#[derive(Clone, Debug)]
pub struct Template {
    /// What it is for, as its heading or the file says; empty where nothing does.
    pub title: String,
    /// Where the title stands; the checklist itself where it has none.
    pub title_place: Place,
    /// Whether it stands under a heading that speaks of templates, so that it is meant to be one.
    pub declared: bool,
    /// Whether it was generated, so that it says what its procedure said then.
    pub generated: bool,
    /// Its lines, each before those nested under it.
    pub lines: Vec<TemplateLine>,
    /// The first line of the whole checklist.
    pub place: Place,
    /// The code block that it is, where it stands in a page.
    pub(crate) block: Option<TemplateBlock>,
}

/// A code block that holds a template.
#[derive(Clone, Debug)]
pub(crate) struct TemplateBlock {
    /// The whole block: directive or fences, and content.
    pub(crate) span: Span,
    /// The innermost section that it stands in, where that section is its own.
    pub(crate) section: Option<Span>,
    /// The content.
    pub(crate) content: String,
    /// Where the content's lines stand.
    pub(crate) text: BlockText,
}

/// One line of a template.
#[derive(Clone, Debug)]
pub struct TemplateLine {
    /// Whether it is an item of a list, and not a heading or running text.
    pub is_item: bool,
    /// Whether it has a box.
    pub has_box: bool,
    /// The index of the line that it is nested under.
    pub parent: Option<usize>,
    /// Its text.
    pub text: Vec<Inline>,
    /// What stands in code blocks under it.
    pub code: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// Returns the templates that stand in code blocks of `page`.
///
/// A code block in Markdown is one where it has boxes, or where a heading above it speaks of templates and
/// it has a list.
pub fn templates_in(page: &Page) -> Vec<Template> {
    let mut found = Vec::new();
    let context = Context {
        title: None,
        section: None,
        declared: false,
    };
    find(&page.document.children, &page.source, &context, &mut found);
    found
}

/// What stands around a block.
#[derive(Clone)]
struct Context {
    /// The innermost title that names something: of a section, a tab, a dropdown.
    title: Option<(String, Span)>,
    /// The section of that title.
    section: Option<Span>,
    /// Whether a title around it speaks of templates.
    declared: bool,
}

impl Context {
    fn under(&self, title: String, span: Span) -> Self {
        let declares = speaks_of_templates(&title);
        Self {
            title: if declares { None } else { Some((title, span)) },
            section: None,
            declared: self.declared || declares,
        }
    }
}

fn find(blocks: &[Block], source: &Arc<Source>, context: &Context, found: &mut Vec<Template>) {
    let mut before: Option<(String, Span)> = None;
    for block in blocks {
        match &block.kind {
            BlockKind::LiteralBlock(literal) => {
                let caption = literal
                    .caption
                    .as_deref()
                    .map(|title| (title.into(), block.span));
                // A line above names a template where no heading does.
                let line = before.take().filter(|_| context.declared);
                let title = caption.or_else(|| context.title.clone()).or(line);
                found.extend(read_block(source, block, literal, title, context));
            }
            BlockKind::Paragraph(text) => before = Some((plain_text(text), block.span)),
            BlockKind::Section(section) => {
                let title = plain_text(&section.title);
                let line_end = first_line(source.text(), block.span);
                let mut inner = context.under(title, line_end);
                inner.section = inner.title.is_some().then_some(block.span);
                find(&section.children, source, &inner, found);
            }
            BlockKind::Directive(directive) if !directive.argument.is_empty() => {
                let inner = context.under(directive.argument.to_string(), block.span);
                find(&directive.children, source, &inner, found);
            }
            _ => {
                for child in block.children() {
                    find(std::slice::from_ref(child), source, context, found);
                }
            }
        }
    }
}

fn read_block(
    source: &Arc<Source>,
    block: &Block,
    literal: &LiteralBlock,
    title: Option<(String, Span)>,
    context: &Context,
) -> Option<Template> {
    let declared = context.declared;
    let is_markdown = match literal
        .language
        .as_deref()
        .map(str::to_lowercase)
        .as_deref()
    {
        Some("markdown" | "md" | "gfm" | "commonmark") => true,
        None | Some("text" | "none" | "default") => declared,
        Some(_) => false,
    };
    if !is_markdown {
        return None;
    }
    let text = BlockText::locate(source, block, literal)?;
    let lines = read_lines(&literal.text, &|span| text.place(span));
    let listed = lines
        .iter()
        .any(|line| line.has_box || declared && line.is_item);
    listed.then(|| {
        let place = Place::new(source, first_line(source.text(), block.span));
        let (title, title_place) = match title {
            Some((title, span)) => (title, Place::new(source, span)),
            None => (String::new(), place.clone()),
        };
        Template {
            title,
            title_place,
            declared,
            generated: false,
            lines,
            place,
            block: Some(TemplateBlock {
                span: block.span,
                section: context.section,
                content: literal.text.clone(),
                text,
            }),
        }
    })
}

/// Returns the template that an issue template file in Markdown is; `None` where it has no boxes.
pub fn template_file(source: &Arc<Source>) -> Option<Template> {
    let lines = read_lines(source.text(), &|span| Place::new(source, span));
    if !lines.iter().any(|line| line.has_box) {
        return None;
    }
    let named = ["title", "name"]
        .iter()
        .find_map(|key| front_matter(source.text(), key));
    let heading = lines
        .iter()
        .find(|line| !line.is_item && line.place.text().starts_with('#'));
    let title = named
        .or_else(|| Some(plain_text(&heading?.text)))
        .or_else(|| Some(stem(source)?.replace(['-', '_'], " ")))
        .unwrap_or_default();
    let place = Place::new(
        source,
        first_line(source.text(), Span::new(0, source.text().len())),
    );
    Some(Template {
        title,
        title_place: place.clone(),
        declared: false,
        generated: false,
        lines,
        place,
        block: None,
    })
}

fn stem(source: &Source) -> Option<&str> {
    source.path().file_stem()?.to_str()
}

/// Returns the value of `key` in the YAML front matter.
fn front_matter(text: &str, key: &str) -> Option<String> {
    let rest = text.strip_prefix("---")?;
    let matter = rest.split("\n---").next()?;
    let value: serde_norway::Value = serde_norway::from_str(matter).ok()?;
    let value = value.get(key)?.as_str()?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// Returns the template that a GitHub issue form is: the labels of its boxes and fields; `None` where it has no boxes.
pub fn template_form(source: &Arc<Source>) -> Option<Template> {
    let form: serde_norway::Value = serde_norway::from_str(source.text()).ok()?;
    let mut labels = Labels {
        source,
        from: 0,
        lines: Vec::new(),
    };
    for element in form.get("body")?.as_sequence()? {
        labels.element(element);
    }
    let lines = labels.lines;
    if !lines.iter().any(|line| line.has_box) {
        return None;
    }
    let title = ["title", "name"]
        .iter()
        .filter_map(|key| form.get(key)?.as_str())
        .map(str::trim)
        .find(|title| !title.is_empty());
    let place = Place::new(
        source,
        first_line(source.text(), Span::new(0, source.text().len())),
    );
    Some(Template {
        title: title.unwrap_or_default().to_owned(),
        title_place: place.clone(),
        declared: false,
        generated: false,
        lines,
        place,
        block: None,
    })
}

/// What stands before each note in a label, which is one line.
const NOTE_MARK: &str = " — ";

/// The labels of a form while they are looked up in its text, which the YAML reader does not point into.
struct Labels<'a> {
    source: &'a Arc<Source>,
    from: usize,
    lines: Vec<TemplateLine>,
}

impl Labels<'_> {
    fn element(&mut self, element: &serde_norway::Value) {
        let Some(attributes) = element.get("attributes").and_then(|it| it.as_mapping()) else {
            return;
        };
        let checkboxes = element.get("type").and_then(|it| it.as_str()) == Some("checkboxes");
        for (key, value) in attributes {
            match (key.as_str(), value) {
                (Some("label"), value) => self.label(value, false),
                (Some("options"), serde_norway::Value::Sequence(options)) if checkboxes => {
                    for option in options {
                        if let Some(label) = option.get("label") {
                            self.label(label, true);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds the lines of a label: an option's box, and under it the notes that stand behind dashes in the same line.
    fn label(&mut self, value: &serde_norway::Value, is_option: bool) {
        let Some(text) = value.as_str() else { return };
        let place = self.next_label();
        let pieces: Vec<&str> = if is_option {
            text.split(NOTE_MARK).collect()
        } else {
            vec![text]
        };
        let owner = self.lines.len();
        for (at, piece) in pieces.into_iter().enumerate() {
            // A label is Markdown on its own.
            for mut line in read_lines(piece, &|_| place.clone()) {
                line.is_item = is_option;
                line.has_box = is_option && at == 0;
                line.parent = (is_option && at > 0 && owner < self.lines.len()).then_some(owner);
                if is_option {
                    line.code.extend(take_code(&mut line.text));
                }
                self.lines.push(line);
            }
        }
    }

    /// Returns the place of the next `label:`, behind which its value starts.
    fn next_label(&mut self) -> Place {
        let text = self.source.text();
        let start = self.from;
        let mut at = start;
        for line in text[start..].split_inclusive('\n') {
            let bare = line.trim_start_matches([' ', '-']);
            if bare.starts_with("label:") {
                self.from = at + line.len();
                let from = at + line.len() - bare.len();
                return Place::new(self.source, Span::new(from, at + line.trim_end().len()));
            }
            at += line.len();
        }
        Place::new(self.source, Span::new(start, start))
    }
}

/// Takes code of several lines off the end of a label, which has each line in a code span of its own.
fn take_code(text: &mut Vec<Inline>) -> Option<String> {
    let is_code = |inline: &Inline| matches!(inline.kind, InlineKind::Literal(_));
    let is_blank =
        |inline: &Inline| matches!(&inline.kind, InlineKind::Text(text) if text.trim().is_empty());
    let kept = text
        .iter()
        .rposition(|inline| !is_code(inline) && !is_blank(inline))
        .map_or(0, |last| last + 1);
    let spans = text[kept..].iter().filter(|inline| is_code(inline)).count();
    if spans < 2 {
        return None;
    }
    let lines = text.drain(kept..).filter_map(|inline| match inline.kind {
        InlineKind::Literal(code) => Some(code),
        _ => None,
    });
    let lines: Vec<_> = lines.collect();
    Some(lines.join("\n"))
}

/// Returns the lines of a checklist in Markdown; `place` says where a piece of it stands.
fn read_lines(text: &str, place: &dyn Fn(Span) -> Place) -> Vec<TemplateLine> {
    let source = Arc::new(Source::new("", text, Markup::Markdown));
    let document = markdown::parse(&source).value;
    let mut lines = Lines {
        text,
        place,
        found: Vec::new(),
    };
    lines.blocks(&document.children, None);
    lines.found
}

struct Lines<'a> {
    text: &'a str,
    place: &'a dyn Fn(Span) -> Place,
    found: Vec<TemplateLine>,
}

impl Lines<'_> {
    fn blocks(&mut self, blocks: &[Block], parent: Option<usize>) {
        for block in blocks {
            match &block.kind {
                BlockKind::ListItem(item) => self.item(item, block.span, parent),
                BlockKind::Section(section) => {
                    self.push(false, false, parent, section.title.clone(), block.span);
                    self.blocks(&section.children, parent);
                }
                BlockKind::Paragraph(text) => {
                    self.push(false, false, parent, text.clone(), block.span);
                }
                BlockKind::Directive(directive) => {
                    // What is folded away has a line that says what it is.
                    if !directive.argument.is_empty() {
                        let title = Inline {
                            span: block.span,
                            kind: InlineKind::Text(directive.argument.clone()),
                        };
                        self.push(false, false, parent, vec![title], block.span);
                    }
                    self.blocks(&directive.children, parent);
                }
                BlockKind::LiteralBlock(literal) => {
                    let owner = parent.or_else(|| self.found.len().checked_sub(1));
                    if let Some(line) = owner.and_then(|at| self.found.get_mut(at)) {
                        line.code.push(literal.text.clone());
                    }
                }
                _ => {
                    for child in block.children() {
                        self.blocks(std::slice::from_ref(child), parent);
                    }
                }
            }
        }
    }

    fn item(&mut self, item: &ListItem, span: Span, parent: Option<usize>) {
        let (text, rest) = match item.children.split_first() {
            Some((first, rest)) => match &first.kind {
                BlockKind::Paragraph(text) => (text.clone(), rest),
                _ => (Vec::new(), item.children.as_slice()),
            },
            None => (Vec::new(), item.children.as_slice()),
        };
        let has_box = item.task.is_some();
        let at = self.push(true, has_box, parent, text, span);
        self.blocks(rest, Some(at));
    }

    fn push(
        &mut self,
        is_item: bool,
        has_box: bool,
        parent: Option<usize>,
        text: Vec<Inline>,
        span: Span,
    ) -> usize {
        self.found.push(TemplateLine {
            is_item,
            has_box,
            parent,
            text,
            code: Vec::new(),
            place: (self.place)(first_line(self.text, span)),
        });
        self.found.len() - 1
    }
}

/// Returns the text without what looks like something to type, and what does, apart.
///
/// `typed` tells what does.
pub(super) fn split_code(text: &[Inline], typed: fn(&str) -> bool) -> (String, Vec<String>) {
    let mut prose = String::new();
    let mut code = Vec::new();
    push_split(text, typed, &mut prose, &mut code);
    (fold_whitespace(&prose), code)
}

fn push_split(
    inlines: &[Inline],
    typed: fn(&str) -> bool,
    prose: &mut String,
    code: &mut Vec<String>,
) {
    for inline in inlines {
        match &inline.kind {
            InlineKind::Literal(text) if typed(text) => {
                code.push(fold_whitespace(text));
                prose.push(' ');
            }
            InlineKind::Role(role) if !is_link(&role.name) && typed(&role.text) => {
                code.push(fold_whitespace(&role.text));
                prose.push(' ');
            }
            InlineKind::Text(text) | InlineKind::Literal(text) | InlineKind::Substitution(text) => {
                prose.push_str(text);
            }
            InlineKind::Role(role) => prose.push_str(&role.text),
            InlineKind::Emphasis(inner)
            | InlineKind::Strong(inner)
            | InlineKind::Strikethrough(inner) => push_split(inner, typed, prose, code),
            InlineKind::Reference(reference) => push_split(&reference.text, typed, prose, code),
            InlineKind::LineBreak => prose.push(' '),
            _ => prose.push_str(&plain_text(std::slice::from_ref(inline))),
        }
    }
}

/// Tells whether a role of this name makes a link of its text.
fn is_link(role: &str) -> bool {
    matches!(
        role.rsplit(':').next(),
        Some("ref" | "doc" | "any" | "term" | "download" | "numref")
    )
}
