//! A sentence into tokens: words, numbers and marks with their place.

use unicode_segmentation::UnicodeSegmentation;

use crate::lexicon::lexicon;

/// A word, a number or a mark of one sentence.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// First byte in the sentence.
    pub(crate) start: usize,
    /// Byte after the last.
    pub(crate) end: usize,
    /// As written.
    pub(crate) text: String,
    /// In lower case.
    pub(crate) lower: String,
    /// Begins with a capital.
    pub(crate) capital: bool,
    /// Letters or digits, not a mark.
    pub(crate) word: bool,
}

impl Token {
    fn new(text: &str, start: usize) -> Self {
        Self {
            start,
            end: start + text.len(),
            text: text.to_owned(),
            lower: text.to_lowercase().replace('\u{2019}', "'"),
            capital: text.chars().next().is_some_and(char::is_uppercase),
            word: text.chars().any(char::is_alphanumeric),
        }
    }

    /// Any of these words, in lower case.
    pub(crate) fn is(&self, words: &[&str]) -> bool {
        words.contains(&self.lower.as_str())
    }
}

/// Pieces at word boundaries after Unicode annex 29, put together again where English writes one word (`U.S.`,
/// `peace-keeping`) and apart where it writes two in one (`Israel's`, `won't`, `US-led`).
pub(crate) fn tokens(sentence: &str) -> Vec<Token> {
    let pieces: Vec<(usize, &str)> =
        sentence.split_word_bound_indices().filter(|(_, piece)| !piece.trim().is_empty()).collect();
    let mut out: Vec<Token> = Vec::with_capacity(pieces.len());
    let mut at = 0;
    while at < pieces.len() {
        let (start, piece) = pieces[at];
        let mut end = start + piece.len();
        at += 1;
        let is_word = piece.chars().any(char::is_alphanumeric);
        if is_word {
            if is_initials(piece) && pieces.get(at).is_some_and(|next| *next == (end, ".")) {
                end += 1;
                at += 1;
            }
            // Hyphenated words are one, unless a name of the tables stands before the hyphen.
            while let (Some(&(hyphen_at, "-")), Some(&(next_at, next))) = (pieces.get(at), pieces.get(at + 1))
            {
                let joined = hyphen_at == end && next_at == end + 1;
                if !joined
                    || !next.chars().any(char::is_alphanumeric)
                    || (lexicon().is_name(&sentence[start..end])
                        && !lexicon().joins(&sentence[start..end], next))
                {
                    break;
                }
                end = next_at + next.len();
                at += 2;
            }
        }
        push(&mut out, &sentence[start..end], start);
    }
    out
}

fn push(out: &mut Vec<Token>, text: &str, start: usize) {
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    let apostrophe = if text.contains('\u{2019}') { '\u{2019}'.len_utf8() } else { 1 };
    if lower.len() > 2 && lower.ends_with("'s") {
        let cut = text.len() - 1 - apostrophe;
        out.push(Token::new(&text[..cut], start));
        out.push(Token::new(&text[cut..], start + cut));
    } else if lower.len() > 3 && lower.ends_with("n't") {
        let cut = text.len() - 2 - apostrophe;
        out.push(Token::new(&text[..cut], start));
        out.push(Token::new(&text[cut..], start + cut));
    } else if let Some(tail) =
        ["'ll", "'ve", "'re"].iter().find(|t| lower.len() > t.len() && lower.ends_with(**t))
    {
        let cut = text.len() - (tail.len() - 1) - apostrophe;
        out.push(Token::new(&text[..cut], start));
        out.push(Token::new(&text[cut..], start + cut));
    } else {
        out.push(Token::new(text, start));
    }
}

/// `U.S`, `U.N`, `A`: letters with stops between, or an abbreviation of the list.
fn is_initials(piece: &str) -> bool {
    let mut parts = piece.split('.');
    let single = piece.contains('.') && parts.all(|part| part.chars().count() == 1);
    single || lexicon().is_abbreviation(&piece.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn words_as_english_writes_them() {
        let texts = |s: &str| tokens(s).into_iter().map(|t| t.text).collect::<Vec<_>>().join("|");
        assert_eq!(texts("U.S. and Israel's peace-keeping"), "U.S.|and|Israel|'s|peace-keeping");
        assert_eq!(texts("Vietnamese-led forces won't go."), "Vietnamese|-|led|forces|wo|n't|go|.");
        assert_eq!(texts("al-Qaeda\u{2019}s men, Lt. Gen. X"), "al-Qaeda|\u{2019}s|men|,|Lt.|Gen.|X");
    }
}
