//! Claims, each with links to its records; records, each with its fields and its place.

use onus_claim::{Claim, grouped};

use crate::html::Html;
use crate::model::{Record, Report};
use crate::shown::{CITED, Shown, beyond};
use crate::words::clip;

/// Fields of a record on the page; the case holds all.
const FIELDS: usize = 60;
/// Bytes that all records may take; what is beyond is left to `onus explain`.
const ROOM: usize = 6_000_000;

pub(crate) fn claims(html: &mut Html, report: &Report<'_>, shown: &Shown<'_>) {
    html.raw("<section><h2 id=s.claims>Claims</h2>");
    if shown.claims.is_empty() {
        html.raw("<p>None: claims are made of intrusions.</p></section>");
        return;
    }
    html.raw("<p>Each can be derived again from the records that it cites, and from no others. <code>onus seal</code> and <code>onus disclose</code> make a dossier of them that a stranger can check.</p><ol class=claims>");
    for one in shown.claims {
        claim(html, one, shown);
    }
    html.raw("</ol>");
    beyond(html, shown.claims.len(), report.claims.len(), "onus query CASE \"select * from claims\"");
    html.raw("</section>");
}

fn claim(html: &mut Html, claim: &Claim, shown: &Shown<'_>) {
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
    html.raw(". Would raise it: ").text(&claim.would_raise).raw(".</span></li>");
}

/// The records that claims cite.
pub(crate) fn records(html: &mut Html, report: &Report<'_>) {
    if report.records.is_empty() {
        return;
    }
    html.raw("<section><h2 id=s.records>Records</h2><p>What the claims cite, as the logs have it: open one to see its fields and where it lies. <code>onus explain CASE NUMBER</code> shows a record in full.</p>");
    let mut room = ROOM;
    for (number, record) in &report.records {
        let mut own = Html::default();
        one_record(&mut own, *number, record, room > 0);
        let own = own.finish();
        room = room.saturating_sub(own.len());
        html.raw(&own);
    }
    html.raw("</section>");
}

fn one_record(html: &mut Html, number: u64, record: &Record, fields: bool) {
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
    for because in &record.because {
        html.raw("<p class=soft>Rule “").text(&because.rule).raw("”: ").text(&because.field).raw(" <code>");
        html.text(&clip(&because.value, 200)).raw("</code> fits <code>").text(&clip(&because.pattern, 200));
        html.raw("</code></p>");
    }
    if fields {
        html.raw("<dl class=fields>");
        for (name, value) in record.fields.iter().take(FIELDS) {
            html.element("dt", &clip(name, 80)).raw("<dd>").element("code", value).raw("</dd>");
        }
        html.raw("</dl>");
    }
    if !fields || record.fields.len() > FIELDS {
        html.raw("<p class=note>All fields: ")
            .element("code", &format!("onus explain CASE {number}"))
            .raw("</p>");
    }
    html.raw("</details>");
}
