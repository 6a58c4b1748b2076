//! A contest: a claim that somebody disputes, and on what ground.

use super::lines::Lines;
use crate::{Digest, NoteError, NoteTime};

pub(super) const FORMAT: &str = "onus-contest/1";
const MAX_LINES: usize = 100;

/// Why a claim is contested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Another computation gives something else.
    DoesNotRecompute,
    /// A record says otherwise.
    ContradictingRecord,
    /// A time is not what it is said to be.
    WrongTime,
    /// An address, name or account was not that of whom the claim is taken to speak.
    WrongAddressHolder,
    /// Something else explains the records.
    OtherExplanation,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::DoesNotRecompute,
        Self::ContradictingRecord,
        Self::WrongTime,
        Self::WrongAddressHolder,
        Self::OtherExplanation,
    ];

    /// Its word in notes and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::DoesNotRecompute => "does-not-recompute",
            Self::ContradictingRecord => "contradicting-record",
            Self::WrongTime => "wrong-time",
            Self::WrongAddressHolder => "wrong-address-holder",
            Self::OtherExplanation => "other-explanation",
        }
    }

    /// The reason of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// A signer's word against a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contest {
    /// SHA-256 of the dossier.
    pub dossier: Digest,
    /// The claim's id.
    pub claim: String,
    /// The ground.
    pub reason: Reason,
    /// When, by the signer's clock.
    pub made: NoteTime,
    /// The program.
    pub tool: String,
    /// SHA-256 of another dossier, to be read beside this one.
    pub with: Option<Digest>,
    /// Lines in the signer's own words, at most 100.
    pub text: Vec<String>,
}

impl Contest {
    pub(super) fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = Lines::of(text, FORMAT)?;
        let dossier = lines.digest("dossier")?;
        let claim = lines.word("claim")?.to_owned();
        let reason =
            Reason::from_word(lines.word("reason")?).ok_or(NoteError::Malformed("an unknown reason"))?;
        let (made, tool) = (lines.time("made")?, lines.word("tool")?.to_owned());
        let with = lines.optional("with")?.map(Digest::from_hex).transpose();
        let with = with.map_err(|_| NoteError::Malformed("not a digest"))?;
        let mut words = Vec::new();
        while let Some(line) = lines.optional("text")? {
            words.push(line.to_owned());
        }
        lines.end()?;
        if words.len() > MAX_LINES {
            return Err(NoteError::Malformed("over 100 lines of text"));
        }
        Ok(Self { dossier, claim, reason, made, tool, with, text: words })
    }

    pub(super) fn encode(&self) -> String {
        let mut out = format!(
            "{FORMAT}\ndossier {}\nclaim {}\nreason {}\nmade {}\ntool {}\n",
            self.dossier,
            self.claim,
            self.reason.word(),
            self.made,
            self.tool
        );
        if let Some(with) = self.with {
            out += &format!("with {with}\n");
        }
        for line in &self.text {
            out += &format!("text {line}\n");
        }
        out
    }
}
