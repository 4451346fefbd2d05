//! A PostgreSQL server of our own: fresh, on loopback, with a password, gone afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::guard::Server;
use crate::report::Skipped;
use crate::scratch;

const READY_WITHIN: Duration = Duration::from_mins(1);

/// Starts PostgreSQL. Answers the server and the URL of its administrator.
pub fn start() -> Result<(Server, String)> {
    let programs = find_programs().ok_or_else(|| Skipped("PostgreSQL is not installed".to_owned()))?;
    let folder = scratch::private_folder("postgres")?;
    let password = scratch::random_text()?;
    let port = scratch::free_port()?;

    create_cluster(&programs, &folder, &password)?;
    let mut line = scratch::unprivileged(&programs.join("postgres"))?;
    line.extend(["-D".to_owned(), cluster(&folder).display().to_string()]);
    for setting in [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        "unix_socket_directories=".to_owned(),
        "max_connections=200".to_owned(),
        "shared_buffers=32MB".to_owned(),
        "max_wal_size=128MB".to_owned(),
        "jit=off".to_owned(),
    ] {
        line.extend(["-c".to_owned(), setting]);
    }
    // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
    let mut server = Server::start("INT", folder, &line)?;
    server.wait_until(READY_WITHIN, is_ready).context("PostgreSQL")?;
    Ok((server, format!("postgres://lingpai:{password}@127.0.0.1:{port}/postgres")))
}

fn create_cluster(programs: &Path, folder: &Path, password: &str) -> Result<()> {
    let mut line = scratch::unprivileged(&programs.join("initdb"))?;
    let password_file = folder.join("password");
    fs::write(&password_file, password)?;
    line.extend([
        format!("--pgdata={}", cluster(folder).display()),
        "--username=lingpai".to_owned(),
        "--auth=scram-sha-256".to_owned(),
        format!("--pwfile={}", password_file.display()),
        "--encoding=UTF8".to_owned(),
        "--locale=C.UTF-8".to_owned(),
        "--no-sync".to_owned(),
    ]);
    scratch::output(scratch::command(&line)?.current_dir(folder))?;
    Ok(())
}

fn cluster(folder: &Path) -> PathBuf {
    folder.join("cluster")
}

/// The last line of `postmaster.pid` is the server's own word on its state.
fn is_ready(folder: &Path) -> bool {
    fs::read_to_string(cluster(folder).join("postmaster.pid"))
        .is_ok_and(|state| state.lines().last().is_some_and(|line| line.trim() == "ready"))
}

/// Debian keeps the servers off the search path, one folder for each major version: the newest is taken.
fn find_programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, programs)| programs.join("initdb").is_file() && programs.join("postgres").is_file())
        .collect();
    versions.sort();
    let newest = versions.pop().map(|(_, programs)| programs);
    newest.or_else(|| scratch::find_program("initdb")?.parent().map(Path::to_owned))
}

/// Whether a server could be started here.
pub fn is_installed() -> bool {
    find_programs().is_some()
}
