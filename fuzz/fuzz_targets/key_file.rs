//! A key file, plain or encrypted, or the DER in it; and what its passphrase opens: never a key that is not that of its
//! vkey.

#![no_main]

use std::path::Path;

use onus_fuzz::keys::CASE;
use onus_keys::{KeyFile, Passphrase};
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::{Encode, SecretDocument};
use pkcs8::pkcs5::pbes2::Parameters;
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{LineEnding, ObjectIdentifier, PrivateKeyInfoRef};

/// The first byte of DER.
const SEQUENCE: u8 = 0x30;
const WORDS: &str = "words";
const PLAIN: &str = "PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

fn file(label: &'static str, der: &[u8]) -> Option<Vec<u8>> {
    let pem = pkcs8::der::pem::encode_string(label, LineEnding::LF, der).ok()?;
    Some(format!("onus-key/1\n{}\n{pem}", CASE.verifier().to_vkey()).into_bytes())
}

/// Encrypted at the least cost there is, so that many can be tried.
fn seeds() -> Vec<Vec<u8>> {
    let seed = CASE.seed();
    let inner = OctetStringRef::new(&seed[..]).and_then(|seed| seed.to_der()).expect("DER");
    let algorithm =
        AlgorithmIdentifierRef { oid: ObjectIdentifier::new_unwrap("1.3.101.112"), parameters: None };
    let info = PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(&inner).expect("DER"));
    let plain = SecretDocument::encode_msg(&info).expect("DER");
    let params = pkcs8::pkcs5::scrypt::Params::new(1, 1, 1).expect("parameters");
    let scrypt = Parameters::generate_scrypt_aes256cbc(params, &[1; 16], [2; 16]).expect("parameters");
    let pbkdf2 = Parameters::generate_pbkdf2_sha256_aes256cbc(2, &[1; 16], [2; 16]).expect("parameters");
    let closed = |params| info.encrypt_with_params(params, WORDS).expect("encryption");
    let documents = [(PLAIN, plain), (ENCRYPTED, closed(scrypt)), (ENCRYPTED, closed(pbkdf2))];
    let der = documents.iter().map(|(_, document)| document.as_bytes().to_vec());
    let files = documents.iter().filter_map(|(label, document)| file(label, document.as_bytes()));
    files.chain(der).collect()
}

fn takes(data: &[u8]) -> bool {
    if data.first() != Some(&SEQUENCE) {
        return opens(data);
    }
    let files = [PLAIN, ENCRYPTED].map(|label| file(label, data));
    files.iter().flatten().filter(|file| opens(file)).count() > 0
}

fn opens(bytes: &[u8]) -> bool {
    let Ok(file) = KeyFile::parse(Path::new("a.key"), bytes) else { return false };
    let Ok(signer) = file.open(&Passphrase::Given(WORDS.to_owned().into())) else { return false };
    assert_eq!(signer.verifier(), file.verifier());
    true
}

libfuzzer_sys::fuzz_target!(init: onus_fuzz::start(seeds, takes), |data: &[u8]| {
    takes(data);
});
