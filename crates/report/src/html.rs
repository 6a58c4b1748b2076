//! Text into HTML: everything that comes from a log is escaped and cut, always.

use std::fmt::Write as _;

/// Bytes shown of any one text; nobody reads more on a page, and a log can hold a command line of a megabyte.
const LONGEST: usize = 1_000;
/// Combining marks in a row that a letter of a living language may carry; more of them cover the lines around.
const MARKS: usize = 3;

/// A page that grows.
#[derive(Default)]
pub struct Html(String);

impl Html {
    /// Markup of ours, as it is.
    pub fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text of anybody's: no character of it is markup, what could steer a terminal, hide or overlay text is
    /// shown by its number, and what is long is cut with its length told.
    pub fn text(&mut self, text: &str) -> &mut Self {
        let cut = text.floor_char_boundary(LONGEST);
        let mut marks = 0;
        for c in text[..cut].chars() {
            marks = if is_combining(c) { marks + 1 } else { 0 };
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' => self.0.push_str(" ⏎ "),
                c if c.is_control() || is_hidden(c) || marks > MARKS => {
                    // Writing to a String cannot fail.
                    let _ = write!(self.0, "\\u{{{:x}}}", c as u32);
                }
                c => self.0.push(c),
            }
        }
        if cut < text.len() {
            let _ = write!(self.0, "… ({} bytes in all)", onus_claim::grouped(text.len() as u64));
        }
        self
    }

    /// An element with text in it; `open` is a tag with its attributes, e.g. `td class=n`.
    pub fn element(&mut self, open: &str, text: &str) -> &mut Self {
        let name = open.split(' ').next().unwrap_or(open);
        self.raw("<").raw(open).raw(">").text(text).raw("</").raw(name).raw(">")
    }

    /// The head of a table in its own box that scrolls: names of columns, those of numbers with `#` before them.
    pub fn table(&mut self, caption: &str, columns: &[&str]) -> &mut Self {
        self.raw("<div class=wide tabindex=0 role=region aria-label=\"")
            .text(caption)
            .raw("\"><table><caption class=hidden>")
            .text(caption)
            .raw("</caption><thead><tr>");
        for column in columns {
            match column.strip_prefix('#') {
                Some(number) => self.element("th scope=col class=n", number),
                None => self.element("th scope=col", column),
            };
        }
        self.raw("</tr></thead><tbody>")
    }

    /// The end of a table.
    pub fn table_end(&mut self) -> &mut Self {
        self.raw("</tbody></table></div>")
    }

    /// The page.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }
}

/// Direction marks, zero-width characters, fillers and tags, with which text can look like other text.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::Html;

    fn shown(text: &str) -> String {
        let mut html = Html::default();
        html.text(text);
        html.finish()
    }

    #[test]
    fn no_text_becomes_markup() {
        let mut html = Html::default();
        html.element("td class=n", "<script>'\"&\u{202e}\u{1b}[0m");
        assert_eq!(html.finish(), "<td class=n>&lt;script&gt;&#39;&quot;&amp;\\u{202e}\\u{1b}[0m</td>");
    }

    #[test]
    fn what_is_long_is_cut_between_characters_and_its_length_told() {
        let long = "ä".repeat(600_000);
        let shown = shown(&long);
        assert!(shown.ends_with("ä… (1,200,000 bytes in all)"), "{}", &shown[shown.len() - 60..]);
        assert!(shown.len() < 1_100);
    }

    #[test]
    fn marks_pile_up_no_higher_than_in_words() {
        assert_eq!(shown("e\u{301}"), "e\u{301}");
        assert_eq!(shown(&format!("e{}", "\u{301}".repeat(5))), "e\u{301}\u{301}\u{301}\\u{301}\\u{301}");
    }
}
