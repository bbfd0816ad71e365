//! Prints what a document reads as: `outline FILE|- [--markup rst|markdown] --format json`.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use runsheet::document::outline::outline;
use runsheet::source::{Markup, Source};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut file, mut markup) = (None, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "outline" => {}
            "--markup" => markup = arguments.next(),
            "--format" => drop(arguments.next()),
            _ => file = Some(argument),
        }
    }
    match read(file.as_deref().unwrap_or("-"), markup.as_deref()) {
        Ok(source) => {
            let parsed = runsheet::parse::parse(&source);
            let text = outline(&parsed.value, &source).to_string();
            let _ = writeln!(std::io::stdout(), "{text}");
            for diagnostic in parsed.diagnostics {
                let _ = writeln!(
                    std::io::stderr(),
                    "{:?}: {}",
                    diagnostic.place,
                    diagnostic.message
                );
            }
            ExitCode::SUCCESS
        }
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "{why}");
            ExitCode::from(2)
        }
    }
}

fn read(file: &str, markup: Option<&str>) -> std::io::Result<Arc<Source>> {
    let mut bytes = Vec::new();
    if file == "-" {
        std::io::stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(file)?;
    }
    let markup = match markup {
        Some("markdown") => Markup::Markdown,
        Some(_) => Markup::Rst,
        None => Markup::of_path(Path::new(file)).unwrap_or(Markup::Rst),
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Arc::new(Source::new(file, text, markup)))
}
