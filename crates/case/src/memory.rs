//! For how long the allocator holds back what is free. While logs are read, each unit of work takes up what the one before
//! it had; what comes after reading asks for other sizes, and would have its own beside it.
//!
//! This is told to jemalloc, the allocator of the program. Where another one serves, as in the tests of this crate, it is told
//! to one that nobody asks for memory.

use tikv_jemalloc_ctl::{Access, AsName};

/// Milliseconds for which memory that is free is held back while logs are read, and after that.
const READING: isize = 1_000;
const TELLING: isize = 200;

/// Logs are about to be read.
pub(crate) fn keep() {
    hold_for(READING);
}

/// Logs were read: gives back all that is free, and from now on sooner than before.
pub(crate) fn give_back() {
    hold_for(0);
    hold_for(TELLING);
}

/// From now on; with 0 what is free goes back at once.
fn hold_for(milliseconds: isize) {
    // Arenas that are made later begin with this.
    let _ = b"arenas.dirty_decay_ms\0".name().write(milliseconds);
    let arenas: u32 = b"arenas.narenas\0".name().read().unwrap_or_default();
    for arena in 0..arenas {
        // Those that were not asked for yet are not there.
        let _ = format!("arena.{arena}.dirty_decay_ms\0").as_bytes().name().write(milliseconds);
    }
}

#[cfg(test)]
mod tests {
    use super::{READING, TELLING, give_back, keep};
    use tikv_jemalloc_ctl::{Access, AsName};

    #[test]
    fn the_allocator_takes_what_it_is_told() {
        for (tell, expected) in [(keep as fn(), READING), (give_back, TELLING)] {
            tell();
            for name in [&b"arenas.dirty_decay_ms\0"[..], b"arena.0.dirty_decay_ms\0"] {
                let told: isize = name.name().read().unwrap();
                assert_eq!(told, expected);
            }
        }
    }
}
