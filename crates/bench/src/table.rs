//! What is printed: the figures on standard output, progress on standard error.

use std::fmt::Write as _;
use std::io::Write as _;

use onus_claim::grouped;

use crate::Result;
use crate::measure::{Measurement, Stage};

const MB: f64 = 1e6;

/// Writes to standard output.
pub(crate) fn show(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{}", text.trim_end())?)
}

/// Writes to standard error; nothing can be done if that fails.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The processor and how many threads of it are used.
pub(crate) fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("processor unknown");
    format!("{}, {} cores", model.trim_start_matches([' ', '\t', ':']), crate::stages::threads())
}

/// The table of one input, and the ratios below it.
pub(crate) fn render(name: &str, size: u64, rows: &[(Stage, Measurement)]) -> String {
    let of = |stage| rows.iter().find(|(s, _)| *s == stage).map(|(_, m)| *m).unwrap_or_default();
    let (floor, whole, peer) = (of(Stage::Parse), of(Stage::Whole), of(Stage::Peer));
    let mb = size as f64 / MB;
    let mut out = format!("\n{name}: {} events, {mb:.1} MB\n", grouped(floor.events));
    let _ = writeln!(
        out,
        "{:<24}{:>9}{:>8}{:>12}{:>8}{:>10}{:>8}{:>10}",
        "stage", "seconds", "CPU s", "events/s", "MB/s", "matches", "rules", "peak MiB"
    );
    for (stage, m) in rows {
        // Reading and hashing do not know events: they are those that parsing finds.
        let events = if m.events == 0 { floor.events } else { m.events };
        let _ = writeln!(
            out,
            "{:<24}{:>9.2}{:>8.1}{:>12}{:>8.0}{:>10}{:>8}{:>10}",
            stage.what(),
            m.seconds,
            m.cpu,
            grouped((events as f64 / m.seconds) as u64),
            mb / m.seconds,
            if m.rules == 0 { "-".to_owned() } else { grouped(m.matches) },
            if m.rules == 0 { "-".to_owned() } else { grouped(m.rules) },
            m.peak_kib / 1024,
        );
    }
    let _ = writeln!(out, "whole / floor: {:.2}", whole.seconds / floor.seconds);
    let matching = (of(Stage::Match).cpu - of(Stage::Columns).cpu).max(0.0);
    let _ = writeln!(
        out,
        "matching, of the CPU time of the whole: {:.0} % ({matching:.1} s more than without it)",
        100.0 * matching / whole.cpu
    );
    let rate = |m: Measurement| m.events as f64 / m.seconds;
    let _ = writeln!(
        out,
        "events/s of the whole / events/s of rsigma-eval: tuned {:.2}, plain {:.2}",
        rate(whole) / rate(peer),
        rate(whole) / rate(of(Stage::PeerPlain))
    );
    let _ = writeln!(
        out,
        "loading rules, not counted above: {:.2} s, rsigma-eval {:.2} s; not readable: {}, rsigma-eval {}",
        whole.loading, peer.loading, whole.faults, peer.faults
    );
    if whole.events != peer.events {
        let _ = writeln!(
            out,
            "not the same events: {}, rsigma-eval {}",
            grouped(whole.events),
            grouped(peer.events)
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::measure::{Measurement, Stage};

    #[test]
    fn ratios_come_from_the_rows() {
        let row = |seconds, events| Measurement { seconds, events, rules: 1, ..Measurement::default() };
        let rows =
            [(Stage::Parse, row(1.0, 100)), (Stage::Whole, row(2.0, 100)), (Stage::Peer, row(8.0, 100))];
        let text = render("EVTX", 1_000_000, &rows);
        assert!(text.contains("whole / floor: 2.00"), "{text}");
        assert!(text.contains("rsigma-eval: tuned 4.00"), "{text}");
    }
}
