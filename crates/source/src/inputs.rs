//! Which files to read: everything under the given paths, in a fixed order.

use std::fs;
use std::path::{Path, PathBuf};

/// A file to read, with the name under which it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub path: PathBuf,
    /// How it is shown: the path as the user gave it, with `/` between its parts.
    pub shown: String,
    /// Size in bytes when it was found; 0 if that is unknown.
    pub size: u64,
}

/// A path that cannot be investigated at all.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Nothing is there.
    #[error("{0}: no such file or folder")]
    Missing(String),
    /// A folder with no file in it.
    #[error("{0}: the folder holds no file")]
    EmptyFolder(String),
    /// The path itself cannot be looked at.
    #[error("{path}: {source}")]
    Io {
        /// The path as given.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Finds all files under `paths`, each folder in byte order of its names; a file named twice is read once.
///
/// Folders that cannot be listed are returned as well, so that the reader reports them as unreadable.
/// Symbolic links to folders are not followed inside a folder: they could lead in circles or out of it.
///
/// # Errors
/// A given path that does not exist, or a folder without any file.
pub fn find_inputs(paths: &[PathBuf]) -> Result<Vec<Input>, InputError> {
    let mut found = Vec::new();
    for path in paths {
        let shown = shown(path);
        let meta = match fs::metadata(path) {
            Ok(meta) => meta,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(InputError::Missing(shown)),
            Err(source) => return Err(InputError::Io { path: shown, source }),
        };
        if meta.is_dir() {
            let before = found.len();
            walk(path, &shown, &mut found);
            if found.len() == before {
                return Err(InputError::EmptyFolder(shown));
            }
        } else {
            found.push(Input { path: path.clone(), shown, size: meta.len() });
        }
    }
    let mut known = std::collections::HashSet::new();
    found.retain(|input| known.insert(fs::canonicalize(&input.path).unwrap_or_else(|_| input.path.clone())));
    Ok(found)
}

fn walk(folder: &Path, shown: &str, found: &mut Vec<Input>) {
    let Ok(entries) = fs::read_dir(folder) else {
        found.push(Input { path: folder.to_owned(), shown: shown.to_owned(), size: 0 });
        return;
    };
    let mut names: Vec<_> = entries.filter_map(|e| e.ok().map(|e| e.file_name())).collect();
    names.sort();
    for name in names {
        let path = folder.join(&name);
        let shown = format!("{}/{}", shown.trim_end_matches('/'), name.to_string_lossy());
        let is_link = fs::symlink_metadata(&path).is_ok_and(|m| m.file_type().is_symlink());
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() && !is_link => walk(&path, &shown, found),
            Ok(meta) if meta.is_file() => found.push(Input { path, shown, size: meta.len() }),
            Ok(_) => {}
            Err(_) => found.push(Input { path, shown, size: 0 }),
        }
    }
}

fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let text = text.strip_prefix("./").unwrap_or(&text);
    if text.is_empty() { ".".to_owned() } else { text.to_owned() }
}
