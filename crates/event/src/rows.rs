//! The records of a unit of work as they were read, row by row, until all are there: then each column is taken out of
//! them at once. A record that is added is copied in one piece; columns are made one at a time, while what one needs lies
//! near the processor.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::FixedState;
use onus_source::{Cell, Fields, Head};

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
    pub(crate) text: String,
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

/// Where a text stands among all texts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// Of a row without a value.
    pub(crate) const NONE: Span = Span { start: u32::MAX, end: u32::MAX };

    #[inline]
    pub(crate) fn of(self, texts: &[u8]) -> Option<&[u8]> {
        (self != Span::NONE).then(|| &texts[self.start as usize..self.end as usize])
    }
}

impl Rows {
    /// Adds a record; most have the layout of the last one of their shape.
    pub(crate) fn add(&mut self, fields: &Fields, last: Option<&Row>) -> Row {
        let guess = last.map(|last| last.layout);
        let same = |guess: &u32| *self.layouts[*guess as usize] == *fields.heads();
        let layout = guess.filter(same).unwrap_or_else(|| self.layout(fields.heads()));
        // What is held, see [`Self::is_full`], and a record, see `split`, are far smaller than 4 GiB.
        let row = Row { layout, cells: self.cells.len() as u32, text: self.text.len() as u32 };
        self.rows += 1;
        self.cells.extend_from_slice(fields.cells());
        self.text.push_str(fields.text());
        row
    }

    /// Whether so much is held that columns must be made of it before more is added.
    pub(crate) fn is_full(&self) -> bool {
        self.text.len() >= MOST_TEXT || self.cells.len() >= MOST_CELLS || self.rows >= MOST_ROWS
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

    /// The value at a place of a record, which is a text: where it stands among all texts.
    #[inline]
    pub(crate) fn span(&self, row: &Row, place: u32) -> Span {
        let Range { start, end } = self.cell(row, place).text();
        Span { start: row.text + start as u32, end: row.text + end as u32 }
    }

    /// Adds a text that is of no record.
    pub(crate) fn add_text(&mut self, text: &str) -> Span {
        let start = self.text.len() as u32;
        self.text.push_str(text);
        Span { start, end: self.text.len() as u32 }
    }

    /// Forgets all records; the room of as many as are usual is kept for the next ones.
    pub(crate) fn clear(&mut self) {
        self.rows = 0;
        self.cells.clear();
        self.text.clear();
        self.text.shrink_to(KEPT_TEXT);
        self.layouts.clear();
        self.known.clear();
    }
}
