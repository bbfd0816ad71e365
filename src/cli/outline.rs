//! `outline`: a document as it was read.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use serde_json::Value;

use super::output::json;
use super::session::Session;
use super::{Exit, Format};
use crate::document::outline::{Node, outline};
use crate::error::Error;
use crate::parse::parse;
use crate::source::Markup;
use crate::sync::load::{SourcePath, read_source, read_source_as, read_stream};

/// Show a document as it is read, before any procedure is looked for
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  runsheet outline sources/upgrade.rst
  cat notes.md | runsheet outline - --markup markdown --format json")]
pub(super) struct Args {
    /// The document; `-` reads stdin
    file: PathBuf,
    /// The markup, where the file's name does not tell [stdin: rst]
    #[arg(long)]
    markup: Option<MarkupName>,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MarkupName {
    Rst,
    Markdown,
}

impl From<MarkupName> for Markup {
    fn from(name: MarkupName) -> Self {
        match name {
            MarkupName::Rst => Self::Rst,
            MarkupName::Markdown => Self::Markdown,
        }
    }
}

pub(super) fn run(args: &Args, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let markup = args.markup.map(Markup::from);
    let path = SourcePath::given(&args.file);
    let source = if path.shown == "-" {
        read_stream(&mut io::stdin(), markup.unwrap_or(Markup::Rst))
    } else if let Some(markup) = markup {
        read_source_as(&path, markup)
    } else {
        read_source(&path)
    };
    let source = Arc::new(source.map_err(Error::from)?);
    let document = parse(&source);
    session.about_documents(&document.diagnostics)?;
    let tree = outline(&document.value, &source);
    match args.format {
        Format::Json => json::print(session.output, &tree)?,
        Format::Text => print_tree(session, tree, 0)?,
    }
    Ok(Exit::Clean)
}

/// Prints a node's children, each on one line: place, kind, what it says.
fn print_tree(session: &mut Session<'_>, node: Node<'_>, depth: usize) -> io::Result<()> {
    for child in node.children().into_iter().flatten() {
        session.output.line(node_line(session, child, depth))?;
        print_tree(session, child, depth + 1)?;
    }
    Ok(())
}

fn node_line(session: &Session<'_>, node: Node<'_>, depth: usize) -> String {
    let palette = session.output.data;
    let line = node.line();
    let members = node.members();
    let said = ["title", "term", "text", "argument", "name"]
        .into_iter()
        .filter_map(|member| members.get(member)?.as_str())
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let first = said.lines().next().unwrap_or_default();
    let more = if said.lines().nth(1).is_some() {
        " ..."
    } else {
        ""
    };
    let task = match members.get("task").and_then(Value::as_bool) {
        Some(true) => " [x]",
        Some(false) => " [ ]",
        None => "",
    };
    let number = super::output::paint(palette.faint, format!("{line:>5}"));
    let kind = super::output::paint(palette.name, node.kind());
    let indent = "  ".repeat(depth);
    format!("{number}  {indent}{kind}{task} {first}{more}")
        .trim_end()
        .to_owned()
}
