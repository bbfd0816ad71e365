//! What a document's front matter says of it: a title, or that it is the template of a ticket.

use serde::Deserialize;

use crate::document::{BlockKind, Document};
use crate::parse::markdown::METADATA;

/// The front matter, as far as it matters here.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct FrontMatter {
    title: Option<String>,
    /// The name of a ticket's template.
    name: Option<String>,
    /// What a ticket's template is for; a forge asks for it where people choose one.
    about: Option<String>,
}

impl FrontMatter {
    /// Returns the front matter of `document`; nothing where it has none, or one that is for something else.
    pub(super) fn of(document: &Document) -> Self {
        let Some((language, content)) = document.children.iter().find_map(content_of) else {
            return Self::default();
        };
        let read = match language {
            "toml" => toml::from_str(content).ok(),
            _ => serde_norway::from_str(content).ok(),
        };
        read.unwrap_or_default()
    }

    /// Returns the title of the document.
    pub(super) fn title(&self) -> Option<&str> {
        let title = match self.is_ticket() {
            true => self.name.as_deref().or(self.title.as_deref()),
            false => self.title.as_deref(),
        };
        title.filter(|title| !title.trim().is_empty())
    }

    /// Tells whether the document is the template of a ticket: that is one piece of work.
    pub(super) fn is_ticket(&self) -> bool {
        self.about.is_some() && self.name.is_some()
    }
}

/// Returns the language and text of front matter.
fn content_of(block: &crate::document::Block) -> Option<(&str, &str)> {
    match &block.kind {
        BlockKind::Directive(directive) if &*directive.name == METADATA => {
            Some((&directive.argument, directive.content.as_deref()?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front(text: &str) -> FrontMatter {
        serde_norway::from_str(text).unwrap()
    }

    #[test]
    fn titles_are_found_and_templates_known() {
        let page = front("title: Moving house\nweight: 3");
        assert_eq!(page.title(), Some("Moving house"));
        assert!(!page.is_ticket());
        let template = front("name: Move\nabout: For those who move\ntitle: 'Move to X'");
        assert_eq!(template.title(), Some("Move"));
        assert!(template.is_ticket());
        assert_eq!(front("labels: a").title(), None);
    }
}
