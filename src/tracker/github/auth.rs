//! Who we are to GitHub: a token from the environment, a file or `gh`, or an App with its key.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use octocrab::auth::{AppAuth, EncodingKey};
use octocrab::models::AppId;

use super::GitHubError;
use crate::config::{Environment, GitHubConfig};
use crate::tracker::secret::Secret;

/// How to say who we are.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// As the owner of a token.
    Token(Secret),
    /// As an App, by its installation in the repository.
    App(AppAuth),
}

impl Credentials {
    /// Returns what the config leads to.
    pub(super) fn find(config: &GitHubConfig, host: &str) -> Result<Self, GitHubError> {
        if let Some(app) = &config.app {
            return app_key(app.id, &app.key_file);
        }
        let token = Environment::variable(&config.token_env)
            .or_else(|| {
                let usual = config.token_env == "GITHUB_TOKEN";
                usual.then(|| Environment::variable("GH_TOKEN")).flatten()
            })
            .map(Ok)
            .or_else(|| config.token_file.as_deref().map(read_token))
            .or_else(|| token_of_gh(host).map(Ok));
        let Some(token) = token else {
            return Err(GitHubError::NoToken {
                variable: config.token_env.clone(),
                host: host.to_owned(),
            });
        };
        Self::token(&token?)
    }

    /// Returns the credentials of a token's owner.
    ///
    /// # Errors
    /// Where no token looks like that.
    pub fn token(token: &str) -> Result<Self, GitHubError> {
        let token = Secret::new(token);
        if !token.can_stand_in_a_header() {
            return Err(GitHubError::BadToken);
        }
        Ok(Self::Token(token))
    }
}

/// Returns the key of an App.
fn app_key(id: u64, path: &Path) -> Result<Credentials, GitHubError> {
    let pem = fs::read(path).map_err(|source| GitHubError::SecretFile {
        path: path.to_owned(),
        source,
    })?;
    // The error is left aside: it could quote the key.
    let key = EncodingKey::from_rsa_pem(&pem).map_err(|_| GitHubError::BadKey {
        path: path.to_owned(),
    })?;
    Ok(Credentials::App(AppAuth {
        app_id: AppId(id),
        key,
    }))
}

fn read_token(path: &Path) -> Result<String, GitHubError> {
    fs::read_to_string(path).map_err(|source| GitHubError::SecretFile {
        path: PathBuf::from(path),
        source,
    })
}

/// Returns the token that the `gh` command signs in with, `None` where it is not there or has none.
fn token_of_gh(host: &str) -> Option<String> {
    let host = if host == "api.github.com" {
        "github.com"
    } else {
        host
    };
    let output = Command::new("gh")
        .args(["auth", "token", "--hostname", host])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let token = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !token.trim().is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_shows_itself_nowhere() {
        let credentials = Credentials::token(" ghp_abc123\n").unwrap();
        assert_eq!(format!("{credentials:?}"), "Token([secret])");
        let Credentials::Token(secret) = credentials else {
            panic!("it is a token")
        };
        assert_eq!(secret.expose(), "ghp_abc123");
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_refused_unquoted() {
        for token in ["", "ghp abc", "ghp\nabc", "ghp_ä"] {
            let why = Credentials::token(token).unwrap_err();
            assert!(token.is_empty() || !format!("{why} {why:?}").contains("ghp"));
        }
    }
}
