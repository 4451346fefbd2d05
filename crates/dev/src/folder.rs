//! The data folder of development mode: its files, its mark, and the rule that only a marked folder is ever wiped.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use platform::random;
use platform::seal::{KeyFileError, MasterKey};
use serde::{Deserialize, Serialize};
use server::config::dev_folder::{DATABASE, MARK, MASTER_KEY};
use thiserror::Error;

const LOCK_FILE: &str = "dev.lock";
/// Keeps the folder, and with it a private key, out of a repository that it was started in.
const IGNORE_FILE: &str = ".gitignore";
/// What a wipe removes; nothing else in the folder is touched.
const OWN_FILES: [&str; 6] = [DATABASE, "lingpai.db-wal", "lingpai.db-shm", "lingpai.db-journal", MASTER_KEY, MARK];
const MARK_KIND: &str = "lingpai-dev-folder";

/// What `dev.json` says: this folder belongs to development mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Always `lingpai-dev-folder`.
    pub kind: String,
    /// Tells this folder from others; part of the cookie names, since cookies ignore ports.
    pub id: String,
}

impl Mark {
    /// A mark with a fresh id.
    pub fn generate() -> Self {
        Self { kind: MARK_KIND.to_owned(), id: random::reference().to_ascii_lowercase() }
    }
}

/// The mark of a folder; `None` where it carries none. `lingpai serve` refuses a folder that carries one.
pub fn find_mark(folder: &Path) -> Option<Mark> {
    let text = fs::read_to_string(folder.join(MARK)).ok()?;
    let mark: Mark = serde_json::from_str(&text).ok()?;
    // The id goes into cookie names: letters and digits only, whatever somebody wrote into the file.
    let is_id = (1..=32).contains(&mark.id.len()) && mark.id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (mark.kind == MARK_KIND && is_id).then_some(mark)
}

/// The data folder of a running development server.
#[derive(Debug)]
pub struct DevFolder {
    path: PathBuf,
    mark: Mark,
    /// Held until the server ends, so that a second one cannot wipe the data beneath it.
    _lock: File,
}

/// Why the data folder cannot be used.
#[derive(Debug, Error)]
pub enum FolderError {
    /// Another development server runs on it.
    #[error(
        "another `lingpai dev` is using {path}\n  stop it first, or give this one a folder of its own: lingpai dev --data-dir DIR"
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The file system said no.
    #[error("cannot use the data folder {path}: {source}")]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The folder holds something else.
    #[error(
        "{path} is not a folder of `lingpai dev`: it is not empty and has no valid mark\n  nothing in it was touched; choose another folder: lingpai dev --data-dir DIR"
    )]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
}

impl DevFolder {
    /// Opens the folder at `path`, creating it where it does not exist; `fresh` empties a marked one first.
    ///
    /// Effects: a folder without the mark is never written to unless it is empty.
    pub fn open(path: &Path, fresh: bool) -> Result<Self, FolderError> {
        create(path)?;
        let found = find_mark(path);
        if found.is_none() && !is_empty(path)? {
            return Err(FolderError::NotOurs { path: path.to_owned() });
        }
        let lock = lock(path)?;
        let mark = match found {
            Some(mark) if !fresh => mark,
            _ => {
                wipe(path)?;
                write_mark(path)?
            }
        };
        Ok(Self { path: path.to_owned(), mark, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What tells it from other folders.
    pub fn id(&self) -> &str {
        &self.mark.id
    }

    /// Makes the master key, readable by its owner alone, unless it is there.
    pub fn ensure_key(&self) -> Result<(), KeyFileError> {
        let file = self.path.join(MASTER_KEY);
        if file.exists() { Ok(()) } else { MasterKey::generate_to_file(&file).map(drop) }
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    |source| FolderError::Io { path, source }
}

fn create(path: &Path) -> Result<(), FolderError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(at(path))
}

/// Whether nothing is there but what a start that broke off may have left: the lock and the ignore file.
fn is_empty(path: &Path) -> Result<bool, FolderError> {
    for entry in fs::read_dir(path).map_err(at(path))? {
        let name = entry.map_err(at(path))?.file_name();
        if name != LOCK_FILE && name != IGNORE_FILE {
            return Ok(false);
        }
    }
    Ok(true)
}

fn lock(path: &Path) -> Result<File, FolderError> {
    let name = path.join(LOCK_FILE);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&name).map_err(at(&name))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(FolderError::InUse { path: path.to_owned() }),
        Err(fs::TryLockError::Error(source)) => Err(FolderError::Io { path: name, source }),
    }
}

fn wipe(path: &Path) -> Result<(), FolderError> {
    for name in OWN_FILES {
        let file = path.join(name);
        match fs::remove_file(&file) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(at(&file)(error)),
        }
    }
    Ok(())
}

fn write_mark(path: &Path) -> Result<Mark, FolderError> {
    let ignore = path.join(IGNORE_FILE);
    fs::write(&ignore, "*\n").map_err(at(&ignore))?;
    let (mark, file) = (Mark::generate(), path.join(MARK));
    let mut text = serde_json::json!({ "kind": mark.kind, "id": mark.id }).to_string();
    text.push('\n');
    let mut out = OpenOptions::new().write(true).create_new(true).open(&file).map_err(at(&file))?;
    out.write_all(text.as_bytes()).map_err(at(&file))?;
    Ok(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_id_until_it_is_started_afresh() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/.lingpai-dev");
        let first = DevFolder::open(&path, false).unwrap().id().to_owned();
        fs::write(path.join(DATABASE), "data").unwrap();
        assert_eq!(DevFolder::open(&path, false).unwrap().id(), first);
        assert!(path.join(DATABASE).exists());
        assert_ne!(DevFolder::open(&path, true).unwrap().id(), first);
        assert!(!path.join(DATABASE).exists());
        assert_eq!(fs::read_to_string(path.join(".gitignore")).unwrap(), "*\n");
    }

    #[test]
    fn a_folder_without_the_mark_is_never_touched() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("lingpai.db", "precious"), ("dev.json", "{\"kind\":\"else\",\"id\":\"a\"}")] {
            let path = dir.path().join(name.replace('.', "-"));
            fs::create_dir(&path).unwrap();
            fs::write(path.join(name), text).unwrap();
            for fresh in [false, true] {
                assert!(matches!(DevFolder::open(&path, fresh), Err(FolderError::NotOurs { .. })));
                assert_eq!(fs::read_to_string(path.join(name)).unwrap(), text);
                assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
            }
        }
    }

    #[test]
    fn starting_afresh_leaves_foreign_files() {
        let dir = tempfile::tempdir().unwrap();
        drop(DevFolder::open(dir.path(), false).unwrap());
        fs::write(dir.path().join("notes.txt"), "mine").unwrap();
        drop(DevFolder::open(dir.path(), true).unwrap());
        assert!(dir.path().join("notes.txt").exists());
    }

    #[test]
    fn two_servers_cannot_share_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let first = DevFolder::open(dir.path(), false).unwrap();
        assert!(matches!(DevFolder::open(dir.path(), true), Err(FolderError::InUse { .. })));
        drop(first);
        assert!(DevFolder::open(dir.path(), false).is_ok());
    }

    #[test]
    fn a_mark_that_could_forge_a_cookie_name_is_no_mark() {
        let dir = tempfile::tempdir().unwrap();
        for id in ["", "a b", "a;b", "a=b", "令"] {
            let mark = Mark { kind: MARK_KIND.to_owned(), id: id.to_owned() };
            fs::write(dir.path().join(MARK), serde_json::to_string(&mark).unwrap()).unwrap();
            assert_eq!(find_mark(dir.path()), None, "{id}");
        }
    }
}
