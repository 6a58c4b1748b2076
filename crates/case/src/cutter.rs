//! What is read ─► units of work, which depend on the input alone, never on the number of threads.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};

use onus_source::{Chunk, Format, Input, Item};

use crate::room::Room;

/// Raw bytes in a unit of work, at most about, as they are weighed. The more records a unit has, the fewer and longer are
/// the batches that come of it.
pub(crate) const UNIT_BYTES: u64 = 24 << 20;
/// A small input is cut into so many units, so that all threads have work, and what is left in the end into so many, so
/// that none of them works on when the others are done.
const UNITS: u64 = 16;
const LAST_UNITS: u64 = 4;
/// Smaller units are not worth their while.
const LEAST_BYTES: u64 = 256 << 10;
/// Files with nothing in them make items, too.
const MAX_ITEMS: usize = 4_096;

/// Items of the reader, in order, with the number of their unit: they come while they are read.
pub(crate) struct Unit {
    pub(crate) number: u64,
    pub(crate) items: Receiver<Item>,
}

/// Cuts what is read into units, which depend on the input alone, never on the number of threads.
pub(crate) struct Cutter<'a> {
    to_workers: SyncSender<Unit>,
    permits: Receiver<()>,
    room: &'a Room,
    /// Bytes of all inputs, and of those that have not begun.
    total: u64,
    later: u64,
    /// Bytes of the input that is read, and what was taken of it: more than it has, if it was compressed.
    size: u64,
    taken: u64,
    open: Option<Open>,
    number: u64,
}

/// The unit that items go to, with how many more items and bytes it takes.
struct Open {
    to_worker: Sender<Item>,
    items: usize,
    bytes: u64,
}

impl<'a> Cutter<'a> {
    pub(crate) fn new(
        inputs: &[Input],
        to_workers: SyncSender<Unit>,
        permits: Receiver<()>,
        room: &'a Room,
    ) -> Self {
        let total = inputs.iter().map(|input| input.size).sum();
        let (size, taken, number) = (0, 0, 0);
        Cutter { to_workers, permits, room, total, later: total, size, taken, open: None, number }
    }

    pub(crate) fn next_input(&mut self, size: u64) {
        self.later -= size;
        (self.size, self.taken) = (size, 0);
    }

    /// Hands on an item; false if nobody takes it.
    pub(crate) fn take(&mut self, item: Item) -> bool {
        let Some(mut open) = self.open.take().or_else(|| self.begin()) else { return false };
        let (length, weight, room) = match &item {
            Item::Chunk(chunk) => (chunk.data.len() as u64, weight(chunk), chunk.data.capacity()),
            _ => (0, 0, 0),
        };
        if !self.room.take(room) || open.to_worker.send(item).is_err() {
            return false;
        }
        self.taken += length;
        open.items -= 1;
        open.bytes = open.bytes.saturating_sub(weight);
        if open.items > 0 && open.bytes > 0 {
            self.open = Some(open);
        }
        true
    }

    fn begin(&mut self) -> Option<Open> {
        let (to_worker, items) = channel();
        self.permits.recv().ok()?;
        self.to_workers.send(Unit { number: self.number, items }).ok()?;
        self.number += 1;
        Some(Open { to_worker, items: MAX_ITEMS, bytes: self.target() })
    }

    /// Bytes that the next unit takes.
    fn target(&self) -> u64 {
        let each = (self.total / UNITS).clamp(LEAST_BYTES, UNIT_BYTES);
        match self.size.checked_sub(self.taken) {
            Some(left) => each.min(((self.later + left) / LAST_UNITS).max(LEAST_BYTES)),
            // How much more is in an archive is not known.
            None => each,
        }
    }
}

/// Bytes that a chunk counts for. Lines without the names of their fields become columns of twice as many bytes and more;
/// those of other logs take fewer than the log.
fn weight(chunk: &Chunk) -> u64 {
    let length = chunk.data.len() as u64;
    match chunk.format {
        Format::ZeekTsv | Format::W3c => 2 * length,
        _ => length,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::mpsc::sync_channel;

    use onus_source::{Chunk, Format, Input, Item};

    use super::{Cutter, LAST_UNITS, UNIT_BYTES, UNITS, weight};
    use crate::room::Room;

    const CHUNK: u64 = 1 << 20;

    /// Bytes of the units that a log of this format and number of chunks is cut into.
    fn units(format: Format, chunks: u64) -> Vec<u64> {
        let size = chunks * CHUNK;
        let input = Input { path: PathBuf::new(), shown: String::new(), size };
        let (to_workers, taken) = sync_channel(1_000);
        let (give, permits) = sync_channel(1_000);
        (0..1_000).for_each(|_| give.send(()).unwrap());
        let room = Room::of(usize::MAX);
        let mut cutter = Cutter::new(std::slice::from_ref(&input), to_workers, permits, &room);
        cutter.next_input(size);
        for number in 0..chunks {
            let data = vec![0; CHUNK as usize];
            let chunk = Chunk { source: 0, format, offset: number * CHUNK, data, table: None };
            assert!(cutter.take(Item::Chunk(chunk)));
        }
        drop(cutter);
        let bytes = |item| if let Item::Chunk(chunk) = item { chunk.data.len() as u64 } else { 0 };
        taken.into_iter().map(|unit| unit.items.into_iter().map(bytes).sum()).collect()
    }

    #[test]
    fn a_unit_holds_as_much_as_its_columns_allow() {
        let chunks = 2 * UNITS * UNIT_BYTES / CHUNK;
        for (format, most) in [(Format::JsonLines, UNIT_BYTES), (Format::ZeekTsv, UNIT_BYTES / 2)] {
            let all = units(format, chunks);
            assert_eq!(all.iter().sum::<u64>(), chunks * CHUNK, "nothing is lost");
            assert!(all.iter().all(|bytes| *bytes <= most), "{all:?}");
            assert!(all[..all.len() / 2].iter().all(|bytes| *bytes == most), "{all:?}");
        }
    }

    #[test]
    fn all_threads_have_work_to_the_end() {
        let chunks = UNITS * 2;
        let all = units(Format::JsonLines, chunks);
        assert!(all.iter().all(|bytes| *bytes <= 2 * CHUNK), "a small log is cut into many units: {all:?}");
        assert!(all.len() as u64 >= UNITS);
        let last = units(Format::JsonLines, 2 * UNITS * UNIT_BYTES / CHUNK).pop().unwrap();
        assert!(last <= UNIT_BYTES / LAST_UNITS, "{last}");
    }

    #[test]
    fn only_lines_without_names_weigh_more() {
        let chunk = |format| Chunk { source: 0, format, offset: 0, data: vec![0; 10], table: None };
        assert_eq!([Format::W3c, Format::ZeekTsv, Format::Evtx].map(|f| weight(&chunk(f))), [20, 20, 10]);
    }
}
