//! Parquet's hybrid of run lengths and bit packing, as its format states it under `RLE`.

use std::ops::Range;

use arrow_buffer::bit_chunk_iterator::BitChunks;

/// Runs shorter than this are bit-packed.
const RUN: usize = 8;

/// Bits that hold every number up to `largest`.
pub(super) fn width(largest: u32) -> u32 {
    u32::BITS - largest.leading_zeros()
}

/// Appends `values`, each below two to the power of `width`, to `out`.
pub(super) fn encode(values: &[u32], width: u32, out: &mut Vec<u8>) {
    let mut at = 0;
    while at < values.len() {
        let alike = run_at(values, at);
        if alike >= RUN {
            header((alike as u64) << 1, out);
            out.extend_from_slice(&values[at].to_le_bytes()[..width.div_ceil(8) as usize]);
            at += alike;
            continue;
        }
        let mut end = at + RUN;
        while end < values.len() && !is_run(values, end) {
            end += RUN;
        }
        let packed = &values[at..end.min(values.len())];
        header((packed.len().div_ceil(RUN) as u64) << 1 | 1, out);
        pack(packed, width, out);
        at = end;
    }
}

/// So many bytes of eight bits alike are written as a run.
const BYTES_ALIKE: usize = 4;

/// Appends these bits of `bytes`, the low ones of each first, to `out` as numbers of one bit; returns how many are set.
pub(super) fn bits(bytes: &[u8], range: Range<usize>, out: &mut Vec<u8>) -> usize {
    let words = BitChunks::new(bytes, range.start, range.len());
    let mut aligned: Vec<u8> = words.iter_padded().flat_map(u64::to_le_bytes).collect();
    aligned.truncate(range.len().div_ceil(8));
    let whole = range.len() / 8;
    // Bytes from here on that make a run, or none.
    let alike = |at: usize| {
        let is_run = at < whole && matches!(aligned[at], 0 | 0xff);
        let same = || aligned[at..whole].iter().take_while(|byte| **byte == aligned[at]).count();
        Some(at).filter(|_| is_run).map(|_| same()).filter(|same| *same >= BYTES_ALIKE)
    };
    let mut at = 0;
    while at < aligned.len() {
        if let Some(same) = alike(at) {
            run(aligned[at] != 0, same * 8, out);
            at += same;
            continue;
        }
        let mut end = at + 1;
        while end < aligned.len() && alike(end).is_none() {
            end += 1;
        }
        header(((end - at) as u64) << 1 | 1, out);
        out.extend_from_slice(&aligned[at..end]);
        at = end;
    }
    words.iter_padded().map(|word| word.count_ones() as usize).sum()
}

fn run_at(values: &[u32], at: usize) -> usize {
    values[at..].iter().take_while(|value| **value == values[at]).count()
}

fn is_run(values: &[u32], at: usize) -> bool {
    values.get(at..at + RUN).is_some_and(|some| some.iter().all(|value| *value == some[0]))
}

/// A variable-length number: seven bits a byte, the low ones first.
fn header(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// The low bits of each value, one after another, filled up with zeros to a whole group.
pub(super) fn pack(values: &[u32], width: u32, out: &mut Vec<u8>) {
    let mut bits = 0u64;
    let mut filled = 0;
    let padding = values.len().next_multiple_of(RUN) - values.len();
    for value in values.iter().copied().chain(std::iter::repeat_n(0, padding)) {
        bits |= u64::from(value) << filled;
        filled += width;
        if filled >= u32::BITS {
            out.extend_from_slice(&(bits as u32).to_le_bytes());
            bits >>= u32::BITS;
            filled -= u32::BITS;
        }
    }
    // A group is a whole number of bytes.
    out.extend_from_slice(&bits.to_le_bytes()[..filled as usize / 8]);
}

/// Appends `number` times the same bit.
pub(super) fn run(bit: bool, number: usize, out: &mut Vec<u8>) {
    header((number as u64) << 1, out);
    out.push(u8::from(bit));
}

#[cfg(test)]
mod tests {
    use super::{bits, encode, pack, run, width};

    /// The bits that were encoded, as the format says.
    fn decoded(mut bytes: &[u8], number: usize) -> Vec<bool> {
        let mut all = Vec::new();
        while !bytes.is_empty() {
            let (mut header, mut shift) = (0usize, 0);
            loop {
                let byte = bytes[0];
                bytes = &bytes[1..];
                header |= usize::from(byte & 0x7f) << shift;
                shift += 7;
                if byte < 0x80 {
                    break;
                }
            }
            let length = if header & 1 == 1 { header >> 1 } else { 1 };
            let (own, rest) = bytes.split_at(length);
            match header & 1 {
                1 => all.extend(own.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1))),
                _ => all.extend(std::iter::repeat_n(own[0] == 1, header >> 1)),
            }
            bytes = rest;
        }
        assert!((number..number + 8).contains(&all.len()));
        all.truncate(number);
        all
    }

    #[test]
    fn bits_are_read_again() {
        // Stretches alike, and others, at no boundary of bytes.
        let one = |at: usize| match at {
            0..3 | 300..420 => false,
            3..200 | 430..900 => true,
            _ => at.wrapping_mul(0x9e37_79b9) >> 7 & 1 == 1,
        };
        let mut bytes = vec![0u8; 128];
        (0..1_024).filter(|at| one(*at)).for_each(|at| bytes[at / 8] |= 1 << (at % 8));
        for range in [0..1_024, 0..1, 5..6, 7..7, 3..200, 100..431, 199..905, 1_000..1_023] {
            let expected: Vec<bool> = range.clone().map(one).collect();
            let mut out = Vec::new();
            let set = bits(&bytes, range.clone(), &mut out);
            assert_eq!(set, expected.iter().filter(|bit| **bit).count(), "{range:?}");
            assert_eq!(decoded(&out, range.len()), expected, "{range:?}");
        }
        let mut out = Vec::new();
        bits(&[0xff; 128], 0..1_024, &mut out);
        assert_eq!(out, [0x80, 0x10, 1], "one run");
    }

    #[test]
    fn packed_bits_are_read_again() {
        for width in 1..=32 {
            let most = u32::MAX >> (32 - width);
            let values: Vec<u32> =
                (0..24u32).map(|at| at.wrapping_mul(0x9e37_79b9).rotate_left(at) & most).collect();
            let mut out = Vec::new();
            pack(&values[..21], width, &mut out);
            assert_eq!(out.len(), 24 * width as usize / 8);
            let bit = |at: usize| u32::from(out[at / 8] >> (at % 8) & 1);
            let read = |number: usize| -> u32 {
                (0..width as usize).map(|place| bit(number * width as usize + place) << place).sum()
            };
            assert_eq!((0..21).map(read).collect::<Vec<_>>(), values[..21], "{width} bits");
        }
    }

    #[test]
    fn as_in_the_examples_of_the_format() {
        let mut out = Vec::new();
        encode(&[0, 1, 2, 3, 4, 5, 6, 7], 3, &mut out);
        assert_eq!(out, [3, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
        out.clear();
        encode(&[4; 100], 3, &mut out);
        assert_eq!(out, [200, 1, 4], "a run of 100");
        out.clear();
        run(true, 100, &mut out);
        assert_eq!(out, [200, 1, 1]);
        assert_eq!([width(0), width(1), width(7), width(8)], [0, 1, 3, 4]);
    }
}
