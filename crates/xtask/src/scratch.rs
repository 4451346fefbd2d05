//! Temporary folders, free ports, passwords and the user that the database servers run as.

use std::fs::File;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// PostgreSQL refuses to run as root, and MariaDB had better not.
const UNPRIVILEGED: &str = "nobody";

/// The folder that holds the workspace.
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The folder that cargo builds into; what a command installs goes into folders beside the builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

/// A folder that nobody else can look into; it goes when this value does.
pub struct Folder(PathBuf);

impl std::ops::Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A guard may have been faster.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes a private folder, owned by the user that the servers run as.
pub fn private_folder(name: &str) -> Result<Folder> {
    // The servers' user must reach it, and root's own temporary folder may be closed to others.
    let parent = if is_root()? { PathBuf::from("/tmp") } else { std::env::temp_dir() };
    let folder = Folder(parent.join(format!("lingpai-{name}-{}", random_text()?)));
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&*folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    if is_root()? {
        output(Command::new("chown").arg(UNPRIVILEGED).arg(&*folder))?;
    }
    Ok(folder)
}

/// A port of 127.0.0.1 that is free now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// 16 random bytes as lower-case hexadecimal digits.
pub fn random_text() -> Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("cannot read /dev/urandom")?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// Whether this process may install Debian packages and must step down to start a database.
pub fn is_root() -> Result<bool> {
    Ok(std::fs::metadata("/proc/self").context("cannot read /proc/self")?.uid() == 0)
}

/// The command line that starts `program` without root's powers.
pub fn unprivileged(program: &Path) -> Result<Vec<String>> {
    let program = program.display().to_string();
    if !is_root()? {
        return Ok(vec![program]);
    }
    let user = [format!("--reuid={UNPRIVILEGED}"), format!("--regid={}", group()?)];
    Ok(["setpriv".to_owned()]
        .into_iter()
        .chain(user)
        .chain(["--clear-groups".to_owned(), "--".to_owned(), program])
        .collect())
}

fn group() -> Result<String> {
    Ok(output(Command::new("id").args(["-g", UNPRIVILEGED]))?.trim().to_owned())
}

/// Turns a command line into a command.
pub fn command(line: &[String]) -> Result<Command> {
    let (program, arguments) = line.split_first().context("an empty command line")?;
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

/// Runs a command to its end and answers what it printed; its complaints become the error.
pub fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let done = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {program}"))?;
    let printed = String::from_utf8_lossy(&done.stdout).into_owned();
    // Not every program knows that complaints have a stream of their own.
    ensure!(
        done.status.success(),
        "{program}: {}\n{}{}",
        done.status,
        printed,
        String::from_utf8_lossy(&done.stderr).trim_end()
    );
    Ok(printed)
}

/// Finds a program on the search path.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_private_folder_is_closed_to_others_and_goes() {
        let folder = private_folder("scratch-test").unwrap();
        let path = folder.to_path_buf();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn two_random_texts_differ() {
        let (one, other) = (random_text().unwrap(), random_text().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
    }

    #[test]
    fn the_complaint_of_a_command_is_in_the_error() {
        let error = output(Command::new("sh").args(["-c", "echo broken >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().contains("broken"), "{error}");
    }
}
