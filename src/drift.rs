//! Holds templates that people copied out of procedures against what the procedures say now.
//!
//! ```text
//! template lines --+
//!                  +-> align -> pairs, moved, gaps -> findings
//! procedure steps -+
//! ```
//!
//! A finding's place is in the procedure and its label in the template. What a reader takes for the same is
//! no finding (see `drift/words.rs`). What a template may well leave out (notes, expectations, a group's heading
//! over its items) is none either.

mod align;
pub(crate) mod block;
mod held;
mod node;
mod template;
mod words;

use crate::diagnostic::{Code, Diagnostic, Severity, count};
use crate::document::plain_text;
use crate::procedure::Procedure;
use crate::source::Place;

pub use self::held::{Known, hold};
pub(crate) use self::template::TemplateBlock;
pub use self::template::{Template, TemplateLine, template_file, template_form, templates_in};

use self::align::{Alignment, Gap, Pair, align};
use self::node::{Node, ancestors, asks_for_something};
use self::words::{Change, Word, changes, same, same_words, words};

/// Returns where `template` does not say what `procedure` says, in the order of the procedure.
pub fn drift(procedure: &Procedure, template: &Template) -> Vec<Diagnostic> {
    let steps = node::of_procedure(procedure);
    let lines = node::of_template(template);
    let comparison = Comparison {
        procedure,
        template,
        alignment: align(procedure, &steps, &lines),
        loose: node::loose_code(procedure),
        steps,
        lines,
    };
    let mut findings = comparison.findings();
    findings.sort_by_key(|finding| {
        let template = finding.labels.first().map(|label| label.place.span.start);
        (finding.place.span.start, template)
    });
    findings
}

/// A procedure and a template, with what stands for what.
struct Comparison<'a> {
    procedure: &'a Procedure,
    template: &'a Template,
    steps: Vec<Node>,
    lines: Vec<Node>,
    /// Code of the procedure that belongs to no step.
    loose: Vec<String>,
    alignment: Alignment,
}

impl Comparison<'_> {
    fn findings(&self) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for pair in &self.alignment.pairs {
            self.compare(pair, &mut findings);
        }
        let asked = |(step, _): &&(usize, usize)| self.steps[*step].has_box;
        for &(step, line) in self.alignment.moved.iter().filter(asked) {
            let message = "the template has this step at another place";
            findings.push(
                self.finding(Code::DriftOrder, message, Some(step), &[line])
                    .help("move the line in the template to where the procedure has it"),
            );
        }
        let left_out = self.phases_left_out(&mut findings);
        for gap in &self.alignment.gaps {
            self.gap(gap, &left_out, &mut findings);
        }
        findings
    }

    /// Returns a finding at the first line of `step`, else at the procedure's, with the lines as labels.
    fn finding(
        &self,
        code: Code,
        message: impl Into<String>,
        step: Option<usize>,
        lines: &[usize],
    ) -> Diagnostic {
        let place = step.map_or(&self.procedure.place, |step| &self.steps[step].place);
        let mut finding = Diagnostic::new(Severity::Error, code, place.first_line(), message);
        for line in lines {
            let place = self.lines[*line].place.first_line();
            finding = finding.label(place, "the template's line");
        }
        finding
    }

    /// Adds what a pair says differently.
    fn compare(&self, pair: &Pair, findings: &mut Vec<Diagnostic>) {
        let steps: Vec<&Node> = pair.steps.iter().map(|at| &self.steps[*at]).collect();
        let lines: Vec<&Node> = pair.lines.iter().map(|at| &self.lines[*at]).collect();
        let texts = (join(&steps), join(&lines));
        let mut doc: Vec<Word> = prose(&steps);
        let mut template: Vec<Word> = prose(&lines);
        let (asked, given) = self.commands_that_differ(pair, &mut doc, &mut template);
        let is_mark = |word: &Word| word.key == "optional";
        // A template may say in the line for whom it is, and mark as optional what the procedure says with other
        // words (*if needed*).
        // A line may take up what stands below its step: what will be seen, what is worth knowing.
        let below = pair
            .steps
            .iter()
            .flat_map(|at| node::subtree(&self.steps, *at));
        let taken_up = below
            .filter(|at| self.alignment.of_step(*at).is_none())
            .map(|at| &self.steps[at].prose);
        for said in std::iter::once(&steps[0].path).chain(taken_up) {
            if let Some(rest) = without(&template, said) {
                template = rest;
            }
        }
        if steps.iter().any(|step| step.optional) && !doc.iter().any(is_mark) {
            template.retain(|word| !is_mark(word));
        }
        let add = |severity, code, message: String, findings: &mut Vec<Diagnostic>| {
            let mut finding = self.finding(code, message, Some(pair.steps[0]), &pair.lines[..1]);
            finding.severity = severity;
            findings.push(finding.texts(texts.0.clone(), texts.1.clone()));
        };
        if !asked.is_empty() || !given.is_empty() {
            let (severity, message) = command_message(&asked, &given);
            add(severity, Code::DriftCommand, message, findings);
        }
        if same(&doc, &template) {
            return;
        }
        let is_merged = pair.steps.len() + pair.lines.len() > 2;
        if same_words(&doc, &template) {
            if !is_merged {
                let message = "the template says this in another order".to_owned();
                add(Severity::Note, Code::DriftReworded, message, findings);
            }
            return;
        }
        let unconditional = without(&doc, &steps[0].condition);
        if let Some(rest) = unconditional
            && same_words(&rest, &template)
        {
            let message = "the template does not say when this step applies".to_owned();
            add(Severity::Note, Code::DriftReworded, message, findings);
            return;
        }
        let message = change_message(&changes(&doc, &template));
        add(Severity::Error, Code::DriftReworded, message, findings);
    }

    /// Returns the commands of a pair that stand on one side only: the procedure's, the template's.
    ///
    /// A command that the other side has in plain text is the same; its words are taken out of that text.
    fn commands_that_differ(
        &self,
        pair: &Pair,
        doc: &mut Vec<Word>,
        template: &mut Vec<Word>,
    ) -> (Vec<String>, Vec<String>) {
        let own = |nodes: &[Node], at: &[usize]| -> Vec<String> {
            at.iter()
                .flat_map(|at| nodes[*at].commands.clone())
                .collect()
        };
        let mut asked = own(&self.steps, &pair.steps);
        let mut given = own(&self.lines, &pair.lines);
        asked.retain(|command| {
            let same = given.iter().position(|other| other == command);
            same.map(|at| given.remove(at)).is_none()
        });
        // What stands under a step or line may carry its command.
        let below = |nodes: &[Node], at: &[usize], command: &String| {
            at.iter().any(|at| {
                std::iter::once(*at)
                    .chain(node::subtree(nodes, *at))
                    .any(|at| {
                        nodes[at].commands.contains(command) || nodes[at].shown.contains(command)
                    })
            })
        };
        asked.retain(|command| {
            !below(&self.lines, &pair.lines, command) && !take(template, command)
        });
        given.retain(|command| {
            !below(&self.steps, &pair.steps, command)
                && !self.loose.contains(command)
                && !take(doc, command)
        });
        // Next to a command, code that starts with the same word is one as well.
        let counterparts =
            |commands: &[String], nodes: &[Node], at: &[usize], text: &mut Vec<Word>| {
                let first = |code: &str| code.split(' ').next().map(str::to_owned);
                let names = at.iter().flat_map(|at| nodes[*at].names.clone());
                names
                    .filter(|name| commands.iter().any(|command| first(command) == first(name)))
                    .filter(|name| take(text, name))
                    .collect::<Vec<String>>()
            };
        if given.is_empty() {
            given = counterparts(&asked, &self.lines, &pair.lines, template);
        } else if asked.is_empty() {
            asked = counterparts(&given, &self.steps, &pair.steps, doc);
        }
        (asked, given)
    }

    /// Adds a finding for each phase that the template leaves out as a whole, and returns which ones.
    fn phases_left_out(&self, findings: &mut Vec<Diagnostic>) -> Vec<usize> {
        let phases = &self.procedure.phases;
        if phases.len() < 2 {
            return Vec::new();
        }
        let of_phase = |phase: usize| {
            (0..self.steps.len()).filter(move |at| self.steps[*at].phase == Some(phase))
        };
        let found = |at: usize| {
            self.alignment.of_step(at).is_some()
                || self.alignment.moved.iter().any(|(step, _)| *step == at)
        };
        let mut left_out = Vec::new();
        for (index, phase) in phases.iter().enumerate() {
            let there = self.alignment.headings[index].is_some() || of_phase(index).any(found);
            let boxes = of_phase(index).filter(|at| self.steps[*at].has_box).count();
            if there || boxes < 2 {
                continue;
            }
            let title = plain_text(&phase.title);
            let message = format!(
                "the template leaves out `{title}` with its {}",
                count(boxes, "step")
            );
            let before = self
                .alignment
                .pairs
                .iter()
                .rfind(|pair| self.steps[pair.steps[0]].phase < Some(index));
            let finding = Diagnostic::new(
                Severity::Error,
                Code::DriftMissing,
                phase.place.first_line(),
                message,
            );
            let place = before.map_or(&self.template.place, |pair| {
                &self.lines[pair.lines[0]].place
            });
            findings.push(
                finding
                    .label(place.first_line(), "it belongs below this line")
                    .texts(title, ""),
            );
            left_out.push(index);
        }
        left_out
    }

    /// Adds what a gap leaves out, adds, or replaces.
    fn gap(&self, gap: &Gap, phases_left_out: &[usize], findings: &mut Vec<Diagnostic>) {
        let asked = self.roots(&self.steps, &gap.steps, |step| {
            step.phase
                .is_none_or(|phase| !phases_left_out.contains(&phase))
        });
        let given = self.roots(&self.lines, &gap.lines, |line| line.is_item);
        let texts = |nodes: &[Node], at: &[usize]| -> String {
            let texts: Vec<&str> = at.iter().map(|at| nodes[*at].text.as_str()).collect();
            texts.join("\n")
        };
        if !asked.is_empty() && !given.is_empty() {
            let message = format!(
                "the template has {} here instead of {}",
                others(given.len()),
                if asked.len() == 1 {
                    "this step".to_owned()
                } else {
                    format!("these {}", asked.len())
                },
            );
            findings.push(
                self.finding(Code::DriftReplaced, message, Some(asked[0]), &given)
                    .texts(texts(&self.steps, &asked), texts(&self.lines, &given)),
            );
            return;
        }
        for step in asked {
            let below = node::subtree(&self.steps, step)
                .filter(|at| self.steps[*at].has_box)
                .count();
            let message = match below {
                0 => "the template leaves out this step".to_owned(),
                below => format!(
                    "the template leaves out this step and the {} below it",
                    count(below, "step")
                ),
            };
            let finding = self.finding(Code::DriftMissing, message, Some(step), &[]);
            let place = self.line_before(gap).first_line();
            findings.push(
                finding
                    .label(place, "it belongs below this line")
                    .texts(self.steps[step].text.clone(), ""),
            );
        }
        for line in given {
            let message = "the template has a step here that the procedure does not have";
            let mut finding = self.finding(Code::DriftExtra, message, None, &[line]);
            finding.place = self.step_before(gap).first_line();
            findings.push(finding.texts("", self.lines[line].text.clone()));
        }
    }

    /// Returns those of `left` that ask for something and are not nested under another one that does.
    fn roots(&self, nodes: &[Node], left: &[usize], counts: impl Fn(&Node) -> bool) -> Vec<usize> {
        let asks = |at: usize| counts(&nodes[at]) && asks_for_something(nodes, at);
        left.iter()
            .copied()
            .filter(|at| asks(*at))
            .filter(|at| !ancestors(nodes, *at).any(|above| left.contains(&above) && asks(above)))
            .collect()
    }

    /// Returns the place of the template's line that a gap follows.
    fn line_before(&self, gap: &Gap) -> &Place {
        let pair = gap.after.and_then(|at| self.alignment.pairs.get(at));
        let line = match pair {
            Some(pair) => Some(pair.lines[0]),
            None => gap.phase.and_then(|phase| self.alignment.headings[phase]),
        };
        line.map_or(&self.template.place, |line| &self.lines[line].place)
    }

    /// Returns the place of the procedure that a gap follows.
    fn step_before(&self, gap: &Gap) -> &Place {
        let pair = gap.after.and_then(|at| self.alignment.pairs.get(at));
        match (pair, gap.phase) {
            (Some(pair), _) => &self.steps[pair.steps[0]].place,
            (None, Some(phase)) => &self.procedure.phases[phase].place,
            (None, None) => &self.procedure.place,
        }
    }
}

fn others(count: usize) -> String {
    if count == 1 {
        "another step".to_owned()
    } else {
        format!("{count} other steps")
    }
}

fn prose(nodes: &[&Node]) -> Vec<Word> {
    nodes.iter().flat_map(|node| node.prose.clone()).collect()
}

fn join(nodes: &[&Node]) -> String {
    let texts: Vec<&str> = nodes.iter().map(|node| node.text.as_str()).collect();
    texts.join("\n")
}

/// Takes the words of `command` out of `text` where they stand there in a row; tells whether they do.
fn take(text: &mut Vec<Word>, command: &str) -> bool {
    match without(text, &words(command)) {
        Some(rest) => {
            *text = rest;
            true
        }
        None => false,
    }
}

/// Returns `text` without the words `run`, where they stand there in a row.
fn without(text: &[Word], run: &[Word]) -> Option<Vec<Word>> {
    if run.is_empty() {
        return None;
    }
    let at = text
        .windows(run.len())
        .position(|window| same(window, run))?;
    let mut rest = text.to_vec();
    rest.drain(at..at + run.len());
    Some(rest)
}

fn command_message(asked: &[String], given: &[String]) -> (Severity, String) {
    let list = |commands: &[String]| {
        let quoted: Vec<String> = commands
            .iter()
            .map(|command| format!("`{command}`"))
            .collect();
        quoted.join(", ")
    };
    match (asked, given) {
        (asked, []) => {
            let message = format!("the template leaves out the command {}", list(asked));
            // The line may well send people to the page for it.
            (Severity::Note, message)
        }
        ([], given) => {
            let message = format!(
                "the template has a command that the procedure has not: {}",
                list(given)
            );
            (Severity::Error, message)
        }
        (asked, given) => {
            let message = format!(
                "the template says {} for the command {}",
                list(given),
                list(asked)
            );
            (Severity::Error, message)
        }
    }
}

/// How many differences are named; a reader sees more of them better in the two texts.
const SHOWN_CHANGES: usize = 3;

fn change_message(changes: &[Change]) -> String {
    if changes.len() > SHOWN_CHANGES {
        return "the template words this step differently".to_owned();
    }
    let named: Vec<String> = changes
        .iter()
        .map(|change| match (change.old.as_str(), change.new.as_str()) {
            (old, "") => format!("leaves out `{old}`"),
            ("", new) => format!("adds `{new}`"),
            (old, new) => format!("says `{new}` for `{old}`"),
        })
        .collect();
    format!("the template {}", named.join(", "))
}
