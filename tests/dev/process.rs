//! A development server in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

/// More than a first start needs on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server; it is killed when this value goes.
pub(crate) struct DevServer {
    child: Child,
    /// The ready line.
    pub(crate) ready: Value,
}

/// The binary under test.
///
/// # Panics
/// Where it was not built: these tests are about nothing else.
pub(crate) fn binary() -> PathBuf {
    crate::processes::lingpai().expect("lingpai is not built: cargo build")
}

/// The binary with an environment that tells it nothing.
pub(crate) fn lingpai(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments).stdin(Stdio::null()).env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1");
    for name in ["LINGPAI_CONFIG", "LINGPAI_OUTPUT", "RUST_LOG"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command that is expected to end by itself.
pub(crate) fn run(arguments: &[&str]) -> Output {
    lingpai(arguments).output().unwrap()
}

impl DevServer {
    /// A server that keeps nothing.
    pub(crate) fn in_memory() -> Self {
        Self::start(&["--memory"])
    }

    /// A server on a folder.
    pub(crate) fn on(folder: &Path, more: &[&str]) -> Self {
        let mut arguments = vec!["--data-dir", folder.to_str().unwrap()];
        arguments.extend(more);
        Self::start(&arguments)
    }

    fn start(more: &[&str]) -> Self {
        let mut arguments = vec!["dev", "--port", "0", "--print-ready-json"];
        arguments.extend(more);
        let mut child = lingpai(&arguments).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let line = first_line(child.stdout.take().unwrap());
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no ready line: {line:?}"));
        Self { child, ready }
    }

    /// The issuer.
    pub(crate) fn issuer(&self) -> &str {
        self.ready["issuer"].as_str().unwrap()
    }

    /// An address of the server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer())
    }

    /// The secret of a client, as the ready line says.
    pub(crate) fn secret(&self, client: &str) -> String {
        let clients = self.ready["clients"].as_array().unwrap();
        let found = clients.iter().find(|one| one["id"] == client).unwrap();
        found["secret"].as_str().unwrap().to_owned()
    }

    /// Asks the server to end, as `kill` or a service manager would, and waits until it has.
    #[cfg(unix)]
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let ended = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(ended.success());
        wait(&mut self.child)
    }
}

impl Drop for DevServer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(Instant::now() < deadline, "the server does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The first line of a stream, which must come in time. The rest is read and dropped, so that nobody waits for us.
fn first_line(stream: impl Read + Send + 'static) -> String {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stream).lines();
        let first = lines.next();
        let _ = sender.send(first);
        for line in lines {
            eprintln!("unexpected on standard output: {line:?}");
        }
    });
    match receiver.recv_timeout(PATIENCE) {
        Ok(Some(Ok(line))) => line,
        other => panic!("the server did not get ready: {other:?}"),
    }
}
