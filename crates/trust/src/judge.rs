//! One dossier, one policy, and all that came beside: in one direction, to a judgement.

use onus_claim::assess;
use onus_proof::{
    Collected, Digest, Note, NoteError, NoteTime, Opinion, Rejection, Revocation, Rotation, TrustPolicy,
    UnverifiedOpinion, VerifiedDossier, Verifier,
};

use crate::claims::{ClaimStanding, Counted, standings};
use crate::collections::{KnownFile, known};
use crate::policy::{Key, PolicyKey};
use crate::time::{Stamp, beside, carried, heads};
use crate::witnesses::{Cosigner, cosigners, witnessed};
use crate::{Beside, Policy, Role, Unreadable};

/// What counts of something that came beside a dossier, and if nothing does, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Counts,
    /// Not of a known kind in its one form.
    Malformed(Unreadable),
    /// It is about the dossier of this digest.
    AnotherDossier(Digest),
    /// Nobody whom the policy names.
    Stranger,
    /// The signature does not hold under the key that it names.
    BadSignature,
    /// The key counts for nothing from then on.
    Revoked(NoteTime),
    /// It names a claim that is not there.
    AbsentClaim(String),
    /// It is about a file in which no record of the dossier lies.
    AnotherFile,
}

/// Something that came beside, with its standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Where it came from: a file's name.
    pub from: String,
    /// What it is, in a word.
    pub kind: &'static str,
    /// Name and hash of the key that it bears, as far as it bears one.
    pub key: Option<String>,
    /// The party of that key in the policy.
    pub party: Option<String>,
    /// Whether it counts.
    pub standing: Standing,
}

/// Who sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sealer {
    /// A party that the policy trusts with it.
    Trusted(String),
    /// The same, whose key is revoked; the checkpoint existed before, by a token.
    Before {
        /// Who.
        party: String,
        /// From when the key counts for nothing, in seconds from 1970.
        revoked: i64,
        /// When the checkpoint existed at the latest.
        existed: i64,
    },
    /// Any key: compare it by another channel.
    Any,
}

/// Why a dossier is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not hold, or its key is not trusted.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Its key is revoked, and nothing shows that the checkpoint is older.
    #[error("the key {key} is revoked from {since} on, and no time-stamp token shows that the seal is older")]
    RevokedKey {
        /// Name and hash.
        key: String,
        /// From when.
        since: NoteTime,
    },
}

/// The verdict on a dossier. Made by [`judge`] only.
#[derive(Debug, Clone)]
pub struct Judgement {
    dossier: VerifiedDossier,
    sealer: Sealer,
    claims: Vec<ClaimStanding>,
    stamps: Vec<Stamp>,
    cosigners: Vec<Cosigner>,
    witnessed: bool,
    files: Vec<KnownFile>,
    received: Vec<Received>,
    others: Vec<(String, VerifiedDossier)>,
}

impl Judgement {
    /// The dossier, of which every signature, proof and digest holds.
    #[must_use]
    pub fn dossier(&self) -> &VerifiedDossier {
        &self.dossier
    }

    /// Who sealed it.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// The claims in the dossier's order.
    #[must_use]
    pub fn claims(&self) -> &[ClaimStanding] {
        &self.claims
    }

    /// Every token with what it shows: those in the dossier, then those beside it.
    #[must_use]
    pub fn stamps(&self) -> &[Stamp] {
        &self.stamps
    }

    /// Lines of the policy's witnesses.
    #[must_use]
    pub fn cosigners(&self) -> &[Cosigner] {
        &self.cosigners
    }

    /// Whether enough witnesses cosigned the dossier's own checkpoint.
    #[must_use]
    pub fn witnessed(&self) -> bool {
        self.witnessed
    }

    /// Files of the dossier's records that a collection knew.
    #[must_use]
    pub fn files(&self) -> &[KnownFile] {
        &self.files
    }

    /// All that came beside, with its standing.
    #[must_use]
    pub fn received(&self) -> &[Received] {
        &self.received
    }

    /// Dossiers that came beside and hold in themselves, such as those of contests.
    #[must_use]
    pub fn others(&self) -> &[(String, VerifiedDossier)] {
        &self.others
    }
}

/// Judges the bytes of a dossier under `policy`, with what came `beside` it: the name and bytes of each file.
///
/// # Errors
/// [`Refused`]: the dossier does not hold, or not under this policy.
pub fn judge(
    bytes: &[u8],
    policy: Option<&Policy>,
    files: &[(String, Vec<u8>)],
) -> Result<Judgement, Refused> {
    let read: Vec<(&str, Result<Beside, Unreadable>)> =
        files.iter().map(|(name, bytes)| (name.as_str(), Beside::read(bytes))).collect();
    let good = || read.iter().filter_map(|(_, read)| read.as_ref().ok());
    let rotations: Vec<&Rotation> = good()
        .filter_map(|one| if let Beside::Rotation(note) = one { Some(&**note) } else { None })
        .collect();
    let revocations: Vec<&Revocation> = good()
        .filter_map(|one| if let Beside::Revocation(note) = one { Some(&**note) } else { None })
        .collect();
    let after = policy.map(|policy| policy.after(&rotations, &revocations));
    let policy = after.as_ref();
    let dossier = VerifiedDossier::verify(bytes, &policy.map_or(TrustPolicy::AnyKey, Policy::trust))?;

    let tokens: Vec<&[u8]> = good()
        .filter_map(|one| if let Beside::Token(token) = one { Some(token.as_slice()) } else { None })
        .collect();
    let notes: Vec<&Note> =
        good().filter_map(|one| if let Beside::Checkpoint(note) = one { Some(note) } else { None }).collect();
    let collected: Vec<KnownFile> = good()
        .filter_map(|one| if let Beside::Collected(proof) = one { Some(&**proof) } else { None })
        .filter_map(|proof| known(proof, &dossier, &tokens, &notes, policy))
        .collect();
    let mut stamps = carried(&dossier, policy);
    for token in tokens {
        match beside(heads(&dossier), token, policy) {
            Some(stamp) => stamps.push(stamp),
            None if collected
                .iter()
                .all(|file| beside(std::iter::once(file.head()), token, policy).is_none()) =>
            {
                stamps.push(Stamp::STRAY);
            }
            // It is over a collection's checkpoint, and shown there.
            None => {}
        }
    }
    let sealer = sealer(&dossier, policy, &stamps)?;
    let cosigners = cosigners(heads(&dossier), &notes, policy);
    let witnessed = policy.is_some_and(|p| witnessed(&cosigners, dossier.checkpoint().size, p.witnesses()));

    let (mut received, mut counted, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for (from, read) in read {
        let (one, counts) = receive(from, &read, &dossier, policy);
        received.push(one);
        counted.extend(counts);
        if let Ok(Beside::Dossier(other)) = read {
            others.push((from.to_owned(), *other));
        }
    }
    let party = policy.and_then(|policy| policy.signing(dossier.key())).map(|key| key.party.clone());
    counted.retain(|by: &Counted| by.key != dossier.key_id());
    let claims = standings(assess(&dossier), &counted, party.as_deref(), policy);
    Ok(Judgement {
        dossier,
        sealer,
        claims,
        stamps,
        cosigners,
        witnessed,
        files: collected,
        received,
        others,
    })
}

fn sealer(dossier: &VerifiedDossier, policy: Option<&Policy>, stamps: &[Stamp]) -> Result<Sealer, Refused> {
    let key = policy.and_then(|policy| policy.signing(dossier.key()));
    let Some(PolicyKey { party, roles, revoked, .. }) = key else { return Ok(Sealer::Any) };
    match revoked {
        None if roles.contains(&Role::Sealer) => Ok(Sealer::Trusted(party.clone())),
        None => Ok(Sealer::Any),
        Some(since) => {
            let existed = stamps.iter().filter_map(|stamp| Some(stamp.verified()?.unix())).min();
            match existed.filter(|existed| *existed < since.unix()) {
                Some(existed) => Ok(Sealer::Before { party: party.clone(), revoked: since.unix(), existed }),
                None => Err(Refused::RevokedKey { key: dossier.key_id(), since: *since }),
            }
        }
    }
}

/// The standing of one thing, and the opinion if it counts.
fn receive(
    from: &str,
    read: &Result<Beside, Unreadable>,
    dossier: &VerifiedDossier,
    policy: Option<&Policy>,
) -> (Received, Option<Counted>) {
    let mut one =
        Received { from: from.to_owned(), kind: "file", key: None, party: None, standing: Standing::Counts };
    match read {
        Err(problem) => one.standing = Standing::Malformed(problem.clone()),
        Ok(Beside::Opinion(note)) => return opinion(one, note, dossier, policy),
        Ok(Beside::Rotation(note)) => one = of_key(one, "rotation", note.old(), policy),
        Ok(Beside::Revocation(note)) => one = of_key(one, "revocation", note.key(), policy),
        Ok(Beside::Token(_)) => one.kind = "time-stamp token",
        Ok(Beside::Checkpoint(_)) => one.kind = "checkpoint",
        Ok(Beside::Dossier(_)) => one.kind = "dossier",
        Ok(Beside::Collected(proof)) => {
            one.kind = "line of a collection";
            one.key = proof.note().signatures.first().map(|line| format!("{}+{:08x}", line.name, line.hash));
            one.party = policy.and_then(|policy| policy.collector(proof)).map(|(party, _)| party.to_owned());
            let here = |proof: &Collected| {
                dossier.records().values().any(|record| record.header().source == proof.line().whole)
            };
            one.standing = match &one.party {
                None => Standing::Stranger,
                Some(_) if here(proof) => Standing::Counts,
                Some(_) => Standing::AnotherFile,
            };
        }
    }
    (one, None)
}

fn of_key(mut one: Received, kind: &'static str, key: &Verifier, policy: Option<&Policy>) -> Received {
    let known = policy.and_then(|policy| policy.signing(key));
    one.kind = kind;
    one.key = Some(key.key_id());
    one.party = known.map(|known| known.party.clone());
    one.standing = match known {
        None => Standing::Stranger,
        // A revocation is what revokes; a rotation by a revoked key is worth nothing.
        Some(PolicyKey { revoked: Some(since), .. }) if kind == "rotation" => Standing::Revoked(*since),
        Some(_) => Standing::Counts,
    };
    one
}

fn opinion(
    mut one: Received,
    note: &UnverifiedOpinion,
    dossier: &VerifiedDossier,
    policy: Option<&Policy>,
) -> (Received, Option<Counted>) {
    let claimed = note.claimed();
    one.kind = match claimed {
        Opinion::Verdict(_) => "verdict",
        Opinion::Contest(_) => "contest",
    };
    one.key = note.signature().map(|line| format!("{}+{:08x}", line.name, line.hash));
    if claimed.dossier() != dossier.digest() {
        one.standing = Standing::AnotherDossier(claimed.dossier());
        return (one, None);
    }
    let known = policy.and_then(|policy| ally(policy, note));
    let Some((key, verifier)) = known else {
        one.standing = Standing::Stranger;
        return (one, None);
    };
    let verified = match note.verify(verifier) {
        Ok(verified) => verified,
        Err(NoteError::Unsigned(_)) => {
            one.standing = Standing::Stranger;
            return (one, None);
        }
        Err(_) => {
            one.standing = Standing::BadSignature;
            return (one, None);
        }
    };
    one.party = Some(key.party.clone());
    let absent =
        claimed.claims().into_iter().find(|id| dossier.claims().iter().all(|claim| claim.id != **id));
    one.standing = match (key.revoked, absent) {
        (Some(since), _) => Standing::Revoked(since),
        (None, Some(id)) => Standing::AbsentClaim(id.to_owned()),
        (None, None) => Standing::Counts,
    };
    let counts = one.standing == Standing::Counts;
    let counted = counts.then(|| Counted {
        party: key.party.clone(),
        key: verified.key().key_id(),
        opinion: verified.opinion().clone(),
    });
    (one, counted)
}

/// The ally whose key the note's signature names; of several with one name and hash the one under which it holds.
fn ally<'a>(policy: &'a Policy, note: &UnverifiedOpinion) -> Option<(&'a PolicyKey, &'a Verifier)> {
    let line = note.signature()?;
    let allies = policy.keys.iter().filter(|key| key.roles.contains(&Role::Ally));
    let named: Vec<(&PolicyKey, &Verifier)> = allies
        .filter_map(|key| match &key.key {
            Key::Signs(verifier) if verifier.is_of(line) => Some((key, verifier)),
            _ => None,
        })
        .collect();
    let holds = named.iter().find(|(_, verifier)| note.verify(verifier).is_ok());
    holds.or(named.first()).copied()
}
