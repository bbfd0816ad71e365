//! Asking a person for what a procedure needs and nobody gave.

use std::io::{self, BufRead, IsTerminal, Write};

use super::session::Session;
use crate::error::Error;
use crate::sync::SyncError;
use crate::sync::wanted::Values;
use crate::variable::{VariableError, Variables};

/// Does `work` with `values`; where variables have no value and a person is at the terminal, asks for them and does it
/// again with the answers.
///
/// `work` finds out that a variable has no value before it changes anything.
///
/// # Errors
/// Those of `work`; it names the variables without a value where nobody can be asked, or the answers end.
pub(super) fn with_values<T>(
    session: &Session<'_>,
    declared: &Variables,
    values: &mut Values,
    mut work: impl FnMut(&Values) -> Result<T, SyncError>,
) -> anyhow::Result<T> {
    match work(values) {
        Err(SyncError::Variables(VariableError::Missing(names))) if session.output.can_ask() => {
            let answers = ask(
                &names,
                declared,
                &mut io::stdin().lock(),
                &mut io::stderr().lock(),
            )?;
            values.extend(answers);
            Ok(work(values).map_err(Error::from)?)
        }
        done => Ok(done.map_err(Error::from)?),
    }
}

/// Asks for each of `names` with what its declaration says of it, again where the answer is empty; the end of the input
/// ends the asking.
fn ask(
    names: &[String],
    declared: &Variables,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> io::Result<Values> {
    let mut answers = Values::new();
    for name in names {
        let help = declared
            .0
            .get(name)
            .and_then(|variable| variable.help.as_deref())
            .map_or_else(String::new, |help| format!(" ({help})"));
        loop {
            write!(output, "{name}{help}: ")?;
            output.flush()?;
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                writeln!(output)?;
                return Ok(answers);
            }
            let answer = line.trim();
            if !answer.is_empty() {
                answers.insert(name.clone(), answer.to_owned());
                break;
            }
        }
    }
    Ok(answers)
}

/// Tells whether a person sits at both ends: what is asked is seen, and what is answered was typed.
pub(super) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variable::Variable;

    fn asked(typed: &str) -> (String, Values) {
        let version = Variable {
            help: Some("as in 2.3.0".to_owned()),
            ..Variable::default()
        };
        let declared = Variables([("version".to_owned(), version)].into());
        let names = ["branch".to_owned(), "version".to_owned()];
        let mut output = Vec::new();
        let answers = ask(&names, &declared, &mut typed.as_bytes(), &mut output).unwrap();
        (String::from_utf8(output).unwrap(), answers)
    }

    #[test]
    fn each_variable_is_asked_for_until_it_has_a_value() {
        let (seen, answers) = asked("main\n\n  2.3.0 \n");
        assert_eq!(
            seen,
            "branch: version (as in 2.3.0): version (as in 2.3.0): "
        );
        let expected = [("branch", "main"), ("version", "2.3.0")];
        assert_eq!(
            answers,
            expected
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into()
        );
    }

    #[test]
    fn the_end_of_the_input_ends_the_asking() {
        let (seen, answers) = asked("main\n");
        assert_eq!(seen, "branch: version (as in 2.3.0): \n");
        assert_eq!(answers.len(), 1);
    }
}
