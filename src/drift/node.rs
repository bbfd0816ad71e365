//! Steps and template lines as the same kind of node, to be held against each other.

use crate::document::{Block, BlockKind, Inline, InlineKind, fold_whitespace, plain_text};
use crate::drift::template::{Template, split_code};
use crate::drift::words::{Bag, Word, commands, words};
use crate::procedure::command::is_command;
use crate::procedure::{Part, Precondition, Procedure, Step};
use crate::source::Place;

/// A step of a procedure, or a line of a template.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The text as a reader sees it, commands included.
    pub(super) text: String,
    /// The words of the text, commands left out.
    pub(super) prose: Vec<Word>,
    /// The commands, one by one.
    pub(super) commands: Vec<String>,
    /// Code in the text that does not look like something to type: names, buttons, values.
    pub(super) names: Vec<String>,
    /// Code that stands with it but is not to be typed.
    pub(super) shown: Vec<String>,
    /// The words of the condition under which it applies, where it names one.
    pub(super) condition: Vec<Word>,
    /// The words that say for whom it is, which stand around it and not in its text.
    pub(super) path: Vec<Word>,
    /// The words of the prose.
    pub(super) said: Bag,
    /// The words of prose and commands.
    pub(super) all: Bag,
    /// Whether it need not be done.
    pub(super) optional: bool,
    /// Whether it is to be ticked off.
    pub(super) has_box: bool,
    /// Whether it is an item of a list, or a step; headings and running text of a template are not.
    pub(super) is_item: bool,
    /// The index of the node that it is nested under.
    pub(super) parent: Option<usize>,
    /// The phase that a step belongs to; preconditions come before the first.
    pub(super) phase: Option<usize>,
    /// Where it stands.
    pub(super) place: Place,
}

impl Node {
    fn new(text: String, prose: &str, code: &[String], place: Place) -> Self {
        let prose = words(prose);
        let commands: Vec<String> = code.iter().flat_map(|code| commands(code)).collect();
        let typed: Vec<Word> = commands.iter().flat_map(|command| words(command)).collect();
        Self {
            text,
            said: Bag::of(&prose),
            all: Bag::of(prose.iter().chain(&typed)),
            prose,
            commands,
            names: Vec::new(),
            shown: Vec::new(),
            condition: Vec::new(),
            path: Vec::new(),
            optional: false,
            has_box: false,
            is_item: true,
            parent: None,
            phase: None,
            place,
        }
    }

    /// Returns how alike the two are, from 0 to 1.
    ///
    /// A command can stand in a block on one side and be left out on the other, so the prose alone can be
    /// enough, where it says enough.
    pub(super) fn similarity(&self, other: &Self) -> f64 {
        let all = self.all.similarity(&other.all);
        if self.said.weight() >= 2.0 && other.said.weight() >= 2.0 {
            all.max(self.said.similarity(&other.said))
        } else {
            all
        }
    }
}

/// Returns the preconditions and steps of `procedure`, each before those nested under it.
pub(super) fn of_procedure(procedure: &Procedure) -> Vec<Node> {
    let mut nodes: Vec<Node> = procedure.preconditions.iter().map(precondition).collect();
    for (index, phase) in procedure.phases.iter().enumerate() {
        for step in phase.steps() {
            push_step(step, index, None, &mut nodes);
        }
    }
    nodes
}

/// Returns the commands and other code that stand in the procedure's phases but in no step.
pub(super) fn loose_code(procedure: &Procedure) -> Vec<String> {
    let mut found = Vec::new();
    for part in procedure.phases.iter().flat_map(|phase| &phase.parts) {
        match part {
            Part::Command(command) => found.extend(commands(&command.text)),
            Part::Block(block) => push_shown(block, &mut found),
            Part::Step(_) => {}
        }
    }
    found
}

fn precondition(precondition: &Precondition) -> Node {
    let (prose, code) = split_code(&precondition.text, is_command);
    let text = plain_text(&precondition.text);
    Node::new(text, &prose, &code, precondition.place.clone())
}

fn push_step(step: &Step, phase: usize, parent: Option<usize>, nodes: &mut Vec<Node>) {
    let (prose, mut code) = split_code(&step.text, is_command);
    let mut text = step.plain_text();
    for command in step.commands() {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&command.text);
        code.push(command.text.clone());
    }
    let condition = step.condition.as_deref().or_else(|| condition_of(&prose));
    let mut node = Node::new(text, &prose, &code, step.place.clone());
    node.names = names(&step.text);
    node.condition = words(condition.unwrap_or_default());
    node.path = words(&step.path.join(" "));
    for part in &step.parts {
        if let Part::Block(block) = part {
            push_shown(block, &mut node.shown);
        }
    }
    node.optional = step.optional;
    node.has_box = step.has_box;
    node.parent = parent;
    node.phase = Some(phase);
    nodes.push(node);
    let at = nodes.len() - 1;
    for substep in step.steps() {
        push_step(substep, phase, Some(at), nodes);
    }
}

/// Returns what stands before the colon where that says when the rest applies (*For old barrels: ...*).
fn condition_of(prose: &str) -> Option<&str> {
    let (lead, rest) = prose.split_once(": ")?;
    let first = lead.split_whitespace().next()?.to_lowercase();
    let is_condition = matches!(
        first.as_str(),
        "for" | "if" | "when" | "on" | "in" | "unless" | "only"
    );
    (is_condition && !rest.trim().is_empty()).then_some(lead)
}

/// Returns the code in `text` that is not something to type.
fn names(text: &[Inline]) -> Vec<String> {
    text.iter()
        .filter_map(|inline| match &inline.kind {
            InlineKind::Literal(code) => Some(code),
            InlineKind::Role(role) if role.name.is_empty() => Some(&role.text),
            _ => None,
        })
        .filter(|code| !is_command(code))
        .map(|code| fold_whitespace(code))
        .collect()
}

/// Adds the code in `block`.
fn push_shown(block: &Block, shown: &mut Vec<String>) {
    if let BlockKind::LiteralBlock(literal) = &block.kind {
        shown.extend(commands(&literal.text));
    }
    for child in block.children() {
        push_shown(child, shown);
    }
}

/// Returns the lines of `template`; where none has a box, every item counts as one to tick off.
pub(super) fn of_template(template: &Template) -> Vec<Node> {
    let any_box = template.lines.iter().any(|line| line.has_box);
    let texts = template
        .lines
        .iter()
        .filter(|line| line.has_box || !any_box && line.is_item);
    let is_numbered = texts
        .map(|line| plain_text(&line.text))
        .all(|text| behind_number(&text).is_some());
    template
        .lines
        .iter()
        .map(|line| {
            let (mut prose, mut code) = split_code(&line.text, is_command);
            let mut text = plain_text(&line.text);
            let is_note = any_box && line.is_item && !line.has_box;
            if let Some(bare) = behind_number(&text).filter(|_| is_numbered && !is_note) {
                let number = text.len() - bare.len();
                prose = prose.get(number..).unwrap_or_default().to_owned();
                text = bare.to_owned();
            }
            for block in &line.code {
                text.push('\n');
                text.push_str(block);
                code.push(block.clone());
            }
            let mut node = Node::new(text, &prose, &code, line.place.clone());
            node.names = names(&line.text);
            node.has_box = line.has_box || !any_box && line.is_item;
            node.is_item = line.is_item;
            node.parent = line.parent;
            node
        })
        .collect()
}

/// Returns what follows the number in front of `text` (`2.`, `1.3`, `4)`).
fn behind_number(text: &str) -> Option<&str> {
    let (number, rest) = text.split_once(' ')?;
    let bare = number.trim_end_matches(['.', ')', ':']);
    let is_number = bare.starts_with(|c: char| c.is_ascii_digit())
        && bare.chars().all(|c| c.is_ascii_digit() || c == '.');
    (is_number && !rest.is_empty()).then_some(rest)
}

/// Tells whether `node` or something nested under it is to be ticked off.
pub(super) fn asks_for_something(nodes: &[Node], at: usize) -> bool {
    nodes[at].has_box || subtree(nodes, at).any(|below| nodes[below].has_box)
}

/// Returns the nodes nested under `at`, however deep.
pub(super) fn subtree(nodes: &[Node], at: usize) -> impl Iterator<Item = usize> {
    (at + 1..nodes.len()).take_while(move |below| ancestors(nodes, *below).any(|it| it == at))
}

/// Returns the nodes that `at` is nested under, the nearest first.
pub(super) fn ancestors(nodes: &[Node], at: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(nodes[at].parent, |above| nodes[*above].parent)
}
