//! `show`: one procedure as a tree.

use std::collections::HashMap;

use clap::ValueEnum;
use unicode_width::UnicodeWidthStr;

use super::Exit;
use super::output::{Palette, json, paint};
use super::session::{Session, parse_pair};
use crate::checklist::Checklist;
use crate::document::plain_text;
use crate::error::Error;
use crate::procedure::listing::listing;
use crate::procedure::{Kind, Part, Phase, Procedure, Step, StepId, steps_in};
use crate::sync::wanted::{Press, check_values, variant};

/// Show one procedure as a tree of its steps
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet show database-upgrade
  runsheet show upgrade --variant site=summit      as it is for that site
  runsheet show upgrade --format context           what a template gets")]
pub(super) struct Args {
    /// Its slug, label, title, or an unambiguous piece of one
    procedure: String,
    /// Choose a value of an axis, or VALUE alone where only one axis has it
    #[arg(long, value_name = "AXIS=VALUE")]
    variant: Vec<String>,
    /// Give a variable a value
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    set: Vec<(String, String)>,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: ShowFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    /// A tree
    Text,
    /// The procedure as JSON
    Json,
    /// What a template gets, as JSON
    Context,
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let config = session.config()?;
    let library = session.library(&config)?;
    session.count_warnings(&library)?;
    let press = Press::new(&config, None).map_err(Error::from)?;
    let variant = variant(&config.variants, &args.variant).map_err(Error::from)?;
    let found = library.find_for(&args.procedure, &config.variants, &variant);
    let found = found.map_err(Error::from)?;
    let values = args.set.iter().cloned().collect();
    check_values(library.variables(found), &values).map_err(Error::from)?;
    let made = press
        .concrete(found, &library, None, &variant, &values)
        .map_err(Error::from)?;
    session.output.report(&made.findings)?;
    match args.format {
        ShowFormat::Context => json::print(session.output, &made.checklist)?,
        ShowFormat::Json => {
            let listed = listing(std::slice::from_ref(&made.procedure));
            json::print(session.output, &listed.procedures[0])?;
        }
        ShowFormat::Text => {
            let tree = Tree {
                numbers: numbers(&made.checklist),
                palette: session.output.data,
                width: session.output.width(),
            };
            session.output.print(tree.procedure(&made.procedure))?;
        }
    }
    Ok(Exit::Clean)
}

/// Returns the number of each step that has one.
fn numbers(checklist: &Checklist) -> HashMap<&StepId, &str> {
    let items = checklist.phases.iter().flat_map(|phase| &phase.items);
    items
        .filter_map(|item| Some((item.id.as_ref()?, item.number.as_str())))
        .collect()
}

/// How a procedure is drawn: the line in the source, the kind, then the tree.
///
/// ```text
///    line  kind            tree
///      12  > action        ├─ [ ] 1 Stop the workers
///                          │      $ workers stop
///      15  ? check         └─ [ ] 2 Verify that none is left
/// ```
struct Tree<'a> {
    numbers: HashMap<&'a StepId, &'a str>,
    palette: Palette,
    /// How many columns there are; no end to them where nobody looks.
    width: Option<usize>,
}

impl Tree<'_> {
    fn procedure(&self, procedure: &Procedure) -> String {
        let title = plain_text(&procedure.title);
        let place = &procedure.place;
        let mut out = format!(
            "{}  {}  {}\n",
            paint(self.palette.strong, &title),
            paint(self.palette.name, &procedure.slug),
            paint(
                self.palette.faint,
                format!("{}:{}", place.path().display(), place.line())
            ),
        );
        if !procedure.preconditions.is_empty() {
            out.push_str(&format!(
                "\n{}\n",
                paint(self.palette.strong, "Before it starts")
            ));
        }
        for precondition in &procedure.preconditions {
            let gutter = self.gutter(Some(precondition.place.line()), "");
            out.push_str(&format!("{gutter}• {}\n", plain_text(&precondition.text)));
        }
        for phase in &procedure.phases {
            out.push_str(&self.phase(phase, &title));
        }
        out
    }

    fn phase(&self, phase: &Phase, procedure: &str) -> String {
        let title = match plain_text(&phase.title) {
            title if title.is_empty() || title == procedure => "Steps".to_owned(),
            title => title,
        };
        let mut out = format!(
            "\n{}  {}\n",
            paint(self.palette.strong, title),
            paint(self.palette.caution, phase.kind.as_str()),
        );
        self.parts(&phase.parts, "", &mut out);
        out
    }

    /// Draws what stands in a phase or step; `trunk` is what the lines of the levels above leave.
    fn parts(&self, parts: &[Part], trunk: &str, out: &mut String) {
        let last = parts.iter().rposition(|part| matches!(part, Part::Step(_)));
        for (at, part) in parts.iter().enumerate() {
            match part {
                Part::Step(step) => self.step(step, trunk, Some(at) == last, out),
                Part::Command(command) => {
                    let bar = if last.is_some_and(|last| at < last) {
                        "│"
                    } else {
                        " "
                    };
                    self.command(&command.text, &format!("{trunk}{bar}    "), out);
                }
                // Tables, pictures and the like: the source is the place to read them.
                Part::Block(_) => {}
            }
        }
    }

    fn step(&self, step: &Step, trunk: &str, is_last: bool, out: &mut String) {
        let (branch, below) = if is_last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let number = self.numbers.get(&step.id).copied().unwrap_or_default();
        let mut marks = String::new();
        if step.has_box {
            marks.push_str("[ ] ");
        }
        let indent = marks.len() + number.len() + usize::from(!number.is_empty());
        if !number.is_empty() {
            marks.push_str(&format!("{} ", paint(self.palette.name, number)));
        }
        let text = match &step.setting {
            Some(setting) => match &setting.value {
                Some(value) => format!("{} = {value}", setting.name),
                None => setting.name.clone(),
            },
            None => step.plain_text(),
        };
        let room = self.width.map_or(usize::MAX, |width| {
            let taken = GUTTER + trunk.chars().count() + branch.chars().count() + indent;
            width.saturating_sub(taken).max(NARROWEST)
        });
        let kind = format!("{} {}", symbol(step.kind), step.kind.as_str());
        out.push_str(&self.gutter(Some(step.place.line()), &kind));
        let branch = paint(self.palette.faint, format!("{trunk}{branch}"));
        out.push_str(&format!("{branch}{marks}"));
        let says_so = || step.plain_text().to_lowercase().contains("optional");
        let optional = step.optional && !says_so();
        let text = if optional {
            format!("{text} {OPTIONAL}")
        } else {
            text
        };
        let mut lines = wrap(&text, room);
        if optional
            && let Some(last) = lines.last_mut()
            && let Some(before) = last.strip_suffix(OPTIONAL)
        {
            *last = format!("{before}{}", paint(self.palette.caution, OPTIONAL));
        }
        let below = format!("{trunk}{below}");
        let holds_steps = steps_in(&step.parts).next().is_some();
        let bar = if holds_steps { "│" } else { " " };
        let hang = match indent {
            0 => String::new(),
            indent => format!("{bar}{}", " ".repeat(indent - 1)),
        };
        let next = format!(
            "\n{}{}",
            self.gutter(None, ""),
            paint(self.palette.faint, format!("{below}{hang}"))
        );
        out.push_str(&lines.join(&next));
        out.push('\n');
        self.parts(&step.parts, &below, out);
    }

    fn command(&self, text: &str, trunk: &str, out: &mut String) {
        for (at, line) in text.lines().enumerate() {
            let prompt = if at == 0 { "$" } else { " " };
            out.push_str(&self.gutter(None, ""));
            let line = paint(self.palette.command, format!("{prompt} {line}"));
            let row = format!("{}{line}", paint(self.palette.faint, trunk));
            out.push_str(row.trim_end());
            out.push('\n');
        }
    }

    fn gutter(&self, line: Option<usize>, kind: &str) -> String {
        let line = line.map_or_else(String::new, |line| line.to_string());
        let text = format!("{line:>5}  {kind:<15}");
        paint(self.palette.faint, text)
    }
}

/// What marks a step that may be left out.
const OPTIONAL: &str = "(optional)";

/// How many columns stand before the tree.
const GUTTER: usize = 22;

/// The fewest columns that a text is set in.
const NARROWEST: usize = 24;

/// Returns `text` in lines of at most `room` columns; a word longer than that has a line to itself.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// Returns the sign for a kind.
fn symbol(kind: Kind) -> char {
    match kind {
        Kind::Action => '>',
        Kind::Check => '?',
        Kind::Setting => '=',
        Kind::Expectation => '→',
        Kind::Note => 'i',
        Kind::Contingency => '!',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_set_in_the_room_there_is() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("extraordinarily long", 7), ["extraordinarily", "long"]);
        assert_eq!(wrap("", 7), [""]);
        assert_eq!(wrap("one two", usize::MAX), ["one two"]);
    }
}
