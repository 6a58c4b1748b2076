//! Room for bytes on their way from one thread to others: who brings more than there is room for, waits.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// So many bytes may be on their way.
pub(crate) struct Room {
    most: usize,
    used: Mutex<Used>,
    changed: Condvar,
}

#[derive(Default)]
struct Used {
    bytes: usize,
    closed: bool,
}

impl Room {
    /// Room for `most` bytes.
    pub(crate) fn of(most: usize) -> Self {
        Room { most, used: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits until there is room, and takes it; what is larger than all the room gets it when nothing else is under
    /// way. False if the room was closed.
    pub(crate) fn take(&self, bytes: usize) -> bool {
        let full =
            |used: &mut Used| bytes > 0 && !used.closed && used.bytes > 0 && used.bytes + bytes > self.most;
        let mut used = self.changed.wait_while(self.lock(), full).unwrap_or_else(PoisonError::into_inner);
        used.bytes += bytes;
        !used.closed
    }

    /// Gives back what was taken.
    pub(crate) fn give(&self, bytes: usize) {
        let mut used = self.lock();
        used.bytes = used.bytes.saturating_sub(bytes);
        self.changed.notify_all();
    }

    /// When this is dropped, also by a panic, nobody waits any longer.
    pub(crate) fn closing(&self) -> Closing<'_> {
        Closing(self)
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes a room in the end.
pub(crate) struct Closing<'a>(&'a Room);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::Room;
    use std::sync::mpsc::channel;

    #[test]
    fn who_brings_too_much_waits() {
        let room = Room::of(10);
        assert!(room.take(6) && room.take(4) && room.take(0));
        let (done, waited) = channel();
        std::thread::scope(|scope| {
            let room = &room;
            scope.spawn(move || {
                // More than all the room: only when the rest is given back.
                let _ = done.send((room.take(20), room.take(1)));
            });
            room.give(4);
            assert!(waited.recv_timeout(std::time::Duration::from_millis(50)).is_err(), "six bytes are left");
            room.give(6);
            drop(room.closing());
            assert_eq!(waited.recv().map(|(_, after)| after), Ok(false), "it is closed");
        });
    }
}
