//! The files of evidence: takes lines in order of time, numbers records, and turns Zeek's logs over each day.

use std::collections::BTreeMap;
use std::fs::{File, create_dir_all};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::DemoError;
use crate::campaign::{INCIDENTS, STEPS};
use crate::line::{Line, Target, ZeekLog};
use crate::rng::name_hash;
use crate::time::{DAY, Moment, push_date};
use crate::world::{HOSTS, SITES, Site};
use crate::{proxy, zeek};

/// The columns of the list of planted lines: file, place among its records from 0, intrusion, step.
const PLANTED_HEADER: &str = "file,ordinal,incident,step\n";

struct Open {
    path: PathBuf,
    file: BufWriter<File>,
    /// Lines that are records, so far.
    records: u64,
}

impl Open {
    fn create(path: PathBuf) -> Result<Open, DemoError> {
        let file = File::create_new(&path).map_err(DemoError::at(&path))?;
        Ok(Open { path, file: BufWriter::with_capacity(1 << 16, file), records: 0 })
    }

    /// Writes a record; gives its place among those of the file, from 0.
    fn record(&mut self, parts: &[&[u8]]) -> Result<u64, DemoError> {
        self.write(parts)?;
        self.records += 1;
        Ok(self.records - 1)
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<(), DemoError> {
        parts.iter().try_for_each(|part| self.file.write_all(part)).map_err(DemoError::at(&self.path))
    }

    fn close(mut self) -> Result<(), DemoError> {
        self.file.flush().map_err(DemoError::at(&self.path))
    }
}

struct HostLog {
    file: Open,
    /// Next record number of each channel.
    next: [u64; 3],
}

/// Lines written.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) windows: u64,
    pub(crate) zeek: u64,
    pub(crate) proxy: u64,
    pub(crate) planted: u64,
}

impl Counts {
    pub(crate) fn total(&self) -> u64 {
        self.windows + self.zeek + self.proxy
    }

    pub(crate) fn by_format(&self) -> BTreeMap<String, u64> {
        [("windows", self.windows), ("zeek", self.zeek), ("proxy", self.proxy)]
            .map(|(format, count)| (format.to_owned(), count))
            .into()
    }
}

/// All files that are open.
pub(crate) struct Evidence {
    root: PathBuf,
    windows: Vec<HostLog>,
    zeek: [[Option<(i64, Open)>; 4]; 2],
    proxy: Open,
    planted: Open,
    pub(crate) counts: Counts,
}

impl Evidence {
    /// Makes the folders and the files that last over the whole time; into `planted` goes the list of planted lines.
    pub(crate) fn create(root: &Path, planted: PathBuf) -> Result<Evidence, DemoError> {
        for folder in ["windows", "zeek/provider", "zeek/client", "proxy"] {
            let path = root.join(folder);
            create_dir_all(&path).map_err(DemoError::at(&path))?;
        }
        let mut windows = Vec::new();
        for host in &HOSTS {
            // Each log has been counting for long before the story begins.
            let hash = name_hash(host.name);
            let next = std::array::from_fn(|n| 100_000 + (hash >> (16 * n)) % 900_000);
            let path = root.join(format!("windows/{}.ndjson", host.name));
            windows.push(HostLog { file: Open::create(path)?, next });
        }
        let mut proxy = Open::create(root.join("proxy/access.log"))?;
        proxy.write(&[proxy::HEADER.as_bytes()])?;
        let mut planted = Open::create(planted)?;
        planted.write(&[PLANTED_HEADER.as_bytes()])?;
        Ok(Evidence {
            root: root.to_owned(),
            windows,
            zeek: Default::default(),
            proxy,
            planted,
            counts: Counts::default(),
        })
    }

    /// Writes one line; lines must come in order of time.
    pub(crate) fn write(&mut self, line: &Line, text: &str) -> Result<(), DemoError> {
        let ordinal = self.write_record(line, text)?;
        let Some(step) = usize::from(line.step).checked_sub(1) else { return Ok(()) };
        self.counts.planted += 1;
        let incident = INCIDENTS.iter().find(|(_, places, _)| places.contains(&step));
        let incident = incident.map_or("", |(id, ..)| id);
        let row = format!("{},{ordinal},{incident},{}\n", file_name(line.target, line.time), STEPS[step].0);
        self.planted.write(&[row.as_bytes()])
    }

    fn write_record(&mut self, line: &Line, text: &str) -> Result<u64, DemoError> {
        match line.target {
            Target::Windows(host, channel) => {
                self.counts.windows += 1;
                let log = &mut self.windows[host.index()];
                let number = &mut log.next[channel as usize];
                let (before, after) = text.split_at(line.record_at as usize);
                let text = number.to_string();
                *number += 1;
                log.file.record(&[before.as_bytes(), text.as_bytes(), after.as_bytes(), b"\n"])
            }
            Target::Zeek(site, log) => {
                self.counts.zeek += 1;
                self.zeek_log(site, log, line.time)?.record(&[text.as_bytes(), b"\n"])
            }
            Target::Proxy => {
                self.counts.proxy += 1;
                self.proxy.record(&[text.as_bytes(), b"\n"])
            }
        }
    }

    fn zeek_log(&mut self, site: Site, log: ZeekLog, t: Moment) -> Result<&mut Open, DemoError> {
        let slot = &mut self.zeek[site as usize][log as usize];
        let (_, open) = match slot.take() {
            Some((day, open)) if day == t.day() => slot.insert((day, open)),
            other => {
                other.map_or(Ok(()), |(day, open)| close_zeek(day, open))?;
                let mut open = Open::create(self.root.join(file_name(Target::Zeek(site, log), t)))?;
                open.write(&[zeek::header(log, Moment(t.day() * DAY)).as_bytes()])?;
                slot.insert((t.day(), open))
            }
        };
        Ok(open)
    }

    /// Ends every file.
    pub(crate) fn finish(self) -> Result<Counts, DemoError> {
        for (day, open) in self.zeek.into_iter().flatten().flatten() {
            close_zeek(day, open)?;
        }
        for log in self.windows {
            log.file.close()?;
        }
        self.proxy.close()?;
        self.planted.close()?;
        Ok(self.counts)
    }
}

fn close_zeek(day: i64, mut open: Open) -> Result<(), DemoError> {
    open.write(&[zeek::footer(Moment((day + 1) * DAY)).as_bytes()])?;
    open.close()
}

/// Name of the file that holds a line, relative to the folder of evidence.
pub(crate) fn file_name(target: Target, t: Moment) -> String {
    match target {
        Target::Windows(host, _) => format!("windows/{}.ndjson", host.get().name),
        Target::Zeek(site, log) => {
            let mut name = format!("zeek/{}/{}.", SITES[site as usize].folder(), zeek::log_name(log));
            push_date(&mut name, t);
            name.push_str(".log");
            name
        }
        Target::Proxy => "proxy/access.log".to_owned(),
    }
}
