//! The catalogue of log sources and fields: data, in the form of tables.

mod defender;
pub(crate) mod fields;
mod microsoft;
pub(crate) mod others;
#[cfg(test)]
mod published;
pub(crate) mod services;
pub(crate) mod windows;
pub(crate) mod zeek;

use crate::derive::Derive;

/// Type of a core column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoreType {
    /// UTC, microseconds.
    Time,
    /// Number of a record or a source.
    Id,
    /// Dictionary-encoded text.
    Text,
    /// 64-bit integer.
    Int,
}

/// The core columns with their types, in order: the columns of the table `events`.
pub const CORE_COLUMNS: &[(&str, CoreType)] = &[
    ("timestamp", CoreType::Time),
    ("record", CoreType::Id),
    ("source", CoreType::Id),
    ("shape", CoreType::Text),
    ("host_name", CoreType::Text),
    ("user_name", CoreType::Text),
    ("user_domain", CoreType::Text),
    ("event_action", CoreType::Text),
    ("process_entity_id", CoreType::Text),
    ("process_executable", CoreType::Text),
    ("process_command_line", CoreType::Text),
    ("process_parent_entity_id", CoreType::Text),
    ("process_parent_executable", CoreType::Text),
    ("process_parent_command_line", CoreType::Text),
    ("file_path", CoreType::Text),
    ("hash_md5", CoreType::Text),
    ("hash_sha1", CoreType::Text),
    ("hash_sha256", CoreType::Text),
    ("hash_imphash", CoreType::Text),
    ("registry_path", CoreType::Text),
    ("source_ip", CoreType::Text),
    ("source_port", CoreType::Int),
    ("destination_ip", CoreType::Text),
    ("destination_port", CoreType::Int),
    ("destination_domain", CoreType::Text),
    ("network_protocol", CoreType::Text),
    ("source_bytes", CoreType::Int),
    ("destination_bytes", CoreType::Int),
    ("logon_id", CoreType::Text),
    ("url", CoreType::Text),
    ("cloud_account_id", CoreType::Text),
    ("cloud_region", CoreType::Text),
    ("cloud_service", CoreType::Text),
];

/// A core column, the field that it comes from, and how.
pub(crate) type CoreMap = (&'static str, &'static str, Derive);
