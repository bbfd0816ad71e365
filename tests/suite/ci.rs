//! Tries what README.md says to put into a workflow and a pre-commit config, as far as that goes without GitHub.

use std::path::Path;
use std::process::Command;

use serde_norway::Value;

use crate::sandbox::Sandbox;

#[test]
fn what_ci_is_told_to_run_passes_on_the_example_procedures() {
    let page = include_str!("../../README.md");
    let mut commands = Vec::new();
    for block in page.split("```yaml\n").skip(1) {
        let text = block.split("\n```").next().unwrap_or_default();
        let value: Value = serde_norway::from_str(text).expect("the block is YAML");
        collect(&value, &mut commands);
    }
    assert_eq!(
        commands,
        [
            "runsheet check --format github",
            "runsheet check --format short"
        ]
    );
    let sandbox = Sandbox::with_sources();
    for command in commands {
        let output = Command::new(Path::new(env!("CARGO_BIN_EXE_runsheet")))
            .args(command.split(' ').skip(1))
            .current_dir(sandbox.path())
            .output()
            .expect("the binary runs");
        assert!(output.status.success(), "`{command}`: {output:?}");
        assert!(output.stdout.is_empty(), "`{command}`: {output:?}");
    }
}

/// Collects the values under `run` and `entry` that are commands of ours.
fn collect(value: &Value, commands: &mut Vec<String>) {
    match value {
        Value::Mapping(mapping) => {
            for (key, value) in mapping {
                let is_command = matches!(key.as_str(), Some("run" | "entry"));
                match value.as_str() {
                    Some(text) if is_command && text.starts_with("runsheet ") => {
                        commands.push(text.to_owned());
                    }
                    _ => collect(value, commands),
                }
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, commands)),
        _ => {}
    }
}
