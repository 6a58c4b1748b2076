//! Statements side by side: what answers what.

use onus_statement::{Changed, Exchanges, Line, Way};

use super::{StatementPart, anchor};
use onus_report::Html;

/// Rows of each list.
const ROWS: usize = 300;

pub(super) fn tell(html: &mut Html, exchanges: &Exchanges, parts: &[StatementPart<'_>]) {
    html.raw("<section><h2 id=s.side>Side by side</h2><h3>Answered</h3>");
    if exchanges.answered.is_empty() {
        html.element("p", "No assertion against another side is answered in another of these statements.");
    }
    for one in exchanges.answered.iter().take(ROWS) {
        html.raw("<div class=row><div class=text>");
        quote(html, &one.line, parts);
        html.raw("</div><div class=lines>");
        for reply in &one.replies {
            html.raw("<article><p><b>").text(way(reply.way)).raw("</b>");
            if !reply.shared.is_empty() {
                html.raw(" <span class=fine>(both speak of ").text(&reply.shared.join(", ")).raw(")</span>");
            }
            html.raw("</p>");
            quote(html, &reply.line, parts);
            html.raw("</article>");
        }
        html.raw("</div></div>");
    }
    list(html, "Left unanswered", &exchanges.unanswered, parts);
    list(html, "Against those of whom no statement was given", &exchanges.unheard, parts);
    changed(html, exchanges, parts);
    html.raw("</section>");
}

fn list(html: &mut Html, title: &str, lines: &[Line], parts: &[StatementPart<'_>]) {
    html.element("h3", title);
    if lines.is_empty() {
        html.element("p", "None.");
        return;
    }
    html.raw("<ul class=claims>");
    for line in lines.iter().take(ROWS) {
        html.raw("<li>");
        quote(html, line, parts);
        html.raw("</li>");
    }
    html.raw("</ul>");
}

fn changed(html: &mut Html, exchanges: &Exchanges, parts: &[StatementPart<'_>]) {
    html.element("h3", "Said otherwise than before");
    if exchanges.changed.is_empty() {
        html.element("p", "Nobody speaks in two of these statements, or nothing changed between them.");
        return;
    }
    html.raw("<ul class=claims>");
    for change in exchanges.changed.iter().take(ROWS) {
        html.raw("<li><b>").text(what(change.what)).raw("</b> ").text(&change.why);
        change.earlier.iter().chain(&change.later).for_each(|line| quote(html, line, parts));
        html.raw("</li>");
    }
    html.raw("</ul>");
}

fn quote(html: &mut Html, line: &Line, parts: &[StatementPart<'_>]) {
    let number = parts.iter().position(|part| part.ledger.file == line.file).map_or(1, |at| at + 1);
    html.raw("<p><a href=\"#").text(&anchor(number, &line.id)).raw("\">").text(&line.id).raw("</a> ");
    html.element("b", line.speaker.as_deref().unwrap_or("nobody named")).raw(": ").text(&line.mode);
    if let Some(target) = &line.target {
        html.raw(" → ").element("b", target);
    }
    html.raw(": “").text(&line.asserted).raw("” ").element("span class=fine", &line.file).raw("</p>");
}

fn way(way: Way) -> &'static str {
    match way {
        Way::Denies => "denied",
        Way::Rejects => "rejected",
        Way::Accepts => "accepted",
        Way::AccusesInTurn => "accuses in turn",
        Way::DemandsInTurn => "demands in turn",
        Way::WarnsInTurn => "warns in turn",
        Way::SpeaksOfIt => "speaks of it",
    }
}

fn what(changed: Changed) -> &'static str {
    match changed {
        Changed::Reversed => "Reversed:",
        Changed::Firmer => "Firmer:",
        Changed::Softer => "Softer:",
        Changed::Amount => "Another amount:",
        Changed::Act => "Another act:",
        Changed::New => "New:",
        Changed::Dropped => "Dropped:",
    }
}
