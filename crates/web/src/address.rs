//! Where a request comes from, for limits and for the session list.
//!
//! `X-Forwarded-For` is believed only from proxies that the administrator named, and only up to the first address
//! that is not one of them: everything further left was written by the caller.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, request::Parts};
use thiserror::Error;

use crate::settings::WebSettings;

/// The address of the client, as far as it can be known; `0.0.0.0` when there is no socket (in-process tests).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What limits count by: the address, for IPv6 its /64, of which one caller owns every address.
    pub fn block(&self) -> String {
        match self.0 {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
}

impl std::fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let noted = parts.extensions.get::<ClientAddress>().copied();
        Ok(noted.unwrap_or(ClientAddress(IpAddr::V4(Ipv4Addr::UNSPECIFIED))))
    }
}

/// Middleware that finds the client's address and leaves it for the [`ClientAddress`] extractor.
pub async fn note(State(settings): State<Arc<WebSettings>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    if let Some(peer) = peer {
        let address = client_address(&settings.trusted_proxies, peer, request.headers());
        request.extensions_mut().insert(ClientAddress(address));
    }
    next.run(request).await
}

/// The address that a request really comes from.
///
/// Walks `X-Forwarded-For` from the right while the speaker is a trusted proxy; an entry that is no address ends the
/// walk at the proxy that passed it on.
pub fn client_address(trusted: &[Network], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let mut speaker = peer.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let claims: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for claim in claims.iter().rev() {
        if !is_trusted(speaker) {
            break;
        }
        match parse_claim(claim.trim()) {
            Some(address) => speaker = address.to_canonical(),
            None => break,
        }
    }
    speaker
}

/// An entry of `X-Forwarded-For`: some proxies add a port.
fn parse_claim(claim: &str) -> Option<IpAddr> {
    let bare = claim.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| claim.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

/// A range of addresses, written `10.0.0.0/8` or as one address.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u32,
}

/// A text is not a network.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Error)]
#[error("not an IP address or a network like 10.0.0.0/8")]
pub struct NetworkError;

impl Network {
    /// Whether `address` lies in this range; an IPv4 address mapped into IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - self.prefix).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (base, prefix) = match text.split_once('/') {
            Some((base, prefix)) => (base, Some(prefix)),
            None => (text, None),
        };
        let base: IpAddr = base.parse().map_err(|_| NetworkError)?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| NetworkError)?,
            None => longest,
        };
        if prefix > longest {
            return Err(NetworkError);
        }
        Ok(Network { base, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        client_address(&trusted, peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn one_ipv6_caller_is_one_block() {
        let block = |text: &str| ClientAddress(text.parse().unwrap()).block();
        assert_eq!(block("2001:db8:1:2::1"), block("2001:db8:1:2:ffff::9"));
        assert_ne!(block("2001:db8:1:2::1"), block("2001:db8:1:3::1"));
        assert_ne!(block("192.0.2.1"), block("192.0.2.2"));
    }

    #[test]
    fn a_stranger_cannot_claim_another_address() {
        assert_eq!(seen("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_is_believed() {
        assert_eq!(seen("10.1.2.3", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("::1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(seen("::ffff:10.1.2.3", &["[2001:db8::7]"]), "2001:db8::7");
    }

    #[test]
    fn what_the_client_wrote_before_the_proxy_is_ignored() {
        assert_eq!(seen("10.1.2.3", &["127.0.0.1, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("10.1.2.3", &["127.0.0.1", "198.51.100.1, 10.9.9.9"]), "198.51.100.1");
    }

    #[test]
    fn junk_ends_the_walk_at_the_proxy() {
        assert_eq!(seen("10.1.2.3", &["198.51.100.1, unknown"]), "10.1.2.3");
        assert_eq!(seen("10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn networks_are_parsed_strictly() {
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0", "10.0.0.0/", "10.0.0.0/-1", "example.com"] {
            assert_eq!(wrong.parse::<Network>(), Err(NetworkError), "{wrong}");
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("203.0.113.9".parse().unwrap()));
        assert!(!all.contains("2001:db8::1".parse().unwrap()));
        let one: Network = "192.0.2.1".parse().unwrap();
        assert!(one.contains("192.0.2.1".parse().unwrap()));
        assert!(!one.contains("192.0.2.2".parse().unwrap()));
    }
}
