//! Why something is said: a finding, a claim, a record or one match, down to the fields that made it and the place
//! where they stand.

use std::collections::BTreeSet;

use onus_claim::Kind;
use serde::Serialize;
use serde_json::{Value, json};

use crate::query::text_at;
use crate::stored_matches::reasons;
use crate::{Case, CaseError, Rules, source_text};

/// Matches explained of a finding or a claim; the others stand in the table `matches`.
const SHOWN: usize = 3;

/// Why something is said.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Explanation {
    /// What was asked for.
    pub of: String,
    /// The finding as the table `findings` has it: (column, value).
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
    pub finding: Vec<(String, String)>,
    /// The claim's sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// The rules that matched.
    pub rules: Vec<Explained>,
    /// The matches, at most three of a finding or a claim.
    pub matches: Vec<ExplainedMatch>,
    /// How many more there are.
    pub more: u64,
}

/// A rule, for who asks what it is.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its level.
    pub level: String,
    /// Its status.
    pub status: String,
    /// Where it was read from.
    pub file: String,
    /// The SHA-256 of its text.
    pub sha256: String,
    /// Its log source.
    pub logsource: String,
    /// What it looks for.
    pub description: String,
    /// Where to read more.
    pub references: Vec<String>,
    /// Known harmless causes.
    pub false_positives: Vec<String>,
    /// ATT&CK and other tags.
    pub tags: Vec<String>,
}

/// One match: what made it, and its record.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedMatch {
    /// The rule's id.
    pub rule: String,
    /// The record's number.
    pub record: u64,
    /// When.
    pub timestamp: String,
    /// Where it happened.
    pub host: String,
    /// The reason for which it is allowed; empty if it is not.
    pub allowed: String,
    /// (selection, field, pattern, value) for each pattern that was true and counted.
    #[serde(serialize_with = "as_reasons")]
    pub because: Vec<[String; 4]>,
    /// What made a match of several records, as it stands in the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation: Option<Value>,
    /// Where the record lies: source, ordinal in it, offset and length in bytes, SHA-256 of the source.
    #[serde(serialize_with = "as_object")]
    pub place: Vec<(String, String)>,
    /// The record's fields as the log had them, and whether they made the match.
    #[serde(serialize_with = "as_fields")]
    pub fields: Vec<(String, String, bool)>,
}

fn as_object<S: serde::Serializer>(pairs: &[(String, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

fn as_reasons<S: serde::Serializer>(reasons: &[[String; 4]], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(reasons.iter().map(|[selection, field, pattern, value]| {
        json!({"selection": selection, "field": field, "pattern": pattern, "value": value})
    }))
}

fn as_fields<S: serde::Serializer>(fields: &[(String, String, bool)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(
        fields
            .iter()
            .map(|(name, value, made)| json!({"field": name, "value": value, "made_the_match": made})),
    )
}

/// Explains a finding (`F0001`), a claim (`C0001`), all matches of a record (`123`), or a match (`RULE@123`).
///
/// # Errors
/// If there is no such thing in the case, or the case cannot be read.
pub fn explain(case: &Case, what: &str) -> Result<Explanation, CaseError> {
    let mut explanation = Explanation { of: what.to_owned(), ..Explanation::default() };
    let condition = match (what.split_once('@'), what.parse::<u64>()) {
        (Some((rule, record)), _) => {
            let record: u64 = record.parse().map_err(|_| nothing(what))?;
            format!("rule_id = {} and record = {record}", quoted(rule))
        }
        (None, Ok(record)) => format!("record = {record}"),
        (None, Err(_)) => match claim_condition(case, what, &mut explanation)? {
            Some(condition) => condition,
            None => finding_condition(case, what, &mut explanation)?,
        },
    };
    matches(case, &condition, &mut explanation)?;
    if explanation.matches.is_empty() && explanation.finding.is_empty() && explanation.claim.is_none() {
        return Err(nothing(what));
    }
    let named: BTreeSet<&str> = explanation.matches.iter().map(|m| m.rule.as_str()).collect();
    explanation.rules = rules(case, &named)?;
    Ok(explanation)
}

fn nothing(what: &str) -> CaseError {
    CaseError::NothingToExplain(what.to_owned())
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn list(records: &str) -> String {
    let numbers: Vec<&str> = records.split(',').filter(|n| n.parse::<u64>().is_ok()).collect();
    if numbers.is_empty() { "null".to_owned() } else { numbers.join(",") }
}

fn claim_condition(
    case: &Case,
    what: &str,
    explanation: &mut Explanation,
) -> Result<Option<String>, CaseError> {
    let claims = match crate::read_claims(&case.folder) {
        Ok(claims) => claims,
        Err(CaseError::Claims(crate::ClaimsError::None(_))) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(claim) = claims.into_iter().find(|claim| claim.id.eq_ignore_ascii_case(what)) else {
        return Ok(None);
    };
    let cites = list(&claim.cites.iter().map(u64::to_string).collect::<Vec<_>>().join(","));
    let of_rule = match &claim.kind {
        Kind::RuleMatch(rule) => format!(" and rule_id = {}", quoted(&rule.rule_id)),
        Kind::Correlation(rule) => format!(" and rule_id = {}", quoted(&rule.rule_id)),
        _ => String::new(),
    };
    explanation.claim = Some(claim.sentence);
    Ok(Some(format!("record in ({cites}){of_rule}")))
}

fn finding_condition(case: &Case, what: &str, explanation: &mut Explanation) -> Result<String, CaseError> {
    let question = format!("select * from findings where upper(finding) = upper({})", quoted(what));
    let (schema, batches) = case.query(&question)?;
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Err(nothing(what)) };
    let cells =
        schema.fields().iter().enumerate().map(|(at, field)| (field.name().clone(), text_at(batch, at, 0)));
    explanation.finding = cells.filter(|(_, value)| !value.is_empty()).collect();
    let get = |name: &str| {
        let found = explanation.finding.iter().find(|(column, _)| column == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let count: u64 = get("count").parse().unwrap_or_default();
    let condition = format!("rule_id = {} and record in ({})", quoted(get("rule_id")), list(get("records")));
    let shown = get("records").split(',').count() as u64;
    explanation.more = if get("kind") == "rule" { count.saturating_sub(shown) } else { 0 };
    Ok(condition)
}

fn matches(case: &Case, condition: &str, explanation: &mut Explanation) -> Result<(), CaseError> {
    let of_record = condition.starts_with("record = ");
    let (_, batches) = case.query(&format!(
        "select rule_id, record, timestamp, host_name, allowed, why, shape from matches where {condition} \
         order by timestamp, record, rule_id"
    ))?;
    for batch in &batches {
        for row in 0..batch.num_rows() {
            if explanation.matches.len() >= SHOWN && !of_record {
                explanation.more += 1;
                continue;
            }
            let cell = |at: usize| text_at(batch, at, row);
            let record = cell(1).parse().unwrap_or_default();
            let why = cell(5);
            let because: Vec<[String; 4]> = reasons(&why)
                .into_iter()
                .map(|r| [r.selection.to_string(), r.field.to_string(), r.pattern.to_string(), r.value])
                .collect();
            let correlation = if because.is_empty() { serde_json::from_str(&why).ok() } else { None };
            let made: Vec<&str> = because.iter().map(|[_, field, ..]| field.as_str()).collect();
            explanation.matches.push(ExplainedMatch {
                rule: cell(0),
                record,
                timestamp: cell(2),
                host: cell(3),
                allowed: cell(4),
                correlation,
                place: place(case, record)?,
                fields: fields(case, &cell(6), record, &made)?,
                because,
            });
        }
    }
    Ok(())
}

fn place(case: &Case, record: u64) -> Result<Vec<(String, String)>, CaseError> {
    let (schema, batches) = case.query(&format!(
        "select s.path, r.ordinal, r.\"offset\", r.length, s.sha256 from raw_records r \
         join sources s on r.source = s.source where r.record = {record}"
    ))?;
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(Vec::new()) };
    let cells = schema.fields().iter().enumerate();
    Ok(cells.map(|(at, field)| (field.name().clone(), text_at(batch, at, 0))).collect())
}

/// All fields of a record under native names; those that a rule read by an alias are marked as well.
fn fields(
    case: &Case,
    table: &str,
    record: u64,
    made: &[&str],
) -> Result<Vec<(String, String, bool)>, CaseError> {
    let question = format!("select * from \"{}\" where record = {record}", table.replace('"', ""));
    let (schema, batches) = case.query(&question)?;
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(Vec::new()) };
    let aliases = onus_event::aliases_of_table(table, &case.mappings);
    let is_made = |name: &str| {
        made.iter().any(|field| {
            let by_alias = |(alias, of): &(&str, &str)| alias.eq_ignore_ascii_case(field) && *of == name;
            field.eq_ignore_ascii_case(name) || aliases.iter().any(by_alias)
        })
    };
    let mut found = Vec::new();
    for (at, field) in schema.fields().iter().enumerate() {
        let Some(name) = onus_event::native_name(field.name()) else { continue };
        let value = text_at(batch, at, 0);
        if !value.is_empty() {
            found.push((name.to_owned(), value, is_made(name)));
        }
    }
    Ok(found)
}

fn rules(case: &Case, named: &BTreeSet<&str>) -> Result<Vec<Explained>, CaseError> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let rules = Rules::of_case(&case.folder)?;
    let wanted = rules.set.iter().filter(|(_, meta)| named.contains(meta.id.as_str()));
    let explained = wanted.map(|(_, meta)| Explained {
        id: meta.id.clone(),
        title: meta.title.clone(),
        level: meta.level.to_string(),
        status: meta.status.map(|s| s.to_string()).unwrap_or_default(),
        file: meta.origin.clone(),
        sha256: meta.digest.clone(),
        logsource: source_text(&meta.logsource),
        description: meta.description.clone(),
        references: meta.references.clone(),
        false_positives: meta.falsepositives.clone(),
        tags: meta.tags.clone(),
    });
    Ok(explained.collect())
}
