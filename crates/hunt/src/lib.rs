//! In: the table `connections` of a case (SQL). Out: analytic findings that no single record shows: connections that
//! come back like a clock, and bytes that left in quantity.
//! Invariant: every figure is exact and the same on every machine: no sampling, no approximate aggregates. This
//! crate knows nothing of rules. Source of the beacon measure: the regularity of gaps, as in RITA.

mod beacon;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

/// What an analytic found between two addresses.
#[derive(Debug, Clone, PartialEq)]
pub struct Analytic {
    /// `beacon` or `bytes-out`.
    pub name: &'static str,
    /// One line that says what it is, with its figures.
    pub title: String,
    /// Sigma level.
    pub level: &'static str,
    /// ATT&CK tags.
    pub tags: &'static [&'static str],
    /// Who connects.
    pub source_ip: String,
    /// To whom.
    pub destination_ip: String,
    /// Number of connections.
    pub count: u64,
    /// First and last connection (UTC, microseconds).
    pub first: i64,
    /// See `first`.
    pub last: i64,
    /// Bytes that certainly went from source to destination: the sum of `flows`' bytes is part of it.
    pub bytes: i64,
    /// The records that carry it: (record, bytes sent), the largest first, at most 200.
    pub flows: Vec<(u64, i64)>,
}

/// Addresses that are nobody's outside: private, link-local, loopback and multicast ranges.
const INSIDE: &str = "^(10\\.|127\\.|169\\.254\\.|192\\.168\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|22[4-9]\\.|23[0-9]\\.|255\\.|0\\.|::1$|fe80|f[cdf])";

/// The table of connections, with all core columns, of which the analytics speak.
const FLOWS: &str = "connections";

/// Runs all analytics over the Zeek connections of a case.
///
/// # Errors
/// With the words of the SQL engine.
pub async fn analytics(context: &SessionContext) -> Result<Vec<Analytic>, DataFusionError> {
    if !context.table_exist(FLOWS)? {
        return Ok(Vec::new());
    }
    let flows = format!(
        "create or replace view hunt_flows as \
         select record, source_ip, source_port, destination_ip, destination_port, \
         coalesce(source_bytes, 0) as sent, coalesce(destination_bytes, 0) as received, \
         cast(timestamp as bigint) as t from {FLOWS} \
         where timestamp is not null \
         and not (regexp_like(destination_ip, '{INSIDE}'))"
    );
    context.sql(&flows).await?;
    let mut found = beacon::beacons(context).await?;
    found.extend(bytes_out(context).await?);
    Ok(found)
}

/// At least 50 MB to one outside address, more than three times what came back. Of flows with the same
/// addresses and ports only the largest counts: two sensors may have seen the same one.
async fn bytes_out(context: &SessionContext) -> Result<Vec<Analytic>, DataFusionError> {
    let question = "
        with once as (
            select source_ip as a, destination_ip as b, source_port, destination_port,
                max(sent) as sent, max(received) as received, count(*) as n, min(t) as first, max(t) as last
            from hunt_flows group by 1, 2, 3, 4),
        asked as (select b as to_whom, count(distinct a) as askers from once group by b)
        select a, b, cast(sum(n) as bigint) as n, min(first), max(last), cast(sum(sent) as bigint) as total, askers
        from once join asked on b = to_whom group by a, b, askers
        having sum(sent) >= 50000000 and sum(sent) > 3 * sum(received)
        order by total desc, a, b";
    let mut found = Vec::new();
    for batch in context.sql(question).await?.collect().await? {
        for row in 0..batch.num_rows() {
            let (source, destination) = (text(&batch, 0, row), text(&batch, 1, row));
            let flows = largest(context, &source, &destination).await?;
            let bytes = flows.iter().map(|(_, sent)| sent).sum();
            found.push(Analytic {
                name: "bytes-out",
                title: format!("At least {bytes} bytes went out to {destination}"),
                // What many hosts send to alike is more often a service of the house than a thief's.
                level: if int(&batch, 6, row) <= 3 { "high" } else { "low" },
                tags: &["attack.exfiltration", "attack.t1048"],
                source_ip: source,
                destination_ip: destination,
                count: int(&batch, 2, row) as u64,
                first: int(&batch, 3, row),
                last: int(&batch, 4, row),
                bytes,
                flows,
            });
        }
    }
    Ok(found)
}

/// The largest flow of each pair of ports, the largest first.
async fn largest(context: &SessionContext, a: &str, b: &str) -> Result<Vec<(u64, i64)>, DataFusionError> {
    let quoted = |text: &str| text.replace('\'', "''");
    let question = format!(
        "select record, sent from (
            select record, sent, row_number() over
                (partition by source_port, destination_port order by sent desc, record) as place
            from hunt_flows where source_ip = '{}' and destination_ip = '{}')
        where place = 1 and sent > 0 order by sent desc, record limit 200",
        quoted(a),
        quoted(b)
    );
    let mut flows = Vec::new();
    for batch in context.sql(&question).await?.collect().await? {
        for row in 0..batch.num_rows() {
            flows.push((batch.column(0).as_primitive::<UInt64Type>().value(row), int(&batch, 1, row)));
        }
    }
    Ok(flows)
}

fn int(batch: &RecordBatch, column: usize, row: usize) -> i64 {
    batch.column(column).as_primitive_opt::<Int64Type>().map_or(0, |c| c.value(row))
}

fn text(batch: &RecordBatch, column: usize, row: usize) -> String {
    let array = batch.column(column);
    let options = datafusion::arrow::util::display::FormatOptions::default();
    match datafusion::arrow::util::display::ArrayFormatter::try_new(array, &options) {
        Ok(formatter) if array.is_valid(row) => formatter.value(row).to_string(),
        _ => String::new(),
    }
}
