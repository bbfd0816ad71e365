//! What people wrote, as HTML that shows it and does nothing.

use std::fmt::Write as _;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Returns an address that a browser may be led to.
pub(super) fn web(address: &str) -> Option<String> {
    let is_web = ["https://", "http://"]
        .iter()
        .any(|scheme| address.to_ascii_lowercase().starts_with(scheme));
    is_web.then(|| address.to_owned())
}

/// Returns a line of Markdown as HTML: code, emphasis and links to the web; everything else is text.
pub(super) fn line(markdown: &str) -> String {
    let mut html = String::new();
    let mut open = Vec::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                html.push_str(&escape(&text));
            }
            Event::Code(code) => {
                let _ = write!(html, "<code>{}</code>", escape(&code));
            }
            Event::SoftBreak | Event::HardBreak => html.push(' '),
            Event::Start(Tag::Emphasis) => html.push_str("<em>"),
            Event::End(TagEnd::Emphasis) => html.push_str("</em>"),
            Event::Start(Tag::Strong) => html.push_str("<strong>"),
            Event::End(TagEnd::Strong) => html.push_str("</strong>"),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let address = web(&dest_url);
                if let Some(address) = &address {
                    let _ = write!(html, "<a href=\"{}\" rel=\"noreferrer\">", escape(address));
                }
                open.push(address.is_some());
            }
            Event::End(TagEnd::Link) if open.pop() == Some(true) => html.push_str("</a>"),
            _ => {}
        }
    }
    html
}

/// Returns a heading's words.
pub(super) fn plain(heading: &str) -> String {
    let mut words = String::new();
    for event in Parser::new(heading) {
        match event {
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            _ => {}
        }
    }
    words
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_text() {
        assert_eq!(
            line("a <script>x()</script> ![i](http://x/i.png) `<b>` **c** \"d\""),
            "a &lt;script&gt;x()&lt;/script&gt; i <code>&lt;b&gt;</code> <strong>c</strong> &quot;d&quot;"
        );
        assert_eq!(
            line("[a](javascript:x()) [b](https://x/?a=1&b='2')"),
            "a <a href=\"https://x/?a=1&amp;b=&#39;2&#39;\" rel=\"noreferrer\">b</a>"
        );
    }
}
