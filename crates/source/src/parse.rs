//! One parser a worker: it keeps the interned names and the buffers between chunks.

use std::sync::Arc;

use crate::exported::Exported;
use crate::{Chunk, Day, Fault, Fields, Format, Names, Place, evtx_log, json, linux, syslog, tabular};

/// Takes what a parser finds, in the order of the source.
pub trait Sink {
    /// A record, where it lies, and its fields.
    fn record(&mut self, place: Place, fields: &Fields, names: &mut Names);
    /// Something that could not be read.
    fn fault(&mut self, fault: Fault);
}

/// Parses chunks of any format.
pub struct Parser {
    pub(crate) fields: Fields,
    pub(crate) names: Names,
    pub(crate) evtx: Arc<evtx::ParserSettings>,
    pub(crate) collected: Option<Day>,
    pub(crate) exported: Exported,
}

impl Default for Parser {
    fn default() -> Self {
        let mut names = Names::default();
        let exported = Exported::new(&mut names);
        Parser { fields: Fields::default(), names, evtx: evtx_log::settings(), collected: None, exported }
    }
}

impl Parser {
    /// A parser of logs that were taken on this day: times without a year are of the year before its end.
    pub fn of_day(collected: Option<Day>) -> Self {
        Parser { collected, ..Parser::default() }
    }

    /// The names interned so far.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Parses a chunk and hands its records and faults to `sink`.
    pub fn parse(&mut self, chunk: &Chunk, sink: &mut dyn Sink) {
        match chunk.format {
            Format::Evtx | Format::EvtxChunks => evtx_log::parse(self, chunk, sink),
            Format::JsonLines => json::parse_lines(self, chunk, sink),
            Format::Json => json::parse_values(self, chunk, sink),
            Format::ZeekTsv | Format::W3c => tabular::parse(self, chunk, sink),
            Format::CiscoSyslog => syslog::parse(self, chunk, sink),
            Format::Auditd | Format::Syslog => linux::parse(self, chunk, sink),
            // The reader makes no chunks of these.
            Format::ZeekSummary
            | Format::ResourceFork
            | Format::Document
            | Format::Gzip
            | Format::Zip
            | Format::Tar
            | Format::Empty
            | Format::Unknown => {}
        }
    }
}
