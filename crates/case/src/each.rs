//! Work that is shared out: over all processors, or so that little is held at a time.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use crate::CaseError;

/// Records that several items want together are held up to this number.
const HELD: usize = 10_000;

/// Does the same with each item, on all processors; what comes out is in the order of the items.
pub(crate) fn each<I: Sync, T: Send>(
    items: &[I],
    work: impl Fn(&I) -> Result<T, CaseError> + Sync,
) -> Result<Vec<T>, CaseError> {
    let next = Mutex::new(items.iter().enumerate());
    let work = || -> Result<Vec<(usize, T)>, CaseError> {
        let mut done = Vec::new();
        loop {
            let item = next.lock().ok().and_then(|mut next| next.next());
            let Some((place, item)) = item else { return Ok(done) };
            done.push((place, work(item)?));
        }
    };
    // Most often there are few items or none, and a thread takes longer to begin than a small one to be worked on.
    let others = match items.len() {
        0 | 1 => 0,
        items => std::thread::available_parallelism().map_or(1, usize::from).min(items) - 1,
    };
    let mut all = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..others).map(|_| scope.spawn(work)).collect();
        let mut all = Vec::with_capacity(items.len());
        all.extend(catch_unwind(AssertUnwindSafe(work)).map_err(|_| CaseError::Worker)??);
        for worker in workers {
            all.extend(worker.join().map_err(|_| CaseError::Worker)??);
        }
        Ok::<_, CaseError>(all)
    })?;
    all.sort_by_key(|(place, _)| *place);
    Ok(all.into_iter().map(|(_, done)| done).collect())
}

/// The items in order, so many at a time as want no more records together than may be held, one at least; with
/// what they want.
pub(crate) fn some_at_once<'a, T, I: Iterator<Item = u64>>(
    mut rest: &'a [T],
    wants: impl Fn(&'a T) -> I,
) -> impl Iterator<Item = (&'a [T], BTreeSet<u64>)> {
    std::iter::from_fn(move || {
        let mut wanted: BTreeSet<u64> = wants(rest.first()?).collect();
        let mut fits = 1;
        for item in &rest[1..] {
            let new: Vec<u64> = wants(item).filter(|record| !wanted.contains(record)).collect();
            if wanted.len() + new.len() > HELD {
                break;
            }
            wanted.extend(new);
            fits += 1;
        }
        let (some, more) = rest.split_at(fits);
        rest = more;
        Some((some, wanted))
    })
}

#[cfg(test)]
mod tests {
    use super::{HELD, some_at_once};

    #[test]
    fn what_is_wanted_together_is_bounded_and_nothing_is_left_out() {
        let held = HELD as u64;
        let items = [0..held - 1, held - 2..held, 0..held + 1, 5..6];
        let parts: Vec<_> =
            some_at_once(&items, Clone::clone).map(|(some, wanted)| (some.len(), wanted.len())).collect();
        assert_eq!(parts, [(2, HELD), (1, HELD + 1), (1, 1)]);
        assert_eq!(some_at_once(&[] as &[std::ops::Range<u64>], Clone::clone).count(), 0);
    }
}
