//! A verdict: what recomputing a dossier's claims gave, and what it was computed from.

use std::collections::BTreeSet;

use super::lines::Lines;
use crate::{Digest, NoteError, NoteTime};

pub(super) const FORMAT: &str = "onus-verdict/1";

/// What the signer's recomputation of a claim gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatedOutcome {
    /// The claim follows.
    Holds,
    /// It turns on hidden fields.
    NeedsHidden,
    /// It could not be computed.
    Unsupported,
    /// It does not follow.
    Differs,
}

impl StatedOutcome {
    const ALL: [Self; 4] = [Self::Holds, Self::NeedsHidden, Self::Unsupported, Self::Differs];

    /// Its word in notes.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::NeedsHidden => "needs-hidden",
            Self::Unsupported => "unsupported",
            Self::Differs => "differs",
        }
    }
}

/// What the signer saw of the records that a claim cites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Seen {
    /// Every field and the raw bytes.
    Raw,
    /// What the dossier discloses.
    Redacted,
}

impl Seen {
    const ALL: [Self; 2] = [Self::Raw, Self::Redacted];

    /// Its word in notes.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Redacted => "redacted",
        }
    }
}

/// A claim and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimVerdict {
    /// The claim's id.
    pub id: String,
    /// What recomputing gave.
    pub outcome: StatedOutcome,
    /// From what.
    pub seen: Seen,
}

/// A signer's word on the claims of a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// SHA-256 of the dossier.
    pub dossier: Digest,
    /// When, by the signer's clock.
    pub made: NoteTime,
    /// The program.
    pub tool: String,
    /// The claims, each once.
    pub claims: Vec<ClaimVerdict>,
}

impl Verdict {
    pub(super) fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = Lines::of(text, FORMAT)?;
        let (dossier, made) = (lines.digest("dossier")?, lines.time("made")?);
        let tool = lines.word("tool")?.to_owned();
        let (mut claims, mut ids) = (Vec::new(), BTreeSet::new());
        while let Some(line) = lines.optional("claim")? {
            let claim = claim(line).ok_or(NoteError::Malformed("a claim without a known outcome"))?;
            if !ids.insert(claim.id.clone()) {
                return Err(NoteError::Malformed("a claim stands twice"));
            }
            claims.push(claim);
        }
        lines.end()?;
        if claims.is_empty() {
            return Err(NoteError::Malformed("it names no claim"));
        }
        Ok(Self { dossier, made, tool, claims })
    }

    pub(super) fn encode(&self) -> String {
        let head = format!("{FORMAT}\ndossier {}\nmade {}\ntool {}\n", self.dossier, self.made, self.tool);
        self.claims.iter().fold(head, |text, claim| {
            text + &format!("claim {} {} {}\n", claim.outcome.word(), claim.seen.word(), claim.id)
        })
    }
}

fn claim(line: &str) -> Option<ClaimVerdict> {
    let mut words = line.splitn(3, ' ');
    let (outcome, seen, id) = (words.next()?, words.next()?, words.next()?);
    Some(ClaimVerdict {
        id: Some(id).filter(|id| !id.is_empty())?.to_owned(),
        outcome: StatedOutcome::ALL.into_iter().find(|known| known.word() == outcome)?,
        seen: Seen::ALL.into_iter().find(|known| known.word() == seen)?,
    })
}
