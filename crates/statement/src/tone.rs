//! How hostile a text is: the acts of its ledger on a published scale, and how absolute its words are.

use serde::Serialize;

use crate::assertion::{Actor, Ledger};
use crate::document::Document;
use crate::lexicon::lexicon;
use crate::reader::same_side;
use crate::sentence::sentences;
use crate::token::tokens;

/// How hostile a text, or one speaker in it, is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tone {
    /// Whose acts were counted; nobody: all.
    pub speaker: Option<String>,
    /// Acts that have a weight.
    pub acts: usize,
    /// Mean weight of the acts after Goldstein 1992, -10 (conflict) to +10 (cooperation); none without an act.
    pub goldstein: Option<f64>,
    /// Words of the sentences in which these acts stand.
    pub words: usize,
    /// Of them those that leave no room: "never", "purely", "groundless".
    pub absolute_words: usize,
    /// The same as a share of all these words, 0 to 1.
    pub absolute_share: f64,
    /// Minus the mean weight: the higher, the more hostile; what percentiles compare.
    pub hostility: Option<f64>,
}

/// The tone of all acts of a ledger, or of those by one speaker, named as the text or a table names them.
#[must_use]
pub fn tone(document: &Document, ledger: &Ledger, speaker: Option<&Actor>) -> Tone {
    let counted = |actor: &Option<Actor>| match (speaker, actor) {
        (None, _) => true,
        (Some(speaker), Some(actor)) => same_side(speaker, actor),
        (Some(_), None) => false,
    };
    let lines: Vec<_> = ledger.assertions.iter().filter(|line| counted(&line.speaker_actor)).collect();
    let weights: Vec<f64> = lines.iter().filter_map(|line| line.act).map(crate::Act::goldstein).collect();
    let goldstein = (!weights.is_empty()).then(|| weights.iter().sum::<f64>() / weights.len() as f64);
    let (mut words, mut absolute_words) = (0, 0);
    let mut count = |sentence: &str| {
        for token in tokens(sentence).iter().filter(|token| token.word) {
            words += 1;
            absolute_words += usize::from(lexicon().words.absolute.contains(&token.lower));
        }
    };
    if speaker.is_none() {
        for paragraph in &document.paragraphs {
            sentences(&document.text, paragraph).into_iter().for_each(|range| count(&document.text[range]));
        }
    } else {
        let mut last = None;
        for line in &lines {
            if last != Some(line.start) {
                count(&line.sentence);
            }
            last = Some(line.start);
        }
    }
    Tone {
        speaker: speaker.map(|actor| actor.text.clone()),
        acts: weights.len(),
        goldstein,
        words,
        absolute_words,
        absolute_share: absolute_words as f64 / (words.max(1)) as f64,
        hostility: goldstein.map(|mean| -mean),
    }
}

/// The tone of each speaker whose acts a ledger holds, in the order of the text; at most [`MOST_SPEAKERS`].
#[must_use]
pub fn tones(document: &Document, ledger: &Ledger) -> Vec<Tone> {
    let mut speakers: Vec<&Actor> = Vec::new();
    for actor in ledger.assertions.iter().filter_map(|line| line.act.and(line.speaker_actor.as_ref())) {
        if speakers.len() < MOST_SPEAKERS && !speakers.iter().any(|known| same_side(known, actor)) {
            speakers.push(actor);
        }
    }
    speakers.into_iter().map(|actor| tone(document, ledger, Some(actor))).collect()
}

/// Speakers whose tone is told.
pub const MOST_SPEAKERS: usize = 20;

/// Earlier texts at least, for a percentile to say anything.
pub const FEWEST_EARLIER: usize = 10;

/// Where a text stands among earlier ones of the same speaker.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// Texts that stand behind it.
    pub texts: usize,
    /// Percent of them that are less hostile, those as hostile counted half; none for too few texts.
    pub percentile: Option<f64>,
    /// Why there is none.
    pub refused: Option<String>,
}

/// Places a hostility among those of earlier texts.
#[must_use]
pub fn place_among(hostility: Option<f64>, earlier: &[f64]) -> Place {
    let texts = earlier.len();
    let refuse = |why: String| Place { texts, percentile: None, refused: Some(why) };
    let Some(hostility) = hostility else { return refuse("this text has no act to weigh".to_owned()) };
    if texts < FEWEST_EARLIER {
        return refuse(format!(
            "{texts} earlier texts with acts are no baseline; at least {FEWEST_EARLIER} are needed"
        ));
    }
    let below = earlier.iter().filter(|other| **other < hostility).count() as f64;
    let equal = earlier.iter().filter(|other| (**other - hostility).abs() < 1e-9).count() as f64;
    Place { texts, percentile: Some(100.0 * (below + equal / 2.0) / texts as f64), refused: None }
}

#[cfg(test)]
mod tests {
    use super::{place_among, tone};
    use crate::{Document, read};

    fn hostility(text: &str) -> (Option<f64>, f64) {
        let document = Document::read(text.as_bytes(), "-").unwrap();
        let tone = tone(&document, &read(&document, "-", None), None);
        (tone.hostility, tone.absolute_share)
    }

    #[test]
    fn threats_are_more_hostile_than_praise() {
        let (threat, absolute) = hostility("France threatened Spain with war. France will never accept it.");
        let (praise, plain) = hostility("France praised Spain for its work.");
        assert!(threat.unwrap() > 3.0 && praise.unwrap() < -3.0);
        assert!(absolute > plain);
        assert_eq!(hostility("Rain fell.").0, None);
    }

    #[test]
    fn a_percentile_needs_a_baseline() {
        let few = place_among(Some(4.0), &[1.0; 9]);
        assert!(few.percentile.is_none() && few.refused.unwrap().contains("9 earlier"));
        let earlier: Vec<f64> = (0..20).map(f64::from).collect();
        assert_eq!(place_among(Some(19.0), &earlier).percentile, Some(97.5));
    }
}
