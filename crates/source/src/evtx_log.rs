//! Windows event logs: the `evtx` crate reads a 64 KiB chunk, each record becomes JSON in its XML form, and
//! that is read like any other JSON record.

use std::sync::Arc;

use evtx::{EvtxChunk, EvtxChunkData, ParserSettings};

use crate::parse::{Parser, Sink};
use crate::read::EVTX_CHUNK;
use crate::{Chunk, Fault, Place, json};

/// Size of the header in front of a record's binary XML, and of the length repeated behind it.
const RECORD_HEADER: u64 = 24;
const RECORD_TRAILER: u32 = 4;

/// Parses a group of EVTX chunks.
pub(crate) fn parse(parser: &mut Parser, chunk: &Chunk, sink: &mut dyn Sink) {
    for (number, bytes) in chunk.data.chunks(EVTX_CHUNK).enumerate() {
        let offset = chunk.offset + (number * EVTX_CHUNK) as u64;
        if bytes.iter().all(|b| *b == 0) {
            // Space that was reserved and never written.
            continue;
        }
        if bytes.len() < EVTX_CHUNK {
            sink.fault(Fault::new(offset, "the file ends within an EVTX chunk"));
            continue;
        }
        one(parser, bytes.to_vec(), offset, sink);
    }
}

fn one(parser: &mut Parser, bytes: Vec<u8>, offset: u64, sink: &mut dyn Sink) {
    let data = match EvtxChunkData::new(bytes, false) {
        Ok(data) => data,
        Err(e) => return sink.fault(Fault::new(offset, format!("not an EVTX chunk: {e}"))),
    };
    if !data.validate_checksum() {
        sink.fault(Fault::new(
            offset,
            "the checksum of this EVTX chunk is wrong; its records were read all the same",
        ));
    }
    let mut chunk = match EvtxChunk::new(&data.data, &data.header, Arc::clone(&parser.evtx)) {
        Ok(chunk) => chunk,
        Err(e) => return sink.fault(Fault::new(offset, format!("EVTX chunk cannot be read: {e}"))),
    };
    for record in chunk.iter() {
        let record = match record {
            Ok(record) => record,
            Err(e) => {
                sink.fault(Fault::new(offset, e.to_string()));
                continue;
            }
        };
        let place = Place {
            offset: offset + record.binxml_offset.saturating_sub(RECORD_HEADER),
            length: record.binxml_size.saturating_add(RECORD_HEADER as u32 + RECORD_TRAILER),
        };
        let rendered = match record.into_json_bytes() {
            Ok(rendered) => rendered,
            Err(e) => {
                sink.fault(Fault::new(place.offset, e.to_string()));
                continue;
            }
        };
        match json::read(&rendered.data, &mut parser.fields, &mut parser.names) {
            Ok(_) => sink.record(place, &parser.fields, &mut parser.names),
            Err(e) => sink.fault(Fault::new(place.offset, e)),
        }
    }
}

/// Settings for all chunks: no indentation, damaged records are not carved.
pub(crate) fn settings() -> Arc<ParserSettings> {
    Arc::new(ParserSettings::default().indent(false).num_threads(1))
}
