//! In: a seed and a number of events. Out: a folder of evidence (Windows, Zeek and proxy logs) and its truth.
//! Invariant: the same seed and number give the same bytes on every machine; each file is in order of time.
//! Memory: one quarter of an hour is held at a time, at most [`MAX_LINES_A_DAY`] lines a day, so it is bounded.
//! Sources: the Sysmon and Windows audit event schemas, Winlogbeat 7 and 8, Zeek's ASCII writer, W3C Extended Log.
//!
//! The story is fiction: a managed service provider, *Meridian Managed Services*, and its client *Halvard Marine*.
//! Outside addresses are of the documentation ranges, names end in `.example`, hashes are made up, and no line
//! holds a working attack. What is planted is told by [`Truth`].

mod campaign;
mod error;
mod evidence;
mod generate;
mod image;
mod life;
mod line;
mod net;
mod outside;
mod proxy;
mod rng;
mod security;
mod sysmon;
mod time;
mod truth;
mod windows;
mod world;
mod zeek;

pub use error::DemoError;
pub use generate::{DemoOptions, MAX_LINES_A_DAY, generate};
pub use truth::{Campaign, Gap, Marker, Step, Transfer, Truth};
