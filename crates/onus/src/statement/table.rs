//! A ledger for people.

use onus_statement::{Assertion, Exchanges, Kind, Ledger, Line, Manner, Offered, Standing, Tone};

use super::output::{Answer, SCALE, Tones, claims, word};
use super::propose::Proposals;
use crate::format::plain;

/// All statements, one after the other, what answers what, and what followed.
pub(super) fn of(answer: &Answer) -> String {
    let mut lines = Vec::new();
    for one in &answer.statements {
        lines.extend([head(&one.ledger), String::new()]);
        one.ledger.assertions.iter().for_each(|line| lines.extend(assertion(line)));
        lines.extend(left_out(&one.ledger));
        lines.extend(tones(&one.tone));
        lines.extend(one.proposals.iter().flat_map(proposals));
        lines.push(String::new());
    }
    lines.extend(answer.exchanges.iter().flat_map(side_by_side));
    lines.extend(
        answer.study.iter().map(|study| format!("After {} ({}): {}", study.date, study.method, study.says)),
    );
    lines.iter().fold(String::new(), |text, line| text + &one_line(line) + "\n")
}

fn proposals(proposals: &Proposals) -> Vec<String> {
    let mut lines = vec![format!(
        "Proposed by {} and counted nowhere ({} thrown away, {} known already):",
        proposals.by, proposals.thrown_away, proposals.known
    )];
    lines.extend(proposals.lines.iter().map(|line| {
        let target = line.target.as_ref().map(|target| format!(" -> {target}")).unwrap_or_default();
        let speaker = line.speaker.as_deref().unwrap_or("nobody named");
        format!("     ? {}: {speaker}{target}: \u{201c}{}\u{201d}", line.act.name(), line.sentence)
    }));
    lines
}

fn side_by_side(exchanges: &Exchanges) -> Vec<String> {
    let mut lines = vec!["Side by side".to_owned()];
    for one in &exchanges.answered {
        lines.push(format!("  {}", said(&one.line)));
        for reply in &one.replies {
            let way = word(&reply.way).replace('_', " ");
            lines.push(format!("     {way}: {}", said(&reply.line)));
        }
    }
    let mut list = |title: &str, all: &[Line]| {
        if !all.is_empty() {
            lines.push(title.to_owned());
            lines.extend(all.iter().map(|line| format!("  {}", said(line))));
        }
    };
    list("Left unanswered", &exchanges.unanswered);
    list("Against those of whom no statement was given", &exchanges.unheard);
    if !exchanges.changed.is_empty() {
        lines.push("Said otherwise than before".to_owned());
    }
    for change in &exchanges.changed {
        lines.push(format!("  {}, {}: {}", change.speaker, word(&change.what), change.why));
        lines.extend(change.earlier.iter().chain(&change.later).map(|line| format!("     {}", said(line))));
    }
    if exchanges.left_out > 0 {
        lines.push(format!("{} assertions were not compared", exchanges.left_out));
    }
    lines
}

fn said(line: &Line) -> String {
    let target = line.target.as_ref().map(|target| format!(" -> {target}")).unwrap_or_default();
    let speaker = line.speaker.as_deref().unwrap_or("nobody named");
    format!("{} {}: {speaker}, {}{target}: \u{201c}{}\u{201d}", line.file, line.id, line.mode, line.asserted)
}

/// Text of a stranger on one line, in which nothing can steer a terminal; leading spaces stay.
fn one_line(text: &str) -> String {
    let body = text.trim_start_matches(' ');
    let words: Vec<&str> = body.split_whitespace().collect();
    " ".repeat(text.len() - body.len()) + &plain(&words.join(" "))
}

fn head(ledger: &Ledger) -> String {
    let count = |standing| ledger.assertions.iter().filter(|l| l.basis.standing == standing).count();
    format!(
        "{}: {} sentences, {} assertions; {} supported, {} contradicted, {} touched, {} baseless here, {} that no \
         evidence decides",
        ledger.file,
        ledger.sentences,
        ledger.assertions.len(),
        count(Standing::Supported),
        count(Standing::Contradicted),
        count(Standing::Touched),
        count(Standing::Baseless),
        count(Standing::NotCheckable)
    )
}

fn left_out(ledger: &Ledger) -> Vec<String> {
    let mut lines = Vec::new();
    if ledger.left_out > 0 {
        lines.push(format!("{} more sentences are left out: give the statement alone", ledger.left_out));
    }
    if ledger.replaced_bytes > 0 {
        lines.push(format!("{} stretches of bytes are no UTF-8 and were replaced", ledger.replaced_bytes));
    }
    lines
}

fn assertion(line: &Assertion) -> Vec<String> {
    let act = line.act.map_or("-", onus_statement::Act::name);
    let target = line.target.as_ref().map(|target| format!(" -> {target}")).unwrap_or_default();
    let nobody = if line.act.is_some() { "nobody named" } else { "the author" };
    let speaker = line.speaker.as_deref().unwrap_or(nobody);
    let mut lines = vec![
        format!("{} {act}, {}: {speaker}{target}", line.id, line.mode),
        format!("     \u{201c}{}\u{201d}", line.asserted),
        format!("     {}", how(line)),
    ];
    let mut more = |name: &str, text: String| lines.push(format!("     {name}: {text}"));
    if let Some(original) = &line.original {
        more("original", format!("\u{201c}{}\u{201d}, paragraph {}", original.text, original.paragraph));
    }
    if line.kind == Kind::Fact {
        more("rung", format!("{}, {}", line.rung.unwrap_or_default(), line.basis.why));
    }
    if !line.basis.claims.is_empty() {
        more("claims", claims(&line.basis));
    }
    if !line.basis.would_decide.is_empty() {
        more("would decide it", line.basis.would_decide.join("; "));
    }
    lines
}

/// Kind, firmness, voice, time, evidence and place in one line.
fn how(line: &Assertion) -> String {
    let mut parts = vec![word(&line.kind), word(&line.firmness), voice(line)];
    parts.extend(line.time.iter().map(|time| format!("time {time}")));
    parts.push(match &line.evidence_words {
        Some(words) => format!("offers {} ({words})", offered(line.evidence)),
        None => "offers no evidence".to_owned(),
    });
    parts.push(format!("paragraph {}, characters {} to {}", line.paragraph, line.start, line.end));
    parts.join("; ")
}

/// What a text offers for an assertion.
pub(super) fn offered(evidence: Offered) -> &'static str {
    match evidence {
        Offered::None => "none",
        Offered::Document => "a document",
        Offered::NamedSource => "a named source",
        Offered::AnonymousSource => "an anonymous source",
    }
}

fn voice(line: &Assertion) -> String {
    let who = line.voice.who.as_deref().unwrap_or("somebody");
    match line.voice.how {
        Manner::Author => "in the author's voice".to_owned(),
        Manner::Reported => format!("as {who} is reported to say"),
        Manner::Quoted => format!("in the quoted words of {who}"),
        Manner::Attributed => format!("according to {who}"),
        Manner::Statement => format!("in the statement of {who}"),
    }
}

fn tones(tones: &Tones) -> Vec<String> {
    let mut lines = vec![format!("Tone ({SCALE}):"), tone("all", &tones.all)];
    for one in &tones.speakers {
        lines.push(tone(one.speaker.as_deref().unwrap_or_default(), one));
    }
    lines.extend(tones.earlier.iter().map(|among| format!("     {}", among.says())));
    lines
}

fn tone(name: &str, tone: &Tone) -> String {
    let mean = tone.goldstein.map_or_else(|| "no act with a weight".to_owned(), |mean| format!("{mean:+.1}"));
    format!(
        "     {name}: {mean}, {} acts; {:.1} % of {} words are absolute",
        tone.acts,
        100.0 * tone.absolute_share,
        tone.words
    )
}
