//! How sure an intrusion is: its strength and why, what holds it together, what is not explained.

use onus_intrusion::{Edge, Intrusion};

use crate::html::Html;
use crate::shown::{Shown, beyond};

/// Joining edges shown, the weakest first.
const EDGES: usize = 6;

pub(crate) fn tell(html: &mut Html, intrusion: &Intrusion, shown: &Shown<'_>) {
    html.raw("<p>Strength: <b>").text(&intrusion.strength).raw("</b>.</p>");
    bullets(html, &intrusion.strength_because);
    if !intrusion.edges.is_empty() {
        edges(html, intrusion, shown);
    }
    html.raw("<h4>What these logs do not explain</h4>");
    if intrusion.unexplained.is_empty() {
        html.raw("<p>Nothing was noted.</p>");
    }
    bullets(html, &intrusion.unexplained);
    if !intrusion.notes.is_empty() {
        html.raw("<h4>Notes of an analyst</h4>");
        bullets(html, &intrusion.notes);
    }
}

fn bullets(html: &mut Html, sentences: &[String]) {
    if sentences.is_empty() {
        return;
    }
    html.raw("<ul>");
    for sentence in sentences {
        html.element("li", sentence);
    }
    html.raw("</ul>");
}

fn edges(html: &mut Html, intrusion: &Intrusion, shown: &Shown<'_>) {
    html.raw("<h4>What joins its findings, the weakest first</h4>");
    html.table("Joining edges", &["Findings", "Reason", "#Weight (0 to 1)"]);
    let mut weakest: Vec<&Edge> = intrusion.edges.iter().collect();
    weakest.sort_by(|x, y| x.weight.total_cmp(&y.weight).then_with(|| (&x.a, &x.b).cmp(&(&y.a, &y.b))));
    for edge in weakest.iter().take(EDGES) {
        html.raw("<tr><td class=t>");
        shown.finding(html, &edge.a);
        shown.finding(html, &edge.b);
        html.raw("</td>").element("td", &edge.reason);
        html.element("td class=n", &format!("{:.2}", edge.weight)).raw("</tr>");
    }
    html.table_end();
    let command = format!("onus intrusion CASE show {}", intrusion.id);
    beyond(html, EDGES, intrusion.edges.len(), &command);
}
