//! Who we are to Jira: an e-mail address with an API token, or a personal access token.

use std::fs;
use std::path::Path;

use super::JiraError;
use crate::config::{Environment, JiraConfig, JiraFlavor};
use crate::tracker::secret::Secret;

/// How to say who we are.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// As a user with a token, or with a password on a server of one's own.
    Basic {
        /// The e-mail address; on a server of one's own the user's name.
        user: String,
        /// The token.
        token: Secret,
    },
    /// As the owner of a personal access token.
    Bearer(Secret),
}

impl Credentials {
    /// Returns what the config leads to: basic authentication where a user is named, and else bearer.
    pub(super) fn find(config: &JiraConfig, host: &str) -> Result<Self, JiraError> {
        let token = Environment::variable(&config.token_env)
            .map(Ok)
            .or_else(|| config.token_file.as_deref().map(read_token));
        let Some(token) = token else {
            return Err(JiraError::NoToken {
                variable: config.token_env.clone(),
                host: host.to_owned(),
            });
        };
        match Environment::variable(&config.email_env) {
            Some(user) => Self::basic(&user, &token?),
            None if config.flavor == JiraFlavor::Cloud && host.ends_with(".atlassian.net") => {
                Err(JiraError::NoUser {
                    variable: config.email_env.clone(),
                    host: host.to_owned(),
                })
            }
            None => Self::bearer(&token?),
        }
    }

    /// Returns the credentials of a user with a token.
    ///
    /// # Errors
    /// Where no user or token looks like that.
    pub fn basic(user: &str, token: &str) -> Result<Self, JiraError> {
        let (user, token) = (user.trim().to_owned(), Secret::new(token));
        if user.is_empty() || user.contains([':', '\n', '\r']) || !token.can_stand_in_a_header() {
            return Err(JiraError::BadToken);
        }
        Ok(Self::Basic { user, token })
    }

    /// Returns the credentials of a personal access token's owner.
    ///
    /// # Errors
    /// Where no token looks like that.
    pub fn bearer(token: &str) -> Result<Self, JiraError> {
        let token = Secret::new(token);
        if !token.can_stand_in_a_header() {
            return Err(JiraError::BadToken);
        }
        Ok(Self::Bearer(token))
    }
}

fn read_token(path: &Path) -> Result<String, JiraError> {
    fs::read_to_string(path).map_err(|source| JiraError::SecretFile {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_shows_itself_nowhere() {
        let basic = Credentials::basic("ann@acme.org", " ATATT3x\n").unwrap();
        assert_eq!(
            format!("{basic:?}"),
            "Basic { user: \"ann@acme.org\", token: [secret] }"
        );
        let bearer = Credentials::bearer("NjQ3").unwrap();
        assert_eq!(format!("{bearer:?}"), "Bearer([secret])");
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_refused_unquoted() {
        for token in ["", "ATATT 3x", "ATATT\n3x", "ATATTä"] {
            let why = Credentials::basic("ann@acme.org", token).unwrap_err();
            assert!(!format!("{why} {why:?}").contains("ATATT"));
        }
    }
}
