//! The parsed fields of one record: names as interned ids, values typed, texts in one reused buffer.

use std::ops::Range;

use crate::NameId;

/// A value as the log has it. A null is no value: a record simply lacks that field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Truth value.
    Bool(bool),
    /// Integer that fits 64 bits with sign; larger ones are kept as [`Value::Text`].
    Int(i64),
    /// Other number.
    Float(f64),
    /// Text.
    Text(&'a str),
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`Value::Bool`].
    Bool,
    /// [`Value::Int`].
    Int,
    /// [`Value::Float`].
    Float,
    /// [`Value::Text`].
    Text,
}

/// The name of a field and the kind of its value, in one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head(u32);

/// A value without its kind, in one number: a text as the places in [`Fields::text`] of its first byte, in the upper half,
/// and of the byte after its last.
#[derive(Debug, Clone, Copy)]
pub struct Cell(u64);

/// The fields of one record, in the order of the log; a name occurs once.
#[derive(Debug, Default)]
pub struct Fields {
    heads: Vec<Head>,
    /// As long as `heads`.
    cells: Vec<Cell>,
    text: String,
    longest: usize,
    seen: Vec<u32>,
    epoch: u32,
}

impl Fields {
    /// Forgets the last record.
    pub(crate) fn clear(&mut self) {
        self.heads.clear();
        self.cells.clear();
        self.text.clear();
        self.longest = 0;
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.seen.fill(0);
            self.epoch = 1;
        }
    }

    /// Adds a field; false if the record has one of that name already, which then stays as it is.
    pub(crate) fn push(&mut self, name: NameId, value: Value<'_>) -> bool {
        let slot = name.index();
        if slot >= self.seen.len() {
            self.seen.resize(slot + 1, 0);
        }
        if self.seen[slot] == self.epoch {
            return false;
        }
        self.seen[slot] = self.epoch;
        let (kind, bits) = match value {
            Value::Bool(b) => (Kind::Bool, u64::from(b)),
            Value::Int(i) => (Kind::Int, i as u64),
            Value::Float(f) => (Kind::Float, f.to_bits()),
            Value::Text(t) => {
                // A record is at most 64 MiB (see `split`), so its texts fit 32 bits.
                let start = self.text.len();
                self.text.push_str(t);
                self.longest = self.longest.max(t.len());
                (Kind::Text, Cell::of_text(start..self.text.len()).0)
            }
        };
        self.heads.push(Head::new(name, kind));
        self.cells.push(Cell(bits));
        true
    }

    /// Whether the record has a field of this name.
    #[inline]
    pub(crate) fn has(&self, name: NameId) -> bool {
        self.seen.get(name.index()) == Some(&self.epoch)
    }

    /// Every field with its value.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (NameId, Value<'_>)> {
        let both = self.heads.iter().zip(&self.cells);
        both.map(|(head, cell)| (head.name(), cell.value(head.kind(), &self.text)))
    }

    /// The names of all fields, and of which kind they are.
    #[inline]
    pub fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// The values of all fields, each at the place of its name in [`Self::heads`].
    #[inline]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// All texts, one after another.
    #[inline]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Bytes of the longest text.
    #[inline]
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The value of a field, if the record has it.
    #[inline]
    pub fn get(&self, name: NameId) -> Option<Value<'_>> {
        if !self.has(name) {
            return None;
        }
        let place = self.heads.iter().position(|head| head.name() == name)?;
        let (head, cell) = (self.heads.get(place)?, self.cells.get(place)?);
        Some(cell.value(head.kind(), &self.text))
    }

    /// A record put together again from named values, such as a disclosed one; of a name that occurs twice
    /// the first value counts.
    pub fn from_pairs<'a>(
        pairs: impl IntoIterator<Item = (&'a str, Value<'a>)>,
        names: &mut crate::Names,
    ) -> Self {
        let mut fields = Fields::default();
        fields.clear();
        for (name, value) in pairs {
            fields.push(names.intern(name), value);
        }
        fields
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// Whether there is no field at all.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }
}

impl Head {
    const KINDS: [Kind; 4] = [Kind::Bool, Kind::Int, Kind::Float, Kind::Text];

    /// There are far fewer names than 30 bits can number.
    #[inline]
    fn new(name: NameId, kind: Kind) -> Self {
        Head((name.index() as u32) << 2 | kind as u32)
    }

    /// The name.
    #[inline]
    pub fn name(self) -> NameId {
        NameId::of_index(self.0 >> 2)
    }

    /// The kind.
    #[inline]
    pub fn kind(self) -> Kind {
        Head::KINDS[self.0 as usize & 3]
    }
}

impl Cell {
    /// The value, if it is of this kind; a text stands in `texts`.
    #[inline]
    pub fn value(self, kind: Kind, texts: &str) -> Value<'_> {
        match kind {
            Kind::Bool => Value::Bool(self.bool()),
            Kind::Int => Value::Int(self.int()),
            Kind::Float => Value::Float(self.float()),
            Kind::Text => Value::Text(&texts[self.text()]),
        }
    }

    /// The truth value, if it is one.
    #[inline]
    pub fn bool(self) -> bool {
        self.0 != 0
    }

    /// The integer, if it is one.
    #[inline]
    pub fn int(self) -> i64 {
        self.0 as i64
    }

    /// The other number, if it is one.
    #[inline]
    pub fn float(self) -> f64 {
        f64::from_bits(self.0)
    }

    /// A text that stands elsewhere; both places are below 4 GiB.
    #[inline]
    pub fn of_text(place: Range<usize>) -> Self {
        Cell((place.start as u64) << 32 | place.end as u64)
    }

    /// Where the text stands, if it is one.
    #[inline]
    pub fn text(self) -> Range<usize> {
        (self.0 >> 32) as usize..self.0 as u32 as usize
    }
}
