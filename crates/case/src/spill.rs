//! Sorts more than fits into memory: sorted runs in one temporary file, merged when read back.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::CaseError;

/// Bytes of what waits in memory before it becomes a run, about.
const RUN_BYTES: usize = 32 << 20;
/// Bytes read ahead of each run.
const BUFFER_BYTES: usize = 32 << 10;

/// Something that can be sorted, and knows about how many bytes it takes.
pub(crate) trait Sorted: Ord + Serialize + DeserializeOwned {
    /// About how many bytes it takes in memory.
    fn bytes(&self) -> usize;
}

/// Takes items in any order, and gives them back sorted. The file is made when it is needed.
pub(crate) struct Sorter<T> {
    path: PathBuf,
    items: Vec<T>,
    bytes: usize,
    file: Option<File>,
    /// Where each run begins and how long it is.
    runs: Vec<(u64, u64)>,
}

impl<T: Sorted> Sorter<T> {
    /// A sorter whose file, if it needs one, is `path`.
    pub(crate) fn new(path: PathBuf) -> Self {
        Sorter { path, items: Vec::new(), bytes: 0, file: None, runs: Vec::new() }
    }

    /// All that was pushed; a sorter without anything stays behind.
    pub(crate) fn taken(&mut self) -> Self {
        std::mem::replace(self, Sorter::new(self.path.clone()))
    }

    pub(crate) fn push(&mut self, item: T) -> Result<(), CaseError> {
        self.bytes += item.bytes();
        self.items.push(item);
        if self.bytes < RUN_BYTES { Ok(()) } else { self.write_run() }
    }

    fn write_run(&mut self) -> Result<(), CaseError> {
        let io = io(&self.path);
        self.items.sort_unstable();
        self.bytes = 0;
        let mut text = Vec::new();
        for item in self.items.drain(..) {
            serde_json::to_writer(&mut text, &item).map_err(|e| io(e.into()))?;
            text.push(b'\n');
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::create_new(&self.path).map_err(&io)?),
        };
        file.write_all(&text).map_err(&io)?;
        let begin = self.runs.last().map_or(0, |(begin, length)| begin + length);
        self.runs.push((begin, text.len() as u64));
        Ok(())
    }

    /// Gives all items to `take` in order, and removes the file.
    pub(crate) fn finish(
        mut self,
        take: &mut dyn FnMut(T) -> Result<(), CaseError>,
    ) -> Result<(), CaseError> {
        self.items.sort_unstable();
        if self.runs.is_empty() {
            return self.items.into_iter().try_for_each(take);
        }
        self.write_run()?;
        let mut runs =
            self.runs.iter().map(|run| Run::open(&self.path, *run)).collect::<Result<Vec<_>, _>>()?;
        let mut heads = BinaryHeap::new();
        for (number, run) in runs.iter_mut().enumerate() {
            heads.extend(run.next(&self.path)?.map(|item: T| Reverse((item, number))));
        }
        while let Some(Reverse((item, number))) = heads.pop() {
            heads.extend(runs[number].next(&self.path)?.map(|item| Reverse((item, number))));
            take(item)?;
        }
        drop(runs);
        fs::remove_file(&self.path).map_err(io(&self.path))
    }
}

struct Run {
    lines: BufReader<std::io::Take<File>>,
    line: Vec<u8>,
}

impl Run {
    fn open(path: &Path, (begin, length): (u64, u64)) -> Result<Self, CaseError> {
        let mut file = File::open(path).map_err(io(path))?;
        file.seek(SeekFrom::Start(begin)).map_err(io(path))?;
        Ok(Run { lines: BufReader::with_capacity(BUFFER_BYTES, file.take(length)), line: Vec::new() })
    }

    fn next<T: DeserializeOwned>(&mut self, path: &Path) -> Result<Option<T>, CaseError> {
        self.line.clear();
        if self.lines.read_until(b'\n', &mut self.line).map_err(io(path))? == 0 {
            return Ok(None);
        }
        serde_json::from_slice(&self.line).map(Some).map_err(|e| io(path)(e.into()))
    }
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> CaseError + use<> {
    let path = path.to_owned();
    move |source| CaseError::Io { path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Sorted for (u64, String) {
        fn bytes(&self) -> usize {
            self.1.len() + 32
        }
    }

    #[test]
    fn what_goes_through_a_file_comes_back_sorted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs");
        let mut sorter = Sorter::new(path.clone());
        let filler = "x".repeat(2_000);
        let mut expected: Vec<u64> = (0..60_000_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        for n in &expected {
            sorter.push((*n, filler.clone())).unwrap();
        }
        assert!(path.exists() && sorter.runs.len() > 2, "{} runs", sorter.runs.len());
        let mut found = Vec::new();
        sorter
            .finish(&mut |(n, _)| {
                found.push(n);
                Ok(())
            })
            .unwrap();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert!(!path.exists());
    }
}
