//! Programs that come from Debian's packages: looked for first, installed if root may.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::report::{Skipped, Tally};
use crate::{mariadb, npm, postgres, python, scratch};

/// Read by Debian's tools when the package `postgresql` is installed: without it they start a server on port 5432.
const NO_CLUSTER: &str = "/etc/postgresql-common/createcluster.d/lingpai-xtask.conf";

/// Installs what is missing. Skipped, with the names, where this process may not install packages.
pub fn install_missing() -> Result<((), Tally)> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(((), Tally::default()));
    }
    let names = missing.join(" ");
    if scratch::find_program("apt-get").is_none() || !scratch::is_root()? {
        return Err(Skipped(format!("missing: {names} (on Debian, as root: apt-get install {names})")).into());
    }
    println!("   installing {names}");
    apt_get(&["update", "--quiet"])?;
    let _no_cluster = NoCluster::write()?;
    let mut arguments = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    arguments.extend(missing);
    apt_get(&arguments)?;
    Ok(((), Tally::default()))
}

fn missing() -> Vec<&'static str> {
    let has_browser_tests = scratch::workspace().join("tests/interop/oidc-client-ts").is_dir();
    let needs = [
        ("postgresql", postgres::is_installed()),
        // The programs without the service: nothing of it starts by itself.
        ("mariadb-server-core", mariadb::is_installed()),
        ("mariadb-client-core", mariadb::is_installed()),
        ("nodejs", !npm::is_needed() || scratch::find_program("node").is_some()),
        ("npm", !npm::is_needed() || scratch::find_program("npm").is_some()),
        ("python3-pip", !python::is_needed() || python::is_installed()),
        ("chromium", !has_browser_tests || scratch::find_program("chromium").is_some()),
    ];
    needs.into_iter().filter(|(_, is_present)| !is_present).map(|(package, _)| package).collect()
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let status = Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status();
    let status = status.context("cannot run apt-get")?;
    if !status.success() {
        bail!("apt-get {}: {status}", arguments.first().unwrap_or(&""));
    }
    Ok(())
}

/// Keeps the package `postgresql` from creating and starting a server of its own while it is installed.
struct NoCluster;

impl NoCluster {
    fn write() -> Result<Self> {
        let path = Path::new(NO_CLUSTER);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(
            path,
            "# written by `cargo xtask test` while it installs PostgreSQL; may be deleted\ncreate_main_cluster = false\n",
        )?;
        Ok(Self)
    }
}

impl Drop for NoCluster {
    fn drop(&mut self) {
        let _ = fs::remove_file(NO_CLUSTER);
    }
}
