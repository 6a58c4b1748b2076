//! In: a seed and a number of events. Out: an evidence folder, and the truth about what was planted in it.
//! Invariant: the same options give the same bytes on every machine, in memory bounded by one time slot
//! (about 20,000 lines) and the campaign, whatever the volume; every file is in the order of time.
//! Source: Winlogbeat, Sysmon, Zeek TSV and W3C Extended Log forms; the intrusion is invented.

mod story;

pub use story::{Campaign, DemoError, DemoOptions, Gap, Marker, Step, Truth, generate};
