//! The npm packages of the JavaScript clients in `examples/` and `tests/interop/`.
//!
//! Each folder with a `package.json` gets its packages in `target/npm/<folder>/`, so that the work tree stays clean and a
//! second run installs nothing. The folder's own files are copied beside them, because Node looks for packages from the
//! file that imports them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::report::{Skipped, Tally};
use crate::scratch;

/// Names the folder `target/npm` for the tests.
pub const FOLDER: &str = "LINGPAI_TEST_NPM";
/// The oldest Node that `openid-client` runs on.
const OLDEST_NODE: u32 = 20;
/// Debian 12 has Node 18; the registry has this one as a package.
const NODE_PACKAGE_VERSION: &str = "22";

/// Whether any folder has npm packages to install.
pub fn is_needed() -> bool {
    !projects().is_empty()
}

/// Installs every folder's packages. Answers the folder of a Node that was installed beside them, if one had to be.
pub fn install() -> Result<(Option<PathBuf>, Tally)> {
    if !is_needed() {
        return Ok((None, Tally::default()));
    }
    install_with_node(OLDEST_NODE)
}

/// The same with a Node of at least `oldest`, for what an older one cannot run.
pub fn install_with_node(oldest: u32) -> Result<(Option<PathBuf>, Tally)> {
    let node = find_node(oldest)?;
    for project in projects() {
        install_project(&project, node.as_deref())?;
    }
    Ok((node, Tally::default()))
}

/// Where the packages are.
pub fn folder() -> PathBuf {
    scratch::target().join("npm")
}

fn projects() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for parent in ["examples", "tests/interop"] {
        let entries = fs::read_dir(scratch::workspace().join(parent)).into_iter().flatten().flatten();
        found.extend(entries.map(|entry| entry.path()).filter(|folder| folder.join("package.json").is_file()));
    }
    found.sort();
    found
}

/// Copies the folder's files and installs what its `package.json` asks for, unless that was done for these very files.
fn install_project(project: &Path, node: Option<&Path>) -> Result<()> {
    let name = project.file_name().context("a folder without a name")?;
    let installed = folder().join(name);
    fs::create_dir_all(&installed)?;
    copy_files(project, &installed)?;

    let lock = installed.join("package-lock.json");
    let mut wanted = fs::read(installed.join("package.json"))?;
    wanted.extend(fs::read(&lock).unwrap_or_default());
    let stamp = installed.join(".installed");
    if fs::read(&stamp).is_ok_and(|done| done == wanted) && installed.join("node_modules").is_dir() {
        return Ok(());
    }
    println!("   npm: {}", name.to_string_lossy());
    // `ci` installs exactly what the lock file says; without one the lock file would only lie about in `target`.
    let verb: &[&str] = if lock.is_file() { &["ci"] } else { &["install", "--no-package-lock"] };
    npm(&installed, node, verb)?;
    fs::write(stamp, wanted)?;
    Ok(())
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if kind.is_file() {
            fs::copy(entry.path(), to.join(&name))?;
        } else if kind.is_dir() && name != "node_modules" {
            fs::create_dir_all(to.join(&name))?;
            copy_files(&entry.path(), &to.join(&name))?;
        }
    }
    Ok(())
}

fn npm(folder: &Path, node: Option<&Path>, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("npm");
    // A package brings files, not programs to run while it is installed.
    command
        .args(arguments)
        .args(["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(folder);
    if let Some(node) = node {
        command.env("PATH", search_path(node)?);
    }
    scratch::output(&mut command)?;
    Ok(())
}

/// A search path on which `first` comes first.
pub fn search_path(first: &Path) -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths([first.to_owned()].into_iter().chain(std::env::split_paths(&path)))?)
}

fn find_node(oldest: u32) -> Result<Option<PathBuf>> {
    if scratch::find_program("npm").is_none() {
        return Err(Skipped("npm is not installed".to_owned()).into());
    }
    let version = scratch::output(Command::new("node").arg("--version")).unwrap_or_default();
    if major(&version).is_some_and(|major| major >= oldest) {
        return Ok(None);
    }
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => {
            return Err(Skipped(format!("Node {oldest} or newer is not installed (and no package for {other})")).into());
        }
    };
    let package = format!("node-linux-{architecture}");
    let folder = folder().join("node");
    let programs = folder.join("node_modules").join(&package).join("bin");
    if !programs.join("node").is_file() {
        fs::create_dir_all(&folder)?;
        npm(&folder, None, &["install", "--no-save", &format!("{package}@{NODE_PACKAGE_VERSION}")])?;
        ensure!(programs.join("node").is_file(), "the package {package} has no program `node`");
    }
    Ok(Some(programs))
}

fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_what_stands_before_the_first_dot() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("18.1.0"), None);
        assert_eq!(major(""), None);
    }
}
