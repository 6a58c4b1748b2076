//! Findings as a table, each with the values that made it.

use onus_claim::{counted, grouped};

use crate::fold::{Counted, Row};
use crate::html::Html;
use crate::model::{Finding, Report, Values};
use crate::shown::{ROWS, Shown, beyond};
use crate::words::{clip, count_of, time_or_dash};

/// Values shown beside a finding, accounts, and characters of each.
const VALUES: usize = 3;
const ACCOUNTS: usize = 4;
const LENGTH: usize = 120;

/// Findings of an intrusion, or those of none.
pub(crate) fn table(html: &mut Html, of: Option<&str>, shown: &Shown<'_>) {
    let Some(own) = shown.findings.get(&of) else { return };
    let caption = of.map_or_else(|| "Findings of no intrusion".to_owned(), |id| format!("Findings of {id}"));
    html.table(&caption, &["Finding", "First (UTC)", "Level", "Host", "What", "Accounts", "#Matches"]);
    for row in &own.rows {
        match row {
            Row::One(finding) => one(html, finding, shown),
            Row::Counted(rest) => rest_of(html, rest),
        }
    }
    html.table_end();
    let condition = of.map_or_else(|| "intrusion is null".to_owned(), |id| format!("intrusion = '{id}'"));
    let command = format!("onus query CASE \"select * from findings where {condition} and allowed is null\"");
    beyond(html, own.all - own.left_out, own.all, &command);
    if own.left_out == 0 && own.rows.len() < own.all {
        html.raw("<p class=note>Each of them: ").element("code", &command).raw("</p>");
    }
}

fn one(html: &mut Html, finding: &Finding<'_>, shown: &Shown<'_>) {
    html.raw("<tr id=\"f.").text(finding.id).raw("\">").element("th scope=row", finding.id);
    begin(html, finding.first, finding.level);
    html.element("td class=h", &clip(finding.host.unwrap_or("–"), 40)).raw("<td>").text(finding.title);
    if !finding.values.is_empty() {
        shown.room.because.put(html, |html| because(html, &finding.values));
    }
    let accounts: Vec<String> = finding.accounts.iter().take(ACCOUNTS).map(|a| clip(a, 40)).collect();
    let more = finding.accounts.len() - accounts.len();
    let and = if more > 0 { format!(" and {more} more") } else { String::new() };
    html.raw("</td>").element("td", &format!("{}{and}", accounts.join(", ")));
    html.element("td class=n", &grouped(finding.count)).raw("</tr>");
}

/// The findings of a rule that have no row of their own.
fn rest_of(html: &mut Html, rest: &Counted<'_>) {
    html.raw("<tr class=counted>").element("th scope=row", &format!("+ {}", grouped(rest.findings as u64)));
    begin(html, rest.first, rest.level);
    html.element("td class=h", &count_of(rest.hosts as u64, "host"));
    html.element("td", &format!("{} more of: {}", grouped(rest.findings as u64), rest.title));
    html.element("td", &count_of(rest.accounts as u64, "account"));
    html.element("td class=n", &grouped(rest.matches)).raw("</tr>");
}

fn begin(html: &mut Html, first: Option<i64>, of_level: &str) {
    html.element("td class=t", &time_or_dash(first)).raw("<td><span class=\"badge ");
    html.raw(level(of_level)).raw("\">").text(of_level).raw("</span></td>");
}

/// The commonest values of each field that made a finding, and how usual they are in the case.
fn because(html: &mut Html, values: &[Values<'_>]) {
    html.raw("<details><summary class=soft>because</summary>");
    for values in values {
        let more = if values.more { " or more" } else { "" };
        html.raw("<p class=soft>").text(values.field);
        html.text(&format!(": {}{more} distinct", values.distinct)).raw("<br>");
        for seen in values.top.iter().take(VALUES) {
            html.element("code", &clip(seen.value, LENGTH))
                .text(&format!(" {} times", grouped(seen.matches)));
            if let Some((hosts, events)) = seen.in_case {
                html.text(&format!(
                    "; in the case on {}, {}",
                    counted(hosts, "host"),
                    counted(events, "event")
                ));
            }
            html.raw("<br>");
        }
        html.raw("</p>");
    }
    html.raw("</details>");
}

/// The level as a class name of ours.
fn level(level: &str) -> &'static str {
    match level {
        "critical" => "critical",
        "high" => "high",
        "medium" => "medium",
        _ => "low",
    }
}

/// What the allow-list keeps out of the story: how much, why and how long.
pub(crate) fn allowed(html: &mut Html, report: &Report<'_>) {
    if report.allowed.is_empty() {
        return;
    }
    html.raw("<section><h2 id=s.allowed>Allowed, and so not told</h2><p class=soft>Entries of <code>allow.toml</code> cover these findings. They stand in the case with the reason in the column <code>allowed</code>; an entry that is taken back or has expired brings them back.</p>");
    html.table("Allowed findings", &["Reason", "Until", "#Findings", "#Matches"]);
    for entry in report.allowed.iter().take(ROWS) {
        html.raw("<tr>").element("td", entry.reason).element("td class=t", entry.until);
        html.element("td class=n", &grouped(entry.findings));
        html.element("td class=n", &grouped(entry.matches)).raw("</tr>");
    }
    html.table_end();
    beyond(html, ROWS, report.allowed.len(), "onus query CASE \"select * from allow\"");
    html.raw("</section>");
}
