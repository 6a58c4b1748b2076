//! Two versions of one text, paragraph by paragraph, after Gale and Church 1993, "A program for aligning sentences in
//! bilingual corpora": lengths in characters of paragraphs that translate each other go with each other.

use std::ops::Range;

use crate::assertion::{Ledger, Passage};
use crate::document::Document;
use crate::place::Places;

/// Paragraphs of a text that are aligned at most; the work grows with the product of both numbers.
pub const MOST_ALIGNED: usize = 1_000;

/// Variance of the difference in length for each character, as Gale and Church measured it.
const VARIANCE: f64 = 6.8;

/// How many paragraphs of one text correspond to how many of the other, and the share of such groups as Gale and
/// Church measured it.
const GROUPS: [(usize, usize, f64); 6] =
    [(1, 1, 0.89), (1, 0, 0.0099), (0, 1, 0.0099), (2, 1, 0.089), (1, 2, 0.089), (2, 2, 0.011)];

/// Paragraphs of the one text with those of the other.
type Pair = (Range<usize>, Range<usize>);

/// Puts the corresponding paragraphs of the original beside each assertion. Gives the number of assertions without.
///
/// # Errors
/// The number of paragraphs of a text that has more than [`MOST_ALIGNED`].
pub fn align(ledger: &mut Ledger, document: &Document, original: &Document) -> Result<usize, usize> {
    let (ours, theirs) = (lengths(document), lengths(original));
    let longer = ours.len().max(theirs.len());
    if longer > MOST_ALIGNED {
        return Err(longer);
    }
    let places = Places::new(&original.text);
    let mut passages: Vec<Option<Passage>> = vec![None; ours.len()];
    for (our, their) in pairs(&ours, &theirs) {
        let passage = passage(original, &their, &places);
        our.for_each(|at| passages[at].clone_from(&passage));
    }
    for line in &mut ledger.assertions {
        line.original = passages.get(line.paragraph.saturating_sub(1)).cloned().flatten();
    }
    Ok(ledger.assertions.iter().filter(|line| line.original.is_none()).count())
}

fn lengths(document: &Document) -> Vec<f64> {
    document.paragraphs.iter().map(|range| document.text[range.clone()].chars().count() as f64).collect()
}

fn passage(original: &Document, range: &Range<usize>, places: &Places<'_>) -> Option<Passage> {
    let paragraphs = &original.paragraphs[range.clone()];
    let (start, end) = (paragraphs.first()?.start, paragraphs.last()?.end);
    Some(Passage {
        text: original.text[start..end].to_owned(),
        start: places.char_at(start),
        end: places.char_at(end),
        paragraph: range.start + 1,
        paragraphs: range.len(),
    })
}

/// The groups of least cost, by dynamic programming.
fn pairs(ours: &[f64], theirs: &[f64]) -> Vec<Pair> {
    let (rows, columns) = (ours.len() + 1, theirs.len() + 1);
    // One language is terser than the other: Chinese needs a third of the characters of English.
    let ratio = theirs.iter().sum::<f64>() / ours.iter().sum::<f64>().max(1.0);
    let mut least = vec![(f64::INFINITY, 0); rows * columns];
    least[0].0 = 0.0;
    for i in 0..rows {
        for j in 0..columns {
            for (group, (di, dj, share)) in GROUPS.iter().enumerate() {
                let (Some(pi), Some(pj)) = (i.checked_sub(*di), j.checked_sub(*dj)) else { continue };
                let length = cost(ours[pi..i].iter().sum(), theirs[pj..j].iter().sum(), ratio);
                let cost = least[pi * columns + pj].0 + length - share.ln();
                if cost < least[i * columns + j].0 {
                    least[i * columns + j] = (cost, group);
                }
            }
        }
    }
    let (mut i, mut j) = (ours.len(), theirs.len());
    let mut out = Vec::new();
    while (i, j) != (0, 0) {
        let (di, dj, _) = GROUPS[least[i * columns + j].1];
        out.push((i - di..i, j - dj..j));
        (i, j) = (i - di, j - dj);
    }
    out
}

/// Minus the logarithm of the chance that texts of these lengths translate each other.
fn cost(ours: f64, theirs: f64, ratio: f64) -> f64 {
    let mean = f64::midpoint(ours, theirs / ratio.max(1e-9));
    if mean <= 0.0 {
        return 0.0;
    }
    let delta = (theirs - ours * ratio) / (mean * VARIANCE * ratio.max(1e-9)).sqrt();
    -(2.0 * upper_tail(delta.abs())).max(1e-300).ln()
}

/// The chance that a standard normal variable is above `z`, for `z` from 0 (Abramowitz and Stegun 26.2.17; the error is
/// below 7.5e-8).
fn upper_tail(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let series = [1.330_274_429, -1.821_255_978, 1.781_477_937, -0.356_563_782, 0.319_381_530]
        .iter()
        .fold(0.0, |sum, coefficient| (sum + coefficient) * t);
    series * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::{align, pairs, upper_tail};
    use crate::{Document, read};

    #[test]
    fn the_normal_tail() {
        for (z, tail) in [(0.0, 0.5), (1.0, 0.158_655_25), (1.96, 0.024_997_90), (4.0, 3.167_1e-5)] {
            assert!((upper_tail(z) - tail).abs() < 1e-7, "{z}");
        }
    }

    #[test]
    fn groups_by_length() {
        let shown = |ours: &[f64], theirs: &[f64]| {
            let mut found = pairs(ours, theirs);
            found.reverse();
            found
        };
        assert_eq!(
            shown(&[20.0, 300.0, 90.0], &[7.0, 100.0, 30.0]),
            [(0..1, 0..1), (1..2, 1..2), (2..3, 2..3)]
        );
        // Two paragraphs of ours are one of theirs.
        assert_eq!(
            shown(&[40.0, 300.0, 280.0, 90.0], &[40.0, 580.0, 90.0]),
            [(0..1, 0..1), (1..3, 1..2), (3..4, 2..3)]
        );
        assert!(shown(&[], &[]).is_empty());
    }

    #[test]
    fn a_ledger_cites_both_versions() {
        let ours = "Statement of the ministry on the accusations.\n\nFrance condemned Spain for the theft of documents \
            from its ministry, and will not accept it.\n\nItaly praised France.";
        let theirs = "Erkl\u{e4}rung des Ministeriums zu den Vorw\u{fc}rfen.\n\nFrankreich verurteilte Spanien wegen des Diebstahls \
            von Dokumenten aus seinem Ministerium und wird das nicht hinnehmen.\n\nItalien lobte Frankreich.";
        let document = Document::read(ours.as_bytes(), "-").unwrap();
        let original = Document::read(theirs.as_bytes(), "-").unwrap();
        let mut ledger = read(&document, "-", None);
        assert_eq!(align(&mut ledger, &document, &original), Ok(0));
        let characters: Vec<char> = theirs.chars().collect();
        for (word, paragraph) in [("condemned", 2), ("praised", 3)] {
            let line = ledger.assertions.iter().find(|line| line.sentence.contains(word)).unwrap();
            let passage = line.original.as_ref().unwrap();
            assert_eq!((passage.paragraph, passage.paragraphs), (paragraph, 1));
            let cut: String = characters[passage.start..passage.end].iter().collect();
            assert_eq!(cut, passage.text);
        }
    }
}
