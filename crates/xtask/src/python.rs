//! The PyPI packages of the Python clients in `tests/interop/`.
//!
//! Each folder with a `requirements.txt` gets its packages in `target/python/<folder>/`: nothing is installed for the
//! machine, and a second run installs nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::report::{Skipped, Tally};
use crate::scratch;

/// Names the folder `target/python` for the tests.
pub const FOLDER: &str = "LINGPAI_TEST_PYTHON";

/// Whether any folder has Python packages to install.
pub fn is_needed() -> bool {
    !projects().is_empty()
}

/// Whether packages can be installed here.
pub fn is_installed() -> bool {
    scratch::output(Command::new("python3").args(["-m", "pip", "--version"])).is_ok()
}

/// Where the packages are.
pub fn folder() -> PathBuf {
    scratch::target().join("python")
}

/// Installs every folder's packages.
pub fn install() -> Result<((), Tally)> {
    if is_needed() && !is_installed() {
        return Err(Skipped("Python 3 with pip is not installed".to_owned()).into());
    }
    for project in projects() {
        install_project(&project)?;
    }
    Ok(((), Tally::default()))
}

fn projects() -> Vec<PathBuf> {
    let entries = fs::read_dir(scratch::workspace().join("tests/interop")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|folder| folder.join("requirements.txt").is_file()).collect()
}

fn install_project(project: &Path) -> Result<()> {
    let name = project.file_name().context("a folder without a name")?;
    let (installed, requirements) = (folder().join(name), project.join("requirements.txt"));
    let (wanted, stamp) = (fs::read(&requirements)?, installed.join(".installed"));
    if fs::read(&stamp).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    println!("   pip: {}", name.to_string_lossy());
    // What an older list brought must not stay behind.
    if installed.is_dir() {
        fs::remove_dir_all(&installed)?;
    }
    let mut pip = Command::new("python3");
    // The list names everything at one version; wheels bring files, not programs to run while they are installed.
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"])
        .args(["--no-deps", "--only-binary", ":all:", "--target"])
        .arg(&installed)
        .arg("--requirement")
        .arg(&requirements);
    scratch::output(&mut pip)?;
    fs::write(stamp, wanted)?;
    Ok(())
}
