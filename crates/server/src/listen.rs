//! Listening until told to stop.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::{App, background};

/// How long requests that have begun may take to end after the signal.
const DRAIN: Duration = Duration::from_secs(10);

/// Answers on every listener until `shutdown` resolves, then lets what has begun end.
///
/// Effects: runs the background work meanwhile; closes the database at the end.
pub async fn serve(app: App, listeners: Vec<TcpListener>, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let (stopper, stop) = watch::channel(false);
    let mut background = background::start(&app, &stop);
    let mut servers = JoinSet::new();
    for listener in listeners {
        let listener = listener.tap_io(|stream| {
            // Answers are small; waiting to fill a packet only adds latency.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY was not set");
            }
        });
        let service = app.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        let mut stop = stop.clone();
        servers.spawn(async move {
            let is_told = async move {
                let _ = stop.wait_for(|is_stopping| *is_stopping).await;
            };
            axum::serve(listener, service).with_graceful_shutdown(is_told).await
        });
    }
    shutdown.await;
    let _ = stopper.send(true);
    let drained = tokio::time::timeout(DRAIN, async {
        while let Some(ended) = servers.join_next().await {
            if let Ok(Err(error)) = ended {
                tracing::warn!(%error, "a listener ended badly");
            }
        }
    });
    if drained.await.is_err() {
        tracing::warn!("some requests did not end in time");
        servers.abort_all();
    }
    background.abort_all();
    while background.join_next().await.is_some() {}
    background::write_refusals(&app).await;
    app.db.close().await;
    Ok(())
}

/// Resolves at Ctrl-C, and at SIGTERM where there is such a thing.
pub async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
