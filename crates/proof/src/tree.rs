//! The Merkle tree of RFC 6962 section 2.1 (docs/spec/tree.md): hashing, proofs and their verification.

use crate::Digest;
use sha2::{Digest as _, Sha256};

/// A proof that cannot be made, or that does not lead to the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// Index or size lies outside the tree.
    #[error("index or size lies outside the tree")]
    OutOfRange,
    /// A stored subtree hash is absent.
    #[error("the hash of subtree {index} at level {level} is missing from the tree's storage")]
    Missing {
        /// Level, 0 for leaves.
        level: u8,
        /// Number of the subtree in its level.
        index: u64,
    },
    /// The proof has too many or too few hashes.
    #[error("the proof has a wrong number of hashes")]
    WrongLength,
    /// The proof leads to another root.
    #[error("the proof does not lead to the root")]
    WrongRoot,
}

/// `SHA-256(0x00 ‖ leaf)`.
#[must_use]
pub fn leaf_digest(leaf: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(leaf);
    Digest(hash.finalize().into())
}

/// `SHA-256(0x01 ‖ left ‖ right)`.
#[must_use]
pub fn node_digest(left: &Digest, right: &Digest) -> Digest {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    Digest::of(&bytes)
}

/// Builds a tree from leaf hashes in order; keeps one hash a level.
#[derive(Debug, Clone, Default)]
pub struct TreeBuilder {
    size: u64,
    /// Roots of the complete subtrees, largest first, with their levels.
    stack: Vec<(u8, Digest)>,
}

impl TreeBuilder {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of the first `size` leaves, from stored subtree hashes, to go on from there.
    ///
    /// # Errors
    /// [`TreeError::Missing`].
    pub fn resume(size: u64, read: Read<'_>) -> Result<Self, TreeError> {
        let mut stack = Vec::new();
        let mut start = 0;
        for level in (0..64u8).rev().filter(|level| size >> level & 1 == 1) {
            let index = start >> level;
            stack.push((level, read(level, index).ok_or(TreeError::Missing { level, index })?));
            start += 1 << level;
        }
        Ok(Self { size, stack })
    }

    /// Number of leaves so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf hash and tells `sink` each perfect subtree that this completes: level (0 for leaves), number
    /// in its level, hash.
    pub fn push(&mut self, leaf: Digest, mut sink: impl FnMut(u8, u64, Digest)) {
        let (mut level, mut index, mut hash) = (0, self.size, leaf);
        sink(level, index, hash);
        while let Some((_, left)) = self.stack.pop_if(|(top, _)| *top == level) {
            hash = node_digest(&left, &hash);
            level += 1;
            index >>= 1;
            sink(level, index, hash);
        }
        self.stack.push((level, hash));
        self.size += 1;
    }

    /// The root over all leaves so far.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut hashes = self.stack.iter().rev().map(|(_, hash)| *hash);
        match hashes.next() {
            Some(last) => hashes.fold(last, |right, left| node_digest(&left, &right)),
            None => Digest::of(b""),
        }
    }
}

/// Reads the hash of a perfect subtree: level, number in its level.
type Read<'a> = &'a dyn Fn(u8, u64) -> Option<Digest>;

/// The root of the first `size` leaves, from stored subtree hashes.
///
/// # Errors
/// [`TreeError::Missing`].
pub fn root(size: u64, read: Read<'_>) -> Result<Digest, TreeError> {
    if size == 0 { Ok(Digest::of(b"")) } else { range_hash(0, size, read) }
}

/// The audit path of leaf `index` in the tree of `size` leaves, from the leaf up.
///
/// # Errors
/// [`TreeError::OutOfRange`], [`TreeError::Missing`].
pub fn inclusion_proof(index: u64, size: u64, read: Read<'_>) -> Result<Vec<Digest>, TreeError> {
    if index >= size {
        return Err(TreeError::OutOfRange);
    }
    let (mut start, mut end, mut path) = (0, size, Vec::new());
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(range_hash(middle, end, read)?);
            end = middle;
        } else {
            path.push(range_hash(start, middle, read)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `old` leaves is a prefix of the tree of `new` leaves (RFC 6962 section 2.1.2).
///
/// # Errors
/// [`TreeError::OutOfRange`] unless `0 < old <= new`; [`TreeError::Missing`].
pub fn consistency_proof(old: u64, new: u64, read: Read<'_>) -> Result<Vec<Digest>, TreeError> {
    if old == 0 || old > new {
        return Err(TreeError::OutOfRange);
    }
    let (mut start, mut end, mut path) = (0, new, Vec::new());
    while old < end {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(range_hash(middle, end, read)?);
            end = middle;
        } else {
            path.push(range_hash(start, middle, read)?);
            start = middle;
        }
    }
    if start != 0 {
        path.push(range_hash(start, end, read)?);
    }
    path.reverse();
    Ok(path)
}

/// Largest power of two below `size`; `size` must be above 1.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// Hash of the leaves `start..end`, where `start` is a multiple of the largest power of two within the range.
fn range_hash(start: u64, end: u64, read: Read<'_>) -> Result<Digest, TreeError> {
    let size = end - start;
    if size.is_power_of_two() {
        let level = size.trailing_zeros() as u8;
        let index = start >> level;
        return read(level, index).ok_or(TreeError::Missing { level, index });
    }
    let middle = start + split(size);
    Ok(node_digest(&range_hash(start, middle, read)?, &range_hash(middle, end, read)?))
}

/// Checks an inclusion proof (RFC 9162 section 2.1.3.2).
///
/// # Errors
/// [`TreeError::OutOfRange`], [`TreeError::WrongLength`], [`TreeError::WrongRoot`].
pub fn verify_inclusion(
    leaf: Digest,
    index: u64,
    size: u64,
    proof: &[Digest],
    root: Digest,
) -> Result<(), TreeError> {
    if index >= size {
        return Err(TreeError::OutOfRange);
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return Err(TreeError::WrongLength);
        }
        if node & 1 == 1 || node == last {
            hash = node_digest(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_digest(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last, hash == root) {
        (0, true) => Ok(()),
        (0, false) => Err(TreeError::WrongRoot),
        _ => Err(TreeError::WrongLength),
    }
}

/// Checks a consistency proof (RFC 9162 section 2.1.4.2).
///
/// # Errors
/// [`TreeError::OutOfRange`] unless `0 < old <= new`; [`TreeError::WrongLength`], [`TreeError::WrongRoot`].
pub fn verify_consistency(
    old: u64,
    old_root: Digest,
    new: u64,
    new_root: Digest,
    proof: &[Digest],
) -> Result<(), TreeError> {
    if old == 0 || old > new {
        return Err(TreeError::OutOfRange);
    }
    if old == new {
        return match (proof.is_empty(), old_root == new_root) {
            (true, true) => Ok(()),
            (true, false) => Err(TreeError::WrongRoot),
            _ => Err(TreeError::WrongLength),
        };
    }
    let mut path = proof.iter();
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let first = if old.is_power_of_two() { old_root } else { *path.next().ok_or(TreeError::WrongLength)? };
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in path {
        if last == 0 {
            return Err(TreeError::WrongLength);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_digest(sibling, &old_hash);
            new_hash = node_digest(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_digest(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last, old_hash == old_root && new_hash == new_root) {
        (0, true) => Ok(()),
        (0, false) => Err(TreeError::WrongRoot),
        _ => Err(TreeError::WrongLength),
    }
}
