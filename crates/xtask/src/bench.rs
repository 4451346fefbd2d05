//! `cargo xtask bench`: the figures of `docs/performance.md`.
//!
//! What a start costs is measured here; how fast the endpoints are is measured by the generator in `benches/load/`.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::{load, scratch};

const STARTS: usize = 10;
const READY_WITHIN: Duration = Duration::from_secs(30);
const IDLE_AFTER: Duration = Duration::from_secs(2);
const PATH: &str = "/.well-known/openid-configuration";

/// Builds, measures and prints the tables. Answers whether start, memory and size keep their bounds.
pub fn run(arguments: &[String]) -> Result<bool> {
    let options = load::Options::read(arguments)?;
    let binary = options.build()?;
    println!("{}", machine());
    let is_within = !options.wants_start() || start(&binary)?;
    load::run(&options, &binary)?;
    Ok(is_within)
}

/// Prints the table of what is there before the first request.
fn start(binary: &Path) -> Result<bool> {
    let folder = scratch::private_folder("bench")?;
    let rows = measure(binary, &folder)?;
    println!("\n| figure | measured | bound |\n|---|---|---|");
    for row in &rows {
        println!("| {} | {:.1} {} | {} {} |", row.figure, row.measured, row.unit, row.bound, row.unit);
    }
    let exceeded: Vec<&str> = rows.iter().filter(|row| row.measured > row.bound).map(|row| row.figure).collect();
    if !exceeded.is_empty() {
        println!("\nover the bound: {}", exceeded.join(", "));
    }
    Ok(exceeded.is_empty())
}

/// One line of the table.
struct Row {
    figure: &'static str,
    measured: f64,
    bound: f64,
    unit: &'static str,
}

fn measure(binary: &Path, folder: &Path) -> Result<Vec<Row>> {
    let installation = Installation::create(binary, folder)?;
    // The first start creates the database and the keys; it is not what is measured.
    drop(installation.start()?);
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(installation.start()?.took);
    }
    starts.sort();
    let median = starts.get(STARTS / 2).copied().unwrap_or_default();

    let server = installation.start()?;
    std::thread::sleep(IDLE_AFTER);
    let memory_kib = resident_kib(&server.process)?;
    let size_bytes = u32::try_from(fs::metadata(binary)?.len()).context("a binary of more than 4 GiB")?;
    Ok(vec![
        Row { figure: "start to the first 200", measured: median.as_secs_f64() * 1e3, bound: 100.0, unit: "ms" },
        Row { figure: "idle memory", measured: f64::from(memory_kib) * 1024.0 / 1e6, bound: 20.0, unit: "MB" },
        Row { figure: "binary, stripped", measured: f64::from(size_bytes) / 1e6, bound: 30.0, unit: "MB" },
    ])
}

/// A configuration for production with its data in a temporary folder.
struct Installation {
    binary: PathBuf,
    folder: PathBuf,
    port: u16,
}

/// A server that runs until this value goes out of scope.
struct Running {
    process: Child,
    took: Duration,
}

impl Installation {
    fn create(binary: &Path, folder: &Path) -> Result<Self> {
        let installation = Self { binary: binary.to_owned(), folder: folder.to_owned(), port: scratch::free_port()? };
        let issuer = format!("http://localhost:{}", installation.port);
        let listen = format!("127.0.0.1:{}", installation.port);
        let init = ["init", "--yes", "--issuer", &issuer, "--listen", &listen];
        scratch::output(installation.command().args(init))?;
        Ok(installation)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(&self.folder);
        command
    }

    /// Starts the server and waits for its first 200.
    fn start(&self) -> Result<Running> {
        let started = Instant::now();
        let mut serve = self.command();
        serve
            .args(["serve", "--config", "lingpai.toml"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut running = Running { process: serve.spawn().context("cannot start lingpai")?, took: Duration::ZERO };
        while !self.answers() {
            ensure!(started.elapsed() < READY_WITHIN, "no answer after {} s", READY_WITHIN.as_secs());
            ensure!(running.process.try_wait()?.is_none(), "lingpai ended at once");
            std::thread::sleep(Duration::from_micros(500));
        }
        running.took = started.elapsed();
        Ok(running)
    }

    fn answers(&self) -> bool {
        let request = format!("GET {PATH} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", self.port);
        let mut answer = Vec::new();
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .and_then(|mut stream| stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_end(&mut answer)))
            .is_ok_and(|_| answer.starts_with(b"HTTP/1.1 200"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // What was acknowledged survives this; the next start proves it each time.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn resident_kib(process: &Child) -> Result<u32> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    line.trim().trim_end_matches("kB").trim().parse().context("VmRSS is no number")
}

/// What the figures were measured on.
fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1)).unwrap_or("unknown CPU");
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let system = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("\n{model}, {cores} cores, Linux {}", system.trim())
}
