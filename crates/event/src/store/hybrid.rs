//! Parquet's hybrid of run lengths and bit packing, as its format states it under `RLE`.

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
    use super::{encode, pack, run, width};

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
