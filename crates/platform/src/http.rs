//! The one outbound HTTP client.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response};
use thiserror::Error;

/// What an outbound call may cost.
#[derive(Clone, Copy, Debug)]
pub struct HttpLimits {
    /// Time for name resolution, TCP and TLS together.
    pub connect_timeout: Duration,
    /// Time for the whole call, the body included.
    pub total_timeout: Duration,
    /// The longest body that [`read_body`] accepts.
    pub body_bytes: usize,
}

impl Default for HttpLimits {
    /// 5 s to connect, 10 s in all, 1 MiB.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(10),
            body_bytes: 1024 * 1024,
        }
    }
}

/// Why an outbound call failed.
#[derive(Debug, Error)]
pub enum HttpError {
    /// The client could not be built: the TLS backend has no trust anchors, for example.
    #[error("the HTTP client could not be built: {0}")]
    Build(#[source] reqwest::Error),
    /// The connection broke or a time limit passed.
    #[error("the HTTP call failed: {0}")]
    Call(#[source] reqwest::Error),
    /// The answer is longer than the limit.
    #[error("the answer is longer than {limit} bytes")]
    TooLong {
        /// The limit that it passed.
        limit: usize,
    },
}

/// Builds a client that follows no redirects, keeps no cookies and stops at its time limits.
///
/// A redirect is an answer, not an instruction: following one would let the other side choose where our next request
/// goes (request forgery into the internal network).
pub fn client(limits: HttpLimits) -> Result<Client, HttpError> {
    builder(limits).build().map_err(HttpError::Build)
}

/// Builds the same client for servers on this very computer: it never asks the proxy of the environment.
///
/// A proxy resolves `localhost` to itself, and would read the secrets on their way.
pub fn loopback_client(limits: HttpLimits) -> Result<Client, HttpError> {
    builder(limits).no_proxy().build().map_err(HttpError::Build)
}

fn builder(limits: HttpLimits) -> ClientBuilder {
    // This is the function that the ban on `Client::builder` sends everyone else to.
    #[allow(clippy::disallowed_methods)]
    let builder = Client::builder();
    builder
        .redirect(Policy::none())
        .connect_timeout(limits.connect_timeout)
        .timeout(limits.total_timeout)
        .user_agent(concat!("lingpai/", env!("CARGO_PKG_VERSION")))
}

/// Reads a body of at most `limit` bytes; a longer one is refused while it arrives, not after.
pub async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(HttpError::Call)? {
        if body.len() + chunk.len() > limit {
            return Err(HttpError::TooLong { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests;
