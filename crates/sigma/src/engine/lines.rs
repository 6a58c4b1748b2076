//! The literals that stand in the lines of a long text. What logs write over many lines (a message, the context of a command)
//! says most of it again each time: a line that was searched before is looked up, which takes a fraction of a search.

use super::cache::ValueCache;
use super::literals::{Literals, Seen};

/// A line longer than this part of what is remembered is searched each time.
const PART: usize = 8;

/// Of a line in which no literal stands.
const NONE: u32 = 0;
/// Of a line that was searched just now.
const NOT_REMEMBERED: u32 = u32::MAX;

/// What was found in lines, in bounded memory.
#[derive(Debug)]
pub(crate) struct Lines {
    /// By field and line: [`NONE`], or a place in `found` plus one.
    known: ValueCache,
    limit: usize,
    /// Literals of a line that has some, and the bytes that they take.
    found: Vec<Box<[u32]>>,
    taken: usize,
    line: String,
    of_line: Vec<u32>,
}

impl Default for Lines {
    fn default() -> Self {
        Lines::new(0)
    }
}

impl Lines {
    /// Remembers up to `limit` bytes of lines, and up to half as many of what was found in them.
    pub(crate) fn new(limit: usize) -> Self {
        let known = ValueCache::new(limit);
        Lines { known, limit, found: Vec::new(), taken: 0, line: String::new(), of_line: Vec::new() }
    }

    /// Whether a text is so long that it is not remembered whole, but line by line.
    pub(crate) fn takes(text: &str) -> bool {
        !ValueCache::takes(text)
    }

    /// Calls `found` with the number of each literal that stands in a line of `text`, once or more often. `field` numbers
    /// the literals, of which none reaches over the end of a line.
    pub(crate) fn each(
        &mut self,
        field: u32,
        literals: &Literals,
        text: &str,
        seen: &mut Seen,
        found: &mut impl FnMut(usize),
    ) {
        for line in text.split('\n') {
            let hash = self.known.hash(field, line);
            let place = match self.known.get(hash, field, line) {
                Some(place) => place,
                None => self.search(hash, field, literals, line, seen),
            };
            let literals = match place {
                NONE => continue,
                NOT_REMEMBERED => self.of_line.as_slice(),
                place => &self.found[place as usize - 1],
            };
            literals.iter().for_each(|literal| found(*literal as usize));
        }
    }

    /// Searches a line, and remembers what was found.
    fn search(&mut self, hash: u64, field: u32, literals: &Literals, line: &str, seen: &mut Seen) -> u32 {
        self.line.clear();
        self.line.push_str(line);
        self.of_line.clear();
        literals.each(&mut self.line, seen, |literal| self.of_line.push(literal as u32));
        if line.len() > self.limit / PART {
            return NOT_REMEMBERED;
        }
        let mut place = NONE;
        if !self.of_line.is_empty() {
            self.taken += size_of::<Box<[u32]>>() + size_of_val(self.of_line.as_slice());
            if self.taken > self.limit / 2 {
                self.known.clear();
                self.found.clear();
                self.taken = 0;
            }
            self.found.push(self.of_line.as_slice().into());
            place = self.found.len() as u32;
        }
        self.known.put(hash, field, line, place);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, Literals, Seen};

    fn found(lines: &mut Lines, literals: &Literals, text: &str) -> Vec<usize> {
        let mut found = Vec::new();
        lines.each(7, literals, text, &mut Seen::default(), &mut |literal| found.push(literal));
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn lines_have_what_the_whole_text_has() {
        let all = ["invoke-", "b", "mimikatz", "-nop -w", "\r"];
        let literals = Literals::new(all.iter().copied());
        for limit in [0, 40, 200, 1 << 20] {
            let mut lines = Lines::new(limit);
            for round in 0..3 {
                for text in [
                    "",
                    "\n\n",
                    "host = a\r\n -nop -w hidden\nmimi\nkatz",
                    "host = a\r\nmimikatz\nmimikatz\ninvoke-b",
                    "invoke-\n",
                ] {
                    let expected: Vec<usize> = (0..all.len()).filter(|n| text.contains(all[*n])).collect();
                    assert_eq!(found(&mut lines, &literals, text), expected, "{limit} {round} {text:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let literals = Literals::new(["x"].into_iter());
        let mut lines = Lines::new(1 << 10);
        (0..1_000).for_each(|n| assert_eq!(found(&mut lines, &literals, &format!("x{n}")), [0]));
        assert!(lines.found.len() * size_of::<Box<[u32]>>() <= 1 << 9);
    }
}
