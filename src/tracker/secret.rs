//! Texts that must not be shown: tokens.

use std::fmt;

/// A text that never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Returns the text as a secret, without the white space around it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// Returns the text itself, to be sent to the server it is for and nowhere else.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// Tells whether it is a whole word of visible ASCII, as tokens are.
    pub(super) fn can_stand_in_a_header(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
