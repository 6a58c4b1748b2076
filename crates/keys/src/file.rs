//! One key in one file: the vkey, then PKCS #8 in PEM.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use onus_proof::{Signer, Verifier};
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::{Decode, Encode};
use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
use pkcs8::pkcs5::{EncryptionScheme, scrypt};
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{EncryptedPrivateKeyInfoRef, LineEnding, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

use crate::KeyError;

const FIRST_LINE: &str = "onus-key/1";
pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const PLAIN: &str = "PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
/// N = 2^14: the most for which OpenSSL's own limit of memory is enough.
const SCRYPT_LOG_N: u8 = 14;
/// Most of N · r · p of scrypt, N · r of which take 128 bytes each: eight times what is written here, 128 MiB.
const MOST_BLOCKS: u64 = 1 << 20;
/// Most iterations of PBKDF2, which OpenSSL writes if it is not told to take scrypt; its own number is 2,048.
const MOST_ITERATIONS: u32 = 1 << 20;
/// Far more than any key file has.
const MOST: u64 = 65_536;

/// What a private key is encrypted with.
pub enum Passphrase {
    /// Nothing: whoever reads the file has the key.
    None,
    /// A passphrase.
    Given(Zeroizing<String>),
}

/// A key file that was read; its private key is still closed.
pub struct KeyFile {
    path: PathBuf,
    verifier: Verifier,
    label: &'static str,
    document: SecretDocument,
}

impl KeyFile {
    /// Makes a key from the system's random source and writes it to a new file that its owner alone may read.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn make(path: &Path, name: &str, passphrase: &Passphrase) -> Result<Signer, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut seed[..]).map_err(KeyError::Random)?;
        let signer = Signer::from_seed(name, &seed)?;
        write(path, &signer, passphrase)?;
        Ok(signer)
    }

    /// Reads a file, as far as that goes without the passphrase.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let io = |source| KeyError::Io { path: path.to_owned(), source };
        let not = |problem| KeyError::NotAKey { path: path.to_owned(), problem };
        let found = fs::metadata(path).map_err(io)?;
        if found.len() > MOST {
            return Err(not("it is too large"));
        }
        #[cfg(unix)]
        if std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o077 != 0 {
            return Err(KeyError::Open(path.to_owned()));
        }
        Self::parse(path, &Zeroizing::new(fs::read(path).map_err(io)?))
    }

    /// The same of the bytes of a file; `path` names it.
    ///
    /// # Errors
    /// [`KeyError::NotAKey`], [`KeyError::Note`].
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, KeyError> {
        let not = |problem| KeyError::NotAKey { path: path.to_owned(), problem };
        let text = std::str::from_utf8(bytes).map_err(|_| not("it is not UTF-8"))?;
        let mut lines = text.splitn(3, '\n');
        let (Some(FIRST_LINE), Some(vkey), Some(pem)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(not("it does not begin with onus-key/1 and a vkey"));
        };
        let verifier = Verifier::from_vkey(vkey)?;
        let (label, document) = SecretDocument::from_pem(pem).map_err(|_| not("the PEM block is damaged"))?;
        let label = [PLAIN, ENCRYPTED].into_iter().find(|known| *known == label);
        let label = label.ok_or_else(|| not("the PEM block holds something else"))?;
        Ok(Self { path: path.to_owned(), verifier, label, document })
    }

    /// The public key.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it takes a passphrase.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.label == ENCRYPTED
    }

    /// The private key.
    ///
    /// # Errors
    /// [`KeyError::NeedsPassphrase`], [`KeyError::WrongPassphrase`], [`KeyError::NotAKey`].
    pub fn open(&self, passphrase: &Passphrase) -> Result<Signer, KeyError> {
        let not = |problem| KeyError::NotAKey { path: self.path.clone(), problem };
        let opened;
        let plain = match (self.is_encrypted(), passphrase) {
            (false, _) => &self.document,
            (true, Passphrase::None) => return Err(KeyError::NeedsPassphrase(self.path.clone())),
            (true, Passphrase::Given(words)) => {
                let info = EncryptedPrivateKeyInfoRef::from_der(self.document.as_bytes());
                let info = info.map_err(|_| not("the PEM block is damaged"))?;
                if !is_bearable(&info.encryption_algorithm) {
                    return Err(not("what opening it costs is nonsense, or more than any key is worth"));
                }
                let wrong = |_| KeyError::WrongPassphrase(self.path.clone());
                opened = info.decrypt(words.as_bytes()).map_err(wrong)?;
                &opened
            }
        };
        let damaged = |_| not("it holds no Ed25519 key in PKCS #8");
        let info = PrivateKeyInfoRef::from_der(plain.as_bytes()).map_err(damaged)?;
        let inner = <&OctetStringRef>::from_der(info.private_key.as_bytes()).map_err(damaged)?;
        let seed: Option<Zeroizing<[u8; 32]>> = inner.as_bytes().try_into().ok().map(Zeroizing::new);
        let seed =
            seed.filter(|_| info.algorithm.oid == ED25519).ok_or_else(|| not("it holds another key"))?;
        let signer = Signer::from_seed(self.verifier.name(), &seed)?;
        if signer.verifier() == &self.verifier {
            Ok(signer)
        } else {
            Err(not("the private key is not that of its vkey"))
        }
    }
}

/// Whether an encryption can be undone in seconds and little memory: the file says how much it takes.
fn is_bearable(scheme: &EncryptionScheme) -> bool {
    match scheme.pbes2().map(|parameters| &parameters.kdf) {
        Some(Kdf::Scrypt(scrypt)) => {
            let factors = [scrypt.block_size, scrypt.parallelization].map(u64::from);
            let cost = factors.iter().fold(scrypt.cost_parameter, |n, more| n.saturating_mul(*more));
            // None at all makes the library panic.
            (1..=MOST_BLOCKS).contains(&cost)
        }
        Some(Kdf::Pbkdf2(pbkdf2)) => pbkdf2.iteration_count <= MOST_ITERATIONS,
        _ => false,
    }
}

fn write(path: &Path, signer: &Signer, passphrase: &Passphrase) -> Result<(), KeyError> {
    let unfit = |_| KeyError::NotAKey { path: path.to_owned(), problem: "it cannot be written in PKCS #8" };
    let seed = signer.seed();
    let inner = OctetStringRef::new(&seed[..]).and_then(|seed| seed.to_der()).map(Zeroizing::new);
    let inner = inner.map_err(unfit)?;
    let algorithm = AlgorithmIdentifierRef { oid: ED25519, parameters: None };
    let key = OctetStringRef::new(&inner).map_err(unfit)?;
    let info = PrivateKeyInfoRef::new(algorithm, key);
    let (label, document) = match passphrase {
        Passphrase::None => (PLAIN, SecretDocument::encode_msg(&info).map_err(unfit)?),
        Passphrase::Given(words) => {
            let closed = info.encrypt_with_params(encryption()?, words.as_bytes());
            (ENCRYPTED, closed.map_err(|_| unfit(pkcs8::der::ErrorKind::Failed.into()))?)
        }
    };
    let pem = document.to_pem(label, LineEnding::LF).map_err(unfit)?;
    let text = Zeroizing::new(format!("{FIRST_LINE}\n{}\n{}", signer.verifier().to_vkey(), pem.as_str()));
    write_private(path, text.as_bytes())
}

/// scrypt with a random salt, and AES-256-CBC with a random start.
fn encryption() -> Result<Parameters, KeyError> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    for buffer in [&mut salt, &mut iv] {
        getrandom::fill(buffer).map_err(KeyError::Random)?;
    }
    let params = scrypt::Params::new(SCRYPT_LOG_N, 8, 1).map_err(|_| KeyError::Encryption)?;
    Parameters::generate_scrypt_aes256cbc(params, &salt, iv).map_err(|_| KeyError::Encryption)
}

/// Writes a new file that its owner alone may read.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let io = |source| KeyError::Io { path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(io)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|source| {
        // Half a key is of no use; what matters is why it is half.
        let _ = fs::remove_file(path);
        io(source)
    })
}
