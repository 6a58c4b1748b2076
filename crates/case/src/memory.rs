//! What the allocator holds back for the next who asks. While logs are read, each unit of work takes up what the one
//! before it had, so memory that is free is kept; what comes after reading asks for other sizes, and would have its own
//! beside it.

use tikv_jemalloc_ctl::{Access, AsName};

/// For so long, in milliseconds, memory that is free is kept after reading.
const KEPT: isize = 200;

/// From now on gives back to the system what has been free for [`KEPT`]. Does nothing in a program that has another
/// allocator.
pub(crate) fn give_back() {
    let arenas: u32 = b"arenas.narenas\0".name().read().unwrap_or_default();
    for arena in 0..arenas {
        let decay = format!("arena.{arena}.dirty_decay_ms\0");
        // Arenas that nobody used are not there.
        let _ = decay.as_bytes().name().write(KEPT);
    }
}
