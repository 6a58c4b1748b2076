//! The same event in the layouts of its exporters is of the same log source.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use onus_event::{BatchBuilder, ShapeBatch};
use onus_source::{Chunk, Fault, Fields, Format, Names, Parser, Place, Sink};

#[derive(Default)]
struct Batches(BatchBuilder);

impl Sink for Batches {
    fn record(&mut self, _: Place, fields: &Fields, names: &mut Names) {
        self.0.push(0, fields, names);
    }

    fn fault(&mut self, fault: Fault) {
        panic!("{fault:?}");
    }
}

fn batch(line: &str) -> ShapeBatch {
    let data = line.as_bytes().to_vec();
    let chunk = Chunk { source: 0, format: Format::JsonLines, offset: 0, data, table: None };
    let (mut parser, mut sink) = (Parser::default(), Batches::default());
    parser.parse(&chunk, &mut sink);
    sink.0.finish(parser.names()).next().unwrap().unwrap()
}

#[test]
fn process_creation_in_each_layout() {
    for line in [
        r#"{"Channel":"Security","EventID":4688,"NewProcessName":"a.exe"}"#,
        r#"{"winlog":{"channel":"Security","event_id":4688,"event_data":{"NewProcessName":"a.exe"}}}"#,
        r#"{"log_name":"Security","event_id":4688,"event_data":{"NewProcessName":"a.exe"}}"#,
        r#"{"Event":{"System":{"Channel":"Security","EventID":4688},"EventData":{"NewProcessName":"a.exe"}}}"#,
        r#"{"EventLog":"Security","EventID":"4688","EventData":"{\"NewProcessName\":\"a.exe\"}"}"#,
        r#"{"_source":{"winlog":{"channel":"security","event_id":"4688","event_data":{"NewProcessName":"a.exe"}}}}"#,
    ] {
        let batch = batch(line);
        assert_eq!(batch.shape.table, "windows_security_4688", "{line}");
        assert!(batch.shape.log_source.categories.contains(&"process_creation".to_owned()), "{line}");
        assert!(batch.native.column_by_name("NewProcessName").is_some(), "{line}");
    }
}

#[test]
fn a_log_name_alone_is_no_channel() {
    assert_eq!(batch(r#"{"log_name":"Security","text":"x"}"#).shape.table, "json");
    assert_eq!(batch(r#"{"EventLog":"Security","text":"x"}"#).shape.table, "json");
}
