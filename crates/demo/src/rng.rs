//! A small generator of random numbers: xoshiro256++ by Blackman and Vigna, seeded by SplitMix64.
//! Integers only, so that every machine draws the same.

#[derive(Debug, Clone)]
pub(crate) struct Rng([u64; 4]);

/// One step of SplitMix64: also used to spread a hash over more bits.
pub(crate) fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// FNV-1a, 64 bits: a number for a name.
pub(crate) fn name_hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

impl Rng {
    /// A stream of its own for each purpose under one seed.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let mut state = seed ^ name_hash(purpose);
        Rng(std::array::from_fn(|_| split_mix(&mut state)))
    }

    pub(crate) fn next(&mut self) -> u64 {
        let s = &mut self.0;
        let out = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        out
    }

    /// Uniform in `0..n`; 0 where `n` is 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// Uniform in `from..to`.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below((to - from).max(0) as u64) as i64
    }

    /// True in `percent` of 100 draws.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of a list, which must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u64) as usize]
    }

    /// A size of many magnitudes: mostly near `base`, seldom up to `base << steps`.
    pub(crate) fn size(&mut self, base: u64, steps: u32) -> u64 {
        let steps = (0..steps).take_while(|_| self.chance(45)).count() as u32;
        let top = base << steps;
        top / 2 + self.below(top)
    }
}

#[cfg(test)]
mod tests {
    use super::{Rng, split_mix};

    #[test]
    fn split_mix_gives_the_reference_numbers() {
        // First outputs for the seed 1234567, as published with the reference implementation.
        let mut state = 1_234_567;
        let drawn: Vec<u64> = (0..3).map(|_| split_mix(&mut state)).collect();
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn xoshiro_gives_the_reference_numbers() {
        // First outputs for the state 1, 2, 3, 4.
        let mut rng = Rng([1, 2, 3, 4]);
        assert_eq!([rng.next(), rng.next(), rng.next()], [41_943_041, 58_720_359, 3_588_806_011_781_223]);
    }

    #[test]
    fn draws_stay_in_range() {
        let mut rng = Rng::new(7, "test");
        for _ in 0..10_000 {
            assert!(rng.below(3) < 3);
            assert!((5..9).contains(&rng.between(5, 9)));
        }
        assert_eq!(rng.below(0), 0);
    }
}
