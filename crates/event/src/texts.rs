//! Texts of a column, each distinct one once.

use std::hash::BuildHasher as _;

use arrow_array::StringArray;
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;
use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// So many values show whether they repeat.
const TRIAL: usize = 128;
/// Distinct texts, and bytes of them, for which room is kept: a large table takes long to be emptied.
const KEPT_TEXTS: usize = 16 << 10;
const KEPT_BYTES: usize = 4 << 20;
/// Bytes for which room is made before they come.
const MOST_ROOM: usize = 32 << 20;
/// Bytes that are kept spare, and that the smallest piece of them has.
const MOST_SPARE: usize = 32 << 20;
const LEAST_SPARE: usize = 32 << 10;

/// Texts, numbered in order of appearance; a key is a number. Where they hardly ever repeat, they are no longer looked up, and
/// each is a new one.
#[derive(Default)]
pub(crate) struct Texts {
    texts: TextBuffer,
    /// How many were looked up, or were like the one before.
    given: usize,
    last: Option<Known>,
    table: HashTable<Known>,
    hasher: FixedState,
    /// Bytes for which room is made when the first text comes.
    room: usize,
}

/// Memory of columns that nobody holds any longer, for the next ones: the system would have to clear what is fresh.
#[derive(Default)]
pub(crate) struct Spare {
    buffers: Vec<Vec<u8>>,
    bytes: usize,
}

/// Texts one after another.
#[derive(Default)]
pub(crate) struct TextBuffer {
    bytes: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<i32>,
}

/// A text: all that it takes to compare it lies together.
#[derive(Clone, Copy)]
struct Known {
    /// Half of its hash, which is all that the table goes by.
    hash: u32,
    key: i32,
    start: u32,
    end: u32,
}

/// A hash as a table wants it, which takes a place from its lower half and a mark from its upper one.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

impl Texts {
    /// The key of a text.
    pub(crate) fn key(&mut self, text: &[u8]) -> i32 {
        if self.hardly_repeat() {
            return self.push(text);
        }
        self.given += 1;
        if let Some(last) = self.last
            && self.is(&last, text)
        {
            return last.key;
        }
        let hash = self.hasher.hash_one(text) as u32;
        let known =
            self.table.find(spread(hash), |known| known.hash == hash && self.is(known, text)).copied();
        let known = known.unwrap_or_else(|| {
            let start = self.texts.bytes.len() as u32;
            let key = self.push(text);
            let known = Known { hash, key, start, end: self.texts.bytes.len() as u32 };
            self.table.insert_unique(spread(hash), known, |known| spread(known.hash));
            known
        });
        self.last = Some(known);
        known.key
    }

    /// Makes room for as many bytes as are usual, if there are no texts yet.
    pub(crate) fn make_room(&mut self, spare: &mut Spare) {
        if self.texts.bytes.capacity() == 0 {
            self.texts.bytes = spare.take(self.room);
        }
    }

    /// The text of a key.
    pub(crate) fn get(&self, key: i32) -> &[u8] {
        self.texts.get(key)
    }

    /// Bytes of all texts.
    pub(crate) fn size(&self) -> usize {
        self.texts.size()
    }

    /// All texts, and a fresh start.
    pub(crate) fn take(&mut self) -> TextBuffer {
        self.room = (self.size() + self.size() / 4).min(MOST_ROOM);
        let texts = std::mem::take(&mut self.texts);
        self.clear();
        texts
    }

    /// Forgets all texts; the room of as many as are usual is kept for the next ones.
    pub(crate) fn clear(&mut self) {
        self.texts.bytes.clear();
        self.texts.bytes.shrink_to(KEPT_BYTES);
        self.texts.ends.clear();
        self.table.clear();
        if self.table.capacity() > KEPT_TEXTS {
            self.table = HashTable::new();
        }
        (self.given, self.last) = (0, None);
    }

    #[inline]
    fn is(&self, known: &Known, text: &[u8]) -> bool {
        self.texts.bytes[known.start as usize..known.end as usize] == *text
    }

    fn hardly_repeat(&self) -> bool {
        let distinct = self.texts.ends.len();
        distinct >= TRIAL && distinct * 16 >= self.given * 15
    }

    fn push(&mut self, text: &[u8]) -> i32 {
        // A batch holds far fewer texts and bytes than 31 bits can number.
        let key = self.texts.ends.len() as i32;
        self.texts.bytes.extend_from_slice(text);
        self.texts.ends.push(self.texts.bytes.len() as i32);
        key
    }
}

impl Spare {
    /// Memory with this room and nothing in it: the smallest there is and not far larger, or fresh.
    fn take(&mut self, room: usize) -> Vec<u8> {
        let all = self.buffers.iter().enumerate().map(|(place, buffer)| (buffer.capacity(), place));
        let Some((bytes, place)) = all.filter(|(bytes, _)| (room..=4 * room).contains(bytes)).min() else {
            return Vec::with_capacity(room);
        };
        self.bytes -= bytes;
        self.buffers.swap_remove(place)
    }

    /// Takes back the memory of a column's texts, unless others hold it.
    pub(crate) fn give(&mut self, texts: StringArray) {
        let (_, bytes, _) = texts.into_parts();
        let Ok(mut buffer) = bytes.into_vec::<u8>() else { return };
        let bytes = buffer.capacity();
        if bytes >= LEAST_SPARE && self.bytes + bytes <= MOST_SPARE {
            buffer.clear();
            self.bytes += bytes;
            self.buffers.push(buffer);
        }
    }
}

impl TextBuffer {
    /// How many texts there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds texts after those that there are.
    pub(crate) fn append(&mut self, texts: &Texts) {
        let before = self.bytes.len() as i32;
        self.bytes.reserve_exact(texts.size());
        self.bytes.extend_from_slice(&texts.texts.bytes);
        self.ends.reserve_exact(texts.texts.len());
        self.ends.extend(texts.texts.ends.iter().map(|end| before + end));
    }

    /// The text of a key.
    fn get(&self, key: i32) -> &[u8] {
        let key = key as usize;
        let start = key.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..self.ends[key] as usize]
    }

    /// Bytes of all texts.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Keeps the room that it needs and no more.
    pub(crate) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// As an array.
    ///
    /// # Errors
    /// None in practice: what was added was UTF-8.
    pub(crate) fn into_array(self) -> Result<StringArray, ArrowError> {
        let mut offsets = Vec::with_capacity(1 + self.ends.len());
        offsets.push(0);
        offsets.extend_from_slice(&self.ends);
        StringArray::try_new(
            OffsetBuffer::new(ScalarBuffer::from(offsets)),
            Buffer::from_vec(self.bytes),
            None,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{LEAST_SPARE, Spare, TextBuffer, Texts};

    fn shown(texts: TextBuffer) -> Vec<String> {
        texts.into_array().unwrap().iter().flatten().map(str::to_owned).collect()
    }

    #[test]
    fn what_was_taken_is_forgotten() {
        let mut texts = Texts::default();
        for _ in 0..2 {
            let keys: Vec<i32> =
                ["one", "two", "one", "", ""].map(|text| texts.key(text.as_bytes())).to_vec();
            assert_eq!(keys, [0, 1, 0, 2, 2]);
            assert_eq!((texts.get(1), texts.get(2), texts.size()), (&b"two"[..], &b""[..], 6));
            assert_eq!(shown(texts.take()), ["one", "two", ""]);
        }
    }

    #[test]
    fn where_texts_hardly_repeat_each_is_a_new_one() {
        let mut texts = Texts::default();
        let all: Vec<String> = (0..1_000).map(|number| format!("text {}", number % 900)).collect();
        let keys: Vec<i32> = all.iter().map(|text| texts.key(text.as_bytes())).collect();
        assert!(keys.iter().zip(&all).all(|(key, text)| texts.get(*key) == text.as_bytes()));
        assert_eq!(shown(texts.take()).len(), 1_000);
    }

    #[test]
    fn memory_is_used_again() {
        let mut spare = Spare::default();
        let of = |bytes: usize| {
            let mut texts = Texts::default();
            texts.key("x".repeat(bytes).as_bytes());
            texts.take().into_array().unwrap()
        };
        let (small, large) = (of(2 * LEAST_SPARE), of(4 * LEAST_SPARE));
        let (small_at, held) = (small.value_data().as_ptr(), large.clone());
        [of(LEAST_SPARE / 2), large, small].into_iter().for_each(|texts| spare.give(texts));
        assert_eq!(spare.buffers.len(), 1, "neither what is small nor what another holds");
        spare.give(held);
        assert_eq!(spare.bytes, 6 * LEAST_SPARE);
        let mut texts = Texts { room: LEAST_SPARE, ..Texts::default() };
        texts.make_room(&mut spare);
        assert_eq!(texts.texts.bytes.as_ptr(), small_at, "the smallest that has the room");
        assert_eq!((texts.key(b"of the next column"), texts.get(0)), (0, &b"of the next column"[..]));
        assert_eq!((spare.bytes, spare.take(5 * LEAST_SPARE).capacity()), (4 * LEAST_SPARE, 5 * LEAST_SPARE));
    }

    #[test]
    fn texts_are_appended_with_their_places() {
        let (mut one, mut other) = (Texts::default(), Texts::default());
        assert_eq!(["a", ""].map(|text| one.key(text.as_bytes())), [0, 1]);
        assert_eq!(["bc", "d"].map(|text| other.key(text.as_bytes())), [0, 1]);
        let mut all = one.take();
        all.append(&other);
        assert_eq!(all.len(), 4);
        assert_eq!(shown(all), ["a", "", "bc", "d"]);
    }
}
