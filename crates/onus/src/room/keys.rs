//! `onus keys`: a folder of signing keys.

use std::path::PathBuf;

use clap::Subcommand;
use onus_keys::{Passphrase, StoredKey};
use onus_proof::{NoteTime, WitnessKey};

use super::signer::{PassphraseArgs, StoreArgs, open};
use super::{Failure, now};
use crate::format::print;
use crate::{Exit, say};

#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key. Its public half is printed, to be published by a channel of its own.
    New {
        /// Its name, such as a domain of yours.
        name: String,
        #[command(flatten)]
        store: StoreArgs,
        #[command(flatten)]
        passphrase: PassphraseArgs,
        /// Keep it without a passphrase: who reads the file has the key.
        #[arg(long, conflicts_with = "passphrase")]
        no_passphrase: bool,
    },
    /// All keys with what became of them.
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// One key: its public half, also as a witness', and its file.
    Show {
        /// Name or name+hash.
        name: String,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Print the public half of a key that lives elsewhere, such as on a PKCS #11 token, for --vkey.
    Vkey {
        /// Its name, such as a domain of yours.
        name: String,
        /// Its public key in PEM or DER, as the token's tool gives it.
        #[arg(long, value_name = "FILE")]
        public: PathBuf,
    },
    /// Make a new key of the same name and passphrase, to which the old one hands on by a note.
    Rotate {
        /// Name or name+hash.
        name: String,
        #[command(flatten)]
        store: StoreArgs,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Take a key back by a note, to be given to all who know the key.
    Revoke {
        /// Name or name+hash.
        name: String,
        /// Why, in one line.
        #[arg(long)]
        reason: String,
        /// From when it counts for nothing, as 2026-03-01T00:00:00Z; from now on if not given.
        #[arg(long, value_parser = |text: &str| NoteTime::parse(text).ok_or("not a time as 2026-03-01T00:00:00Z"))]
        since: Option<NoteTime>,
        #[command(flatten)]
        store: StoreArgs,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
}

pub(crate) fn run(command: &KeysCommand, quiet: bool) -> Result<Exit, Failure> {
    let tell = |line: String| {
        if !quiet {
            say(&line);
        }
    };
    match command {
        KeysCommand::New { name, store, passphrase, no_passphrase } => {
            let passphrase = passphrase.get()?;
            if matches!(passphrase, Passphrase::None) && !no_passphrase {
                let how =
                    "give --passphrase-env, --passphrase-file or --passphrase-fd, or say --no-passphrase";
                return Err(Failure::Said(format!("a key wants a passphrase: {how}")));
            }
            let key = store.store()?.make(name, &passphrase)?;
            print(&format!("{}\n", key.verifier.to_vkey()))?;
            tell(format!("The key is {}; the line above is its public half", key.path.display()));
        }
        KeysCommand::List { store } => {
            let keys = store.store()?.list()?;
            let rows = keys.iter().map(|key| format!("{:<40} {}\n", key.verifier.key_id(), state(key)));
            print(&rows.collect::<String>())?;
        }
        KeysCommand::Show { name, store } => {
            let key = store.store()?.find(name)?;
            let witness = WitnessKey::of(&key.verifier)?.to_vkey();
            let (vkey, path) = (key.verifier.to_vkey(), key.path.display());
            print(&format!(
                "vkey     {vkey}\nwitness  {witness}\nfile     {path}\nstate    {}\n",
                state(&key)
            ))?;
        }
        KeysCommand::Vkey { name, public } => {
            print(&format!("{}\n", onus_keys::public_key(public, name)?.to_vkey()))?;
        }
        KeysCommand::Rotate { name, store, passphrase } => {
            let (store, passphrase) = (store.store()?, passphrase.get()?);
            let old = store.find(name)?;
            let signer = open(&old, &passphrase)?;
            let (new, note) = store.rotate(&old, &signer, &passphrase, now())?;
            print(&format!("{}\n", new.verifier.to_vkey()))?;
            tell(format!("Give {} to all who know the old key", note.display()));
        }
        KeysCommand::Revoke { name, reason, since, store, passphrase } => {
            let store = store.store()?;
            let key = store.find(name)?;
            let signer = open(&key, &passphrase.get()?)?;
            let note = store.revoke(&key, &signer, since.unwrap_or_else(now), now(), reason)?;
            print(&format!("{}\n", note.display()))?;
            tell("Give this note to all who know the key".to_owned());
        }
    }
    Ok(Exit::Done)
}

fn state(key: &StoredKey) -> String {
    let mut words = vec![if key.encrypted { "passphrase" } else { "no passphrase" }.to_owned()];
    words.extend(key.rotated.as_ref().map(|new| format!("handed on to {}", new.key_id())));
    words.extend(key.revoked.map(|since| format!("revoked from {since} on")));
    words.join(", ")
}
