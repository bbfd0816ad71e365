//! Text as a YAML scalar.

/// Returns `text` as a double-quoted YAML scalar on one line; any text reads back the same.
pub(super) fn scalar(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // YAML 1.2, section 5.1: not printable, or a line break to some readers.
            '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_reads_back() {
        for text in [
            "",
            "a: b # c",
            "- \"x\" \\ 'y'",
            "\u{1}\u{85}\u{2028}\u{7f}",
            "a\n\tb\r\n ",
            "{{ x }} & *y !z %",
        ] {
            let read: String = serde_norway::from_str(&scalar(text)).unwrap();
            assert_eq!(read, text);
        }
    }
}
