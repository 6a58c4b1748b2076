//! Makes the inputs: real logs, copied or unpacked as often as it takes to reach the wished number of events.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use onus_source::{Format, Input, Item, Reader, find_inputs};

use crate::stages::count;
use crate::{Result, shuffle};

/// The folder of the first copy.
const FIRST: &str = "000";

/// Copies the EVTX files under `from` until they hold `least` records.
pub(crate) fn evtx(from: &Path, to: &Path, least: u64) -> Result<()> {
    let mut inputs = find_inputs(&[from.to_owned()])?;
    inputs.retain(|input| input.path.extension().is_some_and(|e| e.eq_ignore_ascii_case("evtx")));
    let once = count(&inputs)?;
    if once == 0 {
        return Err(format!("{}: no EVTX record", from.display()).into());
    }
    for copy in 0..least.div_ceil(once) {
        let folder = to.join(format!("{copy:03}"));
        fs::create_dir_all(&folder)?;
        for (number, input) in inputs.iter().enumerate() {
            fs::copy(&input.path, folder.join(format!("{number:04}.evtx")))?;
        }
    }
    Ok(())
}

/// Unpacks the archives of Windows events under `from` to plain NDJSON.
pub(crate) fn ndjson(from: &Path, to: &Path) -> Result<()> {
    let mut inputs = find_inputs(&[from.to_owned()])?;
    inputs.retain(|input| !input.shown.contains("zeek"));
    fs::create_dir_all(to)?;
    unpack(&inputs, to)
}

/// As [`ndjson`], its events in an order drawn by lot, and copied until there are `least` of them.
pub(crate) fn shuffled(from: &Path, to: &Path, least: u64) -> Result<()> {
    let ordered = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    ndjson(from, ordered.path())?;
    let first = to.join(FIRST);
    fs::create_dir_all(&first)?;
    let once = shuffle::lines(ordered.path(), &first)?;
    if once == 0 {
        return Err(format!("{}: no event in NDJSON", from.display()).into());
    }
    copied(to, least.div_ceil(once))
}

/// Copies the events in the folder `000` until they are there so many times. The copies are links, which take no room on disk.
pub(crate) fn copied(to: &Path, times: u64) -> Result<()> {
    for copy in (1..times).map(|copy| to.join(format!("{copy:03}"))).filter(|copy| !copy.exists()) {
        fs::create_dir_all(&copy)?;
        for input in find_inputs(&[to.join(FIRST)])? {
            let name = input.path.file_name().ok_or("a file without a name")?;
            fs::hard_link(&input.path, copy.join(name))?;
        }
    }
    Ok(())
}

fn unpack(inputs: &[Input], to: &Path) -> Result<()> {
    let mut files: HashMap<u32, BufWriter<File>> = HashMap::new();
    let mut failed = None;
    let mut emit = |item| {
        let written = match item {
            Item::Chunk(chunk) if chunk.format == Format::JsonLines => {
                let file = files.entry(chunk.source);
                let file = match file {
                    std::collections::hash_map::Entry::Occupied(known) => Ok(known.into_mut()),
                    std::collections::hash_map::Entry::Vacant(new) => {
                        let path = to.join(format!("{:04}.ndjson", chunk.source));
                        File::create(path).map(|file| new.insert(BufWriter::new(file)))
                    }
                };
                file.and_then(|file| file.write_all(&chunk.data))
            }
            Item::End(end) => files.remove(&end.source).map_or(Ok(()), |mut file| {
                file.flush()?;
                let number = end.source;
                let name = end.path.rsplit('/').next().unwrap_or_default();
                fs::rename(
                    to.join(format!("{number:04}.ndjson")),
                    to.join(format!("{number:04}-{name}.ndjson")),
                )
            }),
            _ => Ok(()),
        };
        failed = written.err();
        failed.is_none()
    };
    let mut reader = Reader::new(&mut emit, Arc::new(AtomicU64::new(0)));
    for input in inputs {
        if let Err(stopped) = reader.read(input) {
            return Err(failed.map_or_else(|| stopped.into(), Into::into));
        }
    }
    Ok(())
}

/// Bytes in all files under `folder`.
pub(crate) fn size(folder: &Path) -> Result<u64> {
    Ok(find_inputs(&[folder.to_owned()])?.iter().map(|input| input.size).sum())
}
