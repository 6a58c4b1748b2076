//! Verdicts and contests beside a dossier, under policies of a reader.

use onus_proof::*;

use super::unsigned::{case, second};
use super::{Expected, Vector};

const ABOUT: &str = "good/version-2.json";
const POLICY: &str = "policies/allies.toml";
const REVOKING: &str = "policies/revoked.toml";

fn ally() -> Signer {
    Signer::from_seed("ally.example", &[21; 32]).unwrap()
}

fn policy(more: &str) -> Vec<u8> {
    let (sealer, ally) = (super::case::signer().verifier().to_vkey(), ally().verifier().to_vkey());
    let key = |vkey: String, party: &str, role: &str| {
        format!("[[keys]]\nvkey = \"{vkey}\"\nparty = \"{party}\"\nroles = [\"{role}\"]\n")
    };
    format!(
        "format = \"onus-policy/1\"\n\n{}\n{}{more}",
        key(sealer, "Victim", "sealer"),
        key(ally, "Ally", "ally")
    )
    .into_bytes()
}

fn verdict(digest: Digest) -> Opinion {
    let of = |id: &str, outcome, seen| ClaimVerdict { id: id.into(), outcome, seen };
    Opinion::Verdict(Verdict {
        dossier: digest,
        made: NoteTime::parse("2026-04-01T12:00:00Z").unwrap(),
        tool: "onus 0.1.0".into(),
        claims: vec![
            of("c1", StatedOutcome::Holds, Seen::Raw),
            of("c2", StatedOutcome::Unsupported, Seen::Redacted),
        ],
    })
}

fn contest(digest: Digest, reason: Reason) -> Opinion {
    Opinion::Contest(Contest {
        dossier: digest,
        claim: "c1".into(),
        reason,
        made: NoteTime::parse("2026-04-02T12:00:00Z").unwrap(),
        tool: "onus 0.1.0".into(),
        with: Some(Digest([5; 32])),
        text: vec!["The clock of that host was wrong.".into(), "See record 3.".into()],
    })
}

pub fn all(out: &mut Vec<Vector>) {
    out.push(Vector::of(POLICY.into(), "the sealer and one ally", policy(""), Expected::Policy));
    out.push(Vector::of(
        REVOKING.into(),
        "the same, the ally's key revoked",
        policy("revoked = 2026-03-01T00:00:00Z\n"),
        Expected::Policy,
    ));
    let digest = Digest::of(second(&case()).as_bytes());
    let mut note = |name: &str, what: &str, bytes: Vec<u8>, policy: Option<&str>, standing: &'static str| {
        let expected = Expected::Note { about: ABOUT.into(), policy: policy.map(str::to_owned), standing };
        out.push(Vector::of(format!("notes/{standing}.{name}.note"), what, bytes, expected));
    };
    let signed = |text: &str| ally().sign(text).unwrap().encode().into_bytes();
    let said = verdict(digest).encode().unwrap();
    let against = contest(digest, Reason::WrongTime).encode().unwrap();
    note("verdict", "an ally's verdict", signed(&said), Some(POLICY), "counts");
    note("contest", "an ally's contest", signed(&against), Some(POLICY), "counts");
    for reason in Reason::ALL {
        let text = contest(digest, reason).encode().unwrap();
        note(
            &format!("contest-{}", reason.word()),
            "each reason of a contest",
            signed(&text),
            Some(POLICY),
            "counts",
        );
    }
    note("verdict", "a verdict, and no policy", signed(&said), None, "stranger");
    note("contest", "a contest, and no policy", signed(&against), None, "stranger");
    let nobody = Signer::from_seed("nobody.example", &[22; 32]).unwrap();
    note(
        "key",
        "a verdict by a key that the policy does not name",
        nobody.sign(&said).unwrap().encode().into_bytes(),
        Some(POLICY),
        "stranger",
    );
    let sealer = super::case::signer().sign(&said).unwrap().encode().into_bytes();
    note("sealer", "a verdict by the sealer, who is no ally", sealer, Some(POLICY), "stranger");
    note("verdict", "a verdict by a key that is revoked", signed(&said), Some(REVOKING), "revoked");
    note("contest", "a contest by a key that is revoked", signed(&against), Some(REVOKING), "revoked");
    let other = verdict(Digest([1; 32])).encode().unwrap();
    note("verdict", "a verdict on another dossier", signed(&other), Some(POLICY), "another-dossier");
    note(
        "verdict-no-policy",
        "a verdict on another dossier, and no policy",
        signed(&other),
        None,
        "another-dossier",
    );
    let flipped = super::unsigned::flip_signature(&String::from_utf8(signed(&said)).unwrap()).into_bytes();
    note("flipped", "a bit of the signature flipped", flipped, Some(POLICY), "bad-signature");
    let swapped = String::from_utf8(signed(&said)).unwrap().replacen("holds raw c1", "differs raw c1", 1);
    note("text", "an outcome changed after signing", swapped.into_bytes(), Some(POLICY), "bad-signature");
    let absent = said.replacen("raw c1", "raw c9", 1);
    note("verdict", "a verdict on a claim that is not there", signed(&absent), Some(POLICY), "absent-claim");
    note(
        "contest",
        "a contest of a claim that is not there",
        signed(&against.replacen("claim c1", "claim c9", 1)),
        Some(POLICY),
        "absent-claim",
    );
    for (name, what, text) in misspelled(&said, &against) {
        note(name, what, signed(&text), Some(POLICY), "malformed");
    }
    let mut twice = ally().sign(&said).unwrap();
    twice.signatures.extend(nobody.sign(&said).unwrap().signatures);
    note("two-signatures", "two signatures", twice.encode().into_bytes(), Some(POLICY), "malformed");
    note("no-signature", "no signature", said.clone().into_bytes(), Some(POLICY), "malformed");
    note("empty", "nothing", vec![], Some(POLICY), "malformed");
    note(
        "not-utf8",
        "bytes that are no UTF-8",
        [&b"\xff"[..], &signed(&said)].concat(),
        Some(POLICY),
        "malformed",
    );
    let long: String = (0..40_000).map(|n| format!("claim holds redacted a claim {n:06}\n")).collect();
    note("too-large", "over a mebibyte", signed(&format!("{said}{long}")), Some(POLICY), "malformed");
}

#[rustfmt::skip]
fn misspelled(said: &str, against: &str) -> Vec<(&'static str, &'static str, String)> {
    let verdict = |from: &str, to: &str| { assert!(said.contains(from), "{from}"); said.replacen(from, to, 1) };
    let contest = |from: &str, to: &str| { assert!(against.contains(from), "{from}"); against.replacen(from, to, 1) };
    vec![
        ("version", "a version that is unknown", verdict("onus-verdict/1", "onus-verdict/2")),
        ("kind", "another kind of note", verdict("onus-verdict/1", "onus-checkpoint")),
        ("two-spaces", "two spaces", verdict("made ", "made  ")),
        ("time-fraction", "a time with a fraction", verdict("00Z", "00.0Z")),
        ("time-zone", "a time of another zone", verdict("00Z", "00+00:00")),
        ("time-day", "a day that is not", verdict("04-01", "04-31")),
        ("time-capital", "a small t", verdict("T12", "t12")),
        ("digest-capitals", "a digest in capitals", { let digest = &said[23..87]; said.replacen(digest, &digest.to_uppercase(), 1) }),
        ("digest-short", "a digest cut short", verdict("dossier ", "dossier").replacen("dossier", "dossier 0", 1).replacen("dossier 0", "dossier ", 1).replacen("\nmade", "0\nmade", 1)),
        ("outcome", "an unknown outcome", verdict("holds", "true")),
        ("seen", "an unknown word for what was seen", verdict(" raw ", " whole ")),
        ("claim-twice", "a claim twice", format!("{said}claim holds raw c1\n")),
        ("no-claims", "no claim", said.lines().take(4).map(|line| format!("{line}\n")).collect()),
        ("line-order", "lines in another order", verdict("made", "xxxx").replacen("tool", "made", 1).replacen("xxxx", "tool", 1)),
        ("line-added", "a line too many", format!("{said}more\n")),
        ("no-tool", "no tool", said.lines().filter(|line| !line.starts_with("tool")).map(|line| format!("{line}\n")).collect()),
        ("id-empty", "a claim without an id", verdict("raw c1", "raw ")),
        ("control", "a control character in a value", verdict("onus 0.1.0", "onus\u{85}0.1.0")),
        ("reason", "an unknown reason", contest("wrong-time", "boredom")),
        ("with", "a digest that is none", contest("with 05", "with 5")),
        ("text-before-with", "a text before the digest", contest("with ", "text x\nwith ")),
        ("text-empty", "an empty text", contest("text See record 3.", "text ")),
        ("text-101", "101 lines of text", format!("{against}{}", "text x\n".repeat(99))),
    ]
}
