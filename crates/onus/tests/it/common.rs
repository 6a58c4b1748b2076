//! What the tests share: running the real binary, and finding real data.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the binary to its end.
pub fn onus(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_onus")).args(args).output().unwrap()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder of the test data, or `None` with a word on stderr; in CI it must be there.
pub fn data(test: &str, folder: &str) -> Option<PathBuf> {
    let base = std::env::var_os("ONUS_TEST_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = base.join(folder);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{test}: no test data at {}", path.display());
    eprintln!("skipped: {test}: no test data");
    None
}
