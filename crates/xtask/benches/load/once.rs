//! One request outside the measurement.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, ensure};

use crate::actors::{Take, Template};
use crate::http::Reply;

/// Sends a request and answers what its reply brings.
pub fn take(address: SocketAddr, template: &Template, what: Take) -> Result<String> {
    let mut request = Vec::new();
    template.write("", &mut request);
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&request)?;
    let (mut buffer, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut chunk)?;
        ensure!(read > 0, "the server closed the connection");
        buffer.extend_from_slice(chunk.get(..read).unwrap_or_default());
        if let Some((reply, _)) = Reply::parse(&buffer)? {
            let body = String::from_utf8_lossy(reply.body);
            return what.from(&reply).with_context(|| format!("{} {}\n{body}", reply.status, reply.head));
        }
    }
}
