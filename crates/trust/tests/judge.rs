//! What counts under a policy, and what does not: rung 4, contests, strangers, revoked keys, witnesses, history.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use onus_claim::Rung;
use onus_proof::*;
use onus_trust::{Judgement, Policy, PolicyError, Refused, Sealer as By, Standing, judge};
use serde_json::{Value, json};

const SEALER: u8 = 7;

fn signer(name: &str, seed: u8) -> Signer {
    Signer::from_seed(name, &[seed; 32]).unwrap()
}

fn sealer() -> Signer {
    signer("case.example", SEALER)
}

fn ally(seed: u8) -> Signer {
    signer("ally.example", seed)
}

fn now() -> NoteTime {
    NoteTime::parse("2026-03-01T12:00:00Z").unwrap()
}

/// The checkpoint of a tree of one leaf, whose claim is of a kind that no program knows.
struct Made {
    head: Note,
    file: String,
}

fn dossier(created: &str) -> Made {
    let secret = Sealer::new(&CaseSecret::from_bytes([9; 32]));
    let (index, value) = (RecordIndex(0), FieldValue::Int(4));
    let header = RecordHeader { source: Digest([3; 32]), ordinal: 0, offset: 0, length: 1, format: "ndjson" };
    let fields = [FieldRef { name: "n", value: &value }];
    let leaf =
        Sealer::new(&CaseSecret::from_bytes([9; 32])).leaf_hash(index, &header, &fields, b"raw").unwrap();
    let checkpoint = Checkpoint { origin: "case.example".into(), size: 1, root: leaf, extensions: vec![] };
    let head = sealer().sign(&checkpoint.encode()).unwrap();
    let record = DossierRecord {
        index,
        source: header.source,
        ordinal: 0,
        offset: 0,
        length: 1,
        format: "ndjson".into(),
        fields: vec![DisclosedField::Hidden(Hidden(field_commitment(
            &secret.field_salt(index, "n"),
            "n",
            &value,
        )))],
        raw: DisclosedRaw::Hidden(Hidden(raw_commitment(&secret.raw_salt(index), b"raw"))),
        path: vec![],
    };
    let claim = json!({ "id": "C1", "kind": "unheard_of", "params": {}, "sentence": "It rained.", "cites": [0], "rests_on": [], "would_raise": "" });
    let parts = DossierParts {
        case: "case".into(),
        created: created.into(),
        tool: "onus 0.1.0".into(),
        checkpoint: head.clone(),
        records: vec![record],
        claims: vec![claim],
        attachments: vec![],
        limits: vec![],
        faults: Value::Null,
    };
    let file = Dossier::build_with(parts, &MoreParts::default(), &sealer()).unwrap().encode();
    Made { head, file }
}

fn key(verifier: &Verifier, party: &str, role: &str, more: &str) -> String {
    format!(
        "[[keys]]\nvkey = \"{}\"\nparty = \"{party}\"\nroles = [\"{role}\"]\n{more}\n",
        verifier.to_vkey()
    )
}

/// The sealer, two allies of two parties, of whom `k` are needed.
fn policy(k: usize) -> String {
    format!("format = \"onus-policy/1\"\ncountersigners = {k}\n")
        + &key(sealer().verifier(), "The victim", "sealer", "")
        + &key(ally(1).verifier(), "CERT One", "ally", "")
        + &key(ally(2).verifier(), "CERT Two", "ally", "")
}

fn verdict(file: &str, by: &Signer, id: &str, outcome: StatedOutcome, seen: Seen) -> Vec<u8> {
    let claims = vec![ClaimVerdict { id: id.into(), outcome, seen }];
    let dossier = Digest::of(file.as_bytes());
    let opinion = Opinion::Verdict(Verdict { dossier, made: now(), tool: "onus 0.1.0".into(), claims });
    by.sign(&opinion.encode().unwrap()).unwrap().encode().into_bytes()
}

fn holds(file: &str, by: &Signer) -> Vec<u8> {
    verdict(file, by, "C1", StatedOutcome::Holds, Seen::Raw)
}

fn judged(file: &str, policy: Option<&str>, notes: &[Vec<u8>]) -> Judgement {
    let policy = policy.map(|text| Policy::parse(text).unwrap());
    let notes: Vec<(String, Vec<u8>)> =
        notes.iter().enumerate().map(|(n, note)| (n.to_string(), note.clone())).collect();
    judge(file.as_bytes(), policy.as_ref(), &notes).unwrap()
}

fn rung(judgement: &Judgement) -> Rung {
    judgement.claims()[0].rung()
}

fn standing(judgement: &Judgement) -> &Standing {
    &judgement.received()[0].standing
}

#[test]
fn enough_parties_that_saw_raw_records_countersign() {
    let Made { file, .. } = dossier("now");
    let (one, two) = (holds(&file, &ally(1)), holds(&file, &ally(2)));
    assert_eq!(rung(&judged(&file, Some(&policy(2)), &[one.clone(), two.clone()])), Rung::Countersigned);
    // One of two, one party twice, no policy, or a redacted view are not enough.
    assert_eq!(rung(&judged(&file, Some(&policy(2)), &[one.clone(), one.clone()])), Rung::Sealed);
    assert_eq!(rung(&judged(&file, None, &[one.clone(), two.clone()])), Rung::Sealed);
    let redacted = verdict(&file, &ally(2), "C1", StatedOutcome::Holds, Seen::Redacted);
    assert_eq!(rung(&judged(&file, Some(&policy(2)), &[one.clone(), redacted])), Rung::Sealed);
    assert_eq!(rung(&judged(&file, Some(&policy(1)), &[one])), Rung::Countersigned);
    // Who sealed does not countersign.
    let both = policy(1).replace("roles = [\"sealer\"]", "roles = [\"sealer\", \"ally\"]");
    assert_eq!(rung(&judged(&file, Some(&both), &[holds(&file, &sealer())])), Rung::Sealed);
}

#[test]
fn each_note_has_its_standing() {
    let Made { file, .. } = dossier("now");
    let with = |note: Vec<u8>| judged(&file, Some(&policy(1)), &[note]);
    let other = with(holds(&dossier("later").file, &ally(1)));
    assert!(matches!(standing(&other), Standing::AnotherDossier(_)) && rung(&other) == Rung::Sealed);
    let stranger = with(holds(&file, &ally(3)));
    assert!(*standing(&stranger) == Standing::Stranger && rung(&stranger) == Rung::Sealed);
    let absent = with(verdict(&file, &ally(1), "C2", StatedOutcome::Holds, Seen::Raw));
    assert_eq!(*standing(&absent), Standing::AbsentClaim("C2".into()));
    let forged = String::from_utf8(holds(&file, &ally(1))).unwrap().replace("12:00:00Z", "12:00:01Z");
    let forged = with(forged.into_bytes());
    assert!(*standing(&forged) == Standing::BadSignature && rung(&forged) == Rung::Sealed);
    for bad in [&b"no note"[..], b"", b"\xff", b"{}", b"0\x80"] {
        assert!(matches!(standing(&with(bad.to_vec())), Standing::Malformed(_)));
    }
}

#[test]
fn a_contest_stands_beside_the_claim_and_lowers_nothing() {
    let Made { file, .. } = dossier("now");
    let contest = Opinion::Contest(Contest {
        dossier: Digest::of(file.as_bytes()),
        claim: "C1".into(),
        reason: Reason::WrongTime,
        made: now(),
        tool: "onus 0.1.0".into(),
        with: None,
        text: vec!["The clock was off.".into()],
    });
    let contest = ally(2).sign(&contest.encode().unwrap()).unwrap().encode().into_bytes();
    let judgement = judged(&file, Some(&policy(1)), &[holds(&file, &ally(1)), contest]);
    let claim = &judgement.claims()[0];
    assert_eq!((claim.rung(), claim.contested().len()), (Rung::Countersigned, 1));
    assert_eq!(
        (claim.contested()[0].party.as_str(), claim.contested()[0].reason),
        ("CERT Two", Reason::WrongTime)
    );
    let differs = verdict(&file, &ally(2), "C1", StatedOutcome::Differs, Seen::Raw);
    let judgement = judged(&file, Some(&policy(1)), &[differs]);
    assert_eq!(judgement.claims()[0].contested()[0].reason, Reason::DoesNotRecompute);
    assert_eq!(rung(&judgement), Rung::Sealed);
}

#[test]
fn a_revoked_key_counts_for_nothing_and_a_new_one_takes_over() {
    let Made { file, .. } = dossier("now");
    let note = holds(&file, &ally(1));
    let revocation = Revocation::sign(&ally(1), now(), now(), "lost").unwrap().encode().into_bytes();
    let judgement = judged(&file, Some(&policy(1)), &[note.clone(), revocation.clone()]);
    assert_eq!((standing(&judgement), rung(&judgement)), (&Standing::Revoked(now()), Rung::Sealed));
    let listed = policy(1)
        .replace("party = \"CERT One\"", "party = \"CERT One\"\nrevoked = 2026-01-01T01:00:00+01:00");
    let since = NoteTime::parse("2026-01-01T00:00:00Z").unwrap();
    assert_eq!(standing(&judged(&file, Some(&listed), &[note])), &Standing::Revoked(since));
    // The key that it handed on to has its party and role, but not after it was taken back.
    let rotation = Rotation::sign(&ally(1), &ally(5), now()).unwrap().encode().into_bytes();
    let new = holds(&file, &ally(5));
    assert_eq!(rung(&judged(&file, Some(&policy(1)), &[new.clone(), rotation.clone()])), Rung::Countersigned);
    assert_eq!(rung(&judged(&file, Some(&policy(1)), &[new, rotation, revocation])), Rung::Sealed);
}

#[test]
fn a_dossier_is_accepted_under_a_sealers_key_that_is_not_revoked() {
    let Made { file, .. } = dossier("now");
    assert_eq!(judged(&file, Some(&policy(1)), &[]).sealer(), &By::Trusted("The victim".into()));
    assert_eq!(judged(&file, None, &[]).sealer(), &By::Any);
    let parse = |text: &str| Policy::parse(text).unwrap();
    let other = parse(&(policy(1).replace(&sealer().verifier().to_vkey(), &ally(9).verifier().to_vkey())));
    assert!(matches!(
        judge(file.as_bytes(), Some(&other), &[]),
        Err(Refused::Rejected(Rejection::UntrustedKey(_)))
    ));
    let revoked = parse(
        &policy(1)
            .replace("party = \"The victim\"", "party = \"The victim\"\nrevoked = 2026-01-01T00:00:00Z"),
    );
    assert!(matches!(judge(file.as_bytes(), Some(&revoked), &[]), Err(Refused::RevokedKey { .. })));
}

#[test]
fn witnesses_are_counted_from_the_checkpoint_beside() {
    let Made { head, file } = dossier("now");
    let witness = signer("witness.example", 4);
    let vkey = WitnessKey::of(witness.verifier()).unwrap().to_vkey();
    let text = format!("{}[[keys]]\nvkey = \"{vkey}\"\nparty = \"W\"\nroles = [\"witness\"]\n", policy(1));
    assert!(!judged(&file, Some(&text), &[]).witnessed());
    let mut cosigned = head.clone();
    cosigned.signatures.push(cosign(&witness, &head.text, 1_772_000_000).unwrap());
    let judgement = judged(&file, Some(&text), &[cosigned.encode().into_bytes()]);
    assert!(judgement.witnessed() && judgement.cosigners()[0].time == Some(1_772_000_000));
    cosigned.signatures[1].bytes[20] ^= 1;
    let judgement = judged(&file, Some(&text), &[cosigned.encode().into_bytes()]);
    assert!(!judgement.witnessed() && judgement.cosigners()[0].time.is_none());
}

#[test]
fn policies_that_cannot_be_meant_are_refused() {
    let vkey = ally(1).verifier().to_vkey();
    let one = |roles: &str| {
        format!("format = \"onus-policy/1\"\n[[keys]]\nvkey = \"{vkey}\"\nparty = \"P\"\nroles = [{roles}]\n")
    };
    Policy::parse(&one("\"ally\"")).unwrap();
    assert!(matches!(Policy::parse(&policy(3)), Err(PolicyError::TooMany { .. })));
    assert!(matches!(Policy::parse(&policy(0)), Err(PolicyError::TooMany { .. })));
    assert!(matches!(Policy::parse("format = \"onus-policy/2\""), Err(PolicyError::Version(_))));
    for (bad, why) in [
        (one(""), "no role"),
        (one("\"ally\", \"ally\""), "one twice"),
        (one("\"witness\""), "wanted type"),
        (one("\"judge\""), "unknown variant"),
        (one("\"ally\"") + "more = 1\n", "unknown field"),
        (one("\"ally\"") + "revoked = 2026-01-01\n", "no time with a zone"),
        (one("\"ally\"") + &one("\"ally\"").replace("format = \"onus-policy/1\"\n", ""), "stands twice"),
        (one("\"ally\"") + "[[time]]\nname = \"T\"\ncertificate = \"no\"\n", "authority T"),
    ] {
        let error = Policy::parse(&bad).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
