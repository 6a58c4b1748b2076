//! A paragraph into sentences, after Unicode annex 29, with abbreviations put together again.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::lexicon::lexicon;

/// Bytes of a sentence at most: what is longer is cut between words, so that no input costs more than its length.
pub(crate) const LONGEST: usize = 1_500;

/// Bytes of each sentence of a paragraph, without white space around it.
pub(crate) fn sentences(text: &str, paragraph: &Range<usize>) -> Vec<Range<usize>> {
    let body = &text[paragraph.clone()];
    // A line's end is no sentence's end; a space has the same length.
    let flat: String = body.replace(['\n', '\r', '\t'], " ");
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut open = 0;
    for (at, piece) in flat.split_sentence_bound_indices() {
        let end = at + piece.len();
        if end < flat.len() && continues(&flat[open..end], &flat[end..]) {
            continue;
        }
        push(&mut out, &flat, open..end);
        open = end;
    }
    push(&mut out, &flat, open..flat.len());
    out.into_iter().map(|range| range.start + paragraph.start..range.end + paragraph.start).collect()
}

/// Whether a sentence goes on after a bound: an abbreviation stood before it, or a small letter comes after it.
fn continues(before: &str, after: &str) -> bool {
    if before.len() > LONGEST {
        return false;
    }
    let tail = before.trim_end();
    let next = after.trim_start().chars().next();
    let small = next.is_some_and(|c| c.is_lowercase() || matches!(c, ',' | ';'));
    if !tail.ends_with('.') {
        return small && !tail.ends_with(['!', '?']);
    }
    let window = tail.floor_char_boundary(tail.len().saturating_sub(16));
    let word = tail[window..]
        .rsplit([' ', '(', '"'])
        .next()
        .unwrap_or_default()
        .trim_end_matches('.')
        .to_lowercase();
    let initials = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    let month_or_title = lexicon().is_abbreviation(&word);
    // "the U.S. He said" ends one, "the U.S. Congress" does not: a stop that is part of the word decides nothing by
    // itself, so it does not end a sentence before another name.
    (initials || month_or_title) && word != "no" || small
}

fn push(out: &mut Vec<Range<usize>>, flat: &str, range: Range<usize>) {
    let mut rest = range;
    loop {
        let piece = &flat[rest.clone()];
        let start = rest.start + (piece.len() - piece.trim_start().len());
        let piece = piece.trim();
        if piece.is_empty() {
            return;
        }
        if piece.len() <= LONGEST {
            out.push(start..start + piece.len());
            return;
        }
        let limit = piece.floor_char_boundary(LONGEST);
        let cut = piece[..limit].rfind(' ').filter(|at| *at > 0).unwrap_or(limit);
        out.push(start..start + piece[..cut].trim_end().len());
        rest = start + cut..start + piece.len();
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, sentences};

    fn cut(text: &str) -> Vec<&str> {
        sentences(text, &(0..text.len())).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn abbreviations_end_no_sentence() {
        let text = "Lt. Gen. Avril met the U.S. Secretary of State on Jan. 5. He left. Mr. B. C. Dee stayed.";
        assert_eq!(
            cut(text),
            [
                "Lt. Gen. Avril met the U.S. Secretary of State on Jan. 5.",
                "He left.",
                "Mr. B. C. Dee stayed."
            ]
        );
    }

    #[test]
    fn a_broken_line_is_no_end() {
        assert_eq!(cut("One\ntwo. Three"), ["One\ntwo.", "Three"]);
    }

    #[test]
    fn without_stops_text_is_cut_between_words() {
        let text = "word ".repeat(2_000);
        let all = cut(&text);
        assert!(
            all.len() > 5
                && all.iter().all(|s| s.len() <= LONGEST && s.starts_with("word") && s.ends_with("word"))
        );
        let solid = "é".repeat(5_000);
        assert!(cut(&solid).iter().all(|s| s.len() <= LONGEST));
    }
}
