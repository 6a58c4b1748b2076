//! In: a public text, as plain text, HTML or Markdown. Out: a [`Ledger`] of who asserts what about whom, how firmly,
//! and on which rung it stands. Invariant: nothing is put into a mouth that did not say it; the same rules hold for
//! every side; this crate knows nothing of logs, files and clocks, and its time is linear in the length of the text.
//! Source: the event types of PLOVER (Open Event Data Alliance); facts and words are tables, in `tables/`.
mod act;
mod align;
mod assertion;
mod basis;
mod candidate;
mod clause;
mod document;
mod event;
mod exchange;
mod inflect;
mod lexicon;
mod mention;
mod party;
mod place;
mod reader;
mod sentence;
mod shade;
mod study;
mod things;
mod token;
mod tone;
mod voice;

pub use act::Act;
pub use align::{MOST_ALIGNED, align};
pub use assertion::*;
pub use basis::*;
pub use document::*;
pub use exchange::*;
pub use reader::{MOST, MOST_SENTENCES, read};
pub use study::{Abnormal, Dated, Series, SeriesProblem, Study, dated_events, study};
pub use tone::{FEWEST_EARLIER, MOST_SPEAKERS, Place, Tone, place_among, tone, tones};
