//! Whose keys count (docs/spec/policy.md).

use std::collections::BTreeSet;

use onus_proof::{
    Collected, NoteTime, Revocation, Rotation, TrustPolicy, VerifiedCheckpoint, Verifier, WitnessKey,
};
use onus_timestamp::Authority;
use serde::Deserialize;

const FORMAT: &str = "onus-policy/1";
/// Most bytes of a policy.
pub const POLICY_BYTES: usize = 4 << 20;

/// A policy that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or with unknown members.
    #[error("not a trust policy: {0}")]
    Toml(String),
    /// Another version.
    #[error("the policy's format {0:?} is unknown; this program reads \"onus-policy/1\"")]
    Version(String),
    /// Over 4 MiB.
    #[error("the policy is over 4 MiB")]
    TooLarge,
    /// A key that cannot be used.
    #[error("key {vkey}: {problem}")]
    Key {
        /// The key as it stands.
        vkey: String,
        /// What is wrong.
        problem: String,
    },
    /// A time-stamp authority that cannot be used.
    #[error("time-stamp authority {name}: {problem}")]
    Authority {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// More parties are wanted than there are.
    #[error("{member} = {wanted}: it must be at least 1, and the policy names {parties} such parties")]
    TooMany {
        /// The member.
        member: &'static str,
        /// What it says.
        wanted: usize,
        /// Parties with the role.
        parties: usize,
    },
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Seal cases and sign dossiers.
    Sealer,
    /// Sign verdicts and contests.
    Ally,
    /// Cosign checkpoints.
    Witness,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    #[serde(default = "one")]
    countersigners: usize,
    #[serde(default = "one")]
    witnesses: usize,
    #[serde(default)]
    keys: Vec<FileKey>,
    #[serde(default)]
    time: Vec<FileAuthority>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileKey {
    vkey: String,
    party: String,
    roles: Vec<Role>,
    revoked: Option<toml::value::Datetime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAuthority {
    name: String,
    certificate: String,
}

fn one() -> usize {
    1
}

/// A key that the reader knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyKey {
    pub(crate) key: Key,
    pub(crate) party: String,
    pub(crate) roles: Vec<Role>,
    pub(crate) revoked: Option<NoteTime>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    Signs(Verifier),
    Cosigns(WitnessKey),
}

/// Whose keys count, how many are needed, and which authorities tell the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub(crate) countersigners: usize,
    pub(crate) witnesses: usize,
    pub(crate) keys: Vec<PolicyKey>,
    pub(crate) authorities: Vec<Authority>,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        if text.len() > POLICY_BYTES {
            return Err(PolicyError::TooLarge);
        }
        let file: File = toml::from_str(text).map_err(|e| PolicyError::Toml(e.to_string()))?;
        if file.format != FORMAT {
            return Err(PolicyError::Version(file.format));
        }
        let mut vkeys = BTreeSet::new();
        for key in &file.keys {
            if !vkeys.insert(&key.vkey) {
                return Err(PolicyError::Key { vkey: key.vkey.clone(), problem: "it stands twice".into() });
            }
        }
        let policy = Self {
            countersigners: file.countersigners,
            witnesses: file.witnesses,
            keys: file.keys.into_iter().map(key).collect::<Result<_, _>>()?,
            authorities: file.time.into_iter().map(authority).collect::<Result<_, _>>()?,
        };
        policy.enough("countersigners", policy.countersigners, Role::Ally)?;
        policy.enough("witnesses", policy.witnesses, Role::Witness)?;
        Ok(policy)
    }

    fn enough(&self, member: &'static str, wanted: usize, role: Role) -> Result<(), PolicyError> {
        let parties = self.parties(role);
        if wanted == 0 || (parties > 0 && wanted > parties) {
            return Err(PolicyError::TooMany { member, wanted, parties });
        }
        Ok(())
    }

    /// Number of parties with a role: the n of "k of n".
    #[must_use]
    pub fn parties(&self, role: Role) -> usize {
        let with = self.keys.iter().filter(|key| key.roles.contains(&role));
        with.map(|key| &key.party).collect::<BTreeSet<_>>().len()
    }

    /// Number of parties that must countersign: the k.
    #[must_use]
    pub fn countersigners(&self) -> usize {
        self.countersigners
    }

    /// Number of parties that must cosign.
    #[must_use]
    pub fn witnesses(&self) -> usize {
        self.witnesses
    }

    /// Whether it names authorities that tell the time.
    #[must_use]
    pub fn tells_time(&self) -> bool {
        !self.authorities.is_empty()
    }

    /// The policy after notes by which its keys hand on or are taken back.
    #[must_use]
    pub(crate) fn after(&self, rotations: &[&Rotation], revocations: &[&Revocation]) -> Self {
        let mut policy = self.clone();
        policy.take_back(revocations);
        // A chain of rotations may come in any order; each pass adds a key at least, or is the last.
        loop {
            let new: Vec<PolicyKey> = rotations.iter().filter_map(|rotation| policy.heir(rotation)).collect();
            if new.is_empty() {
                return policy;
            }
            for key in new {
                if !policy.keys.iter().any(|known| known.key == key.key) {
                    policy.keys.push(key);
                }
            }
            policy.take_back(revocations);
        }
    }

    fn take_back(&mut self, revocations: &[&Revocation]) {
        for key in &mut self.keys {
            let own = revocations.iter().filter(|note| key.key == Key::Signs(note.key().clone()));
            key.revoked = own.map(|note| note.since()).chain(key.revoked).min();
        }
    }

    /// The key that a rotation adds: of a key that is known and not taken back, one that is not known.
    fn heir(&self, rotation: &Rotation) -> Option<PolicyKey> {
        let new = Key::Signs(rotation.new_key().clone());
        let old = self.keys.iter().find(|key| key.key == Key::Signs(rotation.old().clone()))?;
        let fits = old.revoked.is_none() && self.keys.iter().all(|known| known.key != new);
        fits.then(|| PolicyKey { key: new, ..old.clone() })
    }

    pub(crate) fn signing(&self, verifier: &Verifier) -> Option<&PolicyKey> {
        self.keys.iter().find(|key| matches!(&key.key, Key::Signs(own) if own == verifier))
    }

    /// The checkpoint of a collection, if the key of a sealer who is not revoked signed it; and who that is.
    pub(crate) fn collector(&self, proof: &Collected) -> Option<(&str, VerifiedCheckpoint)> {
        let sealers =
            self.keys.iter().filter(|key| key.roles.contains(&Role::Sealer) && key.revoked.is_none());
        sealers.into_iter().find_map(|key| match &key.key {
            Key::Signs(verifier) => Some((key.party.as_str(), proof.verify(verifier).ok()?)),
            Key::Cosigns(_) => None,
        })
    }

    /// Which keys may seal.
    pub(crate) fn trust(&self) -> TrustPolicy {
        let sealers = self.keys.iter().filter(|key| key.roles.contains(&Role::Sealer));
        let sealers: Vec<Verifier> = sealers
            .filter_map(|key| match &key.key {
                Key::Signs(verifier) => Some(verifier.clone()),
                Key::Cosigns(_) => None,
            })
            .collect();
        if sealers.is_empty() { TrustPolicy::AnyKey } else { TrustPolicy::Keys(sealers) }
    }
}

fn key(file: FileKey) -> Result<PolicyKey, PolicyError> {
    let vkey = file.vkey;
    let refuse = |problem: String| PolicyError::Key { vkey: vkey.clone(), problem };
    let witness = file.roles.contains(&Role::Witness);
    let roles: BTreeSet<Role> = file.roles.iter().copied().collect();
    if roles.is_empty() || roles.len() != file.roles.len() {
        return Err(refuse("it has no role, or one twice".into()));
    }
    if witness && roles.len() > 1 {
        return Err(refuse("a witness' key has no other role".into()));
    }
    if file.party.is_empty() || file.party.contains(char::is_control) {
        return Err(refuse("its party has no name".into()));
    }
    let key = if witness {
        WitnessKey::from_vkey(&vkey).map(Key::Cosigns)
    } else {
        Verifier::from_vkey(&vkey).map(Key::Signs)
    };
    let revoked =
        file.revoked.map(|time| moment(&time)).map(|time| time.ok_or("revoked is no time with a zone"));
    Ok(PolicyKey {
        key: key.map_err(|e| refuse(e.to_string()))?,
        party: file.party,
        roles: file.roles,
        revoked: revoked.transpose().map_err(|problem| refuse(problem.to_owned()))?,
    })
}

fn moment(time: &toml::value::Datetime) -> Option<NoteTime> {
    let (date, clock, offset) = (time.date?, time.time?, time.offset?);
    let utc = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        date.year,
        date.month,
        date.day,
        clock.hour,
        clock.minute,
        clock.second.unwrap_or(0)
    );
    let minutes = match offset {
        toml::value::Offset::Z => 0,
        toml::value::Offset::Custom { minutes } => i64::from(minutes),
    };
    Some(NoteTime::from_unix(NoteTime::parse(&utc)?.unix() - minutes * 60))
}

fn authority(file: FileAuthority) -> Result<Authority, PolicyError> {
    if file.name.is_empty() || file.name.contains(char::is_control) {
        return Err(PolicyError::Authority { name: file.name, problem: "it has no name".into() });
    }
    Authority::from_pem(&file.name, &file.certificate)
        .map_err(|e| PolicyError::Authority { name: file.name, problem: e.to_string() })
}
