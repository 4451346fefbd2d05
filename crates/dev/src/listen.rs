//! Opens the sockets of development mode: loopback addresses and nothing else.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use thiserror::Error;
use tokio::net::TcpListener;

/// How often a free port is looked for that is free on both loopback addresses.
const PORT_TRIES: usize = 16;

/// The open sockets and the issuer that they serve.
#[derive(Debug)]
pub struct Sockets {
    /// One or two listening sockets, all on one port.
    pub listeners: Vec<TcpListener>,
    /// The issuer, for example `http://localhost:8080`.
    pub issuer: String,
    /// `host:port` names under which the sockets can be reached.
    pub hosts: Vec<String>,
}

/// Why the sockets could not be opened.
#[derive(Debug, Error)]
pub enum ListenError {
    /// The text is no address.
    #[error("`{text}` is not an address to listen on\n  use 127.0.0.1, ::1 or localhost, and --port for the port")]
    Address {
        /// As it was given.
        text: String,
    },
    /// The operating system said no.
    #[error("cannot listen on {address}: {source}")]
    Io {
        /// Where.
        address: SocketAddr,
        /// What it said.
        source: io::Error,
    },
    /// The address can be reached from outside.
    #[error(
        "`lingpai dev` listens on loopback addresses only, and {address} is not one: its logins and secrets are the same for everybody\n  leave --listen out; for a server that others can reach: lingpai init, then lingpai serve"
    )]
    NotLoopback {
        /// The address that was asked for.
        address: IpAddr,
    },
    /// Something else listens there.
    #[error(
        "port {port} is already in use on {address}\n  stop the program that holds it, or take another port: lingpai dev --port {other} (0 finds a free one)\n  if that program is `lingpai dev`, it is ready to use: lingpai try"
    )]
    PortInUse {
        /// The port.
        port: u16,
        /// A port to try instead.
        other: u16,
        /// The address.
        address: IpAddr,
    },
}

/// The addresses that `listen` names; both loopback addresses where it names none.
///
/// Errors: [`ListenError::NotLoopback`], [`ListenError::Address`].
pub fn addresses(listen: Option<&str>) -> Result<Vec<IpAddr>, ListenError> {
    let Some(text) = listen.map(str::trim).filter(|text| !text.is_empty() && !text.eq_ignore_ascii_case("localhost"))
    else {
        return Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]);
    };
    let bare = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
    let address: IpAddr = bare.parse().map_err(|_| ListenError::Address { text: text.to_owned() })?;
    if is_loopback(address) { Ok(vec![address]) } else { Err(ListenError::NotLoopback { address }) }
}

/// Opens a socket on each address that the machine has, all on one port.
///
/// Shape: `addresses` comes from [`addresses`]. `port` zero takes a free one.
/// Errors: [`ListenError::PortInUse`] also where only one of two addresses is taken: a browser that asks for
/// `localhost` would find the other program.
pub async fn open(addresses: &[IpAddr], port: u16) -> Result<Sockets, ListenError> {
    let mut last = None;
    for _ in 0..if port == 0 { PORT_TRIES } else { 1 } {
        match bind_all(addresses, port).await {
            Ok(listeners) => return Ok(describe(addresses, listeners)),
            Err(error @ ListenError::PortInUse { .. }) => last = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(last.unwrap_or_else(|| ListenError::Address { text: String::new() }))
}

async fn bind_all(addresses: &[IpAddr], port: u16) -> Result<Vec<TcpListener>, ListenError> {
    let (mut listeners, mut port) = (Vec::new(), port);
    for address in addresses {
        match bind(*address, port).await {
            Ok(listener) => {
                port = listener.local_addr().map_or(port, |bound| bound.port());
                listeners.push(listener);
            }
            // A machine without IPv6 has no ::1; one address is enough.
            Err(ListenError::Io { source, .. }) if !listeners.is_empty() && is_missing(&source) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(listeners)
}

async fn bind(address: IpAddr, port: u16) -> Result<TcpListener, ListenError> {
    let socket = SocketAddr::new(address, port);
    TcpListener::bind(socket).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => {
            ListenError::PortInUse { port, other: port.checked_add(1).unwrap_or(8080), address }
        }
        _ => ListenError::Io { address: socket, source },
    })
}

/// Whether the machine does not have the address or the whole protocol family.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported)
        // EAFNOSUPPORT has no kind of its own: 97 on Linux, 47 on macOS, 10047 on Windows.
        || matches!(error.raw_os_error(), Some(97 | 47 | 10047))
}

fn describe(addresses: &[IpAddr], listeners: Vec<TcpListener>) -> Sockets {
    let port = listeners.first().and_then(|listener| listener.local_addr().ok()).map_or(0, |bound| bound.port());
    let text = |address: &IpAddr| match address {
        IpAddr::V4(address) => format!("{address}:{port}"),
        IpAddr::V6(address) => format!("[{address}]:{port}"),
    };
    let by_name = format!("localhost:{port}");
    let mut hosts: Vec<String> = addresses.iter().map(text).collect();
    // Every resolver answers `localhost` with 127.0.0.1; the name is worth more than the number, since browsers and
    // libraries treat it as trustworthy. Any other single address goes by its number.
    let is_by_name = addresses.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST));
    if is_by_name {
        hosts.insert(0, by_name);
    }
    let issuer = format!("http://{}", hosts.first().map_or("", String::as_str));
    Sockets { listeners, issuer, hosts }
}

/// Loopback in the sense of RFC 1122 §3.2.1.3 and RFC 4291 §2.5.3; an IPv4 address inside an IPv6 one is not.
fn is_loopback(address: IpAddr) -> bool {
    address.is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_pass() {
        for good in
            [None, Some(""), Some("localhost"), Some("127.0.0.1"), Some("127.8.9.10"), Some("::1"), Some("[::1]")]
        {
            assert!(addresses(good).is_ok(), "{good:?}");
        }
        for outside in
            ["0.0.0.0", "::", "192.168.1.2", "10.0.0.1", "[::]", "fe80::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1"]
        {
            assert!(matches!(addresses(Some(outside)), Err(ListenError::NotLoopback { .. })), "{outside}");
        }
        for nonsense in ["example.com", "127.0.0.1:80", "127.1", "0", "*"] {
            assert!(matches!(addresses(Some(nonsense)), Err(ListenError::Address { .. })), "{nonsense}");
        }
    }

    #[tokio::test]
    async fn a_free_port_is_the_same_everywhere_and_names_the_issuer() {
        let sockets = open(&addresses(None).unwrap(), 0).await.unwrap();
        let ports: Vec<u16> = sockets.listeners.iter().map(|one| one.local_addr().unwrap().port()).collect();
        assert!(ports.iter().all(|port| *port == ports[0] && *port != 0));
        assert_eq!(sockets.issuer, format!("http://localhost:{}", ports[0]));
        assert!(sockets.hosts.contains(&format!("127.0.0.1:{}", ports[0])));
    }

    #[tokio::test]
    async fn a_port_in_use_is_named_with_the_remedy() {
        let held = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = held.local_addr().unwrap().port();
        let error = open(&addresses(None).unwrap(), port).await.unwrap_err();
        assert!(matches!(error, ListenError::PortInUse { .. }));
        let text = error.to_string();
        assert!(text.contains(&format!("port {port} is already in use")) && text.contains("--port"), "{text}");
    }

    #[tokio::test]
    async fn another_loopback_address_goes_by_its_number() {
        let sockets = open(&addresses(Some("127.0.0.2")).unwrap(), 0).await.unwrap();
        assert!(sockets.issuer.starts_with("http://127.0.0.2:"), "{}", sockets.issuer);
    }
}
