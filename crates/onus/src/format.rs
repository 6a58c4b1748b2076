//! Answers on stdout.

use std::io::{self, BufWriter, Write};

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_cast::pretty::pretty_format_batches;
use arrow_schema::{ArrowError, SchemaRef};
use clap::ValueEnum;
use onus_case::CaseError;

/// Form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// One array of objects.
    Json,
    /// One object a line.
    Ndjson,
    /// With a header line.
    Csv,
}

/// Writes the rows; a reader that goes away early (`| head`) is no error.
pub(crate) fn write(format: Format, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<(), CaseError> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written =
        rows(format, schema, batches, &mut out).and_then(|()| out.flush().map_err(ArrowError::from));
    match written {
        Err(ArrowError::IoError(_, source)) => match source.kind() {
            io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(CaseError::Io { path: "standard output".into(), source }),
        },
        other => Ok(other?),
    }
}

/// Writes columns of text, all of one length.
pub(crate) fn write_texts(format: Format, columns: &[(&str, Vec<String>)]) -> Result<(), CaseError> {
    let arrays = columns
        .iter()
        .map(|(name, values)| (*name, Arc::new(StringArray::from_iter_values(values)) as ArrayRef));
    let batch = RecordBatch::try_from_iter(arrays)?;
    write(format, &batch.schema(), &[batch])
}

/// Writes text to stdout; a reader that goes away early is no error.
pub(crate) fn print(text: &str) -> Result<(), CaseError> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(CaseError::Io { path: "standard output".into(), source })
        }
        _ => Ok(()),
    }
}

/// Text on one line, in which nothing can steer a terminal, nor turn the direction of writing.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => plain.push_str(" ⏎ "),
            c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
                plain.extend(c.escape_default());
            }
            c => plain.push(c),
        }
    }
    plain
}

fn rows(
    format: Format,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    out: &mut impl Write,
) -> Result<(), ArrowError> {
    let all: Vec<&RecordBatch> = batches.iter().collect();
    match format {
        Format::Table => {
            let empty = [RecordBatch::new_empty(schema.clone())];
            let shown = if batches.is_empty() { &empty[..] } else { batches };
            Ok(writeln!(out, "{}", pretty_format_batches(shown)?)?)
        }
        Format::Json => {
            let mut writer = arrow_json::ArrayWriter::new(&mut *out);
            writer.write_batches(&all)?;
            writer.finish()?;
            Ok(writeln!(out)?)
        }
        Format::Ndjson => {
            let mut writer = arrow_json::LineDelimitedWriter::new(out);
            writer.write_batches(&all)?;
            writer.finish()
        }
        Format::Csv => {
            let mut writer = arrow_csv::Writer::new(out);
            let empty = RecordBatch::new_empty(schema.clone());
            writer.write(&empty)?;
            all.into_iter().try_for_each(|batch| writer.write(batch))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_strangers_text_does_not_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{202e}d é"), "a\\u{1b}[2Jb ⏎ c\\u{202e}d é");
    }
}
