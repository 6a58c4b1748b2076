//! In: files, folders and archives. Out: [`Chunk`]s of raw records in file order, and from each chunk the
//! parsed [`Fields`] of its records or a [`Fault`] that says what could not be read, where and why.
//! Invariant: inputs are opened read-only, a wrong byte is never fatal, and the same input gives the same
//! chunks, records and faults on every machine. This crate knows nothing of Arrow or rules.
//! Sources: the EVTX format by the `evtx` crate, Zeek's ASCII writer, W3C Extended Log File Format, JSON.

mod buffer;
mod chunk;
mod day;
mod detect;
mod evtx_log;
mod exported;
mod fault;
mod fields;
mod inputs;
mod json;
mod linux;
mod names;
mod parse;
mod read;
mod split;
mod syslog;
mod tabular;

pub use buffer::Buffers;
pub use chunk::{Chunk, ColumnKind, Place, Table};
pub use day::Day;
pub use detect::{Format, detect};
pub use fault::Fault;
pub use fields::{Cell, Fields, Head, Kind, Value};
pub use inputs::{Input, InputError, find_inputs};
pub use names::{NameId, Names};
pub use parse::{Parser, Sink};
pub use read::{Item, ReadError, Reader, SourceEnd, SourceId};
