//! `secret`: what only the owner of a case has. With it salts are derived and, unless the key lives elsewhere, notes
//! are signed.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use onus_proof::{CaseSecret, Digest, Sign, Signer, Verifier};
use zeroize::{Zeroize, Zeroizing};

use crate::CaseError;
use crate::seal::SealError;

const FIRST_LINE: &str = "onus-secret/1";
/// Before the public key of a signing key that lives elsewhere.
const ELSEWHERE: &str = "elsewhere ";

/// The case secret and the signing key.
pub(crate) struct Secret {
    bytes: Zeroizing<[u8; 32]>,
    key: Key,
}

#[allow(clippy::large_enum_variant, reason = "there is one of them")]
enum Key {
    Here(Signer),
    /// Of a key store, a token or another machine.
    Elsewhere(Verifier),
}

impl Secret {
    /// Makes one from the system's random source, for a key that lives elsewhere or one of its own. Without a `name`
    /// that gets a random one.
    pub(crate) fn make(name: Option<&str>, elsewhere: Option<&Verifier>) -> Result<Self, SealError> {
        let mut bytes = Zeroizing::new([0; 32]);
        let mut seed = Zeroizing::new([0; 32]);
        let mut label = [0; 4];
        for buffer in [&mut bytes[..], &mut seed[..], &mut label[..]] {
            getrandom::fill(buffer).map_err(SealError::Random)?;
        }
        if let Some(verifier) = elsewhere {
            return Ok(Self { bytes, key: Key::Elsewhere(verifier.clone()) });
        }
        let random_name = || format!("onus-case-{:08x}", u32::from_be_bytes(label));
        let signer = Signer::from_seed(&name.map_or_else(random_name, str::to_owned), &seed)?;
        Ok(Self { bytes, key: Key::Here(signer) })
    }

    /// The key that signs for the case: its own, or the `given` one, which must be that of the seal.
    pub(crate) fn signer<'a>(&'a self, given: Option<&'a dyn Sign>) -> Result<&'a dyn Sign, SealError> {
        match (&self.key, given) {
            (Key::Here(own), None) => Ok(own),
            (_, Some(given)) if given.verifier() == self.verifier() => Ok(given),
            _ => Err(SealError::OtherKey(self.verifier().to_vkey())),
        }
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        match &self.key {
            Key::Here(signer) => signer.verifier(),
            Key::Elsewhere(verifier) => verifier,
        }
    }

    pub(crate) fn case_secret(&self) -> CaseSecret {
        CaseSecret::from_bytes(*self.bytes)
    }

    /// Writes a new file that its owner alone may read.
    pub(crate) fn write(&self, path: &Path) -> Result<(), CaseError> {
        let io = |source| CaseError::Io { path: path.to_owned(), source };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(io)?;
        let key = Zeroizing::new(match &self.key {
            Key::Here(signer) => signer.to_skey(),
            Key::Elsewhere(verifier) => format!("{ELSEWHERE}{}", verifier.to_vkey()),
        });
        let mut text = format!("{FIRST_LINE}\n{}\n{}\n", Digest(*self.bytes).to_hex(), *key);
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        text.zeroize();
        written.map_err(io)
    }

    /// Reads the file.
    pub(crate) fn read(path: &Path) -> Result<Self, CaseError> {
        let text = fs::read_to_string(path);
        let text = Zeroizing::new(text.map_err(|source| CaseError::Io { path: path.to_owned(), source })?);
        let lines: Vec<&str> = text.lines().collect();
        let parsed = match lines[..] {
            [FIRST_LINE, secret, key] => Digest::from_hex(secret).ok().zip(parse_key(key)),
            _ => None,
        };
        let (secret, key) = parsed.ok_or_else(|| SealError::Secret(path.to_owned()))?;
        Ok(Self { bytes: Zeroizing::new(secret.0), key })
    }
}

fn parse_key(line: &str) -> Option<Key> {
    match line.strip_prefix(ELSEWHERE) {
        Some(vkey) => Verifier::from_vkey(vkey).ok().map(Key::Elsewhere),
        None => Signer::from_skey(line).ok().map(Key::Here),
    }
}
