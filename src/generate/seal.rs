//! The line that says what an output was made from, and whether it was changed since.
//!
//! ```text
//! seal = "<!-- runsheet: " name " " hash " -->"      Markdown; the first line, or the first one behind front matter
//!      | "# runsheet: " name " " hash                YAML; the first line
//! name = identity of the procedure [ "@" variant ]
//! hash = of the text without the seal, line ends as LF, blank lines at its end left out
//! ```

/// How comments are written in an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// As in HTML.
    Markdown,
    /// Behind `#`.
    Yaml,
}

/// What an output says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seal {
    /// What it was made from.
    pub(super) name: String,
    /// Whether the text is still the one that was written.
    pub(super) intact: bool,
}

const HASH_LENGTH: usize = 16;

/// Returns `text` with its seal in the first line.
pub(super) fn seal(text: &str, syntax: Syntax, name: &str) -> String {
    let line = seal_line(syntax, name, &hash(text));
    let at = match syntax {
        Syntax::Markdown => behind_front_matter(text),
        Syntax::Yaml => 0,
    };
    let (before, behind) = text.split_at(at);
    format!("{before}{line}\n{behind}")
}

/// Returns what `text` says about itself; `None` where it was never generated.
pub(super) fn read(text: &str, syntax: Syntax) -> Option<Seal> {
    let from = match syntax {
        Syntax::Markdown => behind_front_matter(text),
        Syntax::Yaml => 0,
    };
    let rest = &text[from..];
    let start = from + rest.len() - rest.trim_start().len();
    let line = text[start..].split_inclusive('\n').next()?;
    let inner = match syntax {
        Syntax::Markdown => line.trim().strip_prefix("<!--")?.strip_suffix("-->")?,
        Syntax::Yaml => line.trim().strip_prefix('#')?,
    };
    let (name, written) = inner
        .trim()
        .strip_prefix("runsheet:")?
        .trim()
        .rsplit_once(' ')?;
    let is_hash =
        |word: &str| word.len() == HASH_LENGTH && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hash(written) {
        return None;
    }
    let body = format!("{}{}", &text[..start], &text[start + line.len()..]);
    Some(Seal {
        name: name.trim().to_owned(),
        intact: hash(&body) == written,
    })
}

/// Tells whether `line` is a seal.
pub(super) fn is_seal(line: &str) -> bool {
    read(line, Syntax::Markdown).is_some() || read(line, Syntax::Yaml).is_some()
}

fn seal_line(syntax: Syntax, name: &str, hash: &str) -> String {
    // A comment ends at the first `-->`.
    let name = name.replace(['>', '\n'], " ");
    match syntax {
        Syntax::Markdown => format!("<!-- runsheet: {name} {hash} -->"),
        Syntax::Yaml => format!("# runsheet: {name} {hash}"),
    }
}

/// Returns the start of the line behind the YAML front matter, 0 where there is none.
fn behind_front_matter(text: &str) -> usize {
    let mut lines = text.split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| line.trim_end() == "---") else {
        return 0;
    };
    let mut at = first.len();
    for line in lines {
        at += line.len();
        if line.trim_end() == "---" {
            return at;
        }
    }
    0
}

fn hash(text: &str) -> String {
    let unix = text.replace("\r\n", "\n");
    let hex = blake3::hash(unix.trim_end().as_bytes()).to_hex();
    hex[..HASH_LENGTH].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_holds_over_line_ends_and_breaks_over_words() {
        for (text, syntax) in [
            ("- [ ] one\n- [ ] two\n", Syntax::Markdown),
            ("---\nname: x\n---\n\n- [ ] one\n", Syntax::Markdown),
            ("name: x\nbody: []\n", Syntax::Yaml),
            ("", Syntax::Markdown),
        ] {
            let sealed = seal(text, syntax, "a label@site=x");
            let read_back = |text: &str| read(text, syntax).unwrap();
            assert!(read_back(&sealed).intact, "{sealed}");
            assert_eq!(read_back(&sealed).name, "a label@site=x");
            assert!(read_back(&sealed.replace('\n', "\r\n")).intact);
            assert!(read_back(sealed.trim_end()).intact);
            assert!(!read_back(&format!("{sealed}more\n")).intact);
            assert_eq!(read(text, syntax), None);
        }
    }

    #[test]
    fn other_comments_are_no_seals() {
        for text in [
            "<!-- runsheet 1 a/b c=0123456789abcdef -->\n",
            "<!-- runsheet: ignore x -->\n",
            "<!-- runsheet: -->\n",
            "# Title\n",
        ] {
            assert_eq!(read(text, Syntax::Markdown), None, "{text}");
        }
    }
}
