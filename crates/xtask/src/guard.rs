//! Keeps a database server no longer than the run that started it.
//!
//! `xtask guard <signal> <folder> <program> <arguments…>` is started by `xtask` itself, in a process group of its own, so
//! that Ctrl-C does not reach it. It starts the server and waits for the end of its standard input, a pipe that
//! only the run holds: the pipe closes when the run ends, is interrupted or is killed. Then the server gets `<signal>`,
//! and its folder goes.

use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::scratch::{self, Folder};

const STOPS_WITHIN: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(50);

/// A server that runs until this value goes out of scope.
pub struct Server {
    guard: Child,
    lifeline: Option<ChildStdin>,
    folder: Folder,
}

impl Server {
    /// Starts `line` under a guard. The server prints into `folder/log`.
    pub fn start(signal: &str, folder: Folder, line: &[String]) -> Result<Self> {
        let log = File::create(folder.join("log"))?;
        let mut guard = Command::new("/proc/self/exe")
            .arg("guard")
            .arg(signal)
            .arg(&*folder)
            .args(line)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .context("cannot start the guard of a server")?;
        let lifeline = guard.stdin.take();
        Ok(Self { guard, lifeline, folder })
    }

    /// Waits until `is_ready`, which is shown the folder, says so. Errors: the server ended, or was not ready within `limit`; with the end of its log.
    pub fn wait_until(&mut self, limit: Duration, is_ready: impl Fn(&Path) -> bool) -> Result<()> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.guard.try_wait()? {
                bail!("the server ended at once ({status})\n{}", self.end_of_log());
            }
            if is_ready(&self.folder) {
                return Ok(());
            }
            if started.elapsed() > limit {
                bail!("the server is not ready after {} s\n{}", limit.as_secs(), self.end_of_log());
            }
            std::thread::sleep(POLL);
        }
    }

    fn end_of_log(&self) -> String {
        let log = std::fs::read(self.folder.join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join(
            "
",
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // The guard ends by itself once the server has; there is nobody to tell if it does not.
        let _ = self.guard.wait();
    }
}

/// The guard's own main function.
pub fn run(arguments: Vec<String>) -> Result<bool> {
    let mut arguments = arguments.into_iter();
    let signal = arguments.next().context("guard: no signal")?;
    let folder = PathBuf::from(arguments.next().context("guard: no folder")?);
    let line: Vec<String> = arguments.collect();

    let mut server = scratch::command(&line)?.stdin(Stdio::null()).spawn().context("guard: cannot start the server")?;
    let (ended, run_ended) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    loop {
        if let Some(status) = server.try_wait()? {
            return Ok(status.success());
        }
        if run_ended.recv_timeout(POLL).is_ok() {
            stop(&mut server, &signal)?;
            std::fs::remove_dir_all(&folder)?;
            return Ok(true);
        }
    }
}

fn stop(server: &mut Child, signal: &str) -> Result<()> {
    // The standard library sends no other signal than SIGKILL; every shell has `kill` built in.
    scratch::output(Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", signal, &server.id().to_string()]))?;
    let started = Instant::now();
    while started.elapsed() < STOPS_WITHIN {
        if server.try_wait()?.is_some() {
            return Ok(());
        }
        std::thread::sleep(POLL);
    }
    server.kill()?;
    server.wait()?;
    Ok(())
}
