//! In: parsed records ([`onus_source::Fields`]). Out: Arrow batches, one *shape* (log source and event type)
//! each, with native and core columns, and their Parquet files in the case.
//! Invariant: this crate knows which log source an event belongs to and what its fields mean, and nothing of
//! rules; native names and types are kept. Sources: Elastic Common Schema (core columns), Sigma taxonomy
//! (log sources), Microsoft's and Sysmon's event manifests, Zeek's log reference.

mod build;
mod catalogue;
mod columns;
mod core;
mod derive;
mod distinct;
mod known;
mod mapping;
mod recognise;
mod rows;
mod shape;
mod store;
mod stored;
mod texts;
mod time;

pub use build::{BatchBuilder, Batches, ShapeBatch};
pub use catalogue::{CORE_COLUMNS, CoreType};
pub use columns::OVERFLOW;
pub use core::{CoreColumns, core_schema, native_columns, native_name};
pub use known::{
    KnownSource, aliases_of_table, core_column_of, in_windows_form, is_of_service, known_sources,
    log_sources_of_table,
};
pub use mapping::Mappings;
pub use recognise::{TIME_FIELDS, UNDATED, shape_fields};
pub use shape::{LogSource, Shape};
pub use store::{EventStore, Pressed, Presser, StoreError};
pub use stored::{StoredBatch, StoredShapes};
pub use time::{format_micros, parse_micros};
