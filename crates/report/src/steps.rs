//! The steps of an intrusion, numbered in time; its artifacts.

use onus_intrusion::{ArtifactKind, Intrusion, Node, Step};

use crate::html::Html;
use crate::shown::{Shown, beyond};
use crate::words::{capital, count_of, time};

/// Steps that stand open; the others are one click away.
const OPEN: usize = 40;
/// Steps of one intrusion on the page.
const MOST: usize = OPEN + 400;
/// Artifacts.
const ARTIFACTS: usize = 60;

/// The table of steps.
pub(crate) fn table(html: &mut Html, intrusion: &Intrusion, shown: &Shown<'_>) {
    let (open, rest) = intrusion.steps.split_at(intrusion.steps.len().min(OPEN));
    rows(html, intrusion, open, shown);
    let mut told = open.len();
    let further = &rest[..rest.len().min(MOST - OPEN)];
    if !further.is_empty() {
        let fits = shown.room.steps.put(html, |html| {
            let count = count_of(further.len() as u64, "more step");
            html.raw("<details class=plain><summary>").text(&count).raw("</summary>");
            rows(html, intrusion, further, shown);
            html.raw("</details>");
        });
        told += if fits { further.len() } else { 0 };
    }
    beyond(html, told, intrusion.steps.len(), &format!("onus intrusion CASE show {}", intrusion.id));
}

fn rows(html: &mut Html, intrusion: &Intrusion, steps: &[Step], shown: &Shown<'_>) {
    html.table(&format!("Steps of {}", intrusion.id), &["#Step", "When (UTC)", "Kind", "Where", "What"]);
    for step in steps {
        html.raw("<tr>")
            .element("td class=n", &step.number.to_string())
            .element("td class=t", &time(step.at));
        html.element("td", &capital(step.kind.name())).raw("<td class=h>");
        place(html, step);
        html.raw("</td><td>").text(&step.text);
        let findings: Vec<&str> = step.findings.iter().map(String::as_str).collect();
        shown.carry(html, &findings, &|claim| u8::from(claim.cites.iter().any(|r| step.records.contains(r))));
        html.raw("</td></tr>");
    }
    html.table_end();
}

fn place(html: &mut Html, step: &Step) {
    let name = |node: &Node| crate::words::short_host(&node.name).to_owned();
    if let Some(from) = &step.from {
        html.text(&name(from)).raw(" → ");
    }
    html.text(&name(&step.to));
    if let Some(account) = &step.account {
        html.raw("<br><span class=soft>").text(account).raw("</span>");
    }
}

/// Implants, tools and files.
pub(crate) fn artifacts(html: &mut Html, intrusion: &Intrusion, shown: &Shown<'_>) {
    if intrusion.artifacts.is_empty() {
        return;
    }
    html.raw("<h3>Implants, tools and files</h3>");
    html.table(
        &format!("Artifacts of {}", intrusion.id),
        &["Kind", "Path", "Host", "First (UTC)", "Hash", "Shown by"],
    );
    for artifact in intrusion.artifacts.iter().take(ARTIFACTS) {
        let kind = match artifact.kind {
            ArtifactKind::Implant => "Implant",
            ArtifactKind::Tool => "Tool",
            ArtifactKind::File => "File",
        };
        html.raw("<tr>").element("td", kind).raw("<td>").element("code", &artifact.path).raw("</td>");
        let host = artifact.host.as_deref().map_or("–", crate::words::short_host);
        html.element("td", host).element("td class=t", &time(artifact.first)).raw("<td>");
        html.element("code", artifact.hash.as_deref().unwrap_or("–")).raw("</td><td class=t>");
        for finding in artifact.findings.iter().take(3) {
            shown.finding(html, finding);
        }
        html.raw("</td></tr>");
    }
    html.table_end();
    let command = format!("onus intrusion CASE show {}", intrusion.id);
    beyond(html, ARTIFACTS, intrusion.artifacts.len(), &command);
}
