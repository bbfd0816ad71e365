//! The Jiras that tests go through one by one: each with its server, its config and who we are there.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use runsheet::config::{Checklist, ChecklistApp, JiraConfig};
use runsheet::tracker::jira::Credentials;
use tempfile::TempDir;

use crate::jira_fake::{EMAIL, Fake, PAT, TOKEN};
use crate::tracker_contract::{jira_config, jira_server_config};

/// A Jira.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    Cloud,
    Server,
    /// With the steps in the text of Issue Checklist.
    CloudList,
    /// With the steps in the text of Smart Checklist.
    ServerList,
}

/// All of them.
pub(crate) const SITES: [Site; 4] = [Site::Cloud, Site::Server, Site::CloudList, Site::ServerList];

impl Site {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cloud => "Cloud",
            Self::Server => "Data Center",
            Self::CloudList => "Cloud, Issue Checklist",
            Self::ServerList => "Data Center, Smart Checklist",
        }
    }

    pub(crate) fn is_server(self) -> bool {
        matches!(self, Self::Server | Self::ServerList)
    }

    pub(crate) fn start(self) -> Fake {
        match self.is_server() {
            true => Fake::start_server(),
            false => Fake::start(),
        }
    }

    pub(crate) fn config(self, fake: &Fake) -> JiraConfig {
        let config = match self.is_server() {
            true => jira_server_config(&fake.url()),
            false => jira_config(&fake.url()),
        };
        let list = |app, field: &str| Checklist {
            app,
            field: field.to_owned(),
        };
        let checklist = match self {
            Self::Cloud | Self::Server => None,
            Self::CloudList => Some(list(ChecklistApp::IssueChecklist, "Checklist Text")),
            Self::ServerList => Some(list(ChecklistApp::SmartChecklist, "customfield_10021")),
        };
        JiraConfig {
            checklist,
            ..config
        }
    }

    pub(crate) fn credentials(self) -> Credentials {
        match self.is_server() {
            true => Credentials::bearer(PAT).unwrap(),
            false => Credentials::basic(EMAIL, TOKEN).unwrap(),
        }
    }

    /// Returns the token that the program is given.
    pub(crate) fn token(self) -> &'static str {
        match self.is_server() {
            true => PAT,
            false => TOKEN,
        }
    }

    /// Returns a folder with a document of three steps and a config that leads to the server.
    pub(crate) fn project(self, fake: &Fake) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let flavor = match self.is_server() {
            false => "",
            true => "flavor = \"data-center\"\nemail-env = \"NOBODY\"\n",
        };
        let checklist = match self {
            Self::Cloud | Self::Server => "",
            Self::CloudList => "checklist = {}\n",
            Self::ServerList => "checklist = { app = \"smart-checklist\" }\n",
        };
        let keys = format!("{flavor}{checklist}");
        let config = format!(
            "[tracker.ops]\nkind = \"jira\"\nurl = \"{}\"\nproject = \"OPS\"\n{keys}\
             [tracker.ops.transitions]\nstart = \"Start work\"\ndone = \"Finish\"\n",
            fake.url()
        );
        fs::write(folder.path().join("runsheet.toml"), config).unwrap();
        fs::create_dir(folder.path().join("sources")).unwrap();
        let document = "# Database upgrade\n\n1. Stop the writers.\n2. Run the upgrade.\n3. Start the writers.\n";
        fs::write(folder.path().join("sources/upgrade.md"), document).unwrap();
        folder
    }
}

/// Returns what a token shows itself by.
pub(crate) fn signs_of(token: &str) -> [String; 2] {
    [
        token.to_owned(),
        STANDARD.encode(format!("{EMAIL}:{token}")),
    ]
}

/// Runs the program in `folder`; returns its exit code and all it said.
pub(crate) fn program(folder: &Path, arguments: &[&str], token: &str) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_runsheet"))
        .current_dir(folder)
        .args(arguments)
        .env_clear()
        .envs([
            ("JIRA_EMAIL", EMAIL),
            ("JIRA_TOKEN", token),
            ("RUST_LOG", "trace"),
        ])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}
