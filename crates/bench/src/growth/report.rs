//! The tables, as Markdown.

use std::fmt::Write as _;

use super::Step;
use crate::measure::Stage;
use onus_claim::grouped;

use crate::table::machine;

pub(crate) fn markdown(by_rules: &[Step], by_events: &[Step], by_times: &[Step]) -> String {
    let mut out = format!(
        "# What it costs as rules and events grow\n\nWritten by `cargo bench-all growth` on {}. Seconds are wall time \
         without loading rules; memory is the most that the process held.\n\n![The tables as a plot](growth.svg)\n\n",
        machine()
    );
    rules(&mut out, by_rules);
    events(&mut out, by_events);
    times(&mut out, by_times);
    out
}

fn rules(out: &mut String, steps: &[Step]) {
    let events = steps.first().map_or(0, |step| step.of(Stage::Columns).events);
    let _ = write!(
        out,
        "## As rules grow\n\n{} real Windows events as NDJSON. Public rules, drawn by lot; beyond their number the same \
         rules with other words. The last two columns are the independent engine `rsigma-eval`, tuned for Windows.\n\n\
         | Rules | Loaded | Loading, s | All but matching, s | With matching, s | CPU of matching, s | Matches | Memory, \
         MiB | rsigma-eval, s | its memory, MiB |\n|---|---|---|---|---|---|---|---|---|---|\n",
        grouped(events)
    );
    for step in steps {
        let (columns, matched, peer) = (step.of(Stage::Columns), step.of(Stage::Match), step.of(Stage::Peer));
        let _ = writeln!(
            out,
            "| {} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {} | {:.2} | {} |",
            grouped(step.size),
            grouped(matched.rules),
            matched.loading,
            columns.seconds,
            matched.seconds,
            (matched.cpu - columns.cpu).max(0.0),
            grouped(matched.matches),
            matched.peak_kib / 1024,
            peer.seconds,
            peer.peak_kib / 1024,
        );
    }
}

fn events(out: &mut String, steps: &[Step]) {
    let rules = steps.first().map_or(0, |step| step.of(Stage::Whole).rules);
    let _ = write!(
        out,
        "\n## As events grow\n\nEvidence of `onus demo` (Windows events, Zeek, proxy), {} public rules.\n\n\
         | Events | Reading, hashing, parsing, s | + columns, s | + matching, s | Whole investigation, s | events/s | \
         Memory of the whole, MiB |\n|---|---|---|---|---|---|---|\n",
        grouped(rules)
    );
    for step in steps {
        let whole = step.of(Stage::Whole);
        let _ = writeln!(
            out,
            "| {} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {} |",
            grouped(whole.events),
            step.of(Stage::Parse).seconds,
            step.of(Stage::Columns).seconds,
            step.of(Stage::Match).seconds,
            whole.seconds,
            grouped((whole.events as f64 / whole.seconds) as u64),
            whole.peak_kib / 1024,
        );
    }
}

fn times(out: &mut String, steps: &[Step]) {
    let _ = write!(
        out,
        "\n## As real events grow\n\nThe Windows events as NDJSON, those of all files in an order drawn by lot, and copies of them; \
         the same rules.\n\n\
         | Events | MB | Reading, hashing, parsing, s | + columns, matching, storing, s | Whole investigation, s | whole / parsing | \
         Memory of the whole, MiB |\n|---|---|---|---|---|---|---|\n",
    );
    for step in steps {
        let (parse, whole) = (step.of(Stage::Parse), step.of(Stage::Whole));
        let _ = writeln!(
            out,
            "| {} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {} |",
            grouped(whole.events),
            grouped(step.bytes / 1_000_000),
            parse.seconds,
            step.of(Stage::Store).seconds,
            whole.seconds,
            whole.seconds / parse.seconds,
            whole.peak_kib / 1024,
        );
    }
}
