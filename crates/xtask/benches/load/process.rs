//! A server in a process of its own, on a core of its own, and what it uses.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

const READY_WITHIN: Duration = Duration::from_secs(30);
/// `USER_HZ`: what Linux counts processor time in, on every architecture that this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time and memory of a process at one moment.
#[derive(Clone, Copy)]
pub struct Usage {
    pub cpu_seconds: f64,
    pub resident_kib: u32,
}

impl Usage {
    pub fn of(pid: u32) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the server has ended")?;
        // The second field is the program's name, which may hold spaces; the 14th and the 15th are user and system time.
        let (_, rest) = stat.rsplit_once(") ").context("an unknown form of stat")?;
        let ticks: Vec<f64> = rest.split(' ').skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let resident_kib = resident.trim().trim_end_matches("kB").trim().parse().context("VmRSS is no number")?;
        Ok(Self { cpu_seconds: ticks.iter().sum::<f64>() / TICKS_PER_SECOND, resident_kib })
    }
}

/// A server that runs until this value goes.
pub struct Running {
    child: Child,
    /// Where its data is, if that is to go with it.
    pub folder: Option<Folder>,
}

impl Running {
    pub fn usage(&self) -> Result<Usage> {
        Usage::of(self.child.id())
    }

    /// Starts `line` on `core` (on all cores where none is named) and waits until `address` answers with 200.
    pub fn start(line: &Line<'_>, core: Option<&str>, address: SocketAddr, path: &str) -> Result<Self> {
        let mut command = line.command(core);
        let log = File::create(line.folder.join("log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let mut running = Self { child: command.spawn().context("cannot start the server")?, folder: None };
        let started = Instant::now();
        while !answers(address, path) {
            let log = || fs::read_to_string(line.folder.join("log")).unwrap_or_default();
            ensure!(started.elapsed() < READY_WITHIN, "no answer after {} s\n{}", READY_WITHIN.as_secs(), log());
            ensure!(running.child.try_wait()?.is_none(), "the server ended at once\n{}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command line with its folder and its environment.
pub struct Line<'l> {
    pub program: &'l Path,
    pub arguments: Vec<String>,
    pub folder: &'l Path,
    pub environment: &'l [(String, String)],
}

impl Line<'_> {
    fn command(&self, core: Option<&str>) -> Command {
        let mut command = match core {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", core]).arg(self.program);
                command
            }
            None => Command::new(self.program),
        };
        command.args(&self.arguments).current_dir(self.folder);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it to its end, with `input`; answers what it printed, or what it complained of as the error.
    pub fn run(&self, input: &str) -> Result<String> {
        let mut command = self.command(None);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut pipe) = child.stdin.take() {
            // A command that reads nothing closes its end, which is its right.
            let _ = pipe.write_all(input.as_bytes());
        }
        let done = child.wait_with_output()?;
        ensure!(
            done.status.success(),
            "{}: {}",
            self.arguments.join(" "),
            String::from_utf8_lossy(&done.stderr).trim()
        );
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }
}

fn answers(address: SocketAddr, path: &str) -> bool {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", address.port());
    let mut answer = Vec::new();
    TcpStream::connect(address)
        .and_then(|mut stream| stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_end(&mut answer)))
        .is_ok_and(|_| answer.starts_with(b"HTTP/1.1 200"))
}

/// A port of 127.0.0.1 that is free now.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// An empty folder; it goes when this value does.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Result<Self> {
        let mut random = [0_u8; 8];
        File::open("/dev/urandom")?.read_exact(&mut random)?;
        let folder = std::env::temp_dir().join(format!("lingpai-bench-{name}-{:016x}", u64::from_be_bytes(random)));
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind lies in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
