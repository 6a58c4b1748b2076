//! `report.html`: gathers what the page says from the case, and writes it.

mod records;
mod sensors;

use std::fs;
use std::path::Path;

use onus_report::{Allowed, Finding, Read, Report, Seen, Source, Values, page, wanted_records};

use crate::query::Engine;
use crate::{CaseError, FieldValues, Rules, Summary};

/// Values handed over of each field of a finding.
const VALUES: usize = 3;

/// Writes the page of a case into `out`.
pub(crate) fn write(
    case: &Path,
    out: &Path,
    engine: &Engine,
    summary: &Summary,
    rules: &Rules,
) -> Result<(), CaseError> {
    let story = &summary.story;
    let wanted = wanted_records(&story.claims);
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        intrusions: &story.intrusions,
        bytes: &story.bytes,
        findings: story.findings.iter().filter(|f| f.allowed.is_none()).map(finding).collect(),
        allowed: story
            .hidden
            .iter()
            .map(|(reason, until, findings, matches)| Allowed {
                reason,
                until,
                findings: *findings as u64,
                matches: *matches,
            })
            .collect(),
        claims: &story.claims,
        corroborated: sensors::corroborations(engine, &story.claims)?,
        records: records::gather(case, engine, story, &wanted)?,
        read: read(summary, rules),
    };
    let path = out.join("report.html");
    fs::write(&path, page(&report)).map_err(|source| CaseError::Io { path, source })
}

fn finding(finding: &crate::Finding) -> Finding<'_> {
    Finding {
        id: &finding.id,
        title: &finding.title,
        level: finding.level,
        intrusion: finding.intrusion.as_deref(),
        host: finding.host.as_deref(),
        accounts: &finding.accounts,
        count: finding.count,
        first: finding.first,
        values: finding.values.iter().map(values).collect(),
    }
}

fn values(values: &FieldValues) -> Values<'_> {
    let top = values.top.iter().take(VALUES).map(|seen| Seen {
        value: &seen.value,
        matches: seen.matches,
        in_case: seen.rarity.as_ref().map(|rarity| (rarity.hosts, rarity.events)),
    });
    Values { field: &values.field, distinct: values.distinct as u64, more: values.more, top: top.collect() }
}

fn read<'a>(summary: &'a Summary, rules: &'a Rules) -> Read<'a> {
    let source = |source: &'a crate::ReadSource| Source {
        path: &source.path,
        format: &source.format,
        size: source.size,
        records: source.records,
        faults: source.faults,
        sha256: &source.sha256,
    };
    let refused = rules.problems.iter().filter(|problem| problem.refused);
    Read {
        sources: summary.sources.iter().map(source).collect(),
        records: summary.records,
        faults: summary.faults,
        fault_kinds: &summary.fault_kinds,
        rules: rules.set.len() as u64,
        refused: refused.map(|problem| (problem.origin.as_str(), problem.reason.as_str())).collect(),
        notes: &summary.notes,
    }
}
