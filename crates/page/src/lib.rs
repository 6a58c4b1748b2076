//! In: a dossier's JSON; or bytes that are a dossier, bare or in a page.
//! Out: a page of its own that shows the dossier and verifies it in JavaScript; or the dossier in a page, and
//! whether the page around it is the one that is written here.
//! Invariant: the page asks no network, runs no script but its own, and nothing of a dossier becomes markup.
//! Specification: `docs/spec/page.md`. The script is written from `docs/spec/` alone, and shares no code with the
//! Rust verifier.

mod carried;
mod write;

pub use carried::{Around, Carried, NoDossier};
pub use write::{page, script, verifier};
