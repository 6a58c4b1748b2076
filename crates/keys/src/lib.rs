//! In: a folder of keys and a passphrase, or a command that signs. Out: keys that sign notes ([`onus_proof::Sign`]).
//! Invariant: a private key is written for its owner alone, never printed, and wiped from memory; nothing is asked
//! and nothing written over. Specification: `docs/spec/keys.md` (PKCS #8, RFC 5958, 8018, 7914, 8410).

mod elsewhere;
mod file;
mod store;

pub use elsewhere::{CommandSigner, public_key, public_key_of};
pub use file::{KeyFile, Passphrase};
pub use store::{KeyStore, StoredKey};

use std::io;
use std::path::PathBuf;

/// Why a key cannot be made, found or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file system refuses.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Not a key file.
    #[error("{path}: not a key file: {problem}")]
    NotAKey {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
    },
    /// Others may read it.
    #[error("{0}: others may read this key; make it yours alone: chmod 600 {0}")]
    Open(PathBuf),
    /// The file is encrypted.
    #[error(
        "{0}: the key has a passphrase: give it with --passphrase-env, --passphrase-file or --passphrase-fd"
    )]
    NeedsPassphrase(PathBuf),
    /// The passphrase does not open it.
    #[error("{0}: the passphrase does not open this key")]
    WrongPassphrase(PathBuf),
    /// No key of that name.
    #[error(
        "there is no key {name:?} in {folder}; `onus keys list` shows all, `onus keys new NAME` makes one"
    )]
    NoKey {
        /// What was asked for.
        name: String,
        /// Where.
        folder: PathBuf,
    },
    /// Several keys of that name.
    #[error("{name:?} may be any of several keys: {keys}. Give name+hash")]
    Several {
        /// What was asked for.
        name: String,
        /// Which there are.
        keys: String,
    },
    /// It hands on already, or is taken back.
    #[error("the key {key} is {what} already")]
    Done {
        /// The key.
        key: String,
        /// `rotated` or `revoked`.
        what: &'static str,
    },
    /// There is no folder for keys.
    #[error("no folder for keys is known: give one with --keys, or set ONUS_KEYS")]
    NoFolder,
    /// The system gives no randomness.
    #[error("the system's random source fails: {0}")]
    Random(getrandom::Error),
    /// The parameters of the encryption are refused: a mistake in the program.
    #[error("the key cannot be encrypted")]
    Encryption,
    /// A name or note that is not fit, or a signature that does not hold.
    #[error(transparent)]
    Note(#[from] onus_proof::NoteError),
}
