//! Tokens that others published, each with what it must give; where they come from stands in published/README.md.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use onus_timestamp::{Authority, TokenProblem, stated_time, token_of, verify};

/// What the answers are over whose `payload` is not beside them.
const HELLO: &[u8] = b"hello";

fn read(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/published");
    std::fs::read(folder.join(name)).unwrap()
}

fn authority(name: &str) -> Authority {
    let pem = String::from_utf8(read(&format!("{name}.pem"))).unwrap();
    Authority::from_pem(name, &pem).unwrap()
}

/// The moment of an answer in seconds from 1970, or why it counts for nothing.
fn judge(answer: &str, stamped: &[u8], trusted: &[&str]) -> Result<i64, TokenProblem> {
    let answer = read(&format!("{answer}.tsr"));
    let authorities: Vec<Authority> = trusted.iter().map(|name| authority(name)).collect();
    verify(token_of(&answer)?, stamped, &authorities).map(|time| time.unix())
}

#[test]
fn published_tokens_hold() {
    for (answer, trusted, time) in [
        ("identrust", "identrust", 1_741_683_128),
        ("sigstage-sha256", "sigstage", 1_746_791_935),
        ("sigstage-sha384", "sigstage", 1_746_791_935),
        ("sigstage-sha512", "sigstage", 1_746_791_936),
        ("sigstage-no-certificate", "sigstage-signer", 1_750_234_382),
        ("local", "local-between", 1_728_402_032),
        ("local_full_chain", "local_full_chain", 1_788_774_603),
        // Whoever put certificates beside the signer's own changed nothing of what is signed.
        ("local-injected-certificates", "local-between", 1_728_402_032),
    ] {
        assert_eq!(judge(answer, HELLO, &[trusted]), Ok(time), "{answer}");
        assert_eq!(judge(answer, b"hallo", &[trusted]), Err(TokenProblem::OtherBytes), "{answer}");
    }
    for (answer, trusted, time) in
        [("github", "github-signer", 1_772_445_135), ("conformance", "conformance-signer", 1_675_209_600)]
    {
        assert_eq!(judge(answer, &read(&format!("{answer}.payload")), &[trusted]), Ok(time), "{answer}");
    }
    assert_eq!(judge("x509-tsp", b"abc", &[]), Err(TokenProblem::NoCertificate));
    let free = read("freetsa.tsr");
    assert_eq!(stated_time(token_of(&free).unwrap()), Ok(1_557_513_258));
}

#[test]
fn published_forgeries_and_strangers_fail_by_class() {
    use TokenProblem::{BadSignature, NoCertificate, UnknownAuthority};
    for (answer, trusted, problem) in [
        ("sigstage-invalid-signature", "sigstage", BadSignature),
        ("sigstage-sha256", "github", UnknownAuthority),
        // It carries its own root, which nobody trusts.
        ("local_full_chain", "local", UnknownAuthority),
        // The certificate between the signer's and the root is in neither the answer nor the policy.
        ("local", "local", UnknownAuthority),
        ("local-injected-certificates", "sigstage", UnknownAuthority),
        ("sigstage-no-certificate", "sigstage", NoCertificate),
    ] {
        assert_eq!(judge(answer, HELLO, &[trusted]), Err(problem), "{answer} by {trusted}");
    }
}

#[test]
fn no_changed_byte_of_a_published_token_changes_the_moment() {
    for (answer, trusted) in [("sigstage-sha256", "sigstage"), ("identrust", "identrust")] {
        let answer = read(&format!("{answer}.tsr"));
        let good = token_of(&answer).unwrap();
        let trusted = [authority(trusted)];
        let moment = verify(good, HELLO, &trusted).unwrap();
        for at in 0..good.len() {
            let mut changed = good.to_vec();
            changed[at] ^= 0x01;
            if let Ok(time) = verify(&changed, HELLO, &trusted) {
                // Bytes that are not signed, as of a certificate that the chain does without.
                assert_eq!(time, moment, "byte {at}");
            }
        }
    }
}
