//! `onus investigate`: progress while it runs, and one screen at the end.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use onus_case::{AllowList, CaseError, Finding, Intrusion, Mapping, Options, Rules, Story, Summary};
use onus_claim::{counted, grouped};
use onus_source::{Day, find_inputs};

use crate::allow::say_expired;
use crate::rules::{RuleArgs, left_out};
use crate::{Exit, say};

const FAULTS_SHOWN: usize = 8;
/// Findings shown of one intrusion, and of those that belong to none.
const FINDINGS_OF_ONE: usize = 5;
const FINDINGS_ALONE: usize = 5;
/// Hosts and addresses named of one intrusion.
const NAMED: usize = 8;
/// Columns of the screen.
const WIDTH: usize = 100;

/// What the user brings along beside the logs.
pub(crate) struct Known<'a> {
    pub(crate) rules: &'a RuleArgs,
    pub(crate) allow: Option<&'a Path>,
    pub(crate) mapping: Option<&'a Path>,
    pub(crate) collected: Option<Day>,
}

pub(crate) fn run(
    paths: &[PathBuf],
    out: &Path,
    known: &Known<'_>,
    threads: Option<usize>,
    quiet: bool,
) -> Result<Exit, CaseError> {
    let begun = Instant::now();
    let inputs = find_inputs(paths)?;
    let rules = known.rules.read()?;
    let mapping = known.mapping.map(Mapping::read).transpose()?.unwrap_or_default();
    let allow = known.allow.map(AllowList::read).transpose()?.unwrap_or_default();
    say_expired(&allow);
    let size = inputs.iter().map(|i| i.size).sum();
    let read = Arc::new(AtomicU64::new(0));
    let threads = threads.or_else(|| std::thread::available_parallelism().ok().map(Into::into)).unwrap_or(1);
    let (out_folder, collected, progress) = (out.to_owned(), known.collected, read.clone());
    let options = Options { out: out_folder, threads, allow, mapping, collected, progress };
    let summary = with_progress(size, &read, quiet, || onus_case::investigate(&inputs, &rules, &options))?;
    if !quiet {
        tell(&summary, &rules, size, out, begun.elapsed());
    }
    Ok(if summary.faults > 0 { Exit::PartlyRead } else { Exit::Done })
}

/// Runs `work` beside a progress bar, if there is a terminal to show it.
pub(crate) fn with_progress<T: Send>(
    size: u64,
    read: &AtomicU64,
    quiet: bool,
    work: impl FnOnce() -> T + Send,
) -> T {
    if quiet || !std::io::stderr().is_terminal() {
        return work();
    }
    let style = "reading {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
    let bar = ProgressBar::new(size)
        .with_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                bar.set_position(read.load(Ordering::Relaxed));
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        bar.finish_and_clear();
        result
    })
}

fn tell(summary: &Summary, rules: &Rules, size: u64, out: &Path, took: Duration) {
    say(&format!(
        "Read {} from {} ({}) in {:.1} s",
        counted(summary.records, "record"),
        counted(summary.sources.len() as u64, "source"),
        HumanBytes(size),
        took.as_secs_f64()
    ));
    let mut formats: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for source in &summary.sources {
        let entry = formats.entry(&source.format).or_default();
        entry.0 += 1;
        entry.1 += source.records;
    }
    for (format, (sources, records)) in formats {
        say(&format!(
            "  {format:<14} {:>9} {:<7} {:>13} {}",
            grouped(sources),
            if sources == 1 { "source" } else { "sources" },
            grouped(records),
            if records == 1 { "record" } else { "records" }
        ));
    }
    if summary.faults > 0 {
        let faults = counted(summary.faults, "fault");
        say(&format!("{faults}: what could be read was read, the rest is"));
        for (path, offset, reason, times) in summary.fault_kinds.iter().take(FAULTS_SHOWN) {
            let times = if *times > 1 { format!(" ({} times)", HumanCount(*times)) } else { String::new() };
            say(&format!("  {path} at byte {offset}: {reason}{times}"));
        }
        if summary.fault_kinds.len() > FAULTS_SHOWN {
            say(&format!(
                "  and {} more kinds: see the table faults",
                summary.fault_kinds.len() - FAULTS_SHOWN
            ));
        }
    }
    tell_findings(summary, rules);
    let case = out.display();
    let tables = counted(summary.tables.len() as u64, "table");
    say(&format!("The case lies in {case}, {tables} of events. Next:"));
    say(&format!("  open {case}/report.html in a browser"));
    say(&format!(
        "  onus query {case} \"select event_action, count(*) from events group by 1 order by 2 desc\""
    ));
    say(&format!("  onus query {case} \"select * from findings\""));
}

pub(crate) fn tell_findings(summary: &Summary, rules: &Rules) {
    let refused = rules.problems.iter().filter(|p| p.refused).count();
    let unused = if refused > 0 { format!(" ({refused} could not be used)") } else { String::new() };
    say(&format!(
        "{} rules{unused}{}: {}, {}",
        HumanCount(rules.set.len() as u64),
        left_out(rules),
        if summary.matches == 1 {
            "1 match".to_owned()
        } else {
            format!("{} matches", HumanCount(summary.matches))
        },
        counted(summary.story.findings.iter().filter(|f| f.allowed.is_none()).count() as u64, "finding")
    ));
    for (reason, day, findings, matches) in &summary.story.hidden {
        say(&format!("  allowed until {day}, not told: {findings} findings, {matches} matches ({reason})"));
    }
    for problem in rules.problems.iter().filter(|p| p.refused).take(FAULTS_SHOWN) {
        say(&format!("  not used: {}: {}", problem.origin, problem.reason));
    }
    for note in &summary.notes {
        say(&format!("  {note}"));
    }
    for intrusion in &summary.story.intrusions {
        tell_intrusion(intrusion, &summary.story);
    }
    if summary.story.findings.is_empty() {
        say("No intrusion: nothing was found, which does not show that nothing happened.");
    } else if summary.story.intrusions.is_empty() {
        say("No intrusion: the findings do not add up to one.");
    }
    let alone = summary.story.findings.iter().filter(|f| f.intrusion.is_none() && f.allowed.is_none());
    let alone: Vec<&Finding> = alone.collect();
    if !alone.is_empty() {
        say(&format!("Findings that belong to no intrusion: {}", HumanCount(alone.len() as u64)));
    }
    tell_some(&alone, FINDINGS_ALONE);
    if !summary.story.findings.is_empty() {
        say(
            "All findings stand in the table findings, in order of weight; onus explain CASE F0001 tells why.",
        );
    }
}

/// The weightiest findings, and how many more there are.
fn tell_some(findings: &[&Finding], shown: usize) {
    for finding in findings.iter().take(shown) {
        say(&format!("  {}", clip(&line(finding), WIDTH)));
    }
    if let Some(more) = findings.len().checked_sub(shown).filter(|more| *more > 0) {
        say(&format!("  and {} more, of less weight: the report shows them", HumanCount(more as u64)));
    }
}

fn tell_intrusion(intrusion: &Intrusion, story: &Story) {
    let day = |micros: i64| onus_event::format_micros(micros)[..10].to_owned();
    let follow = match intrusion.followers.len() {
        0 => String::new(),
        n => format!(" and {n} that follow"),
    };
    say(&format!(
        "Intrusion {} ({}): {} to {}, {}, {}{follow}",
        intrusion.id,
        intrusion.strength,
        day(intrusion.first),
        day(intrusion.last),
        counted(intrusion.hosts.len() as u64, "host"),
        counted(intrusion.findings.len() as u64, "finding")
    ));
    let began = &intrusion.began;
    let before = if began.before_logs { "before these logs begin; first seen " } else { "" };
    let host = began.host.as_deref().map_or_else(String::new, |host| format!(" on {host}"));
    row("began", &format!("{before}{}{host}: {}", minute(began.at), began.how));
    for host in intrusion.hosts.iter().take(NAMED) {
        let doubt = if host.sure { "" } else { " (as far as these logs show)" };
        row("host", &format!("{} {}: {}{doubt}", minute(host.first), host.name, host.manner));
    }
    more(intrusion.hosts.len(), "hosts");
    row("accounts", &few(&intrusion.account_names().collect::<Vec<_>>()));
    for outside in intrusion.addresses.iter().take(NAMED) {
        let domain = outside.domain.as_deref().map_or_else(String::new, |domain| format!(" ({domain})"));
        let sent = outside.bytes.map_or_else(String::new, |sent| format!(", at least {sent} bytes sent"));
        row("address", &format!("{}{domain}: {}{sent}", outside.address, outside.role.words()));
    }
    more(intrusion.addresses.len(), "addresses");
    let phases: Vec<&str> = intrusion.phases.iter().map(|phase| phase.tactic.as_str()).collect();
    row("techniques", &format!("{} of ATT&CK; in order: {}", intrusion.techniques.len(), phases.join(", ")));
    if let Some((lower, upper)) = story.bytes.get(&intrusion.id) {
        row("taken", &format!("at least {lower} bytes, at most {upper} bytes in what these logs cover"));
    }
    for sentence in &intrusion.unexplained {
        row("open", sentence);
    }
    let own = story.findings.iter().filter(|f| f.intrusion.as_deref() == Some(&intrusion.id));
    tell_some(&own.collect::<Vec<_>>(), FINDINGS_OF_ONE);
}

/// A line of an intrusion; what is longer than the screen goes on below, indented.
fn row(term: &str, text: &str) {
    let (mut line, mut term) = (String::new(), term);
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() + 14 > WIDTH {
            say(&format!("  {term:<10} {line}"));
            (line, term) = (String::new(), "");
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    say(&format!("  {term:<10} {line}"));
}

fn more(all: usize, what: &str) {
    if let Some(rest) = all.checked_sub(NAMED).filter(|rest| *rest > 0) {
        row("", &format!("and {rest} more {what}: the report shows them"));
    }
}

fn minute(micros: i64) -> String {
    onus_event::format_micros(micros)[..16].replace('T', " ")
}

/// At most so many characters, the last of them a mark that more follow.
fn clip(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    text.chars().take(characters - 1).chain(['…']).collect()
}

fn few(names: &[impl AsRef<str>]) -> String {
    let shown: Vec<&str> = names.iter().take(8).map(AsRef::as_ref).collect();
    let more = if names.len() > 8 { format!(" and {} more", names.len() - 8) } else { String::new() };
    if shown.is_empty() { "none named".to_owned() } else { shown.join(", ") + &more }
}

fn line(finding: &Finding) -> String {
    let first = finding.first.map_or_else(|| "time unknown".to_owned(), onus_event::format_micros);
    let host = finding.host.as_deref().unwrap_or("-");
    // The name of a host without its domain; an address whole.
    let short = host.split('.').next().filter(|name| name.parse::<u32>().is_err()).unwrap_or(host);
    let times = if finding.count > 1 { format!(" ({} times)", finding.count) } else { String::new() };
    format!("{} {:<8} {first:.16}  {short:<16} {}{times}", finding.id, finding.level, finding.title)
}
