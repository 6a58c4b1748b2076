//! The rung of each claim, with who recomputed and who contests it.

use std::collections::{BTreeMap, BTreeSet};

use onus_claim::{Assessment, Rung};
use onus_proof::{Contest, Digest, NoteTime, Opinion, Reason, Seen, StatedOutcome, Verdict};

use crate::Policy;

/// What a party of the policy says of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub party: String,
    /// Name and hash of the key.
    pub key: String,
    /// What recomputing gave.
    pub outcome: StatedOutcome,
    /// What it was computed from.
    pub seen: Seen,
    /// When, by the signer's clock.
    pub made: NoteTime,
}

/// That a party of the policy contests a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contested {
    /// Who.
    pub party: String,
    /// Name and hash of the key.
    pub key: String,
    /// On what ground.
    pub reason: Reason,
    /// The signer's words.
    pub text: Vec<String>,
    /// A dossier to be read beside.
    pub with: Option<Digest>,
    /// When, by the signer's clock.
    pub made: NoteTime,
}

/// A claim, its rung, and what others say of it. Made by [`crate::judge`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimStanding {
    assessment: Assessment,
    rung: Rung,
    said: Vec<Said>,
    contested: Vec<Contested>,
}

impl ClaimStanding {
    /// What the verifier's own computation gave.
    #[must_use]
    pub fn own(&self) -> &Assessment {
        &self.assessment
    }

    /// The rung, with what others say counted.
    #[must_use]
    pub fn rung(&self) -> Rung {
        self.rung
    }

    /// Verdicts that count.
    #[must_use]
    pub fn said(&self) -> &[Said] {
        &self.said
    }

    /// Contests that count, and verdicts by which the claim does not recompute.
    #[must_use]
    pub fn contested(&self) -> &[Contested] {
        &self.contested
    }
}

/// An opinion that counts.
pub(crate) struct Counted {
    pub(crate) party: String,
    pub(crate) key: String,
    pub(crate) opinion: Opinion,
}

/// Puts together what counts, claim by claim. `sealer` is the party that sealed, if the policy names it.
pub(crate) fn standings(
    assessments: Vec<Assessment>,
    counted: &[Counted],
    sealer: Option<&str>,
    policy: Option<&Policy>,
) -> Vec<ClaimStanding> {
    let verdicts = last_verdicts(counted);
    let needed = policy.map(Policy::countersigners);
    let mut all = Vec::with_capacity(assessments.len());
    for assessment in assessments {
        let said: Vec<Said> =
            verdicts.values().filter_map(|(by, verdict)| said(by, verdict, &assessment.id)).collect();
        let contests = counted.iter().filter_map(|by| contest(by, &assessment.id));
        let differing = said.iter().filter(|one| one.outcome == StatedOutcome::Differs).map(differs);
        let contested = contests.chain(differing).collect();
        let parties: BTreeSet<&str> = said
            .iter()
            .filter(|one| one.outcome == StatedOutcome::Holds && one.seen == Seen::Raw)
            .map(|one| one.party.as_str())
            .filter(|party| Some(*party) != sealer)
            .collect();
        let countersigned = needed.is_some_and(|needed| parties.len() >= needed);
        let rung = match assessment.rung {
            Rung::Baseless => Rung::Baseless,
            _ if countersigned => Rung::Countersigned,
            own => own,
        };
        all.push(ClaimStanding { assessment, rung, said, contested });
    }
    all
}

/// The verdict of each party that counts: the latest, of equal ones the last given.
fn last_verdicts(counted: &[Counted]) -> BTreeMap<&str, (&Counted, &Verdict)> {
    let mut last: BTreeMap<&str, (&Counted, &Verdict)> = BTreeMap::new();
    for by in counted {
        if let Opinion::Verdict(verdict) = &by.opinion
            && last.get(by.party.as_str()).is_none_or(|(_, earlier)| earlier.made <= verdict.made)
        {
            last.insert(&by.party, (by, verdict));
        }
    }
    last
}

fn said(by: &Counted, verdict: &Verdict, id: &str) -> Option<Said> {
    let claim = verdict.claims.iter().find(|claim| claim.id == id)?;
    Some(Said {
        party: by.party.clone(),
        key: by.key.clone(),
        outcome: claim.outcome,
        seen: claim.seen,
        made: verdict.made,
    })
}

fn contest(by: &Counted, id: &str) -> Option<Contested> {
    let Opinion::Contest(Contest { claim, reason, text, with, made, .. }) = &by.opinion else { return None };
    (claim == id).then(|| Contested {
        party: by.party.clone(),
        key: by.key.clone(),
        reason: *reason,
        text: text.clone(),
        with: *with,
        made: *made,
    })
}

fn differs(said: &Said) -> Contested {
    Contested {
        party: said.party.clone(),
        key: said.key.clone(),
        reason: Reason::DoesNotRecompute,
        text: Vec::new(),
        with: None,
        made: said.made,
    }
}
