//! In: what each target reads and the files of `vectors/`. Out: seeds, and dossiers changed behind their signatures.
//! Invariant: a target that takes none of its own seeds does not start: it would look at nothing but rejections.

pub mod dossier;
pub mod json;
pub mod keys;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use onus_proof::Digest;

/// Names the folder into which a target writes its seeds, instead of being run.
const SEEDS: &str = "ONUS_FUZZ_SEEDS";

/// Begins a target. With `ONUS_FUZZ_SEEDS=FOLDER` it writes its seeds there and ends; `takes` says whether the target
/// accepts an input.
pub fn start(seeds: impl FnOnce() -> Vec<Vec<u8>>, takes: fn(&[u8]) -> bool) {
    let Some(folder) = std::env::var_os(SEEDS).map(PathBuf::from) else { return };
    let seeds = seeds();
    let taken = seeds.iter().filter(|seed| takes(seed)).count();
    assert!(taken > 0, "none of {} seeds is accepted", seeds.len());
    fs::create_dir_all(&folder).expect("a folder for seeds");
    for seed in &seeds {
        fs::write(folder.join(Digest::of(seed).to_hex()), seed).expect("room for seeds");
    }
    println!("{} seeds, {taken} of them accepted", seeds.len());
    std::process::exit(0);
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The files of a folder, by name, the larger ones left out: they teach a mutator nothing.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| fs::read(path).ok()).filter(|bytes| bytes.len() <= 12_000).collect()
}

/// One file of `vectors/`.
pub fn vector(file: &str) -> Vec<u8> {
    fs::read(root().join("vectors").join(file)).expect("a vector")
}

/// Files of `vectors/FOLDER`.
pub fn vectors(folder: &str) -> Vec<Vec<u8>> {
    files(&root().join("vectors").join(folder))
}

/// Files that were made for the target of this name, as they cannot be had from the vectors.
pub fn own(folder: &str) -> Vec<Vec<u8>> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(folder))
}

static KNOWN: LazyLock<HashSet<Digest>> = LazyLock::new(|| {
    let folders = ["good", "bad", "notes"].into_iter().flat_map(|folder| {
        let folder = root().join("vectors").join(folder);
        fs::read_dir(folder).expect("a folder").filter_map(|entry| fs::read(entry.ok()?.path()).ok())
    });
    folders.map(|bytes| Digest::of(&bytes)).collect()
});

/// Whether the bytes are one of the vectors. Nothing else can bear a signature that holds.
pub fn is_vector(bytes: &[u8]) -> bool {
    KNOWN.contains(&Digest::of(bytes))
}

/// The data in two parts, which a zero byte parts.
pub fn halves(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = data.iter().position(|byte| *byte == 0)?;
    Some((&data[..at], &data[at + 1..]))
}
