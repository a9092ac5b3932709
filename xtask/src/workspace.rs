//! Where things are.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

use crate::error::Outcome;

/// The repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// How the programs are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

impl Profile {
    /// A program that the workspace builds.
    pub(crate) fn program(self, name: &str) -> PathBuf {
        let folder = match self {
            Self::Dev => "debug",
            Self::Release => "release",
        };
        target().join(folder).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}

/// Where screenshots and logs of tests and starts are left.
pub(crate) fn artifacts() -> Outcome<PathBuf> {
    let path = root().join("artifacts");
    fs::create_dir_all(&path)?;
    Ok(path)
}

/// Remembers what a step was last done for, so that it is done again only when that changed.
#[derive(Debug)]
pub(crate) struct Stamp {
    path: PathBuf,
    value: String,
}

impl Stamp {
    pub(crate) fn new(name: &str, value: u64) -> Self {
        Self { path: target().join("recado-stamps").join(name), value: format!("{value:016x}") }
    }

    pub(crate) fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|kept| kept == self.value)
    }

    pub(crate) fn keep(&self) -> Outcome<()> {
        if let Some(parent) = self.path.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(fs::write(&self.path, &self.value)?)
    }
}

/// A hash of the names and contents below `paths`, in a fixed order, without the folders named in `skipped`. Not for
/// security: it notices an edit.
pub(crate) fn hash(paths: &[PathBuf], skipped: &[&str]) -> io::Result<u64> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, skipped, &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(&file)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn collect(path: &Path, skipped: &[&str], files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if !skipped.iter().any(|name| entry.file_name() == *name) {
                collect(&entry.path(), skipped, files)?;
            }
        }
    } else if path.is_file() {
        files.push(path.to_path_buf());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_changes_the_hash_and_a_skipped_folder_does_not() {
        let dir = target().join("recado-stamps").join(format!("test-{}", std::process::id()));
        fs::create_dir_all(dir.join("dist")).unwrap();
        fs::write(dir.join("a"), "one").unwrap();
        let before = hash(std::slice::from_ref(&dir), &["dist"]).unwrap();
        fs::write(dir.join("dist/b"), "built").unwrap();
        assert_eq!(before, hash(std::slice::from_ref(&dir), &["dist"]).unwrap());
        fs::write(dir.join("a"), "two").unwrap();
        assert_ne!(before, hash(std::slice::from_ref(&dir), &["dist"]).unwrap());
        fs::remove_dir_all(&dir).unwrap();
    }
}
