//! The records of a unit of work as they were read, row by row, until all are there: then each column is taken out of
//! them at once. A record that is added is copied in one piece, but for its long texts, which go into what becomes their column;
//! columns are made one at a time, while what one needs lies near the processor.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::FixedState;
use onus_source::{Cell, Fields, Head, Kind, NameId, Value};

use crate::texts::{LongTexts, Spare, Texts};

/// Bytes from which on a text is long.
const LONG: usize = 256;
/// The beginning of a text that does not stand among all texts; its end is its key then.
const ELSEWHERE: u32 = u32::MAX;
/// Fields of a shape whose long texts are given room before they come.
const KEPT_LONG: usize = 64;
/// Bytes of texts that are held, at most about: far more than a unit of work has, but a damaged or hostile log may say the
/// same long text in each of its records.
const MOST_TEXT: usize = 128 << 20;
/// So many cells are held at most, about: 4 MiB, through which the making of each column goes. A unit of short lines has several
/// times as many.
const MOST_CELLS: usize = 512 << 10;
/// So many records are held at most: in each column, one that lacks its field takes room, too.
const MOST_ROWS: usize = 128 << 10;
/// Bytes of texts for which room is kept.
const KEPT_TEXT: usize = 32 << 20;

/// The records of a unit of work, of all shapes.
#[derive(Default)]
pub(crate) struct Rows {
    cells: Vec<Cell>,
    /// Their texts, but for the long ones.
    pub(crate) text: String,
    /// Bytes of the long ones, each distinct one counted once.
    long: usize,
    /// Memory for them.
    pub(crate) spare: Spare,
    rows: usize,
    layouts: Vec<Box<[Head]>>,
    known: HashMap<Box<[Head]>, u32, FixedState>,
}

/// A record among [`Rows`].
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// Which fields it has, and in which order.
    pub(crate) layout: u32,
    /// Where its values begin.
    cells: u32,
    /// Where its texts begin.
    pub(crate) text: u32,
}

/// The long texts of a shape's records, by field. They are copied once, into what becomes their column, while the processor has
/// them near: of the bytes of Windows logs they are most.
#[derive(Default)]
pub(crate) struct Long(HashMap<NameId, Texts<LongTexts>, FixedState>);

impl Long {
    /// Those of a field, if it has any.
    pub(crate) fn take(&mut self, field: NameId) -> Option<LongTexts> {
        self.0.get_mut(&field).filter(|texts| texts.size() > 0).map(Texts::take)
    }

    /// The text of a field that stands here.
    fn get(&self, field: NameId, key: i32) -> &[u8] {
        self.0.get(&field).map_or(&[], |texts| texts.get(key))
    }

    /// Forgets all texts.
    pub(crate) fn clear(&mut self) {
        if self.0.len() > KEPT_LONG {
            self.0.clear();
        }
        self.0.values_mut().for_each(|texts| texts.clear());
    }
}

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

/// What a [`Span`] says.
pub(crate) enum Stands {
    /// Among all texts.
    Here(Range<usize>),
    /// Among the long ones of its field, with this key.
    Long(i32),
    /// The row has no value.
    Nowhere,
}

impl Span {
    /// Of a row without a value.
    pub(crate) const NONE: Span = Span { start: ELSEWHERE, end: u32::MAX };

    /// Of a long text, by its key.
    pub(crate) fn of_long(key: i32) -> Self {
        Span { start: ELSEWHERE, end: key as u32 }
    }

    #[inline]
    pub(crate) fn stands(self) -> Stands {
        match self {
            Span::NONE => Stands::Nowhere,
            Span { start: ELSEWHERE, end } => Stands::Long(end as i32),
            Span { start, end } => Stands::Here(start as usize..end as usize),
        }
    }
}

impl Rows {
    /// Adds a record, of whose texts the long ones go to `long`; most have the layout of the last one of their shape.
    pub(crate) fn add(&mut self, fields: &Fields, last: Option<&Row>, long: &mut Long) -> Row {
        let guess = last.map(|last| last.layout);
        let same = |guess: &u32| *self.layouts[*guess as usize] == *fields.heads();
        let layout = guess.filter(same).unwrap_or_else(|| self.layout(fields.heads()));
        // What is held, see [`Self::is_full`], and a record, see `split`, are far smaller than 4 GiB.
        let row = Row { layout, cells: self.cells.len() as u32, text: self.text.len() as u32 };
        self.rows += 1;
        if fields.longest() < LONG {
            self.cells.extend_from_slice(fields.cells());
            self.text.push_str(fields.text());
        } else {
            self.add_parted(fields, long);
        }
        row
    }

    /// Adds the values of a record of which some are long.
    fn add_parted(&mut self, fields: &Fields, long: &mut Long) {
        let (text, mut copied, mut left_out) = (fields.text(), 0, 0);
        for (head, cell) in fields.heads().iter().zip(fields.cells()) {
            let cell = match (head.kind(), cell.text()) {
                (Kind::Text, place) if place.len() >= LONG => {
                    self.text.push_str(&text[copied..place.start]);
                    copied = place.end;
                    left_out += place.len();
                    self.add_long(&text[place], long.0.entry(head.name()).or_default())
                }
                (Kind::Text, Range { start, end }) => Cell::of_text(start - left_out..end - left_out),
                _ => *cell,
            };
            self.cells.push(cell);
        }
        self.text.push_str(&text[copied..]);
    }

    fn add_long(&mut self, text: &str, texts: &mut Texts<LongTexts>) -> Cell {
        texts.make_room(&mut self.spare);
        let before = texts.size();
        let key = texts.key(text);
        self.long += texts.size() - before;
        Cell::of_text(ELSEWHERE as usize..key as usize)
    }

    /// Whether so much is held that columns must be made of it before more is added.
    pub(crate) fn is_full(&self) -> bool {
        self.text.len() + self.long >= MOST_TEXT || self.cells.len() >= MOST_CELLS || self.rows >= MOST_ROWS
    }

    fn layout(&mut self, heads: &[Head]) -> u32 {
        if let Some(layout) = self.known.get(heads) {
            return *layout;
        }
        let layout = self.layouts.len() as u32;
        self.layouts.push(heads.into());
        self.known.insert(heads.into(), layout);
        layout
    }

    /// The names of a layout's fields, with the kinds of their values.
    pub(crate) fn heads(&self, layout: u32) -> &[Head] {
        &self.layouts[layout as usize]
    }

    /// Number of layouts: each is below it.
    pub(crate) fn layouts(&self) -> usize {
        self.layouts.len()
    }

    /// The value at a place of a record.
    #[inline]
    pub(crate) fn cell(&self, row: &Row, place: u32) -> Cell {
        self.cells[row.cells as usize + place as usize]
    }

    /// The value at a place of a record, which is a text: where it stands.
    #[inline]
    pub(crate) fn span(&self, row: &Row, place: u32) -> Span {
        let Range { start, end } = self.cell(row, place).text();
        match start as u32 {
            ELSEWHERE => Span::of_long(end as i32),
            start => Span { start: row.text + start, end: row.text + end as u32 },
        }
    }

    /// The value at a place of a record, whose long texts are these.
    pub(crate) fn value<'a>(&'a self, row: &Row, place: u32, long: &'a Long) -> Value<'a> {
        let head = self.heads(row.layout)[place as usize];
        let cell = self.cell(row, place);
        if head.kind() != Kind::Text {
            return cell.value(head.kind(), "");
        }
        Value::Text(match self.span(row, place).stands() {
            Stands::Here(place) => &self.text[place],
            Stands::Long(key) => str::from_utf8(long.get(head.name(), key)).unwrap_or_default(),
            Stands::Nowhere => "",
        })
    }

    /// Adds a text that is of no record.
    pub(crate) fn add_text(&mut self, text: &str) -> Span {
        let start = self.text.len() as u32;
        self.text.push_str(text);
        Span { start, end: self.text.len() as u32 }
    }

    /// Forgets all records; the room of as many as are usual is kept for the next ones.
    pub(crate) fn clear(&mut self) {
        (self.rows, self.long) = (0, 0);
        self.cells.clear();
        self.text.clear();
        self.text.shrink_to(KEPT_TEXT);
        self.layouts.clear();
        self.known.clear();
    }
}
