//! Text into HTML: everything that comes from a log is escaped, always.

use std::fmt::Write as _;

/// A page that grows.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup of ours, as it is.
    pub(super) fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text of anybody's: no character of it is markup, and what could steer a terminal or hide text is shown.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' => self.0.push_str(" ⏎ "),
                c if c.is_control() || is_hidden(c) => {
                    // Writing to a String cannot fail.
                    let _ = write!(self.0, "\\u{{{:x}}}", c as u32);
                }
                c => self.0.push(c),
            }
        }
        self
    }

    /// An element with text in it; `open` is a tag with its attributes, e.g. `td class=n`.
    pub(super) fn element(&mut self, open: &str, text: &str) -> &mut Self {
        let name = open.split(' ').next().unwrap_or(open);
        self.raw("<").raw(open).raw(">").text(text).raw("</").raw(name).raw(">")
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Direction marks and zero-width characters, with which text can look like other text.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::Html;

    #[test]
    fn no_text_becomes_markup() {
        let mut html = Html::default();
        html.element("td class=n", "<script>'\"&\u{202e}\u{1b}[0m");
        assert_eq!(html.finish(), "<td class=n>&lt;script&gt;&#39;&quot;&amp;\\u{202e}\\u{1b}[0m</td>");
    }
}
