//! Keys are kept for their owner alone, in a form that OpenSSL reads; they hand on and are taken back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use onus_keys::*;
use onus_proof::{NoteError, NoteTime, Revocation, Rotation, Sign, Signer};
use pkcs8::der::Decode;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{Kdf, ScryptParams};
use pkcs8::{EncryptedPrivateKeyInfoRef, LineEnding};

fn words(text: &str) -> Passphrase {
    Passphrase::Given(text.to_owned().into())
}

fn now() -> NoteTime {
    NoteTime::from_unix(1_770_000_000)
}

#[test]
fn a_key_opens_with_its_passphrase_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = KeyStore::at(&folder.path().join("keys"));
    assert_eq!(store.list().unwrap(), []);
    let key = store.make("halvard.example/log", &words("correct horse")).unwrap();
    assert!(key.encrypted && key.path.exists());
    let file = KeyFile::read(&key.path).unwrap();
    assert!(matches!(file.open(&Passphrase::None), Err(KeyError::NeedsPassphrase(_))));
    assert!(matches!(file.open(&words("correct horsf")), Err(KeyError::WrongPassphrase(_))));
    let signer = file.open(&words("correct horse")).unwrap();
    assert_eq!(signer.verifier(), &key.verifier);
    let text = fs::read_to_string(&key.path).unwrap();
    assert!(!text.contains(&signer.to_skey()[12..]));
    let plain = store.make("b.example", &Passphrase::None).unwrap();
    assert!(!plain.encrypted);
    KeyFile::read(&plain.path).unwrap().open(&Passphrase::None).unwrap();
    assert_eq!(store.list().unwrap().len(), 2);
    assert_eq!(store.find("b.example").unwrap(), plain);
    assert_eq!(store.find(&key.verifier.key_id()).unwrap(), key);
    assert!(matches!(store.find("c.example"), Err(KeyError::NoKey { .. })));
    store.make("b.example", &Passphrase::None).unwrap();
    assert!(matches!(store.find("b.example"), Err(KeyError::Several { .. })));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let store = KeyStore::at(&folder.path().join("keys"));
    let key = store.make("a.example", &Passphrase::None).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&key.path), mode(store.folder())), (0o600, 0o700));
    fs::set_permissions(&key.path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(KeyFile::read(&key.path), Err(KeyError::Open(_))));
}

#[test]
fn openssl_reads_the_file_and_signs_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let store = KeyStore::at(folder.path());
    let key = store.make("a.example", &words("pass")).unwrap();
    let signer = KeyFile::read(&key.path).unwrap().open(&words("pass")).unwrap();
    let openssl =
        |arguments: &[&str]| Command::new("openssl").args(arguments).current_dir(folder.path()).output();
    let Ok(output) =
        openssl(&["pkey", "-in", key.path.to_str().unwrap(), "-passin", "pass:pass", "-out", "plain.pem"])
    else {
        assert!(std::env::var_os("CI").is_none(), "no openssl");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::write(folder.path().join("message"), "text\n").unwrap();
    let output = openssl(&[
        "pkeyutl",
        "-sign",
        "-rawin",
        "-inkey",
        "plain.pem",
        "-in",
        "message",
        "-out",
        "signature",
    ])
    .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let note = signer.sign("text\n").unwrap();
    assert_eq!(fs::read(folder.path().join("signature")).unwrap(), note.signatures[0].bytes);
    // The same key as one that lives elsewhere: OpenSSL is the command.
    let command = format!(
        "cd '{}' && cat > m && openssl pkeyutl -sign -rawin -inkey plain.pem -in m",
        folder.path().display()
    );
    let elsewhere = CommandSigner::new(&command, key.verifier.clone());
    assert_eq!(elsewhere.sign("text\n").unwrap(), note);
}

#[test]
fn a_command_that_gives_no_signature_of_the_key_is_refused() {
    let verifier = Signer::from_seed("a.example", &[1; 32]).unwrap().verifier().clone();
    let sign = |command: &str| CommandSigner::new(command, verifier.clone()).sign("text\n").unwrap_err();
    assert!(matches!(sign("cat > /dev/null; exit 3"), NoteError::Elsewhere { .. }));
    assert!(matches!(sign("cat > /dev/null; echo no"), NoteError::Elsewhere { .. }));
    assert!(matches!(sign("no-such-command-anywhere 2> /dev/null"), NoteError::Elsewhere { .. }));
    assert!(matches!(sign("cat > /dev/null; head -c 64 /dev/zero"), NoteError::BadSignature(_)));
}

#[test]
fn keys_hand_on_and_are_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = KeyStore::at(folder.path());
    let old = store.make("a.example", &Passphrase::None).unwrap();
    let open = |key: &StoredKey| KeyFile::read(&key.path).unwrap().open(&Passphrase::None).unwrap();
    let (new, note) = store.rotate(&old, &open(&old), &Passphrase::None, now()).unwrap();
    let rotation = Rotation::verify(&fs::read(note).unwrap()).unwrap();
    assert_eq!((rotation.old(), rotation.new_key()), (&old.verifier, &new.verifier));
    // The name now means the new key.
    assert_eq!(store.find("a.example").unwrap(), new);
    let old = store.find(&old.verifier.key_id()).unwrap();
    assert_eq!(old.rotated.as_ref(), Some(&new.verifier));
    assert!(matches!(store.rotate(&old, &open(&old), &Passphrase::None, now()), Err(KeyError::Done { .. })));
    let note = store.revoke(&old, &open(&old), now(), now(), "handed on").unwrap();
    assert_eq!(Revocation::verify(&fs::read(note).unwrap()).unwrap().reason(), "handed on");
    assert_eq!(store.find(&old.verifier.key_id()).unwrap().revoked, Some(now()));
    let old = store.find(&old.verifier.key_id()).unwrap();
    assert!(matches!(store.revoke(&old, &open(&old), now(), now(), "again"), Err(KeyError::Done { .. })));
}

#[test]
fn damaged_files_are_no_keys() {
    let folder = tempfile::tempdir().unwrap();
    let store = KeyStore::at(folder.path());
    let key = store.make("a.example", &Passphrase::None).unwrap();
    let good = fs::read_to_string(&key.path).unwrap();
    let other = fs::read_to_string(store.make("a.example", &Passphrase::None).unwrap().path).unwrap();
    let pem = |text: &str| text.splitn(3, '\n').nth(2).unwrap().to_owned();
    for bad in [
        String::new(),
        good.replace("onus-key/1", "onus-key/2"),
        good.replace("PRIVATE KEY", "PUBLIC KEY"),
        good.replace(&pem(&good), &pem(&other)),
        good.replace("+", "-"),
        "x".repeat(70_000),
    ] {
        fs::write(&key.path, bad).unwrap();
        let opened = KeyFile::read(&key.path).and_then(|file| file.open(&Passphrase::None));
        assert!(matches!(opened, Err(KeyError::NotAKey { .. } | KeyError::Note(_))));
    }
}

/// The key of 32 bytes 7 in PKCS #8, under the passphrase "words" with scrypt (N = 2, r = 1, p = 1), in DER.
const ENCRYPTED: &str = "\
    MIGSME4GCSqGSIb3DQEFDTBBMCAGCSsGAQQB2kcECzATBAhgTqkVYsm5DgIBAgIBAQIBATAdBglghkgBZQMEASoEEJ0ayCwEPtvbw0TUbuq7\
    C+gEQN+Rn0/wnc2VGS9jFVKfjl5ab01UUu1QY0gF8Alj5W6hu53qBRx5FfGHYvKISQn+0nCN689uG8vC4DX+GRBFq6E=";

#[test]
fn a_file_that_asks_for_too_much_or_for_nonsense_is_refused() {
    let vkey = Signer::from_seed("a.example", &[7; 32]).unwrap().verifier().to_vkey();
    let label = "ENCRYPTED PRIVATE KEY";
    let lines: Vec<&str> =
        ENCRYPTED.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    let pem = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"));
    let (_, der) = pkcs8::Document::from_pem(&pem).unwrap();
    let open = |change: &dyn Fn(&mut ScryptParams)| {
        let mut info = EncryptedPrivateKeyInfoRef::from_der(der.as_bytes()).unwrap();
        let EncryptionScheme::Pbes2(parameters) = &mut info.encryption_algorithm else { panic!() };
        let Kdf::Scrypt(scrypt) = &mut parameters.kdf else { panic!() };
        change(scrypt);
        let pem = pkcs8::Document::encode_msg(&info).unwrap().to_pem(label, LineEnding::LF).unwrap();
        let file = KeyFile::parse(Path::new("a.key"), format!("onus-key/1\n{vkey}\n{pem}").as_bytes());
        file.unwrap().open(&words("words"))
    };
    assert_eq!(open(&|_| {}).unwrap().verifier().to_vkey(), vkey);
    let costs: [&dyn Fn(&mut ScryptParams); 6] = [
        &|scrypt| scrypt.cost_parameter = 1 << 40,
        &|scrypt| scrypt.cost_parameter = u64::MAX,
        &|scrypt| (scrypt.cost_parameter, scrypt.parallelization) = (1 << 10, u16::MAX),
        &|scrypt| (scrypt.cost_parameter, scrypt.block_size) = (1 << 20, 2),
        &|scrypt| scrypt.cost_parameter = 0,
        &|scrypt| scrypt.block_size = 0,
    ];
    for (at, cost) in costs.iter().enumerate() {
        let refused = open(cost).unwrap_err().to_string();
        assert!(refused.contains("what opening it costs"), "{at}: {refused}");
    }
}
