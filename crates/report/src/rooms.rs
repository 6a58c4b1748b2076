//! How many bytes the parts of the page may take that grow with a case. What has no room is left to commands.

use std::cell::Cell;

use crate::html::Html;

/// Bytes that are left for one thing, wherever it stands on the page.
pub(crate) struct Room(Cell<usize>);

impl Room {
    /// Writes `part` if it fits; whether it did.
    pub(crate) fn put(&self, html: &mut Html, part: impl FnOnce(&mut Html)) -> bool {
        if self.0.get() == 0 {
            return false;
        }
        let mut own = Html::default();
        part(&mut own);
        let own = own.finish();
        let left = self.0.get().checked_sub(own.len());
        if let Some(left) = left {
            self.0.set(left);
            html.raw(&own);
        }
        left.is_some()
    }
}

/// The rooms of a page.
pub(crate) struct Rooms {
    /// The values that made findings.
    pub(crate) because: Room,
    /// The fields of records.
    pub(crate) fields: Room,
    /// Rows of steps beyond the first ones.
    pub(crate) steps: Room,
    /// The first picture of each kind.
    pub(crate) pictures: Room,
    /// Pictures with every lane and every host.
    pub(crate) full: Room,
}

impl Default for Rooms {
    fn default() -> Self {
        let room = |bytes| Room(Cell::new(bytes));
        Rooms {
            because: room(300_000),
            fields: room(550_000),
            steps: room(200_000),
            pictures: room(500_000),
            full: room(250_000),
        }
    }
}
