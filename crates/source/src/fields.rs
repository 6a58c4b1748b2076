//! The parsed fields of one record: names as interned ids, values typed, texts in one reused buffer.

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

#[derive(Debug, Clone, Copy)]
enum Stored {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text { start: u32, end: u32 },
}

/// The fields of one record, in the order of the log; a name occurs once.
#[derive(Debug, Default)]
pub struct Fields {
    entries: Vec<(NameId, Stored)>,
    text: String,
    seen: Vec<u32>,
    epoch: u32,
}

impl Fields {
    /// Forgets the last record.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.text.clear();
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
        let stored = match value {
            Value::Bool(b) => Stored::Bool(b),
            Value::Int(i) => Stored::Int(i),
            Value::Float(f) => Stored::Float(f),
            Value::Text(t) => {
                // A record is at most 64 MiB (see `split`), so its texts fit 32 bits.
                let start = self.text.len() as u32;
                self.text.push_str(t);
                Stored::Text { start, end: self.text.len() as u32 }
            }
        };
        self.entries.push((name, stored));
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
        self.entries.iter().map(|(name, stored)| (*name, stored.value(&self.text)))
    }

    /// The value of a field, if the record has it.
    #[inline]
    pub fn get(&self, name: NameId) -> Option<Value<'_>> {
        if !self.has(name) {
            return None;
        }
        self.entries.iter().find(|(n, _)| *n == name).map(|(_, stored)| stored.value(&self.text))
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
        self.entries.len()
    }

    /// Whether there is no field at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Stored {
    #[inline]
    fn value(self, texts: &str) -> Value<'_> {
        match self {
            Stored::Bool(b) => Value::Bool(b),
            Stored::Int(i) => Value::Int(i),
            Stored::Float(f) => Value::Float(f),
            Stored::Text { start, end } => Value::Text(&texts[start as usize..end as usize]),
        }
    }
}
