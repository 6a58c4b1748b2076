//! Words that speak of all records, which a dossier, showing some, cannot bear out.

use crate::{Claim, Kind};

/// Phrases, in lower case, with the like that a part of the records can bear out.
const PHRASES: &[(&str, &str)] = &[
    ("only", "say what the cited records show"),
    ("no other", "say what the cited records show"),
    ("nobody else", "say what the cited records show"),
    ("nothing else", "say what the cited records show"),
    ("in total", "say \u{201c}at least\u{201d}"),
    ("altogether", "say \u{201c}at least\u{201d}"),
    ("first of all", "use the kind first_seen, which speaks of the cited records"),
    ("for the first time", "use the kind first_seen, which speaks of the cited records"),
    ("never", "say what the cited records show"),
];

impl Claim {
    /// Why the claim cannot be sealed whatever its records show: its kind, or its own words, speak of all records.
    /// The sentence that its kind gives is not looked at: it says no more than what is recomputed.
    #[must_use]
    pub fn speaks_of_all(&self) -> Option<String> {
        if let Kind::Whole(_) = &self.kind {
            return Some(
                "it speaks of all records, and a dossier shows some: a verifier would need every record of the tree"
                    .to_owned(),
            );
        }
        if self.sentence == self.kind.sentence(&self.cites) {
            return None;
        }
        let words = format!(" {} ", plain(&self.sentence));
        let (phrase, instead) = PHRASES.iter().find(|(phrase, _)| words.contains(&format!(" {phrase} ")))?;
        Some(format!(
            "its sentence says \u{201c}{phrase}\u{201d}, which speaks of all records, and a dossier shows some; {instead}, \
             or leave the sentence out"
        ))
    }
}

/// Words in lower case with single spaces between.
fn plain(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}
