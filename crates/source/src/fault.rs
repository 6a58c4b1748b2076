//! What could not be read: data about the input, not an error of the program.

/// One stretch of input that could not be read, or was read only in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Byte offset in the (decompressed) source at which the trouble begins.
    pub offset: u64,
    /// What is wrong, in one line.
    pub reason: String,
}

impl Fault {
    /// A fault at `offset`, with its reason cut to one line of at most 300 characters.
    pub fn new(offset: u64, reason: impl AsRef<str>) -> Self {
        let one_line: String =
            reason.as_ref().chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
        Fault { offset, reason: one_line }
    }
}
