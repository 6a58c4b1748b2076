//! An encoded column of a row group: its pages, and what Parquet's metadata says of them.

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

/// The content of a column before it is put into pages.
pub(super) struct Content<'a> {
    /// Which rows have a value.
    pub(super) valid: &'a Valid,
    /// Distinct values in plain encoding, and their number, if the values are keys to them.
    pub(super) dictionary: Option<(&'a [u8], usize)>,
    /// The values of the rows that have one, encoded.
    pub(super) values: &'a [u8],
    /// Where one page ends and the next begins: row, and place in `values`.
    pub(super) cuts: &'a [(usize, usize)],
    pub(super) statistics: Option<Statistics>,
}

impl Encoded {
    /// Compresses and frames the pages.
    pub(super) fn of(content: Content<'_>, press: &mut Press) -> Result<Self> {
        let rows = content.valid.rows();
        let mut sink = TrackedWrite::new(Vec::new());
        let mut pages = SerializedPageWriter::new(&mut sink);
        let mut uncompressed = 0;
        let mut after_dictionary = None;
        if let Some((values, number)) = content.dictionary {
            let page = Page::DictionaryPage {
                buf: press.press(values).to_vec().into(),
                num_values: number as u32,
                encoding: Encoding::PLAIN,
                is_sorted: false,
            };
            let written = pages.write_page(CompressedPage::new(page, values.len()))?;
            uncompressed += written.uncompressed_size as i64;
            after_dictionary = Some(written.bytes_written as i64);
        }
        // Keys are packed already: LZ4 takes hardly anything off them.
        let is_packed = after_dictionary.is_some();
        let mut from = (0, 0);
        for to in content.cuts.iter().copied().chain([(rows, content.values.len())]) {
            let values = &content.values[from.1..to.1];
            let mut buffer = Vec::new();
            let present = content.valid.levels(from.0..to.0, &mut buffer);
            let levels = buffer.len();
            let compressed = if is_packed { values } else { press.press(values) };
            let is_compressed = compressed.len() < values.len();
            buffer.extend_from_slice(if is_compressed { compressed } else { values });
            let rows = to.0 - from.0;
            let page = Page::DataPageV2 {
                buf: buffer.into(),
                num_values: rows as u32,
                encoding: if is_packed { Encoding::RLE_DICTIONARY } else { Encoding::PLAIN },
                num_nulls: (rows - present) as u32,
                num_rows: rows as u32,
                def_levels_byte_len: levels as u32,
                rep_levels_byte_len: 0,
                is_compressed,
                statistics: None,
            };
            let written = pages.write_page(CompressedPage::new(page, levels + values.len()))?;
            uncompressed += written.uncompressed_size as i64;
            from = to;
        }
        let bytes = sink.into_inner()?.into();
        Ok(Encoded { bytes, uncompressed, rows, after_dictionary, statistics: content.statistics })
    }

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
