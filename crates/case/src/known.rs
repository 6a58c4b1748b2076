//! What a case knows for and against its own evidence: in sentences with numbers and times alone, since a name, a path
//! or a value could be what a dossier hides.

use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use onus_claim::counted;
use onus_event::{UNDATED, format_micros};
use onus_proof::{Known, Weighs};

use crate::investigate::SYSLOG;
use crate::places::{Source, manifest};
use crate::{Case, CaseError};

/// Tables of events that say that a log was cleared.
const CLEARED: [&str; 2] = ["windows_security_1102", "windows_system_104"];
/// The table of events that say that a clock was set.
const CLOCK_SET: &str = "windows_security_4616";

/// What is missed where none of some tables has events of a host.
const COVERAGE: [(&str, &str, &[&str]); 3] = [
    (
        "which programs ran",
        "Sysmon 1, Security 4688",
        &["windows_sysmon_1", "windows_security_4688", "linux_sysmon_1", "linux_auditd"],
    ),
    ("who logged on", "Security 4624", &["windows_security_4624", "linux_syslog"]),
    ("connections of programs", "Sysmon 3", &["windows_sysmon_3", "linux_sysmon_3"]),
];

/// All of it, in the order in which it is read: damage, then what intruders do to logs, then what is not there.
pub(crate) fn known(case: &Case, sources: &[Source]) -> Result<Vec<Known>, CaseError> {
    let ask = Ask(case);
    let mut all = vec![faults(sources)];
    all.extend(ask.cleared()?);
    all.extend(ask.clock()?);
    all.extend(ask.years()?);
    all.extend(ask.gaps()?);
    all.extend(ask.coverage()?);
    Ok(all)
}

fn said(weighs: Weighs, what: &str, text: String) -> Known {
    Known { weighs, what: what.to_owned(), text }
}

fn faults(sources: &[Source]) -> Known {
    let mut formats: BTreeMap<&str, u64> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.faults > 0) {
        *formats.entry(&source.format).or_default() += source.faults;
    }
    let (places, files) = (formats.values().sum::<u64>(), sources.iter().filter(|s| s.faults > 0).count());
    if places == 0 {
        let text = format!(
            "No place in the {} files that were read is damaged or of an unknown form.",
            sources.len()
        );
        return said(Weighs::For, "faults", text);
    }
    let by_format: Vec<String> =
        formats.iter().map(|(format, places)| format!("{format}: {places}")).collect();
    let text = format!(
        "{places} places in {files} of {} files could not be read, by format {}: what stood there is not known.",
        sources.len(),
        by_format.join(", ")
    );
    said(Weighs::Against, "faults", text)
}

/// Questions to the events of a case.
struct Ask<'a>(&'a Case);

impl Ask<'_> {
    fn cleared(&self) -> Result<Option<Known>, CaseError> {
        let (mut times, mut span) = (0, None::<(i64, i64)>);
        for table in CLEARED {
            if !self.0.engine.has(table)? {
                continue;
            }
            let question =
                "select count(*), cast(min(timestamp) as bigint), cast(max(timestamp) as bigint) from ";
            let [number, first, last] = self.numbers(&(question.to_owned() + table))?;
            times += number.unwrap_or(0);
            span = first.zip(last).into_iter().chain(span).reduce(|(a, b), (c, d)| (a.min(c), b.max(d)));
        }
        let Some((first, last)) = span.filter(|_| times > 0) else { return Ok(None) };
        let text = format!(
            "Windows logs were cleared {}, as events 1102 and 104 say: what stood in them before may be missing.",
            match times {
                1 => format!("once, at {}", format_micros(first)),
                _ => format!("{times} times, from {} to {}", format_micros(first), format_micros(last)),
            }
        );
        Ok(Some(said(Weighs::Against, "log_cleared", text)))
    }

    fn clock(&self) -> Result<Option<Known>, CaseError> {
        if !self.0.engine.has(CLOCK_SET)? {
            return Ok(None);
        }
        let question = format!("select count(*), count(distinct host_name) from {CLOCK_SET}");
        let [times, hosts, _] = self.numbers(&question)?;
        let text = format!(
            "Clocks of {} were set {}, as Security 4616 says: times before and after may not compare.",
            counted(hosts.unwrap_or(0).unsigned_abs(), "host"),
            counted(times.unwrap_or(0).unsigned_abs(), "time")
        );
        Ok(Some(said(Weighs::Open, "clock_changed", text)))
    }

    /// Times that the logs have without a year.
    fn years(&self) -> Result<Option<Known>, CaseError> {
        let day = manifest(&self.0.folder)?.collected;
        let Some(day) = day.filter(|_| self.0.engine.parts.has(SYSLOG, UNDATED)) else { return Ok(None) };
        let [times, ..] = self.numbers(&format!("select count({UNDATED}) from {SYSLOG}"))?;
        let text = format!(
            "The times of {} were written without a year: it is the maker's word, who says that the logs were taken on {day}.",
            counted(times.unwrap_or(0).unsigned_abs(), "event")
        );
        Ok(Some(said(Weighs::Open, "coverage", text)))
    }

    /// Windows numbers the records of each log: numbers that are missing were removed, left out or not collected.
    fn gaps(&self) -> Result<Option<Known>, CaseError> {
        let numbered = self.0.event_columns().into_iter().filter(|(_, columns)| {
            ["EventRecordID", "Channel"].iter().all(|wanted| columns.iter().any(|column| column == wanted))
        });
        let parts: Vec<String> = numbered
            .map(|(table, _)| {
                format!(
                    "select host_name as h, cast(\"Channel\" as varchar) as c, \
                     try_cast(\"EventRecordID\" as bigint) as n from {table}"
                )
            })
            .collect();
        if parts.is_empty() {
            return Ok(None);
        }
        let question = format!(
            "select cast(count(*) as bigint), cast(sum(highest - lowest + 1) as bigint), cast(sum(there) as bigint) from \
             (select h, c, min(n) as lowest, max(n) as highest, count(distinct n) as there from ({}) \
             where n is not null group by 1, 2)",
            parts.join(" union all ")
        );
        let [Some(logs), Some(all), Some(there)] = self.numbers(&question)? else { return Ok(None) };
        let absent = all - there;
        Ok(Some(if absent == 0 {
            let text = format!(
                "Windows numbers the records of a log: in the {logs} logs there is each of the {all} numbers between the first and the last."
            );
            said(Weighs::For, "gap", text)
        } else {
            let text = format!(
                "Windows numbers the records of a log: in the {logs} logs {absent} of the {all} numbers between the first and the last are missing. They were removed, left out or never collected."
            );
            said(Weighs::Open, "gap", text)
        }))
    }

    fn coverage(&self) -> Result<Vec<Known>, CaseError> {
        let question = "select count(distinct host_name), cast(min(timestamp) as bigint), \
                        cast(max(timestamp) as bigint) from events";
        let [Some(hosts), Some(first), Some(last)] = self.numbers(question)? else { return Ok(Vec::new()) };
        let span = format!(
            "The events are from {} to {}: nothing is known of the time before and after.",
            format_micros(first),
            format_micros(last)
        );
        let mut all = vec![said(Weighs::Open, "coverage", span)];
        for (what, events, tables) in COVERAGE {
            let there = self.hosts_of(tables)?;
            if there < hosts {
                let text = format!(
                    "Of {} that logs name themselves, {} without events that tell {what} ({events}).",
                    counted(hosts.unsigned_abs(), "host"),
                    if hosts - there == 1 { "1 is".to_owned() } else { format!("{} are", hosts - there) }
                );
                all.push(said(Weighs::Open, "coverage", text));
            }
        }
        if !self.0.engine.has("zeek_conn")? {
            let text = "No log of network flows (Zeek conn) is among them: bytes that left are not counted."
                .to_owned();
            all.push(said(Weighs::Open, "coverage", text));
        }
        Ok(all)
    }

    fn hosts_of(&self, tables: &[&str]) -> Result<i64, CaseError> {
        let mut parts = Vec::new();
        for table in tables {
            if self.0.engine.has(table)? {
                parts.push(format!("select host_name as h from {table}"));
            }
        }
        if parts.is_empty() {
            return Ok(0);
        }
        let question = format!("select count(distinct h) from ({})", parts.join(" union all "));
        Ok(self.numbers(&question)?[0].unwrap_or(0))
    }

    /// The whole numbers, up to three, of an answer of one row.
    fn numbers(&self, question: &str) -> Result<[Option<i64>; 3], CaseError> {
        let (_, batches) = self.0.query(question)?;
        let batch = batches.iter().find(|batch| batch.num_rows() > 0);
        let number = |at: usize| {
            let column = batch?.columns().get(at)?.as_primitive_opt::<Int64Type>()?;
            column.is_valid(0).then(|| column.value(0))
        };
        Ok([number(0), number(1), number(2)])
    }
}
