//! HTML out of our Markdown, for pages; and the text in a document's raw HTML.

use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream};

use crate::document::fold_whitespace;
use crate::render::address::next_address;

/// Returns Markdown blocks as HTML, wherever they were indented to; raw HTML in them is shown, not obeyed.
pub(super) fn blocks(markdown: &str) -> String {
    let margin = markdown
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0);
    let lines: Vec<&str> = markdown
        .lines()
        .map(|line| line.get(margin..).unwrap_or_default())
        .collect();
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, events(&lines.join("\n")));
    out
}

/// Returns a line of Markdown as HTML without a paragraph around it.
pub(super) fn line(markdown: &str) -> String {
    let mut out = String::new();
    let inner = events(markdown).filter(|event| {
        !matches!(
            event,
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)
        )
    });
    pulldown_cmark::html::push_html(&mut out, inner);
    out.trim_end().to_owned()
}

/// Reads Markdown as GitHub does: bare addresses are links.
fn events(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut kept_as_is = 0;
    TextMergeStream::new(Parser::new_ext(markdown, options)).flat_map(move |event| {
        match &event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => {
                kept_as_is += 1
            }
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock) => kept_as_is -= 1,
            _ => {}
        }
        match event {
            Event::Html(html) | Event::InlineHtml(html) => shown(html).into_iter().collect(),
            Event::Text(text) if kept_as_is == 0 => linked(&text),
            event => vec![event],
        }
    })
}

/// Returns text with the addresses in it as links.
fn linked<'a>(text: &str) -> Vec<Event<'a>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, uri)) = next_address(rest) {
        rest = &rest[before.len() + uri.len()..];
        out.push(Event::Text(before.to_owned().into()));
        out.push(Event::Start(Tag::Link {
            link_type: LinkType::Autolink,
            dest_url: uri.to_owned().into(),
            title: "".into(),
            id: "".into(),
        }));
        out.push(Event::Text(uri.to_owned().into()));
        out.push(Event::End(TagEnd::Link));
    }
    out.push(Event::Text(rest.to_owned().into()));
    out
}

/// Returns what raw HTML shows, without its tags and comments.
pub(crate) fn text(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let tag = &rest[at..];
        let end = if tag.starts_with("<!--") {
            tag.find("-->").map(|end| end + 3)
        } else {
            tag.find('>').map(|end| end + 1)
        };
        out.push(' ');
        rest = end.map_or("", |end| &tag[end..]);
    }
    out.push_str(rest);
    fold_whitespace(&out)
}

/// Returns what a page shows for raw HTML: nothing for a comment, a break for `<br>`, else its characters.
fn shown(html: CowStr<'_>) -> Option<Event<'_>> {
    if html.trim_start().starts_with("<!--") {
        None
    } else if html.eq_ignore_ascii_case("<br>") {
        Some(Event::HardBreak)
    } else {
        Some(Event::Text(html))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_in_markdown_is_shown() {
        assert_eq!(
            line("a <script>x</script> `<b>` #<!-- -->1"),
            "a &lt;script&gt;x&lt;/script&gt; <code>&lt;b&gt;</code> #1"
        );
        assert_eq!(
            line("see https://x.org/a_b. `http://y.org` [http://z.org](http://z.org)"),
            "see <a href=\"https://x.org/a_b\">https://x.org/a_b</a>. <code>http://y.org</code> \
             <a href=\"http://z.org\">http://z.org</a>"
        );
        assert_eq!(
            blocks("- a\n  - b\n"),
            "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>\n"
        );
    }
}
