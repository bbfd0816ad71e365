//! What is wrong with a text that a person wrote, where, and what to do about it.

use std::fmt;

use crate::source::Place;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Probably not what the author meant.
    Warning,
    /// Wrong: what was asked for cannot be right as it stands.
    Error,
}

impl Severity {
    /// Returns the severity's word: `note`, `warning` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The kinds of findings, each with a stable name.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The stable name of a kind of finding, as printed and as `explain` takes it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// All codes, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Returns the code's name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Returns what the code means and what to do about it.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc, "\n"),+),)+ }
            }
        }
    };
}

codes! {
    /// The document's structure is malformed: it was read as docutils reads it, which may not be what was meant.
    Structure = "structure",
    /// Blocks are nested deeper than the fixed limit; what lies deeper was kept as text.
    TooDeep = "too-deep",
    /// A reference leads nowhere: no label, section or document of that name is known.
    UnresolvedReference = "unresolved-reference",
    /// An included file cannot be read, lies outside the source root, or includes itself.
    Include = "include",
    /// An override in the config or in a comment matches nothing.
    UnusedOverride = "unused-override",
    /// A step has content for other variants but none for the chosen one.
    NoVariantContent = "no-variant-content",
    /// What is for other variants was left out.
    LeftOut = "left-out",
    /// A template cannot be read or uses something that is not there.
    Template = "template",
    /// A ticket's marker is damaged, doubled or foreign; the text around it is kept.
    Marker = "marker",
    /// A ticket's front matter is damaged.
    TicketFile = "ticket-file",
    /// A config file has a wrong value or an unknown key.
    Config = "config",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A further place that a finding speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What is there, lower case, without a full stop.
    pub message: String,
}

/// One finding about a person's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding it is.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, lower case, values in backticks, without a full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// Other places that belong to it.
    pub labels: Vec<Label>,
    /// What to do next, one line.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Returns a finding without further labels and without help.
    pub fn new(severity: Severity, code: Code, place: Place, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            place,
            labels: Vec::new(),
            help: None,
        }
    }

    /// Returns the finding with one further place.
    pub fn label(mut self, place: Place, message: impl Into<String>) -> Self {
        self.labels.push(Label {
            place,
            message: message.into(),
        });
        self
    }

    /// Returns the finding with what to do next.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A value read from a person's text, with the findings made on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<T> {
    /// What was read.
    pub value: T,
    /// What was found, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Parsed<T> {
    /// Returns `value` without findings.
    pub fn clean(value: T) -> Self {
        Self {
            value,
            diagnostics: Vec::new(),
        }
    }

    /// Returns the findings' value changed by `change`, the findings kept.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Parsed<U> {
        Parsed {
            value: change(self.value),
            diagnostics: self.diagnostics,
        }
    }
}
