//! Many literals in one text, all at once: each is found by a few of its bytes, the rarest that it has, and then compared.
//!
//! A bit map says of nearly every place of a text that none of the literals' windows stands there; that takes no
//! more than a multiplication and one or two look-ups a byte, none of which waits for the one before. An automaton, which
//! knows where it is only when it has read the last byte, takes several times as long, and far more memory.

use std::ops::Range;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Bytes of a window; shorter literals are found by a smaller one.
const LONG: usize = 4;
const SHORT: usize = 2;
/// Words of a map of windows: each is for so few windows that it rules out nearly every place.
const TINY_MAP: usize = 1 << 6;
const FEW: usize = 64;
const SMALL_MAP: usize = 1 << 10;
const MANY: usize = 2_048;
const LARGE_MAP: usize = 1 << 13;
/// By how much a window counts as more common that stands in twice as many literals.
const SHARED: u32 = 12;

/// Literals to look for.
#[derive(Debug)]
pub(crate) struct Literals {
    /// All of them, one after another.
    texts: Box<[u8]>,
    ranges: Box<[Range<usize>]>,
    long: Windows,
    long_map: Map,
    short: Windows,
    /// Windows of two bytes, each in a place of its own.
    short_map: Option<Box<[u64; SMALL_MAP]>>,
}

/// Where windows of four bytes may stand: a bit each, at a place that may be that of others too.
#[derive(Debug)]
enum Map {
    Tiny(Box<[u64; TINY_MAP]>),
    Small(Box<[u64; SMALL_MAP]>),
    Large(Box<[u64; LARGE_MAP]>),
}

/// The windows by which literals are found, with where their anchors stand.
#[derive(Debug)]
struct Windows {
    known: HashMap<u32, Range<u32>, FixedState>,
    anchors: Box<[Anchor]>,
}

/// A literal, and where in it its window begins.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    literal: u32,
    offset: u32,
}

impl Literals {
    /// Literals by number; an empty one is found nowhere.
    pub(crate) fn new<'a>(literals: impl Iterator<Item = &'a str>) -> Self {
        let (mut texts, mut ranges) = (Vec::new(), Vec::new());
        let (mut long, mut short) = (Vec::new(), Vec::new());
        let literals: Vec<&[u8]> = literals.map(str::as_bytes).collect();
        let shared = shared(&literals);
        for (number, literal) in (0..).zip(literals) {
            match literal.len() {
                0 => {}
                1 => short.extend((0..=u8::MAX).map(|next| anchor(number, 0, &[literal[0], next]))),
                2 | 3 => short.push(rarest::<SHORT>(number, literal, &shared)),
                _ => long.push(rarest::<LONG>(number, literal, &shared)),
            }
            let start = texts.len();
            texts.extend_from_slice(literal);
            ranges.push(start..texts.len());
        }
        let long_map = match long.len() {
            ..FEW => Map::Tiny(map_of(&long, place::<TINY_MAP>)),
            FEW..MANY => Map::Small(map_of(&long, place::<SMALL_MAP>)),
            _ => Map::Large(map_of(&long, place::<LARGE_MAP>)),
        };
        let short_map = (!short.is_empty()).then(|| map_of(&short, short_place));
        let (long, short) = (Windows::new(long), Windows::new(short));
        Literals { texts: texts.into(), ranges: ranges.into(), long, long_map, short, short_map }
    }

    /// Calls `found` once with the number of each literal that stands in `text`, to which bytes are appended for the time
    /// of the search.
    pub(crate) fn each(&self, text: &mut String, seen: &mut Seen, found: impl FnMut(usize)) {
        let seen = seen.begin(self.ranges.len());
        let length = text.len();
        text.push_str("\0\0\0");
        match &self.long_map {
            Map::Tiny(long) => self.each_by(long, text, seen, found),
            Map::Small(long) => self.each_by(long, text, seen, found),
            Map::Large(long) => self.each_by(long, text, seen, found),
        }
        text.truncate(length);
    }

    fn each_by<const WORDS: usize>(
        &self,
        long: &[u64; WORDS],
        padded: &str,
        seen: &mut Seen,
        found: impl FnMut(usize),
    ) {
        let is_long = |window| has(long, place::<WORDS>(window));
        match &self.short_map {
            None => self.search(padded, is_long, seen, found),
            Some(short) => self.search(padded, |w| is_long(w) | has(short, short_place(w)), seen, found),
        }
    }

    /// Compares literals wherever a window may be one of theirs.
    #[inline]
    fn search(
        &self,
        padded: &str,
        maybe: impl Fn(u32) -> bool,
        seen: &mut Seen,
        mut found: impl FnMut(usize),
    ) {
        let text = &padded.as_bytes()[..padded.len() - (LONG - 1)];
        for (at, window) in padded.as_bytes().array_windows::<LONG>().enumerate() {
            let window = u32::from_le_bytes(*window);
            if maybe(window) {
                self.compare(&self.long, window, (text, at), seen, &mut found);
                self.compare(&self.short, window & 0xffff, (text, at), seen, &mut found);
            }
        }
    }

    #[cold]
    fn compare(
        &self,
        windows: &Windows,
        window: u32,
        (text, at): (&[u8], usize),
        seen: &mut Seen,
        found: &mut impl FnMut(usize),
    ) {
        for anchor in windows.anchors(window) {
            if seen.has(anchor.literal) {
                continue;
            }
            let literal = &self.texts[self.ranges[anchor.literal as usize].clone()];
            let start = at.checked_sub(anchor.offset as usize);
            if start.and_then(|start| text.get(start..)?.get(..literal.len())) == Some(literal) {
                seen.add(anchor.literal);
                found(anchor.literal as usize);
            }
        }
    }
}

/// Which literals were found in a text already; its memory is used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// By literal: the last search that found it.
    last: Vec<u32>,
    search: u32,
}

impl Seen {
    fn begin(&mut self, literals: usize) -> &mut Self {
        if self.search == u32::MAX {
            self.last.clear();
            self.search = 0;
        }
        self.search += 1;
        self.last.resize(literals.max(self.last.len()), 0);
        self
    }

    fn has(&self, literal: u32) -> bool {
        self.last[literal as usize] == self.search
    }

    fn add(&mut self, literal: u32) {
        self.last[literal as usize] = self.search;
    }
}

/// The place of a window of four bytes; the golden ratio spreads them.
#[inline]
fn place<const WORDS: usize>(window: u32) -> usize {
    (window.wrapping_mul(0x9e37_79b9) >> (u32::BITS - (WORDS * 64).trailing_zeros())) as usize
}

#[inline]
fn short_place(window: u32) -> usize {
    window as usize & 0xffff
}

#[inline]
fn has<const WORDS: usize>(map: &[u64; WORDS], place: usize) -> bool {
    map[place / 64] >> (place % 64) & 1 == 1
}

fn map_of<const WORDS: usize>(windows: &[(u32, Anchor)], place: impl Fn(u32) -> usize) -> Box<[u64; WORDS]> {
    let mut map = Box::new([0; WORDS]);
    for place in windows.iter().map(|(window, _)| place(*window)) {
        map[place / 64] |= 1 << (place % 64);
    }
    map
}

/// A window as a number; of two bytes the upper half is nought.
fn window_of(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |window, byte| window << 8 | u32::from(*byte))
}

fn anchor(literal: u32, offset: usize, window: &[u8]) -> (u32, Anchor) {
    (window_of(window), Anchor { literal, offset: offset as u32 })
}

/// In how many places of the literals each long window stands.
fn shared(literals: &[&[u8]]) -> HashMap<u32, u32, FixedState> {
    let mut shared = HashMap::default();
    for window in literals.iter().flat_map(|literal| literal.windows(LONG)) {
        *shared.entry(window_of(window)).or_default() += 1;
    }
    shared
}

/// The window of a literal that stands in the fewest texts, as far as its bytes tell, and in few other literals.
fn rarest<const N: usize>(
    number: u32,
    literal: &[u8],
    shared: &HashMap<u32, u32, FixedState>,
) -> (u32, Anchor) {
    let commonness = |(_, window): &(usize, &[u8])| {
        let literals = shared.get(&window_of(window)).copied().unwrap_or(1);
        window.iter().map(|byte| common(*byte)).sum::<u32>() + SHARED * literals.ilog2()
    };
    let windows = literal.windows(N).enumerate();
    let (offset, window) = windows.min_by_key(commonness).unwrap_or((0, literal));
    anchor(number, offset, window)
}

/// How common a byte is in logs, about: letters by their frequency, then digits, what parts words, and the rest.
fn common(byte: u8) -> u32 {
    const BY_FREQUENCY: &[u8] = b"zqjkvxywbgfphudmclnrotasie";
    match byte {
        b'a'..=b'z' => 10 + BY_FREQUENCY.iter().position(|known| *known == byte).unwrap_or_default() as u32,
        b'0' | b' ' | b'\\' | b'.' => 22,
        b'1'..=b'9' | b'-' | b'_' | b'/' | b':' => 16,
        b'\n' | b'\r' | b'=' | b'"' | b',' | b'\'' => 10,
        _ => 4,
    }
}

impl Windows {
    fn new(mut all: Vec<(u32, Anchor)>) -> Self {
        all.sort_by_key(|(window, anchor)| (*window, anchor.literal));
        let mut known = HashMap::default();
        let mut start = 0;
        for same in all.chunk_by(|(one, _), (other, _)| one == other) {
            let range = start..start + same.len() as u32;
            start = range.end;
            known.insert(same[0].0, range);
        }
        Windows { known, anchors: all.into_iter().map(|(_, anchor)| anchor).collect() }
    }

    /// The literals that have this window.
    fn anchors(&self, window: u32) -> &[Anchor] {
        let range = self.known.get(&window);
        range.map_or(&[], |range| &self.anchors[range.start as usize..range.end as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::{FEW, Literals, MANY, Map, Seen};

    /// Numbers that look drawn by lot.
    fn lots(mut state: u64) -> impl FnMut(usize) -> usize {
        move |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        }
    }

    #[test]
    fn as_one_after_another() {
        let mut lot = lots(7);
        let letters: Vec<char> = "abc\\ -\0é".chars().collect();
        let mut seen = Seen::default();
        let mut word = |most| -> String { (0..=lot(most)).map(|_| letters[lot(letters.len())]).collect() };
        for round in 0..300 {
            let (number, longest) = match round % 100 {
                99 => (MANY * 2, 12),
                49 => (FEW * 8, 12),
                _ => (1 + round % 40, 1 + round % 9),
            };
            let mut literals: Vec<String> = (0..number).map(|_| word(longest)).collect();
            literals.push(String::new());
            let search = Literals::new(literals.iter().map(String::as_str));
            match round % 100 {
                99 => assert!(matches!(search.long_map, Map::Large(_))),
                49 => assert!(matches!(search.long_map, Map::Small(_))),
                _ => assert!(matches!(search.long_map, Map::Tiny(_))),
            }
            for length in [1, 2, 3, 5, 40, 200] {
                let mut text = word(length);
                let before = text.clone();
                let mut found = Vec::new();
                search.each(&mut text, &mut seen, |literal| found.push(literal));
                found.sort_unstable();
                let is_in =
                    |(_, literal): &(usize, &String)| !literal.is_empty() && before.contains(*literal);
                let expected: Vec<usize> =
                    literals.iter().enumerate().filter(is_in).map(|(number, _)| number).collect();
                assert_eq!(found, expected, "{literals:?} in {before:?}");
                assert_eq!(text, before);
            }
        }
    }
}
