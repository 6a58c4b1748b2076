//! Connections that come back like a clock. SQL says between whom there are enough of them; the gaps are measured
//! here, from the moments alone: eight bytes of memory for a connection of those that may be a beacon.

use std::collections::HashMap;

use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use futures::StreamExt as _;

use crate::{Analytic, int, text};

/// Share of the gaps that lie within a quarter of their median, of a hundred, at least.
const REGULAR: f64 = 0.7;
/// The median gap: 20 seconds to 4 hours, in microseconds.
const MEDIAN: std::ops::RangeInclusive<i64> = 20_000_000..=14_400_000_000;

/// From whom to whom, and what is known of the connections between them.
struct Pair {
    source: String,
    destination: String,
    port: i64,
    bytes: i64,
    /// UTC, microseconds.
    times: Vec<i64>,
}

/// How regular a pair's connections are.
struct Rhythm {
    /// Of the gaps, microseconds.
    median: i64,
    /// Share of the gaps that lie within a quarter of the median, 0 to 1.
    regular: f64,
}

/// At least 30 connections over 3 hours or more, whose gaps lie within a quarter of their median in 70 of 100
/// cases, the median being 20 seconds to 4 hours.
pub(crate) async fn beacons(context: &SessionContext) -> Result<Vec<Analytic>, DataFusionError> {
    let mut pairs = candidates(context).await?;
    fill(context, &mut pairs).await?;
    let mut found: Vec<(Pair, Rhythm)> = Vec::new();
    for mut pair in pairs {
        pair.times.sort_unstable();
        if let Some(rhythm) = rhythm(&pair.times) {
            found.push((pair, rhythm));
        }
    }
    let key = |pair: &Pair| {
        (std::cmp::Reverse(pair.times.len()), pair.source.clone(), pair.destination.clone(), pair.port)
    };
    found.sort_by_cached_key(|(pair, _)| key(pair));
    let askers = askers(context, &found).await?;
    let asked_by = |pair: &Pair| askers.get(&pair.destination).copied().unwrap_or_default();
    Ok(found.iter().map(|(pair, rhythm)| analytic(pair, rhythm, asked_by(pair))).collect())
}

/// Between whom there are connections enough, over long enough a time.
const PAIRS: &str = "select source_ip as a, destination_ip as b, destination_port as p from hunt_flows \
    group by 1, 2, 3 having count(*) >= 30 and max(t) - min(t) >= 10800000000";

async fn candidates(context: &SessionContext) -> Result<Vec<Pair>, DataFusionError> {
    let numbered = format!(
        "create or replace table hunt_pairs as \
         select cast(row_number() over (order by a, b, p) as bigint) - 1 as pair, a, b, p from ({PAIRS})"
    );
    context.sql(&numbered).await?.collect().await?;
    let mut pairs = Vec::new();
    let question = "select a, b, cast(p as bigint) from hunt_pairs order by pair";
    for batch in context.sql(question).await?.collect().await? {
        pairs.extend((0..batch.num_rows()).map(|row| Pair {
            source: text(&batch, 0, row),
            destination: text(&batch, 1, row),
            port: int(&batch, 2, row),
            bytes: 0,
            times: Vec::new(),
        }));
    }
    Ok(pairs)
}

/// Reads the moments and bytes of the candidates' connections.
async fn fill(context: &SessionContext, pairs: &mut [Pair]) -> Result<(), DataFusionError> {
    let question = "select pair, t, cast(sent as bigint) from hunt_flows join hunt_pairs \
        on source_ip = a and destination_ip = b and destination_port = p";
    let mut rows = context.sql(question).await?.execute_stream().await?;
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        for row in 0..batch.num_rows() {
            if let Some(pair) = pairs.get_mut(int(&batch, 0, row) as usize) {
                pair.times.push(int(&batch, 1, row));
                pair.bytes = pair.bytes.saturating_add(int(&batch, 2, row));
            }
        }
    }
    drop(rows);
    context.deregister_table("hunt_pairs")?;
    Ok(())
}

/// The rhythm of moments in order, if they have one that counts.
fn rhythm(times: &[i64]) -> Option<Rhythm> {
    let gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut lengths: Vec<i64> = gaps.iter().copied().filter(|gap| *gap > 0).collect();
    lengths.sort_unstable();
    let median = match (lengths.len() / 2, lengths.len() % 2) {
        (0, 0) => return None,
        (middle, 0) => i64::midpoint(lengths[middle - 1], lengths[middle]),
        (middle, _) => lengths[middle],
    };
    let near =
        gaps.iter().filter(|gap| gap.abs_diff(median).saturating_mul(4) <= median.unsigned_abs()).count();
    let regular = near as f64 / gaps.len() as f64;
    (MEDIAN.contains(&median) && regular >= REGULAR).then_some(Rhythm { median, regular })
}

/// For each destination of a beacon, how many hosts connect to it.
async fn askers(
    context: &SessionContext,
    found: &[(Pair, Rhythm)],
) -> Result<HashMap<String, i64>, DataFusionError> {
    let mut destinations: Vec<String> =
        found.iter().map(|(pair, _)| format!("'{}'", pair.destination.replace('\'', "''"))).collect();
    destinations.sort_unstable();
    destinations.dedup();
    let mut askers = HashMap::new();
    // So that no question grows without end.
    for some in destinations.chunks(1_000) {
        let question = format!(
            "select destination_ip, count(distinct source_ip) from hunt_flows \
             where destination_ip in ({}) group by destination_ip",
            some.join(", ")
        );
        for batch in context.sql(&question).await?.collect().await? {
            askers.extend((0..batch.num_rows()).map(|row| (text(&batch, 0, row), int(&batch, 1, row))));
        }
    }
    Ok(askers)
}

fn analytic(pair: &Pair, rhythm: &Rhythm, askers: i64) -> Analytic {
    let Pair { source, destination, port, bytes, times } = pair;
    Analytic {
        name: "beacon",
        title: format!(
            "Connections to {destination}:{port} every {} s or so, {:.0} of 100 gaps within a quarter of that",
            rhythm.median / 1_000_000,
            rhythm.regular * 100.0
        ),
        // What many hosts do alike is more often an updater than an implant.
        level: if askers <= 3 { "medium" } else { "low" },
        tags: &["attack.command-and-control", "attack.t1071"],
        source_ip: source.clone(),
        destination_ip: destination.clone(),
        count: times.len() as u64,
        first: times.first().copied().unwrap_or_default(),
        last: times.last().copied().unwrap_or_default(),
        bytes: *bytes,
        flows: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::rhythm;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn a_clock_has_a_rhythm() {
        let times: Vec<i64> = (0..60).map(|n| n * 300 * SECOND + (n % 5) * 7 * SECOND).collect();
        let found = rhythm(&times).unwrap();
        assert_eq!((found.median, found.regular), (307 * SECOND, 1.0));
    }

    #[test]
    fn people_have_none() {
        let times: Vec<i64> = (0..60).map(|n: i64| n * n * n * SECOND).collect();
        assert!(rhythm(&times).is_none(), "gaps that grow");
        assert!(rhythm(&[5; 40]).is_none(), "all at once");
        assert!(rhythm(&[]).is_none() && rhythm(&[1]).is_none());
        let fast: Vec<i64> = (0..60).map(|n| n * SECOND).collect();
        assert!(rhythm(&fast).is_none(), "regular, but faster than a beacon");
    }
}
