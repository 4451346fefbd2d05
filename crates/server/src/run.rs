//! `lingpai serve`: from a configuration to a listening process.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;

use crate::app::{App, Setup, StartError};
use crate::config::Config;
use crate::listen;

/// Why `serve` ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The listeners broke.
    #[error(transparent)]
    Serve(#[from] io::Error),
    /// The parts did not come together.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Migrates, listens and answers until told to stop; `ready` is called once, when the first request can come.
pub async fn run(config: Config, ready: impl FnOnce(&App, &[SocketAddr])) -> Result<(), RunError> {
    // Listen first: a port that is taken must not cost a migration.
    let mut listeners = Vec::new();
    for address in &config.server.listen {
        let listener =
            TcpListener::bind(address).await.map_err(|source| RunError::Listen { address: *address, source })?;
        listeners.push(listener);
    }
    let app = App::assemble(Setup::production(config), Router::new()).await?;
    let addresses = listeners.iter().map(TcpListener::local_addr).collect::<Result<Vec<_>, _>>()?;
    ready(&app, &addresses);
    Ok(listen::serve(app, listeners, listen::stop_signal()).await?)
}
