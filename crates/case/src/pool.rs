//! Texts that stand in many places, once: the same values made the matches of a rule on many hosts.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

/// Gives the same text out again and again.
#[derive(Debug, Default)]
pub(crate) struct Pool(HashSet<Arc<str>>);

impl Pool {
    pub(crate) fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        self.0.insert(Arc::clone(&text));
        text
    }
}

/// The same text for all threads.
pub(crate) fn shared(text: &str, texts: &Mutex<Pool>) -> Arc<str> {
    texts.lock().map_or_else(|_| text.into(), |mut texts| texts.get(text))
}

/// Adds to the end of a list, as [`insert_tight`] does.
pub(crate) fn push_tight<T>(list: &mut Vec<T>, item: T) {
    let end = list.len();
    insert_tight(list, end, item);
}

/// Adds to a list of which there are very many, each with few entries: it grows by a half and not to the next power
/// of two.
pub(crate) fn insert_tight<T>(list: &mut Vec<T>, place: usize, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 2 + 1);
    }
    list.insert(place, item);
}
