//! What must hold for any rendered procedure.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use runsheet::body::{Body, seal};
use runsheet::document::{
    Admonition, Block, BlockKind, Cell, Inline, InlineKind, ListItem, LiteralBlock, Reference,
    ReferenceTarget, Role, Table, plain_text,
};
use runsheet::procedure::{Command, Kind, Origin, Part, Phase, PhaseKind, Procedure, Step, StepId};
use runsheet::render::{Templates, checklist};
use runsheet::run::{RunKey, Variant};
use runsheet::source::{Markup, Place, Source, Span};

static TEMPLATES: LazyLock<Templates> =
    LazyLock::new(|| Templates::new(Vec::new()).expect("the built-in templates load"));

/// A list item as a reader of the Markdown finds it.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    depth: usize,
    has_box: bool,
    /// Its text and that of what stands in it, without white space; that of items in it is left out.
    text: String,
}

/// Everything in a procedure as a reader of the Markdown should find it: the items, and all text in order.
#[derive(Clone, Debug, Default, PartialEq)]
struct Reading {
    lines: Vec<Line>,
    all_text: String,
}

fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}

impl Reading {
    /// Reads Markdown back.
    fn of_markdown(markdown: &str) -> Self {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_FOOTNOTES;
        let mut reading = Self::default();
        let mut open: Vec<usize> = Vec::new();
        for event in Parser::new_ext(markdown, options) {
            let text = match event {
                Event::Start(Tag::Item) => {
                    reading.lines.push(Line {
                        depth: open.len(),
                        has_box: false,
                        text: String::new(),
                    });
                    open.push(reading.lines.len() - 1);
                    continue;
                }
                Event::End(TagEnd::Item) => {
                    open.pop();
                    continue;
                }
                Event::TaskListMarker(done) => {
                    assert!(!done, "a ticked box");
                    let at = *open.last().expect("a box in an item");
                    reading.lines[at].has_box = true;
                    continue;
                }
                Event::Text(text) | Event::Code(text) => dense(&text),
                _ => continue,
            };
            reading.all_text.push_str(&text);
            if let Some(at) = open.last() {
                reading.lines[*at].text.push_str(&text);
            }
        }
        reading
    }

    /// Says what a reader should find.
    fn of_procedure(procedure: &Procedure) -> Self {
        let mut reading = Self::default();
        let title = plain_text(&procedure.title);
        for (at, phase) in procedure.phases.iter().enumerate() {
            let heading = plain_text(&phase.title);
            let shown = procedure.phases.len() > 1 && heading != title;
            if phase.kind != PhaseKind::Abort {
                let heading = match at {
                    _ if shown && !heading.is_empty() => heading.as_str(),
                    0 => "Steps",
                    _ => "Further steps",
                };
                reading.all_text.push_str(&dense(heading));
            }
            reading.parts(&phase.parts, &mut Vec::new());
        }
        reading
    }

    fn text(&mut self, text: &str, open: &[usize]) {
        let text = dense(text);
        self.all_text.push_str(&text);
        if let Some(at) = open.last() {
            self.lines[*at].text.push_str(&text);
        }
    }

    fn item(&mut self, has_box: bool, open: &mut Vec<usize>) {
        self.lines.push(Line {
            depth: open.len(),
            has_box,
            text: String::new(),
        });
        open.push(self.lines.len() - 1);
    }

    fn parts(&mut self, parts: &[Part], open: &mut Vec<usize>) {
        for part in parts {
            match part {
                Part::Step(step) => {
                    self.item(step.has_box, open);
                    let words = plain_text(&step.text);
                    if step.optional && !words.to_lowercase().contains("optional") {
                        self.text("(optional)", open);
                    }
                    self.text(&words, open);
                    if words.is_empty() && !starts_with_one_liner(step) {
                        self.text("…", open);
                    }
                    self.parts(&step.parts, open);
                    open.pop();
                }
                Part::Command(command) => self.text(&command.text, open),
                Part::Block(block) => self.block(block, open),
            }
        }
    }

    fn block(&mut self, block: &Block, open: &mut Vec<usize>) {
        match &block.kind {
            BlockKind::Paragraph(text) => self.text(&plain_text(text), open),
            BlockKind::LiteralBlock(literal) => self.text(&literal.text, open),
            BlockKind::Admonition(admonition) => {
                self.text("Warning:", open);
                for child in &admonition.children {
                    self.block(child, open);
                }
            }
            BlockKind::BulletList(items) => {
                for item in items {
                    let mut found = Self::default();
                    for child in item.children() {
                        found.block(child, &mut Vec::new());
                    }
                    // An item without anything to see is left out.
                    if found != Self::default() {
                        self.item(false, open);
                        for child in item.children() {
                            self.block(child, open);
                        }
                        open.pop();
                    }
                }
            }
            BlockKind::Table(table) => {
                for cell in table.rows.iter().flatten() {
                    for child in &cell.children {
                        self.block(child, open);
                    }
                }
            }
            other => panic!("not generated: {other:?}"),
        }
    }
}

/// Tells whether a command stands in the step's line: one line, and no other command before the first substep.
fn starts_with_one_liner(step: &Step) -> bool {
    let own: Vec<&Part> = step
        .parts
        .iter()
        .take_while(|part| !matches!(part, Part::Step(_)))
        .collect();
    let commands: Vec<&Command> = step.commands().collect();
    let of_own = own
        .iter()
        .filter(|part| matches!(part, Part::Command(_)))
        .count();
    let first = commands.first().map_or("", |command| command.text.trim());
    matches!(own.first(), Some(Part::Command(_)))
        && of_own == 1
        && !first.is_empty()
        && !first.contains('\n')
}

fn place() -> Place {
    Place::new(
        &Arc::new(Source::new("ops.rst", "", Markup::Rst)),
        Span::default(),
    )
}

/// Words and pieces of markup, in any order.
fn raw_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[b-d]{1,4}",
        6 => Just(" ".to_owned()),
        12 => prop::sample::select(vec![
            "*", "**", "_", "__", "`", "``", "```", "~", "~~", "~~~", "[x]", "[ ]", "[", "]", "(", ")", "](", "!", "![",
            "#", "##", "#12", "@ann", "GH-7", "<", ">", "<b>", "</details>", "<!--", "-->", "&", "&amp;", "&#35;", ";", "\\",
            "\\*", "|", "---", "===", "-", "+", "1.", "1)", "- ", "+ ", "> ", "$", ":", ".", "\n", "\u{a0}", "é", "“", "—", "😀",
            "snake_case", "__init__", "https://x.org/a_b", "https://x.org/*a*)", "<https://x.org>", "http://", "www.x.org",
            "a@x.org", " optional ", "[1]:", "[^1]", "[^1]:", "{{ x }}", "{% y %}",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

fn inlines() -> impl Strategy<Value = Vec<Inline>> {
    let leaf = prop_oneof![
            4 => raw_text().prop_map(|text| InlineKind::Text(text.into())),
            2 => raw_text().prop_map(|text| InlineKind::Literal(text.into())),
            1 => (prop::sample::select(vec!["file", "ref", "app:thing", "emphasis", "strong", ""]), raw_text(), any::<bool>())
                .prop_map(|(name, text, linked)| InlineKind::Role(Box::new(Role {
                    name: name.into(),
    uri: (linked && !text.trim().is_empty()).then(|| "https://x.org/a_(b)*c".into()),
                    target: text.clone().into(),
                    text: text.into(),
                }))),
        ];
    let inline = leaf.prop_map(bare).prop_recursive(3, 12, 4, |inner| {
        let inner = prop::collection::vec(inner, 0..4);
        prop_oneof![
            inner
                .clone()
                .prop_map(|inner| bare(InlineKind::Emphasis(inner))),
            inner
                .clone()
                .prop_map(|inner| bare(InlineKind::Strong(inner))),
            inner
                .clone()
                .prop_map(|inner| bare(InlineKind::Strikethrough(inner))),
            (inner, "[a-z:/()<>& `]{0,9}").prop_map(|(text, uri)| {
                // A link without words would show its address.
                let uri = match plain_text(&text).is_empty() {
                    true => uri,
                    false => format!("https://x.org/{uri}"),
                };
                bare(InlineKind::Reference(Box::new(Reference {
                    text,
                    target: ReferenceTarget::Uri(uri.into()),
                })))
            }),
        ]
    });
    prop::collection::vec(inline, 0..5)
}

fn bare(kind: InlineKind) -> Inline {
    Inline {
        span: Span::default(),
        kind,
    }
}

fn block(kind: BlockKind) -> Block {
    Block {
        span: Span::default(),
        kind,
    }
}

fn code() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec![
            "make x", "\n", "\n\n", "  ", "\t", "```", "````", "~~~", "`", "- [ ] a", "<!--",
            "$ x | y", "# c",
        ]),
        1..6,
    )
    .prop_map(|pieces| pieces.concat())
}

fn blocks() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        inlines().prop_map(|text| block(BlockKind::Paragraph(text))),
        (code(), prop::option::of("[a-z` ]{0,5}")).prop_map(|(text, language)| {
            block(BlockKind::LiteralBlock(Box::new(LiteralBlock {
                text,
                language: language.map(String::into_boxed_str),
                caption: None,
            })))
        }),
        (1usize..4, prop::collection::vec(inlines(), 1..7), 0usize..2).prop_map(
            |(columns, cells, head)| {
                let cells: Vec<Cell> = cells
                    .into_iter()
                    .map(|text| Cell {
                        span: Span::default(),
                        children: vec![block(BlockKind::Paragraph(text))],
                    })
                    .collect();
                block(BlockKind::Table(Box::new(Table {
                    title: Vec::new(),
                    head,
                    rows: cells.chunks(columns).map(<[Cell]>::to_vec).collect(),
                })))
            }
        ),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        let inner = prop::collection::vec(inner, 0..3);
        prop_oneof![
            inner
                .clone()
                .prop_map(|children| block(BlockKind::Admonition(Box::new(Admonition {
                    name: "warning".into(),
                    title: Vec::new(),
                    children,
                })))),
            prop::collection::vec((prop::option::of(any::<bool>()), inner), 1..3).prop_map(
                |items| {
                    let items = items.into_iter().map(|(task, children)| {
                        block(BlockKind::ListItem(ListItem { task, children }))
                    });
                    block(BlockKind::BulletList(items.collect()))
                }
            ),
        ]
    })
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let leaf = prop_oneof![
        2 => code().prop_map(|text| Part::Command(Command {
            text,
            language: Some("sh".to_owned()),
            caption: None,
            place: place(),
        })),
        2 => blocks().prop_map(Part::Block),
        4 => (inlines(), any::<bool>()).prop_map(|(text, has_box)| Part::Step(step(text, has_box, Vec::new()))),
    ];
    let part = leaf.prop_recursive(3, 12, 4, |inner| {
        (inlines(), any::<bool>(), prop::collection::vec(inner, 0..4))
            .prop_map(|(text, has_box, parts)| Part::Step(step(text, has_box, parts)))
    });
    prop::collection::vec(part, 0..5)
}

fn step(text: Vec<Inline>, has_box: bool, parts: Vec<Part>) -> Step {
    Step {
        id: StepId("a-step".to_owned()),
        kind: if has_box { Kind::Action } else { Kind::Note },
        has_box,
        origin: Origin::Item,
        number: None,
        optional: text.len() == 3,
        text,
        setting: None,
        condition: None,
        path: Vec::new(),
        labels: Vec::new(),
        links: Vec::new(),
        parts,
        place: place(),
    }
}

fn procedure() -> impl Strategy<Value = Procedure> {
    let kind = prop::sample::select(vec![PhaseKind::Main, PhaseKind::Abort]);
    let phase = (inlines(), kind, parts()).prop_map(|(title, kind, parts)| Phase {
        title,
        labels: Vec::new(),
        kind,
        replaces: None,
        parts,
        place: place(),
    });
    (inlines(), prop::collection::vec(phase, 1..3)).prop_map(|(title, phases)| Procedure {
        slug: "upgrade".to_owned(),
        labels: Vec::new(),
        title,
        summary: Vec::new(),
        preconditions: Vec::new(),
        phases,
        place: place(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rendered_items_read_back_with_their_boxes_nesting_and_text(procedure in procedure()) {
        let run = RunKey {
            procedure: "upgrade".to_owned(),
            variant: Variant::default(),
            name: "1".to_owned(),
        };
            for run in [None, Some(&run)] {
            let checklist = checklist(&procedure, run, &Variant::default());
            let markdown = TEMPLATES.render("phases.md", &checklist).unwrap();
            let (found, expected) = (Reading::of_markdown(&markdown), Reading::of_procedure(&procedure));
            prop_assert_eq!(&found, &expected, "{}", markdown);
        }
    }

    #[test]
    fn issue_forms_keep_github_s_rules(procedure in procedure()) {
        let checklist = checklist(&procedure, None, &Variant::default());
        let form = TEMPLATES.render("issue-form.yml", &checklist).unwrap();
        let form: serde_json::Value = serde_norway::from_str(&form).map_err(|error| TestCaseError::fail(format!("{error}: {form}")))?;
        for key in ["name", "description", "title"] {
            prop_assert!(!form[key].as_str().unwrap_or_default().trim().is_empty(), "{key}: {form}");
        }
        let mut labels = BTreeSet::new();
        let mut boxes = 0;
        for element in form["body"].as_array().unwrap() {
            let attributes = &element["attributes"];
            match element["type"].as_str() {
                Some("markdown") => prop_assert!(attributes["value"].is_string()),
                Some("input") => prop_assert!(labels.insert(attributes["label"].to_string())),
                Some("checkboxes") => {
                    prop_assert!(labels.insert(attributes["label"].to_string()), "{form}");
                    let mut options = BTreeSet::new();
                    for option in attributes["options"].as_array().unwrap() {
                        let label = option["label"].as_str().unwrap();
                        prop_assert!(!label.trim().is_empty() && options.insert(label), "{form}");
                    }
                    prop_assert!(!options.is_empty());
                    boxes += options.len();
                }
                other => prop_assert!(false, "an element of type {other:?}"),
            }
        }
        let expected: usize = checklist.phases.iter().map(|phase| phase.boxes).sum();
        prop_assert_eq!(boxes, expected);
    }

    #[test]
    fn rendered_tickets_read_back_as_bodies(mut procedure in procedure()) {
        let mut count = 0;
        for phase in &mut procedure.phases {
            name_steps(&mut phase.parts, &mut count);
        }
        let run = RunKey {
            procedure: "upgrade".to_owned(),
            variant: Variant::default(),
            name: "1".to_owned(),
        };
        let checklist = checklist(&procedure, Some(&run), &Variant::default());
        let ticket = TEMPLATES.render("ticket.md", &checklist).unwrap();
        let sealed = seal(&ticket, &run);
        let body = Body::read(&sealed);
        prop_assert_eq!(body.run(), Some(&run), "{}", sealed);
        let expected: Vec<(StepId, String)> = checklist
            .phases
            .iter()
            .flat_map(|phase| &phase.items)
            .filter(|item| item.has_box)
            .map(|item| (item.id.clone().unwrap(), item.number.clone()))
            .collect();
        let found: Vec<(StepId, String)> = body
            .steps()
            .map(|(marker, _)| (marker.id.clone(), marker.number.clone()))
            .collect();
        prop_assert_eq!(found, expected, "{}", sealed);
        prop_assert!(body.notices.is_empty() && body.hidden.is_empty(), "{:?} {}", body.notices, sealed);
        prop_assert_eq!(body.items.iter().filter(|item| item.task.is_some()).count(), checklist.phases.iter().map(|phase| phase.boxes).sum::<usize>());
    }
}

/// Gives every step an id of its own.
fn name_steps(parts: &mut [Part], count: &mut usize) {
    for part in parts {
        if let Part::Step(step) = part {
            *count += 1;
            step.id = StepId(format!("step-{count}"));
            name_steps(&mut step.parts, count);
        }
    }
}
