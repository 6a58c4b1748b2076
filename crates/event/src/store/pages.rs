//! An encoded column of a row group: its pages, and what Parquet's metadata says of them.

use std::io::Write as _;
use std::ops::Range;

use arrow_buffer::NullBuffer;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::encode::Valid;
use super::press::Press;

/// The pages of a column, which may stand in a row group more than once, under several names.
#[derive(Clone)]
pub(super) struct Encoded {
    bytes: Bytes,
    uncompressed: i64,
    rows: usize,
    /// Offset of the data page, if a dictionary lies before it.
    after_dictionary: Option<i64>,
    statistics: Option<Statistics>,
}

/// Pages of a column's rows, as a batch has them: they may become part of a row group's.
pub(super) struct Paged {
    bytes: Bytes,
    uncompressed: i64,
    rows: usize,
    nulls: Option<NullBuffer>,
}

/// Pages of a column, one after another: each is compressed as soon as it is full, while it is near the processor.
pub(super) struct Pages {
    sink: TrackedWrite<Vec<u8>>,
    uncompressed: i64,
    after_dictionary: Option<i64>,
}

impl Pages {
    /// None yet, with room for so many bytes of them.
    pub(super) fn with_room(bytes: usize) -> Self {
        Pages { sink: TrackedWrite::new(Vec::with_capacity(bytes)), uncompressed: 0, after_dictionary: None }
    }

    /// The distinct values in plain encoding, and their number: they come first, and all values are keys to them.
    pub(super) fn dictionary(&mut self, values: &[u8], number: u32, press: &mut Press) -> Result<()> {
        let page = Page::DictionaryPage {
            buf: press.press(values).to_vec().into(),
            num_values: number,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        self.after_dictionary = Some(self.write(CompressedPage::new(page, values.len()))?);
        Ok(())
    }

    /// A page of `rows`: the encoded values of those that have one.
    pub(super) fn data(
        &mut self,
        valid: &Valid,
        rows: Range<usize>,
        values: &[u8],
        press: &mut Press,
    ) -> Result<()> {
        // Keys are packed already: LZ4 takes hardly anything off them.
        let is_packed = self.after_dictionary.is_some();
        let compressed = if is_packed { values } else { press.press(values) };
        let is_compressed = compressed.len() < values.len();
        let body = if is_compressed { compressed } else { values };
        // Levels take a bit a row and a few bytes.
        let mut buffer = Vec::with_capacity(body.len() + rows.len() / 8 + 16);
        let present = valid.levels(rows.clone(), &mut buffer);
        let levels = buffer.len();
        buffer.extend_from_slice(body);
        let page = Page::DataPageV2 {
            buf: buffer.into(),
            num_values: rows.len() as u32,
            encoding: if is_packed { Encoding::RLE_DICTIONARY } else { Encoding::PLAIN },
            num_nulls: (rows.len() - present) as u32,
            num_rows: rows.len() as u32,
            def_levels_byte_len: levels as u32,
            rep_levels_byte_len: 0,
            is_compressed,
            statistics: None,
        };
        self.write(CompressedPage::new(page, levels + values.len())).map(|_| ())
    }

    /// Number of bytes written.
    fn write(&mut self, page: CompressedPage) -> Result<i64> {
        let written = SerializedPageWriter::new(&mut self.sink).write_page(page)?;
        self.uncompressed += written.uncompressed_size as i64;
        Ok(written.bytes_written as i64)
    }

    /// Adds pages that were made before.
    pub(super) fn append(&mut self, pages: &Paged) -> Result<()> {
        self.sink.write_all(&pages.bytes)?;
        self.uncompressed += pages.uncompressed;
        Ok(())
    }

    /// The pages as a part of a row group's.
    pub(super) fn part(self, rows: usize, nulls: Option<NullBuffer>) -> Result<Paged> {
        let mut bytes = self.sink.into_inner()?;
        bytes.shrink_to_fit();
        Ok(Paged { bytes: bytes.into(), uncompressed: self.uncompressed, rows, nulls })
    }

    /// The column of so many rows.
    pub(super) fn finish(self, rows: usize, statistics: Option<Statistics>) -> Result<Encoded> {
        let Pages { sink, uncompressed, after_dictionary } = self;
        let bytes = sink.into_inner()?.into();
        Ok(Encoded { bytes, uncompressed, rows, after_dictionary, statistics })
    }
}

impl Paged {
    /// Bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes of what the pages say.
    pub(super) fn unpacked(&self) -> usize {
        usize::try_from(self.uncompressed).unwrap_or_default()
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }
}

impl Encoded {
    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What the writer of the file asks for.
    pub(super) fn close(&self, column: ColumnDescPtr) -> Result<ColumnCloseResult, ParquetError> {
        let encodings = match self.after_dictionary {
            Some(_) => vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY],
            None => vec![Encoding::PLAIN, Encoding::RLE],
        };
        let mut metadata = ColumnChunkMetaData::builder(column)
            .set_compression(Compression::LZ4_RAW)
            .set_encodings(encodings)
            .set_total_compressed_size(self.bytes.len() as i64)
            .set_total_uncompressed_size(self.uncompressed)
            .set_num_values(self.rows as i64)
            .set_data_page_offset(self.after_dictionary.unwrap_or(0))
            .set_dictionary_page_offset(self.after_dictionary.map(|_| 0));
        if let Some(statistics) = &self.statistics {
            metadata = metadata.set_statistics(statistics.clone());
        }
        Ok(ColumnCloseResult {
            bytes_written: self.bytes.len() as u64,
            rows_written: self.rows as u64,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        })
    }
}
