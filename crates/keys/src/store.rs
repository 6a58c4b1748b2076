//! A folder of keys, with the notes by which they hand on or are taken back.

use std::fs;
use std::path::{Path, PathBuf};

use onus_proof::{Note, NoteTime, Revocation, Rotation, Sign, Signer, Verifier};

use crate::file::write_private;
use crate::{KeyError, KeyFile, Passphrase};

const KEY: &str = "key";
const ROTATION: &str = "rotation";
const REVOCATION: &str = "revocation";

/// A folder of keys.
#[derive(Debug, Clone)]
pub struct KeyStore(PathBuf);

/// A key of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Its file.
    pub path: PathBuf,
    /// The public key.
    pub verifier: Verifier,
    /// Whether it takes a passphrase.
    pub encrypted: bool,
    /// The key that it hands on to.
    pub rotated: Option<Verifier>,
    /// From when it counts for nothing.
    pub revoked: Option<NoteTime>,
}

impl KeyStore {
    /// The keys in `folder`, which need not be there yet.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// The user's own: the folder that `ONUS_KEYS` names, else `onus/keys` in that for settings.
    ///
    /// # Errors
    /// [`KeyError::NoFolder`].
    pub fn of_user() -> Result<Self, KeyError> {
        let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let settings = folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")));
        let settings = settings.or_else(|| folder("APPDATA"));
        let own = folder("ONUS_KEYS").or_else(|| settings.map(|folder| folder.join("onus").join("keys")));
        own.map(Self).ok_or(KeyError::NoFolder)
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Makes a key.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn make(&self, name: &str, passphrase: &Passphrase) -> Result<StoredKey, KeyError> {
        self.make_folder()?;
        // The file's name has the key's hash, which is known when the key is; so it is made under another first.
        let partial = self.0.join(".new");
        let _ = fs::remove_file(&partial);
        let signer = KeyFile::make(&partial, name, passphrase)?;
        let path = self.path(signer.verifier(), KEY);
        fs::rename(&partial, &path).map_err(|source| KeyError::Io { path: path.clone(), source })?;
        self.stored(&KeyFile::read(&path)?)
    }

    /// All keys, by name.
    ///
    /// # Errors
    /// [`KeyError`] on a file that is no key.
    pub fn list(&self) -> Result<Vec<StoredKey>, KeyError> {
        let folder = match fs::read_dir(&self.0) {
            Ok(folder) => folder,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(KeyError::Io { path: self.0.clone(), source }),
        };
        let mut paths: Vec<PathBuf> = folder.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == KEY));
        paths.sort();
        paths.iter().map(|path| self.stored(&KeyFile::read(path)?)).collect()
    }

    /// The key of a name, `name+hash` or vkey; of several with the name, the only one that is in use.
    ///
    /// # Errors
    /// [`KeyError::NoKey`], [`KeyError::Several`].
    pub fn find(&self, name: &str) -> Result<StoredKey, KeyError> {
        let mut all = self.list()?;
        all.retain(|key| {
            [key.verifier.name(), &key.verifier.key_id(), &key.verifier.to_vkey()].contains(&name)
        });
        if all.len() > 1 {
            all.retain(|key| key.rotated.is_none() && key.revoked.is_none());
        }
        match all.as_slice() {
            [key] => Ok(key.clone()),
            [] => Err(KeyError::NoKey { name: name.to_owned(), folder: self.0.clone() }),
            several => {
                let keys: Vec<String> = several.iter().map(|key| key.verifier.key_id()).collect();
                Err(KeyError::Several { name: name.to_owned(), keys: keys.join(", ") })
            }
        }
    }

    /// Makes a new key of the same name, to which the old one hands on; gives it with the note that says so.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn rotate(
        &self,
        old: &StoredKey,
        signer: &dyn Sign,
        passphrase: &Passphrase,
        now: NoteTime,
    ) -> Result<(StoredKey, PathBuf), KeyError> {
        refuse(old, old.rotated.is_some(), "rotated")?;
        refuse(old, old.revoked.is_some(), "revoked")?;
        let new = self.make(old.verifier.name(), passphrase)?;
        let new_signer: Signer = KeyFile::read(&new.path)?.open(passphrase)?;
        let note = Rotation::sign(signer, &new_signer, now)?;
        let path = self.write_note(&old.verifier, ROTATION, &note)?;
        Ok((new, path))
    }

    /// Takes a key back from `since` on; gives the note that says so.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn revoke(
        &self,
        key: &StoredKey,
        signer: &dyn Sign,
        since: NoteTime,
        now: NoteTime,
        reason: &str,
    ) -> Result<PathBuf, KeyError> {
        refuse(key, key.revoked.is_some(), "revoked")?;
        let note = Revocation::sign(signer, since, now, reason)?;
        self.write_note(&key.verifier, REVOCATION, &note)
    }

    fn write_note(&self, key: &Verifier, kind: &str, note: &Note) -> Result<PathBuf, KeyError> {
        let path = self.path(key, kind);
        write_private(&path, note.encode().as_bytes())?;
        Ok(path)
    }

    fn stored(&self, file: &KeyFile) -> Result<StoredKey, KeyError> {
        let verifier = file.verifier().clone();
        let rotated = self.note(&verifier, ROTATION)?.map(|bytes| Rotation::verify(&bytes)).transpose()?;
        let revoked =
            self.note(&verifier, REVOCATION)?.map(|bytes| Revocation::verify(&bytes)).transpose()?;
        Ok(StoredKey {
            path: file.path().to_owned(),
            encrypted: file.is_encrypted(),
            rotated: rotated.filter(|note| note.old() == &verifier).map(|note| note.new_key().clone()),
            revoked: revoked.filter(|note| note.key() == &verifier).map(|note| note.since()),
            verifier,
        })
    }

    fn note(&self, key: &Verifier, kind: &str) -> Result<Option<Vec<u8>>, KeyError> {
        let path = self.path(key, kind);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(KeyError::Io { path, source }),
        }
    }

    /// A name may hold what a file's name may not.
    fn path(&self, key: &Verifier, kind: &str) -> PathBuf {
        let safe = |c: char| if c.is_alphanumeric() || "+.-_".contains(c) { c } else { '_' };
        let name: String = key.key_id().chars().map(safe).collect();
        self.0.join(format!("{name}.{kind}"))
    }

    fn make_folder(&self) -> Result<(), KeyError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).map_err(|source| KeyError::Io { path: self.0.clone(), source })
    }
}

fn refuse(key: &StoredKey, done: bool, what: &'static str) -> Result<(), KeyError> {
    if done { Err(KeyError::Done { key: key.verifier.key_id(), what }) } else { Ok(()) }
}
