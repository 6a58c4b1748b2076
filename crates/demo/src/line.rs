//! Lines in the making: one growing text and an index that is put in order of time before it is written.

use crate::rng::Rng;
use crate::time::Moment;
use crate::world::{HOSTS, HostId, Site, World};

/// Which file a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// A Windows event of a host; record numbers are counted for each channel.
    Windows(HostId, Channel),
    Zeek(Site, ZeekLog),
    Proxy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Channel {
    Security,
    Sysmon,
    System,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ZeekLog {
    Conn,
    Dns,
    Http,
    Ssl,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) time: Moment,
    pub(crate) target: Target,
    /// Number of the planted step; 0 for ordinary life.
    pub(crate) step: u8,
    /// Whether it stands in the log of a controller that was only asked about an account.
    pub(crate) of_another: bool,
    start: usize,
    length: u32,
    /// Where in the line the record number goes; 0 if it has none.
    pub(crate) record_at: u32,
}

/// A text and its index.
#[derive(Default)]
pub(crate) struct Lines {
    pub(crate) text: String,
    pub(crate) index: Vec<Line>,
    start: usize,
}

impl Lines {
    /// Everything pushed on `text` from here to [`Lines::end`] is one line.
    pub(crate) fn begin(&mut self) -> &mut String {
        self.start = self.text.len();
        &mut self.text
    }

    pub(crate) fn end(&mut self, time: Moment, target: Target, step: u8, record_at: usize) {
        let start = self.start;
        let length = (self.text.len() - start) as u32;
        let record_at = record_at.saturating_sub(start) as u32;
        self.index.push(Line { time, target, step, of_another: false, start, length, record_at });
    }

    pub(crate) fn get(&self, line: &Line) -> &str {
        &self.text[line.start..line.start + line.length as usize]
    }

    /// Puts the lines in order of time; lines of one moment keep the order in which they were made.
    pub(crate) fn sort(&mut self) {
        self.index.sort_by_key(|line| line.time);
    }

    /// Forgets the first `count` lines and their text.
    pub(crate) fn forget(&mut self, count: usize) {
        let mut kept = String::new();
        self.index.drain(..count);
        for line in &mut self.index {
            let start = kept.len();
            kept.push_str(&self.text[line.start..line.start + line.length as usize]);
            line.start = start;
        }
        // The large buffer is used again rather than freed.
        self.text.clear();
        self.text.push_str(&kept);
    }
}

/// Where events are emitted: shared by ordinary life and the campaign, which have one each.
pub(crate) struct Emit<'w> {
    pub(crate) world: &'w World,
    pub(crate) rng: Rng,
    pub(crate) lines: Lines,
    /// Number of the planted step that lines belong to from now on.
    pub(crate) step: u8,
    /// Lines emitted in all.
    pub(crate) count: u64,
    /// Serial numbers of processes and logons; even in ordinary life and odd in the campaign, so that the
    /// campaign is the same whatever else happens, and nothing has a number twice.
    serial: [u32; HOSTS.len()],
    logons: [u32; HOSTS.len()],
    parity: u32,
}

impl<'w> Emit<'w> {
    pub(crate) fn new(world: &'w World, rng: Rng, parity: u32) -> Self {
        Emit {
            world,
            rng,
            lines: Lines::default(),
            step: 0,
            count: 0,
            serial: [0x2_0000 + parity; HOSTS.len()],
            logons: [0; HOSTS.len()],
            parity,
        }
    }

    pub(crate) fn end(&mut self, time: Moment, target: Target, record_at: usize) {
        self.lines.end(time, target, self.step, record_at);
        self.count += 1;
    }

    pub(crate) fn next_serial(&mut self, host: HostId) -> u32 {
        let serial = &mut self.serial[host.index()];
        *serial = serial.wrapping_add(2 * (1 + self.rng.below(24) as u32));
        *serial
    }

    /// Logon identifiers grow with time, as the counter of a running system does.
    pub(crate) fn next_logon(&mut self, host: HostId, at: Moment) -> u64 {
        let count = &mut self.logons[host.index()];
        *count = (*count + 1) % 128;
        let elapsed = (at.0 - crate::time::START.0) / crate::time::SECOND + 100_000;
        (elapsed as u64) << 8 | u64::from(*count) << 1 | u64::from(self.parity)
    }

    /// The last line stands in the log of a controller that was only asked about an account.
    pub(crate) fn of_another(&mut self) {
        if let Some(line) = self.lines.index.last_mut() {
            line.of_another = true;
        }
    }

    /// A process number, a multiple of four as Windows gives them.
    pub(crate) fn next_pid(&mut self) -> u32 {
        4 * self.rng.between(700, 4_000) as u32
    }

    /// An ephemeral port.
    pub(crate) fn port(&mut self) -> u16 {
        self.rng.between(49_152, 65_535) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, Target};
    use crate::time::START;

    #[test]
    fn lines_come_in_order_and_are_forgotten() {
        let mut lines = Lines::default();
        for (offset, text) in [(5, "late"), (1, "first"), (1, "second")] {
            lines.begin().push_str(text);
            lines.end(START.plus(offset), Target::Proxy, 0, 0);
        }
        lines.sort();
        let texts = |lines: &Lines| lines.index.iter().map(|l| lines.get(l).to_owned()).collect::<Vec<_>>();
        assert_eq!(texts(&lines), ["first", "second", "late"]);
        lines.forget(2);
        assert_eq!(texts(&lines), ["late"]);
        assert_eq!(lines.text, "late");
    }
}
