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
    /// A template words a step differently from its procedure.
    ///
    /// Case, punctuation, markup and articles do not count, nor does *check* for *verify*. It is a note where
    /// only the order of the words differs, or where the template does not say when the step applies.
    ///
    /// Change the one that is wrong, or let `generate` write the template.
    DriftReworded = "drift-reworded",
    /// A template leaves out a step, or a whole phase, of its procedure.
    ///
    /// Add the step to the template below the line that is named, or let `generate` write the template.
    DriftMissing = "drift-missing",
    /// A template has a step that its procedure does not have.
    ///
    /// Add the step to the procedure, where people look first, or take it out of the template.
    DriftExtra = "drift-extra",
    /// A template has another command than its procedure.
    ///
    /// Commands are compared letter by letter; blanks and prompts do not count. It is a note where the
    /// template just leaves the command out.
    DriftCommand = "drift-command",
    /// A template has other steps in the place of some of its procedure's.
    DriftReplaced = "drift-replaced",
    /// A template has a step at another place than its procedure.
    DriftOrder = "drift-order",
    /// A procedure has no template although others of its page have one.
    ///
    /// `generate` adds it, where the config has an `[[output]]` of kind `docs-section` for the page.
    MissingTemplate = "missing-template",
    /// A template stands under a heading for templates but there is no procedure that it could be made from.
    OrphanTemplate = "orphan-template",
    /// An output is not what its procedure would give now: `generate` brings it up to date.
    StaleOutput = "stale-output",
    /// An output was changed by hand since it was written: `generate` leaves it alone without `--force`.
    ///
    /// Move the change to the procedure, then run `generate --force`.
    EditedOutput = "edited-output",
    /// An output's procedure is gone: `generate --prune` deletes it.
    OrphanOutput = "orphan-output",
    /// An output cannot be planned as the config says it.
    ///
    /// Two would be the same file, the page is not there, or a pattern fits nothing.
    Output = "output",
    /// The numbers of a list jump: a step may have been lost, or its number is wrong.
    NumberingGap = "numbering-gap",
    /// A step has no text.
    EmptyStep = "empty-step",
    /// Two places have the same label, so a reference to it can lead to the wrong one.
    DuplicateLabel = "duplicate-label",
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

/// The two texts that a finding compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// What the document says; empty where it says nothing.
    pub doc: String,
    /// What the template made from it says; empty where it says nothing.
    pub template: String,
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
    /// The two texts that it compares, where it compares some.
    pub texts: Option<Box<Texts>>,
    /// Lines to show below it, as a unified diff.
    pub detail: Option<Box<str>>,
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
            texts: None,
            detail: None,
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

    /// Returns the finding with the two texts that it compares.
    pub fn texts(mut self, doc: impl Into<String>, template: impl Into<String>) -> Self {
        self.texts = Some(Box::new(Texts {
            doc: doc.into(),
            template: template.into(),
        }));
        self
    }

    /// Returns the finding with lines to show below it.
    pub fn detail(mut self, detail: impl Into<Box<str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Returns the finding with what to do next.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Returns `1 step`, `2 steps`.
pub(crate) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
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
    /// Returns the findings' value changed by `change`, the findings kept.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Parsed<U> {
        Parsed {
            value: change(self.value),
            diagnostics: self.diagnostics,
        }
    }
}
