//! `report.html`: the case as one self-contained page that needs neither network nor script.

mod because;
mod html;
mod timeline;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::query::{Engine, text_at};
use onus_claim::grouped;

use crate::{CaseError, Claim, Finding, Intrusion, Rules, Story, Summary};
use because::Why;
use html::Html;

/// Rows of one table; what is beyond is told and stands in the case.
const ROWS: usize = 2_000;

/// What a cited record says, column by column, as far as it says anything.
const SHOWN: &[&str] = &[
    "timestamp",
    "host_name",
    "user_name",
    "event_action",
    "process_executable",
    "process_command_line",
    "process_parent_executable",
    "file_path",
    "registry_path",
    "source_ip",
    "destination_ip",
    "destination_port",
    "destination_domain",
    "url",
    "source_bytes",
];

/// Writes the page.
pub(crate) fn write(
    folder: &Path,
    engine: &Engine,
    summary: &Summary,
    rules: &Rules,
) -> Result<(), CaseError> {
    let cited = cited(engine, &summary.story)?;
    let mut html = Html::default();
    html.raw("<!doctype html><html lang=en><head><meta charset=utf-8>")
        .raw("<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">")
        .raw("<meta name=viewport content=\"width=device-width,initial-scale=1\"><title>Onus report</title><style>")
        .raw(include_str!("style.css"))
        .raw("</style></head><body><main>");
    head(&mut html, summary, rules);
    for intrusion in &summary.story.intrusions {
        intrusion_section(&mut html, intrusion, summary);
    }
    alone(&mut html, summary);
    hidden(&mut html, summary);
    let why = because::of_claims(engine, &summary.story.claims, ROWS)?;
    claims(&mut html, &summary.story.claims, &cited, &why);
    read(&mut html, summary, rules);
    html.raw("</main></body></html>\n");
    let path = folder.join("report.html");
    fs::write(&path, html.finish()).map_err(|source| CaseError::Io { path, source })
}

fn head(html: &mut Html, summary: &Summary, rules: &Rules) {
    let story = &summary.story;
    html.raw("<h1>What these logs show</h1><p class=soft>Made by Onus ")
        .text(env!("CARGO_PKG_VERSION"))
        .raw(". All times are UTC. Nothing here names a person or a state behind an account or an address.</p>")
        .raw("<div class=cards>");
    let cards: [(String, &str); 6] = [
        (grouped(story.intrusions.len() as u64), "intrusions"),
        (grouped(story.findings.iter().filter(|f| f.allowed.is_none()).count() as u64), "findings"),
        (grouped(story.claims.len() as u64), "claims"),
        (grouped(summary.records), "records read"),
        (grouped(summary.faults), "faults"),
        (grouped(rules.set.len() as u64), "rules run"),
    ];
    for (number, what) in cards {
        html.raw("<div class=card>").element("b", &number).element("span", what).raw("</div>");
    }
    html.raw("</div>");
    if story.intrusions.is_empty() {
        html.raw("<p class=note>No intrusion: what was found, if anything, does not add up to one. That is no proof of absence: these logs show only what they were set to record.</p>");
    }
}

fn intrusion_section(html: &mut Html, intrusion: &Intrusion, summary: &Summary) {
    let story = &summary.story;
    let mut own: Vec<&Finding> =
        story.findings.iter().filter(|f| f.intrusion.as_ref() == Some(&intrusion.id)).collect();
    own.sort_by_key(|f| (f.first, f.id.clone()));
    html.raw("<h2>").text(&format!("Intrusion {}: {}", intrusion.id, intrusion.strength)).raw("</h2><dl>");
    let mut row = |term: &str, text: &str| {
        html.element("dt", term).element("dd", text);
    };
    row("First seen", &time(Some(intrusion.first)));
    row("Last seen", &time(Some(intrusion.last)));
    let hosts: Vec<String> =
        intrusion.hosts.iter().map(|h| format!("{} (from {})", h.name, time(Some(h.first)))).collect();
    row("Hosts, in order", &list(&hosts));
    row("Accounts", &list(&owned(intrusion.account_names())));
    row("Outside addresses", &list(&owned(intrusion.address_names())));
    row("ATT&CK techniques", &list(&owned(intrusion.techniques.iter().map(|t| t.id.as_str()))));
    if let Some((lower, upper)) = story.bytes.get(&intrusion.id) {
        row(
            "Bytes taken",
            &format!(
                "at least {}, at most {} in what these logs cover",
                grouped(lower.unsigned_abs()),
                grouped(upper.unsigned_abs())
            ),
        );
    }
    let reasons: BTreeSet<&str> = intrusion.edges.iter().map(|edge| edge.reason.as_str()).collect();
    row("Joined by", &list(&owned(reasons.into_iter())));
    html.raw("</dl><div class=wide>");
    timeline::draw(html, intrusion, &own);
    html.raw("</div>");
    findings_table(html, &own);
    html.raw("<h3>What these logs do not explain</h3><ul>");
    for sentence in &intrusion.unexplained {
        html.element("li", sentence);
    }
    html.raw("</ul>");
}

fn findings_table(html: &mut Html, findings: &[&Finding]) {
    html.raw(
        "<div class=wide><table><tr><th>First<th>Level<th>Host<th>What<th>Accounts<th class=n>Matches</tr>",
    );
    for finding in findings.iter().take(ROWS) {
        html.raw("<tr>").element("td class=t", &time(finding.first)).raw("<td><span class=\"badge ");
        html.raw(timeline::level(&finding.level)).raw("\">").text(&finding.level).raw("</span></td>");
        html.element("td class=h", finding.host.as_deref().unwrap_or("–")).raw("<td>").text(&finding.title);
        because::values(html, finding);
        html.raw("</td>")
            .element("td", &finding.accounts.join(", "))
            .element("td class=n", &grouped(finding.count))
            .raw("</tr>");
    }
    html.raw("</table></div>");
    beyond(html, findings.len());
}

fn alone(html: &mut Html, summary: &Summary) {
    let is_alone = |f: &&Finding| f.intrusion.is_none() && f.allowed.is_none();
    let rest: Vec<&Finding> = summary.story.findings.iter().filter(is_alone).collect();
    html.raw("<h2>Findings that belong to no intrusion</h2>");
    if rest.is_empty() {
        html.raw("<p>None.</p>");
        return;
    }
    html.raw(
        "<p class=soft>Ordinary work looks like this too; they are listed so that nothing is hidden.</p>",
    );
    findings_table(html, &rest);
}

/// What the allow-list keeps out of the story: how much, why and how long.
fn hidden(html: &mut Html, summary: &Summary) {
    if summary.story.hidden.is_empty() {
        return;
    }
    html.raw("<h2>Allowed, and so not told</h2><p class=soft>Entries of <code>allow.toml</code> cover these findings. They stand in the case with the reason in the column <code>allowed</code>; an entry that is taken back or has expired brings them back.</p>")
        .raw("<div class=wide><table><tr><th>Reason<th>Until<th class=n>Findings<th class=n>Matches</tr>");
    for (reason, day, findings, matches) in &summary.story.hidden {
        html.raw("<tr>").element("td", reason).element("td class=t", day);
        html.element("td class=n", &grouped(*findings as u64))
            .element("td class=n", &grouped(*matches))
            .raw("</tr>");
    }
    html.raw("</table></div>");
}

fn claims(html: &mut Html, claims: &[Claim], cited: &BTreeMap<u64, Vec<(String, String)>>, why: &Why) {
    html.raw("<h2>Claims</h2>");
    if claims.is_empty() {
        html.raw("<p>None: claims are made of intrusions.</p>");
        return;
    }
    html.raw("<p>Each can be derived again from the records that it cites, and from no others. <code>onus seal</code> and <code>onus disclose</code> make a dossier of them that a stranger can check.</p>");
    for claim in claims.iter().take(ROWS) {
        html.raw("<details><summary><b>")
            .text(&claim.id)
            .raw("</b> ")
            .text(&claim.sentence)
            .raw("</summary><div class=wide><table>");
        for record in claim.cites.iter().take(50) {
            html.raw("<tr>").element("td class=t", &format!("record {record}")).raw("<td>");
            for (name, value) in cited.get(record).map(Vec::as_slice).unwrap_or_default() {
                html.raw("<span class=soft>").text(name).raw("</span> <code>").text(value).raw("</code> ");
            }
            because::of_record(html, claim, *record, why);
            html.raw("</td></tr>");
        }
        html.raw("</table></div>");
        if claim.cites.len() > 50 {
            html.raw("<p class=soft>")
                .text(&format!("and {} more records.", claim.cites.len() - 50))
                .raw("</p>");
        }
        html.raw("<p class=soft>")
            .text(&format!("Would raise it: {}.", claim.would_raise))
            .raw("</p></details>");
    }
    beyond(html, claims.len());
}

fn read(html: &mut Html, summary: &Summary, rules: &Rules) {
    let mut formats: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
    for source in &summary.sources {
        let entry = formats.entry(&source.format).or_default();
        *entry = (entry.0 + 1, entry.1 + source.records, entry.2 + source.faults);
    }
    html.raw("<h2>What was read, and what could not be</h2><div class=wide><table><tr><th>Format<th class=n>Sources<th class=n>Records<th class=n>Faults</tr>");
    for (format, (sources, records, faults)) in formats {
        html.raw("<tr>").element("td", format);
        for number in [sources, records, faults] {
            html.element("td class=n", &grouped(number));
        }
        html.raw("</tr>");
    }
    html.raw("</table></div>");
    if !summary.fault_kinds.is_empty() {
        html.raw("<h3>Faults</h3><div class=wide><table><tr><th>Source<th class=n>At byte<th>Why<th class=n>Times</tr>");
        for (path, offset, reason, times) in summary.fault_kinds.iter().take(ROWS) {
            html.raw("<tr>").element("td", path).element("td class=n", &grouped(*offset));
            html.element("td", reason).element("td class=n", &grouped(*times)).raw("</tr>");
        }
        html.raw("</table></div>");
        beyond(html, summary.fault_kinds.len());
    }
    let refused: Vec<_> = rules.problems.iter().filter(|p| p.refused).collect();
    if !refused.is_empty() {
        html.raw("<h3>Rules that could not be used</h3><div class=wide><table><tr><th>File<th>Why</tr>");
        for problem in refused.iter().take(ROWS) {
            html.raw("<tr>").element("td", &problem.origin).element("td", &problem.reason).raw("</tr>");
        }
        html.raw("</table></div>");
    }
    sources(html, summary);
}

fn sources(html: &mut Html, summary: &Summary) {
    html.raw("<h3>Sources</h3><details><summary>")
        .text(&format!("{} files and members of archives, with their SHA-256", summary.sources.len()))
        .raw("</summary><div class=wide><table><tr><th>Path<th>Format<th class=n>Bytes<th class=n>Records<th>SHA-256</tr>");
    for source in summary.sources.iter().take(ROWS) {
        html.raw("<tr>").element("td", &source.path).element("td", &source.format);
        html.element("td class=n", &grouped(source.size)).element("td class=n", &grouped(source.records));
        html.raw("<td>").element("code", &source.sha256).raw("</td></tr>");
    }
    html.raw("</table></div>");
    beyond(html, summary.sources.len());
    html.raw("</details>");
}

fn beyond(html: &mut Html, length: usize) {
    if length > ROWS {
        html.raw("<p class=note>")
            .text(&format!("{} more stand in the case's tables.", length - ROWS))
            .raw("</p>");
    }
}

/// The cited records: what they say in core columns, and where they lie.
fn cited(engine: &Engine, story: &Story) -> Result<BTreeMap<u64, Vec<(String, String)>>, CaseError> {
    let records: BTreeSet<u64> =
        story.claims.iter().take(ROWS).flat_map(|c| c.cites.iter().take(50)).copied().collect();
    let mut found: BTreeMap<u64, Vec<(String, String)>> = BTreeMap::new();
    for (table, records) in by_table(&records, &story.findings) {
        let columns = engine.columns(table)?;
        let shown: Vec<&str> =
            SHOWN.iter().copied().filter(|name| columns.iter().any(|column| column == name)).collect();
        say(engine, table, &shown, &shown, &records, &mut found)?;
    }
    let all: Vec<u64> = records.into_iter().collect();
    say(engine, "records", &["path", "ordinal"], &["source file", "ordinal"], &all, &mut found)?;
    Ok(found)
}

/// The table that each record lies in, where a finding tells it; else that of all events.
fn by_table<'a>(records: &BTreeSet<u64>, findings: &'a [Finding]) -> BTreeMap<&'a str, Vec<u64>> {
    let mut tables: BTreeMap<u64, &str> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| !finding.shape.is_empty()) {
        let own = finding.records.iter().chain(&finding.first_record);
        tables.extend(own.map(|record| (*record, finding.shape.as_str())));
    }
    let mut parts: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for record in records {
        parts.entry(tables.get(record).copied().unwrap_or("events")).or_default().push(*record);
    }
    parts
}

/// Adds what `columns` of a table hold of some records, under `names`.
fn say(
    engine: &Engine,
    table: &str,
    columns: &[&str],
    names: &[&str],
    records: &[u64],
    found: &mut BTreeMap<u64, Vec<(String, String)>>,
) -> Result<(), CaseError> {
    let columns: String = columns.iter().map(|column| format!(", {column}")).collect();
    for some in records.chunks(500) {
        let list = some.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let question = format!("select record{columns} from \"{table}\" where record in ({list})");
        for batch in engine.query(&question)?.1 {
            for row in 0..batch.num_rows() {
                let Ok(record) = text_at(&batch, 0, row).parse() else { continue };
                let said = names
                    .iter()
                    .enumerate()
                    .map(|(at, name)| ((*name).to_owned(), text_at(&batch, at + 1, row)));
                found.entry(record).or_default().extend(said.filter(|(_, value)| !value.is_empty()));
            }
        }
    }
    Ok(())
}

fn list(items: &[String]) -> String {
    if items.is_empty() { "none named".to_owned() } else { items.join(", ") }
}

fn owned<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.map(str::to_owned).collect()
}

fn time(micros: Option<i64>) -> String {
    micros.map_or_else(|| "–".to_owned(), |m| onus_event::format_micros(m)[..19].replace('T', " "))
}
