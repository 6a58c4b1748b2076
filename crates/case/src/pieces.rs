//! The bytes of some columns of a row group, taken from their file in few strokes.
//!
//! Reading a column straight from a file costs a few system calls a page, and a row is looked up in many columns.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use bytes::Buf as _;
use bytes::Bytes;
use bytes::buf::Reader;
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{ChunkReader, Length};

/// What lies between two columns is read with them up to so many bytes.
const BETWEEN: u64 = 32 << 10;

/// Bytes of a file by where they begin.
pub(crate) struct Pieces {
    length: u64,
    pieces: Vec<(u64, Bytes)>,
}

impl Pieces {
    /// Reads the columns at `places`, or all.
    ///
    /// # Errors
    /// As the file system, and if the file is shorter than its footer says.
    pub(crate) fn read(path: &Path, group: &RowGroupMetaData, places: Option<&[usize]>) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let chunks = group.columns().iter().enumerate();
        let chosen = chunks.filter(|(place, _)| places.is_none_or(|places| places.contains(place)));
        let mut pieces = Vec::new();
        for (start, end) in together(chosen.map(|(_, column)| column.byte_range())) {
            if end > length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            // What the footer says lies within the file.
            let mut bytes = Vec::with_capacity(usize::try_from(end - start).unwrap_or_default());
            file.seek(SeekFrom::Start(start))?;
            (&mut file).take(end - start).read_to_end(&mut bytes)?;
            pieces.push((start, bytes.into()));
        }
        Ok(Pieces { length, pieces })
    }

    /// From `start` to the end of its piece.
    fn from(&self, start: u64) -> Result<Bytes, ParquetError> {
        let place = self.pieces.partition_point(|(begin, _)| *begin <= start);
        let piece = place.checked_sub(1).map(|place| &self.pieces[place]);
        let within = piece.and_then(|(begin, bytes)| {
            let offset = usize::try_from(start - begin).ok()?;
            (offset <= bytes.len()).then(|| bytes.slice(offset..))
        });
        within.ok_or_else(|| ParquetError::EOF(format!("no byte {start} was read")))
    }
}

/// Stretches (start, end) that hold these ranges (start, length), in order.
fn together(ranges: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = ranges.collect();
    ranges.sort_unstable();
    let mut all: Vec<(u64, u64)> = Vec::new();
    for (start, length) in ranges {
        let end = start.saturating_add(length);
        match all.last_mut() {
            Some((_, last)) if start <= last.saturating_add(BETWEEN) => *last = end.max(*last),
            _ => all.push((start, end)),
        }
    }
    all
}

impl Length for Pieces {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Pieces {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let bytes = self.from(start)?;
        if length > bytes.len() {
            return Err(ParquetError::EOF(format!("no {length} bytes from {start} on were read")));
        }
        Ok(bytes.slice(..length))
    }
}

#[cfg(test)]
mod tests {
    use super::{BETWEEN, together};

    #[test]
    fn near_columns_are_read_at_once() {
        let far = 100 + BETWEEN + 1;
        let ranges = [(far, 5), (0, 50), (60, 40)];
        assert_eq!(together(ranges.into_iter()), [(0, 100), (far, far + 5)]);
        assert_eq!(
            together([(7, u64::MAX)].into_iter()),
            [(7, u64::MAX)],
            "a damaged footer does not overflow"
        );
    }
}
