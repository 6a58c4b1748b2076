//! Texts of a column, each distinct one once.

use std::hash::BuildHasher as _;

use arrow_array::StringArray;
use arrow_array::builder::{ArrayBuilder as _, StringBuilder};
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
const MOST_SPARE: usize = 16 << 20;
const LEAST_SPARE: usize = 32 << 10;

/// Texts, numbered in order of appearance; a key is a number. Where they hardly ever repeat, they are no longer looked up, and
/// each is a new one.
#[derive(Default)]
pub(crate) struct Texts<S> {
    texts: S,
    /// How many were looked up, or were like the one before.
    given: usize,
    last: Option<Known>,
    table: HashTable<Known>,
    hasher: FixedState,
    /// Bytes for which room is made when the first text comes.
    room: usize,
}

/// Distinct texts, one after another.
pub(crate) trait Kept {
    /// What is known of a text: that it is UTF-8, or just its bytes.
    type Text: ?Sized + AsRef<[u8]>;
    /// Adds one.
    fn push(&mut self, text: &Self::Text);
    /// How many there are.
    fn len(&self) -> usize;
    /// The bytes of all of them.
    fn bytes(&self) -> &[u8];
}

/// Texts in memory that is used again.
#[derive(Default)]
pub(crate) struct ShortTexts {
    bytes: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<i32>,
}

/// Texts in memory that becomes their column's. Arrow knows that they are UTF-8.
pub(crate) struct LongTexts(StringBuilder);

/// Memory of columns that nobody holds any longer, with its bytes, for the next ones: the system would have to clear what is fresh.
#[derive(Default)]
pub(crate) struct Spare {
    all: Vec<(usize, StringBuilder)>,
    bytes: usize,
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

/// Whether so many values, of which so many are distinct, hardly repeat.
pub(crate) fn hardly_repeat(distinct: usize, values: usize) -> bool {
    distinct * 16 >= values * 15
}

/// A hash as a table wants it, which takes a place from its lower half and a mark from its upper one.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

impl<S: Kept> Texts<S> {
    /// The key of a text.
    pub(crate) fn key(&mut self, text: &S::Text) -> i32 {
        if self.hardly_repeat() {
            return self.push(text);
        }
        self.given += 1;
        if let Some(last) = self.last
            && self.is(&last, text)
        {
            return last.key;
        }
        let hash = self.hasher.hash_one(text.as_ref()) as u32;
        let known =
            self.table.find(spread(hash), |known| known.hash == hash && self.is(known, text)).copied();
        let known = known.unwrap_or_else(|| {
            let start = self.size() as u32;
            let key = self.push(text);
            let known = Known { hash, key, start, end: self.size() as u32 };
            self.table.insert_unique(spread(hash), known, |known| spread(known.hash));
            known
        });
        self.last = Some(known);
        known.key
    }

    /// Bytes of all texts.
    pub(crate) fn size(&self) -> usize {
        self.texts.bytes().len()
    }

    #[inline]
    fn is(&self, known: &Known, text: &S::Text) -> bool {
        self.texts.bytes()[known.start as usize..known.end as usize] == *text.as_ref()
    }

    fn hardly_repeat(&self) -> bool {
        let distinct = self.texts.len();
        distinct >= TRIAL && hardly_repeat(distinct, self.given)
    }

    fn push(&mut self, text: &S::Text) -> i32 {
        // A batch holds far fewer texts and bytes than 31 bits can number.
        let key = self.texts.len() as i32;
        self.texts.push(text);
        key
    }

    fn forget(&mut self) {
        self.table.clear();
        if self.table.capacity() > KEPT_TEXTS {
            self.table = HashTable::new();
        }
        (self.given, self.last) = (0, None);
    }
}

impl Texts<ShortTexts> {
    /// Forgets all texts; the room of as many as are usual is kept for the next ones.
    pub(crate) fn clear(&mut self) {
        self.texts.bytes.clear();
        self.texts.bytes.shrink_to(KEPT_BYTES);
        self.texts.ends.clear();
        self.forget();
    }

    /// All texts, in order; one that is no UTF-8, of which there is none, would be empty.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.texts.ends.iter().map(move |end| {
            let text = &self.texts.bytes[start..*end as usize];
            start = *end as usize;
            str::from_utf8(text).unwrap_or_default()
        })
    }

    /// All texts as an array.
    ///
    /// # Errors
    /// None in practice: what was added was UTF-8.
    pub(crate) fn to_array(&self) -> Result<StringArray, ArrowError> {
        let ShortTexts { bytes, ends } = &self.texts;
        let mut offsets = Vec::with_capacity(1 + ends.len());
        offsets.push(0);
        offsets.extend_from_slice(ends);
        let bytes = Buffer::from_vec(bytes.clone());
        StringArray::try_new(OffsetBuffer::new(ScalarBuffer::from(offsets)), bytes, None)
    }
}

impl Texts<LongTexts> {
    /// Makes room for as many bytes as are usual, if there are no texts yet.
    pub(crate) fn make_room(&mut self, spare: &mut Spare) {
        if self.texts.len() == 0 {
            self.texts = LongTexts(spare.take(self.room));
        }
    }

    /// The text of a key.
    pub(crate) fn get(&self, key: i32) -> &[u8] {
        let offsets = &self.texts.0.offsets_slice()[key as usize..];
        &self.texts.bytes()[offsets[0] as usize..offsets[1] as usize]
    }

    /// All texts, and a fresh start.
    pub(crate) fn take(&mut self) -> LongTexts {
        self.room = (self.size() + self.size() / 4).min(MOST_ROOM);
        self.forget();
        std::mem::take(&mut self.texts)
    }

    /// Forgets all texts.
    pub(crate) fn clear(&mut self) {
        if self.texts.len() > 0 {
            self.take();
        }
    }
}

impl Kept for ShortTexts {
    type Text = [u8];

    #[inline]
    fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as i32);
    }

    #[inline]
    fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Default for LongTexts {
    fn default() -> Self {
        LongTexts(StringBuilder::with_capacity(0, 0))
    }
}

impl Kept for LongTexts {
    type Text = str;

    #[inline]
    fn push(&mut self, text: &str) {
        self.0.append_value(text);
    }

    #[inline]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        self.0.values_slice()
    }
}

impl LongTexts {
    /// As an array, which may have more room than it needs.
    pub(crate) fn into_array(mut self) -> StringArray {
        self.0.finish()
    }
}

impl Spare {
    /// Memory with this room and nothing in it: the smallest there is and not far larger, or fresh.
    fn take(&mut self, room: usize) -> StringBuilder {
        let all = self.all.iter().enumerate().map(|(place, (bytes, _))| (*bytes, place));
        let Some((bytes, place)) = all.filter(|(bytes, _)| (room..=4 * room).contains(bytes)).min() else {
            return StringBuilder::with_capacity(0, room);
        };
        self.bytes -= bytes;
        self.all.remove(place).1
    }

    /// Takes back the memory of a column's long texts, unless others hold it; what has lain here for longest makes room.
    pub(crate) fn give(&mut self, texts: StringArray) {
        let bytes = texts.values().capacity();
        // Many offsets beside few bytes are of short texts, for which nobody asks here.
        let offsets = texts.offsets().inner().inner().capacity();
        if !(LEAST_SPARE..=MOST_SPARE).contains(&bytes) || offsets > bytes / 16 {
            return;
        }
        // What has no rows keeps its memory.
        let empty = texts.slice(0, 0);
        drop(texts);
        let Ok(builder) = empty.into_builder() else { return };
        while self.bytes + bytes > MOST_SPARE {
            self.bytes -= self.all.remove(0).0;
        }
        self.bytes += bytes;
        self.all.push((bytes, builder));
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::StringArray;

    use super::{LEAST_SPARE, LongTexts, MOST_SPARE, ShortTexts, Spare, Texts};

    fn shown(texts: StringArray) -> Vec<String> {
        texts.iter().flatten().map(str::to_owned).collect()
    }

    #[test]
    fn what_was_taken_is_forgotten() {
        let mut texts = Texts::<LongTexts>::default();
        for _ in 0..2 {
            let keys: Vec<i32> = ["one", "two", "one", "", ""].map(|text| texts.key(text)).to_vec();
            assert_eq!(keys, [0, 1, 0, 2, 2]);
            assert_eq!((texts.get(1), texts.get(2), texts.size()), (&b"two"[..], &b""[..], 6));
            assert_eq!(shown(texts.take().into_array()), ["one", "two", ""]);
        }
        texts.key("three");
        texts.clear();
        assert_eq!((texts.key("four"), texts.get(0)), (0, &b"four"[..]));
    }

    #[test]
    fn where_texts_hardly_repeat_each_is_a_new_one() {
        let mut texts = Texts::<ShortTexts>::default();
        let all: Vec<String> = (0..1_000).map(|number| format!("text {}", number % 900)).collect();
        assert!((0..).zip(&all).all(|(number, text)| texts.key(text.as_bytes()) == number));
        assert_eq!(shown(texts.to_array().unwrap()), all);
        assert!(texts.iter().eq(&all));
        texts.clear();
        assert_eq!((texts.key(b"next"), texts.iter().collect::<Vec<_>>()), (0, vec!["next"]));
    }

    /// A column of so many bytes of short texts.
    fn of_many(bytes: usize) -> StringArray {
        let mut texts = Texts::<ShortTexts>::default();
        (0..bytes / 8).for_each(|number| _ = texts.key(format!("{number:08}").as_bytes()));
        texts.to_array().unwrap()
    }

    #[test]
    fn memory_is_used_again() {
        let mut spare = Spare::default();
        let of = |bytes: usize| {
            let mut texts = Texts::<LongTexts> { room: bytes, ..Texts::default() };
            texts.make_room(&mut Spare::default());
            texts.key(&"x".repeat(bytes));
            texts.take().into_array()
        };
        let (small, large) = (of(2 * LEAST_SPARE), of(4 * LEAST_SPARE));
        let (small_at, held) = (small.value_data().as_ptr(), large.clone());
        [of(LEAST_SPARE / 2), large, small].into_iter().for_each(|texts| spare.give(texts));
        assert_eq!(spare.all.len(), 1, "neither what is small nor what another holds");
        spare.give(held);
        assert_eq!(spare.bytes, 6 * LEAST_SPARE);
        let mut texts = Texts::<LongTexts> { room: LEAST_SPARE, ..Texts::default() };
        texts.make_room(&mut spare);
        assert_eq!((texts.size(), spare.bytes), (0, 4 * LEAST_SPARE), "the smallest that has the room");
        assert_eq!((texts.key("of the next column"), texts.get(0)), (0, &b"of the next column"[..]));
        let next = texts.take().into_array();
        assert_eq!(next.value_data().as_ptr(), small_at);
        assert_eq!(shown(next), ["of the next column"]);
        spare.take(LEAST_SPARE / 2);
        assert_eq!(spare.bytes, 4 * LEAST_SPARE, "what is far larger is left to others");
        let short = of_many(LEAST_SPARE);
        assert!(short.value_data().len() >= LEAST_SPARE);
        spare.give(short);
        assert_eq!(spare.bytes, 4 * LEAST_SPARE, "the memory of short texts is left alone");
        (0..5).for_each(|_| spare.give(of(MOST_SPARE / 4)));
        assert_eq!((spare.all.len(), spare.bytes), (4, MOST_SPARE), "what came last is kept");
    }
}
