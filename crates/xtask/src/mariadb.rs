//! A MariaDB server of our own: fresh, on loopback, with a password, gone afterwards.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::guard::Server;
use crate::report::Skipped;
use crate::scratch;

const READY_WITHIN: Duration = Duration::from_mins(1);

/// Starts MariaDB. Answers the server and the URL of its administrator.
pub fn start() -> Result<(Server, String)> {
    let Some((program, installer)) = find_programs() else {
        return Err(Skipped("MariaDB is not installed".to_owned()).into());
    };
    let folder = scratch::private_folder("mariadb")?;
    let password = scratch::random_text()?;
    let port = scratch::free_port()?;

    create_tables(&installer, &folder)?;
    let first_statements = folder.join("first.sql");
    // Only the server's first start reads this, and the folder is closed to everybody else.
    fs::write(
        &first_statements,
        format!(
            "CREATE USER 'lingpai'@'127.0.0.1' IDENTIFIED BY '{password}';\n\
             GRANT ALL PRIVILEGES ON *.* TO 'lingpai'@'127.0.0.1' WITH GRANT OPTION;\n"
        ),
    )?;

    let mut line = scratch::unprivileged(&program)?;
    line.extend([
        "--no-defaults".to_owned(),
        format!("--datadir={}", tables(&folder).display()),
        format!("--socket={}", folder.join("socket").display()),
        format!("--pid-file={}", folder.join("pid").display()),
        format!("--init-file={}", first_statements.display()),
        format!("--port={port}"),
        "--bind-address=127.0.0.1".to_owned(),
        "--skip-name-resolve".to_owned(),
        "--max-connections=200".to_owned(),
        "--innodb-buffer-pool-size=32M".to_owned(),
        "--innodb-log-file-size=16M".to_owned(),
        "--performance-schema=OFF".to_owned(),
    ]);
    let mut server = Server::start("TERM", folder, &line)?;
    server.wait_until(READY_WITHIN, |_| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()).context("MariaDB")?;
    Ok((server, format!("mysql://lingpai:{password}@127.0.0.1:{port}/mysql")))
}

fn create_tables(installer: &Path, folder: &Path) -> Result<()> {
    let mut line = scratch::unprivileged(installer)?;
    line.extend([
        "--no-defaults".to_owned(),
        format!("--datadir={}", tables(folder).display()),
        "--auth-root-authentication-method=socket".to_owned(),
        "--skip-test-db".to_owned(),
    ]);
    // Its temporary files go beside the tables, into the folder that goes afterwards.
    scratch::output(scratch::command(&line)?.current_dir(folder).env("TMPDIR", folder))?;
    Ok(())
}

fn tables(folder: &Path) -> PathBuf {
    folder.join("tables")
}

fn find_programs() -> Option<(PathBuf, PathBuf)> {
    let server = scratch::find_program("mariadbd").or_else(|| {
        // Debian's folder of servers is on the search path of root alone.
        Some(PathBuf::from("/usr/sbin/mariadbd")).filter(|program| program.is_file())
    })?;
    // The installer asks this program for its settings, and Debian keeps it in another package.
    scratch::find_program("my_print_defaults")?;
    Some((server, scratch::find_program("mariadb-install-db")?))
}

/// Whether a server could be started here.
pub fn is_installed() -> bool {
    find_programs().is_some()
}
