//! Tokens of a real authority hold, and every other one fails under the name of its class.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Making, P256, P384, RSA, Tsa, openssl_is_there};
use onus_timestamp::*;

const STAMPED: &[u8] = b"log.example\n7\nroot\n\nsignature\n";

fn token(tsa: &Tsa, stamped: &[u8]) -> Vec<u8> {
    let answer = tsa.answer(&query(stamped, 0x8000_0000_0000_0001));
    let token = token_of(&answer).unwrap().to_vec();
    check_answer(&token, stamped, Some(0x8000_0000_0000_0001)).unwrap();
    token
}

fn trusted(tsa: &Tsa) -> Vec<Authority> {
    vec![Authority::from_pem("test", &tsa.root_pem()).unwrap()]
}

fn now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

#[test]
fn tokens_of_a_real_authority_hold() {
    if !openssl_is_there("tokens_of_a_real_authority_hold") {
        return;
    }
    for making in [
        Making::default(),
        Making { key: P256, ess: "sha1", digest: "sha384", ..Making::default() },
        Making { key: P384, digest: "sha512", ess: "sha512", ..Making::default() },
        Making { key: RSA, digest: "sha512", between: true, ..Making::default() },
    ] {
        let tsa = Tsa::make(&making);
        let before = now();
        let token = token(&tsa, STAMPED);
        let time = verify(&token, STAMPED, &trusted(&tsa)).unwrap();
        assert!((before..=now()).contains(&time.unix()), "{time:?}");
        assert_eq!((time.authority(), time.accuracy_micros()), ("test", Some(1_500_000)));
        assert_eq!(stated_time(&token), Ok(time.unix()));
        // Neither the signer itself nor what lies between need be a root to be trusted as one.
        let signer = std::fs::read_to_string(tsa.path("signer.crt")).unwrap();
        let signer = vec![Authority::from_pem("signer", &signer).unwrap()];
        assert_eq!(verify(&token, STAMPED, &signer).unwrap().authority(), "signer");
    }
}

#[test]
fn every_other_token_fails_by_class() {
    if !openssl_is_there("every_other_token_fails_by_class") {
        return;
    }
    let tsa = Tsa::make(&Making { key: P256, ..Making::default() });
    let good = token(&tsa, STAMPED);
    let check =
        |token: &[u8], stamped: &[u8], trusted: &[Authority]| verify(token, stamped, trusted).unwrap_err();
    assert_eq!(check(&good, b"other bytes", &trusted(&tsa)), TokenProblem::OtherBytes);
    assert_eq!(check(&good, STAMPED, &[]), TokenProblem::UnknownAuthority);
    // Another root of the same name.
    let other = Tsa::make(&Making { key: P256, ..Making::default() });
    assert_eq!(check(&good, STAMPED, &trusted(&other)), TokenProblem::UnknownAuthority);
    assert_eq!(check_answer(&good, STAMPED, Some(7)), Err(TokenProblem::OtherNonce));
    assert_eq!(check_answer(&good, b"other", None), Err(TokenProblem::OtherBytes));

    for usage in ["", "serverAuth", "timeStamping", "critical,timeStamping,serverAuth"] {
        // OpenSSL refuses to sign with such a certificate; so a good one signs, and the bad one's key is the same.
        let tsa = Tsa::make(&Making { key: P256, ..Making::default() });
        let usage = if usage.is_empty() { String::new() } else { format!("extendedKeyUsage={usage}\n") };
        assert_eq!(
            signed_by_another(&tsa, &usage, &["-days", "30"]),
            TokenProblem::NotForTimeStamping,
            "{usage}"
        );
    }
    let usage = "extendedKeyUsage=critical,timeStamping\n";
    let old = ["-not_before", "20200101000000Z", "-not_after", "20200201000000Z"];
    let tsa = Tsa::make(&Making { key: P256, ..Making::default() });
    assert_eq!(signed_by_another(&tsa, usage, &old), TokenProblem::Expired);

    let tsa = Tsa::make(&Making { key: P256, between: true, constraints: "CA:FALSE", ..Making::default() });
    assert_eq!(check(&token(&tsa, STAMPED), STAMPED, &trusted(&tsa)), TokenProblem::UnknownAuthority);

    // An answer without certificates, and one that was refused.
    let tsa = Tsa::make(&Making { key: P256, ..Making::default() });
    let mut bare = query(STAMPED, 5);
    bare.truncate(bare.len() - 3);
    bare[1] -= 3;
    let bare = tsa.answer(&bare);
    assert_eq!(check(token_of(&bare).unwrap(), STAMPED, &trusted(&tsa)), TokenProblem::NoCertificate);
    let mut unknown = query(STAMPED, 5);
    unknown[19] = 0x0f;
    let refused = tsa.answer(&unknown);
    assert_eq!(token_of(&refused), Err(TokenProblem::NotGranted(2)));
}

/// What becomes of a token whose signer bears another certificate, of the same key, issuer and serial number.
fn signed_by_another(tsa: &Tsa, usage: &str, dates: &[&str]) -> TokenProblem {
    let serial = "0x1234";
    let make = |name: &str, extensions: &str, dates: &[&str]| {
        std::fs::write(tsa.path("ext.cnf"), format!("keyUsage=critical,digitalSignature\n{extensions}"))
            .unwrap();
        std::fs::write(tsa.path("index.txt"), "").unwrap();
        std::fs::write(tsa.path("ca-serial"), format!("{}\n", &serial[2..])).unwrap();
        std::fs::write(
            tsa.path("ca.cnf"),
            "[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\nserial=ca-serial\nnew_certs_dir=.\ndefault_md=sha256\n\
             policy=p\nunique_subject=no\n[p]\norganizationName=supplied\ncommonName=supplied\n",
        )
        .unwrap();
        let dates: Vec<&str> = dates
            .iter()
            .map(|d| match *d {
                "-not_before" => "-startdate",
                "-not_after" => "-enddate",
                other => other,
            })
            .collect();
        let mut arguments = vec![
            "ca",
            "-batch",
            "-config",
            "ca.cnf",
            "-in",
            "signer.csr",
            "-cert",
            "root.crt",
            "-keyfile",
            "root.key",
            "-extfile",
            "ext.cnf",
            "-out",
            name,
            "-notext",
        ];
        arguments.extend(dates);
        tsa.run(&arguments);
    };
    make("signer.crt", "extendedKeyUsage=critical,timeStamping\n", &["-days", "30"]);
    let token = token(tsa, STAMPED);
    make("another.crt", usage, dates);
    // The signature names the certificate by its hash: sign again over attributes with the other one's hash.
    resign(tsa, &token)
}

/// Makes the same token anew with the other certificate, by `openssl cms`, which looks at no usage.
fn resign(tsa: &Tsa, token: &[u8]) -> TokenProblem {
    std::fs::write(tsa.path("t.der"), token).unwrap();
    tsa.run(&["cms", "-verify", "-noverify", "-inform", "DER", "-in", "t.der", "-binary", "-out", "tst.der"]);
    tsa.run(&[
        "cms",
        "-sign",
        "-binary",
        "-nodetach",
        "-cades",
        "-econtent_type",
        "1.2.840.113549.1.9.16.1.4",
        "-in",
        "tst.der",
        "-signer",
        "another.crt",
        "-inkey",
        "signer.key",
        "-md",
        "sha256",
        "-outform",
        "DER",
        "-out",
        "again.der",
    ]);
    let again = std::fs::read(tsa.path("again.der")).unwrap();
    verify(&again, STAMPED, &trusted(tsa)).unwrap_err()
}

/// No bit can be turned without the token failing, but in what a chain to the root does not need.
#[test]
fn no_flipped_bit_verifies() {
    if !openssl_is_there("no_flipped_bit_verifies") {
        return;
    }
    let tsa = Tsa::make(&Making { key: P256, ..Making::default() });
    let (good, roots) = (token(&tsa, STAMPED), trusted(&tsa));
    let time = verify(&good, STAMPED, &roots).unwrap();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        // The carried root and the versions of the frame are not needed: what they say changes nothing.
        if let Ok(other) = verify(&bytes, STAMPED, &roots) {
            assert_eq!(other, time, "byte {at}");
        }
        let _ = token_of(&bytes);
    }
    for end in 0..good.len() {
        assert!(verify(&good[..end], STAMPED, &roots).is_err());
    }
    let mut longer = good.clone();
    longer.push(0);
    assert!(matches!(verify(&longer, STAMPED, &roots), Err(TokenProblem::NotAToken(_))));
    assert!(matches!(verify(&vec![0x30; TOKEN_BYTES + 1], STAMPED, &roots), Err(TokenProblem::NotAToken(_))));
}

#[test]
fn what_is_no_certificate_is_no_authority() {
    for pem in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "text"] {
        assert!(Authority::from_pem("x", pem).is_err());
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        let _ = (verify(&bytes, b"", &[]), token_of(&bytes), stated_time(&bytes), check_answer(&bytes, b"", None));
    }
}
