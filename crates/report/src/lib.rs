//! In: intrusions, findings, claims and the records that these cite. Out: one self-contained HTML page.
//! Invariant: the page is bounded whatever the case, no text of a log becomes markup, and no link goes to what is
//! not on the page. It holds no script and loads nothing. This crate knows nothing of SQL, files and clocks.

mod claims;
mod findings;
mod fold;
mod graph;
mod html;
mod matrix;
mod model;
mod narrative;
mod page;
mod read;
mod rooms;
mod shown;
mod steps;
mod sure;
mod timeline;
mod words;

pub use html::Html;
pub use model::{Allowed, Because, Finding, Read, Record, Report, Seen, Source, Values};
pub use page::page;
pub use shown::wanted_records;

/// The style of our pages, for both forms of light and for paper.
pub const STYLE: &str = include_str!("style.css");
