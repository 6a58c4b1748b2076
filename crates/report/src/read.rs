//! What was read and what could not be, and what logs cannot show.

use std::collections::BTreeMap;

use onus_claim::grouped;

use crate::html::Html;
use crate::model::{Read, Report};
use crate::shown::{ROWS, beyond};

pub(crate) fn tell(html: &mut Html, report: &Report<'_>) {
    html.raw("<section><h2 id=s.read>What was read, and what could not be</h2>");
    let read = &report.read;
    formats(html, read);
    for note in read.notes.iter().take(ROWS) {
        html.raw("<p class=note>").text(note).raw("</p>");
    }
    faults(html, read);
    refused(html, read);
    sources(html, read);
    html.raw("</section>");
}

fn formats(html: &mut Html, read: &Read<'_>) {
    let mut formats: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for source in &read.sources {
        let entry = formats.entry(source.format).or_default();
        *entry = [entry[0] + 1, entry[1] + source.records, entry[2] + source.faults];
    }
    html.table("Formats", &["Format", "#Sources", "#Records", "#Faults"]);
    for (format, numbers) in formats {
        html.raw("<tr>").element("td", format);
        for number in numbers {
            html.element("td class=n", &grouped(number));
        }
        html.raw("</tr>");
    }
    html.table_end();
}

fn faults(html: &mut Html, read: &Read<'_>) {
    if read.fault_kinds.is_empty() {
        html.raw("<p>Everything could be read.</p>");
        return;
    }
    html.raw("<h3>Faults</h3>").table("Faults", &["Source", "#At byte", "Why", "#Times"]);
    for (path, offset, reason, times) in read.fault_kinds.iter().take(ROWS) {
        html.raw("<tr>").element("td", path).element("td class=n", &grouped(*offset));
        html.element("td", reason).element("td class=n", &grouped(*times)).raw("</tr>");
    }
    html.table_end();
    beyond(html, ROWS, read.fault_kinds.len(), "onus query CASE \"select * from faults\"");
}

fn refused(html: &mut Html, read: &Read<'_>) {
    if read.refused.is_empty() {
        return;
    }
    html.raw("<h3>Rules that could not be used</h3>").table("Rules not used", &["File", "Why"]);
    for (file, why) in read.refused.iter().take(ROWS) {
        html.raw("<tr>").element("td", file).element("td", why).raw("</tr>");
    }
    html.table_end();
    beyond(html, ROWS, read.refused.len(), "onus rules lint --rules RULES");
}

fn sources(html: &mut Html, read: &Read<'_>) {
    html.raw("<h3>Sources</h3><details><summary>")
        .text(&format!(
            "{} files and members of archives, with their SHA-256",
            grouped(read.sources.len() as u64)
        ))
        .raw("</summary>");
    html.table("Sources", &["Path", "Format", "#Bytes", "#Records", "SHA-256"]);
    for source in read.sources.iter().take(ROWS) {
        html.raw("<tr>").element("td", source.path).element("td", source.format);
        html.element("td class=n", &grouped(source.size)).element("td class=n", &grouped(source.records));
        html.raw("<td>").element("code", source.sha256).raw("</td></tr>");
    }
    html.table_end();
    beyond(html, ROWS, read.sources.len(), "onus query CASE \"select * from sources\"");
    html.raw("</details>");
}

/// Limits that hold for every case.
pub(crate) fn limits(html: &mut Html) {
    html.raw("<section><h2 id=s.limits>What logs cannot show</h2><ul>\
        <li>What no system was set to record. That nothing was found on a host is no proof that nothing happened there.</li>\
        <li>What happened before the first record and after the last.</li>\
        <li>Whether records were true when they were written. A seal shows that they have not changed since.</li>\
        <li>Whether clocks were right: moments of two hosts are compared as the hosts wrote them.</li>\
        <li>Who used an account, and for whom. An address or an account is no person and no state.</li></ul></section>");
}
