//! Lines that a language model of the user's own proposes. They stand apart from the ledger, marked, and count for
//! nothing: neither the tone nor any rung hangs on them.

use std::time::Duration;

use onus_statement::{Act, Document, Ledger};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::Post;
use crate::room::Failure;

/// How long a model may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// Bytes of an answer at most.
const ANSWER: u64 = 4 << 20;
/// Characters of the text that are sent.
const SENT: usize = 60_000;
/// Proposals that are kept.
const MOST: usize = 200;

const TASK: &str = "You read a public statement. List assertions in it that a reader could have missed. Answer with a \
    JSON array only, of objects with the members sentence (copied from the text letter by letter), speaker, target (null \
    if there is none) and act, one of: ";

/// What a model proposed.
#[derive(Debug, Serialize)]
pub(super) struct Proposals {
    /// The address asked.
    pub(super) by: String,
    /// That nothing of it counts.
    counts: bool,
    /// Lines whose sentence stands in the text and that the ledger does not have.
    pub(super) lines: Vec<Proposal>,
    /// Lines that were thrown away: their sentence is not in the text, or their act is none of the ontology.
    pub(super) thrown_away: usize,
    /// Lines that the ledger has already.
    pub(super) known: usize,
}

/// One proposed line.
#[derive(Debug, Serialize)]
pub(super) struct Proposal {
    pub(super) proposed: bool,
    pub(super) act: Act,
    pub(super) speaker: Option<String>,
    pub(super) target: Option<String>,
    pub(super) sentence: String,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A line as the model writes it.
#[derive(Deserialize)]
struct Written {
    sentence: String,
    act: String,
    speaker: Option<String>,
    target: Option<String>,
}

/// Asks the model at `url`, an OpenAI-compatible address such as `http://localhost:11434/v1`.
pub(super) fn ask(
    url: &str,
    model: &str,
    document: &Document,
    ledger: &Ledger,
) -> Result<Proposals, Failure> {
    let names: Vec<&str> = Act::ALL.iter().map(|act| act.name()).collect();
    let text: String = document.text.chars().take(SENT).collect();
    let body = json!({
        "model": model,
        "temperature": 0,
        "messages": [
            { "role": "system", "content": format!("{TASK}{}.", names.join(", ")) },
            { "role": "user", "content": text },
        ],
    });
    let base = url.trim_end_matches('/');
    let whole =
        if base.ends_with("/completions") { base.to_owned() } else { format!("{base}/chat/completions") };
    let answer = Post {
        url: &whole,
        instead: "put a proxy of your own before a model under https",
        content_type: "application/json",
        body: body.to_string().as_bytes(),
        most: ANSWER,
        patience: PATIENCE,
    }
    .send()?;
    let written = written(&answer).ok_or_else(|| {
        Failure::Said(format!("{whole}: the answer holds no list of lines in JSON; try another model"))
    })?;
    Ok(sort(url, written, document, ledger))
}

/// The lines of the answer: the list in the content of its first message.
fn written(answer: &[u8]) -> Option<Vec<Value>> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let content = answer["choices"][0]["message"]["content"].as_str()?;
    let (from, to) = (content.find('[')?, content.rfind(']')?);
    serde_json::from_str(content.get(from..=to)?).ok()
}

/// Keeps what stands in the text and is new.
fn sort(url: &str, written: Vec<Value>, document: &Document, ledger: &Ledger) -> Proposals {
    let mut proposals =
        Proposals { by: url.to_owned(), counts: false, lines: Vec::new(), thrown_away: 0, known: 0 };
    for line in written.into_iter().take(MOST) {
        match proposal(line, document) {
            None => proposals.thrown_away += 1,
            Some(line) if is_known(&line, ledger) => proposals.known += 1,
            Some(line) => proposals.lines.push(line),
        }
    }
    proposals
}

fn proposal(line: Value, document: &Document) -> Option<Proposal> {
    let line: Written = serde_json::from_value(line).ok()?;
    let act = Act::ALL.iter().copied().find(|act| act.name() == line.act)?;
    let sentence = line.sentence.trim();
    let at = document.text.find(sentence).filter(|_| !sentence.is_empty())?;
    let start = document.text[..at].chars().count();
    let end = start + sentence.chars().count();
    let (speaker, target) = (line.speaker, line.target);
    Some(Proposal { proposed: true, act, speaker, target, sentence: sentence.to_owned(), start, end })
}

fn is_known(line: &Proposal, ledger: &Ledger) -> bool {
    ledger
        .assertions
        .iter()
        .any(|known| known.act == Some(line.act) && known.start < line.end && line.start < known.end)
}
