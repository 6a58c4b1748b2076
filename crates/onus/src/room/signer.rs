//! Which key signs, and how it is opened.

use std::path::{Path, PathBuf};

use clap::Args;
use onus_keys::{CommandSigner, KeyFile, KeyStore, Passphrase, StoredKey};
use onus_proof::{Sign, Signer, Verifier};

use super::{Failure, io};

/// Where the passphrase of a key comes from; never a prompt.
#[derive(Args, Clone, Default)]
pub(crate) struct PassphraseArgs {
    /// The environment variable that holds the key's passphrase.
    #[arg(long, value_name = "NAME", group = "passphrase")]
    passphrase_env: Option<String>,
    /// The file whose first line is the passphrase.
    #[arg(long, value_name = "FILE", group = "passphrase")]
    passphrase_file: Option<PathBuf>,
    /// The open file descriptor whose first line is the passphrase.
    #[arg(long, value_name = "NUMBER", group = "passphrase")]
    passphrase_fd: Option<u32>,
}

impl PassphraseArgs {
    pub(crate) fn get(&self) -> Result<Passphrase, Failure> {
        let first_line = |path: &Path| {
            let text = zeroize::Zeroizing::new(std::fs::read_to_string(path).map_err(io(path))?);
            Ok::<_, Failure>(text.lines().next().unwrap_or_default().to_owned())
        };
        let words = match self {
            Self { passphrase_env: Some(name), .. } => std::env::var(name)
                .map_err(|_| Failure::Said(format!("the environment has no passphrase in {name}")))?,
            Self { passphrase_file: Some(path), .. } => first_line(path)?,
            Self { passphrase_fd: Some(number), .. } => first_line(Path::new(&format!("/dev/fd/{number}")))?,
            _ => return Ok(Passphrase::None),
        };
        if words.is_empty() {
            return Err(Failure::Said("the passphrase is empty".to_owned()));
        }
        Ok(Passphrase::Given(words.into()))
    }
}

/// Where keys lie.
#[derive(Args, Clone, Default)]
pub(crate) struct StoreArgs {
    /// Folder of keys; ONUS_KEYS, or onus/keys among the user's settings, if not given.
    #[arg(long = "keys", value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl StoreArgs {
    pub(crate) fn store(&self) -> Result<KeyStore, Failure> {
        Ok(match &self.folder {
            Some(folder) => KeyStore::at(folder),
            None => KeyStore::of_user()?,
        })
    }
}

/// The key that signs.
#[derive(Args, Clone, Default)]
pub(crate) struct SignerArgs {
    /// The key: its name, name+hash, or the path of its file.
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// A command that signs with a key that lives elsewhere: bytes on its input, 64 bytes of signature on its output.
    #[arg(long, value_name = "COMMAND", conflicts_with = "key", requires = "vkey")]
    signer: Option<String>,
    /// The public key with which that command signs.
    #[arg(long, requires = "signer", value_parser = |key: &str| Verifier::from_vkey(key))]
    vkey: Option<Verifier>,
}

impl SignerArgs {
    pub(crate) fn open(&self) -> Result<Box<dyn Sign>, Failure> {
        self.open_if_given()?.ok_or_else(|| {
            Failure::Said("which key signs? Give --key NAME, or --signer COMMAND with --vkey".to_owned())
        })
    }

    pub(crate) fn open_if_given(&self) -> Result<Option<Box<dyn Sign>>, Failure> {
        if let (Some(command), Some(verifier)) = (&self.signer, &self.vkey) {
            return Ok(Some(Box::new(CommandSigner::new(command, verifier.clone()))));
        }
        let Some(name) = self.key.as_deref() else { return Ok(None) };
        let path = Path::new(name);
        if path.is_file() {
            return Ok(Some(Box::new(KeyFile::read(path)?.open(&self.passphrase.get()?)?)));
        }
        let key = self.store.store()?.find(name)?;
        Ok(Some(Box::new(open(&key, &self.passphrase.get()?)?)))
    }
}

pub(crate) fn open(key: &StoredKey, passphrase: &Passphrase) -> Result<Signer, Failure> {
    if key.revoked.is_some() {
        return Err(Failure::Said(format!("the key {} is revoked", key.verifier.key_id())));
    }
    Ok(KeyFile::read(&key.path)?.open(passphrase)?)
}
