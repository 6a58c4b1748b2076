//! One line of the ledger, in words.

use onus_statement::{Assertion, Firmness, Kind, Manner, Standing};

use super::{anchor, marked::class};
use crate::statement::table::offered;
use onus_report::Html;

pub(super) fn tell(html: &mut Html, line: &Assertion, number: usize) {
    html.raw("<article class=\"said ")
        .raw(class(line))
        .raw("\" id=\"")
        .text(&anchor(number, &line.id))
        .raw("\">");
    html.raw("<h4><span class=id>").text(&line.id).raw("</span> ");
    html.element("b", speaker(line)).raw(": ").text(&line.mode);
    if let Some(target) = &line.target {
        html.raw(" <span class=soft>→</span> ").element("b", target);
    }
    html.raw("</h4><p class=badges>");
    if let Some(act) = line.act {
        html.raw("<abbr class=badge title=\"").text(act.words()).raw("\">").text(act.name()).raw("</abbr> ");
    }
    html.text(kind(line)).raw(" · ").text(firmness(line.firmness)).raw(" · ").text(&voice(line));
    if let Some(time) = &line.time {
        html.raw(" · ").text(time);
    }
    html.raw("</p>");
    if line.asserted != line.sentence {
        html.raw("<blockquote>").text(&line.asserted).raw("</blockquote>");
    }
    rung(html, line);
    html.raw("<p class=fine>Evidence in the text: ").text(&evidence(line)).raw("</p>");
    if let Some(original) = &line.original {
        html.raw("<details><summary>The original, paragraph ")
            .text(&original.paragraph.to_string())
            .raw("</summary><p>")
            .text(&original.text)
            .raw("</p></details>");
    }
    html.raw("</article>");
}

/// Who asserts or does it: what nobody is named for is not laid to the author.
fn speaker(line: &Assertion) -> &str {
    let nobody = if line.act.is_some() { "Nobody named" } else { "The author" };
    line.speaker.as_deref().unwrap_or(nobody)
}

/// The rung in words, what carries it, and what would decide it.
fn rung(html: &mut Html, line: &Assertion) {
    let Some(rung) = line.rung else { return };
    let name = match (line.basis.standing, rung) {
        (Standing::Supported, 0) => "supported; the records are not sealed yet".to_owned(),
        (Standing::Supported, 1) => "rung 1, sealed".to_owned(),
        (Standing::Supported, 2) => "rung 2, recomputed".to_owned(),
        (Standing::Supported, 3) => "rung 3, corroborated".to_owned(),
        (Standing::Supported, _) => "rung 4, countersigned".to_owned(),
        (Standing::Contradicted, _) => "rung 0, contradicted".to_owned(),
        (Standing::Touched, _) => "rung 0, touched but not decided".to_owned(),
        _ => "rung 0, baseless here".to_owned(),
    };
    html.raw("<p class=rung><b>")
        .text(&name)
        .raw("</b>: ")
        .text(line.basis.why.trim_start_matches("baseless here: "));
    html.raw("</p>");
    if !line.basis.claims.is_empty() {
        html.raw("<ul class=cited>");
        for claim in &line.basis.claims {
            html.raw("<li>").element("code", &format!("{} {}", claim.from, claim.id));
            html.text(&format!(" (rung {}): {}", claim.rung, claim.sentence)).raw("</li>");
        }
        if line.basis.more > 0 {
            html.element("li", &format!("and {} more claims", line.basis.more));
        }
        html.raw("</ul>");
    }
    for what in &line.basis.would_decide {
        html.raw("<p class=fine>It would be decided by ").text(what).raw(".</p>");
    }
}

fn kind(line: &Assertion) -> &'static str {
    match line.kind {
        Kind::Fact => "assertion of fact",
        Kind::Demand => "demand",
        Kind::Warning => "warning",
        Kind::Opinion => "opinion",
    }
}

fn firmness(firmness: Firmness) -> &'static str {
    match firmness {
        Firmness::Stated => "stated",
        Firmness::Hedged => "hedged",
        Firmness::Wondered => "wondered",
        Firmness::Conditional => "conditional",
        Firmness::Negated => "negated",
    }
}

fn voice(line: &Assertion) -> String {
    let who = line.voice.who.as_deref().unwrap_or("somebody");
    match line.voice.how {
        Manner::Author => "the author’s words".to_owned(),
        Manner::Reported => format!("as {who} is reported to say"),
        Manner::Quoted => format!("quoted words of {who}"),
        Manner::Attributed => format!("according to {who}"),
        Manner::Statement => format!("statement of {who}"),
    }
}

fn evidence(line: &Assertion) -> String {
    let what = offered(line.evidence);
    match &line.evidence_words {
        Some(words) => format!("{what} (“{words}”)."),
        None => format!("{what}."),
    }
}
