//! Room to read into, used again: fresh memory costs more than reading into it.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// Buffers of this size at least are kept.
pub(crate) const KEPT: usize = 2 * 1024 * 1024;
/// So many bytes are read at once: who hashes them as they come finds them near the processor.
const AT_ONCE: usize = 128 * 1024;
/// Buffers that are kept, at most.
const MOST: usize = 64;

/// The buffers of chunks that were done with. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    /// Takes back the room of a chunk.
    pub fn give(&self, data: Vec<u8>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if data.capacity() >= KEPT && data.capacity() < 2 * KEPT && all.len() < MOST {
            all.push(data);
        }
    }

    /// The same bytes in no more room than about they need: a buffer of which little is used is kept for the next.
    pub(crate) fn tight(&self, data: Vec<u8>) -> Vec<u8> {
        if data.len() >= data.capacity() / 2 {
            return data;
        }
        let tight = data.as_slice().to_vec();
        self.give(data);
        tight
    }

    /// Room for a source of which `size` bytes at a time are read, with nothing in it.
    pub(crate) fn take(&self, size: usize) -> Buffer {
        let known = (size >= KEPT).then(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).pop());
        Buffer { bytes: known.flatten().unwrap_or_else(|| Vec::with_capacity(size)), filled: 0 }
    }
}

/// Bytes that have been read, and room behind them.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    /// Behind `filled` stands what was read into it before: overwriting that is cheaper than clearing it first.
    bytes: Vec<u8>,
    filled: usize,
}

impl Buffer {
    /// What has been read.
    pub(crate) fn data(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// Reads until it holds `target` bytes or the input ends.
    ///
    /// # Errors
    /// As `reader`; what was read before stays.
    pub(crate) fn fill(&mut self, reader: &mut dyn Read, target: usize) -> io::Result<()> {
        while self.filled < target {
            if self.bytes.len() == self.filled {
                // Of an unknown size: what is there already, once more.
                let room = self.bytes.capacity().max(2 * self.filled).max(SMALLEST);
                self.bytes.resize(room.min(target), 0);
            }
            let end = self.bytes.len().min(target).min(self.filled + AT_ONCE);
            match reader.read(&mut self.bytes[self.filled..end]) {
                Ok(0) => return Ok(()),
                Ok(read) => self.filled += read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// All that has been read.
    pub(crate) fn whole(mut self) -> Vec<u8> {
        self.bytes.truncate(self.filled);
        self.bytes
    }

    /// Forgets what has been read.
    pub(crate) fn clear(&mut self) {
        self.filled = 0;
    }

    /// The first `cut` bytes; what stands behind them goes into `rest`.
    pub(crate) fn split(mut self, cut: usize, rest: &mut Buffer) -> Vec<u8> {
        let behind = &self.bytes[cut..self.filled];
        if rest.bytes.len() < behind.len() {
            rest.bytes.resize(behind.len(), 0);
        }
        rest.bytes[..behind.len()].copy_from_slice(behind);
        rest.filled = behind.len();
        self.bytes.truncate(cut);
        self.bytes
    }
}

/// Room to begin with where a size is not known.
const SMALLEST: usize = 4_096;
