//! `onus verify`: the verdict on a dossier, from its file, the reader's own policy, and what others sent beside it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use onus_case::CaseError;
use onus_claim::Rung;
use onus_proof::{NoteTime, Rejection, VerifiedDossier, Verifier, limits};
use onus_trust::{
    ClaimStanding, Judgement, KnownFile, MAX_BESIDE, POLICY_BYTES, Policy, Received, Refused, Sealer, Stamp,
    StampResult, Standing, judge,
};
use serde_json::{Value, json};

use crate::room::{Failure, read};
use crate::{Exit, say};

/// Form of the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people.
    Table,
    /// One object.
    Json,
}

/// Claims in the brief form.
const BRIEF: usize = 12;

/// What is to be verified, and by what.
pub(crate) struct Asked<'a> {
    pub(crate) file: &'a Path,
    pub(crate) notes: &'a [PathBuf],
    pub(crate) keys: &'a [Verifier],
    pub(crate) policy: Option<&'a Path>,
}

pub(crate) fn run(asked: &Asked<'_>, form: Form) -> Result<Exit, Failure> {
    let policy = match (asked.policy, asked.keys) {
        (Some(path), _) => {
            let text = String::from_utf8_lossy(&read(path, POLICY_BYTES as u64)?).into_owned();
            let policy = Policy::parse(&text);
            Some(policy.map_err(|source| Failure::Policy { path: path.to_owned(), source })?)
        }
        (None, []) => None,
        (None, keys) => Some(sealers(keys)?),
    };
    if asked.notes.len() > MAX_BESIDE {
        return Err(Failure::Said(format!("at most {MAX_BESIDE} files are read beside a dossier")));
    }
    let files = asked.notes.iter().map(|path| {
        let most = limits::BYTES as u64;
        Ok((path.display().to_string(), read(path, most)?))
    });
    let files = files.collect::<Result<Vec<_>, Failure>>()?;
    Ok(show(asked.file, policy.as_ref(), &files, form, usize::MAX)?)
}

/// For people, with the first claims alone.
pub(crate) fn brief(file: &Path) -> Result<Exit, CaseError> {
    show(file, None, &[], Form::Table, BRIEF)
}

/// The policy that trusts these keys with sealing, and nobody with anything else.
fn sealers(keys: &[Verifier]) -> Result<Policy, Failure> {
    let mut vkeys: Vec<String> = keys.iter().map(Verifier::to_vkey).collect();
    vkeys.sort();
    vkeys.dedup();
    let entry = |vkey: &String| {
        format!("[[keys]]\nvkey = {}\nparty = \"given with --key\"\nroles = [\"sealer\"]\n", json!(vkey))
    };
    let text = "format = \"onus-policy/1\"\n".to_owned() + &vkeys.iter().map(entry).collect::<String>();
    Policy::parse(&text).map_err(|source| Failure::Policy { path: "--key".into(), source })
}

fn show(
    file: &Path,
    policy: Option<&Policy>,
    files: &[(String, Vec<u8>)],
    form: Form,
    shown: usize,
) -> Result<Exit, CaseError> {
    let io = |source| CaseError::Io { path: file.to_owned(), source };
    // A larger file is no dossier; it need not fit into memory for that.
    let judged = if fs::metadata(file).map_err(io)?.len() > limits::BYTES as u64 {
        Err(Refused::from(Rejection::TooLarge("the file is over 256 MiB")))
    } else {
        judge(&fs::read(file).map_err(io)?, policy, files)
    };
    let judgement = match judged {
        Ok(judgement) => judgement,
        Err(refused) => {
            say(&format!("onus: {} is rejected: {}", file.display(), plain(&refused.to_string())));
            return Ok(Exit::Rejected);
        }
    };
    let text = match form {
        Form::Table => table(file, &judgement, policy, shown),
        Form::Json => format!("{:#}\n", report(file, &judgement, policy)),
    };
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // A reader that goes away early (`| head`) is no error.
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            return Err(CaseError::Io { path: "stdout".into(), source: e });
        }
        _ => {}
    }
    Ok(if stands(judgement.claims()) { Exit::Done } else { Exit::Rejected })
}

/// No claim is baseless.
fn stands(claims: &[ClaimStanding]) -> bool {
    claims.iter().all(|claim| claim.rung() != Rung::Baseless)
}

fn on(claims: &[ClaimStanding], rung: Rung) -> usize {
    claims.iter().filter(|claim| claim.rung() == rung).count()
}

fn hidden(dossier: &VerifiedDossier) -> usize {
    dossier.records().values().map(|record| record.hidden()).sum()
}

fn table(file: &Path, judgement: &Judgement, policy: Option<&Policy>, shown: usize) -> String {
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
    lines.extend(known.map(|known| format!("- {} the evidence: {}", known.weighs.word(), known.text)));
    let count = |rung| on(claims, rung);
    let countersigned = match count(Rung::Countersigned) {
        0 => String::new(),
        number => format!("{number} countersigned, "),
    };
    lines.extend([
        String::new(),
        format!(
            "{} claims: {countersigned}{} recomputed, {} sealed only, {} baseless",
            claims.len(),
            count(Rung::Recomputed),
            count(Rung::Sealed),
            count(Rung::Baseless)
        ),
    ]);
    lines.iter().fold(String::new(), |text, line| text + &plain(line) + "\n")
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

fn time(stamps: &[Stamp]) -> Vec<String> {
    let mut lines: Vec<String> = stamps.iter().map(stamp).collect();
    if stamps.iter().all(|stamp| stamp.verified().is_none()) {
        lines.push("no independent time".to_owned());
    }
    lines
}

fn stamp(stamp: &Stamp) -> String {
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

fn witnesses(judgement: &Judgement, policy: Option<&Policy>) -> Vec<String> {
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

fn report(file: &Path, judgement: &Judgement, policy: Option<&Policy>) -> Value {
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

/// Text from a stranger's file must not steer the terminal, nor turn the direction of writing.
fn plain(text: &str) -> String {
    let steers = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_strangers_text_does_not_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{202e}d é"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d é");
    }
}
