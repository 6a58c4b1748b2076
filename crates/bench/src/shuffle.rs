//! Events of many files in an order drawn by lot, the same in every run: what a matcher remembers of one file is of
//! little use for the next event.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use crate::Result;

/// Any number will do; it is fixed so that runs can be compared.
const SEED: u64 = 0x6f6e_7573;

/// Where a line lies.
struct Line {
    file: usize,
    offset: u64,
    length: usize,
}

/// Writes all lines of the files under `from`, shuffled, to as many files under `to`; returns their number.
pub(crate) fn lines(from: &Path, to: &Path) -> Result<u64> {
    let mut paths: Vec<_> = fs::read_dir(from)?.map(|e| Ok(e?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    let mut lines = Vec::new();
    let mut files = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        index(number, path, &mut lines)?;
        files.push(File::open(path)?);
    }
    let mut lots = Lots(SEED);
    for last in (1..lines.len()).rev() {
        lines.swap(last, lots.below(last as u64 + 1) as usize);
    }
    let each = lines.len().div_ceil(files.len().max(1)).max(1);
    let mut text = Vec::new();
    for (number, part) in lines.chunks(each).enumerate() {
        let mut out =
            BufWriter::with_capacity(1 << 20, File::create(to.join(format!("{number:04}.ndjson")))?);
        for line in part {
            let file = &mut files[line.file];
            file.seek(SeekFrom::Start(line.offset))?;
            text.resize(line.length, 0);
            file.read_exact(&mut text)?;
            out.write_all(text.trim_ascii_end())?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
    }
    Ok(lines.len() as u64)
}

fn index(file: usize, path: &Path, lines: &mut Vec<Line>) -> Result<()> {
    let mut input = BufReader::with_capacity(1 << 20, File::open(path)?);
    let (mut text, mut offset) = (Vec::new(), 0);
    loop {
        text.clear();
        let length = input.read_until(b'\n', &mut text)?;
        if length == 0 {
            return Ok(());
        }
        if !text.trim_ascii().is_empty() {
            lines.push(Line { file, offset, length });
        }
        offset += length as u64;
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
pub(crate) struct Lots(pub(crate) u64);

impl Lots {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is over 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::lines;
    use std::fs;

    #[test]
    fn every_line_once_in_the_same_other_order() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        fs::create_dir(&from).unwrap();
        let all: Vec<String> = (0..100).map(|n| format!("{{\"n\":{n}}}")).collect();
        fs::write(from.join("a"), all[..30].join("\n")).unwrap();
        fs::write(from.join("b"), all[30..].join("\r\n\n") + "\n").unwrap();
        let shuffled = |name: &str| {
            let to = folder.path().join(name);
            fs::create_dir(&to).unwrap();
            assert_eq!(lines(&from, &to).unwrap(), 100);
            let text = |n: u32| fs::read_to_string(to.join(format!("000{n}.ndjson"))).unwrap();
            let both: Vec<String> = (text(0) + &text(1)).lines().map(str::to_owned).collect();
            both
        };
        let mut once = shuffled("once");
        assert_eq!(once, shuffled("twice"));
        assert_ne!(once, all);
        let mut expected = all.clone();
        once.sort();
        expected.sort();
        assert_eq!(once, expected);
    }
}
