//! The page from top to bottom: the story first, what carries it below.

use onus_claim::grouped;
use onus_intrusion::Intrusion;

use crate::html::Html;
use crate::matrix::{self, Known};
use crate::model::Report;
use crate::shown::{INTRUSIONS, Shown};
use crate::words::{bytes, clip, count_of, day};
use crate::{claims, findings, graph, narrative, read, steps, sure, timeline};

/// Intrusions whose pictures and tables stand open; those of the others are one click away.
const OPEN: usize = 3;

/// The whole page. It needs neither network nor script, and the policy in its head allows neither.
#[must_use]
pub fn page(report: &Report<'_>) -> String {
    let shown = Shown::new(report);
    let mut html = Html::default();
    html.raw("<!doctype html><html lang=en><head><meta charset=utf-8>")
        .raw("<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">")
        .raw("<meta name=viewport content=\"width=device-width,initial-scale=1\"><meta name=color-scheme content=\"light dark\"><meta name=referrer content=no-referrer><title>Onus report</title><style>")
        .raw(include_str!("style.css"))
        .raw("</style></head><body><a class=skip href=#s.main>To the story</a><header>");
    head(&mut html, report);
    contents(&mut html, report);
    html.raw("</header><main id=s.main>");
    let known = Known::new();
    for (place, intrusion) in report.intrusions.iter().take(INTRUSIONS).enumerate() {
        section(&mut html, intrusion, report, &shown, &|html| {
            let closed = place >= OPEN;
            if closed {
                html.raw(
                    "<details class=plain><summary>Timeline, graph, steps, techniques and findings</summary>",
                );
            }
            drawn(html, intrusion, &shown, &known);
            html.raw(if closed { "</details>" } else { "" });
        });
    }
    others(&mut html, report);
    alone(&mut html, &shown, report.intrusions.is_empty());
    findings::allowed(&mut html, report);
    claims::claims(&mut html, report, &shown);
    claims::records(&mut html, report, &shown);
    read::tell(&mut html, report);
    read::limits(&mut html);
    html.raw("</main><footer class=fine>Made by Onus ").text(report.version);
    html.raw(
        ". This page is complete in itself: it loads nothing and runs no script.</footer></body></html>\n",
    );
    html.finish()
}

fn head(html: &mut Html, report: &Report<'_>) {
    html.raw("<h1>What these logs show</h1>");
    match report.intrusions {
        [] => html.raw("<p class=lead>No intrusion: what was found, if anything, does not add up to one. That is no proof of absence: these logs show only what they were set to record.</p>"),
        all => {
            html.raw("<ul class=lead>");
            for intrusion in all.iter().take(5) {
                html.raw("<li>").text(&lead(intrusion, report)).raw("</li>");
            }
            if all.len() > 5 {
                html.raw("<li>").text(&format!("And {} more, listed below.", all.len() - 5)).raw("</li>");
            }
            html.raw("</ul>")
        }
    };
    html.raw("<p class=fine>All times are UTC. Nothing here names a person or a state behind an account or an address.</p><dl class=cards>");
    let cards: [(u64, &str); 6] = [
        (report.intrusions.len() as u64, "intrusions"),
        (report.findings.len() as u64, "findings"),
        (report.claims.len() as u64, "claims"),
        (report.read.records, "records read"),
        (report.read.faults, "faults"),
        (report.read.rules, "rules run"),
    ];
    for (number, what) in cards {
        html.raw("<div>").element("dt", what).element("dd", &grouped(number)).raw("</div>");
    }
    html.raw("</dl>");
}

/// An intrusion in one sentence.
fn lead(intrusion: &Intrusion, report: &Report<'_>) -> String {
    let began = &intrusion.began;
    let first =
        began.host.as_deref().map_or_else(String::new, |host| format!(", first on {}", clip(host, 60)));
    let before = if began.before_logs { ", under way when these logs begin" } else { "" };
    let taken = match report.bytes.get(&intrusion.id) {
        Some((lower, _)) if *lower > 0 => format!(" At least {} left.", bytes(*lower)),
        _ => String::new(),
    };
    format!(
        "{} ({}): {} to {} on {}{first}{before}.{taken}",
        intrusion.id,
        intrusion.strength,
        day(intrusion.first),
        day(intrusion.last),
        count_of(intrusion.hosts.len() as u64, "host"),
    )
}

fn contents(html: &mut Html, report: &Report<'_>) {
    html.raw("<nav aria-label=Contents><ul>");
    for intrusion in report.intrusions.iter().take(INTRUSIONS) {
        html.raw("<li><a href=\"#i.")
            .text(&intrusion.id)
            .raw("\">Intrusion ")
            .text(&intrusion.id)
            .raw("</a></li>");
    }
    html.raw("<li><a href=#s.alone>Findings of none</a></li><li><a href=#s.claims>Claims</a></li>");
    if !report.records.is_empty() {
        html.raw("<li><a href=#s.records>Records</a></li>");
    }
    html.raw("<li><a href=#s.read>What was read</a></li><li><a href=#s.limits>What logs cannot show</a></li></ul></nav>");
}

/// An intrusion: its story in words, then what `drawn` adds.
fn section(
    html: &mut Html,
    intrusion: &Intrusion,
    report: &Report<'_>,
    shown: &Shown<'_>,
    drawn: &dyn Fn(&mut Html),
) {
    html.raw("<section class=intrusion><h2 id=\"i.").text(&intrusion.id).raw("\">Intrusion ");
    html.text(&intrusion.id).raw("</h2><p class=headline>").text(&narrative::headline(intrusion)).raw("</p>");
    html.raw("<h3>The story</h3>");
    narrative::tell(html, intrusion, report, shown);
    phases(html, intrusion);
    html.raw("<h3>How sure this is</h3>");
    sure::tell(html, intrusion, shown);
    drawn(html);
    html.raw("</section>");
}

/// An intrusion in pictures and tables.
fn drawn(html: &mut Html, intrusion: &Intrusion, shown: &Shown<'_>, known: &Known) {
    html.raw("<h3>Timeline by host</h3>");
    timeline::draw(html, intrusion, shown);
    html.raw("<h3>Hosts, accounts and outside addresses</h3>");
    graph::draw(html, intrusion, shown);
    html.raw("<h3>Steps, numbered in time</h3>");
    steps::table(html, intrusion, shown);
    steps::artifacts(html, intrusion, shown);
    html.raw("<h3>ATT&amp;CK techniques seen</h3>");
    matrix::draw(html, intrusion, shown, known);
    html.raw("<h3>Findings</h3><details class=plain><summary>");
    html.text(&count_of(shown.count(intrusion) as u64, "finding")).raw("</summary>");
    findings::table(html, Some(&intrusion.id), shown);
    html.raw("</details>");
}

fn phases(html: &mut Html, intrusion: &Intrusion) {
    if intrusion.phases.is_empty() {
        return;
    }
    html.raw("<p class=phases><b>Phases, in order of their first finding:</b> ");
    for (at, phase) in intrusion.phases.iter().enumerate() {
        html.raw(if at > 0 { " → " } else { "" }).text(&matrix::tactic_name(&phase.tactic));
        html.raw(" <span class=soft>").text(&day(phase.first)).raw("</span>");
    }
    html.raw("</p>");
}

/// Intrusions beyond those that are told in full.
fn others(html: &mut Html, report: &Report<'_>) {
    let Some(rest) = report.intrusions.get(INTRUSIONS..).filter(|rest| !rest.is_empty()) else { return };
    html.raw("<section><h2 id=s.more>More intrusions</h2>").table("More intrusions", &["Intrusion", "What"]);
    for intrusion in rest.iter().take(crate::shown::ROWS) {
        html.raw("<tr>").element("th scope=row", &intrusion.id);
        html.element("td", &narrative::headline(intrusion)).raw("</tr>");
    }
    html.table_end();
    crate::shown::beyond(html, crate::shown::ROWS, rest.len(), "onus intrusion CASE list");
    html.raw("</section>");
}

/// Where there is no intrusion they are all that was found, and stand open.
fn alone(html: &mut Html, shown: &Shown<'_>, are_all: bool) {
    html.raw("<section><h2 id=s.alone>Findings that belong to no intrusion</h2>");
    let all = shown.findings.get(&None).map_or(0, |own| own.all);
    if all == 0 {
        html.raw("<p>None.</p></section>");
        return;
    }
    html.raw(
        "<p class=soft>Ordinary work looks like this too; they are listed so that nothing is hidden.</p>",
    );
    html.raw(if are_all { "<details class=plain open><summary>" } else { "<details class=plain><summary>" });
    html.text(&count_of(all as u64, "finding")).raw(", the weightiest first</summary>");
    findings::table(html, None, shown);
    html.raw("</details></section>");
}
