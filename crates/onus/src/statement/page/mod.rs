//! Public statements as a page: each paragraph with its assertions marked, and beside it its lines of the ledger.

mod line;
mod marked;
mod side;

use onus_statement::{Assertion, Document, Exchanges, Kind, Ledger, Standing, Tone};

use onus_report::{Html, STYLE};

/// One statement on the page.
pub(super) struct StatementPart<'a> {
    /// The text.
    pub(super) document: &'a Document,
    /// Its ledger.
    pub(super) ledger: &'a Ledger,
    /// Its tone as a whole, then by speaker.
    pub(super) tones: Vec<&'a Tone>,
    /// What else is to be said of the tone: the place among earlier texts, or why there is none.
    pub(super) place: Option<String>,
}

/// Paragraphs that are shown of one statement; a ledger has no more lines than the bounds of the reader anyway.
const PARAGRAPHS: usize = 2_000;

/// The whole page, of one statement or of several side by side. It needs neither network nor script, and the policy in
/// its head allows neither.
pub(super) fn statement_page(
    parts: &[StatementPart<'_>],
    exchanges: Option<&Exchanges>,
    version: &str,
) -> String {
    let mut html = Html::default();
    html.raw("<!doctype html><html lang=en><head><meta charset=utf-8>")
        .raw("<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">")
        .raw("<meta name=viewport content=\"width=device-width,initial-scale=1\"><meta name=color-scheme content=\"light dark\"><meta name=referrer content=no-referrer><title>Onus: who asserts what</title><style>")
        .raw(STYLE)
        .raw(include_str!("statement.css"))
        .raw("</style></head><body class=statement><header><h1>Who asserts what, and what it rests on</h1>")
        .raw("<p class=fine>The text with its assertions marked, and line by line who asserts what of whom. An assertion is no evidence: each fact stands on the rung that the claims shown carry, by one rule for every side.</p>");
    contents(&mut html, parts, exchanges);
    html.raw("</header><main>");
    for (number, part) in parts.iter().enumerate() {
        statement(&mut html, part, number + 1);
    }
    if let Some(exchanges) = exchanges {
        side::tell(&mut html, exchanges, parts);
    }
    html.raw("</main><footer class=fine>Made by Onus ").text(version);
    html.raw(
        ". This page is complete in itself: it loads nothing and runs no script.</footer></body></html>\n",
    );
    html.finish()
}

fn contents(html: &mut Html, parts: &[StatementPart<'_>], exchanges: Option<&Exchanges>) {
    if parts.len() < 2 {
        return;
    }
    html.raw("<nav aria-label=Contents><ul>");
    for (number, part) in parts.iter().enumerate() {
        html.raw(&format!("<li><a href=\"#s.{}\">", number + 1)).text(&part.ledger.file).raw("</a></li>");
    }
    if exchanges.is_some() {
        html.raw("<li><a href=#s.side>Side by side</a></li>");
    }
    html.raw("</ul></nav>");
}

/// How an anchor names a line of a statement.
fn anchor(number: usize, id: &str) -> String {
    format!("s{number}.{id}")
}

fn statement(html: &mut Html, part: &StatementPart<'_>, number: usize) {
    let ledger = part.ledger;
    html.raw(&format!("<section><h2 id=\"s.{number}\">")).text(&ledger.file).raw("</h2>");
    cards(html, ledger);
    let lines = by_paragraph(ledger);
    let text = &part.document.text;
    // Lines count characters: how many stand before the paragraph.
    let (mut byte, mut characters) = (0, 0);
    for (at, range) in part.document.paragraphs.iter().enumerate().take(PARAGRAPHS) {
        let of = lines.get(&(at + 1)).map(Vec::as_slice).unwrap_or_default();
        characters += text[byte..range.start].chars().count();
        byte = range.start;
        html.raw("<div class=row><div class=text><p>");
        marked::paragraph(html, &text[range.clone()], characters, of, number);
        html.raw("</p></div><div class=lines>");
        of.iter().for_each(|one| line::tell(html, one, number));
        html.raw("</div></div>");
    }
    let more = part.document.paragraphs.len().saturating_sub(PARAGRAPHS);
    if more > 0 || ledger.left_out > 0 {
        let text = format!(
            "{more} more paragraphs are not shown; {} more sentences were not read.",
            ledger.left_out
        );
        html.element("p class=note", &text);
    }
    tones(html, part);
    html.raw("</section>");
}

fn by_paragraph(ledger: &Ledger) -> std::collections::BTreeMap<usize, Vec<&Assertion>> {
    let mut lines: std::collections::BTreeMap<usize, Vec<&Assertion>> = std::collections::BTreeMap::new();
    for line in &ledger.assertions {
        lines.entry(line.paragraph).or_default().push(line);
    }
    lines
}

fn cards(html: &mut Html, ledger: &Ledger) {
    let facts = |standing| ledger.assertions.iter().filter(|line| line.basis.standing == standing).count();
    let kind = |kind| ledger.assertions.iter().filter(|line| line.kind == kind).count();
    let cards = [
        (ledger.assertions.len(), "assertions"),
        (facts(Standing::Supported), "supported"),
        (facts(Standing::Contradicted), "contradicted"),
        (facts(Standing::Touched), "touched, not decided"),
        (facts(Standing::Baseless), "baseless here"),
        (kind(Kind::Demand), "demands"),
        (kind(Kind::Warning), "warnings"),
        (kind(Kind::Opinion), "opinions"),
    ];
    html.raw("<dl class=cards>");
    for (number, what) in cards {
        html.raw("<div>").element("dt", what).element("dd", &number.to_string()).raw("</div>");
    }
    html.raw("</dl>");
}

fn tones(html: &mut Html, part: &StatementPart<'_>) {
    html.raw("<h3>Tone</h3><p class=fine>The mean weight of the acts after Goldstein 1992, from -10 (conflict) to +10 (cooperation), and the share of words that leave no room, such as “never”.</p>");
    html.table("Tone by speaker", &["Speaker", "#Mean of the acts", "#Acts", "#Absolute words"]);
    for tone in &part.tones {
        let mean = tone.goldstein.map_or_else(|| "–".to_owned(), |mean| format!("{mean:+.1}"));
        html.raw("<tr>")
            .element("td", tone.speaker.as_deref().unwrap_or("all of the text"))
            .element("td class=n", &mean)
            .element("td class=n", &tone.acts.to_string())
            .element("td class=n", &format!("{:.1} %", 100.0 * tone.absolute_share))
            .raw("</tr>");
    }
    html.table_end();
    if let Some(place) = &part.place {
        html.element("p", place);
    }
}
