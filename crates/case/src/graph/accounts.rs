//! One account under several names: a SID or a mail address is called by the name that logons have for it.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use onus_intrusion::Evidence;

use super::rows::{native, texts};
use crate::CaseError;
use crate::query::{Engine, text_at};

/// Where a SID stands beside its name: (table, SID, name).
const SIDS: &[(&str, &str, &str)] = &[
    ("windows_security_4624", "TargetUserSid", "TargetUserName"),
    ("windows_security_4688", "SubjectUserSid", "SubjectUserName"),
    ("windows_security_4672", "SubjectUserSid", "SubjectUserName"),
    ("windows_security_4720", "TargetSid", "TargetUserName"),
];
/// Other names that are looked up.
const MOST: usize = 5_000;

/// Gives each account of the findings the one name by which others know it.
pub(super) fn rename(engine: &Engine, findings: &mut [Evidence]) -> Result<(), CaseError> {
    let all: BTreeSet<String> =
        findings.iter().flat_map(|f| &f.accounts).map(|account| account.to_lowercase()).collect();
    let sids: BTreeSet<&str> =
        all.iter().map(String::as_str).filter(|a| a.starts_with("s-1-5-21-")).collect();
    let mut names = of_sids(engine, &sids)?;
    names.extend(of_mails(engine, &all)?);
    if names.is_empty() {
        return Ok(());
    }
    for finding in findings {
        for account in &mut finding.accounts {
            if let Some(name) = names.get(&account.to_lowercase()) {
                account.clone_from(name);
            }
        }
        finding.accounts.sort();
        finding.accounts.dedup();
    }
    Ok(())
}

fn of_sids(engine: &Engine, sids: &BTreeSet<&str>) -> Result<BTreeMap<String, String>, CaseError> {
    let mut names = BTreeMap::new();
    if sids.is_empty() {
        return Ok(names);
    }
    for (table, sid, name) in SIDS {
        if !engine.has(table)? {
            continue;
        }
        let rows = RecordBatch::try_from_iter([("sid", texts(sids.iter().copied().take(MOST)))])?;
        let (sid, name) = (native(engine, table, sid), native(engine, table, name));
        let question =
            format!("select distinct g.sid, {name} from {table} e join graph_sids g on lower({sid}) = g.sid");
        for batch in engine.query_with("graph_sids", rows, &question)? {
            for row in 0..batch.num_rows() {
                let name = text_at(&batch, 1, row);
                if !name.is_empty() {
                    names.entry(text_at(&batch, 0, row)).or_insert(name);
                }
            }
        }
    }
    Ok(names)
}

/// Mail addresses whose part before the `@` is the name of an account that logs on, where no other address has it.
fn of_mails(engine: &Engine, all: &BTreeSet<String>) -> Result<BTreeMap<String, String>, CaseError> {
    let mut mails: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for mail in all {
        if let Some((name, _)) = mail.split_once('@').filter(|(name, _)| !name.is_empty()) {
            mails.entry(name).or_default().push(mail);
        }
    }
    mails.retain(|_, mails| mails.len() == 1);
    if mails.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = RecordBatch::try_from_iter([("name", texts(mails.keys().copied().take(MOST)))])?;
    let events = engine.events_with(&["user_name"])?;
    let question = format!(
        "select g.name, min(cast(e.user_name as varchar)) from {events} e \
         join graph_names g on lower(cast(e.user_name as varchar)) = g.name group by 1"
    );
    let mut names = BTreeMap::new();
    for batch in engine.query_with("graph_names", rows, &question)? {
        for row in 0..batch.num_rows() {
            for mail in mails.get(text_at(&batch, 0, row).as_str()).into_iter().flatten() {
                names.insert((*mail).to_owned(), text_at(&batch, 1, row));
            }
        }
    }
    Ok(names)
}
