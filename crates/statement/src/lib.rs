//! In: a public text. Out: a ledger of who asserts what about whom.
mod act;
mod assertion;
mod basis;
mod candidate;
mod clause;
mod document;
mod event;
mod inflect;
mod lexicon;
mod mention;
mod place;
mod reader;
mod sentence;
mod shade;
mod token;
mod voice;

pub use act::Act;
pub use assertion::*;
pub use basis::*;
pub use document::*;
pub use reader::{MOST, read};

/// debugging
#[derive(Debug)]
pub struct Out { pub act: Option<Act>, pub mode: String, pub source: Option<String>, pub sc: Vec<String>, pub target: Option<String>, pub tc: Vec<String>, pub more: usize }
/// first
#[must_use]
pub fn first(text: &str) -> Out {
    let clauses = clause::Clauses::new(text);
    let all = event::events(&clauses);
    let e = all.first();
    let codes = |p: Option<&event::Party>| p.map_or_else(Vec::new, |p| p.codes.iter().map(|c| (*c).to_owned()).collect());
    Out { act: e.map(|e| e.act), mode: e.map_or_else(String::new, |e| e.mode.to_owned()), source: e.and_then(|e| e.source.as_ref()).map(|p| p.text.clone()), sc: codes(e.and_then(|e| e.source.as_ref())), target: e.and_then(|e| e.target.as_ref()).map(|p| p.text.clone()), tc: codes(e.and_then(|e| e.target.as_ref())), more: all.len() }
}
