//! A child process that says when it is ready, and ends with its test.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// How long a program may take to become ready: two cores, and other tests beside it.
const PATIENCE: Duration = Duration::from_mins(2);

/// A running program. It is killed when this value goes; what it said is shown if the test fails.
pub(crate) struct Program {
    child: Child,
    said: Arc<Mutex<String>>,
    _folder: TempDir,
}

impl Program {
    /// Starts `command` in an empty folder and waits for a line of its output that `ready` understands.
    ///
    /// # Panics
    /// If it ends before it is ready, or takes too long.
    pub(crate) fn start<T>(mut command: Command, ready: impl Fn(&str) -> Option<T>) -> (Self, T) {
        let folder = TempDir::new().unwrap();
        isolate(&mut command);
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let lines = listen(child.stdout.take().unwrap(), Arc::clone(&said));
        listen(child.stderr.take().unwrap(), Arc::clone(&said));
        let program = Self { child, said, _folder: folder };
        loop {
            let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{command:?} did not become ready"));
            if let Some(ready) = ready(&line) {
                return (program, ready);
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("{}", self.said.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// Runs `command` to its end and answers its output.
///
/// # Panics
/// If it fails.
pub(crate) fn run(mut command: Command) -> String {
    isolate(&mut command);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    said
}

/// Takes what configures Lingpai and cargo out of the program's environment, so that only the test configures it.
pub(super) fn isolate(command: &mut Command) {
    let set: Vec<_> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
    for (name, _) in std::env::vars_os().filter(|(name, _)| !set.contains(name)) {
        let is_ours = name.to_str().is_some_and(|name| name.starts_with("LINGPAI") || name.starts_with("CARGO"));
        if is_ours {
            command.env_remove(name);
        }
    }
}

/// Reads lines until the end, on a thread: a pipe that nobody reads would stop the program.
fn listen(pipe: impl Read + Send + 'static, said: Arc<Mutex<String>>) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_str(&line);
            said.push('\n');
            // The test stops listening once the program is ready.
            let _ = sender.send(line);
        }
    });
    receiver
}
