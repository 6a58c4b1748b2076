//! `secret`: what only the owner of a case has. With it salts are derived and notes are signed.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use onus_proof::{CaseSecret, Digest, Signer};
use zeroize::{Zeroize, Zeroizing};

use crate::CaseError;
use crate::seal::SealError;

const FIRST_LINE: &str = "onus-secret/1";

/// The case secret and the signing key.
pub(crate) struct Secret {
    bytes: Zeroizing<[u8; 32]>,
    pub(crate) signer: Signer,
}

impl Secret {
    /// Makes one from the system's random source. Without a `name` the key gets a random one.
    pub(crate) fn make(name: Option<&str>) -> Result<Self, SealError> {
        let mut bytes = Zeroizing::new([0; 32]);
        let mut seed = Zeroizing::new([0; 32]);
        let mut label = [0; 4];
        for buffer in [&mut bytes[..], &mut seed[..], &mut label[..]] {
            getrandom::fill(buffer).map_err(SealError::Random)?;
        }
        let random_name = || format!("onus-case-{:08x}", u32::from_be_bytes(label));
        let signer = Signer::from_seed(&name.map_or_else(random_name, str::to_owned), &seed)?;
        Ok(Self { bytes, signer })
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
        let mut text = format!("{FIRST_LINE}\n{}\n{}\n", Digest(*self.bytes).to_hex(), self.signer.to_skey());
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
            [FIRST_LINE, secret, skey] => Digest::from_hex(secret).ok().zip(Signer::from_skey(skey).ok()),
            _ => None,
        };
        let (secret, signer) = parsed.ok_or_else(|| SealError::Secret(path.to_owned()))?;
        Ok(Self { bytes: Zeroizing::new(secret.0), signer })
    }
}
