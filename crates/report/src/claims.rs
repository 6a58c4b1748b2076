//! Claims, each with links to its records; records, each with its fields and its place.

use onus_claim::{Claim, grouped};

use crate::html::Html;
use crate::model::{Record, Report};
use crate::shown::{CITED, Shown, beyond};
use crate::words::clip;

/// Fields of a record on the page; the case holds all.
const FIELDS: usize = 60;

pub(crate) fn claims(html: &mut Html, report: &Report<'_>, shown: &Shown<'_>) {
    html.raw("<section><h2 id=s.claims>Claims</h2>");
    if shown.claims.is_empty() {
        html.raw("<p>None: claims are made of intrusions.</p></section>");
        return;
    }
    html.raw("<p>Each can be derived again from the records that it cites, and from no others. <code>onus seal</code> and <code>onus disclose</code> make a dossier of them that a stranger can check.");
    let corroborated = report.corroborated.len() as u64;
    if corroborated > 0 {
        html.text(&format!(
            " {} corroborated: two sensors that do not depend on each other show the same.",
            of_them(corroborated)
        ));
    }
    html.raw("</p><ol class=claims>");
    for one in &shown.claims {
        claim(html, one, report, shown);
    }
    html.raw("</ol>");
    beyond(html, shown.claims.len(), report.claims.len(), "onus query CASE \"select * from claims\"");
    html.raw("</section>");
}

fn of_them(count: u64) -> String {
    if count == 1 { "One of them is".to_owned() } else { format!("{} of them are", grouped(count)) }
}

fn claim(html: &mut Html, claim: &Claim, report: &Report<'_>, shown: &Shown<'_>) {
    html.raw("<li id=\"c.").text(&claim.id).raw("\"><b>").text(&claim.id).raw("</b> ").text(&claim.sentence);
    html.raw("<br><span class=carry>Rests on");
    for record in claim.cites.iter().take(CITED) {
        shown.record(html, *record);
    }
    if claim.cites.len() > CITED {
        html.text(&format!(" and {} more", grouped((claim.cites.len() - CITED) as u64)));
    }
    if !claim.findings.is_empty() {
        html.raw("; tells of");
        for finding in claim.findings.iter().take(3) {
            shown.finding(html, finding);
        }
    }
    if let Some((one, other)) = report.corroborated.get(claim.id.as_str()) {
        html.raw(". <b>Corroborated</b>: ").text(one).raw(" and ").text(other).raw(" each show it");
    }
    html.raw(". Would raise it: ").text(&claim.would_raise).raw(".</span></li>");
}

/// The records that claims cite.
pub(crate) fn records(html: &mut Html, report: &Report<'_>, shown: &Shown<'_>) {
    if report.records.is_empty() {
        return;
    }
    html.raw("<section><h2 id=s.records>Records</h2><p>What the claims cite, as the logs have it: open one to see its fields and where it lies. <code>onus explain CASE NUMBER</code> shows a record in full.</p>");
    for (number, record) in &report.records {
        one_record(html, *number, record, shown);
    }
    html.raw("</section>");
}

fn one_record(html: &mut Html, number: u64, record: &Record, shown: &Shown<'_>) {
    html.raw(&format!("<details class=record id=r.{number}><summary><b>record {}</b> ", grouped(number)));
    html.text(record.time.get(..19).unwrap_or(&record.time)).raw(" ").text(&clip(&record.host, 60)).raw(" ");
    html.text(&clip(&record.action, 60)).raw("</summary>");
    html.raw("<p class=soft>Record ").text(&record.ordinal).raw(" of <code>").text(&record.path);
    html.raw("</code>, byte ")
        .text(&record.offset)
        .raw(", ")
        .text(&record.length)
        .raw(" bytes; SHA-256 of that file <code>");
    html.text(&record.sha256).raw("</code></p>");
    let fits = shown.room.fields.put(html, |html| said(html, record));
    if !fits || record.fields.len() > FIELDS {
        html.raw("<p class=note>All fields: ")
            .element("code", &format!("onus explain CASE {number}"))
            .raw("</p>");
    }
    html.raw("</details>");
}

/// What made rules match a record, and what it says.
fn said(html: &mut Html, record: &Record) {
    for because in &record.because {
        html.raw("<p class=soft>Rule “").text(&because.rule).raw("”: ").text(&because.field).raw(" <code>");
        html.text(&clip(&because.value, 200)).raw("</code> fits <code>").text(&clip(&because.pattern, 200));
        html.raw("</code></p>");
    }
    html.raw("<dl class=fields>");
    for (name, value) in record.fields.iter().take(FIELDS) {
        // The end tags of these may be left out, and a page holds very many.
        html.raw("<dt>").text(&clip(name, 80)).raw("<dd>").text(value);
    }
    html.raw("</dl>");
}
