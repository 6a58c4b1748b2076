//! What people say of dossiers and keys, and what witnesses sign: one spelling each, and no one's word for another's.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use onus_proof::*;

fn signer(name: &str, seed: u8) -> Signer {
    Signer::from_seed(name, &[seed; 32]).unwrap()
}

fn verdict() -> Opinion {
    let claim = |id: &str, outcome, seen| ClaimVerdict { id: id.into(), outcome, seen };
    Opinion::Verdict(Verdict {
        dossier: Digest::of(b"dossier"),
        made: NoteTime::parse("2026-03-01T12:00:00Z").unwrap(),
        tool: "onus 0.1.0".into(),
        claims: vec![
            claim("C0001", StatedOutcome::Holds, Seen::Raw),
            claim("a claim with spaces", StatedOutcome::Differs, Seen::Redacted),
        ],
    })
}

fn contest() -> Opinion {
    Opinion::Contest(Contest {
        dossier: Digest::of(b"dossier"),
        claim: "C0001".into(),
        reason: Reason::WrongAddressHolder,
        made: NoteTime::parse("2026-03-01T12:00:00Z").unwrap(),
        tool: "onus 0.1.0".into(),
        with: Some(Digest::of(b"other")),
        text: vec!["the address was let to another".into(), "see the lease".into()],
    })
}

#[test]
fn opinions_are_read_back_and_verified() {
    let (ally, other) = (signer("ally.example", 1), signer("ally.example", 2));
    for opinion in [verdict(), contest()] {
        let note = ally.sign(&opinion.encode().unwrap()).unwrap().encode();
        let read = UnverifiedOpinion::parse(note.as_bytes()).unwrap();
        assert_eq!(read.claimed(), &opinion);
        let verified = read.verify(ally.verifier()).unwrap();
        assert_eq!((verified.opinion(), verified.key()), (&opinion, ally.verifier()));
        assert!(matches!(read.verify(other.verifier()), Err(NoteError::Unsigned(_))));
        // Every change of a byte: another spelling, another signer, or a signature that does not hold.
        for at in 0..note.len() {
            for bit in 0..8 {
                let mut bytes = note.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let changed = UnverifiedOpinion::parse(&bytes).and_then(|o| o.verify(ally.verifier()));
                assert!(changed.is_err(), "byte {at}, bit {bit}");
            }
        }
    }
}

#[test]
fn the_text_of_an_opinion_has_one_spelling() {
    let ally = signer("ally.example", 1);
    let good = verdict().encode().unwrap();
    let cases = [
        good.replace("onus-verdict/1", "onus-verdict/2"),
        good.replace("claim holds raw C0001\n", "")
            .replace("claim differs redacted a claim with spaces\n", ""),
        good.replace("holds", "Holds"),
        good.replace("raw", "all"),
        good.replace("12:00:00Z", "12:00:60Z"),
        good.replace("dossier ", "dossier  "),
        good.replace("a claim with spaces", "C0001"),
        good.clone() + "claim holds raw \n",
        good.clone() + "more\n",
        good.replace("tool onus 0.1.0\n", ""),
        format!("\n{good}"),
    ];
    for text in cases {
        assert_ne!(text, good);
        let note = ally.sign(&text).unwrap().encode();
        assert!(UnverifiedOpinion::parse(note.as_bytes()).is_err(), "{text}");
    }
    let Opinion::Contest(contest) = contest() else { return };
    for (text, reason) in [("", "empty"), ("two\nlines", "newline")] {
        let bad = Contest { text: vec![text.into()], ..contest.clone() };
        assert!(Opinion::Contest(bad).encode().is_err(), "{reason}");
    }
    let many = Contest { text: vec!["x".into(); 101], ..contest.clone() };
    assert!(Opinion::Contest(many).encode().is_err());
    let mut two = ally.sign(&good).unwrap();
    two.signatures.extend(signer("b.example", 2).sign(&good).unwrap().signatures);
    assert!(UnverifiedOpinion::parse(two.encode().as_bytes()).is_err());
    assert!(UnverifiedOpinion::parse(&vec![b'x'; NOTE_BYTES + 1]).is_err());
}

#[test]
fn no_note_is_taken_for_another_kind() {
    let ally = signer("ally.example", 1);
    let since = NoteTime::from_unix(1_700_000_000);
    let rotation = Rotation::sign(&ally, &signer("ally.example", 2), since).unwrap();
    let revocation = Revocation::sign(&ally, since, since, "lost").unwrap();
    let opinions = [verdict(), contest()].map(|opinion| ally.sign(&opinion.encode().unwrap()).unwrap());
    for note in opinions.iter().chain([&rotation, &revocation]) {
        assert!(Checkpoint::parse(&note.text).is_err());
        let bytes = note.encode().into_bytes();
        let kinds = [
            UnverifiedOpinion::parse(&bytes).is_ok(),
            Rotation::verify(&bytes).is_ok(),
            Revocation::verify(&bytes).is_ok(),
        ];
        assert_eq!(kinds.iter().filter(|is| **is).count(), 1);
    }
}

#[test]
fn a_key_hands_on_only_with_both_signatures() {
    let (old, new, other) = (signer("a.example", 1), signer("a.example", 2), signer("a.example", 3));
    let made = NoteTime::from_unix(1_700_000_000);
    let note = Rotation::sign(&old, &new, made).unwrap();
    let rotation = Rotation::verify(note.encode().as_bytes()).unwrap();
    assert_eq!((rotation.old(), rotation.new_key(), rotation.made()), (old.verifier(), new.verifier(), made));
    let reversed = Note { signatures: note.signatures.iter().rev().cloned().collect(), ..note.clone() };
    let mut stranger = note.clone();
    stranger.signatures[0] = other.sign(&note.text).unwrap().signatures[0].clone();
    let alone = Note { signatures: note.signatures[..1].to_vec(), ..note.clone() };
    for bad in [reversed, stranger, alone] {
        assert!(Rotation::verify(bad.encode().as_bytes()).is_err());
    }
    assert!(Rotation::sign(&old, &old, made).is_err());
    let revoked = Revocation::sign(&old, made, made, "the laptop was stolen").unwrap();
    let read = Revocation::verify(revoked.encode().as_bytes()).unwrap();
    assert_eq!((read.key(), read.since(), read.reason()), (old.verifier(), made, "the laptop was stolen"));
    let forged = other.sign(&revoked.text).unwrap();
    assert!(Revocation::verify(forged.encode().as_bytes()).is_err());
}

/// A tree of so many leaves, and the hashes of its subtrees.
struct Kept(Vec<Vec<Digest>>);

impl Kept {
    fn grow(leaves: u64, salt: &str) -> (TreeBuilder, Self) {
        let (mut tree, mut kept) = (TreeBuilder::new(), Self(Vec::new()));
        for leaf in 0..leaves {
            tree.push(leaf_digest(format!("{salt}{leaf}").as_bytes()), |level, _, hash| {
                let level = usize::from(level);
                if kept.0.len() == level {
                    kept.0.push(Vec::new());
                }
                kept.0[level].push(hash);
            });
        }
        (tree, kept)
    }

    fn read(&self, level: u8, index: u64) -> Option<Digest> {
        self.0.get(usize::from(level))?.get(index as usize).copied()
    }
}

#[test]
fn a_tree_goes_on_from_what_is_stored() {
    for size in 0..70 {
        let (whole, kept) = Kept::grow(size, "");
        let read = |level, index| kept.read(level, index);
        let mut resumed = TreeBuilder::resume(size, &read).unwrap();
        assert_eq!((resumed.size(), resumed.root()), (size, whole.root()));
        let mut on = whole.clone();
        let leaf = leaf_digest(b"next");
        let (mut a, mut b) = (Vec::new(), Vec::new());
        on.push(leaf, |level, index, hash| a.push((level, index, hash)));
        resumed.push(leaf, |level, index, hash| b.push((level, index, hash)));
        assert_eq!((a, on.root()), (b, resumed.root()));
    }
    let (_, kept) = Kept::grow(5, "");
    assert!(TreeBuilder::resume(9, &|level, index| kept.read(level, index)).is_err());
}

#[test]
fn a_witness_cosigns_only_what_goes_on() {
    let (log, witness) = (signer("log.example", 1), signer("witness.example", 2));
    let key = WitnessKey::of(witness.verifier()).unwrap();
    assert_eq!(WitnessKey::from_vkey(&key.to_vkey()).unwrap(), key);
    assert!(WitnessKey::from_vkey(&witness.verifier().to_vkey()).is_err());
    assert!(Verifier::from_vkey(&key.to_vkey()).is_err());
    let (_, kept) = Kept::grow(40, "");
    let (_, forged) = Kept::grow(40, "forged ");
    let head = |kept: &Kept, size| {
        let root = root(size, &|level, index| kept.read(level, index)).unwrap();
        let checkpoint = Checkpoint { origin: "log.example".into(), size, root, extensions: vec![] };
        log.sign(&checkpoint.encode()).unwrap()
    };
    let proof = |kept: &Kept, old, new| match old {
        0 => Vec::new(),
        old => consistency_proof(old, new, &|level, index| kept.read(level, index)).unwrap(),
    };
    let mut last = None;
    for (old, new) in [(0, 7), (7, 7), (7, 16), (16, 39)] {
        let request = WitnessRequest { old, proof: proof(&kept, old, new), checkpoint: head(&kept, new) };
        let text = request.encode();
        let read = WitnessRequest::parse(&text).unwrap();
        assert_eq!(read, request);
        last = Some(read.check(log.verifier(), last).unwrap());
        let line = cosign(&witness, &request.checkpoint.text, 1_700_000_000).unwrap();
        let mut note = request.checkpoint.clone();
        note.signatures.push(line);
        let note = Note::parse(&note.encode()).unwrap();
        log.verifier().verify(&note).unwrap();
        assert_eq!(key.cosigned(&note), Ok(1_700_000_000));
        let mut later = note.clone();
        later.signatures[1].bytes[7] ^= 1;
        assert!(matches!(key.cosigned(&later), Err(NoteError::BadSignature(_))));
    }
    let ask = |old, proof, checkpoint| WitnessRequest { old, proof, checkpoint }.check(log.verifier(), last);
    assert_eq!(ask(16, proof(&kept, 16, 40), head(&kept, 40)), Err(WitnessError::OldSize(39)));
    assert_eq!(ask(39, vec![], head(&kept, 38)), Err(WitnessError::Shrinks));
    let inconsistent = |answer| assert!(matches!(answer, Err(WitnessError::Inconsistent(_))));
    inconsistent(ask(39, proof(&forged, 39, 40), head(&forged, 40)));
    inconsistent(ask(39, vec![], head(&forged, 39)));
    inconsistent(ask(39, vec![], head(&kept, 40)));
    let other = signer("log.example", 3);
    let stranger = WitnessRequest { old: 39, proof: proof(&kept, 39, 40), checkpoint: head(&kept, 40) };
    assert!(matches!(stranger.check(other.verifier(), last), Err(WitnessError::Checkpoint(_))));
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>, text in "(onus-[a-z]{5,10}/1|old [0-9]{1,20})\n(.{0,40}\n){0,6}\n(\u{2014} [a-z]{1,8} [A-Za-z0-9+/=]{0,99}\n){0,3}") {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            let _ = (UnverifiedOpinion::parse(bytes), Rotation::verify(bytes), Revocation::verify(bytes));
        }
        let _ = (WitnessRequest::parse(&text), WitnessKey::from_vkey(&text));
    }
}
