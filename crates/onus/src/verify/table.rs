//! The verdict for people.

use std::path::Path;

use onus_claim::Rung;
use onus_proof::{NoteTime, Weighs};
use onus_trust::{
    ClaimStanding, Judgement, KnownFile, Policy, Received, Sealer, Stamp, StampResult, Standing,
};

use super::{hidden, on};
use crate::format::plain;

pub(super) fn table(file: &Path, judgement: &Judgement, policy: Option<&Policy>, shown: usize) -> String {
    let (dossier, claims) = (judgement.dossier(), judgement.claims());
    let checkpoint = dossier.checkpoint();
    let mut lines = vec![
        format!("Dossier  {}, every signature, proof and digest in it holds", file.display()),
        format!("sha256   {}", dossier.digest()),
        format!("key      {}{}", dossier.vkey(), sealer(judgement.sealer())),
        format!("tree     {}, {} records, root {}", checkpoint.origin, checkpoint.size, checkpoint.root),
        format!("made     {} by {}, in its maker's words", dossier.created(), dossier.tool()),
        format!(
            "shows    {} records of these; {} of their fields stay hidden",
            dossier.records().len(),
            hidden(dossier)
        ),
    ];
    lines.extend(time(judgement.stamps()).into_iter().map(|line| format!("time     {line}")));
    lines.extend(witnesses(judgement, policy).into_iter().map(|line| format!("witness  {line}")));
    judgement.files().iter().for_each(|file| lines.extend(known_file(file)));
    lines.extend([String::new(), "Claims, each with the rung on which it stands:".to_owned()]);
    claims.iter().take(shown).for_each(|claim| lines.extend(claim_lines(claim)));
    if claims.len() > shown {
        lines.push(format!("and {} more: onus verify {}", claims.len() - shown, file.display()));
    }
    if !judgement.received().is_empty() {
        lines.extend([String::new(), "What came beside it:".to_owned()]);
        lines.extend(judgement.received().iter().map(received));
    }
    lines.extend([String::new(), "What it does not show, in its maker's words:".to_owned()]);
    lines.extend(dossier.limits().iter().map(|limit| format!("- {limit}")));
    let known = dossier.known().iter();
    lines.extend(known.map(|known| format!("- {}: {}", weighs(known.weighs), known.text)));
    let count = |rung| on(claims, rung);
    let above = |rung: Rung| match count(rung) {
        0 => String::new(),
        number => format!("{number} {}, ", rung.name()),
    };
    let above = above(Rung::Countersigned) + &above(Rung::Corroborated);
    lines.extend([
        String::new(),
        format!(
            "{} claims: {above}{} recomputed, {} sealed only, {} baseless",
            claims.len(),
            count(Rung::Recomputed),
            count(Rung::Sealed),
            count(Rung::Baseless)
        ),
    ]);
    lines.iter().fold(String::new(), |text, line| text + &plain(line) + "\n")
}

fn weighs(way: Weighs) -> &'static str {
    match way {
        Weighs::For => "for the evidence",
        Weighs::Against => "against the evidence",
        Weighs::Open => "open",
    }
}

fn sealer(sealer: &Sealer) -> String {
    match sealer {
        Sealer::Any => "  (compare all of it by another channel, or give it with --key)".to_owned(),
        Sealer::Trusted(party) => format!("  ({party})"),
        Sealer::Before { party, revoked, existed } => format!(
            "  ({party}; REVOKED from {} on. The checkpoint existed by {}, so the records are older; the claims and \
             the choice of records may be a thief's)",
            NoteTime::from_unix(*revoked),
            NoteTime::from_unix(*existed)
        ),
    }
}

fn claim_lines(claim: &ClaimStanding) -> Vec<String> {
    let (own, rung) = (claim.own(), claim.rung());
    let mut lines = vec![
        format!("{:<8} {} {:<10}  {}", own.id, rung as u8, rung.name(), own.sentence),
        format!("{:<21}  {}", "", own.why),
    ];
    let mut more = |line: String| lines.push(format!("{:<21}  {line}", ""));
    if let Some(words) = &own.makers_words {
        more(format!("in its maker's words, which were not checked: {words}"));
    }
    for said in claim.said() {
        let seen = said.seen.word();
        more(format!(
            "{} recomputed it from {seen} records: {} ({})",
            said.party,
            said.outcome.word(),
            said.made
        ));
    }
    for contest in claim.contested() {
        let with = contest.with.map(|digest| format!(", with the dossier {digest}")).unwrap_or_default();
        more(format!("CONTESTED by {}: {}{with} ({})", contest.party, contest.reason.word(), contest.made));
        contest.text.iter().for_each(|line| more(format!("  {line}")));
    }
    lines
}

pub(super) fn time(stamps: &[Stamp]) -> Vec<String> {
    let mut lines: Vec<String> = stamps.iter().map(stamp).collect();
    if stamps.iter().all(|stamp| stamp.verified().is_none()) {
        lines.push("no independent time".to_owned());
    }
    lines
}

pub(super) fn stamp(stamp: &Stamp) -> String {
    match &stamp.result {
        StampResult::Verified(time) => format!(
            "the checkpoint of {} records existed by {}, says {}",
            stamp.size.unwrap_or_default(),
            NoteTime::from_unix(time.unix()),
            time.authority()
        ),
        StampResult::Failed(problem) => {
            format!("a token counts for nothing: {problem} ({})", problem.class())
        }
        StampResult::Unjudged(stated) => format!(
            "there is a token that states {}, and no policy to judge it by",
            NoteTime::from_unix(*stated)
        ),
    }
}

/// What a collection knew of a file.
fn known_file(file: &KnownFile) -> Vec<String> {
    let (line, head) = (file.line(), file.head().checkpoint());
    let mut lines = vec![format!(
        "file     {}, in which {} of the records lie, stood so in the collection {} ({}) of {} lines; collected {}, by its word",
        line.path,
        file.records().len(),
        head.origin,
        file.party(),
        head.size,
        line.seen
    )];
    lines.extend(file.stamps().iter().map(|of| format!("time     {}: {}", head.origin, stamp(of))));
    for cosigner in file.cosigners() {
        let time = cosigner.time.and_then(|time| i64::try_from(time).ok());
        let said = time.map(|time| format!("cosigned it, {} by its word", NoteTime::from_unix(time)));
        let said = said.unwrap_or_else(|| "has a line that does not hold, or a revoked key".to_owned());
        lines.push(format!("witness  {}: {} {said}", head.origin, cosigner.party));
    }
    lines
}

pub(super) fn witnesses(judgement: &Judgement, policy: Option<&Policy>) -> Vec<String> {
    let Some(policy) = policy.filter(|policy| policy.parties(onus_trust::Role::Witness) > 0) else {
        return Vec::new();
    };
    let mut lines: Vec<String> = judgement
        .cosigners()
        .iter()
        .map(|line| match line.time {
            Some(time) => {
                let time = NoteTime::from_unix(i64::try_from(time).unwrap_or(0));
                format!("{} cosigned {} records, {time} by its word", line.party, line.size)
            }
            None => format!("a line of {} does not hold, or its key is revoked", line.party),
        })
        .collect();
    let needed = policy.witnesses();
    lines.push(match judgement.witnessed() {
        true => format!("witnessed, as {needed} or more parties cosigned"),
        false => format!("not witnessed, which takes {needed}"),
    });
    lines
}

fn received(one: &Received) -> String {
    let by = one.party.clone().or_else(|| one.key.clone()).map(|by| format!(" by {by}")).unwrap_or_default();
    format!("- {}: {}{by}: {}", one.from, one.kind, standing(&one.standing))
}

fn standing(standing: &Standing) -> String {
    match standing {
        Standing::Counts => "read".to_owned(),
        Standing::Malformed(problem) => format!("counts for nothing: {problem}"),
        Standing::AnotherDossier(digest) => {
            format!("counts for nothing: it is about another dossier, {digest}")
        }
        Standing::Stranger => "counts for nothing: the policy knows nobody with this key".to_owned(),
        Standing::BadSignature => "counts for nothing: the signature does not hold".to_owned(),
        Standing::Revoked(since) => format!("counts for nothing: the key is revoked from {since} on"),
        Standing::AbsentClaim(id) => format!("counts for nothing: it names a claim {id} that is not there"),
        Standing::AnotherFile => "counts for nothing: no record of the dossier lies in that file".to_owned(),
    }
}
