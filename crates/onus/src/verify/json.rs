//! The verdict as one object.

use std::path::Path;

use onus_proof::NoteTime;
use onus_trust::{ClaimStanding, Judgement, KnownFile, Policy, Standing};
use serde_json::{Value, json};

use super::table::{stamp, time, witnesses};
use super::{hidden, stands};

/// The word of a standing in JSON.
fn standing_word(standing: &Standing) -> &'static str {
    match standing {
        Standing::Counts => "counts",
        Standing::Malformed(_) => "malformed",
        Standing::AnotherDossier(_) => "another-dossier",
        Standing::Stranger => "stranger",
        Standing::BadSignature => "bad-signature",
        Standing::Revoked(_) => "revoked",
        Standing::AbsentClaim(_) => "absent-claim",
        Standing::AnotherFile => "another-file",
    }
}

fn file_json(file: &KnownFile) -> Value {
    json!({
        "path": file.line().path,
        "sha256": file.line().whole.to_hex(),
        "records": file.records(),
        "collection": file.head().checkpoint().origin,
        "party": file.party(),
        "collected": file.line().seen.to_string(),
        "time": file.stamps().iter().map(stamp).collect::<Vec<_>>(),
    })
}

pub(super) fn report(file: &Path, judgement: &Judgement, policy: Option<&Policy>) -> Value {
    let (dossier, claims) = (judgement.dossier(), judgement.claims());
    let checkpoint = dossier.checkpoint();
    let received = judgement.received().iter().map(|one| {
        json!({
            "file": one.from,
            "kind": one.kind,
            "key": one.key,
            "party": one.party,
            "standing": standing_word(&one.standing),
        })
    });
    json!({
        "file": file.to_string_lossy(),
        "verified": true,
        "stands": stands(claims),
        "sha256": dossier.digest().to_hex(),
        "key": dossier.key_id(),
        "vkey": dossier.vkey(),
        "checkpoint": { "origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.to_hex() },
        "case": dossier.case(),
        "created": dossier.created(),
        "tool": dossier.tool(),
        "records": dossier.records().len(),
        "hidden_fields": hidden(dossier),
        "claims": claims.iter().map(claim_json).collect::<Vec<_>>(),
        "received": received.collect::<Vec<_>>(),
        "files": judgement.files().iter().map(file_json).collect::<Vec<_>>(),
        "time": time(judgement.stamps()),
        "independent_time": judgement.stamps().iter().filter_map(|stamp| Some(stamp.verified()?.unix())).min()
            .map(|earliest| NoteTime::from_unix(earliest).to_string()),
        "witnesses": witnesses(judgement, policy),
        "witnessed": judgement.witnessed(),
        "limits": dossier.limits(),
        "known": dossier.known().iter().map(|known| json!({ "weighs": known.weighs.word(), "what": known.what, "text": known.text })).collect::<Vec<_>>(),
        "faults": dossier.faults(),
    })
}

fn claim_json(claim: &ClaimStanding) -> Value {
    let own = claim.own();
    let said = claim.said().iter().map(|said| {
        json!({ "party": said.party, "key": said.key, "outcome": said.outcome.word(), "seen": said.seen.word(),
            "made": said.made.to_string() })
    });
    let contested = claim.contested().iter().map(|contest| {
        json!({ "party": contest.party, "key": contest.key, "reason": contest.reason.word(), "text": contest.text,
            "with": contest.with.map(|digest| digest.to_hex()), "made": contest.made.to_string() })
    });
    json!({
        "id": own.id,
        "kind": own.kind,
        "rung": claim.rung() as u8,
        "rung_name": claim.rung().name(),
        "why": own.why,
        "sentence": own.sentence,
        "makers_words": own.makers_words,
        "cites": own.cites,
        "recomputed_by": said.collect::<Vec<_>>(),
        "contested_by": contested.collect::<Vec<_>>(),
    })
}
