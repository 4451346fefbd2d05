//! Processes that run beside a test, and requests to them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};

/// A process that is ended with the test.
pub(crate) struct Running {
    child: Child,
    /// Kept open: a program may go on speaking.
    _stderr: Option<BufReader<ChildStderr>>,
}

impl Running {
    /// Starts a command and reads its standard error until a line holds `mark`; answers that line.
    pub(crate) fn start(mut command: Command, mark: &str) -> (Self, String) {
        let mut child = command.stdin(Stdio::null()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let line = stderr.by_ref().lines().map_while(Result::ok).find(|line| line.contains(mark));
        (Self { child, _stderr: Some(stderr) }, line.unwrap())
    }

    /// Starts `lingpai dev` and waits for its line of JSON.
    pub(crate) fn dev(mut command: Command) -> (Self, String) {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert!(ready.starts_with('{'), "{ready}");
        (Self { child, _stderr: None }, ready)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks a server for a path; answers head and body.
pub(crate) fn get(address: &str, path: &str, host: &str) -> String {
    send(address, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
}

/// Posts a form to a server; answers head and body.
pub(crate) fn post(address: &str, path: &str, host: &str, form: &[(&str, &str)]) -> String {
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let length = body.len();
    send(
        address,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}"
        ),
    )
}

/// Sends a request as it is.
pub(crate) fn send(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
