//! The records that claims cite: what the log says in them, where they lie, and what made rules match them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use onus_claim::{CitedRecord, Kind, text_of};
use onus_report::{Because, Record};

use crate::places::{Row, rows_of, sources};
use crate::query::{Engine, text_at};
use crate::seal::SealError;
use crate::stored_matches::reasons;
use crate::{CaseError, Claim, Story};

/// Records of which matches are asked for at once.
const AT_ONCE: usize = 1_000;
/// Records read at once.
const READ_AT_ONCE: usize = 10_000;
/// Bytes kept of a value; the page shows no more.
const LENGTH: usize = 900;
/// Patterns told of a record.
const REASONS: usize = 8;

type Records = BTreeMap<u64, Record>;

/// Reads the wanted records from the case.
pub(super) fn gather(
    case: &Path,
    engine: &Engine,
    story: &Story,
    wanted: &BTreeSet<u64>,
) -> Result<Records, CaseError> {
    let all: Vec<u64> = wanted.iter().copied().collect();
    let mut found = placed(case, &all)?;
    for some in all.chunks(READ_AT_ONCE) {
        for (number, stored) in engine.records(&some.iter().copied().collect())?.stored() {
            let Some(record) = found.get_mut(&number) else { continue };
            let logged = CitedRecord::whole(number, &stored.fields).fields.into_iter();
            let logged = logged.map(|(name, value)| (name.to_owned(), cut(&text_of(&value))));
            record.fields = logged.filter(|(_, value): &(String, String)| !value.is_empty()).collect();
            (record.time, record.host) = (stored.time.clone(), stored.host.clone());
            record.action.clone_from(&stored.action);
        }
    }
    because(engine, &story.claims, &mut found)?;
    Ok(found)
}

/// Where records lie.
fn placed(case: &Path, records: &[u64]) -> Result<Records, CaseError> {
    let sources = sources(case)?;
    let damaged = || SealError::Table(case.join("sources.parquet"));
    let place = |row: &Row| -> Result<(u64, Record), CaseError> {
        let source = sources.get(row.source as usize).ok_or_else(damaged)?;
        let (path, sha256) = (source.path.clone(), source.sha256.to_hex());
        let (ordinal, offset) = (row.ordinal.to_string(), row.offset.to_string());
        let length = row.length.to_string();
        Ok((row.record, Record { path, sha256, ordinal, offset, length, ..Record::default() }))
    };
    rows_of(case, records)?.iter().map(place).collect()
}

fn cut(value: &str) -> String {
    if value.len() <= LENGTH {
        return value.to_owned();
    }
    let kept = &value[..value.floor_char_boundary(LENGTH)];
    format!("{kept}… ({} bytes in all)", onus_claim::grouped(value.len() as u64))
}

/// By record: the rules that it matched, with what made each match.
fn matches_of(engine: &Engine, records: &[u64]) -> Result<BTreeMap<u64, Vec<(String, String)>>, CaseError> {
    let mut made: BTreeMap<u64, Vec<(String, String)>> = BTreeMap::new();
    for some in records.chunks(AT_ONCE) {
        let list = some.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let question = format!("select record, rule_id, why from raw_matches where record in ({list})");
        for batch in engine.query(&question)?.1 {
            for row in 0..batch.num_rows() {
                let Ok(number) = text_at(&batch, 0, row).parse() else { continue };
                made.entry(number).or_default().push((text_at(&batch, 1, row), text_at(&batch, 2, row)));
            }
        }
    }
    Ok(made)
}

/// What made the matches that claims of rules cite.
fn because(engine: &Engine, claims: &[Claim], found: &mut Records) -> Result<(), CaseError> {
    let mut titles: BTreeMap<(&str, u64), &str> = BTreeMap::new();
    for claim in claims {
        if let Kind::RuleMatch(rule) = &claim.kind {
            let cited = claim.cites.iter().filter(|record| found.contains_key(record));
            titles.extend(cited.map(|record| ((rule.rule_id.as_str(), *record), rule.rule_title.as_str())));
        }
    }
    let records: BTreeSet<u64> = titles.keys().map(|(_, record)| *record).collect();
    let records: Vec<u64> = records.into_iter().collect();
    for (number, mut matches) in matches_of(engine, &records)? {
        matches.sort();
        let Some(record) = found.get_mut(&number) else { continue };
        for (rule, why) in &matches {
            let Some(title) = titles.get(&(rule.as_str(), number)) else { continue };
            let room = REASONS.saturating_sub(record.because.len());
            record.because.extend(reasons(why).into_iter().take(room).map(|reason| Because {
                rule: (*title).to_owned(),
                field: reason.field.to_string(),
                value: cut(&reason.value),
                pattern: cut(&reason.pattern),
            }));
        }
    }
    Ok(())
}
