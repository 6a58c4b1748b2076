//! What version 2 of a dossier adds: what weighs for and against the evidence, earlier checkpoints, tokens.

use serde_json::{Value, json};

use super::Rejection;
use super::limits;
use super::read::{Object, list, malformed, object, text};
use crate::digest::{decode_base64, encode_base64};
use crate::{Checkpoint, Digest, Note, TreeError, Verifier, verify_consistency};

/// Which way something weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weighs {
    /// It speaks for the evidence.
    For,
    /// It speaks against it.
    Against,
    /// It cannot be told.
    Open,
}

impl Weighs {
    const ALL: [Self; 3] = [Self::For, Self::Against, Self::Open];

    /// Its word in files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::For => "for",
            Self::Against => "against",
            Self::Open => "open",
        }
    }
}

/// What can be known of the evidence, by the word in files.
const WHAT: [&str; 6] = ["faults", "gap", "log_cleared", "clock_changed", "agreement", "coverage"];

/// Something that the maker knows of the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Which way it weighs.
    pub weighs: Weighs,
    /// One of `faults`, `gap`, `log_cleared`, `clock_changed`, `agreement`, `coverage`.
    pub what: String,
    /// A sentence.
    pub text: String,
}

/// A checkpoint of the same tree when it was smaller, on its way into a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierCheckpoint {
    /// The signed checkpoint.
    pub checkpoint: Note,
    /// Consistency proof from it to the dossier's checkpoint.
    pub consistency: Vec<Digest>,
    /// Time-stamp tokens over it, DER.
    pub tokens: Vec<Vec<u8>>,
}

/// A checkpoint with the signature of the dossier's key. Made by the verifying code only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
    stamped: String,
    tokens: Vec<Vec<u8>>,
}

impl VerifiedCheckpoint {
    /// Of a note whose signature by `key` holds; `None` if it lacks that line.
    pub(crate) fn new(
        checkpoint: Checkpoint,
        note: Note,
        key: &Verifier,
        tokens: Vec<Vec<u8>>,
    ) -> Option<Self> {
        let line = note.signatures.iter().find(|line| key.is_of(line))?.clone();
        let stamped = Note { text: note.text.clone(), signatures: vec![line] }.encode();
        Some(Self { checkpoint, note, stamped, tokens })
    }

    /// The tree's head.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note with all its lines; those of witnesses are not verified.
    #[must_use]
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// The bytes that a time-stamp token is over (docs/spec/time.md).
    #[must_use]
    pub fn stamped(&self) -> &str {
        &self.stamped
    }

    /// The tokens that came with it, DER; not verified.
    #[must_use]
    pub fn tokens(&self) -> &[Vec<u8>] {
        &self.tokens
    }
}

/// The members of version 2.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct More {
    pub(super) known: Vec<Known>,
    pub(super) history: Vec<VerifiedCheckpoint>,
    pub(super) tokens: Vec<Vec<u8>>,
}

/// Their JSON.
pub(super) fn to_json(
    known: &[Known],
    history: &[EarlierCheckpoint],
    tokens: &[Vec<u8>],
) -> [(&'static str, Value); 3] {
    let base64 = |tokens: &[Vec<u8>]| tokens.iter().map(|token| encode_base64(token)).collect::<Vec<_>>();
    let known = known.iter().map(|k| json!({ "text": k.text, "weighs": k.weighs.word(), "what": k.what }));
    let history = history.iter().map(|earlier| {
        json!({
            "checkpoint": earlier.checkpoint.encode(),
            "consistency": earlier.consistency.iter().map(|hash| hash.to_hex()).collect::<Vec<_>>(),
            "tokens": base64(&earlier.tokens),
        })
    });
    [("known", known.collect()), ("history", history.collect()), ("tokens", base64(tokens).into())]
}

/// Reads and verifies them.
pub(super) fn read(body: &Object, head: &Checkpoint, key: &Verifier) -> Result<More, Rejection> {
    let known = limited(body, "known", limits::KNOWN)?.iter().enumerate();
    let known = known.map(|(at, value)| read_known(value, &format!("body.known[{at}]")));
    let known = known.collect::<Result<_, _>>()?;
    let items = limited(body, "history", limits::HISTORY)?.iter().enumerate();
    let items = items.map(|(at, value)| read_item(value, &format!("body.history[{at}]")));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    let tokens = read_tokens(body, "body")?;
    let mut history: Vec<(VerifiedCheckpoint, Vec<Digest>)> = Vec::new();
    for (signed, consistency, tokens) in items {
        let last = history.last().map_or(0, |(earlier, _)| earlier.checkpoint.size);
        let earlier = earlier(signed, tokens, head, key, last).ok_or(Rejection::BadHistory)?;
        history.push((earlier, consistency));
    }
    for (VerifiedCheckpoint { checkpoint: old, .. }, proof) in &history {
        match verify_consistency(old.size, old.root, head.size, head.root, proof) {
            Ok(()) => {}
            Err(TreeError::OutOfRange) => return Err(Rejection::BadHistory),
            Err(_) => return Err(Rejection::NotAPrefix(old.size)),
        }
    }
    Ok(More { known, history: history.into_iter().map(|(earlier, _)| earlier).collect(), tokens })
}

fn limited<'a>(body: &'a Object, member: &'static str, most: usize) -> Result<&'a [Value], Rejection> {
    let list = list(body, member, "body")?;
    if list.len() > most { Err(Rejection::TooLarge(member)) } else { Ok(list) }
}

fn read_known(value: &Value, place: &str) -> Result<Known, Rejection> {
    let object = object(value, place, &["text", "weighs", "what"])?;
    let weighs = text(object, "weighs", place)?;
    let weighs = Weighs::ALL.into_iter().find(|known| known.word() == weighs);
    let what = text(object, "what", place)?;
    match weighs {
        Some(weighs) if WHAT.contains(&what) => {
            Ok(Known { weighs, what: what.to_owned(), text: text(object, "text", place)?.to_owned() })
        }
        _ => Err(malformed(place, "an unknown word")),
    }
}

type Item<'a> = (&'a str, Vec<Digest>, Vec<Vec<u8>>);

fn read_item<'a>(value: &'a Value, place: &str) -> Result<Item<'a>, Rejection> {
    let object = object(value, place, &["checkpoint", "consistency", "tokens"])?;
    let hashes = list(object, "consistency", place)?.iter();
    let hashes = hashes.map(|hash| hash.as_str().and_then(|hex| Digest::from_hex(hex).ok()));
    let hashes = hashes.collect::<Option<Vec<_>>>().ok_or_else(|| malformed(place, "not a digest"))?;
    Ok((text(object, "checkpoint", place)?, hashes, read_tokens(object, place)?))
}

fn read_tokens(object: &Object, place: &str) -> Result<Vec<Vec<u8>>, Rejection> {
    let tokens = list(object, "tokens", place)?;
    if tokens.len() > limits::TOKENS {
        return Err(Rejection::TooLarge("tokens"));
    }
    let read = tokens.iter().map(|token| {
        let token = token.as_str().and_then(decode_base64).ok_or_else(|| malformed(place, "not base64"))?;
        if token.len() > limits::TOKEN_BYTES { Err(Rejection::TooLarge("a token")) } else { Ok(token) }
    });
    read.collect()
}

fn earlier(
    signed: &str,
    tokens: Vec<Vec<u8>>,
    head: &Checkpoint,
    key: &Verifier,
    last: u64,
) -> Option<VerifiedCheckpoint> {
    let note = Note::parse(signed).ok()?;
    key.verify(&note).ok()?;
    let checkpoint = Checkpoint::parse(&note.text).ok()?;
    let fits = checkpoint.origin == head.origin && checkpoint.size > last && checkpoint.size <= head.size;
    if fits { VerifiedCheckpoint::new(checkpoint, note, key, tokens) } else { None }
}
