//! A network between the stores and their server that a test can cut, freeze and mend.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

/// Forwards connections to a database server until it is told otherwise.
pub(crate) struct Proxy {
    address: SocketAddr,
    /// Holds the port while nobody listens, so that no other test gets it.
    _place: TcpSocket,
    server: SocketAddr,
    is_frozen: Arc<AtomicBool>,
    serving: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A proxy in front of the server of `url`, and the URL that leads through it.
    pub(crate) fn before(url: &str) -> (Self, String) {
        let mut url = Url::parse(url).unwrap();
        let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap()).parse().unwrap();
        let place = bound("127.0.0.1:0".parse().unwrap());
        let address = place.local_addr().unwrap();
        url.set_ip_host(address.ip()).unwrap();
        url.set_port(Some(address.port())).unwrap();
        let mut proxy = Self { address, _place: place, server, is_frozen: Arc::default(), serving: None };
        proxy.serve();
        (proxy, url.into())
    }

    fn serve(&mut self) {
        let listener: TcpListener = bound(self.address).listen(64).unwrap();
        let (server, is_frozen) = (self.server, Arc::clone(&self.is_frozen));
        self.serving = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let is_frozen = Arc::clone(&is_frozen);
                connections.spawn(forward(client, server, is_frozen));
            }
        }));
    }

    /// Ends every connection and refuses new ones, as a server does that was stopped.
    pub(crate) async fn cut(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            // An aborted task answers with an error, which is what was asked for.
            let _ = serving.await;
        }
    }

    /// Takes connections and answers nothing, as a machine does that hangs.
    pub(crate) async fn freeze(&mut self) {
        self.is_frozen.store(true, Ordering::SeqCst);
        self.mend().await;
    }

    /// Works again, at the same address.
    pub(crate) async fn mend(&mut self) {
        self.cut().await;
        self.serve();
    }

    /// Works again after [`Proxy::freeze`].
    pub(crate) async fn thaw(&mut self) {
        self.is_frozen.store(false, Ordering::SeqCst);
        self.mend().await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

/// A socket that shares its address with the others of its proxy; one that does not listen takes no connections.
fn bound(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

async fn forward(mut client: TcpStream, server: SocketAddr, is_frozen: Arc<AtomicBool>) {
    if is_frozen.load(Ordering::SeqCst) {
        // Holds the connection open until the proxy is cut.
        return std::future::pending().await;
    }
    if let Ok(mut server) = TcpStream::connect(server).await {
        // Either side may leave at any time.
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}
