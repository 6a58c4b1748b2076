//! A key that lives elsewhere: on a token, in an agent, on another machine. A command signs with it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use onus_proof::{NoteError, Sign, Verifier};
use pkcs8::SubjectPublicKeyInfoRef;
use pkcs8::der::{Decode, Document};

use crate::KeyError;
use crate::file::ED25519;

/// The public half of a key that lives elsewhere, under the name that notes shall bear: from `SubjectPublicKeyInfo` (RFC
/// 8410) in PEM or DER, as tools for tokens give it.
///
/// # Errors
/// [`KeyError::NotAKey`], [`KeyError::Note`] for a name or point that is not fit.
pub fn public_key(path: &Path, name: &str) -> Result<Verifier, KeyError> {
    let bytes = fs::read(path).map_err(|source| KeyError::Io { path: path.to_owned(), source })?;
    public_key_of(path, &bytes, name)
}

/// The same of the bytes of a file; `path` names it.
///
/// # Errors
/// [`KeyError::NotAKey`], [`KeyError::Note`].
pub fn public_key_of(path: &Path, bytes: &[u8], name: &str) -> Result<Verifier, KeyError> {
    let not = |problem| KeyError::NotAKey { path: path.to_owned(), problem };
    let pem = std::str::from_utf8(bytes).ok().and_then(|text| Document::from_pem(text.trim_start()).ok());
    let der = match &pem {
        Some(("PUBLIC KEY", document)) => document.as_bytes(),
        Some(_) => return Err(not("the PEM is not of a public key")),
        None => bytes,
    };
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| not("no public key in PEM or DER"))?;
    let key = info.subject_public_key.as_bytes().and_then(|key| key.try_into().ok());
    match key.filter(|_| info.algorithm.oid == ED25519) {
        Some(key) => Ok(Verifier::from_key(name, key)?),
        None => Err(not("the public key is not of Ed25519")),
    }
}

/// Signs by a command: bytes on its standard input, 64 bytes of signature on its standard output.
#[derive(Debug, Clone)]
pub struct CommandSigner {
    command: String,
    verifier: Verifier,
}

impl CommandSigner {
    /// `command` is run by the shell; `verifier` is the key that it signs with, which every signature is held against.
    #[must_use]
    pub fn new(command: &str, verifier: Verifier) -> Self {
        Self { command: command.to_owned(), verifier }
    }

    fn run(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut command = Command::new(shell);
        command.args([option, &self.command]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|e| format!("{shell}: {e}"))?;
        let written = match child.stdin.take() {
            // Dropped here, so that the command sees the end.
            Some(mut input) => input.write_all(bytes),
            None => Ok(()),
        };
        let output = child.wait_with_output().map_err(|e| e.to_string())?;
        if !output.status.success() {
            return Err(format!("`{}` ended with {}", self.command, output.status));
        }
        written.map_err(|e| format!("`{}` did not read what to sign: {e}", self.command))?;
        Ok(output.stdout)
    }
}

impl Sign for CommandSigner {
    fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    fn signature(&self, bytes: &[u8]) -> Result<[u8; 64], NoteError> {
        let key = self.verifier.key_id();
        let given = self.run(bytes).map_err(|why| NoteError::Elsewhere { key: key.clone(), why })?;
        let length = given.len();
        given.try_into().map_err(|_| NoteError::Elsewhere {
            key,
            why: format!("`{}` gave {length} bytes, and a signature has 64", self.command),
        })
    }
}
