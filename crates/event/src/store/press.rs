//! LZ4 in memory that is used again: a case has tens of thousands of pages, most of them small.

use lz4_flex::block::{CompressTable, compress_into_with_table, get_maximum_output_size};

/// Bytes from which on the compressor needs its large table.
const LARGE: usize = u16::MAX as usize;

/// Compresses one page after another.
pub(super) struct Press {
    small: CompressTable,
    large: CompressTable,
    out: Vec<u8>,
}

impl Default for Press {
    fn default() -> Self {
        Press { small: CompressTable::small(), large: CompressTable::large(), out: Vec::new() }
    }
}

impl Press {
    /// The compressed page, which stands here until the next one.
    pub(super) fn press(&mut self, page: &[u8]) -> &[u8] {
        let most = get_maximum_output_size(page.len());
        if self.out.len() < most {
            self.out.resize(most, 0);
        }
        let table = if page.len() < LARGE { &mut self.small } else { &mut self.large };
        // There is room for the worst case, so this does not fail.
        let length = compress_into_with_table(page, &mut self.out, table).unwrap_or_default();
        &self.out[..length]
    }
}

#[cfg(test)]
mod tests {
    use super::Press;

    #[test]
    fn pages_come_out_as_they_went_in() {
        let mut press = Press::default();
        for length in [0, 1, 100, 65_534, 65_535, 200_000, 7] {
            let page: Vec<u8> = (0..length).map(|at: u32| (at / 7 % 251) as u8).collect();
            let pressed = press.press(&page);
            assert_eq!(pressed, lz4_flex::block::compress(&page), "{length}");
            assert_eq!(lz4_flex::block::decompress(pressed, page.len()).unwrap(), page);
        }
    }
}
