//! Bytes to characters: users count characters.

/// The number of characters before a byte, looked up in steps.
pub(crate) struct Places<'t> {
    text: &'t str,
    /// Characters before every `STEP`th byte.
    steps: Vec<usize>,
}

const STEP: usize = 1_024;

impl<'t> Places<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut steps = vec![0];
        for chunk in bytes.chunks(STEP) {
            let before = steps.last().copied().unwrap_or_default();
            steps.push(before + chunk.iter().filter(|b| is_start(**b)).count());
        }
        Self { text, steps }
    }

    /// Characters before the byte, which begins a character or ends the text.
    pub(crate) fn char_at(&self, byte: usize) -> usize {
        let step = byte / STEP;
        let rest = &self.text.as_bytes()[step * STEP..byte];
        self.steps[step] + rest.iter().filter(|b| is_start(**b)).count()
    }
}

/// Not a continuation byte of UTF-8.
fn is_start(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn characters_before_bytes() {
        let text = "aé€😀".repeat(900);
        let places = Places::new(&text);
        for (chars, (byte, _)) in text.char_indices().enumerate() {
            assert_eq!(places.char_at(byte), chars);
        }
        assert_eq!(places.char_at(text.len()), 3_600);
    }
}
