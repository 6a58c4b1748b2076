//! The records that claims cite: what the log says in them, where they lie, and what made rules match them.

use std::collections::{BTreeMap, BTreeSet};

use onus_claim::{CitedRecord, Kind, text_of};
use onus_report::{Because, Record};

use crate::query::{Engine, text_at};
use crate::stored_matches::reasons;
use crate::{CaseError, Claim, Story};

/// Records asked for at once.
const AT_ONCE: usize = 250;
/// Records read at once.
const READ_AT_ONCE: usize = 10_000;
/// Bytes kept of a value; the page shows no more.
const LENGTH: usize = 900;
/// Patterns told of a record.
const REASONS: usize = 8;

type Records = BTreeMap<u64, Record>;

/// Reads the wanted records from the case.
pub(super) fn gather(engine: &Engine, story: &Story, wanted: &BTreeSet<u64>) -> Result<Records, CaseError> {
    let mut found: Records = wanted.iter().map(|record| (*record, Record::default())).collect();
    let all: Vec<u64> = wanted.iter().copied().collect();
    let place = "select r.record, s.path, r.ordinal, r.\"offset\", r.length, s.sha256 \
                 from raw_records r join sources s on r.source = s.source";
    ask(engine, place, &all, |number, cells| {
        let (Some(record), [path, ordinal, offset, length, sha256]) = (found.get_mut(&number), cells) else {
            return;
        };
        (record.path, record.ordinal, record.offset) = (path.clone(), ordinal.clone(), offset.clone());
        (record.length, record.sha256) = (length.clone(), sha256.clone());
    })?;
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

fn cut(value: &str) -> String {
    if value.len() <= LENGTH {
        return value.to_owned();
    }
    let kept = &value[..value.floor_char_boundary(LENGTH)];
    format!("{kept}… ({} bytes in all)", onus_claim::grouped(value.len() as u64))
}

/// Asks for some records, whose number is the first column, and hands over the other cells of each row.
fn ask(
    engine: &Engine,
    question: &str,
    records: &[u64],
    mut take: impl FnMut(u64, &[String]),
) -> Result<(), CaseError> {
    for some in records.chunks(AT_ONCE) {
        let list = some.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        for batch in engine.query(&format!("{question} where record in ({list})"))?.1 {
            for row in 0..batch.num_rows() {
                let Ok(number) = text_at(&batch, 0, row).parse() else { continue };
                let cells: Vec<String> =
                    (1..batch.num_columns()).map(|at| text_at(&batch, at, row)).collect();
                take(number, &cells);
            }
        }
    }
    Ok(())
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
    let mut made: BTreeMap<u64, Vec<(String, String)>> = BTreeMap::new();
    ask(engine, "select record, rule_id, why from raw_matches", &records, |number, cells| {
        let [rule, why] = cells else { return };
        made.entry(number).or_default().push((rule.clone(), why.clone()));
    })?;
    for (number, mut matches) in made {
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
